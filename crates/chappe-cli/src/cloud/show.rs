//! What the commands print, for people and as JSON.

use chappe::{Message, Peer};
use serde_json::Value;

use super::media;
use crate::cli::ClientArgs;
use crate::failure::Failure;
use crate::printable::{clean, clean_line};
use crate::{output, view};

/// Prints one thing.
pub(crate) fn print(args: &ClientArgs, value: Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if args.json { output::line(value) } else { output::line(text()) }
}

/// A message as a person reads it: number, time, who, and the words.
pub(crate) fn message(message: &Message) -> String {
    let who = match (message.is_outgoing(), message.sender_info()) {
        (true, _) => "we".to_owned(),
        (false, Some(peer)) => name(peer),
        (false, None) => message.sender().id().to_string(),
    };
    let answer = message.reply_to().map(|id| format!(" (answers {id})")).unwrap_or_default();
    format!("{:>8}  {}  {who}{answer}: {}", message.id(), date(message.date()), words(message))
}

/// What a message says, without what would command the terminal.
pub(crate) fn words(message: &Message) -> String {
    if let Some(action) = message.action() {
        return format!("({})", view::cloud::action(action).replace('_', " "));
    }
    let media = message.media().and_then(media::shown).map(|media| {
        let name = media.name.map(|name| format!(" {}", clean_line(&name))).unwrap_or_default();
        let size = media.size.map(|size| format!(", {size} bytes")).unwrap_or_default();
        format!("({}{name}{size}) ", media.kind.replace('_', " "))
    });
    format!("{}{}", media.unwrap_or_default(), clean(message.text()))
}

/// A name without what would command the terminal.
pub(crate) fn name(peer: &Peer) -> String {
    match clean_line(&peer.name()) {
        name if name.is_empty() => peer.id().to_string(),
        name => name,
    }
}

/// Unix seconds as local date and time.
pub(crate) fn date(seconds: i32) -> String {
    let time = jiff::Timestamp::from_second(seconds.into()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
