//! `account.getPrivacy`, `account.setPrivacy`, `account.getGlobalPrivacySettings` and
//! `account.setGlobalPrivacySettings`.

use chappe_api::{enums, functions, types};
use enums::InputPrivacyRule as Rule;

use crate::call::Call;
use crate::limits::{PRIVACY_RULES, PRIVACY_USERS};
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::Eyes;
use crate::model::note::Note;
use crate::model::peer_id::PeerId;
use crate::model::privacy::{self, Subject};
use crate::model::update::{self, Viewer};
use crate::model::{group, peer};
use crate::store::RuleRow;

fn subject(key: &enums::InputPrivacyKey) -> Answer<Subject> {
    Subject::of(key).ok_or_else(|| bad_request("PRIVACY_KEY_INVALID"))
}

async fn see(call: &Call, stored: &[RuleRow]) -> Answer<types::account::PrivacyRules> {
    let viewer = Viewer { device: call.device, user_id: call.user_id()?, dc_id: call.environment.this_dc };
    let rules: Vec<enums::PrivacyRule> = stored.iter().filter_map(privacy::write).collect();
    let named = rules.iter().flat_map(|rule| match rule {
        enums::PrivacyRule::AllowUsers(users) => users.users.clone(),
        enums::PrivacyRule::DisallowUsers(users) => users.users.clone(),
        _ => Vec::new(),
    });
    let users = update::users(call.store(), &call.world.access, viewer, named.collect(), call.unix()).await?;
    let (eyes, mut chats) = (Eyes::of(call)?, Vec::new());
    for id in stored.iter().flat_map(privacy::chats) {
        for peer in [PeerId::chat(id), PeerId::channel(id)] {
            chats.extend(group::load(&eyes, peer).await?);
        }
    }
    Ok(types::account::PrivacyRules { rules, chats, users })
}

pub(crate) async fn get(
    call: &Call,
    query: functions::account::GetPrivacy,
) -> Answer<types::account::PrivacyRules> {
    let subject = subject(&query.key)?;
    let stored = call.store().privacy_rules(call.user_id()?, subject as i64).await?;
    see(call, &privacy::in_force(stored, subject)).await
}

async fn read(call: &Call, rule: &Rule) -> Answer<RuleRow> {
    let (users, chats) = match rule {
        Rule::AllowUsers(named) => (named.users.as_slice(), &[][..]),
        Rule::DisallowUsers(named) => (named.users.as_slice(), &[][..]),
        Rule::AllowChatParticipants(named) => (&[][..], named.chats.as_slice()),
        Rule::DisallowChatParticipants(named) => (&[][..], named.chats.as_slice()),
        _ => (&[][..], &[][..]),
    };
    if users.len() > PRIVACY_USERS || chats.len() > PRIVACY_USERS {
        return Err(bad_request("PRIVACY_TOO_LONG"));
    }
    // Whom the caller cannot name is left out, as in all lists, and so are groups of others.
    let mut ids = Vec::with_capacity(users.len().max(chats.len()));
    for user in users {
        ids.extend(peer::find(call, user).await?.map(|user| user.id));
    }
    if !chats.is_empty() {
        let own = call.store().chats_of(call.user_id()?).await?;
        let own = |id: &&i64| own.iter().any(|peer| PeerId(*peer).bare() == **id);
        ids.extend(chats.iter().filter(own));
    }
    privacy::read(rule, &ids).ok_or_else(|| bad_request("PRIVACY_VALUE_INVALID"))
}

pub(crate) async fn set(
    call: &Call,
    query: functions::account::SetPrivacy,
) -> Answer<types::account::PrivacyRules> {
    let (user_id, subject) = (call.user_id()?, subject(&query.key)?);
    if query.rules.is_empty() {
        return Err(bad_request("PRIVACY_VALUE_INVALID"));
    }
    if query.rules.len() > PRIVACY_RULES {
        return Err(bad_request("PRIVACY_TOO_LONG"));
    }
    let mut rules = Vec::with_capacity(query.rules.len());
    for rule in &query.rules {
        rules.push(read(call, rule).await?);
    }
    call.store().set_privacy_rules(user_id, subject as i64, &rules).await?;
    call.note_others(user_id, Note::Privacy { subject }).await?;
    if subject == Subject::LastSeen {
        call.tell_watchers(user_id, Note::UserStatus { user_id }).await?;
    }
    if subject == Subject::ProfilePhoto {
        call.tell_watchers(user_id, Note::User { user_id }).await?;
    }
    see(call, &rules).await
}

pub(crate) async fn get_global(
    call: &Call,
    _: functions::account::GetGlobalPrivacySettings,
) -> Answer<types::GlobalPrivacySettings> {
    let [archive, unmuted, folders, read_marks] = call.store().global_privacy(call.user_id()?).await?;
    Ok(types::GlobalPrivacySettings {
        archive_and_mute_new_noncontact_peers: archive,
        keep_archived_unmuted: unmuted,
        keep_archived_folders: folders,
        hide_read_marks: read_marks,
        new_noncontact_peers_require_premium: false,
        display_gifts_button: false,
        noncontact_peers_paid_stars: None,
        disallowed_gifts: None,
    })
}

pub(crate) async fn set_global(
    call: &Call,
    query: functions::account::SetGlobalPrivacySettings,
) -> Answer<types::GlobalPrivacySettings> {
    let wanted = &query.settings;
    if wanted.new_noncontact_peers_require_premium || wanted.noncontact_peers_paid_stars.is_some() {
        return Err(crate::methods::errors::forbidden("PREMIUM_ACCOUNT_REQUIRED"));
    }
    let flags = [
        wanted.archive_and_mute_new_noncontact_peers,
        wanted.keep_archived_unmuted,
        wanted.keep_archived_folders,
        wanted.hide_read_marks,
    ];
    call.store().set_global_privacy(call.user_id()?, flags).await?;
    get_global(call, functions::account::GetGlobalPrivacySettings {}).await
}
