//! Chats, events and messages as JSON: the same for `--json` and for `chappe rpc`.
//!
//! 64-bit numbers are strings of digits, dates are Unix seconds, names are in snake_case.

pub(crate) mod cloud;

use std::path::Path;

use chappe::history::{HistoryBody, HistoryEntry, MessageState, Notice};
use chappe::secret::{
    Action, Activity, ChatInfo, ChatState, CloseReason, Content, DropReason, Entity, EntityKind,
    FormattedText, InboundMessage, KeyVisualization, Media, MediaFile, OutboundMessage, RandomId, Role,
    SecretChatId, SecretEvent,
};
use chappe::types::User;
use serde_json::{Value, json};

/// Words in snake_case for a name in CamelCase.
pub(crate) fn snake_case(name: &str) -> String {
    let mut words = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
        before = letter;
    }
    words
}

/// A person.
pub(crate) fn user(user: &User) -> Value {
    json!({
        "user_id": user.id.to_string(),
        "first_name": user.first_name.as_deref().unwrap_or_default(),
        "last_name": user.last_name,
        "username": user.username,
        "phone": user.phone,
        "bot": user.bot,
    })
}

/// How a chat stands.
pub(crate) fn chat(chat: &ChatInfo) -> Value {
    json!({
        "event": "chat",
        "chat": chat.id.0,
        "user_id": chat.user_id.to_string(),
        "state": state(chat.state),
        "role": match chat.role { Role::Initiator => "initiator", Role::Responder => "responder" },
        "date": chat.date,
        "ttl": chat.ttl,
        "layer": chat.peer_layer.0,
        "key": chat.key.as_ref().map(hexadecimal),
        "verified": chat.verified,
        "rekeying": chat.rekeying,
        "sent": chat.sent_count,
        "received": chat.received_count,
        "acknowledged": chat.acknowledged_count,
    })
}

/// The word for a state.
pub(crate) const fn state(state: ChatState) -> &'static str {
    match state {
        ChatState::Accepting => "accepting",
        ChatState::Discarded => "discarded",
        ChatState::Ready => "ready",
        ChatState::Requested => "requested",
        ChatState::Waiting => "waiting",
    }
}

/// What the server has taken, and how much of its formatting the other side does not get.
pub(crate) fn sent(random_id: RandomId, date: i32, left_out: usize) -> Value {
    let sent = json!({ "event": "sent", "random_id": random_id.to_string(), "date": date });
    if left_out == 0 { sent } else { merged(sent, json!({ "left_out": left_out })) }
}

/// The key as numbers and as a picture.
pub(crate) fn key(chat: SecretChatId, key: &KeyVisualization) -> Value {
    let rows =
        key.cells().map(|row| row.iter().map(|cell| char::from(b'0' + (cell & 3))).collect::<String>());
    json!({ "event": "key", "chat": chat.0, "key": hexadecimal(key), "cells": rows })
}

/// The 32 bytes that people compare.
pub(crate) fn hexadecimal(key: &KeyVisualization) -> String {
    key.as_bytes().iter().take(32).map(|byte| format!("{byte:02x}")).collect()
}

fn names(messages: &[RandomId]) -> Vec<String> {
    messages.iter().map(RandomId::to_string).collect()
}

