//! Bytes made to hurt the decoder of dynamic values.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests are tests.

mod support;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chappe_tl::DecodeError;
use chappe_tl::dynamic::{Schema, ValueErrorKind};
use chappe_tl::parse::Type;
use proptest::prelude::*;

use support::Generator;

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(support::api)
}

fn generator(seed: u64) -> Generator<'static> {
    static GENERATOR: OnceLock<Generator<'static>> = OnceLock::new();
    GENERATOR.get_or_init(|| Generator::new(schema(), 0)).with_seed(seed)
}

fn decode_error(bytes: &[u8], ty: &Type) -> DecodeError {
    match *schema().decode(bytes, ty).unwrap_err().kind {
        ValueErrorKind::Decode(error) => error,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn nested_rich_text_of_800_kilobytes_ends_in_an_error_at_once() {
    let bold = schema().definition("textBold").unwrap().id;
    let bytes = bold.to_le_bytes().repeat(200_000);
    let started = Instant::now();
    assert_eq!(decode_error(&bytes, &Type::Object), DecodeError::TooDeep);
    let concat = schema().definition("textConcat").unwrap().id.to_le_bytes();
    let bytes = [concat, 0x1cb5c415_u32.to_le_bytes(), [1, 0, 0, 0]].concat().repeat(70_000);
    assert_eq!(decode_error(&bytes, &Type::Boxed("RichText".to_owned())), DecodeError::TooDeep);
    assert!(started.elapsed() < Duration::from_millis(100));
}

#[test]
fn a_vector_of_two_billion_items_is_refused() {
    let vector = [0x1cb5c415_u32.to_le_bytes(), 0x8000_0000_u32.to_le_bytes()].concat();
    for item in [Type::Long, Type::True, Type::Boxed("User".to_owned())] {
        let error = decode_error(&vector, &Type::Vector(Box::new(item)));
        assert_eq!(error, DecodeError::VectorTooLong { count: 1 << 31 });
    }
}

#[test]
fn every_truncation_of_a_value_is_an_error() {
    let mut generator = generator(5);
    for name in ["message", "user", "channel", "updates", "webPage", "messages.sendMedia"] {
        let object = generator.object(schema().definition(name).unwrap(), 4).unwrap();
        let bytes = object.to_bytes().unwrap();
        for len in 0..bytes.len() {
            assert!(schema().decode_object(&bytes[..len]).is_err(), "{name} {len}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = schema().decode_object(&bytes);
    }

    #[test]
    fn damaged_values_are_read_or_refused(
        seed: u64, which: prop::sample::Index, at: prop::sample::Index, byte: u8,
    ) {
        let definitions: Vec<_> = schema().definitions().collect();
        let definition = definitions[which.index(definitions.len())];
        let object = generator(seed).object(definition, 4).unwrap();
        let mut bytes = object.to_bytes().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(read) = schema().decode_object(&bytes) {
            let written = read.to_bytes().unwrap();
            prop_assert!(schema().decode_object(&written).unwrap().to_bytes().unwrap() == written);
            let _ = schema().to_json(&read.into());
        }
    }
}
