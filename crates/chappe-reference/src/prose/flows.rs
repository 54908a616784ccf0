//! `flows.toml`.

use std::sync::Arc;

use super::source::Reading;
use super::table::{Table, parse};
use super::{Flow, Place, Prose};

pub(super) fn read(reading: &mut Reading<'_>, prose: &mut Prose, file: &Arc<str>, text: &str) {
    parse(reading, file, text, |reading, table| {
        for entry in table.entries() {
            if entry.key != "flow" {
                entry.unknown(reading, "flows.toml has no", ["flow"]);
                continue;
            }
            for table in entry.tables(reading) {
                prose.flows.extend(flow(reading, &table, &entry.place));
            }
        }
    });
}

fn flow(reading: &mut Reading<'_>, table: &Table<'_>, begin: &Place) -> Option<Flow> {
    let (mut id, mut title, mut steps) = (None, None, Vec::new());
    let mut place = begin.clone();
    for entry in table.entries() {
        match entry.key {
            "id" => (id, place) = (entry.string(reading), entry.place.clone()),
            "title" => title = entry.string(reading),
            "steps" => {
                for (step, place) in entry.strings(reading) {
                    match reading.model.method(&step) {
                        Some(_) => steps.push(step),
                        None => reading.missing(place, "method", &step),
                    }
                }
            }
            _ => entry.unknown(reading, "a flow has no", ["id", "title", "steps"]),
        }
    }
    let (Some(id), Some(title)) = (id, title) else {
        reading.problem(place, "a flow has an `id`, a `title` and `steps`");
        return None;
    };
    Some(Flow { id, title, steps })
}
