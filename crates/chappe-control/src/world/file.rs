//! What a world file may say.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::faults::{FaultSpec, UserRef};
use crate::limits::{FloodLimit, Home, Rate};
use crate::ready::GroupKind;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) server: ServerPart,
    pub(super) accounts: Vec<Spanned<AccountPart>>,
    pub(super) groups: Vec<Spanned<GroupPart>>,
    pub(super) messages: Vec<Spanned<MessagePart>>,
    pub(super) faults: Vec<Spanned<FaultSpec>>,
}

/// The server itself.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ServerPart {
    pub(super) dc_id: Option<Spanned<i32>>,
    pub(super) data_centres: Option<Spanned<i32>>,
    pub(super) cdn: Option<bool>,
    pub(super) seed: Option<u64>,
    pub(super) strict: Option<bool>,
    pub(super) connections_per_address: Option<usize>,
    pub(super) flood_limits: Vec<FloodPart>,
    pub(super) codes_per_number: Option<CodesPart>,
    pub(super) codes_per_device: Option<CodesPart>,
    pub(super) require_login_email: Option<bool>,
    pub(super) messages_per_day: Option<usize>,
    /// Bytes of each account.
    pub(super) file_space: Option<u64>,
    /// First digits of numbers, and the data centre at which they are at home.
    pub(super) homes: BTreeMap<String, Spanned<i32>>,
}

/// How often one account may call some methods.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FloodPart {
    pub(super) methods: String,
    pub(super) calls: usize,
    pub(super) seconds: u32,
}

/// How many login codes are sent.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodesPart {
    pub(super) codes: usize,
    pub(super) seconds: u32,
}

impl FloodPart {
    pub(super) fn limit(&self) -> FloodLimit {
        FloodLimit::new(&self.methods, Rate::new(self.calls, self.seconds))
    }
}

impl CodesPart {
    pub(super) const fn rate(self) -> Rate {
        Rate::new(self.codes, self.seconds)
    }
}

impl ServerPart {
    pub(super) fn homes(&self) -> impl Iterator<Item = Home> {
        self.homes.iter().map(|(digits, dc_id)| Home::new(digits, *dc_id.get_ref()))
    }
}

/// Somebody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountPart {
    pub(super) name: Spanned<String>,
    pub(super) phone: Option<Spanned<String>>,
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: String,
    pub(super) about: Option<Spanned<String>>,
    pub(super) username: Option<Spanned<String>>,
    pub(super) password: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) password_hint: String,
    #[serde(default)]
    pub(super) bot: bool,
    pub(super) bot_token: Option<Spanned<String>>,
    /// Whether a bot gets all messages of its groups.
    pub(super) hears_groups: Option<Spanned<bool>>,
    pub(super) dc_id: Option<i32>,
    #[serde(default)]
    pub(super) contacts: Vec<Spanned<String>>,
}

/// A group or channel.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupPart {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) kind: GroupKind,
    pub(super) title: Option<String>,
    pub(super) about: Option<String>,
    pub(super) username: Option<Spanned<String>>,
    pub(super) owner: Spanned<String>,
    #[serde(default)]
    pub(super) members: Vec<Spanned<String>>,
}

/// Something that was said, to somebody or in a group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessagePart {
    pub(super) from: Spanned<String>,
    pub(super) to: Spanned<String>,
    pub(super) text: Spanned<String>,
    #[serde(default)]
    pub(super) silent: bool,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) span: Range<usize>,
    pub(super) reason: String,
}

fn wrong<T>(at: &Spanned<T>, reason: impl Into<String>) -> Wrong {
    Wrong { span: at.span(), reason: reason.into() }
}

impl File {
    /// Whether the parts fit together. What only a server knows, such as a name that is taken, it says itself.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if let Some(dc_id) = self.server.dc_id.as_ref().filter(|dc| !(1..=1000).contains(dc.get_ref())) {
            return Err(wrong(dc_id, "a data centre has a number from 1 to 1000"));
        }
        if let Some(count) =
            self.server.data_centres.as_ref().filter(|count| !(1..=5).contains(count.get_ref()))
        {
            return Err(wrong(count, "there can be 1 to 5 data centres"));
        }
        for (digits, dc_id) in &self.server.homes {
            if digits.is_empty()
                || !digits.bytes().all(|digit| digit.is_ascii_digit())
                || !(1..=5).contains(dc_id.get_ref())
            {
                let reason =
                    "homes are first digits of numbers and a data centre from 1 to 5: `\"4915\" = 2`";
                return Err(wrong(dc_id, reason));
            }
        }
        let mut names = BTreeSet::new();
        for account in &self.accounts {
            let account = account.get_ref();
            if !names.insert(account.name.get_ref().as_str()) {
                return Err(wrong(
                    &account.name,
                    format!("two accounts are called {:?}", account.name.get_ref()),
                ));
            }
            account.check()?;
        }
        let known = |name: &Spanned<String>| match names.contains(name.get_ref().as_str()) {
            true => Ok(()),
            false => Err(wrong(name, format!("nobody in this file is called {:?}", name.get_ref()))),
        };
        for account in &self.accounts {
            account.get_ref().contacts.iter().try_for_each(known)?;
        }
        let mut groups = BTreeSet::new();
        for group in &self.groups {
            let group = group.get_ref();
            let name = group.name.get_ref().as_str();
            if names.contains(name) || !groups.insert(name) {
                return Err(wrong(&group.name, format!("another account or group is called {name:?}")));
            }
            known(&group.owner)?;
            group.members.iter().try_for_each(known)?;
            if let Some(username) = group.username.as_ref().filter(|_| group.kind == GroupKind::Group) {
                return Err(wrong(username, "only a supergroup or channel has a username: say its `kind`"));
            }
        }
        for message in &self.messages {
            let message = message.get_ref();
            known(&message.from)?;
            if !groups.contains(message.to.get_ref().as_str()) {
                known(&message.to)?;
            }
            if message.text.get_ref().is_empty() {
                return Err(wrong(&message.text, "a message has a text"));
            }
        }
        for fault in &self.faults {
            fault.get_ref().fault().map_err(|reason| wrong(fault, reason))?;
            if let Some(UserRef::Name(name)) = &fault.get_ref().user
                && !names.contains(name.as_str())
            {
                return Err(wrong(fault, format!("nobody in this file is called {name:?}")));
            }
        }
        Ok(())
    }
}

impl AccountPart {
    fn check(&self) -> Result<(), Wrong> {
        let not_for_bots = [&self.phone, &self.password, &self.about];
        if self.bot {
            if let Some(value) = not_for_bots.into_iter().flatten().next() {
                return Err(wrong(value, "a bot has neither a number nor a password nor words about itself"));
            }
            if let Some(contact) = self.contacts.first() {
                return Err(wrong(contact, "a bot has no contacts"));
            }
        } else if let Some(hears) = &self.hears_groups {
            return Err(wrong(hears, "people hear their groups anyway: add `bot = true`"));
        } else if let Some(token) = &self.bot_token {
            return Err(wrong(token, "only a bot has a token: add `bot = true`"));
        }
        if let Some(password) = self.password.as_ref().filter(|password| password.get_ref().is_empty()) {
            return Err(wrong(password, "an empty password is none: leave it out"));
        }
        Ok(())
    }
}
