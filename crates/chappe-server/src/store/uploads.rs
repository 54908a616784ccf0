//! Files on their way in: which parts of them are there.

use sqlx::FromRow;

use super::locks::Thing;
use super::{Flag, Result, SecretFile, Store, Tx};
use crate::blobs::{PartError, Parts};
use crate::limits::{FILES_PER_ACCOUNT, UPLOADS_PER_ACCOUNT};

/// A part that somebody sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewPart {
    pub(crate) user_id: i64,
    /// The client's number of the file.
    pub(crate) file_id: i64,
    pub(crate) is_big: bool,
    pub(crate) part: u64,
    /// Bytes.
    pub(crate) len: u64,
    /// Parts that there will be, if the client knows.
    pub(crate) total: Option<u64>,
    /// Most bytes of the upload.
    pub(crate) max_size: u64,
}

/// What to do with a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartPlan {
    /// Write it to this blob, then call [`Store::finish_part`]. The blobs in `dead` have lost their place.
    Write {
        blob_id: i64,
        dead: Vec<i64>,
    },
    /// Nothing: the upload has become a file.
    Stored,
    Refused(PartError),
}

/// An upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) blob_id: i64,
    pub(crate) is_big: bool,
    pub(crate) parts: Parts,
    /// It has become a file.
    pub(crate) stored: bool,
}

#[derive(FromRow)]
struct Row {
    blob_id: i64,
    #[sqlx(try_from = "Flag")]
    is_big: bool,
    part_count: i64,
    size: i64,
    part_len: i64,
    highest: i64,
    highest_len: i64,
    total: i64,
    #[sqlx(try_from = "Flag")]
    stored: bool,
}

impl From<Row> for Upload {
    fn from(row: Row) -> Self {
        let parts = Parts {
            count: row.part_count.unsigned_abs(),
            size: row.size.unsigned_abs(),
            part_len: row.part_len.unsigned_abs(),
            highest: row.highest.unsigned_abs(),
            highest_len: row.highest_len.unsigned_abs(),
            total: row.total.unsigned_abs(),
        };
        Self { blob_id: row.blob_id, is_big: row.is_big, parts, stored: row.stored }
    }
}

