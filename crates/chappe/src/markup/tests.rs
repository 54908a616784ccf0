use proptest::prelude::*;

use super::*;

fn bold(offset: i32, length: i32) -> Entity {
    Entity { offset, length, kind: EntityKind::Bold }
}

fn kinds(text: &FormattedText) -> Vec<(i32, i32, EntityKind)> {
    text.entities.iter().map(|e| (e.offset, e.length, e.kind.clone())).collect()
}

#[test]
fn marks_become_entities() {
    let text = markdown(
        "**b** __i__ ++u++ ~~s~~ ||h|| `c\\`` [t](https://a.b/\\)) [p](tg://user?id=7) ![\u{1f600}](tg://emoji?id=9)",
    );
    assert_eq!(text.text, "b i u s h c` t p \u{1f600}");
    let url = "https://a.b/)".to_owned();
    let expected = [
        (0, 1, EntityKind::Bold),
        (2, 1, EntityKind::Italic),
        (4, 1, EntityKind::Underline),
        (6, 1, EntityKind::Strike),
        (8, 1, EntityKind::Spoiler),
        (10, 2, EntityKind::Code),
        (13, 1, EntityKind::TextUrl { url }),
        (15, 1, EntityKind::MentionName { user_id: 7 }),
        (17, 2, EntityKind::CustomEmoji { document_id: 9 }),
    ];
    assert_eq!(kinds(&text), expected);
}

#[test]
fn blocks_are_read() {
    let text = markdown("a\n> one\n> **two**\nb\n```rust\n> fn x() {}\n```\nc");
    assert_eq!(text.text, "a\none\ntwo\nb\n> fn x() {}\nc");
    let expected = [
        (2, 7, EntityKind::Blockquote { collapsed: false }),
        (6, 3, EntityKind::Bold),
        (12, 11, EntityKind::Pre { language: "rust".to_owned() }),
    ];
    assert_eq!(kinds(&text), expected);
    assert_eq!(kinds(&markdown("```code```")), [(0, 4, EntityKind::Pre { language: String::new() })]);
}

#[test]
fn a_collapsed_quote_stays_one() {
    let written = "<blockquote expandable>a long <b>story</b></blockquote> end";
    let text = html(written).unwrap();
    let quote = (0, 12, EntityKind::Blockquote { collapsed: true });
    assert_eq!(kinds(&text), [quote, (7, 5, EntityKind::Bold)]);
    assert_eq!(to_html(&text), written);
    assert_eq!(
        html("<blockquote expandable=\"\">x</blockquote>").unwrap().entities[0].kind,
        text.entities[0].kind
    );
    assert_eq!(from_api(&to_api(&text.entities)), text.entities);
    // Markdown has no sign for it.
    assert_eq!(to_markdown(&html("<blockquote expandable>x</blockquote>").unwrap()), "> x");
    assert_eq!(
        kinds(&html("<blockquote>x</blockquote>").unwrap())[0].2,
        EntityKind::Blockquote { collapsed: false }
    );
    for odd in ["<blockquote expandable", "<b =\"x\">y</b>", "<blockquote x=>y</blockquote>"] {
        html(odd).unwrap_err();
    }
}

#[test]
fn what_has_no_counterpart_is_text() {
    for text in [
        "2 ** 3 ** 4",
        "**",
        "****",
        "a__",
        "__ a __",
        "[x]",
        "[x](",
        "[](u)",
        "`",
        "``",
        "```",
        "!",
        "![",
        "a](b)",
        "\\",
    ] {
        assert_eq!(markdown(text), FormattedText::from(text), "{text}");
    }
    let crossed = markdown("**a __b** c__");
    assert_eq!((crossed.text.as_str(), &crossed.entities[..]), ("a __b c__", &[bold(0, 5)][..]));
}

#[test]
fn offsets_count_utf16() {
    let text = markdown("\u{1f600}\u{1f600}**\u{1f600}x**");
    assert_eq!(kinds(&text), [(4, 3, EntityKind::Bold)]);
    assert_eq!(to_html(&text), "\u{1f600}\u{1f600}<b>\u{1f600}x</b>");
    // An entity that begins within a pair of surrogates does no harm.
    let odd = FormattedText { text: "\u{1f600}x".to_owned(), entities: vec![bold(1, 1)] };
    assert_eq!(html(&to_html(&odd)).unwrap().text, odd.text);
}

#[test]
fn html_is_read() {
    let text =
        html("<b>1 &lt; <I>2</I></b><br>&#x1f600;&amp;&copy; <a href=\"https://a?b&amp;c\">l</a>").unwrap();
    assert_eq!(text.text, "1 < 2\n\u{1f600}&&copy; l");
    let url = "https://a?b&c".to_owned();
    let expected =
        [(0, 5, EntityKind::Bold), (4, 1, EntityKind::Italic), (16, 1, EntityKind::TextUrl { url })];
    assert_eq!(kinds(&text), expected);
    let code = html(
        "<pre><code class='language-c++'>x</code></pre><tg-spoiler>y</tg-spoiler><tg-emoji emoji-id=\"5\">z</tg-emoji>",
    );
    let expected = [
        (0, 1, EntityKind::Pre { language: "c++".to_owned() }),
        (1, 1, EntityKind::Spoiler),
        (2, 1, EntityKind::CustomEmoji { document_id: 5 }),
    ];
    assert_eq!(kinds(&code.unwrap()), expected);
}

