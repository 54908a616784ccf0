//! The small parts that pages are made of.

use serde::Serialize;

/// A text in Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The text; links to other pages are their paths without ending, such as `methods/messages.sendEncrypted`.
    pub markdown: String,
    /// Who wrote it, if it was not us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A page by its title.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Link {
    /// What it is about.
    pub name: String,
    /// Where it is, without ending.
    pub path: String,
}

/// A type, with a link to its page: `Vector<`, `InputUser`, `>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeRef {
    /// What stands before the name.
    pub before: String,
    /// The name.
    pub name: String,
    /// What stands after it.
    pub after: String,
    /// Its page; built-in types have none.
    pub path: Option<String>,
}

/// A parameter of a method or a field of a constructor.
#[derive(Clone, Debug, Serialize)]
pub struct Param {
    /// The name as in the schema.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub ty: TypeRef,
    /// The bit that says whether it is there, such as `flags.5`.
    pub flag: Option<String>,
    /// What it means.
    pub meaning: Option<Words>,
}

/// A piece of a line of TL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The text, blanks included.
    pub text: String,
    /// `name`, `id`, `field`, `flag`, `type` or `plain`.
    pub class: &'static str,
    /// The page of a type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Another shape of a definition.
#[derive(Clone, Debug, Serialize)]
pub struct ShapeRow {
    /// The layers that had it in words; in secret chats the number of the layer that brought it.
    pub layers: String,
    /// The id in hexadecimal.
    pub id: String,
    /// Its line.
    pub tl: Vec<Token>,
    /// In secret chats: `official`, `tdlib` or `cloud`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<&'static str>,
    /// What the next shape has more.
    pub added: Vec<String>,
    /// What the next shape has no longer.
    pub removed: Vec<String>,
    /// What has another type in the next shape.
    pub changed: Vec<String>,
}
