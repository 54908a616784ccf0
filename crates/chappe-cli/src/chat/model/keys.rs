//! What keys do.

use std::path::PathBuf;

use chappe::markup;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::conversation::{Chat, ChatId, Stage, Transfer, UNNUMBERED};
use super::event::{Command, Wanted};
use super::message::{Message, MessageState, parse_duration};
use super::{Editor, Focus, Overlay, Purpose, Question, State};
use crate::printable;

/// How often we tell that we are typing, in seconds.
const TYPING_INTERVAL: i64 = 5;

impl State {
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Command> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('c') {
            return vec![Command::Quit];
        }
        if let Some(overlay) = self.overlay.take() {
            return self.overlay_key(overlay, key);
        }
        match key.code {
            KeyCode::F(1) => self.overlay = Some(Overlay::Help),
            KeyCode::PageUp => self.scroll_by(true),
            KeyCode::PageDown => self.scroll_by(false),
            KeyCode::Tab | KeyCode::BackTab => self.change_focus(),
            KeyCode::Char(letter) if control => return self.control_key(letter),
            _ => {
                return match self.focus {
                    Focus::Chats => self.chats_key(key),
                    Focus::Compose => self.compose_key(key),
                    Focus::Messages => self.messages_key(key),
                };
            }
        }
        Vec::new()
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Command> {
        if let Some(Overlay::Prompt(_, editor)) = &mut self.overlay {
            editor.insert(&text.replace(['\n', '\r'], " "));
            return Vec::new();
        }
        match (self.focus, self.open_chat_mut()) {
            (Focus::Compose, Some(chat)) if chat.is_writable() => {
                chat.draft.insert(text);
                self.tell_typing().into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn change_focus(&mut self) {
        self.focus = match self.focus {
            Focus::Chats if self.open.is_some() => Focus::Compose,
            _ => Focus::Chats,
        };
        self.selected = None;
    }

    fn scroll_by(&mut self, up: bool) {
        let page = usize::from(self.drawn.height.saturating_sub(2)).max(1);
        let most = self.drawn.content.saturating_sub(usize::from(self.drawn.height));
        self.follow = false;
        self.scroll = if up { (self.scroll + page).min(most) } else { self.scroll.saturating_sub(page) };
    }

    /// The keys with Ctrl, which work everywhere.
    fn control_key(&mut self, letter: char) -> Vec<Command> {
        let stage = self.open_chat().and_then(Chat::stage);
        let writable = self.open_chat().is_some_and(Chat::is_writable);
        let has_key = self.open_chat().and_then(Chat::secret).is_some_and(|secret| secret.key.is_some());
        match letter {
            'f' if writable => self.prompt(Purpose::File, ""),
            't' if stage == Some(Stage::Ready) => self.prompt(Purpose::Timer, ""),
            'k' if has_key => self.overlay = Some(Overlay::Key),
            'x' if matches!(stage, Some(Stage::Ready | Stage::Waiting)) => {
                self.overlay = Some(Overlay::Confirm(Question::Close));
            }
            'n' => self.prompt(Purpose::Find, ""),
            'w' | 'u' | 'a' | 'e' | 'j' if self.focus == Focus::Compose => {
                let Some(chat) = self.open_chat_mut() else { return Vec::new() };
                edit_by_letter(&mut chat.draft, letter);
            }
            _ => {}
        }
        Vec::new()
    }

    fn prompt(&mut self, purpose: Purpose, text: &str) {
        self.overlay = Some(Overlay::Prompt(purpose, Editor::new(text)));
    }

    fn chats_key(&mut self, key: KeyEvent) -> Vec<Command> {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.mark(-1),
            KeyCode::Down | KeyCode::Char('j') => self.mark(1),
            KeyCode::Home => self.marked = self.chats.first().map(Chat::id),
            KeyCode::End => self.marked = self.chats.last().map(Chat::id),
            KeyCode::Enter | KeyCode::Right => return self.marked.map_or(Vec::new(), |chat| self.open(chat)),
            KeyCode::Char('a') => return self.decide(self.marked, true),
            KeyCode::Char('d') => return self.decide(self.marked, false),
            KeyCode::Char('n') => self.prompt(Purpose::Find, ""),
            KeyCode::Char('s') => return self.start_secret(),
            KeyCode::Char('?') => self.overlay = Some(Overlay::Help),
            KeyCode::Char('q') => return vec![Command::Quit],
            _ => {}
        }
        Vec::new()
    }

    fn mark(&mut self, by: isize) {
        let at = self.chats.iter().position(|chat| Some(chat.id()) == self.marked).unwrap_or_default();
        let at = at.saturating_add_signed(by).min(self.chats.len().saturating_sub(1));
        self.marked = self.chats.get(at).map(Chat::id);
    }

    /// With the marked person, or with whom is typed.
    fn start_secret(&mut self) -> Vec<Command> {
        match self.marked {
            Some(chat @ ChatId::Cloud(id)) if id > 0 => vec![Command::StartSecret(Wanted::Chat(chat))],
            _ => {
                self.prompt(Purpose::Secret, "");
                Vec::new()
            }
        }
    }

    /// Accepts or declines a request.
    fn decide(&mut self, chat: Option<ChatId>, accept: bool) -> Vec<Command> {
        let requested =
            chat.and_then(|id| self.chat(id)).filter(|chat| chat.stage() == Some(Stage::Requested));
        let Some(id) = requested.map(Chat::id) else { return Vec::new() };
        if !accept {
            return vec![Command::Decline(id)];
        }
        let mut commands = vec![Command::Accept(id)];
        commands.extend(self.open(id));
        commands
    }

    fn compose_key(&mut self, key: KeyEvent) -> Vec<Command> {
        let Some(chat) = self.open_chat_mut() else {
            self.focus = Focus::Chats;
            return Vec::new();
        };
        let (id, writable) = (chat.id(), chat.is_writable());
        match key.code {
            KeyCode::Esc if chat.reply_to.is_some() => chat.reply_to = None,
            KeyCode::Esc => self.focus = Focus::Chats,
            KeyCode::Up => {
                if !chat.draft.up() {
                    self.select_last();
                }
            }
            KeyCode::Char('a') if !writable => return self.decide(Some(id), true),
            KeyCode::Char('d') if !writable => return self.decide(Some(id), false),
            _ if !writable => {}
            KeyCode::Enter if key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SHIFT) => {
                chat.draft.insert("\n");
            }
            KeyCode::Enter => return self.send(),
            _ => {
                if edit(&mut chat.draft, key) {
                    return self.tell_typing().into_iter().collect();
                }
            }
        }
        Vec::new()
    }

    fn tell_typing(&mut self) -> Option<Command> {
        let chat = self.open_chat()?;
        let id = chat.id();
        let told = self.typing_told.is_some_and(|(told, at)| told == id && self.now < at + TYPING_INTERVAL);
        if told || chat.draft.is_empty() {
            return None;
        }
        self.typing_told = Some((id, self.now));
        Some(Command::Typing(id))
    }

    fn send(&mut self) -> Vec<Command> {
        let number = i64::try_from(self.next_number()).unwrap_or(i64::MAX);
        let (now, id) = (self.now, -number);
        (self.scroll, self.typing_told) = (0, None);
        let Some(chat) = self.open_chat_mut() else { return Vec::new() };
        if chat.draft.text().trim().is_empty() {
            return Vec::new();
        }
        let text = markup::markdown(chat.draft.take().trim());
        let reply_to = chat.reply_to.take();
        if chat.id().is_cloud() {
            let message = Message {
                id,
                order: UNNUMBERED + number,
                outgoing: true,
                sender: String::new(),
                date: now,
                text: printable::clean_formatted(&text),
                attachment: None,
                state: MessageState::Pending,
                ttl: 0,
                expires_at: None,
                reply_to,
                edited: false,
                notice: false,
            };
            chat.put(message);
        }
        vec![Command::SendText { chat: chat.id(), text, reply_to, id }]
    }

    fn select_last(&mut self) {
        let last = self.open_chat().and_then(|chat| chat.messages.last()).map(|message| message.id);
        if last.is_some() {
            (self.selected, self.focus, self.follow) = (last, Focus::Messages, true);
        }
    }

    fn messages_key(&mut self, key: KeyEvent) -> Vec<Command> {
        let (Some(chat), Some(id)) = (self.open_chat(), self.selected) else {
            self.focus = Focus::Compose;
            return Vec::new();
        };
        let at = chat.messages.iter().position(|message| message.id == id).unwrap_or_default();
        let other = |at: usize| chat.messages.get(at).map(|message| message.id);
        let message = chat.message(id);
        let file = message.and_then(|message| message.attachment.as_ref()).filter(|file| file.size.is_some());
        let (is_file, name) = (file.is_some(), file.map(|file| file.name.clone()).unwrap_or_default());
        let is_text = message.is_some_and(|message| !message.notice && message.state != MessageState::Gone);
        let chat_id = chat.id();
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => {
                (self.selected, self.follow) = (other(at.saturating_sub(1)), true);
                if at == 0 {
                    return self.load_older().into_iter().collect();
                }
            }
            KeyCode::Down | KeyCode::Char('j') => match other(at + 1) {
                Some(next) => (self.selected, self.follow) = (Some(next), true),
                None => self.leave_messages(),
            },
            KeyCode::Esc => self.leave_messages(),
            KeyCode::Char('r') if is_text && chat.is_writable() => {
                if let Some(chat) = self.open_chat_mut() {
                    chat.reply_to = Some(id);
                }
                self.leave_messages();
            }
            KeyCode::Enter | KeyCode::Char('o') if is_file => {
                let number = self.next_number();
                self.begin_transfer(number, name, false);
                return vec![Command::Download { chat: chat_id, message: id, number }];
            }
            KeyCode::Char('x') | KeyCode::Delete if is_text => {
                self.overlay = Some(Overlay::Confirm(Question::Delete(id)));
            }
            _ => {}
        }
        Vec::new()
    }

