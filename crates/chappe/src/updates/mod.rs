//! The stream of everything that happens.

mod hub;
mod stream;

use std::sync::Arc;

use chappe_api::enums;

pub(crate) use hub::Hub;
pub use stream::{SecretEvents, UpdateStream};

/// Something that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Update {
    /// An update of the API.
    Api(ApiUpdate),
    /// A connection was made or has broken. A hint for people: calls and updates wait for the next one by themselves.
    Connection(ConnectionState),
    /// This reader was too slow: so many updates were dropped.
    Lagged {
        /// How many.
        count: u64,
    },
    /// The login has ended: the user closed it on another device, or the account is gone. Log in anew.
    LoggedOut,
    /// The server had too much to tell since the last time: fetch the dialogs anew.
    Missed,
    /// What the server says shows that the session is an older copy of one that was used since: updates and secret
    /// chats have stopped. See [`secret`](crate::secret#older-copies).
    Restored,
    /// Something in a secret chat.
    Secret(Box<chappe_secret::Event>),
    /// A message in one of the short forms (`updateShortMessage` and its kin).
    Short(Box<enums::Updates>),
}

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionState {
    /// A connection stands.
    Connected,
    /// It broke; another one is being made.
    Connecting,
    /// It broke and no other one is being made: see [`Reconnect::max_attempts`](crate::Reconnect).
    Disconnected,
}

/// An update of the API, and whom it speaks of.
#[derive(Clone, Debug)]
pub struct ApiUpdate {
    /// What happened. A message that was fetched after an absence is an `updateNewMessage` with a pts of 0.
    pub update: enums::Update,
    /// The users that the server described beside it.
    pub users: Arc<[enums::User]>,
    /// The chats that the server described beside it.
    pub chats: Arc<[enums::Chat]>,
}
