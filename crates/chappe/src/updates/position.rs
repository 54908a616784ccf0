//! How far the account's updates are handled.

use std::collections::BTreeMap;

use chappe_updates::{ChannelId, Pts, State};

/// Counters that have moved. `None` for a channel: it is forgotten.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Position {
    pub(crate) state: Option<State>,
    pub(crate) channels: BTreeMap<ChannelId, Option<Pts>>,
}

impl Position {
    pub(crate) fn of_account(state: State) -> Self {
        Self { state: Some(state), channels: BTreeMap::new() }
    }

    pub(crate) fn of_channel(channel: ChannelId, pts: Option<Pts>) -> Self {
        Self { state: None, channels: BTreeMap::from([(channel, pts)]) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state.is_none() && self.channels.is_empty()
    }

    /// Moves on to a later one.
    pub(crate) fn pass(&mut self, later: Self) {
        self.state = later.state.or(self.state);
        self.channels.extend(later.channels);
    }
}
