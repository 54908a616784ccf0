use std::time::Duration;

use super::waits;
use crate::files::Download;
use crate::history::HistoryQuery;
use crate::rt::block_on;
use crate::secret::{
    self, Action, ChatInfo, InboundMessage, KeyVisualization, OutgoingFile, OutgoingText, RandomId,
    SecretChatId, Sent, SentFile,
};
use crate::{Error, UserRef};

/// The secret chats of an account; its methods wait.
///
/// ```no_run
/// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
/// let friend = client.import_contact("+9996612346", "Bob", "")?;
/// let chat = client.secret_chats().start(&friend)?;
/// chat.ready()?;
/// chat.send_text("Only you read this.")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SecretChats(pub(super) secret::SecretChats);

impl SecretChats {
    /// The chats themselves, for what has no method here.
    pub fn handle(&self) -> &secret::SecretChats {
        &self.0
    }

    /// [`start`](secret::SecretChats::start), and waits until the server has taken the request.
    ///
    /// # Errors
    /// As there.
    pub fn start(&self, user: impl Into<UserRef>) -> Result<SecretChat, Error> {
        block_on(self.0.start(user)).map(SecretChat)
    }

    /// [`accept`](secret::SecretChats::accept), and waits.
    ///
    /// # Errors
    /// As there.
    pub fn accept(&self, chat: SecretChatId) -> Result<SecretChat, Error> {
        block_on(self.0.accept(chat)).map(SecretChat)
    }

    /// [`get`](secret::SecretChats::get), and waits.
    ///
    /// # Errors
    /// As there.
    pub fn get(&self, chat: SecretChatId) -> Result<SecretChat, Error> {
        block_on(self.0.get(chat)).map(SecretChat)
    }

    waits! { "secret::SecretChats":
        fn decline(chat: SecretChatId) -> Result<(), Error>;
        fn list() -> Result<Vec<ChatInfo>, Error>;
        fn forget(chat: SecretChatId) -> Result<(), Error>;
    }
}

/// One secret chat; its methods wait.
///
/// ```no_run
/// use chappe::blocking::{SecretChat, Wait};
///
/// # fn run(chat: SecretChat) -> Result<(), chappe::Error> {
/// chat.send_file("map.png")?;
/// for entry in chat.history().limit(10).wait()? {
///     println!("{}", entry.text());
/// }
/// chat.close()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SecretChat(secret::SecretChat);

impl SecretChat {
    /// The chat itself, for what has no method here.
    pub fn handle(&self) -> &secret::SecretChat {
        &self.0
    }

    /// Its number.
    pub fn id(&self) -> SecretChatId {
        self.0.id()
    }

    waits! { "secret::SecretChat":
        fn ready() -> Result<(), Error>;
        fn info() -> Result<ChatInfo, Error>;
        fn key() -> Result<KeyVisualization, Error>;
        fn set_verified(verified: bool) -> Result<(), Error>;
        fn send_text(text: impl Into<OutgoingText>) -> Result<Sent, Error>;
        fn send_file(file: impl Into<OutgoingFile>) -> Result<SentFile, Error>;
        fn send_action(action: Action) -> Result<Sent, Error>;
        fn set_ttl(ttl: Duration) -> Result<Sent, Error>;
        fn read(messages: &[RandomId]) -> Result<Sent, Error>;
        fn delete(messages: &[RandomId]) -> Result<Sent, Error>;
        fn close() -> Result<(), Error>;
        fn close_and_delete() -> Result<(), Error>;
    }

    /// [`download`](secret::SecretChat::download): [`Wait::wait`](super::Wait::wait) ends what comes of it.
    ///
    /// # Errors
    /// As there.
    pub fn download(&self, message: &InboundMessage) -> Result<Download, Error> {
        self.0.download(message)
    }

    /// [`history`](secret::SecretChat::history): [`Wait::wait`](super::Wait::wait) gives the entries.
    pub fn history(&self) -> HistoryQuery {
        self.0.history()
    }
}
