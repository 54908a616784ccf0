use std::fmt;
use std::sync::Arc;

use super::nearest::{nearest, shorten};
use super::{Value, ValueError, ValueErrorKind, debug};
use crate::parse::{Definition, Parameter, Type};

/// A constructor or a method with the values of its fields.
///
/// Fields may be set in any order; whether all that are needed are there, with the right types, is checked when the
/// object is encoded. Flags fields are not set: they are computed from the conditional fields that are there.
///
/// ```
/// use chappe_tl::dynamic::Schema;
///
/// let schema = Schema::parse("auth.loggedOut#c3a2835f flags:# future_auth_token:flags.0?bytes = auth.LoggedOut;")?;
/// let mut object = schema.object("auth.loggedOut")?;
/// assert_eq!(object.to_bytes()?, [0x5f, 0x83, 0xa2, 0xc3, 0, 0, 0, 0]);
///
/// object.set("future_auth_token", vec![7])?;
/// assert_eq!(object.to_bytes()?, [0x5f, 0x83, 0xa2, 0xc3, 1, 0, 0, 0, 1, 7, 0, 0]);
/// assert_eq!(object.get("future_auth_token").and_then(|value| value.as_bytes()), Some(&[7][..]));
///
/// let error = object.set("future_token", vec![7]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`auth.loggedOut` has no field `future_token`; did you mean `future_auth_token`?"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Object {
    definition: Arc<Definition>,
    /// One for each parameter; what belongs to a flags field is always `None`.
    fields: Vec<Option<Value>>,
}

impl Object {
    /// An object without any field set.
    pub fn new(definition: Arc<Definition>) -> Self {
        let fields = vec![None; definition.params.len()];
        Self { definition, fields }
    }

    /// From a list that has a place for every parameter.
    pub(super) fn from_fields(definition: Arc<Definition>, fields: Vec<Option<Value>>) -> Self {
        Self { definition, fields }
    }

    /// The constructor or method.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// The name of the constructor or method, such as `messages.sendMessage`.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// The id of the constructor or method.
    pub fn id(&self) -> u32 {
        self.definition.id
    }

    /// The value of a field, if it is there.
    pub fn get(&self, field: &str) -> Option<&Value> {
        let index = self.definition.params.iter().position(|param| param.name == field)?;
        self.fields.get(index)?.as_ref()
    }

    /// The fields that are there, in the order of the definition.
    pub fn fields(&self) -> impl Iterator<Item = (&Parameter, &Value)> {
        let pairs = self.definition.params.iter().zip(&self.fields);
        pairs.filter_map(|(param, value)| Some((param, value.as_ref()?)))
    }

    /// All parameters with their values.
    pub(super) fn slots(&self) -> impl Iterator<Item = (&Parameter, Option<&Value>)> {
        self.definition.params.iter().zip(self.fields.iter().map(Option::as_ref))
    }

    /// Sets a field; a `flags.N?true` that is set to `false` is taken away.
    ///
    /// # Errors
    /// The definition has no such field, or it is a flags field.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) -> Result<(), ValueError> {
        let index = self.index(field)?;
        let value = value.into();
        let params = &self.definition.params;
        let absent =
            value == Value::Bool(false) && params.get(index).is_some_and(|param| param.is_true_flag());
        if let Some(slot) = self.fields.get_mut(index) {
            *slot = (!absent).then_some(value);
        }
        Ok(())
    }

    /// The object with one more field set; see [`Object::set`].
    ///
    /// # Errors
    /// As for [`Object::set`].
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Result<Self, ValueError> {
        self.set(field, value)?;
        Ok(self)
    }

    /// Takes a field away and returns its value.
    pub fn take(&mut self, field: &str) -> Option<Value> {
        let index = self.definition.params.iter().position(|param| param.name == field)?;
        self.fields.get_mut(index)?.take()
    }

    /// The place of a field that may be set.
    pub(super) fn index(&self, field: &str) -> Result<usize, ValueError> {
        let params = &self.definition.params;
        match params.iter().position(|param| param.name == field) {
            Some(index) if params.get(index).is_some_and(|param| param.ty != Type::Flags) => Ok(index),
            Some(_) => Err(ValueErrorKind::ComputedField { field: field.to_owned() }.into()),
            None => {
                let settable = params.iter().filter(|param| param.ty != Type::Flags);
                Err(ValueErrorKind::UnknownField {
                    definition: self.name().to_owned(),
                    field: shorten(field),
                    nearest: nearest(field, settable.map(|param| &*param.name)),
                }
                .into())
            }
        }
    }

    pub(super) fn set_at(&mut self, index: usize, value: Option<Value>) {
        if let Some(slot) = self.fields.get_mut(index) {
            *slot = value;
        }
    }

    /// The bits of the flags field `flags`: one for each conditional field that is there.
    pub(super) fn flag_bits(&self, flags: &str) -> Result<u32, ValueError> {
        let mut bits = 0_u32;
        let guarded = || {
            self.slots().filter_map(|(param, value)| {
                let flag = param.flag.as_ref()?;
                (flag.field == flags && flag.bit < 32).then_some((param, 1_u32 << flag.bit, value))
            })
        };
        for (param, bit, value) in guarded() {
            let present = match value {
                // Flags that depend on flags are there when one of their own bits is.
                None => param.ty == Type::Flags && self.flag_bits(&param.name)? != 0,
                Some(Value::Bool(false)) => param.ty != Type::True,
                Some(_) => true,
            };
            bits |= if present { bit } else { 0 };
        }
        for (param, bit, value) in guarded() {
            let has_bytes = !matches!(param.ty, Type::True | Type::Flags);
            if bits & bit != 0 && value.is_none() && has_bytes {
                let other = guarded().find(|(other, same, value)| {
                    *same == bit && (value.is_some() || other.ty == Type::Flags)
                });
                return Err(ValueErrorKind::IncompleteFields {
                    definition: self.name().to_owned(),
                    present: other.map(|(other, ..)| other.name.clone()).unwrap_or_default(),
                    missing: param.name.clone(),
                    ty: param.ty.to_string(),
                }
                .into());
            }
        }
        Ok(bits)
    }

    /// That every field is there that has to be.
    pub(super) fn check_complete(&self) -> Result<(), ValueError> {
        for (param, value) in self.slots() {
            match (&param.ty, &param.flag, value) {
                (Type::Flags, ..) => {
                    self.flag_bits(&param.name)?;
                }
                (Type::True, ..) | (_, Some(_), _) | (.., Some(_)) => {}
                (ty, None, None) => return Err(self.missing(&param.name, ty)),
            }
        }
        Ok(())
    }

    pub(super) fn missing(&self, field: &str, ty: &Type) -> ValueError {
        let definition = self.name().to_owned();
        ValueErrorKind::MissingField { definition, field: field.to_owned(), ty: ty.to_string() }.into()
    }

    /// The type that answers this call: what the definition says, with `X` replaced by the answer of the inner call.
    ///
    /// For a constructor this is the type it belongs to. A call whose inner call is not set gives [`Type::Object`].
    pub fn result_type(&self) -> Type {
        let mut object = self;
        while let Type::Generic(name) = &object.definition.ty {
            let mut inner = object.fields().filter(|(param, _)| param.ty == Type::Query(name.clone()));
            match inner.next() {
                Some((_, Value::Object(call))) => object = call,
                _ => return Type::Object,
            }
        }
        object.definition.ty.clone()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id() && self.name() == other.name() && self.fields == other.fields
    }
}

/// Prints like a Rust struct, with absent fields left out and long bytes cut.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug::fmt_object(self, &|_, _| false, f)
    }
}
