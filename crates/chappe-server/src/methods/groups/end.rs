//! How a basic group ends: `messages.deleteChat` and `messages.migrateChat`

use chappe_api::{enums, functions, types};

use super::{entering, tell};
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::methods::messages::outgoing;
use crate::model::eyes::Peers;
use crate::model::peer_id::PeerId;
use crate::model::post;
use crate::model::target::{self, Target};
use crate::store::chats::SUPERGROUP;
use crate::store::{AccountChange, Amendment, ChatEdit, ChatRow, MemberRow};

pub(crate) async fn delete(call: &Call, query: functions::messages::DeleteChat) -> Answer<bool> {
    let standing = target::live_basic(call, query.chat_id).await?;
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let peer = standing.peer();
    call.store().amend(peer.0, &Amendment::edit(ChatEdit::Deleted)).await?;
    tell::members(call, peer, AccountChange::Chat).await?;
    Ok(true)
}

/// Makes a supergroup with the same members, title, photo and rights. What was said before stays where it is. A group that
/// has become one already is answered with it.
pub(crate) async fn migrate(call: &Call, query: functions::messages::MigrateChat) -> Answer<enums::Updates> {
    let standing = target::basic(call, query.chat_id).await?;
    if !standing.is_in() || standing.chat.deleted {
        return Err(call.refuse(&["CHAT_ID_INVALID"]));
    }
    if !standing.is_creator() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let old = standing.peer();
    if standing.chat.migrated_to != 0 {
        let mut peers = Peers::default();
        peers.add(old);
        let update = types::UpdateChannel { channel_id: PeerId(standing.chat.migrated_to).bare() }.into();
        peers.add(PeerId(standing.chat.migrated_to));
        return post::updates(call, vec![update], &[], peers).await;
    }
    entering::check_room(call, standing.user_id).await?;
    let chat = &standing.chat;
    let mut members = call.store().members(chat.peer).await?;
    members.retain(MemberRow::is_in);
    let row = ChatRow {
        kind: SUPERGROUP,
        title: chat.title.clone(),
        about: chat.about.clone(),
        creator: chat.creator,
        date: call.unix(),
        banned_rights: chat.banned_rights,
        migrated_from: chat.peer,
        ..ChatRow::default()
    };
    let new = call.store().create_chat(row, |id| PeerId::channel(id).0, &members).await?;
    let mut edits = Vec::new();
    if let Some(photo) = &chat.photo {
        edits.push(ChatEdit::Photo(Some(photo.clone())));
    }
    if chat.noforwards {
        edits.push(ChatEdit::NoForwards(true));
    }
    call.store().amend(new.peer, &Amendment { edits, ..Amendment::default() }).await?;
    let channel = PeerId(new.peer);
    let from = types::MessageActionChannelMigrateFrom { title: chat.title.clone(), chat_id: old.bare() };
    let to = types::MessageActionChatMigrateTo { channel_id: channel.bare() };
    let target = outgoing::group_target(call, channel).await?;
    let first = outgoing::service(call, &target, from.into(), Amendment::default()).await?;
    let target = Target::Group(Box::new(standing));
    let last = outgoing::service(call, &target, to.into(), Amendment::default()).await?;
    tell::members(call, old, AccountChange::Chat).await?;
    tell::members(call, channel, AccountChange::Channel).await?;
    tell::answer(call, channel, AccountChange::Channel, &[last.change, first.change]).await
}
