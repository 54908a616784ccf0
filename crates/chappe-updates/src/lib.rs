//! The update counters of Telegram, without I/O: what came in order is let through, what came twice is dropped, and
//! what is missing is fetched with `updates.getDifference`.
//!
//! ```text
//!   Updates from the connection        answers of getState, getDifference
//!                 |                                  |
//!                 v                                  v
//!        +-----------------------------------------------+
//!        |                 UpdateMachine                 |   pts, qts, seq, date; pts of each channel
//!        +-----------------------------------------------+
//!                 |                 |                |
//!              Event        Persist(State)   Request, Timeout
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`counters`] | [`Pts`], [`Qts`], [`Seq`] and the [`State`] to store |
//! | [`limits`] | the bounds, with their reasons |
//! | `channels` | the counters of channels, one for each |
//! | `gap` | what waits behind a gap |
//! | `item` | which update moves which counter |
//! | `machine` | [`UpdateMachine`] |
//! | `output` | what it asks for and tells |
//!
//! # What holds
//!
//! * Within one counter (the account's pts, its qts, each channel's pts) every update comes once and in the order of
//!   the numbers, whatever the connection loses, doubles or reorders. Between counters there is no order.
//! * What comes before an [`Output::Persist`] or [`Output::PersistChannel`] is within what is stored by it, and nothing
//!   that comes after.
//! * When too much has happened for the server to tell, that is told: [`Event::TooLong`], [`Event::ChannelTooLong`].
//! * Updates without a number (typing, who is online) come as they come, and are not fetched if they are lost.
//! * Memory is bounded, see [`limits`].
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

mod channels;
pub mod counters;
mod gap;
mod item;
pub mod limits;
mod machine;
mod output;

pub use counters::{ChannelId, Pts, Qts, Seq, State};
pub use item::counts_in_qts;
pub use machine::UpdateMachine;
pub use output::{Event, Output, Request};
