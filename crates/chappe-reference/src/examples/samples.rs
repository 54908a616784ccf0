//! The values in examples: from `data/samples.toml`, by what they are called and of which type they are.

use std::collections::HashSet;
use std::sync::OnceLock;

use chappe_tl::dynamic::{Object, Schema, Value};
use chappe_tl::parse::{Definition, Parameter, Type};
use serde_json::{Map, Value as Json};

use super::facts::Facts;

const SAMPLES_TOML: &str = include_str!("../../data/samples.toml");

/// No sample is deeper than this.
const MAX_DEPTH: u32 = 12;

/// The tables of `data/samples.toml`.
#[derive(Debug)]
pub(super) struct Samples {
    /// By `name:type`, and by `constructor.name`.
    names: Map<String, Json>,
    types: Map<String, Json>,
    methods: Map<String, Json>,
}

/// What the file says about one method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    /// The arguments that are not left to the tables.
    pub(super) arguments: Option<&'a Map<String, Json>>,
    /// Who calls.
    pub(super) role: &'a str,
    /// The error that is the answer in the prepared world, and why nothing else can be.
    pub(super) error: Option<(&'a str, &'a str)>,
}

impl Samples {
    /// The file, read once.
    pub(super) fn get() -> &'static Self {
        static SAMPLES: OnceLock<Samples> = OnceLock::new();
        SAMPLES.get_or_init(|| {
            let mut file = super::table(SAMPLES_TOML);
            let mut part = |name: &str| match file.get_mut(name).map(Json::take) {
                Some(Json::Object(map)) => map,
                _ => Map::new(),
            };
            Self { names: part("names"), types: part("types"), methods: part("methods") }
        })
    }

    /// What the file says about each method that it names.
    #[cfg(test)]
    pub(super) fn methods(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.methods.iter().map(|(name, said)| (name.as_str(), said))
    }

    /// What the file says about a method; `caller` calls it, if the file names nobody.
    pub(super) fn of<'a>(&'a self, method: &str, caller: &'a str) -> Sample<'a> {
        let entry = self.methods.get(method).and_then(Json::as_object);
        let text = |key: &str| entry?.get(key)?.as_str();
        Sample {
            arguments: entry,
            role: text("as!").unwrap_or(caller),
            error: text("error!").map(|error| (error, text("because!").unwrap_or_default())),
        }
    }
}

/// Makes calls with samples in one schema.
#[derive(Clone, Copy)]
pub(super) struct Sampler<'a> {
    pub(super) schema: &'a Schema,
    pub(super) samples: &'a Samples,
    pub(super) facts: &'a Facts,
    pub(super) caller: &'a str,
}

type Made<T> = Result<T, String>;