/// One event. The field `event` has its name.
pub(crate) fn event(event: &SecretEvent) -> Value {
    use SecretEvent as E;
    match event {
        E::Acted { chat, random_id, date, action, .. } => {
            let head = json!({ "event": "acted", "chat": chat.0, "random_id": random_id.to_string(),
                "date": date, "name": action.name() });
            merged(head, self::action(action))
        }
        E::Action { chat, random_id, date, action, .. } => {
            let head = json!({ "event": "action", "chat": chat.0, "random_id": random_id.to_string(),
                "date": date, "name": action.name() });
            merged(head, self::action(action))
        }
        E::ChatClosed { chat, reason, history_deleted } => merged(
            json!({ "event": "closed", "chat": chat.0, "history_deleted": history_deleted }),
            self::reason(reason),
        ),
        E::ChatForgotten { chat } => json!({ "event": "forgotten", "chat": chat.0 }),
        E::ChatReady { chat, user_id, key } => json!({ "event": "ready", "chat": chat.0,
            "user_id": user_id.to_string(), "key": hexadecimal(key) }),
        E::ChatRequested { chat, user_id, date } => json!({ "event": "requested", "chat": chat.0,
            "user_id": user_id.to_string(), "date": date }),
        E::ChatWaiting { chat, user_id, .. } => {
            json!({ "event": "waiting", "chat": chat.0, "user_id": user_id.to_string() })
        }
        E::Composed(message) => self::composed(message),
        E::Deleted { chat, random_ids } => of_messages("deleted", *chat, random_ids),
        E::Delivered { chat, random_ids } => of_messages("delivered", *chat, random_ids),
        E::Dropped { chat, reason } => {
            json!({ "event": "dropped", "chat": chat.0, "reason": dropped(*reason) })
        }
        E::Expired { chat, random_ids } => of_messages("expired", *chat, random_ids),
        E::FileStored { chat, random_id, .. } => {
            json!({ "event": "file_stored", "chat": chat.0, "random_id": random_id.to_string() })
        }
        E::GapDetected { chat, first, last } => {
            json!({ "event": "gap_detected", "chat": chat.0, "first": first, "last": last })
        }
        E::GapFilled { chat } => json!({ "event": "gap_filled", "chat": chat.0 }),
        E::GapStuck { chat } => json!({ "event": "gap_stuck", "chat": chat.0 }),
        E::HistoryCleared { chat, kept } => {
            json!({ "event": "history_cleared", "chat": chat.0, "kept": names(kept) })
        }
        E::HistoryRead { chat, max_date } => {
            json!({ "event": "history_read", "chat": chat.0, "max_date": max_date })
        }
        E::KeyChanged { chat, fingerprint } => {
            json!({ "event": "key_changed", "chat": chat.0, "fingerprint": fingerprint.to_string() })
        }
        E::LayerChanged { chat, layer } => {
            json!({ "event": "layer_changed", "chat": chat.0, "layer": layer.0 })
        }
        E::Message(message) => self::message(message),
        E::Read { chat, max_date, date } => {
            json!({ "event": "read", "chat": chat.0, "max_date": max_date, "date": date })
        }
        E::SendFailed { chat, random_id, error } => json!({ "event": "send_failed", "chat": chat.0,
            "random_id": random_id.to_string(), "error": error }),
        E::Sent { chat, random_id, date } => json!({ "event": "sent", "chat": chat.0,
            "random_id": random_id.to_string(), "date": date }),
        E::TimerStarted { chat, random_id, expires_at } => json!({ "event": "timer_started", "chat": chat.0,
            "random_id": random_id.to_string(), "expires_at": expires_at }),
        E::Typing { chat } => json!({ "event": "typing", "chat": chat.0 }),
        // A kind that this version does not know: its name alone.
        other => {
            let shown = format!("{other:?}");
            json!({ "event": snake_case(shown.split([' ', '(']).next().unwrap_or_default()) })
        }
    }
}

fn of_messages(event: &str, chat: SecretChatId, messages: &[RandomId]) -> Value {
    json!({ "event": event, "chat": chat.0, "random_ids": names(messages) })
}

fn merged(head: Value, more: Value) -> Value {
    match (head, more) {
        (Value::Object(mut head), Value::Object(more)) => {
            head.extend(more);
            Value::Object(head)
        }
        (head, _) => head,
    }
}

fn reason(reason: &CloseReason) -> Value {
    match reason {
        CloseReason::AcceptedElsewhere => json!({ "reason": "accepted_elsewhere" }),
        CloseReason::BadParameters => json!({ "reason": "bad_parameters" }),
        CloseReason::ByUs => json!({ "reason": "by_us" }),
        CloseReason::Discarded => json!({ "reason": "discarded" }),
        CloseReason::FingerprintMismatch => json!({ "reason": "fingerprint_mismatch" }),
        CloseReason::Server { error } => json!({ "reason": "server", "error": error }),
        CloseReason::Violation(rule) => {
            json!({ "reason": "violation", "rule": snake_case(&format!("{rule:?}")) })
        }
        other => json!({ "reason": snake_case(&format!("{other:?}")) }),
    }
}

fn dropped(reason: DropReason) -> String {
    snake_case(&format!("{reason:?}"))
}

/// The fields of an action. Public values of key exchanges say nothing to a program.
fn action(action: &Action) -> Value {
    let of = |messages: &[i64]| messages.iter().map(i64::to_string).collect::<Vec<_>>();
    match action {
        Action::AbortKey { exchange_id }
        | Action::AcceptKey { exchange_id, .. }
        | Action::CommitKey { exchange_id, .. }
        | Action::RequestKey { exchange_id, .. } => json!({ "exchange_id": exchange_id.to_string() }),
        Action::DeleteMessages { random_ids }
        | Action::ReadMessages { random_ids }
        | Action::ScreenshotMessages { random_ids } => json!({ "random_ids": of(random_ids) }),
        Action::NotifyLayer { layer } => json!({ "layer": layer }),
        Action::Resend { start_seq_no, end_seq_no } => {
            json!({ "start_seq_no": start_seq_no, "end_seq_no": end_seq_no })
        }
        Action::SetMessageTtl { seconds } => json!({ "seconds": seconds }),
        Action::Typing { activity } => json!({ "activity": activity_name(*activity) }),
        _ => json!({}),
    }
}

