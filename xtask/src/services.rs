//! `cargo xtask services`: the server beside services that it can use: an object store that speaks S3, and NATS.
//!
//! Both run on the loopback interface and end with the task: `moto` from PyPI, which is S3 for tests, in a virtual
//! environment of its own, and Debian's `nats-server`, installed if nothing is there and we may.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::Database;
use crate::process::{execute, install_debian};
use crate::{Result, workspace_root};

/// Options of `cargo xtask services`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only one of them: `s3` or `nats`
    only: Option<String>,
}

/// How long a service may take to begin to listen.
const PATIENCE: Duration = Duration::from_secs(60);
const BUCKET: &str = "chappe";

pub(crate) fn run(args: &Args) -> Result<()> {
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| only == name);
    if wanted("s3") {
        s3()?;
    }
    if wanted("nats") {
        nats()?;
    }
    Ok(())
}

/// A process that ends with this value.
struct Service(Child);

impl Service {
    /// Starts a program and waits until it listens on `port`.
    fn start(command: &mut Command, port: u16) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut service = Self(child.map_err(|error| format!("{command:?} cannot be started: {error}"))?);
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = service.0.try_wait()? {
                return Err(format!("{command:?} ended with {status}").into());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{command:?} does not listen").into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(service)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn tests(arguments: &[&str], variables: &[(&str, String)]) -> Result<()> {
    let mut cargo = crate::process::cargo();
    // As the tests of the workspace are built, so that nothing is built again.
    cargo.args(["test", "--workspace"]).args(arguments);
    execute(cargo.envs(variables.iter().map(|(name, value)| (name, value))))
}

/// The tests about files, with their bytes in a bucket.
fn s3() -> Result<()> {
    let folder = workspace_root().join("target/services/moto");
    let python = folder.join("bin/python");
    if !folder.join("bin/moto_server").exists() {
        execute(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let install = ["-m", "pip", "install", "--quiet", "moto[server,s3]==5.*"];
        execute(Command::new(&python).args(install))?;
    }
    let port = free_port()?;
    let endpoint = format!("http://127.0.0.1:{port}");
    let mut moto = Command::new(folder.join("bin/moto_server"));
    let _moto = Service::start(moto.args(["-H", "127.0.0.1", "-p", &port.to_string()]), port)?;
    // A bucket is made by a PUT of its name.
    let make = "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1], method='PUT')).read()";
    execute(Command::new(&python).args(["-c", make, &format!("{endpoint}/{BUCKET}")]))?;
    let variables = [
        ("CHAPPE_TEST_BLOBS", format!("s3://{BUCKET}/files?endpoint={endpoint}&region=us-east-1")),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ];
    tests(&["--test", "server", "--", "files::", "media::"], &variables)?;
    println!("services: files and media with their bytes in S3");
    Ok(())
}

/// The tests about several servers, which tell each other by NATS.
fn nats() -> Result<()> {
    let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server"].map(PathBuf::from);
    let find = || program.iter().find(|path| path.exists());
    if find().is_none() {
        install_debian("nats-server")?;
    }
    let program = find().ok_or("nats-server is missing: install Debian's package `nats-server`")?;
    let port = free_port()?;
    let mut nats = Command::new(program);
    let _nats = Service::start(nats.args(["--addr", "127.0.0.1", "--port", &port.to_string()]), port)?;
    let database = Database::start(false)?;
    let variables =
        [("CHAPPE_TEST_BUS", format!("nats://127.0.0.1:{port}")), ("CHAPPE_TEST_DATABASE", database.url())];
    tests(&["--test", "server", "nodes::"], &variables)?;
    println!("services: several servers over NATS");
    Ok(())
}
