//! Stored state, as it is and with changes that matter; and formatted texts.

use chappe::Address;
use chappe::session::StoredSession;
use chappe_crypto::AuthKey;
use chappe_secret::{
    Content, EncryptedFile, Entity, EntityKind, FileKey, FormattedText, Media, MediaFile, RemoteFile,
    Thumbnail,
};
use chappe_tl::Writer;

use super::Seeds;

fn contents() -> Vec<Content> {
    let kind = EntityKind::TextUrl { url: "https://example.org".to_owned() };
    let text =
        FormattedText { text: "a text".to_owned(), entities: vec![Entity { offset: 0, length: 1, kind }] };
    let key = FileKey { key: [3; 32], iv: [4; 32] };
    let file =
        EncryptedFile { id: 1, access_hash: 2, size: 32, dc_id: 2, key_fingerprint: key.fingerprint() };
    let file = MediaFile {
        name: Some("a.jpg".to_owned()),
        mime_type: "image/jpeg".to_owned(),
        size: 20,
        thumbnail: Some(Thumbnail { bytes: vec![5; 8], width: 1, height: 1 }),
        remote: Ok(RemoteFile { file, key, size: 20 }),
    };
    let media = |media, file| Content::Media { text: text.clone(), media, file };
    vec![
        Content::Unsupported,
        Content::Text(text.clone()),
        media(Media::Photo { width: 1, height: 2 }, Some(Box::new(file))),
        media(Media::Location { latitude: 1.0, longitude: 2.0 }, None),
    ]
}

/// A change to the records: operation, record, place, and what the operation needs.
fn change(operation: u8, record: u8, at: u16, rest: &[u8]) -> Vec<u8> {
    [&[operation, record][..], &at.to_le_bytes(), rest].concat()
}

pub(crate) fn secret_records(seeds: &mut Seeds) {
    for (index, content) in contents().iter().enumerate() {
        seeds.add(&format!("content-{index}"), [&[0][..], &content.to_bytes()].concat());
    }
    seeds.add("good", [1]);
    for record in 0..14 {
        seeds.add(&format!("cut-{record}"), [&[1][..], &change(0, record, 60, &[])].concat());
        seeds.add(&format!("gone-{record}"), [&[1][..], &change(5, record, 0, &[])].concat());
        let elsewhere = [&1_i32.to_le_bytes()[..], &9_u32.to_le_bytes()].concat();
        seeds.add(&format!("moved-{record}"), [&[1][..], &change(6, record, 0, &elsewhere)].concat());
    }
    // The fields at the end of the records: counters, layers, timers.
    for (name, value) in [("none", 0_u32), ("ones", u32::MAX), ("most", i32::MAX as u32), ("least", 1 << 31)]
    {
        let all: Vec<u8> =
            (0..40).flat_map(|at| change(1, at % 14, at.into(), &value.to_le_bytes())).collect();
        seeds.add(&format!("fields-{name}"), [&[1][..], &all].concat());
    }
}

fn entry(chat: u8, cursor: u8, body: &Content) -> Vec<u8> {
    let body = body.to_bytes();
    let mut w = Writer::new();
    w.u32(1);
    w.i64(7);
    w.bool(true);
    w.u32(3);
    w.i32(4);
    w.i32(0);
    // No end, not silent, no answer, no album, no bot.
    (0..5).for_each(|_| w.bool(false));
    w.u32(1);
    // Waits for no file, has its date, is open.
    w.bool(false);
    w.bool(true);
    w.bool(false);
    w.u32(1);
    w.count(body.len());
    w.raw(&body);
    let value = w.finish().unwrap();
    [&[2, chat, cursor, 0][..], &(value.len() as u16).to_le_bytes(), &value].concat()
}

pub(crate) fn client_records(seeds: &mut Seeds) {
    let address = Address::new("127.0.0.1", 443).unwrap();
    let mut stored = StoredSession::new(2, address, AuthKey::new([7; 256]));
    seeds.add("login", [&[0][..], &stored.to_bytes()].concat());
    stored.user_id = Some(5);
    seeds.add("login-of-user", [&[0][..], &stored.to_bytes()].concat());
    let texts =
        [Some(stored.to_text()), stored.to_telethon(), stored.to_gramjs(), stored.to_pyrogram(1, true)];
    for (index, text) in texts.into_iter().flatten().enumerate() {
        seeds.add(&format!("text-{index}"), [&[1][..], text.as_bytes()].concat());
    }
    let mut entries = Vec::new();
    for (index, content) in contents().iter().enumerate() {
        let entry = entry(index as u8 % 2, index as u8, content);
        seeds.add(&format!("entry-{index}"), [&[3][..], &entry].concat());
        entries.extend(entry);
    }
    seeds.add("entries", [&[3][..], &entries].concat());
    let head = [1, 0, 0, 0, 8, 0, 9, 0, 0, 0, 9, 0, 0, 0];
    seeds.add("entries-read", [&[3][..], &head, &entries].concat());
    let upload = [
        &b"chappeU1"[..],
        &5_i64.to_le_bytes(),
        &600_000_u64.to_le_bytes(),
        &[1],
        &[6; 64],
        &[7; 16],
        &1_u32.to_le_bytes(),
        &[2],
        &[8; 64],
    ];
    seeds.add("upload", [&[2][..], &upload.concat()].concat());
}

pub(crate) fn markup(seeds: &mut Seeds) {
    for (name, source) in [
        ("markdown", "**bold** __italic__ ~~gone~~ ||spoiler|| `code` [link](https://example.org) > quote"),
        ("markdown-lines", "> one\n> two\n```rust\nfn main() {}\n```\n\\*plain\\*"),
        ("markdown-crossed", "**a __b** c__ ||d `e|| f`"),
    ] {
        seeds.add(name, [&[0][..], source.as_bytes()].concat());
    }
    for (name, source) in [
        (
            "html",
            "<b>a</b> <i>b</i> <u>c</u> <s>d</s> <a href=\"https://example.org\">e</a> &lt; &#128512;<br>",
        ),
        ("html-code", "<pre><code class=\"language-rust\">x</code></pre><code>y</code>"),
        (
            "html-quote",
            "<blockquote>a\nb</blockquote><tg-spoiler>c</tg-spoiler><tg-emoji emoji-id=\"5\">d</tg-emoji>",
        ),
    ] {
        seeds.add(name, [&[1][..], source.as_bytes()].concat());
    }
}
