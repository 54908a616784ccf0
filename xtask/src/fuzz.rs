//! `cargo xtask fuzz`: runs the fuzz targets for a while each.
//!
//! The seeds are `crates/chappe-fuzz/corpus/<target>`; what the fuzzer finds on its way goes to `target/fuzz-corpus`, so
//! that a run leaves the tree as it was. See `fuzz/README.md`.

use std::path::Path;
use std::process::Stdio;

use crate::{Result, workspace_root};

/// More memory than this for one input counts as a finding, in MiB: inputs have at most [`MAX_LEN`] bytes.
const MAX_ALLOCATION: u32 = 128;
/// More seconds than this for one input count as a finding.
const MAX_SECONDS: u32 = 10;
/// Longest input, in bytes: enough for every branch but those for huge lengths, which the tests cover.
const MAX_LEN: u32 = 8192;

/// Options of `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target; all of them, one after the other, when left out
    target: Option<String>,
    /// How long each target runs, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace_root();
    let known = targets(&root)?;
    let chosen = match &args.target {
        None => known,
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => {
            return Err(format!("there is no fuzz target `{name}`; there are {}", known.join(", ")).into());
        }
    };
    check_for_cargo_fuzz()?;
    for target in &chosen {
        fuzz(&root, target, args.seconds)?;
    }
    Ok(())
}

/// The names of the programs in `fuzz/`.
fn targets(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join("fuzz/fuzz_targets"))? {
        names.extend(entry?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn check_for_cargo_fuzz() -> Result<()> {
    let found = crate::process::cargo()
        .args(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if found { Ok(()) } else { Err("cargo-fuzz is missing: run `cargo install cargo-fuzz`".into()) }
}

fn fuzz(root: &Path, target: &str, seconds: u32) -> Result<()> {
    println!("== {target}, {seconds} s");
    let finds = root.join("target/fuzz-corpus").join(target);
    std::fs::create_dir_all(&finds)?;
    let mut command = crate::process::cargo();
    command
        .current_dir(root)
        // Instrumentation is an unstable flag of the compiler; the code itself is stable.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir", "target/fuzz", target])
        // The first folder takes what is found.
        .arg(&finds)
        .arg(root.join("crates/chappe-fuzz/corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_LEN}"))
        .arg(format!("-timeout={MAX_SECONDS}"))
        .arg(format!("-malloc_limit_mb={MAX_ALLOCATION}"))
        .arg("-print_final_stats=1");
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    Err(format!(
        "{target} ended with {status}; the input is in fuzz/artifacts/{target}, and fuzz/README.md says what to do with it"
    )
    .into())
}
