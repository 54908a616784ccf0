//! Arbitrary values of everything, to and from every observed layer, read by that layer's own schema.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "these are tests")]

mod support;

use std::collections::BTreeSet;
use std::sync::Mutex;

use chappe_layers::{LayerError, Layers, NEWEST, changes};
use chappe_tl::dynamic::Value;
use chappe_tl::parse::{Kind, Type};
use support::{Arbitrary, Fill, for_each_old_layer};

const FILLS: [Fill; 3] = [Fill::All, Fill::None, Fill::Some];

/// What has no counterpart in one of the layers, by what was to be converted: one more is a loss that somebody has to want.
const GONE: &str = include_str!("gone.tsv");

/// What was found to have none.
#[derive(Default)]
struct Gone(Mutex<BTreeSet<(&'static str, String)>>);

impl Gone {
    fn note(&self, what: &'static str, name: String) {
        self.0.lock().unwrap().insert((what, name));
    }

    /// Holds it against the list.
    fn check(&self, what: &str) {
        let found = self.0.lock().unwrap();
        let found: Vec<String> =
            found.iter().filter(|(of, _)| *of == what).map(|(of, name)| format!("{of}\t{name}")).collect();
        let known: Vec<&str> = GONE.lines().filter(|line| line.split('\t').next() == Some(what)).collect();
        assert_eq!(
            found,
            known,
            "{what}: the list in tests/gone.tsv is another, which would be:\n{}",
            found.join("\n")
        );
    }
}

#[test]
fn no_change_is_without_rule_or_fallback() {
    let unhandled = changes::unhandled(Layers::load());
    let lines: Vec<String> =
        unhandled.iter().map(|(change, layers)| format!("{change} (layers {layers:?})")).collect();
    assert_eq!(lines, Vec::<String>::new());
}

#[test]
fn every_answer_can_be_read_by_every_older_layer() {
    let newest = support::layer(NEWEST);
    let gone = Gone::default();
    for_each_old_layer(|old| {
        for definition in newest.answers().into_iter().filter(|it| old.has_type(&it.ty)) {
            for (seed, fill) in FILLS.into_iter().enumerate() {
                let object =
                    Arbitrary::new(newest, seed as u64 + u64::from(definition.id), fill).object(definition);
                let context = format!("{} with {fill:?} in layer {}", definition.name, old.layer);
                match Layers::load().down(old.layer, &object) {
                    Ok(converted) => {
                        let read = old.schema.decode(&converted, &definition.ty);
                        assert!(read.is_ok(), "{context}: {}", read.unwrap_err());
                    }
                    // A rule says so.
                    Err(LayerError::Gone { name, .. }) => gone.note("answer", name),
                    Err(error) => panic!("{context}: {error}"),
                }
            }
        }
    });
    gone.check("answer");
}

#[test]
fn every_query_of_every_older_layer_is_raised_and_its_result_lowered() {
    let newest = support::layer(NEWEST);
    let gone = Gone::default();
    for_each_old_layer(|old| {
        for method in old.methods() {
            for (seed, fill) in FILLS.into_iter().enumerate() {
                let seed = seed as u64 + u64::from(method.id);
                let query = Arbitrary::new(old, seed, fill).object(method);
                let context = format!("{} with {fill:?} of layer {}", method.name, old.layer);
                let raised = match Layers::load().up(old.layer, &query) {
                    Ok(raised) => raised,
                    Err(LayerError::Gone { name, .. }) => {
                        gone.note("query", name);
                        continue;
                    }
                    Err(error) => panic!("{context}: {error}"),
                };
                let call =
                    newest.schema.decode_object(&raised).unwrap_or_else(|error| panic!("{context}: {error}"));
                assert_eq!(call.definition().kind, Kind::Function, "{context}");
                let result = Arbitrary::new(newest, seed, fill).value(&call.definition().ty);
                match Layers::load().down_result(old.layer, method.id, &result) {
                    Ok(lowered) => {
                        let read = old.schema.decode(&lowered, &method.ty);
                        assert!(read.is_ok(), "the result of {context}: {}", read.unwrap_err());
                    }
                    Err(LayerError::Gone { name, .. }) => gone.note("result", name),
                    Err(error) => panic!("the result of {context}: {error}"),
                }
            }
        }
    });
    gone.check("query");
    gone.check("result");
}

#[test]
fn an_update_that_carries_pts_keeps_it_in_every_layer() {
    let newest = support::layer(NEWEST);
    let update = Type::Boxed("Update".to_owned());
    let counted =
        |name: &str| newest.schema.constructor(name).is_some_and(|it| it.param("pts_count").is_some());
    let updates: Vec<_> =
        newest.definitions.iter().filter(|it| it.ty == update && it.param("pts").is_some()).collect();
    assert!(updates.len() > 10, "{}", updates.len());
    for_each_old_layer(|old| {
        for definition in &updates {
            for (seed, fill) in FILLS.into_iter().enumerate() {
                let object = Arbitrary::new(newest, seed as u64 + 77, fill).object(definition);
                let mut writer = chappe_tl::Writer::new();
                // updates#74ae4240 updates:Vector<Update> users:Vector<User> chats:Vector<Chat> date:int seq:int
                writer.u32(0x74ae_4240);
                writer.u32(chappe_tl::wire::VECTOR);
                writer.count(1);
                writer.raw(&object);
                (0..2).for_each(|_| writer.vector::<i64>(&[]));
                (0..2).for_each(|_| writer.i32(0));
                let lowered = Layers::load().down(old.layer, &writer.finish().unwrap()).unwrap().into_owned();
                let lowered = old.schema.decode_object(&lowered).unwrap();
                let [Value::Object(kept)] = lowered.get("updates").and_then(Value::as_vector).unwrap() else {
                    panic!("{} vanished in layer {}", definition.name, old.layer)
                };
                let sent = newest.schema.decode_object(&object).unwrap();
                assert_eq!(kept.get("pts"), sent.get("pts"), "{} in {}", definition.name, old.layer);
                if counted(&definition.name) {
                    assert_eq!(kept.get("pts_count"), sent.get("pts_count"), "{}", definition.name);
                }
            }
        }
    });
}

#[test]
fn a_layer_between_two_observed_ones_is_served_as_the_lower() {
    let newest = support::layer(NEWEST);
    let message = newest.schema.constructor("message").unwrap();
    let object = Arbitrary::new(newest, 3, Fill::All).object(message);
    let layers = Layers::load();
    assert_eq!(layers.down(200, &object).unwrap(), layers.down(198, &object).unwrap());
    assert_eq!(layers.down(100, &object).unwrap(), layers.down(158, &object).unwrap());
}
