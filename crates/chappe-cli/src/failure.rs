//! What a user sees when something fails, and what a program sees: one classification for exit codes and JSON-RPC codes.

use std::error::Error;
use std::process::ExitCode;

use chappe::session::SessionError;
use chappe::{ErrorKind, InvokeError, RpcError};

/// The exit codes, for the help.
pub(crate) const EXIT_CODES: &str = "Exit codes:\n  \
    0    done; also when whoever reads the output goes away\n  \
    1    failed for a reason that has no code of its own\n  \
    2    wrong arguments or input: nothing was done\n  \
    3    the server refused; the line names its error\n  \
    4    the server cannot be reached, or does not have the expected key\n  \
    5    nobody is logged in with this session: run `chappe login`\n  \
    6    there is no such secret chat, it has ended, or is not ready\n  \
    7    the session cannot be used: in use, damaged, wrong passphrase\n  \
    8    waited in vain; what was begun goes on\n  \
    130  interrupted by Ctrl-C";

/// What a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No such secret chat, or it cannot take the command.
    Chat,
    /// Anything else.
    Failed,
    /// Ctrl-C.
    Interrupted,
    /// Nobody is logged in.
    LoggedOut,
    /// The server refused.
    Refused,
    /// The session cannot be used.
    Session,
    /// Waited in vain.
    TimedOut,
    /// The server cannot be reached.
    Unreachable,
    /// Wrong arguments or input.
    Usage,
}

impl Kind {
    /// For the shell; see [`EXIT_CODES`].
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Unreachable => 4,
            Self::LoggedOut => 5,
            Self::Chat => 6,
            Self::Session => 7,
            Self::TimedOut => 8,
            Self::Interrupted => 130,
        }
    }

    /// For JSON-RPC: the reserved code for wrong parameters, and for the others one of the range for servers with the
    /// digit of the exit code.
    pub(crate) const fn rpc_code(self) -> i64 {
        match self {
            Self::Usage => -32602,
            Self::Interrupted => -32001,
            other => -32000 - other.exit_code() as i64,
        }
    }
}

/// A command that failed: one line that names the cause and, where there is one, the cure.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    kind: Kind,
    rpc: Option<RpcError>,
    field: Option<String>,
}

impl Failure {
    pub(crate) fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self { message: message.into(), kind, rpc: None, field: None }
    }

    /// The failure that an error is, with its causes.
    pub(crate) fn of_error(error: &(dyn Error + 'static)) -> Self {
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
        let (kind, rpc) = classify(error);
        Self { rpc: rpc.cloned(), ..Self::of(kind, message) }
    }

    /// Something failed while it ran.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::of(Kind::Failed, message)
    }

    /// The user gave something that cannot work: as for a wrong command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::of(Kind::Usage, message)
    }

    /// A parameter that cannot be used. The message does not repeat its name.
    pub(crate) fn field(name: &str, message: impl std::fmt::Display) -> Self {
        Self { field: Some(name.to_owned()), ..Self::usage(format!("{name}: {message}")) }
    }

    /// Puts what was being done before the cause.
    pub(crate) fn context(self, doing: impl std::fmt::Display) -> Self {
        Self { message: format!("{doing}: {}", self.message), ..self }
    }

    /// The same with more words at the end.
    pub(crate) fn with_hint(self, hint: &str) -> Self {
        Self { message: self.message + hint, ..self }
    }

    /// The same with another kind.
    pub(crate) fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// One line.
    pub(crate) fn message(&self) -> String {
        self.message.replace(['\n', '\r'], " ")
    }

    /// The server's refusal.
    pub(crate) fn rpc(&self) -> Option<&RpcError> {
        self.rpc.as_ref()
    }

    /// The parameter that cannot be used.
    pub(crate) fn wrong_field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Prints the line and gives the exit code.
    #[allow(clippy::print_stderr, reason = "this is where a command talks to its user")]
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {}", self.message());
        ExitCode::from(self.kind.exit_code())
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of_error(&error)
    }
}

fn classify<'a>(error: &'a (dyn Error + 'static)) -> (Kind, Option<&'a RpcError>) {
    if let Some(error) = error.downcast_ref::<chappe::Error>() {
        let kind = match error.kind() {
            _ if error.is_unauthorized() => Kind::LoggedOut,
            ErrorKind::Argument => Kind::Usage,
            ErrorKind::Closed | ErrorKind::Connection | ErrorKind::Exchange => Kind::Unreachable,
            ErrorKind::Rpc => Kind::Refused,
            ErrorKind::Secret | ErrorKind::SecretChatClosed => Kind::Chat,
            ErrorKind::Restored | ErrorKind::Session | ErrorKind::SessionInUse => Kind::Session,
            _ => Kind::Failed,
        };
        return (kind, error.rpc());
    }
    if let Some(error) = error.downcast_ref::<InvokeError>() {
        let kind = match error {
            _ if error.is_unauthorized() => Kind::LoggedOut,
            InvokeError::Rpc(_) => Kind::Refused,
            InvokeError::Closed | InvokeError::Migration { .. } => Kind::Unreachable,
            _ => Kind::Failed,
        };
        return (kind, error.rpc());
    }
    if error.is::<SessionError>() {
        return (Kind::Session, None);
    }
    (Kind::Failed, None)
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
        assert_eq!(failure.context("reading").message(), "reading: the outer: the inner");
    }

    #[test]
    fn a_refusal_keeps_the_words_of_the_server() {
        let failure = Failure::from(InvokeError::Rpc(RpcError::new(420, "FLOOD_WAIT_31")));
        assert_eq!(failure.kind(), Kind::Refused);
        assert_eq!(failure.rpc().unwrap().argument, Some(31));
        let gone = Failure::from(InvokeError::Rpc(RpcError::new(401, "AUTH_KEY_UNREGISTERED")));
        assert_eq!(gone.kind(), Kind::LoggedOut);
    }

    #[test]
    fn every_exit_code_is_in_the_help() {
        for kind in [
            Kind::Chat,
            Kind::Failed,
            Kind::Interrupted,
            Kind::LoggedOut,
            Kind::Refused,
            Kind::Session,
            Kind::TimedOut,
            Kind::Unreachable,
            Kind::Usage,
        ] {
            assert!(EXIT_CODES.contains(&format!("\n  {:<5}", kind.exit_code())), "{kind:?}");
        }
    }
}
