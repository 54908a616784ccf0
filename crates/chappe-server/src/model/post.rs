//! What happened in a mailbox reaches those who have to hear of it.

use chappe_api::enums;
use chappe_tl::Decode;

use super::entities::mentioned_names;
use super::eyes::{Eyes, Peers};
use super::mail;
use super::peer_id::PeerId;
use crate::call::{After, Call};
use crate::methods::errors::Answer;
use crate::store::{Change, MailKind, MessageRow, NameOwner, Result};
use crate::world::World;

impl World {
    /// Brings the changes of a mailbox (of all for `None`) to the other mailboxes that have to hear of them.
    pub(crate) async fn deliver(&self, source: Option<i64>) -> Result<Vec<Change>> {
        let now = self.clock.now().unix_secs();
        let mut changes = Vec::new();
        for delivery in self.store.deliveries(source).await? {
            let mentioned = match delivery.is(MailKind::New) {
                true => match self.store.message_by_uid(delivery.source, delivery.uid).await? {
                    Some(row) if PeerId(row.peer).is_chat() => self.mentions(&row, delivery.mailbox).await?,
                    _ => false,
                },
                false => false,
            };
            changes.extend(self.store.deliver(delivery, mentioned, now).await?);
        }
        Ok(changes)
    }

    /// Whether a message in a group calls for `user`: by name, or as an answer to something of theirs.
    async fn mentions(&self, row: &MessageRow, user: i64) -> Result<bool> {
        if row.reply_uid != 0
            && let Some(answered) = self.store.message_by_uid(user, row.reply_uid).await?
            && answered.author == user
        {
            return Ok(true);
        }
        Ok(self.mentioned_in(row).await?.contains(&user))
    }

    /// Whom a message names.
    pub(crate) async fn mentioned_in(&self, row: &MessageRow) -> Result<Vec<i64>> {
        let entities =
            row.entities.as_ref().and_then(|bytes| Vec::<enums::MessageEntity>::from_bytes(bytes).ok());
        let mut users: Vec<i64> = entities
            .iter()
            .flatten()
            .filter_map(|entity| match entity {
                enums::MessageEntity::MentionName(mention) => Some(mention.user_id),
                _ => None,
            })
            .collect();
        for name in mentioned_names(&row.message) {
            if let Some(NameOwner::User(owner)) = self.store.name_owner(&name).await? {
                users.push(owner);
            }
        }
        Ok(users)
    }

    /// The accounts that read a mailbox.
    pub(crate) async fn readers(&self, mailbox: i64) -> Result<Vec<i64>> {
        if mailbox > 0 { Ok(vec![mailbox]) } else { self.store.member_ids(mailbox).await }
    }
}

/// Something happened in a mailbox through this call: whoever reads it is told afterwards, and other mailboxes get what
/// they have to. `own`: the answer tells the caller.
pub(crate) async fn happened(call: &Call, change: Change, own: bool) -> Answer<()> {
    let users = call.world.readers(change.mailbox).await?;
    call.after(After::Mail { change, users, own });
    if change.mailbox > 0 {
        for change in call.world.deliver(Some(change.mailbox)).await? {
            call.after(After::Mail { change, users: vec![change.mailbox], own: false });
        }
    }
    Ok(())
}

/// The answer that tells of these changes, with other updates before them.
pub(crate) async fn updates(
    call: &Call,
    first: Vec<enums::Update>,
    changes: &[Change],
    mut peers: Peers,
) -> Answer<enums::Updates> {
    let eyes = Eyes::of(call)?;
    let mut updates = first;
    for change in changes {
        let before = change.pts.saturating_sub(change.pts_count);
        let slice = call.store().mail_events(change.mailbox, before, 1).await?;
        for event in &slice.events {
            updates.extend(mail::update(&eyes, change.mailbox, event, &mut peers).await?);
        }
    }
    let (users, chats) = peers.load(&eyes).await?;
    Ok(chappe_api::types::Updates { updates, users, chats, date: call.date(), seq: 0 }.into())
}
