//! What lies over the rest: questions, the key picture, the help page.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::wrap::cut;
use super::{help, key};
use crate::chat::model::{Chat, Editor, Message, Overlay, Purpose, Question, State};

/// Draws it, if there is something.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, look: &Look) {
    let chat = state.open_chat();
    match &state.overlay {
        None => {}
        Some(Overlay::Confirm(question)) => {
            let words = asked(chat, *question);
            boxed(frame, area, "", vec![Line::raw(words)], look);
        }
        Some(Overlay::Help) => boxed(frame, area, "Keys", page(look), look),
        Some(Overlay::Key) => picture(frame, area, chat, look),
        Some(Overlay::Prompt(purpose, editor)) => prompt(frame, area, *purpose, editor, look),
    }
}

fn asked(chat: Option<&Chat>, question: Question) -> String {
    match question {
        Question::Close => "End this secret chat for both sides?".to_owned(),
        Question::Delete(id) => {
            let words = chat.and_then(|chat| chat.message(id)).map(Message::summary).unwrap_or_default();
            format!("Delete for both sides: {}?", cut(&words, 30))
        }
    }
}

fn picture(frame: &mut Frame<'_>, area: Rect, chat: Option<&Chat>, look: &Look) {
    let Some((chat, secret)) = chat.and_then(|chat| Some((chat, chat.secret()?))) else { return };
    let Some(picture) = &secret.key else { return };
    let mut lines: Vec<Line<'_>> = key::lines(picture, look).into_iter().map(Line::centered).collect();
    lines.push(Line::default());
    lines.push(Line::raw(format!("Compare it with {}'s, by voice", cut(&chat.summary.title, 20))).centered());
    lines.push(Line::raw("or side by side.").centered());
    lines.push(match secret.verified {
        true => Line::styled("You have compared it.", look.secret()).centered(),
        false => Line::styled("You have not compared it yet.", look.urgent()).centered(),
    });
    boxed(frame, area, "Key", lines, look);
}

fn page(look: &Look) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (title, keys) in help::PAGE {
        for (at, (key, what)) in keys.iter().enumerate() {
            let title = if at == 0 { *title } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{title:13} "), look.name(true)),
                Span::styled(column(key, 20), look.edge(true)),
                Span::raw(*what),
            ]));
        }
    }
    lines
}

/// A text with blanks behind it.
fn column(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn prompt(frame: &mut Frame<'_>, area: Rect, purpose: Purpose, editor: &Editor, look: &Look) {
    let question = match purpose {
        Purpose::File => "Send which file? What is written goes beside it.",
        Purpose::Find => "Open a chat with: phone number or @name",
        Purpose::Secret => "Ask for a secret chat: phone number or @name",
        Purpose::Timer => "Messages go after: 30, 5m, 1h, 1d, off",
    };
    let width = area.width.saturating_sub(4).min(60);
    let room = usize::from(width.saturating_sub(3));
    // The end of a long text is in view.
    let mut shown = editor.text();
    while shown.width() > room {
        let first = shown.chars().next().map_or(1, char::len_utf8);
        shown = shown.get(first..).unwrap_or_default();
    }
    let skipped = editor.text().len() - shown.len();
    let before = editor.before().get(skipped..).unwrap_or_default().width();
    let inner = framed(frame, centre(area, width, 4), "", look);
    let lines = vec![Line::raw(cut(question, room)), Line::styled(shown.to_owned(), Modifier::BOLD)];
    frame.render_widget(Paragraph::new(lines), inner);
    let x = inner.x + u16::try_from(before).unwrap_or_default();
    if inner.height > 1 {
        frame.set_cursor_position(Position::new(x.min(inner.right().saturating_sub(1)), inner.y + 1));
    }
}

/// A box as large as what is in it, in the middle.
fn boxed(frame: &mut Frame<'_>, area: Rect, title: &str, lines: Vec<Line<'_>>, look: &Look) {
    let width = lines.iter().map(Line::width).max().unwrap_or_default().max(24) + 4;
    let size = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let inner = framed(frame, centre(area, size(width), size(lines.len()).saturating_add(2)), title, look);
    frame.render_widget(Paragraph::new(lines), inner);
}

fn framed(frame: &mut Frame<'_>, area: Rect, title: &str, look: &Look) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(look.edge(true))
        .title(title.to_owned())
        .padding(ratatui::widgets::Padding::horizontal(1));
    let inner = block.inner(area);
    Clear.render(area, frame.buffer_mut());
    block.render(area, frame.buffer_mut());
    inner
}

fn centre(area: Rect, width: u16, height: u16) -> Rect {
    let [row] = Layout::vertical([Constraint::Length(height.min(area.height))])
        .flex(ratatui::layout::Flex::Center)
        .areas(area);
    let [cell] = Layout::horizontal([Constraint::Length(width.min(area.width))])
        .flex(ratatui::layout::Flex::Center)
        .areas(row);
    cell
}
