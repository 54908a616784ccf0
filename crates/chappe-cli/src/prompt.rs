//! Questions in the terminal.

use std::io::{IsTerminal, Write};

use crate::failure::Failure;
use crate::interrupt;

/// Asks and reads a line.
pub(crate) async fn ask(question: &str, option: &str) -> Result<String, Failure> {
    read(question, option).await
}

/// As [`ask`], without showing what is typed.
pub(crate) async fn ask_secretly(question: &str, option: &str) -> Result<String, Failure> {
    let hidden = Hidden::begin();
    let answer = read(question, option).await;
    // Ctrl-C comes here, too: the terminal is as before in every case.
    drop(hidden);
    answer
}

/// Tells something between two questions.
pub(crate) fn tell(text: &str) {
    if std::io::stdin().is_terminal() {
        // A terminal that is gone needs to know nothing.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

async fn read(question: &str, option: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{question}: there is no terminal to ask in; give {option}")));
    }
    let mut shown = std::io::stderr();
    write!(shown, "{question}: ")?;
    shown.flush()?;
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let mut open = OpenLine(true);
    let line = tokio::select! {
        line = line => line??,
        failure = interrupt::failure() => return Err(failure),
    };
    open.0 = false;
    Ok(line.trim().to_owned())
}

/// The line of a question: whoever gives up waiting for the answer ends it.
struct OpenLine(bool);

impl Drop for OpenLine {
    fn drop(&mut self) {
        if self.0 {
            // A terminal that is gone needs no end of line.
            let _ = writeln!(std::io::stderr());
        }
    }
}

/// A terminal that does not show what is typed, until the value is dropped.
struct Hidden {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

#[cfg(unix)]
impl Hidden {
    fn begin() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(before) = &before {
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHO);
            quiet.local_modes.insert(LocalModes::ECHONL);
            // A terminal that cannot do it shows the answer.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &quiet);
        }
        Self { before }
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // There is nothing to be done for a terminal that is gone.
            let _ =
                rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, before);
        }
    }
}

#[cfg(not(unix))]
impl Hidden {
    fn begin() -> Self {
        Self {}
    }
}
