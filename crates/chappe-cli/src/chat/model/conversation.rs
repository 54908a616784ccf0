//! Chats as they are listed and shown.

use super::editor::Editor;
use super::message::{Message, MessageState};

/// Places of our messages that the server has not taken yet begin here: after everything that has a number.
pub(crate) const UNNUMBERED: i64 = i64::MAX / 2;

/// Names a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ChatId {
    /// A person, group or channel, by the number that marks its kind.
    Cloud(i64),
    /// A secret chat.
    Secret(i32),
}

/// What the list says of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) id: ChatId,
    pub(crate) title: String,
    pub(crate) kind: ChatKind,
    /// When something last happened, Unix seconds.
    pub(crate) date: i64,
    /// The last message, in a few words.
    pub(crate) last: String,
    pub(crate) unread: u32,
    /// Up to which message the other side has read, in the cloud.
    pub(crate) read_by_them: i64,
}

/// What kind of chat it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChatKind {
    /// A group or channel.
    Group {
        /// Whether we may write.
        writable: bool,
    },
    /// Somebody, in the cloud.
    Person,
    /// A secret chat.
    Secret(Secret),
}

/// How a secret chat stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) stage: Stage,
    /// Self-destruct timer of new messages in seconds; 0 for none.
    pub(crate) ttl: i32,
    /// The picture of the key.
    pub(crate) key: Option<KeyPicture>,
    /// Whether somebody has compared it.
    pub(crate) verified: bool,
}

/// The picture of a key: colours by number, and the bytes in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPicture {
    pub(crate) cells: Vec<Vec<u8>>,
    pub(crate) hex: Vec<String>,
}

/// What can be done with a secret chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has ended.
    Ended,
    /// Messages go both ways.
    Ready,
    /// The other side asks, and waits for our decision.
    Requested,
    /// The other side or the server has to answer.
    Waiting,
}

/// One chat.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) summary: Summary,
    /// Oldest first.
    pub(crate) messages: Vec<Message>,
    /// Whether the history was asked for.
    pub(crate) asked: bool,
    /// Whether an answer is on its way.
    pub(crate) loading: bool,
    /// Whether there is nothing older.
    pub(crate) complete: bool,
    /// What is being written.
    pub(crate) draft: Editor,
    /// The message that it answers.
    pub(crate) reply_to: Option<i64>,
    /// Who is typing, and until when that is to be believed, Unix seconds.
    pub(crate) typing: Option<(String, i64)>,
    /// Up to which place we have said that we have read.
    pub(crate) read_by_us: i64,
    pub(crate) transfers: Vec<Transfer>,
}

/// A file on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) upload: bool,
    /// Bytes.
    pub(crate) done: u64,
    /// Bytes, if that is known.
    pub(crate) total: Option<u64>,
}

impl Chat {
    pub(crate) fn new(summary: Summary) -> Self {
        Self {
            summary,
            messages: Vec::new(),
            asked: false,
            loading: false,
            complete: false,
            draft: Editor::default(),
            reply_to: None,
            typing: None,
            read_by_us: 0,
            transfers: Vec::new(),
        }
    }

    pub(crate) fn id(&self) -> ChatId {
        self.summary.id
    }

    pub(crate) fn secret(&self) -> Option<&Secret> {
        match &self.summary.kind {
            ChatKind::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// Where a secret chat stands.
    pub(crate) fn stage(&self) -> Option<Stage> {
        self.secret().map(|secret| secret.stage)
    }

    /// Whether something can be sent.
    pub(crate) fn is_writable(&self) -> bool {
        match &self.summary.kind {
            ChatKind::Group { writable } => *writable,
            ChatKind::Person => true,
            ChatKind::Secret(secret) => secret.stage == Stage::Ready,
        }
    }

    pub(crate) fn message(&self, id: i64) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// The messages that the server has, oldest first.
    pub(crate) fn taken(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(|message| message.order < UNNUMBERED)
    }

    /// Puts a message in its place, over the one with the same name.
    pub(crate) fn put(&mut self, message: Message) {
        self.messages.retain(|other| other.id != message.id);
        let at = self.messages.partition_point(|other| other.order <= message.order);
        self.messages.insert(at, message);
    }

    /// Removes messages; what answered them stays.
    pub(crate) fn remove(&mut self, ids: &[i64]) {
        self.messages.retain(|message| !ids.contains(&message.id));
        self.reply_to = self.reply_to.filter(|id| !ids.contains(id));
    }

    /// Notes that the other side has read everything up to here.
    pub(crate) fn read_by_them(&mut self, max: i64) {
        self.summary.read_by_them = self.summary.read_by_them.max(max);
        self.mark_read();
    }

    /// Gives the messages the marks that follow from how far the other side has read.
    pub(crate) fn mark_read(&mut self) {
        if self.secret().is_some() {
            return;
        }
        let max = self.summary.read_by_them;
        for message in &mut self.messages {
            if message.state == MessageState::Sent && message.id > 0 && message.id <= max {
                message.state = MessageState::Read;
            }
        }
    }

    /// The newest message that somebody else wrote: its name, place and date.
    pub(crate) fn newest_received(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|message| !message.outgoing && !message.notice)
    }
}
