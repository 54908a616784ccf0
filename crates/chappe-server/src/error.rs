//! Why a server did not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The error of [`ServerBuilder::spawn`](crate::ServerBuilder::spawn): one line that names cause and cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    // What the caller asked for cannot be had.
    /// The address is in use, not ours, or not permitted.
    #[error("cannot listen on {address}: {source}; choose another address, or port 0 for a free port")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The data folder cannot be made or written.
    #[error("cannot use the data folder {}: {source}", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database in the data folder cannot be opened.
    #[error("cannot open the database {}: {reason}; is another server using it?", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database said.
        reason: String,
    },
    /// The address of the database is none.
    #[error(
        "the database address must be postgres://user:password@host/name?schema=world, with a schema of a-z, 0-9 and _"
    )]
    DatabaseAddress,
    /// The way to other servers cannot be used.
    #[error("the bus cannot be used: {reason}")]
    Bus {
        /// What is wrong.
        reason: String,
    },
    /// The place for the bytes of files cannot be used.
    #[error("the place for files cannot be used: {reason}")]
    Blobs {
        /// What is wrong.
        reason: String,
    },
    /// The PostgreSQL database cannot be used.
    #[error(
        "cannot use the database {address}: {reason}; does it run, and may this user create tables in it?"
    )]
    Postgres {
        /// The address, without the password.
        address: String,
        /// What the database said.
        reason: String,
    },
    /// A snapshot was to go into a folder that holds data.
    #[error("the data folder {} holds data already; give a snapshot an empty one", path.display())]
    ForkOverData {
        /// The folder.
        path: PathBuf,
    },
    /// Bytes are no snapshot.
    #[error("this is no snapshot: {reason}; take one that this version of the server has made")]
    Snapshot {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The key file cannot be read or written.
    #[error("cannot use the key file {}: {source}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key file holds no usable key.
    #[error("{} is no usable key file: {source}; give a 2048-bit RSA PRIVATE KEY (PKCS#1) in PEM, or a path that does not exist yet", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: chappe_crypto::Error,
    },

    /// There cannot be so many data centres.
    #[error("the data centres: {reason}")]
    DataCentres {
        /// What is wrong.
        reason: &'static str,
    },

    /// An account cannot be made as it was asked for.
    #[error("no account {name:?}: {reason}")]
    Account {
        /// The name under which it was asked for.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },

    // The machine let us down.
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {reason}")]
    Randomness {
        /// What it said.
        reason: String,
    },
    /// Storage in memory failed.
    #[error("the storage failed: {reason}")]
    Storage {
        /// What the database said.
        reason: String,
    },
    /// A key could not be made.
    #[error("cannot make an RSA key: {0}")]
    MakeKey(chappe_crypto::Error),
}
