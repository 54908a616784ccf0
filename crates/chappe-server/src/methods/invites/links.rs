//! The links of a chat: `messages.exportChatInvite`, `getExportedChatInvites`, `getExportedChatInvite`,
//! `editExportedChatInvite`, `deleteExportedChatInvite`, `deleteRevokedExportedChatInvites` and `getAdminsWithInvites`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::errors::{Answer, bad_request};
use crate::methods::groups::edit::group_of;
use crate::model::eyes::{Eyes, Peers};
use crate::model::group::Standing;
use crate::model::invite::{self, MAX_USES, TITLE_LEN};
use crate::model::peer;
use crate::model::peer_id::PeerId;
use crate::model::rights::admin;
use crate::store::InviteRow;

/// A chat whose links the caller may handle: that of administrators who may let people in.
pub(super) async fn chat_of(call: &Call, input: &enums::InputPeer) -> Answer<Standing> {
    let standing = group_of(call, input).await?;
    match standing.admin() & admin::INVITE {
        0 => Err(call.refuse(&["CHAT_ADMIN_REQUIRED", "PEER_ID_INVALID"])),
        _ => Ok(standing),
    }
}

/// A link of the chat that the caller may see: one's own, and for the creator everybody's.
pub(super) async fn link_of(call: &Call, standing: &Standing, link: &str) -> Answer<InviteRow> {
    let row = call.store().invite(invite::hash_of(link)).await?;
    let row = row.filter(|row| row.peer == standing.chat.peer);
    let row = row.ok_or_else(|| call.refuse(&["INVITE_HASH_EXPIRED"]))?;
    if row.admin != standing.user_id && !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    Ok(row)
}

/// Whose links are meant: one's own, or for the creator anybody's.
async fn admin_of(call: &Call, standing: &Standing, input: &enums::InputUser) -> Answer<i64> {
    let invalid = || call.refuse(&["ADMIN_ID_INVALID"]);
    let user = peer::find(call, input).await?.ok_or_else(invalid)?;
    if user.id == standing.user_id || standing.is_creator() { Ok(user.id) } else { Err(invalid()) }
}

fn check_limits(call: &Call, expire_date: Option<i32>, usage_limit: Option<i32>) -> Answer<()> {
    let limit = usage_limit.unwrap_or(0);
    if !(0..=MAX_USES).contains(&limit) {
        return Err(call.refuse(&["USAGE_LIMIT_INVALID"]));
    }
    let date = expire_date.unwrap_or(0);
    if date != 0 && date <= call.date() {
        return Err(call.refuse(&["EXPIRE_DATE_INVALID", "USAGE_LIMIT_INVALID"]));
    }
    Ok(())
}

fn title(title: Option<&str>) -> String {
    title.unwrap_or_default().trim().chars().take(TITLE_LEN).collect()
}

fn fresh(call: &Call, standing: &Standing, permanent: bool) -> InviteRow {
    InviteRow {
        hash: invite::hash(&call.world.rng),
        peer: standing.chat.peer,
        admin: standing.user_id,
        date: call.unix(),
        permanent,
        ..InviteRow::default()
    }
}

/// A link without anything special is the permanent one of the administrator; asked for again, it is revoked and replaced
/// if the caller says so, and answered as it is if not.
pub(crate) async fn export(
    call: &Call,
    query: functions::messages::ExportChatInvite,
) -> Answer<enums::ExportedChatInvite> {
    if query.subscription_pricing.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let standing = chat_of(call, &query.peer).await?;
    check_limits(call, query.expire_date, query.usage_limit)?;
    let some = |value: Option<i32>| i64::from(value.unwrap_or(0));
    let (expire_date, usage_limit) = (some(query.expire_date), some(query.usage_limit));
    let title = title(query.title.as_deref());
    let plain = expire_date == 0 && usage_limit == 0 && !query.request_needed && title.is_empty();
    // Either everybody who has it may come, or everybody is looked at: a request uses nothing up.
    if query.request_needed && usage_limit != 0 {
        return Err(call.refuse(&["USAGE_LIMIT_INVALID"]));
    }
    let request_needed = query.request_needed;
    let row = InviteRow { expire_date, usage_limit, request_needed, title, ..fresh(call, &standing, plain) };
    let kept = call.store().new_invite(&row, query.legacy_revoke_permanent).await?;
    let kept = kept.ok_or_else(|| call.refuse(&["USAGE_LIMIT_INVALID"]))?;
    Ok(invite::see(&kept).into())
}

/// Links of one administrator, the newest first; revoked ones apart.
pub(crate) async fn list(
    call: &Call,
    query: functions::messages::GetExportedChatInvites,
) -> Answer<types::messages::ExportedChatInvites> {
    let standing = chat_of(call, &query.peer).await?;
    let admin = admin_of(call, &standing, &query.admin_id).await?;
    let mut rows = call.store().invites(standing.chat.peer).await?;
    rows.retain(|row| row.admin == admin && row.revoked == query.revoked);
    let count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    if let Some(link) = &query.offset_link {
        let hash = invite::hash_of(link);
        if let Some(at) = rows.iter().position(|row| row.hash == hash) {
            rows.drain(..=at);
        }
    }
    rows.truncate(usize::try_from(query.limit).unwrap_or(0).clamp(1, MESSAGES_PER_CALL));
    let mut peers = Peers::default();
    rows.iter().for_each(|row| peers.add(PeerId::user(row.admin)));
    let (users, _) = peers.load(&Eyes::of(call)?).await?;
    let invites = rows.iter().map(|row| invite::see(row).into()).collect();
    Ok(types::messages::ExportedChatInvites { count, invites, users })
}

