//! Secret chats: from the library to what is shown.

use chappe::Client;
use chappe::history::{HistoryBody, HistoryEntry, MessageState as Stored, Notice};
use chappe::secret::{
    ChatInfo, ChatState, Content, FormattedText, KeyVisualization, Media, SecretChatId, SecretEvent,
};

use crate::chat::model::{
    Attachment, ChatId, ChatKind, Event, KeyPicture, Message, MessageState, Secret, Stage, Summary, duration,
};
use crate::failure::Failure;
use crate::printable::{clean, clean_formatted, clean_line};
use crate::view::snake_case;

/// How the list shows a chat.
pub(super) async fn summary(client: &Client, info: &ChatInfo, title: String) -> Result<Summary, Failure> {
    let newest = client.secret_chats().history(info.id).limit(crate::chat::model::PAGE).await?;
    let unread = newest.iter().filter(|entry| is_unread(entry)).count();
    let last = newest.iter().rev().map(message).find(|message| !message.notice);
    let date = newest.last().map_or(0, |entry| entry.date).max(info.date);
    Ok(Summary {
        id: ChatId::Secret(info.id.0),
        title,
        kind: ChatKind::Secret(Secret {
            stage: stage(info.state),
            ttl: info.ttl,
            key: info.key.as_ref().map(picture),
            verified: info.verified,
        }),
        date: date.into(),
        last: last.map(|message| message.summary()).unwrap_or_default(),
        unread: unread.try_into().unwrap_or(u32::MAX),
        read_by_them: 0,
    })
}

fn is_unread(entry: &HistoryEntry) -> bool {
    !entry.outgoing && entry.state == Stored::Received && matches!(entry.body, HistoryBody::Message(_))
}

const fn stage(state: ChatState) -> Stage {
    match state {
        ChatState::Accepting | ChatState::Waiting => Stage::Waiting,
        ChatState::Discarded => Stage::Ended,
        ChatState::Ready => Stage::Ready,
        ChatState::Requested => Stage::Requested,
    }
}

fn picture(key: &KeyVisualization) -> KeyPicture {
    KeyPicture { cells: key.cells().iter().map(|row| row.to_vec()).collect(), hex: key.hex_lines().to_vec() }
}

/// The newest messages, and whether these are all.
pub(super) async fn history(
    client: &Client,
    chat: SecretChatId,
    count: usize,
) -> Result<(Vec<Message>, bool), Failure> {
    let mut entries: Vec<HistoryEntry> = Vec::new();
    let mut complete = false;
    while entries.len() < count && !complete {
        let wanted = (count - entries.len()).min(chappe::limits::MAX_HISTORY_PAGE);
        let mut query = client.secret_chats().history(chat).limit(wanted);
        if let Some(first) = entries.first() {
            query = query.before(first.cursor);
        }
        let mut older = query.await?;
        complete = older.len() < wanted;
        older.append(&mut entries);
        entries = older;
    }
    Ok((entries.iter().map(message).collect(), complete))
}

/// One entry as it is shown.
fn message(entry: &HistoryEntry) -> Message {
    let (text, attachment, notice) = match &entry.body {
        HistoryBody::Message(content) => (words(content), attachment(entry, content), false),
        HistoryBody::Notice(notice) => (FormattedText::from(told(notice, entry.outgoing)), None, true),
        _ => (FormattedText::default(), None, false),
    };
    let state = match &entry.state {
        _ if matches!(entry.body, HistoryBody::Gone) => MessageState::Gone,
        Stored::Pending => MessageState::Pending,
        Stored::Sent | Stored::Delivered => MessageState::Sent,
        Stored::Read => MessageState::Read,
        Stored::Expired => MessageState::Gone,
        Stored::Failed { .. } => MessageState::Failed,
        _ => MessageState::Received,
    };
    let place = i64::try_from(entry.cursor.0).unwrap_or(i64::MAX);
    Message {
        // What nobody sent has no name.
        id: if entry.random_id.0 == 0 { place } else { entry.random_id.0 },
        order: place,
        outgoing: entry.outgoing,
        sender: String::new(),
        date: entry.date.into(),
        text: clean_formatted(&text),
        attachment,
        state,
        ttl: entry.ttl,
        expires_at: entry.expires_at,
        reply_to: entry.reply_to.map(|name| name.0),
        edited: false,
        notice,
    }
}

fn words(content: &Content) -> FormattedText {
    match content {
        Content::Text(text) | Content::Media { text, .. } => text.clone(),
        _ => "(a kind of message that this version does not know)".into(),
    }
}

fn attachment(entry: &HistoryEntry, content: &Content) -> Option<Attachment> {
    let Content::Media { media, file, .. } = content else { return None };
    let name = match media {
        Media::Contact { phone_number, first_name, last_name, .. } => {
            format!("{first_name} {last_name} {phone_number}")
        }
        Media::Location { latitude, longitude } => format!("{latitude:.5} {longitude:.5}"),
        Media::Sticker { alt, .. } => alt.clone(),
        Media::ExternalDocument(document) if document.emoji().is_empty() => {
            document.file_name.clone().unwrap_or_default()
        }
        Media::ExternalDocument(sticker) => sticker.emoji().to_owned(),
        Media::Venue { title, address, .. } => format!("{title}, {address}"),
        Media::WebPage { url } => url.clone(),
        _ => file.as_ref().and_then(|file| file.name.clone()).unwrap_or_default(),
    };
    Some(Attachment {
        kind: snake_case(media.name()).replace('_', " "),
        name: clean_line(&name),
        size: file.as_ref().and_then(|file| u64::try_from(file.size).ok()),
        opens: entry.opens(),
    })
}

fn told(notice: &Notice, ours: bool) -> String {
    match notice {
        Notice::Closed { reason } => format!("The secret chat has ended: {}", clean(reason)),
        Notice::Screenshot { .. } if ours => "You took a screenshot.".to_owned(),
        Notice::Screenshot { .. } => "A screenshot was taken on the other side.".to_owned(),
        Notice::Started => "The secret chat has begun.".to_owned(),
        Notice::TtlSet { seconds: 0 } => "Messages stay from now on.".to_owned(),
        Notice::TtlSet { seconds } => {
            format!("Messages go {} after they are read.", duration(i64::from(*seconds)))
        }
        _ => "(something that this version does not know)".to_owned(),
    }
}

/// What an event changes, and the chat that it is about.
pub(super) fn event(event: &SecretEvent) -> Option<(SecretChatId, Option<Event>)> {
    use SecretEvent as E;
    let chat = match event {
        E::ChatForgotten { chat } => return Some((*chat, Some(Event::Forgotten(ChatId::Secret(chat.0))))),
        E::Typing { chat } => {
            let typing = Event::Typing { chat: ChatId::Secret(chat.0), who: String::new() };
            return Some((*chat, Some(typing)));
        }
        E::Message(message) => message.chat,
        E::Composed(message) => message.chat,
        E::Acted { chat, .. }
        | E::Action { chat, .. }
        | E::ChatClosed { chat, .. }
        | E::ChatReady { chat, .. }
        | E::ChatRequested { chat, .. }
        | E::ChatWaiting { chat, .. }
        | E::Deleted { chat, .. }
        | E::Delivered { chat, .. }
        | E::Expired { chat, .. }
        | E::FileStored { chat, .. }
        | E::HistoryCleared { chat, .. }
        | E::HistoryRead { chat, .. }
        | E::Read { chat, .. }
        | E::SendFailed { chat, .. }
        | E::Sent { chat, .. }
        | E::TimerStarted { chat, .. } => *chat,
        _ => return None,
    };
    Some((chat, None))
}
