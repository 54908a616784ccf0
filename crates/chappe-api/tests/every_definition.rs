//! Every constructor and every method, with random values: what the schema says, the types read and write.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "these are tests")]

#[path = "generated/all.rs"]
mod all;

use std::collections::HashMap;

use chappe_api::{API_TL, MTPROTO_TL, SECRET_TL, api_schema, secret_schema};
use chappe_tl::dynamic::Schema;
use chappe_tl::parse::{Definition, Kind, Type, parse};
use chappe_tl::{Decode, DecodeError, Encode, EncodeError};

/// A type or method: how it is read and written again.
pub(crate) struct Entry {
    /// The module that it is in.
    module: &'static str,
    name: &'static str,
    /// An enum.
    several: bool,
    size: usize,
    again: Again,
}

/// Reads an object and writes it again.
type Again = fn(&[u8]) -> Result<Result<Vec<u8>, EncodeError>, DecodeError>;

pub(crate) const fn entry<T: Encode + Decode>(
    module: &'static str,
    name: &'static str,
    several: bool,
) -> Entry {
    let again = |bytes: &[u8]| T::from_bytes(bytes).map(|value| value.to_bytes());
    Entry { module, name, several, size: size_of::<T>(), again }
}

/// Writes random objects by their definitions, without any of the code under test.
struct Random<'a> {
    state: u64,
    types: HashMap<String, Vec<&'a Definition>>,
    names: HashMap<&'a str, &'a Definition>,
    out: Vec<u8>,
}

impl<'a> Random<'a> {
    fn new(definitions: &'a [Definition]) -> Self {
        let mut types: HashMap<String, Vec<&Definition>> = HashMap::new();
        let mut names = HashMap::new();
        for definition in definitions.iter().filter(|definition| definition.kind == Kind::Type) {
            types.entry(definition.ty.to_string()).or_default().push(definition);
            names.insert(definition.name.as_str(), definition);
        }
        Self { state: 0x9e37_79b9_7f4a_7c15, types, names, out: Vec::new() }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn u32(&mut self, value: u32) {
        self.out.extend(value.to_le_bytes());
    }

    fn string(&mut self) {
        let len = if self.next().is_multiple_of(20) { 300 } else { (self.next() % 12) as usize };
        let text = vec![b'a' + (self.next() % 26) as u8; len];
        if len < 254 {
            self.out.push(len as u8);
        } else {
            self.u32((len as u32) << 8 | 0xfe);
        }
        self.out.extend(text);
        while !self.out.len().is_multiple_of(4) {
            self.out.push(0);
        }
    }

    fn object(&mut self, definition: &'a Definition, depth: u32) {
        self.u32(definition.id);
        self.fields(definition, depth);
    }

    fn fields(&mut self, definition: &'a Definition, depth: u32) {
        let mut flags: HashMap<&str, u32> = HashMap::new();
        for param in &definition.params {
            if param.flag.as_ref().is_some_and(|flag| flags[flag.field.as_str()] & 1 << flag.bit == 0) {
                continue;
            }
            if param.ty == Type::Flags {
                let of = |other: &&chappe_tl::parse::Parameter| {
                    other
                        .flag
                        .as_ref()
                        .filter(|flag| flag.field == param.name)
                        .map_or(0, |flag| 1 << flag.bit)
                };
                let known: u32 =
                    definition.params.iter().map(|other| of(&other)).fold(0, |all, bit| all | bit);
                let set = if depth > 3 { 0 } else { self.next() as u32 & known };
                flags.insert(&param.name, set);
                self.u32(set);
            } else if param.name == "bytes" && definition.param("body").is_some() {
                self.u32(4);
            } else {
                self.value(&param.ty, depth);
            }
        }
    }

    fn value(&mut self, ty: &Type, depth: u32) {
        match ty {
            Type::Int => self.u32((self.state >> 7) as u32),
            Type::Long | Type::Double => {
                // Not every pattern of bits is a number that comes back as it was.
                let value =
                    if *ty == Type::Double { (self.next() as u32 as f64).to_bits() } else { self.next() };
                self.out.extend(value.to_le_bytes());
            }
            Type::Bool => {
                let value = if self.next().is_multiple_of(2) { 0x997275b5 } else { 0xbc799737 };
                self.u32(value);
            }
            Type::String | Type::Bytes => self.string(),
            Type::Int128 => self.out.extend([7; 16]),
            Type::Int256 => self.out.extend([8; 32]),
            // help.getNearestDc: any object without fields.
            Type::Object | Type::Query(_) | Type::Generic(_) => self.u32(0x1fb3_3026),
            Type::Vector(item) | Type::BareVector(item) => {
                if matches!(ty, Type::Vector(_)) {
                    self.u32(0x1cb5_c415);
                }
                let count = if depth > 3 { 0 } else { self.next() % 3 };
                self.u32(count as u32);
                for _ in 0..count {
                    self.value(item, depth + 1);
                }
            }
            Type::Bare(name) => self.fields(self.names[name.as_str()], depth + 1),
            Type::Boxed(name) => {
                let all = &self.types[name];
                let chosen = (self.state >> 9) as usize % all.len();
                // Deep down, take the constructor with the fewest fields.
                let definition = *match depth > 3 {
                    true => all.iter().min_by_key(|definition| definition.params.len()),
                    false => all.get(chosen),
                }
                .expect("every type has a constructor");
                self.next();
                self.object(definition, depth + 1);
            }
            Type::Flags | Type::True => {}
        }
    }
}

fn check(text: &str, schema: &Schema, module: &str) {
    let definitions = parse(text).unwrap();
    let entries: HashMap<&str, &Entry> =
        all::ALL.iter().filter(|entry| entry.module == module).map(|entry| (entry.name, entry)).collect();
    let mut random = Random::new(&definitions);
    for definition in &definitions {
        let name = match definition.kind {
            Kind::Type if definition.ty == Type::Object => continue,
            Kind::Type => definition.ty.to_string(),
            Kind::Function => definition.name.clone(),
        };
        let entry = entries[name.as_str()];
        for _ in 0..30 {
            random.out.clear();
            random.object(definition, 0);
            let bytes = &random.out;
            let again = (entry.again)(bytes).unwrap_or_else(|error| panic!("{definition}: {error}"));
            assert_eq!(&again.unwrap(), bytes, "{definition}");
            let dynamic = schema.decode(bytes, &Type::Object).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(&schema.encode_as(&dynamic, &Type::Object).unwrap(), bytes, "{definition}");

            // Cut anywhere, it is an error, and never a panic.
            let cut = random.state as usize % bytes.len();
            let object_at_end = definition
                .params
                .last()
                .is_some_and(|param| matches!(param.ty, Type::Object | Type::Query(_)));
            assert!((entry.again)(&bytes[..cut]).is_err() || object_at_end, "{definition}");
        }
    }
}

#[test]
fn the_api_reads_and_writes_what_the_schema_says() {
    check(API_TL, api_schema(), "chappe_api");
}

#[test]
fn mtproto_reads_and_writes_what_the_schema_says() {
    check(MTPROTO_TL, api_schema(), "chappe_api::mtproto");
}

#[test]
fn secret_chats_read_and_write_what_the_schema_says() {
    check(SECRET_TL, secret_schema(), "chappe_api::secret");
}

#[test]
fn enums_are_small() {
    for entry in all::ALL.iter().filter(|entry| entry.several) {
        assert!(entry.size <= 32, "{} has {} bytes", entry.name, entry.size);
    }
}
