//! The schemas of the repository, and random values of their types.

#![allow(dead_code)] // Each test program uses a part.

use std::collections::HashMap;
use std::sync::Arc;

use chappe_tl::dynamic::{Object, Schema, Value};
use chappe_tl::parse::{Definition, Kind, Type};

pub(crate) fn text(file: &str) -> String {
    let path = format!("{}/../../schema/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn api() -> Schema {
    Schema::parse(&text("api.tl")).unwrap()
}

/// Random values of any type, the same for the same seed.
#[derive(Clone)]
pub(crate) struct Generator<'s> {
    schema: &'s Schema,
    state: u64,
    /// The least nesting of an object of each definition; what is not here cannot end.
    heights: HashMap<u32, u32>,
}

impl<'s> Generator<'s> {
    pub(crate) fn new(schema: &'s Schema, seed: u64) -> Self {
        let mut generator = Self { schema, state: seed, heights: HashMap::new() };
        loop {
            let before = generator.heights.len();
            for definition in schema.definitions() {
                if !generator.heights.contains_key(&definition.id)
                    && let Some(height) = generator.fields_height(definition)
                {
                    generator.heights.insert(definition.id, height);
                }
            }
            if generator.heights.len() == before {
                return generator;
            }
        }
    }

    /// The same generator from another seed; cheaper than a new one.
    pub(crate) fn with_seed(&self, seed: u64) -> Self {
        Self { state: seed, ..self.clone() }
    }

    fn fields_height(&self, definition: &Definition) -> Option<u32> {
        let needed = definition.params.iter().filter(|param| param.flag.is_none());
        let heights: Option<Vec<u32>> = needed.map(|param| self.height(&param.ty)).collect();
        Some(1 + heights?.into_iter().max().unwrap_or(0))
    }

    fn height(&self, ty: &Type) -> Option<u32> {
        match ty {
            Type::Boxed(_) | Type::Bare(_) | Type::Object | Type::Query(_) => {
                self.choices(ty).iter().filter_map(|choice| self.heights.get(&choice.id)).min().copied()
            }
            _ => Some(0),
        }
    }

    fn choices(&self, ty: &Type) -> Vec<&'s Arc<Definition>> {
        let all = self.schema.definitions();
        match ty {
            Type::Bare(name) if ty.is_bare_type() => self.choices(&Type::Boxed(name.clone())),
            // Only MTProto has bare types, and where there are several texts it is the first.
            Type::Bare(name) => all.filter(|found| found.name == *name).take(1).collect(),
            Type::Query(_) => all.filter(|found| found.kind == Kind::Function).collect(),
            Type::Object => all.filter(|found| found.ty != Type::Bool).collect(),
            _ => self.schema.constructors(ty.name().unwrap_or_default()).collect(),
        }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A random object, or nothing where every object of the definition would be without end.
    pub(crate) fn object(&mut self, definition: &Arc<Definition>, room: u32) -> Option<Object> {
        let mut object = Object::new(Arc::clone(definition));
        let mut bits = HashMap::new();
        for param in definition.params.iter().filter(|param| param.ty != Type::Flags) {
            if let Some(flag) = &param.flag {
                let random = self.next() % 8;
                let present = *bits.entry(flag).or_insert(random < if room > 0 { 4 } else { 0 });
                if !present {
                    continue;
                }
            }
            let value = self.value(&param.ty, room.saturating_sub(1))?;
            object.set(&param.name, value).unwrap();
        }
        Some(object)
    }

    pub(crate) fn value(&mut self, ty: &Type, room: u32) -> Option<Value> {
        Some(match ty {
            Type::Int | Type::Flags => Value::Int(self.next() as i32),
            Type::Long => Value::Long(self.next() as i64),
            Type::Double => loop {
                let double = f64::from_bits(self.next());
                if double.is_finite() {
                    break Value::Double(double);
                }
            },
            Type::Bool => Value::Bool(self.below(2) == 1),
            Type::True => Value::Bool(true),
            Type::Int128 => Value::Int128(self.bytes(16).try_into().unwrap()),
            Type::Int256 => Value::Int256(Box::new(self.bytes(32).try_into().unwrap())),
            Type::Bytes => {
                let len = self.below(300);
                Value::Bytes(self.bytes(len))
            }
            Type::String => {
                let len = self.below(20);
                Value::String((0..len).filter_map(|_| char::from_u32(self.below(0x1_1000) as u32)).collect())
            }
            Type::Vector(item) | Type::BareVector(item) => {
                let len = if room == 0 { 0 } else { self.below(3) };
                Value::Vector((0..len).map(|_| self.value(item, room - 1)).collect::<Option<_>>()?)
            }
            Type::Boxed(_) | Type::Bare(_) | Type::Object | Type::Query(_) | Type::Generic(_) => {
                let mut choices = self.choices(ty);
                let heights = &self.heights;
                let height = |choice: &Definition| heights.get(&choice.id).copied().unwrap_or(u32::MAX);
                let least =
                    choices.iter().map(|choice| height(choice)).min().filter(|least| *least < u32::MAX)?;
                choices.retain(|choice| height(choice) <= least.max(room));
                let choice = choices[self.below(choices.len())];
                Value::Object(self.object(choice, room)?)
            }
        })
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}
