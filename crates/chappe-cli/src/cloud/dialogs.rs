//! `chappe dialogs`.

use chappe::dialogs::Dialog;
use serde_json::json;

use super::show;
use crate::cli::DialogsArgs;
use crate::failure::Failure;
use crate::{connect, view};

/// Prints the chats.
pub(crate) async fn run(args: DialogsArgs) -> Result<(), Failure> {
    connect::with_authorized(&args.client, async |client| {
        let mut dialogs = client.dialogs().limit(args.limit);
        while let Some(dialog) = dialogs.next().await? {
            show::print(&args.client, json(&dialog), || line(&dialog))?;
        }
        Ok(())
    })
    .await
}

/// A chat of the list.
pub(crate) fn json(dialog: &Dialog) -> serde_json::Value {
    json!({
        "event": "dialog",
        "chat": view::cloud::chat(dialog.peer().id()),
        "kind": view::cloud::kind(dialog.peer()),
        "name": dialog.peer().name(),
        "username": dialog.peer().username(),
        "pinned": dialog.is_pinned(),
        "unread": dialog.unread_count(),
        "read_by_them": dialog.read_outbox_max_id(),
        "last": dialog.last_message().map(view::cloud::message),
    })
}

fn line(dialog: &Dialog) -> String {
    let unread = match dialog.unread_count() {
        0 => String::new(),
        count => format!(" ({count} unread)"),
    };
    let last = dialog.last_message().map(|last| format!(": {}", show::words(last).replace('\n', " ")));
    let id = dialog.peer().id().marked();
    format!(
        "{id:>15}  {:7}  {}{unread}{}",
        view::cloud::kind(dialog.peer()),
        show::name(dialog.peer()),
        last.unwrap_or_default()
    )
}
