//! The conversation with the driver: commands come in, times go out, one JSON object a line.

use std::io::{BufRead, Write};

use serde_json::Value;
use tokio::sync::mpsc;

/// Any error.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Says a line.
pub fn tell(line: &Value) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// The server's facts, from the first argument.
pub fn facts() -> Result<Value, Error> {
    Ok(serde_json::from_str(&std::env::args().nth(1).ok_or("the server's facts are missing")?)?)
}

/// The commands, as they come.
pub fn commands() -> mpsc::UnboundedReceiver<Value> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(command) = serde_json::from_str(&line) else { break };
            if sender.send(command).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A text in a command.
pub fn text<'a>(of: &'a Value, name: &str) -> Result<&'a str, Error> {
    of[name].as_str().ok_or_else(|| format!("no {name} in {of}").into())
}

/// A number in a command.
pub fn number(of: &Value, name: &str) -> Result<usize, Error> {
    of[name]
        .as_u64()
        .and_then(|number| number.try_into().ok())
        .ok_or_else(|| format!("no {name} in {of}").into())
}
