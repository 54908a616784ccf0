//! What the engine asks of its driver.

use std::fmt;

use chappe_crypto::Now;

use crate::{Event, Request, SecretChatId};

/// One item from [`poll_output`](crate::SecretChats::poll_output). Perform them strictly in order.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "outputs are moved once")]
pub enum Output {
    /// Tell the application.
    Event(Event),
    /// Write this in one transaction, make it durable, then call
    /// [`handle_persisted`](crate::SecretChats::handle_persisted). Nothing that depends on it comes out before.
    Persist(Batch),
    /// Make this call and hand in its answer.
    Request(Request),
    /// Call [`handle_timeout`](crate::SecretChats::handle_timeout) at this moment, if nothing else comes first.
    Timeout(Now),
}

/// Changes that become durable together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// To be given to [`handle_persisted`](crate::SecretChats::handle_persisted).
    pub barrier: u64,
    /// What to write.
    pub changes: Vec<Change>,
    /// The events that follow the batch. A driver that keeps a history writes them in the same transaction: then a
    /// crash loses none.
    pub events: Vec<Event>,
}

/// One change of the store: a table of keys and values is all it has to be.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// Insert or replace. The value contains keys: protect it.
    Put {
        /// Which record.
        key: RecordKey,
        /// Its bytes.
        value: zeroize::Zeroizing<Vec<u8>>,
    },
    /// Remove, so that it cannot be recovered.
    Remove {
        /// Which record.
        key: RecordKey,
    },
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, value } => write!(f, "Put({key}, {} bytes)", value.len()),
            Self::Remove { key } => write!(f, "Remove({key})"),
        }
    }
}

/// Names a record of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKey {
    /// What concerns the account: qts and Diffie-Hellman parameters.
    Account,
    /// A chat.
    Chat(SecretChatId),
    /// A received message that waits for the chat's key (`held`), for messages before it (`pending`).
    Inbound {
        /// The chat.
        chat: SecretChatId,
        /// Its place in the peer's sequence, or in the order of arrival if `held`.
        raw: u32,
        /// Whether it is still encrypted.
        held: bool,
    },
    /// Ids of recent messages.
    Names {
        /// The chat.
        chat: SecretChatId,
        /// Its place in the ring.
        slot: u32,
    },
    /// A message of ours that the peer has not acknowledged.
    Outbound {
        /// The chat.
        chat: SecretChatId,
        /// Its place in our sequence.
        raw: u32,
    },
    /// The self-destruct timer of a message.
    Timer {
        /// The chat.
        chat: SecretChatId,
        /// Its place in its sender's sequence, doubled; the lowest bit is 1 for messages of the peer.
        number: u32,
    },
}

impl RecordKey {
    /// The key as three numbers, for a table with a primary key of three columns: kind, chat, number.
    pub const fn to_columns(self) -> (u8, i32, u32) {
        match self {
            Self::Account => (0, 0, 0),
            Self::Chat(chat) => (1, chat.0, 0),
            Self::Inbound { chat, raw, held: true } => (2, chat.0, raw),
            Self::Inbound { chat, raw, held: false } => (3, chat.0, raw),
            Self::Outbound { chat, raw } => (4, chat.0, raw),
            Self::Timer { chat, number } => (5, chat.0, number),
            Self::Names { chat, slot } => (6, chat.0, slot),
        }
    }

    /// The inverse of [`RecordKey::to_columns`]; `None` for a kind this version does not know.
    pub const fn from_columns(kind: u8, chat: i32, raw: u32) -> Option<Self> {
        let chat = SecretChatId(chat);
        Some(match kind {
            0 => Self::Account,
            1 => Self::Chat(chat),
            2 => Self::Inbound { chat, raw, held: true },
            3 => Self::Inbound { chat, raw, held: false },
            4 => Self::Outbound { chat, raw },
            5 => Self::Timer { chat, number: raw },
            6 => Self::Names { chat, slot: raw },
            _ => return None,
        })
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Chat(chat) => write!(f, "chat {chat}"),
            Self::Inbound { chat, raw, held } => {
                write!(f, "{} message {raw} of chat {chat}", if *held { "held" } else { "pending" })
            }
            Self::Names { chat, slot } => write!(f, "ids {slot} of chat {chat}"),
            Self::Timer { chat, number } => write!(f, "timer {number} of chat {chat}"),
            Self::Outbound { chat, raw } => write!(f, "outgoing message {raw} of chat {chat}"),
        }
    }
}
