//! What the engine knows about one chat. All of it but the fields marked volatile is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::{AuthKey, KeyFingerprint, KeyVisualization, Role};
use zeroize::Zeroizing;

use crate::names::Names;
use crate::sequence::Sequence;
use crate::timers::Timers;
use crate::{
    ChatInfo, ChatState, EncryptedFile, EncryptedMessage, InputFile, Peer, RandomId, RequestId, SecretChatId,
    SecretLayer,
};

/// One chat.
pub(crate) struct Chat {
    pub(crate) id: SecretChatId,
    /// What `request` returned: the id changes if the server chooses another.
    pub(crate) requested: SecretChatId,
    pub(crate) access_hash: i64,
    pub(crate) user_id: i64,
    pub(crate) user_access_hash: i64,
    pub(crate) role: Role,
    pub(crate) date: i32,
    /// Somebody has compared the picture with the peer's.
    pub(crate) verified: bool,
    /// Never erased before the chat.
    pub(crate) visualization: Option<KeyVisualization>,
    pub(crate) phase: Phase,
    /// Timers of messages that outlive the chat: a record each. While it is ready, the session has them.
    pub(crate) timers: Timers,
    /// Messages that came before the key: a record each.
    pub(crate) held: BTreeMap<u32, EncryptedMessage>,
    /// Volatile: restored from the store and not confirmed by the server since.
    pub(crate) restored: bool,
    /// Volatile: when we last told the server that we are typing.
    pub(crate) typing_told: Option<Duration>,
    /// Volatile: the deadline that stands in the engine's table.
    pub(crate) scheduled: Option<Duration>,
}

/// The life of a chat.
pub(crate) enum Phase {
    /// Ours: Diffie-Hellman parameters are being fetched.
    Preparing,
    /// Ours: `requestEncryption` has no answer yet.
    Requesting { secret: DhSecret },
    /// Ours: the peer has to decide.
    Waiting { secret: DhSecret },
    /// The peer's: somebody has to decide here.
    Requested {
        g_a: Vec<u8>,
        /// When the policy accepts, Unix seconds.
        accept_at: Option<i64>,
        /// Decided; parameters are being fetched.
        accepting: bool,
    },
    /// The peer's: `acceptEncryption` has no answer yet. The exponent is gone, the key is all that is needed.
    Accepting { params: DhParams, g_b: Vec<u8>, key: AuthKey },
    /// Usable.
    Ready(Box<Session>),
    /// Ended. `discard`: the server has to be told, and whether to delete the history.
    Discarded { discard: Option<bool> },
}

/// A usable chat.
pub(crate) struct Session {
    pub(crate) params: DhParams,
    /// What we encrypt with.
    pub(crate) key: AuthKey,
    /// What else we decrypt with: the next key before the switch, the last one after it.
    pub(crate) other: Option<AuthKey>,
    pub(crate) rekey: Rekey,
    pub(crate) key_uses: u32,
    /// Unix seconds.
    pub(crate) key_since: i64,
    /// The peer has given up the last rekey: the uses of the key and the time (Unix seconds) of that moment.
    pub(crate) rekey_refused: Option<(u32, i64)>,
    pub(crate) sequence: Sequence,
    /// The last message asked for again, raw.
    pub(crate) resend_end: Option<u32>,
    /// Since when messages are missing, Unix seconds.
    pub(crate) gap_since: Option<i64>,
    /// The first message that was not encrypted with MTProto 1.0, raw.
    pub(crate) mtproto2_from: Option<u32>,
    pub(crate) local_layer: SecretLayer,
    pub(crate) peer_layer: SecretLayer,
    pub(crate) ttl: i32,
    /// Date up to which we have read, and up to which the server knows.
    pub(crate) read_wanted: i32,
    pub(crate) read_told: i32,
    /// The latest date of a message of the peer.
    pub(crate) newest: i32,
    /// Up to where the peer has read.
    pub(crate) peer_read: PeerRead,
    /// Timers of messages: a record each.
    pub(crate) timers: Timers,
    /// Ids of messages: a record for some each.
    pub(crate) names: Names,
    /// Unacknowledged messages of ours: a record each.
    pub(crate) outbox: BTreeMap<u32, Outbound>,
    /// Messages behind a gap: a record each.
    pub(crate) pending: BTreeMap<u32, Pending>,

    // Volatile.
    /// The latest message under the key is ours.
    pub(crate) spoke_last: bool,
    /// `peer_read` has changed and the timers do not know.
    pub(crate) read_is_news: bool,
    pub(crate) pending_len: usize,
    pub(crate) unsent: BTreeSet<u32>,
    pub(crate) in_flight: Vec<(RequestId, u32)>,
    pub(crate) failures: u32,
    pub(crate) retry_at: Option<Duration>,
    pub(crate) gap_asked: Duration,
    /// The number of that question, until the server has it.
    pub(crate) gap_question: Option<u32>,
    /// How often the present gap was asked for again.
    pub(crate) gap_tries: u32,
    /// When messages were last sent again on request.
    pub(crate) resent: BTreeMap<u32, Duration>,
    pub(crate) stuck_told: bool,
}

