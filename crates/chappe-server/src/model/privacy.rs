//! Who may see or do what: rules, and what they mean for somebody.
//!
//! Source: <https://core.telegram.org/api/privacy>

use chappe_api::{enums, types};
use enums::{InputPrivacyKey as In, PrivacyKey as Out};

use super::peer_id::PeerId;
use crate::store::{Result, RuleRow, Store};

/// What a rule is about. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(crate) enum Subject {
    LastSeen = 0,
    ChatInvite = 1,
    PhoneCall = 2,
    PhoneP2p = 3,
    Forwards = 4,
    ProfilePhoto = 5,
    PhoneNumber = 6,
    AddedByPhone = 7,
    VoiceMessages = 8,
    About = 9,
    Birthday = 10,
}

impl Subject {
    /// `None` for what this server does not have.
    pub(crate) fn of(key: &In) -> Option<Self> {
        Some(match key {
            In::StatusTimestamp => Self::LastSeen,
            In::ChatInvite => Self::ChatInvite,
            In::PhoneCall => Self::PhoneCall,
            In::PhoneP2P => Self::PhoneP2p,
            In::Forwards => Self::Forwards,
            In::ProfilePhoto => Self::ProfilePhoto,
            In::PhoneNumber => Self::PhoneNumber,
            In::AddedByPhone => Self::AddedByPhone,
            In::VoiceMessages => Self::VoiceMessages,
            In::About => Self::About,
            In::Birthday => Self::Birthday,
            _ => return None,
        })
    }

    pub(crate) fn key(self) -> Out {
        match self {
            Self::LastSeen => Out::StatusTimestamp,
            Self::ChatInvite => Out::ChatInvite,
            Self::PhoneCall => Out::PhoneCall,
            Self::PhoneP2p => Out::PhoneP2P,
            Self::Forwards => Out::Forwards,
            Self::ProfilePhoto => Out::ProfilePhoto,
            Self::PhoneNumber => Out::PhoneNumber,
            Self::AddedByPhone => Out::AddedByPhone,
            Self::VoiceMessages => Out::VoiceMessages,
            Self::About => Out::About,
            Self::Birthday => Out::Birthday,
        }
    }

    /// The rule of who has set none.
    fn usual(self) -> RuleRow {
        let kind = match self {
            // A number is for those whom its owner has in the contacts.
            Self::PhoneNumber | Self::Birthday | Self::PhoneP2p => Kind::AllowContacts,
            _ => Kind::AllowAll,
        };
        RuleRow { kind: kind as i64, ids: String::new() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AllowContacts = 0,
    AllowAll = 1,
    AllowUsers = 2,
    DisallowContacts = 3,
    DisallowAll = 4,
    DisallowUsers = 5,
    AllowChatParticipants = 6,
    DisallowChatParticipants = 7,
    AllowCloseFriends = 8,
    AllowPremium = 9,
    AllowBots = 10,
    DisallowBots = 11,
}

const KINDS: [Kind; 12] = [
    Kind::AllowContacts,
    Kind::AllowAll,
    Kind::AllowUsers,
    Kind::DisallowContacts,
    Kind::DisallowAll,
    Kind::DisallowUsers,
    Kind::AllowChatParticipants,
    Kind::DisallowChatParticipants,
    Kind::AllowCloseFriends,
    Kind::AllowPremium,
    Kind::AllowBots,
    Kind::DisallowBots,
];

fn kind(row: &RuleRow) -> Option<Kind> {
    KINDS.get(usize::try_from(row.kind).ok()?).copied()
}

pub(crate) fn ids(row: &RuleRow) -> Vec<i64> {
    row.ids.split(',').filter_map(|id| id.parse().ok()).collect()
}

fn row(kind: Kind, ids: &[i64]) -> RuleRow {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    RuleRow { kind: kind as i64, ids: ids.join(",") }
}

/// The groups that a rule is about.
pub(crate) fn chats(rule: &RuleRow) -> Vec<i64> {
    match kind(rule) {
        Some(Kind::AllowChatParticipants | Kind::DisallowChatParticipants) => ids(rule),
        _ => Vec::new(),
    }
}

/// A rule from a client about these people or groups. `None` if it is about what this server does not have.
pub(crate) fn read(rule: &enums::InputPrivacyRule, named: &[i64]) -> Option<RuleRow> {
    use enums::InputPrivacyRule as R;
    Some(match rule {
        R::AllowContacts => row(Kind::AllowContacts, &[]),
        R::AllowAll => row(Kind::AllowAll, &[]),
        R::AllowUsers(_) => row(Kind::AllowUsers, named),
        R::DisallowContacts => row(Kind::DisallowContacts, &[]),
        R::DisallowAll => row(Kind::DisallowAll, &[]),
        R::DisallowUsers(_) => row(Kind::DisallowUsers, named),
        R::AllowChatParticipants(_) => row(Kind::AllowChatParticipants, named),
        R::DisallowChatParticipants(_) => row(Kind::DisallowChatParticipants, named),
        R::AllowCloseFriends => row(Kind::AllowCloseFriends, &[]),
        R::AllowPremium => row(Kind::AllowPremium, &[]),
        R::AllowBots => row(Kind::AllowBots, &[]),
        R::DisallowBots => row(Kind::DisallowBots, &[]),
    })
}

/// A rule as clients read it.
pub(crate) fn write(rule: &RuleRow) -> Option<enums::PrivacyRule> {
    use enums::PrivacyRule as R;
    let ids = ids(rule);
    Some(match kind(rule)? {
        Kind::AllowContacts => R::AllowContacts,
        Kind::AllowAll => R::AllowAll,
        Kind::AllowUsers => types::PrivacyValueAllowUsers { users: ids }.into(),
        Kind::DisallowContacts => R::DisallowContacts,
        Kind::DisallowAll => R::DisallowAll,
        Kind::DisallowUsers => types::PrivacyValueDisallowUsers { users: ids }.into(),
        Kind::AllowChatParticipants => types::PrivacyValueAllowChatParticipants { chats: ids }.into(),
        Kind::DisallowChatParticipants => types::PrivacyValueDisallowChatParticipants { chats: ids }.into(),
        Kind::AllowCloseFriends => R::AllowCloseFriends,
        Kind::AllowPremium => R::AllowPremium,
        Kind::AllowBots => R::AllowBots,
        Kind::DisallowBots => R::DisallowBots,
    })
}

/// The rules in force for a subject.
pub(crate) fn in_force(stored: Vec<RuleRow>, subject: Subject) -> Vec<RuleRow> {
    if stored.is_empty() { vec![subject.usual()] } else { stored }
}

/// Puts an exception for one account in front of the rules.
pub(crate) fn with_exception(mut rules: Vec<RuleRow>, user_id: i64) -> Vec<RuleRow> {
    match rules.first_mut() {
        Some(first) if kind(first) == Some(Kind::AllowUsers) => {
            let mut users = ids(first);
            if !users.contains(&user_id) {
                users.push(user_id);
            }
            *first = row(Kind::AllowUsers, &users);
        }
        _ => rules.insert(0, row(Kind::AllowUsers, &[user_id])),
    }
    rules
}

/// Somebody as the owner of rules knows them.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    pub(crate) id: i64,
    /// The owner has them in the contacts.
    pub(crate) is_contact: bool,
    is_bot: bool,
    /// The groups that they are in.
    chats: Vec<PeerId>,
}

impl Other {
    /// What `rules` ask about somebody.
    pub(crate) async fn new<'a>(
        store: &Store,
        id: i64,
        is_contact: bool,
        rules: impl IntoIterator<Item = &'a RuleRow>,
    ) -> Result<Self> {
        let (mut asks_bot, mut asks_chats) = (false, false);
        for rule in rules {
            match kind(rule) {
                Some(Kind::AllowBots | Kind::DisallowBots) => asks_bot = true,
                Some(Kind::AllowChatParticipants | Kind::DisallowChatParticipants) => asks_chats = true,
                _ => {}
            }
        }
        let is_bot = asks_bot && store.user(id).await?.is_some_and(|user| user.is_bot);
        let chats = if asks_chats { store.chats_of(id).await? } else { Vec::new() };
        Ok(Self { id, is_contact, is_bot, chats: chats.into_iter().map(PeerId).collect() })
    }
}

