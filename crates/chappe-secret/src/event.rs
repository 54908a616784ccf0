//! What the application learns.

use chappe_crypto::{KeyFingerprint, picture::KeyVisualization};

use crate::{Action, EncryptedFile, InboundMessage, OutboundMessage, RandomId, SecretChatId, SecretLayer};

/// Something that happened in a chat.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "most events are messages")]
pub enum Event {
    /// An action that the application has ordered has its number: it goes out, now or after a restart.
    Acted {
        /// The chat.
        chat: SecretChatId,
        /// Our name for the service message.
        random_id: RandomId,
        /// Its place in our sequence, counted from 0.
        raw_seq_no: u32,
        /// When, Unix seconds by our clock.
        date: i32,
        /// What it does.
        action: Action,
    },
    /// The peer sent a service action. The engine has done its own part of it already.
    Action {
        /// The chat.
        chat: SecretChatId,
        /// The sender's name for the service message.
        random_id: RandomId,
        /// Its place in the sender's sequence, counted from 0: identifies the delivery.
        raw_seq_no: u32,
        /// The server's date, Unix seconds.
        date: i32,
        /// What it does.
        action: Action,
    },
    /// A chat has ended; its keys are gone. It is never reopened.
    ChatClosed {
        /// The chat.
        chat: SecretChatId,
        /// Why.
        reason: CloseReason,
        /// Whether the local history is to be deleted, too.
        history_deleted: bool,
    },
    /// An ended chat was forgotten: its history goes, too.
    ChatForgotten {
        /// The chat.
        chat: SecretChatId,
    },
    /// A chat can be used. Compare `key` with the peer's over another channel.
    ChatReady {
        /// The chat.
        chat: SecretChatId,
        /// The peer.
        user_id: i64,
        /// The picture of the key.
        key: KeyVisualization,
    },
    /// Somebody asks for a chat: [`accept`](crate::SecretChats::accept) or
    /// [`decline`](crate::SecretChats::decline) it.
    ChatRequested {
        /// The chat.
        chat: SecretChatId,
        /// Who asks.
        user_id: i64,
        /// When, Unix seconds by the server.
        date: i32,
    },
    /// The server has taken our request; the peer has to accept.
    ChatWaiting {
        /// What [`request`](crate::SecretChats::request) returned. From now on it is called `chat`.
        requested: SecretChatId,
        /// The chat. Nearly always the same number.
        chat: SecretChatId,
        /// The peer.
        user_id: i64,
    },
    /// A message of ours has its number: it goes out, now or after a restart.
    Composed(Box<OutboundMessage>),
    /// The peer has received these messages.
    Delivered {
        /// The chat.
        chat: SecretChatId,
        /// The messages.
        random_ids: Vec<RandomId>,
    },
    /// The peer deletes these messages of this chat: remove them, with their files.
    Deleted {
        /// The chat.
        chat: SecretChatId,
        /// The messages, of either side. Notices of actions are never among them, unless an id was used twice.
        random_ids: Vec<RandomId>,
    },
    /// A payload was not accepted. Nothing changed.
    Dropped {
        /// The chat named by the server.
        chat: SecretChatId,
        /// Why.
        reason: DropReason,
    },
    /// The timers of these messages are over: remove them, with decrypted copies, thumbnails, notifications and quotes.
    Expired {
        /// The chat.
        chat: SecretChatId,
        /// The messages, of either side.
        random_ids: Vec<RandomId>,
    },
    /// The server has stored the file of a message of ours: for sending it on without another upload. Comes before
    /// [`Event::Sent`].
    FileStored {
        /// The chat.
        chat: SecretChatId,
        /// The message.
        random_id: RandomId,
        /// The file.
        file: EncryptedFile,
    },
    /// Messages of the peer are missing; they have been asked for.
    GapDetected {
        /// The chat.
        chat: SecretChatId,
        /// First missing message, counted from 0.
        first: u32,
        /// Last missing message.
        last: u32,
    },
    /// All messages of the peer are there again.
    GapFilled {
        /// The chat.
        chat: SecretChatId,
    },
    /// Missing messages have not come for a long time: the chat may have to be closed.
    GapStuck {
        /// The chat.
        chat: SecretChatId,
    },
    /// The peer deletes the history so far: remove every message delivered or sent before this, but `kept`.
    HistoryCleared {
        /// The chat.
        chat: SecretChatId,
        /// Messages of ours that the peer had not seen when it cleared its history: they stay on both sides.
        kept: Vec<RandomId>,
    },
    /// We have read the peer's messages.
    HistoryRead {
        /// The chat.
        chat: SecretChatId,
        /// Everything up to this date of the server is read.
        max_date: i32,
    },
    /// The key was replaced. The picture stays.
    KeyChanged {
        /// The chat.
        chat: SecretChatId,
        /// The key in use now.
        fingerprint: KeyFingerprint,
    },
    /// The peer's highest known layer rose.
    LayerChanged {
        /// The chat.
        chat: SecretChatId,
        /// The peer's layer.
        layer: SecretLayer,
    },
    /// The peer sent a message.
    Message(InboundMessage),
    /// The peer has read our messages. A claim of the server.
    Read {
        /// The chat.
        chat: SecretChatId,
        /// Everything sent up to this date is read.
        max_date: i32,
        /// When it was read.
        date: i32,
    },
    /// A message could not be sent; in its place the peer gets a deletion.
    SendFailed {
        /// The chat.
        chat: SecretChatId,
        /// The message.
        random_id: RandomId,
        /// The server's word for it.
        error: String,
    },
    /// The server has taken a message or action of ours.
    Sent {
        /// The chat.
        chat: SecretChatId,
        /// The message.
        random_id: RandomId,
        /// The server's date, Unix seconds.
        date: i32,
    },
    /// The self-destruct timer of a message runs.
    TimerStarted {
        /// The chat.
        chat: SecretChatId,
        /// The message.
        random_id: RandomId,
        /// When it will go, Unix seconds.
        expires_at: i64,
    },
    /// The peer is typing. Valid for six seconds.
    Typing {
        /// The chat.
        chat: SecretChatId,
    },
}

