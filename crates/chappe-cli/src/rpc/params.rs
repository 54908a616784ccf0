//! Parameters of a method: read by name or by place, and held against what the method takes.

use chappe_tl::dynamic::nearest;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// One parameter in the description of a method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    /// What is expected, in words.
    pub(super) kind: &'static str,
    pub(super) required: bool,
}

/// What a call brought.
pub(super) struct Params {
    values: Map<String, Value>,
}

impl Params {
    /// Names the values of an array, and refuses names that the method does not have. `complete` says whether what is
    /// required has to be there.
    pub(super) fn read(
        method: &str,
        known: &[Param],
        params: Option<Value>,
        complete: bool,
    ) -> Result<Self, Failure> {
        let values = match params {
            None => Map::new(),
            Some(Value::Array(values)) if values.len() > known.len() => {
                return Err(Failure::usage(format!("{method} takes {} parameters", known.len())));
            }
            Some(Value::Array(values)) => {
                known.iter().map(|param| param.name.to_owned()).zip(values).collect()
            }
            Some(Value::Object(values)) => values,
            Some(_) => return Err(Failure::usage("params: an object or an array is expected")),
        };
        for name in values.keys() {
            if !known.iter().any(|param| param.name == name) {
                let nearest = nearest(name, known.iter().map(|param| param.name));
                let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
                let name: String = name.chars().take(100).collect();
                return Err(Failure::field(&name, format_args!("{method} has no such parameter{hint}")));
            }
        }
        for param in known {
            if complete && param.required && values.get(param.name).is_none_or(Value::is_null) {
                return Err(Failure::field(param.name, format_args!("missing: {} is expected", param.kind)));
            }
        }
        Ok(Self { values })
    }

    /// A parameter that has to be there.
    pub(super) fn required<T: FromJson>(&mut self, name: &str) -> Result<T, Failure> {
        self.optional(name)?
            .ok_or_else(|| Failure::field(name, format_args!("missing: {} is expected", T::KIND)))
    }

    /// A parameter that may be left out, or be `null`.
    pub(super) fn optional<T: FromJson>(&mut self, name: &str) -> Result<Option<T>, Failure> {
        match self.values.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match T::from_json(value) {
                Some(read) => Ok(Some(read)),
                None => Err(Failure::field(name, format_args!("{} is expected", T::KIND))),
            },
        }
    }

    /// A switch that is off when left out.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Failure> {
        Ok(self.optional(name)?.unwrap_or(false))
    }
}

/// What a parameter can be read as.
pub(super) trait FromJson: Sized {
    /// In words.
    const KIND: &'static str;

    fn from_json(value: Value) -> Option<Self>;
}

/// A number, or its digits in a string.
fn number<T: std::str::FromStr + TryFrom<i64>>(value: &Value) -> Option<T> {
    match value {
        Value::Number(number) => T::try_from(number.as_i64()?).ok(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

macro_rules! numbers {
    ($($ty:ty: $kind:literal),*) => {$(
        impl FromJson for $ty {
            const KIND: &'static str = $kind;
            fn from_json(value: Value) -> Option<Self> {
                number(&value)
            }
        }
    )*};
}

numbers!(i32: "a 32-bit number", i64: "a 64-bit number or its digits in a string", u32: "a number from 0 on",
    u64: "a number from 0 on");

impl FromJson for f64 {
    const KIND: &'static str = "a number";
    fn from_json(value: Value) -> Option<Self> {
        value.as_f64()
    }
}

impl FromJson for bool {
    const KIND: &'static str = "true or false";
    fn from_json(value: Value) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJson for String {
    const KIND: &'static str = "a string";
    fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl FromJson for Value {
    const KIND: &'static str = "a value";
    fn from_json(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    const KIND: &'static str = "an array";
    fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Array(values) => values.into_iter().map(T::from_json).collect(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: [Param; 2] = [
        Param { name: "chat", kind: "a number", required: true },
        Param { name: "messages", kind: "an array", required: false },
    ];

    fn read(params: Value) -> Result<Params, Failure> {
        Params::read("secret.read", &KNOWN, Some(params), true)
    }

    #[test]
    fn values_are_found_by_name_and_by_place() {
        for params in
            [json!({ "chat": "7", "messages": ["-9223372036854775808", 5] }), json!([7, [i64::MIN, 5]])]
        {
            let mut params = read(params).unwrap();
            assert_eq!(params.required::<i32>("chat").unwrap(), 7);
            assert_eq!(params.optional::<Vec<i64>>("messages").unwrap(), Some(vec![i64::MIN, 5]));
        }
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        for (params, field) in [
            (json!({ "messages": [] }), "chat"),
            (json!({ "chat": null }), "chat"),
            (json!({ "chat": 1, "message": [] }), "message"),
        ] {
            assert_eq!(read(params).err().unwrap().wrong_field(), Some(field));
        }
        assert!(read(json!([1, [], 3])).is_err());
        let mut params = read(json!({ "chat": 3_000_000_000_u64 })).unwrap();
        let failure = params.required::<i32>("chat").unwrap_err();
        assert_eq!(failure.message(), "chat: a 32-bit number is expected");
    }
}
