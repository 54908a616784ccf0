//! Texts of the npm package `@mtcute/core`, read where it is installed: they stand where we have none, marked with their
//! source, and nothing of them is kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::Origin;
use crate::page::Words;
use crate::prose::Kind;

/// The file in the package.
const FILE: &str = "tl/api-schema.json";
/// Whom the texts are from.
const SOURCE: &str = "@mtcute/core";

/// Why the texts cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionsError {
    /// The file cannot be read.
    #[error("{}: {source}; give the folder of an installed npm package @mtcute/core", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file has another form.
    #[error("{}: {source}; its form is that of @mtcute/core 0.29 to 0.31", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// The texts.
#[derive(Debug)]
pub struct Descriptions {
    methods: HashMap<String, Description>,
    constructors: HashMap<String, Description>,
    types: HashMap<String, String>,
}

/// What is said of a method or a constructor.
#[derive(Debug)]
pub(crate) struct Description {
    comment: Option<String>,
    fields: HashMap<String, String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "e")]
    entries: Vec<Entry>,
    #[serde(rename = "u")]
    unions: Unions,
}

/// The texts of types, in either form that they have had.
#[derive(Deserialize)]
#[serde(untagged)]
enum Unions {
    ByName(HashMap<String, String>),
    Pairs(Vec<(String, String)>),
}

#[derive(Deserialize)]
struct Entry {
    kind: String,
    name: String,
    comment: Option<String>,
    #[serde(default)]
    arguments: Vec<Argument>,
}

#[derive(Deserialize)]
struct Argument {
    name: String,
    comment: Option<String>,
}

impl Descriptions {
    /// Reads the texts of the package in this folder.
    ///
    /// # Errors
    /// The file is not there or has another form.
    pub fn read(folder: &Path) -> Result<Self, DescriptionsError> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| DescriptionsError::Read { path: path.clone(), source })?;
        Self::parse(&text).map_err(|source| DescriptionsError::Form { path, source })
    }

    fn parse(text: &str) -> serde_json::Result<Self> {
        let file: File = serde_json::from_str(text)?;
        let (mut methods, mut constructors) = (HashMap::new(), HashMap::new());
        for entry in file.entries {
            let fields = entry.arguments.into_iter().filter_map(|it| Some((it.name, it.comment?))).collect();
            let list = if entry.kind == "method" { &mut methods } else { &mut constructors };
            list.insert(entry.name, Description { comment: entry.comment, fields });
        }
        let types = match file.unions {
            Unions::ByName(types) => types,
            Unions::Pairs(pairs) => pairs.into_iter().collect(),
        };
        Ok(Self { methods, constructors, types })
    }

    pub(crate) fn method(&self, name: &str) -> Option<&Description> {
        self.methods.get(name)
    }

    pub(crate) fn constructor(&self, name: &str) -> Option<&Description> {
        self.constructors.get(name)
    }

    pub(crate) fn summary(&self, kind: Kind, origin: Origin, name: &str) -> Option<Words> {
        match (kind, origin) {
            (Kind::Method, _) => self.method(name)?.text(),
            (Kind::Constructor, Origin::Api) => self.constructor(name)?.text(),
            (Kind::Type, Origin::Api) => words(self.types.get(name)?),
            _ => None,
        }
    }
}

impl Description {
    pub(crate) fn text(&self) -> Option<Words> {
        words(self.comment.as_ref()?)
    }

    pub(crate) fn field(&self, name: &str) -> Option<Words> {
        words(self.fields.get(name)?)
    }
}

fn words(html: &str) -> Option<Words> {
    let markdown = markdown(&named(html));
    (!markdown.is_empty()).then(|| Words { markdown, source: Some(SOURCE.to_owned()) })
}

