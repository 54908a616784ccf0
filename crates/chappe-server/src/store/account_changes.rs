//! What an account has to hear of that has no counter.

use super::{Result, Store, int32};

/// What changed. What it is now is read when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(crate) enum AccountChange {
    Draft,
    PinnedDialogs,
    UnreadMark,
    Blocked,
    /// The account's part in a channel, or the channel itself.
    Channel,
    /// The members of a basic group.
    Members,
    /// What the members of a group may do.
    BannedRights,
    /// A basic group: what it says of itself.
    Chat,
    /// Who asks to come into a chat.
    JoinRequests,
    /// What clients offer to do about somebody, who became a contact or is one no more.
    PeerSettings,
    /// Up to where the history of a channel is hidden.
    AvailableMessages,
}

const ALL: [AccountChange; 11] = [
    AccountChange::Draft,
    AccountChange::PinnedDialogs,
    AccountChange::UnreadMark,
    AccountChange::Blocked,
    AccountChange::Channel,
    AccountChange::Members,
    AccountChange::BannedRights,
    AccountChange::Chat,
    AccountChange::JoinRequests,
    AccountChange::PeerSettings,
    AccountChange::AvailableMessages,
];

impl AccountChange {
    fn number(self) -> i64 {
        ALL.iter().position(|change| *change == self).and_then(|at| i64::try_from(at).ok()).unwrap_or(0) + 1
    }
}

impl Store {
    pub(crate) async fn account_changed(
        &self,
        user_id: i64,
        change: AccountChange,
        peer: i64,
        at: i64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO account_changes (user_id, kind, peer, at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, kind, peer) DO UPDATE SET at = excluded.at",
        )
        .bind(user_id)
        .bind(change.number())
        .bind(peer)
        .bind(at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The same for everybody in a chat; returns them.
    pub(crate) async fn members_changed(
        &self,
        peer: i64,
        change: AccountChange,
        at: i64,
    ) -> Result<Vec<i64>> {
        sqlx::query(
            "INSERT INTO account_changes (user_id, kind, peer, at)
             SELECT user_id, $2, $1, $3 FROM chat_members WHERE peer = $1 AND state = 0
             ON CONFLICT (user_id, kind, peer) DO UPDATE SET at = excluded.at",
        )
        .bind(peer)
        .bind(change.number())
        .bind(at)
        .execute(&self.pool)
        .await?;
        self.member_ids(peer).await
    }

    /// What changed at `date` or later, oldest first. A change may be told twice: it says what is so now.
    pub(crate) async fn account_changes(
        &self,
        user_id: i64,
        date: i32,
    ) -> Result<Vec<(AccountChange, i64, i32)>> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT kind, peer, at FROM account_changes WHERE user_id = $1 AND at >= $2 ORDER BY at, kind, peer",
        )
        .bind(user_id)
        .bind(i64::from(date))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .filter_map(|(kind, peer, at)| {
                let change = *ALL.get(usize::try_from(kind).ok()?.checked_sub(1)?)?;
                Some(int32("account_changes.at", at).map(|at| (change, peer, at)))
            })
            .collect()
    }
}
