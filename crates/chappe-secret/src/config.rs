//! What the engine is told once, at its start.

use std::time::Duration;

use crate::{SecretLayer, limits};

/// Settings of the engine.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to do when somebody asks for a chat.
    pub accept: AcceptPolicy,
    /// The highest layer we announce. Default: [`SecretLayer::CURRENT`]. After a raise every open chat is told.
    pub layer: SecretLayer,
    /// Our own user id.
    pub own_user_id: i64,
    /// Whether received messages are acknowledged with `messages.receivedQueue` once they are stored. Default: yes.
    pub acknowledge: bool,
    /// How many sends of one chat may be on the way at once. Default: [`limits::SEND_WINDOW`].
    ///
    /// More is faster but needs a driver that obeys [`Request::after`](crate::Request::after).
    pub send_window: usize,
    /// Whether keys are replaced by themselves after 100 messages or a week. Default: yes.
    pub automatic_rekey: bool,
    /// Whether messages of MTProto 1.0 are read in chats where the peer has shown nothing newer. Default: no.
    #[cfg(feature = "mtproto1")]
    pub read_mtproto1: bool,
}

impl Config {
    /// The defaults for the account with this user id.
    pub const fn new(own_user_id: i64) -> Self {
        Self {
            accept: AcceptPolicy::Ask,
            layer: SecretLayer::CURRENT,
            own_user_id,
            acknowledge: true,
            send_window: limits::SEND_WINDOW,
            automatic_rekey: true,
            #[cfg(feature = "mtproto1")]
            read_mtproto1: false,
        }
    }
}

/// Who decides about incoming chat requests.
///
/// A request goes to all devices of a user and the first to accept has the chat for itself, so a device should not
/// accept without a reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AcceptPolicy {
    /// The application, by [`accept`](crate::SecretChats::accept) or [`decline`](crate::SecretChats::decline).
    #[default]
    Ask,
    /// The engine accepts after the delay; the application may decide earlier.
    Automatic {
        /// How long to leave the request to other devices first.
        delay: Duration,
    },
    /// Requests are ignored and left to the user's other devices.
    Never,
}
