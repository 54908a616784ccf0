//! Example programs: for every method one in each language.
//!
//! All of them are made of one call with sample values ([`request`]), which is written down in each language by the names
//! that its library has. `cargo xtask examples` compiles them, compares what they would send with the bytes that this
//! library makes of the call, and runs those of the methods that the embedded server has, in the world of
//! `data/world.toml`.

mod document;
mod facts;
mod javascript;
mod layers;
mod python;
mod runs;
mod rust;
mod samples;
mod shell;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use chappe_tl::dynamic::{Object, Schema};
use serde_json::Value as Json;

use crate::model::{Callers, Method, Model, Origin};

use self::document::Document;
use self::facts::Facts;
use self::samples::{Sampler, Samples};

/// The layer of GramJS 2.26.
pub const GRAMJS_LAYER: i32 = 198;
/// The layer of Telethon 1.45.
pub const TELETHON_LAYER: i32 = 229;

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
    /// It runs against the embedded server, and has a result.
    InCi,
    /// It is compiled or type-checked, and not run.
    CompiledOnly,
    /// It runs against the embedded server, and the answer is an error, as CI has seen.
    Refused {
        /// The error.
        error: String,
        /// Why it cannot be another answer, as a clause.
        because: String,
    },
    /// It has no result there; the reason is a clause: "the embedded server does not implement the method".
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
/// A library that speaks an older layer has none for a method that its layer does not have.
pub fn for_method(_model: &Model, method: &Method) -> Vec<Example> {
    Language::ALL.into_iter().filter_map(|language| example(method, language)).collect()
}

/// Why a method has no example in some languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The languages.
    pub languages: Vec<Language>,
    /// The reason, as a clause.
    pub because: String,
}

/// The languages that have no example of a method, each with the reason.
pub fn missing(method: &Method) -> Vec<Missing> {
    if method.origin != Origin::Api {
        let because = "it is a call below the API, which every library makes by itself".to_owned();
        return vec![Missing { languages: Language::ALL.to_vec(), because }];
    }
    let mut all: Vec<Missing> = Vec::new();
    for language in Language::ALL {
        let (library, layer) = library(language);
        let because = match call(method, layer) {
            Ok(Some(_)) => continue,
            Ok(None) => format!("{library} speaks layer {layer}, which does not have this method"),
            Err(error) => format!("its sample cannot be said in layer {layer}: {error}"),
        };
        match all.iter_mut().find(|it| it.because == because) {
            Some(known) => known.languages.push(language),
            None => all.push(Missing { languages: vec![language], because }),
        }
    }
    all
}

/// The library of a language, and the layer that it speaks.
const fn library(language: Language) -> (&'static str, i32) {
    match language {
        Language::Rust | Language::CommandLine => ("Chappe", chappe_api::LAYER),
        Language::JavaScript | Language::TypeScript => ("GramJS 2.26", GRAMJS_LAYER),
        Language::Python => ("Telethon 1.45", TELETHON_LAYER),
    }
}

/// The call that the examples of a method make, with every field that they give it: the page shows its bytes. Those of
/// MTProto have no examples, and a call all the same.
///
/// `None` if the method has no such call.
pub fn request(_model: &Model, method: &Method) -> Option<Object> {
    match method.origin {
        Origin::Api => call(method, chappe_api::LAYER).ok()?,
        _ => sampler(method, method.origin.schema()).call(&method.definition).ok(),
    }
}

/// The call in the shape of a layer; `None` if the layer does not have the method, or it is none of the API.
///
/// # Errors
/// A sample is not what the schema asks for.
pub fn call(method: &Method, layer: i32) -> Result<Option<Object>, String> {
    if method.origin != Origin::Api {
        return Ok(None);
    }
    let schema = schema(layer);
    let Some(definition) = schema.method(method.name()) else { return Ok(None) };
    let call = sampler(method, schema).call(definition);
    Ok(Some(call.map_err(|error| format!("{}: {error}", method.name()))?))
}

fn sampler(method: &Method, schema: &'static Schema) -> Sampler<'static> {
    Sampler { schema, samples: Samples::get(), facts: Facts::get(), caller: caller(method) }
}

/// The account of `data/world.toml` that makes the call.
pub fn role(method: &Method) -> &'static str {
    Samples::get().of(method.name(), caller(method)).role
}

