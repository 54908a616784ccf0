//! Files of secret chats, and the blobs that are to be deleted.

use sqlx::FromRow;

use super::{Result, Store, Tx};
use crate::blobs::{BlobId, Layout};

/// One encrypted file.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub(crate) struct SecretFile {
    /// Also its blob's.
    pub(crate) id: i64,
    pub(crate) owner_id: i64,
    /// Bytes.
    pub(crate) size: i64,
    pub(crate) part_len: i64,
    pub(crate) parts: i64,
    /// As the sender gave it: it means nothing to us.
    pub(crate) key_fingerprint: i64,
    pub(crate) created_at: i64,
    /// The data centre that has it; 0: every one.
    pub(crate) home: i64,
}

impl SecretFile {
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

impl Store {
    pub(crate) async fn secret_file(&self, id: i64) -> Result<Option<SecretFile>> {
        let mut tx = self.snapshot().await?;
        load(&mut tx, id).await
    }

    /// Blobs whose bytes have to go.
    pub(crate) async fn dead_blobs(&self) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar("SELECT blob_id FROM dead_blobs ORDER BY blob_id")
            .fetch_all(&self.pool)
            .await?)
    }

    /// The bytes of a dead blob are gone.
    pub(crate) async fn forget_dead_blob(&self, blob_id: i64) -> Result<()> {
        sqlx::query("DELETE FROM dead_blobs WHERE blob_id = $1").bind(blob_id).execute(&self.pool).await?;
        Ok(())
    }
}

pub(super) async fn load(tx: &mut Tx, id: i64) -> Result<Option<SecretFile>> {
    Ok(sqlx::query_as(
        "SELECT id, owner_id, size, part_len, parts, key_fingerprint, created_at, home FROM secret_files WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?)
}

pub(super) async fn insert(tx: &mut Tx, file: &SecretFile, now: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO secret_files (id, owner_id, size, part_len, parts, key_fingerprint, created_at, used_at, home)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(file.id)
    .bind(file.owner_id)
    .bind(file.size)
    .bind(file.part_len)
    .bind(file.parts)
    .bind(file.key_fingerprint)
    .bind(file.created_at)
    .bind(now)
    .bind(file.home)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a file was sent.
pub(super) async fn touch(tx: &mut Tx, id: i64, now: i32) -> Result<()> {
    sqlx::query("UPDATE secret_files SET used_at = $2 WHERE id = $1")
        .bind(id)
        .bind(i64::from(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn bury(tx: &mut Tx, blob_id: i64) -> Result<()> {
    sqlx::query("INSERT INTO dead_blobs (blob_id) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(blob_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets files that were not sent since `before`.
pub(super) async fn expire(tx: &mut Tx, before: i64) -> Result<()> {
    sqlx::query("INSERT INTO dead_blobs (blob_id) SELECT id FROM secret_files WHERE used_at < $1 ON CONFLICT DO NOTHING")
        .bind(before)
        .execute(&mut **tx)
        .await?;
    // Else a repeated upload would lead to a file that is gone.
    sqlx::query(
        "DELETE FROM uploads WHERE stored = TRUE AND blob_id IN (SELECT id FROM secret_files WHERE used_at < $1)",
    )
    .bind(before)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM secret_files WHERE used_at < $1").bind(before).execute(&mut **tx).await?;
    Ok(())
}
