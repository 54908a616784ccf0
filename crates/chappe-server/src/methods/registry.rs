//! What the schema says about methods: their names, and whether bots may call them.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use chappe_mtproto::session::OwnIds;

const METHODS_TSV: &str = include_str!("../../../../schema/methods.tsv");
/// What the list leaves out.
const UNLISTED_TSV: &str = include_str!("../../../../schema/unlisted_errors.tsv");

/// Names and callers of all methods of the newest layer.
#[derive(Debug)]
pub(crate) struct Registry {
    names: OwnIds<u32, &'static str>,
    user_only: HashSet<&'static str>,
    bot_only: HashSet<&'static str>,
    errors: HashMap<&'static str, Vec<(i32, &'static str)>>,
    /// `*` stands for any method.
    unlisted: HashMap<&'static str, Vec<(i32, &'static str)>>,
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
        let mut unlisted: HashMap<_, Vec<_>> = HashMap::new();
        for line in UNLISTED_TSV.lines() {
            let mut columns = line.split('\t');
            let (Some(method), Some(code), Some(error)) = (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            // The first line names the columns.
            let Ok(code) = code.parse() else { continue };
            unlisted.entry(method).or_default().push((code, error));
        }
        Self { names, user_only, bot_only, errors, unlisted }
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

    /// Whether a method may give an error, written as `400 PEER_ID_INVALID`, by the list or by what it leaves out. A fault
    /// of ours is none of its own.
    pub(crate) fn lists(&self, method: &str, error: &str) -> bool {
        let Some((code, text)) = error.split_once(' ') else { return false };
        if code == "500" && text.starts_with("INTERNAL_") {
            return true;
        }
        let lists = [self.errors.get(method), self.unlisted.get(method), self.unlisted.get("*")];
        let mut known = lists.into_iter().flatten().flatten();
        known.any(|(known, pattern)| known.to_string() == code && is_instance(pattern, text))
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

/// Whether `error` is one of a pattern in which `%d` stands for digits.
fn is_instance(pattern: &str, error: &str) -> bool {
    let Some((before, after)) = pattern.split_once("%d") else { return pattern == error };
    let number = error.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_method_may_say_is_known() {
        let registry = Registry::get();
        assert!(registry.lists("messages.getHistory", "406 CHANNEL_PRIVATE"));
        assert!(!registry.lists("messages.getHistory", "400 PHONE_CODE_INVALID"));
        assert!(registry.lists("messages.getHistory", "420 FLOOD_WAIT_17"));
        assert!(!registry.lists("messages.getHistory", "420 FLOOD_WAIT_"));
        assert!(registry.lists("messages.getHistory", "500 INTERNAL_SERVER_ERROR"));
    }

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
