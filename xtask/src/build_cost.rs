//! `cargo xtask build-cost`: what it costs to compile `chappe-api`, beside `grammers-tl-types`.
//!
//! Both are compiled in one run, one after the other, with the same profile and their dependencies ready, and with them
//! a small library each that decodes `Updates` and drops them. Only the compiler process of the crate itself is measured: its time and
//! peak memory are read from `/proc` while it runs, so this works on Linux only.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::Result;

/// Our crate, the other one: first the schema crates, then the libraries that use them.
const PAIRS: [(&str, &str); 2] = [("chappe_api", "grammers_tl_types"), ("uses_chappe", "uses_grammers")];

/// Options of `cargo xtask build-cost`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often to repeat; the best run counts
    #[arg(long, default_value_t = 1)]
    runs: u32,
}

/// What one compiler process took.
#[derive(Clone, Copy, Debug)]
struct Cost {
    wall: Duration,
    /// Processor time of all threads.
    cpu: Duration,
    /// The most memory it held, in KiB.
    peak: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = crate::workspace_root();
    let folder = root.join("target/build-cost");
    prepare(&root, &folder)?;
    println!("{:<34}{:>9}{:>9}{:>10}", "", "wall s", "cpu s", "peak MB");
    for (title, arguments) in [("check", &["check"][..]), ("build --release", &["build", "--release"][..])] {
        let mut best: BTreeMap<&str, Cost> = BTreeMap::new();
        for _ in 0..args.runs {
            for (name, cost) in measure(&folder, arguments)? {
                best.entry(name).and_modify(|old| *old = old.best(cost)).or_insert(cost);
            }
        }
        for (ours, theirs) in PAIRS {
            let (Some(our), Some(their)) = (best.get(ours), best.get(theirs)) else {
                return Err(format!("{title}: no compiler process seen for {ours} and {theirs}").into());
            };
            for (name, cost) in [(ours, our), (theirs, their)] {
                println!(
                    "{:<34}{:>9.2}{:>9.2}{:>10.0}",
                    format!("{title}: {name}"),
                    cost.wall.as_secs_f64(),
                    cost.cpu.as_secs_f64(),
                    cost.peak as f64 / 1024.0
                );
            }
            println!(
                "{:<34}{:>9.2}{:>9.2}{:>10.2}",
                "  ratio",
                our.wall.as_secs_f64() / their.wall.as_secs_f64(),
                our.cpu.as_secs_f64() / their.cpu.as_secs_f64(),
                our.peak as f64 / their.peak as f64
            );
        }
    }
    Ok(())
}

impl Cost {
    fn best(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            peak: self.peak.min(other.peak),
        }
    }
}

/// Writes the workspace of the two libraries.
fn prepare(root: &Path, folder: &Path) -> Result<()> {
    let own = root.join("crates");
    fs::create_dir_all(folder)?;
    fs::write(
        folder.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"ours\", \"theirs\"]\n",
    )?;
    let package = |folder: &Path, name: &str, dependencies: &str, source: &str| -> Result<()> {
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/lib.rs"), source)?;
        Ok(())
    };
    let path = |name: &str| format!("{name} = {{ path = \"{}\" }}\n", own.join(name).display());
    package(
        &folder.join("ours"),
        "uses_chappe",
        &(path("chappe-api") + &path("chappe-tl")),
        "use chappe_tl::Decode;\n\
         pub fn decode(bytes: &[u8]) -> bool {\n\
             chappe_api::enums::Updates::from_bytes(bytes).is_ok()\n\
         }\n",
    )?;
    package(
        &folder.join("theirs"),
        "uses_grammers",
        "grammers-tl-types = \"=0.11.0\"",
        "use grammers_tl_types::Deserializable;\n\
         pub fn decode(bytes: &[u8]) -> bool {\n\
             grammers_tl_types::enums::Updates::from_bytes(bytes).is_ok()\n\
         }\n",
    )
}

/// Compiles everything anew and watches the compiler processes.
fn measure(folder: &Path, arguments: &[&str]) -> Result<BTreeMap<&'static str, Cost>> {
    let target = folder.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let mut cargo = crate::process::cargo()
        .args(arguments)
        .args(["--quiet", "--workspace", "--jobs", "1"])
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTC_WRAPPER")
        .current_dir(folder)
        .stdin(Stdio::null())
        .spawn()?;
    let names = || PAIRS.into_iter().flat_map(|(ours, theirs)| [ours, theirs]);
    let mut running: BTreeMap<&'static str, (PathBuf, Instant)> = BTreeMap::new();
    let mut costs = BTreeMap::new();
    let status = loop {
        if let Some(status) = cargo.try_wait()? {
            break status;
        }
        for entry in fs::read_dir("/proc")?.flatten() {
            let Ok(command) = fs::read(entry.path().join("cmdline")) else { continue };
            let mut words = command.split(|&byte| byte == 0);
            let mut after = words.by_ref().skip_while(|word| *word != b"--crate-name").skip(1);
            let Some(name) = after.next().and_then(|word| names().find(|name| name.as_bytes() == word))
            else {
                continue;
            };
            if !String::from_utf8_lossy(&command).contains(&*target.to_string_lossy()) {
                continue;
            }
            let (_, start) = running.entry(name).or_insert_with(|| (entry.path(), Instant::now()));
            if let Some((cpu, peak)) = usage(&entry.path()) {
                costs.insert(name, Cost { wall: start.elapsed(), cpu, peak });
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if status.success() { Ok(costs) } else { Err(format!("cargo {} failed", arguments.join(" ")).into()) }
}

/// Processor time and peak memory of a process.
fn usage(process: &Path) -> Option<(Duration, u64)> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // After the name in parentheses: utime and stime are the 12th and 13th words, in hundredths of a second.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = words.next()?.parse::<u64>().ok()? + words.next()?.parse::<u64>().ok()?;
    Some((Duration::from_millis(ticks * 10), peak))
}
