use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::{Batch, Lease, MemorySession, Record, Scan, Session, SessionError, SessionFuture, StoredSession};
use crate::limits::MAX_SESSION_STRING_LEN;

/// What our own texts begin with; no other library's text has it.
const PREFIX: &str = "chappe1:";

/// A login as a text, to be put where secrets are kept. Whoever has the text is the user.
///
/// Only the login is in it. Secret chats and their history are not: they end with the process, and a client that is to
/// keep them needs a [`SqliteSession`](super::SqliteSession).
///
/// Clones share their content: hand one to the builder, keep the other, and call [`StringSession::export`] after the
/// login.
///
/// ```
/// use chappe::session::StringSession;
///
/// let session = StringSession::new();
/// assert!(session.export().is_none(), "nobody has logged in");
/// assert!("1BVtsOK".parse::<StringSession>().is_err());
/// ```
#[derive(Clone, Default)]
pub struct StringSession(MemorySession);

impl StringSession {
    /// An empty session.
    ///
    /// ```no_run
    /// use chappe::{Client, StringSession};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let session = StringSession::new();
    /// let client = Client::builder(1, "hash from my.telegram.org").session(session.clone()).connect().await?;
    /// client.sign_in_bot("123456:TOKEN").await?;
    /// println!("SESSION={}", session.export().map(|text| text.to_string()).unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a text of our own, of Telethon, GramJS, Pyrogram or mtcute (see [`StoredSession::import`]).
    ///
    /// ```
    /// use chappe::{StringSession, session::SessionError};
    ///
    /// assert!(matches!(StringSession::parse("no session"), Err(SessionError::Text { .. })));
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Text`] if it is none of them.
    pub fn parse(text: &str) -> Result<Self, SessionError> {
        let text = text.trim();
        let stored = if text.starts_with(PREFIX) { parse_own(text)? } else { StoredSession::import(text)?.0 };
        Ok(Self(MemorySession::with_stored(stored)))
    }

    /// The text; `None` before the first connection. Secret.
    ///
    /// ```
    /// use chappe::{StoredSession, StringSession, session::AuthKey};
    ///
    /// let text = StoredSession::new(2, "127.0.0.1:4430".parse()?, AuthKey::new([7; 256])).to_text();
    /// let session = StringSession::parse(&text)?;
    /// assert_eq!(session.export(), Some(text));
    /// assert_eq!(StringSession::new().export(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&self) -> Option<Zeroizing<String>> {
        self.0.stored().map(|stored| stored.to_text())
    }
}

impl StoredSession {
    /// The session as a text of our own format. Secret.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// if let Some(session) = client.stored_session().await {
    ///     println!("SESSION={}", *session.to_text()); // what `StringSession::parse` reads
    /// }
    /// # }
    /// ```
    pub fn to_text(&self) -> Zeroizing<String> {
        let bytes = self.to_bytes();
        // Room for all of it at once: growth would leave copies behind.
        let mut text = String::with_capacity(PREFIX.len() + bytes.len() * 4 / 3 + 4);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(&*bytes, &mut text);
        Zeroizing::new(text)
    }

    /// The inverse of [`StoredSession::to_text`].
    ///
    /// ```
    /// use chappe::{StoredSession, session::AuthKey};
    ///
    /// let login = StoredSession::new(2, "127.0.0.1:4430".parse()?, AuthKey::new([7; 256]));
    /// assert_eq!(StoredSession::from_text(&login.to_text())?, login);
    /// assert!(StoredSession::from_text("1BVtsOK").is_err()); // of another library: see `StoredSession::import`
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Text`], and as for [`StoredSession::from_bytes`].
    pub fn from_text(text: &str) -> Result<Self, SessionError> {
        parse_own(text)
    }
}

fn parse_own(text: &str) -> Result<StoredSession, SessionError> {
    let invalid = |reason| SessionError::Text { reason };
    if text.len() > MAX_SESSION_STRING_LEN {
        return Err(invalid("it is too long"));
    }
    let body = text.strip_prefix(PREFIX).ok_or(invalid("it does not begin with `chappe1:`"))?;
    let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| invalid("it is not base64"))?;
    StoredSession::from_bytes(&Zeroizing::new(bytes))
}

impl FromStr for StringSession {
    type Err = SessionError;

    fn from_str(text: &str) -> Result<Self, SessionError> {
        Self::parse(text)
    }
}

impl Session for StringSession {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        self.0.claim()
    }

    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        self.0.load()
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        self.0.save(stored)
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        self.0.scan(scan)
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        self.0.apply(batch)
    }
}

impl fmt::Debug for StringSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StringSession").field(&self.0.stored()).finish()
    }
}
