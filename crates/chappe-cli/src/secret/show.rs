//! What `chappe secret` prints, for people and as JSON.

use std::io::IsTerminal;
use std::path::Path;

use chappe::history::{HistoryBody, HistoryEntry};
use chappe::secret::{ChatInfo, Content, KeyFingerprint, RandomId, SecretChat, SecretEvent};
use serde_json::{Value, json};

use super::{output, picture};
use crate::cli::ClientArgs;
use crate::failure::Failure;
use crate::printable::clean;
use crate::view;

fn print(args: &ClientArgs, value: Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if args.json { output::line(value) } else { output::line(text()) }
}

pub(super) fn done(args: &ClientArgs, what: &str) -> Result<(), Failure> {
    print(args, json!({ "event": what }), || format!("The chat is {what}."))
}

pub(super) fn told(args: &ClientArgs, what: &str) -> Result<(), Failure> {
    print(args, json!({ "event": what }), || format!("The other side is told: {what}."))
}

pub(super) fn sent(args: &ClientArgs, random_id: RandomId, date: i32) -> Result<(), Failure> {
    print(args, view::sent(random_id, date), || format!("Sent as {random_id}."))
}

pub(super) fn key_changed(args: &ClientArgs, fingerprint: KeyFingerprint) -> Result<(), Failure> {
    let fingerprint = fingerprint.to_string();
    print(args, json!({ "event": "key_changed", "fingerprint": fingerprint }), || {
        format!("The key is a new one, {fingerprint}. The picture stays.")
    })
}

pub(super) async fn key(chat: &SecretChat, args: &ClientArgs) -> Result<(), Failure> {
    let key = chat.key().await?;
    print(args, view::key(chat.id(), &key), || {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let picture = picture::lines(&key, colour).join("\n");
        format!(
            "Secret chat {}. Compare with the other side, by voice or side by side:\n\n{picture}\n",
            chat.id()
        )
    })
}

pub(super) fn chat(args: &ClientArgs, chat: &ChatInfo) -> Result<(), Failure> {
    print(args, view::chat(chat), || {
        let verified = if chat.verified { ", key compared" } else { "" };
        let timer = if chat.ttl > 0 { format!(", timer {} s", chat.ttl) } else { String::new() };
        let state = view::state(chat.state);
        format!("{:>11}  {state:9}  with user {}{timer}{verified}", chat.id, chat.user_id)
    })
}

pub(super) fn downloaded(args: &ClientArgs, path: &Path, size: u64) -> Result<(), Failure> {
    print(args, view::downloaded(path, size), || format!("{}: {size} bytes.", path.display()))
}

/// One entry of a history.
pub(super) fn entry(args: &ClientArgs, entry: &HistoryEntry) -> Result<(), Failure> {
    print(args, view::entry(entry), || {
        let who = if entry.outgoing { "we" } else { "they" };
        let said = match &entry.body {
            HistoryBody::Message(message) => format!("{who}: {} [{}]", content(message), entry.random_id),
            HistoryBody::Notice(notice) => format!("{who}: {notice:?}"),
            _ => format!("{who}: (gone)"),
        };
        format!("{:>6}  {}  {:9}  {said}", entry.cursor, entry.date, entry.state.name())
    })
}

/// One event as it comes.
pub(super) fn event(args: &ClientArgs, event: &SecretEvent) -> Result<(), Failure> {
    print(args, view::event(event), || describe(event))
}

/// One line for people. Kinds that this version does not know are shown as they are.
pub(crate) fn describe(event: &SecretEvent) -> String {
    use SecretEvent as E;
    match event {
        E::Action { chat, action, .. } => format!("{chat}: {action:?}"),
        E::ChatClosed { chat, reason, .. } => format!("{chat}: closed ({reason:?})"),
        E::ChatReady { chat, user_id, .. } => {
            format!("{chat}: ready, with user {user_id}; `chappe secret key {chat}` shows the key")
        }
        E::ChatRequested { chat, user_id, .. } => {
            format!("{chat}: user {user_id} asks for a secret chat; `chappe secret accept {chat}`")
        }
        E::Message(message) => {
            let (chat, random_id) = (message.chat, message.random_id);
            format!("{chat}: {} [{random_id}]", content(&message.content))
        }
        E::Read { chat, max_date, .. } => format!("{chat}: read up to {max_date}"),
        E::Typing { chat } => format!("{chat}: typing…"),
        other => format!("{other:?}"),
    }
}

/// What a message says, in one line or as many as its text has.
pub(super) fn content(content: &Content) -> String {
    match content {
        Content::Text(text) => clean(&text.text),
        Content::Media { text, media, file } => {
            let file = file.as_ref().map(|file| {
                let name = file.name.as_deref().map(clean).map(|name| format!(" {name}"));
                format!("{}, {} bytes", name.unwrap_or_default(), file.size)
            });
            let caption =
                if text.text.is_empty() { String::new() } else { format!(" {}", clean(&text.text)) };
            format!("({}{}){caption}", view::snake_case(media.name()), file.unwrap_or_default())
        }
        _ => "(a kind of message that this version does not know: update it)".to_owned(),
    }
}