    fn leave_messages(&mut self) {
        (self.selected, self.focus, self.scroll, self.follow) = (None, Focus::Compose, 0, false);
    }

    fn begin_transfer(&mut self, number: u64, name: String, upload: bool) {
        if let Some(chat) = self.open_chat_mut() {
            chat.transfers.push(Transfer { number, name, upload, done: 0, total: None });
        }
    }

    fn overlay_key(&mut self, overlay: Overlay, key: KeyEvent) -> Vec<Command> {
        match (overlay, key.code) {
            (Overlay::Prompt(..), KeyCode::Esc) => Vec::new(),
            (Overlay::Prompt(purpose, mut editor), KeyCode::Enter) => {
                self.prompted(purpose, editor.take().trim())
            }
            (Overlay::Prompt(purpose, mut editor), code) => {
                match code {
                    KeyCode::Char(letter @ ('w' | 'u' | 'a' | 'e'))
                        if key.modifiers.contains(KeyModifiers::CONTROL) =>
                    {
                        edit_by_letter(&mut editor, letter);
                    }
                    _ => {
                        edit(&mut editor, key);
                    }
                }
                self.overlay = Some(Overlay::Prompt(purpose, editor));
                Vec::new()
            }
            (Overlay::Confirm(question), KeyCode::Char('y')) => {
                let Some(chat) = self.open else { return Vec::new() };
                vec![match question {
                    Question::Close => Command::Close(chat),
                    Question::Delete(message) => Command::Delete { chat, message },
                }]
            }
            (Overlay::Key, KeyCode::Char('v')) => {
                self.overlay = Some(Overlay::Key);
                let secret = self.open_chat().and_then(Chat::secret);
                let verified = secret.map(|secret| secret.verified);
                let pair = self.open.zip(verified);
                pair.map(|(chat, verified)| Command::Verify { chat, verified: !verified })
                    .into_iter()
                    .collect()
            }
            // Any other key closes what only shows something, and says no.
            _ => Vec::new(),
        }
    }

