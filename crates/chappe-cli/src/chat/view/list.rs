//! The list of chats.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::put;
use super::wrap::cut;
use crate::chat::model::{Chat, ChatKind, Focus, Stage, State};

/// Draws the list; the marked chat is in view. Each has two lines: who and when, and the last words.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, look: &Look) {
    let active = state.focus == Focus::Chats;
    let block = Block::new().borders(Borders::RIGHT).border_style(look.edge(active));
    let inner = block.inner(area);
    block.render(area, frame.buffer_mut());
    if state.chats.is_empty() {
        let words = if state.connected { "no chats yet: n finds somebody" } else { "\u{2026}" };
        put(frame, inner, inner.y, Line::styled(words, look.faint()));
        return;
    }
    let visible = usize::from(inner.height / 2).max(1);
    let at = state.chats.iter().position(|chat| Some(chat.id()) == state.marked).unwrap_or_default();
    let first = (at + 1).saturating_sub(visible);
    for (chat, y) in state.chats.iter().skip(first).take(visible).zip((inner.y..).step_by(2)) {
        let marked = Some(chat.id()) == state.marked;
        for (mut line, y) in
            lines(chat, state, usize::from(inner.width), look).into_iter().zip(y..inner.bottom())
        {
            if marked {
                line = line.patch_style(if active {
                    look.marked()
                } else {
                    look.edge(true).add_modifier(Modifier::BOLD)
                });
            }
            put(frame, inner, y, line);
        }
    }
}

fn lines(chat: &Chat, state: &State, width: usize, look: &Look) -> [Line<'static>; 2] {
    let date = look.short(chat.summary.date, state.now);
    let title_style = if chat.secret().is_some() { look.secret() } else { ratatui::style::Style::new() };
    let room = width.saturating_sub(date.width() + 1);
    let title = cut(&title(chat), room);
    let gap = " ".repeat(width.saturating_sub(title.width() + date.width()));
    let first = Line::from(vec![
        Span::styled(title, title_style.add_modifier(Modifier::BOLD)),
        Span::raw(gap),
        Span::styled(date, look.faint()),
    ]);
    let unread = match chat.summary.unread {
        0 => String::new(),
        count => format!(" {count} "),
    };
    let (words, style) = words(chat, look);
    let words = cut(&words, width.saturating_sub(unread.width() + 3));
    let gap = " ".repeat(width.saturating_sub(words.width() + unread.width() + 2));
    let second = Line::from(vec![
        Span::raw("  "),
        Span::styled(words, style),
        Span::raw(gap),
        Span::styled(unread, look.urgent().add_modifier(Modifier::REVERSED)),
    ]);
    [first, second]
}

/// The name, with a sign for what kind of chat it is.
pub(super) fn title(chat: &Chat) -> String {
    let sign = match chat.summary.kind {
        ChatKind::Group { .. } => "# ",
        ChatKind::Person => "",
        ChatKind::Secret(_) => "\u{25c6} ",
    };
    format!("{sign}{}", chat.summary.title)
}

fn words(chat: &Chat, look: &Look) -> (String, ratatui::style::Style) {
    match (&chat.typing, chat.stage()) {
        (Some((who, _)), _) if who.is_empty() => ("typing\u{2026}".to_owned(), look.secret()),
        (Some((who, _)), _) => (format!("{who} is typing\u{2026}"), look.secret()),
        (None, Some(Stage::Requested)) => ("asks for a secret chat".to_owned(), look.urgent()),
        (None, Some(Stage::Waiting)) => ("waiting for an answer".to_owned(), look.faint()),
        (None, Some(Stage::Ended)) => ("ended".to_owned(), look.faint()),
        (None, _) => (chat.summary.last.clone(), look.faint()),
    }
}
