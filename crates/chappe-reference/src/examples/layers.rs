//! The schema of an older layer, for libraries that speak one.

use std::collections::HashMap;

use chappe_tl::dynamic::Schema;
use chappe_tl::parse::{Definition, definitions};

const HISTORY_TL: &str = include_str!("../../../../schema/history.tl");
const LAYERS_TSV: &str = include_str!("../../../../schema/layers.tsv");

/// What `layer` had, of what `schema/` knows.
pub(super) fn schema_at(layer: i32) -> Schema {
    let lived: HashMap<u32, &str> = LAYERS_TSV
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let layers = columns.next()?;
            Some((u32::from_str_radix(columns.next()?, 16).ok()?, layers))
        })
        .collect();
    let in_layer = |layers: &str| ranges(layers).any(|(first, last)| (first..=last).contains(&layer));
    let newest = definitions(chappe_api::API_TL)
        .flatten()
        .filter(|definition| lived.get(&definition.id).is_none_or(|layers| in_layer(layers)));
    let lines: Vec<&str> = HISTORY_TL.lines().collect();
    let older = definitions(HISTORY_TL).flatten().filter(|definition| {
        let line = lines.get(definition.line - 1).copied().unwrap_or_default();
        line.rsplit_once("// ").is_some_and(|(_, layers)| in_layer(layers))
    });
    let all: Vec<Definition> =
        newest.chain(older).map(|definition| Definition { layer: None, ..definition }).collect();
    let mut schema = Schema::new();
    // The files are part of the crate, and a test reads them.
    let _ = schema.extend_with(all);
    schema
}

/// `158-193,204-232` as pairs.
fn ranges(text: &str) -> impl Iterator<Item = (i32, i32)> {
    text.split(',').filter_map(|range| {
        let range = range.trim();
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_has_what_it_had() {
        let schema = schema_at(198);
        assert!(schema.method("messages.sendEncryptedService").is_some());
        let user = schema.constructor("user").unwrap();
        assert_eq!(user.id, 0x4b46_c37e);
        assert!(schema.definitions().count() > 1900);
    }
}
