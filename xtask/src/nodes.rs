//! `cargo xtask nodes`: servers that are killed while people talk, and started again.
//!
//! Two `chappe serve` processes share one PostgreSQL; in every round one of them gets SIGKILL after a random moment and
//! is started again, while the people who were connected to it go on at the other. Then the same with a single server on
//! SQLite, where people wait until it is back. In the end everybody reads the whole mailbox: every text that was
//! acknowledged is there on both sides, once, in order, and the counters have no hole.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kill::Dice;
use crate::postgres::Database;
use crate::process::{Running, build, built, launch, next_line};
use crate::{Result, workspace_root};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often a server is killed, on each storage
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// How many pairs of people talk
    #[arg(long, default_value_t = 4)]
    pairs: u32,
    /// What decides who is killed when. Left out: the clock; it is printed
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = crate::stage::seed(args.seed)?;
    println!("nodes: {} rounds on each storage, seed {seed}", args.rounds);
    build(&["crowd"])?;
    let folder = workspace_root().join("target/nodes").join(seed.to_string());
    std::fs::create_dir_all(&folder)?;
    let key = folder.join("key.pem").display().to_string();
    let outcome = (|| {
        let database = Database::start(true)?;
        let shared = ["--key", &key, "--database", &database.url()].map(str::to_owned);
        let nodes = [Node::start(&folder, "one", &shared)?, Node::start(&folder, "two", &shared)?];
        kill("two servers on PostgreSQL", nodes.into(), args, &mut Dice(seed))?;
        drop(database);
        let data = folder.join("data").display().to_string();
        let alone = Node::start(&folder, "alone", &["--key", &key, "--data", &data].map(str::to_owned))?;
        kill("one server on SQLite", vec![alone], args, &mut Dice(seed))
    })();
    outcome.map_err(|error: Box<dyn std::error::Error>| {
        format!("seed {seed}: {error}; see {}", folder.display())
    })?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// One `chappe serve` process.
pub(crate) struct Node {
    program: PathBuf,
    arguments: Vec<String>,
    log: PathBuf,
    process: Running,
    pub(crate) address: String,
    pub(crate) public_key: String,
}

impl Node {
    fn start(folder: &Path, name: &str, arguments: &[String]) -> Result<Self> {
        Self::start_program(&built("chappe"), folder, name, arguments)
    }

    pub(crate) fn start_program(
        program: &Path,
        folder: &Path,
        name: &str,
        arguments: &[String],
    ) -> Result<Self> {
        let log = folder.join(name).with_extension("log");
        let mut arguments: Vec<String> = arguments.to_vec();
        arguments.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        let (process, facts) = Self::spawn(program, &arguments, &log)?;
        let field =
            |name: &str| facts[name].as_str().map(str::to_owned).ok_or("the server prints too little");
        let (address, public_key) = (field("address")?, field("public_key")?);
        // From now on at this address.
        arguments.pop();
        arguments.push(address.clone());
        Ok(Self { program: program.to_owned(), arguments, log, process, address, public_key })
    }

    fn spawn(program: &Path, arguments: &[String], log: &Path) -> Result<(Running, Value)> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut command = Command::new(program);
        command.arg("serve").args(arguments).arg("--print-json").stderr(Stdio::from(log));
        let (mut process, lines) = launch(&mut command)?;
        let facts = serde_json::from_str(&next_line(&lines, &mut process)?)?;
        Ok((process, facts))
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// SIGKILL, and the same again.
    fn kill_and_start_again(&mut self) -> Result<()> {
        self.process.kill();
        (self.process, _) = Self::spawn(&self.program, &self.arguments, &self.log)?;
        Ok(())
    }
}

/// The program with the clients.
pub(crate) struct Crowd {
    process: Running,
    lines: mpsc::Receiver<String>,
}

impl Crowd {
    pub(crate) fn start(program: &Path, nodes: &[Node], task: Value) -> Result<Self> {
        let mut argument = task;
        argument["nodes"] = nodes.iter().map(|node| json!(node.address)).collect();
        argument["key"] = json!(nodes.first().map(|node| &node.public_key));
        let mut command = Command::new(program);
        command.arg(argument.to_string()).stdin(Stdio::piped());
        let (process, lines) = launch(&mut command)?;
        Ok(Self { process, lines })
    }

    pub(crate) fn line(&mut self) -> Result<Value> {
        Ok(serde_json::from_str(&next_line(&self.lines, &mut self.process)?)?)
    }

    /// Tells it to come to an end.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let input = self.process.stdin().ok_or("no standard input")?;
        writeln!(input)?;
        Ok(())
    }
}

fn kill(what: &str, mut nodes: Vec<Node>, args: &Args, dice: &mut Dice) -> Result<()> {
    let start = Instant::now();
    let task = json!({"do": "talk", "pairs": args.pairs});
    let mut crowd = Crowd::start(&built("examples/crowd"), &nodes, task)?;
    crowd.line()?;
    for _ in 0..args.rounds {
        std::thread::sleep(Duration::from_millis(200 + dice.below(1500)));
        let victim = dice.below(nodes.len() as u64) as usize;
        nodes[victim].kill_and_start_again()?;
    }
    std::thread::sleep(Duration::from_millis(500));
    crowd.stop()?;
    let result = crowd.line().map_err(|error| format!("{what}: {error}"))?;
    println!(
        "nodes: {what}: killed {} times in {:.0} s; {} texts acknowledged, each on both sides once and in order; \
         {} reconnects, longest wait {} ms",
        args.rounds,
        start.elapsed().as_secs_f64(),
        result["messages"],
        result["reconnects"],
        result["longest_ms"],
    );
    Ok(())
}
