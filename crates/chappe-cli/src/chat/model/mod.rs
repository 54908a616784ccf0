//! What is on the screen, and what follows from keys and events. No terminal, no network, no clock: [`State::handle`] takes
//! an [`Event`] and gives [`Command`]s.

mod conversation;
mod editor;
mod event;
mod keys;
mod message;
#[cfg(test)]
pub(super) mod tests;

pub(super) use conversation::{Chat, ChatId, ChatKind, KeyPicture, Secret, Stage, Summary, Transfer};
pub(super) use editor::Editor;
pub(super) use event::{Command, Drawn, Event, Part, Wanted};
pub(super) use message::{Attachment, Message, MessageState, bytes, duration};

use crate::printable;

/// How many messages are loaded at once.
pub(super) const PAGE: usize = 60;

/// How long something that was told stays, in seconds.
const NOTICE_TIME: i64 = 8;

/// How long somebody counts as typing after we were told, in seconds.
const TYPING_TIME: i64 = 6;

/// Everything that is shown.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Who we are.
    pub(super) me: String,
    pub(super) connected: bool,
    /// Unix seconds.
    pub(super) now: i64,
    /// The latest first.
    pub(super) chats: Vec<Chat>,
    /// The marked line of the list.
    pub(super) marked: Option<ChatId>,
    /// The chat beside the list.
    pub(super) open: Option<ChatId>,
    pub(super) focus: Focus,
    /// The marked message of the open chat.
    pub(super) selected: Option<i64>,
    /// Lines of the history below what can be seen.
    pub(super) scroll: usize,
    /// Whether the marked message has to be in view.
    pub(super) follow: bool,
    pub(super) overlay: Option<Overlay>,
    pub(super) notice: Option<Notice>,
    drawn: Drawn,
    /// The last number that we have given to a message or a transfer.
    number: u64,
    /// Where and when we last told that we are typing.
    typing_told: Option<(ChatId, i64)>,
}

/// What the keys act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    #[default]
    Chats,
    Compose,
    Messages,
}

/// What lies over the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    /// A question to be answered by yes or no.
    Confirm(Question),
    Help,
    /// The key picture of the open chat.
    Key,
    /// Something is to be typed.
    Prompt(Purpose, Editor),
}

/// What is to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// End the open secret chat.
    Close,
    /// Delete this message of the open chat.
    Delete(i64),
}

/// What is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The path of a file to send.
    File,
    /// Somebody to talk to.
    Find,
    /// Somebody to have a secret chat with.
    Secret,
    /// The self-destruct timer.
    Timer,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) error: bool,
    /// Unix seconds.
    until: i64,
}

impl State {
    /// The chat beside the list.
    pub(super) fn open_chat(&self) -> Option<&Chat> {
        self.chat(self.open?)
    }

    fn open_chat_mut(&mut self) -> Option<&mut Chat> {
        self.chat_mut(self.open?)
    }

    pub(super) fn chat(&self, id: ChatId) -> Option<&Chat> {
        self.chats.iter().find(|chat| chat.id() == id)
    }

    fn chat_mut(&mut self, id: ChatId) -> Option<&mut Chat> {
        self.chats.iter_mut().find(|chat| chat.id() == id)
    }

    /// Takes note of something, and says what is to be done.
    pub(super) fn handle(&mut self, event: Event) -> Vec<Command> {
        let mut commands = match event {
            Event::Drawn(drawn) => self.was_drawn(drawn),
            Event::Key(key) => self.key(key),
            Event::Pasted(text) => self.paste(&text),
            Event::Happened(chat) => self.reload(chat).into_iter().collect(),
            Event::Open(chat) => self.open(chat),
            Event::Loaded { chat, messages, part, complete } => self.loaded(chat, messages, part, complete),
            other => {
                self.note(other);
                Vec::new()
            }
        };
        commands.extend(self.read());
        commands
    }