/// The error that the call is answered with in the prepared world, and why it cannot be another answer.
pub fn expected_error(method: &Method) -> Option<(&'static str, &'static str)> {
    Samples::get().of(method.name(), caller(method)).error
}

/// Who has to be logged in for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    Person,
    Bot,
    Nobody,
}

impl Login {
    fn of(role: &str) -> Self {
        match role {
            "helper" => Self::Bot,
            // Devices of the prepared world on the way to a login.
            "guest" | "locked" | "newcomer" | "recovering" | "returning" | "showing" => Self::Nobody,
            _ => Self::Person,
        }
    }

    /// Where a session file of ours comes from.
    fn file(self) -> &'static str {
        match self {
            Self::Person => "made by `chappe login`",
            Self::Bot => "made by `chappe login --bot-token TOKEN`",
            Self::Nobody => "a new file will do: nobody is logged in yet",
        }
    }

    /// Where the session text of another library comes from; `save` is the call that gives one.
    fn text(self, save: &str) -> String {
        match self {
            Self::Person => format!("{save} of a login"),
            Self::Bot => format!("{save} of a bot's login"),
            Self::Nobody => "empty: nobody is logged in yet".to_owned(),
        }
    }
}

/// Who calls, where the samples do not say.
fn caller(method: &Method) -> &'static str {
    if method.callers == Callers::Bots { "helper" } else { "alice" }
}

/// The schema of a layer, made once for those that libraries speak.
pub fn schema(layer: i32) -> &'static Schema {
    static GRAMJS: OnceLock<Schema> = OnceLock::new();
    static TELETHON: OnceLock<Schema> = OnceLock::new();
    match layer {
        GRAMJS_LAYER => GRAMJS.get_or_init(|| layers::schema_at(layer)),
        TELETHON_LAYER => TELETHON.get_or_init(|| layers::schema_at(layer)),
        _ => chappe_api::api_schema(),
    }
}

fn example(method: &Method, language: Language) -> Option<Example> {
    let (_, layer) = library(language);
    let call = call(method, layer).ok()??;
    let login = Login::of(role(method));
    let (extension, source) = match language {
        Language::Rust => ("rs", rust::program(schema(layer), &call, login)),
        Language::JavaScript => ("js", javascript::program(&call, login, false)),
        Language::TypeScript => ("ts", javascript::program(&call, login, true)),
        Language::Python => ("py", python::program(&call, login)),
        Language::CommandLine => ("sh", shell::program(schema(layer), &call, login)),
    };
    let run = runs::of(method, language);
    let file_name = format!("{}.{extension}", module_name(method.name()));
    Some(Example { language, title: language.title().to_owned(), file_name, source, run })
}

/// `messages.sendMessage` as a file or module is called: `messages_send_message`.
pub fn module_name(method: &str) -> String {
    let words: Vec<String> = method.split('.').flat_map(chappe_tl::rust_names::words).collect();
    words.join("_").to_ascii_lowercase()
}

/// A file of tables in TOML as JSON. The files are part of the crate, and a test reads them.
fn table(text: &str) -> Json {
    toml::from_str(text).unwrap_or_default()
}

/// Bytes that are all the same, and many.
fn repeated(bytes: &[u8]) -> Option<(u8, usize)> {
    let (first, rest) = bytes.split_first()?;
    (bytes.len() > 8 && rest.iter().all(|byte| byte == first)).then_some((*first, bytes.len()))
}

/// Bytes that are a text that needs no escapes.
fn as_text(bytes: &[u8]) -> Option<&str> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'\'');
    let text = std::str::from_utf8(bytes).ok()?;
    bytes.iter().all(plain).then_some(text)
}

/// A text in double quotes, as JSON, JavaScript and Python have it.
fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_rows(bytes: &[u8], open: &str, close: &'static str) -> Document {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:#04x}")).collect();
    let rows = all.chunks(12).map(|row| Document::text(row.join(", ")));
    Document::group(open, rows.collect(), close, "")
}
