//! `cargo xtask updates`: a stream of updates without loss, over cut connections and killed processes.
//!
//! Two real clients talk over a real server, each in a process of its own with its session in a file: one sends numbers
//! to a person and into a group, the other one writes down what comes (`crates/chappe/examples/update_peer.rs`). Their
//! connections go through a proxy that cuts them all, about every second. Every now and then one of the two gets SIGKILL
//! or is told to end, and is started again. In the end every number is in the log once and in order. What comes again
//! after a restart is known by its number; after an end in good order that is at most what was fetched together.
//!
//! `cargo test` has a short form of it (`crates/chappe/tests/kill.rs`).
//!
//! The seed decides who is killed and when lines are cut; what a process has got to by then, nobody decides.

mod course;
mod peer;
mod proxy;

use std::time::Instant;

use course::Course;

use crate::Result;
use crate::kill::{Dice, spawn};
use crate::stage::{self, Stage};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many messages are sent
    #[arg(long, default_value_t = 50_000)]
    messages: u64,
    /// How often a process is ended
    #[arg(long, default_value_t = 100)]
    restarts: u32,
    /// Milliseconds between two cuts of all connections, on average
    #[arg(long, default_value_t = 1000)]
    cut_every: u64,
    /// What decides when. Left out: the clock; it is printed
    #[arg(long)]
    seed: Option<u64>,
}

/// Sends, cuts, kills, and compares.
///
/// # Errors
/// A message was lost, doubled or reordered, or a program does not start.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = stage::seed(args.seed)?;
    println!("updates: {} messages, {} restarts, seed {seed}", args.messages, args.restarts);
    let stage = Stage::set("updates", seed, "update_peer")?;
    let course = Course {
        program: stage.program.clone(),
        server: stage.address.parse()?,
        server_key: &stage.key,
        folder: &stage.folder,
        messages: args.messages,
        restarts: args.restarts,
        cut_every: args.cut_every.saturating_mul(1000).max(1),
        prefix: &[],
    };
    let start = Instant::now();
    let outcome = course.run(&mut Dice(seed));
    let tally = outcome
        .map_err(|error| format!("seed {seed}: {error}; the logs are in {}", stage.folder.display()))?;
    println!("updates: {tally:?} in {:.0} s", start.elapsed().as_secs_f64());
    println!("updates: {} messages came, each once and in order", args.messages);
    std::fs::remove_dir_all(stage.folder)?;
    Ok(())
}
