//! What may be asked of the account's task.

use chappe_secret::{Action, ChatInfo, OutgoingMedia, OutgoingText, RandomId, SecretChatId, UploadedFile};
use tokio::sync::{mpsc, oneshot};

use crate::contacts::UserRef;
use crate::error::Error;
use crate::history::local_file::LocalFile;
use crate::secret::{Sealed, Sent};

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// A question or an order.
pub(crate) enum Query {
    Accept {
        chat: SecretChatId,
        reply: Reply<()>,
    },
    /// The user has decided to close the chats of an older copy.
    CloseRestored {
        reply: Reply<()>,
    },
    /// Answered once what happened while nobody was connected has been fetched.
    CatchUp {
        reply: Reply<()>,
    },
    Close {
        chat: SecretChatId,
        delete_history: bool,
        reply: Reply<()>,
    },
    Decline {
        chat: SecretChatId,
        reply: Reply<()>,
    },
    Forget {
        chat: SecretChatId,
        reply: Reply<()>,
    },
    Info {
        chat: SecretChatId,
        reply: Reply<ChatInfo>,
    },
    List {
        reply: Reply<Vec<ChatInfo>>,
    },
    LogIn {
        user_id: i64,
        is_bot: bool,
        reply: Reply<()>,
    },
    LogOut {
        reply: Reply<()>,
    },
    /// Notes where the file of a message is on this device. False if there is no such message any more.
    NoteFile {
        chat: SecretChatId,
        message: RandomId,
        file: LocalFile,
        reply: Reply<bool>,
    },
    /// Starts the timer of media that are looked at now.
    Open {
        chat: SecretChatId,
        message: RandomId,
        reply: Reply<bool>,
    },
    ReadHistory {
        chat: SecretChatId,
        max_date: i32,
        reply: Reply<()>,
    },
    Ready {
        chat: SecretChatId,
        reply: Reply<()>,
    },
    Rekey {
        chat: SecretChatId,
        reply: Reply<()>,
    },
    /// Stores how far the updates are handled.
    SaveUpdates {
        reply: Reply<()>,
    },
    Seal {
        chat: SecretChatId,
        action: Action,
        reply: Reply<Sealed>,
    },
    Send {
        chat: SecretChatId,
        what: Outgoing,
        reply: Reply<Sent>,
    },
    SetVerified {
        chat: SecretChatId,
        verified: bool,
        reply: Reply<()>,
    },
    Shutdown,
    Start {
        user: UserRef,
        reply: Reply<SecretChatId>,
    },
    Typing {
        chat: SecretChatId,
        typing: bool,
        reply: Reply<()>,
    },
}

/// Something that takes a number of the sequence.
pub(crate) enum Outgoing {
    Action(Action),
    Delete(Vec<RandomId>),
    Flush,
    Media(Box<OutgoingMedia>, Option<UploadedFile>),
    Read(Vec<RandomId>),
    Screenshot(Vec<RandomId>),
    SetTtl(i32),
    Text(OutgoingText),
}

/// A way to the account's task. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct AccountHandle(mpsc::UnboundedSender<Query>);

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Query")
    }
}

impl AccountHandle {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Query>) {
        let (queries, receiver) = mpsc::unbounded_channel();
        (Self(queries), receiver)
    }

    /// A way to nowhere.
    #[cfg(test)]
    pub(crate) fn of_nobody() -> Self {
        Self::new().0
    }

    /// Asks and waits for the answer.
    pub(crate) async fn ask<T>(&self, query: impl FnOnce(Reply<T>) -> Query) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.tell(query(reply));
        answer.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    pub(crate) async fn log_in(&self, user_id: i64, is_bot: bool) -> Result<(), Error> {
        self.ask(|reply| Query::LogIn { user_id, is_bot, reply }).await
    }

    pub(crate) async fn log_out(&self) -> Result<(), Error> {
        self.ask(|reply| Query::LogOut { reply }).await
    }

    pub(crate) fn shutdown(&self) {
        self.tell(Query::Shutdown);
    }

    /// If the task has ended, the query is dropped and with it the way for the answer, which tells the caller.
    fn tell(&self, query: Query) {
        drop(self.0.send(query));
    }
}
