//! What the server could see: one record for each call, for demonstrations and tests.

use chappe_crypto::Now;

/// One call as it looked from the server.
///
/// Of a secret chat the server sees who writes to whom, when and how much, and bytes that mean nothing to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// When the answer was ready.
    pub at: Now,
    /// Who called; none before login.
    pub user_id: Option<i64>,
    /// The TL name of the method, or the number of one that is not in our layer.
    pub method: String,
    /// Length of the query in bytes, without wrappers.
    pub request_len: usize,
    /// How it ended.
    pub outcome: SeenOutcome,
    /// The first bytes of the opaque data of a secret-chat call; else empty.
    pub first_bytes: Vec<u8>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenOutcome {
    /// With a result of this many bytes.
    Answer {
        /// Length of the result in bytes.
        response_len: usize,
    },
    /// With an error.
    Error {
        /// Its code.
        code: i32,
        /// Its text.
        text: String,
    },
}

/// A stream of [`Seen`] records, from the moment it was made. See [`Server::observations`](crate::Server::observations).
#[derive(Debug)]
pub struct Observations(pub(crate) tokio::sync::broadcast::Receiver<Seen>);

impl Observations {
    /// The next record; `None` once the server has stopped. Records that were too many to keep are skipped.
    pub async fn next(&mut self) -> Option<Seen> {
        use tokio::sync::broadcast::error::RecvError;
        loop {
            match self.0.recv().await {
                Ok(seen) => return Some(seen),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// The next record if there is one already.
    pub fn try_next(&mut self) -> Option<Seen> {
        use tokio::sync::broadcast::error::TryRecvError;
        loop {
            match self.0.try_recv() {
                Ok(seen) => return Some(seen),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }
}
