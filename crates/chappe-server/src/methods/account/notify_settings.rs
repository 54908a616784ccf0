//! `account.getNotifySettings`, `account.updateNotifySettings`, `account.resetNotifySettings` and
//! `account.getNotifyExceptions`.

use chappe_api::enums::{InputNotifyPeer, InputPeer};
use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::NOTIFY_SETTINGS;
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::{Eyes, Peers};
use crate::model::note::Note;
use crate::model::notify::{self, Scope};
use crate::model::{group, peer};

/// What an input means. A setting is its owner's own business, so groups and channels are taken by their id.
async fn scope(call: &Call, peer: &InputNotifyPeer) -> Answer<Scope> {
    let invalid = || bad_request("PEER_ID_INVALID");
    Ok(match peer {
        InputNotifyPeer::Users => Scope::USERS,
        InputNotifyPeer::Chats => Scope::CHATS,
        InputNotifyPeer::Broadcasts => Scope::BROADCASTS,
        InputNotifyPeer::Peer(named) => match &named.peer {
            InputPeer::Chat(chat) if chat.chat_id > 0 => Scope::chat(chat.chat_id),
            InputPeer::Channel(channel) if channel.channel_id > 0 => Scope::channel(channel.channel_id),
            user => Scope::user(peer::find_peer(call, user).await?.ok_or_else(invalid)?.id),
        },
        _ => return Err(invalid()),
    })
}

pub(crate) async fn get(
    call: &Call,
    query: functions::account::GetNotifySettings,
) -> Answer<types::PeerNotifySettings> {
    let scope = scope(call, &query.peer).await?;
    Ok(notify::see(&call.store().notify_settings(call.user_id()?, scope.kind, scope.peer_id).await?))
}

pub(crate) async fn update(call: &Call, query: functions::account::UpdateNotifySettings) -> Answer<bool> {
    let user_id = call.user_id()?;
    let scope = scope(call, &query.peer).await?;
    let row = notify::read(&query.settings);
    let kept =
        call.store().set_notify_settings(user_id, (scope.kind, scope.peer_id), &row, NOTIFY_SETTINGS).await?;
    if !kept {
        return Err(bad_request("SETTINGS_INVALID"));
    }
    call.note_others(user_id, Note::NotifySettings { scope }).await?;
    Ok(true)
}

pub(crate) async fn reset(call: &Call, _: functions::account::ResetNotifySettings) -> Answer<bool> {
    call.store().reset_notify_settings(call.user_id()?).await?;
    Ok(true)
}

/// `account.getNotifyExceptions`: the chats that are louder or quieter than the others of their kind, as updates. Another
/// sound alone counts if the caller says so.
pub(crate) async fn exceptions(
    call: &Call,
    query: functions::account::GetNotifyExceptions,
) -> Answer<enums::Updates> {
    let only = query.peer.as_ref().map(|peer| match peer {
        InputNotifyPeer::Users => Some(Scope::USERS.kind),
        InputNotifyPeer::Chats => Some(Scope::CHATS.kind),
        InputNotifyPeer::Broadcasts => Some(Scope::BROADCASTS.kind),
        _ => None,
    });
    let eyes = Eyes::of(call)?;
    let (mut peers, mut updates) = (Peers::default(), Vec::new());
    for (scope, row) in call.store().all_notify_settings(call.user_id()?).await? {
        let scope = Scope { kind: scope.0, peer_id: scope.1 };
        let differs = row.silent >= 0 || row.mute_until >= 0 || row.show_previews >= 0;
        let Some(peer) = scope.chat_peer().filter(|_| differs || query.compare_sound && row.sound >= 0)
        else {
            continue;
        };
        let kind = match group::standing(&eyes, peer).await? {
            Some(standing) if standing.is_broadcast() => Scope::BROADCASTS.kind,
            Some(_) => Scope::CHATS.kind,
            None => Scope::USERS.kind,
        };
        if only.is_some_and(|only| only != Some(kind)) {
            continue;
        }
        peers.add(peer);
        let notify_settings = notify::see(&row);
        updates.push(types::UpdateNotifySettings { peer: scope.peer(), notify_settings }.into());
    }
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::Updates { updates, users, chats, date: call.date(), seq: 0 }.into())
}
