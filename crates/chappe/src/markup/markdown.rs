//! Reading Markdown, in two steps: blocks by line, then marks within them. Nothing is an error: what has no counterpart
//! is text.

use super::{Builder, id, link};
use crate::markup::{EntityKind, FormattedText};

/// Reads Markdown. A mark counts if text is directly inside of it and its counterpart comes; a backslash takes the
/// meaning from what follows it.
///
/// ```
/// use chappe::markup::{EntityKind, markdown};
///
/// let text = markdown("2 ** 3 is **8**, \\**really");
/// assert_eq!(text.text, "2 ** 3 is 8, **really");
/// assert_eq!((text.entities[0].offset, &text.entities[0].kind), (10, &EntityKind::Bold));
/// ```
pub fn markdown(text: &str) -> FormattedText {
    let mut builder = Builder::default();
    for (number, (quoted, block)) in blocks(text).into_iter().enumerate() {
        if number > 0 {
            builder.push('\n');
        }
        let start = builder.len;
        emit(&tokens(&block), &mut builder);
        if quoted {
            builder.mark(start, EntityKind::Blockquote { collapsed: false });
        }
    }
    builder.finish()
}

/// Lines that belong together, and whether they are a quote. Marks do not reach from one to another.
fn blocks(text: &str) -> Vec<(bool, String)> {
    let mut blocks: Vec<(bool, String)> = Vec::new();
    let mut in_code = false;
    for line in text.split('\n') {
        let quote = if in_code && !blocks.last().is_some_and(|(quoted, _)| *quoted) {
            None
        } else {
            line.strip_prefix('>').map(|line| line.strip_prefix(' ').unwrap_or(line))
        };
        let (quoted, line) = quote.map_or((false, line), |line| (true, line));
        match blocks.last_mut() {
            Some((before, block)) if *before == quoted => {
                block.push('\n');
                block.push_str(line);
            }
            _ => {
                in_code = false;
                blocks.push((quoted, line.to_owned()));
            }
        }
        in_code ^= fences(line) % 2 == 1;
    }
    blocks
}

/// How often a line begins or ends a block of code.
fn fences(line: &str) -> usize {
    let (mut rest, mut count) = (line, 0);
    while let Some(at) = rest.find(['\\', '`']) {
        let (_, from) = rest.split_at(at);
        rest = match from.strip_prefix("```") {
            Some(after) => {
                count += 1;
                after
            }
            None => {
                let mut chars = from.chars();
                if chars.next() == Some('\\') {
                    chars.next();
                }
                chars.as_str()
            }
        };
    }
    count
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Bold,
    Italic,
    Spoiler,
    Strike,
    Underline,
}

const MARKS: [(Mark, &str); 5] = [
    (Mark::Bold, "**"),
    (Mark::Italic, "__"),
    (Mark::Spoiler, "||"),
    (Mark::Strike, "~~"),
    (Mark::Underline, "++"),
];

impl Mark {
    fn kind(self) -> EntityKind {
        match self {
            Self::Bold => EntityKind::Bold,
            Self::Italic => EntityKind::Italic,
            Self::Spoiler => EntityKind::Spoiler,
            Self::Strike => EntityKind::Strike,
            Self::Underline => EntityKind::Underline,
        }
    }
}

enum Token<'a> {
    Text(char),
    Code(String),
    Pre {
        language: &'a str,
        code: String,
    },
    Mark {
        mark: Mark,
        opens: bool,
        closes: bool,
    },
    /// `[`, or `![`.
    LinkOpen {
        emoji: bool,
    },
    /// `](…)`; the address, and how it was written.
    LinkClose {
        url: String,
        raw: &'a str,
    },
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    // Whether something other than a space is directly before.
    let mut solid = false;
    while let Some(c) = rest.chars().next() {
        let (token, after) = token(rest, c, solid);
        solid = match &token {
            Token::Text(c) => !c.is_whitespace() || rest.starts_with('\\'),
            // What is inside has to touch the mark.
            Token::LinkOpen { .. } | Token::Mark { closes: false, .. } => false,
            _ => true,
        };
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// The next token, and what is after it.
fn token(rest: &str, c: char, solid: bool) -> (Token<'_>, &str) {
    let next = rest.get(c.len_utf8()..).unwrap_or_default();
    let text = (Token::Text(c), next);
    match c {
        '\\' => match next.chars().next() {
            Some(escaped) if escaped.is_ascii_punctuation() || escaped.is_whitespace() => {
                (Token::Text(escaped), next.get(escaped.len_utf8()..).unwrap_or_default())
            }
            _ => text,
        },
        '`' => pre(rest).or_else(|| code(rest)).unwrap_or(text),
        '[' => (Token::LinkOpen { emoji: false }, next),
        '!' if next.starts_with('[') => (Token::LinkOpen { emoji: true }, next.get(1..).unwrap_or_default()),
        ']' => link_close(rest).unwrap_or(text),
        _ => {
            let found = MARKS.iter().find_map(|(mark, written)| Some((*mark, rest.strip_prefix(written)?)));
            found.map_or(text, |(mark, after)| {
                let opens = after.chars().next().is_some_and(|next| !next.is_whitespace());
                (Token::Mark { mark, opens, closes: solid }, after)
            })
        }
    }
}

/// Everything up to an end, with backslashes before `escapable` taken out, and what is after the end.
fn until<'a>(text: &'a str, end: &str, escapable: impl Fn(char) -> bool) -> Option<(String, &'a str)> {
    let mut found = String::new();
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix(end) {
            return Some((found, after));
        }
        let mut chars = rest.chars();
        let c = chars.next()?;
        let escaped = chars.clone().next().filter(|next| c == '\\' && escapable(*next));
        if escaped.is_some() {
            chars.next();
        }
        found.push(escaped.unwrap_or(c));
        rest = chars.as_str();
    }
}

