//! The layers once more, from the schema files, and arbitrary values of them.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use chappe_tl::dynamic::Schema;
use chappe_tl::parse::{Definition, Kind, Type, definitions};
use chappe_tl::{Writer, wire};

const HISTORY_TL: &str = include_str!("../../../../schema/history.tl");
const LAYERS_TSV: &str = include_str!("../../../../schema/layers.tsv");

/// The definitions of one layer.
pub(crate) struct Layer {
    pub(crate) layer: i32,
    pub(crate) definitions: Vec<Definition>,
    pub(crate) schema: Schema,
    of_type: HashMap<Type, Vec<usize>>,
    /// How many boxes deep the shallowest value of a type is.
    heights: HashMap<Type, u32>,
}

/// The definitions of a layer, read once per process.
pub(crate) fn layer(number: i32) -> &'static Layer {
    static LAYERS: Mutex<BTreeMap<i32, &'static Layer>> = Mutex::new(BTreeMap::new());
    let mut layers = LAYERS.lock().unwrap_or_else(PoisonError::into_inner);
    layers.entry(number).or_insert_with(|| Box::leak(Box::new(Layer::new(number))))
}

fn lives(ranges: &str, layer: i32) -> bool {
    ranges.split(',').any(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        first.parse::<i32>().unwrap() <= layer && layer <= last.parse::<i32>().unwrap()
    })
}

impl Layer {
    pub(crate) fn new(layer: i32) -> Self {
        let young: BTreeMap<u32, &str> = LAYERS_TSV
            .lines()
            .skip(1)
            .map(|line| {
                let mut columns = line.split('\t');
                let ranges = columns.next().unwrap();
                (u32::from_str_radix(columns.next().unwrap(), 16).unwrap(), ranges)
            })
            .collect();
        let lines: Vec<&str> = HISTORY_TL.lines().collect();
        let newest = definitions(chappe_api::API_TL).map(Result::unwrap);
        let newest = newest.filter(|it| young.get(&it.id).is_none_or(|ranges| lives(ranges, layer)));
        let older = definitions(HISTORY_TL).map(Result::unwrap).filter(|definition| {
            let (_, ranges) = lines[definition.line - 1].rsplit_once("// ").unwrap();
            lives(ranges, layer)
        });
        let definitions: Vec<Definition> = newest.chain(older).collect();
        let mut schema = Schema::new();
        schema.extend_with(definitions.clone()).unwrap();
        let mut of_type: HashMap<Type, Vec<usize>> = HashMap::new();
        for (place, definition) in definitions.iter().enumerate() {
            if definition.kind == Kind::Type {
                of_type.entry(definition.ty.clone()).or_default().push(place);
            }
        }
        let mut this = Self { layer, definitions, schema, of_type, heights: HashMap::new() };
        while this.grow() {}
        this
    }

    fn grow(&mut self) -> bool {
        let mut has_grown = false;
        for definition in self.definitions.iter().filter(|it| it.kind == Kind::Type) {
            if let Some(height) = self.height(definition)
                && self.heights.get(&definition.ty).is_none_or(|known| height < *known)
            {
                self.heights.insert(definition.ty.clone(), height);
                has_grown = true;
            }
        }
        has_grown
    }

    fn height(&self, definition: &Definition) -> Option<u32> {
        let required = definition.params.iter().filter(|param| param.flag.is_none());
        let boxed = required.filter(|param| matches!(param.ty, Type::Boxed(_)));
        boxed
            .map(|param| self.heights.get(&param.ty).map(|height| height + 1))
            .try_fold(0, |a, b| Some(a.max(b?)))
    }

    pub(crate) fn has_type(&self, ty: &Type) -> bool {
        self.of_type.contains_key(ty)
    }

    pub(crate) fn methods(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.iter().filter(|it| it.kind == Kind::Function && it.generics.is_empty())
    }

    /// The constructors that results of methods and updates can hold.
    pub(crate) fn answers(&self) -> Vec<&Definition> {
        let results = self.methods().map(|method| method.ty.clone());
        let mut open: Vec<Type> = results.chain([Type::Boxed("Updates".to_owned())]).collect();
        let mut seen = BTreeSet::new();
        while let Some(ty) = open.pop() {
            if let Type::Vector(item) = &ty {
                open.push((**item).clone());
            }
            for &place in self.of_type.get(&ty).into_iter().flatten() {
                if seen.insert(place) {
                    open.extend(self.definitions[place].params.iter().map(|param| param.ty.clone()));
                }
            }
        }
        seen.into_iter().map(|place| &self.definitions[place]).collect()
    }
}

