//! What the server tells: the state of chats, and encrypted messages.

use std::fmt;

use crate::{EncryptedFile, SecretChatId};

/// The state of a chat as the server sees it (`EncryptedChat`).
#[derive(Clone, PartialEq, Eq)]
pub enum ChatUpdate {
    /// `encryptedChat`: the key exchange is complete.
    Accepted {
        /// Numbers and people.
        chat: ChatHead,
        /// The other side's public value.
        g_a_or_b: Vec<u8>,
        /// Fingerprint of the key, as computed by the accepting side.
        key_fingerprint: i64,
    },
    /// `encryptedChatDiscarded`: declined, closed, or accepted on another device.
    Discarded {
        /// The chat.
        id: SecretChatId,
        /// Whether the peer asks for the history to be deleted, too.
        history_deleted: bool,
    },
    /// `encryptedChatEmpty`: the server knows nothing.
    Empty {
        /// The chat.
        id: SecretChatId,
    },
    /// `encryptedChatRequested`: somebody asks us.
    Requested {
        /// Numbers and people.
        chat: ChatHead,
        /// The creator's public value.
        g_a: Vec<u8>,
        /// The folder the chat should appear in.
        folder_id: Option<i32>,
    },
    /// `encryptedChatWaiting`: we asked and the peer has not answered.
    Waiting {
        /// Numbers and people.
        chat: ChatHead,
    },
}

impl ChatUpdate {
    /// The chat it is about.
    pub const fn id(&self) -> SecretChatId {
        match self {
            Self::Accepted { chat, .. } | Self::Requested { chat, .. } | Self::Waiting { chat } => chat.id,
            Self::Discarded { id, .. } | Self::Empty { id } => *id,
        }
    }
}

impl fmt::Debug for ChatUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Accepted { .. } => "Accepted",
            Self::Discarded { .. } => "Discarded",
            Self::Empty { .. } => "Empty",
            Self::Requested { .. } => "Requested",
            Self::Waiting { .. } => "Waiting",
        };
        f.debug_struct(name).field("id", &self.id()).finish_non_exhaustive()
    }
}

/// The fields common to all states of a chat that still matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatHead {
    /// Number of the chat.
    pub id: SecretChatId,
    /// Needed with the number in calls; differs per user.
    pub access_hash: i64,
    /// When it was created, Unix seconds by the server.
    pub date: i32,
    /// The creator's user id.
    pub admin_id: i64,
    /// The other one's user id.
    pub participant_id: i64,
}

/// An encrypted message as it comes from the server (`EncryptedMessage`).
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedMessage {
    /// The chat.
    pub chat: SecretChatId,
    /// The id in the sender's call. Not authenticated; a resent message may have a fresh one.
    pub random_id: i64,
    /// When the server took it, Unix seconds.
    pub date: i32,
    /// Fingerprint, message key and ciphertext.
    pub bytes: Vec<u8>,
    /// The file beside it.
    pub file: Option<EncryptedFile>,
    /// Whether it came by `messages.sendEncryptedService`. Means nothing for its treatment.
    pub service: bool,
}

impl fmt::Debug for EncryptedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedMessage")
            .field("chat", &self.chat)
            .field("len", &self.bytes.len())
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
