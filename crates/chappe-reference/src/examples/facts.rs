//! Who and what there is in the world in which examples are run, as each account sees it.

use std::sync::OnceLock;

use serde_json::{Map, Value as Json, json};

const WORLD_TOML: &str = include_str!("../../data/world.toml");

/// The world of `data/world.toml`.
#[derive(Debug)]
pub(super) struct Facts(Json);

impl Facts {
    /// The file, read once.
    pub(super) fn get() -> &'static Self {
        static FACTS: OnceLock<Facts> = OnceLock::new();
        FACTS.get_or_init(|| Self(super::table(WORLD_TOML)))
    }

    /// What `viewer` calls `name`, or else Alice; `name.field` is one value of it.
    pub(super) fn look_up(&self, viewer: &str, name: &str) -> Option<&Json> {
        let (name, field) = name.split_once('.').map_or((name, None), |(name, field)| (name, Some(field)));
        let of = |viewer: &str| self.0.get(viewer)?.get(name);
        let fact = of(viewer).or_else(|| of("everybody")).or_else(|| of("alice"))?;
        field.map_or(Some(fact), |field| fact.get(field))
    }

    /// A fact in the shape that a TL type has for it.
    pub(super) fn as_type(fact: &Json, ty: &str) -> Option<Json> {
        let kind = fact.get("kind").and_then(Json::as_str);
        let part = |name: &str| fact.get(name).cloned().unwrap_or(Json::Null);
        let named = |constructor: &str, fields: &[(&str, &str)]| {
            let mut object = Map::new();
            object.insert("_".into(), constructor.into());
            for (field, of) in fields {
                object.insert((*field).into(), part(of));
            }
            Some(Json::Object(object))
        };
        let hash = ("access_hash", "access_hash");
        let file = [("id", "id"), hash, ("file_reference", "file_reference")];
        match (ty, kind?) {
            ("int" | "long", _) => fact.get("id").cloned(),
            ("InputPeer", "user") => named("inputPeerUser", &[("user_id", "id"), hash]),
            ("InputPeer", "chat") => named("inputPeerChat", &[("chat_id", "id")]),
            ("InputPeer", "channel") => named("inputPeerChannel", &[("channel_id", "id"), hash]),
            ("InputUser", "user") => named("inputUser", &[("user_id", "id"), hash]),
            ("InputChannel", "channel") => named("inputChannel", &[("channel_id", "id"), hash]),
            ("InputEncryptedChat", "secret") => named("inputEncryptedChat", &[("chat_id", "id"), hash]),
            ("InputPhoto", "photo") => named("inputPhoto", &file),
            ("InputDocument", "document") => named("inputDocument", &file),
            ("InputMedia", "photo") => {
                Some(json!({"_": "inputMediaPhoto", "id": Self::as_type(fact, "InputPhoto")?}))
            }
            ("InputMedia", "document") => {
                Some(json!({"_": "inputMediaDocument", "id": Self::as_type(fact, "InputDocument")?}))
            }
            ("InputDialogPeer", _) => {
                Some(json!({"_": "inputDialogPeer", "peer": Self::as_type(fact, "InputPeer")?}))
            }
            _ => None,
        }
    }
}
