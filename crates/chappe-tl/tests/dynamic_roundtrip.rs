//! Random values of every definition of the schemas go to bytes, to JSON and back.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests are tests.

mod support;

use chappe_tl::dynamic::Schema;
use chappe_tl::parse::{Kind, Type};

use support::{Generator, text};

fn check(schema: &Schema, seed: u64, rounds: u32) {
    let mut generator = Generator::new(schema, seed);
    let mut without_end = Vec::new();
    for definition in schema.definitions() {
        for round in 0..rounds {
            // Once with as little as possible, then with more and more.
            let Some(object) = generator.object(definition, round * 2) else {
                without_end.push(&definition.name);
                continue;
            };
            let bytes =
                schema.encode(&object).unwrap_or_else(|error| panic!("{definition}\n{error}\n{object:?}"));
            let decoded =
                schema.decode_object(&bytes).unwrap_or_else(|error| panic!("{definition}\n{error}"));
            assert_eq!(decoded.to_bytes().unwrap(), bytes, "{definition}");

            let json = schema.to_json(&object.clone().into()).unwrap();
            let value = match definition.kind {
                Kind::Function => schema
                    .from_json_call(&format!("{}#{:x}", definition.name, definition.id), &json)
                    .map(Into::into),
                Kind::Type if definition.ty == Type::Bool => continue,
                Kind::Type => schema.from_json(&definition.ty, &json),
            };
            let value = value.unwrap_or_else(|error| panic!("{definition}\n{error}\n{json}"));
            assert_eq!(value.as_object(), Some(&object), "{definition}");
            assert_eq!(schema.to_json(&value).unwrap(), json, "{definition}");
            assert_eq!(schema.encode_as(&value, &Type::Object).unwrap(), bytes, "{definition}");

            // Through text, as a program prints it.
            let printed: serde_json::Value = serde_json::from_str(&json.to_string()).unwrap();
            assert!(schema.from_json(&Type::Object, &printed).is_ok(), "{definition}");
        }
    }
    assert!(without_end.is_empty(), "{without_end:?}");
}

#[test]
fn every_definition_of_the_api_comes_back() {
    check(&Schema::parse(&text("api.tl")).unwrap(), 1, 3);
}

#[test]
fn every_definition_of_mtproto_comes_back() {
    check(&Schema::parse(&text("mtproto.tl")).unwrap(), 2, 20);
}

#[test]
fn every_definition_of_secret_chats_comes_back() {
    check(&Schema::parse(&text("secret.tl")).unwrap(), 3, 20);
}

#[test]
fn all_schemas_live_together() {
    let mut schema = Schema::parse(&text("mtproto.tl")).unwrap();
    schema.extend(&text("secret.tl")).unwrap();
    schema.extend(&text("api.tl")).unwrap();
    if let Ok(history) =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/history.tl"))
    {
        schema.extend_older(&history).unwrap();
    }
    check(&schema, 4, 2);
    assert_eq!(schema.definition("message").unwrap().ty, Type::Boxed("Message".to_owned()));
    assert_ne!(schema.definition("message").unwrap().id, 0x5bb8e511);
}
