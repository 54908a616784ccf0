//! A crowd of clients for `cargo xtask nodes` and `cargo xtask load`: many people in one process, over nothing but the
//! protocol.
//!
//! The first argument is what to do, as JSON; results are lines of JSON.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test tool"
)]
#![allow(clippy::print_stderr, reason = "a test tool")]

#[path = "../../tests/common/mod.rs"]
mod common;
mod limits;
mod load;
mod person;
mod talk;

use std::net::SocketAddr;

use chappe_crypto::rsa::RsaPublicKey;
use serde::Deserialize;

/// Where the servers are.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    /// Servers of one world.
    nodes: Vec<SocketAddr>,
    /// PKCS#1 PEM.
    key: String,
}

impl Place {
    pub(crate) fn key(&self) -> RsaPublicKey {
        RsaPublicKey::from_pem(&self.key).expect("a public key")
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
enum Task {
    /// Pairs of people talk until a line comes on standard input; then everything is compared.
    Talk { pairs: usize },
    /// The cost of an auth key exchange without a server around it.
    Cost,
    /// What the machine needs for the parts of a message, for a connection that does nothing, and for a server to start.
    Machine,
    /// Auth key exchanges, so many at once.
    Exchange { at_once: usize, seconds: u64 },
    /// Connections that are held, each with a key of its own, until a line comes on standard input.
    Hold { count: usize },
    /// Pairs exchange messages, each with so many on the way; a rate is given out evenly. `first` is the number of the
    /// first pair: nobody else must be logged in as these people.
    Messages { first: usize, pairs: usize, window: usize, seconds: u64, per_second: Option<f64> },
}

#[derive(Debug, Deserialize)]
struct Argument {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    task: Task,
}

#[tokio::main]
async fn main() {
    let text = std::env::args().nth(1).expect("what to do, as JSON");
    let Argument { place, task } = serde_json::from_str(&text).expect("JSON as the source says");
    let result = match task {
        Task::Talk { pairs } => talk::run(&place, pairs).await,
        Task::Cost => limits::exchange(),
        Task::Machine => limits::machine().await,
        Task::Exchange { at_once, seconds } => load::exchange(&place, at_once, seconds).await,
        Task::Hold { count } => load::hold(&place, count).await,
        Task::Messages { first, pairs, window, seconds, per_second } => {
            load::messages(&place, first..first + pairs, window, seconds, per_second).await
        }
    };
    println!("{result}");
}

/// Waits for a line, or the end, of standard input.
pub(crate) async fn told() {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    let _ = line.await;
}
