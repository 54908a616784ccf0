use std::fmt;
use std::time::Duration;

use chappe_api::{functions, types};

use super::{Action, ChatInfo, EncryptedFile, KeyVisualization, OutgoingText, RandomId, SecretChatId};
use crate::account::{AccountHandle, Outgoing, Query};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::history::local_file::LocalFile;
use crate::history::{HistoryEntry, HistoryQuery};

/// One secret chat. Cheap to clone.
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// chat.ready().await?;
/// println!("compare this with what your friend sees:\n{}", chat.key().await?);
/// chat.set_ttl(Duration::from_secs(60)).await?;
/// let sent = chat.send_text("This is gone a minute after you have read it.").await?;
/// chat.send_file("map.png").await?;
/// chat.delete(&[sent.random_id]).await?; // on both sides, already now
/// chat.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SecretChat {
    client: Client,
    id: SecretChatId,
}

/// A message or action that the server has taken.
///
/// ```no_run
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// let sent = chat.send_text("See you at five.").await?;
/// println!("{} at {}", sent.random_id, sent.date);
/// chat.delete(&[sent.random_id]).await?; // by the name that both sides know it by
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sent {
    /// Its name in the chat, on both sides.
    pub random_id: RandomId,
    /// The server's date, Unix seconds.
    pub date: i32,
    /// The file beside it, as the server has it now.
    pub file: Option<EncryptedFile>,
    /// How many stretches of the formatting that was asked for the other side did not get, or not so: what its client
    /// cannot read, what secret chats do not have, and what is not within the text.
    /// [`OutboundMessage::left_out`](super::OutboundMessage::left_out) names them.
    pub left_out: usize,
}

impl SecretChat {
    pub(crate) fn new(client: Client, id: SecretChatId) -> Self {
        Self { client, id }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn account(&self) -> &AccountHandle {
        &self.client.inner.account
    }

    /// The number of the chat.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::Message(message) = event && message.chat == chat.id() {
    ///         println!("{:?}", message.content);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> SecretChatId {
        self.id
    }

    /// How things stand.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let info = chat.info().await?;
    /// println!("{:?}: {} sent, {} received", info.state, info.sent_count, info.received_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the chat has been forgotten.
    pub async fn info(&self) -> Result<ChatInfo, Error> {
        self.account().ask(|reply| Query::Info { chat: self.id, reply }).await
    }

    /// Waits until messages can be sent.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// // The other side may be asleep.
    /// if tokio::time::timeout(Duration::from_secs(60), chat.ready()).await.is_err() {
    ///     chat.close().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::SecretChatClosed`] if the chat ends before.
    pub async fn ready(&self) -> Result<(), Error> {
        self.account().ask(|reply| Query::Ready { chat: self.id, reply }).await
    }

    /// The key as a picture and as hexadecimal numbers: the same on both sides, or somebody is in between.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let key = chat.key().await?;
    /// for line in key.hex_lines() {
    ///     println!("{line}"); // to be read out over the telephone
    /// }
    /// for row in key.cells() {
    ///     println!("{}", String::from_iter(row.map(|cell| [' ', '░', '█', '▒'][usize::from(cell)])));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] while there is no key.
    pub async fn key(&self) -> Result<KeyVisualization, Error> {
        self.info().await?.key.ok_or_else(|| {
            Error::new(
                ErrorKind::Secret,
                format!("secret chat {} has no key yet: wait until it is ready", self.id),
            )
        })
    }

    /// Notes whether somebody has compared the key picture with the other side's: [`ChatInfo::verified`]. A rekey keeps
    /// it, a new chat starts without.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// if !chat.info().await?.verified {
    ///     println!("does your friend see the same?\n{}", chat.key().await?);
    ///     chat.set_verified(true).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] if there is no key to compare.
    pub async fn set_verified(&self, verified: bool) -> Result<(), Error> {
        self.account().ask(|reply| Query::SetVerified { chat: self.id, verified, reply }).await
    }

