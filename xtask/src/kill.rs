//! `cargo xtask kill`: client processes that are killed at random moments of a running chat, and started again.
//!
//! Two real clients talk over a real server, each in a process of its own with its session in a file. In every round
//! they are told to send numbered texts, sometimes to replace the key, and then one of them or both get SIGKILL after a
//! random moment. In the end both histories hold the numbers of both sides, each once and in order. A number that was
//! never confirmed may have been lost with the process that should have sent it; it is then given to the next text.
//! What was confirmed must be there.
//!
//! The seed decides who does what and when who is killed; what a process has got to by then, nobody decides.

mod side;

use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use side::Side;

use crate::interop::process::{built, execute, next_line, start};
use crate::{Result, workspace_root};

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

/// How long both sides may take to agree when nobody is killed any more.
const SETTLE: Duration = Duration::from_secs(120);

/// Numbers out of a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

/// Kills and starts again, and compares what both sides have.
///
/// # Errors
/// A message was lost, doubled or reordered, the chat was given up, or a program does not start.
pub(crate) fn run(args: &Args) -> Result<()> {
    let clock = SystemTime::UNIX_EPOCH.elapsed()?.as_nanos() as u64;
    let seed = args.seed.unwrap_or(clock);
    println!("kill: {} rounds, seed {seed}", args.rounds);
    execute(std::process::Command::new("cargo").args(["build", "--package", "chappe-cli"]))?;
    let example = ["build", "--package", "chappe", "--example", "secret_peer"];
    execute(std::process::Command::new("cargo").args(example))?;

    let folder = workspace_root().join("target/kill").join(seed.to_string());
    std::fs::create_dir_all(&folder)?;
    let (mut server, lines) = start("chappe", &["serve", "--listen", "127.0.0.1:0", "--print-json"])?;
    let facts: serde_json::Value = serde_json::from_str(&next_line(&lines, &mut server)?)?;
    let field = |name: &str| facts[name].as_str().ok_or_else(|| format!("the server prints no {name}"));
    let key = folder.join("server-key.pem");
    std::fs::write(&key, field("public_key")?)?;
    let program = built("examples/secret_peer");
    let side = |name: &str, phone: &str| {
        let session = folder.join(name).with_extension("session");
        let words = ["--phone", phone, "--server", field("address")?, "--commands", "--server-key"];
        let mut words: Vec<String> = words.map(str::to_owned).into();
        words.extend([key.display().to_string(), "--session".to_owned(), session.display().to_string()]);
        Side::start(name, &program, words)
    };
    let mut sides = [side("alice", "9996628881")?, side("bob", "9996628882")?];
    let outcome = converse(&mut sides, args.rounds, &mut Dice(seed));
    outcome.map_err(|error| format!("seed {seed}: {error}; the sessions are in {}", folder.display()))?;
    drop(sides);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn converse(sides: &mut [Side; 2], rounds: u32, dice: &mut Dice) -> Result<()> {
    let chat = sides[0].ask(json!({"do": "start", "phone": "9996628882"}))?["chat"].clone();
    for side in &mut *sides {
        side.wait(|line| line["event"] == "chat_ready")?;
        side.chat = chat.clone();
    }
    let (start, mut kills) = (Instant::now(), [0, 0]);
    for _ in 0..rounds {
        for side in &mut *sides {
            for _ in 0..dice.below(4) {
                side.say()?;
            }
            if dice.below(12) == 0 {
                side.tell(json!({"do": "rekey", "chat": chat}))?;
            }
        }
        std::thread::sleep(Duration::from_micros(dice.below(60_000)));
        // One of them, and both every tenth time.
        let victims: &[usize] = match dice.below(10) {
            0 => &[0, 1],
            roll if roll % 2 == 0 => &[0],
            _ => &[1],
        };
        for victim in victims {
            sides[*victim].kill()?;
            kills[*victim] += 1;
        }
        for victim in victims {
            sides[*victim].start_again()?;
        }
    }
    println!("kill: {kills:?} kills in {:.0} s", start.elapsed().as_secs_f64());
    settle(sides)
}

/// Waits until both have everything, and compares.
fn settle(sides: &mut [Side; 2]) -> Result<()> {
    let start = Instant::now();
    loop {
        let [alice, bob] = [sides[0].texts()?, sides[1].texts()?];
        let apart = compare(&alice, &bob, sides);
        match apart {
            Ok(count) => {
                println!("kill: both histories hold {count} texts, each once and in order");
                for side in sides {
                    side.check_open()?;
                }
                return Ok(());
            }
            Err(error) if start.elapsed() > SETTLE => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// Whether both have the numbers 0, 1, 2 … of both, each once and in order.
fn compare(alice: &side::Texts, bob: &side::Texts, sides: &[Side; 2]) -> Result<usize> {
    for (name, said, heard, confirmed) in [
        ("Alice", &alice.said, &bob.heard, sides[0].confirmed()),
        ("Bob", &bob.said, &alice.heard, sides[1].confirmed()),
    ] {
        let expected: Vec<u64> = (0..said.len() as u64).collect();
        if *said != expected {
            return Err(format!("{name} has said {said:?}").into());
        }
        if *heard != expected {
            return Err(format!("{name} has said 0 to {}; the other heard {heard:?}", said.len()).into());
        }
        if confirmed.is_some_and(|last| last >= said.len() as u64) {
            return Err(format!("{confirmed:?} of {name} was confirmed and is lost").into());
        }
    }
    Ok(alice.said.len() + bob.said.len())
}
