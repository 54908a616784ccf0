use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Batch, Record, Scan, Session, SessionError, SessionFuture, StoredSession};
use crate::limits::SESSION_LOCK_TIMEOUT;
use crate::rt;

/// The right to use a session. Ends when it is dropped.
///
/// ```
/// use chappe::session::{MemorySession, Session};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let session = MemorySession::new();
/// let lease = session.claim().await?; // what a client does when it connects
/// assert!(session.claim().await.is_err());
/// drop(lease); // and when it is disconnected
/// session.claim().await?;
/// # Ok::<(), chappe::session::SessionError>(())
/// # }).unwrap();
/// ```
#[must_use = "the session is free again as soon as the lease is dropped"]
pub struct Lease(#[expect(dead_code, reason = "held, not looked at")] OwnedSemaphorePermit);

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

/// Hands out one [`Lease`] at a time: what a session of your own keeps to answer
/// [`Session::claim`]. Clones share the lease.
///
/// ```
/// # tokio_test(async {
/// use chappe::session::Claims;
///
/// let claims = Claims::default();
/// let lease = claims.claim("my session").await?;
/// assert!(claims.clone().claim("my session").await.is_err());
/// drop(lease);
/// claims.claim("my session").await?;
/// # Ok::<(), chappe::session::SessionError>(())
/// # });
/// # fn tokio_test<E: std::fmt::Debug>(run: impl Future<Output = Result<(), E>>) {
/// #     tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run).unwrap();
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Claims(Arc<Semaphore>);

impl Default for Claims {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Claims {
    /// Takes the lease. Waits a moment for a client that is about to end.
    ///
    /// ```
    /// use chappe::session::{Claims, SessionError};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let claims = Claims::default();
    /// let lease = claims.claim("alice.db").await?;
    /// let second = claims.claim("alice.db").await;
    /// assert!(matches!(second, Err(SessionError::InUse { path }) if path == "alice.db"));
    /// drop(lease); // free again
    /// # Ok::<(), chappe::session::SessionError>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`SessionError::InUse`] with this name.
    pub async fn claim(&self, name: &str) -> Result<Lease, SessionError> {
        match rt::timeout(SESSION_LOCK_TIMEOUT, self.0.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Lease(permit)),
            _ => Err(SessionError::InUse { path: name.to_owned() }),
        }
    }
}

/// A session and the right to use it: both live as long as somebody uses it, or until it is closed.
pub(crate) struct Claimed {
    session: Arc<dyn Session>,
    lease: Mutex<Option<Lease>>,
}

impl Claimed {
    pub(crate) async fn new(session: Arc<dyn Session>) -> Result<Self, SessionError> {
        let lease = session.claim().await?;
        Ok(Self { session, lease: Mutex::new(Some(lease)) })
    }
}

impl Session for Claimed {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        self.session.claim()
    }

    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        self.session.load()
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        self.session.save(stored)
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        self.session.scan(scan)
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        self.session.apply(batch)
    }

    fn settle(&self) -> SessionFuture<'_, ()> {
        self.session.settle()
    }

    fn close(&self) -> SessionFuture<'_, ()> {
        Box::pin(async {
            let closed = self.session.close().await;
            drop(self.lease.lock().unwrap_or_else(PoisonError::into_inner).take());
            closed
        })
    }
}
