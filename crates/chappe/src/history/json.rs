//! Entries as JSON, for other programs.

use chappe_secret::{Content, Entity, Media};
use serde_json::{Map, Value, json};

use super::{HistoryBody, HistoryEntry, MessageState, Notice};

impl HistoryEntry {
    /// The entry as a JSON object: without keys of files. Ids are strings, because many programs cannot hold them as
    /// numbers.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().await? {
    ///     println!("{}", entry.to_json()); // {"chat":1234567,"cursor":"17","date":1700000000, …}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
        put("chat", self.chat.0.into());
        put("cursor", self.cursor.0.to_string().into());
        put("random_id", self.random_id.0.to_string().into());
        put("outgoing", self.outgoing.into());
        put("date", self.date.into());
        put("state", self.state.name().into());
        if let MessageState::Failed { error } = &self.state {
            put("error", error.as_str().into());
        }
        if self.ttl != 0 {
            put("ttl", self.ttl.into());
        }
        if let Some(at) = self.expires_at {
            put("expires_at", at.into());
        }
        if let Some(id) = self.reply_to {
            put("reply_to", id.0.to_string().into());
        }
        if let Some(id) = self.grouped_id {
            put("grouped_id", id.to_string().into());
        }
        if let Some(name) = &self.via_bot_name {
            put("via_bot", name.as_str().into());
        }
        if let Some(path) = &self.local_path {
            put("path", path.to_string_lossy().into());
        }
        match &self.body {
            HistoryBody::Gone => {}
            HistoryBody::Message(content) => {
                let kind = match content {
                    Content::Text(_) => "text",
                    Content::Media { .. } => "media",
                    _ => "unsupported",
                };
                put("kind", kind.into());
                if let Some(text) = self.formatted() {
                    put("text", text.text.as_str().into());
                    if !text.entities.is_empty() {
                        put("entities", text.entities.iter().map(entity).collect());
                    }
                }
                if let Content::Media { media: what, .. } = content {
                    put("media", media(what));
                }
                if let Some(file) = self.media_file() {
                    put("file", json!({ "name": file.name, "mime_type": file.mime_type, "size": file.size }));
                }
            }
            HistoryBody::Notice(notice) => {
                put("kind", "notice".into());
                put(
                    "notice",
                    match notice {
                        Notice::Closed { reason } => json!({ "closed": reason }),
                        Notice::Screenshot { messages } => {
                            let ids: Vec<String> = messages.iter().map(|id| id.0.to_string()).collect();
                            json!({ "screenshot": ids })
                        }
                        Notice::Started => json!("started"),
                        Notice::TtlSet { seconds } => json!({ "ttl_set": seconds }),
                    },
                );
            }
        }
        Value::Object(object)
    }
}

fn entity(entity: &Entity) -> Value {
    json!({ "offset": entity.offset, "length": entity.length, "kind": format!("{:?}", entity.kind) })
}

fn media(media: &Media) -> Value {
    let mut value = json!({ "kind": media.name() });
    let more = match media {
        Media::Audio { duration, title, performer } => {
            json!({ "duration": duration, "title": title, "performer": performer })
        }
        Media::Contact { phone_number, first_name, last_name, .. } => {
            json!({ "phone_number": phone_number, "first_name": first_name, "last_name": last_name })
        }
        Media::Location { latitude, longitude } => json!({ "latitude": latitude, "longitude": longitude }),
        Media::Photo { width, height } => json!({ "width": width, "height": height }),
        Media::Venue { latitude, longitude, title, address, .. } => {
            json!({ "latitude": latitude, "longitude": longitude, "title": title, "address": address })
        }
        Media::WebPage { url } => json!({ "url": url }),
        media if media.duration() > 0 => json!({ "duration": media.duration() }),
        _ => return value,
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}
