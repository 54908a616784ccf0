//! People, chats and messages of the cloud as JSON.

use chappe::{Message, Peer, PeerId, enums};
use serde_json::{Value, json};

use super::{formatted, merged, snake_case};
use crate::cloud::media;

/// What kind of peer it is.
pub(crate) fn kind(peer: &Peer) -> &'static str {
    match peer.id() {
        PeerId::User(_) if peer.is_bot() => "bot",
        PeerId::User(_) => "user",
        _ if peer.is_broadcast() => "channel",
        _ => "group",
    }
}

/// A chat as others name it: the number that marks its kind.
pub(crate) fn chat(id: PeerId) -> String {
    id.marked().to_string()
}

/// A message, or something that happened in a chat.
pub(crate) fn message(message: &Message) -> Value {
    let head = json!({
        "event": "message",
        "chat": chat(message.chat().id()),
        "id": message.id(),
        "date": message.date(),
        "edit_date": message.edit_date(),
        "outgoing": message.is_outgoing(),
        "sender": chat(message.sender().id()),
        "sender_name": message.sender_info().map(Peer::name),
        "reply_to": message.reply_to(),
        "grouped_id": message.album_id().map(|album| album.to_string()),
        "pinned": message.is_pinned(),
        "media": message.media().and_then(media::shown).map(|media| json!({
            "kind": media.kind,
            "name": media.name,
            "mime_type": media.mime_type,
            "size": media.size.map(|size| size.to_string()),
        })),
        "action": message.action().map(action),
    });
    merged(head, formatted(&message.formatted()))
}

/// The word for something that happened in a chat.
pub(crate) fn action(action: &enums::MessageAction) -> String {
    // `Debug` begins with the name of the constructor, and the fields are of no use here.
    let shown = format!("{action:?}");
    let name = shown.split([' ', '{', '(']).next().unwrap_or_default();
    snake_case(name.strip_prefix("MessageAction").unwrap_or(name))
}
