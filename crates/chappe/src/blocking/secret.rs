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
    ///
    /// ```no_run
    /// use chappe::blocking::Wait;
    ///
    /// # fn run(client: chappe::blocking::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = std::fs::File::create("history.jsonl")?;
    /// let written = client.secret_chats().handle().archive().export(&mut file).wait()?;
    /// println!("{written} entries");
    /// # Ok(())
    /// # }
    /// ```
    pub fn handle(&self) -> &secret::SecretChats {
        &self.0
    }

    /// [`start`](secret::SecretChats::start), and waits until the server has taken the request.
    ///
    /// ```no_run
    /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// let friend = client.resolve_phone("+9996612346")?;
    /// let chat = client.secret_chats().start(&friend)?;
    /// chat.ready()?; // until the friend has accepted
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn start(&self, user: impl Into<UserRef>) -> Result<SecretChat, Error> {
        block_on(self.0.start(user)).map(SecretChat)
    }

    /// [`accept`](secret::SecretChats::accept), and waits.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// for event in client.secret_events() {
    ///     if let SecretEvent::ChatRequested { chat, user_id, .. } = event {
    ///         let chat = client.secret_chats().accept(chat)?;
    ///         chat.ready()?;
    ///         println!("{user_id} sees\n{}", chat.key()?);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn accept(&self, chat: SecretChatId) -> Result<SecretChat, Error> {
        block_on(self.0.accept(chat)).map(SecretChat)
    }

    /// [`get`](secret::SecretChats::get), and waits.
    ///
    /// ```no_run
    /// use chappe::secret::SecretChatId;
    ///
    /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// let chat = client.secret_chats().get(SecretChatId(1_234_567))?;
    /// chat.send_text("Where were we?")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn get(&self, chat: SecretChatId) -> Result<SecretChat, Error> {
        block_on(self.0.get(chat)).map(SecretChat)
    }

    waits! { "secret::SecretChats":
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client, chat: chappe::secret::SecretChatId) -> Result<(), chappe::Error> {
        /// client.secret_chats().decline(chat)?; // this device takes none
        /// # Ok(())
        /// # }
        /// ```
        fn decline(chat: SecretChatId) -> Result<(), Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// for chat in client.secret_chats().list()? {
        ///     println!("{} with {}: {:?}", chat.id, chat.user_id, chat.state);
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn list() -> Result<Vec<ChatInfo>, Error>;
        /// ```no_run
        /// use chappe::secret::ChatState;
        ///
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let chats = client.secret_chats();
        /// for ended in chats.list()?.iter().filter(|chat| chat.state == ChatState::Discarded) {
        ///     chats.forget(ended.id)?;
        /// }
        /// # Ok(())
        /// # }
        /// ```
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
    ///
    /// ```no_run
    /// use chappe::{blocking::Wait, secret::OutgoingFile};
    ///
    /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
    /// let photos = ["sea.jpg", "sand.jpg"].map(OutgoingFile::new);
    /// chat.handle().send_album(photos).wait()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn handle(&self) -> &secret::SecretChat {
        &self.0
    }

    /// Its number.
    ///
    /// ```no_run
    /// # fn run(chat: chappe::blocking::SecretChat, client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// chat.close()?;
    /// client.secret_chats().forget(chat.id())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> SecretChatId {
        self.0.id()
    }

    waits! { "secret::SecretChat":
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// chat.ready()?; // until the other side has accepted
        /// chat.send_text("There you are.")?;
        /// # Ok(())
        /// # }
        /// ```
        fn ready() -> Result<(), Error>;
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// let info = chat.info()?;
        /// println!("{:?}: {} sent, {} received", info.state, info.sent_count, info.received_count);
        /// # Ok(())
        /// # }
        /// ```
        fn info() -> Result<ChatInfo, Error>;
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// println!("does your friend see the same?\n{}", chat.key()?);
        /// # Ok(())
        /// # }
        /// ```
        fn key() -> Result<KeyVisualization, Error>;
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// if !chat.info()?.verified {
        ///     println!("{}", chat.key()?); // which the two have compared over the telephone
        ///     chat.set_verified(true)?;
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn set_verified(verified: bool) -> Result<(), Error>;
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// let sent = chat.send_text("Only you read this.")?;
        /// println!("{} at {}", sent.random_id, sent.date);
        /// # Ok(())
        /// # }
        /// ```
        fn send_text(text: impl Into<OutgoingText>) -> Result<Sent, Error>;
        /// ```no_run
        /// use chappe::secret::OutgoingFile;
        ///
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// chat.send_file(OutgoingFile::new("beach.jpg").caption("See this?"))?;
        /// # Ok(())
        /// # }
        /// ```
        fn send_file(file: impl Into<OutgoingFile>) -> Result<SentFile, Error>;
        /// ```no_run
        /// use chappe::secret::Action;
        ///
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// chat.send_action(Action::Noop)?; // proves that both still have the same key
        /// # Ok(())
        /// # }
        /// ```
        fn send_action(action: Action) -> Result<Sent, Error>;
        /// ```no_run
        /// use std::time::Duration;
        ///
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// chat.set_ttl(Duration::from_secs(60))?;
        /// chat.send_text("This is gone a minute after you have read it.")?;
        /// # Ok(())
        /// # }
        /// ```
        fn set_ttl(ttl: Duration) -> Result<Sent, Error>;
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat, message: chappe::secret::InboundMessage) -> Result<(), chappe::Error> {
        /// if message.ttl > 0 {
        ///     chat.read(&[message.random_id])?; // from here on the time runs, here and there
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn read(messages: &[RandomId]) -> Result<Sent, Error>;
        /// ```no_run
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// let sent = chat.send_text("Forget it.")?;
        /// chat.delete(&[sent.random_id])?; // on both sides
        /// # Ok(())
        /// # }
        /// ```
        fn delete(messages: &[RandomId]) -> Result<Sent, Error>;
        /// ```no_run
        /// use chappe::secret::ChatState;
        ///
        /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// chat.close()?;
        /// assert_eq!(chat.info()?.state, ChatState::Discarded);
        /// # Ok(())
        /// # }
        /// ```
        fn close() -> Result<(), Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client, chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
        /// chat.close_and_delete()?;
        /// client.secret_chats().forget(chat.id())?; // nothing is left on either side
        /// # Ok(())
        /// # }
        /// ```
        fn close_and_delete() -> Result<(), Error>;
    }

    /// [`download`](secret::SecretChat::download): [`Wait::wait`](super::Wait::wait) ends what comes of it.
    ///
    /// ```no_run
    /// use chappe::blocking::Wait;
    ///
    /// # fn run(chat: chappe::blocking::SecretChat, message: chappe::secret::InboundMessage) -> Result<(), chappe::Error> {
    /// chat.download(&message)?.to_path("beach.jpg").wait()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn download(&self, message: &InboundMessage) -> Result<Download, Error> {
        self.0.download(message)
    }

    /// [`history`](secret::SecretChat::history): [`Wait::wait`](super::Wait::wait) gives the entries.
    ///
    /// ```no_run
    /// use chappe::blocking::Wait;
    ///
    /// # fn run(chat: chappe::blocking::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().search("cellar").limit(10).wait()? {
    ///     println!("{}: {}", entry.date, entry.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(&self) -> HistoryQuery {
        self.0.history()
    }
}
