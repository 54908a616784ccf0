//! One schema as the generator sees it: definitions with their Rust names, types with their constructors.

use std::collections::{BTreeMap, HashMap};

use chappe_tl::parse::{Definition, Type, parse};

use chappe_tl::rust_names as names;

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
        // By line: whether the section in force is the published schema.
        let mut official = Vec::new();
        for line in text.lines() {
            let now = match line.strip_prefix("// SECTION ") {
                Some(section) => section == "official",
                None => line.starts_with("// LAYER ") || *official.last().unwrap_or(&true),
            };
            official.push(now);
        }
        let defs = parse(text)?.into_iter().map(|definition| Def::new(definition, &official)).collect();
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
}

impl Def {
    fn new(definition: Definition, official: &[bool]) -> Self {
        let line = definition.to_string();
        let params = definition.params.into_iter().map(|param| {
            let flag = param.flag.map(|flag| (flag.field, u32::from(flag.bit)));
            let kind = match (param.ty, flag) {
                (Type::Flags, _) => Kind::Flags,
                (Type::True, Some((flags, bit))) => Kind::True { flags, bit },
                (ty, flag) => Kind::Value { ty: Ty::from(ty), flag },
            };
            Param { name: param.name, kind }
        });
        Self {
            ident: names::pascal(&definition.name),
            id: definition.id,
            line: line.trim_end_matches(';').to_owned(),
            params: params.collect(),
            generic: !definition.generics.is_empty(),
            ty_name: definition.ty.to_string(),
            ty: Ty::from(definition.ty),
            function: definition.kind == chappe_tl::parse::Kind::Function,
            layer: definition.layer.unwrap_or_default(),
            official: official.get(definition.line - 1).copied().unwrap_or(true),
            name: definition.name,
        }
    }
}

impl From<Type> for Ty {
    fn from(ty: Type) -> Self {
        match ty {
            Type::Flags | Type::Int => Self::Int,
            Type::Long => Self::Long,
            Type::Double => Self::Double,
            Type::Bool => Self::Bool,
            Type::String => Self::String,
            Type::Bytes => Self::Bytes,
            Type::Int128 => Self::Int128,
            Type::Int256 => Self::Int256,
            Type::True | Type::Object => Self::Object,
            Type::Boxed(name) => Self::Boxed(name),
            Type::Bare(name) => Self::Bare(name),
            Type::Vector(item) => Self::Vector { item: Box::new(Self::from(*item)), bare: false },
            Type::BareVector(item) => Self::Vector { item: Box::new(Self::from(*item)), bare: true },
            Type::Query(_) | Type::Generic(_) => Self::Generic,
        }
    }
}
