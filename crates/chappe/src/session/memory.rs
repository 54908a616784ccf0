use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::{Batch, Claims, Key, KeyRange, Lease, Record, Scan, Session, SessionFuture, StoredSession};

/// A session that ends with the process. Clones share their content: a second client may take it up when the first one
/// has ended.
///
/// ```no_run
/// use chappe::{Client, MemorySession};
///
/// # async fn run() -> Result<(), chappe::Error> {
/// let session = MemorySession::new();
/// let client = Client::builder(1, "hash from my.telegram.org").session(session.clone()).connect().await?;
/// client.sign_in_bot("123456:TOKEN").await?;
/// client.disconnect().await?;
/// // The same login once more, with another connection.
/// let client = Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
/// assert!(client.is_authorized().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemorySession {
    state: Arc<Mutex<State>>,
    claims: Claims,
}

#[derive(Default)]
struct State {
    stored: Option<StoredSession>,
    records: BTreeMap<Key, Zeroizing<Vec<u8>>>,
}

impl MemorySession {
    /// An empty session.
    ///
    /// ```
    /// let session = chappe::MemorySession::new();
    /// let builder = chappe::Client::builder(1, "hash from my.telegram.org").session(session.clone());
    /// assert!(session.stored().is_none()); // until the client has connected
    /// # drop(builder);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// A session that starts with this login.
    ///
    /// ```no_run
    /// use chappe::{MemorySession, StoredSession};
    ///
    /// # fn run() -> Result<(), chappe::session::SessionError> {
    /// let stored = StoredSession::from_text(&std::env::var("SESSION").unwrap_or_default())?;
    /// let builder = chappe::Client::builder(1, "hash").session(MemorySession::with_stored(stored));
    /// # drop(builder);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_stored(stored: StoredSession) -> Self {
        let session = Self::new();
        session.state().stored = Some(stored);
        session
    }

    /// The login, if there is one.
    ///
    /// ```
    /// use chappe::{MemorySession, StoredSession, session::AuthKey};
    ///
    /// let login = StoredSession::new(2, "127.0.0.1:4430".parse()?, AuthKey::new([7; 256]));
    /// assert_eq!(MemorySession::new().stored(), None);
    /// assert_eq!(MemorySession::with_stored(login.clone()).stored(), Some(login));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stored(&self) -> Option<StoredSession> {
        self.state().stored.clone()
    }

    /// A copy that goes its own way from here on: what a backup would hold.
    ///
    /// ```no_run
    /// # fn run(session: chappe::MemorySession) {
    /// let backup = session.fork(); // knows nothing of what comes later
    /// assert_eq!(backup.stored(), session.stored());
    /// # }
    /// ```
    #[must_use]
    pub fn fork(&self) -> Self {
        let state = self.state();
        let state = State { stored: state.stored.clone(), records: state.records.clone() };
        Self { state: Arc::new(Mutex::new(state)), claims: Claims::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session for MemorySession {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        Box::pin(self.claims.claim("in memory"))
    }

    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        Box::pin(async { Ok(self.stored()) })
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        Box::pin(async {
            self.state().stored = Some(stored.clone());
            Ok(())
        })
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        Box::pin(async {
            if scan.range.is_empty() {
                return Ok(Vec::new());
            }
            let state = self.state();
            let range = state.records.range(bounds(&scan.range));
            let record = |(key, value): (&Key, &Zeroizing<Vec<u8>>)| Record {
                key: key.clone(),
                value: value.to_vec(),
            };
            Ok(match scan.backwards {
                true => range.rev().take(scan.limit).map(record).collect(),
                false => range.take(scan.limit).map(record).collect(),
            })
        })
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let mut state = self.state();
            for range in batch.remove_ranges.iter().filter(|range| !range.is_empty()) {
                let gone: Vec<Key> = state.records.range(bounds(range)).map(|(key, _)| key.clone()).collect();
                for key in gone {
                    state.records.remove(&key);
                }
            }
            for key in &batch.remove {
                state.records.remove(key);
            }
            for record in &batch.put {
                state.records.insert(record.key.clone(), Zeroizing::new(record.value.clone()));
            }
            Ok(())
        })
    }
}

fn bounds(range: &KeyRange) -> (Bound<&Key>, Bound<&Key>) {
    (Bound::Included(&range.from), range.to.as_ref().map_or(Bound::Unbounded, Bound::Excluded))
}

impl fmt::Debug for MemorySession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("MemorySession")
            .field("stored", &state.stored)
            .field("record_count", &state.records.len())
            .finish()
    }
}
