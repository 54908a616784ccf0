//! What happens, as notifications.

use chappe::{ApiUpdate, ConnectionState, Encode, Update, UpdateStream};
use chappe_tl::dynamic::Schema;
use serde_json::{Value, json};

use super::context::Context;
use super::message::notification;
use crate::failure::Failure;
use crate::view;

/// Passes everything on, until the client is disconnected.
pub(super) async fn announce(context: Context, mut updates: UpdateStream) {
    while let Some(update) = updates.recv().await {
        if let Update::Api(update) = &update {
            context.remember(&update.users);
        }
        match describe(&update) {
            Ok(params) => {
                let event = params.get("event").and_then(Value::as_str).unwrap_or("unknown");
                context.outbox().announce(notification(&format!("event.{event}"), &params));
            }
            Err(failure) => tracing::warn!(message = failure.message(), "an update cannot be shown"),
        }
    }
}

/// The field `event` has the name.
fn describe(update: &Update) -> Result<Value, Failure> {
    Ok(match update {
        Update::Api(update) => api(update)?,
        Update::Connection(state) => {
            let state = match state {
                ConnectionState::Connected => "connected",
                _ => "connecting",
            };
            json!({ "event": "connection", "state": state })
        }
        Update::Lagged { count } => json!({ "event": "lagged", "count": count }),
        Update::LoggedOut => json!({ "event": "logged_out" }),
        Update::Missed => json!({ "event": "missed" }),
        Update::Secret(event) => view::event(event),
        Update::Short(updates) => json!({ "event": "update", "update": dynamic(&**updates)? }),
        _ => json!({ "event": "unknown" }),
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
