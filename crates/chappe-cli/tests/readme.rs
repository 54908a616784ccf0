//! The quick start of the README, line by line.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use common::{Folder, path_with_chappe};

const PATIENCE: Duration = Duration::from_secs(60);

/// The blocks of shell commands below a heading.
fn blocks(heading: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let section = readme.split(&format!("\n## {heading}\n")).nth(1).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap();
    section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// A terminal in which a block was pasted.
struct Terminal {
    shell: Child,
    lines: mpsc::Receiver<String>,
    seen: String,
}

impl Terminal {
    fn open(folder: &Folder, block: &str) -> Self {
        let mut shell = Command::new("sh")
            .args(["-e", "-c", block])
            .current_dir(folder.path(""))
            .env("PATH", path_with_chappe())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(shell.stdout.take().unwrap());
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { shell, lines, seen: String::new() }
    }

    fn wait_for(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {text:?} came, but this: {}", self.seen));
            self.seen.push_str(&line);
            self.seen.push('\n');
        }
    }

    fn interrupt(&mut self) {
        let group = format!("-{}", self.shell.id());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    }

    /// Waits until the shell has ended, and gives everything that was shown.
    fn end(&mut self) -> (bool, String) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            match self.shell.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > until => panic!("it does not end: {}", self.seen),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push_str(&line);
            self.seen.push('\n');
        }
        (status.success(), std::mem::take(&mut self.seen))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.shell.try_wait().is_ok_and(|status| status.is_none()) {
            self.interrupt();
            let _ = self.shell.wait();
        }
    }
}

#[test]
fn the_quick_start_works_as_it_stands() {
    let blocks = blocks("Two people, two terminals");
    let [build, server, bob, alice] = &blocks[..] else { panic!("four blocks: {blocks:?}") };
    assert!(build.contains("cargo build --release"), "the only block that is not run here");
    // The port of the README may be taken on this machine; nothing else is changed.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let folder = Folder::new();
    let open = |block: &str| {
        assert!(block.contains("127.0.0.1:4430"));
        Terminal::open(&folder, &block.replace("127.0.0.1:4430", &format!("127.0.0.1:{port}")))
    };

    let mut server = open(server);
    server.wait_for("Ctrl-C stops the server");
    let mut bob = open(bob);
    bob.wait_for("Logged in as Bob");
    let (done, alice) = open(alice).end();
    assert!(done, "{alice}");
    assert!(alice.contains("we: Nobody else reads this."), "{alice}");
    assert!(alice.contains("Compare with the other side") && alice.contains("ready"), "{alice}");

    bob.wait_for("Nobody else reads this.");
    bob.wait_for("closed (Discarded)");
    bob.interrupt();
    let (_, bob) = bob.end();
    assert!(bob.contains("ready, with user"), "{bob}");
    server.interrupt();
    server.end();
}

#[test]
fn the_two_commands_of_the_beginning_are_there() {
    let all = blocks("See it work").concat();
    assert_eq!(all, "cargo run --release -- demo\ncargo test --workspace\n");
}

/// `head` goes away after the first line; that is no error.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut demo = common::chappe(&["demo", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = demo.stdout.take().unwrap();
    output.read_exact(&mut [0; 1]).unwrap();
    drop(output);
    assert_eq!(demo.wait().unwrap().code(), Some(0));
}
