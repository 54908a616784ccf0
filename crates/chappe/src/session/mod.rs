//! Saved logins and the state of secret chats.
//!
//! | session | keeps |
//! |---|---|
//! | [`MemorySession`] | nothing beyond the process |
//! | [`StringSession`] | the login, as a text to be put away by the caller; secret chats, and the keys of other data centres than the account's, end with the process |
//! | [`SqliteSession`] | everything, in one file that one process may use at a time, encrypted if there is a passphrase |
//!
//! A [`Session`] of your own needs a place for one [`StoredSession`] and a table of keys and values, in the order of
//! the keys, with atomic, durable writes. Let [`conformance`] test it.

mod claim;
pub mod conformance;
mod elsewhere;
mod encoding;
mod foreign;
mod memory;
mod range;
#[cfg(not(target_family = "wasm"))]
mod sqlite;
mod stored;
mod string;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use chappe_crypto::AuthKey;
pub use chappe_mtproto::session::FutureSalt;
pub(crate) use claim::Claimed;
pub use claim::{Claims, Lease};
pub(crate) use elsewhere::{Elsewhere, logins_elsewhere};
pub use foreign::{ForeignFormat, PyrogramExtras};
pub use memory::MemorySession;
pub use range::{KeyRange, Scan};
#[cfg(not(target_family = "wasm"))]
pub use sqlite::SqliteSession;
pub use stored::StoredSession;
pub use string::StringSession;

/// What the methods of a [`Session`] return.
///
/// ```
/// use chappe::StoredSession;
/// use chappe::session::SessionFuture;
///
/// // What a place that is always empty answers.
/// fn load<'a>() -> SessionFuture<'a, Option<StoredSession>> {
///     Box::pin(async { Ok(None) })
/// }
/// # drop(load());
/// ```
pub type SessionFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionError>> + Send + 'a>>;

/// A place for a login, the state of updates and secret chats, and their history.
///
/// One client uses one session at a time: it claims it first. `save` and `apply` return once the data are durable:
/// what depends on them is sent only then.
///
/// ```no_run
/// use chappe::session::{Batch, Lease, MemorySession, Record, Scan, SessionFuture};
/// use chappe::{Client, Session, StoredSession};
///
/// /// Counts what is written into another session.
/// struct Counted(MemorySession, std::sync::atomic::AtomicUsize);
///
/// impl Session for Counted {
///     fn claim(&self) -> SessionFuture<'_, Lease> {
///         self.0.claim()
///     }
///     fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
///         self.0.load()
///     }
///     fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
///         self.0.save(stored)
///     }
///     fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
///         self.0.scan(scan)
///     }
///     fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
///         self.1.fetch_add(batch.put.len(), std::sync::atomic::Ordering::Relaxed);
///         self.0.apply(batch)
///     }
/// }
///
/// let builder = Client::builder(1, "hash").session(Counted(MemorySession::new(), 0.into()));
/// # drop(builder);
/// ```
pub trait Session: Send + Sync + 'static {
    /// Takes the session for one client, until the lease is dropped. A place for leases: [`Claims`].
    ///
    /// ```
    /// use chappe::session::{MemorySession, Session};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let session = MemorySession::new();
    /// let lease = session.claim().await?;
    /// assert!(session.claim().await.is_err()); // one client at a time
    /// drop(lease);
    /// # Ok::<(), chappe::session::SessionError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SessionError::InUse`] while another lease is alive.
    fn claim(&self) -> SessionFuture<'_, Lease>;

    /// The saved login.
    ///
    /// ```
    /// use chappe::session::{MemorySession, Session};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// assert_eq!(MemorySession::new().load().await?, None); // nobody was here before
    /// # Ok::<(), chappe::session::SessionError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Damaged`], [`SessionError::Version`] or [`SessionError::Store`] if there is one that cannot be read.
    fn load(&self) -> SessionFuture<'_, Option<StoredSession>>;

    /// Saves the login, replacing the one before.
    ///
    /// ```
    /// use chappe::session::{AuthKey, MemorySession, Session, StoredSession};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let session = MemorySession::new();
    /// let login = StoredSession::new(2, "127.0.0.1:4430".parse()?, AuthKey::new([7; 256]));
    /// session.save(&login).await?;
    /// assert_eq!(session.load().await?, Some(login));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Full`] or [`SessionError::Store`]: then the one before is still there.
    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()>;

    /// The records of a range in the order of their keys (bytes compared as numbers, shorter first), or against it.
    ///
    /// ```
    /// use chappe::session::{Batch, Key, KeyRange, MemorySession, Record, Scan, Session};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let session = MemorySession::new();
    /// let put = [[1, 1], [1, 2], [2, 1]].map(|key| Record { key: Key(key.to_vec()), value: vec![] }).to_vec();
    /// session.apply(&Batch { put, ..Batch::default() }).await?;
    /// let found = session.scan(&Scan::last(KeyRange::prefix(&[1]), 1)).await?;
    /// assert_eq!(found[0].key, Key(vec![1, 2]));
    /// # Ok::<(), chappe::session::SessionError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Damaged`] or [`SessionError::Store`] if a record in the range cannot be read.
    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>>;

    /// Carries out all changes of `batch`, or none: first the removed ranges, then the removed keys, then what is put.
    ///
    /// ```
    /// use chappe::session::{Batch, Key, KeyRange, MemorySession, Record, Scan, Session};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let session = MemorySession::new();
    /// let put = vec![Record { key: Key(vec![1]), value: b"new".to_vec() }];
    /// // Put last: what the same batch removes is there afterwards.
    /// session.apply(&Batch { put, remove: vec![Key(vec![1])], remove_ranges: vec![KeyRange::ALL] }).await?;
    /// assert_eq!(session.scan(&Scan::all(KeyRange::ALL)).await?.len(), 1);
    /// # Ok::<(), chappe::session::SessionError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Full`] or [`SessionError::Store`]: then nothing has changed.
    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()>;

    /// Called a while after the last write: wipe what replaced and removed values have left behind.
    ///
    /// ```
    /// use chappe::session::{MemorySession, Session};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// // Nothing of what is overwritten stays behind in memory, so that there is nothing to do.
    /// MemorySession::new().settle().await?;
    /// # Ok::<(), chappe::session::SessionError>(())
    /// # }).unwrap();
    /// ```
    fn settle(&self) -> SessionFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Called when the client disconnects: let go of files and locks.
    ///
    /// ```no_run
    /// use chappe::{SqliteSession, session::Session};
    ///
    /// # async fn run() -> Result<(), chappe::session::SessionError> {
    /// let session = SqliteSession::open("alice.session").await?;
    /// session.close().await?;
    /// SqliteSession::open("alice.session").await?; // nobody holds the file any more
    /// # Ok(())
    /// # }
    /// ```
    fn close(&self) -> SessionFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// Names a record. Opaque to the session.
