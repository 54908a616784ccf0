//! One page of the list of chats, and where the next one begins.

use chappe_api::{enums, functions, types};

/// Where a page begins. The list is in the order of dates, so that a place in it is the date of a message.
#[derive(Clone, Debug)]
pub(crate) struct Offset {
    pub(crate) date: i32,
    pub(crate) id: i32,
    pub(crate) peer: enums::InputPeer,
    /// Pinned chats come first, whatever their date: later pages are without them.
    pub(crate) exclude_pinned: bool,
}

impl Offset {
    /// The beginning of the list.
    pub(crate) fn first() -> Self {
        Self { date: 0, id: 0, peer: enums::InputPeer::Empty, exclude_pinned: false }
    }

    /// What asks for the page that begins here.
    pub(crate) fn query(self, limit: usize) -> functions::messages::GetDialogs {
        functions::messages::GetDialogs {
            exclude_pinned: self.exclude_pinned,
            folder_id: None,
            offset_date: self.date,
            offset_id: self.id,
            offset_peer: self.peer,
            limit: i32::try_from(limit).unwrap_or(i32::MAX),
            hash: 0,
        }
    }
}

/// Dialogs, and what they speak of.
pub(crate) struct Page {
    pub(crate) dialogs: Vec<enums::Dialog>,
    pub(crate) messages: Vec<enums::Message>,
    pub(crate) chats: Vec<enums::Chat>,
    pub(crate) users: Vec<enums::User>,
    /// The length of the list, if this is a part of it.
    pub(crate) total: Option<i32>,
}

impl Page {
    /// `None` if the server says that nothing has changed.
    pub(crate) fn of(answer: enums::messages::Dialogs) -> Option<Self> {
        use enums::messages::Dialogs;
        match answer {
            Dialogs::Dialogs(answer) => {
                let types::messages::Dialogs { dialogs, messages, chats, users } = *answer;
                Some(Self { dialogs, messages, chats, users, total: None })
            }
            Dialogs::Slice(answer) => {
                let types::messages::DialogsSlice { count, dialogs, messages, chats, users } = *answer;
                Some(Self { dialogs, messages, chats, users, total: Some(count) })
            }
            Dialogs::NotModified(_) => None,
        }
    }

    /// Behind the last chat of which the newest message is there: it may have been deleted meanwhile. What comes after
    /// such a chat comes again. If all are pinned, at the beginning of the others.
    pub(crate) fn next(&self) -> Option<Offset> {
        let dialogs = self.dialogs.iter().rev().filter_map(|dialog| match dialog {
            enums::Dialog::Dialog(dialog) => Some(dialog),
            _ => None,
        });
        let (pinned, others): (Vec<_>, Vec<_>) = dialogs.partition(|dialog| dialog.pinned);
        match others.into_iter().find_map(|dialog| self.behind(dialog)) {
            None if !pinned.is_empty() => Some(Offset { exclude_pinned: true, ..Offset::first() }),
            next => next,
        }
    }

    /// Behind this chat; `None` if the page does not have its newest message, or does not say how to name it.
    fn behind(&self, last: &types::Dialog) -> Option<Offset> {
        let date = self.messages.iter().find_map(|message| {
            let (peer, id, date) = match message {
                enums::Message::Message(message) => (&message.peer_id, message.id, message.date),
                enums::Message::Service(message) => (&message.peer_id, message.id, message.date),
                enums::Message::Empty(_) => return None,
            };
            (*peer == last.peer && id == last.top_message).then_some(date)
        })?;
        let peer = match &last.peer {
            enums::Peer::Chat(peer) => types::InputPeerChat { chat_id: peer.chat_id }.into(),
            enums::Peer::User(peer) => self.users.iter().find_map(|user| match user {
                enums::User::User(user) if user.id == peer.user_id => {
                    let access_hash = user.access_hash?;
                    Some(types::InputPeerUser { user_id: user.id, access_hash }.into())
                }
                _ => None,
            })?,
            enums::Peer::Channel(peer) => self.chats.iter().find_map(|chat| match chat {
                enums::Chat::Channel(channel) if channel.id == peer.channel_id => {
                    let access_hash = channel.access_hash?;
                    Some(types::InputPeerChannel { channel_id: channel.id, access_hash }.into())
                }
                _ => None,
            })?,
        };
        Some(Offset { date, id: last.top_message, peer, exclude_pinned: true })
    }
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
        let page = |messages| Page {
            dialogs: dialogs.to_vec(),
            messages,
            chats: Vec::new(),
            users: Vec::new(),
            total: None,
        };
        let Offset { date, id, peer, .. } = page(messages.to_vec()).next().unwrap();
        assert!(matches!(peer, enums::InputPeer::Chat(chat) if chat.chat_id == 2));
        assert_eq!((date, id), (90, 20), "the last message of the third was deleted meanwhile");
        assert!(page(Vec::new()).next().is_none());
    }
}
