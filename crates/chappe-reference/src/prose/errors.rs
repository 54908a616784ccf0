//! `errors.toml`.

use std::sync::Arc;

use super::source::Reading;
use super::table::parse;
use super::{ErrorProse, Prose};
use crate::model::Origin;

pub(super) fn read(reading: &mut Reading<'_>, prose: &mut Prose, file: &Arc<str>, text: &str) {
    parse(reading, file, text, |reading, table| {
        for entry in table.entries() {
            let model = reading.model;
            if model.error(entry.key).is_none() {
                let known = model.errors().iter().map(|it| &*it.name);
                entry.unknown(reading, "schema/errors.tsv has no error", known);
                continue;
            }
            let mut error = ErrorProse::default();
            let name = entry.key.to_owned();
            for entry in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
                match entry.key {
                    "cause" => error.cause = entry.text(reading, Origin::Api),
                    "cure" => error.cure = entry.text(reading, Origin::Api),
                    _ => entry.unknown(reading, "an error has no", ["cause", "cure"]),
                }
            }
            prose.errors.insert(name, error);
        }
    });
}
