//! Every id of the schemas against the rule, and the vectors of the rule itself.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests are tests.

use chappe_tl::constructor_id;
use chappe_tl::id::normal_form;
use chappe_tl::parse::parse;

/// Ids that are not the CRC-32 of their line, with the reason.
const EXCEPTIONS: [(u32, &str, &str); 4] = [
    (0x37982646, "ipPortSecret", "computed with `bytes` kept"),
    (0x4679b65f, "accessPointRule", "historical: the line has changed and the id has not"),
    (0x6abd9782, "decryptedMessageMediaDocument", "layer 143, computed with `bytes` kept"),
    (0x5a592a6c, "help.configSimple", "historical: the line has changed and the id has not"),
];

const VECTORS: &str = include_str!("vectors/tl.json");

#[test]
fn the_vectors_of_the_rule_hold() {
    let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
    let crc32 = vectors["crc32"].as_array().unwrap();
    assert!(crc32.len() > 10);
    for vector in crc32 {
        let normal = vector["normalised"].as_str().unwrap();
        assert_eq!(normal_form(normal), normal);
        assert_eq!(format!("{:08x}", constructor_id(normal)), vector["id"].as_str().unwrap(), "{normal}");
    }
    for vector in vectors["crc32_from_schema_lines"].as_array().unwrap() {
        let line = vector["line"].as_str().unwrap();
        assert_eq!(normal_form(line), vector["normalised"].as_str().unwrap());
        assert_eq!(format!("{:08x}", constructor_id(line)), vector["id"].as_str().unwrap());
    }
}

#[test]
fn every_id_of_the_schemas_is_the_crc32_of_its_line_but_for_the_known_exceptions() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema");
    let mut seen = 0;
    let mut met = Vec::new();
    let mut wrong = Vec::new();
    for file in ["api.tl", "mtproto.tl", "secret.tl", "history.tl"] {
        let Ok(text) = std::fs::read_to_string(format!("{folder}/{file}")) else {
            assert_eq!(file, "history.tl", "{file} has to be there");
            continue;
        };
        for definition in parse(&text).unwrap_or_else(|error| panic!("{file}: {error}")) {
            seen += 1;
            let line = definition.to_string();
            let computed = constructor_id(&line);
            if EXCEPTIONS.iter().any(|(id, name, _)| (*id, *name) == (definition.id, &*definition.name)) {
                assert_ne!(computed, definition.id, "{line} is no exception any more");
                met.push(definition.name);
            } else if computed != definition.id {
                wrong.push(format!("{file}:{}: {line} computed {computed:08x}", definition.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 2000, "{seen}");
    met.sort();
    met.dedup();
    assert_eq!(met.len(), EXCEPTIONS.len());
}