fn activity_name(activity: Activity) -> String {
    snake_case(&format!("{activity:?}"))
}

/// A received message.
pub(crate) fn message(message: &InboundMessage) -> Value {
    let head = json!({
        "event": "message",
        "chat": message.chat.0,
        "random_id": message.random_id.to_string(),
        "date": message.date,
        "ttl": message.ttl,
        "silent": message.silent,
        "opens": message.opens(),
        "reply_to": message.reply_to.map(|name| name.to_string()),
        "grouped_id": message.grouped_id.map(|album| album.to_string()),
        "via_bot": message.via_bot_name,
    });
    merged(head, content(&message.content))
}

/// A message of ours, on its way.
fn composed(message: &OutboundMessage) -> Value {
    let head = json!({
        "event": "composed",
        "chat": message.chat.0,
        "random_id": message.random_id.to_string(),
        "date": message.date,
        "ttl": message.ttl,
        "silent": message.silent,
        "reply_to": message.reply_to.map(|name| name.to_string()),
        "grouped_id": message.grouped_id.map(|album| album.to_string()),
        "via_bot": message.via_bot_name,
    });
    let shown = merged(head, content(&message.content));
    if message.left_out.is_empty() {
        return shown;
    }
    let left_out: Vec<Value> = message.left_out.iter().map(entity).collect();
    merged(shown, json!({ "left_out": left_out }))
}

/// One entry of a history.
pub(crate) fn entry(entry: &HistoryEntry) -> Value {
    let head = json!({
        "event": "entry",
        "chat": entry.chat.0,
        "cursor": entry.cursor.0.to_string(),
        "random_id": entry.random_id.to_string(),
        "outgoing": entry.outgoing,
        "date": entry.date,
        "state": entry.state.name(),
        "error": match &entry.state { MessageState::Failed { error } => Some(error), _ => None },
        "ttl": entry.ttl,
        "expires_at": entry.expires_at,
        "silent": entry.silent,
        "reply_to": entry.reply_to.map(|name| name.to_string()),
        "grouped_id": entry.grouped_id.map(|album| album.to_string()),
        "via_bot": entry.via_bot_name,
        "path": entry.local_path.as_ref().map(|path| path.display().to_string()),
    });
    let body = match &entry.body {
        HistoryBody::Message(content) => self::content(content),
        HistoryBody::Notice(notice) => json!({ "notice": self::notice(notice) }),
        _ => json!({ "gone": true }),
    };
    merged(head, body)
}

fn notice(notice: &Notice) -> Value {
    match notice {
        Notice::Closed { reason } => json!({ "kind": "closed", "reason": reason }),
        Notice::Screenshot { messages } => json!({ "kind": "screenshot", "random_ids": names(messages) }),
        Notice::Started => json!({ "kind": "started" }),
        Notice::TtlSet { seconds } => json!({ "kind": "ttl_set", "seconds": seconds }),
        _ => json!({ "kind": "unknown" }),
    }
}

/// A file that was fetched.
pub(crate) fn downloaded(path: &Path, size: u64) -> Value {
    json!({ "event": "downloaded", "path": path.display().to_string(), "size": size.to_string() })
}

/// What a message says: `text` with its `entities`, and `media` if there is some.
pub(crate) fn content(content: &Content) -> Value {
    match content {
        Content::Text(text) => formatted(text),
        Content::Media { text, media, file } => {
            let file = file.as_deref().map(self::file);
            merged(formatted(text), json!({ "media": self::media(media), "file": file }))
        }
        _ => json!({ "text": null, "unsupported": true }),
    }
}

/// What it shows. Keys of files are for nobody to see.
fn media(media: &Media) -> Value {
    let details = match media {
        Media::Animation { width, height, duration } | Media::Video { width, height, duration } => {
            json!({ "width": width, "height": height, "duration": duration })
        }
        Media::Audio { duration, title, performer } => {
            json!({ "duration": duration, "title": title, "performer": performer })
        }
        Media::Contact { phone_number, first_name, last_name, user_id } => json!({ "phone": phone_number,
            "first_name": first_name, "last_name": last_name, "user_id": user_id.to_string() }),
        Media::ExternalDocument(sticker) => {
            json!({ "emoji": sticker.emoji(), "document_id": sticker.id.to_string(),
            "sticker_set": sticker.sticker_set, "name": sticker.file_name, "mime_type": sticker.mime_type })
        }
        Media::Location { latitude, longitude } => json!({ "latitude": latitude, "longitude": longitude }),
        Media::Photo { width, height } => json!({ "width": width, "height": height }),
        Media::RoundVideo { side, duration } => {
            json!({ "width": side, "height": side, "duration": duration })
        }
        Media::Sticker { alt, width, height } => json!({ "emoji": alt, "width": width, "height": height }),
        Media::Venue { latitude, longitude, title, address, .. } => json!({ "latitude": latitude,
            "longitude": longitude, "title": title, "address": address }),
        Media::Voice { duration, .. } => json!({ "duration": duration }),
        Media::WebPage { url } => json!({ "url": url }),
        _ => json!({}),
    };
    merged(json!({ "kind": snake_case(media.name()) }), details)
}

