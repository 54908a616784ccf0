//! `cargo xtask bench large-file`: the memory of a client that sends a file as large as files may be, and fetches it again.
//!
//! The client is a process of its own (`crates/chappe/examples/large_file.rs`), and so is the server, which keeps the file on
//! the disk. `cargo test` has a short form of it (`crates/chappe/tests/kill.rs`).

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process::{execute, launch, next_line, target};
use crate::{Result, workspace_root};

/// How large.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Length of the file in MiB: no file is longer than 4000
    #[arg(long, default_value_t = 4000)]
    mib: u64,
    /// The most that the client may take above what it had at its start, in MiB
    #[arg(long, default_value_t = 64)]
    most: u64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let bench = workspace_root().join("bench");
    execute(crate::process::cargo().args(["build", "--release", "--bin", "large-file"]).current_dir(&bench))?;
    execute(crate::process::cargo().args(["build", "--release", "--bin", "chappe"]))?;
    let folder = target().join("bench/large-file");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut serve = Command::new(target().join("release/chappe"));
    serve.args(["serve", "--listen", "127.0.0.1:0", "--print-json", "--data"]).arg(folder.join("data"));
    let (mut server, lines) = launch(&mut serve)?;
    let facts: Value = serde_json::from_str(&next_line(&lines, &mut server)?)?;
    let field = |name: &str| facts[name].as_str().ok_or_else(|| format!("the server prints no {name}"));
    let key = folder.join("key.pem");
    fs::write(&key, field("public_key")?)?;
    let release = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| bench.join("target"), PathBuf::from);
    let mut client = Command::new(release.join("release/large-file"));
    let output = client.args([&args.mib.to_string(), field("address")?]).arg(&key).output()?;
    server.kill();
    fs::remove_dir_all(&folder)?;
    if !output.status.success() {
        return Err(format!("the client failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let number = |name: &str| said[name].as_f64().ok_or_else(|| format!("no {name} in {said}"));
    let mib = |name: &str| number(name).map(|bytes| bytes / f64::from(1 << 20));
    let (start, most_up, most) = (mib("start")?, mib("most_up")?, mib("most")?);
    println!(
        "{} MiB: up in {} s, down in {} s; memory {start:.1} MiB at the start, at most {most_up:.1} while it went up and \
         {most:.1} in all",
        args.mib,
        number("up")?,
        number("down")?
    );
    if most - start > args.most as f64 {
        return Err(format!("that is more than {} MiB above the start", args.most).into());
    }
    Ok(())
}
