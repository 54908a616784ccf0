//! `methods/NAMESPACE.toml`.

use std::sync::Arc;

use super::source::Reading;
use super::table::{Entry, parse};
use super::{MethodProse, Prose, links};
use crate::model::Method;

const KEYS: [&str; 6] = ["summary", "description", "result", "params", "errors", "related"];

pub(super) fn read(
    reading: &mut Reading<'_>,
    prose: &mut Prose,
    file: &Arc<str>,
    text: &str,
    namespace: &str,
) {
    parse(reading, file, text, |reading, table| {
        for entry in table.entries() {
            let name = match namespace {
                "_" => entry.key.to_owned(),
                namespace => format!("{namespace}.{}", entry.key),
            };
            let model = reading.model;
            let Some(method) = model.method(&name) else {
                let known =
                    model.methods().iter().filter(|it| it.definition.namespace().unwrap_or("_") == namespace);
                entry.unknown(
                    reading,
                    &format!(
                        "no method of {} is called",
                        if namespace == "_" { "no namespace" } else { namespace }
                    ),
                    known.map(|it| it.definition.short_name()),
                );
                continue;
            };
            let read = method_prose(reading, method, &entry);
            prose.methods.insert(name, read);
        }
    });
}

fn method_prose(reading: &mut Reading<'_>, method: &Method, entry: &Entry<'_>) -> MethodProse {
    let mut prose = MethodProse::default();
    let origin = method.origin;
    for entry in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
        match entry.key {
            "summary" => prose.summary = entry.text(reading, origin),
            "description" => prose.description = entry.text(reading, origin),
            "result" => prose.result = entry.text(reading, origin),
            "params" => {
                for param in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
                    if method.definition.param(param.key).is_none() {
                        let known = method.definition.params.iter().map(|it| &*it.name);
                        param.unknown(reading, &format!("{} has no parameter", method.name()), known);
                    } else if let Some(text) = param.text(reading, origin) {
                        prose.params.insert(param.key.to_owned(), text);
                    }
                }
            }
            "errors" => {
                for error in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
                    if reading.model.error(error.key).is_none() {
                        let known = reading.model.errors().iter().map(|it| &*it.name);
                        error.unknown(reading, "schema/errors.tsv has no error", known);
                    } else if let Some(text) = error.text(reading, origin) {
                        prose.errors.insert(error.key.to_owned(), text);
                    }
                }
            }
            "related" => prose.related = links::related(reading, &entry, origin),
            _ => entry.unknown(reading, "a method has no", KEYS),
        }
    }
    prose
}
