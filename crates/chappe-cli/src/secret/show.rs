//! What `chappe secret` prints, for people and as JSON.

use std::io::IsTerminal;
use std::path::Path;

use chappe::history::{HistoryBody, HistoryEntry, Notice};
use chappe::secret::{Action, ChatInfo, Content, KeyFingerprint, Media, RandomId, SecretChat, SecretEvent};
use serde_json::{Value, json};

use super::{output, picture};
use crate::cli::ClientArgs;
use crate::cloud::show::date;
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

pub(super) fn sent(
    args: &ClientArgs,
    random_id: RandomId,
    date: i32,
    left_out: usize,
) -> Result<(), Failure> {
    print(args, view::sent(random_id, date, left_out), || match left_out {
        0 => format!("Sent as {random_id}."),
        count => {
            format!("Sent as {random_id}, without {count} of its formats: the other side cannot show them.")
        }
    })
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
            // What happened by itself.
            HistoryBody::Notice(notice) if entry.random_id.0 == 0 => self::notice(notice),
            HistoryBody::Notice(notice) => format!("{who}: {}", self::notice(notice)),
            _ => format!("{who}: (gone)"),
        };
        format!("{:>6}  {}  {:9}  {said}", entry.cursor, date(entry.date), entry.state.name())
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
        E::Acted { chat, action, .. } => format!("{chat}: we: {}", self::action(action)),
        E::Action { chat, action, .. } => format!("{chat}: they: {}", self::action(action)),
        E::ChatClosed { chat, reason, .. } => format!("{chat}: closed ({reason:?})"),
        E::ChatForgotten { chat } => format!("{chat}: forgotten, with its history"),
        E::ChatReady { chat, user_id, .. } => {
            format!("{chat}: ready, with user {user_id}; `chappe secret key {chat}` shows the key")
        }
        E::ChatRequested { chat, user_id, .. } => {
            format!("{chat}: user {user_id} asks for a secret chat; `chappe secret accept {chat}`")
        }
        E::ChatWaiting { chat, user_id, .. } => format!("{chat}: user {user_id} is asked"),
        E::Composed(message) => {
            format!("{}: we: {} [{}]", message.chat, content(&message.content), message.random_id)
        }
        E::Deleted { chat, random_ids } => format!("{chat}: deleted {}", names(random_ids)),
        E::Delivered { chat, random_ids } => format!("{chat}: delivered {}", names(random_ids)),
        E::Dropped { chat, reason } => format!("{chat}: something that counts for nothing ({reason:?})"),
        E::Expired { chat, random_ids } => format!("{chat}: time is over for {}", names(random_ids)),
        E::FileStored { chat, random_id, .. } => format!("{chat}: the server has the file of [{random_id}]"),
        E::GapDetected { chat, first, last } => {
            format!("{chat}: messages {first} to {last} of the other side are missing, and asked for")
        }
        E::GapFilled { chat } => format!("{chat}: all messages of the other side are there again"),
        E::GapStuck { chat } => {
            format!("{chat}: missing messages do not come; the chat may have to be closed")
        }
        E::HistoryCleared { chat, .. } => format!("{chat}: they have deleted all messages so far"),
        E::HistoryRead { chat, max_date } => format!("{chat}: we have read up to {}", date(*max_date)),
        E::KeyChanged { chat, fingerprint } => {
            format!("{chat}: the key is a new one, {fingerprint}; the picture stays")
        }
        E::LayerChanged { chat, layer } => format!("{chat}: they speak layer {} now", layer.0),
        E::Message(message) => {
            let (chat, random_id) = (message.chat, message.random_id);
            format!("{chat}: they: {} [{random_id}]", content(&message.content))
        }
        E::Read { chat, max_date, .. } => format!("{chat}: they have read up to {}", date(*max_date)),
        E::SendFailed { chat, random_id, error } => {
            format!("{chat}: [{random_id}] could not be sent: {error}")
        }
        E::Sent { chat, random_id, .. } => format!("{chat}: the server has [{random_id}]"),
        E::TimerStarted { chat, random_id, expires_at } => {
            format!("{chat}: [{random_id}] goes at {}", date(i32::try_from(*expires_at).unwrap_or(i32::MAX)))
        }
        E::Typing { chat } => format!("{chat}: typing…"),
        other => format!("{other:?}"),
    }
}

