//! Client processes that are killed at random moments, and one whose memory is looked at: the short forms of `cargo xtask
//! kill`, `cargo xtask updates` and `cargo xtask bench large-file`.
//!
//! This program is the tests and, with other arguments, each of the clients.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests")]

#[path = "../../../xtask/src/updates/course.rs"]
mod course;
#[allow(dead_code, reason = "its name as a program is used elsewhere")]
#[path = "../examples/large_file.rs"]
mod large_file;
#[path = "../../../xtask/src/updates/peer.rs"]
mod peer;
#[path = "../../../xtask/src/updates/proxy.rs"]
mod proxy;
#[allow(dead_code, reason = "its name as a program is used elsewhere")]
#[path = "../examples/secret_peer.rs"]
mod secret_peer;
#[path = "../../../xtask/src/kill/side.rs"]
mod side;
#[path = "../../../xtask/src/kill/spawn.rs"]
mod spawn;
#[path = "../../../xtask/src/kill/talk.rs"]
mod talk;
#[allow(dead_code, reason = "its name as a program is used elsewhere")]
#[path = "../examples/update_peer.rs"]
mod update_peer;

use std::path::PathBuf;

use chappe_server::Server;
use course::Course;
use side::Side;
use talk::{Dice, converse};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A test: its name, what it does on a server, and what it says in the end.
type Test = (&'static str, fn(&Server, &Folder) -> String);

const TESTS: [Test; 3] = [
    ("a_large_file_goes_up_and_down_in_constant_memory", a_large_file_goes_up_and_down_in_constant_memory),
    ("killed_clients_go_on_where_they_were", killed_clients_go_on_where_they_were),
    (
        "every_message_comes_once_and_in_order_over_cuts_and_kills",
        every_message_comes_once_and_in_order_over_cuts_and_kills,
    ),
];

/// Where sessions are, and the server's key.
struct Folder {
    path: PathBuf,
    key: PathBuf,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--commands") {
        return secret_peer::main().unwrap();
    }
    if words.first().is_some_and(|word| word == "--update-peer") {
        return update_peer::main().unwrap();
    }
    if words.first().is_some_and(|word| word == "--large-file") {
        return large_file::main().unwrap();
    }
    // As other tests do: names select, and these two options leave all out.
    if words.iter().any(|word| word == "--list" || word == "--ignored") {
        return;
    }
    let names: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, test) in TESTS {
        if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            let server = runtime.block_on(Server::builder().test_key().spawn()).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let key = folder.path().join("key.pem");
            std::fs::write(&key, server.public_key_pem()).unwrap();
            let said = test(&server, &Folder { path: folder.path().to_owned(), key });
            println!("test {name} ... ok ({said})");
            runtime.block_on(server.shutdown());
        }
    }
}

fn a_large_file_goes_up_and_down_in_constant_memory(server: &Server, folder: &Folder) -> String {
    const MIB: u64 = 64;
    // What is on the way at once, and what the allocator keeps.
    const MOST: u64 = 24 << 20;
    if !cfg!(target_os = "linux") {
        return "only Linux says how much that is".to_owned();
    }
    let mut client = std::process::Command::new(std::env::current_exe().unwrap());
    client.args(["--large-file", &MIB.to_string(), &server.address().to_string()]).arg(&folder.key);
    let output = client.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let more = said["most"].as_u64().unwrap() - said["start"].as_u64().unwrap();
    assert!(more <= MOST, "{more} bytes more than at the start: {said}");
    format!("{} MiB more for {MIB} MiB", more >> 20)
}

fn killed_clients_go_on_where_they_were(server: &Server, folder: &Folder) -> String {
    const ROUNDS: u32 = 12;
    let program = std::env::current_exe().unwrap();
    let side = |name: &str, phone: &str| {
        let session = folder.path.join(name).with_extension("session");
        let address = server.address().to_string();
        let mut words = ["--commands", "--phone", phone, "--server", &address].map(str::to_owned).to_vec();
        for (option, path) in [("--server-key", &folder.key), ("--session", &session)] {
            words.extend([option.to_owned(), path.display().to_string()]);
        }
        Side::start(name, &program, words)
    };
    let mut sides = [side("alice", "9996628881").unwrap(), side("bob", "9996628882").unwrap()];
    let (kills, count) = converse(&mut sides, ROUNDS, &mut Dice(7)).unwrap();
    format!("{kills:?} kills, {count} texts")
}

fn every_message_comes_once_and_in_order_over_cuts_and_kills(server: &Server, folder: &Folder) -> String {
    let course = Course {
        program: std::env::current_exe().unwrap(),
        server: server.address(),
        server_key: &folder.key,
        folder: &folder.path,
        messages: 400,
        restarts: 6,
        cut_every: 400_000,
        prefix: &["--update-peer"],
    };
    format!("{:?}", course.run(&mut Dice(7)).unwrap())
}