/// Which conditional fields a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// All of the outermost object, fewer further in.
    All,
    None,
    Some,
}

/// Makes arbitrary values; a seed repeats them.
pub(crate) struct Arbitrary<'l> {
    layer: &'l Layer,
    state: u64,
    fill: Fill,
}

impl<'l> Arbitrary<'l> {
    pub(crate) fn new(layer: &'l Layer, seed: u64, fill: Fill) -> Self {
        Self { layer, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, fill }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// Out of so many.
    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    pub(crate) fn object(&mut self, definition: &Definition) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write_object(definition, 0, &mut writer);
        writer.finish().unwrap()
    }

    pub(crate) fn value(&mut self, ty: &Type) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write(ty, 0, &mut writer);
        writer.finish().unwrap()
    }

    fn bits(&mut self, depth: u32) -> u32 {
        let random = self.next() as u32;
        match (self.fill, depth) {
            (Fill::None, _) => 0,
            (Fill::All, 0) => u32::MAX,
            (_, 0) => random,
            (_, 1) => random & self.next() as u32 & self.next() as u32,
            (_, 2 | 3) => random & self.next() as u32 & self.next() as u32 & self.next() as u32,
            _ => 0,
        }
    }

    fn write_object(&mut self, definition: &Definition, depth: u32, writer: &mut Writer) {
        writer.u32(definition.id);
        let mut words: HashMap<&str, u32> = HashMap::new();
        for param in &definition.params {
            if param.ty == Type::Flags {
                let known = definition.params.iter().filter_map(|other| other.flag.as_ref());
                let known =
                    known.filter(|flag| flag.field == param.name).fold(0, |bits, flag| bits | 1 << flag.bit);
                let bits = self.bits(depth) & known;
                words.insert(&param.name, bits);
                writer.u32(bits);
            } else if param.flag.as_ref().is_none_or(|flag| words[&*flag.field] & 1 << flag.bit != 0) {
                self.write(&param.ty, depth + 1, writer);
            }
        }
    }

    fn write(&mut self, ty: &Type, depth: u32, writer: &mut Writer) {
        match ty {
            Type::Flags | Type::Int => writer.i32(self.below(1 << 31) as i32),
            Type::Long => writer.i64(self.below(1 << 40) as i64),
            Type::Double => writer.f64(self.below(1 << 20) as f64),
            Type::Int128 => writer.raw(&[7; 16]),
            Type::Int256 => writer.raw(&[7; 32]),
            Type::String | Type::Bytes => {
                let len = self.below(9) as usize;
                writer.bytes(&b"chappe-7"[..len]);
            }
            Type::Bool => {
                let value = self.below(2) == 1;
                writer.bool(value);
            }
            Type::True => {}
            Type::Vector(item) => {
                writer.u32(wire::VECTOR);
                let count = if depth > 3 { 0 } else { self.below(3) as usize };
                writer.count(count);
                (0..count).for_each(|_| self.write(item, depth, writer));
            }
            _ => {
                let layer = self.layer;
                let of_type = &layer.of_type[ty];
                let low =
                    |place: &&usize| layer.height(&layer.definitions[**place]) == Some(layer.heights[ty]);
                let choice: Vec<&usize> =
                    if depth > 3 { of_type.iter().filter(low).collect() } else { of_type.iter().collect() };
                let chosen = *choice[self.below(choice.len() as u64) as usize];
                self.write_object(&layer.definitions[chosen], depth, writer);
            }
        }
    }
}

/// Runs `check` for each layer below the newest, on all cores.
pub(crate) fn for_each_old_layer(check: impl Fn(&'static Layer) + Sync) {
    let layers = chappe_layers::Layers::load().observed();
    let old: Vec<i32> = layers.iter().copied().filter(|layer| *layer < chappe_layers::NEWEST).collect();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let share = |share: usize| old.iter().copied().skip(share).step_by(threads);
        let check = &check;
        let handles: Vec<_> = (0..threads)
            .map(|number| scope.spawn(move || share(number).for_each(|number| check(layer(number)))))
            .collect();
        handles.into_iter().for_each(|handle| handle.join().unwrap());
    });
}
