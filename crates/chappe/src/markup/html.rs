//! Reading HTML: the few tags that formatting has.

use super::{Builder, link};
use crate::markup::{EntityKind, FormattedText};

/// Why a text is not HTML of the kind that messages have.
///
/// ```
/// use chappe::markup::{HtmlError, html};
///
/// assert!(matches!(html("<b>never ended"), Err(HtmlError::Unended { name }) if name == "b"));
/// assert!(matches!(html("a <marquee>"), Err(HtmlError::UnknownTag { at: 2, .. })));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HtmlError {
    /// A tag without its end, or with a broken attribute.
    #[error("the tag at byte {at} is not complete: a plain `<` is written `&lt;`")]
    Incomplete {
        /// Where it begins, in bytes.
        at: usize,
    },
    /// An end that does not belong to the last tag that is open.
    #[error("`</{name}>` at byte {at} does not end the tag that is open there{}", open.as_ref().map(|open| format!(" (`<{open}>`)")).unwrap_or_default())]
    Mismatch {
        /// Where it is, in bytes.
        at: usize,
        /// What is ended.
        name: String,
        /// What is open.
        open: Option<String>,
    },
    /// A tag or an attribute that formatting does not have.
    #[error("`<{name}>` at byte {at} is not a tag of messages: a plain `<` is written `&lt;`")]
    UnknownTag {
        /// Where it is, in bytes.
        at: usize,
        /// Its name.
        name: String,
    },
    /// A tag that is never ended.
    #[error("`<{name}>` is never ended: add `</{name}>`")]
    Unended {
        /// Its name.
        name: String,
    },
}

/// An open tag.
struct Open {
    name: String,
    /// Where it began, in UTF-16 code units.
    start: i32,
    /// `None` for a tag that has no meaning of its own.
    kind: Option<EntityKind>,
}

/// Reads HTML. Line breaks and spaces count as they are; `<br>` is a line break; `&lt;`, `&gt;`, `&amp;`, `&quot;`,
/// `&apos;`, `&nbsp;` and numbers are characters, and any other `&` is itself.
///
/// ```
/// use chappe::markup;
///
/// let name = "<Bob>"; // from outside
/// let text = markup::html(&format!("<b>{}</b> has joined", markup::escape_html(name)))?;
/// assert_eq!((text.text.as_str(), text.entities[0].length), ("<Bob> has joined", 5));
/// # Ok::<(), markup::HtmlError>(())
/// ```
///
/// # Errors
/// [`HtmlError`] says where and what; use [`escape_html`](super::escape_html) for text that is not markup.
pub fn html(text: &str) -> Result<FormattedText, HtmlError> {
    let mut builder = Builder::default();
    let mut open: Vec<Open> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        match c {
            '<' => {
                let (tag, after) = Tag::read(rest).ok_or(HtmlError::Incomplete { at })?;
                rest = after;
                if tag.ends {
                    end(tag, &mut open, &mut builder, at)?;
                } else if tag.name == "br" {
                    builder.push('\n');
                } else {
                    begin(tag, &mut open, &builder, at)?;
                }
            }
            '&' => {
                let (c, after) = character(rest).unwrap_or(('&', rest.get(1..).unwrap_or_default()));
                builder.push(c);
                rest = after;
            }
            c => {
                builder.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    match open.pop() {
        Some(open) => Err(HtmlError::Unended { name: open.name }),
        None => Ok(builder.finish()),
    }
}

fn begin(tag: Tag, open: &mut Vec<Open>, builder: &Builder, at: usize) -> Result<(), HtmlError> {
    let attribute =
        |name: &str| tag.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    let unknown = || HtmlError::UnknownTag { at, name: tag.name.clone() };
    let kind = match tag.name.as_str() {
        "a" => link(attribute("href").filter(|url| !url.is_empty()).ok_or_else(unknown)?.clone()),
        "b" | "strong" => EntityKind::Bold,
        "blockquote" => EntityKind::Blockquote { collapsed: attribute("expandable").is_some() },
        "code" => match open.last_mut() {
            // `<pre><code class="language-rust">` is one thing.
            Some(Open { kind: Some(EntityKind::Pre { language }), start, .. }) if *start == builder.len => {
                if let Some(class) = attribute("class").and_then(|class| class.strip_prefix("language-")) {
                    class.clone_into(language);
                }
                open.push(Open { name: tag.name, start: builder.len, kind: None });
                return Ok(());
            }
            _ => EntityKind::Code,
        },
        "em" | "i" => EntityKind::Italic,
        "ins" | "u" => EntityKind::Underline,
        "pre" => EntityKind::Pre { language: String::new() },
        "del" | "s" | "strike" => EntityKind::Strike,
        "span" if attribute("class").is_some_and(|class| class == "tg-spoiler") => EntityKind::Spoiler,
        "tg-emoji" => {
            let id = attribute("emoji-id").and_then(|id| id.parse().ok());
            EntityKind::CustomEmoji { document_id: id.ok_or_else(unknown)? }
        }
        "tg-spoiler" => EntityKind::Spoiler,
        _ => return Err(unknown()),
    };
    open.push(Open { name: tag.name, start: builder.len, kind: Some(kind) });
    Ok(())
}

fn end(tag: Tag, open: &mut Vec<Open>, builder: &mut Builder, at: usize) -> Result<(), HtmlError> {
    match open.pop_if(|open| open.name == tag.name) {
        Some(Open { start, kind, .. }) => {
            if let Some(kind) = kind {
                builder.mark(start, kind);
            }
            Ok(())
        }
        None => {
            let open = open.last().map(|open| open.name.clone());
            Err(HtmlError::Mismatch { at, name: tag.name, open })
        }
    }
}

struct Tag {
    name: String,
    ends: bool,
    attributes: Vec<(String, String)>,
}

/// More than any tag here has.
const MAX_ATTRIBUTES: usize = 8;

impl Tag {
    /// Reads a tag at the beginning; what is after it comes, too.
    fn read(text: &str) -> Option<(Self, &str)> {
        let rest = text.strip_prefix('<')?;
        let (ends, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let (name, mut rest) = word(rest)?;
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_ascii_start();
            if let Some(after) = rest.strip_prefix("/>").filter(|_| name == "br").or(rest.strip_prefix('>')) {
                return Some((Self { name, ends, attributes }, after));
            }
            let (attribute, after) = word(rest)?;
            let (value, after) = match after.trim_ascii_start().strip_prefix('=') {
                Some(after) => {
                    let after = after.trim_ascii_start();
                    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                    after.get(1..)?.split_once(quote)?
                }
                // Its name alone says all.
                None => ("", after),
            };
            if attributes.len() >= MAX_ATTRIBUTES {
                return None;
            }
            attributes.push((attribute, characters(value)));
            rest = after;
        }
    }
}

/// Letters, digits and hyphens, in lower case.
fn word(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then(|| (word.to_ascii_lowercase(), rest))
}

/// A character written as `&…;`.
fn character(text: &str) -> Option<(char, &str)> {
    // Nothing longer is one.
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "nbsp" => '\u{a0}',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| *c != '\0')?
        }
    };
    Some((c, text.get(end + 1..)?))
}

fn characters(text: &str) -> String {
    let (mut found, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        let (c, after) = if c == '&' { character(rest) } else { None }
            .unwrap_or((c, rest.get(c.len_utf8()..).unwrap_or_default()));
        found.push(c);
        rest = after;
    }
    found
}
