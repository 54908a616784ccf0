use super::{ChatInfo, RemoteFile, SecretChat, SecretChatId};
use crate::account::Query;
use crate::client::Client;
use crate::contacts::UserRef;
use crate::error::Error;
use crate::files::Download;
use crate::history::{Archive, HistoryQuery};

/// The secret chats of this account on this device. From [`Client::secret_chats`].
///
/// ```no_run
/// use chappe::secret::SecretEvent;
///
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// // Answer whoever asks, if they are known.
/// let mut events = client.secret_events();
/// let chats = client.secret_chats();
/// while let Some(event) = events.recv().await {
///     match event {
///         SecretEvent::ChatRequested { chat, user_id: 5_000_000_001, .. } => {
///             chats.accept(chat).await?.ready().await?;
///         }
///         SecretEvent::ChatRequested { chat, .. } => chats.decline(chat).await?,
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SecretChats {
    client: Client,
}

impl SecretChats {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Asks a user (or `(id, access_hash)`) for a chat. Returns once the server has passed the request on; then
    /// [`SecretChat::ready`] waits for the other side.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let friend = client.resolve_phone("+9996612346").await?;
    /// let chat = client.secret_chats().start(&friend).await?;
    /// chat.ready().await?; // until the friend has accepted
    /// chat.send_text("Only you read this.").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized) if nobody is logged in; [`ErrorKind::SecretChatClosed`](crate::ErrorKind::SecretChatClosed) if the server refuses or no
    /// device of the user takes requests.
    pub async fn start(&self, user: impl Into<UserRef>) -> Result<SecretChat, Error> {
        let user = user.into();
        let id = self.client.inner.account.ask(|reply| Query::Start { user, reply }).await?;
        Ok(self.handle(id))
    }

    /// Accepts a request. Returns at once; [`SecretChat::ready`] waits for the server's confirmation.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::ChatRequested { chat, user_id, .. } = event {
    ///         let chat = client.secret_chats().accept(chat).await?;
    ///         chat.ready().await?;
    ///         println!("{user_id} sees\n{}", chat.key().await?);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`](crate::ErrorKind::Secret) if no such request waits.
    pub async fn accept(&self, chat: SecretChatId) -> Result<SecretChat, Error> {
        self.client.inner.account.ask(|reply| Query::Accept { chat, reply }).await?;
        Ok(self.handle(chat))
    }

    /// Declines a request.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::ChatRequested { chat, .. } = event {
    ///         client.secret_chats().decline(chat).await?; // this device takes no secret chats
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`](crate::ErrorKind::Secret) if no such request waits.
    pub async fn decline(&self, chat: SecretChatId) -> Result<(), Error> {
        self.client.inner.account.ask(|reply| Query::Decline { chat, reply }).await
    }

    /// All chats, ended ones included until they are forgotten.
    ///
    /// ```no_run
    /// use chappe::secret::ChatState;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let chats = client.secret_chats();
    /// for chat in chats.list().await?.iter().filter(|chat| chat.state == ChatState::Ready) {
    ///     chats.get(chat.id).await?.send_text("I am back.").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized) if nobody is logged in.
    pub async fn list(&self) -> Result<Vec<ChatInfo>, Error> {
        self.client.inner.account.ask(|reply| Query::List { reply }).await
    }

    /// A chat by its number.
    ///
    /// ```no_run
    /// use chappe::secret::SecretChatId;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // By its number, which a program may keep.
    /// let chat = client.secret_chats().get(SecretChatId(1_234_567)).await?;
    /// chat.send_text("Where were we?").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if there is none.
    pub async fn get(&self, chat: SecretChatId) -> Result<SecretChat, Error> {
        let handle = self.handle(chat);
        handle.info().await?;
        Ok(handle)
    }

    /// What was said in a chat, as it is kept on this device: see [`SecretChat::history`]. Also for chats that have
    /// ended.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, ended: chappe::secret::SecretChatId) -> Result<(), chappe::Error> {
    /// for entry in client.secret_chats().history(ended).limit(20).await? {
    ///     println!("{}: {}", entry.date, entry.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(&self, chat: SecretChatId) -> HistoryQuery {
        HistoryQuery::new(self.client.inner.store.clone(), chat)
    }

    /// The chats that have a history, ended ones and those of earlier logins of the same user included.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let chats = client.secret_chats();
    /// for chat in chats.with_history().await? {
    ///     println!("chat {chat}: {} of its last entries", chats.history(chat).limit(100).await?.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Session`](crate::ErrorKind::Session).
    pub async fn with_history(&self) -> Result<Vec<SecretChatId>, Error> {
        Ok(crate::history::chats(&*self.client.inner.store).await?)
    }

    /// All histories, to export them: see [`Archive`].
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = std::fs::File::create("history.jsonl")?;
    /// println!("{} entries", client.secret_chats().archive().export(&mut file).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn archive(&self) -> Archive {
        Archive::of(self.client.inner.store.clone())
    }

    /// Closes the chats of a session that is an older copy (see [`ErrorKind::Restored`](crate::ErrorKind::Restored)),
    /// for both sides; their history stays. Then new ones can be started.
    ///
    /// ```no_run
    /// use chappe::Event;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Event::Restored = event {
    ///         client.secret_chats().close_restored().await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if the session is none.
    pub async fn close_restored(&self) -> Result<(), Error> {
        self.client.inner.account.ask(|reply| Query::CloseRestored { reply }).await
    }

    /// Forgets an ended chat, and its history.
    ///
    /// ```no_run
    /// use chappe::secret::ChatState;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let chats = client.secret_chats();
    /// for chat in chats.list().await?.iter().filter(|chat| chat.state == ChatState::Discarded) {
    ///     chats.forget(chat.id).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`](crate::ErrorKind::Secret) if there is none, or it has not ended.
    pub async fn forget(&self, chat: SecretChatId) -> Result<(), Error> {
        self.client.inner.account.ask(|reply| Query::Forget { chat, reply }).await
    }

    /// Fetches a file of a secret chat and decrypts it on the way: for files that were noted earlier. For the file of a
    /// message there is [`SecretChat::download`].
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, noted: chappe::secret::RemoteFile) -> Result<(), chappe::Error> {
    /// client.secret_chats().download(noted).to_path("beach.jpg").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, file: RemoteFile) -> Download {
        Download::secret(self.client.clone(), file)
    }

    fn handle(&self, id: SecretChatId) -> SecretChat {
        SecretChat::new(self.client.clone(), id)
    }
}
