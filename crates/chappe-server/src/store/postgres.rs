//! PostgreSQL, and what speaks its protocol: many processes share one world.

use std::fmt;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};

use super::{Db, Result};

/// Connections of one process.
const CONNECTIONS: u32 = 8;

/// Where the database is, and which schema in it holds the world.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// With the password, if any: never to be shown.
    url: String,
    schema: Option<String>,
}

impl Address {
    /// Reads `postgres://user:password@host/database?schema=name`. The schema is made if it is missing; without one the
    /// database's own default is used. `None` if it is no such address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return None;
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut schema, mut rest) = (None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.strip_prefix("schema=") {
                Some(name) if is_name(name) => schema = Some(name.to_owned()),
                Some(_) => return None,
                None => rest.push(pair),
            }
        }
        let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        Some(Self { url, schema })
    }

    /// For the driver, without the schema. Not to be shown.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The address without what must not be shown.
    pub(crate) fn shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("postgres", ""));
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        format!("{scheme}://{}", place.split('?').next().unwrap_or_default())
    }
}

/// A name that means nothing else in SQL.
fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    starts
        && name.len() <= 48
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("url", &self.shown())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

pub(super) async fn open(address: &Address) -> Result<sqlx::Pool<Db>> {
    let options: AnyConnectOptions = address.url.parse()?;
    let schema = address.schema.clone();
    let pool = AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .after_connect(move |connection, _| {
            // A checked name: see `is_name`. Two processes may make it at once: then one waits.
            let setup = schema.as_ref().map(|schema| {
                sqlx::AssertSqlSafe(format!("SET client_min_messages = warning; SELECT pg_advisory_xact_lock(20794); CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path TO {schema}"))
            });
            Box::pin(async move {
                match setup {
                    Some(setup) => sqlx::raw_sql(setup).execute(connection).await.map(drop),
                    None => Ok(()),
                }
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_their_password() {
        let address =
            Address::parse("postgres://me:secret@db.example/world?sslmode=disable&schema=a_1").unwrap();
        assert_eq!(address.url, "postgres://me:secret@db.example/world?sslmode=disable");
        assert_eq!(address.schema.as_deref(), Some("a_1"));
        assert_eq!(address.shown(), "postgres://db.example/world");
        assert!(!format!("{address:?}").contains("secret"));
        assert!(Address::parse("postgresql:///world").is_some());
    }

    #[test]
    fn what_is_no_address_or_no_plain_name_is_refused() {
        for text in [
            "",
            "mysql://a/b",
            "world.db",
            "postgres://a/b?schema=x;drop",
            "postgres://a/b?schema=",
            "postgres://a/b?schema=A",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
