//! What a page says, before it is HTML, Markdown or JSON: the JSON twin of a page is its struct as it is.

mod bytes;
mod catalogue;
mod constructors;
mod errors;
mod guides;
mod methods;
mod parts;
mod paths;
mod tl;
mod types;
mod uses;

use serde::Serialize;

pub use bytes::{ByteRow, annotate};
pub use catalogue::Catalogue;
pub use parts::{Link, Param, ShapeRow, Token, TypeRef, Words};
pub use paths::{constructor_path, error_path, guide_path, method_path, target_path, type_path};

/// A page of the reference.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Page {
    /// A method.
    Method(Box<MethodPage>),
    /// A type.
    Type(TypePage),
    /// A constructor.
    Constructor(Box<ConstructorPage>),
    /// An error.
    Error(ErrorPage),
    /// A guide.
    Guide(GuidePage),
}

impl Page {
    /// Where it is, without ending: `methods/messages.sendEncryptedService`.
    pub fn path(&self) -> &str {
        match self {
            Self::Method(page) => &page.path,
            Self::Type(page) => &page.path,
            Self::Constructor(page) => &page.path,
            Self::Error(page) => &page.path,
            Self::Guide(page) => &page.path,
        }
    }

    /// What it is about.
    pub fn title(&self) -> &str {
        match self {
            Self::Method(page) => &page.name,
            Self::Type(page) => &page.name,
            Self::Constructor(page) => &page.name,
            Self::Error(page) => &page.name,
            Self::Guide(page) => &page.title,
        }
    }

    /// The word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Method(_) => "method",
            Self::Type(_) => "type",
            Self::Constructor(_) => "constructor",
            Self::Error(_) => "error",
            Self::Guide(_) => "guide",
        }
    }

    /// What it is about, for lists of pages of all kinds.
    pub fn lead(&self) -> Option<&Words> {
        match self {
            Self::Constructor(page) => page.lead.as_ref(),
            _ => self.summary(),
        }
    }

    /// The sentence that sums it up.
    pub fn summary(&self) -> Option<&Words> {
        match self {
            Self::Method(page) => page.summary.as_ref(),
            Self::Type(page) => page.summary.as_ref(),
            Self::Constructor(page) => page.summary.as_ref(),
            Self::Error(page) => page.cause.as_ref(),
            Self::Guide(page) => page.summary.as_ref(),
        }
    }
}

/// The page of a method.
#[derive(Clone, Debug, Serialize)]
pub struct MethodPage {
    /// Where it is, without ending.
    pub path: String,
    /// `messages.sendEncryptedService`.
    pub name: String,
    /// `messages.SendEncryptedService`, as libraries call it.
    pub class_name: String,
    /// `api`, `mtproto` or `secret`.
    pub schema: &'static str,
    /// The id in hexadecimal.
    pub id: String,
    /// The line of the schema.
    pub tl: Vec<Token>,
    /// One sentence.
    pub summary: Option<Words>,
    /// Paragraphs.
    pub description: Option<Words>,
    /// `users`, `bots`, `both` or `unknown`.
    pub callers: &'static str,
    /// The parameters, flags left out.
    pub params: Vec<Param>,
    /// The type of the result.
    pub result: TypeRef,
    /// What the result means.
    pub result_meaning: Option<Words>,
    /// The constructors of the result.
    pub result_constructors: Vec<ConstructorBrief>,
    /// Programs.
    pub examples: Vec<ExampleTab>,
    /// Languages without one.
    pub no_examples: Vec<NoExample>,
    /// The bytes of the call that the programs make.
    pub bytes: Vec<ByteRow>,
    /// What it may refuse with.
    pub errors: Vec<ErrorRow>,
    /// The layers of this shape in words, such as `since layer 166`; `None` where the schema has no layers.
    pub layers: Option<String>,
    /// Older shapes.
    pub history: Vec<ShapeRow>,
    /// Whether the embedded server implements it.
    pub served: bool,
    /// Where it stands in flows.
    pub flows: Vec<FlowPlace>,
    /// What else uses its types.
    pub uses: Vec<TypeUses>,
    /// Pages to read with it.
    pub related: Vec<Related>,
}

/// The page of a type.
#[derive(Clone, Debug, Serialize)]
pub struct TypePage {
    /// Where it is, without ending.
    pub path: String,
    /// The name.
    pub name: String,
    /// `api`, `mtproto` or `secret`.
    pub schema: &'static str,
    /// One sentence.
    pub summary: Option<Words>,
    /// Paragraphs.
    pub description: Option<Words>,
    /// Its constructors.
    pub constructors: Vec<ConstructorBrief>,
    /// Methods that return it.
    pub returned_by: Vec<Link>,
    /// Methods that take it.
    pub taken_by: Vec<Link>,
    /// Constructors with a field of it.
    pub fields_of: Vec<Link>,
    /// Pages to read with it.
    pub related: Vec<Related>,
}

