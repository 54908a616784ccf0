//! One call from its first sending to its final answer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use chappe_mtproto::rpc::RpcError;
use chappe_tl::Decode;

use crate::error::InvokeError;
use crate::limits;
use crate::net::NetHandle;
use crate::rt;

/// Names a call, so that another one can be sent after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallHandle(pub(crate) u64);

/// How a call is made.
#[derive(Clone, Debug, Default)]
pub struct InvokeOptions {
    /// Calls that have to succeed before this one (`invokeAfterMsg`).
    pub after: Vec<CallHandle>,
    /// Whether the call may be carried out twice. If so, it is sent again where the server cannot tell whether it was
    /// carried out; otherwise it fails with [`InvokeError::GivenUp`].
    pub repeatable: bool,
    /// Whether the request may travel compressed. Not for media, nor for secrets.
    pub gzip: bool,
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
}

/// A call on its way. Await it for the answer, drop it to give it up.
#[must_use = "dropping a call gives it up"]
pub struct Call<T> {
    handle: CallHandle,
    future: Pin<Box<dyn Future<Output = Result<T, InvokeError>> + Send>>,
}

impl<T> Call<T> {
    /// The name of the call for [`Client::invoke_after`](crate::Client::invoke_after).
    pub fn handle(&self) -> CallHandle {
        self.handle
    }
}

impl<T: Send + 'static> Call<T> {
    pub(crate) fn failed(net: &NetHandle, error: InvokeError) -> Self {
        Self { handle: net.next_handle(), future: Box::pin(async { Err(error) }) }
    }
}

impl Call<Vec<u8>> {
    /// Sends the request now.
    pub(crate) fn start(
        net: &NetHandle,
        body: impl Into<Arc<Vec<u8>>>,
        options: InvokeOptions,
        policy: Policy,
    ) -> Self {
        let handle = net.next_handle();
        let body = body.into();
        let first = net.send(handle, body.clone(), options.clone());
        let net = net.clone();
        let future = Box::pin(async move {
            let mut attempts = Attempts { policy, ..Attempts::default() };
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
                    net.migrate(dc_id).await?;
                } else if let Some(wait) = attempts.wait_for(&error) {
                    tracing::debug!(error = %error.name, ?wait, "a call waits before it is repeated");
                    rt::sleep(wait).await;
                } else {
                    return Err(InvokeError::Rpc(error));
                }
                answer = net.send(handle, body.clone(), options.clone()).await;
            }
        });
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

/// Counts what happened to one call, so that nothing is repeated for ever.
struct Attempts {
    policy: Policy,
    migrations: u32,
    floods: u32,
    faults: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { policy: Policy::NONE, migrations: 0, floods: 0, faults: 0 }
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
        if self.faults > limits::MAX_SERVER_FAULTS {
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
