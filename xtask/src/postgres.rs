//! `cargo xtask postgres`: the tests of the server on PostgreSQL alone. With S3 and NATS beside it: `cargo xtask services`.
//!
//! A database server of our own is made in a temporary folder, listens on the loopback interface only, and is gone
//! afterwards. Debian's package `postgresql` is installed if nothing is there and we may.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;
use crate::process::{execute, install_debian, is_root};

/// Options of `cargo xtask postgres`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Beginnings of names: only those tests, for example `login::`
    tests: Vec<String>,
}

/// Settings of a database server that nobody needs after the tests: what it has written need not survive a loss of power.
const FLEETING: [&str; 9] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=8GB",
    "checkpoint_timeout=1d",
    "autovacuum=off",
    "jit=off",
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let database = Database::start(false)?;
    tests(&["--test", "server", "--test", "shutdown"], &args.tests, &[(DATABASE, database.url())])
}

/// The variable by which tests are told the address of a database.
pub(crate) const DATABASE: &str = "CHAPPE_TEST_DATABASE";

/// Runs tests of the workspace as those are built, so that nothing is built again. They wait for the database half of their
/// time, so there are two for each processor.
pub(crate) fn tests(targets: &[&str], names: &[String], variables: &[(&str, String)]) -> Result<()> {
    let mut cargo = crate::process::cargo();
    cargo.args(["test", "--workspace"]).args(targets).arg("--").args(names);
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    cargo.env("RUST_TEST_THREADS", threads.to_string());
    execute(cargo.envs(variables.iter().map(|(name, value)| (name, value))))
}

/// A database server that ends with this value.
pub(crate) struct Database {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Database {
    /// Starts one. `durable` is as databases should be; without it everything is as fast as it can be.
    pub(crate) fn start(durable: bool) -> Result<Self> {
        let bin = programs()?;
        let folder = std::env::temp_dir().join(format!("chappe-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        if is_root() {
            // It refuses to run as root.
            execute(Command::new("chown").arg("postgres").arg(&folder))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let database = Self { bin, folder, port };
        let data = database.data();
        let make = ["--pgdata", &data, "--auth", "trust", "--username", "chappe", "--no-sync"];
        database.program("initdb", &make)?;
        // Tests open many connections.
        let mut options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=500",
            database.folder.display()
        );
        for setting in FLEETING.iter().filter(|_| !durable) {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        let log = database.folder.join("log").display().to_string();
        let start = ["--pgdata", &data, "--log", &log, "--wait", "--options", &options, "start"];
        database.program("pg_ctl", &start)?;
        let host = ["--host", "127.0.0.1", "--port", &port.to_string(), "--username", "chappe", "chappe"];
        database.program("createdb", &host)?;
        Ok(database)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://chappe@127.0.0.1:{}/chappe", self.port)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let program = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        execute(command.args(arguments).current_dir(&self.folder).stdout(Stdio::null()))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let stopped = self.program("pg_ctl", &["--pgdata", &self.data(), "--mode", "immediate", "stop"]);
        if let Err(error) = stopped.and_then(|()| Ok(std::fs::remove_dir_all(&self.folder)?)) {
            eprintln!("warning: {}: {error}", self.folder.display());
        }
    }
}

/// The folder with PostgreSQL's programs.
fn programs() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install_debian("postgresql")?;
    find().ok_or_else(|| {
        "PostgreSQL is missing: install Debian's package `postgresql`, or put its programs on PATH".into()
    })
}

fn find() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = debian.chain(std::env::split_paths(&path)).collect();
    folders.retain(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists());
    folders.into_iter().next()
}
