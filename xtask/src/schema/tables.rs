//! `errors.tsv` and `methods.tsv`: codes and names, nothing of the descriptions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::history::Built;
use super::packages::{self, ERRORS, Fetched};
use crate::Result;

/// The two files.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) errors: String,
    pub(crate) methods: String,
}

/// What the source says of nearly every method says nothing about one: these stay in errors.tsv only.
const GENERAL: [&str; 2] = ["AUTH_KEY_UNREGISTERED", "BUSINESS_CONNECTION_NOT_ALLOWED"];

/// Errors of one method: (code, name).
type Errors = BTreeSet<(i64, String)>;

/// Builds both tables from the package and the additions of `schema/additions.tsv`.
pub(crate) fn build(fetched: &[Fetched], built: &Built, additions: &str) -> Result<Tables> {
    let package = packages::find(fetched, ERRORS)?;
    let schema: Value = serde_json::from_str(&package.text(package.package.file)?)?;
    let raw: Value = serde_json::from_str(&package.text("tl/raw-errors.json")?)?;

    let mut errors = Errors::new();
    for (name, error) in raw["errors"].as_object().ok_or("raw-errors.json lists no errors")? {
        let code = error["code"].as_i64().ok_or_else(|| format!("{name} has no code"))?;
        errors.insert((code, name.clone()));
    }
    let mut availability: BTreeMap<&str, &str> = BTreeMap::new();
    let mut thrown: BTreeMap<String, Errors> = BTreeMap::new();
    for entry in schema["e"].as_array().ok_or("the JSON schema has no entries")? {
        let Some(name) = entry["name"].as_str().filter(|_| entry["kind"] == "method") else {
            continue;
        };
        if let Some(who) = entry["available"].as_str() {
            availability.insert(name, who);
        }
        let own = thrown.entry(name.to_owned()).or_default();
        for error in entry["throws"].as_array().into_iter().flatten() {
            let code = error["code"].as_i64().ok_or_else(|| format!("{name}: an error has no code"))?;
            let error = error["name"].as_str().ok_or_else(|| format!("{name}: an error has no name"))?;
            own.insert((code, error.to_owned()));
        }
    }
    for (method, names) in raw["throws"].as_object().into_iter().flatten() {
        let own = thrown.entry(method.clone()).or_default();
        for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if GENERAL.contains(&name) || own.iter().any(|(_, known)| known == name) {
                continue;
            }
            let code = raw["errors"][name]["code"].as_i64();
            let code = code.ok_or_else(|| format!("{method} gives {name}, which has no code"))?;
            own.insert((code, name.to_owned()));
        }
    }
    for (number, line) in additions.lines().enumerate().skip(1) {
        let wrong =
            || format!("schema/additions.tsv, line {}: expected method, code, name, source", number + 1);
        let fields: Vec<_> = line.split('\t').collect();
        let [method, code, name, _source] = fields.as_slice() else {
            return Err(wrong().into());
        };
        let code = code.parse().map_err(|_| wrong())?;
        errors.insert((code, (*name).to_owned()));
        if *method != "*" {
            thrown.entry((*method).to_owned()).or_default().insert((code, (*name).to_owned()));
        }
    }

    let mut methods = String::from("method\tavailability\terrors\n");
    for method in &built.methods {
        let own = thrown.get(method);
        let Some(who) = availability.get(method.as_str()) else {
            if own.is_some_and(|own| !own.is_empty()) {
                return Err(format!("{method} has errors, but nobody says who may call it").into());
            }
            continue;
        };
        let own: Vec<_> = own.into_iter().flatten().collect();
        errors.extend(own.iter().map(|error| (*error).clone()));
        let words: Vec<_> = own.iter().map(|(code, name)| format!("{code} {name}")).collect();
        let _ = writeln!(methods, "{method}\t{who}\t{}", words.join(","));
    }
    let mut table = String::from("code\tname\n");
    for (code, name) in &errors {
        let _ = writeln!(table, "{code}\t{name}");
    }
    Ok(Tables { errors: table, methods })
}