    fn note(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Arrived { chat, message } => self.arrived(chat, message),
            Event::Chats(summaries) => self.summaries(summaries),
            Event::Connected(connected) => self.connected = connected,
            Event::Deleted { chat, ids } => self.deleted(chat, &ids),
            Event::Failed(why) => self.tell(why, true),
            Event::FailedMessage { chat, id, why } => {
                if let Some(message) = self.chat_mut(chat).and_then(|chat| find(chat, id)) {
                    message.state = MessageState::Failed;
                }
                self.tell(why, true);
            }
            Event::Forgotten(chat) => self.forgotten(chat),
            Event::Me(name) => self.me = name,
            Event::Progress { chat, number, done, total } => {
                if let Some(transfer) = self.chat_mut(chat).and_then(|chat| transfer(chat, number)) {
                    (transfer.done, transfer.total) = (done, total.or(transfer.total));
                }
            }
            Event::ReadByThem { chat, max } => {
                if let Some(chat) = self.chat_mut(chat) {
                    chat.read_by_them(max);
                }
            }
            Event::Taken { chat, id, message } => {
                if let Some(chat) = self.chat_mut(chat) {
                    chat.remove(&[id]);
                }
                if let Some(message) = message {
                    self.arrived(chat, message);
                }
            }
            Event::Tick(now) => self.tick(now),
            Event::Told(text) => self.tell(text, false),
            Event::Transferred { chat, number } => {
                if let Some(chat) = self.chat_mut(chat) {
                    chat.transfers.retain(|transfer| transfer.number != number);
                }
            }
            Event::Typing { chat, who } => {
                if let Some(chat) = self.chat_mut(chat) {
                    chat.typing = Some((who, now + TYPING_TIME));
                }
            }
            // These were handled before.
            Event::Drawn(_)
            | Event::Happened(_)
            | Event::Key(_)
            | Event::Loaded { .. }
            | Event::Open(_)
            | Event::Pasted(_) => {}
        }
    }

    fn tick(&mut self, now: i64) {
        self.now = now;
        self.notice = self.notice.take().filter(|notice| notice.until > now);
        for chat in &mut self.chats {
            chat.typing = chat.typing.take().filter(|(_, until)| *until > now);
        }
    }

    fn tell(&mut self, text: String, error: bool) {
        self.notice =
            Some(Notice { text: printable::clean_line(&text), error, until: self.now + NOTICE_TIME });
    }

    fn arrived(&mut self, id: ChatId, message: Message) {
        let is_new = self.chat(id).is_none_or(|chat| chat.message(message.id).is_none());
        let Some(chat) = self.chat_mut(id) else { return };
        let (first, last) = (chat.taken().next(), chat.taken().next_back());
        let is_last = last.is_none_or(|last| last.order <= message.order);
        let after_first = first.is_none_or(|first| first.order <= message.order);
        if is_new && is_last && message.date >= chat.summary.date {
            chat.summary.date = message.date;
        }
        if is_last {
            chat.summary.last = message.summary();
        }
        if is_new && is_last && !message.outgoing && !message.edited {
            chat.summary.unread = chat.summary.unread.saturating_add(1);
            chat.typing = None;
        }
        if chat.asked && (after_first || chat.complete) {
            chat.put(message);
            chat.mark_read();
        }
        self.sort();
    }

    fn summaries(&mut self, summaries: Vec<Summary>) {
        for summary in summaries {
            match self.chat_mut(summary.id) {
                Some(chat) => {
                    chat.summary = summary;
                    chat.mark_read();
                }
                None => self.chats.push(Chat::new(summary)),
            }
        }
        self.sort();
        if self.marked.is_none() {
            self.marked = self.chats.first().map(Chat::id);
        }
    }

    /// Requests that wait for a decision come first, then what happened last.
    fn sort(&mut self) {
        self.chats.sort_by_key(|chat| {
            (chat.stage() != Some(Stage::Requested), std::cmp::Reverse(chat.summary.date), chat.id())
        });
    }

    fn deleted(&mut self, chat: Option<ChatId>, ids: &[i64]) {
        for candidate in &mut self.chats {
            let concerned = match chat {
                Some(chat) => candidate.id() == chat,
                None => !matches!(candidate.id(), ChatId::Secret(_)) && !is_channel(candidate.id()),
            };
            if concerned && candidate.messages.iter().any(|message| ids.contains(&message.id)) {
                candidate.remove(ids);
                candidate.summary.last = candidate.messages.last().map(Message::summary).unwrap_or_default();
            }
        }
        self.keep_selection();
    }

    fn forgotten(&mut self, chat: ChatId) {
        self.chats.retain(|other| other.id() != chat);
        if self.open == Some(chat) {
            self.open = None;
            self.selected = None;
            self.focus = Focus::Chats;
        }
        if self.marked == Some(chat) {
            self.marked = self.chats.first().map(Chat::id);
        }
    }

    fn loaded(&mut self, id: ChatId, messages: Vec<Message>, part: Part, complete: bool) -> Vec<Command> {
        let Some(chat) = self.chat_mut(id) else { return Vec::new() };
        let stale = !std::mem::take(&mut chat.loading);
        match part {
            Part::All => {
                // What we have written and the server has not taken yet is only here.
                let ours = chat.messages.drain(..).filter(|message| message.id < 0 && id.is_cloud());
                let ours: Vec<Message> = ours.collect();
                chat.messages = messages;
                ours.into_iter().for_each(|message| chat.put(message));
                chat.complete = complete;
            }
            Part::More => {
                messages.into_iter().for_each(|message| chat.put(message));
                chat.complete |= complete;
            }
        }
        chat.mark_read();
        if let (Some(last), false) = (chat.messages.last(), id.is_cloud()) {
            chat.summary.last = last.summary();
        }
        self.keep_selection();
        if stale { self.reload(id).into_iter().collect() } else { Vec::new() }
    }

    /// Reads the newest part of a history again, if anybody has looked at it.
    fn reload(&mut self, id: ChatId) -> Option<Command> {
        let chat = self.chat_mut(id)?;
        if !chat.asked {
            return None;
        }
        if std::mem::replace(&mut chat.loading, true) {
            // What is on its way may be too old: `loaded` sees this and asks again.
            chat.loading = false;
            return None;
        }
        Some(Command::Load { chat: id, before: None, count: chat.messages.len().max(PAGE) })
    }

    /// Loads what is before the first message that is there.
    fn load_older(&mut self) -> Option<Command> {
        let chat = self.open_chat_mut()?;
        if chat.complete || chat.loading {
            return None;
        }
        let first = chat.taken().next().map(|message| message.id)?;
        chat.loading = true;
        let (id, loaded) = (chat.id(), chat.messages.len());
        Some(match id {
            ChatId::Cloud(_) => Command::Load { chat: id, before: Some(first), count: PAGE },
            // A secret chat's history is on the disk: it is read as a whole, so that nothing in it is out of date.
            ChatId::Secret(_) => Command::Load { chat: id, before: None, count: loaded + PAGE },
        })
    }

    fn open(&mut self, id: ChatId) -> Vec<Command> {
        if self.chat(id).is_none() {
            return Vec::new();
        }
        if self.open != Some(id) {
            self.selected = None;
            (self.scroll, self.follow) = (0, false);
        }
        (self.open, self.marked, self.focus) = (Some(id), Some(id), Focus::Compose);
        let Some(chat) = self.chat_mut(id) else { return Vec::new() };
        if std::mem::replace(&mut chat.asked, true) {
            return Vec::new();
        }
        chat.loading = true;
        vec![Command::Load { chat: id, before: None, count: PAGE }]
    }

    fn was_drawn(&mut self, drawn: Drawn) -> Vec<Command> {
        self.drawn = drawn;
        self.scroll = drawn.scroll;
        let at_the_top = drawn.scroll + usize::from(drawn.height) >= drawn.content;
        let wanted = at_the_top && (self.scroll > 0 || drawn.content < usize::from(drawn.height));
        if wanted { self.load_older().into_iter().collect() } else { Vec::new() }
    }

    /// Tells the other side what has been seen of the open chat.
    fn read(&mut self) -> Option<Command> {
        if !self.drawn.chat_shown {
            return None;
        }
        let chat = self.open_chat_mut()?;
        if chat.summary.unread == 0 || chat.stage().is_some_and(|stage| stage != Stage::Ready) {
            return None;
        }
        let newest = chat.newest_received()?;
        let (id, order, date) = (newest.id, newest.order, newest.date);
        if order <= chat.read_by_us {
            return None;
        }
        chat.read_by_us = order;
        chat.summary.unread = 0;
        Some(Command::MarkRead { chat: chat.id(), id, date })
    }

    fn keep_selection(&mut self) {
        let there = self.open_chat().zip(self.selected).is_some_and(|(chat, id)| chat.message(id).is_some());
        if self.selected.is_some() && !there {
            self.selected = None;
            if self.focus == Focus::Messages {
                self.focus = Focus::Compose;
            }
        }
        if let Some(Overlay::Confirm(Question::Delete(id))) = self.overlay
            && self.open_chat().is_none_or(|chat| chat.message(id).is_none())
        {
            self.overlay = None;
        }
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}

impl ChatId {
    pub(super) const fn is_cloud(self) -> bool {
        matches!(self, Self::Cloud(_))
    }
}

/// Numbers of messages count per account, but for those of channels.
const fn is_channel(id: ChatId) -> bool {
    matches!(id, ChatId::Cloud(id) if id < -1_000_000_000_000)
}

fn find(chat: &mut Chat, id: i64) -> Option<&mut Message> {
    chat.messages.iter_mut().find(|message| message.id == id)
}

fn transfer(chat: &mut Chat, number: u64) -> Option<&mut Transfer> {
    chat.transfers.iter_mut().find(|transfer| transfer.number == number)
}
