//! Waiting for futures on a thread that has nothing else to do.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Runtime};

/// Where the tasks of blocking clients run: one thread, made with the first of them. It never ends, so that nobody can
/// drop it where blocking is forbidden.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("chappe").enable_all().build();
        #[expect(
            clippy::expect_used,
            reason = "documented: a process that gets no thread cannot do anything here"
        )]
        runtime.expect("the system gives no thread for the blocking client")
    })
}

/// Polls the future on this thread, which sleeps in between. The runtime's own `block_on` would refuse to work inside of
/// another runtime; this one only holds its thread up.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Parked(Thread);

    impl Wake for Parked {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let _inside = runtime().enter();
    // A task of another runtime may only do so much before it has to yield, and this one never does.
    let mut future = pin!(tokio::task::unconstrained(future));
    let waker = Waker::from(Arc::new(Parked(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
