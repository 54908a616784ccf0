//! Texts inside Markdown pages.

use pulldown_cmark::{Event, Parser, Tag};

use super::html::resolve;

/// A text with links to the Markdown twins of pages.
pub(super) fn words(from: &str, markdown: &str) -> String {
    let (mut result, mut done) = (String::new(), 0);
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        let piece = markdown.get(range.clone()).unwrap_or_default();
        let Some(end) = piece.rfind("](") else { continue };
        result.push_str(markdown.get(done..range.start).unwrap_or_default());
        result.push_str(piece.get(..end).unwrap_or_default());
        result.push_str(&format!("]({})", resolve(from, &dest_url, ".md")));
        done = range.end;
    }
    result.push_str(markdown.get(done..).unwrap_or_default());
    result.trim().to_owned()
}

/// The same in a cell of a table.
pub(super) fn cell(from: &str, markdown: &str) -> String {
    words(from, markdown).replace('\n', " ").replace('|', "\\|")
}

/// Underscores of a name, as the original pages write them.
pub(super) fn escape(name: &str) -> String {
    name.replace('_', "\\_")
}

/// A text without marks.
pub(crate) fn plain(markdown: &str) -> String {
    let mut result = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => result.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => result.push(' '),
            _ => {}
        }
    }
    result.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".").replace(" ,", ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_twins() {
        assert_eq!(
            words("methods/a", "A [`B`](types/B) and [c](https://x)."),
            "A [`B`](../types/B.md) and [c](https://x)."
        );
        assert_eq!(cell("methods/a", "a\nb | c"), "a b \\| c");
    }
}
