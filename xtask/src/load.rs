//! `cargo xtask load`: what a server bears, beside the limits of the machine it runs on, all in one run.
//!
//! The server and a crowd of clients share the machine, so messages per second are those of both together; what one costs
//! the server alone is read from its processor time. Each figure stands beside the least that the machine needs for it: RSA
//! and DH, cipher, system calls, rows of a database, durable writes, a task that waits on a socket.
//!
//! A start in memory that takes longer than [`LONGEST_START`] fails the run. Writes `docs/load.md` and the charts in `docs/load`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::chart::{Bar, Chart};
use crate::nodes::{Crowd, Node};
use crate::postgres::Database;
use crate::process::execute;
use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Connections to hold
    #[arg(long, default_value_t = 2000)]
    connections: u64,
    /// Pairs of people who exchange messages
    #[arg(long, default_value_t = 16)]
    pairs: u64,
    /// Only print; leave `docs` alone
    #[arg(long)]
    dry: bool,
}

/// In which a server in memory with a key at hand starts, in milliseconds.
const LONGEST_START: f64 = 10.0;

/// What the machine needs at least.
struct Machine {
    /// Microseconds of one core for the packets of a text: cipher and hashes, and system calls.
    cipher: f64,
    syscalls: f64,
    /// The same for its rows in SQLite in memory.
    rows: f64,
    /// Bytes of a connection that a task waits on.
    connection: f64,
    /// Milliseconds in which a server starts: no limit, but measured there.
    start: f64,
}

impl Machine {
    /// Milliseconds of one core for a text in memory.
    fn text(&self) -> f64 {
        (self.cipher + self.syscalls + self.rows) / 1000.0
    }
}

/// Messages of one storage.
struct Messages {
    storage: &'static str,
    per_second: f64,
    /// Processor time of the server for one message, in milliseconds.
    cost: f64,
    /// Milliseconds at half the rate: median, 90, 99 and 99.9 in a hundred.
    latency: [f64; 4],
}

