//! Blobs in an object store that speaks S3.
//!
//! ```text
//! uploads/0123456789abcdef/00000-018c…    parts as they come: each under a name of its own, the last one counts
//! files/0123456789abcdef                  assembled: the names of the parts
//! ```
//!
//! An object is written as a whole or not at all and is durable once it is acknowledged. Parts are at most 512 KiB, so
//! no object is longer, nothing is copied together, and memory does not depend on the length of a file.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::{Assembled, BlobCopy, BlobId, Blobs, Layout, Running};
use crate::keys::lock;

/// Assembled blobs whose parts are remembered.
const REMEMBERED: usize = 256;

/// See [`Blobs`].
#[derive(Clone)]
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The parts of blobs that were read last.
    known: Arc<Mutex<HashMap<BlobId, Arc<[Path]>>>>,
}

impl Objects {
    /// Reads `s3://bucket/prefix?endpoint=http://host:port&region=name`. Credentials come from the environment
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …). Errors say what is wrong.
    pub(crate) fn open(address: &str) -> Result<Self, String> {
        let rest = address.strip_prefix("s3://").ok_or("it does not begin with s3://")?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err("it names no bucket".to_owned());
        }
        // Without a provider of its own the TLS library has none.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            builder = match pair.split_once('=') {
                Some(("endpoint", endpoint)) => {
                    builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint)
                }
                Some(("region", region)) => builder.with_region(region),
                _ => {
                    return Err(format!("{pair}: only endpoint=… and region=… may follow the question mark"));
                }
            };
        }
        let store = builder.build().map_err(|error| error.to_string())?;
        let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|error| error.to_string())?;
        Ok(Self::over(Arc::new(store), prefix))
    }

    pub(crate) fn over(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { store, prefix, known: Arc::default() }
    }

    /// Whether the store can be reached and lets us write.
    pub(crate) async fn check(&self) -> io::Result<()> {
        let probe = self.prefix.clone().join("probe");
        self.store.put(&probe, Vec::new().into()).await?;
        Ok(self.store.delete(&probe).await?)
    }

    fn parts(&self, blob: BlobId) -> Path {
        self.prefix.clone().join("uploads").join(format!("{:016x}", blob.0))
    }

    fn file(&self, blob: BlobId) -> Path {
        self.prefix.clone().join("files").join(format!("{:016x}", blob.0))
    }

    async fn put(&self, blob: BlobId, part: u64, bytes: Vec<u8>) -> io::Result<()> {
        // Later names are greater; two at the same time are both as good.
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let name = format!("{part:05}-{time:032x}{:08x}", rand::random::<u32>());
        self.store.put(&self.parts(blob).join(name), bytes.into()).await?;
        Ok(())
    }

    async fn assemble(&self, blob: BlobId, layout: Layout) -> io::Result<Assembled> {
        if self.names(blob).await.is_ok() {
            return Ok(Assembled::Done);
        }
        let mut newest: HashMap<u64, (Path, u64)> = HashMap::new();
        let mut listing = self.store.list(Some(&self.parts(blob)));
        while let Some(object) = listing.try_next().await? {
            let Some(part) = number(&object.location) else { continue };
            let held = newest.entry(part).or_insert_with(|| (object.location.clone(), object.size));
            if object.location > held.0 {
                *held = (object.location, object.size);
            }
        }
        let mut names = Vec::new();
        for part in 0..layout.parts {
            match newest.get(&part) {
                Some((name, size)) if *size == layout.len_of(part) => {
                    names.extend(name.filename().map(str::to_owned))
                }
                _ => return Ok(Assembled::Missing(part)),
            }
        }
        // From here on nothing changes: later parts have other names.
        self.store.put(&self.file(blob), names.join("\n").into_bytes().into()).await?;
        Ok(Assembled::Done)
    }

    /// The objects of an assembled blob, one for each part.
    async fn names(&self, blob: BlobId) -> io::Result<Arc<[Path]>> {
        if let Some(names) = lock(&self.known).get(&blob) {
            return Ok(Arc::clone(names));
        }
        let text = self.store.get(&self.file(blob)).await?.bytes().await?;
        let text = std::str::from_utf8(&text).map_err(io::Error::other)?;
        let names: Arc<[Path]> = text.lines().map(|name| self.parts(blob).join(name)).collect();
        let mut known = lock(&self.known);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(blob, Arc::clone(&names));
        Ok(names)
    }

    async fn read(&self, blob: BlobId, layout: Layout, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        let names = self.names(blob).await?;
        let pieces = layout.pieces(offset, len).map(|(part, within, len)| {
            let name = usize::try_from(part).ok().and_then(|part| names.get(part)).cloned();
            async move {
                let name = name.ok_or(io::ErrorKind::NotFound)?;
                let piece = self.store.get_range(&name, within..within + len).await?;
                match piece.len() as u64 == len {
                    true => Ok(piece),
                    false => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                }
            }
        });
        let mut out = Vec::new();
        let mut pieces = futures_util::stream::iter(pieces).buffered(4);
        while let Some(piece) = pieces.try_next().await? {
            out.extend_from_slice(&piece);
        }
        Ok(out)
    }

    async fn delete(&self, blob: BlobId) -> io::Result<()> {
        // The list first: without it nobody reads the parts.
        let gone = self.store.delete(&self.file(blob)).await;
        if let Err(error) = gone
            && !matches!(error, object_store::Error::NotFound { .. })
        {
            return Err(error.into());
        }
        lock(&self.known).remove(&blob);
        let parts = self.store.list(Some(&self.parts(blob))).map_ok(|object| object.location).boxed();
        self.store.delete_stream(parts).try_for_each(|_| async { Ok(()) }).await?;
        Ok(())
    }

    async fn export(&self) -> io::Result<Vec<BlobCopy>> {
        let mut copies = Vec::new();
        let uploads = self.prefix.clone().join("uploads");
        for folder in self.store.list_with_delimiter(Some(&uploads)).await?.common_prefixes {
            let id = folder.filename().and_then(|name| u64::from_str_radix(name, 16).ok());
            let Some(id) = id.map(|id| BlobId(id.cast_signed())) else { continue };
            let (names, assembled) = match self.names(id).await {
                Ok(names) => (names.to_vec(), true),
                Err(_) => {
                    let mut names: Vec<Path> =
                        self.store.list(Some(&folder)).map_ok(|object| object.location).try_collect().await?;
                    names.sort_unstable();
                    (names, false)
                }
            };
            if let Some(parts) = self.contents(&names).await? {
                copies.push(BlobCopy { id, assembled, parts });
            }
        }
        Ok(copies)
    }

    /// The parts with these names; `None` if they are being deleted.
    async fn contents(&self, names: &[Path]) -> io::Result<Option<Vec<(u64, Arc<[u8]>)>>> {
        let mut parts: Vec<(u64, Arc<[u8]>)> = Vec::new();
        for name in names {
            let Some(part) = number(name) else { continue };
            // The last of several is the newest.
            parts.retain(|(other, _)| *other != part);
            let bytes = match self.store.get(name).await {
                Ok(object) => object.bytes().await?,
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            parts.push((part, bytes.to_vec().into()));
        }
        Ok(Some(parts))
    }
}

/// The part that an object is.
fn number(name: &Path) -> Option<u64> {
    name.filename()?.split_once('-')?.0.parse().ok()
}

impl Blobs for Objects {
    fn put_part(&self, blob: BlobId, part: u64, bytes: Vec<u8>) -> Running<'_, ()> {
        Box::pin(self.put(blob, part, bytes))
    }

    fn assemble(&self, blob: BlobId, layout: Layout) -> Running<'_, Assembled> {
        Box::pin(self.assemble(blob, layout))
    }

    fn read(&self, blob: BlobId, layout: Layout, offset: u64, len: u64) -> Running<'_, Vec<u8>> {
        Box::pin(self.read(blob, layout, offset, len))
    }

    fn export(&self) -> Running<'_, Vec<BlobCopy>> {
        Box::pin(self.export())
    }

    fn delete(&self, blob: BlobId) -> Running<'_, ()> {
        Box::pin(self.delete(blob))
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("store", &self.store.to_string()).finish_non_exhaustive()
    }
}
