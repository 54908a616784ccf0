//! Who came by a link, and who asks to: `messages.getChatInviteImporters`, `hideChatJoinRequest` and
//! `hideAllChatJoinRequests`

use chappe_api::{enums, functions, types};

use super::links::{chat_of, link_of};
use crate::call::Call;
use crate::limits::MESSAGES_PER_CALL;
use crate::methods::channels::admin_log::{self, kind};
use crate::methods::channels::participants;
use crate::methods::errors::{Answer, is_outrun};
use crate::methods::groups::{entering, tell};
use crate::model::eyes::{Eyes, Peers};
use crate::model::group::Standing;
use crate::model::peer_id::PeerId;
use crate::model::{invite, peer};
use crate::store::{AccountChange, Change, Entry, ImportRow};

pub(crate) async fn importers(
    call: &Call,
    query: functions::messages::GetChatInviteImporters,
) -> Answer<types::messages::ChatInviteImporters> {
    let standing = chat_of(call, &query.peer).await?;
    let hash = match &query.link {
        Some(link) => link_of(call, &standing, link).await?.hash,
        None => String::new(),
    };
    let wanted = query.q.as_deref().map_or("", str::trim);
    if !wanted.is_empty() && !hash.is_empty() {
        return Err(call.refuse(&["SEARCH_WITH_LINK_NOT_SUPPORTED"]));
    }
    let peer = standing.chat.peer;
    let mut rows: Vec<ImportRow> = if query.requested {
        let requests = call.store().join_requests(peer).await?;
        let by_link = requests.into_iter().filter(|request| hash.is_empty() || request.hash == hash);
        by_link
            .map(|request| ImportRow { user_id: request.user_id, date: request.date, approved_by: 0 })
            .collect()
    } else {
        call.store().importers(peer, &hash).await?
    };
    if !wanted.is_empty() {
        let mut found = Vec::new();
        for row in rows {
            if participants::is_named(call, row.user_id, wanted).await? {
                found.push(row);
            }
        }
        rows = found;
    }
    let count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    // The list goes on behind the one that the last page ended with.
    let last = peer::claimed_id(&query.offset_user);
    if let Some(at) = rows.iter().position(|row| last != 0 && row.user_id == last) {
        rows.drain(..=at);
    } else if query.offset_date > 0 {
        rows.retain(|row| row.date < i64::from(query.offset_date));
    }
    rows.truncate(usize::try_from(query.limit).unwrap_or(0).clamp(1, MESSAGES_PER_CALL));
    let (mut importers, mut peers) = (Vec::new(), Peers::default());
    for row in rows {
        peers.add(PeerId::user(row.user_id));
        peers.add(PeerId::user(row.approved_by));
        importers.push(types::ChatInviteImporter {
            requested: query.requested,
            via_chatlist: false,
            user_id: row.user_id,
            date: i32::try_from(row.date).unwrap_or(i32::MAX),
            about: None,
            approved_by: Some(row.approved_by).filter(|by| *by != 0),
        });
    }
    let (users, _) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::messages::ChatInviteImporters { count, importers, users })
}

/// Lets somebody in who has asked, or not. Who cannot come in now still asks.
async fn decide(call: &Call, standing: &Standing, user_id: i64, approved: bool) -> Answer<Option<Change>> {
    let peer = standing.chat.peer;
    let missing = || call.refuse(&["HIDE_REQUESTER_MISSING"]);
    if !approved {
        call.store().take_join_request(peer, user_id).await?.ok_or_else(missing)?;
        return Ok(None);
    }
    let request = call.store().join_request(peer, user_id).await?.ok_or_else(missing)?;
    let by_link = call.store().invite(&request.hash).await?;
    let invite =
        by_link.map_or(enums::ExportedChatInvite::PublicJoinRequests, |row| invite::see(&row).into());
    let approved_by = standing.user_id;
    let entry = (!request.hash.is_empty()).then(|| Entry {
        hash: request.hash.clone(),
        user_id,
        approved_by,
        at: call.unix(),
    });
    let action = enums::MessageAction::ChatJoinedByRequest;
    let change = entering::enter(call, standing.clone(), (user_id, approved_by), entry, action).await?;
    let event = types::ChannelAdminLogEventActionParticipantJoinByRequest { invite, approved_by };
    admin_log::note(call, standing.peer(), user_id, kind::JOIN, event, "").await?;
    Ok(change)
}

async fn told(call: &Call, standing: &Standing, changes: &[Change]) -> Answer<enums::Updates> {
    entering::tell_doorkeepers(call, standing).await?;
    // What is in the caller's own mailbox, or in the channel; copies in others are not theirs to see.
    let me = standing.user_id;
    let own: Vec<Change> =
        changes.iter().filter(|change| change.mailbox < 0 || change.mailbox == me).copied().collect();
    tell::answer(call, standing.peer(), AccountChange::JoinRequests, &own).await
}

pub(crate) async fn hide(
    call: &Call,
    query: functions::messages::HideChatJoinRequest,
) -> Answer<enums::Updates> {
    let standing = chat_of(call, &query.peer).await?;
    let user = peer::find(call, &query.user_id).await?;
    let user = user.ok_or_else(|| call.refuse(&["USER_ID_INVALID"]))?;
    let part = call.store().member(standing.chat.peer, user.id).await?;
    if part.is_some_and(|part| part.is_in()) {
        return Err(call.refuse(&["USER_ALREADY_PARTICIPANT"]));
    }
    let change = decide(call, &standing, user.id, query.approved).await?;
    told(call, &standing, &change.into_iter().collect::<Vec<_>>()).await
}

pub(crate) async fn hide_all(
    call: &Call,
    query: functions::messages::HideAllChatJoinRequests,
) -> Answer<enums::Updates> {
    let standing = chat_of(call, &query.peer).await?;
    let hash = match &query.link {
        Some(link) => link_of(call, &standing, link).await?.hash,
        None => String::new(),
    };
    let (mut changes, mut decided, mut refused) = (Vec::new(), 0, None);
    for request in call.store().join_requests(standing.chat.peer).await? {
        if !hash.is_empty() && request.hash != hash {
            continue;
        }
        match decide(call, &standing, request.user_id, query.approved).await {
            Ok(change) => (decided, _) = (decided + 1, changes.extend(change)),
            Err(error) if is_outrun(&error) || error.code == 500 => return Err(error),
            // Who cannot come in now stands in nobody's way.
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if decided == 0 => Err(error),
        _ => told(call, &standing, &changes).await,
    }
}
