//! Every constructor and method of the supported layers, and which of them a layer has.

use std::collections::HashMap;

use chappe_tl::parse::{Definition, Kind, Type, definitions};

/// Older shapes, with the layers each lived in.
const HISTORY_TL: &str = include_str!("../../../schema/history.tl");
/// The layers of those shapes of the newest layer that did not live in all.
const LAYERS_TSV: &str = include_str!("../../../schema/layers.tsv");

/// A definition and the layers that have it.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) definition: Definition,
    /// Inclusive ranges of observed layers; empty means all.
    layers: Vec<(i32, i32)>,
}

#[derive(Debug)]
pub(crate) struct Catalogue {
    shapes: Vec<Shape>,
    by_id: HashMap<u32, usize>,
    /// The layers whose schemas were read, ascending.
    observed: Vec<i32>,
}

/// The shape that one layer has for each name.
#[derive(Debug)]
pub(crate) struct LayerIndex {
    pub(crate) layer: i32,
    types: HashMap<String, usize>,
    functions: HashMap<String, usize>,
}

impl Catalogue {
    pub(crate) fn load() -> Self {
        let lived: HashMap<u32, Vec<(i32, i32)>> = LAYERS_TSV
            .lines()
            .filter_map(|line| {
                let (layers, rest) = line.split_once('\t')?;
                let (id, _) = rest.split_once('\t')?;
                Some((u32::from_str_radix(id, 16).ok()?, ranges(layers)))
            })
            .collect();
        let newest = definitions(chappe_api::API_TL).flatten().map(|definition| {
            let layers = lived.get(&definition.id).cloned().unwrap_or_default();
            Shape { definition, layers }
        });
        let history_lines: Vec<&str> = HISTORY_TL.lines().collect();
        let older = definitions(HISTORY_TL).flatten().map(|definition| {
            let line = history_lines.get(definition.line - 1).copied().unwrap_or_default();
            let layers = line.rsplit_once("// ").map(|(_, layers)| ranges(layers)).unwrap_or_default();
            Shape { definition, layers }
        });
        let shapes: Vec<Shape> = newest.chain(older).collect();
        let mut by_id = HashMap::with_capacity(shapes.len());
        for (index, shape) in shapes.iter().enumerate() {
            by_id.entry(shape.definition.id).or_insert(index);
        }
        Self { by_id, shapes, observed: observed_layers() }
    }

    pub(crate) fn shape(&self, id: u32) -> Option<&Definition> {
        self.by_id.get(&id).and_then(|index| self.shapes.get(*index)).map(|shape| &shape.definition)
    }

    /// What the method with this id returns.
    pub(crate) fn result_of(&self, method: u32) -> Option<&Type> {
        let definition = self.shape(method)?;
        (definition.kind == Kind::Function && definition.generics.is_empty()).then_some(&definition.ty)
    }

    /// The definition that `index` has for the same thing as `source`.
    pub(crate) fn counterpart(&self, index: &LayerIndex, source: &Definition) -> Option<&Definition> {
        let names = match source.kind {
            Kind::Type => &index.types,
            Kind::Function => &index.functions,
        };
        names.get(&source.name).and_then(|index| self.shapes.get(*index)).map(|shape| &shape.definition)
    }

    pub(crate) fn index(&self, layer: i32) -> LayerIndex {
        // Between two observed layers, the lower one speaks.
        let observed = self.observed.iter().rev().find(|observed| **observed <= layer);
        let observed = observed.or(self.observed.first()).copied().unwrap_or(layer);
        let mut index = LayerIndex { layer, types: HashMap::new(), functions: HashMap::new() };
        for (position, shape) in self.shapes.iter().enumerate() {
            let lives = shape.layers.is_empty()
                || shape.layers.iter().any(|(first, last)| (*first..=*last).contains(&observed));
            if lives {
                let names = match shape.definition.kind {
                    Kind::Type => &mut index.types,
                    Kind::Function => &mut index.functions,
                };
                names.entry(shape.definition.name.clone()).or_insert(position);
            }
        }
        index
    }
}

/// `158-193,204-232` as pairs; a lone number is a range of one.
fn ranges(text: &str) -> Vec<(i32, i32)> {
    text.split(',')
        .filter_map(|range| {
            let (first, last) = range.trim().split_once('-').unwrap_or((range.trim(), range.trim()));
            Some((first.parse().ok()?, last.parse().ok()?))
        })
        .collect()
}

/// The list of layers in the head of the history file.
fn observed_layers() -> Vec<i32> {
    let list = HISTORY_TL.lines().skip_while(|line| *line != "// Layers observed:").skip(1);
    let numbers = list.map_while(|line| {
        let words = line.strip_prefix("// ")?.split(' ');
        words.map(|word| word.parse().ok()).collect::<Option<Vec<i32>>>()
    });
    numbers.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_knows_which_user_each_layer_has() {
        let catalogue = Catalogue::load();
        let newest = catalogue.shape(0xb1b8_cc83).unwrap();
        for (layer, id) in [(198, 0x4b46_c37e), (214, 0x020b_1422), (227, 0x3177_4388), (228, 0xb1b8_cc83)] {
            let index = catalogue.index(layer);
            assert_eq!(catalogue.counterpart(&index, newest).unwrap().id, id, "layer {layer}");
        }
    }

    #[test]
    fn every_supported_layer_is_observed_or_has_one_below_it() {
        let observed = Catalogue::load().observed;
        assert_eq!(observed.first(), Some(&crate::OLDEST));
        assert_eq!(observed.last(), Some(&crate::NEWEST));
        assert!(observed.is_sorted());
    }
}
