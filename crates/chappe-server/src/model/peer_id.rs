//! One number for every peer, as the storage has it.

use chappe_api::{enums, types};

/// Channels and supergroups begin below this number.
const CHANNELS: i64 = -1_000_000_000_000;

/// A user, a basic group, or a channel (supergroups are channels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
pub(crate) struct PeerId(pub(crate) i64);

impl PeerId {
    pub(crate) const fn user(id: i64) -> Self {
        Self(id)
    }

    pub(crate) const fn chat(id: i64) -> Self {
        Self(-id)
    }

    pub(crate) const fn channel(id: i64) -> Self {
        Self(CHANNELS - id)
    }

    pub(crate) const fn is_user(self) -> bool {
        self.0 > 0
    }

    pub(crate) const fn is_channel(self) -> bool {
        self.0 <= CHANNELS
    }

    pub(crate) const fn is_chat(self) -> bool {
        self.0 < 0 && self.0 > CHANNELS
    }

    /// The number that the API has for it.
    pub(crate) const fn bare(self) -> i64 {
        if self.is_channel() {
            CHANNELS - self.0
        } else if self.0 < 0 {
            -self.0
        } else {
            self.0
        }
    }

    /// The mailbox in which `user` keeps the messages of this chat.
    pub(crate) const fn mailbox(self, user: i64) -> i64 {
        if self.is_channel() { self.0 } else { user }
    }

    pub(crate) fn peer(self) -> enums::Peer {
        let id = self.bare();
        if self.is_channel() {
            types::PeerChannel { channel_id: id }.into()
        } else if self.is_chat() {
            types::PeerChat { chat_id: id }.into()
        } else {
            types::PeerUser { user_id: id }.into()
        }
    }

    /// `None` for 0, which stands for nobody.
    pub(crate) fn some(self) -> Option<enums::Peer> {
        (self.0 != 0).then(|| self.peer())
    }
}

impl From<&enums::Peer> for PeerId {
    fn from(peer: &enums::Peer) -> Self {
        match peer {
            enums::Peer::User(peer) => Self::user(peer.user_id),
            enums::Peer::Chat(peer) => Self::chat(peer.chat_id),
            enums::Peer::Channel(peer) => Self::channel(peer.channel_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_has_a_number_of_its_own() {
        for peer in [PeerId::user(5), PeerId::chat(5), PeerId::channel(5)] {
            assert_eq!((peer.bare(), PeerId::from(&peer.peer())), (5, peer));
            assert_eq!(
                [peer.is_user(), peer.is_chat(), peer.is_channel()].iter().filter(|is| **is).count(),
                1
            );
        }
        assert_eq!(PeerId::chat(5).mailbox(7), 7);
        assert_eq!(PeerId::channel(5).mailbox(7), PeerId::channel(5).0);
    }
}
