//! What `chappe secret` prints, for people and as JSON.

use std::io::IsTerminal;

use chappe::secret::{ChatInfo, Content, KeyFingerprint, KeyVisualization, SecretChat, SecretEvent, Sent};
use serde_json::{Value, json};

use super::{output, picture};
use crate::cli::ClientArgs;
use crate::failure::Failure;

fn print(args: &ClientArgs, value: Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if args.json { output::line(value) } else { output::line(text()) }
}

pub(super) fn done(args: &ClientArgs, what: &str) -> Result<(), Failure> {
    print(args, json!({ "event": what }), || format!("The chat is {what}."))
}

pub(super) fn sent(args: &ClientArgs, sent: Sent) -> Result<(), Failure> {
    let value = json!({ "event": "sent", "random_id": sent.random_id.to_string(), "date": sent.date });
    print(args, value, || format!("Sent as {}.", sent.random_id))
}

pub(super) fn key_changed(args: &ClientArgs, fingerprint: KeyFingerprint) -> Result<(), Failure> {
    let fingerprint = fingerprint.to_string();
    print(args, json!({ "event": "key_changed", "fingerprint": fingerprint }), || {
        format!("The key is a new one, {fingerprint}. The picture stays.")
    })
}

pub(super) async fn key(chat: &SecretChat, args: &ClientArgs) -> Result<(), Failure> {
    let key = chat.key().await?;
    let value = json!({ "event": "key", "chat": chat.id().0, "key": hexadecimal(&key) });
    print(args, value, || {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let picture = picture::lines(&key, colour).join("\n");
        format!(
            "Secret chat {}. Compare with the other side, by voice or side by side:\n\n{picture}\n",
            chat.id()
        )
    })
}

pub(super) fn chat(args: &ClientArgs, chat: &ChatInfo) -> Result<(), Failure> {
    let state = format!("{:?}", chat.state).to_lowercase();
    let value = json!({
        "event": "chat", "chat": chat.id.0, "user_id": chat.user_id.to_string(), "state": state,
        "role": format!("{:?}", chat.role).to_lowercase(), "date": chat.date, "ttl": chat.ttl,
        "layer": chat.peer_layer.to_string(), "key": chat.key.as_ref().map(hexadecimal),
        "verified": chat.verified,
    });
    print(args, value, || format!("{:>11}  {state:9}  with user {}", chat.id, chat.user_id))
}

fn hexadecimal(key: &KeyVisualization) -> String {
    key.as_bytes().iter().take(32).map(|byte| format!("{byte:02x}")).collect()
}

/// One event as it comes. Kinds that this version does not know are shown by their name.
pub(super) fn event(args: &ClientArgs, event: &SecretEvent) -> Result<(), Failure> {
    let (value, text) = match event {
        SecretEvent::Action { chat, action, date, .. } => (
            json!({ "event": "action", "chat": chat.0, "name": action.name(), "detail": format!("{action:?}"),
                "date": date }),
            format!("{chat}: {action:?}"),
        ),
        SecretEvent::ChatClosed { chat, reason, history_deleted } => (
            json!({ "event": "closed", "chat": chat.0, "reason": format!("{reason:?}"),
                "history_deleted": history_deleted }),
            format!("{chat}: closed ({reason:?})"),
        ),
        SecretEvent::ChatReady { chat, user_id, key } => (
            json!({ "event": "ready", "chat": chat.0, "user_id": user_id.to_string(), "key": hexadecimal(key) }),
            format!("{chat}: ready, with user {user_id}; `chappe secret key {chat}` shows the key"),
        ),
        SecretEvent::ChatRequested { chat, user_id, date } => (
            json!({ "event": "requested", "chat": chat.0, "user_id": user_id.to_string(), "date": date }),
            format!("{chat}: user {user_id} asks for a secret chat; `chappe secret accept {chat}`"),
        ),
        SecretEvent::Message(message) => {
            let (chat, random_id) = (message.chat, message.random_id);
            let text = match &message.content {
                Content::Text(text) => Some(text.text.as_str()),
                _ => None,
            };
            (
                json!({ "event": "message", "chat": chat.0, "random_id": random_id.to_string(),
                    "date": message.date, "ttl": message.ttl, "text": text }),
                format!(
                    "{chat}: {} [{random_id}]",
                    text.unwrap_or("(a kind of message that is not shown here)")
                ),
            )
        }
        SecretEvent::Read { chat, max_date, .. } => (
            json!({ "event": "read", "chat": chat.0, "max_date": max_date }),
            format!("{chat}: read up to {max_date}"),
        ),
        SecretEvent::Typing { chat } => {
            (json!({ "event": "typing", "chat": chat.0 }), format!("{chat}: typing…"))
        }
        other => {
            let shown = format!("{other:?}");
            let name = shown.split([' ', '(']).next().unwrap_or_default().to_owned();
            (json!({ "event": name, "detail": shown }), shown)
        }
    };
    print(args, value, || text)
}
