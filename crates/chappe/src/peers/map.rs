use std::collections::HashMap;
use std::sync::Arc;

use chappe_api::enums;

use super::{Peer, PeerId};

/// The users and chats that came with an answer or update. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerMap(Arc<HashMap<PeerId, Peer>>);

impl PeerMap {
    pub(crate) fn new(
        users: impl IntoIterator<Item = enums::User>,
        chats: impl IntoIterator<Item = enums::Chat>,
    ) -> Self {
        let users = users.into_iter().filter_map(Peer::from_user);
        let chats = chats.into_iter().filter_map(Peer::from_chat);
        Self(Arc::new(users.chain(chats).map(|peer| (peer.id(), peer)).collect()))
    }

    pub(crate) fn get(&self, id: PeerId) -> Option<&Peer> {
        self.0.get(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Peer> {
        self.0.values()
    }
}
