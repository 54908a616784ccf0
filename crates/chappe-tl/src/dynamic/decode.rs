//! Bytes as values.

use std::sync::Arc;

use super::schema::Scope;
use super::{Object, Path, Schema, Segment, Value, ValueError, ValueErrorKind};
use crate::parse::{Definition, Kind, Type};
use crate::wire::{BOOL_FALSE, BOOL_TRUE, DecodeError, Reader, VECTOR};

type Result<T> = core::result::Result<T, ValueError>;
type Decoded<T> = core::result::Result<T, DecodeError>;

impl Schema {
    /// The value of type `ty` that fills `bytes`.
    ///
    /// The bounds are those of [`Reader`]; a `string` that is not UTF-8 has its faults replaced.
    ///
    /// # Errors
    /// The bytes are no such value, or go on behind it.
    pub fn decode(&self, bytes: &[u8], ty: &Type) -> Result<Value> {
        let mut reader = Reader::new(bytes);
        let value = self.decode_from(&mut reader, ty)?;
        reader.finish().map_err(|error| ValueError::new(error.into()).in_field(&ty.to_string()))?;
        Ok(value)
    }

    /// The boxed constructor or method that fills `bytes`.
    ///
    /// # Errors
    /// The schema does not know the id, the fields do not follow, or bytes are left.
    pub fn decode_object(&self, bytes: &[u8]) -> Result<Object> {
        let mut reader = Reader::new(bytes);
        let object = self.run(&Type::Object, |decoder| decoder.boxed(&mut reader, None, |_| true))?;
        reader.finish().map_err(|error| ValueError::new(error.into()).in_field(object.name()))?;
        Ok(object)
    }

    /// The answer to `call`, which fills `bytes`.
    ///
    /// # Errors
    /// The bytes are no value of the [result type](Object::result_type) of the call.
    pub fn decode_result(&self, call: &Object, bytes: &[u8]) -> Result<Value> {
        self.decode(bytes, &call.result_type())
    }

    /// A value of type `ty` where `reader` stands.
    ///
    /// # Errors
    /// As for [`Schema::decode`], but bytes may be left.
    pub fn decode_from(&self, reader: &mut Reader<'_>, ty: &Type) -> Result<Value> {
        self.run(ty, |decoder| decoder.value(reader, ty, None))
    }

    fn run<T>(&self, ty: &Type, decode: impl FnOnce(&mut Decoder<'_>) -> Decoded<T>) -> Result<T> {
        let mut decoder = Decoder { schema: self, path: Vec::new() };
        decode(&mut decoder).map_err(|error| {
            decoder.path.push(Segment::Field(ty.to_string()));
            let path = Path::from_inner_to_outer(decoder.path);
            ValueError { path, kind: Box::new(ValueErrorKind::Decode(error)) }
        })
    }
}

struct Decoder<'s> {
    schema: &'s Schema,
    /// The way to the place of an error, filled while it travels outwards.
    path: Vec<Segment>,
}

impl<'s> Decoder<'s> {
    fn value(&mut self, reader: &mut Reader<'_>, ty: &Type, scope: Scope) -> Decoded<Value> {
        Ok(match ty {
            Type::Flags | Type::Int => Value::Int(reader.i32()?),
            Type::Long => Value::Long(reader.i64()?),
            Type::Double => Value::Double(reader.f64()?),
            Type::String => Value::String(reader.string()?),
            Type::Bytes => Value::Bytes(reader.bytes()?.to_vec()),
            Type::Int128 => Value::Int128(reader.array()?),
            Type::Int256 => Value::Int256(Box::new(reader.array()?)),
            Type::Bool => Value::Bool(reader.bool()?),
            Type::True => Value::Bool(true),
            Type::Object | Type::Generic(_) => match reader.peek_id()? {
                BOOL_TRUE | BOOL_FALSE => Value::Bool(reader.bool()?),
                // Nothing says what its items are.
                VECTOR => return Err(DecodeError::UnexpectedConstructor { id: VECTOR }),
                _ => Value::Object(self.boxed(reader, scope, |_| true)?),
            },
            Type::Query(_) => Value::Object(self.boxed(reader, scope, |inner| inner.kind == Kind::Function)?),
            Type::Boxed(_) => {
                Value::Object(self.boxed(reader, scope, |inner| inner.kind == Kind::Type && inner.ty == *ty)?)
            }
            Type::Bare(name) => {
                let (definition, scope) =
                    self.schema.resolve_bare(name, scope).ok_or(DecodeError::UnknownBareType)?;
                Value::Object(self.fields(reader, definition, scope)?)
            }
            Type::Vector(item) => {
                reader.expect_id(VECTOR)?;
                self.items(reader, item, scope)?
            }
            Type::BareVector(item) => self.items(reader, item, scope)?,
        })
    }

    fn items(&mut self, reader: &mut Reader<'_>, item: &Type, scope: Scope) -> Decoded<Value> {
        let count = reader.count(min_len(item))?;
        let mut index = 0;
        let items = reader.items(count, |reader| match self.value(reader, item, scope) {
            Ok(value) => {
                index += 1;
                Ok(value)
            }
            Err(error) => {
                self.path.push(Segment::Index(index));
                Err(error)
            }
        });
        Ok(Value::Vector(items?))
    }

    fn boxed(
        &mut self,
        reader: &mut Reader<'_>,
        scope: Scope,
        accept: impl FnOnce(&Definition) -> bool,
    ) -> Decoded<Object> {
        let id = reader.u32()?;
        match self.schema.find_id(id, scope) {
            Some((definition, scope)) if accept(definition) => self.fields(reader, definition, scope),
            _ => Err(DecodeError::UnexpectedConstructor { id }),
        }
    }

    fn fields(
        &mut self,
        reader: &mut Reader<'_>,
        definition: &'s Arc<Definition>,
        scope: Scope,
    ) -> Decoded<Object> {
        reader.nested(|reader| {
            let mut fields = Vec::with_capacity(definition.params.len());
            let mut flags: Vec<(&str, u32)> = Vec::new();
            for param in &definition.params {
                let present = param.flag.as_ref().is_none_or(|flag| {
                    let bits = flags.iter().find(|(field, _)| *field == flag.field);
                    bits.is_some_and(|(_, bits)| bits.checked_shr(flag.bit.into()).unwrap_or(0) & 1 != 0)
                });
                fields.push(match &param.ty {
                    _ if !present => None,
                    Type::Flags => {
                        flags.push((&param.name, reader.u32()?));
                        None
                    }
                    ty => match self.value(reader, ty, scope) {
                        Ok(value) => Some(value),
                        Err(error) => {
                            self.path.push(Segment::Field(param.name.clone()));
                            return Err(error);
                        }
                    },
                });
            }
            Ok(Object::from_fields(Arc::clone(definition), fields))
        })
    }
}

/// The fewest bytes of an item.
fn min_len(ty: &Type) -> usize {
    match ty {
        Type::Long | Type::Double | Type::Vector(_) => 8,
        Type::Int128 => 16,
        Type::Int256 => 32,
        _ => 4,
    }
}
