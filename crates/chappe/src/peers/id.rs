use std::fmt;

use chappe_api::{enums, types};

/// Numbers of channels in the single-number form begin below this one.
const CHANNEL_MARK: i64 = -1_000_000_000_000;

/// A user, group or channel by its number. The same for every account.
///
/// ```
/// use chappe::PeerId;
///
/// assert_eq!(PeerId::Channel(5).marked(), -1_000_000_000_005);
/// assert_eq!(PeerId::from_marked(-7), Some(PeerId::Chat(7)));
/// assert_eq!(PeerId::User(9).to_string(), "user 9");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerId {
    /// A channel or supergroup.
    Channel(i64),
    /// A basic group.
    Chat(i64),
    /// A person or a bot.
    User(i64),
}

impl PeerId {
    /// The number without the kind.
    ///
    /// ```
    /// use chappe::PeerId;
    ///
    /// assert_eq!(PeerId::Channel(42).bare(), PeerId::User(42).bare()); // two peers: the number alone names none
    /// ```
    pub fn bare(self) -> i64 {
        match self {
            Self::Channel(id) | Self::Chat(id) | Self::User(id) => id,
        }
    }

    /// Number and kind in one number, as bots and other libraries write it: users as they are, basic groups negative,
    /// channels with `-100` in front.
    ///
    /// ```
    /// use chappe::PeerId;
    ///
    /// assert_eq!(PeerId::User(42).marked(), 42);
    /// assert_eq!(PeerId::Chat(42).marked(), -42);
    /// assert_eq!(PeerId::Channel(42).marked(), -1_000_000_000_042);
    /// assert_eq!(PeerId::Channel(42).bare(), 42);
    /// ```
    pub fn marked(self) -> i64 {
        match self {
            Self::Channel(id) => CHANNEL_MARK.saturating_sub(id),
            Self::Chat(id) => id.saturating_neg(),
            Self::User(id) => id,
        }
    }

    /// The inverse of [`marked`](PeerId::marked); `None` for a number that names nothing.
    ///
    /// ```
    /// use chappe::PeerId;
    ///
    /// assert_eq!(PeerId::from_marked(-1_000_000_000_042), Some(PeerId::Channel(42)));
    /// assert_eq!(PeerId::from_marked(0), None);
    /// ```
    pub fn from_marked(marked: i64) -> Option<Self> {
        match marked {
            1.. => Some(Self::User(marked)),
            0 | CHANNEL_MARK => None,
            _ if marked > CHANNEL_MARK => Some(Self::Chat(-marked)),
            _ => CHANNEL_MARK.checked_sub(marked).map(Self::Channel),
        }
    }

    /// The id of a group or channel that the API describes; communities are none.
    pub(crate) fn of_chat(chat: &enums::Chat) -> Option<Self> {
        Some(match chat {
            enums::Chat::Empty(chat) => Self::Chat(chat.id),
            enums::Chat::Chat(chat) => Self::Chat(chat.id),
            enums::Chat::Forbidden(chat) => Self::Chat(chat.id),
            enums::Chat::Channel(channel) => Self::Channel(channel.id),
            enums::Chat::ChannelForbidden(channel) => Self::Channel(channel.id),
            enums::Chat::Community(_) | enums::Chat::CommunityForbidden(_) => return None,
        })
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(id) => write!(f, "channel {id}"),
            Self::Chat(id) => write!(f, "group {id}"),
            Self::User(id) => write!(f, "user {id}"),
        }
    }
}

impl From<&enums::Peer> for PeerId {
    fn from(peer: &enums::Peer) -> Self {
        match peer {
            enums::Peer::Channel(peer) => Self::Channel(peer.channel_id),
            enums::Peer::Chat(peer) => Self::Chat(peer.chat_id),
            enums::Peer::User(peer) => Self::User(peer.user_id),
        }
    }
}

impl From<enums::Peer> for PeerId {
    fn from(peer: enums::Peer) -> Self {
        Self::from(&peer)
    }
}

impl From<PeerId> for enums::Peer {
    fn from(id: PeerId) -> Self {
        match id {
            PeerId::Channel(channel_id) => types::PeerChannel { channel_id }.into(),
            PeerId::Chat(chat_id) => types::PeerChat { chat_id }.into(),
            PeerId::User(user_id) => types::PeerUser { user_id }.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_names_kind_and_id() {
        for id in [PeerId::User(1), PeerId::Chat(1), PeerId::Channel(1), PeerId::Channel(1 << 40)] {
            assert_eq!(PeerId::from_marked(id.marked()), Some(id));
            assert_eq!(PeerId::from(enums::Peer::from(id)), id);
        }
        assert_eq!(PeerId::from_marked(0), None);
        assert_eq!(PeerId::from_marked(CHANNEL_MARK), None);
        assert_eq!(PeerId::from_marked(i64::MIN).map(PeerId::marked), Some(i64::MIN));
    }
}
