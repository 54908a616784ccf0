//! Markdown as HTML, with links that work from the page they stand on.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::Highlighter;

/// The way from one page to another, both without ending: `../types/EncryptedChat`.
pub fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.split('/').collect(), to.split('/').collect());
    let common =
        from.iter().zip(&to).take_while(|(a, b)| a == b).count().min(from.len() - 1).min(to.len() - 1);
    let ups = "../".repeat(from.len() - 1 - common);
    format!("{ups}{}", to.get(common..).unwrap_or_default().join("/"))
}

/// What a link in a text leads to from the page `from`, with `ending` for pages.
pub(super) fn resolve(from: &str, link: &str, ending: &str) -> String {
    if link.contains("://") || link.starts_with('#') || link.starts_with("mailto:") {
        return link.to_owned();
    }
    let (page, part) = link.split_once('#').map_or((link, None), |(page, part)| (page, Some(part)));
    let part = part.map(|part| format!("#{part}")).unwrap_or_default();
    format!("{}{ending}{part}", relative(from, page))
}

/// A text as HTML. `inline` leaves out the paragraph around a single one.
pub(super) fn words(highlighter: &Highlighter, from: &str, markdown: &str, inline: bool) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut code = None::<(String, String)>;
    for event in Parser::new_ext(markdown, options) {
        let event = match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split(' ').next().unwrap_or_default().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((language, String::new()));
                continue;
            }
            Event::End(TagEnd::CodeBlock) => {
                let (language, source) = code.take().unwrap_or_default();
                Event::Html(code_block(highlighter, &language, &source).into())
            }
            Event::Text(text) if code.is_some() => {
                code.iter_mut().for_each(|(_, source)| source.push_str(&text));
                continue;
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = resolve(from, &dest_url, ".html").into();
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            // Comments go; other tags are shown as they were written, never obeyed.
            Event::Html(text) | Event::InlineHtml(text) if text.trim_start().starts_with("<!--") => {
                continue;
            }
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::Table(_)) => {
                events.push(Event::Html("<div class=\"scroll\">".into()));
                event
            }
            Event::End(TagEnd::Table) => {
                events.push(event);
                Event::Html("</div>".into())
            }
            event => event,
        };
        events.push(event);
    }
    number_headings(&mut events);
    if inline
        && matches!(events.first(), Some(Event::Start(Tag::Paragraph)))
        && events.iter().filter(|event| matches!(event, Event::Start(Tag::Paragraph))).count() == 1
    {
        events.retain(|event| !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)));
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    out.trim_end().to_owned()
}

/// Gives every heading a name, so that it can be linked to.
fn number_headings(events: &mut [Event<'_>]) {
    let mut seen: Vec<String> = Vec::new();
    let mut place = 0;
    while place < events.len() {
        if let Some(Event::Start(Tag::Heading { id: None, .. })) = events.get(place) {
            let text: String = events
                .iter()
                .skip(place + 1)
                .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
                .filter_map(|event| match event {
                    Event::Text(text) | Event::Code(text) => Some(&**text),
                    _ => None,
                })
                .collect();
            let mut name = slug(&text);
            if seen.contains(&name) {
                name = format!("{name}-{}", seen.len());
            }
            seen.push(name.clone());
            if let Some(Event::Start(Tag::Heading { id, level, .. })) = events.get_mut(place) {
                *id = Some(name.into());
                // The title of the page is the only one of the first level.
                *level = (*level).max(HeadingLevel::H2);
            }
        }
        place += 1;
    }
}

/// The name of a heading: its letters and digits in lower case, joined by hyphens.
fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// A program as HTML.
pub(super) fn code_block(highlighter: &Highlighter, language: &str, source: &str) -> String {
    let mut out = String::from("<pre tabindex=\"0\"><code>");
    for piece in highlighter.pieces(language, source.trim_end()) {
        let text = escape(piece.text);
        if piece.class.is_empty() {
            out.push_str(&text);
        } else {
            out.push_str(&format!("<span class=\"{}\">{text}</span>", piece.class));
        }
    }
    out.push_str("</code></pre>\n");
    out
}

/// Text that is safe between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A name that may be broken where a person would break it: after dots and underscores, before capitals.
pub(super) fn breaks(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for char in name.chars() {
        if matches!(before, '.' | '_') || before.is_ascii_lowercase() && char.is_ascii_uppercase() {
            out.push_str("<wbr>");
        }
        out.push_str(&escape(char.encode_utf8(&mut [0; 4])));
        before = char;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_page_to_page() {
        assert_eq!(relative("methods/a", "methods/b"), "b");
        assert_eq!(relative("methods/a", "types/B"), "../types/B");
        assert_eq!(relative("secret/types/A", "methods/b"), "../../methods/b");
        assert_eq!(relative("index", "methods/b"), "methods/b");
        assert_eq!(relative("secret/types/A", "secret/constructors/b"), "../constructors/b");
        assert_eq!(resolve("methods/a", "guides/files#parts", ".html"), "../guides/files.html#parts");
    }

    #[test]
    fn names_break_between_words() {
        assert_eq!(breaks("messages.sendFile"), "messages.<wbr>send<wbr>File");
        assert_eq!(breaks("CHAT_ID"), "CHAT_<wbr>ID");
    }

    #[test]
    fn texts_become_html_and_tags_in_them_do_not() {
        let html = words(&Highlighter::new(), "methods/a", "See [B](types/B) <script>x</script>", true);
        assert_eq!(html, "See <a href=\"../types/B.html\">B</a> &lt;script&gt;x&lt;/script&gt;");
        let html = words(&Highlighter::new(), "guides/a", "## One *two*\n\n```rust\nlet x;\n```", false);
        assert!(html.starts_with("<h2 id=\"one-two\">One <em>two</em></h2>"), "{html}");
        assert!(html.contains("<span class=\"hl-k\">let</span>"), "{html}");
    }
}
