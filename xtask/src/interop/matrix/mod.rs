//! Five stock clients, unmodified, through the same scenarios against one server: a matrix of what passes.
//!
//! Each client is one script in `interop/clients` that does what it is told. The scenarios are in [`rows`], what is wrong
//! with the clients in [`known`], the table that is kept in `docs/clients.md` in [`table`].

mod client;
mod known;
mod rows;
mod server;
mod table;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use self::client::{Client, Outcome, Trouble, failed};
use self::server::Server;
use crate::process::{execute, install_npm, install_pip};
use crate::{Result, workspace_root};

/// Which client, from which package, and the layer that it speaks.
pub(super) struct Stock {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) package: &'static str,
    pub(super) layer: u32,
}

/// In the order of the table's columns, in which they are started, too.
pub(super) const CLIENTS: [Stock; 5] = [
    Stock { name: "GramJS", version: "2.26.22", package: "npm `telegram`", layer: 198 },
    Stock { name: "Telethon", version: "1.45.0", package: "PyPI `telethon`", layer: 229 },
    Stock { name: "mtcute", version: "0.30.3", package: "npm `@mtcute/node`", layer: 227 },
    Stock { name: "kurigram", version: "2.2.26", package: "PyPI `kurigram`", layer: 229 },
    Stock { name: "grammers", version: "0.11.0", package: "crates.io `grammers-client`", layer: 230 },
];

/// The column of Telethon, which makes the auth keys for grammers.
const TELETHON: usize = 1;
/// The column of grammers, which cannot make its own.
const GRAMMERS: usize = 4;

/// What the scenarios work with.
struct World {
    server: Server,
    clients: Vec<Client>,
    /// The account of each client.
    users: Vec<i64>,
    /// The group or channel that each client made last.
    chats: Vec<i64>,
    /// A folder for files.
    scratch: PathBuf,
}

/// A cell of the matrix: passed with notes, or trouble.
type Cell = Outcome<Vec<String>>;

/// Runs all scenarios. With `write`, the table goes to `docs/clients.md`; else it is compared.
pub(super) fn run(write: bool) -> Result<()> {
    println!("== matrix");
    let begin = Instant::now();
    let mut world = start()?;
    println!("matrix: ready after {} s", begin.elapsed().as_secs());
    let mut lines = Vec::new();
    for row in rows::ROWS {
        let begin = Instant::now();
        let cells = (row.run)(&mut world)?;
        let cells: Vec<Cell> = cells
            .into_iter()
            .zip(&world.clients)
            .map(|(outcome, client)| {
                let notes = client.take_notes();
                known::judge(client.name, row.name, outcome.map(|()| notes))
            })
            .collect();
        table::print_row(row.name, &cells, begin.elapsed());
        lines.push((row.name, cells));
    }
    let stats = world.server.stats()?;
    drop(world);
    let failures = table::failures(&lines);
    table::keep(&lines, write)?;
    println!("matrix: {} s", begin.elapsed().as_secs());
    check_stats(&stats)?;
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// What the server says about itself afterwards.
fn check_stats(stats: &Value) -> Result<()> {
    if stats["layer_failures"] != 0 {
        return Err(format!(
            "answers that could not be turned into a client's layer: {}",
            stats["layer_failures"]
        )
        .into());
    }
    if stats["unlisted_errors"].as_object().is_none_or(|errors| !errors.is_empty()) {
        return Err(format!("errors that no list has for their methods: {}", stats["unlisted_errors"]).into());
    }
    if stats["unimplemented"].as_object().is_some_and(|methods| !methods.is_empty()) {
        return Err(format!(
            "methods that clients asked for and the server does not have: {}",
            stats["unimplemented"]
        )
        .into());
    }
    Ok(())
}

fn start() -> Result<World> {
    crate::process::build(&["interop"])?;
    let grammers = workspace_root().join("target/interop/grammers");
    let manifest = workspace_root().join("interop/clients/grammers/Cargo.toml");
    let mut build = crate::process::cargo();
    build.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    execute(build.arg("--target-dir").arg(&grammers))?;
    let node = install_npm("clients")?;
    let python =
        install_pip("python", &["telethon==1.45.0", "cryptg==0.6.0", "kurigram==2.2.26", "TgCrypto==1.2.5"])?;

    let server = Server::start()?;
    let script = |name: &str| workspace_root().join("interop/clients").join(name);
    let run = |program: &str, path: PathBuf| {
        let mut command = Command::new(program);
        command.arg(path);
        command
    };
    let run_python = |name: &str| {
        let mut command = Command::new(&python);
        // Nothing is written beside the scripts.
        command.arg("-B").arg(script(name)).env("PYTHONPATH", workspace_root().join("interop/secret"));
        command
    };
    let commands = [
        run("node", node.join("gramjs.mjs")),
        run_python("telethon_client.py"),
        run("node", node.join("mtcute.mjs")),
        run_python("kurigram_client.py"),
        Command::new(grammers.join("debug/chappe-interop-grammers")),
    ];
    let mut clients = Vec::new();
    for (stock, command) in CLIENTS.iter().zip(commands) {
        clients.push(Client::start(stock.name, command, &server.facts)?);
    }
    let scratch = workspace_root().join("target/interop/files");
    std::fs::create_dir_all(&scratch)?;
    Ok(World { server, clients, users: Vec::new(), chats: Vec::new(), scratch })
}

impl World {
    /// One after the other, for each client.
    fn each(&self, act: impl Fn(usize, &Client) -> Outcome<()>) -> Vec<Outcome<()>> {
        self.each_gives(act)
    }

    /// The same where something comes of it.
    fn each_gives<T>(&self, act: impl Fn(usize, &Client) -> Outcome<T>) -> Vec<Outcome<T>> {
        self.clients.iter().enumerate().map(|(at, client)| act(at, client)).collect()
    }

    /// All at once.
    fn together(&self, act: impl Fn(usize, &Client) -> Outcome<()> + Sync) -> Vec<Outcome<()>> {
        std::thread::scope(|scope| {
            let act = &act;
            let running: Vec<_> = self
                .clients
                .iter()
                .enumerate()
                .map(|(at, client)| scope.spawn(move || act(at, client)))
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| failed("a scenario panicked")))
                .collect()
        })
    }

    /// The one that the client in column `at` talks to.
    fn next(&self, at: usize) -> usize {
        (at + 1) % self.clients.len()
    }

    fn client(&self, at: usize) -> Outcome<&Client> {
        self.clients.get(at).ok_or_else(|| Trouble::Failed("there is no such client".to_owned()))
    }

    /// What the first command of an account of the client in column `at` has to bring: an auth key for grammers.
    fn beginning(&self, at: usize) -> Outcome {
        if at == GRAMMERS {
            self.client(TELETHON)?.run("key maker", "auth_key", json!({}))
        } else {
            Ok(json!({}))
        }
    }
}
