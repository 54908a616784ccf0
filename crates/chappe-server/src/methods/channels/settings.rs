//! What administrators switch: `channels.toggleSignatures`, `togglePreHistoryHidden`, `toggleSlowMode`, `toggleJoinRequest`

use chappe_api::{enums, functions, types};

use super::admin_log::{self, kind};
use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::groups::edit::quietly;
use crate::model::group::Standing;
use crate::model::rights::admin;
use crate::model::target;
use crate::store::ChatEdit;

/// The pauses that slow mode knows, in seconds.
const PAUSES: [i32; 7] = [0, 10, 30, 60, 300, 900, 3600];

/// Makes the change if the caller has the right to it and it is one.
async fn switch(
    call: &Call,
    standing: &Standing,
    right: i64,
    is_new: bool,
    (edit, logged): (ChatEdit, enums::ChannelAdminLogEventAction),
) -> Answer<enums::Updates> {
    if standing.admin() & right == 0 {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    if !is_new {
        return Err(call.refuse(&["CHAT_NOT_MODIFIED"]));
    }
    admin_log::note_own(call, standing.peer(), kind::SETTINGS, logged, "").await?;
    quietly(call, standing, edit).await
}

/// Which kind of channel a switch is for.
fn check_kind(call: &Call, standing: &Standing, broadcast: bool) -> Answer<()> {
    if standing.is_broadcast() == broadcast { Ok(()) } else { Err(call.refuse(&["CHAT_ID_INVALID"])) }
}

pub(crate) async fn signatures(
    call: &Call,
    query: functions::channels::ToggleSignatures,
) -> Answer<enums::Updates> {
    if query.profiles_enabled {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let standing = target::channel(call, &query.channel).await?;
    check_kind(call, &standing, true)?;
    let on = query.signatures_enabled;
    let logged = types::ChannelAdminLogEventActionToggleSignatures { new_value: on };
    switch(
        call,
        &standing,
        admin::CHANGE_INFO,
        on != standing.chat.signatures,
        (ChatEdit::Signatures(on), logged.into()),
    )
    .await
}

pub(crate) async fn pre_history(
    call: &Call,
    query: functions::channels::TogglePreHistoryHidden,
) -> Answer<enums::Updates> {
    let standing = target::channel(call, &query.channel).await?;
    check_kind(call, &standing, false)?;
    if standing.chat.username.is_some() && query.enabled {
        return Err(call.refuse(&["CHAT_LINK_EXISTS"]));
    }
    let is_new = query.enabled != standing.chat.hidden_history;
    let logged = types::ChannelAdminLogEventActionTogglePreHistoryHidden { new_value: query.enabled };
    let edit = ChatEdit::HiddenHistory(query.enabled);
    switch(call, &standing, admin::CHANGE_INFO, is_new, (edit, logged.into())).await
}

pub(crate) async fn slow_mode(
    call: &Call,
    query: functions::channels::ToggleSlowMode,
) -> Answer<enums::Updates> {
    let standing = target::channel(call, &query.channel).await?;
    check_kind(call, &standing, false)?;
    if !PAUSES.contains(&query.seconds) {
        return Err(call.refuse(&["SECONDS_INVALID"]));
    }
    let (before, seconds) = (standing.chat.slowmode, i64::from(query.seconds));
    let prev_value = i32::try_from(before).unwrap_or(0);
    let logged = types::ChannelAdminLogEventActionToggleSlowMode { prev_value, new_value: query.seconds };
    let edit = ChatEdit::SlowMode(seconds);
    switch(call, &standing, admin::BAN, seconds != before, (edit, logged.into())).await
}

pub(crate) async fn join_request(
    call: &Call,
    query: functions::channels::ToggleJoinRequest,
) -> Answer<enums::Updates> {
    if query.guard_bot.is_some() {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    let standing = target::channel(call, &query.channel).await?;
    check_kind(call, &standing, false)?;
    if query.enabled && standing.chat.username.is_none() {
        return Err(call.refuse(&["CHAT_PUBLIC_REQUIRED"]));
    }
    let is_new = query.enabled != standing.chat.join_request;
    // The log has no entry of its own for it: it says who may come in.
    let logged = types::ChannelAdminLogEventActionToggleInvites { new_value: !query.enabled };
    let edit = ChatEdit::JoinRequest(query.enabled);
    switch(call, &standing, admin::BAN, is_new, (edit, logged.into())).await
}
