//! What happens, as notifications.

use chappe::{ApiUpdate, ConnectionState, Encode, Event, Observer};
use chappe_tl::dynamic::Schema;
use serde_json::{Value, json};

use super::context::Context;
use super::message::notification;
use crate::failure::Failure;
use crate::view;

/// Passes everything on, until the client is disconnected.
pub(super) async fn announce(context: Context, mut observer: Observer) {
    while let Some(event) = observer.recv().await {
        if let Some(update) = event.api() {
            context.remember(&update.users);
        }
        match describe(&event) {
            Ok(params) => {
                let event = params.get("event").and_then(Value::as_str).unwrap_or("unknown");
                context.outbox().announce(notification(&format!("event.{event}"), &params));
            }
            Err(failure) => tracing::warn!(message = failure.message(), "an update cannot be shown"),
        }
    }
}

/// The field `event` has the name.
fn describe(event: &Event) -> Result<Value, Failure> {
    Ok(match event {
        Event::Connection(state) => {
            let state = match state {
                ConnectionState::Connected => "connected",
                _ => "connecting",
            };
            json!({ "event": "connection", "state": state })
        }
        Event::Lagged { count } => json!({ "event": "lagged", "count": count }),
        Event::LoggedOut => json!({ "event": "logged_out" }),
        Event::Missed { channel: None } => json!({ "event": "missed" }),
        Event::Missed { channel } => json!({ "event": "missed", "channel": channel }),
        Event::Restored => json!({ "event": "restored" }),
        Event::Secret(event) => view::event(event),
        Event::Undecodable { constructor_id } => {
            json!({ "event": "undecodable", "constructor_id": format!("{constructor_id:#010x}") })
        }
        event => match event.api() {
            Some(update) => api(update)?,
            None => json!({ "event": "unknown" }),
        },
    })
}

fn api(ApiUpdate { update, users, chats }: &ApiUpdate) -> Result<Value, Failure> {
    let users = users.iter().map(dynamic).collect::<Result<Vec<_>, _>>()?;
    let chats = chats.iter().map(dynamic).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "event": "update", "update": dynamic(update)?, "users": users, "chats": chats }))
}

/// Any object of the API in the form of `chappe invoke`.
pub(super) fn dynamic(object: &impl Encode) -> Result<Value, Failure> {
    let schema: &Schema = chappe_api::api_schema();
    Ok(schema.to_json(&schema.decode_object(&object.to_bytes()?)?.into())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_the_session_has_a_name() {
        let name =
            |event| describe(&event).ok().and_then(|params| Some(params.get("event")?.as_str()?.to_owned()));
        assert_eq!(name(Event::Restored).as_deref(), Some("restored"));
        let undecodable = Event::Undecodable { constructor_id: 0x2a };
        assert_eq!(
            describe(&undecodable).ok(),
            Some(json!({ "event": "undecodable", "constructor_id": "0x0000002a" }))
        );
        assert_eq!(name(undecodable).as_deref(), Some("undecodable"));
        assert_eq!(name(Event::LoggedOut).as_deref(), Some("logged_out"));
    }
}
