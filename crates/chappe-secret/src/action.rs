//! The thirteen service actions.

use std::fmt;

/// What a service message of a secret chat does.
///
/// Source: <https://core.telegram.org/api/end-to-end#service-messages>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Gives up the key exchange.
    AbortKey {
        /// The exchange.
        exchange_id: i64,
    },
    /// Answers a key exchange.
    AcceptKey {
        /// The exchange.
        exchange_id: i64,
        /// Public value of the answering side.
        g_b: Vec<u8>,
        /// Fingerprint of the new key.
        key_fingerprint: i64,
    },
    /// Confirms a key exchange.
    CommitKey {
        /// The exchange.
        exchange_id: i64,
        /// Fingerprint of the new key.
        key_fingerprint: i64,
    },
    /// Deletes messages on the other side.
    DeleteMessages {
        /// Inner ids of the messages.
        random_ids: Vec<i64>,
    },
    /// Deletes all earlier messages on the other side.
    FlushHistory,
    /// Does nothing, but counts, and proves the key.
    Noop,
    /// Announces the highest layer of the sender.
    NotifyLayer {
        /// The layer.
        layer: i32,
    },
    /// Says that the contents of timed messages were opened: starts their timers on the other side.
    ReadMessages {
        /// Inner ids of the messages.
        random_ids: Vec<i64>,
    },
    /// Starts a key exchange.
    RequestKey {
        /// The exchange: random, never zero.
        exchange_id: i64,
        /// Public value of the asking side.
        g_a: Vec<u8>,
    },
    /// Asks for messages again.
    Resend {
        /// First message, as a wire number of the side that is asked.
        start_seq_no: i32,
        /// Last message, inclusive.
        end_seq_no: i32,
    },
    /// Says that a screenshot was taken.
    ScreenshotMessages {
        /// Inner ids of the messages on the screen; may be empty.
        random_ids: Vec<i64>,
    },
    /// Sets the self-destruct timer for later messages.
    SetMessageTtl {
        /// Seconds; 0 turns the timer off.
        seconds: i32,
    },
    /// Says what the sender is doing. No client sends it: they use `messages.setEncryptedTyping`.
    Typing {
        /// What they are doing.
        activity: Activity,
    },
}

impl Action {
    /// The name of the action as in the schema, without the prefix `decryptedMessageAction`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AbortKey { .. } => "AbortKey",
            Self::AcceptKey { .. } => "AcceptKey",
            Self::CommitKey { .. } => "CommitKey",
            Self::DeleteMessages { .. } => "DeleteMessages",
            Self::FlushHistory => "FlushHistory",
            Self::Noop => "Noop",
            Self::NotifyLayer { .. } => "NotifyLayer",
            Self::ReadMessages { .. } => "ReadMessages",
            Self::RequestKey { .. } => "RequestKey",
            Self::Resend { .. } => "Resend",
            Self::ScreenshotMessages { .. } => "ScreenshotMessages",
            Self::SetMessageTtl { .. } => "SetMessageTTL",
            Self::Typing { .. } => "Typing",
        }
    }
}

/// Public values are long and say nothing to a reader: only their length is shown.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(self.name());
        match self {
            Self::AbortKey { exchange_id } => shown.field("exchange_id", exchange_id),
            Self::AcceptKey { exchange_id, g_b, key_fingerprint } => shown
                .field("exchange_id", exchange_id)
                .field("g_b_len", &g_b.len())
                .field("key_fingerprint", key_fingerprint),
            Self::CommitKey { exchange_id, key_fingerprint } => {
                shown.field("exchange_id", exchange_id).field("key_fingerprint", key_fingerprint)
            }
            Self::DeleteMessages { random_ids }
            | Self::ReadMessages { random_ids }
            | Self::ScreenshotMessages { random_ids } => shown.field("random_ids", random_ids),
            Self::FlushHistory | Self::Noop => &mut shown,
            Self::NotifyLayer { layer } => shown.field("layer", layer),
            Self::RequestKey { exchange_id, g_a } => {
                shown.field("exchange_id", exchange_id).field("g_a_len", &g_a.len())
            }
            Self::Resend { start_seq_no, end_seq_no } => {
                shown.field("start_seq_no", start_seq_no).field("end_seq_no", end_seq_no)
            }
            Self::SetMessageTtl { seconds } => shown.field("seconds", seconds),
            Self::Typing { activity } => shown.field("activity", activity),
        }
        .finish()
    }
}

/// What somebody is doing, in [`Action::Typing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are the descriptions")]
pub enum Activity {
    Cancel,
    ChooseContact,
    GeoLocation,
    RecordAudio,
    RecordRound,
    RecordVideo,
    Typing,
    UploadAudio,
    UploadDocument,
    UploadPhoto,
    UploadRound,
    UploadVideo,
}
