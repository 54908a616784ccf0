//! Values as bytes.

use super::schema::Scope;
use super::{Object, Schema, Segment, Value, ValueError, ValueErrorKind};
use crate::parse::{Kind, Type};
use crate::wire::limits::MAX_DEPTH;
use crate::wire::{VECTOR, Writer};

type Result<T> = core::result::Result<T, ValueError>;

impl Object {
    /// The object in its boxed form.
    ///
    /// # Errors
    /// A field is missing, has another type than the definition says, or is too long for TL; the path of the error
    /// says which.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self, None)
    }
}

impl Schema {
    /// An object, boxed.
    ///
    /// The definitions travel with the object, so this is [`Object::to_bytes`] with one more check: that bare objects
    /// are of the constructor that this schema would decode there, which matters where two texts use one name.
    ///
    /// # Errors
    /// As for [`Object::to_bytes`].
    pub fn encode(&self, object: &Object) -> Result<Vec<u8>> {
        encode(object, Some(self))
    }

    /// A value as an instance of `ty`, such as a bare vector.
    ///
    /// # Errors
    /// The value is no instance of the type, or as for [`Object::to_bytes`].
    pub fn encode_as(&self, value: &Value, ty: &Type) -> Result<Vec<u8>> {
        let mut writer = Writer::new();
        write(value, ty, &mut writer, Place { schema: Some(self), scope: None, depth: 0 })
            .and_then(|()| finish(writer))
            .map_err(|error| error.in_field(&ty.to_string()))
    }
}

/// Where an object is written.
#[derive(Clone, Copy)]
struct Place<'s> {
    schema: Option<&'s Schema>,
    scope: Scope,
    depth: u32,
}

impl Place<'_> {
    fn deeper(self, scope: Scope) -> Result<Self> {
        if self.depth >= MAX_DEPTH {
            return Err(ValueErrorKind::TooDeep.into());
        }
        Ok(Self { scope, depth: self.depth + 1, ..self })
    }

    /// Whether `object` is what a bare `ty` of this name means here.
    fn takes_bare(self, object: &Object, name: &str) -> bool {
        match self.schema {
            Some(schema) => {
                let resolved = schema.resolve_bare(name, self.scope);
                resolved.is_some_and(|(definition, _)| definition.id == object.id())
            }
            None => object.name() == name || is_constructor_of(object, &Type::Boxed(name.to_owned())),
        }
    }
}

fn encode(object: &Object, schema: Option<&Schema>) -> Result<Vec<u8>> {
    let mut writer = Writer::new();
    boxed(object, &mut writer, Place { schema, scope: None, depth: 0 })
        .and_then(|()| finish(writer))
        .map_err(|error| error.in_field(object.name()))
}

fn finish(writer: Writer) -> Result<Vec<u8>> {
    writer.finish().map_err(|error| ValueErrorKind::from(error).into())
}

fn boxed(object: &Object, writer: &mut Writer, place: Place<'_>) -> Result<()> {
    writer.u32(object.id());
    fields(object, writer, place)
}

fn fields(object: &Object, writer: &mut Writer, place: Place<'_>) -> Result<()> {
    let find_scope = |schema: &Schema| schema.find_id(object.id(), place.scope).and_then(|(_, scope)| scope);
    let place = place.deeper(place.schema.and_then(find_scope))?;
    for (param, value) in object.slots() {
        match (&param.ty, value) {
            (Type::Flags, _) => {
                let present = match &param.flag {
                    None => true,
                    Some(flag) => object.flag_bits(&flag.field)? >> (flag.bit & 31) & 1 != 0,
                };
                if present {
                    writer.u32(object.flag_bits(&param.name)?);
                }
            }
            (Type::True, None) => {}
            (Type::True, Some(Value::Bool(_))) if param.flag.is_some() => {}
            (ty, Some(value)) => {
                write(value, ty, writer, place).map_err(|error| error.in_field(&param.name))?;
            }
            (_, None) if param.flag.is_some() => {}
            (ty, None) => return Err(object.missing(&param.name, ty)),
        }
    }
    Ok(())
}

fn write(value: &Value, ty: &Type, writer: &mut Writer, place: Place<'_>) -> Result<()> {
    match (value, ty) {
        (Value::Int(value), Type::Int | Type::Flags) => writer.i32(*value),
        (Value::Long(value), Type::Long) => writer.i64(*value),
        (Value::Double(value), Type::Double) => writer.f64(*value),
        (Value::Bool(value), Type::Bool | Type::Object | Type::Generic(_)) => writer.bool(*value),
        (Value::Bool(true), Type::True) => {}
        (Value::Int128(bytes), Type::Int128) => writer.raw(bytes),
        (Value::Int256(bytes), Type::Int256) => writer.raw(&bytes[..]),
        (Value::String(text), Type::String) => return string(text.as_bytes(), writer),
        (Value::Bytes(bytes), Type::Bytes) => return string(bytes, writer),
        (Value::Vector(items), Type::Vector(item)) => {
            writer.u32(VECTOR);
            return vector(items, item, writer, place);
        }
        (Value::Vector(items), Type::BareVector(item)) => return vector(items, item, writer, place),
        (Value::Object(object), Type::Object | Type::Generic(_)) => return boxed(object, writer, place),
        (Value::Object(object), Type::Query(_)) if object.definition().kind == Kind::Function => {
            return boxed(object, writer, place);
        }
        (Value::Object(object), Type::Boxed(_) | Type::Bool) if is_constructor_of(object, ty) => {
            return boxed(object, writer, place);
        }
        (Value::Object(object), Type::Bare(name)) if place.takes_bare(object, name) => {
            return fields(object, writer, place);
        }
        _ => {
            let expected = describe(ty);
            return Err(ValueErrorKind::WrongType { expected, given: value.describe() }.into());
        }
    }
    Ok(())
}

fn is_constructor_of(object: &Object, ty: &Type) -> bool {
    object.definition().kind == Kind::Type && object.definition().ty == *ty
}

fn string(bytes: &[u8], writer: &mut Writer) -> Result<()> {
    if bytes.len() > crate::wire::limits::MAX_BYTES_LEN {
        // The writer would say so at its end, but not where.
        let error = crate::wire::EncodeError::BytesTooLong { len: bytes.len() };
        return Err(ValueErrorKind::from(error).into());
    }
    writer.bytes(bytes);
    Ok(())
}

fn vector(items: &[Value], item: &Type, writer: &mut Writer, place: Place<'_>) -> Result<()> {
    let place = place.deeper(place.scope)?;
    writer.count(items.len());
    for (index, value) in items.iter().enumerate() {
        write(value, item, writer, place).map_err(|error| error.inside(Segment::Index(index)))?;
    }
    Ok(())
}

/// A type in the words of an error message.
pub(super) fn describe(ty: &Type) -> String {
    match ty {
        Type::Int => "an int".to_owned(),
        Type::Int128 => "an int128".to_owned(),
        Type::Int256 => "an int256".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Object | Type::Generic(_) => "an object".to_owned(),
        Type::Query(_) => "a method with its arguments".to_owned(),
        Type::Boxed(_) | Type::Bare(_) => format!("an object of type `{ty}`"),
        _ => format!("a {ty}"),
    }
}
