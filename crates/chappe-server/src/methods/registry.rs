//! What the schema says about methods: their names, and whether bots may call them.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

const METHODS_TSV: &str = include_str!("../../../../schema/methods.tsv");

/// Names and callers of all methods of the newest layer.
#[derive(Debug)]
pub(crate) struct Registry {
    names: HashMap<u32, &'static str>,
    user_only: HashSet<&'static str>,
    bot_only: HashSet<&'static str>,
    errors: HashMap<&'static str, Vec<(i32, &'static str)>>,
}

impl Registry {
    /// The registry, read once per process.
    pub(crate) fn get() -> &'static Self {
        static REGISTRY: OnceLock<Registry> = OnceLock::new();
        REGISTRY.get_or_init(Self::load)
    }

    fn load() -> Self {
        let functions =
            chappe_api::API_TL.split_once("---functions---").map_or("", |(_, functions)| functions);
        let names = functions
            .lines()
            .filter_map(|line| {
                let (name, id) = line.split(' ').next()?.split_once('#')?;
                Some((u32::from_str_radix(id, 16).ok()?, name))
            })
            .collect();
        let only = |caller: &str| {
            let named = METHODS_TSV.lines().filter_map(|line| {
                let mut columns = line.split('\t');
                let name = columns.next()?;
                (columns.next()? == caller).then_some(name)
            });
            named.collect()
        };
        let (user_only, bot_only) = (only("user"), only("bot"));
        let errors = METHODS_TSV
            .lines()
            .filter_map(|line| {
                let mut columns = line.split('\t');
                let (name, listed) = (columns.next()?, columns.nth(1)?);
                let listed = listed.split(',').filter_map(|error| {
                    let (code, error) = error.split_once(' ')?;
                    Some((code.parse().ok()?, error))
                });
                Some((name, listed.collect()))
            })
            .collect();
        Self { names, user_only, bot_only, errors }
    }

    /// The TL name of a method.
    pub(crate) fn name(&self, id: u32) -> Option<&'static str> {
        self.names.get(&id).copied()
    }

    /// The first of `names` that the method may give, with the code it has there; else the first with 400.
    pub(crate) fn error(&self, method: &str, names: &[&'static str]) -> (i32, &'static str) {
        let listed = self.errors.get(method).map_or(&[][..], Vec::as_slice);
        let mut known = names.iter().filter_map(|name| listed.iter().find(|(_, error)| error == name));
        known.next().copied().unwrap_or((400, names.first().copied().unwrap_or("INPUT_REQUEST_INVALID")))
    }

    /// Whether people are refused.
    pub(crate) fn is_bot_only(&self, name: &str) -> bool {
        self.bot_only.contains(name)
    }

    /// Whether bots are refused.
    pub(crate) fn is_user_only(&self, name: &str) -> bool {
        self.user_only.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_callers_come_from_the_schema() {
        let registry = Registry::get();
        assert_eq!(registry.name(0x32d4_39a4), Some("messages.sendEncryptedService"));
        assert!(registry.is_user_only("messages.sendEncryptedService"));
        assert!(!registry.is_user_only("help.getConfig"));
        assert_eq!(registry.name(1), None);
        let names = ["CHANNEL_PRIVATE", "PEER_ID_INVALID"];
        assert_eq!(registry.error("messages.getHistory", &names), (406, "CHANNEL_PRIVATE"));
        assert_eq!(registry.error("messages.deleteHistory", &names), (400, "CHANNEL_PRIVATE"));
        assert_eq!(registry.error("messages.getChats", &names), (400, "PEER_ID_INVALID"));
    }
}
