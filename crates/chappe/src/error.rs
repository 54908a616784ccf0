//! What can go wrong, for the caller.

use std::fmt;
use std::time::Duration;

use chappe_api::errors::KnownError;
use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::client::FailReason;
use chappe_tl::{DecodeError, EncodeError};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The error of everything but a bare [`invoke`](crate::Client::invoke).
///
/// What it is about is its [`kind`](Error::kind); the server's words, if it was the server that refused, are in
/// [`rpc`](Error::rpc).
///
/// ```no_run
/// use chappe::ErrorKind;
///
/// # async fn run(client: chappe::Client) {
/// if let Err(error) = client.resolve("@nobody_at_all").await {
///     match error.kind() {
///         ErrorKind::Rpc if error.is("USERNAME_NOT_OCCUPIED") => println!("nobody is called that"),
///         ErrorKind::Connection => println!("later, perhaps"),
///         _ => println!("{error}"), // says what can be done about it
///     }
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    rpc: Option<RpcError>,
    source: Option<Source>,
}

/// What an [`Error`] is about.
///
/// ```no_run
/// use chappe::ErrorKind;
///
/// # async fn run(client: chappe::Client) {
/// match client.catch_up().await.map_err(|error| error.kind()) {
///     Ok(()) => println!("all is fetched"),
///     Err(ErrorKind::Unauthorized | ErrorKind::SessionLost) => println!("log in first"),
///     Err(ErrorKind::Restored) => println!("this is an old copy of the session"),
///     Err(kind) => println!("{kind:?}"),
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument cannot be used; the message says which and why.
    Argument,
    /// The user, or whoever answers for them, gave up.
    Cancelled,
    /// The client was disconnected, or its last handle was dropped.
    Closed,
    /// The server cannot be reached, or the connection broke.
    Connection,
    /// The auth key exchange failed: the wrong server key, or an attack.
    Exchange,
    /// A file cannot be read or written, or is not what it should be; the message says which and why.
    File,
    /// An answer could not be understood.
    Protocol,
    /// The operating system gives no randomness.
    Randomness,
    /// The server refused a call: see [`Error::rpc`].
    Rpc,
    /// The session is an older copy of one that was used since: its secret chats must not go on.
    Restored,
    /// A command of a secret chat was refused by the engine.
    Secret,
    /// A secret chat has ended before the command was carried out.
    SecretChatClosed,
    /// The session cannot be read or written.
    Session,
    /// Another process uses the session.
    SessionInUse,
    /// The server has lost the key of this session: log in anew.
    SessionLost,
    /// Nobody is logged in.
    Unauthorized,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), rpc: None, source: None }))
    }

    pub(crate) fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Source>,
    ) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), rpc: None, source: Some(source.into()) }))
    }

    /// A refusal by the server of which only the name is left; of the methods of secret chats all errors but these
    /// two are of code 400.
    pub(crate) fn refused(name: &str) -> Self {
        let code = if matches!(name, "USER_IS_BLOCKED" | "USER_DELETED") { 403 } else { 400 };
        InvokeError::Rpc(RpcError::new(code, name)).into()
    }

    /// This error, for the reason that the other one gives.
    pub(crate) fn because(mut self, other: Self) -> Self {
        self.0.rpc = other.0.rpc;
        self
    }

    pub(crate) fn logged_out() -> Self {
        Self::new(ErrorKind::Unauthorized, "nobody is logged in: sign in first")
    }

    pub(crate) fn restored() -> Self {
        Self::new(
            ErrorKind::Restored,
            "this session is an older copy of one that was used since: its secret chats would use numbers and keys \
             twice. Their history can be read and exported; close them (`close_restored`), or log in anew with an \
             empty session",
        )
    }

    /// The error of somebody who gives up, for [`Prompts`](crate::login::Prompts) of your own.
    ///
    /// ```
    /// use chappe::{Error, ErrorKind};
    ///
    /// let error = Error::cancelled("the window was closed");
    /// assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Cancelled, "the window was closed"));
    /// ```
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Cancelled, message)
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the client is disconnected: connect again")
    }

    /// What the error is about.
    ///
    /// ```
    /// use chappe::{Error, ErrorKind, InvokeError, RpcError};
    ///
    /// let error = Error::from(InvokeError::Rpc(RpcError::new(400, "PHONE_CODE_INVALID")));
    /// assert_eq!(error.kind(), ErrorKind::Rpc);
    /// assert_eq!(Error::from(InvokeError::Closed).kind(), ErrorKind::Closed);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The server's refusal.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// if let Err(error) = client.resolve_phone("+4900000").await
    ///     && let Some(refusal) = error.rpc()
    /// {
    ///     println!("{} {}", refusal.code, refusal.name); // 400 PHONE_NOT_OCCUPIED
    /// }
    /// # }
    /// ```
    pub fn rpc(&self) -> Option<&RpcError> {
        self.0.rpc.as_ref()
    }

    /// Whether the server refused with this name, such as `"PHONE_CODE_INVALID"`.
    ///
    /// ```
    /// use chappe::{Error, InvokeError, RpcError};
    ///
    /// let error = Error::from(InvokeError::Rpc(RpcError::new(400, "PHONE_CODE_INVALID")));
    /// assert!(error.is("PHONE_CODE_INVALID") && !error.is("PHONE_CODE_EXPIRED"));
    /// ```
    pub fn is(&self, name: &str) -> bool {
        self.rpc().is_some_and(|rpc| rpc.is(name))
    }

    /// The server's refusal as one of those that are known, with its number, its cause and its cure.
    ///
    /// ```no_run
    /// use chappe::KnownError;
    ///
    /// # async fn run(client: chappe::Client) {
    /// if let Err(error) = client.request_login_code("+4900000").await {
    ///     match error.known() {
    ///         Some(KnownError::PhoneNumberInvalid) => println!("is there a digit too many?"),
    ///         Some(KnownError::FloodWait(seconds)) => println!("not before {seconds} seconds have passed"),
    ///         Some(known) => println!("{} {}", known.cause(), known.cure()),
    ///         None => println!("{error}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn known(&self) -> Option<KnownError> {
        self.rpc().and_then(RpcError::known)
    }

    /// How long to wait before the call may be repeated.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::{Error, InvokeError, RpcError};
    ///
    /// let error = Error::from(InvokeError::Rpc(RpcError::new(420, "FLOOD_WAIT_300")));
    /// assert_eq!(error.flood_wait(), Some(Duration::from_secs(300)));
    /// ```
    pub fn flood_wait(&self) -> Option<Duration> {
        self.rpc().and_then(RpcError::flood_wait)
    }

    /// Whether nobody is logged in (any more).
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// match client.me().await {
    ///     Ok(me) => println!("{:?}", me.first_name),
    ///     Err(error) if error.is_unauthorized() => println!("nobody is logged in"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_unauthorized(&self) -> bool {
        matches!(self.kind(), ErrorKind::Unauthorized | ErrorKind::SessionLost)
            || self.rpc().is_some_and(RpcError::is_auth)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &self.0.kind).field("message", &self.0.message);
        if let Some(rpc) = &self.0.rpc {
            shown.field("rpc", rpc);
        }
        if let Some(source) = &self.0.source {
            shown.field("source", source);
        }
        shown.finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

