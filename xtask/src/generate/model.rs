//! One schema as the generator sees it: definitions with their Rust names, types with their constructors.

use std::collections::{BTreeMap, HashMap};

use super::names;

/// Which of the three schemas; decides paths and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Api,
    Mtproto,
    Secret,
}

impl Origin {
    /// The path of the module that holds `types`, `enums` and `functions`.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Api => "crate",
            Self::Mtproto => "crate::mtproto",
            Self::Secret => "crate::secret",
        }
    }
}

/// The type of a field, an item or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Int,
    Long,
    Double,
    Bool,
    String,
    Bytes,
    Int128,
    Int256,
    /// Any boxed value: `Object`.
    Object,
    /// The `X` of a generic method.
    Generic,
    Vector {
        item: Box<Ty>,
        bare: bool,
    },
    /// A boxed type, by its TL name.
    Boxed(String),
    /// A bare constructor, by its TL name.
    Bare(String),
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A `#` that holds flags.
    Flags,
    /// `flags.N?true`.
    True { flags: String, bit: u32 },
    /// A value, perhaps behind a flag.
    Value { ty: Ty, flag: Option<(String, u32)> },
}

#[derive(Clone, Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) struct Def {
    /// The TL name, with its namespace.
    pub(super) name: String,
    /// The Rust name, without its namespace.
    pub(super) ident: String,
    pub(super) id: u32,
    /// The TL line, without the semicolon.
    pub(super) line: String,
    pub(super) params: Vec<Param>,
    pub(super) generic: bool,
    pub(super) ty: Ty,
    /// The TL name of the result type.
    pub(super) ty_name: String,
    pub(super) function: bool,
    /// The layer marker in force, and whether the definition is official there.
    pub(super) layer: i32,
    pub(super) official: bool,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) origin: Origin,
    pub(super) defs: Vec<Def>,
    /// Types with the indexes of their constructors.
    pub(super) types: BTreeMap<String, Vec<usize>>,
    /// Constructors by TL name; the current one where there are several.
    pub(super) by_name: HashMap<String, usize>,
}

impl Model {
    pub(super) fn load(origin: Origin, text: &str) -> crate::Result<Self> {
        let mut defs = Vec::new();
        let (mut function, mut layer, mut official) = (false, 0, true);
        for line in text.lines() {
            let line = line.trim();
            if let Some(marker) = line.strip_prefix("// LAYER ") {
                layer = marker.parse()?;
                official = true;
            } else if let Some(section) = line.strip_prefix("// SECTION ") {
                official = section == "official";
            } else if line == "---functions---" {
                function = true;
            } else if line == "---types---" {
                function = false;
            } else if !line.is_empty() && !line.starts_with("//") {
                defs.push(
                    definition(line, function, layer, official)
                        .ok_or_else(|| format!("cannot read {line}"))?,
                );
            }
        }
        let mut model = Self { origin, defs, types: BTreeMap::new(), by_name: HashMap::new() };
        model.index();
        Ok(model)
    }

    fn index(&mut self) {
        for (index, def) in self.defs.iter().enumerate().filter(|(_, def)| !def.function) {
            if def.ty != Ty::Object {
                self.types.entry(def.ty_name.clone()).or_default().push(index);
            }
            let current = self.by_name.entry(def.name.clone()).or_insert(index);
            let rank = |index: usize| (self.defs[index].official, self.defs[index].layer, index);
            if rank(index) > rank(*current) {
                *current = index;
            }
        }
        for index in 0..self.defs.len() {
            let def = &self.defs[index];
            if def.function || self.by_name[&def.name] == index {
                continue;
            }
            let layer = def.layer;
            let same =
                self.defs.iter().filter(|other| other.name == def.name && other.layer == layer).count();
            let suffix = if same > 1 && !def.official { "Cloud".to_owned() } else { layer.to_string() };
            self.defs[index].ident += &suffix;
        }
    }

    /// The only constructor of a type.
    pub(super) fn single(&self, ty: &str) -> Option<&Def> {
        match self.types.get(ty)?.as_slice() {
            &[index] => Some(&self.defs[index]),
            _ => None,
        }
    }

    pub(super) fn constructors<'a>(&'a self, ty: &str) -> impl Iterator<Item = &'a Def> {
        self.types.get(ty).into_iter().flatten().map(|&index| &self.defs[index])
    }
}

fn definition(line: &str, function: bool, layer: i32, official: bool) -> Option<Def> {
    let line = line.strip_suffix(';')?;
    let (left, ty_name) = line.split_once(" = ")?;
    let mut words = left.split(' ').filter(|word| !word.is_empty());
    let (name, id) = words.next()?.split_once('#')?;
    let mut generic = false;
    let mut params = Vec::new();
    for word in words {
        if word.starts_with('{') {
            generic = true;
            continue;
        }
        let (name, ty) = word.split_once(':')?;
        let (flag, ty) = match ty.split_once('?') {
            Some((flag, ty)) => {
                let (flags, bit) = flag.split_once('.')?;
                (Some((flags.to_owned(), bit.parse().ok()?)), ty)
            }
            None => (None, ty),
        };
        let kind = match (ty, flag) {
            ("#", None) => Kind::Flags,
            ("true", Some((flags, bit))) => Kind::True { flags, bit },
            (_, flag) => Kind::Value { ty: self::ty(ty), flag },
        };
        params.push(Param { name: name.to_owned(), kind });
    }
    Some(Def {
        name: name.to_owned(),
        ident: names::pascal(name),
        id: u32::from_str_radix(id, 16).ok()?,
        line: line.to_owned(),
        params,
        generic,
        ty: ty(ty_name),
        ty_name: ty_name.to_owned(),
        function,
        layer,
        official,
    })
}

fn ty(text: &str) -> Ty {
    if let Some(rest) = text.strip_suffix('>')
        && let Some((vector, item)) = rest.split_once('<')
    {
        return Ty::Vector { item: Box::new(ty(item)), bare: vector == "vector" };
    }
    match text {
        "int" => Ty::Int,
        "long" => Ty::Long,
        "double" => Ty::Double,
        "Bool" => Ty::Bool,
        "string" => Ty::String,
        "bytes" => Ty::Bytes,
        "int128" => Ty::Int128,
        "int256" => Ty::Int256,
        "Object" => Ty::Object,
        "X" | "!X" => Ty::Generic,
        _ if names::local(text).starts_with(|char: char| char.is_ascii_lowercase()) => {
            Ty::Bare(text.to_owned())
        }
        _ => Ty::Boxed(text.to_owned()),
    }
}