struct Report {
    machine: Machine,
    /// The core of an exchange alone, in milliseconds.
    exchange_core: f64,
    /// Processor time of the server for one exchange, in milliseconds.
    exchange: f64,
    exchanges_per_second: f64,
    /// Bytes of one connection.
    connection: f64,
    /// Durable writes of 4 KiB a second.
    syncs: f64,
    messages: Vec<Messages>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    for package in [&["--package", "chappe-cli"][..], &["--package", "chappe-server", "--example", "crowd"]] {
        execute(crate::process::cargo().args(["build", "--release"]).args(package))?;
    }
    let folder = workspace_root().join("target/load");
    // What an earlier run has left would be another world.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let report = measure(args, &folder)?;
    let text = report.text();
    println!("{text}");
    if !args.dry {
        let docs = workspace_root().join("docs");
        fs::create_dir_all(docs.join("load"))?;
        fs::write(docs.join("load.md"), text)?;
        for (name, chart) in report.charts() {
            fs::write(docs.join("load").join(name).with_extension("svg"), chart.svg())?;
        }
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}

fn measure(args: &Args, folder: &Path) -> Result<Report> {
    let key = ["--key".to_owned(), folder.join("key.pem").display().to_string()];
    let syncs = syncs(folder)?;
    let server = Node::start_release(folder, "memory", &key)?;
    let exchange_core = number(&mut crowd(&server, json!({"do": "cost"}))?, "ms")?;
    let parts = crowd(&server, json!({"do": "machine"}))?.line()?;
    let machine = Machine {
        cipher: field(&parts, "cipher")?,
        syscalls: field(&parts, "syscalls")?,
        rows: field(&parts, "rows")?,
        connection: field(&parts, "connection")?,
        start: field(&parts, "start")?,
    };
    if machine.start > LONGEST_START {
        return Err(
            format!("a server in memory starts in {:.1} ms, not {LONGEST_START}", machine.start).into()
        );
    }
    let before = server.cpu()?;
    let mut made = crowd(&server, json!({"do": "exchange", "at_once": 8, "seconds": args.seconds}))?;
    let made = made.line()?;
    let count = field(&made, "exchanges")?;
    let exchange = (server.cpu()? - before).as_secs_f64() * 1000.0 / count;
    let exchanges_per_second = count / field(&made, "seconds")?;
    drop(server);
    let server = Node::start_release(folder, "held", &key)?;
    // The first connections pay for what all share.
    let mut warm = crowd(&server, json!({"do": "hold", "count": 50}))?;
    warm.line()?;
    let before = server.memory()?;
    let mut held = crowd(&server, json!({"do": "hold", "count": args.connections}))?;
    held.line()?;
    let connection = (server.memory()? - before) as f64 / args.connections as f64;
    drop((warm, held, server));
    let mut messages = Vec::new();
    {
        let server = Node::start_release(folder, "messages", &key)?;
        messages.push(talk(args, "memory", &server)?);
    }
    {
        let data = [&key[..], &["--data".to_owned(), folder.join("data").display().to_string()]].concat();
        let server = Node::start_release(folder, "sqlite", &data)?;
        messages.push(talk(args, "SQLite", &server)?);
    }
    let database = Database::start(true)?;
    let shared = [&key[..], &["--database".to_owned(), database.url()]].concat();
    let server = Node::start_release(folder, "postgres", &shared)?;
    messages.push(talk(args, "PostgreSQL", &server)?);
    Ok(Report { machine, exchange_core, exchange, exchanges_per_second, connection, syncs, messages })
}

/// As fast as it goes, then half of that.
fn talk(args: &Args, storage: &'static str, server: &Node) -> Result<Messages> {
    let task = |first: u64, rate: Option<f64>| {
        json!({
            "do": "messages",
            "first": first,
            "pairs": args.pairs,
            "window": if rate.is_some() { 64 } else { 4 },
            "seconds": args.seconds,
            "per_second": rate,
        })
    };
    let mut full = crowd(server, task(0, None))?;
    full.line()?;
    let before = server.cpu()?;
    let full = full.line()?;
    let delivered = field(&full, "delivered")?;
    let cost = (server.cpu()? - before).as_secs_f64() * 1000.0 / delivered;
    let per_second = delivered / args.seconds as f64;
    let mut half = crowd(server, task(args.pairs, Some(per_second / 2.0)))?;
    half.line()?;
    let half = half.line()?;
    let ms = |name: &str| half["ms"][name].as_f64().ok_or("no percentile");
    let latency = [ms("p50")?, ms("p90")?, ms("p99")?, ms("p999")?];
    Ok(Messages { storage, per_second, cost, latency })
}

fn crowd(server: &Node, task: Value) -> Result<Crowd> {
    Crowd::start(&release("examples/crowd"), std::slice::from_ref(server), task)
}

fn release(program: &str) -> PathBuf {
    workspace_root().join("target/release").join(program)
}

fn number(crowd: &mut Crowd, name: &str) -> Result<f64> {
    field(&crowd.line()?, name)
}

fn field(line: &Value, name: &str) -> Result<f64> {
    line[name].as_f64().ok_or_else(|| format!("{line} has no {name}").into())
}

impl Node {
    fn start_release(folder: &Path, name: &str, arguments: &[String]) -> Result<Self> {
        Self::start_program(&release("chappe"), folder, name, arguments)
    }

    /// Processor time so far.
    fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        // Behind the name, which is in brackets: user and system time are the 12th and 13th from there.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        // A hundred a second on every Linux.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Resident bytes.
    fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }
}

