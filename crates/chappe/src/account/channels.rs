//! What is asked about channels.

use chappe_api::{enums, functions, types};
use chappe_tl::{Decode, Encode};
use chappe_updates::{ChannelId, Pts, Request};

use super::task::{Done, Task};
use super::updates::undecodable;
use crate::error::InvokeError;
use crate::limits;
use crate::updates;

/// Chats of one page of the list.
const PAGE: i32 = 100;

impl Task {
    pub(super) fn request_channel(&mut self, channel: ChannelId, request: Request) {
        let Some(counters) = &mut self.counters else { return };
        // Bots may ask without.
        let access_hash = counters.hashes.get(&channel).copied().unwrap_or_default();
        let input = types::InputChannel { channel_id: channel.0, access_hash }.into();
        let body = match request {
            Request::GetChannelDifference { from, .. } => functions::updates::GetChannelDifference {
                force: false,
                channel: input,
                filter: enums::ChannelMessagesFilter::Empty,
                pts: from.0.max(1),
                limit: limits::CHANNEL_DIFFERENCE,
            }
            .to_bytes(),
            _ => functions::channels::GetFullChannel { channel: input }.to_bytes(),
        };
        let Ok(body) = body else { return };
        let (call, run) = (self.call_for_updates(body), self.run);
        self.running.push(Box::pin(async move { Done::Channel { run, request, answer: call.await } }));
    }

    pub(super) fn handle_channel_answer(&mut self, request: Request, answer: Result<Vec<u8>, InvokeError>) {
        let now = self.clock.now();
        let Some(counters) = &mut self.counters else { return };
        let machine = &mut counters.machine;
        let (Request::GetChannelDifference { channel, .. } | Request::GetChannelPts { channel }) = request
        else {
            return;
        };
        let bytes = match answer {
            Ok(bytes) => bytes,
            // It is asked for again after the next start.
            Err(InvokeError::Closed) => return,
            Err(error) if error.is_unauthorized() => return self.logged_out_by(&error),
            // The account cannot see it (any more), or never could.
            Err(InvokeError::Rpc(error)) if matches!(error.code, 400 | 403 | 406) => {
                tracing::debug!(channel = channel.0, %error, "a channel is forgotten");
                machine.forget_channel(channel, now);
                if !error.is("CHANNEL_PRIVATE") && matches!(request, Request::GetChannelDifference { .. }) {
                    self.hub.publish(updates::Event::Missed { channel: Some(channel.0) });
                }
                return;
            }
            Err(error) => {
                tracing::debug!(channel = channel.0, %error, "a channel cannot be asked for");
                return machine.handle_channel_failure(channel, now);
            }
        };
        let handled = match request {
            Request::GetChannelDifference { .. } => enums::updates::ChannelDifference::from_bytes(&bytes)
                .map(|difference| machine.handle_channel_difference(channel, difference, now)),
            _ => types::messages::ChatFull::from_bytes(&bytes).map(|full| match full.full_chat {
                enums::ChatFull::ChannelFull(full) => {
                    machine.handle_channel_pts(channel, Pts(full.pts), now);
                }
                _ => machine.forget_channel(channel, now),
            }),
        };
        if let Err(error) = handled {
            tracing::warn!(%error, "what is said of a channel cannot be read");
            self.hub.publish_aside(undecodable(&bytes, &error));
            machine.handle_channel_unreadable(channel, now);
        }
    }

    /// After a login: where the channels stand that the account is in. Bots cannot ask that: of theirs, the first update
    /// says it.
    pub(super) fn list_channels(&mut self) {
        if let Some(counters) = &mut self.counters
            && !self.is_bot
        {
            counters.listing = true;
            self.list_page(0, (0, 0, enums::InputPeer::Empty));
        }
    }

    fn list_page(&mut self, page: usize, (date, id, peer): (i32, i32, enums::InputPeer)) {
        let query = functions::messages::GetDialogs {
            exclude_pinned: false,
            folder_id: None,
            offset_date: date,
            offset_id: id,
            offset_peer: peer,
            limit: PAGE,
            hash: 0,
        };
        let Ok(body) = query.to_bytes() else { return };
        let (call, run) = (self.call_for_updates(body), self.run);
        self.running.push(Box::pin(async move { Done::Dialogs { run, page, answer: call.await } }));
    }

