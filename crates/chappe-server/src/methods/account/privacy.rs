//! `account.getPrivacy`, `account.setPrivacy`, `account.getGlobalPrivacySettings` and
//! `account.setGlobalPrivacySettings`.

use chappe_api::{enums, functions, types};
use enums::InputPrivacyRule as Rule;

use crate::call::Call;
use crate::limits::{PRIVACY_RULES, PRIVACY_USERS};
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::Note;
use crate::model::peer;
use crate::model::privacy::{self, Subject};
use crate::model::update::{self, Viewer};
use crate::store::RuleRow;

fn subject(key: &enums::InputPrivacyKey) -> Answer<Subject> {
    Subject::of(key).ok_or_else(|| bad_request("PRIVACY_KEY_INVALID"))
}

async fn see(call: &Call, rules: &[RuleRow]) -> Answer<types::account::PrivacyRules> {
    let viewer = Viewer { device: call.device, user_id: call.user_id()?, dc_id: call.environment.this_dc };
    let rules: Vec<enums::PrivacyRule> = rules.iter().filter_map(privacy::write).collect();
    let named = rules.iter().flat_map(|rule| match rule {
        enums::PrivacyRule::AllowUsers(users) => users.users.clone(),
        enums::PrivacyRule::DisallowUsers(users) => users.users.clone(),
        _ => Vec::new(),
    });
    let users = update::users(call.store(), &call.world.access, viewer, named.collect(), call.unix()).await?;
    Ok(types::account::PrivacyRules { rules, chats: Vec::new(), users })
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
    let named = match rule {
        Rule::AllowUsers(users) => users.users.as_slice(),
        Rule::DisallowUsers(users) => users.users.as_slice(),
        _ => &[],
    };
    if named.len() > PRIVACY_USERS {
        return Err(bad_request("PRIVACY_TOO_LONG"));
    }
    let mut ids = Vec::with_capacity(named.len());
    for user in named {
        // Somebody who cannot be named by the caller is left out, as in all lists.
        ids.extend(peer::find(call, user).await?.map(|user| user.id));
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
