//! What the client takes from its surroundings: tasks, timers, clocks, sockets and files.
//!
//! The rest of the crate comes by them here alone, so that it runs on Tokio and in a browser. What this module hands out
//! has the names and the meaning that Tokio and the standard library gave it; in a browser, what does not exist there
//! answers with an error of the kind [`Unsupported`](std::io::ErrorKind::Unsupported). Everything is `Send` there, too:
//! what belongs to JavaScript stays in a task of its own, and the handle to it is a channel.

#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
mod blocking;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
pub(crate) use blocking::block_on;

/// Lets the tasks go first that could run now.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::*;
#[cfg(target_family = "wasm")]
pub(crate) use web::*;
