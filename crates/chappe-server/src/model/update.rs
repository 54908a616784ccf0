//! Updates: what a device is told without asking.

use chappe_api::{enums, types};

use super::access::AccessHashes;
use super::{chat, file, user};
use crate::store::{DeviceEvent, EventKind, QueuedMessage, Result, Store};

/// A device and who is logged in on it: for whom updates are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer {
    pub(crate) device: i64,
    pub(crate) user_id: i64,
    /// The data centre that the device takes us for.
    pub(crate) dc_id: i32,
}

/// A queued message as the API has it.
pub(crate) fn encrypted_message(
    message: QueuedMessage,
    viewer: Viewer,
    access: &AccessHashes,
) -> enums::EncryptedMessage {
    let QueuedMessage { qts: _, chat_id, random_id, date, is_service, data, file } = message;
    if is_service {
        types::EncryptedMessageService { random_id, chat_id, date, bytes: data }.into()
    } else {
        let file = file.map_or(enums::EncryptedFile::Empty, |file| {
            file::see(&file, viewer.user_id, viewer.dc_id, access)
        });
        types::EncryptedMessage { random_id, chat_id, date, bytes: data, file }.into()
    }
}

/// The update with a queued message.
pub(crate) fn new_message(message: QueuedMessage, viewer: Viewer, access: &AccessHashes) -> enums::Update {
    let qts = message.qts;
    types::UpdateNewEncryptedMessage { message: encrypted_message(message, viewer, access), qts }.into()
}

/// The update for an event, made from what its chat is now; `None` if the viewer has no part in the chat. With it
/// comes the account on the other side.
pub(crate) async fn event(
    store: &Store,
    access: &AccessHashes,
    viewer: Viewer,
    event: DeviceEvent,
) -> Result<Option<(enums::Update, i64)>> {
    let Some(row) = store.secret_chat(event.chat_id).await? else { return Ok(None) };
    let Some(peer) = row.peer_of(viewer.user_id) else { return Ok(None) };
    let update = match event.kind {
        EventKind::ChatChanged => {
            let Some(chat) = chat::see(&row, viewer.user_id, viewer.device, access) else { return Ok(None) };
            types::UpdateEncryption { chat, date: event.at }.into()
        }
        EventKind::MessagesRead => {
            types::UpdateEncryptedMessagesRead { chat_id: row.id, max_date: event.max_date, date: event.at }
                .into()
        }
    };
    Ok(Some((update, peer)))
}

/// The users with these ids as the viewer sees them, each once.
pub(crate) async fn users(
    store: &Store,
    access: &AccessHashes,
    viewer: Viewer,
    mut ids: Vec<i64>,
    now: i64,
) -> Result<Vec<enums::User>> {
    ids.sort_unstable();
    ids.dedup();
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = store.user(id).await? {
            users.push(user::see(store, access, &row, viewer, now).await?);
        }
    }
    Ok(users)
}

/// The box around updates that are pushed. They carry no seq: each has its own counter or none.
pub(crate) fn updates(updates: Vec<enums::Update>, users: Vec<enums::User>, date: i32) -> enums::Updates {
    types::Updates { updates, users, chats: Vec::new(), date, seq: 0 }.into()
}
