//! `channels.exportMessageLink`, `getSendAs` and `getMessageAuthor`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::methods::messages::outgoing;
use crate::model::eyes::{Eyes, Peers};
use crate::model::peer_id::PeerId;
use crate::model::rights::admin;
use crate::model::target::{self, Target};
use crate::model::update;

pub(crate) async fn message(
    call: &Call,
    query: functions::channels::ExportMessageLink,
) -> Answer<types::ExportedMessageLink> {
    let standing = target::channel(call, &query.channel).await?;
    let found = outgoing::named(call, standing.chat.peer, &[query.id]).await?;
    if found.into_iter().flatten().next().is_none() {
        return Err(call.refuse(&["MESSAGE_ID_INVALID"]));
    }
    let single = if query.grouped { "" } else { "?single" };
    let link = match &standing.chat.username {
        Some(username) => format!("https://t.me/{username}/{}{single}", query.id),
        None => format!("https://t.me/c/{}/{}{single}", standing.peer().bare(), query.id),
    };
    let html = format!("<a href=\"{link}\">{link}</a>");
    Ok(types::ExportedMessageLink { link, html })
}

/// As whom one may speak: as oneself, and administrators who stay unnamed as the group.
pub(crate) async fn send_as(
    call: &Call,
    query: functions::channels::GetSendAs,
) -> Answer<types::channels::SendAsPeers> {
    let Target::Group(standing) = target::find(call, &query.peer).await? else {
        return Err(call.refuse(&["PEER_ID_INVALID"]));
    };
    let mut all = vec![PeerId::user(call.user_id()?)];
    if !standing.is_basic() && (standing.is_creator() || standing.admin() & admin::ANONYMOUS != 0) {
        all.push(standing.peer());
    }
    let mut peers = Peers::default();
    all.iter().for_each(|peer| peers.add(*peer));
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    let peers = all.into_iter().map(|peer| types::SendAsPeer { premium_required: false, peer: peer.peer() });
    Ok(types::channels::SendAsPeers { peers: peers.collect(), chats, users })
}

/// Who has written a post, for the administrators of a channel.
pub(crate) async fn author(call: &Call, query: functions::channels::GetMessageAuthor) -> Answer<enums::User> {
    let standing = target::channel(call, &query.channel).await?;
    let row = outgoing::named(call, standing.chat.peer, &[query.id]).await?.into_iter().flatten().next();
    let row = row.filter(|_| standing.is_admin()).ok_or_else(|| call.refuse(&["CHANNEL_INVALID"]))?;
    let eyes = Eyes::of(call)?;
    let ids = vec![row.author];
    let mut users = update::users(eyes.store(), &call.world.access, eyes.viewer, ids, eyes.now).await?;
    users.pop().ok_or_else(|| call.refuse(&["CHANNEL_INVALID"]))
}
