//! The client for scripts, which wait for one thing after the other. With the feature `blocking`.
//!
//! ```no_run
//! use chappe::SqliteSession;
//! use chappe::blocking::{Client, Wait, WaitEach};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let session = SqliteSession::open("alice.session").wait()?;
//!     let client = Client::connect(chappe::Client::builder(1, "hash from my.telegram.org").session(session))?;
//!     println!("{}", client.me()?.id);
//!     let friend = client.resolve("@chappe")?;
//!     client.send(&friend, "Hello.").wait()?;
//!     for message in client.messages(&friend).limit(10).into_stream().wait_each() {
//!         println!("{}", message?.text());
//!     }
//!     Ok(client.disconnect()?)
//! }
//! ```
//!
//! The names are those of [`crate::Client`]. What is an `async fn` there returns its result here; what gives something to
//! be set up first, such as [`send`](crate::Client::send), gives the same here, and [`Wait::wait`] ends it. So does it with
//! everything else that can be awaited: what a [`Client`] here has no method for, its [`handle`](Client::handle) has.
//!
//! The tasks of all clients run on one thread of their own, and while nobody waits, too. In an async program waiting works
//! as well, but holds up the thread on which it is done: use [`crate::Client`] there.
//!
//! # Panics
//! Whatever waits for the first time starts that thread, and panics if the system gives none.

mod client;
mod secret;

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use futures_core::Stream;
use futures_util::StreamExt;

pub use client::Client;
pub use secret::{SecretChat, SecretChats};

use crate::rt::block_on;

/// Waits for anything that could be awaited.
///
/// ```
/// use chappe::blocking::Wait;
///
/// assert_eq!(async { 1 + 1 }.wait(), 2);
/// ```
pub trait Wait: IntoFuture + Sized {
    /// Holds the thread up until it is done.
    ///
    /// ```no_run
    /// use chappe::blocking::Wait;
    ///
    /// # fn run(client: chappe::blocking::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.send(chat, "Hello.").silent().wait()?;
    /// println!("{} at the server", client.handle().server_time().wait());
    /// # Ok(())
    /// # }
    /// ```
    fn wait(self) -> Self::Output {
        block_on(self.into_future())
    }
}

impl<F: IntoFuture> Wait for F {}

/// Waits for each item of a stream.
///
/// ```no_run
/// use chappe::blocking::{Client, WaitEach};
///
/// # fn run(client: Client) -> Result<(), chappe::Error> {
/// for dialog in client.dialogs().into_stream().wait_each() {
///     println!("{}", dialog?.peer().name());
/// }
/// # Ok(())
/// # }
/// ```
pub trait WaitEach: Stream + Sized {
    /// An iterator that holds the thread up until the next item is there.
    ///
    /// ```
    /// use chappe::blocking::WaitEach;
    ///
    /// let doubled = futures_util::stream::iter([1, 2, 3]).wait_each().map(|n| 2 * n);
    /// assert_eq!(doubled.collect::<Vec<_>>(), [2, 4, 6]);
    /// ```
    fn wait_each(self) -> Each<Self> {
        Each(Box::pin(self))
    }
}

impl<S: Stream> WaitEach for S {}

/// The items of a stream, one after the other. From [`WaitEach::wait_each`].
///
/// ```
/// use chappe::blocking::{Each, WaitEach};
///
/// let squares: Each<_> = futures_util::stream::iter(1..4).wait_each();
/// assert_eq!(squares.map(|n| n * n).sum::<i32>(), 14);
/// ```
#[must_use = "nothing is waited for until `next` is called"]
pub struct Each<S>(Pin<Box<S>>);

impl<S: Stream> Iterator for Each<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        block_on(self.0.next())
    }
}

impl<S> fmt::Debug for Each<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Each").finish_non_exhaustive()
    }
}

/// Methods that do what those of the async type do, and wait. Each brings its example.
macro_rules! waits {
    ($of:literal: $($(#[$example:meta])+ fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        #[doc = concat!("[`", stringify!($name), "`](crate::", $of, "::", stringify!($name), "), and waits.")]
        ///
        $(#[$example])+
        ///
        /// # Errors
        /// As there.
        pub fn $name(&self, $($argument: $type),*) -> $result {
            $crate::rt::block_on(self.0.$name($($argument),*))
        }
    )*};
}

/// Methods that give what those of the async type give: [`Wait::wait`] ends it. Each brings its example.
macro_rules! begins {
    ($of:literal: $($(#[$example:meta])+ fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        #[doc = concat!("[`", stringify!($name), "`](crate::", $of, "::", stringify!($name), ").")]
        ///
        $(#[$example])+
        pub fn $name(&self, $($argument: $type),*) -> $result {
            self.0.$name($($argument),*)
        }
    )*};
}

pub(crate) use {begins, waits};
