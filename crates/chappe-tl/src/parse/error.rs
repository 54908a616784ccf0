use thiserror::Error;

/// Why a schema text could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {kind}")]
pub struct ParseError {
    /// The line of the text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text ends inside a definition.
    #[error("the text ends inside a definition: a `;` is missing")]
    UnexpectedEnd,
    /// A `/*` without its `*/`.
    #[error("the comment that begins here has no `*/`")]
    UnterminatedComment,
    /// Something else stands where `expected` has to stand.
    #[error("expected {expected}, found `{found}`")]
    Unexpected {
        /// What belongs here.
        expected: &'static str,
        /// The word or character that stands here.
        found: String,
    },
    /// A name of a definition, field or type that TL does not allow.
    #[error("`{name}` is not a name: letters, digits and `_`, not a digit first, parts joined by dots")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// A constructor id that is not one to eight hexadecimal digits.
    #[error("`#{id}` is not a constructor id: one to eight hexadecimal digits")]
    InvalidId {
        /// The id as written.
        id: String,
    },
    /// A condition that is not a field and a bit from 0 to 31.
    #[error("`{condition}?` is not a condition: a field of type `#`, a dot and a bit from 0 to 31")]
    InvalidCondition {
        /// The condition as written.
        condition: String,
    },
    /// A condition names a field that is not a `#` before it.
    #[error("the condition of `{param}` names `{field}`, which is no earlier field of type `#`")]
    UnknownFlags {
        /// The conditional field.
        param: String,
        /// The missing field.
        field: String,
    },
    /// Two fields of one name.
    #[error("the field `{name}` is there twice")]
    DuplicateField {
        /// The name.
        name: String,
    },
    /// `!X` without `{X:Type}`.
    #[error("`!{name}` needs `{{{name}:Type}}` before the fields")]
    UnknownGeneric {
        /// The name after the exclamation mark.
        name: String,
    },
    /// `T<…>` with a `T` other than `Vector`.
    #[error("`{name}` takes no type argument: only `Vector` and `vector` do")]
    UnexpectedArgument {
        /// The name before the `<`.
        name: String,
    },
    /// `Vector` without its item type.
    #[error("`{name}` needs the type of its items: `{name}<int>`")]
    MissingArgument {
        /// `Vector` or `vector`.
        name: String,
    },
    /// Vectors in vectors beyond the limit.
    #[error("types are nested more than {} deep", super::parser::MAX_TYPE_DEPTH)]
    TooDeep,
    /// More fields or type parameters than the limit.
    #[error("a definition has more than {} fields", super::parser::MAX_PARAMS)]
    TooManyFields,
    /// A `---marker---` other than types and functions.
    #[error("`{marker}` is no section: `---types---` or `---functions---`")]
    UnknownSection {
        /// The line.
        marker: String,
    },
    /// A `===n===` without a number.
    #[error("`{marker}` is no layer: `===8===`")]
    InvalidLayer {
        /// The line.
        marker: String,
    },
    /// A bare type that nothing in the schema defines, or that has several constructors.
    #[error("the bare type `{ty}` of `{definition}` has to name exactly one constructor of the schema")]
    UnknownBareType {
        /// The type.
        ty: String,
        /// The definition that uses it.
        definition: String,
    },
}