    /// The chat in a call made by hand.
    ///
    /// ```no_run
    /// use chappe::functions::messages::ReadEncryptedHistory;
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     chat: chappe::secret::SecretChat,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let peer = chat.input().await?.into();
    /// client.invoke(ReadEncryptedHistory { peer, max_date: 1_700_000_000 }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::info`].
    pub async fn input(&self) -> Result<types::InputEncryptedChat, Error> {
        let info = self.info().await?;
        Ok(types::InputEncryptedChat { chat_id: info.id.0, access_hash: info.access_hash })
    }

    /// Sends a text. Returns once the server has taken it; it is on disk before it is sent, and goes out after a
    /// restart if it must.
    ///
    /// Underlined and struck-through words, quotes, spoilers and custom emoji are read by newer clients only. In a new
    /// chat such a text waits for the other side's first word, which tells what it can read, but for
    /// [three seconds](crate::limits::LAYER_PATIENCE) at most. What the other side cannot read is left out:
    /// [`Sent::left_out`] says so, and the history shows what was sent. To ask beforehand, compare
    /// [`ChatInfo::peer_layer`] with [`EntityKind::layer`](super::EntityKind::layer).
    ///
    /// ```no_run
    /// use chappe::{markup, secret::OutgoingText};
    ///
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     asked: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// chat.send_text("as it is").await?;
    /// chat.send_text(markup::markdown("with a **bold** word")).await?;
    /// chat.send_text(OutgoingText { reply_to: Some(asked.random_id), ..OutgoingText::new("Yes.") }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] if it cannot be sent; [`ErrorKind::Rpc`] if the server refuses it for good;
    /// [`ErrorKind::SecretChatClosed`] if the chat ends before.
    pub async fn send_text(&self, text: impl Into<OutgoingText>) -> Result<Sent, Error> {
        self.send(Outgoing::Text(text.into())).await
    }