async fn users_of(call: &Call, row: &InviteRow) -> Answer<Vec<enums::User>> {
    let mut peers = Peers::default();
    peers.add(PeerId::user(row.admin));
    Ok(peers.load(&Eyes::of(call)?).await?.0)
}

pub(crate) async fn one(
    call: &Call,
    query: functions::messages::GetExportedChatInvite,
) -> Answer<enums::messages::ExportedChatInvite> {
    let standing = chat_of(call, &query.peer).await?;
    let row = link_of(call, &standing, &query.link).await?;
    let users = users_of(call, &row).await?;
    Ok(types::messages::ExportedChatInvite { invite: invite::see(&row).into(), users }.into())
}

/// Changes a link, or revokes it. A permanent one cannot be changed; when it is revoked another takes its place.
pub(crate) async fn edit(
    call: &Call,
    query: functions::messages::EditExportedChatInvite,
) -> Answer<enums::messages::ExportedChatInvite> {
    let standing = chat_of(call, &query.peer).await?;
    let mut row = link_of(call, &standing, &query.link).await?;
    let users = users_of(call, &row).await?;
    if query.revoked {
        let new = InviteRow { admin: row.admin, ..fresh(call, &standing, true) };
        let replaced = call.store().revoke_invite(&row, &new).await?;
        row.revoked = true;
        let invite: enums::ExportedChatInvite = invite::see(&row).into();
        let event = types::ChannelAdminLogEventActionExportedInviteRevoke { invite: invite.clone() };
        admin_log::note_own(call, standing.peer(), kind::INVITES, event, "").await?;
        if !replaced {
            return Ok(types::messages::ExportedChatInvite { invite, users }.into());
        }
        let new_invite = invite::see(&new).into();
        return Ok(types::messages::ExportedChatInviteReplaced { invite, new_invite, users }.into());
    }
    if row.revoked {
        return Err(call.refuse(&["INVITE_HASH_EXPIRED"]));
    }
    if row.permanent {
        return Err(call.refuse(&["CHAT_INVITE_PERMANENT"]));
    }
    check_limits(call, query.expire_date, query.usage_limit)?;
    let before = invite::see(&row);
    row.expire_date = query.expire_date.map_or(row.expire_date, i64::from);
    row.usage_limit = query.usage_limit.map_or(row.usage_limit, i64::from);
    row.request_needed = query.request_needed.unwrap_or(row.request_needed);
    if row.request_needed && row.usage_limit != 0 {
        return Err(call.refuse(&["USAGE_LIMIT_INVALID"]));
    }
    if query.title.is_some() {
        row.title = title(query.title.as_deref());
    }
    call.store().edit_invite(&row).await?;
    let (prev_invite, new_invite) = (before.into(), invite::see(&row).into());
    let event = types::ChannelAdminLogEventActionExportedInviteEdit { prev_invite, new_invite };
    admin_log::note_own(call, standing.peer(), kind::INVITES, event, "").await?;
    Ok(types::messages::ExportedChatInvite { invite: invite::see(&row).into(), users }.into())
}

pub(crate) async fn delete(
    call: &Call,
    query: functions::messages::DeleteExportedChatInvite,
) -> Answer<bool> {
    let standing = chat_of(call, &query.peer).await?;
    let row = link_of(call, &standing, &query.link).await?;
    if !call.store().delete_invite(row.peer, &row.hash).await? {
        return Err(call.refuse(&["INVITE_REVOKED_MISSING"]));
    }
    let event = types::ChannelAdminLogEventActionExportedInviteDelete { invite: invite::see(&row).into() };
    admin_log::note_own(call, standing.peer(), kind::INVITES, event, "").await?;
    Ok(true)
}

pub(crate) async fn delete_revoked(
    call: &Call,
    query: functions::messages::DeleteRevokedExportedChatInvites,
) -> Answer<bool> {
    let standing = chat_of(call, &query.peer).await?;
    let admin = admin_of(call, &standing, &query.admin_id).await?;
    call.store().delete_revoked_invites(standing.chat.peer, admin).await?;
    Ok(true)
}

pub(crate) async fn admins(
    call: &Call,
    query: functions::messages::GetAdminsWithInvites,
) -> Answer<types::messages::ChatAdminsWithInvites> {
    let standing = chat_of(call, &query.peer).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let (mut counts, mut peers) = (std::collections::BTreeMap::new(), Peers::default());
    for row in call.store().invites(standing.chat.peer).await? {
        peers.add(PeerId::user(row.admin));
        let (good, revoked): &mut (i32, i32) = counts.entry(row.admin).or_default();
        *if row.revoked { revoked } else { good } += 1;
    }
    let admins = counts.into_iter().map(|(admin_id, (invites_count, revoked_invites_count))| {
        types::ChatAdminWithInvites { admin_id, invites_count, revoked_invites_count }
    });
    let admins = admins.collect();
    let (users, _) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::messages::ChatAdminsWithInvites { admins, users })
}
