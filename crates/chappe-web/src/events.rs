//! What happens.

use chappe::SecretEvents;
use chappe::secret::{Content, SecretEvent};
use wasm_bindgen::prelude::*;

/// The events of secret chats, in order.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Events(SecretEvents);

impl Events {
    pub(crate) fn new(events: SecretEvents) -> Self {
        Self(events)
    }
}

#[wasm_bindgen]
impl Events {
    /// The next one that a page shows; `undefined` once the client is disconnected.
    #[allow(clippy::should_implement_trait, reason = "an iterator does not wait")]
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = Event::of(self.0.recv().await?) {
                return Some(event);
            }
        }
    }
}

/// Something that happened in a chat.
#[wasm_bindgen(getter_with_clone)]
#[derive(Clone, Debug)]
pub struct Event {
    /// `requested`, `ready`, `text` or `closed`.
    pub kind: String,
    /// The chat.
    pub chat: i32,
    /// What was said.
    pub text: Option<String>,
}

impl Event {
    fn of(event: SecretEvent) -> Option<Self> {
        let (kind, chat, text) = match event {
            SecretEvent::ChatRequested { chat, .. } => ("requested", chat, None),
            SecretEvent::ChatReady { chat, .. } => ("ready", chat, None),
            SecretEvent::ChatClosed { chat, .. } => ("closed", chat, None),
            SecretEvent::Message(message) => match &message.content {
                Content::Text(text) => ("text", message.chat, Some(text.text.clone())),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { kind: kind.to_owned(), chat: chat.0, text })
    }
}
