//! Who uses a type.

use std::collections::{HashMap, HashSet};

use chappe_tl::parse::{Definition, Type};

use crate::model::{Model, Origin, type_name};

/// The users of one type: places in the lists of the model.
#[derive(Clone, Debug, Default)]
pub(super) struct Users {
    pub(super) returned_by: Vec<usize>,
    pub(super) taken_by: Vec<usize>,
    pub(super) fields_of: Vec<usize>,
}

/// The users of every type.
#[derive(Debug)]
pub(super) struct Uses(HashMap<(Origin, String), Users>);

impl Uses {
    pub(super) fn new(model: &Model) -> Self {
        let mut uses: HashMap<(Origin, String), Users> = HashMap::new();
        for (place, method) in model.methods().iter().enumerate() {
            if let Some(name) = named(&method.definition.ty) {
                uses.entry((method.origin, name)).or_default().returned_by.push(place);
            }
            for name in fields(&method.definition) {
                uses.entry((method.origin, name)).or_default().taken_by.push(place);
            }
        }
        for (place, constructor) in model.constructors().iter().enumerate() {
            for name in fields(&constructor.definition) {
                uses.entry((constructor.origin, name)).or_default().fields_of.push(place);
            }
        }
        Self(uses)
    }

    pub(super) fn of(&self, origin: Origin, name: &str) -> Users {
        self.0.get(&(origin, name.to_owned())).cloned().unwrap_or_default()
    }
}

/// The types of the fields of a definition, each once.
pub(super) fn fields(definition: &Definition) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = definition.params.iter().filter_map(|param| named(&param.ty));
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// The name of a type that has a page.
pub(super) fn named(ty: &Type) -> Option<String> {
    match ty {
        Type::Vector(item) | Type::BareVector(item) => named(item),
        Type::Boxed(_) | Type::Bare(_) => Some(type_name(ty)),
        _ => None,
    }
}
