//! Blobs in a folder, one file for each part.
//!
//! ```text
//! uploads/0123456789abcdef/00000     parts as they come, each written aside and renamed into place
//! files/ef/0123456789abcdef/00000    assembled: the same folder, renamed as a whole
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Assembled, BlobCopy, BlobId, Blobs, Layout, Running};

/// See [`Blobs`].
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: Arc<Path>,
}

impl Folder {
    /// Uses this folder, made if it is missing.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let folder = Self { root: root.into() };
        make_dir(&root.join("uploads"))?;
        make_dir(&root.join("files"))?;
        Ok(folder)
    }

    fn upload(&self, blob: BlobId) -> PathBuf {
        self.root.join("uploads").join(format!("{:016x}", blob.0))
    }

    fn file(&self, blob: BlobId) -> PathBuf {
        // Some file systems are slow with many entries in one folder.
        let shelf = format!("{:02x}", blob.0 & 0xff);
        self.root.join("files").join(shelf).join(format!("{:016x}", blob.0))
    }

    fn put(&self, blob: BlobId, part: u64, bytes: &[u8]) -> io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let folder = self.upload(blob);
        make_dir(&folder)?;
        let aside = folder.join(format!("{part:05}.{}.new", NEXT.fetch_add(1, Ordering::Relaxed)));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&aside).and_then(|mut file| file.write_all(bytes));
        // If the upload was assembled meanwhile, its folder is elsewhere, and this fails as it should.
        let placed = written.and_then(|()| fs::rename(&aside, folder.join(name(part))));
        if placed.is_err() {
            let _ = fs::remove_file(&aside);
        }
        placed
    }

    fn assemble(&self, blob: BlobId, layout: Layout) -> io::Result<Assembled> {
        let (from, to) = (self.upload(blob), self.file(blob));
        // The last assembly may have ended here, with the power gone.
        let from = if to.is_dir() { to.clone() } else { from };
        for part in 0..layout.parts {
            let file = match File::open(from.join(name(part))) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Assembled::Missing(part)),
                Err(error) => return Err(error),
            };
            if file.metadata()?.len() != layout.len_of(part) {
                return Ok(Assembled::Missing(part));
            }
            // Parts are many and calls that bring them must be quick: they are made durable here, most of them
            // long written by now.
            file.sync_all()?;
        }
        sync_dir(&from)?;
        if let Some(shelf) = to.parent().filter(|_| from != to) {
            make_dir(shelf)?;
            fs::rename(&from, &to)?;
            sync_dir(shelf)?;
            shelf.parent().map_or(Ok(()), sync_dir)?;
        }
        Ok(Assembled::Done)
    }

    fn read(&self, blob: BlobId, layout: Layout, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        let folder = self.file(blob);
        let mut out = Vec::new();
        for (part, within, len) in layout.pieces(offset, len) {
            let mut file = File::open(folder.join(name(part)))?;
            file.seek(SeekFrom::Start(within))?;
            if file.take(len).read_to_end(&mut out)? as u64 != len {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(out)
    }

    fn export(&self) -> io::Result<Vec<BlobCopy>> {
        let mut shelves = vec![(self.root.join("uploads"), false)];
        for shelf in fs::read_dir(self.root.join("files"))? {
            shelves.push((shelf?.path(), true));
        }
        let mut copies = Vec::new();
        for (shelf, assembled) in shelves {
            for folder in fs::read_dir(shelf)? {
                let folder = folder?.path();
                let id = folder.file_name().and_then(|name| u64::from_str_radix(name.to_str()?, 16).ok());
                let Some(id) = id else { continue };
                match parts(&folder) {
                    Ok(parts) => copies.push(BlobCopy { id: BlobId(id.cast_signed()), assembled, parts }),
                    // It is being deleted.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(copies)
    }

    fn delete(&self, blob: BlobId) -> io::Result<()> {
        for folder in [self.upload(blob), self.file(blob)] {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Blobs for Folder {
    fn put_part(&self, blob: BlobId, part: u64, bytes: Vec<u8>) -> Running<'_, ()> {
        aside(self, move |folder| folder.put(blob, part, &bytes))
    }

    fn assemble(&self, blob: BlobId, layout: Layout) -> Running<'_, Assembled> {
        aside(self, move |folder| folder.assemble(blob, layout))
    }

    fn read(&self, blob: BlobId, layout: Layout, offset: u64, len: u64) -> Running<'_, Vec<u8>> {
        aside(self, move |folder| folder.read(blob, layout, offset, len))
    }

    fn export(&self) -> Running<'_, Vec<BlobCopy>> {
        aside(self, |folder| folder.export())
    }

    fn delete(&self, blob: BlobId) -> Running<'_, ()> {
        aside(self, move |folder| folder.delete(blob))
    }
}

/// Runs `work` where it may block.
fn aside<T: Send + 'static>(
    folder: &Folder,
    work: impl FnOnce(Folder) -> io::Result<T> + Send + 'static,
) -> Running<'static, T> {
    let folder = folder.clone();
    Box::pin(
        async move { tokio::task::spawn_blocking(move || work(folder)).await.map_err(io::Error::other)? },
    )
}

/// The parts in a folder, in their order.
fn parts(folder: &Path) -> io::Result<Vec<(u64, Arc<[u8]>)>> {
    let mut parts: Vec<(u64, Arc<[u8]>)> = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?.path();
        // What is being written has another name.
        let part = file.file_name().and_then(|name| name.to_str()?.parse().ok());
        if let Some(part) = part {
            parts.push((part, fs::read(&file)?.into()));
        }
    }
    parts.sort_by_key(|(part, _)| *part);
    Ok(parts)
}

fn name(part: u64) -> String {
    format!("{part:05}")
}

fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes the names in a folder durable.
fn sync_dir(path: &Path) -> io::Result<()> {
    // Elsewhere folders cannot be opened as files; renames are journalled there.
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
