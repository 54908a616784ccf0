//! Writing Markdown and HTML.

use std::borrow::Cow;

use crate::markup::{Entity, EntityKind, FormattedText};

/// Writes a text as Markdown: [`markdown`](super::markdown()) reads the same from it, except for quotes that do not
/// consist of whole lines, that quotes are collapsed, and formatting within code.
///
/// ```
/// use chappe::markup;
///
/// let text = markup::html("<i>2 * 3</i>")?;
/// assert_eq!(markup::to_markdown(&text), "__2 \\* 3__");
/// # Ok::<(), markup::HtmlError>(())
/// ```
pub fn to_markdown(text: &FormattedText) -> String {
    let mut printer = Markdown { out: String::new(), quoted: false, code: None, line_start: true };
    walk(text, &mut printer);
    printer.out
}

/// Writes a text as HTML: [`html`](super::html()) reads the same from it.
///
/// ```
/// use chappe::markup;
///
/// assert_eq!(markup::to_html(&markup::markdown("`1 < 2`")), "<code>1 &lt; 2</code>");
/// ```
pub fn to_html(text: &FormattedText) -> String {
    let mut printer = Html(String::new());
    walk(text, &mut printer);
    printer.0
}

/// Takes the meaning from everything in a text that Markdown would give one.
///
/// ```
/// assert_eq!(chappe::markup::escape_markdown("2 * 3_000"), "2 \\* 3\\_000");
/// ```
pub fn escape_markdown(text: &str) -> String {
    to_markdown(&FormattedText::from(text))
}

/// Takes the meaning from everything in a text that HTML would give one.
///
/// ```
/// assert_eq!(chappe::markup::escape_html("1 < 2 & 3"), "1 &lt; 2 &amp; 3");
/// ```
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_html(&mut out, c));
    out
}

trait Printer {
    /// Whether there is a way to write it.
    fn can(&self, kind: &EntityKind) -> bool;
    fn open(&mut self, kind: &EntityKind);
    fn close(&mut self, kind: &EntityKind);
    /// The next character; `edge` if a mark begins directly before it or ends directly after it.
    fn push(&mut self, c: char, edge: bool);
    /// Whether quotes consist of whole lines.
    fn is_by_line(&self) -> bool;
}

/// Cuts entities to the text and nests them, quotes outside.
fn arranged(text: &FormattedText, printer: &impl Printer) -> Vec<Entity> {
    let is_quote = |entity: &Entity| matches!(entity.kind, EntityKind::Blockquote { .. });
    let (quotes, others) =
        text.entities.iter().filter(|entity| printer.can(&entity.kind)).cloned().partition(is_quote);
    let normal = |entities| {
        let mut text = FormattedText { text: text.text.clone(), entities };
        text.normalize();
        text.entities
    };
    let mut end = 0;
    let mut arranged = normal(quotes);
    arranged.retain(|quote| {
        let alone = quote.offset >= end && (!printer.is_by_line() || has_whole_lines(&text.text, quote));
        if alone {
            // The line break after a quote of whole lines belongs to none.
            end = quote.offset + quote.length + i32::from(printer.is_by_line());
        }
        alone
    });
    let quotes = arranged.clone();
    for entity in normal(others) {
        cut_at(entity, &quotes, printer.is_by_line(), &mut arranged);
    }
    arranged.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length), !is_quote(entity)));
    arranged
}

/// Cuts an entity where a quote begins or ends within it. Between lines that belong together and others, the line
/// breaks cannot be formatted.
fn cut_at(entity: Entity, quotes: &[Entity], by_line: bool, cut: &mut Vec<Entity>) {
    let end = entity.offset + entity.length;
    let gap = i32::from(by_line);
    let mut start = entity.offset;
    let mut piece = |start: i32, end: i32| {
        if start < end {
            cut.push(Entity { offset: start, length: end - start, kind: entity.kind.clone() });
        }
    };
    for quote in quotes {
        let (from, to) = (quote.offset, quote.offset + quote.length);
        if from > start {
            piece(start, end.min(from - gap));
            start = start.max(from);
        }
        if to > start && from <= start {
            piece(start, end.min(to));
        }
        if from < end && to >= start {
            start = start.max(to + gap);
        }
    }
    piece(start, end);
}