///
/// ```
/// use chappe::session::Key;
///
/// assert!(Key(vec![1]) < Key(vec![1, 0]) && Key(vec![1, 0xff]) < Key(vec![2]));
/// assert_eq!(format!("{:?}", Key(vec![1, 0xff])), "Key(01ff)");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Vec<u8>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A record. The value may hold keys: protect it.
///
/// ```
/// use chappe::session::{Key, Record};
///
/// let record = Record { key: Key(vec![7]), value: b"a secret".to_vec() };
/// assert_eq!(format!("{record:?}"), "Record(Key(07), 8 bytes)"); // the value stays out of logs
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub key: Key,
    /// Its bytes.
    pub value: Vec<u8>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({:?}, {} bytes)", self.key, self.value.len())
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.value);
    }
}

/// Changes that become durable together.
///
/// ```
/// use chappe::session::{Batch, Key, KeyRange, MemorySession, Record, Scan, Session};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let session = MemorySession::new();
/// let put = vec![Record { key: Key(vec![1, 1]), value: vec![42] }, Record { key: Key(vec![2]), value: vec![] }];
/// session.apply(&Batch { put, ..Batch::default() }).await?;
/// session.apply(&Batch { remove_ranges: vec![KeyRange::prefix(&[1])], ..Batch::default() }).await?;
/// assert_eq!(session.scan(&Scan::all(KeyRange::ALL)).await?.len(), 1);
/// # Ok::<(), chappe::session::SessionError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Records to insert or replace.
    pub put: Vec<Record>,
    /// Records to remove so that they cannot be recovered.
    pub remove: Vec<Key>,
    /// Ranges of records to remove so that they cannot be recovered. Carried out before everything else.
    pub remove_ranges: Vec<KeyRange>,
}

impl Batch {
    /// Whether there is nothing to do.
    ///
    /// ```
    /// use chappe::session::{Batch, Key};
    ///
    /// assert!(Batch::default().is_empty());
    /// assert!(!Batch { remove: vec![Key(vec![1])], ..Batch::default() }.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.remove.is_empty() && self.remove_ranges.is_empty()
    }
}

/// What can go wrong with a session.
///
/// ```no_run
/// use chappe::{SqliteSession, session::SessionError};
///
/// # async fn run() -> Result<(), chappe::Error> {
/// let session = match SqliteSession::open("alice.session").await {
///     Ok(session) => session,
///     Err(SessionError::PassphraseNeeded { .. }) => {
///         SqliteSession::open_encrypted("alice.session", "correct horse").await?
///     }
///     Err(error @ SessionError::InUse { .. }) => return Ok(println!("{error}")),
///     Err(error) => return Err(error.into()),
/// };
/// println!("{}", session.path().display());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// A text is no session of any known kind.
    #[error("this is not a session text: {reason}")]
    Text {
        /// What is wrong with it. Never part of the text.
        reason: &'static str,
    },
    /// Something stored is damaged.
    #[error(
        "the stored session is damaged: {reason}; take up a copy made by closing it, or log in anew with an empty one"
    )]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Somebody else has the session open.
    #[error("the session {path} is in use by another process or client: close it, or use another session")]
    InUse {
        /// The file.
        path: String,
    },
    /// The session was written by a newer version.
    #[error("the session has format {version}, newer than this version of the library: update it")]
    Version {
        /// The format found.
        version: i64,
    },
    /// The session was closed.
    #[error("the session is closed: open it again")]
    Closed,
    /// There is no room left.
    #[error("there is no room left for the session {path}: make room, nothing stored is lost")]
    Full {
        /// The file.
        path: String,
    },
    /// The file is no session.
    #[error("{path} is no session of this library: choose another file")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The passphrase is not the one that the session was encrypted with.
    #[error("this is not the passphrase of the session {path}: try again, nothing was changed")]
    Passphrase {
        /// The file.
        path: String,
    },
    /// The session is encrypted and no passphrase was given.
    #[error("the session {path} is encrypted: open it with its passphrase")]
    PassphraseNeeded {
        /// The file.
        path: String,
    },
    /// The session was opened to be read.
    #[error("the session {path} was opened to be read only: open it for writing")]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// An older copy was put in the place of a newer one.
    #[error(
        "the session {path} is an older copy of one that was used since: its secret chats would use numbers and keys \
         twice. Export its history (open it read-only), then log in anew with an empty session, or close its chats \
         (open it as restored)"
    )]
    Restored {
        /// The file.
        path: String,
    },
    /// The file cannot be used.
    #[error("the session file {path} cannot be used: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The store refused.
    #[error("the session cannot be read or written: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}