    pub(super) fn handle_dialogs_answer(&mut self, page: usize, answer: Result<Vec<u8>, InvokeError>) {
        let now = self.clock.now();
        let Some(counters) = &mut self.counters else { return };
        let list = answer.and_then(|bytes| Ok(enums::messages::Dialogs::from_bytes(&bytes)?));
        let (dialogs, messages, users, chats, is_part) = match list {
            Ok(enums::messages::Dialogs::Dialogs(list)) => {
                (list.dialogs, list.messages, list.users, list.chats, false)
            }
            Ok(enums::messages::Dialogs::Slice(list)) => {
                (list.dialogs, list.messages, list.users, list.chats, true)
            }
            Ok(enums::messages::Dialogs::NotModified(_)) => return counters.listing = false,
            Err(error) if error.is_unauthorized() => return self.logged_out_by(&error),
            Err(error) => {
                tracing::debug!(%error, "the list of chats cannot be fetched: channels stand at their next update");
                return counters.listing = false;
            }
        };
        counters.learn(&users, &chats);
        for dialog in &dialogs {
            if let enums::Dialog::Dialog(dialog) = dialog
                && let (enums::Peer::Channel(peer), Some(pts)) = (&dialog.peer, dialog.pts)
            {
                counters.machine.handle_channel_pts(ChannelId(peer.channel_id), Pts(pts), now);
            }
        }
        let next = next_page(&dialogs, &messages, &users, &chats);
        match next {
            Some(next) if is_part && page + 1 < limits::MAX_DIALOG_PAGES => self.list_page(page + 1, next),
            _ => counters.listing = false,
        }
    }
}

/// Behind the last chat of a page of which the last message is there: it may have been deleted meanwhile.
fn next_page(
    dialogs: &[enums::Dialog],
    messages: &[enums::Message],
    users: &[enums::User],
    chats: &[enums::Chat],
) -> Option<(i32, i32, enums::InputPeer)> {
    dialogs.iter().rev().find_map(|dialog| match dialog {
        enums::Dialog::Dialog(dialog) => behind(dialog, messages, users, chats),
        _ => None,
    })
}

/// Behind this chat; `None` if the page does not have its last message, or does not say how to name it.
fn behind(
    last: &types::Dialog,
    messages: &[enums::Message],
    users: &[enums::User],
    chats: &[enums::Chat],
) -> Option<(i32, i32, enums::InputPeer)> {
    let date = messages.iter().find_map(|message| {
        let (peer, id, date) = match message {
            enums::Message::Message(message) => (&message.peer_id, message.id, message.date),
            enums::Message::Service(message) => (&message.peer_id, message.id, message.date),
            enums::Message::Empty(_) => return None,
        };
        (*peer == last.peer && id == last.top_message).then_some(date)
    })?;
    let peer = match &last.peer {
        enums::Peer::Chat(peer) => types::InputPeerChat { chat_id: peer.chat_id }.into(),
        enums::Peer::User(peer) => users.iter().find_map(|user| match user {
            enums::User::User(user) if user.id == peer.user_id => {
                let access_hash = user.access_hash?;
                Some(types::InputPeerUser { user_id: user.id, access_hash }.into())
            }
            _ => None,
        })?,
        enums::Peer::Channel(peer) => chats.iter().find_map(|chat| match chat {
            enums::Chat::Channel(channel) if channel.id == peer.channel_id => {
                let access_hash = channel.access_hash?;
                Some(types::InputPeerChannel { channel_id: channel.id, access_hash }.into())
            }
            _ => None,
        })?,
    };
    Some((date, last.top_message, peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::short::message;
    use crate::peers::PeerId;

    fn dialog(peer: enums::Peer, top_message: i32) -> enums::Dialog {
        types::Dialog {
            pinned: false,
            unread_mark: false,
            view_forum_as_messages: false,
            peer,
            top_message,
            read_inbox_max_id: 0,
            read_outbox_max_id: 0,
            unread_count: 0,
            unread_mentions_count: 0,
            unread_reactions_count: 0,
            unread_poll_votes_count: 0,
            notify_settings: types::PeerNotifySettings {
                show_previews: None,
                silent: None,
                mute_until: None,
                ios_sound: None,
                android_sound: None,
                other_sound: None,
                stories_muted: None,
                stories_hide_sender: None,
                stories_ios_sound: None,
                stories_android_sound: None,
                stories_other_sound: None,
            },
            pts: None,
            draft: None,
            folder_id: None,
            ttl_period: None,
        }
        .into()
    }

    #[test]
    fn the_list_goes_on_behind_the_last_chat_that_has_a_message() {
        let message =
            |chat, id, date| enums::Message::from(message(id, PeerId::Chat(chat), date, String::new()));
        let dialogs = [(1, 10), (2, 20), (3, 30)].map(|(chat, id)| dialog(PeerId::Chat(chat).into(), id));
        let messages = [message(1, 10, 100), message(2, 20, 90)];
        let (date, id, peer) = next_page(&dialogs, &messages, &[], &[]).unwrap();
        assert!(matches!(peer, enums::InputPeer::Chat(chat) if chat.chat_id == 2));
        assert_eq!((date, id), (90, 20), "the last message of the third was deleted meanwhile");
        assert!(next_page(&dialogs, &[], &[], &[]).is_none());
    }
}
