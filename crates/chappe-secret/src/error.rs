//! What can go wrong with a command or at a restart.

use crate::{ChatState, SecretChatId};

/// The error of every fallible function of this crate.
///
/// What a peer or the server does wrong is never an error of a `handle_*` call: it becomes
/// [`Event::Dropped`](crate::Event::Dropped) or [`Event::ChatClosed`](crate::Event::ChatClosed).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Malformed or hostile input.
    /// A payload is not authentic, or not of a possible shape. Deliberately without a cause.
    #[error("the payload did not decrypt: it is corrupt, forged, or made with another key")]
    Decrypt,
    /// A stored record cannot be read.
    #[error("stored record {key} is damaged: restore the store or close the chat")]
    Record {
        /// Which record, in words.
        key: String,
    },
    /// A stored record was written by a newer version.
    #[error("stored record {key} has format {version}, newer than this version of the library: update it")]
    RecordVersion {
        /// Which record, in words.
        key: String,
        /// The format found.
        version: u32,
    },

    // Misuse by the caller.
    /// No chat with this number.
    #[error("there is no secret chat {chat}")]
    UnknownChat {
        /// The number given.
        chat: SecretChatId,
    },
    /// The chat is not in the state that the command needs.
    #[error("secret chat {chat} is {state:?}: the command needs it to be {needed:?}")]
    WrongState {
        /// The chat.
        chat: SecretChatId,
        /// Its state.
        state: ChatState,
        /// The state needed.
        needed: ChatState,
    },
    /// A field cannot be written as TL, or the message is too long for one call.
    #[error("the message is too long to be sent")]
    TooLong,
    /// The command cannot be given by hand.
    #[error("{action} belongs to the engine: use {instead}")]
    Reserved {
        /// The action refused.
        action: &'static str,
        /// What to use in its place.
        instead: &'static str,
    },
    /// A key exchange is already under way.
    #[error("secret chat {chat} is exchanging a key already: wait for its end")]
    RekeyInProgress {
        /// The chat.
        chat: SecretChatId,
    },
    /// All 2^30 numbers of the chat are used.
    #[error("secret chat {chat} has used up its sequence numbers: start a new one")]
    SequenceExhausted {
        /// The chat.
        chat: SecretChatId,
    },

    /// The file is larger than the peer's layer or the server allows.
    #[error("the file has {size} bytes, of which the other side can take {max}: send it in pieces")]
    FileTooLarge {
        /// Its size in bytes.
        size: i64,
        /// The limit in bytes.
        max: i64,
    },
    /// The parts of an outgoing media message do not go together.
    #[error("the media cannot be sent: {reason}")]
    InvalidMedia {
        /// What does not fit.
        reason: &'static str,
    },
    /// A piece of a file has a length that is not a multiple of 16 and is not the last, or comes after the end.
    #[error("a piece of the file has the wrong length: pieces but the last are multiples of 16 bytes")]
    FilePart,
    /// A file ended before its size was reached.
    #[error("the file ended {missing} bytes early: fetch it again")]
    FileTruncated {
        /// Plain bytes that did not come.
        missing: u64,
    },

    // Cryptography.
    /// A check or an operation of the cryptography failed.
    #[error(transparent)]
    Crypto(#[from] chappe_crypto::Error),
}
