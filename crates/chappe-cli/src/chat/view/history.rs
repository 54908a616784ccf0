//! The messages of the open chat.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::put;
use super::wrap::{cut, wrap};
use crate::chat::model::{Chat, Drawn, Message, MessageState, State, duration};

/// Columns before the words.
const INDENT: usize = 2;

/// The lines of all messages, and which of them are the marked one's.
struct Page {
    lines: Vec<Line<'static>>,
    marked: Option<std::ops::Range<usize>>,
}

/// Draws the messages, the newest at the bottom.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, chat: &Chat, look: &Look) -> Drawn {
    let page = page(state, chat, usize::from(area.width), look);
    let (height, content) = (usize::from(area.height), page.lines.len());
    let most = content.saturating_sub(height);
    let mut scroll = state.scroll.min(most);
    if let Some(marked) = page.marked.filter(|_| state.follow) {
        // Its end is in view, or else its beginning, if it is longer than the view.
        let bottom = content - scroll;
        if marked.end > bottom {
            scroll = content - marked.end;
        }
        if marked.start < (content - scroll).saturating_sub(height) {
            scroll = content.saturating_sub(marked.start + height);
        }
    }
    let end = content - scroll;
    let shown = page.lines.get(end.saturating_sub(height)..end).unwrap_or_default();
    let top = area.bottom().saturating_sub(u16::try_from(shown.len()).unwrap_or(area.height));
    for (line, y) in shown.iter().zip(top..area.bottom()) {
        put(frame, area, y, line.clone());
    }
    Drawn { height: area.height, content, scroll, chat_shown: true }
}

fn page(state: &State, chat: &Chat, width: usize, look: &Look) -> Page {
    let mut page = Page { lines: Vec::new(), marked: None };
    let mut before: Option<&Message> = None;
    for message in &chat.messages {
        let day = look.day(message.date);
        // What the server has not dated yet belongs to the day before it.
        let dated = message.date > 0;
        let new_day = dated && before.is_none_or(|before| look.day(before.date) != day);
        if new_day {
            page.lines.push(
                Line::styled(format!("\u{2500}\u{2500} {day} \u{2500}\u{2500}"), look.faint()).centered(),
            );
        }
        let start = page.lines.len();
        if message.notice {
            let words = cut(&message.text.text, width.saturating_sub(8));
            let time = if dated { format!("  {}", look.clock(message.date)) } else { String::new() };
            page.lines.push(Line::styled(words + &time, look.faint()).centered());
        } else {
            let same = |before: &&Message| {
                !before.notice && before.outgoing == message.outgoing && before.sender == message.sender
            };
            if new_day || before.filter(same).is_none() {
                page.lines.push(Line::styled(name(state, chat, message), look.name(message.outgoing)));
            }
            page.lines.extend(lines(state, chat, message, width, look));
        }
        if state.selected == Some(message.id) {
            for line in page.lines.iter_mut().skip(start) {
                *line = std::mem::take(line).patch_style(look.marked());
            }
            page.marked = Some(start..page.lines.len());
        }
        before = Some(message);
    }
    page
}

fn name(state: &State, chat: &Chat, message: &Message) -> String {
    match (message.outgoing, message.sender.is_empty()) {
        (true, _) => state.me.clone(),
        (false, true) => chat.summary.title.clone(),
        (false, false) => message.sender.clone(),
    }
}

/// The lines of one message, with the time and its marks at the end of the last one.
fn lines(state: &State, chat: &Chat, message: &Message, width: usize, look: &Look) -> Vec<Line<'static>> {
    let room = width.saturating_sub(INDENT);
    let mut lines = Vec::new();
    if let Some(answered) = message.reply_to {
        let quote = chat.message(answered).map_or_else(|| "an earlier message".to_owned(), Message::summary);
        lines.push(Span::styled(cut(&format!("\u{2502} {quote}"), room), look.faint()).into());
    }
    if let Some(attachment) = &message.attachment {
        let mut label = attachment.label();
        if attachment.opens && message.expires_at.is_none() {
            label += " opens once";
        }
        lines.push(Span::styled(cut(&label, room), look.link()).into());
    }
    match message.state {
        MessageState::Gone => lines.push(Span::styled("(gone)", look.faint()).into()),
        _ if message.text.text.is_empty() && message.attachment.is_some() => {}
        _ => lines.extend(wrap(&message.text, room, state.selected == Some(message.id), look)),
    }
    let marks = marks(state, message, look);
    let marks_width: usize = marks.iter().map(|span| span.content.width()).sum();
    let last = lines.last().map_or(0, Line::width);
    if last + 1 + marks_width > room {
        lines.push(Line::default());
    }
    if let Some(line) = lines.last_mut() {
        let gap = room.saturating_sub(line.width() + marks_width);
        line.spans.push(Span::raw(" ".repeat(gap)));
        line.spans.extend(marks);
    }
    for line in &mut lines {
        line.spans.insert(0, Span::raw(" ".repeat(INDENT)));
    }
    lines
}

/// Timer, time, and what has become of it.
fn marks(state: &State, message: &Message, look: &Look) -> Vec<Span<'static>> {
    let mut marks = Vec::new();
    match (message.left(state.now), message.ttl) {
        (Some(left), _) => {
            marks.push(Span::styled(
                format!("\u{25d4} {} ", duration(left)),
                look.urgent().add_modifier(Modifier::BOLD),
            ));
        }
        (None, 0) => {}
        (None, i32::MAX) => marks.push(Span::styled("\u{25d4} once ", look.urgent())),
        (None, ttl) => {
            marks.push(Span::styled(format!("\u{25d4} ({}) ", duration(ttl.into())), look.urgent()))
        }
    }
    if message.edited {
        marks.push(Span::styled("edited ", look.faint()));
    }
    marks.push(Span::styled(look.clock(message.date), look.faint()));
    let (mark, style) = match message.state {
        MessageState::Failed => (" \u{2717}", look.error()),
        MessageState::Pending => (" \u{2026}", look.faint()),
        MessageState::Read if message.outgoing => (" \u{2713}\u{2713}", look.secret()),
        MessageState::Sent => (" \u{2713}", look.secret()),
        MessageState::Gone | MessageState::Read | MessageState::Received => return marks,
    };
    marks.push(Span::styled(mark, style));
    marks
}
