//! Turns the session text of one library into that of another, so that nobody has to log in anew:
//!
//! ```sh
//! cargo run --example session_converter -- telethon < session.txt
//! ```
//!
//! It reads texts of Chappe, GramJS, Telethon, Pyrogram and mtcute, and writes `chappe`, `gramjs`, `telethon` or `pyrogram`.
//! Whoever has such a text is the user: it is read from standard input, where no list of processes shows it.

#![allow(clippy::print_stdout, reason = "a text is what it makes")]

use std::error::Error;
use std::io::Read as _;

use chappe::StoredSession;
use chappe::session::{ForeignFormat, PyrogramExtras};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let target = std::env::args().nth(1).ok_or("to which format? chappe, gramjs, telethon or pyrogram")?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    println!("{}", convert(text.trim(), &target)?);
    Ok(())
}

/// The same login as a text of another library.
pub(crate) fn convert(text: &str, target: &str) -> Result<String> {
    let (session, extras) = if text.starts_with("chappe1:") {
        (StoredSession::from_text(text)?, None)
    } else {
        match StoredSession::import(text)? {
            (session, ForeignFormat::Pyrogram(extras)) => (session, Some(extras)),
            (session, _) => (session, None),
        }
    };
    let PyrogramExtras { api_id, test } = extras.unwrap_or(PyrogramExtras { api_id: None, test: false });
    let converted = match target {
        "chappe" => Some(session.to_text()),
        "gramjs" => session.to_gramjs(),
        "telethon" => session.to_telethon(),
        // Its text names the program, which the others leave out: Pyrogram takes 0 and the one it is told.
        "pyrogram" => session.to_pyrogram(api_id.unwrap_or(0), test),
        _ => return Err(format!("`{target}` is none of chappe, gramjs, telethon and pyrogram").into()),
    };
    let text = converted
        .ok_or("that format has no place for this login: its address, data centre or user is missing")?;
    Ok(text.to_string())
}
