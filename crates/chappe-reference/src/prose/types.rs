//! `types/FILE.toml`.

use std::sync::Arc;

use super::source::Reading;
use super::table::{Entry, parse};
use super::{ConstructorProse, Prose, TypeProse, links};
use crate::model::{Constructor, Origin, TypeInfo};

pub(super) fn read(
    reading: &mut Reading<'_>,
    prose: &mut Prose,
    file: &Arc<str>,
    text: &str,
    origin: Origin,
) {
    parse(reading, file, text, |reading, table| {
        for entry in table.entries() {
            let model = reading.model;
            let Some(ty) = model.type_info(origin, entry.key) else {
                let known = model.types().iter().filter(|it| it.origin == origin).map(|it| &*it.name);
                let quotes = "(a name with a dot stands in quotes)";
                entry.unknown(reading, &format!("the schema of {origin} has no type {quotes}"), known);
                continue;
            };
            let read = type_prose(reading, ty, &entry);
            if prose.types.insert((origin, ty.name.clone()), read).is_some() {
                reading.problem(entry.place.clone(), format!("another file speaks of `{}` already", ty.name));
            }
        }
    });
}

fn type_prose(reading: &mut Reading<'_>, ty: &TypeInfo, entry: &Entry<'_>) -> TypeProse {
    let mut prose = TypeProse::default();
    for entry in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
        match entry.key {
            "summary" => prose.summary = entry.text(reading, ty.origin),
            "description" => prose.description = entry.text(reading, ty.origin),
            "related" => prose.related = links::related(reading, &entry, ty.origin),
            "constructors" => {
                for entry in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
                    let model = reading.model;
                    match model.constructors_of(ty).find(|it| it.name() == entry.key) {
                        Some(constructor) => {
                            let read = constructor_prose(reading, constructor, &entry);
                            prose.constructors.insert(entry.key.to_owned(), read);
                        }
                        None => {
                            let known = model.constructors_of(ty).map(Constructor::name);
                            entry.unknown(reading, &format!("{} has no constructor", ty.name), known);
                        }
                    }
                }
            }
            _ => {
                entry.unknown(reading, "a type has no", ["summary", "description", "related", "constructors"])
            }
        }
    }
    prose
}

fn constructor_prose(
    reading: &mut Reading<'_>,
    constructor: &Constructor,
    entry: &Entry<'_>,
) -> ConstructorProse {
    let mut prose = ConstructorProse::default();
    let origin = constructor.origin;
    for entry in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
        match entry.key {
            "summary" => prose.summary = entry.text(reading, origin),
            "description" => prose.description = entry.text(reading, origin),
            "fields" => {
                for field in entry.table(reading).map(|table| table.entries()).unwrap_or_default() {
                    if !constructor.field_names().any(|name| name == field.key) {
                        let what = format!("{} has no field", constructor.name());
                        field.unknown(reading, &what, constructor.field_names());
                    } else if let Some(text) = field.text(reading, origin) {
                        prose.fields.insert(field.key.to_owned(), text);
                    }
                }
            }
            _ => entry.unknown(reading, "a constructor has no", ["summary", "description", "fields"]),
        }
    }
    prose
}
