//! The schema of secret chats, where one name has several shapes.

use std::collections::HashMap;
use std::sync::Arc;

use chappe_tl::parse::parse;

use super::{Constructor, Layers, ModelError, Origin, Section, Shape};

/// The constructors by name, in the order in which the names come up.
pub(super) fn constructors() -> Result<Vec<Constructor>, ModelError> {
    let schema = |source| ModelError::Schema { file: "secret.tl", source };
    let sections = sections();
    let mut groups: Vec<Vec<Shape>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for definition in parse(chappe_api::SECRET_TL).map_err(schema)? {
        let section = sections.iter().rev().find(|(line, _)| *line < definition.line).map(|(_, it)| *it);
        let layers = Layers::since(definition.layer.unwrap_or_default());
        let place = *places.entry(definition.name.clone()).or_insert(groups.len());
        let shape = Shape { definition: Arc::new(definition), layers, section };
        match groups.get_mut(place) {
            Some(group) => group.push(shape),
            None => groups.push(vec![shape]),
        }
    }
    Ok(groups.into_iter().filter_map(constructor).collect())
}

/// The newest shape that may be sent, else the newest, with the others beside it.
fn constructor(mut shapes: Vec<Shape>) -> Option<Constructor> {
    let official = shapes.iter().rposition(|shape| shape.section == Some(Section::Official));
    let place = official.unwrap_or(shapes.len().checked_sub(1)?);
    let Shape { definition, layers, section } = shapes.remove(place);
    let layers = Some(layers);
    Some(Constructor { origin: Origin::Secret, definition, layers, section, other_shapes: shapes })
}

/// The lines where a section begins. A layer begins with the published schema.
fn sections() -> Vec<(usize, Section)> {
    let begins = |(index, line): (usize, &str)| {
        let section = match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["//", "LAYER", _] => Section::Official,
            ["//", "SECTION", "tdlib"] => Section::Tdlib,
            ["//", "SECTION", "cloud"] => Section::Cloud,
            _ => return None,
        };
        Some((index + 1, section))
    };
    chappe_api::SECRET_TL.lines().enumerate().filter_map(begins).collect()
}
