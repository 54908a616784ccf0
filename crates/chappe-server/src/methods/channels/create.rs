//! `channels.createChannel`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::CHAT_ABOUT_LEN;
use crate::methods::errors::{Answer, bad_request};
use crate::methods::groups::{create::check_title, entering::check_room, tell};
use crate::methods::messages::outgoing;
use crate::model::peer_id::PeerId;
use crate::model::rights::banned;
use crate::store::chats::{BROADCAST, SUPERGROUP};
use crate::store::{AccountChange, Amendment, ChatRow, MemberRow};

pub(crate) async fn handle(call: &Call, query: functions::channels::CreateChannel) -> Answer<enums::Updates> {
    let me = call.user_id()?;
    let special = query.forum || query.geo_point.is_some() || query.for_import;
    if special || query.ttl_period.is_some_and(|period| period != 0) {
        return Err(bad_request("METHOD_NOT_IMPLEMENTED"));
    }
    if query.broadcast == query.megagroup {
        return Err(call.refuse(&["CHAT_INVALID"]));
    }
    let title = check_title(call, &query.title)?;
    check_room(call, me).await?;
    let about = query.about.trim().to_owned();
    if about.chars().count() > CHAT_ABOUT_LEN {
        return Err(call.refuse(&["CHAT_ABOUT_TOO_LONG"]));
    }
    let now = call.unix();
    // The members of a new supergroup talk; what it looks like is for administrators.
    let (kind, banned_rights) =
        if query.broadcast { (BROADCAST, 0) } else { (SUPERGROUP, banned::CHANGE_INFO | banned::PIN) };
    let row = ChatRow {
        kind,
        title: title.clone(),
        about,
        creator: me,
        date: now,
        banned_rights,
        ..ChatRow::default()
    };
    let creator = [MemberRow::joined(0, me, me, now)];
    let chat = call.store().create_chat(row, |id| PeerId::channel(id).0, &creator).await?;
    let peer = PeerId(chat.peer);
    let target = outgoing::group_target(call, peer).await?;
    let action = types::MessageActionChannelCreate { title }.into();
    let sent = outgoing::service(call, &target, action, Amendment::default()).await?;
    tell::members(call, peer, AccountChange::Channel).await?;
    tell::answer(call, peer, AccountChange::Channel, &[sent.change]).await
}
