//! What the demonstration prints: a table for people, lines of JSON for programs.

use std::io::IsTerminal;
use std::time::Duration;

use chappe::secret::KeyVisualization;
use chappe_server::{Seen, SeenOutcome, Server};
use serde_json::json;

use super::person::Person;

use crate::failure::Failure;
use crate::{output, picture};

/// One step, from all three sides.
pub(crate) struct Row {
    pub(crate) step: u32,
    /// What Alice sent.
    pub(crate) sent: String,
    /// What the server could see of it.
    pub(crate) seen: Seen,
    /// What Bob's side did.
    pub(crate) effect: String,
}

pub(crate) struct Report {
    json: bool,
    colour: bool,
}

/// Widths of the first two columns.
const SENT: usize = 44;
const SEEN: usize = 48;

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, colour }
    }

    pub(crate) fn server(&self, server: &Server) -> Result<(), Failure> {
        let (address, fingerprint) = (server.address(), format!("{:016x}", server.fingerprint()));
        if self.json {
            return output::line(json!({ "event": "server", "address": address.to_string(),
                "fingerprint": fingerprint }));
        }
        output::line(format_args!("Server on {address}, RSA key {fingerprint}"))
    }

    pub(crate) fn person(&self, person: &Person) -> Result<(), Failure> {
        let (name, id) = (person.name, person.user.id);
        if self.json {
            return output::line(json!({ "event": "login", "name": name, "user_id": id.to_string() }));
        }
        output::line(format_args!("{name} logged in over TCP as user {id}"))
    }

    pub(crate) fn keys(&self, alice: &KeyVisualization, bob: &KeyVisualization) -> Result<(), Failure> {
        let equal = alice == bob;
        if self.json {
            return output::line(json!({ "event": "keys", "alice": alice.hex_lines().join(" "),
                "bob": bob.hex_lines().join(" "), "equal": equal }));
        }
        output::line("\nThe key of the secret chat, on both sides:\n")?;
        for line in picture::side_by_side(("Alice", alice), ("Bob", bob), self.colour) {
            output::line(line)?;
        }
        let verdict = if equal { "equal: nobody sits in between" } else { "DIFFERENT" };
        output::line(format_args!("\nThe pictures are {verdict}.\n"))?;
        let heads = ["What Alice sent", "What the server could see", "What Bob's side did"];
        output::line(format_args!("    {:SENT$}  {:SEEN$}  {}", heads[0], heads[1], heads[2]))
    }

    pub(crate) fn row(&self, row: &Row) -> Result<(), Failure> {
        let first_bytes: String = row.seen.first_bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (response_len, error) = match &row.seen.outcome {
            SeenOutcome::Answer { response_len } => (Some(*response_len), None),
            SeenOutcome::Error { text, .. } => (None, Some(text.clone())),
        };
        if self.json {
            return output::line(json!({ "event": "step", "step": row.step, "sent": row.sent,
                "server": { "method": row.seen.method, "request_len": row.seen.request_len,
                    "response_len": response_len, "error": error, "first_bytes": first_bytes },
                "bob": row.effect }));
        }
        let answer = match (response_len, error) {
            (_, Some(error)) => error,
            (Some(len), None) => format!("answer of {len} bytes"),
            (None, None) => String::new(),
        };
        let head = format!("{}, {} bytes", row.seen.method, row.seen.request_len);
        let seen = [head, format!("{first_bytes}…"), answer];
        let columns = [wrap(&row.sent, SENT), seen.to_vec(), wrap(&row.effect, 40)];
        let height = columns.iter().map(Vec::len).max().unwrap_or_default();
        for i in 0..height {
            let [sent, seen, effect] =
                [0, 1, 2].map(|column| columns[column].get(i).map_or("", String::as_str));
            let number = if i == 0 { format!("{:>2}", row.step) } else { String::new() };
            output::line(format!("{number:2}  {sent:SENT$}  {seen:SEEN$}  {effect}").trim_end())?;
        }
        Ok(())
    }

    pub(crate) fn end(&self, steps: u32, elapsed: Duration) -> Result<(), Failure> {
        let milliseconds = elapsed.as_millis();
        if self.json {
            return output::line(
                json!({ "event": "end", "steps": steps, "elapsed_ms": milliseconds as u64 }),
            );
        }
        output::line(format_args!("\n{steps} steps, all as expected, in {milliseconds} ms."))
    }
}

/// Breaks a text at spaces into lines of at most `width` characters; longer words stand alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else if let Some(last) = lines.last_mut() {
            if line > 0 {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
        assert_eq!(wrap("", 3), [""]);
    }
}
