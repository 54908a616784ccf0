//! The server of `cargo xtask interop`: on a free port of the loopback interface, driven by lines of JSON on its standard
//! input, one answer each on its standard output.
//!
//! * `{"do": "cut", "user": 7}`: this account's connections end at their next packet, and nothing comes through new ones;
//! * `{"do": "heal"}`: those end at their next packet, too, and whatever comes after them works;
//! * `{"do": "stats"}`: what was called how often, and what went wrong;
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chappe_server::{Fault, Match, SeenOutcome, Server};
use serde_json::{Value, json};

/// How often each account called each method, and with which error.
type Calls = BTreeMap<i64, BTreeMap<String, u64>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Server::builder().test_key().spawn())?;
    println!(
        "{}",
        json!({
            "address": server.address().to_string(),
            "dc_id": server.dc_id(),
            "public_key": server.public_key_pem(),
            "fingerprint": format!("{:016x}", server.fingerprint()),
        })
    );
    let seen = Arc::new(Mutex::new(Calls::new()));
    let mut observations = server.observations();
    let log = Arc::clone(&seen);
    runtime.spawn(async move {
        while let Some(call) = observations.next().await {
            let name = match &call.outcome {
                SeenOutcome::Answer { .. } => call.method,
                SeenOutcome::Error { text, .. } => format!("{}: {text}", call.method),
            };
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever is not logged in is 0.
            *log.entry(call.user_id.unwrap_or(0)).or_default().entry(name).or_default() += 1;
        }
    });
    // The accounts whose connections do not work.
    let mut cut = Vec::new();
    for line in std::io::stdin().lines() {
        let command: Value = serde_json::from_str(&line?)?;
        println!("{}", answer(&server, &seen, &mut cut, &command));
    }
    runtime.block_on(server.shutdown());
    Ok(())
}

fn answer(server: &Server, seen: &Mutex<Calls>, cut: &mut Vec<i64>, command: &Value) -> Value {
    match command["do"].as_str() {
        Some("cut") => {
            let user = command["user"].as_i64().unwrap_or_default();
            hang_up(server, &[user]);
            both_ways(server, &Match::user(user), &Fault::Drop);
            cut.push(user);
            json!({})
        }
        Some("heal") => {
            server.faults().clear();
            hang_up(server, &std::mem::take(cut));
            json!({})
        }
        Some("stats") => json!({
            "calls": *seen.lock().unwrap_or_else(PoisonError::into_inner),
            "unimplemented": server.unimplemented(),
            "layer_failures": server.layer_failures(),
            "unlisted_errors": server.unlisted_errors(),
            "open": open(server),
        }),
        _ => json!({ "error": "this command is not known" }),
    }
}

/// The connections that serve these accounts end at their next packet.
fn hang_up(server: &Server, users: &[i64]) {
    for connection in server.connections() {
        if connection.users.iter().any(|user| users.contains(user)) {
            both_ways(server, &Match::connection(connection.id), &Fault::Disconnect);
        }
    }
}

fn both_ways(server: &Server, target: &Match, fault: &Fault) {
    server.faults().on(target.clone()).apply(fault.clone());
    server.faults().on(target.clone()).incoming().apply(fault.clone());
}

/// The numbers of the connections that serve each account.
fn open(server: &Server) -> BTreeMap<i64, Vec<u64>> {
    let mut open = BTreeMap::<i64, Vec<u64>>::new();
    for connection in server.connections() {
        for user in connection.users {
            open.entry(user).or_default().push(connection.id);
        }
    }
    open
}
