//! Which update moves which counter.

use chappe_api::enums::{Message, Peer, Update, Updates};

use crate::{ChannelId, Event, Qts};

/// What an update counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Channel { channel: ChannelId, pts: i32, count: i32 },
    None,
    Pts { pts: i32, count: i32 },
    Qts(i32),
}

/// An update with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) counter: Counter,
    pub(crate) event: Event,
}

macro_rules! counter_of {
    ($update:expr; pts: $($pts:ident)*; qts: $($qts:ident)*; channel: $($channel:ident)*; post: $($post:ident)*;) => {
        match $update {
            $(Update::$pts(u) => Counter::Pts { pts: u.pts, count: u.pts_count },)*
            $(Update::$qts(u) => Counter::Qts(u.qts),)*
            $(Update::$channel(u) => {
                Counter::Channel { channel: ChannelId(u.channel_id), pts: u.pts, count: u.pts_count }
            })*
            $(Update::$post(u) => match channel_of(&u.message) {
                Some(channel) => Counter::Channel { channel, pts: u.pts, count: u.pts_count },
                None => Counter::None,
            },)*
            _ => Counter::None,
        }
    };
}

fn counter(update: &Update) -> Counter {
    counter_of! { update;
        pts: DeleteMessages EditMessage FolderPeers NewMessage PinnedMessages ReadHistoryInbox
            ReadHistoryOutbox ReadMessagesContents WebPage;
        qts: BotBusinessConnect BotChatBoost BotChatInviteRequester BotDeleteBusinessMessage
            BotEditBusinessMessage BotMessageReaction BotMessageReactions BotNewBusinessMessage
            BotPurchasedPaidMedia BotStopped ChannelParticipant ChatParticipant MessagePollVote
            NewEncryptedMessage;
        channel: ChannelWebPage DeleteChannelMessages PinnedChannelMessages;
        post: EditChannelMessage NewChannelMessage;
    }
}

fn channel_of(message: &Message) -> Option<ChannelId> {
    let peer = match message {
        Message::Empty(message) => message.peer_id.as_ref()?,
        Message::Message(message) => &message.peer_id,
        Message::Service(message) => &message.peer_id,
    };
    match peer {
        Peer::Channel(peer) => Some(ChannelId(peer.channel_id)),
        Peer::Chat(_) | Peer::User(_) => None,
    }
}

/// When a message was written; 0 if it does not say so.
pub(crate) fn date_of(message: &Message) -> i32 {
    match message {
        Message::Empty(_) => 0,
        Message::Message(message) => message.date,
        Message::Service(message) => message.date,
    }
}

/// Whether the update takes a number of the queue of secret messages.
pub fn counts_in_qts(update: &Update) -> bool {
    matches!(counter(update), Counter::Qts(_))
}

impl Item {
    pub(crate) fn new(update: Update) -> Self {
        let counter = counter(&update);
        let event = match update {
            Update::NewEncryptedMessage(u) => {
                Event::EncryptedMessage { message: Box::new(u.message), qts: Some(Qts(u.qts)) }
            }
            update => Event::Update(Box::new(update)),
        };
        Self { counter, event }
    }

    /// One of the three short forms of a message.
    pub(crate) fn short(updates: Updates) -> Option<Self> {
        let (pts, count) = match &updates {
            Updates::UpdateShortMessage(u) => (u.pts, u.pts_count),
            Updates::UpdateShortChatMessage(u) => (u.pts, u.pts_count),
            Updates::UpdateShortSentMessage(u) => (u.pts, u.pts_count),
            _ => return None,
        };
        Some(Self { counter: Counter::Pts { pts, count }, event: Event::Short(Box::new(updates)) })
    }

    /// Whether it concerns secret chats: those go on while everything else is paused.
    pub(crate) fn is_secret(&self) -> bool {
        match &self.event {
            Event::EncryptedMessage { .. } => true,
            Event::Update(update) => matches!(
                **update,
                Update::Encryption(_) | Update::EncryptedChatTyping(_) | Update::EncryptedMessagesRead(_)
            ),
            _ => false,
        }
    }

    /// The order within one batch: the state of secret chats before their messages, counted ones by their number.
    pub(crate) fn rank(&self) -> (u8, i64, i32) {
        match self.counter {
            Counter::None if matches!(&self.event, Event::Update(u) if matches!(**u, Update::Encryption(_))) => {
                (0, 0, 0)
            }
            Counter::None => (1, 0, 0),
            Counter::Qts(qts) => (2, 0, qts),
            Counter::Pts { pts, .. } => (3, 0, pts),
            Counter::Channel { channel, pts, .. } => (4, channel.0, pts),
        }
    }
}
