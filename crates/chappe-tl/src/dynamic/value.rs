use std::fmt;

use super::{Object, debug};

/// Any TL value.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// A `Bool`, or a `flags.N?true` that is there.
    Bool(bool),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// A `double`.
    Double(f64),
    /// An `int`.
    Int(i32),
    /// An `int128`: bytes, not a number.
    Int128([u8; 16]),
    /// An `int256`: bytes, not a number.
    Int256(Box<[u8; 32]>),
    /// A `long`.
    Long(i64),
    /// A constructor or a method, with its fields.
    Object(Object),
    /// A `string`.
    String(String),
    /// A vector, boxed or bare.
    Vector(Vec<Value>),
}

impl Value {
    /// The number, if this is an `int`.
    pub fn as_int(&self) -> Option<i32> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// The number, if this is a `long`.
    pub fn as_long(&self) -> Option<i64> {
        if let Self::Long(value) = self { Some(*value) } else { None }
    }

    /// The number, if this is a `double`.
    pub fn as_double(&self) -> Option<f64> {
        if let Self::Double(value) = self { Some(*value) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The text, if this is a `string`.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    /// The bytes, if this is `bytes`, an `int128` or an `int256`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Int128(bytes) => Some(bytes),
            Self::Int256(bytes) => Some(&bytes[..]),
            _ => None,
        }
    }

    /// The items, if this is a vector.
    pub fn as_vector(&self) -> Option<&[Value]> {
        if let Self::Vector(items) = self { Some(items) } else { None }
    }

    /// The object, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// What this is, for error messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Bool(_) => "a Bool",
            Self::Bytes(_) => "bytes",
            Self::Double(_) => "a double",
            Self::Int(_) => "an int",
            Self::Int128(_) => "an int128",
            Self::Int256(_) => "an int256",
            Self::Long(_) => "a long",
            Self::Object(object) => return format!("the object `{}`", object.name()),
            Self::String(_) => "a string",
            Self::Vector(_) => "a vector",
        }
        .to_owned()
    }
}

/// Prints like a Rust value, with long bytes cut.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug::fmt_value(self, &|_, _| false, f)
    }
}

macro_rules! from {
    ($($type:ty: $value:ident => $result:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $result
            }
        }
    )*};
}

from! {
    bool: value => Self::Bool(value);
    f64: value => Self::Double(value);
    i32: value => Self::Int(value);
    i64: value => Self::Long(value);
    [u8; 16]: value => Self::Int128(value);
    [u8; 32]: value => Self::Int256(Box::new(value));
    &str: value => Self::String(value.to_owned());
    String: value => Self::String(value);
    &[u8]: value => Self::Bytes(value.to_vec());
    Vec<u8>: value => Self::Bytes(value);
    Vec<Value>: value => Self::Vector(value);
    Object: value => Self::Object(value);
}
