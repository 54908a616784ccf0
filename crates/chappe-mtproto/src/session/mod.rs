//! Sessions: numbering, salts, containers, acknowledgements and repetition, for both roles.
//!
//! ```text
//!               calls                          packets
//!   driver  ─────────────▶ ┌───────────────┐ ◀───────────── transport
//!           ◀───────────── │ ClientSession │ ─────────────▶
//!               events     └───────────────┘    packets
//!
//!                          ┌───────────────┐ ◀───────────── open_packet ◀── transports (several)
//!   driver  ◀───────────── │ ServerSession │
//!           ─────────────▶ └───────────────┘ ─────────────▶
//!           answers, updates                    packets
//! ```
//!
//! A **session** is a stream of messages under one [`SessionId`], chosen by the client. It outlives connections: what
//! was not acknowledged on one is sent again on the next. A **message** has a [`MsgId`] and a [`SeqNo`]; it travels
//! alone or in a **container**. It is **content-related** (odd `seq_no`) if the receiver has to acknowledge it.
//!
//! Both machines are sans-IO: `handle_*` takes what happened, plain verbs are commands, `poll_output` is called
//! until it returns `None`.
//!
//! Source: <https://core.telegram.org/mtproto/description>,
//! <https://core.telegram.org/mtproto/service_messages>

pub mod client;
mod envelope;
pub mod limits;
mod numbering;
mod own_ids;
pub mod server;

use std::fmt;

pub use own_ids::{OwnIdHasher, OwnIds};

/// `msg_id`: about Unix time times 2^32. Divisible by 4 from the client; odd from the server, 1 modulo 4 for answers
/// and 3 for everything else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MsgId(pub i64);

/// `seq_no`: twice the number of content-related messages sent before, plus one if this is one itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SeqNo(pub i32);

/// `session_id`: 64 random bits chosen by the client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SessionId(pub i64);

impl MsgId {
    /// The Unix time in the upper half, in seconds.
    pub const fn unix_secs(self) -> i64 {
        self.0 >> 32
    }
}

impl SeqNo {
    /// Whether the message has to be acknowledged.
    pub const fn is_content_related(self) -> bool {
        self.0 & 1 == 1
    }
}

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MsgId({:#018x})", self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({:#018x})", self.0)
    }
}

/// A salt and when it may be used, in Unix seconds of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FutureSalt {
    /// First second of validity.
    pub valid_since: i32,
    /// First second after it.
    pub valid_until: i32,
    /// The salt.
    pub salt: i64,
}