/// The page of a constructor.
#[derive(Clone, Debug, Serialize)]
pub struct ConstructorPage {
    /// Where it is, without ending.
    pub path: String,
    /// The name.
    pub name: String,
    /// `api`, `mtproto` or `secret`.
    pub schema: &'static str,
    /// The id in hexadecimal.
    pub id: String,
    /// The line of the schema.
    pub tl: Vec<Token>,
    /// One sentence.
    pub summary: Option<Words>,
    /// The summary as it can stand away from its type: after that of the type, where it is short.
    pub lead: Option<Words>,
    /// Paragraphs.
    pub description: Option<Words>,
    /// Its type.
    pub ty: TypeRef,
    /// The fields, flags left out.
    pub fields: Vec<Param>,
    /// The layers of this shape in words; in secret chats the number of the layer that brought it.
    pub layers: Option<String>,
    /// In secret chats: `official`, `tdlib` or `cloud`.
    pub section: Option<&'static str>,
    /// Its other shapes.
    pub history: Vec<ShapeRow>,
    /// The other constructors of its type.
    pub siblings: Vec<Link>,
    /// Methods that return its type.
    pub returned_by: Vec<Link>,
    /// Methods that take its type.
    pub taken_by: Vec<Link>,
    /// Constructors with a field of its type.
    pub fields_of: Vec<Link>,
}

/// The page of an error.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// Where it is, without ending.
    pub path: String,
    /// The name, with `%d` for a number.
    pub name: String,
    /// The codes under which it is given.
    pub codes: Vec<i32>,
    /// What went wrong.
    pub cause: Option<Words>,
    /// What to do.
    pub cure: Option<Words>,
    /// Whether its name ends in a number that is the answer, such as seconds to wait.
    pub has_number: bool,
    /// Methods that may give it, with the cause in their own context.
    pub methods: Vec<ErrorUse>,
    /// Whether the embedded server gives it of its own accord.
    pub served: bool,
}

/// A guide.
#[derive(Clone, Debug, Serialize)]
pub struct GuidePage {
    /// Where it is, without ending.
    pub path: String,
    /// Its title.
    pub title: String,
    /// The first paragraph.
    pub summary: Option<Words>,
    /// Everything after the title.
    pub text: Words,
}

/// A constructor on the page of something else.
#[derive(Clone, Debug, Serialize)]
pub struct ConstructorBrief {
    /// Name and page.
    pub link: Link,
    /// The id in hexadecimal.
    pub id: String,
    /// The line of the schema.
    pub tl: Vec<Token>,
    /// One sentence.
    pub summary: Option<Words>,
    /// Its fields.
    pub fields: Vec<Param>,
}

/// An example.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleTab {
    /// A word for the language, such as `rust`.
    pub language: &'static str,
    /// What the tab is called.
    pub title: String,
    /// A name to save it under.
    pub file_name: String,
    /// The program.
    pub source: String,
    /// `run`, `refused`, `compiled` or `not_run`.
    pub state: &'static str,
    /// The error that is the answer.
    pub error: Option<Link>,
    /// Why it is refused or not run.
    pub because: Option<String>,
}

/// Languages that have no example.
#[derive(Clone, Debug, Serialize)]
pub struct NoExample {
    /// What their tabs would be called.
    pub titles: Vec<&'static str>,
    /// Why, as a clause.
    pub because: String,
}

/// An error on the page of a method.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorRow {
    /// The code.
    pub code: i32,
    /// Name and page.
    pub link: Link,
    /// What went wrong, in the method's own context where somebody has written that.
    pub cause: Option<Words>,
    /// What to do.
    pub cure: Option<Words>,
    /// Whether the embedded server gives it here of its own accord.
    pub served: bool,
}

/// A method on the page of an error.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorUse {
    /// Name and page.
    pub link: Link,
    /// The code there.
    pub code: i32,
    /// The cause in the method's own context.
    pub cause: Option<Words>,
}

/// Where a method stands in a flow.
#[derive(Clone, Debug, Serialize)]
pub struct FlowPlace {
    /// What the flow is called.
    pub title: String,
    /// All steps.
    pub steps: Vec<FlowStep>,
    /// What comes before.
    pub previous: Option<Link>,
    /// What comes next.
    pub next: Option<Link>,
}

/// A step of a flow.
#[derive(Clone, Debug, Serialize)]
pub struct FlowStep {
    /// Name and page.
    pub link: Link,
    /// Whether it is the page's own method.
    pub current: bool,
}

/// What else uses a type.
#[derive(Clone, Debug, Serialize)]
pub struct TypeUses {
    /// The type.
    pub link: Link,
    /// Other methods that take it.
    pub taken_by: Vec<Link>,
    /// Other methods that return it.
    pub returned_by: Vec<Link>,
    /// How many are left out.
    pub more: usize,
}

/// A page to read with another.
#[derive(Clone, Debug, Serialize)]
pub struct Related {
    /// Name and page.
    pub link: Link,
    /// One sentence.
    pub summary: Option<Words>,
}