/// How often a second 4 KiB reach the disk for certain.
fn syncs(folder: &Path) -> Result<f64> {
    let mut file = fs::File::create(folder.join("syncs"))?;
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::from(
            "# Load\n\nWritten by `cargo xtask load` on two cores that the server, the database and all clients share: ratios are what \
             counts.\n\n| what | measured | limit, in the same run | ratio |\n|---|---|---|---|\n",
        );
        let mut row = |what: &str, measured: String, limit: String, ratio: String| {
            let _ = writeln!(text, "| {what} | {measured} | {limit} | {ratio} |");
        };
        row(
            "auth key exchange: processor time of the server",
            format!("{:.2} ms", self.exchange),
            format!("{:.2} ms for RSA and DH without a server", self.exchange_core),
            format!("{:.2}", self.exchange_core / self.exchange),
        );
        row(
            "auth key exchanges per second, clients on the same cores",
            format!("{:.0}", self.exchanges_per_second),
            format!(
                "{:.0} on two cores that do nothing but RSA and DH for the server",
                2000.0 / self.exchange_core
            ),
            format!("{:.2}", self.exchanges_per_second * self.exchange_core / 2000.0),
        );
        row(
            "connections per GB of memory, each with a key and a session",
            format!("{:.0}, {:.1} KB each", 1e9 / self.connection, self.connection / 1000.0),
            format!("{:.1} KB for a task that waits on a socket", self.machine.connection / 1000.0),
            format!("{:.2}", self.machine.connection / self.connection),
        );
        row(
            "a server starts in memory, with a key at hand",
            format!("{:.1} ms", self.machine.start),
            format!("{LONGEST_START:.0} ms, or this run fails"),
            String::new(),
        );
        for messages in &self.messages {
            let limit = match messages.storage {
                "memory" => format!(
                    "{:.2} ms of the server's processor time each; its parts alone take {:.2} ms: cipher {:.3}, system calls {:.3}, \
                     rows {:.3}",
                    messages.cost,
                    self.machine.text(),
                    self.machine.cipher / 1000.0,
                    self.machine.syscalls / 1000.0,
                    self.machine.rows / 1000.0,
                ),
                _ => format!(
                    "{:.0} durable writes; {:.2} ms of processor time each",
                    self.syncs, messages.cost
                ),
            };
            let ratio = match messages.storage {
                "memory" => format!("{:.2} of the processor time", self.machine.text() / messages.cost),
                _ => format!("{:.2} messages for each durable write", messages.per_second / self.syncs),
            };
            row(
                &format!("messages per second, end to end, {}", messages.storage),
                format!("{:.0}", messages.per_second),
                limit,
                ratio,
            );
        }
        text.push_str(
            "\nA message counts once the other side has it: it was sent, stored in both mailboxes and pushed. Its parts are five \
             packets of 256 bytes sealed or opened, written or read, and twelve rows in two transactions of SQLite.\n\n\
             No other server runs beside this one, because none does the same work: gotd's answers with prepared replies in one \
             layer, teled has private chats only, the free edition of teamgram has neither secret chats nor passwords, and \
             piltover says of itself that sessions and security are barely there. So each figure stands beside what the machine \
             needs for it at least.\n\n\
             Latency from sending to the other side's push, at half the rate above, in milliseconds:\n\n\
             | storage | median | 90 % | 99 % | 99.9 % |\n|---|---|---|---|---|\n",
        );
        for Messages { storage, latency: [p50, p90, p99, p999], .. } in &self.messages {
            let _ = writeln!(text, "| {storage} | {p50:.1} | {p90:.1} | {p99:.1} | {p999:.1} |");
        }
        text.push_str(
            "\n![Messages per second](load/messages.svg)\n![Latency at half load](load/latency.svg)\n\
             ![Auth key exchange](load/exchange.svg)\n",
        );
        text
    }

    fn charts(&self) -> Vec<(&'static str, Chart)> {
        let mut rates: Vec<Bar> =
            self.messages.iter().map(|messages| Bar::new(messages.storage, messages.per_second)).collect();
        rates.push(Bar::limit("durable writes", self.syncs));
        let mut latency = Vec::new();
        for messages in &self.messages {
            for (name, value) in ["median", "90 %", "99 %"].iter().zip(messages.latency) {
                latency.push(Bar::new(&format!("{}, {name}", messages.storage), value));
            }
        }
        let exchange =
            vec![Bar::new("the server", self.exchange), Bar::limit("RSA and DH alone", self.exchange_core)];
        vec![
            ("messages", Chart { title: "Messages per second, end to end", bars: rates, decimals: 0 }),
            ("latency", Chart { title: "Latency at half load, milliseconds", bars: latency, decimals: 1 }),
            (
                "exchange",
                Chart { title: "Auth key exchange, milliseconds of one core", bars: exchange, decimals: 2 },
            ),
        ]
    }
}
