//! `cargo xtask kill`: client processes that are killed at random moments of a running chat, and started again.
//!
//! Two real clients talk over a real server, each in a process of its own with its session in a file. In every round
//! they are told to send numbered texts, sometimes to replace the key, and then one of them or both get SIGKILL after a
//! random moment. In the end both histories hold the numbers of both sides, each once and in order. A number that was
//! never confirmed may have been lost with the process that should have sent it; it is then given to the next text.
//! What was confirmed must be there.
//!
//! `cargo test` has a short form of it (`crates/chappe/tests/kill.rs`).
//!
//! The seed decides who does what and when who is killed; what a process has got to by then, nobody decides.

mod side;
pub(crate) mod spawn;
mod talk;

use std::time::Instant;

use side::Side;
pub(crate) use talk::Dice;
use talk::converse;

use crate::Result;
use crate::stage::{self, Stage};

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often somebody is killed
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// What decides who does what when. Left out: the clock; it is printed
    #[arg(long)]
    seed: Option<u64>,
}

/// Kills and starts again, and compares what both sides have.
///
/// # Errors
/// A message was lost, doubled or reordered, the chat was given up, or a program does not start.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = stage::seed(args.seed)?;
    println!("kill: {} rounds, seed {seed}", args.rounds);
    let stage = Stage::set("kill", seed, "secret_peer")?;
    let side = |name: &str, phone: &str| {
        let session = stage.folder.join(name).with_extension("session");
        let words = ["--phone", phone, "--server", &stage.address, "--commands", "--server-key"];
        let mut words: Vec<String> = words.map(str::to_owned).into();
        words.extend([
            stage.key.display().to_string(),
            "--session".to_owned(),
            session.display().to_string(),
        ]);
        Side::start(name, &stage.program, words)
    };
    let mut sides = [side("alice", "9996628881")?, side("bob", "9996628882")?];
    let start = Instant::now();
    let outcome = converse(&mut sides, args.rounds, &mut Dice(seed));
    let (kills, count) = outcome
        .map_err(|error| format!("seed {seed}: {error}; the sessions are in {}", stage.folder.display()))?;
    println!("kill: {kills:?} kills in {:.0} s", start.elapsed().as_secs_f64());
    println!("kill: both histories hold {count} texts, each once and in order");
    drop(sides);
    std::fs::remove_dir_all(stage.folder)?;
    Ok(())
}