fn has_whole_lines(text: &str, entity: &Entity) -> bool {
    let (mut at, mut before, mut begins, mut ends) = (0, '\n', false, false);
    let end = entity.offset.saturating_add(entity.length);
    for c in text.chars() {
        begins |= at == entity.offset && before == '\n';
        ends |= at == end && c == '\n';
        at += c.len_utf16() as i32;
        before = c;
    }
    begins && (ends || end >= at)
}

fn walk(text: &FormattedText, printer: &mut impl Printer) {
    let entities = arranged(text, printer);
    let mut next = entities.iter().peekable();
    let mut open: Vec<&Entity> = Vec::new();
    let mut at = 0;
    for c in text.text.chars() {
        let mut edge = false;
        while let Some(entity) = next.next_if(|entity| entity.offset <= at) {
            // Nothing is formatted within code, and nothing is bold twice.
            let twice = open.iter().any(|outer| same(&outer.kind, &entity.kind) || is_code(&outer.kind));
            if !twice && entity.offset + entity.length > at {
                printer.open(&entity.kind);
                open.push(entity);
                edge = true;
            }
        }
        at += c.len_utf16() as i32;
        let end = open.last().is_some_and(|entity| entity.offset + entity.length <= at);
        printer.push(c, edge || end);
        while let Some(entity) = open.pop_if(|entity| entity.offset + entity.length <= at) {
            printer.close(&entity.kind);
        }
    }
    while let Some(entity) = open.pop() {
        printer.close(&entity.kind);
    }
}

fn same(one: &EntityKind, other: &EntityKind) -> bool {
    let is_link = |kind: &EntityKind| {
        matches!(
            kind,
            EntityKind::TextUrl { .. } | EntityKind::MentionName { .. } | EntityKind::CustomEmoji { .. }
        )
    };
    std::mem::discriminant(one) == std::mem::discriminant(other) || is_link(one) && is_link(other)
}

fn is_code(kind: &EntityKind) -> bool {
    matches!(kind, EntityKind::Code | EntityKind::Pre { .. })
}

struct Markdown {
    out: String,
    quoted: bool,
    /// Within code, whether it is a block.
    code: Option<bool>,
    line_start: bool,
}

impl Markdown {
    fn mark(kind: &EntityKind) -> &'static str {
        match kind {
            EntityKind::Bold => "**",
            EntityKind::Code => "`",
            EntityKind::Italic => "__",
            EntityKind::Spoiler => "||",
            EntityKind::Strike => "~~",
            EntityKind::Underline => "++",
            _ => "",
        }
    }

    fn line(&mut self) {
        self.out.push('\n');
        if self.quoted {
            self.out.push_str("> ");
        }
        self.line_start = true;
    }
}

impl Printer for Markdown {
    fn can(&self, kind: &EntityKind) -> bool {
        has_markup(kind)
    }

    fn open(&mut self, kind: &EntityKind) {
        match kind {
            EntityKind::Blockquote { .. } => {
                self.out.push_str("> ");
                self.quoted = true;
            }
            EntityKind::Pre { language } => {
                self.out.push_str("```");
                // What is no word would be taken for code.
                let is_word = |c: char| c.is_ascii_alphanumeric() || "+#._-".contains(c);
                self.out.extend(language.chars().filter(|c| is_word(*c)));
                self.line();
                self.code = Some(true);
            }
            EntityKind::CustomEmoji { .. } => self.out.push_str("!["),
            EntityKind::MentionName { .. } | EntityKind::TextUrl { .. } => {
                // `!` before a link would make it an emoji.
                if self.out.ends_with('!') {
                    self.out.pop();
                    self.out.push_str("\\!");
                }
                self.out.push('[');
            }
            kind => {
                self.out.push_str(Self::mark(kind));
                if *kind == EntityKind::Code {
                    self.code = Some(false);
                }
            }
        }
    }

