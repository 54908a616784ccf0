//! Lines on standard output. A reader that goes away is no error: `chappe demo | head` ends well.

use std::io::{ErrorKind, Write};

use crate::failure::Failure;

/// Writes one line.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<(), Failure> {
    self::text(format!("{text}\n").as_bytes())
}

/// Writes a whole text.
pub(crate) fn text(text: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::new(format!("standard output cannot be written: {error}"))),
    }
}