    /// Sends a service action by `messages.sendEncryptedService` and does our own part of it.
    ///
    /// ```no_run
    /// use chappe::secret::Action;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_action(Action::Noop).await?; // proves that both still have the same key
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`]; actions of a key exchange and `Resend` belong to the engine.
    pub async fn send_action(&self, action: Action) -> Result<Sent, Error> {
        self.send(Outgoing::Action(action)).await
    }

    /// Sets the self-destruct timer for messages from now on; zero turns it off. Whole seconds count.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.set_ttl(Duration::from_secs(7 * 86_400)).await?;
    /// chat.send_text("This stays for a week.").await?;
    /// chat.set_ttl(Duration::ZERO).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn set_ttl(&self, ttl: Duration) -> Result<Sent, Error> {
        let seconds = i32::try_from(ttl.as_secs())
            .map_err(|_| Error::new(ErrorKind::Argument, "the timer is too long: a year is the most"))?;
        self.send(Outgoing::SetTtl(seconds)).await
    }

    /// What was said in this chat, as it is kept on this device. Awaiting it gives the newest entries, oldest of them
    /// first; see [`HistoryQuery`] for other parts and for searching. Works without a connection.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().limit(20).await? {
    ///     let who = if entry.outgoing { "I" } else { "they" };
    ///     println!("{} {who}: {}", entry.date, entry.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(&self) -> HistoryQuery {
        HistoryQuery::new(self.client.inner.store.clone(), self.id)
    }

    /// Opens a message: gives all that it says. Media with a short timer, or to be viewed once, are opened once: that
    /// starts their timer on both sides, and when it is over the entry and its reference to the file are gone. For
    /// media to be viewed once that is at once: what is returned is the last copy. Other messages can be opened as
    /// often as one likes.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// # let client: chappe::Client = todo!();
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::Message(message) = event && message.chat == chat.id() {
    ///         let entry = chat.open(message.random_id).await?; // the user has touched it
    ///         println!("{}", entry.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no such message, or it was opened before; [`ErrorKind::Session`].
    pub async fn open(&self, message: RandomId) -> Result<HistoryEntry, Error> {
        let store = &self.client.inner.store;
        let (entry, unopened) =
            crate::history::message(&**store, self.id, message).await?.ok_or_else(|| {
                Error::new(
                    ErrorKind::Argument,
                    format!("there is no message {message} in this chat any more"),
                )
            })?;
        let opens = entry.expires_at.is_some() && entry.opens();
        let opened =
            unopened && self.account().ask(|reply| Query::Open { chat: self.id, message, reply }).await?;
        match opened || !(unopened || opens) {
            true => Ok(entry),
            false => Err(Error::new(ErrorKind::Argument, format!("message {message} was opened before"))),
        }
    }

    /// Says that the contents of timed messages were opened: starts their timers.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     message: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// if message.ttl > 0 {
    ///     chat.read(&[message.random_id]).await?; // from here on the time runs, here and there
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn read(&self, messages: &[RandomId]) -> Result<Sent, Error> {
        self.send(Outgoing::Read(messages.to_vec())).await
    }

    /// Marks everything up to a date (Unix seconds) as read (`messages.readEncryptedHistory`).
    ///
    /// ```no_run
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     message: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// chat.read_history(message.date).await?; // that one, and what came before it
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] if the chat is not ready.
    pub async fn read_history(&self, max_date: i32) -> Result<(), Error> {
        self.account().ask(|reply| Query::ReadHistory { chat: self.id, max_date, reply }).await
    }

    /// Deletes messages on both sides.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// // Everything that mentions the party.
    /// let entries = chat.history().search("party").limit(100).await?;
    /// let names: Vec<_> = entries.iter().map(|entry| entry.random_id).collect();
    /// chat.delete(&names).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn delete(&self, messages: &[RandomId]) -> Result<Sent, Error> {
        self.send(Outgoing::Delete(messages.to_vec())).await
    }

    /// Deletes all messages so far on both sides.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.flush().await?;
    /// println!("{} entries are left", chat.history().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn flush(&self) -> Result<Sent, Error> {
        self.send(Outgoing::Flush).await
    }

    /// Tells the other side that a screenshot was taken with these messages on it.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let shown: Vec<_> = chat.history().limit(5).await?.iter().map(|entry| entry.random_id).collect();
    /// chat.screenshot_taken(&shown).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn screenshot_taken(&self, messages: &[RandomId]) -> Result<Sent, Error> {
        self.send(Outgoing::Screenshot(messages.to_vec())).await
    }

    /// Shows the other side that we are typing, for six seconds, or that we have stopped.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.typing(true).await?;
    /// # async fn think() -> String { String::new() }
    /// let answer = think().await;
    /// chat.send_text(answer).await?; // which says by itself that nobody is typing any more
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] if the chat is not ready.
    pub async fn typing(&self, typing: bool) -> Result<(), Error> {
        self.account().ask(|reply| Query::Typing { chat: self.id, typing, reply }).await
    }

    /// Starts to replace the key. Returns at once; [`SecretEvent::KeyChanged`](super::SecretEvent::KeyChanged) tells
    /// when it is done.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let mut events = client.secret_events();
    /// chat.rekey().await?; // the engine does it by itself, too: after a hundred messages or a week
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::KeyChanged { fingerprint, .. } = event {
    ///         println!("from now on under {fingerprint:?}");
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] if the chat is not ready or a replacement is under way.
    pub async fn rekey(&self) -> Result<(), Error> {
        self.account().ask(|reply| Query::Rekey { chat: self.id, reply }).await
    }

    /// Ends the chat for both sides and wipes its keys.
    ///
    /// ```no_run
    /// use chappe::secret::ChatState;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.close().await?;
    /// assert_eq!(chat.info().await?.state, ChatState::Discarded);
    /// println!("{} entries can still be read", chat.history().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Secret`] if it has ended already.
    pub async fn close(&self) -> Result<(), Error> {
        self.account().ask(|reply| Query::Close { chat: self.id, delete_history: false, reply }).await
    }

    /// As [`SecretChat::close`], and asks the other side to delete the history.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// // Leave nothing behind, on either side.
    /// chat.close_and_delete().await?;
    /// client.secret_chats().forget(chat.id()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::close`].
    pub async fn close_and_delete(&self) -> Result<(), Error> {
        self.account().ask(|reply| Query::Close { chat: self.id, delete_history: true, reply }).await
    }

    /// Encrypts an action for a call of `messages.sendEncryptedService` made by hand: see [`Sealed::request`].
    ///
    /// The action takes the next number of the sequence, is on disk when this returns, and our own part of it is done.
    /// Make the call soon: until it arrives, the other side holds back what comes after it and asks for it.
    ///
    /// ```no_run
    /// use chappe::secret::Action;
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     chat: chappe::secret::SecretChat,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let sealed = chat.seal(Action::Noop).await?;
    /// client.invoke(sealed.request()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_action`].
    pub async fn seal(&self, action: Action) -> Result<Sealed, Error> {
        self.account().ask(|reply| Query::Seal { chat: self.id, action, reply }).await
    }

    /// Notes in the history where the file of a message is. False if the message has gone.
    pub(crate) async fn note_file(&self, message: RandomId, file: LocalFile) -> Result<bool, Error> {
        self.account().ask(|reply| Query::NoteFile { chat: self.id, message, file, reply }).await
    }

    pub(super) async fn send(&self, what: Outgoing) -> Result<Sent, Error> {
        self.account().ask(|reply| Query::Send { chat: self.id, what, reply }).await
    }
}

