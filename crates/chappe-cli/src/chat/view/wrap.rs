//! Texts with formatting, broken into lines.

use chappe::secret::{EntityKind, FormattedText};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use crate::printable;

/// One character as people see it.
struct Cell<'a> {
    text: &'a str,
    width: usize,
    style: Style,
}

/// Breaks a text into lines of at most `width` columns, between words if that is possible. `shown` uncovers what is
/// hidden until it is touched.
pub(super) fn wrap(text: &FormattedText, width: usize, shown: bool, look: &Look) -> Vec<Line<'static>> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut at = 0;
    for paragraph in text.text.split('\n') {
        let cells: Vec<Cell<'_>> = paragraph
            .graphemes(true)
            .map(|grapheme| {
                let style = style(text, at, shown, look);
                at = at.saturating_add(units(grapheme));
                match style {
                    Some(style) => Cell { text: grapheme, width: grapheme.width(), style },
                    None => Cell { text: "\u{2592}", width: 1, style: look.faint() },
                }
            })
            .collect();
        at = at.saturating_add(1);
        lines.extend(broken(&cells, width).map(line));
    }
    lines
}

fn units(text: &str) -> i32 {
    text.encode_utf16().count().try_into().unwrap_or(i32::MAX)
}

/// How the character at a place looks; nothing if it is hidden.
fn style(text: &FormattedText, at: i32, shown: bool, look: &Look) -> Option<Style> {
    use EntityKind as K;
    let mut style = Style::new();
    for entity in printable::covering(&text.entities, at) {
        style = match entity.kind {
            K::Bold => style.add_modifier(Modifier::BOLD),
            K::Italic => style.add_modifier(Modifier::ITALIC),
            K::Underline => style.add_modifier(Modifier::UNDERLINED),
            K::Strike => style.add_modifier(Modifier::CROSSED_OUT),
            K::Blockquote { .. } => style.patch(look.faint()),
            K::Code | K::Pre { .. } => style.patch(look.code()),
            K::Spoiler if !shown => return None,
            K::TextUrl { .. } | K::Url | K::Email | K::Mention | K::MentionName { .. } | K::Hashtag => {
                style.patch(look.link())
            }
            _ => style,
        };
    }
    Some(style)
}

/// The parts of a paragraph that fit into a line each.
fn broken<'a, 'b>(cells: &'b [Cell<'a>], width: usize) -> impl Iterator<Item = &'b [Cell<'a>]> {
    let mut rest = Some(cells);
    std::iter::from_fn(move || {
        let cells = rest.take()?;
        let (mut columns, mut blank) = (0, None);
        for (at, cell) in cells.iter().enumerate() {
            if cell.text == " " {
                blank = Some(at);
            }
            columns += cell.width;
            // One that is wider than the whole line has a line of its own.
            if columns > width && at > 0 {
                let (end, next) = match blank {
                    Some(blank) if blank > 0 => (blank, blank + 1),
                    _ => (at, at),
                };
                rest = cells.get(next..);
                return cells.get(..end);
            }
        }
        Some(cells)
    })
}

/// Neighbours that look alike are one span.
fn line(cells: &[Cell<'_>]) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for cell in cells {
        match spans.last_mut() {
            Some(span) if span.style == cell.style => span.content.to_mut().push_str(cell.text),
            _ => spans.push(Span::styled(cell.text.to_owned(), cell.style)),
        }
    }
    Line::from(spans)
}

/// Cuts a text to so many columns; three dots stand for the rest.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut kept, mut columns) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        columns += grapheme.width();
        if columns >= width {
            break;
        }
        kept.push_str(grapheme);
    }
    if width > 0 {
        kept.push('\u{2026}');
    }
    kept
}

#[cfg(test)]
mod tests {
    use chappe::markup;
    use jiff::tz::TimeZone;

    use super::*;

    fn lines(markdown: &str, width: usize, shown: bool) -> Vec<String> {
        let look = Look { colour: false, zone: TimeZone::UTC };
        wrap(&markup::markdown(markdown), width, shown, &look).iter().map(Line::to_string).collect()
    }

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        assert_eq!(lines("one two three", 8, false), ["one two", "three"]);
        assert_eq!(lines("abcdefgh ij", 3, false), ["abc", "def", "gh", "ij"]);
        assert_eq!(lines("a\n\nb", 9, false), ["a", "", "b"]);
        assert_eq!(lines("", 9, false), [""]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(lines("\u{6f22}\u{5b57}\u{6f22}", 4, false), ["\u{6f22}\u{5b57}", "\u{6f22}"]);
        assert_eq!(lines("\u{6f22}\u{5b57}", 1, false), ["\u{6f22}", "\u{5b57}"]);
    }

    #[test]
    fn what_is_hidden_is_shown_when_asked_for() {
        assert_eq!(lines("a ||\u{1f600}bc|| d", 20, false), ["a \u{2592}\u{2592}\u{2592} d"]);
        assert_eq!(lines("a ||\u{1f600}bc|| d", 20, true), ["a \u{1f600}bc d"]);
    }

    #[test]
    fn formatting_covers_its_part_after_wide_characters() {
        let look = Look { colour: false, zone: TimeZone::UTC };
        let lines = wrap(&markup::markdown("\u{1f600}\n**bold** plain"), 40, false, &look);
        let bold: Vec<&str> = lines[1]
            .iter()
            .filter(|span| span.style.add_modifier.contains(Modifier::BOLD))
            .map(|span| &*span.content)
            .collect();
        assert_eq!(bold, ["bold"]);
    }

    #[test]
    fn long_titles_are_cut() {
        assert_eq!(cut("abcdef", 4), "abc\u{2026}");
        assert_eq!(cut("\u{6f22}\u{5b57}\u{6f22}", 4), "\u{6f22}\u{2026}");
        assert_eq!((cut("abc", 3), cut("abc", 0)), ("abc".to_owned(), String::new()));
    }
}
