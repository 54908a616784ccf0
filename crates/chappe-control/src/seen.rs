//! What the server saw last: the calls, newest last, and those of each method.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chappe_server::{Observations, Seen, SeenOutcome};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

/// Calls kept, whatever their method.
const CALLS: usize = 1000;
/// Calls kept of each method besides.
const CALLS_PER_METHOD: usize = 20;
/// Methods of which calls are kept: clients choose the numbers of those that do not exist.
const METHODS: usize = 2048;

/// One call, as the server saw it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct CallSeen {
    /// Counts the calls from 1 on.
    pub(crate) number: u64,
    /// When it was answered, in Unix milliseconds of the server's clock.
    pub(crate) at: i64,
    /// Who called; none before login.
    pub(crate) user_id: Option<i64>,
    /// The method, or the number of one that is not in the newest layer.
    pub(crate) method: String,
    /// Length of the query in bytes.
    pub(crate) request_len: usize,
    /// Length of the result in bytes; none after an error.
    pub(crate) response_len: Option<usize>,
    /// The error, such as `400 PEER_ID_INVALID`.
    pub(crate) error: Option<String>,
    /// The first bytes of what a secret chat carried, in hexadecimal: all that the server can see of it.
    pub(crate) first_bytes: Option<String>,
}

/// Which calls to show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) method: Option<String>,
    pub(crate) user_id: Option<i64>,
    pub(crate) errors_only: bool,
    /// Only those with a higher number.
    pub(crate) after: u64,
    pub(crate) limit: usize,
}

impl Wanted {
    fn takes(&self, call: &CallSeen) -> bool {
        call.number > self.after
            && self.method.as_ref().is_none_or(|method| *method == call.method)
            && self.user_id.is_none_or(|user| call.user_id == Some(user))
            && (!self.errors_only || call.error.is_some())
    }
}

/// Keeps the last calls of one server.
pub(crate) struct Recorder {
    kept: Mutex<Kept>,
    count: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    calls: VecDeque<CallSeen>,
    by_method: BTreeMap<String, VecDeque<CallSeen>>,
    next: u64,
}

impl Recorder {
    /// Keeps what comes from now on, until the server stops or the recorder is dropped.
    pub(crate) fn start(mut observations: Observations) -> Arc<Self> {
        let recorder = Arc::new(Self { kept: Mutex::default(), count: watch::channel(0).0 });
        let weak = Arc::downgrade(&recorder);
        tokio::spawn(async move {
            while let Some(seen) = observations.next().await {
                let Some(recorder) = weak.upgrade() else { return };
                recorder.add(seen);
            }
        });
        recorder
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, seen: Seen) {
        let mut kept = self.kept();
        kept.next += 1;
        let number = kept.next;
        let (response_len, error) = match seen.outcome {
            SeenOutcome::Answer { response_len } => (Some(response_len), None),
            SeenOutcome::Error { code, text } => (None, Some(format!("{code} {text}"))),
        };
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let call = CallSeen {
            number,
            at: i64::try_from(seen.at.unix.as_millis()).unwrap_or(i64::MAX),
            user_id: seen.user_id,
            method: seen.method,
            request_len: seen.request_len,
            response_len,
            error,
            first_bytes: Some(seen.first_bytes).filter(|bytes| !bytes.is_empty()).map(|bytes| hex(&bytes)),
        };
        if kept.by_method.contains_key(&call.method) || kept.by_method.len() < METHODS {
            push(kept.by_method.entry(call.method.clone()).or_default(), call.clone(), CALLS_PER_METHOD);
        }
        push(&mut kept.calls, call, CALLS);
        drop(kept);
        self.count.send_replace(number);
    }

    /// The number of the last call.
    pub(crate) fn last(&self) -> u64 {
        *self.count.borrow()
    }

    /// Calls that fit, the newest first.
    pub(crate) fn list(&self, wanted: &Wanted) -> Vec<CallSeen> {
        let kept = self.kept();
        let of_method = wanted.method.as_ref().and_then(|method| kept.by_method.get(method));
        let fits = |list: &VecDeque<CallSeen>| -> Vec<CallSeen> {
            list.iter().rev().filter(|call| wanted.takes(call)).take(wanted.limit).cloned().collect()
        };
        let all = fits(&kept.calls);
        // A method that is seldom called is remembered for longer.
        match of_method.map(fits) {
            Some(list) if list.len() > all.len() => list,
            _ => all,
        }
    }

    /// The same, once there is at least one, or after so long.
    pub(crate) async fn wait(&self, wanted: &Wanted, patience: Duration) -> Vec<CallSeen> {
        let mut count = self.count.subscribe();
        let found = async {
            loop {
                count.mark_unchanged();
                let list = self.list(wanted);
                if !list.is_empty() || count.changed().await.is_err() {
                    return list;
                }
            }
        };
        tokio::time::timeout(patience, found).await.unwrap_or_default()
    }
}

fn push(list: &mut VecDeque<CallSeen>, call: CallSeen, most: usize) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(call);
}
