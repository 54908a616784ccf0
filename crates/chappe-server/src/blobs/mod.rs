//! The contents of files: bytes that mean nothing to the server, kept apart from the database.
//!
//! A blob is written in parts, in any order and over several connections, and stays in parts: it is never copied
//! together, so a file of 4 GB costs neither memory nor a pause. What a blob is called is drawn by the server; nothing
//! that a client says becomes a path. Which parts there are, whose they are and when they go is in the database; here
//! are bytes only. One object for each part is also what an object store can do, which has no way to append.
//!
//! ```text
//! put_part ×n (any order, again and again) ──▶ assemble: durable, from now on unchangeable ──▶ read ×n ──▶ delete
//! ```

mod folder;
mod memory;
#[cfg(feature = "s3")]
mod object;
mod parts;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;

pub(crate) use folder::Folder;
pub(crate) use memory::Memory;
#[cfg(feature = "s3")]
pub(crate) use object::Objects;
pub(crate) use parts::{MAX_PART_LEN, PartError, Parts};

/// The name of a blob: a random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlobId(pub(crate) i64);

/// How a blob is cut into parts: all of them are `part_len` long but the last, which holds the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Bytes.
    pub(crate) part_len: u64,
    pub(crate) parts: u64,
    /// Bytes of the whole.
    pub(crate) size: u64,
}

impl Layout {
    /// The bytes of one part.
    pub(crate) fn len_of(&self, part: u64) -> u64 {
        let start = part.saturating_mul(self.part_len);
        self.size.saturating_sub(start).min(self.part_len)
    }

    /// The pieces that make up `len` bytes from `offset` on: the part, the offset in it, and the length.
    fn pieces(&self, offset: u64, len: u64) -> impl Iterator<Item = (u64, u64, u64)> + use<> {
        let (part_len, end) = (self.part_len.max(1), offset.saturating_add(len).min(self.size));
        let mut at = offset;
        std::iter::from_fn(move || {
            let (part, within) = (at / part_len, at % part_len);
            let len = end.checked_sub(at).filter(|rest| *rest > 0)?.min(part_len - within);
            at += len;
            Some((part, within, len))
        })
    }
}

/// What came of an assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assembled {
    Done,
    /// This part is not there, or not whole.
    Missing(u64),
}

/// The bytes of a blob, in its parts.
#[derive(Clone, Debug)]
pub(crate) struct BlobCopy {
    pub(crate) id: BlobId,
    pub(crate) assembled: bool,
    pub(crate) parts: Vec<(u64, std::sync::Arc<[u8]>)>,
}

/// A running operation.
pub(crate) type Running<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Where blobs are kept.
pub(crate) trait Blobs: fmt::Debug + Send + Sync + 'static {
    /// Keeps a part of a blob that is not assembled yet. Another one of the same number is replaced, as a whole.
    fn put_part(&self, blob: BlobId, part: u64, bytes: Vec<u8>) -> Running<'_, ()>;

    /// Checks that the parts are as the layout says and makes them durable. Later parts do not change the blob any
    /// more. Doing it twice is no error.
    fn assemble(&self, blob: BlobId, layout: Layout) -> Running<'_, Assembled>;

    /// Up to `len` bytes of an assembled blob; fewer at its end, none behind it. Memory is bounded by `len`.
    fn read(&self, blob: BlobId, layout: Layout, offset: u64, len: u64) -> Running<'_, Vec<u8>>;

    /// All blobs with all their parts: for snapshots of worlds that fit into memory.
    fn export(&self) -> Running<'_, Vec<BlobCopy>>;

    /// Forgets a blob, assembled or not. One that is not there is no error.
    fn delete(&self, blob: BlobId) -> Running<'_, ()>;
}
