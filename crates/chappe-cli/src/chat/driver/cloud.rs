//! The cloud: from the library to what is shown.

use chappe::dialogs::Dialog;
use chappe::{ApiUpdate, Client, Event as Update, Message as CloudMessage, Peer, PeerId, enums};

use crate::chat::model::{Attachment, ChatId, ChatKind, Event, Message, MessageState, Summary};
use crate::cloud::media;
use crate::failure::Failure;
use crate::printable::{clean, clean_formatted, clean_line};
use crate::view;

/// How the list shows a chat.
pub(super) fn summary(dialog: &Dialog) -> Summary {
    let last = dialog.last_message().map(message);
    Summary {
        id: ChatId::Cloud(dialog.peer().id().marked()),
        title: title(dialog.peer()),
        kind: kind(dialog.peer()),
        date: last.as_ref().map_or(0, |last| last.date),
        last: last.map(|last| last.summary()).unwrap_or_default(),
        unread: dialog.unread_count().try_into().unwrap_or(u32::MAX),
        read_by_them: dialog.read_outbox_max_id().into(),
    }
}

/// A chat in which nothing was said yet.
pub(super) fn fresh(peer: &Peer) -> Summary {
    let id = ChatId::Cloud(peer.id().marked());
    let (title, kind) = (title(peer), kind(peer));
    Summary { id, title, kind, date: 0, last: String::new(), unread: 0, read_by_them: 0 }
}

pub(super) fn title(peer: &Peer) -> String {
    match clean_line(&peer.name()) {
        name if name.is_empty() => peer.id().to_string(),
        name => name,
    }
}

fn kind(peer: &Peer) -> ChatKind {
    match peer.as_chat() {
        None => ChatKind::Person,
        Some(chat) => ChatKind::Group { writable: is_writable(chat) },
    }
}

fn is_writable(chat: &enums::Chat) -> bool {
    match chat {
        enums::Chat::Chat(chat) => !(chat.left || chat.deactivated),
        enums::Chat::Channel(channel) if channel.left => false,
        enums::Chat::Channel(channel) if channel.broadcast => {
            channel.creator || channel.admin_rights.is_some()
        }
        enums::Chat::Channel(_) => true,
        _ => false,
    }
}

/// A message as it is shown.
pub(super) fn message(message: &CloudMessage) -> Message {
    let outgoing = message.is_outgoing();
    let in_group = !matches!(message.chat().id(), PeerId::User(_));
    let sender = match message.sender_info() {
        Some(peer) if in_group && !outgoing => title(peer),
        None if in_group && !outgoing => message.sender().id().to_string(),
        _ => String::new(),
    };
    let action = message.action().map(view::cloud::action);
    let text = match &action {
        Some(action) => clean(&action.replace('_', " ")).into(),
        None => clean_formatted(&message.formatted()),
    };
    Message {
        id: message.id().into(),
        order: message.id().into(),
        outgoing,
        sender,
        date: message.date().into(),
        text,
        attachment: message.media().and_then(media::shown).map(|media| Attachment {
            kind: media.kind.replace('_', " "),
            name: clean_line(&media.name.unwrap_or_default()),
            size: media.size,
            opens: false,
        }),
        state: if outgoing { MessageState::Sent } else { MessageState::Received },
        ttl: 0,
        expires_at: None,
        reply_to: message.reply_to().map(i64::from),
        edited: message.edit_date().is_some(),
        notice: action.is_some(),
    }
}

/// A page of a history, oldest first, and whether there is nothing before it.
pub(super) async fn history(
    client: &Client,
    chat: PeerId,
    before: Option<i64>,
    count: usize,
) -> Result<(Vec<Message>, bool), Failure> {
    let mut query = client.messages(chat).limit(count);
    if let Some(before) = before.and_then(|before| i32::try_from(before).ok()) {
        query = query.offset_id(before);
    }
    let mut messages = Vec::new();
    while let Some(found) = query.next().await? {
        messages.push(message(&found));
    }
    messages.reverse();
    let complete = messages.len() < count;
    Ok((messages, complete))
}

/// What an update changes, and for a message the chat that it is in.
pub(super) fn update(client: &Client, update: &Update) -> Option<(Event, Option<CloudMessage>)> {
    if let Some(arrived) = CloudMessage::from_update(client, update) {
        let chat = ChatId::Cloud(arrived.chat().id().marked());
        return Some((Event::Arrived { chat, message: message(&arrived) }, Some(arrived)));
    }
    Some((api(update.api()?)?, None))
}

fn api(ApiUpdate { update, users, .. }: &ApiUpdate) -> Option<Event> {
    use enums::Update as U;
    let chat = |id: PeerId| ChatId::Cloud(id.marked());
    let ids = |ids: &[i32]| ids.iter().copied().map(i64::from).collect();
    Some(match update {
        U::DeleteMessages(deleted) => Event::Deleted { chat: None, ids: ids(&deleted.messages) },
        U::DeleteChannelMessages(deleted) => Event::Deleted {
            chat: Some(chat(PeerId::Channel(deleted.channel_id))),
            ids: ids(&deleted.messages),
        },
        U::ReadHistoryOutbox(read) => {
            Event::ReadByThem { chat: chat(PeerId::from(&read.peer)), max: read.max_id.into() }
        }
        U::ReadChannelOutbox(read) => {
            Event::ReadByThem { chat: chat(PeerId::Channel(read.channel_id)), max: read.max_id.into() }
        }
        U::UserTyping(typing) => {
            Event::Typing { chat: chat(PeerId::User(typing.user_id)), who: String::new() }
        }
        U::ChatUserTyping(typing) => {
            Event::Typing { chat: chat(PeerId::Chat(typing.chat_id)), who: name(users, &typing.from_id) }
        }
        U::ChannelUserTyping(typing) => Event::Typing {
            chat: chat(PeerId::Channel(typing.channel_id)),
            who: name(users, &typing.from_id),
        },
        _ => return None,
    })
}

fn name(users: &[enums::User], who: &enums::Peer) -> String {
    let id = PeerId::from(who);
    let found = users.iter().find_map(|user| match user {
        enums::User::User(user) if PeerId::User(user.id) == id => Some(Peer::from((**user).clone())),
        _ => None,
    });
    found.as_ref().map_or_else(|| "somebody".to_owned(), title)
}
