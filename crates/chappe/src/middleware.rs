//! A hook around every call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chappe_api::api_schema;

use crate::error::InvokeError;

/// Looks at every call of a client before each of its attempts and after it: those of the application, and those that the
/// client makes by itself (missed updates, parts of files, secret chats).
///
/// Both methods are called on the task that waits for the call and must not block. Installed by
/// [`ClientBuilder::middleware`](crate::ClientBuilder::middleware); a closure that takes an [`Attempt`] and returns a
/// [`Verdict`] is one, too.
///
/// ```
/// use std::time::Duration;
/// use chappe::{Attempt, Client, Verdict};
///
/// // A bot that never deletes anything, and sends a message every 50 milliseconds at most.
/// let builder = Client::builder(1, "hash").middleware(|attempt: &Attempt<'_>| match attempt.method {
///     method if method.contains("delete") => Verdict::Veto("this bot deletes nothing".to_owned()),
///     "messages.sendMessage" => Verdict::Delay(Duration::from_millis(50)),
///     _ => Verdict::Go,
/// });
/// # drop(builder);
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// What is to happen to this attempt.
    ///
    /// ```
    /// use chappe::{Attempt, Middleware, Verdict};
    ///
    /// /// Lets nothing be sent twice that costs money.
    /// struct Once;
    ///
    /// impl Middleware for Once {
    ///     fn before(&self, attempt: &Attempt<'_>) -> Verdict {
    ///         match attempt.method.starts_with("payments.") && attempt.number > 1 {
    ///             true => Verdict::Veto("paid already, perhaps".to_owned()),
    ///             false => Verdict::Go,
    ///         }
    ///     }
    /// }
    /// # drop(chappe::Client::builder(1, "hash").middleware(Once));
    /// ```
    fn before(&self, attempt: &Attempt<'_>) -> Verdict {
        let _ = attempt;
        Verdict::Go
    }

    /// How it ended: the answer as TL bytes, or why there is none. Not called for what was vetoed or given up.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use chappe::{Attempt, InvokeError, Middleware};
    ///
    /// /// Counts what has failed.
    /// struct Failures(AtomicUsize);
    ///
    /// impl Middleware for Failures {
    ///     fn after(&self, _: &Attempt<'_>, outcome: Result<&[u8], &InvokeError>) {
    ///         self.0.fetch_add(usize::from(outcome.is_err()), Ordering::Relaxed);
    ///     }
    /// }
    /// # drop(chappe::Client::builder(1, "hash").middleware(Failures(AtomicUsize::new(0))));
    /// ```
    fn after(&self, attempt: &Attempt<'_>, outcome: Result<&[u8], &InvokeError>) {
        let _ = (attempt, outcome);
    }
}

impl<F: Fn(&Attempt<'_>) -> Verdict + Send + Sync + 'static> Middleware for F {
    fn before(&self, attempt: &Attempt<'_>) -> Verdict {
        self(attempt)
    }
}

/// One sending of a call.
///
/// ```
/// use chappe::{Attempt, InvokeError, Middleware, Verdict};
///
/// struct Log;
///
/// impl Middleware for Log {
///     fn before(&self, attempt: &Attempt<'_>) -> Verdict {
///         println!("{} ({} bytes), attempt {}", attempt.method, attempt.request_len, attempt.number);
///         Verdict::Go
///     }
///
///     fn after(&self, attempt: &Attempt<'_>, outcome: Result<&[u8], &InvokeError>) {
///         println!("{}: {:?}", attempt.method, outcome.map(<[u8]>::len));
///     }
/// }
/// # drop(chappe::Client::builder(1, "hash").middleware(Log));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The TL name of the method, such as `messages.sendMessage`; empty if it is not in the schema.
    pub method: &'a str,
    /// 1 for the first sending, more for repetitions after waits, faults and migrations.
    pub number: u32,
    /// Length of the request in bytes, without wrappers.
    pub request_len: usize,
}

/// What is to happen to an [`Attempt`].
///
/// ```
/// use std::time::Duration;
/// use chappe::{Attempt, Client, Verdict};
///
/// // Second tries wait for a second, and files go nowhere.
/// let builder = Client::builder(1, "hash").middleware(|attempt: &Attempt<'_>| match attempt {
///     Attempt { method, .. } if method.starts_with("upload.") => Verdict::Veto("no files from here".to_owned()),
///     Attempt { number: 2.., .. } => Verdict::Delay(Duration::from_secs(1)),
///     _ => Verdict::Go,
/// });
/// # drop(builder);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It goes out after this time.
    Delay(Duration),
    /// It goes out now.
    Go,
    /// It does not go out: the call fails with [`InvokeError::Vetoed`] for this reason.
    Veto(String),
}

/// All hooks of a client. The delays add up, and the first veto holds.
#[derive(Clone, Default)]
pub(crate) struct Hooks(Vec<Arc<dyn Middleware>>);

impl Hooks {
    pub(crate) fn push(&mut self, hook: impl Middleware) {
        self.0.push(Arc::new(hook));
    }

    /// The attempt as the hooks are to see it; `None` if nobody looks.
    pub(crate) fn attempt(&self, body: &[u8]) -> Option<Attempt<'static>> {
        if self.0.is_empty() {
            return None;
        }
        let id = body.first_chunk().map(|id| u32::from_le_bytes(*id));
        let method = id.and_then(|id| api_schema().by_id(id)).map_or("", |method| method.name.as_str());
        Some(Attempt { method, number: 1, request_len: body.len() })
    }

    pub(crate) fn before(&self, attempt: &Attempt<'_>) -> Result<Duration, InvokeError> {
        let mut delay = Duration::ZERO;
        for hook in &self.0 {
            match hook.before(attempt) {
                Verdict::Delay(longer) => delay = delay.saturating_add(longer),
                Verdict::Go => {}
                Verdict::Veto(reason) => return Err(InvokeError::Vetoed { reason }),
            }
        }
        Ok(delay)
    }

    pub(crate) fn after(&self, attempt: &Attempt<'_>, answer: &Result<Vec<u8>, InvokeError>) {
        let outcome = answer.as_ref().map(Vec::as_slice);
        self.0.iter().for_each(|hook| hook.after(attempt, outcome));
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hooks").field(&self.0.len()).finish()
    }
}