/// What the rules say of somebody. Close friends and premium do not count here: nobody fits them.
pub(crate) fn allow(rules: &[RuleRow], other: &Other) -> bool {
    for rule in rules {
        let named = || ids(rule).contains(&other.id);
        let shares_chat = || {
            let chats = ids(rule);
            other.chats.iter().any(|chat| chats.contains(&chat.bare()))
        };
        match kind(rule) {
            Some(Kind::AllowAll) => return true,
            Some(Kind::AllowBots) if other.is_bot => return true,
            Some(Kind::AllowContacts) if other.is_contact => return true,
            Some(Kind::AllowUsers) if named() => return true,
            Some(Kind::AllowChatParticipants) if shares_chat() => return true,
            Some(Kind::DisallowAll) => return false,
            Some(Kind::DisallowBots) if other.is_bot => return false,
            Some(Kind::DisallowContacts) if other.is_contact => return false,
            Some(Kind::DisallowUsers) if named() => return false,
            Some(Kind::DisallowChatParticipants) if shares_chat() => return false,
            _ => {}
        }
    }
    false
}

/// Whether `owner` lets `other` do or see something.
pub(crate) async fn is_allowed(store: &Store, owner: i64, subject: Subject, other: i64) -> Result<bool> {
    if owner == other {
        return Ok(true);
    }
    let rules = in_force(store.privacy_rules(owner, subject as i64).await?, subject);
    let is_contact = store.contact(owner, other).await?.is_some();
    Ok(allow(&rules, &Other::new(store, other, is_contact, &rules).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_decides() {
        let other = |id, is_contact| Other { id, is_contact, is_bot: false, chats: vec![PeerId::chat(40)] };
        let rules =
            [row(Kind::DisallowUsers, &[7]), row(Kind::AllowContacts, &[]), row(Kind::DisallowAll, &[])];
        assert!(allow(&rules, &other(6, true)));
        assert!(!allow(&rules, &other(7, true)));
        assert!(!allow(&rules, &other(6, false)));
        assert!(!allow(&[], &other(6, true)), "nothing said is nothing allowed");
        assert!(allow(&[row(Kind::AllowChatParticipants, &[41, 40])], &other(6, false)));
        assert!(!allow(&[row(Kind::AllowChatParticipants, &[41])], &other(6, false)));
        let but_members = [row(Kind::DisallowChatParticipants, &[40]), row(Kind::AllowAll, &[])];
        assert!(!allow(&but_members, &other(6, true)));
        let excepted = with_exception(with_exception(vec![row(Kind::DisallowAll, &[])], 8), 9);
        assert_eq!(ids(&excepted[0]), [8, 9]);
        assert!(allow(&excepted, &other(8, false)) && !allow(&excepted, &other(6, true)));
    }
}
