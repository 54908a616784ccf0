//! One call from its first sending to its final answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use chappe_mtproto::rpc::RpcError;
use chappe_tl::Decode;
use futures_util::future::Either;

use crate::error::InvokeError;
use crate::limits;
use crate::middleware::Attempt;
use crate::net::NetHandle;
use crate::rt;

/// Names a call, so that another one can be sent after it.
///
/// ```no_run
/// use chappe::{InvokeOptions, functions};
///
/// # async fn run(client: chappe::Client) -> Result<(), chappe::InvokeError> {
/// let first = client.call(functions::help::GetConfig {}, InvokeOptions::default());
/// let then = InvokeOptions { after: vec![first.handle()], ..InvokeOptions::default() };
/// let second = client.call(functions::help::GetNearestDc {}, then);
/// println!("{:?}, {:?}", first.await?, second.await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallHandle(pub(crate) u64);

/// How a call is made.
///
/// ```
/// use std::time::Duration;
/// use chappe::InvokeOptions;
///
/// let options = InvokeOptions { timeout: Some(Duration::from_secs(5)), dc_id: Some(4), ..InvokeOptions::default() };
/// # drop(options);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvokeOptions {
    /// Calls that have to succeed before this one (`invokeAfterMsg`).
    pub after: Vec<CallHandle>,
    /// Whether the call may be carried out twice. If so, it is sent again where the server cannot tell whether it was
    /// carried out; otherwise it fails with [`InvokeError::GivenUp`].
    pub repeatable: bool,
    /// Whether the request may travel compressed. Not for media, nor for secrets.
    pub gzip: bool,
    /// The data centre to ask, if not the one of the account. A connection to it is made, and the login carried over, when it is
    /// first needed.
    pub dc_id: Option<i32>,
    /// How long the call may take with all its repetitions; after that it is given up and fails with
    /// [`InvokeError::TimedOut`]. Default: as long as it takes.
    pub timeout: Option<Duration>,
    /// The longest flood wait that is slept through before the call is repeated. Default: that of the
    /// [client](crate::ClientBuilder::flood_wait_limit).
    pub flood_wait_limit: Option<Duration>,
    /// How often the call is repeated after faults of the server (500). Default: 5 times.
    pub max_retries: Option<u32>,
}

/// What to do about errors that may pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) flood_wait_limit: Duration,
    pub(crate) repeat_faults: bool,
}

impl Policy {
    /// Hand every error of the server to the caller, except migrations.
    pub(crate) const NONE: Self = Self { flood_wait_limit: Duration::ZERO, repeat_faults: false };

    /// What the options of one call make of it.
    fn with(mut self, options: &InvokeOptions) -> Self {
        if let Some(limit) = options.flood_wait_limit {
            self.flood_wait_limit = limit;
        }
        self
    }
}

/// A call on its way. Await it for the answer, drop it to give it up.
///
/// ```no_run
/// use chappe::{InvokeOptions, functions};
///
/// # async fn run(client: chappe::Client) -> Result<(), chappe::InvokeError> {
/// let asked = client.call(functions::help::GetConfig {}, InvokeOptions::default()); // it is on its way
/// println!("while the server thinks, there is time for something else");
/// println!("{:?}", asked.await?);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping a call gives it up"]
pub struct Call<T> {
    handle: CallHandle,
    future: Pin<Box<dyn Future<Output = Result<T, InvokeError>> + Send>>,
}

impl<T> Call<T> {
    /// The name of the call for [`Client::invoke_after`](crate::Client::invoke_after).
    ///
    /// ```no_run
    /// use chappe::{InvokeOptions, functions};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::InvokeError> {
    /// let first = client.call(functions::help::GetConfig {}, InvokeOptions::default());
    /// let before = [first.handle()];
    /// let second = client.invoke_after(&before, functions::help::GetNearestDc {});
    /// println!("{:?}", tokio::try_join!(first, second)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn handle(&self) -> CallHandle {
        self.handle
    }
}

impl<T> Call<T> {
    /// A call that has this name and is made by this future.
    pub(crate) fn new(
        handle: CallHandle,
        future: impl Future<Output = Result<T, InvokeError>> + Send + 'static,
    ) -> Self {
        Self { handle, future: Box::pin(future) }
    }
}

impl Call<Vec<u8>> {
    /// Sends the request now, unless a hook has it wait.
    pub(crate) fn start(
        net: &NetHandle,
        body: impl Into<Arc<Vec<u8>>>,
        options: InvokeOptions,
        policy: Policy,
    ) -> Self {
        Self::start_as(net, net.next_handle(), body, options, policy)
    }

    /// As [`start`](Self::start), under a name that was given before.
    pub(crate) fn start_as(
        net: &NetHandle,
        handle: CallHandle,
        body: impl Into<Arc<Vec<u8>>>,
        options: InvokeOptions,
        policy: Policy,
    ) -> Self {
        let timeout = options.timeout;
        let max_faults = options.max_retries.unwrap_or(limits::MAX_SERVER_FAULTS);
        let mut attempts = Attempts { policy: policy.with(&options), max_faults, ..Attempts::default() };
        let sending = Sending { net: net.clone(), handle, body: body.into(), options };
        let mut seen = net.hooks().attempt(&sending.body);
        let first = sending.send(seen.as_ref());
        let future = async move {
            let mut answer = first.await;
            loop {
                let error = match answer {
                    Err(InvokeError::Rpc(error)) => error,
                    answer => return answer,
                };
                if let Some(dc_id) = error.migrate_to() {
                    if !attempts.may_migrate() {
                        return Err(InvokeError::Rpc(error));
                    }
                    sending.net.migrate(dc_id).await?;
                } else if let Some(wait) = attempts.wait_for(&error) {
                    tracing::debug!(error = %error.name, ?wait, "a call waits before it is repeated");
                    rt::sleep(wait).await;
                } else {
                    return Err(InvokeError::Rpc(error));
                }
                if let Some(attempt) = &mut seen {
                    attempt.number = attempt.number.saturating_add(1);
                }
                answer = sending.send(seen.as_ref()).await;
            }
        };
        let future: Pin<Box<dyn Future<Output = _> + Send>> = match timeout {
            None => Box::pin(future),
            Some(after) => Box::pin(async move {
                rt::timeout(after, future).await.unwrap_or(Err(InvokeError::TimedOut { after }))
            }),
        };
        Self { handle, future }
    }

