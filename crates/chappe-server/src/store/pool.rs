//! The connections to a database: a pool of them to PostgreSQL, one to SQLite.
//!
//! SQLite has one writer anyway, and a database in memory lives as long as its connection. A pool of one would ask each time
//! whether the connection it gets back is still good: as much work as most queries are.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use sqlx::any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{AnyConnection, Connection as _, Describe, Either, Execute, Executor, SqlSafeStr as _, SqlStr};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Db;

/// What queries are given to. Clones share the connections.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    One(One),
    Many(sqlx::Pool<Db>),
}

/// One connection, for one user at a time, in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct One(Arc<Mutex<Slot>>);

#[derive(Debug)]
struct Slot {
    /// `None` once it is closed.
    connection: Option<AnyConnection>,
    /// In a transaction; if nobody has it, it was let go of before its end.
    open: bool,
}

/// The connection for as long as it is held. There is one: [`One::hold`] has looked.
#[derive(Debug)]
pub(super) struct Held(OwnedMutexGuard<Slot>);

/// A transaction. Dropped before [`commit`](Tx::commit), it has not been.
#[derive(Debug)]
pub(crate) enum Tx {
    One(Held),
    Many(sqlx::Transaction<'static, Db>),
}

impl One {
    pub(super) fn new(connection: AnyConnection) -> Self {
        Self(Arc::new(Mutex::new(Slot { connection: Some(connection), open: false })))
    }

    pub(super) async fn hold(&self) -> sqlx::Result<Held> {
        let mut slot = Arc::clone(&self.0).lock_owned().await;
        let Slot { connection, open } = &mut *slot;
        let connection = connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        if *open {
            // Some failures end a transaction by themselves, such as a full disk: then there is nothing to take back.
            if let Err(error) = sqlx::query("ROLLBACK").execute(connection).await {
                tracing::debug!(%error, "a transaction had ended already");
            }
            *open = false;
        }
        Ok(Held(slot))
    }

    async fn close(&self) {
        if let Some(connection) = self.0.lock().await.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed in good order");
        }
    }
}

impl Pool {
    pub(super) async fn begin(&self) -> sqlx::Result<Tx> {
        self.begin_with("BEGIN".into_sql_str()).await
    }

    /// Begins a transaction with this statement.
    pub(super) async fn begin_with(&self, statement: SqlStr) -> sqlx::Result<Tx> {
        match self {
            Self::One(one) => {
                let mut held = one.hold().await?;
                // Set first: if this is given up half-way, the next user ends what may have begun.
                held.0.open = true;
                sqlx::query(statement).execute(&mut *held).await?;
                Ok(Tx::One(held))
            }
            Self::Many(pool) => pool.begin_with(statement).await.map(Tx::Many),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::One(one) => one.close().await,
            Self::Many(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::One(mut held) => {
                sqlx::query("COMMIT").execute(&mut *held).await?;
                held.0.open = false;
                Ok(())
            }
            Self::Many(transaction) => transaction.commit().await,
        }
    }
}

impl Deref for Held {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        self.0.connection.as_ref().unwrap_or_else(|| unreachable!("it is closed by nobody while it is held"))
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        self.0.connection.as_mut().unwrap_or_else(|| unreachable!("it is closed by nobody while it is held"))
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::One(held) => held,
            Self::Many(transaction) => transaction,
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::One(held) => held,
            Self::Many(transaction) => transaction,
        }
    }
}

impl<'c> Executor<'c> for &Pool {
    type Database = Db;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<AnyQueryResult>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        match self.clone() {
            Pool::One(one) => async move { one.hold().await?.execute(query).await }.boxed(),
            Pool::Many(pool) => async move { pool.execute(query).await }.boxed(),
        }
    }

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, sqlx::Result<Either<AnyQueryResult, AnyRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        match self.clone() {
            Pool::One(one) => {
                let all = async move { one.hold().await?.fetch_many(query).try_collect::<Vec<_>>().await };
                stream::once(all).map_ok(|all| stream::iter(all.into_iter().map(Ok))).try_flatten().boxed()
            }
            Pool::Many(pool) => pool.fetch_many(query),
        }
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Vec<AnyRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        match self.clone() {
            Pool::One(one) => async move { one.hold().await?.fetch_all(query).await }.boxed(),
            Pool::Many(pool) => async move { pool.fetch_all(query).await }.boxed(),
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<AnyRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        match self.clone() {
            Pool::One(one) => async move { one.hold().await?.fetch_optional(query).await }.boxed(),
            Pool::Many(pool) => async move { pool.fetch_optional(query).await }.boxed(),
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<AnyStatement>>
    where
        'c: 'e,
    {
        match self.clone() {
            Pool::One(one) => async move { one.hold().await?.prepare_with(sql, parameters).await }.boxed(),
            Pool::Many(pool) => async move { pool.prepare_with(sql, parameters).await }.boxed(),
        }
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Db>>>
    where
        'c: 'e,
    {
        match self.clone() {
            Pool::One(one) => async move { one.hold().await?.describe(sql).await }.boxed(),
            Pool::Many(pool) => async move { pool.describe(sql).await }.boxed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sqlite::{Synchronous, open};
    use super::*;

    async fn pool() -> Pool {
        sqlx::any::install_default_drivers();
        let pool = Pool::One(One::new(open(None, Synchronous::Full).await.unwrap()));
        sqlx::query("CREATE TABLE t (n BIGINT)").execute(&pool).await.unwrap();
        pool
    }

    async fn numbers(pool: &Pool) -> Vec<i64> {
        sqlx::query_scalar("SELECT n FROM t ORDER BY n").fetch_all(pool).await.unwrap()
    }

    async fn insert(pool: &Pool, n: i64) -> Tx {
        let mut tx = pool.begin().await.unwrap();
        sqlx::query("INSERT INTO t (n) VALUES ($1)").bind(n).execute(&mut *tx).await.unwrap();
        tx
    }

    #[tokio::test]
    async fn a_transaction_counts_once_it_is_committed() {
        let pool = pool().await;
        insert(&pool, 1).await.commit().await.unwrap();
        drop(insert(&pool, 2).await);
        insert(&pool, 3).await.commit().await.unwrap();
        drop(insert(&pool, 4).await);
        assert_eq!(numbers(&pool).await, [1, 3]);
    }

    #[tokio::test]
    async fn a_transaction_that_has_ended_by_itself_troubles_nobody() {
        let pool = pool().await;
        let mut tx = insert(&pool, 1).await;
        sqlx::query("ROLLBACK").execute(&mut *tx).await.unwrap();
        assert!(tx.commit().await.is_err());
        assert!(numbers(&pool).await.is_empty());
        insert(&pool, 2).await.commit().await.unwrap();
        assert_eq!(numbers(&pool).await, [2]);
    }

    #[tokio::test]
    async fn queries_wait_for_the_end_of_a_transaction() {
        let pool = pool().await;
        let tx = insert(&pool, 1).await;
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { numbers(&pool).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        tx.commit().await.unwrap();
        assert_eq!(waiting.await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn what_is_closed_answers_so() {
        let pool = pool().await;
        pool.close().await;
        let error = sqlx::query("SELECT 1").execute(&pool).await.unwrap_err();
        assert!(matches!(error, sqlx::Error::PoolClosed), "{error}");
    }
}
