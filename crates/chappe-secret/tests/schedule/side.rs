//! One side of a schedule: its screen, and what it has sent.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chappe_secret::{Event, RandomId};

use crate::world::Delivery;

/// What the application of one side has on its screen, and what led to it.
#[derive(Default)]
pub(crate) struct Screen {
    /// Messages of both sides that are there.
    pub(crate) visible: BTreeSet<i64>,
    /// Everything sent, in order.
    pub(crate) said: Vec<i64>,
    /// Everything received, in order.
    pub(crate) heard: Vec<i64>,
    /// Own messages that were taken back or had their time.
    pub(crate) gone: BTreeSet<i64>,
}

/// What an input changes on the screen once it is stored.
#[derive(Default)]
pub(crate) enum Staged {
    Cleared,
    Deleted(i64),
    #[default]
    Nothing,
    Said(i64),
}

#[derive(Default)]
pub(crate) struct Side {
    pub(crate) screen: Screen,
    pub(crate) staged: Staged,
    /// What the engine has been given and not stored yet: the server still has it.
    pub(crate) unstored: Option<Delivery>,
    /// Own numbers and the payloads that left under them.
    pub(crate) payloads: BTreeMap<u32, Vec<Vec<u8>>>,
    pub(crate) numbers: HashMap<Vec<u8>, u32>,
    /// Photos that were not opened yet.
    pub(crate) unopened: Vec<RandomId>,
}

impl Side {
    pub(crate) fn stored(&mut self) {
        match std::mem::replace(&mut self.staged, Staged::Nothing) {
            Staged::Cleared => {
                self.screen.gone.extend(self.screen.said.iter());
                self.screen.visible.clear();
            }
            Staged::Deleted(id) => self.remove([id]),
            Staged::Nothing => {}
            Staged::Said(id) => {
                self.screen.said.push(id);
                self.screen.visible.insert(id);
            }
        }
    }

    fn remove(&mut self, ids: impl IntoIterator<Item = i64>) {
        for id in ids {
            self.screen.visible.remove(&id);
            self.screen.gone.insert(id);
        }
    }

    pub(crate) fn see(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::ChatClosed { reason, .. } => return Err(format!("the chat was closed: {reason:?}")),
            Event::SendFailed { random_id, .. } => self.remove([random_id.0]),
            Event::Deleted { random_ids, .. } | Event::Expired { random_ids, .. } => {
                self.remove(random_ids.iter().map(|id| id.0));
            }
            Event::HistoryCleared { kept, .. } => {
                self.screen.visible = kept.iter().map(|id| id.0).collect();
            }
            Event::Message(message) => {
                self.screen.heard.push(message.random_id.0);
                self.screen.visible.insert(message.random_id.0);
                if message.opens() {
                    self.unopened.push(message.random_id);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