    fn prompted(&mut self, purpose: Purpose, text: &str) -> Vec<Command> {
        if text.is_empty() {
            return Vec::new();
        }
        match (purpose, self.open) {
            (Purpose::Find, _) => vec![Command::Find(text.to_owned())],
            (Purpose::Secret, _) => vec![Command::StartSecret(Wanted::Named(text.to_owned()))],
            (Purpose::File, Some(chat)) => {
                let path = PathBuf::from(text);
                let number = self.next_number();
                let name =
                    path.file_name().map_or_else(|| text.to_owned(), |name| name.to_string_lossy().into());
                self.begin_transfer(number, printable::clean_line(&name), true);
                let draft = self.open_chat_mut().map(|chat| (chat.draft.take(), chat.reply_to.take()));
                let (caption, reply_to) = draft.unwrap_or_default();
                let caption = markup::markdown(caption.trim());
                vec![Command::SendFile { chat, path, caption, reply_to, number }]
            }
            (Purpose::Timer, Some(chat)) => match parse_duration(text) {
                Some(seconds) => vec![Command::SetTimer { chat, seconds }],
                None => {
                    self.tell(
                        "A timer is written as 30, 5m, 2h, 1d or off; a year is the most.".to_owned(),
                        true,
                    );
                    self.prompt(purpose, text);
                    Vec::new()
                }
            },
            (Purpose::File | Purpose::Timer, None) => Vec::new(),
        }
    }
}

/// Changes a text by a key; `false` if the text is as before.
fn edit(editor: &mut Editor, key: KeyEvent) -> bool {
    match key.code {
        KeyCode::Char(letter) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            editor.insert(letter.encode_utf8(&mut [0; 4]));
        }
        KeyCode::Backspace => editor.backspace(),
        KeyCode::Delete => editor.delete(),
        _ => {
            match key.code {
                KeyCode::Left => editor.left(),
                KeyCode::Right => editor.right(),
                KeyCode::Home => editor.home(),
                KeyCode::End => editor.end(),
                KeyCode::Down => {
                    editor.down();
                }
                _ => {}
            }
            return false;
        }
    }
    true
}

/// The keys with Ctrl of every shell.
fn edit_by_letter(editor: &mut Editor, letter: char) {
    match letter {
        'w' => editor.delete_word(),
        'u' => editor.delete_to_start(),
        'a' => editor.home(),
        'e' => editor.end(),
        'j' => editor.insert("\n"),
        _ => {}
    }
}
