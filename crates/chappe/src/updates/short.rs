//! The server's short forms of messages, made into whole ones.

use chappe_api::{enums, functions, types};
use chappe_tl::Decode;

use crate::messages::short::{expand, header, message};
use crate::peers::PeerId;

/// A new message as an ordinary update.
fn new(message: types::Message, pts: i32, pts_count: i32) -> enums::Updates {
    let date = message.date;
    let update = types::UpdateNewMessage { message: message.into(), pts, pts_count }.into();
    types::UpdateShort { update, date }.into()
}

/// The people whom a short form names; `None` for whole forms.
pub(crate) fn named(updates: &enums::Updates) -> Option<Vec<i64>> {
    let (mut people, header, via) = match updates {
        enums::Updates::UpdateShortMessage(short) => (vec![short.user_id], &short.fwd_from, short.via_bot_id),
        enums::Updates::UpdateShortChatMessage(short) => {
            (vec![short.from_id], &short.fwd_from, short.via_bot_id)
        }
        _ => return None,
    };
    people.extend(via);
    if let Some(enums::Peer::User(from)) = header.as_ref().and_then(|header| header.from_id.as_ref()) {
        people.push(from.user_id);
    }
    Some(people)
}

/// The whole form of `updateShortMessage` and `updateShortChatMessage`; everything else as it is.
pub(crate) fn lengthen(updates: enums::Updates, me: i64) -> enums::Updates {
    let (pts, pts_count) = match &updates {
        enums::Updates::UpdateShortMessage(short) => (short.pts, short.pts_count),
        enums::Updates::UpdateShortChatMessage(short) => (short.pts, short.pts_count),
        _ => return updates,
    };
    expand(&updates, me).map_or(updates, |message| new(message, pts, pts_count))
}

/// The message that `messages.sendMessage` has sent, out of the call and its short answer. `None` if the two do not tell
/// all of it.
pub(crate) fn sent(request: &[u8], answer: &[u8], me: i64) -> Option<enums::Updates> {
    let enums::Updates::UpdateShortSentMessage(answer) = enums::Updates::from_bytes(answer).ok()? else {
        return None;
    };
    let call = functions::messages::SendMessage::from_bytes(request).ok()?;
    if call.send_as.is_some() || call.rich_message.is_some() || call.suggested_post.is_some() {
        return None;
    }
    let peer = match &call.peer {
        enums::InputPeer::PeerSelf => PeerId::User(me),
        enums::InputPeer::User(peer) => PeerId::User(peer.user_id),
        enums::InputPeer::UserFromMessage(peer) => PeerId::User(peer.user_id),
        enums::InputPeer::Chat(peer) => PeerId::Chat(peer.chat_id),
        _ => return None,
    };
    let reply_to = match call.reply_to {
        None => None,
        Some(enums::InputReplyTo::Message(reply)) if reply.reply_to_peer_id.is_none() => Some(header(*reply)),
        Some(_) => return None,
    };
    let whole = types::Message {
        out: answer.out,
        silent: call.silent,
        noforwards: call.noforwards,
        invert_media: call.invert_media,
        from_id: Some(PeerId::User(me).into()),
        reply_to,
        media: answer.media,
        reply_markup: call.reply_markup,
        entities: answer.entities,
        effect: call.effect,
        ttl_period: answer.ttl_period,
        ..message(answer.id, peer, answer.date, call.message)
    };
    Some(new(whole, answer.pts, answer.pts_count))
}

#[cfg(test)]
mod tests {
    use chappe_tl::Encode;

    use super::*;

    const ME: i64 = 1;

    fn whole(updates: enums::Updates) -> types::Message {
        let enums::Updates::UpdateShort(short) = updates else { panic!("{updates:?}") };
        let enums::Update::NewMessage(new) = short.update else { panic!("{short:?}") };
        assert_eq!((new.pts, new.pts_count), (7, 1));
        match new.message {
            enums::Message::Message(message) => *message,
            other => panic!("{other:?}"),
        }
    }

    fn private(out: bool) -> enums::Updates {
        types::UpdateShortMessage {
            out,
            mentioned: false,
            media_unread: false,
            silent: true,
            id: 5,
            user_id: 2,
            message: "hello".to_owned(),
            pts: 7,
            pts_count: 1,
            date: 9,
            fwd_from: None,
            via_bot_id: Some(3),
            reply_to: None,
            entities: None,
            ttl_period: None,
        }
        .into()
    }

    #[test]
    fn a_short_private_message_says_who_wrote_it() {
        assert_eq!(named(&private(false)), Some(vec![2, 3]));
        for (out, from) in [(false, 2), (true, ME)] {
            let message = whole(lengthen(private(out), ME));
            assert_eq!((message.id, message.date, message.message.as_str()), (5, 9, "hello"));
            assert_eq!(
                (message.peer_id, message.from_id),
                (PeerId::User(2).into(), Some(PeerId::User(from).into()))
            );
            assert!(message.silent && message.out == out);
        }
    }

    fn call(peer: enums::InputPeer) -> functions::messages::SendMessage {
        functions::messages::SendMessage {
            no_webpage: false,
            silent: true,
            background: false,
            clear_draft: false,
            noforwards: false,
            update_stickersets_order: false,
            invert_media: false,
            allow_paid_floodskip: false,
            peer,
            reply_to: None,
            message: "hello".to_owned(),
            random_id: 1,
            reply_markup: None,
            entities: None,
            schedule_date: None,
            schedule_repeat_period: None,
            send_as: None,
            quick_reply_shortcut: None,
            effect: None,
            allow_paid_stars: None,
            suggested_post: None,
            rich_message: None,
        }
    }

    fn answer() -> Vec<u8> {
        let answer = types::UpdateShortSentMessage {
            out: true,
            id: 5,
            pts: 7,
            pts_count: 1,
            date: 9,
            media: None,
            entities: None,
            ttl_period: None,
        };
        enums::Updates::from(answer).to_bytes().unwrap()
    }

    #[test]
    fn what_was_sent_is_made_of_call_and_answer() {
        let to_chat = call(types::InputPeerChat { chat_id: 4 }.into()).to_bytes().unwrap();
        let message = whole(sent(&to_chat, &answer(), ME).unwrap());
        assert_eq!((message.id, message.date, message.message.as_str()), (5, 9, "hello"));
        assert_eq!(
            (message.peer_id, message.from_id),
            (PeerId::Chat(4).into(), Some(PeerId::User(ME).into()))
        );
        assert!(message.silent && message.out);
    }

    #[test]
    fn what_call_and_answer_do_not_tell_is_left_to_the_difference() {
        let mut as_channel = call(enums::InputPeer::PeerSelf);
        as_channel.send_as = Some(enums::InputPeer::PeerSelf);
        assert!(sent(&as_channel.to_bytes().unwrap(), &answer(), ME).is_none());
        assert!(sent(&[1, 2, 3, 4], &answer(), ME).is_none());
    }
}
