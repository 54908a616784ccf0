//! Libraries for secret chats in Python: each holds chats with our client, created by either side.

use std::process::Command;

use crate::process::{build, execute, install_pip, next_line, start};
use crate::{Result, workspace_root};

/// A library: its name, the packages to install, and the script in `interop/secret` that uses it.
pub(super) struct Library {
    name: &'static str,
    packages: &'static [&'static str],
    script: &'static str,
}

pub(super) const TELETHON: Library = Library {
    name: "telethon-secret-chat",
    packages: &["telethon==1.45.0", "telethon-secret-chat==0.2.4"],
    script: "run_telethon.py",
};

pub(super) const TG_SECRET: Library = Library {
    name: "tg-secret",
    packages: &["kurigram==2.2.26", "tg-secret==0.1.3"],
    script: "run_tg_secret.py",
};

pub(super) fn run(library: &Library) -> Result<()> {
    println!("== {}", library.name);
    build(&["secret_peer"])?;
    let folder = workspace_root().join("target/interop").join(library.name);
    let python = install_pip(library.name, library.packages)?;

    let (mut server, server_output) = start("chappe", &["serve", "--listen", "127.0.0.1:0", "--print-json"])?;
    let ready = next_line(&server_output, &mut server)?;
    let facts: serde_json::Value = serde_json::from_str(&ready)?;
    let key = folder.join("server-key.pem");
    std::fs::write(&key, facts["public_key"].as_str().ok_or_else(|| format!("no public_key in {ready}"))?)?;
    let script = workspace_root().join("interop/secret").join(library.script);
    let peer = crate::process::built("examples/secret_peer");
    // Nothing is written beside the scripts.
    execute(Command::new(python).arg("-B").arg(script).arg(&ready).args([key, peer]))
}
