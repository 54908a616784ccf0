//! `messages.checkChatInvite` and `importChatInvite`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::errors::Answer;
use crate::methods::groups::{entering, tell};
use crate::model::eyes::Eyes;
use crate::model::group::{self, Standing};
use crate::model::peer_id::PeerId;
use crate::model::{group_photo, invite};
use crate::store::chats::REMOVED;
use crate::store::{Entry, InviteRow};

/// The link, and the chat that it leads into: `INVITE_HASH_EXPIRED` if nobody can come by it, or the caller may not.
async fn find(call: &Call, hash: &str) -> Answer<(InviteRow, Standing)> {
    let hash = invite::hash_of(hash);
    if hash.is_empty() {
        return Err(call.refuse(&["INVITE_HASH_EMPTY"]));
    }
    if !invite::is_hash(hash) {
        return Err(call.refuse(&["INVITE_HASH_INVALID"]));
    }
    let expired = || call.refuse(&["INVITE_HASH_EXPIRED"]);
    let row = call.store().invite(hash).await?.ok_or_else(expired)?;
    let standing = group::standing(&Eyes::of(call)?, PeerId(row.peer)).await?.ok_or_else(expired)?;
    let removed = match standing.is_basic() {
        true => standing.member.as_ref().is_some_and(|part| part.state == REMOVED),
        false => standing.is_removed(),
    };
    let ended = standing.chat.deleted || standing.chat.migrated_to != 0;
    if ended || removed || row.is_spent(call.unix()) && !standing.is_in() {
        return Err(expired());
    }
    Ok((row, standing))
}

pub(crate) async fn check(
    call: &Call,
    query: functions::messages::CheckChatInvite,
) -> Answer<enums::ChatInvite> {
    let (row, standing) = find(call, &query.hash).await?;
    let eyes = Eyes::of(call)?;
    if standing.is_in() {
        return Ok(types::ChatInviteAlready { chat: group::see(&eyes, &standing) }.into());
    }
    let chat = &standing.chat;
    let photo = match group_photo::full(&eyes, chat) {
        Some(photo) => photo.into(),
        None => types::PhotoEmpty { id: 0 }.into(),
    };
    Ok(types::ChatInvite {
        channel: !standing.is_basic(),
        broadcast: standing.is_broadcast(),
        public: chat.username.is_some(),
        megagroup: !standing.is_basic() && !standing.is_broadcast(),
        request_needed: row.request_needed,
        verified: false,
        scam: false,
        fake: false,
        can_refulfill_subscription: false,
        title: chat.title.clone(),
        about: Some(chat.about.clone()).filter(|about| !about.is_empty()),
        photo,
        participants_count: i32::try_from(chat.members).unwrap_or(i32::MAX),
        participants: None,
        color: 0,
        subscription_pricing: None,
        subscription_form_id: None,
        bot_verification: None,
    }
    .into())
}

pub(crate) async fn import(
    call: &Call,
    query: functions::messages::ImportChatInvite,
) -> Answer<enums::messages::ChatInviteJoinResult> {
    let me = call.user_id()?;
    let (row, standing) = find(call, &query.hash).await?;
    if standing.is_in() {
        return Err(call.refuse(&["USER_ALREADY_PARTICIPANT"]));
    }
    if row.request_needed {
        entering::ask(call, &standing, &row.hash).await?;
        return Err(call.refuse(&["INVITE_REQUEST_SENT"]));
    }
    let peer = standing.peer();
    let action = types::MessageActionChatJoinedByLink { inviter_id: row.admin }.into();
    let entry = Entry { hash: row.hash.clone(), user_id: me, approved_by: 0, at: call.unix() };
    let change = entering::enter(call, standing, (me, row.admin), Some(entry), action).await?;
    let invite = invite::see(&row).into();
    let event = types::ChannelAdminLogEventActionParticipantJoinByInvite { via_chatlist: false, invite };
    admin_log::note_own(call, peer, kind::JOIN, event, "").await?;
    let changes: Vec<_> = change.into_iter().collect();
    let updates = tell::answer(call, peer, entering::membership(peer), &changes).await?;
    Ok(types::messages::ChatInviteJoinResultOk { updates }.into())
}