/// Why a chat ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// Another device of ours accepted the request first.
    AcceptedElsewhere,
    /// The server's Diffie-Hellman parameters are not safe.
    BadParameters,
    /// We closed or declined it.
    ByUs,
    /// The peer closed or declined it.
    Discarded,
    /// The two sides computed different keys.
    FingerprintMismatch,
    /// The peer broke a rule that protects the chat.
    Violation(Violation),
    /// The server refused a call for good.
    Server {
        /// The error's name.
        error: String,
    },
}

/// Rules whose violation ends a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// An `in_seq_no` that goes back, or acknowledges what was never sent.
    Acknowledgement,
    /// A sequence number beyond all bounds.
    Exhausted,
    /// Sequence numbers of the wrong parity: reflected or misdirected messages.
    Parity,
    /// Too many messages behind a gap.
    PendingOverflow,
    /// A public value of a key exchange is out of range.
    PublicValue,
    /// The peer and we computed different keys in a rekey, or it was aborted after its acceptance.
    Rekey,
    /// A `Resend` that cannot be served.
    Resend,
}

/// Why a payload was dropped. Deliberately coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// It was processed before.
    Duplicate,
    /// Not authentic.
    NotAuthentic,
    /// A message with the id of an earlier one. Its number counts, its content does not.
    RepeatedId,
    /// Authentic, but not a wrapped message with enough random bytes.
    NotWrapped,
    /// Too much is waiting already.
    TooMany,
    /// Encrypted with a key we do not have.
    UnknownKey,
    /// No such chat, or it is closed.
    UnknownChat,
}
