//! The login at a data centre where the account does not live.

use std::sync::Arc;

use super::{
    Batch, Claims, Key, KeyRange, Lease, Record, Scan, Session, SessionError, SessionFuture, StoredSession,
};

/// A login elsewhere.
const ELSEWHERE: u8 = b'D';

/// All of them.
pub(crate) fn logins_elsewhere() -> KeyRange {
    KeyRange::prefix(&[ELSEWHERE])
}

/// The account's session as a connection to another data centre sees it: what that saves is a record beside the login.
pub(crate) struct Elsewhere {
    session: Arc<dyn Session>,
    dc_id: i32,
    claims: Claims,
}

impl Elsewhere {
    pub(crate) fn new(session: Arc<dyn Session>, dc_id: i32) -> Self {
        Self { session, dc_id, claims: Claims::default() }
    }

    fn key(&self) -> Key {
        Key([&[ELSEWHERE][..], &self.dc_id.to_be_bytes()].concat())
    }

    /// The data centre does not know the key any more.
    pub(crate) async fn forget(&self) -> Result<(), SessionError> {
        self.session.apply(&Batch { remove: vec![self.key()], ..Batch::default() }).await
    }
}

impl Session for Elsewhere {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        Box::pin(self.claims.claim("at another data centre"))
    }

    /// A record that cannot be read is as good as none: another key is made.
    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        Box::pin(async {
            let found = self.session.scan(&Scan::first(KeyRange::one(self.key()), 1)).await?;
            Ok(found.first().and_then(|record| StoredSession::from_bytes(&record.value).ok()))
        })
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let record = Record { key: self.key(), value: stored.to_bytes().to_vec() };
            self.session.apply(&Batch { put: vec![record], ..Batch::default() }).await
        })
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        self.session.scan(scan)
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        self.session.apply(batch)
    }
}
