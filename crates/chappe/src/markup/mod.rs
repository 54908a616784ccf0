//! Text with formatting: Markdown and HTML to entities and back, for cloud and secret messages alike.
//!
//! ```
//! use chappe::markup;
//!
//! let text = markup::markdown("**bold**, __italic__ and [a link](https://example.org)");
//! assert_eq!(text.text, "bold, italic and a link");
//! assert_eq!(markup::to_html(&text), "<b>bold</b>, <i>italic</i> and <a href=\"https://example.org\">a link</a>");
//! assert_eq!(markup::html("<b>1 &lt; 2</b>")?.text, "1 < 2");
//! # Ok::<(), markup::HtmlError>(())
//! ```
//!
//! | | Markdown | HTML |
//! |---|---|---|
//! | bold | `**…**` | `<b>`, `<strong>` |
//! | italic | `__…__` | `<i>`, `<em>` |
//! | underlined | `++…++` | `<u>`, `<ins>` |
//! | struck out | `~~…~~` | `<s>`, `<strike>`, `<del>` |
//! | hidden until touched | <code>\|\|…\|\|</code> | `<tg-spoiler>`, `<span class="tg-spoiler">` |
//! | code | `` `…` `` | `<code>` |
//! | block of code | ```` ```rust ````, lines, ```` ``` ```` | `<pre>`, `<pre><code class="language-rust">` |
//! | quote | `> ` at the beginning of each line | `<blockquote>` |
//! | quote, collapsed until touched | | `<blockquote expandable>` |
//! | link | `[…](https://…)` | `<a href="https://…">` |
//! | person | `[…](tg://user?id=1)` | `<a href="tg://user?id=1">` |
//! | custom emoji | `![…](tg://emoji?id=1)` | `<tg-emoji emoji-id="1">` |
//!
//! Offsets and lengths of entities count UTF-16 code units, as the protocol demands; the functions here do that by
//! themselves. Kinds that the server or the other program finds by itself (addresses, hashtags, phone numbers) have no
//! markup.

mod api;
mod html;
mod markdown;
mod print;
#[cfg(test)]
mod tests;

pub use api::{from_api, to_api};
pub use chappe_secret::{Entity, EntityKind, FormattedText};
pub use html::{HtmlError, html};
pub use markdown::markdown;
pub use print::{escape_html, escape_markdown, to_html, to_markdown};

/// What a link stands for.
fn link(url: String) -> EntityKind {
    match id(&url, "tg://user?id=") {
        Some(user_id) => EntityKind::MentionName { user_id },
        None => EntityKind::TextUrl { url },
    }
}

fn id(url: &str, prefix: &str) -> Option<i64> {
    url.strip_prefix(prefix)?.parse().ok()
}

/// A text under construction.
#[derive(Default)]
struct Builder {
    text: FormattedText,
    /// Length of the text in UTF-16 code units.
    len: i32,
}

impl Builder {
    fn push(&mut self, c: char) {
        self.text.text.push(c);
        self.len = self.len.saturating_add(c.len_utf16() as i32);
    }

    fn push_str(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    /// Marks everything since `offset`.
    fn mark(&mut self, offset: i32, kind: EntityKind) {
        let length = self.len.saturating_sub(offset);
        if length > 0 {
            self.text.entities.push(Entity { offset, length, kind });
        }
    }

    /// The text, its entities in the order of the protocol: outer ones first.
    fn finish(mut self) -> FormattedText {
        // Of two that begin and end together the outer one was ended last.
        self.text.entities.reverse();
        self.text.entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length)));
        self.text
    }
}