/// What the texts call after the classes of the package, by its name in TL: `{@link auth.RawSendCodeRequest}` is
/// `auth.sendCode`.
fn named(html: &str) -> String {
    let mut parts = html.split("{@link ");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (class, after) = part.split_once('}').unwrap_or((part, ""));
        let (namespace, class) = class.rsplit_once('.').map_or(("", class), |(space, class)| (space, class));
        let dot = if namespace.is_empty() { "" } else { "." };
        let name = match class.strip_prefix("Raw") {
            Some(name) => lower(name.strip_suffix("Request").unwrap_or(name)),
            None => class.strip_prefix("Type").unwrap_or(class).to_owned(),
        };
        result.push_str(&format!("<code>{namespace}{dot}{name}</code>{after}"));
    }
    result
}

fn lower(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The little HTML of the texts as Markdown: links and code stay, other tags go.
fn markdown(html: &str) -> String {
    let (mut result, mut rest, mut link) = (String::new(), html, None);
    while let Some((before, after)) = rest.split_once('<') {
        text(&mut result, before);
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let word = tag.split([' ', '/']).find(|word| !word.is_empty()).unwrap_or_default();
        match (word, tag.starts_with('/')) {
            ("code", _) => result.push('`'),
            ("br" | "p" | "li" | "ul" | "ol", _) => result.push(' '),
            ("a", false) => {
                let address = tag.split_once("href=\"").and_then(|(_, rest)| rest.split_once('"'));
                link = address.map(|(address, _)| address).filter(|address| address.starts_with("https://"));
                result.push_str(if link.is_some() { "[" } else { "" });
            }
            ("a", true) => {
                if let Some(address) = link.take() {
                    result.push_str(&format!("]({})", address.replace(')', "%29").replace(' ', "%20")));
                }
            }
            _ => {}
        }
        rest = after;
    }
    text(&mut result, rest);
    result.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text without tags, with what has a meaning in Markdown made harmless.
fn text(result: &mut String, html: &str) {
    let plain = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    for char in plain.chars() {
        if matches!(char, '[' | ']' | '*' | '_' | '\\' | '|' | '<')
            && result.matches('`').count().is_multiple_of(2)
        {
            result.push('\\');
        }
        result.push(char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_links_and_code_and_nothing_else() {
        let html =
            "<p>The <code>g_a</code> of a <a href=\"https://example.org/x\">chat</a> &amp; <b>more</b>.</p>";
        assert_eq!(markdown(html), "The `g_a` of a [chat](https://example.org/x) & more.");
        assert_eq!(markdown("<a href=\"javascript:x()\">a_b</a> <script>"), "a\\_b");
    }

    #[test]
    fn classes_of_the_package_get_their_names_in_tl() {
        let said = |html| words(html).unwrap().markdown;
        assert_eq!(said("A code, see {@link auth.RawSendCodeRequest}."), "A code, see `auth.sendCode`.");
        assert_eq!(
            said("{@link RawUserFull}.`about`, {@link TypeInputPeer}"),
            "`userFull`.`about`, `InputPeer`"
        );
        assert_eq!(said("open {@link RawUser"), "open `user`");
    }

    #[test]
    fn texts_are_marked_with_their_source() {
        let text = r#"{"l": 228, "e": [{"kind": "method", "name": "a.b", "comment": "Does it.", "arguments": [
            {"name": "id", "comment": "Which"}, {"name": "flags"}]}], "u": {"T": "A type."}}"#;
        let texts = Descriptions::parse(text).unwrap();
        let pairs = text.replace(r#"{"T": "A type."}"#, r#"[["T", "A type."]]"#);
        assert_eq!(Descriptions::parse(&pairs).unwrap().types, texts.types);
        let method = texts.method("a.b").unwrap();
        assert_eq!(method.text().unwrap().source.as_deref(), Some("@mtcute/core"));
        assert_eq!(method.field("id").unwrap().markdown, "Which");
        assert!(method.field("flags").is_none());
        assert_eq!(texts.summary(Kind::Type, Origin::Api, "T").unwrap().markdown, "A type.");
        assert!(texts.summary(Kind::Type, Origin::Secret, "T").is_none());
    }
}
