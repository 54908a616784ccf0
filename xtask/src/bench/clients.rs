//! `cargo xtask bench clients`: four client libraries against the same server, in one run.
//!
//! Each client is a process that does what it is told and says how long it took (`bench/clients`, `bench/src/clients`). They
//! take turns, round by round, and the best round of each counts: what disturbs the machine disturbs all of them. Writes
//! `docs/benchmarks.md` and the charts in `docs/benchmarks`.

mod client;
mod report;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use self::client::Client;
use self::report::{Figures, Report};
use crate::process::{execute, install_pip, launch, next_line, npm_install};
use crate::{Result, workspace_root};

/// How much of everything.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds of each client; the best one counts
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Length of the file that goes up and down, in MiB
    #[arg(long, default_value_t = 512)]
    file: u64,
    /// Requests one after the other; ten times as many with 100 in flight
    #[arg(long, default_value_t = 2000)]
    requests: u64,
    /// Messages that others send to each client
    #[arg(long, default_value_t = 5000)]
    updates: u64,
    /// Only these clients
    #[arg(long)]
    only: Vec<String>,
    /// Only print; leave `docs` alone
    #[arg(long)]
    dry: bool,
}

/// Name, version and package of each; ours is the last one.
pub(super) const CLIENTS: [(&str, &str); 4] = [
    ("GramJS", "2.26.22, npm `telegram`"),
    ("Telethon", "1.45.0 with `cryptg` 0.6.0"),
    ("grammers", "0.11, crates.io"),
    ("Chappe", "this tree"),
];

const TELETHON: [&str; 2] = ["telethon==1.45.0", "cryptg==0.6.0"];

/// What is needed to start each of them.
struct Programs {
    node: PathBuf,
    python: PathBuf,
    release: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let programs = build()?;
    let folder = workspace_root().join("target/bench/run");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let file = folder.join("file.bin");
    write_file(&file, args.file << 20)?;
    let report = measure(args, &programs, &file)?;
    let text = report.text();
    println!("{text}");
    if !args.dry {
        let docs = workspace_root().join("docs");
        fs::create_dir_all(docs.join("benchmarks"))?;
        fs::write(docs.join("benchmarks.md"), &text)?;
        for (name, chart) in report.charts() {
            fs::write(docs.join("benchmarks").join(name).with_extension("svg"), chart.svg())?;
        }
    }
    Ok(fs::remove_dir_all(folder)?)
}

fn build() -> Result<Programs> {
    let bench = workspace_root().join("bench");
    let mut cargo = crate::process::cargo();
    cargo.args(["build", "--release"]);
    for bin in ["client-chappe", "client-grammers", "client-server", "limit"] {
        cargo.args(["--bin", bin]);
    }
    execute(cargo.current_dir(&bench))?;
    let node = workspace_root().join("target/bench/clients");
    fs::create_dir_all(&node)?;
    for name in ["package.json", "gramjs.mjs"] {
        fs::copy(bench.join("clients").join(name), node.join(name))?;
    }
    fs::copy(workspace_root().join("testkits/node/gramjs.js"), node.join("testkit.mjs"))?;
    npm_install(&node)?;
    let python = install_pip("bench", &TELETHON)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| bench.join("target"), PathBuf::from);
    Ok(Programs { node, python, release: target.join("release") })
}

/// Bytes that do not repeat soon.
fn write_file(path: &Path, len: u64) -> Result<()> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..len / 8 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        file.write_all(&(state ^ state >> 29).to_le_bytes())?;
    }
    Ok(file.flush()?)
}

fn measure(args: &Args, programs: &Programs, file: &Path) -> Result<Report> {
    let mut report = Report::new(args.file, args.rounds);
    for round in 0..args.rounds {
        report.limit = report.limit.max(limit(programs, args.file << 20)?);
        for at in 0..CLIENTS.len() {
            // Another one begins each time.
            let at = (at + round as usize) % CLIENTS.len();
            let name = CLIENTS.get(at).map_or("", |(name, _)| name);
            if !args.only.is_empty() && !args.only.iter().any(|only| only.eq_ignore_ascii_case(name)) {
                continue;
            }
            println!("round {}: {name}", round + 1);
            // Each has a server of its own: what others have sent and stored does not slow it down.
            let mut serve = Command::new(programs.release.join("client-server"));
            serve.args(CLIENTS.map(|(name, _)| name.to_lowercase())).arg("writer");
            let (mut server, lines) = launch(serve.stdin(Stdio::piped()))?;
            let facts: Value = serde_json::from_str(&next_line(&lines, &mut server)?)?;
            let figures = one(args, programs, &facts, name, file)?;
            println!("  {figures:?}");
            report.take(at, figures);
        }
    }
    Ok(report)
}

