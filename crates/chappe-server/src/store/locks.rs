//! What transactions of several processes must not do at the same time.
//!
//! SQLite has one connection here, so there is nothing to do. On PostgreSQL a transaction takes advisory locks when it
//! begins, all at once and in the order of their numbers, and keeps them until it ends:
//!
//! | begun by | locks | may run beside |
//! |---|---|---|
//! | [`Store::begin`] | the world, exclusive | snapshots |
//! | [`Store::begin_on`] | the world, shared; each thing, exclusive | others on other things, snapshots |
//! | [`Store::snapshot`] | none: it reads one moment | everything |
//!
//! `begin` is always right. `begin_on` is for what happens often, and right if everything that the transaction reads and
//! must not change before its end is only written under the same thing or by `begin`. A deadlock cannot come of these
//! locks; rows that several things share (deliveries) are written in the order of their keys.

#[cfg(test)]
mod tests;

use sqlx::SqlSafeStr as _;

use super::{Db, Result, Store, Tx};

/// Something that one transaction at a time changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// The uploads and files of an account.
    Files(i64),
    /// The queue of a device: secret messages, events, the key itself.
    Device(i64),
    /// Messages, log, list of chats and counters of a mailbox.
    Mailbox(i64),
}

/// How a database is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Locks {
    /// There is one connection.
    None,
    /// By things; the number tells worlds in one database apart.
    Fine(i32),
    /// Everything by one lock.
    #[cfg_attr(not(test), allow(dead_code, reason = "for comparison in a measurement"))]
    One(i32),
}

/// Names the locks of this program among those of a database.
const CLASS: i32 = 20_794;

impl Thing {
    /// Different things may have the same number: they only wait for each other then.
    fn number(self, world: i32) -> i64 {
        let (kind, id) = match self {
            Self::Files(id) => (1, id),
            Self::Device(id) => (2, id),
            Self::Mailbox(id) => (3, id),
        };
        let seed = (i64::from(world) << 2 | kind).cast_unsigned();
        // The finaliser of SplitMix64.
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ id.cast_unsigned();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).cast_signed()
    }
}

impl Locks {
    /// For a database with several processes.
    pub(super) async fn shared(pool: &sqlx::Pool<Db>) -> Result<Self> {
        let world = sqlx::query_scalar("SELECT hashtext(current_schema())").fetch_one(pool).await?;
        Ok(Self::Fine(world))
    }
}

impl Store {
    /// A transaction that sees what is, and that nobody gets in between of: what is read stays true until what follows
    /// from it is written.
    pub(super) async fn begin(&self) -> Result<Tx> {
        match self.locks {
            Locks::None => Ok(self.pool.begin().await?),
            Locks::Fine(world) | Locks::One(world) => {
                self.with(format!("BEGIN; SELECT pg_advisory_xact_lock({CLASS}, {world})")).await
            }
        }
    }

    /// The same for a transaction that changes these things, and no others.
    pub(super) async fn begin_on(&self, things: &[Thing]) -> Result<Tx> {
        let Locks::Fine(world) = self.locks else { return self.begin().await };
        let mut numbers: Vec<i64> = things.iter().map(|thing| thing.number(world)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut statement = format!("BEGIN; SELECT pg_advisory_xact_lock_shared({CLASS}, {world})");
        for number in numbers {
            // One statement each, so that the order is certain.
            statement.push_str(&format!("; SELECT pg_advisory_xact_lock({number})"));
        }
        self.with(statement).await
    }

    /// A transaction that only reads: what was so at one moment.
    pub(super) async fn snapshot(&self) -> Result<Tx> {
        match self.locks {
            Locks::None => Ok(self.pool.begin().await?),
            Locks::Fine(_) => self.with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned()).await,
            Locks::One(_) => self.begin().await,
        }
    }

    async fn with(&self, statement: String) -> Result<Tx> {
        // Made above, of numbers.
        Ok(self.pool.begin_with(sqlx::AssertSqlSafe(statement).into_sql_str()).await?)
    }
}
