//! The photos of an account.

use super::{Result, Store};

impl Store {
    /// Puts a photo on top of the others and shows it.
    pub(crate) async fn set_profile_photo(&self, user_id: i64, photo_id: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO profile_photos (user_id, photo_id, position) SELECT $1, $2, COALESCE(MAX(position), 0) + 1
             FROM profile_photos WHERE user_id = $1
             ON CONFLICT (user_id, photo_id) DO UPDATE SET position = excluded.position",
        )
        .bind(user_id)
        .bind(photo_id)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE users SET photo_id = $2 WHERE id = $1")
            .bind(user_id)
            .bind(photo_id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets what those see who may not see the photo; 0 for nothing.
    pub(crate) async fn set_fallback_photo(&self, user_id: i64, photo_id: i64) -> Result<()> {
        sqlx::query("UPDATE users SET fallback_id = $2 WHERE id = $1")
            .bind(user_id)
            .bind(photo_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes a photo away; the newest that is left is shown if it was the current one. `false` if the account has no
    /// such photo.
    pub(crate) async fn delete_profile_photo(&self, user_id: i64, photo_id: i64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let listed = sqlx::query("DELETE FROM profile_photos WHERE user_id = $1 AND photo_id = $2")
            .bind(user_id)
            .bind(photo_id)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        let shown = sqlx::query(
            "UPDATE users SET photo_id = COALESCE((SELECT p.photo_id FROM profile_photos p WHERE p.user_id = $1
             ORDER BY p.position DESC LIMIT 1), 0) WHERE id = $1 AND photo_id = $2",
        )
        .bind(user_id)
        .bind(photo_id)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let fallback = sqlx::query("UPDATE users SET fallback_id = 0 WHERE id = $1 AND fallback_id = $2")
            .bind(user_id)
            .bind(photo_id)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        tx.commit().await?;
        Ok(listed + shown + fallback > 0)
    }

    /// The photos of an account, the newest first.
    pub(crate) async fn profile_photos(&self, user_id: i64) -> Result<Vec<i64>> {
        Ok(sqlx::query_scalar(
            "SELECT photo_id FROM profile_photos WHERE user_id = $1 ORDER BY position DESC",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?)
    }
}