/// MB/s of what does nothing but encrypt and decrypt over loopback.
fn limit(programs: &Programs, bytes: u64) -> Result<f64> {
    let output = Command::new(programs.release.join("limit")).arg(bytes.to_string()).output()?;
    let line: Value = serde_json::from_slice(&output.stdout)?;
    let field = |name: &str| line[name].as_f64().ok_or("the limit could not be measured");
    Ok(field("bytes")? / field("seconds")? / 1e6)
}

fn one(args: &Args, programs: &Programs, facts: &Value, name: &str, file: &Path) -> Result<Figures> {
    let mut client = start(programs, facts, name)?;
    let (idle, own) = (client.memory("VmRSS")?, client.memory("RssAnon")?);
    // What only the first call pays for.
    client.seconds(&json!({ "do": "requests", "count": 50, "window": 10 }))?;
    let requests = |client: &mut Client, count: u64, window: u64| -> Result<f64> {
        Ok(count as f64 / client.seconds(&json!({ "do": "requests", "count": count, "window": window }))?)
    };
    let sequential = requests(&mut client, args.requests, 1)?;
    let before = client.cpu()?;
    let in_flight = requests(&mut client, args.requests * 10, 100)?;
    let request_cost = (client.cpu()? - before).as_secs_f64() * 1e6 / (args.requests * 10) as f64;
    let megabytes = (args.file << 20) as f64 / 1e6;
    let upload = json!({ "do": "upload", "path": file, "size": args.file << 20 });
    let upload = megabytes / client.seconds(&upload)?;
    let copy = file.with_extension("copy");
    let download = megabytes / client.seconds(&json!({ "do": "download", "path": copy }))?;
    if !same(file, &copy)? {
        return Err(format!("{name} downloaded another file than it uploaded").into());
    }
    fs::remove_file(copy)?;
    let most = client.memory("VmHWM")?;
    let (updates, cost) = updates(args, programs, facts, name, &mut client)?;
    Ok(Figures {
        sequential,
        in_flight,
        request_cost,
        upload,
        download,
        updates,
        update_cost: cost,
        start: client.started,
        idle,
        own,
        most,
    })
}

/// Messages a second that reach the program, and the client's processor time for one in microseconds.
fn updates(
    args: &Args,
    programs: &Programs,
    facts: &Value,
    name: &str,
    client: &mut Client,
) -> Result<(f64, f64)> {
    let mut writer = launch_one(programs, facts, "Chappe", "writer")?;
    let count = args.updates;
    client.tell(&json!({ "do": "updates", "count": count }))?;
    client.answer()?;
    let before = client.cpu()?;
    let to = format!("bench_{}", name.to_lowercase());
    writer.tell(&json!({ "do": "write", "to": to, "count": count }))?;
    let seconds = client.answered()?;
    let cost = (client.cpu()? - before).as_secs_f64() * 1e6 / count as f64;
    writer.answered()?;
    Ok((count as f64 / seconds, cost))
}

fn start(programs: &Programs, facts: &Value, name: &str) -> Result<Client> {
    launch_one(programs, facts, name, &name.to_lowercase())
}

/// Starts a client as this account.
fn launch_one(programs: &Programs, facts: &Value, name: &str, account: &str) -> Result<Client> {
    let login = &facts["accounts"][account];
    let mut facts = facts.clone();
    facts["session"] = login[name.to_lowercase()].clone();
    facts["key"] = login["key"].clone();
    facts["accounts"] = Value::Null;
    let mut command = match name {
        "GramJS" => {
            let mut node = Command::new("node");
            node.arg(programs.node.join("gramjs.mjs"));
            node
        }
        "Telethon" => {
            let mut python = Command::new(&programs.python);
            python.arg(workspace_root().join("bench/clients/telethon_client.py"));
            python
        }
        name => Command::new(programs.release.join(format!("client-{}", name.to_lowercase()))),
    };
    Client::start(command.arg(facts.to_string()), Instant::now())
}

fn same(one: &Path, other: &Path) -> Result<bool> {
    use std::io::Read as _;
    let [mut one, mut other] = [fs::File::open(one)?, fs::File::open(other)?];
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let len = one.read(&mut a)?;
        if len == 0 {
            return Ok(true);
        }
        let (Some(a), Some(b)) = (a.get(..len), b.get_mut(..len)) else { return Ok(false) };
        other.read_exact(b)?;
        if a != &*b {
            return Ok(false);
        }
    }
}
