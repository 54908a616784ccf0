use std::fmt;
use std::io::Write;
use std::sync::Arc;

use chappe_secret::SecretChatId;

use super::record::Stored;
use super::{HistoryQuery, keys, query};
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::session::{KeyRange, Scan, Session};

/// The histories in a session, without a client: to read and to export them, also from an older copy or a damaged
/// file.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use chappe::{SqliteSession, history::Archive};
///
/// let session = SqliteSession::open_read_only("alice.session", None).await?;
/// let archive = Archive::new(session.clone());
/// let written = archive.export(&mut std::fs::File::create("history.jsonl")?).await?;
/// println!("{written} entries, {} could not be read", session.damaged_count());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Archive(Arc<dyn Session>);

impl Archive {
    /// The histories in this session.
    ///
    /// ```no_run
    /// use chappe::{SqliteSession, history::Archive};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// // A copy in the drawer, which nobody may log in with any more.
    /// let archive = Archive::new(SqliteSession::open_read_only("backup/alice.session", None).await?);
    /// archive.export(&mut std::io::stdout()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(session: impl Session) -> Self {
        Self(Arc::new(session))
    }

    pub(crate) fn of(session: Arc<dyn Session>) -> Self {
        Self(session)
    }

    /// The chats that have a history.
    ///
    /// ```
    /// use chappe::{MemorySession, history::Archive};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let archive = Archive::new(MemorySession::new());
    /// assert!(archive.chats().await?.is_empty()); // nobody has said anything yet
    /// # Ok::<(), chappe::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Session`].
    pub async fn chats(&self) -> Result<Vec<SecretChatId>, Error> {
        Ok(query::chats(&*self.0).await?)
    }

    /// The history of one chat.
    ///
    /// ```no_run
    /// # async fn run(archive: chappe::history::Archive) -> Result<(), chappe::Error> {
    /// for chat in archive.chats().await? {
    ///     let last = archive.history(chat).limit(1).await?;
    ///     println!("{chat}: {}", last.first().map(|entry| entry.text()).unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(&self, chat: SecretChatId) -> HistoryQuery {
        HistoryQuery::new(self.0.clone(), chat)
    }

    /// Writes all histories, one JSON object a line (see [`to_json`](super::HistoryEntry::to_json)): chat by chat,
    /// oldest first. Entries that cannot be read are left out. Returns how many were written.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut lines = Vec::new();
    /// let written = client.secret_chats().archive().export(&mut lines).await?;
    /// println!("{written} entries in {} bytes", lines.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Session`], also if the lines cannot be written.
    pub async fn export(&self, out: &mut (dyn Write + Send)) -> Result<u64, Error> {
        let mut written = 0;
        let mut range = keys::all_entries();
        let mut known = None;
        loop {
            let records = self.0.scan(&Scan::first(range.clone(), limits::SCAN_CHUNK)).await?;
            let Some(last) = records.last() else { return Ok(written) };
            range.from = KeyRange::one(last.key.clone()).to.unwrap_or_default();
            for record in &records {
                let Ok(stored) = Stored::decode(record) else { continue };
                let chat = stored.entry.chat;
                let head = match known {
                    Some((of, head)) if of == chat => head,
                    _ => query::head(&*self.0, chat).await?,
                };
                known = Some((chat, head));
                let line = stored.shown(head, query::now()).to_json();
                writeln!(out, "{line}").map_err(|error| {
                    Error::with_source(ErrorKind::Session, "the history cannot be written there", error)
                })?;
                written += 1;
            }
        }
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Archive")
    }
}
