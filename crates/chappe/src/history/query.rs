use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use chappe_secret::{Content, Media, RandomId, SecretChatId};

use super::record::{Head, Stored, number};
use super::{Cursor, HistoryEntry, keys};
use crate::error::Error;
use crate::limits;
use crate::rt::{SystemTime, UNIX_EPOCH};
use crate::session::{Key, KeyRange, Record, Scan, Session, SessionError};

/// A question to the history of one chat; awaiting it gives the entries, oldest first.
///
/// Without [`after`](HistoryQuery::after) the newest entries are given, with it the ones that follow. Places do not
/// move: while new messages come and old ones go, going on [`before`](HistoryQuery::before) the first entry of a page
/// neither repeats nor leaves out anything.
///
/// ```no_run
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// # let last_seen = chappe::history::Cursor(0);
/// // What is new since this program last looked.
/// let new = chat.history().after(last_seen).limit(500).await?;
/// // And where the key to the cellar was mentioned.
/// let found = chat.history().search("cellar").limit(10).await?;
/// println!("{} new ones, {} about the cellar", new.len(), found.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is asked until it is awaited"]
#[derive(Clone)]
pub struct HistoryQuery {
    store: Arc<dyn Session>,
    chat: SecretChatId,
    before: Option<Cursor>,
    after: Option<Cursor>,
    limit: usize,
    search: Option<String>,
}

impl fmt::Debug for HistoryQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryQuery")
            .field("chat", &self.chat)
            .field("before", &self.before)
            .field("after", &self.after)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl HistoryQuery {
    pub(crate) fn new(store: Arc<dyn Session>, chat: SecretChatId) -> Self {
        Self { store, chat, before: None, after: None, limit: limits::HISTORY_PAGE, search: None }
    }

    /// Only what is older than this place.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     oldest_shown: chappe::history::Cursor,
    /// # ) -> Result<(), chappe::Error> {
    /// // The user scrolls up.
    /// let page = chat.history().before(oldest_shown).limit(50).await?;
    /// println!("{} entries above", page.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn before(mut self, cursor: Cursor) -> Self {
        self.before = Some(cursor);
        self
    }

    /// Only what is newer than this place, beginning with the oldest of it.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     newest_shown: chappe::history::Cursor,
    /// # ) -> Result<(), chappe::Error> {
    /// for entry in chat.history().after(newest_shown).await? {
    ///     println!("{}", entry.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// At most so many entries. Default: [`HISTORY_PAGE`](limits::HISTORY_PAGE), most:
    /// [`MAX_HISTORY_PAGE`](limits::MAX_HISTORY_PAGE).
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let last = chat.history().limit(1).await?;
    /// println!("{}", last.first().map(|entry| entry.text()).unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.min(limits::MAX_HISTORY_PAGE);
        self
    }

    /// Only messages with this text in their words, their file's name, or the words of a place, a contact or a piece
    /// of music. Upper and lower case are the same, as are composed and spelled-out characters.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().search("invoice").limit(20).await? {
    ///     println!("{}: {}", entry.date, entry.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Asks.
    ///
    /// ```
    /// use chappe::{MemorySession, history::Archive, secret::SecretChatId};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let query = Archive::new(MemorySession::new()).history(SecretChatId(7)).limit(20);
    /// assert_eq!(query.fetch().await?, []); // `.await` alone does the same
    /// # Ok::<(), chappe::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) if the session cannot be read, or an entry is damaged.
    pub async fn fetch(self) -> Result<Vec<HistoryEntry>, Error> {
        let words = self.search.as_deref().map(super::fold::fold);
        let head = head(&*self.store, self.chat).await?;
        let now = now();
        let mut range = keys::entries(self.chat);
        if let Some(after) = self.after {
            range.from = keys::entry(self.chat, Cursor(after.0.saturating_add(1)));
        }
        if let Some(before) = self.before {
            range.to = Some(keys::entry(self.chat, before));
        }
        let backwards = self.after.is_none();
        let mut found = Vec::new();
        while found.len() < self.limit {
            let limit = match words {
                Some(_) => limits::SCAN_CHUNK,
                None => limits::SCAN_CHUNK.min(self.limit - found.len()),
            };
            let scan = Scan { range: range.clone(), backwards, limit };
            let records = self.store.scan(&scan).await?;
            let Some(last) = records.last() else { break };
            match backwards {
                true => range.to = Some(last.key.clone()),
                false => range.from = KeyRange::one(last.key.clone()).to.unwrap_or_default(),
            }
            for record in &records {
                let entry = Stored::decode(record)?.shown(head, now);
                if found.len() < self.limit && words.as_deref().is_none_or(|words| says(&entry, words)) {
                    found.push(entry);
                }
            }
        }
        if backwards {
            found.reverse();
        }
        Ok(found)
    }
}

impl IntoFuture for HistoryQuery {
    type Output = Result<Vec<HistoryEntry>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.fetch())
    }
}

/// Unix seconds.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

async fn get(store: &dyn Session, key: Key) -> Result<Option<Record>, SessionError> {
    Ok(store.scan(&Scan::first(KeyRange::one(key), 1)).await?.pop())
}

pub(super) async fn head(store: &dyn Session, chat: SecretChatId) -> Result<Head, SessionError> {
    Ok(get(store, keys::head(chat)).await?.map(|record| Head::decode(&record.value)).unwrap_or_default())
}

/// A message by its id, with everything that it says and whether it is still to be opened.
pub(crate) async fn message(
    store: &dyn Session,
    chat: SecretChatId,
    id: RandomId,
) -> Result<Option<(HistoryEntry, bool)>, SessionError> {
    let Some(index) = get(store, keys::index(chat, id)).await? else { return Ok(None) };
    let Some(record) = get(store, keys::entry(chat, Cursor(number(&index.value)?))).await? else {
        return Ok(None);
    };
    let head = head(store, chat).await?;
    let mut stored = Stored::decode(&record)?;
    let unopened = std::mem::take(&mut stored.unopened);
    Ok(Some((stored.shown(head, now()), unopened)))
}

/// The chats that have a history.
pub(crate) async fn chats(store: &dyn Session) -> Result<Vec<SecretChatId>, SessionError> {
    let mut range = keys::all_entries();
    let mut chats = Vec::new();
    while let Some(record) = store.scan(&Scan::first(range.clone(), 1)).await?.pop() {
        let Some((chat, _)) = keys::to_entry(&record.key) else { break };
        chats.push(chat);
        match keys::entries(chat).to {
            Some(next) => range.from = next,
            None => break,
        }
    }
    Ok(chats)
}

/// Whether these folded words are in the entry.
fn says(entry: &HistoryEntry, words: &str) -> bool {
    let name = entry.media_file().and_then(|file| file.name.as_deref());
    let more: Vec<&str> = match entry.content().and_then(Content::media) {
        Some(Media::Audio { title, performer, .. }) => title.iter().chain(performer).map(|s| &**s).collect(),
        Some(Media::Contact { phone_number, first_name, last_name, .. }) => {
            vec![phone_number, first_name, last_name]
        }
        Some(Media::Venue { title, address, .. }) => vec![title, address],
        Some(Media::WebPage { url }) => vec![url],
        _ => Vec::new(),
    };
    let texts = [Some(entry.text()), name].into_iter().flatten().chain(more);
    let mut texts = texts.filter(|text| !text.is_empty());
    texts.any(|text| super::fold::fold(text).contains(words))
}
