//! GramJS: opens a secret chat by hand and talks to our client.

use std::process::Command;

use crate::Result;
use crate::process::{build, execute, expect, install_npm, next_line, start};

pub(super) fn run() -> Result<()> {
    println!("== gramjs");
    build(&["secret_peer"])?;
    let folder = install_npm("clients")?;

    let (mut server, server_output) = start("chappe", &["serve", "--listen", "127.0.0.1:0", "--print-json"])?;
    let ready = next_line(&server_output, &mut server)?;
    let facts: serde_json::Value = serde_json::from_str(&ready)?;
    let key = folder.join("server-key.pem");
    let field = |name: &str| facts[name].as_str().ok_or_else(|| format!("no {name} in {ready}"));
    std::fs::write(&key, field("public_key")?)?;
    let peer_phone = "9996621111";
    let key = key.display().to_string();
    let peer_arguments = ["--server", field("address")?, "--server-key", &key, "--phone", peer_phone];
    let (mut peer, peer_output) = start("examples/secret_peer", &peer_arguments)?;
    expect(&peer_output, &mut peer, r#""event":"ready""#)?;

    let mut client = Command::new("node");
    execute(client.arg(folder.join("gramjs_secret.mjs")).arg(&ready).arg(peer_phone))?;
    // What GramJS sent, decrypted by our client.
    expect(&peer_output, &mut peer, r#""ttl_seconds":77"#)?;
    println!("gramjs: our client decrypted what GramJS sent");
    Ok(())
}
