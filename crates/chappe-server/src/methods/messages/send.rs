//! What `messages.sendEncrypted`, `sendEncryptedFile` and `sendEncryptedService` have in common.

use std::borrow::Cow;

use chappe_api::types::InputEncryptedChat;
use chappe_api::{enums, types};
use chappe_crypto::hash::sha256;

use super::chat::{self, Elsewhere};
use super::faulty;
use crate::call::{After, Call};
use crate::limits::{MIN_SECRET_DATA_LEN, SECRET_DATA_LEN, SECRET_QUEUE_WAIT};
use crate::methods::errors::{Answer, bad_request, flood_wait, forbidden};
use crate::store::{Delivered, Delivery, NewSecretMessage};

/// A message to pass on.
pub(super) struct Outgoing<'a> {
    pub(super) peer: &'a InputEncryptedChat,
    pub(super) random_id: i64,
    pub(super) data: &'a [u8],
    pub(super) is_service: bool,
}

/// A message that may be delivered.
pub(super) struct Checked<'a>(NewSecretMessage<'a>);

/// What the sender learns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) date: i32,
    pub(super) file_id: Option<i64>,
}

impl From<Delivered> for Sent {
    fn from(Delivered { date, file_id }: Delivered) -> Self {
        Self { date, file_id }
    }
}

impl<'a> Outgoing<'a> {
    /// In this order:
    ///
    /// 1. the chat, see [`chat::of_device`]
    /// 2. more than 512 KiB of data: `DATA_TOO_LONG`
    /// 3. data that is no fingerprint, msg_key and one or more AES blocks: `DATA_INVALID`
    /// 4. the other account is deleted: 403 `USER_DELETED`
    /// 5. the other account has blocked the caller: 403 `USER_IS_BLOCKED`
    pub(super) async fn check(self, call: &Call, elsewhere: Elsewhere) -> Answer<Checked<'a>> {
        let Self { peer, random_id, data, is_service } = self;
        call.show(data);
        let user_id = call.user_id()?;
        let (chat, receiver_auth) = chat::of_device(call, peer, elsewhere).await?;
        if data.len() > SECRET_DATA_LEN {
            return Err(bad_request("DATA_TOO_LONG"));
        }
        if data.len() < MIN_SECRET_DATA_LEN || data.len() % 16 != 8 {
            return Err(bad_request("DATA_INVALID"));
        }
        let other = chat.peer_of(user_id).unwrap_or_default();
        if call.store().user(other).await?.is_none_or(|user| user.deleted) {
            return Err(forbidden("USER_DELETED"));
        }
        if call.store().has_blocked(other, user_id).await? {
            return Err(forbidden("USER_IS_BLOCKED"));
        }
        Ok(Checked(NewSecretMessage {
            chat_id: chat.id,
            sender_auth: call.device,
            receiver_auth,
            random_id,
            is_service,
            data: Cow::Borrowed(data),
            content_hash: sha256(&[&[u8::from(is_service)], data]),
            file_id: None,
        }))
    }
}

impl Checked<'_> {
    /// How this message was answered before, if it was.
    pub(super) async fn repeated(&self, call: &Call) -> Answer<Option<Sent>> {
        Ok(call.store().delivered(&self.0).await?.map(Sent::from))
    }

    /// Queues the message for the device on the other side. The same content under the same random id is answered
    /// with its first date and not queued again.
    pub(super) async fn deliver(mut self, call: &Call, file_id: Option<i64>) -> Answer<Sent> {
        self.0.file_id = file_id;
        if !call.world.faults.is_idle()
            && let Some(sent) = faulty::deliver(call, &self.0).await?
        {
            return Ok(sent);
        }
        match call.store().deliver_secret_message(&self.0, call.date()).await? {
            Delivery::Queued { qts, date } => {
                call.after(After::MessageQueued { device: self.0.receiver_auth, qts });
                if !call.world.faults.is_idle() {
                    faulty::release(&call.world, self.0.chat_id, self.0.receiver_auth).await?;
                }
                Ok(Sent { date, file_id })
            }
            Delivery::Repeated(delivered) => Ok(delivered.into()),
            Delivery::Declined => Err(bad_request("ENCRYPTION_DECLINED")),
            Delivery::Full => Err(flood_wait(SECRET_QUEUE_WAIT)),
        }
    }
}

/// Checks and delivers a message without a file.
pub(super) async fn send(
    call: &Call,
    message: Outgoing<'_>,
    elsewhere: Elsewhere,
) -> Answer<enums::messages::SentEncryptedMessage> {
    let sent = message.check(call, elsewhere).await?.deliver(call, None).await?;
    Ok(types::messages::SentEncryptedMessage { date: sent.date }.into())
}
