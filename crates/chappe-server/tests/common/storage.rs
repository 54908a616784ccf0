//! Where the servers of the tests keep their worlds: in memory and in folders, unless the environment names services for
//! it, as `cargo xtask services` does.
//!
//! On PostgreSQL each world is a database of its own. The tables are made once, in a template that the others are copies
//! of: making them takes far longer than most tests do.

use std::future::Future;
use std::path::Path;
use std::sync::OnceLock;

use chappe_server::{Server, ServerBuilder};
use rand::RngExt;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// `postgres://…/name` at a server where the tests may make databases.
const DATABASE: &str = "CHAPPE_TEST_DATABASE";
/// `s3://bucket?…` of an object store.
const BLOBS: &str = "CHAPPE_TEST_BLOBS";
/// `nats://…`, for servers that share a database.
const BUS: &str = "CHAPPE_TEST_BUS";

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The places of one world. What is `None` is in memory, or in the server's folder.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    pub database: Option<String>,
    pub blobs: Option<String>,
    pub bus: Option<String>,
}

impl Storage {
    /// For a world that nobody knows yet.
    pub fn fresh() -> Self {
        Self::named(&fresh_name())
    }

    /// The same again for who asks with the same name.
    fn named(name: &str) -> Self {
        let database = variable(DATABASE).map(|url| copy_of_template(&url, name));
        let bus = database.as_ref().and_then(|_| variable(BUS));
        Self { database, blobs: blobs(name), bus }
    }

    /// For a server with this folder.
    pub fn of(folder: &Path) -> Self {
        let name: String = folder.to_string_lossy().bytes().map(|byte| format!("{byte:02x}")).collect();
        let end = name.len().saturating_sub(40);
        Self::named(&format!("k{}", &name[end..]))
    }

    /// For several servers that share a world; `None` if there is no database that can be shared.
    pub fn shared() -> Option<Self> {
        variable(DATABASE).map(|_| Self::fresh())
    }

    /// The same in a schema without tables, which the first server makes.
    pub fn shared_schema() -> Option<Self> {
        let name = fresh_name();
        let database = format!("{}?schema={name}", variable(DATABASE)?);
        Some(Self { database: Some(database), blobs: blobs(&name), bus: variable(BUS) })
    }

    /// Files alone; accounts and messages stay in memory, or in the server's folder.
    pub fn files() -> Self {
        Self { blobs: blobs(&fresh_name()), ..Self::default() }
    }

    pub fn keep(&self, mut builder: ServerBuilder) -> ServerBuilder {
        if let Some(database) = &self.database {
            builder = builder.database(database);
        }
        if let Some(blobs) = &self.blobs {
            builder = builder.blobs(blobs);
        }
        if let Some(bus) = &self.bus {
            builder = builder.bus(bus);
        }
        builder
    }

    /// A server of this world.
    pub async fn node(&self) -> Server {
        let builder = self.keep(Server::builder().rsa_key(super::rsa_key()));
        builder.spawn().await.expect("the node starts")
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn fresh_name() -> String {
    format!("t{:x}", super::rng().random::<u128>())
}

/// A folder of its own in the bucket.
fn blobs(name: &str) -> Option<String> {
    let address = variable(BLOBS)?;
    let (bucket, query) = address.split_once('?').unwrap_or((&address, ""));
    Some(format!("{bucket}/{name}?{query}"))
}

/// The address of a database with the tables in it, made if it is missing.
fn copy_of_template(url: &str, name: &str) -> String {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let template = format!("template_{}", std::process::id());
        let address = beside(url, &template);
        apart(async {
            make(url, &template, "template1").await;
            let mut connection = PgConnection::connect(&address).await.expect("connected");
            MIGRATIONS.run_direct(None, &mut connection, false).await.expect("the tables");
            connection.close().await.expect("closed");
        });
        template
    });
    apart(make(url, name, template));
    beside(url, name)
}

/// The address of another database at the same server.
fn beside(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("the address has a database");
    format!("{server}/{name}")
}

async fn make(url: &str, name: &str, template: &str) {
    let mut connection = PgConnection::connect(url).await.expect("connected");
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
    let made = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
    if let Err(error) = made {
        let code = error.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42P04"), "only one that is there already will do: {error}");
    }
    connection.close().await.expect("closed");
}

/// Waits for something, also where a runtime waits for the caller.
fn apart(work: impl Future<Output = ()> + Send) {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(work);
        });
        waiting.join().expect("done");
    });
}