fn int64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Store {
    pub(crate) async fn upload(&self, user_id: i64, file_id: i64) -> Result<Option<Upload>> {
        let mut tx = self.snapshot().await?;
        load(&mut tx, user_id, file_id).await
    }

    /// Finds the place of a part, making the upload if this is its first. `fresh` names the blob then.
    ///
    /// An account has `space` bytes for its files and unfinished uploads together; uploads that were not touched for
    /// longest make room.
    pub(crate) async fn begin_part(
        &self,
        new: &NewPart,
        fresh: i64,
        space: u64,
        now: i64,
    ) -> Result<PartPlan> {
        let mut tx = self.begin_on(&[Thing::Files(new.user_id)]).await?;
        let upload = load(&mut tx, new.user_id, new.file_id).await?;
        if upload.is_some_and(|upload| upload.stored) {
            return Ok(PartPlan::Stored);
        }
        let mut parts = upload.map(|upload| upload.parts).unwrap_or_default();
        if let Err(error) = check(&mut tx, new, upload, &mut parts).await? {
            return Ok(PartPlan::Refused(error));
        }
        let files: i64 = sqlx::query_scalar(
            "SELECT CAST(COALESCE((SELECT SUM(size) FROM secret_files WHERE owner_id = $1), 0)
                + COALESCE((SELECT SUM(size) FROM cloud_files WHERE owner_id = $1), 0) AS BIGINT)",
        )
        .bind(new.user_id)
        .fetch_one(&mut *tx)
        .await?;
        let count: i64 = sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM secret_files WHERE owner_id = $1)
                + (SELECT COUNT(*) FROM cloud_files WHERE owner_id = $1)",
        )
        .bind(new.user_id)
        .fetch_one(&mut *tx)
        .await?;
        if upload.is_none() && count >= FILES_PER_ACCOUNT {
            return Ok(PartPlan::Refused(PartError::PartsInvalid));
        }
        let needed = parts.size.saturating_add(files.unsigned_abs());
        if needed > space {
            return Ok(PartPlan::Refused(PartError::PartsInvalid));
        }
        let dead = make_room(&mut tx, new, space - needed).await?;
        let Some(upload) = upload else {
            sqlx::query(
                "INSERT INTO uploads (user_id, file_id, blob_id, is_big, part_count, size, part_len, highest, highest_len,
                 total, stored, touched_at) VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, FALSE, $5)",
            )
            .bind(new.user_id)
            .bind(new.file_id)
            .bind(fresh)
            .bind(new.is_big)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            return Ok(PartPlan::Write { blob_id: fresh, dead });
        };
        tx.commit().await?;
        Ok(PartPlan::Write { blob_id: upload.blob_id, dead })
    }

    /// Notes that a part is in its blob. Others may have come meanwhile: everything is checked again.
    pub(crate) async fn finish_part(
        &self,
        new: &NewPart,
        blob_id: i64,
        now: i64,
    ) -> Result<std::result::Result<(), PartError>> {
        let mut tx = self.begin_on(&[Thing::Files(new.user_id)]).await?;
        let upload = load(&mut tx, new.user_id, new.file_id).await?;
        let Some(upload) = upload.filter(|upload| upload.blob_id == blob_id) else {
            // It lost its place, and the client will learn that parts are missing.
            return Ok(Ok(()));
        };
        if upload.stored {
            return Ok(Ok(()));
        }
        let mut parts = upload.parts;
        if let Err(error) = check(&mut tx, new, Some(upload), &mut parts).await? {
            return Ok(Err(error));
        }
        sqlx::query(
            "INSERT INTO upload_parts (blob_id, part, len) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(blob_id)
        .bind(int64(new.part))
        .bind(int64(new.len))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE uploads SET part_count = $2, size = $3, part_len = $4, highest = $5, highest_len = $6, total = $7,
             touched_at = $8 WHERE blob_id = $1",
        )
        .bind(blob_id)
        .bind(int64(parts.count))
        .bind(int64(parts.size))
        .bind(int64(parts.part_len))
        .bind(int64(parts.highest))
        .bind(int64(parts.highest_len))
        .bind(int64(parts.total))
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// The lowest number below `parts` of which there is no part.
    pub(crate) async fn missing_part(&self, blob_id: i64, parts: u64) -> Result<Option<u64>> {
        let present: Vec<i64> =
            sqlx::query_scalar("SELECT part FROM upload_parts WHERE blob_id = $1 ORDER BY part")
                .bind(blob_id)
                .fetch_all(&self.pool)
                .await?;
        let missing = (0..parts).find(|part| {
            let index = usize::try_from(*part).ok();
            index.and_then(|index| present.get(index)) != Some(&int64(*part))
        });
        Ok(missing)
    }

    /// Turns an assembled upload into a file. `false` if it is gone, or somebody was faster.
    pub(crate) async fn store_upload(&self, file: &SecretFile, now: i64) -> Result<bool> {
        let mut tx = self.begin_on(&[Thing::Files(file.owner_id)]).await?;
        if !mark_stored(&mut tx, file.id, now).await? {
            return Ok(false);
        }
        super::secret_files::insert(&mut tx, file, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets an upload; its blob is dead.
    pub(crate) async fn delete_upload(&self, blob_id: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        bury_upload(&mut tx, blob_id).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn load(tx: &mut Tx, user_id: i64, file_id: i64) -> Result<Option<Upload>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT blob_id, is_big, part_count, size, part_len, highest, highest_len, total, stored FROM uploads
         WHERE user_id = $1 AND file_id = $2",
    )
    .bind(user_id)
    .bind(file_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(Upload::from))
}

/// Whether the part fits; `parts` is as with it afterwards.
async fn check(
    tx: &mut Tx,
    new: &NewPart,
    upload: Option<Upload>,
    parts: &mut Parts,
) -> Result<std::result::Result<(), PartError>> {
    let mut before = None;
    if let Some(upload) = upload {
        if upload.is_big != new.is_big {
            // One file comes by one of the two methods.
            return Ok(Err(PartError::PartsInvalid));
        }
        before = sqlx::query_scalar("SELECT len FROM upload_parts WHERE blob_id = $1 AND part = $2")
            .bind(upload.blob_id)
            .bind(int64(new.part))
            .fetch_optional(&mut **tx)
            .await?
            .map(i64::unsigned_abs);
    }
    let announced = new.total.map_or(Ok(()), |total| parts.announce(total));
    let admitted = announced.and_then(|()| parts.admit(new.part, new.len, before));
    Ok(match admitted {
        Ok(()) if parts.size > new.max_size => Err(PartError::PartsInvalid),
        admitted => admitted,
    })
}

/// Takes the place of other unfinished uploads of the account until they have no more than `space` bytes together.
async fn make_room(tx: &mut Tx, new: &NewPart, space: u64) -> Result<Vec<i64>> {
    let others: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT blob_id, size FROM uploads WHERE user_id = $1 AND file_id <> $2 AND stored = FALSE
         ORDER BY touched_at DESC, blob_id",
    )
    .bind(new.user_id)
    .bind(new.file_id)
    .fetch_all(&mut **tx)
    .await?;
    let (mut used, mut dead) = (0_u64, Vec::new());
    for (index, (blob_id, size)) in others.into_iter().enumerate() {
        used = used.saturating_add(size.unsigned_abs());
        if used > space || index + 1 >= UPLOADS_PER_ACCOUNT {
            bury_upload(tx, blob_id).await?;
            dead.push(blob_id);
        }
    }
    Ok(dead)
}

/// Notes that an upload has become a file. `false` if it is gone, or somebody was faster.
pub(super) async fn mark_stored(tx: &mut Tx, blob_id: i64, now: i64) -> Result<bool> {
    let stored = sqlx::query(
        "UPDATE uploads SET stored = TRUE, touched_at = $2 WHERE blob_id = $1 AND stored = FALSE",
    )
    .bind(blob_id)
    .bind(now)
    .execute(&mut **tx)
    .await?
    .rows_affected();
    if stored == 1 {
        forget_parts(tx, blob_id).await?;
    }
    Ok(stored == 1)
}

async fn forget_parts(tx: &mut Tx, blob_id: i64) -> Result<()> {
    sqlx::query("DELETE FROM upload_parts WHERE blob_id = $1").bind(blob_id).execute(&mut **tx).await?;
    Ok(())
}

async fn bury_upload(tx: &mut Tx, blob_id: i64) -> Result<()> {
    forget_parts(tx, blob_id).await?;
    sqlx::query("DELETE FROM uploads WHERE blob_id = $1").bind(blob_id).execute(&mut **tx).await?;
    super::secret_files::bury(tx, blob_id).await
}

/// Forgets uploads that were not touched since `before`; the blobs of those that are no files are dead.
pub(super) async fn expire(tx: &mut Tx, before: i64) -> Result<()> {
    sqlx::query("DELETE FROM uploads WHERE touched_at < $1 AND stored = TRUE")
        .bind(before)
        .execute(&mut **tx)
        .await?;
    let old: Vec<i64> = sqlx::query_scalar("SELECT blob_id FROM uploads WHERE touched_at < $1")
        .bind(before)
        .fetch_all(&mut **tx)
        .await?;
    for blob_id in old {
        bury_upload(tx, blob_id).await?;
    }
    Ok(())
}
