//! Answers to calls that tell the account something.

use std::sync::Arc;

use chappe_api::enums::{InputChannel, InputPeer};
use chappe_api::functions::{channels, messages};
use chappe_mtproto::rpc::wrappers::peel;
use chappe_tl::{Decode, Function, Reader};

use super::NetEvent;

/// updateShortSentMessage: completes a message of the caller.
const SENT: u32 = 0x9015_e101;

/// updatesTooLong, updateShortMessage, updateShortChatMessage, updateShort, updatesCombined, updates.
const UPDATES: [u32; 6] = [0xe317_af7e, 0x313b_c7f8, 0x4d6d_eea5, 0x78d4_dec1, 0x725b_04c3, 0x74ae_4240];

/// messages.affectedMessages, messages.affectedHistory, messages.affectedFoundMessages: each begins with pts and pts_count.
const AFFECTED: [u32; 3] = [0x84d1_9185, 0xb45c_69d1, 0xef8d_3e6c];

/// What an answer (TL bytes) tells the account: updates pass through the counters even if they are the answer to a call.
pub(super) fn event(request: &Arc<Vec<u8>>, answer: &[u8]) -> Option<NetEvent> {
    match u32::from_le_bytes(*answer.first_chunk()?) {
        SENT => Some(NetEvent::Sent { request: request.clone(), answer: answer.to_vec() }),
        id if UPDATES.contains(&id) => Some(NetEvent::Updates(answer.to_vec())),
        id if AFFECTED.contains(&id) => affected(request, answer),
        _ => None,
    }
}

/// The server tells the caller of a deletion or reading by this answer alone. What is not understood leaves a gap in the
/// counter, as if it had been lost.
fn affected(request: &[u8], answer: &[u8]) -> Option<NetEvent> {
    let mut reader = Reader::new(answer.get(4..)?);
    let (pts, pts_count) = (reader.i32().ok()?, reader.i32().ok()?);
    let channel = match counter(request)? {
        Counter::Account => None,
        Counter::Channel(channel) => Some(channel),
    };
    (pts_count > 0).then_some(NetEvent::Affected { channel, pts, pts_count })
}

/// What an answer counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counter {
    Account,
    Channel(i64),
}

impl From<&InputPeer> for Counter {
    fn from(peer: &InputPeer) -> Self {
        match peer {
            InputPeer::Channel(peer) => Self::Channel(peer.channel_id),
            InputPeer::ChannelFromMessage(peer) => Self::Channel(peer.channel_id),
            _ => Self::Account,
        }
    }
}

impl From<&InputChannel> for Counter {
    fn from(channel: &InputChannel) -> Self {
        match channel {
            InputChannel::Channel(channel) => Self::Channel(channel.channel_id),
            InputChannel::FromMessage(channel) => Self::Channel(channel.channel_id),
            InputChannel::Empty => Self::Account,
        }
    }
}

/// The counter that a method moves; `None` for methods that are not known, and for those of somebody else.
fn counter(request: &[u8]) -> Option<Counter> {
    // Packed ones are not looked into.
    let call = peel(request, request.len()).ok()?;
    if call.business_connection_id.is_some() {
        return None;
    }
    let query = &call.query[..];
    macro_rules! by_field {
        ($($function:ty: $field:ident,)*) => {
            match call.method_id()? {
                messages::DeleteMessages::CONSTRUCTOR_ID
                | messages::DeletePhoneCallHistory::CONSTRUCTOR_ID
                | messages::ReadMessageContents::CONSTRUCTOR_ID => Some(Counter::Account),
                $(<$function>::CONSTRUCTOR_ID => {
                    Some(Counter::from(&<$function>::from_bytes(query).ok()?.$field))
                })*
                messages::DeleteSavedHistory::CONSTRUCTOR_ID => {
                    let parent = messages::DeleteSavedHistory::from_bytes(query).ok()?.parent_peer;
                    Some(parent.as_ref().map_or(Counter::Account, Counter::from))
                }
                _ => None,
            }
        };
    }
    by_field! {
        channels::DeleteMessages: channel,
        channels::DeleteParticipantHistory: channel,
        messages::DeleteHistory: peer,
        messages::DeleteTopicHistory: peer,
        messages::ReadHistory: peer,
        messages::ReadMentions: peer,
        messages::ReadPollVotes: peer,
        messages::ReadReactions: peer,
        messages::UnpinAllMessages: peer,
    }
}

#[cfg(test)]
mod tests {
    use chappe_api::types;
    use chappe_mtproto::rpc::wrappers::{invoke_after_msg, invoke_without_updates};
    use chappe_tl::Encode;

    use super::*;

    fn told(request: Vec<u8>, answer: &[u8]) -> Option<(Option<i64>, i32, i32)> {
        match event(&Arc::new(request), answer)? {
            NetEvent::Affected { channel, pts, pts_count } => Some((channel, pts, pts_count)),
            other => panic!("{other:?}"),
        }
    }

    fn channel() -> types::InputChannel {
        types::InputChannel { channel_id: 5, access_hash: 6 }
    }

    #[test]
    fn what_the_client_deletes_and_reads_is_counted_where_it_belongs() {
        let messages = types::messages::AffectedMessages { pts: 7, pts_count: 2 }.to_bytes().unwrap();
        let history =
            types::messages::AffectedHistory { pts: 7, pts_count: 2, offset: 0 }.to_bytes().unwrap();
        let found =
            types::messages::AffectedFoundMessages { pts: 7, pts_count: 2, offset: 0, messages: vec![1] };
        let (account, channel_5) = (Some((None, 7, 2)), Some((Some(5), 7, 2)));

        let read = |peer| messages::ReadHistory { peer, max_id: 0 }.to_bytes().unwrap();
        let user = types::InputPeerUser { user_id: 1, access_hash: 2 };
        assert_eq!(told(read(user.into()), &messages), account);
        let calls = messages::DeletePhoneCallHistory { revoke: false }.to_bytes().unwrap();
        assert_eq!(told(calls, &found.to_bytes().unwrap()), account);
        let delete = messages::DeleteMessages { revoke: true, id: vec![1, 2] }.to_bytes().unwrap();
        assert_eq!(told(delete, &messages), account);
        let peer = types::InputPeerChannel { channel_id: 5, access_hash: 6 };
        let mentions = messages::ReadMentions { peer: peer.into(), top_msg_id: None }.to_bytes().unwrap();
        assert_eq!(told(mentions, &history), channel_5);

        let delete =
            channels::DeleteMessages { channel: channel().into(), id: vec![1, 2] }.to_bytes().unwrap();
        assert_eq!(told(delete.clone(), &messages), channel_5);
        let wrapped = invoke_after_msg(8, &invoke_without_updates(&delete));
        assert_eq!(told(wrapped, &messages), channel_5);
    }

    #[test]
    fn what_moves_nothing_or_is_not_understood_is_left_to_the_difference() {
        let answer = |pts_count| types::messages::AffectedMessages { pts: 7, pts_count }.to_bytes().unwrap();
        let read = |id| messages::ReadMessageContents { id }.to_bytes().unwrap();
        assert_eq!(told(read(vec![1]), &answer(1)), Some((None, 7, 1)));
        assert_eq!(told(read(vec![1]), &answer(0)), None);
        assert_eq!(told(read(vec![1]), &answer(1)[..8]), None);
        assert_eq!(told(vec![1, 2, 3, 4], &answer(1)), None);
        assert_eq!(told(vec![], &answer(1)), None);
    }
}
