//! What a user sees when something fails.

use std::process::ExitCode;

/// A command that failed: one line that names the cause and, where there is one, the cure.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// Something failed while it ran: exit code 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// The user gave something that cannot work: exit code 2, as for a wrong command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }

    /// Puts what was being done before the cause.
    pub(crate) fn context(self, doing: impl std::fmt::Display) -> Self {
        Self { message: format!("{doing}: {}", self.message), ..self }
    }

    /// Prints the line and gives the exit code.
    #[allow(clippy::print_stderr, reason = "this is where a command talks to its user")]
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {}", self.message.replace('\n', " "));
        ExitCode::from(self.code)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let inner_text = inner.to_string();
            // Many errors repeat their cause in their own text.
            if !message.contains(&inner_text) {
                message = format!("{message}: {inner_text}");
            }
            cause = inner.source();
        }
        Self::new(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_causes_of_an_error_are_named_once() {
        let failure = Failure::from(Outer(std::io::Error::other("the inner")));
        assert_eq!(failure.message, "the outer: the inner");
        assert_eq!(failure.context("reading").message, "reading: the outer: the inner");
    }
}
