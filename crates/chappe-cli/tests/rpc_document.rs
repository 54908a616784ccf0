//! Every example of `docs/rpc.md` against the embedded server, and every method in the document.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod common;

use std::collections::HashMap;

use common::rpc::Rpc;
use common::serve;
use serde_json::{Map, Value};

/// Fields whose values differ from run to run. The document's value stands for the real one from then on.
const CHANGING: [&str; 13] = [
    "cells",
    "chat",
    "cursor",
    "date",
    "fingerprint",
    "key",
    "max_date",
    "messages",
    "phone_code_hash",
    "random_id",
    "random_ids",
    "reply_to",
    "user_id",
];

/// Stands for more of the same.
const MORE: &str = "…";

struct Step {
    who: String,
    line_number: usize,
    sent: bool,
    json: Value,
}

fn document() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rpc.md")).unwrap()
}

/// The lines of the blocks marked as `jsonl WHO`.
fn steps(document: &str) -> Vec<Step> {
    let (mut steps, mut who) = (Vec::new(), None);
    for (at, line) in document.lines().enumerate() {
        if let Some(mark) = line.strip_prefix("```") {
            who = mark.strip_prefix("jsonl ").map(str::to_owned);
        } else if let Some(who) = &who {
            let (direction, json) = line.split_at(4);
            let json = serde_json::from_str(json).unwrap_or_else(|error| panic!("line {}: {error}", at + 1));
            steps.push(Step { who: who.clone(), line_number: at + 1, sent: direction == "--> ", json });
        }
    }
    steps
}

/// What the values of the document stand for.
#[derive(Default)]
struct Meanings(HashMap<String, Value>);

impl Meanings {
    /// The same with real values.
    fn real(&self, shown: &Value) -> Value {
        match shown {
            Value::Array(values) => values.iter().map(|value| self.real(value)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(name, value)| (name.clone(), self.real(value))).collect())
            }
            Value::String(text) if text.starts_with("id:") => {
                let id = self.real(&Value::from(&text[3..]));
                format!("id:{}", id.as_str().unwrap()).into()
            }
            scalar => self.0.get(&scalar.to_string()).unwrap_or(scalar).clone(),
        }
    }

    /// Holds what came against what the document shows.
    fn compare(&mut self, shown: &Value, came: &Value, changing: bool) -> Result<(), String> {
        match (shown, came) {
            (Value::String(text), Value::String(_)) if text == MORE => Ok(()),
            (Value::Object(shown), Value::Object(came)) => self.compare_fields(shown, came),
            (Value::Array(shown), Value::Array(came)) => {
                let open = shown.last().is_some_and(|last| last == MORE);
                let len = shown.len() - usize::from(open);
                if came.len() < len || (!open && came.len() > len) {
                    return Err(format!("{len} elements are shown, {} came", came.len()));
                }
                shown[..len]
                    .iter()
                    .zip(came)
                    .try_for_each(|(shown, came)| self.compare(shown, came, changing))
            }
            (shown, came) if changing && shown.is_null() == came.is_null() => {
                let known = self.0.entry(shown.to_string()).or_insert_with(|| came.clone());
                // Several things can happen in one second.
                let same = known == came || came.as_i64().is_some_and(|number| number > 1_500_000_000);
                if same { Ok(()) } else { Err(format!("{shown} stood for {known}, now for {came}")) }
            }
            (shown, came) if shown == came => Ok(()),
            (shown, came) => Err(format!("{shown} is shown, {came} came")),
        }
    }

    fn compare_fields(
        &mut self,
        shown: &Map<String, Value>,
        came: &Map<String, Value>,
    ) -> Result<(), String> {
        if !shown.contains_key(MORE)
            && let Some(name) = came.keys().find(|name| !shown.contains_key(*name))
        {
            return Err(format!("`{name}` is not shown"));
        }
        for (name, value) in shown.iter().filter(|(name, _)| *name != MORE) {
            let came = came.get(name).ok_or_else(|| format!("`{name}` did not come"))?;
            let changing = CHANGING.contains(&name.as_str());
            self.compare(value, came, changing).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    }
}

/// The next line that the document's line may stand for.
fn receive(rpc: &mut Rpc, shown: &Value) -> Value {
    let what = shown.to_string();
    if let Some(id) = shown.get("id") {
        return rpc.response(id);
    }
    rpc.wait_for(&what, |line| match shown {
        Value::Array(_) => line.is_array(),
        _ => {
            let (line_params, shown_params) = (&line["params"], &shown["params"]);
            line["method"] == shown["method"]
                && ["name", "reason", "done"].iter().all(|field| line_params[field] == shown_params[field])
        }
    })
}

#[test]
fn every_example_of_the_document_runs() {
    let server = serve(&[]);
    std::fs::write(server.folder.path("notes.txt"), "Dear Bob, see below.").unwrap();
    let mut people: HashMap<String, Rpc> = HashMap::new();
    let mut meanings = Meanings::default();
    let steps = steps(&document());
    assert!(steps.len() > 70, "the examples are found");
    for Step { who, line_number, sent, json } in steps {
        let rpc = people.entry(who.clone()).or_insert_with(|| Rpc::start(&server, &who));
        if sent {
            rpc.send(&meanings.real(&json).to_string());
            continue;
        }
        let came = receive(rpc, &json);
        let compared = match (&json, &came) {
            (Value::Array(_), Value::Array(entries)) => {
                let mut entries = entries.clone();
                entries.sort_by_key(|entry| entry["id"].as_i64());
                meanings.compare(&json, &Value::Array(entries), false)
            }
            _ => meanings.compare(&json, &came, false),
        };
        compared.unwrap_or_else(|error| panic!("docs/rpc.md, line {line_number}: {error}\n{came}"));
    }
}

#[test]
fn every_method_is_described_with_its_parameters_and_an_example() {
    let server = serve(&[]);
    let methods = Rpc::start(&server, "nobody").call("methods", Value::Null);
    let document = document();
    for method in methods.as_array().unwrap() {
        let name = method["name"].as_str().unwrap();
        let heading = format!("\n### `{name}`\n");
        let start =
            document.find(&heading).unwrap_or_else(|| panic!("{name} is not described")) + heading.len();
        let section = document[start..].split("\n## ").next().unwrap().split("\n### ").next().unwrap();
        assert!(section.contains(&format!("\"method\":\"{name}\"")), "{name} has no example");
        for param in method["params"].as_array().unwrap() {
            let optional = if param["required"] == true { "" } else { ", optional" };
            let (param, kind) = (param["name"].as_str().unwrap(), param["kind"].as_str().unwrap());
            let described = format!("\n* `{param}` ({kind}{optional})");
            assert!(section.contains(&described), "{name}: {described}");
        }
        let listed = section.lines().filter(|line| line.starts_with("* `")).count();
        assert_eq!(listed, method["params"].as_array().unwrap().len(), "{name}: no more than it has");
    }
}
