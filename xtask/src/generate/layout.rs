//! Which values are boxed: whatever would make a type infinite, and whatever would make it big.

use std::collections::{HashMap, HashSet};

use super::model::{Def, Kind, Model, Ty};

/// The largest struct, in bytes, that an enum holds without a box; with the tag the enum stays at 32.
const LARGEST_PAYLOAD: usize = 24;
/// The size of a box, in bytes.
const POINTER: usize = 8;
/// The largest struct, in bytes, that an optional field holds without a box.
const LARGEST_OPTIONAL: usize = 32;

/// The decisions for one schema.
#[derive(Debug)]
pub(super) struct Layout {
    /// Constructors (by index) that are boxed in their enum.
    boxed_payloads: HashSet<usize>,
    /// Fields (by constructor index and field name) that are boxed.
    boxed_fields: HashSet<(usize, String)>,
}

/// A node of the containment graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node<'a> {
    Struct(usize),
    Enum(&'a str),
}

impl Layout {
    pub(super) fn new(model: &Model) -> Self {
        let mut layout = Self { boxed_payloads: HashSet::new(), boxed_fields: HashSet::new() };
        for (ty, constructors) in &model.types {
            for &index in constructors.iter().filter(|_| constructors.len() > 1) {
                if layout.reaches(model, Node::Struct(index), Node::Enum(ty)) {
                    layout.boxed_payloads.insert(index);
                }
            }
        }
        for (index, def) in model.defs.iter().enumerate() {
            for param in &def.params {
                if let Kind::Value { ty, .. } = &param.kind
                    && let Some(node @ Node::Struct(_)) = node(model, ty)
                    && layout.reaches(model, node, Node::Struct(index))
                {
                    layout.boxed_fields.insert((index, param.name.clone()));
                }
            }
        }
        let mut sizes = Sizes { model, layout, structs: HashMap::new() };
        for index in 0..model.defs.len() {
            sizes.of_struct(index);
        }
        for ty in model.types.keys().filter(|ty| model.types[*ty].len() > 1) {
            sizes.of_enum(ty);
        }
        sizes.layout
    }

    pub(super) fn boxes_payload(&self, index: usize) -> bool {
        self.boxed_payloads.contains(&index)
    }

    pub(super) fn boxes_field(&self, index: usize, field: &str) -> bool {
        self.boxed_fields.contains(&(index, field.to_owned()))
    }

    /// Whether `goal` is held, without a box or a vector between, by `start`.
    fn reaches(&self, model: &Model, start: Node<'_>, goal: Node<'_>) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![start];
        while let Some(current) = open.pop() {
            if current == goal {
                return true;
            }
            if !seen.insert(current) {
                continue;
            }
            match current {
                Node::Struct(index) => {
                    for param in &model.defs[index].params {
                        if let Kind::Value { ty, .. } = &param.kind
                            && !self.boxes_field(index, &param.name)
                        {
                            open.extend(node(model, ty));
                        }
                    }
                }
                Node::Enum(ty) => {
                    let held = model.types[ty].iter().filter(|index| !self.boxed_payloads.contains(index));
                    open.extend(held.map(|&index| Node::Struct(index)));
                }
            }
        }
        false
    }
}

fn node<'a>(model: &'a Model, ty: &'a Ty) -> Option<Node<'a>> {
    match ty {
        Ty::Boxed(name) => match model.types.get(name)?.as_slice() {
            &[index] => Some(Node::Struct(index)),
            _ => Some(Node::Enum(name)),
        },
        Ty::Bare(name) => model.by_name.get(name).map(|&index| Node::Struct(index)),
        _ => None,
    }
}

/// Estimated sizes, in bytes; boxes what turns out too big on the way.
struct Sizes<'a> {
    model: &'a Model,
    layout: Layout,
    structs: HashMap<usize, usize>,
}

impl Sizes<'_> {
    fn of_struct(&mut self, index: usize) -> usize {
        if let Some(&size) = self.structs.get(&index) {
            return size;
        }
        let def: &Def = &self.model.defs[index];
        let mut sum = 0;
        for param in &def.params {
            sum += match &param.kind {
                Kind::Flags => 0,
                Kind::True { .. } => 1,
                Kind::Value { ty, flag } => {
                    let held_struct = matches!(node(self.model, ty), Some(Node::Struct(_)));
                    if self.layout.boxes_field(index, &param.name) {
                        8
                    } else {
                        let size = self.of_type(ty);
                        if flag.is_some() && held_struct && size > LARGEST_OPTIONAL {
                            self.layout.boxed_fields.insert((index, param.name.clone()));
                            8
                        } else if flag.is_some() {
                            match ty {
                                Ty::Int => 8,
                                Ty::Long | Ty::Double => 16,
                                Ty::Int128 | Ty::Int256 => size + 1,
                                _ => size,
                            }
                        } else {
                            size
                        }
                    }
                }
            };
        }
        let size = if sum > 8 { sum.next_multiple_of(8) } else { sum };
        self.structs.insert(index, size);
        size
    }

    fn of_type(&mut self, ty: &Ty) -> usize {
        match ty {
            Ty::Int => 4,
            Ty::Long | Ty::Double => 8,
            Ty::Bool => 1,
            Ty::Int128 => 16,
            Ty::Int256 => 32,
            Ty::String | Ty::Bytes | Ty::Object | Ty::Generic | Ty::Vector { .. } => 24,
            Ty::Boxed(_) | Ty::Bare(_) => match node(self.model, ty) {
                Some(Node::Struct(index)) => self.of_struct(index),
                Some(Node::Enum(name)) => self.of_enum(name),
                None => 0,
            },
        }
    }

    /// An enum is as wide as its largest payload. Where at least half of the payloads are boxed, the others are, too,
    /// unless they are as small as a box: a few payloads must not make every value of the type wide. What callers
    /// write (`Input…`) does not come by the hundred and is left easy to write.
    fn of_enum(&mut self, ty: &str) -> usize {
        let constructors = &self.model.types[ty];
        let (mut held, mut boxed, mut payloads) = (Vec::with_capacity(constructors.len()), 0, 0);
        for &index in constructors.iter().filter(|&&index| !self.model.defs[index].params.is_empty()) {
            payloads += 1;
            if self.layout.boxes_payload(index) {
                boxed += 1;
                continue;
            }
            let size = self.of_struct(index);
            boxed += usize::from(size > LARGEST_PAYLOAD);
            held.push((index, size));
        }
        let narrow = boxed > 0 && boxed * 2 >= payloads && !ty.starts_with("Input");
        let limit = if narrow { POINTER } else { LARGEST_PAYLOAD };
        let mut largest = if boxed > 0 { POINTER } else { 0 };
        for (index, size) in held {
            if size > limit {
                self.layout.boxed_payloads.insert(index);
            } else {
                largest = largest.max(size);
            }
        }
        if largest == 0 { 1 } else { (largest + 8).next_multiple_of(8) }
    }
}