    fn close(&mut self, kind: &EntityKind) {
        match kind {
            EntityKind::Blockquote { .. } => self.quoted = false,
            EntityKind::Pre { .. } => {
                self.line();
                self.out.push_str("```");
                self.code = None;
                self.line_start = false;
            }
            EntityKind::CustomEmoji { document_id } => {
                self.out.push_str(&format!("](tg://emoji?id={document_id})"));
            }
            EntityKind::MentionName { user_id } => self.out.push_str(&format!("](tg://user?id={user_id})")),
            EntityKind::TextUrl { url } => {
                self.out.push_str("](");
                for c in url.chars() {
                    if matches!(c, ')' | '\\' | '\n') || c == '>' && self.line_start {
                        self.out.push('\\');
                    }
                    match c {
                        '\n' => self.line(),
                        c => {
                            self.out.push(c);
                            self.line_start = false;
                        }
                    }
                }
                self.out.push(')');
            }
            kind => {
                self.out.push_str(Self::mark(kind));
                self.code = None;
            }
        }
    }

    fn push(&mut self, c: char, edge: bool) {
        let escaped = match self.code {
            Some(_) => matches!(c, '`' | '\\') || c == '>' && self.line_start,
            // A space that touches a mark would keep it from being one.
            None => match c {
                '\\' | '`' | '*' | '_' | '|' | '~' | '+' | '[' | ']' => true,
                '>' => self.line_start,
                '\n' => false,
                c => edge && c.is_whitespace(),
            },
        };
        if c == '\n' {
            if edge && self.code.is_none() {
                self.out.push('\\');
            }
            return self.line();
        }
        if escaped {
            self.out.push('\\');
        }
        self.out.push(c);
        self.line_start = false;
    }

    fn is_by_line(&self) -> bool {
        true
    }
}

fn has_markup(kind: &EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Blockquote { .. }
            | EntityKind::Bold
            | EntityKind::Code
            | EntityKind::CustomEmoji { .. }
            | EntityKind::Italic
            | EntityKind::MentionName { .. }
            | EntityKind::Pre { .. }
            | EntityKind::Spoiler
            | EntityKind::Strike
            | EntityKind::TextUrl { .. }
            | EntityKind::Underline
    )
}

struct Html(String);

impl Html {
    fn tag(kind: &EntityKind) -> &'static str {
        match kind {
            EntityKind::Blockquote { .. } => "blockquote",
            EntityKind::Bold => "b",
            EntityKind::Code => "code",
            EntityKind::CustomEmoji { .. } => "tg-emoji",
            EntityKind::Italic => "i",
            EntityKind::Pre { .. } => "pre",
            EntityKind::Spoiler => "tg-spoiler",
            EntityKind::Strike => "s",
            EntityKind::Underline => "u",
            _ => "a",
        }
    }
}

fn push_html(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        c => out.push(c),
    }
}

fn attribute(value: &str) -> Cow<'_, str> {
    match value.contains(['&', '<', '>', '"']) {
        true => Cow::Owned(escape_html(value).replace('"', "&quot;")),
        false => Cow::Borrowed(value),
    }
}

impl Printer for Html {
    fn can(&self, kind: &EntityKind) -> bool {
        has_markup(kind)
    }

    fn open(&mut self, kind: &EntityKind) {
        let opened = match kind {
            EntityKind::Blockquote { collapsed: true } => "<blockquote expandable>".to_owned(),
            EntityKind::CustomEmoji { document_id } => format!("<tg-emoji emoji-id=\"{document_id}\">"),
            EntityKind::MentionName { user_id } => format!("<a href=\"tg://user?id={user_id}\">"),
            EntityKind::Pre { language } if !language.is_empty() => {
                format!("<pre><code class=\"language-{}\">", attribute(language))
            }
            EntityKind::TextUrl { url } => format!("<a href=\"{}\">", attribute(url)),
            kind => format!("<{}>", Self::tag(kind)),
        };
        self.0.push_str(&opened);
    }

    fn close(&mut self, kind: &EntityKind) {
        if matches!(kind, EntityKind::Pre { language } if !language.is_empty()) {
            self.0.push_str("</code>");
        }
        self.0.push_str(&format!("</{}>", Self::tag(kind)));
    }

    fn push(&mut self, c: char, _: bool) {
        push_html(&mut self.0, c);
    }

    fn is_by_line(&self) -> bool {
        false
    }
}
