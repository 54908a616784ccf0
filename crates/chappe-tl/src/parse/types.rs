use std::fmt;

/// The type of a field, of a vector's items or of a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// `#`: 32 bits that say which conditional fields are there.
    Flags,
    /// `int`: 32 bits, signed.
    Int,
    /// `long`: 64 bits, signed.
    Long,
    /// `double`: 64 bits, IEEE 754.
    Double,
    /// `string`: UTF-8 by convention.
    String,
    /// `bytes`: any bytes; the same form as `string` on the wire.
    Bytes,
    /// `int128`: 16 bytes as they are.
    Int128,
    /// `int256`: 32 bytes as they are.
    Int256,
    /// `Bool`: one of two constructors.
    Bool,
    /// `true`: no bytes at all; what `flags.0?true` says is said by the bit.
    True,
    /// `Object`: any boxed object.
    Object,
    /// A boxed type by its name, such as `messages.Dialogs`.
    Boxed(String),
    /// A bare object, without its id: either a type, written `%Message` (here `Message`), which then has one
    /// constructor, or a constructor such as `future_salt`. The case of the last part of the name tells them apart,
    /// see [`Type::is_bare_type`].
    Bare(String),
    /// `Vector<T>`: boxed.
    Vector(Box<Type>),
    /// `vector<T>`, also written `%Vector<T>`: bare, without the id of vectors.
    BareVector(Box<Type>),
    /// `!X`: a method whose result is `X`.
    Query(String),
    /// `X` where the definition says `{X:Type}`.
    Generic(String),
}

impl Type {
    /// Whether this is [`Type::Bare`] with the name of a type (`%Message`) rather than of a constructor (`message`).
    pub fn is_bare_type(&self) -> bool {
        matches!(self, Self::Bare(name) if starts_with_capital(name))
    }

    /// The name of a [`Type::Boxed`] or [`Type::Bare`] type.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Boxed(name) | Self::Bare(name) => Some(name),
            _ => None,
        }
    }

    /// Whether `word` means a built-in type, and which.
    pub(super) fn built_in(word: &str) -> Option<Self> {
        Some(match word {
            "int" => Self::Int,
            "long" => Self::Long,
            "double" => Self::Double,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "int128" => Self::Int128,
            "int256" => Self::Int256,
            "Bool" => Self::Bool,
            "true" => Self::True,
            "Object" => Self::Object,
            _ => return None,
        })
    }
}

/// Whether the last part of a name begins with a capital, as names of types do.
pub(super) fn starts_with_capital(name: &str) -> bool {
    let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
    last.starts_with(|first: char| first.is_ascii_uppercase())
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flags => "#",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Int128 => "int128",
            Self::Int256 => "int256",
            Self::Bool => "Bool",
            Self::True => "true",
            Self::Object => "Object",
            Self::Boxed(name) | Self::Generic(name) => name,
            Self::Bare(name) if starts_with_capital(name) => return write!(f, "%{name}"),
            Self::Bare(name) => name,
            Self::Vector(item) => return write!(f, "Vector<{item}>"),
            Self::BareVector(item) => return write!(f, "vector<{item}>"),
            Self::Query(name) => return write!(f, "!{name}"),
        })
    }
}
