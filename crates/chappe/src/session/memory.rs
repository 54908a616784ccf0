use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::{Batch, Key, Record, Session, SessionFuture, StoredSession};

/// A session that ends with the process. Clones share their content, so that a test may hand the same session to a
/// second client.
#[derive(Clone, Default)]
pub struct MemorySession(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stored: Option<StoredSession>,
    records: BTreeMap<Key, Zeroizing<Vec<u8>>>,
}

impl MemorySession {
    /// An empty session.
    pub fn new() -> Self {
        Self::default()
    }

    /// A session that starts with this login.
    pub fn with_stored(stored: StoredSession) -> Self {
        let session = Self::new();
        session.state().stored = Some(stored);
        session
    }

    /// The login, if there is one.
    pub fn stored(&self) -> Option<StoredSession> {
        self.state().stored.clone()
    }

    /// A copy that goes its own way from here on: what a backup would hold.
    #[must_use]
    pub fn fork(&self) -> Self {
        let state = self.state();
        Self(Arc::new(Mutex::new(State { stored: state.stored.clone(), records: state.records.clone() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session for MemorySession {
    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        Box::pin(async { Ok(self.stored()) })
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        Box::pin(async {
            self.state().stored = Some(stored.clone());
            Ok(())
        })
    }

    fn records(&self) -> SessionFuture<'_, Vec<Record>> {
        Box::pin(async {
            let records = &self.state().records;
            Ok(records
                .iter()
                .map(|(key, value)| Record { key: key.clone(), value: value.to_vec() })
                .collect())
        })
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let mut state = self.state();
            for record in &batch.put {
                state.records.insert(record.key.clone(), Zeroizing::new(record.value.clone()));
            }
            for key in &batch.remove {
                state.records.remove(key);
            }
            Ok(())
        })
    }
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