impl Session {
    pub(crate) fn new(role: Role, params: DhParams, key: AuthKey, key_since: i64) -> Self {
        Self {
            params,
            key,
            other: None,
            rekey: Rekey::Idle,
            key_uses: 0,
            key_since,
            rekey_refused: None,
            sequence: Sequence::new(role),
            resend_end: None,
            gap_since: None,
            mtproto2_from: None,
            local_layer: SecretLayer(0),
            // Peers of today all write at least this, and we never write less.
            peer_layer: SecretLayer::MTPROTO2,
            ttl: 0,
            read_wanted: 0,
            read_told: 0,
            newest: 0,
            peer_read: PeerRead::default(),
            timers: Timers::default(),
            names: Names::default(),
            spoke_last: false,
            read_is_news: false,
            outbox: BTreeMap::new(),
            pending: BTreeMap::new(),
            pending_len: 0,
            unsent: BTreeSet::new(),
            in_flight: Vec::new(),
            failures: 0,
            retry_at: None,
            gap_asked: Duration::ZERO,
            gap_question: None,
            gap_tries: 0,
            resent: BTreeMap::new(),
            stuck_told: false,
        }
    }
}

/// What the server says that the peer has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PeerRead {
    /// Messages up to this date are read.
    pub(crate) max_date: i32,
    /// When that was.
    pub(crate) date: i32,
    /// Only messages with smaller numbers existed then: a date in the future says nothing about those to come.
    pub(crate) before: u32,
}

/// Where a rekey stands.
#[allow(clippy::large_enum_variant, reason = "there is one in each session, which is boxed")]
pub(crate) enum Rekey {
    Idle,
    /// We asked. `raw` is the number of the `RequestKey`, `since` Unix seconds.
    Requested {
        exchange_id: i64,
        secret: DhSecret,
        raw: u32,
        since: i64,
    },
    /// We confirmed and switched; `other` is the old key until the peer proves the new one.
    Committed {
        exchange_id: i64,
    },
    /// We accepted; `other` is the new key. `raw` is the number of the `AcceptKey`.
    Accepted {
        exchange_id: i64,
        raw: u32,
    },
    /// A message under the new key came before its `CommitKey`; `other` is the old key.
    Switched {
        exchange_id: i64,
    },
}

/// A message of ours that the peer has not acknowledged, encrypted once and for all.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Outbound {
    /// The id inside.
    pub(crate) random_id: RandomId,
    /// The id of the call.
    pub(crate) outer: i64,
    /// Messages of the peer seen when it was created.
    pub(crate) received: u32,
    pub(crate) kind: OutboundKind,
    /// The file beside it; the stored one as soon as the server has answered.
    pub(crate) file: Option<InputFile>,
    pub(crate) data: Vec<u8>,
    /// Whether the server has it.
    pub(crate) sent: bool,
    /// Whether the application knows.
    pub(crate) told: bool,
}

/// What a message of ours is, which decides the method and what may become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutboundKind {
    /// Content: may be replaced by a deletion of itself.
    Content { silent: bool },
    /// Content that was replaced by its deletion.
    Deleted,
    /// An action.
    Service,
}

/// A decrypted message that waits for those before it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) seen: u32,
    pub(crate) layer: SecretLayer,
    pub(crate) date: i32,
    pub(crate) outer: i64,
    pub(crate) file: Option<EncryptedFile>,
    /// The key it was encrypted with.
    pub(crate) key: KeyFingerprint,
    /// It is a `Resend` that was obeyed on arrival.
    pub(crate) obeyed: bool,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Chat {
    pub(crate) fn peer(&self) -> Peer {
        Peer { chat_id: self.id, access_hash: self.access_hash }
    }

    pub(crate) fn state(&self) -> ChatState {
        match &self.phase {
            Phase::Preparing | Phase::Requesting { .. } | Phase::Waiting { .. } => ChatState::Waiting,
            Phase::Requested { accepting: false, .. } => ChatState::Requested,
            Phase::Requested { accepting: true, .. } | Phase::Accepting { .. } => ChatState::Accepting,
            Phase::Ready(_) => ChatState::Ready,
            Phase::Discarded { .. } => ChatState::Discarded,
        }
    }

    pub(crate) fn info(&self) -> ChatInfo {
        let session = match &self.phase {
            Phase::Ready(session) => Some(session),
            _ => None,
        };
        ChatInfo {
            id: self.id,
            access_hash: self.access_hash,
            user_id: self.user_id,
            role: self.role,
            state: self.state(),
            date: self.date,
            local_layer: session.map_or(SecretLayer(0), |s| s.local_layer),
            peer_layer: session.map_or(SecretLayer::MTPROTO2, |s| s.peer_layer),
            ttl: session.map_or(0, |s| s.ttl),
            key: self.visualization,
            verified: self.verified,
            key_fingerprint: session.map(|s| s.key.fingerprint()),
            key_uses: session.map_or(0, |s| s.key_uses),
            rekeying: session.is_some_and(|s| s.other.is_some() || !matches!(s.rekey, Rekey::Idle)),
            sent_count: session.map_or(0, |s| s.sequence.sent),
            received_count: session.map_or(0, |s| s.sequence.received),
            acknowledged_count: session.map_or(0, |s| s.sequence.acknowledged),
            pending_count: session.map_or(0, |s| s.pending.len()),
        }
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
