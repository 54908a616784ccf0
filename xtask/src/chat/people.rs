//! The two who talk.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::program;
use crate::Result;

/// Somebody.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) phone: &'static str,
}

pub(super) const ALICE: Person = Person { name: "Alice", phone: "+9996621001" };
pub(super) const BOB: Person = Person { name: "Bob", phone: "+9996621002" };

/// Where they meet.
pub(super) struct People {
    pub(super) folder: PathBuf,
    pub(super) address: String,
    pub(super) key: PathBuf,
}

/// A command that runs.
pub(super) struct Begun(Child);

impl People {
    pub(super) fn log_in(&self) -> Result<()> {
        for person in [ALICE, BOB] {
            self.run(person, &["login", "--phone", person.phone, "--code", "22222", "--name", person.name])?;
        }
        self.run(ALICE, &["contacts", "add", BOB.phone, BOB.name])?;
        self.run(BOB, &["contacts", "add", ALICE.phone, ALICE.name])?;
        Ok(())
    }

    /// The words of a command.
    pub(super) fn command(&self, person: Person, command: &[&str]) -> Vec<String> {
        let session = self.folder.join(format!("{}.session", person.name));
        let mut words = vec![program().display().to_string()];
        words.extend(command.iter().map(|word| (*word).to_owned()));
        words.extend(["--server".to_owned(), self.address.clone()]);
        words.extend(["--server-key".to_owned(), self.key.display().to_string()]);
        words.extend(["--session".to_owned(), session.display().to_string()]);
        words
    }

    /// Runs a command and gives what it printed.
    pub(super) fn run(&self, person: Person, command: &[&str]) -> Result<String> {
        self.begin(person, command)?.end()
    }

    /// Runs a command and gives the lines of JSON that it printed.
    pub(super) fn json(&self, person: Person, command: &[&str]) -> Result<Vec<Value>> {
        let printed = self.run(person, &[command, &["--json"]].concat())?;
        printed.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Reads everything that another person has written.
    pub(super) fn read(&self, person: Person, from: Person) -> Result<()> {
        let printed = self.run(person, &["invoke", "contacts.getContacts", r#"{"hash": "0"}"#])?;
        let contacts: Value = serde_json::from_str(&printed)?;
        let users = contacts["users"].as_array().ok_or("there is no list of contacts")?;
        let phone = from.phone.trim_start_matches('+');
        let user = users.iter().find(|user| user["phone"] == phone);
        let user = user.ok_or_else(|| format!("{} does not know {}", person.name, from.name))?;
        let peer = json!({ "_": "inputPeerUser", "user_id": user["id"], "access_hash": user["access_hash"] });
        let arguments = json!({ "peer": peer, "max_id": 0 }).to_string();
        self.run(person, &["invoke", "messages.readHistory", &arguments])?;
        Ok(())
    }

    pub(super) fn begin(&self, person: Person, command: &[&str]) -> Result<Begun> {
        let words = self.command(person, command);
        let (program, arguments) = words.split_first().ok_or("a command has words")?;
        let child = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        Ok(Begun(child.map_err(|error| format!("{program} cannot be started: {error}"))?))
    }

    /// Writes a file.
    pub(super) fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }
}

impl Begun {
    /// Waits for the end and gives what it printed.
    pub(super) fn end(&mut self) -> Result<String> {
        let mut printed = String::new();
        self.0.stdout.take().ok_or("it has ended already")?.read_to_string(&mut printed)?;
        let status = self.0.wait()?;
        if status.success() { Ok(printed) } else { Err(format!("a command ended with {status}").into()) }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