    pub(crate) fn decoded<T: Decode + 'static>(self) -> Call<T> {
        let Self { handle, future } = self;
        Call { handle, future: Box::pin(async { Ok(T::from_bytes(&future.await?)?) }) }
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, InvokeError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.future.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// What is sent, perhaps several times.
struct Sending {
    net: NetHandle,
    handle: CallHandle,
    body: Arc<Vec<u8>>,
    options: InvokeOptions,
}

impl Sending {
    /// Sends it now if nobody looks at it or has it wait.
    fn send(
        &self,
        attempt: Option<&Attempt<'static>>,
    ) -> impl Future<Output = Result<Vec<u8>, InvokeError>> + Send + use<> {
        let go = {
            let (net, handle) = (self.net.clone(), self.handle);
            let (body, options) = (Arc::clone(&self.body), self.options.clone());
            move || net.send(handle, body, options)
        };
        let Some(attempt) = attempt.copied() else { return Either::Left(go()) };
        let hooks = self.net.hooks().clone();
        let verdict = hooks.before(&attempt);
        let at_once = matches!(verdict, Ok(Duration::ZERO));
        let (sent, later) = if at_once { (Some(go()), None) } else { (None, Some(go)) };
        Either::Right(async move {
            let delay = verdict?;
            let answer = match (sent, later) {
                (Some(sent), _) => sent.await,
                (None, Some(go)) => {
                    rt::sleep(delay).await;
                    go().await
                }
                (None, None) => return Err(InvokeError::Closed),
            };
            hooks.after(&attempt, &answer);
            answer
        })
    }
}

/// Counts what happened to one call, so that nothing is repeated for ever.
struct Attempts {
    policy: Policy,
    max_faults: u32,
    migrations: u32,
    floods: u32,
    faults: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            policy: Policy::NONE,
            max_faults: limits::MAX_SERVER_FAULTS,
            migrations: 0,
            floods: 0,
            faults: 0,
        }
    }
}

impl Attempts {
    fn may_migrate(&mut self) -> bool {
        self.migrations += 1;
        self.migrations <= limits::MAX_MIGRATIONS
    }

    /// How long to wait before the call is repeated; `None` if it is not to be.
    fn wait_for(&mut self, error: &RpcError) -> Option<Duration> {
        if let Some(wait) = error.flood_wait() {
            self.floods += 1;
            let within = wait <= self.policy.flood_wait_limit && self.floods <= limits::MAX_FLOOD_WAITS;
            // A little more than asked: all who wait would come back in the same moment.
            return within.then(|| wait + Duration::from_millis(u64::from(rand::random::<u8>())));
        }
        // A duplicate stays one however often it is sent.
        let passing =
            error.is_predecessor_slow() || (error.is_transient() && !error.is("RANDOM_ID_DUPLICATE"));
        if !passing || !self.policy.repeat_faults {
            return None;
        }
        self.faults += 1;
        if self.faults > self.max_faults {
            return None;
        }
        let wait = limits::FAULT_DELAY.saturating_mul(1 << (self.faults - 1).min(16));
        Some(wait.min(limits::MAX_FAULT_DELAY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> Attempts {
        let policy = Policy { flood_wait_limit: Duration::from_secs(60), repeat_faults: true };
        Attempts { policy, ..Attempts::default() }
    }

    #[test]
    fn floods_are_slept_through_up_to_the_limit() {
        let wait = attempts().wait_for(&RpcError::new(420, "FLOOD_WAIT_60")).unwrap();
        assert!(wait >= Duration::from_secs(60) && wait < Duration::from_secs(61));
        assert_eq!(attempts().wait_for(&RpcError::new(420, "FLOOD_WAIT_61")), None);
    }

    #[test]
    fn faults_of_the_server_are_repeated_a_few_times() {
        let mut attempts = attempts();
        let waits: Vec<_> = std::iter::from_fn(|| attempts.wait_for(&RpcError::new(500, "RPC_CALL_FAIL")))
            .take(100)
            .collect();
        assert_eq!(waits.len(), limits::MAX_SERVER_FAULTS as usize);
        assert!(waits.is_sorted());
    }

    #[test]
    fn final_errors_are_not_repeated() {
        for (code, text) in [
            (400, "CHAT_ID_INVALID"),
            (500, "MSG_WAIT_FAILED"),
            (500, "RANDOM_ID_DUPLICATE"),
            (401, "SESSION_REVOKED"),
        ] {
            assert_eq!(attempts().wait_for(&RpcError::new(code, text)), None, "{text}");
        }
    }

    #[test]
    fn migrations_are_bounded() {
        let mut attempts = attempts();
        assert_eq!((0..100).filter(|_| attempts.may_migrate()).count(), limits::MAX_MIGRATIONS as usize);
    }
}
