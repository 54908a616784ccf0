//! What an application may know about a chat.

use chappe_crypto::{KeyFingerprint, KeyVisualization, Role};

use crate::{SecretChatId, SecretLayer};

/// Where a chat stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// We have accepted; the server has not confirmed it yet.
    Accepting,
    /// Ended. Never reopened.
    Discarded,
    /// Messages can be sent and received.
    Ready,
    /// Somebody asks us and waits for a decision.
    Requested,
    /// We asked and the peer has not answered.
    Waiting,
}

/// A view of one chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatInfo {
    /// Number of the chat.
    pub id: SecretChatId,
    /// Needed with the number in calls.
    pub access_hash: i64,
    /// The peer.
    pub user_id: i64,
    /// Our side: who creates a chat is the initiator.
    pub role: Role,
    /// Where it stands.
    pub state: ChatState,
    /// When it was created, Unix seconds by the server; 0 while unknown.
    pub date: i32,
    /// The highest layer we have announced.
    pub local_layer: SecretLayer,
    /// The highest layer of the peer that we know of.
    pub peer_layer: SecretLayer,
    /// The self-destruct timer of new messages, in seconds; 0 for none.
    pub ttl: i32,
    /// The picture of the first key; stays for as long as the chat is remembered.
    pub key: Option<KeyVisualization>,
    /// Whether somebody has compared the picture with the peer's, see
    /// [`set_verified`](crate::SecretChats::set_verified). A rekey keeps this; a new chat starts without.
    pub verified: bool,
    /// The key in use.
    pub key_fingerprint: Option<KeyFingerprint>,
    /// Messages sent and received with the key in use.
    pub key_uses: u32,
    /// Whether a rekey is under way.
    pub rekeying: bool,
    /// Messages of ours so far: the raw number of the next one.
    pub sent_count: u32,
    /// Messages of the peer processed so far.
    pub received_count: u32,
    /// Messages of ours that the peer has acknowledged.
    pub acknowledged_count: u32,
    /// Messages waiting behind a gap.
    pub pending_count: usize,
}
