//! What is being written, and files on their way.

use chappe::secret::FormattedText;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Widget};
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::put;
use super::wrap::{cut, wrap};
use crate::chat::model::{Chat, Editor, Focus, Message, Stage, State, bytes};

/// Most lines of what is being written that are shown.
const MOST: u16 = 6;

const PROMPT: &str = "> ";

/// Lines that the composer needs, its upper edge included.
pub(super) fn height(chat: &Chat, area: Rect) -> u16 {
    let lines = if chat.is_writable() { rows(&chat.draft, area.width).0.len() } else { 1 };
    let reply = u16::from(chat.reply_to.is_some());
    let most = MOST.min(area.height / 3).max(1);
    u16::try_from(lines).unwrap_or(MOST).clamp(1, most) + reply + 1
}

/// The lines of a text as they are broken, and where its cursor is: row and column.
fn rows(editor: &Editor, width: u16) -> (Vec<String>, (usize, usize)) {
    let width = usize::from(width).saturating_sub(PROMPT.len() + 1).max(1);
    let plain = |text: &str| -> Vec<String> {
        let look = Look { colour: false, zone: jiff::tz::TimeZone::UTC };
        wrap(&FormattedText::from(text.to_owned()), width, true, &look).iter().map(Line::to_string).collect()
    };
    let lines = plain(editor.text());
    // A line that breaks at a blank before the cursor is broken there in the whole text, too.
    let before = plain(&format!("{}\u{b7}", editor.before()));
    let row = before.len().saturating_sub(1);
    let column = before.last().map_or(0, |line| line.width().saturating_sub(1));
    (lines, (row, column))
}

/// Draws the composer.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, chat: &Chat, look: &Look) {
    let active = state.focus == Focus::Compose;
    let block = Block::new().borders(Borders::TOP).border_style(look.edge(active));
    let mut inner = block.inner(area);
    block.render(area, frame.buffer_mut());
    if let Some(answered) = chat.reply_to {
        let quote = chat.message(answered).map(Message::summary).unwrap_or_default();
        let words = cut(&format!("answers \u{2502} {quote}"), usize::from(inner.width));
        put(frame, inner, inner.y, Line::styled(words, look.faint()));
        inner.y += 1;
        inner.height = inner.height.saturating_sub(1);
    }
    if !chat.is_writable() {
        let (words, style) = closed(chat, look);
        put(frame, inner, inner.y, Line::styled(words, style));
        return;
    }
    if inner.is_empty() {
        return;
    }
    let (lines, (row, column)) = rows(&chat.draft, inner.width);
    let first = (row + 1).saturating_sub(usize::from(inner.height));
    for (at, (text, y)) in lines.iter().skip(first).zip(inner.y..inner.bottom()).enumerate() {
        let prompt = if at + first == 0 { PROMPT } else { "  " };
        let line = Line::from(vec![Span::styled(prompt, look.edge(active)), Span::raw(text.as_str())]);
        put(frame, inner, y, line);
    }
    if active && state.overlay.is_none() {
        let x = inner.x + u16::try_from(PROMPT.len() + column).unwrap_or(inner.width);
        let y = inner.y + u16::try_from(row - first).unwrap_or_default();
        frame.set_cursor_position(Position::new(x.min(inner.right().saturating_sub(1)), y));
    }
}

fn closed(chat: &Chat, look: &Look) -> (&'static str, ratatui::style::Style) {
    match chat.stage() {
        Some(Stage::Requested) => ("a accepts this secret chat, d declines it", look.urgent()),
        Some(Stage::Waiting) => ("the other side has to answer first", look.faint()),
        Some(Stage::Ended) => ("nothing can be sent any more", look.faint()),
        _ => ("only admins can write here", look.faint()),
    }
}

/// Draws bars for the files that are on their way, the newest ones.
pub(super) fn transfers(frame: &mut Frame<'_>, area: Rect, chat: &Chat, look: &Look) {
    let first = chat.transfers.len().saturating_sub(usize::from(area.height));
    for (transfer, y) in chat.transfers.iter().skip(first).zip(area.y..area.bottom()) {
        let sign = if transfer.upload { "\u{2191}" } else { "\u{2193}" };
        let name = cut(&transfer.name, usize::from(area.width) / 3);
        let far = match transfer.total {
            Some(total) => format!("{} of {}", bytes(transfer.done), bytes(total)),
            None => bytes(transfer.done),
        };
        let room = usize::from(area.width).saturating_sub(name.width() + far.width() + 7);
        let bar = bar(transfer.done, transfer.total, room);
        let line = Line::from(vec![
            Span::styled(format!(" {sign} {name} "), look.urgent()),
            Span::styled(bar, look.secret()),
            Span::styled(format!(" {far}"), look.faint()),
        ]);
        put(frame, area, y, line);
    }
}

fn bar(done: u64, total: Option<u64>, width: usize) -> String {
    let share = match total {
        Some(0) | None => 0.0,
        Some(total) => (done as f64 / total as f64).clamp(0.0, 1.0),
    };
    let full = (share * width as f64) as usize;
    format!("[{}{}]", "=".repeat(full), " ".repeat(width - full.min(width)))
}
