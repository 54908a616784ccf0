//! Blobs in memory, for servers without a data folder.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use super::{Assembled, BlobCopy, BlobId, Blobs, Layout, Running};
use crate::keys::lock;

#[derive(Default)]
struct Blob {
    parts: BTreeMap<u64, Arc<[u8]>>,
    assembled: bool,
}

/// See [`Blobs`].
#[derive(Default)]
pub(crate) struct Memory(Mutex<HashMap<BlobId, Blob>>);

impl Memory {
    fn put(&self, blob: BlobId, part: u64, bytes: Vec<u8>) -> io::Result<()> {
        let mut blobs = lock(&self.0);
        let blob = blobs.entry(blob).or_default();
        if blob.assembled {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the blob is assembled"));
        }
        blob.parts.insert(part, bytes.into());
        Ok(())
    }

    fn assemble(&self, id: BlobId, layout: Layout) -> Assembled {
        let mut blobs = lock(&self.0);
        let blob = blobs.entry(id).or_default();
        for part in 0..layout.parts {
            let len = blob.parts.get(&part).map(|bytes| bytes.len() as u64);
            if len != Some(layout.len_of(part)) {
                return Assembled::Missing(part);
            }
        }
        blob.assembled = true;
        Assembled::Done
    }

    fn read(&self, id: BlobId, layout: Layout, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        for (part, within, len) in layout.pieces(offset, len) {
            let bytes = lock(&self.0).get(&id).and_then(|blob| blob.parts.get(&part).cloned());
            let range = usize::try_from(within).ok().zip(usize::try_from(within + len).ok());
            let piece = bytes.as_deref().zip(range).and_then(|(bytes, (from, to))| bytes.get(from..to));
            out.extend_from_slice(piece.ok_or(io::ErrorKind::NotFound)?);
        }
        Ok(out)
    }
}

impl Blobs for Memory {
    fn put_part(&self, blob: BlobId, part: u64, bytes: Vec<u8>) -> Running<'_, ()> {
        Box::pin(async move { self.put(blob, part, bytes) })
    }

    fn assemble(&self, blob: BlobId, layout: Layout) -> Running<'_, Assembled> {
        Box::pin(async move { Ok(self.assemble(blob, layout)) })
    }

    fn read(&self, blob: BlobId, layout: Layout, offset: u64, len: u64) -> Running<'_, Vec<u8>> {
        Box::pin(async move { self.read(blob, layout, offset, len) })
    }

    fn export(&self) -> Running<'_, Vec<BlobCopy>> {
        let copy = |(id, blob): (&BlobId, &Blob)| BlobCopy {
            id: *id,
            assembled: blob.assembled,
            parts: blob.parts.iter().map(|(part, bytes)| (*part, Arc::clone(bytes))).collect(),
        };
        Box::pin(async move { Ok(lock(&self.0).iter().map(copy).collect()) })
    }

    fn delete(&self, blob: BlobId) -> Running<'_, ()> {
        Box::pin(async move {
            lock(&self.0).remove(&blob);
            Ok(())
        })
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}
