//! From what is known to what is on the screen.
//!
//! ```text
//! list of chats │ title, state
//!               │ messages
//!               │ files on their way
//!               │ what is being written
//! help line
//! ```
//!
//! On a narrow screen there is either the list or the chat.

mod composer;
mod help;
mod history;
mod key;
mod list;
mod look;
mod overlay;
#[cfg(test)]
mod tests;
mod wrap;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub(super) use look::Look;

use super::model::{Chat, Drawn, Focus, Secret, Stage, State, duration};
use wrap::cut;

/// Narrower screens show one thing at a time.
const NARROW: u16 = 60;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, state: &State, look: &Look) -> Drawn {
    let [main, help] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(frame.area());
    help::draw(frame, help, state, look);
    let list_width = (main.width / 3).clamp(20, 36);
    let narrow = main.width < NARROW;
    let drawn = match (narrow, state.focus) {
        (true, Focus::Chats) => {
            list::draw(frame, main, state, look);
            Drawn::default()
        }
        (true, _) => conversation(frame, main, state, look),
        (false, _) => {
            let [left, right] =
                Layout::horizontal([Constraint::Length(list_width), Constraint::Fill(1)]).areas(main);
            list::draw(frame, left, state, look);
            conversation(frame, right, state, look)
        }
    };
    overlay::draw(frame, main, state, look);
    drawn
}

fn conversation(frame: &mut Frame<'_>, area: Rect, state: &State, look: &Look) -> Drawn {
    let Some(chat) = state.open_chat() else {
        empty(frame, area, state, look);
        return Drawn::default();
    };
    let composer = composer::height(chat, area);
    let transfers = u16::try_from(chat.transfers.len().min(3)).unwrap_or_default();
    let [top, messages, files, bottom] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(transfers),
        Constraint::Length(composer),
    ])
    .areas(area);
    header(frame, top, state, chat, look);
    let drawn = history::draw(frame, messages, state, chat, look);
    composer::transfers(frame, files, chat, look);
    composer::draw(frame, bottom, state, chat, look);
    drawn
}

/// What is there while no chat is open.
fn empty(frame: &mut Frame<'_>, area: Rect, state: &State, look: &Look) {
    let lines = [
        Line::styled("chappe", look.name(true)).centered(),
        Line::raw(if state.me.is_empty() { String::new() } else { format!("logged in as {}", state.me) })
            .centered(),
    ];
    let top = area.y + area.height.saturating_sub(2) / 2;
    for (line, y) in lines.into_iter().zip(top..area.bottom()) {
        put(frame, area, y, line);
    }
}

fn header(frame: &mut Frame<'_>, area: Rect, state: &State, chat: &Chat, look: &Look) {
    let width = usize::from(area.width);
    let title = cut(&list::title(chat), width.saturating_sub(1));
    let style = if chat.secret().is_some() { look.secret() } else { ratatui::style::Style::new() };
    let mut spans = vec![Span::styled(format!(" {title}"), style.add_modifier(Modifier::BOLD))];
    let room = width.saturating_sub(title.width() + 3);
    spans.push(match (&chat.typing, chat.secret()) {
        (Some((who, _)), _) => {
            let who = if who.is_empty() { String::new() } else { format!("{who} is ") };
            Span::styled(cut(&format!("  {who}typing\u{2026}"), room), look.secret())
        }
        (None, Some(secret)) => Span::styled(cut(&format!("  {}", standing(secret)), room), look.faint()),
        (None, None) => Span::raw(""),
    });
    let [first, second] = Layout::vertical([Constraint::Length(1); 2]).areas(area);
    put(frame, first, first.y, Line::from(spans));
    let rule = "\u{2500}".repeat(usize::from(second.width));
    put(frame, second, second.y, Line::styled(rule, look.edge(state.focus != Focus::Chats)));
}

/// How a secret chat stands, in words.
fn standing(secret: &Secret) -> String {
    match secret.stage {
        Stage::Ended => "this secret chat has ended".to_owned(),
        Stage::Requested => "asks for a secret chat".to_owned(),
        Stage::Waiting => "waiting for the other side".to_owned(),
        Stage::Ready => {
            let verified = if secret.verified { "key compared" } else { "key not compared" };
            match secret.ttl {
                0 => format!("secret, {verified}"),
                ttl => format!("secret, {verified}, timer {}", duration(ttl.into())),
            }
        }
    }
}

/// Draws a line at a height, if that is in the area.
fn put(frame: &mut Frame<'_>, area: Rect, y: u16, line: Line<'_>) {
    if y < area.bottom() && !area.is_empty() {
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}
