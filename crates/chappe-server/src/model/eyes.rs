//! Whoever looks, and the peers that what they look at names.

use std::collections::BTreeSet;

use chappe_api::enums;

use super::group;
use super::media;
use super::peer_id::PeerId;
use super::update::{self, Viewer};
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::{MessageRow, Result, Store};
use crate::world::World;

/// Who looks at stored things, and when.
#[derive(Clone, Copy)]
pub(crate) struct Eyes<'a> {
    pub(crate) world: &'a World,
    pub(crate) viewer: Viewer,
    /// Unix seconds.
    pub(crate) now: i64,
}

impl<'a> Eyes<'a> {
    /// The account that calls.
    pub(crate) fn of(call: &'a Call) -> Answer<Self> {
        let viewer =
            Viewer { device: call.device, user_id: call.user_id()?, dc_id: call.environment.this_dc };
        Ok(Self { world: &call.world, viewer, now: call.unix() })
    }

    pub(crate) fn store(&self) -> &'a Store {
        &self.world.store
    }

    pub(crate) fn user_id(&self) -> i64 {
        self.viewer.user_id
    }

    /// The same as media have it.
    pub(crate) fn of_media(&self) -> media::Viewer<'a> {
        let Viewer { user_id: id, dc_id, .. } = self.viewer;
        media::Viewer { id, dc_id, access: &self.world.access, now: self.now, message: 0 }
    }
}

/// The peers that an answer names, so that the client gets all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peers(BTreeSet<PeerId>);

impl Peers {
    pub(crate) fn add(&mut self, peer: PeerId) {
        if peer.0 != 0 {
            self.0.insert(peer);
        }
    }

    pub(crate) fn add_api(&mut self, peer: Option<&enums::Peer>) {
        self.0.extend(peer.map(PeerId::from));
    }

    /// Everybody that a message names.
    pub(crate) fn add_message(&mut self, row: &MessageRow, message: &enums::Message) {
        for peer in [row.peer, row.from_peer, row.via_bot] {
            self.add(PeerId(peer));
        }
        let reply = match message {
            enums::Message::Message(message) => {
                if let Some(fwd) = &message.fwd_from {
                    self.add_api(fwd.from_id.as_ref());
                    self.add_api(fwd.saved_from_peer.as_ref());
                }
                for entity in message.entities.iter().flatten() {
                    if let enums::MessageEntity::MentionName(mention) = entity {
                        self.add(PeerId::user(mention.user_id));
                    }
                }
                if let Some(enums::ReplyMarkup::InlineMarkup(markup)) = &message.reply_markup {
                    for button in markup.rows.iter().flat_map(|row| &row.buttons) {
                        if let enums::InlineButtonType::UserProfile(shown) = &button.r#type {
                            self.add(PeerId::user(shown.user_id));
                        }
                    }
                }
                if let Some(enums::MessageMedia::Contact(contact)) = &message.media {
                    self.add(PeerId::user(contact.user_id));
                }
                message.reply_to.as_ref()
            }
            enums::Message::Service(message) => {
                self.add_action(&message.action);
                message.reply_to.as_ref()
            }
            enums::Message::Empty(_) => None,
        };
        if let Some(enums::MessageReplyHeader::Header(reply)) = reply {
            self.add_api(reply.reply_to_peer_id.as_ref());
        }
    }

    fn add_action(&mut self, action: &enums::MessageAction) {
        use enums::MessageAction as A;
        match action {
            A::ChatCreate(action) => action.users.iter().for_each(|id| self.add(PeerId::user(*id))),
            A::ChatAddUser(action) => action.users.iter().for_each(|id| self.add(PeerId::user(*id))),
            A::ChatDeleteUser(action) => self.add(PeerId::user(action.user_id)),
            A::ChatJoinedByLink(action) => self.add(PeerId::user(action.inviter_id)),
            A::ChatMigrateTo(action) => self.add(PeerId::channel(action.channel_id)),
            A::ChannelMigrateFrom(action) => self.add(PeerId::chat(action.chat_id)),
            _ => {}
        }
    }

    /// The peers themselves, users and chats, as the viewer sees them.
    pub(crate) async fn load(self, eyes: &Eyes<'_>) -> Result<(Vec<enums::User>, Vec<enums::Chat>)> {
        let (users, groups): (Vec<PeerId>, Vec<PeerId>) = self.0.into_iter().partition(|peer| peer.is_user());
        let ids = users.into_iter().map(|peer| peer.0).collect();
        let users = update::users(eyes.store(), &eyes.world.access, eyes.viewer, ids, eyes.now).await?;
        let mut chats = Vec::with_capacity(groups.len());
        for peer in groups {
            chats.extend(group::load(eyes, peer).await?);
        }
        Ok((users, chats))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.0.iter().copied()
    }
}