fn in_code(c: char) -> bool {
    matches!(c, '`' | '\\' | '>')
}

fn code(rest: &str) -> Option<(Token<'_>, &str)> {
    let (code, after) = until(rest.strip_prefix('`')?, "`", in_code)?;
    (!code.is_empty()).then_some((Token::Code(code), after))
}

fn pre(rest: &str) -> Option<(Token<'_>, &str)> {
    let inside = rest.strip_prefix("```")?;
    let is_language = |c: char| c.is_ascii_alphanumeric() || "+#._-".contains(c);
    let (language, inside, lines) = match inside.split_once('\n') {
        Some((language, lines)) if language.chars().all(is_language) => (language, lines, true),
        _ => ("", inside, false),
    };
    let (mut code, after) = until(inside, "```", in_code)?;
    if lines && code.ends_with('\n') {
        code.pop();
    }
    (!code.is_empty()).then_some((Token::Pre { language, code }, after))
}

fn link_close(rest: &str) -> Option<(Token<'_>, &str)> {
    let (url, after) = until(rest.strip_prefix("](")?, ")", |_| true)?;
    let raw = rest.get(..rest.len() - after.len())?;
    (!url.is_empty()).then_some((Token::LinkClose { url, raw }, after))
}

/// Finds the counterparts: for each opening token the number of its closing one. Each mark is open at most once, and
/// what was opened within a mark ends with it.
fn counterparts(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut places = [None::<usize>; MARKS.len()];
    let mut links: Vec<usize> = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        // Its place among the open ones, if it closes something.
        let place = match token {
            Token::Mark { mark, closes: true, .. } => places[*mark as usize],
            Token::LinkClose { .. } => links.last().copied(),
            _ => None,
        };
        let opener = place.and_then(|place| open.get(place).copied());
        if let (Some(place), Some(opener)) = (place, opener)
            && opener + 1 < number
        {
            if let Some(pair) = pairs.get_mut(opener) {
                *pair = Some(number);
            }
            for gone in open.drain(place..) {
                match tokens.get(gone) {
                    Some(Token::Mark { mark, .. }) => places[*mark as usize] = None,
                    _ => drop(links.pop()),
                }
            }
            if let Token::LinkClose { .. } = token {
                // There are no links within links.
                links.clear();
            }
            continue;
        }
        match token {
            Token::Mark { mark, opens: true, .. } if places[*mark as usize].is_none() => {
                places[*mark as usize] = Some(open.len());
                open.push(number);
            }
            Token::LinkOpen { .. } => {
                links.push(open.len());
                open.push(number);
            }
            _ => {}
        }
    }
    pairs
}

fn emit(tokens: &[Token<'_>], builder: &mut Builder) {
    let pairs = counterparts(tokens);
    // For closing tokens: where their mark began and what it is.
    let mut ends = std::collections::HashMap::new();
    for (number, token) in tokens.iter().enumerate() {
        let end = pairs.get(number).copied().flatten();
        if let Some((start, kind)) = ends.remove(&number) {
            builder.mark(start, kind);
            continue;
        }
        match (token, end) {
            (Token::Text(c), _) => builder.push(*c),
            (Token::Code(code), _) => {
                let start = builder.len;
                builder.push_str(code);
                builder.mark(start, EntityKind::Code);
            }
            (Token::Pre { language, code }, _) => {
                let start = builder.len;
                builder.push_str(code);
                builder.mark(start, EntityKind::Pre { language: (*language).to_owned() });
            }
            (Token::Mark { mark, .. }, Some(end)) => {
                ends.insert(end, (builder.len, mark.kind()));
            }
            (Token::LinkOpen { emoji }, Some(end)) => {
                let url = match tokens.get(end) {
                    Some(Token::LinkClose { url, .. }) => url.clone(),
                    _ => String::new(),
                };
                let kind = match id(&url, "tg://emoji?id=").filter(|_| *emoji) {
                    Some(document_id) => EntityKind::CustomEmoji { document_id },
                    None => {
                        if *emoji {
                            builder.push('!');
                        }
                        link(url)
                    }
                };
                ends.insert(end, (builder.len, kind));
            }
            (Token::Mark { mark, .. }, None) => {
                builder.push_str(MARKS.iter().find(|(other, _)| other == mark).map_or("", |(_, text)| text));
            }
            (Token::LinkOpen { emoji }, None) => builder.push_str(if *emoji { "![" } else { "[" }),
            (Token::LinkClose { raw, .. }, _) => builder.push_str(raw),
        }
    }
}
