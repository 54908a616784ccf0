use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::scalar;
use crate::dynamic::encode::describe;
use crate::dynamic::schema::Scope;
use crate::dynamic::{Object, Schema, Segment, Value, ValueError, ValueErrorKind};
use crate::parse::{Definition, Kind, Type};
use crate::wire::limits::MAX_DEPTH;

type Result<T> = core::result::Result<T, ValueError>;

impl Schema {
    /// A call of the method `name` with the arguments of a JSON object, in the form that [`json`](super) describes.
    ///
    /// # Errors
    /// The schema has no such method, or the arguments are not what it takes; the message says where, what was
    /// expected and which name is nearest.
    pub fn from_json_call(&self, name: &str, arguments: &Json) -> Result<Object> {
        let Some(method) = self.method(name) else {
            return Err(self.unknown(name, "method".to_owned(), |found| found.kind == Kind::Function));
        };
        self.read_known(arguments, method, None, 0).map_err(|error| error.in_field(&method.name))
    }

    /// A value of type `ty` from JSON, in the form that [`json`](super) describes.
    ///
    /// # Errors
    /// The JSON is no such value; the message says where, what was expected and which name is nearest.
    pub fn from_json(&self, ty: &Type, json: &Json) -> Result<Value> {
        self.read(json, ty, None, 0).map_err(|error| error.in_field(&ty.to_string()))
    }

    fn read(&self, json: &Json, ty: &Type, scope: Scope, depth: u32) -> Result<Value> {
        Ok(match ty {
            Type::Flags | Type::Int => Value::Int(scalar::int(json)?),
            Type::Long => Value::Long(scalar::long(json)?),
            Type::Double => Value::Double(scalar::double(json)?),
            Type::Bytes => Value::Bytes(scalar::bytes(json)?),
            Type::Int128 => Value::Int128(scalar::fixed_bytes(json)?),
            Type::Int256 => Value::Int256(Box::new(scalar::fixed_bytes(json)?)),
            Type::String => match json {
                Json::String(text) => Value::String(text.clone()),
                _ => return Err(scalar::wrong_type("a string", json)),
            },
            Type::Bool | Type::True => match json {
                Json::Bool(value) => Value::Bool(*value),
                _ => return Err(scalar::wrong_type("true or false", json)),
            },
            Type::Object | Type::Generic(_) => match json {
                Json::Bool(value) => Value::Bool(*value),
                _ => Value::Object(self.read_object(json, ty, scope, depth)?),
            },
            Type::Boxed(_) | Type::Query(_) => Value::Object(self.read_object(json, ty, scope, depth)?),
            Type::Bare(name) => {
                let Some((definition, _)) = self.resolve_bare(name, scope) else {
                    return Err(self.unknown(name, "constructor".to_owned(), |_| false));
                };
                Value::Object(self.read_known(json, definition, scope, depth)?)
            }
            Type::Vector(item) | Type::BareVector(item) => {
                let Json::Array(items) = json else {
                    return Err(scalar::wrong_type(format!("an array of {item}"), json));
                };
                check_depth(depth)?;
                let read = |(index, json)| {
                    let value = self.read(json, item, scope, depth + 1);
                    value.map_err(|error| error.inside(Segment::Index(index)))
                };
                Value::Vector(items.iter().enumerate().map(read).collect::<Result<_>>()?)
            }
        })
    }

    /// An object that says by `_` what it is.
    fn read_object(&self, json: &Json, ty: &Type, scope: Scope, depth: u32) -> Result<Object> {
        let map = json.as_object().ok_or_else(|| scalar::wrong_type(describe(ty), json))?;
        let definition = match map.get("_") {
            Some(Json::String(name)) => self.named(name, ty, scope)?,
            Some(other) => return Err(scalar::wrong_type("a name", other).in_field("_")),
            None => self.only_constructor(ty, scope)?,
        };
        self.read_fields(map, definition, scope, depth)
    }

