//! What examples call the things of the world: the content of `data/world.toml`.

use std::cell::RefCell;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

/// Those who call, and what everybody knows.
const VIEWERS: [&str; 9] =
    ["everybody", "alice", "helper", "emma", "guest", "newcomer", "recovering", "returning", "showing"];

/// Those whose calls name people and channels.
const NAMERS: [&str; 2] = ["alice", "helper"];

/// By viewer and name.
#[derive(Debug, Default)]
pub(crate) struct Facts(RefCell<Map<String, Json>>);

impl Facts {
    pub(crate) fn put(&self, viewer: &str, name: &str, fact: Json) {
        let mut facts = self.0.borrow_mut();
        let of = facts.entry(viewer).or_insert_with(|| Json::Object(Map::new()));
        if let Some(of) = of.as_object_mut() {
            of.insert(name.to_owned(), fact);
        }
    }

    /// The file.
    pub(crate) fn to_toml(&self) -> String {
        let mut out = String::from(
            "# Who and what there is in the world in which examples run, as each account calls it. Written by\n\
             # `cargo xtask examples --write`, which makes the world from a seed: nobody's secrets.\n",
        );

        for (viewer, facts) in self.0.borrow().iter().filter(|(viewer, _)| VIEWERS.contains(&viewer.as_str()))
        {
            // Writing to a String does not fail.
            let _ = writeln!(out, "\n[{viewer}]");
            for (name, fact) in facts.as_object().into_iter().flatten() {
                let is_named = ["user", "channel"].iter().any(|kind| fact["kind"] == *kind);
                if is_named && !NAMERS.contains(&viewer.as_str()) {
                    continue;
                }
                let fields = fact.as_object().into_iter().flatten();
                let fields: Vec<String> = fields.map(|(key, value)| format!("{key} = {value}")).collect();
                let _ = writeln!(out, "{name} = {{ {} }}", fields.join(", "));
            }
        }
        out
    }
}
