//! What the model is told, and what it wants done.

use std::path::PathBuf;

use chappe::secret::FormattedText;
use crossterm::event::KeyEvent;

use super::conversation::{ChatId, Summary};
use super::message::Message;

/// Something happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A message was received, sent elsewhere or edited.
    Arrived { chat: ChatId, message: Message },
    /// Chats: new ones, or how they stand now.
    Chats(Vec<Summary>),
    /// Whether there is a connection.
    Connected(bool),
    /// Messages are gone, in one chat or in any that is no channel.
    Deleted { chat: Option<ChatId>, ids: Vec<i64> },
    /// The view was drawn.
    Drawn(Drawn),
    /// A command failed.
    Failed(String),
    /// A message of ours could not be sent.
    FailedMessage { chat: ChatId, id: i64, why: String },
    /// A chat is gone.
    Forgotten(ChatId),
    /// Something in a secret chat: its history is to be read again.
    Happened(ChatId),
    /// A key.
    Key(KeyEvent),
    /// A part of a history.
    Loaded { chat: ChatId, messages: Vec<Message>, part: Part, complete: bool },
    /// Somebody is logged in.
    Me(String),
    /// A chat that was looked for.
    Open(ChatId),
    /// A text that was pasted.
    Pasted(String),
    /// How far a transfer is.
    Progress { chat: ChatId, number: u64, done: u64, total: Option<u64> },
    /// The other side has read up to here.
    ReadByThem { chat: ChatId, max: i64 },
    /// Something to tell.
    Told(String),
    /// The server has taken a message of ours; it is there under its own name now.
    Taken { chat: ChatId, id: i64, message: Option<Message> },
    /// The time, Unix seconds.
    Tick(i64),
    /// A transfer has ended.
    Transferred { chat: ChatId, number: u64 },
    /// Somebody is typing.
    Typing { chat: ChatId, who: String },
}

/// Which part of a history was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The newest messages, in place of what was there.
    All,
    /// More, from before what is there or after it.
    More,
}

/// What the view found out while it drew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Lines of the history that can be seen.
    pub(crate) height: u16,
    /// Lines that it has.
    pub(crate) content: usize,
    /// Lines below what can be seen.
    pub(crate) scroll: usize,
    /// Whether the chat can be seen.
    pub(crate) chat_shown: bool,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Accept(ChatId),
    Close(ChatId),
    Decline(ChatId),
    Delete {
        chat: ChatId,
        message: i64,
    },
    /// Fetch the file of a message; opens it, if it has to be opened.
    Download {
        chat: ChatId,
        message: i64,
        number: u64,
    },
    /// Find somebody, and open the chat.
    Find(String),
    /// Load messages: the newest ones, or those before a message.
    Load {
        chat: ChatId,
        before: Option<i64>,
        count: usize,
    },
    /// Tell the other side that everything up to this message was read.
    MarkRead {
        chat: ChatId,
        id: i64,
        date: i64,
    },
    Quit,
    SendFile {
        chat: ChatId,
        path: PathBuf,
        caption: FormattedText,
        reply_to: Option<i64>,
        number: u64,
    },
    SendText {
        chat: ChatId,
        text: FormattedText,
        reply_to: Option<i64>,
        id: i64,
    },
    SetTimer {
        chat: ChatId,
        seconds: u32,
    },
    /// Ask somebody for a secret chat.
    StartSecret(Wanted),
    Typing(ChatId),
    /// Note whether the key picture was compared.
    Verify {
        chat: ChatId,
        verified: bool,
    },
}

/// With whom a secret chat is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The person of this chat.
    Chat(ChatId),
    /// As people are named on the command line.
    Named(String),
}
