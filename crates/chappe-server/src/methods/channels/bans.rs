//! `channels.editBanned`

use chappe_api::{enums, functions};

use super::admin_log::{self, kind};
use super::join;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::methods::groups::tell;
use crate::model::rights::{admin, banned, banned_bits};
use crate::model::target::{self, Target};
use crate::store::chats::{LEFT, REMOVED};
use crate::store::{AccountChange, Amendment, MemberRow};

/// A ban of less or more than this, in seconds, is one for ever.
const SHORTEST: i64 = 30;
const LONGEST: i64 = 366 * 24 * 3600;

/// When a ban ends, as it is stored: 0 for never.
fn until(date: i32, now: i64) -> i64 {
    let date = i64::from(date);
    let length = date.saturating_sub(now);
    if (SHORTEST..=LONGEST).contains(&length) { date } else { 0 }
}

/// Restricts somebody, removes them, or lifts that.
pub(crate) async fn edit(call: &Call, query: functions::channels::EditBanned) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let standing = target::channel(call, &query.channel).await?;
    if standing.admin() & admin::BAN == 0 {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let Target::User(user) = target::find(call, &query.participant).await? else {
        return Err(call.refuse(&["PARTICIPANT_ID_INVALID"]));
    };
    if user.id == me {
        return Err(call.refuse(&["USER_ID_INVALID"]));
    }
    let bits = banned_bits(&query.banned_rights);
    // In a channel there is nothing to restrict but looking.
    if standing.is_broadcast() && bits != 0 && bits & banned::VIEW == 0 {
        return Err(call.refuse(&["BANNED_RIGHTS_INVALID"]));
    }
    let peer = standing.peer();
    let part = call.store().member(peer.0, user.id).await?;
    let protected = part.as_ref().is_some_and(|part| {
        part.is_in() && part.admin_rights != 0 && part.promoted_by != me && !standing.is_creator()
    });
    if user.id == standing.chat.creator || protected {
        return Err(call.refuse(&["USER_ADMIN_INVALID"]));
    }
    let was_in = part.as_ref().is_some_and(MemberRow::is_in);
    let part = part
        .unwrap_or_else(|| MemberRow { state: LEFT, ..MemberRow::joined(peer.0, user.id, me, call.unix()) });
    let state = match bits & banned::VIEW != 0 {
        true => REMOVED,
        false if part.state == REMOVED => LEFT,
        false => part.state,
    };
    let restricted = MemberRow {
        state,
        admin_rights: if bits == 0 { part.admin_rights } else { 0 },
        rank: if bits == 0 { part.rank.clone() } else { String::new() },
        banned_rights: bits,
        banned_until: if bits == 0 { 0 } else { until(query.banned_rights.until_date, call.unix()) },
        banned_by: me,
        ..part.clone()
    };
    let which = match (part.state, state) {
        (_, REMOVED) => kind::KICK,
        (REMOVED, _) => kind::UNKICK,
        _ if bits == 0 => kind::UNBAN,
        _ => kind::BAN,
    };
    let mut changes = Vec::new();
    if was_in && state == REMOVED {
        let removed = join::remove(call, standing.clone(), restricted.clone()).await?;
        changes.extend(removed.map(|sent| sent.change));
    } else {
        call.store().amend(peer.0, &Amendment::members(vec![restricted.clone()])).await?;
    }
    admin_log::note_part(call, &standing, which, &part, &restricted).await?;
    call.account_changed(user.id, AccountChange::Channel, peer).await?;
    tell::answer(call, peer, AccountChange::Channel, &changes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_for_a_moment_or_for_years_is_for_ever() {
        assert_eq!(until(0, 1000), 0);
        assert_eq!(until(1029, 1000), 0);
        assert_eq!(until(1030, 1000), 1030);
        assert_eq!(until(i32::MAX, 1000), 0);
    }
}
