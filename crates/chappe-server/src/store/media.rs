//! Photos and documents, and the files they are made of.

use std::collections::HashSet;

use sqlx::FromRow;

use super::locks::Thing;
use super::{Result, Store, Tx, uploads};
use crate::blobs::{BlobId, Layout};
use crate::limits::{MEDIA_RETENTION, SWEPT_ROWS};

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
        sqlx::query("INSERT INTO media (id, kind, owner_id, object, used_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(new.id)
            .bind(new.kind.number())
            .bind(new.owner_id)
            .bind(new.object.as_slice())
            .bind(now)
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

    /// The same for somebody who is about to show it: it is in use from `now` on.
    pub(crate) async fn use_media(&self, id: i64, kind: MediaKind, now: i64) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar("UPDATE media SET used_at = $3 WHERE id = $1 AND kind = $2 RETURNING object")
            .bind(id)
            .bind(kind.number())
            .bind(now)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Frees what no message, chat, account or answer of a bot shows any more and nobody has named for a day. What is
    /// shown is looked at again a day later.
    pub(crate) async fn free_media(&self, now: i64) -> Result<()> {
        let before = now.saturating_sub(MEDIA_RETENTION);
        let old: Vec<i64> = sqlx::query_scalar("SELECT id FROM media WHERE used_at < $1")
            .bind(before)
            .fetch_all(&self.pool)
            .await?;
        if old.is_empty() {
            return Ok(());
        }
        let mut free: HashSet<i64> = old.iter().copied().collect();
        self.keep_shown(&mut free).await?;
        let mut tx = self.begin().await?;
        for id in &old {
            if free.contains(id) {
                free_one(&mut tx, *id, before).await?;
            } else {
                sqlx::query("UPDATE media SET used_at = $2 WHERE id = $1 AND used_at < $2")
                    .bind(id)
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes those out of `free` that something shows.
    async fn keep_shown(&self, free: &mut HashSet<i64>) -> Result<()> {
        let (mut mailbox, mut id) = (i64::MIN, 0);
        loop {
            let rows: Vec<Showing> = sqlx::query_as(
                "SELECT mailbox, id, media, action FROM messages WHERE (media IS NOT NULL OR action IS NOT NULL)
                 AND (mailbox, id) > ($1, $2) ORDER BY mailbox, id LIMIT $3",
            )
            .bind(mailbox)
            .bind(id)
            .bind(SWEPT_ROWS)
            .fetch_all(&self.pool)
            .await?;
            let Some(last) = rows.last() else { break };
            (mailbox, id) = (last.mailbox, last.id);
            for row in &rows {
                keep_named(row.media.as_deref().unwrap_or_default(), free);
                keep_named(row.action.as_deref().unwrap_or_default(), free);
            }
        }
        for objects in [
            "SELECT photo FROM chats WHERE photo IS NOT NULL",
            "SELECT answer FROM bot_queries WHERE answer IS NOT NULL",
            "SELECT action FROM admin_log",
        ] {
            let objects: Vec<Vec<u8>> = sqlx::query_scalar(objects).fetch_all(&self.pool).await?;
            objects.iter().for_each(|object| keep_named(object, free));
        }
        let photos: Vec<i64> = sqlx::query_scalar(
            "SELECT photo_id FROM profile_photos UNION SELECT photo_id FROM users UNION SELECT fallback_id FROM users",
        )
        .fetch_all(&self.pool)
        .await?;
        photos.iter().for_each(|id| {
            free.remove(id);
        });
        Ok(())
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

/// What a message shows.
#[derive(FromRow)]
struct Showing {
    mailbox: i64,
    id: i64,
    media: Option<Vec<u8>>,
    action: Option<Vec<u8>>,
}

/// Takes those out of `free` whose number stands in a TL object: everything in one begins at a multiple of four bytes, and
/// numbers drawn from 64 bits do not stand anywhere by chance.
fn keep_named(object: &[u8], free: &mut HashSet<i64>) {
    for bytes in object.windows(8).step_by(4) {
        if let Some(bytes) = bytes.first_chunk() {
            free.remove(&i64::from_le_bytes(*bytes));
        }
    }
}

/// Frees a medium, unless somebody has named it since `before`; the blobs of its files are dead.
async fn free_one(tx: &mut Tx, id: i64, before: i64) -> Result<()> {
    let gone = sqlx::query("DELETE FROM media WHERE id = $1 AND used_at < $2")
        .bind(id)
        .bind(before)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if gone == 0 {
        return Ok(());
    }
    let files: Vec<i64> = sqlx::query_scalar("DELETE FROM media_files WHERE media_id = $1 RETURNING file_id")
        .bind(id)
        .fetch_all(&mut **tx)
        .await?;
    for file in files {
        sqlx::query("DELETE FROM cloud_files WHERE id = $1").bind(file).execute(&mut **tx).await?;
        super::secret_files::bury(tx, file).await?;
    }
    // Else a repeated upload would lead to a file that is gone.
    sqlx::query("DELETE FROM uploads WHERE blob_id = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
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
