//! Photos and documents, and the files they are made of.

use sqlx::FromRow;

use super::locks::Thing;
use super::{Result, Store, Tx, uploads};
use crate::blobs::{BlobId, Layout};

/// The bytes behind one size of a medium.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct CloudFile {
    /// Also its blob's.
    pub(crate) id: i64,
    pub(crate) owner_id: i64,
    /// Bytes.
    pub(crate) size: i64,
    pub(crate) part_len: i64,
    pub(crate) parts: i64,
    pub(crate) created_at: i64,
    /// The data centre that has it; 0: every one.
    pub(crate) home: i64,
}

impl CloudFile {
    pub(crate) fn new(blob: BlobId, layout: Layout, owner_id: i64, created_at: i64, home: i32) -> Self {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            id: blob.0,
            owner_id,
            size: number(layout.size),
            part_len: number(layout.part_len),
            parts: number(layout.parts),
            created_at,
            home: i64::from(home),
        }
    }

    pub(crate) fn blob(&self) -> BlobId {
        BlobId(self.id)
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout {
            part_len: self.part_len.unsigned_abs(),
            parts: self.parts.unsigned_abs(),
            size: self.size.unsigned_abs(),
        }
    }
}

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Photo,
    Document,
}

impl MediaKind {
    const fn number(self) -> i64 {
        match self {
            Self::Photo => 1,
            Self::Document => 2,
        }
    }
}

/// A medium about to be kept. Its id is that of the upload it was made from.
#[derive(Clone, Debug)]
pub(crate) struct NewMedia {
    pub(crate) id: i64,
    pub(crate) kind: MediaKind,
    pub(crate) owner_id: i64,
    /// The TL object without access hash and file reference.
    pub(crate) object: Vec<u8>,
    /// The file of each size; the empty name is the document itself.
    pub(crate) files: Vec<(String, CloudFile)>,
}

impl Store {
    /// Keeps a medium made from an upload. `false` if somebody was faster, or the upload is gone.
    pub(crate) async fn store_media(&self, new: &NewMedia, now: i64) -> Result<bool> {
        let mut tx = self.begin_on(&[Thing::Files(new.owner_id)]).await?;
        if !uploads::mark_stored(&mut tx, new.id, now).await? {
            return Ok(false);
        }
        sqlx::query("INSERT INTO media (id, kind, owner_id, object) VALUES ($1, $2, $3, $4)")
            .bind(new.id)
            .bind(new.kind.number())
            .bind(new.owner_id)
            .bind(new.object.as_slice())
            .execute(&mut *tx)
            .await?;
        for (size_type, file) in &new.files {
            insert_file(&mut tx, new.id, size_type, file).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The object of a medium.
    pub(crate) async fn media(&self, id: i64, kind: MediaKind) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar("SELECT object FROM media WHERE id = $1 AND kind = $2")
            .bind(id)
            .bind(kind.number())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The file of one size of a medium.
    pub(crate) async fn media_file(&self, media_id: i64, size_type: &str) -> Result<Option<CloudFile>> {
        Ok(sqlx::query_as(
            "SELECT f.id, f.owner_id, f.size, f.part_len, f.parts, f.created_at, f.home FROM media_files m
             JOIN cloud_files f ON f.id = m.file_id WHERE m.media_id = $1 AND m.size_type = $2",
        )
        .bind(media_id)
        .bind(size_type)
        .fetch_optional(&self.pool)
        .await?)
    }
}

async fn insert_file(tx: &mut Tx, media_id: i64, size_type: &str, file: &CloudFile) -> Result<()> {
    sqlx::query(
        "INSERT INTO cloud_files (id, owner_id, size, part_len, parts, created_at, home)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(file.id)
    .bind(file.owner_id)
    .bind(file.size)
    .bind(file.part_len)
    .bind(file.parts)
    .bind(file.created_at)
    .bind(file.home)
    .execute(&mut **tx)
    .await?;
    sqlx::query("INSERT INTO media_files (media_id, size_type, file_id) VALUES ($1, $2, $3)")
        .bind(media_id)
        .bind(size_type)
        .bind(file.id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
