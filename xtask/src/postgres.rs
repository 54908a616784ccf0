//! `cargo xtask postgres`: the tests of the server on PostgreSQL.
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

pub(crate) fn run(args: &Args) -> Result<()> {
    let database = Database::start(false)?;
    let mut cargo = crate::process::cargo();
    // As the tests of the workspace are built, so that nothing is built again.
    cargo.args(["test", "--workspace", "--test", "server", "--"]).args(&args.tests);
    execute(cargo.env("CHAPPE_TEST_DATABASE", database.url()))
}

/// A database server that ends with this value.
pub(crate) struct Database {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Database {
    /// Starts one. `durable` is as databases should be; without it a loss of power takes the last commits.
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
        database.program("initdb", &["--pgdata", &data, "--auth", "trust", "--username", "chappe"])?;
        // Tests open many connections.
        let fsync = if durable { "on" } else { "off" };
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=500 -c fsync={fsync}",
            database.folder.display()
        );
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
