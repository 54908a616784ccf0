use std::fmt;

use thiserror::Error;

use crate::wire::{DecodeError, EncodeError};

/// What is wrong with a value, with the place where it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// Where.
    pub path: Path,
    /// What; boxed, so that the error is small.
    pub kind: Box<ValueErrorKind>,
}

impl ValueError {
    pub(super) fn new(kind: ValueErrorKind) -> Self {
        Self { path: Path::default(), kind: Box::new(kind) }
    }

    /// The same error seen from one level further out.
    pub(super) fn inside(mut self, segment: Segment) -> Self {
        self.path.inward.push(segment);
        self
    }

    pub(super) fn in_field(self, name: &str) -> Self {
        self.inside(Segment::Field(name.to_owned()))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.inward.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for ValueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.kind)
    }
}

/// The way from the outermost object to a field: `messages.sendMedia.media.attributes[2].w`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// From the innermost segment outwards, since that is how errors travel.
    inward: Vec<Segment>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A field; as the first segment, the name of the outermost constructor or method.
    Field(String),
    /// An item of a vector, from 0.
    Index(usize),
}

impl Path {
    pub(super) fn from_inner_to_outer(inward: Vec<Segment>) -> Self {
        Self { inward }
    }

    /// The steps from the outermost object inwards.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.inward.iter().rev()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments().enumerate() {
            match segment {
                Segment::Field(name) if position == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueErrorKind {
    /// Bytes that are not an object of the expected type.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A value that TL cannot carry.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// More nesting than [`MAX_DEPTH`](crate::wire::limits::MAX_DEPTH).
    #[error("objects are nested more than {} deep", crate::wire::limits::MAX_DEPTH)]
    TooDeep,
    /// A name that is neither a constructor nor a method of the schema.
    #[error("the schema has no {} `{name}`{}", .expected, hint(.nearest))]
    UnknownName {
        /// The name.
        name: String,
        /// What was looked for: a method, a constructor, a constructor of a type.
        expected: String,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// A constructor of another type than the field takes.
    #[error("`{name}` is {what}, and {expected} is expected{}", list(.choices))]
    WrongConstructor {
        /// The name that was given.
        name: String,
        /// What that is.
        what: String,
        /// What belongs here.
        expected: String,
        /// Some constructors that would do.
        choices: Vec<String>,
    },
    /// An object of a type with several constructors does not say which.
    #[error("`_` has to name a constructor of {expected}{}", list(.choices))]
    MissingConstructor {
        /// The type.
        expected: String,
        /// Some constructors that would do.
        choices: Vec<String>,
    },
    /// A field that the definition does not have.
    #[error("`{definition}` has no field `{field}`{}", hint(.nearest))]
    UnknownField {
        /// The constructor or method.
        definition: String,
        /// The field that was given.
        field: String,
        /// The most similar field.
        nearest: Option<String>,
    },
    /// A flags field was given.
    #[error("`{field}` is computed from the fields that are there: leave it out")]
    ComputedField {
        /// The field.
        field: String,
    },
    /// A field that always has to be there is not.
    #[error("`{definition}` needs the field `{field}` ({ty})")]
    MissingField {
        /// The constructor or method.
        definition: String,
        /// The missing field.
        field: String,
        /// The type of the field.
        ty: String,
    },
    /// Of the fields that share a flag some are there and some are not.
    #[error(
        "`{definition}` has `{present}`, and then needs `{missing}` ({ty}), too: one flag stands for both"
    )]
    IncompleteFields {
        /// The constructor or method.
        definition: String,
        /// A field that is there.
        present: String,
        /// The field that is not.
        missing: String,
        /// The type of the missing field.
        ty: String,
    },
    /// A value of another type than the field has.
    #[error("expected {expected}, given {given}")]
    WrongType {
        /// What belongs here.
        expected: String,
        /// What was given.
        given: String,
    },
    /// A number that does not fit the type.
    #[error("{given} is out of range: expected {expected}")]
    OutOfRange {
        /// What belongs here, with the range.
        expected: String,
        /// What was given.
        given: String,
    },
    /// A `double` that JSON cannot carry.
    #[error("{given} is no finite number, and JSON has no other")]
    NotFinite {
        /// The number.
        given: String,
    },
}

impl From<ValueErrorKind> for ValueError {
    fn from(kind: ValueErrorKind) -> Self {
        Self::new(kind)
    }
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn list(choices: &[String]) -> String {
    if choices.is_empty() { String::new() } else { format!(": {}", choices.join(", ")) }
}
