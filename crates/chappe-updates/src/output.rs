//! What the machine asks for and tells.

use chappe_api::enums::{self, Updates};
use chappe_crypto::Now;

use crate::{ChannelId, Pts, Qts, State};

/// One thing to do. Perform them strictly in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Hand this on. Whoever takes it must have stored what it leads to before the next output is taken: the
    /// [`Output::Persist`] or [`Output::PersistChannel`] after it acknowledges it.
    Event(Event),
    /// Store this.
    Persist(State),
    /// Store where we stand in this channel; `None` removes it.
    PersistChannel {
        /// The channel.
        channel: ChannelId,
        /// Events of it that are known.
        pts: Option<Pts>,
    },
    /// Make this call and hand in its answer. It stays pending until then.
    Request(Request),
    /// Call [`handle_timeout`](crate::UpdateMachine::handle_timeout) at this moment, if nothing else comes first.
    Timeout(Now),
}

/// A call to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// `updates.getChannelDifference`; its answer goes to
    /// [`handle_channel_difference`](crate::UpdateMachine::handle_channel_difference). Several channels may be asked
    /// for at once, each once.
    GetChannelDifference {
        /// The channel.
        channel: ChannelId,
        /// Events of it that are known.
        from: Pts,
    },
    /// The pts that a channel has now, by `channels.getFullChannel` or any other way; the answer goes to
    /// [`handle_channel_pts`](crate::UpdateMachine::handle_channel_pts).
    GetChannelPts {
        /// The channel.
        channel: ChannelId,
    },
    /// `updates.getDifference`; its answer goes to
    /// [`handle_difference`](crate::UpdateMachine::handle_difference). The qts in it acknowledges secret messages.
    GetDifference {
        /// The state to ask from.
        from: State,
    },
    /// `updates.getState`; its answer goes to [`handle_state`](crate::UpdateMachine::handle_state).
    GetState,
}

/// Something for the application.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Too much has happened in this channel: its history has to be fetched anew.
    ChannelTooLong(ChannelId),
    /// A message for a secret chat. `qts` is `None` for all but the last of a difference.
    EncryptedMessage {
        /// The message.
        message: Box<enums::EncryptedMessage>,
        /// The counter to store together with what the message leads to.
        qts: Option<Qts>,
    },
    /// A message from a difference, of the account or of a channel.
    Message(Box<enums::Message>),
    /// People and groups that the following events name.
    Peers {
        /// Groups and channels.
        chats: Vec<enums::Chat>,
        /// People.
        users: Vec<enums::User>,
    },
    /// qts moved without a secret message.
    QtsMoved(Qts),
    /// `updateShortMessage`, `updateShortChatMessage` or `updateShortSentMessage`.
    Short(Box<Updates>),
    /// Too much has happened: the list of chats has to be fetched anew.
    TooLong,
    /// Any other update.
    Update(Box<enums::Update>),
}