impl Sampler<'_> {
    /// A call of the method: what it needs, and what the file gives beyond that.
    ///
    /// # Errors
    /// Where a sample is not what the schema asks for, in the words of a message.
    pub(super) fn call(&self, method: &Definition) -> Made<Object> {
        let sample = self.samples.of(&method.name, self.caller);
        self.object(method, sample.arguments, sample.role, 0)
    }

    fn object(
        &self,
        definition: &Definition,
        given: Option<&Map<String, Json>>,
        role: &str,
        depth: u32,
    ) -> Made<Object> {
        if depth > MAX_DEPTH {
            return Err(format!("{}: its samples have no end", definition.name));
        }
        let mut object = self.schema.object(&definition.name).map_err(|error| error.to_string())?;
        for param in definition.params.iter().filter(|param| param.ty != Type::Flags) {
            let given = given.and_then(|given| given.get(&param.name));
            let value = match given {
                Some(json) => self.given(&param.ty, json, role, depth),
                None if param.flag.is_some() => continue,
                None => self.made_up(&definition.name, param, &param.ty, role, depth),
            };
            let value = value.map_err(|error| format!("{}: {error}", param.name))?;
            object.set(&param.name, value).map_err(|error| error.to_string())?;
        }
        Ok(object)
    }

    /// A value that the file gives.
    fn given(&self, ty: &Type, json: &Json, role: &str, depth: u32) -> Made<Value> {
        if let Some(name) = json.as_str().and_then(|text| text.strip_prefix('$')) {
            let fact = self.facts.look_up(role, name).ok_or_else(|| format!("{role} knows no ${name}"))?;
            let fact = Facts::as_type(fact, &ty.to_string()).unwrap_or_else(|| fact.clone());
            return self.given(ty, &fact, role, depth);
        }
        let wrong = || format!("{json} is no {ty}");
        Ok(match (ty, json) {
            (Type::Int, Json::Number(number)) => {
                Value::Int(number.as_i64().and_then(|number| number.try_into().ok()).ok_or_else(wrong)?)
            }
            (Type::Long, Json::Number(number)) => Value::Long(number.as_i64().ok_or_else(wrong)?),
            (Type::Double, Json::Number(number)) => Value::Double(number.as_f64().ok_or_else(wrong)?),
            (Type::Bool | Type::True, Json::Bool(value)) => Value::Bool(*value),
            (Type::String, Json::String(text)) => Value::String(text.clone()),
            (Type::Bytes, Json::String(text)) => Value::Bytes(bytes(text).ok_or_else(wrong)?),
            (Type::Int128, Json::String(text)) => {
                Value::Int128(bytes(text).and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?)
            }
            (Type::Int256, Json::String(text)) => {
                let bytes = bytes(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                Value::Int256(Box::new(bytes.ok_or_else(wrong)?))
            }
            (Type::Vector(item) | Type::BareVector(item), Json::Array(items)) => Value::Vector(
                items.iter().map(|json| self.given(item, json, role, depth + 1)).collect::<Made<_>>()?,
            ),
            (Type::Boxed(_) | Type::Query(_) | Type::Bare(_), Json::Object(map)) => {
                let definition = match map.get("_").and_then(Json::as_str) {
                    Some(name) => self.schema.definition(name),
                    None => ty.name().and_then(|name| self.schema.constructors(name).next()),
                };
                match definition {
                    Some(definition) => Value::Object(self.object(definition, Some(map), role, depth + 1)?),
                    // An older layer may not have it.
                    None => self.any(ty, role, depth)?,
                }
            }
            _ => return Err(wrong()),
        })
    }

    /// A value from the tables.
    fn made_up(&self, owner: &str, param: &Parameter, ty: &Type, role: &str, depth: u32) -> Made<Value> {
        let keys = [format!("{owner}.{}", param.name), format!("{}:{ty}", param.name)];
        let named = keys.iter().find_map(|key| self.samples.names.get(key));
        if let Some(json) = named.or_else(|| self.samples.types.get(&ty.to_string())) {
            return self.given(ty, json, role, depth);
        }
        match ty {
            Type::Vector(item) | Type::BareVector(item) => {
                Ok(Value::Vector(vec![self.made_up(owner, param, item, role, depth + 1)?]))
            }
            _ => self.any(ty, role, depth),
        }
    }

    /// Some value of a type.
    fn any(&self, ty: &Type, role: &str, depth: u32) -> Made<Value> {
        if let Some(json) = self.samples.types.get(&ty.to_string()) {
            // What the table names may be younger than the schema.
            let name = json.get("_").and_then(Json::as_str);
            if name.is_none_or(|name| self.schema.definition(name).is_some()) {
                return self.given(ty, json, role, depth);
            }
        }
        let name = ty.name().ok_or_else(|| format!("there is no sample of the type {ty}"))?;
        let chosen = self.simplest(name, &mut HashSet::new()).map(|(_, definition)| definition);
        let chosen = chosen.ok_or_else(|| format!("{name} has no constructor"))?;
        Ok(Value::Object(self.object(chosen, None, role, depth + 1)?))
    }

    /// The constructor that needs the fewest values but says something.
    fn simplest<'s>(&'s self, ty: &'s str, seen: &mut HashSet<&'s str>) -> Option<(usize, &'s Definition)> {
        if !seen.insert(ty) {
            return None;
        }
        let costs = self.schema.constructors(ty).filter_map(|definition| {
            let mut cost = usize::from(definition.name.ends_with("Empty")) * 100;
            for param in definition.params.iter().filter(|param| param.flag.is_none()) {
                cost += 1;
                if let Type::Boxed(inner) = &param.ty
                    && !self.samples.types.contains_key(inner)
                {
                    cost += self.simplest(inner, seen)?.0;
                }
            }
            Some((cost, &**definition))
        });
        let cheapest = costs.collect::<Vec<_>>().into_iter().min_by_key(|(cost, _)| *cost);
        seen.remove(ty);
        cheapest
    }
}

/// `hex:0102`, `repeat:5a*256`, or a text.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let byte = |digits: &str| u8::from_str_radix(digits, 16).ok();
    if let Some(digits) = text.strip_prefix("hex:") {
        let places = (0..digits.len()).step_by(2);
        return places.map(|place| byte(digits.get(place..place + 2)?)).collect();
    }
    if let Some(rest) = text.strip_prefix("repeat:") {
        let (digits, count) = rest.split_once('*')?;
        return Some(vec![byte(digits)?; count.parse().ok()?]);
    }
    Some(text.as_bytes().to_vec())
}