/// An encrypted action that waits to be sent by hand. From [`SecretChat::seal`].
///
/// ```no_run
/// use chappe::{functions::messages::SendEncryptedService, secret::Action};
///
/// # async fn run(
/// #     client: chappe::Client,
/// #     chat: chappe::secret::SecretChat,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let sealed = chat.seal(Action::SetMessageTtl { seconds: 60 }).await?;
/// let (peer, random_id, data) = (sealed.peer().into(), sealed.random_id(), sealed.data().to_vec());
/// client.invoke(SendEncryptedService { peer, random_id, data }).await?; // what `request` puts together
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sealed {
    pub(crate) peer: types::InputEncryptedChat,
    pub(crate) random_id: i64,
    pub(crate) data: Vec<u8>,
}

impl Sealed {
    /// The chat in the call.
    ///
    /// ```no_run
    /// # fn run(sealed: chappe::secret::Sealed) {
    /// println!("for chat {}", sealed.peer().chat_id);
    /// # }
    /// ```
    pub fn peer(&self) -> types::InputEncryptedChat {
        self.peer.clone()
    }

    /// The id of the call, which is the name of the message, too.
    ///
    /// ```no_run
    /// use chappe::secret::RandomId;
    ///
    /// # fn run(sealed: chappe::secret::Sealed) {
    /// let message = RandomId(sealed.random_id()); // as which `SecretChat::delete` knows it
    /// println!("{message}");
    /// # }
    /// ```
    pub fn random_id(&self) -> i64 {
        self.random_id
    }

    /// The encrypted payload.
    ///
    /// ```no_run
    /// # fn run(sealed: chappe::secret::Sealed) {
    /// println!("{} bytes, of which the server can read none", sealed.data().len());
    /// # }
    /// ```
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The call to make. Making it again does no harm.
    ///
    /// ```no_run
    /// use chappe::secret::Action;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::secret::SecretChat) -> Result<(), Box<dyn std::error::Error>> {
    /// let sealed = chat.seal(Action::SetMessageTtl { seconds: 60 }).await?;
    /// let sent = client.invoke(sealed.request()).await?;
    /// println!("{sent:?}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self) -> functions::messages::SendEncryptedService {
        functions::messages::SendEncryptedService {
            peer: self.peer(),
            random_id: self.random_id,
            data: self.data.clone(),
        }
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("random_id", &self.random_id)
            .field("data_len", &self.data.len())
            .finish_non_exhaustive()
    }
}