/// Why a call has no result.
///
/// ```no_run
/// use chappe::{InvokeError, functions};
///
/// # async fn run(client: chappe::Client) {
/// match client.invoke(functions::help::GetConfig {}).await {
///     Ok(config) => println!("{config:?}"),
///     Err(InvokeError::Rpc(refusal)) => println!("the server says {} {}", refusal.code, refusal.name),
///     Err(InvokeError::Unreachable { .. }) => client.reconnect(),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// The client was disconnected before the answer came.
    #[error("the client is disconnected: connect again to make calls")]
    Closed,
    /// The answer is not of the type that the request names.
    #[error("the answer is not of the expected type: {0}")]
    Decode(#[from] DecodeError),
    /// The request cannot be written.
    #[error("the request cannot be written: {0}")]
    Encode(#[from] EncodeError),
    /// The session gave the call up.
    #[error("the call was given up: {0}")]
    GivenUp(#[from] FailReason),
    /// The account lives in a data centre that the client was not told of, or that cannot be reached.
    #[error("the server sends us to data centre {dc_id}: {reason}")]
    Migration {
        /// The data centre.
        dc_id: i32,
        /// Why we cannot go there.
        reason: String,
    },
    /// The server refused: its code and words.
    #[error("the server refused the call: {0}")]
    Rpc(#[from] RpcError),
    /// The server does not know the key of this session (any more): log in anew.
    #[error("the server does not know the key of this session: log in anew with an empty session")]
    SessionLost,
    /// The answer did not come in the time that was allowed. The call may have been carried out all the same.
    #[error("there was no answer within {after:?}; the call may have been carried out all the same")]
    TimedOut {
        /// [`InvokeOptions::timeout`](crate::InvokeOptions::timeout).
        after: Duration,
    },
    /// The connection broke and could not be made anew as often as the client was told to try. The call may have been
    /// carried out all the same if it was under way.
    #[error(
        "the server cannot be reached ({attempts} attempts): {reason}; ask for another attempt with `reconnect`"
    )]
    Unreachable {
        /// Attempts in a row that failed.
        attempts: u32,
        /// Why the last one failed.
        reason: String,
    },
    /// A [middleware](crate::Middleware) did not let the call go out.
    #[error("the call was vetoed: {reason}")]
    Vetoed {
        /// Its reason.
        reason: String,
    },
}

impl InvokeError {
    /// The server's refusal.
    ///
    /// ```
    /// use chappe::{InvokeError, RpcError};
    ///
    /// let error = InvokeError::Rpc(RpcError::new(420, "FLOOD_WAIT_300"));
    /// assert_eq!(error.rpc().map(|refusal| (refusal.code, refusal.argument)), Some((420, Some(300))));
    /// assert_eq!(InvokeError::Closed.rpc(), None);
    /// ```
    pub fn rpc(&self) -> Option<&RpcError> {
        match self {
            Self::Rpc(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the server refused with this name, such as `"CHAT_ID_INVALID"`.
    ///
    /// ```
    /// use chappe::{InvokeError, RpcError};
    ///
    /// assert!(InvokeError::Rpc(RpcError::new(400, "CHAT_ID_INVALID")).is("CHAT_ID_INVALID"));
    /// assert!(!InvokeError::Closed.is("CHAT_ID_INVALID"));
    /// ```
    pub fn is(&self, name: &str) -> bool {
        self.rpc().is_some_and(|rpc| rpc.is(name))
    }

    /// The server's refusal as one of those that are known, with its number, its cause and its cure.
    ///
    /// ```
    /// use chappe::{InvokeError, KnownError, RpcError};
    ///
    /// let error = InvokeError::Rpc(RpcError::new(420, "FLOOD_WAIT_3"));
    /// assert_eq!(error.known(), Some(KnownError::FloodWait(3)));
    /// assert_eq!(error.flood_wait(), Some(std::time::Duration::from_secs(3)));
    /// ```
    pub fn known(&self) -> Option<KnownError> {
        self.rpc().and_then(RpcError::known)
    }

    /// How long to wait before the call may be repeated.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::{InvokeError, RpcError};
    ///
    /// assert_eq!(InvokeError::Rpc(RpcError::new(420, "FLOOD_WAIT_3")).flood_wait(), Some(Duration::from_secs(3)));
    /// assert_eq!(InvokeError::Closed.flood_wait(), None);
    /// ```
    pub fn flood_wait(&self) -> Option<Duration> {
        self.rpc().and_then(RpcError::flood_wait)
    }

    /// Whether nobody is logged in (any more).
    ///
    /// ```
    /// use chappe::{InvokeError, RpcError};
    ///
    /// assert!(InvokeError::Rpc(RpcError::new(401, "SESSION_REVOKED")).is_unauthorized());
    /// assert!(!InvokeError::Rpc(RpcError::new(400, "CHAT_ID_INVALID")).is_unauthorized());
    /// ```
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::SessionLost) || self.rpc().is_some_and(RpcError::is_auth)
    }
}

impl From<InvokeError> for Error {
    fn from(error: InvokeError) -> Self {
        let kind = match &error {
            InvokeError::Closed => ErrorKind::Closed,
            InvokeError::Decode(_) | InvokeError::GivenUp(_) => ErrorKind::Protocol,
            InvokeError::Encode(_) => ErrorKind::Argument,
            InvokeError::Migration { .. }
            | InvokeError::TimedOut { .. }
            | InvokeError::Unreachable { .. } => ErrorKind::Connection,
            InvokeError::Vetoed { .. } => ErrorKind::Argument,
            InvokeError::Rpc(_) => ErrorKind::Rpc,
            InvokeError::SessionLost => ErrorKind::SessionLost,
        };
        let rpc = error.rpc().cloned();
        Self(Box::new(Inner { kind, message: error.to_string(), rpc, source: None }))
    }
}

impl From<crate::session::SessionError> for Error {
    fn from(error: crate::session::SessionError) -> Self {
        let kind = match error {
            crate::session::SessionError::InUse { .. } => ErrorKind::SessionInUse,
            crate::session::SessionError::Restored { .. } => ErrorKind::Restored,
            _ => ErrorKind::Session,
        };
        Self::with_source(kind, error.to_string(), error)
    }
}

impl From<chappe_secret::Error> for Error {
    fn from(error: chappe_secret::Error) -> Self {
        Self::with_source(ErrorKind::Secret, error.to_string(), error)
    }
}
