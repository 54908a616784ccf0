//! Every constructor and method of the supported layers, and which of them a layer has.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use chappe_tl::parse::{Definition, Kind, definitions};

use crate::rules::Rules;
use crate::types::{Ty, Types};

/// Older shapes, with the layers each lived in.
pub(crate) const HISTORY_TL: &str = include_str!("../../../schema/history.tl");
/// The layers of those shapes of the newest layer that did not live in all.
const LAYERS_TSV: &str = include_str!("../../../schema/layers.tsv");

/// A definition, its fields prepared for reading, and the layers that have it.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) definition: Definition,
    pub(crate) ty: Ty,
    pub(crate) fields: Vec<Field>,
    /// Inclusive ranges of observed layers; empty means all.
    layers: Vec<(i32, i32)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) flag: Option<Flag>,
}

/// The bit that says whether a field is there: of which flags word of the object, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) word: usize,
    pub(crate) mask: u32,
}

/// The flags words of one object. No constructor has more than two.
pub(crate) type Words = [u32; 4];

impl Field {
    /// Whether the flags words say that the field is there.
    pub(crate) fn is_present(&self, words: &Words) -> bool {
        self.flag.is_none_or(|flag| words.get(flag.word).is_some_and(|word| word & flag.mask != 0))
    }
}

impl Shape {
    pub(crate) fn name(&self) -> &str {
        &self.definition.name
    }

    /// Whether other fields that have bytes hang on the bit of this one.
    pub(crate) fn shares(&self, field: &Field) -> bool {
        let on_the_bit = |other: &&Field| other.flag == field.flag && other.ty != Ty::TRUE;
        let others = self.fields.iter().filter(on_the_bit).filter(|other| other.name != field.name);
        field.flag.is_some() && others.count() > 0
    }

    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name && field.ty != Ty::FLAGS)
    }
}

#[derive(Debug)]
pub(crate) struct Catalogue {
    shapes: Vec<Shape>,
    by_id: HashMap<u32, usize, BuildHasherDefault<IdHasher>>,
    pub(crate) types: Types,
    pub(crate) rules: Rules,
    /// The layers whose schemas were read, ascending.
    pub(crate) observed: Vec<i32>,
}

/// The shape that one layer has for each name.
#[derive(Debug)]
pub(crate) struct LayerIndex {
    pub(crate) layer: i32,
    constructors: HashMap<String, usize>,
    functions: HashMap<String, usize>,
    of_type: HashMap<Ty, Vec<usize>>,
}

impl LayerIndex {
    /// The constructors of a type in this layer.
    pub(crate) fn of_type(&self, ty: Ty) -> &[usize] {
        self.of_type.get(&ty).map(Vec::as_slice).unwrap_or_default()
    }

    /// The constructor or method of this name in this layer.
    pub(crate) fn named(&self, kind: Kind, name: &str) -> Option<usize> {
        let names = match kind {
            Kind::Type => &self.constructors,
            Kind::Function => &self.functions,
        };
        names.get(name).copied()
    }

    /// All methods of this layer.
    pub(crate) fn functions(&self) -> impl Iterator<Item = usize> {
        self.functions.values().copied()
    }

    /// All constructors of this layer.
    pub(crate) fn constructors(&self) -> impl Iterator<Item = usize> {
        self.constructors.values().copied()
    }
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
            (definition, layers)
        });
        let history_lines: Vec<&str> = HISTORY_TL.lines().collect();
        let older = definitions(HISTORY_TL).flatten().map(|definition| {
            let line = history_lines.get(definition.line - 1).copied().unwrap_or_default();
            let layers = line.rsplit_once("// ").map(|(_, layers)| ranges(layers)).unwrap_or_default();
            (definition, layers)
        });
        let mut types = Types::default();
        let shapes: Vec<Shape> =
            newest.chain(older).map(|(definition, layers)| shape(definition, layers, &mut types)).collect();
        let mut by_id = HashMap::with_capacity_and_hasher(shapes.len(), BuildHasherDefault::default());
        for (index, shape) in shapes.iter().enumerate() {
            by_id.entry(shape.definition.id).or_insert(index);
        }
        Self { by_id, shapes, types, rules: Rules::load(), observed: observed_layers() }
    }

    pub(crate) fn shape(&self, index: usize) -> Option<&Shape> {
        self.shapes.get(index)
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.shapes.len()
    }

    pub(crate) fn by_id(&self, id: u32) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn index(&self, layer: i32) -> LayerIndex {
        // Between two observed layers, the lower one speaks.
        let observed = self.observed.iter().rev().find(|observed| **observed <= layer);
        let observed = observed.or(self.observed.first()).copied().unwrap_or(layer);
        let (mut constructors, mut functions) = (HashMap::new(), HashMap::new());
        let mut of_type: HashMap<Ty, Vec<usize>> = HashMap::new();
        for (position, shape) in self.shapes.iter().enumerate() {
            let lives = shape.layers.is_empty()
                || shape.layers.iter().any(|(first, last)| (*first..=*last).contains(&observed));
            if !lives {
                continue;
            }
            let names = match shape.definition.kind {
                Kind::Type => &mut constructors,
                Kind::Function => &mut functions,
            };
            names.entry(shape.definition.name.clone()).or_insert(position);
            if shape.definition.kind == Kind::Type {
                of_type.entry(shape.ty).or_default().push(position);
            }
        }
        LayerIndex { layer, constructors, functions, of_type }
    }
}

fn shape(definition: Definition, layers: Vec<(i32, i32)>, types: &mut Types) -> Shape {
    let mut words: Vec<&str> = Vec::new();
    let mut fields = Vec::with_capacity(definition.params.len());
    for param in &definition.params {
        let ty = types.intern(&param.ty);
        if ty == Ty::FLAGS {
            words.push(&param.name);
        }
        let flag = param.flag.as_ref().map(|flag| Flag {
            word: words.iter().position(|word| *word == flag.field).unwrap_or(usize::MAX),
            mask: 1 << (flag.bit & 31),
        });
        fields.push(Field { name: param.name.clone(), ty, flag });
    }
    Shape { ty: types.intern(&definition.ty), fields, layers, definition }
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

/// Constructor ids are checksums: they need no further hashing.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }

    fn write_u32(&mut self, id: u32) {
        // The table takes its bucket from the low bits and its tag from the high ones.
        self.0 = u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_knows_which_user_each_layer_has() {
        let catalogue = Catalogue::load();
        for (layer, id) in [(198, 0x4b46_c37e), (214, 0x020b_1422), (227, 0x3177_4388), (228, 0xb1b8_cc83)] {
            let index = catalogue.index(layer);
            let user = index.named(Kind::Type, "user").and_then(|user| catalogue.shape(user)).unwrap();
            assert_eq!(user.definition.id, id, "layer {layer}");
        }
    }

    #[test]
    fn every_supported_layer_is_observed_or_has_one_below_it() {
        let observed = Catalogue::load().observed;
        assert_eq!(observed.first(), Some(&crate::OLDEST));
        assert_eq!(observed.last(), Some(&crate::NEWEST));
        assert!(observed.is_sorted());
    }

    #[test]
    fn every_flag_belongs_to_a_word_before_it() {
        for shape in Catalogue::load().shapes() {
            for flag in shape.fields.iter().filter_map(|field| field.flag) {
                assert!(flag.word < Words::default().len(), "{}", shape.name());
            }
        }
    }
}
