//! A whole world at one moment, to begin others with.

mod bytes;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chappe_crypto::rsa::RsaPrivateKey;

use crate::blobs::{BlobCopy, Blobs, Layout};
use crate::clock::Clock;
use crate::error::ServerError;
use crate::server::Server;

/// What [`Server::snapshot`] keeps: accounts, keys, mailboxes, files, the time and the RSA key. Cheap to clone.
///
/// [`Snapshot::to_bytes`] is for a file. Secret: who has it is everybody in that world.
#[derive(Clone)]
pub struct Snapshot(pub(crate) Arc<Kept>);

pub(crate) struct Kept {
    pub(crate) database: Vec<u8>,
    pub(crate) blobs: Vec<BlobCopy>,
    pub(crate) base: Arc<dyn Clock>,
    pub(crate) ahead: Duration,
    pub(crate) rsa: Arc<RsaPrivateKey>,
    pub(crate) dc_id: i32,
    /// Where the randomness of forks begins, if that of the server came from a seed.
    pub(crate) seed: Option<[u8; 32]>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("database_len", &self.0.database.len())
            .field("files", &self.0.blobs.len())
            .finish_non_exhaustive()
    }
}

impl Server {
    /// The whole world as it is now, to begin other servers with: see
    /// [`ServerBuilder::fork`](crate::ServerBuilder::fork). Calls under way are in it with all they do, or not at all.
    ///
    /// ```
    /// # async fn example(server: &chappe_server::Server) -> Result<(), chappe_server::ServerError> {
    /// use chappe_server::Server;
    ///
    /// let alice = server.user("alice").await?;
    /// let snapshot = server.snapshot().await?;
    /// let other = Server::builder().fork(&snapshot).spawn().await?;
    /// assert_eq!(other.user("alice").await?.user_id, alice.user_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServerError::Storage`] if something cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, ServerError> {
        let world = &self.world;
        let failed = |error: io::Error| ServerError::Storage { reason: error.to_string() };
        let database = world.store.serialize().await?;
        Ok(Snapshot(Arc::new(Kept {
            database,
            blobs: world.blobs.export().await.map_err(failed)?,
            base: world.time.base(),
            ahead: world.time.ahead(),
            rsa: self.private_key(),
            dc_id: self.dc_id(),
            seed: world.rng.is_seeded().then(|| world.rng.bytes()),
        })))
    }
}

/// Puts files where they were in another world.
pub(crate) async fn import(blobs: &dyn Blobs, copies: &[BlobCopy]) -> io::Result<()> {
    for copy in copies {
        let (mut size, mut part_len) = (0, 0);
        for (part, bytes) in &copy.parts {
            let len = bytes.len() as u64;
            size += len;
            part_len = part_len.max(len);
            blobs.put_part(copy.id, *part, bytes.to_vec()).await?;
        }
        if copy.assembled {
            let layout = Layout { part_len, parts: copy.parts.len() as u64, size };
            blobs.assemble(copy.id, layout).await?;
        }
    }
    Ok(())
}
