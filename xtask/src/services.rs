//! `cargo xtask services`: the tests of the server, with everything outside of its process that can be: accounts and
//! messages in PostgreSQL, files in an object store that speaks S3, hints between servers over NATS.
//!
//! All of it runs on the loopback interface and ends with the task: PostgreSQL and NATS are Debian's, installed if they are
//! missing and we may; `moto` from PyPI is S3 for tests, in a virtual environment of its own.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::{DATABASE, Database, tests};
use crate::process::{execute, install_debian};
use crate::{Result, workspace_root};

/// Options of `cargo xtask services`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Beginnings of names: only those tests, for example `files::`
    tests: Vec<String>,
}

/// How long a service may take to begin to listen.
const PATIENCE: Duration = Duration::from_secs(60);
const BUCKET: &str = "chappe";

pub(crate) fn run(args: &Args) -> Result<()> {
    let (s3, nats, database) = (S3::start()?, Nats::start()?, Database::start(false)?);
    let all = [
        (DATABASE, database.url()),
        ("CHAPPE_TEST_BLOBS", s3.url()),
        ("CHAPPE_TEST_BUS", nats.url()),
        ("CHAPPE_TEST_NATS_SERVER", nats.program.display().to_string()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ];
    tests(&["--test", "server", "--test", "shutdown"], &args.tests, &all)?;
    if args.tests.is_empty() {
        // What is different without NATS: hints go by LISTEN and NOTIFY of the database.
        let between = ["nodes::", "at_one_node"].map(str::to_owned);
        tests(&["--test", "server"], &between, &all[..1])?;
        // That transactions of several processes do not get in each other's way.
        tests(&["--lib"], &["store::locks".to_owned()], &all[..1])?;
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

/// An object store with one bucket.
struct S3 {
    port: u16,
    _moto: Service,
}

impl S3 {
    fn start() -> Result<Self> {
        let folder = workspace_root().join("target/services/moto");
        let python = folder.join("bin/python");
        if !folder.join("bin/moto_server").exists() {
            execute(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            let install = ["-m", "pip", "install", "--quiet", "moto[server,s3]==5.*"];
            execute(Command::new(&python).args(install))?;
        }
        let port = free_port()?;
        let mut moto = Command::new(folder.join("bin/moto_server"));
        let _moto = Service::start(moto.args(["-H", "127.0.0.1", "-p", &port.to_string()]), port)?;
        let store = Self { port, _moto };
        // A bucket is made by a PUT of its name.
        let make = "import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1], method='PUT')).read()";
        execute(Command::new(&python).args(["-c", make, &format!("{}/{BUCKET}", store.endpoint())]))?;
        Ok(store)
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn url(&self) -> String {
        format!("s3://{BUCKET}?endpoint={}&region=us-east-1", self.endpoint())
    }
}

struct Nats {
    program: PathBuf,
    port: u16,
    _server: Service,
}

impl Nats {
    fn start() -> Result<Self> {
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server"].map(PathBuf::from);
        let find = || program.iter().find(|path| path.exists());
        if find().is_none() {
            install_debian("nats-server")?;
        }
        let program = find().ok_or("nats-server is missing: install Debian's package `nats-server`")?;
        let port = free_port()?;
        let mut nats = Command::new(program);
        let _server = Service::start(nats.args(["--addr", "127.0.0.1", "--port", &port.to_string()]), port)?;
        Ok(Self { program: program.clone(), port, _server })
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}