fn names(messages: &[RandomId]) -> String {
    messages.iter().map(|name| format!("[{name}]")).collect::<Vec<_>>().join(" ")
}

/// What an action does.
fn action(action: &Action) -> String {
    let of = |messages: &[i64]| names(&messages.iter().copied().map(RandomId).collect::<Vec<_>>());
    match action {
        Action::DeleteMessages { random_ids } => format!("delete {}", of(random_ids)),
        Action::FlushHistory => "delete all messages so far".to_owned(),
        Action::NotifyLayer { layer } => format!("speak layer {layer}"),
        Action::ReadMessages { random_ids } => format!("have opened {}", of(random_ids)),
        Action::ScreenshotMessages { random_ids } => format!("took a screenshot {}", of(random_ids)),
        Action::SetMessageTtl { seconds: 0 } => "turn the timer off".to_owned(),
        Action::SetMessageTtl { seconds } => format!("set the timer to {seconds} s"),
        other => other.name().to_owned(),
    }
}

fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Closed { reason } => format!("the chat has ended: {}", clean(reason)),
        Notice::Screenshot { messages } => format!("took a screenshot {}", names(messages)),
        Notice::Started => "the chat is ready".to_owned(),
        Notice::TtlSet { seconds } => action(&Action::SetMessageTtl { seconds: *seconds }),
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
            let kind = view::snake_case(media.name());
            format!("({kind}{}{}){caption}", details(media), file.unwrap_or_default())
        }
        _ => "(a kind of message that this version does not know: update it)".to_owned(),
    }
}

/// What there is to know of media beside their file.
fn details(media: &Media) -> String {
    let words = match media {
        Media::Contact { phone_number, first_name, last_name, .. } => {
            format!(" {} {} {}", clean(first_name), clean(last_name), clean(phone_number))
        }
        Media::ExternalDocument(sticker) => clean(sticker.emoji()),
        Media::Location { latitude, longitude } => format!(" {latitude} {longitude}"),
        Media::Sticker { alt, .. } => clean(alt),
        Media::Venue { latitude, longitude, title, address, .. } => {
            format!(" {latitude} {longitude} {} {}", clean(title), clean(address))
        }
        Media::WebPage { url } => clean(url),
        _ => String::new(),
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    words.iter().map(|word| format!(" {word}")).collect()
}

#[cfg(test)]
mod tests {
    use chappe::secret::SecretChatId;

    use super::*;

    #[test]
    fn people_read_words() {
        let chat = SecretChatId(7);
        let action = |action| {
            let (random_id, raw_seq_no, date) = (RandomId(1), 2, 3);
            describe(&SecretEvent::Action { chat, random_id, raw_seq_no, date, action })
        };
        assert_eq!(action(Action::SetMessageTtl { seconds: 30 }), "7: they: set the timer to 30 s");
        assert_eq!(action(Action::DeleteMessages { random_ids: vec![-5, 6] }), "7: they: delete [-5] [6]");
        assert_eq!(action(Action::Noop), "7: they: Noop");
        let expired = SecretEvent::Expired { chat, random_ids: vec![RandomId(9)] };
        assert_eq!(describe(&expired), "7: time is over for [9]");
        assert_eq!(notice(&Notice::TtlSet { seconds: 0 }), "turn the timer off");
    }

    #[test]
    fn media_without_a_file_say_what_they_are() {
        let shown = |media| content(&Content::Media { text: Default::default(), media, file: None });
        let place = Media::Location { latitude: 48.5, longitude: -2.25 };
        assert_eq!(shown(place), "(location 48.5 -2.25)");
        let person = Media::Contact {
            phone_number: "+33123".into(),
            first_name: "Claude".into(),
            last_name: String::new(),
            user_id: 0,
        };
        assert_eq!(shown(person), "(contact Claude +33123)");
        assert_eq!(
            shown(Media::WebPage { url: "https://example.org".into() }),
            "(web_page https://example.org)"
        );
        assert_eq!(shown(Media::Document), "(document)");
    }
}
