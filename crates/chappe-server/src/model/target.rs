//! The chat that a query means, and what the caller is in it.

use chappe_api::enums::{InputChannel, InputPeer};

use super::eyes::Eyes;
use super::group::{self, Standing};
use super::peer;
use super::peer_id::PeerId;
use super::seen;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::store::UserRow;

/// A chat that the caller may name.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Somebody, the caller included.
    User(Box<UserRow>),
    /// A basic group, supergroup or channel.
    Group(Box<Standing>),
}

impl Target {
    pub(crate) fn peer(&self) -> PeerId {
        match self {
            Self::User(user) => PeerId::user(user.id),
            Self::Group(standing) => standing.peer(),
        }
    }

    pub(crate) fn mailbox(&self, user_id: i64) -> i64 {
        self.peer().mailbox(user_id)
    }

    pub(crate) fn standing(&self) -> Option<&Standing> {
        match self {
            Self::User(_) => None,
            Self::Group(standing) => Some(standing),
        }
    }
}

/// The chat that an `InputPeer` names for the caller: `PEER_ID_INVALID` if there is none, `CHAT_ID_INVALID` for a basic
/// group without the caller, else as [`channel`].
pub(crate) async fn find(call: &Call, input: &InputPeer) -> Answer<Target> {
    let invalid = || call.refuse(&["PEER_ID_INVALID", "MSG_ID_INVALID"]);
    match input {
        InputPeer::PeerSelf | InputPeer::User(_) | InputPeer::UserFromMessage(_) => {
            let user = peer::find_peer(call, input).await?.ok_or_else(invalid)?;
            Ok(Target::User(Box::new(user)))
        }
        InputPeer::Chat(chat) => Ok(Target::Group(Box::new(basic(call, chat.chat_id).await?))),
        InputPeer::Channel(input) => {
            Ok(Target::Group(Box::new(by_hash(call, input.channel_id, input.access_hash).await?)))
        }
        InputPeer::ChannelFromMessage(input) => {
            let standing = by_message(call, &input.peer, input.msg_id, input.channel_id).await?;
            Ok(Target::Group(Box::new(readable(call, standing)?)))
        }
        _ => Err(invalid()),
    }
}

/// A basic group that the caller has, or had, a part in.
pub(crate) async fn basic(call: &Call, chat_id: i64) -> Answer<Standing> {
    let invalid = || call.refuse(&["CHAT_ID_INVALID", "PEER_ID_INVALID"]);
    if chat_id <= 0 || !PeerId::chat(chat_id).is_chat() {
        return Err(invalid());
    }
    let standing = group::standing(&Eyes::of(call)?, PeerId::chat(chat_id)).await?;
    standing.filter(|standing| standing.member.is_some()).ok_or_else(invalid)
}

/// The same for those who are in it now and may still write: not one that was deleted or has become a supergroup.
pub(crate) async fn live_basic(call: &Call, chat_id: i64) -> Answer<Standing> {
    let standing = basic(call, chat_id).await?;
    if !standing.is_in() || standing.chat.deleted || standing.chat.migrated_to != 0 {
        return Err(call.refuse(&["CHAT_ID_INVALID", "PEER_ID_INVALID"]));
    }
    Ok(standing)
}

/// A channel that the caller may see: `CHANNEL_INVALID` without the right access hash, `CHANNEL_PRIVATE` if it is no
/// business of the caller's (any more).
pub(crate) async fn channel(call: &Call, input: &InputChannel) -> Answer<Standing> {
    match input {
        InputChannel::Channel(input) => by_hash(call, input.channel_id, input.access_hash).await,
        InputChannel::FromMessage(input) => {
            readable(call, by_message(call, &input.peer, input.msg_id, input.channel_id).await?)
        }
        InputChannel::Empty => Err(call.refuse(&["CHANNEL_INVALID", "PEER_ID_INVALID"])),
    }
}

/// A channel that the caller knows, whether they may (still) see into it or not.
pub(crate) async fn named_channel(call: &Call, input: &InputChannel) -> Answer<Standing> {
    match input {
        InputChannel::Channel(input) => known(call, input.channel_id, input.access_hash).await,
        InputChannel::FromMessage(input) => {
            by_message(call, &input.peer, input.msg_id, input.channel_id).await
        }
        InputChannel::Empty => Err(call.refuse(&["CHANNEL_INVALID", "PEER_ID_INVALID"])),
    }
}

async fn known(call: &Call, channel_id: i64, access_hash: i64) -> Answer<Standing> {
    let invalid = || call.refuse(&["CHANNEL_INVALID", "PEER_ID_INVALID"]);
    if channel_id <= 0 || access_hash != call.world.access.channel(call.user_id()?, channel_id) {
        return Err(invalid());
    }
    group::standing(&Eyes::of(call)?, PeerId::channel(channel_id)).await?.ok_or_else(invalid)
}

/// A channel that a message which the caller sees names.
async fn by_message(call: &Call, chat: &InputPeer, msg_id: i32, channel_id: i64) -> Answer<Standing> {
    let invalid = || call.refuse(&["CHANNEL_INVALID", "PEER_ID_INVALID"]);
    let peer = PeerId::channel(channel_id);
    if channel_id <= 0 || !seen::names(call, chat, msg_id, peer).await? {
        return Err(invalid());
    }
    group::standing(&Eyes::of(call)?, peer).await?.ok_or_else(invalid)
}

pub(super) async fn by_hash(call: &Call, channel_id: i64, access_hash: i64) -> Answer<Standing> {
    readable(call, known(call, channel_id, access_hash).await?)
}

fn readable(call: &Call, standing: Standing) -> Answer<Standing> {
    if standing.may_read() {
        Ok(standing)
    } else {
        Err(call.refuse(&["CHANNEL_PRIVATE", "CHANNEL_INVALID", "PEER_ID_INVALID"]))
    }
}
