//! Types as small numbers: equal types are equal numbers.

use std::collections::HashMap;

use chappe_tl::parse::Type;

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ty(u32);

/// How a type is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// This many bytes.
    Fixed(usize),
    /// `string` and `bytes`.
    Bytes,
    Bool,
    /// No bytes at all.
    True,
    Vector(Ty),
    BareVector(Ty),
    /// An id and what follows from it.
    Boxed,
}

impl Ty {
    pub(crate) const FLAGS: Self = Self(0);
    pub(crate) const INT: Self = Self(1);
    pub(crate) const LONG: Self = Self(2);
    pub(crate) const DOUBLE: Self = Self(3);
    pub(crate) const BOOL: Self = Self(6);
    pub(crate) const TRUE: Self = Self(7);
    /// Any boxed object.
    pub(crate) const ANY: Self = Self(8);

    /// The order of the constants above.
    const BUILT_IN: [Type; 9] = [
        Type::Flags,
        Type::Int,
        Type::Long,
        Type::Double,
        Type::String,
        Type::Bytes,
        Type::Bool,
        Type::True,
        Type::Object,
    ];
}

/// The types that occur.
#[derive(Debug)]
pub(crate) struct Types {
    numbers: HashMap<Type, Ty>,
    forms: Vec<Form>,
    names: Vec<Type>,
}

impl Default for Types {
    fn default() -> Self {
        let mut types = Self { numbers: HashMap::new(), forms: Vec::new(), names: Vec::new() };
        for ty in &Ty::BUILT_IN {
            types.intern(ty);
        }
        types
    }
}

impl Types {
    pub(crate) fn intern(&mut self, ty: &Type) -> Ty {
        if let Some(known) = self.numbers.get(ty) {
            return *known;
        }
        let form = match ty {
            Type::Flags | Type::Int => Form::Fixed(4),
            Type::Long | Type::Double => Form::Fixed(8),
            Type::Int128 => Form::Fixed(16),
            Type::Int256 => Form::Fixed(32),
            Type::String | Type::Bytes => Form::Bytes,
            Type::Bool => Form::Bool,
            Type::True => Form::True,
            Type::Vector(item) => Form::Vector(self.intern(item)),
            Type::BareVector(item) => Form::BareVector(self.intern(item)),
            Type::Query(_) | Type::Generic(_) => return Ty::ANY,
            Type::Object | Type::Boxed(_) | Type::Bare(_) => Form::Boxed,
        };
        let number = Ty(u32::try_from(self.forms.len()).unwrap_or(u32::MAX));
        self.forms.push(form);
        self.names.push(ty.clone());
        self.numbers.insert(ty.clone(), number);
        number
    }

    /// The number of a type, if it occurs.
    pub(crate) fn find(&self, ty: &Type) -> Option<Ty> {
        self.numbers.get(ty).copied()
    }

    pub(crate) fn form(&self, ty: Ty) -> Form {
        self.forms.get(ty.0 as usize).copied().unwrap_or(Form::Boxed)
    }

    /// The type as a schema writes it.
    pub(crate) fn name(&self, ty: Ty) -> String {
        self.names.get(ty.0 as usize).map(ToString::to_string).unwrap_or_default()
    }
}