    /// An object that is known to be of `definition`; `_` may say so again.
    fn read_known(
        &self,
        json: &Json,
        definition: &Arc<Definition>,
        scope: Scope,
        depth: u32,
    ) -> Result<Object> {
        let expected = match definition.kind {
            Kind::Function => "an object of arguments".to_owned(),
            Kind::Type => format!("a `{}` object", definition.name),
        };
        let map = json.as_object().ok_or_else(|| scalar::wrong_type(expected, json))?;
        if let Some(name) = map.get("_") {
            let same = name.as_str().is_some_and(|name| match name.split_once('#') {
                Some((name, id)) => {
                    name == definition.name && u32::from_str_radix(id, 16) == Ok(definition.id)
                }
                None => name == definition.name,
            });
            if !same {
                let expected = format!("`{}`, or nothing", definition.name);
                return Err(scalar::wrong_type(expected, name).in_field("_"));
            }
        }
        self.read_fields(map, definition, scope, depth)
    }

    fn read_fields(
        &self,
        map: &Map<String, Json>,
        definition: &Arc<Definition>,
        scope: Scope,
        depth: u32,
    ) -> Result<Object> {
        check_depth(depth)?;
        let scope = self.find_id(definition.id, scope).and_then(|(_, scope)| scope);
        let mut object = Object::new(Arc::clone(definition));
        for (field, json) in map.iter().filter(|(field, _)| *field != "_") {
            let index = object.index(field)?;
            let Some(param) = definition.params.get(index) else { continue };
            if json.is_null() && param.flag.is_some() {
                continue;
            }
            let value = self.read(json, &param.ty, scope, depth + 1);
            let value = value.map_err(|error| error.in_field(field))?;
            let absent = param.is_true_flag() && value == Value::Bool(false);
            object.set_at(index, (!absent).then_some(value));
        }
        object.check_complete()?;
        Ok(object)
    }

    /// The definition that `name` means where `ty` is expected.
    fn named(&self, name: &str, ty: &Type, scope: Scope) -> Result<&Arc<Definition>> {
        let is_method = |found: &Definition| found.kind == Kind::Function;
        let is_constructor = |found: &Definition| found.kind == Kind::Type;
        let found = match ty {
            Type::Query(_) => self.find(name, scope, is_method),
            Type::Boxed(_) => self.find(name, scope, |found| is_constructor(found) && found.ty == *ty),
            _ => self.find(name, scope, is_constructor).or_else(|| self.find(name, scope, |_| true)),
        };
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(other) = self.find(name, scope, |_| true) {
            return Err(self.wrong(name, other, ty, scope));
        }
        Err(match ty {
            Type::Query(_) => self.unknown(name, "method".to_owned(), is_method),
            Type::Boxed(_) => {
                let of_type = self.unknown(name, format!("constructor of {ty}"), |found| {
                    found.ty == *ty && is_constructor(found)
                });
                match &*of_type.kind {
                    ValueErrorKind::UnknownName { nearest: None, .. } => {
                        self.unknown(name, "constructor".to_owned(), is_constructor)
                    }
                    _ => of_type,
                }
            }
            _ => self.unknown(name, "constructor or method".to_owned(), |_| true),
        })
    }

    /// What an object without `_` is.
    fn only_constructor(&self, ty: &Type, scope: Scope) -> Result<&Arc<Definition>> {
        if let [name] = self.constructor_names(ty, scope)[..] {
            return self.named(name, ty, scope);
        }
        let choices = self.some_constructors(ty, scope);
        let expected = match ty {
            Type::Boxed(name) => name.clone(),
            _ => describe(ty),
        };
        Err(ValueErrorKind::MissingConstructor { expected, choices }.into())
    }
}

fn check_depth(depth: u32) -> Result<()> {
    if depth >= MAX_DEPTH { Err(ValueErrorKind::TooDeep.into()) } else { Ok(()) }
}
