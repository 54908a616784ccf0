//! `account.getNotifySettings`, `account.updateNotifySettings` and `account.resetNotifySettings`.

use chappe_api::enums::{InputNotifyPeer, InputPeer};
use chappe_api::{functions, types};

use crate::call::Call;
use crate::limits::NOTIFY_SETTINGS;
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::Note;
use crate::model::notify::{self, Scope};
use crate::model::peer;

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
