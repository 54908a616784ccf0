use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number};

use crate::dynamic::schema::Scope;
use crate::dynamic::{Object, Schema, Segment, Value, ValueError, ValueErrorKind};
use crate::parse::{Definition, Kind};
use crate::wire::limits::MAX_DEPTH;

type Result<T> = core::result::Result<T, ValueError>;

impl Schema {
    /// A value as JSON, in the form that [`json`](super) describes.
    ///
    /// # Errors
    /// A `double` is infinite or no number, or objects are nested deeper than
    /// [`MAX_DEPTH`].
    pub fn to_json(&self, value: &Value) -> Result<serde_json::Value> {
        self.write(value, None, 0).map_err(|error| match value {
            Value::Object(object) => error.in_field(object.name()),
            _ => error,
        })
    }

    fn write(&self, value: &Value, scope: Scope, depth: u32) -> Result<serde_json::Value> {
        Ok(match value {
            Value::Bool(value) => (*value).into(),
            Value::Bytes(bytes) => STANDARD.encode(bytes).into(),
            Value::Double(value) => match Number::from_f64(*value) {
                Some(number) => number.into(),
                None => return Err(ValueErrorKind::NotFinite { given: value.to_string() }.into()),
            },
            Value::Int(value) => (*value).into(),
            Value::Int128(bytes) => hex(bytes).into(),
            Value::Int256(bytes) => hex(&bytes[..]).into(),
            Value::Long(value) => value.to_string().into(),
            Value::Object(object) => self.write_object(object, scope, depth)?,
            Value::String(text) => text.as_str().into(),
            Value::Vector(_) if depth >= MAX_DEPTH => return Err(ValueErrorKind::TooDeep.into()),
            Value::Vector(items) => {
                let write = |(index, item)| {
                    let written = self.write(item, scope, depth + 1);
                    written.map_err(|error| error.inside(Segment::Index(index)))
                };
                items.iter().enumerate().map(write).collect::<Result<_>>()?
            }
        })
    }

    fn write_object(&self, object: &Object, scope: Scope, depth: u32) -> Result<serde_json::Value> {
        if depth >= MAX_DEPTH {
            return Err(ValueErrorKind::TooDeep.into());
        }
        let definition = object.definition();
        let mut map = Map::new();
        map.insert("_".to_owned(), self.written_name(definition, scope).into());
        let scope = self.find_id(definition.id, scope).and_then(|(_, scope)| scope);
        for (param, value) in object.fields() {
            if param.is_true_flag() && *value == Value::Bool(false) {
                continue;
            }
            let written = self.write(value, scope, depth + 1);
            map.insert(param.name.clone(), written.map_err(|error| error.in_field(&param.name))?);
        }
        Ok(map.into())
    }

    /// The name, with the id if the name alone would be read as something else.
    fn written_name(&self, definition: &Definition, scope: Scope) -> String {
        let name = &definition.name;
        let alone = self.find(name, scope, |found| found.kind == Kind::Type);
        let alone = alone.or_else(|| self.find(name, scope, |_| true));
        let of_type = self.find(name, scope, |found| match definition.kind {
            Kind::Function => found.kind == Kind::Function,
            Kind::Type => found.kind == Kind::Type && found.ty == definition.ty,
        });
        if [alone, of_type].iter().all(|found| found.is_some_and(|found| found.id == definition.id)) {
            name.clone()
        } else {
            format!("{name}#{:08x}", definition.id)
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