fn file(file: &MediaFile) -> Value {
    json!({
        "name": file.name,
        "mime_type": file.mime_type,
        "size": file.size.to_string(),
        "unavailable": file.remote.as_ref().err().map(|why| snake_case(&format!("{why:?}"))),
    })
}

fn formatted(text: &FormattedText) -> Value {
    let entities: Vec<Value> = text.entities.iter().map(entity).collect();
    json!({ "text": text.text, "entities": entities })
}

/// Offsets and lengths count UTF-16 code units.
fn entity(entity: &Entity) -> Value {
    let head = |kind: &str| json!({ "kind": kind, "offset": entity.offset, "length": entity.length });
    match &entity.kind {
        EntityKind::Blockquote { collapsed: false } => head("blockquote"),
        EntityKind::Blockquote { collapsed: true } => {
            merged(head("blockquote"), json!({ "collapsed": true }))
        }
        EntityKind::CustomEmoji { document_id } => {
            merged(head("custom_emoji"), json!({ "document_id": document_id.to_string() }))
        }
        EntityKind::MentionName { user_id } => {
            merged(head("mention_name"), json!({ "user_id": user_id.to_string() }))
        }
        EntityKind::Pre { language } => merged(head("pre"), json!({ "language": language })),
        EntityKind::TextUrl { url } => merged(head("text_url"), json!({ "url": url })),
        other => head(&snake_case(&format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        for (name, shown) in
            [("GapDetected", "gap_detected"), ("SetMessageTTL", "set_message_ttl"), ("Read", "read")]
        {
            assert_eq!(snake_case(name), shown);
        }
    }

    #[test]
    fn what_we_do_ourselves_is_told_with_its_chat() {
        let chat = SecretChatId(7);
        let acted = event(&SecretEvent::Acted {
            chat,
            random_id: RandomId(1),
            raw_seq_no: 2,
            date: 3,
            action: Action::SetMessageTtl { seconds: 4 },
        });
        assert_eq!(acted["event"], "acted");
        assert_eq!(
            (&acted["chat"], &acted["name"], &acted["seconds"]),
            (&json!(7), &json!("SetMessageTTL"), &json!(4))
        );
        let read = event(&SecretEvent::HistoryRead { chat, max_date: 5 });
        assert_eq!(read, json!({ "event": "history_read", "chat": 7, "max_date": 5 }));
        assert_eq!(event(&SecretEvent::ChatForgotten { chat }), json!({ "event": "forgotten", "chat": 7 }));
    }

    #[test]
    fn formatting_that_is_left_out_is_said_where_there_is_some() {
        let whole = sent(RandomId(1), 2, 0);
        assert_eq!(whole, json!({ "event": "sent", "random_id": "1", "date": 2 }));
        assert_eq!(sent(RandomId(1), 2, 3)["left_out"], 3);
        let mut message = OutboundMessage {
            chat: SecretChatId(7),
            random_id: RandomId(1),
            raw_seq_no: 2,
            date: 3,
            ttl: 0,
            silent: false,
            reply_to: None,
            grouped_id: None,
            via_bot_name: None,
            content: Content::Text("hidden".into()),
            file: None,
            left_out: Vec::new(),
        };
        assert_eq!(composed(&message).get("left_out"), None);
        message.left_out = vec![Entity { offset: 0, length: 6, kind: EntityKind::Spoiler }];
        let shown = composed(&message);
        assert_eq!(shown["left_out"], json!([{ "kind": "spoiler", "offset": 0, "length": 6 }]));
        assert_eq!(shown["entities"], json!([]));
    }

    #[test]
    fn events_carry_their_name_and_big_numbers_as_text() {
        let shown = event(&SecretEvent::Action {
            chat: SecretChatId(7),
            random_id: RandomId(i64::MIN),
            raw_seq_no: 0,
            date: 5,
            action: Action::DeleteMessages { random_ids: vec![i64::MAX] },
        });
        assert_eq!(
            shown.to_string(),
            r#"{"event":"action","chat":7,"random_id":"-9223372036854775808","date":5,"name":"DeleteMessages","random_ids":["9223372036854775807"]}"#
        );
        let closed = event(&SecretEvent::ChatClosed {
            chat: SecretChatId(7),
            reason: CloseReason::Server { error: "USER_DELETED".to_owned() },
            history_deleted: false,
        });
        assert_eq!((&closed["reason"], &closed["error"]), (&json!("server"), &json!("USER_DELETED")));
    }
}