#[test]
fn broken_html_is_told_with_its_place() {
    for (text, expected) in [
        ("a < b", "byte 2 is not complete"),
        ("<b>x", "`<b>` is never ended"),
        ("<b>x</i>", "`</i>` at byte 4 does not end the tag that is open there (`<b>`)"),
        ("x</i>", "does not end"),
        ("<script>", "`<script>` at byte 0 is not a tag of messages"),
        ("<a>x</a>", "not a tag"),
        ("<b", "not complete"),
        ("<a href=x>", "not complete"),
        ("<tg-emoji emoji-id=\"x\">", "not a tag"),
    ] {
        let error = html(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn entities_of_the_api_come_back() {
    let text = markdown("**b** __i__ [p](tg://user?id=7) `c`\n> q");
    assert_eq!(from_api(&to_api(&text.entities)), text.entities);
}

/// Texts full of marks.
#[test]
fn of_two_quotes_that_share_a_line_one_is_written() {
    let quote = |offset, length| Entity { offset, length, kind: EntityKind::Blockquote { collapsed: false } };
    let text = FormattedText { text: "a\nb\n\n".to_owned(), entities: vec![quote(2, 2), quote(4, 1)] };
    let written = to_markdown(&text);
    assert_eq!(markdown(&written).text, text.text, "{written:?}");
}

fn marked() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "**",
        "__",
        "++",
        "~~",
        "||",
        "`",
        "```",
        "[",
        "![",
        "](u)",
        "](tg://user?id=1)",
        "](tg://emoji?id=2)",
        "\\",
        "\n",
        "> ",
        ">",
        " ",
        "a",
        "B9",
        "\u{1f600}",
        "\u{e9}",
        "!",
        ")",
        "(",
        "*",
        "_",
        "```rs\n",
        "\n```",
        "\u{a0}",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn check_entities(text: &FormattedText) {
    let len = text.text.encode_utf16().count() as i32;
    let mut ends: Vec<i32> = Vec::new();
    for entity in &text.entities {
        assert!(entity.offset >= 0 && entity.length > 0 && entity.offset + entity.length <= len);
        ends.retain(|end| *end > entity.offset);
        assert!(ends.last().is_none_or(|end| *end >= entity.offset + entity.length), "{:?}", text.entities);
        ends.push(entity.offset + entity.length);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn markdown_comes_back(written in marked()) {
        let text = markdown(&written);
        check_entities(&text);
        let again = to_markdown(&text);
        let read = markdown(&again);
        prop_assert_eq!(&read.text, &text.text, "{:?} -> {:?}", written, again);
        prop_assert_eq!(&read.entities, &text.entities, "{:?} -> {:?}", written, again);
        let through_html = html(&to_html(&text)).unwrap();
        prop_assert_eq!(through_html.entities, text.entities);
        prop_assert_eq!(through_html.text, text.text);
    }

    #[test]
    fn escaped_text_is_text(plain in marked()) {
        prop_assert_eq!(markdown(&escape_markdown(&plain)), FormattedText::from(plain.as_str()));
        prop_assert_eq!(html(&escape_html(&plain)).unwrap(), FormattedText::from(plain));
    }

    #[test]
    fn any_html_is_read_or_refused(text in "(<|>|/|b|i|a|code|pre|&|;|#|x|\"|=| |href|\u{1f600}){0,20}") {
        if let Ok(read) = html(&text) {
            check_entities(&read);
        }
    }

    #[test]
    fn any_entities_are_written(
        plain in "[a\n \u{1f600}>]{0,12}",
        entities in prop::collection::vec((-2..14, -2..14, 0..8), 0..6),
    ) {
        let kind = |number| match number {
            0 => EntityKind::Bold,
            1 => EntityKind::Italic,
            2 => EntityKind::Code,
            3 => EntityKind::Pre { language: "rust".to_owned() },
            4 => EntityKind::Blockquote { collapsed: true },
            5 => EntityKind::TextUrl { url: "https://x\n>)\\\"".to_owned() },
            6 => EntityKind::Hashtag,
            _ => EntityKind::Spoiler,
        };
        let entities =
            entities.into_iter().map(|(offset, length, n)| Entity { offset, length, kind: kind(n) }).collect();
        let text = FormattedText { text: plain, entities };
        let read = html(&to_html(&text)).unwrap();
        prop_assert_eq!(&read.text, &text.text);
        prop_assert_eq!(to_html(&html(&to_html(&read)).unwrap()), to_html(&read));
        let read = markdown(&to_markdown(&text));
        prop_assert_eq!(&read.text, &text.text, "{:?}", to_markdown(&text));
    }
}
