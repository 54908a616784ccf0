use chappe_api::{enums, types};

use super::{Peer, PeerId};
use crate::contacts::UserRef;

/// Names a user, group or channel in calls of this account.
///
/// Made from whatever names one: a [`Peer`], a [`Message`](crate::Message) (its chat), a user or chat of the API, or a
/// bare [`PeerId`], for which the client looks up what it has seen of it.
///
/// ```
/// use chappe::{PeerId, PeerRef};
///
/// let known = PeerRef::from(PeerId::User(7));
/// assert_eq!(known.id(), PeerId::User(7));
/// assert_eq!(known.access_hash(), None);
/// assert_eq!(PeerRef::with_hash(PeerId::User(7), -3).access_hash(), Some(-3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerRef {
    pub(super) id: PeerId,
    pub(super) access: Access,
}

/// What gives the right to name a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    /// What the client has seen of it; nothing is needed for basic groups.
    Cached,
    /// Our access hash.
    Hash(i64),
    /// It was seen in a message of a chat that can be named.
    Message { chat: PeerId, chat_hash: i64, message: i32 },
}

impl PeerRef {
    /// From an id and this account's access hash for it.
    ///
    /// ```no_run
    /// use chappe::{PeerId, PeerRef};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // Without a look-up, from what a database has kept for this account.
    /// let friend = PeerRef::with_hash(PeerId::User(5_000_000_001), 0x1122_3344_5566_7788);
    /// client.send(friend, "Good morning.").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_hash(id: PeerId, access_hash: i64) -> Self {
        Self { id, access: Access::Hash(access_hash) }
    }

    /// Whom it names.
    ///
    /// ```
    /// use chappe::{PeerId, PeerRef};
    ///
    /// assert_eq!(PeerRef::with_hash(PeerId::Channel(42), -3).id(), PeerId::Channel(42));
    /// ```
    pub fn id(&self) -> PeerId {
        self.id
    }

    /// The access hash; `None` if it is to be looked up, or not known at all.
    ///
    /// ```
    /// use chappe::{PeerId, PeerRef};
    ///
    /// assert_eq!(PeerRef::with_hash(PeerId::User(7), -3).access_hash(), Some(-3));
    /// assert_eq!(PeerRef::from(PeerId::User(7)).access_hash(), None); // the client knows, or not
    /// ```
    pub fn access_hash(&self) -> Option<i64> {
        match self.access {
            Access::Hash(hash) => Some(hash),
            Access::Cached | Access::Message { .. } => None,
        }
    }

    /// The peer in a call; `None` if the client has to look it up.
    pub(crate) fn input(&self) -> Option<enums::InputPeer> {
        match (self.id, self.access) {
            (PeerId::Chat(chat_id), _) => Some(types::InputPeerChat { chat_id }.into()),
            (_, Access::Cached) => None,
            (PeerId::User(user_id), Access::Hash(access_hash)) => {
                Some(types::InputPeerUser { user_id, access_hash }.into())
            }
            (PeerId::Channel(channel_id), Access::Hash(access_hash)) => {
                Some(types::InputPeerChannel { channel_id, access_hash }.into())
            }
            (id, Access::Message { chat, chat_hash, message: msg_id }) => {
                let peer = Self::with_hash(chat, chat_hash).input()?;
                Some(match id {
                    PeerId::User(user_id) => types::InputPeerUserFromMessage { peer, msg_id, user_id }.into(),
                    _ => types::InputPeerChannelFromMessage { peer, msg_id, channel_id: id.bare() }.into(),
                })
            }
        }
    }
}

impl From<PeerId> for PeerRef {
    fn from(id: PeerId) -> Self {
        Self { id, access: Access::Cached }
    }
}

impl From<&PeerRef> for PeerRef {
    fn from(peer: &PeerRef) -> Self {
        *peer
    }
}

impl From<&Peer> for PeerRef {
    fn from(peer: &Peer) -> Self {
        peer.to_ref()
    }
}

impl From<Peer> for PeerRef {
    fn from(peer: Peer) -> Self {
        peer.to_ref()
    }
}

impl From<UserRef> for PeerRef {
    fn from(user: UserRef) -> Self {
        Self::with_hash(PeerId::User(user.id), user.access_hash)
    }
}

impl From<&types::User> for PeerRef {
    fn from(user: &types::User) -> Self {
        Peer::of_user(user.clone()).to_ref()
    }
}

/// The user in a call, once the peer has been looked up. `None` for groups and channels.
pub(crate) fn to_user(peer: enums::InputPeer) -> Option<enums::InputUser> {
    Some(match peer {
        enums::InputPeer::PeerSelf => enums::InputUser::UserSelf,
        enums::InputPeer::User(user) => {
            types::InputUser { user_id: user.user_id, access_hash: user.access_hash }.into()
        }
        enums::InputPeer::UserFromMessage(user) => {
            let types::InputPeerUserFromMessage { peer, msg_id, user_id } = *user;
            types::InputUserFromMessage { peer, msg_id, user_id }.into()
        }
        _ => return None,
    })
}

/// The channel in a call, once the peer has been looked up. `None` for users and basic groups.
pub(crate) fn to_channel(peer: enums::InputPeer) -> Option<enums::InputChannel> {
    Some(match peer {
        enums::InputPeer::Channel(channel) => {
            types::InputChannel { channel_id: channel.channel_id, access_hash: channel.access_hash }.into()
        }
        enums::InputPeer::ChannelFromMessage(channel) => {
            let types::InputPeerChannelFromMessage { peer, msg_id, channel_id } = *channel;
            types::InputChannelFromMessage { peer, msg_id, channel_id }.into()
        }
        _ => return None,
    })
}
