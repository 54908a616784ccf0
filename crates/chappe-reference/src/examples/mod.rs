//! Example programs: for every method one in each language.

use chappe_tl::dynamic::Object;

use crate::model::{Method, Model};

/// The language of an example, in the order of the tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Rust, with `chappe`.
    Rust,
    /// JavaScript, with GramJS.
    JavaScript,
    /// TypeScript, with GramJS.
    TypeScript,
    /// Python, with Telethon.
    Python,
    /// The command line, with `chappe invoke`.
    CommandLine,
}

impl Language {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 5] =
        [Self::Rust, Self::JavaScript, Self::TypeScript, Self::Python, Self::CommandLine];

    /// What a tab is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Python => "Python",
            Self::CommandLine => "Command line",
        }
    }

    /// The word after the three backticks.
    pub const fn fence(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "js",
            Self::TypeScript => "ts",
            Self::Python => "python",
            Self::CommandLine => "sh",
        }
    }
}

/// What CI does with an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// It runs against the embedded server.
    InCi,
    /// It is compiled or type-checked, and not run.
    CompiledOnly,
    /// It cannot run there; the reason is a clause: "the embedded server does not implement the method".
    CannotRun {
        /// Why not.
        because: String,
    },
}

/// A complete small program that calls a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The language.
    pub language: Language,
    /// What its tab is called.
    pub title: String,
    /// A name to save it under.
    pub file_name: String,
    /// The program.
    pub source: String,
    /// What CI does with it.
    pub run: Run,
}

/// The examples of a method, at most one for each language, in the order of [`Language::ALL`].
///
/// Pages show them as tabs; without any they show none.
pub fn for_method(_model: &Model, _method: &Method) -> Vec<Example> {
    Vec::new()
}

/// The call that the examples of a method make, with every field that they give it: the page shows its bytes.
///
/// `None` if the method has no such call.
pub fn request(_model: &Model, _method: &Method) -> Option<Object> {
    None
}
