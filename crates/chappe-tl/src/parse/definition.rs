use std::fmt;

use super::Type;

/// One line of a schema: a constructor or a method.
///
/// Its [`Display`](fmt::Display) is the line in canonical form, always with the id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Definition {
    /// The full name, such as `messages.sendEncrypted`.
    pub name: String,
    /// The id as written, or computed by [`constructor_id`](crate::constructor_id) where none is written.
    pub id: u32,
    /// Whether the id is written in the schema.
    pub explicit_id: bool,
    /// The names of the type parameters: `X` for `{X:Type}`.
    pub generics: Vec<String>,
    /// The fields in their order, flags included.
    pub params: Vec<Parameter>,
    /// The type that the constructor belongs to, or that the method returns.
    pub ty: Type,
    /// Constructor or method.
    pub kind: Kind,
    /// The number of the last `// LAYER n` or `===n===` before this definition.
    pub layer: Option<i32>,
    /// The line of the text where the definition begins, from 1.
    pub line: usize,
}

/// A field of a [`Definition`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// The name as in the schema.
    pub name: String,
    /// The bit that says whether the field is there; `None` for fields that always are.
    pub flag: Option<FlagBit>,
    /// The type, without the condition.
    pub ty: Type,
}

/// The condition of a conditional field: `flags.5` in `title:flags.5?string`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlagBit {
    /// The name of the field of type `#` that holds the bit; it stands earlier in the same definition.
    pub field: String,
    /// The number of the bit, 0 to 31.
    pub bit: u8,
}

/// Whether a definition is a constructor or a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A constructor, from `---types---`.
    Type,
    /// A method, from `---functions---`.
    Function,
}

impl Definition {
    /// The part of the name before the last dot: `messages` of `messages.sendEncrypted`.
    pub fn namespace(&self) -> Option<&str> {
        self.name.rsplit_once('.').map(|(namespace, _)| namespace)
    }

    /// The part of the name after the last dot: `sendEncrypted` of `messages.sendEncrypted`.
    pub fn short_name(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(_, name)| name)
    }

    /// The field of this name.
    pub fn param(&self, name: &str) -> Option<&Parameter> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The canonical line without the id, which is what ids are computed from.
    pub(super) fn line_without_id(&self) -> String {
        let mut line = self.name.clone();
        // Writing to a String does not fail.
        let _ = self.write_rest(&mut line);
        line
    }

    fn write_rest(&self, f: &mut impl fmt::Write) -> fmt::Result {
        for generic in &self.generics {
            write!(f, " {{{generic}:Type}}")?;
        }
        for param in &self.params {
            write!(f, " {param}")?;
        }
        write!(f, " = {};", self.ty)
    }
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{:08x}", self.name, self.id)?;
        self.write_rest(f)
    }
}

impl Parameter {
    /// Whether the field is `flags.N?true`: a bit and no bytes.
    pub fn is_true_flag(&self) -> bool {
        self.flag.is_some() && self.ty == Type::True
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.name)?;
        if let Some(flag) = &self.flag {
            write!(f, "{}.{}?", flag.field, flag.bit)?;
        }
        write!(f, "{}", self.ty)
    }
}
