//! Client processes that are killed at random moments of a chat: the short form of `cargo xtask kill`.
//!
//! This program is the test and, with other arguments, each of the two clients.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests")]

#[allow(dead_code, reason = "its name as a program is used elsewhere")]
#[path = "../examples/secret_peer.rs"]
mod secret_peer;
#[path = "../../../xtask/src/kill/side.rs"]
mod side;
#[path = "../../../xtask/src/kill/talk.rs"]
mod talk;

use chappe_server::Server;
use side::Side;
use talk::{Dice, converse};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const NAME: &str = "killed_clients_go_on_where_they_were";
const ROUNDS: u32 = 12;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--commands") {
        return secret_peer::main().unwrap();
    }
    // As other tests do: names select, and these two options leave it out.
    let mut names = words.iter().filter(|word| !word.starts_with('-')).peekable();
    let is_meant = names.peek().is_none() || names.any(|name| NAME.contains(name.as_str()));
    if !is_meant || words.iter().any(|word| word == "--list" || word == "--ignored") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::builder().spawn()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    std::fs::write(&key, server.public_key_pem()).unwrap();
    let program = std::env::current_exe().unwrap();
    let side = |name: &str, phone: &str| {
        let session = folder.path().join(name).with_extension("session");
        let address = server.address().to_string();
        let mut words = ["--commands", "--phone", phone, "--server", &address].map(str::to_owned).to_vec();
        for (option, path) in [("--server-key", &key), ("--session", &session)] {
            words.extend([option.to_owned(), path.display().to_string()]);
        }
        Side::start(name, &program, words)
    };
    let mut sides = [side("alice", "9996628881").unwrap(), side("bob", "9996628882").unwrap()];
    let (kills, count) = converse(&mut sides, ROUNDS, &mut Dice(7)).unwrap();
    println!("test {NAME} ... ok ({kills:?} kills, {count} texts)");
}
