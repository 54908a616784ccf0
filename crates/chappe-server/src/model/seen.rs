//! Naming somebody by a message that names them, in the place of an access hash.
//!
//! Source: <https://core.telegram.org/api/min>

use chappe_api::enums::InputPeer;

use super::eyes::{Eyes, Peers};
use super::peer_id::PeerId;
use super::{message, peer, target};
use crate::call::Call;
use crate::methods::errors::Answer;

/// Whether the caller sees such a message in such a chat, and it names this peer.
pub(crate) async fn names(call: &Call, chat: &InputPeer, msg_id: i32, named: PeerId) -> Answer<bool> {
    let me = call.user_id()?;
    // The chat itself has to be named without the help of another message.
    let standing = match chat {
        InputPeer::Channel(channel) => {
            Some(target::by_hash(call, channel.channel_id, channel.access_hash).await)
        }
        InputPeer::Chat(chat) => Some(target::basic(call, chat.chat_id).await),
        _ => None,
    };
    let chat = match (standing, chat) {
        (Some(Ok(standing)), _) => standing.peer(),
        (Some(Err(refused)), _) if refused.code < 500 => return Ok(false),
        (Some(Err(broken)), _) => return Err(broken),
        (None, InputPeer::PeerSelf) => PeerId::user(me),
        (None, InputPeer::User(user)) => match peer::by_hash(call, user.user_id, user.access_hash).await? {
            Some(user) => PeerId::user(user.id),
            None => return Ok(false),
        },
        (None, _) => return Ok(false),
    };
    let mailbox = chat.mailbox(me);
    let Some(row) = call.store().message(mailbox, i64::from(msg_id)).await? else { return Ok(false) };
    let hidden = if mailbox < 0 { call.store().available_min(me, mailbox).await? } else { 0 };
    if row.peer != chat.0 || row.id <= hidden {
        return Ok(false);
    }
    let mut peers = Peers::default();
    message::see(&Eyes::of(call)?, &row, &mut peers).await?;
    Ok(peers.iter().any(|peer| peer == named))
}
