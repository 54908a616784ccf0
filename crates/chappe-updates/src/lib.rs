//! The update counters of Telegram, without I/O: what came in order is let through, what came twice is dropped, and
//! what is missing is fetched with `updates.getDifference`.
//!
//! ```text
//!   Updates from the connection        answers of getState, getDifference
//!                 |                                  |
//!                 v                                  v
//!        +-----------------------------------------------+
//!        |                 UpdateMachine                 |   pts, qts, seq, date
//!        +-----------------------------------------------+
//!                 |                 |                |
//!              Event        Persist(State)   Request, Timeout
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`counters`] | [`Pts`], [`Qts`], [`Seq`] and the [`State`] to store |
//! | [`limits`] | the bounds, with their reasons |
//! | `item` | which update moves which counter |
//! | `machine` | [`UpdateMachine`] |
//!
//! Channels have counters of their own; their updates pass through here as they come.
//!
//! Source: <https://core.telegram.org/api/updates>
//!
//! ```
//! use chappe_crypto::Now;
//! use chappe_updates::{Event, Output, Pts, Qts, Request, UpdateMachine};
//!
//! let now = Now::from_unix_secs(1_700_000_000);
//! let mut machine = UpdateMachine::new(None, now);
//! // Nothing is known yet: the first thing to do is to ask.
//! assert_eq!(machine.poll_output(), Some(Output::Request(Request::GetState)));
//! let state = chappe_api::types::updates::State { pts: 10, qts: 3, date: 5, seq: 1, unread_count: 0 };
//! machine.handle_state(&state, now);
//! assert_eq!(machine.poll_output(), Some(Output::Event(Event::QtsMoved(Qts(3)))));
//! assert!(matches!(machine.poll_output(), Some(Output::Persist(state)) if state.pts == Pts(10)));
//! ```
#![forbid(unsafe_code)]

pub mod counters;
mod item;
pub mod limits;
mod machine;

pub use counters::{Pts, Qts, Seq, State};
pub use item::counts_in_qts;
pub use machine::{Event, Output, Request, UpdateMachine};
