//! Which update moves which counter.

use chappe_api::enums::{Update, Updates};

use crate::{Event, Qts};

/// What an update counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
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
    ($update:expr; pts: $($pts:ident)*; qts: $($qts:ident)*;) => {
        match $update {
            $(Update::$pts(u) => Counter::Pts { pts: u.pts, count: u.pts_count },)*
            $(Update::$qts(u) => Counter::Qts(u.qts),)*
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
    pub(crate) fn short(updates: Updates) -> Option<(Self, i32)> {
        let (pts, count, date) = match &updates {
            Updates::UpdateShortMessage(u) => (u.pts, u.pts_count, u.date),
            Updates::UpdateShortChatMessage(u) => (u.pts, u.pts_count, u.date),
            Updates::UpdateShortSentMessage(u) => (u.pts, u.pts_count, u.date),
            _ => return None,
        };
        Some((Self { counter: Counter::Pts { pts, count }, event: Event::Short(Box::new(updates)) }, date))
    }

    /// The order within one batch: the state of secret chats before their messages, counted ones by their number.
    pub(crate) fn rank(&self) -> (u8, i32) {
        match self.counter {
            Counter::None if matches!(&self.event, Event::Update(u) if matches!(**u, Update::Encryption(_))) => {
                (0, 0)
            }
            Counter::None => (1, 0),
            Counter::Qts(qts) => (2, qts),
            Counter::Pts { pts, .. } => (3, pts),
        }
    }
}
