//! The line at the bottom: what was told, or else which keys there are.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::look::Look;
use super::wrap::cut;
use crate::chat::model::{Chat, Focus, Overlay, Purpose, Stage, State};

/// Draws the line.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, look: &Look) {
    let mut width = usize::from(area.width);
    let mut spans = Vec::new();
    if !state.connected {
        let words = " connecting\u{2026} ";
        width = width.saturating_sub(words.width());
        spans.push(Span::styled(words, look.urgent().add_modifier(ratatui::style::Modifier::REVERSED)));
    }
    if let Some(notice) = &state.notice {
        let style = if notice.error { look.error() } else { look.secret() };
        spans.push(Span::styled(cut(&format!(" {}", notice.text), width), style));
    } else {
        for (key, what) in keys(state) {
            let words = key.width() + what.width() + 3;
            if words > width {
                break;
            }
            width -= words;
            spans.push(Span::styled(format!(" {key} "), look.edge(true)));
            spans.push(Span::styled(format!("{what} "), look.faint()));
        }
    }
    frame.render_widget(Line::from(spans), area);
}

type Key = (&'static str, &'static str);

/// The keys that do something now, the most useful ones first.
fn keys(state: &State) -> Vec<Key> {
    match &state.overlay {
        Some(Overlay::Confirm(_)) => return vec![("y", "yes"), ("any other key", "no")],
        Some(Overlay::Help) => return vec![("any key", "back")],
        Some(Overlay::Key) => return vec![("v", "compared, or not"), ("any other key", "back")],
        Some(Overlay::Prompt(purpose, _)) => {
            let done = match purpose {
                Purpose::File => "send",
                Purpose::Find => "open",
                Purpose::Secret => "ask",
                Purpose::Timer => "set",
            };
            return vec![("Enter", done), ("Esc", "back")];
        }
        None => {}
    }
    match state.focus {
        Focus::Chats => chats(state),
        Focus::Compose => compose(state),
        Focus::Messages => vec![
            ("\u{2191}\u{2193}", "messages"),
            ("r", "answer"),
            ("Enter", "fetch the file"),
            ("x", "delete"),
            ("Esc", "back"),
        ],
    }
}

fn is_requested(chat: Option<&Chat>) -> bool {
    chat.and_then(Chat::stage) == Some(Stage::Requested)
}

fn chats(state: &State) -> Vec<Key> {
    let mut keys = Vec::new();
    if is_requested(state.marked.and_then(|id| state.chat(id))) {
        keys.extend([("a", "accept"), ("d", "decline")]);
    }
    keys.extend([
        ("\u{2191}\u{2193}", "chats"),
        ("Enter", "open"),
        ("n", "find somebody"),
        ("s", "secret chat"),
        ("?", "help"),
        ("q", "quit"),
    ]);
    keys
}

fn compose(state: &State) -> Vec<Key> {
    let chat = state.open_chat();
    if is_requested(chat) {
        return vec![("a", "accept"), ("d", "decline"), ("Esc", "chats"), ("Ctrl-C", "quit")];
    }
    if chat.is_some_and(|chat| !chat.is_writable()) {
        return vec![("Esc", "chats"), ("\u{2191}", "messages"), ("PgUp", "scroll"), ("Ctrl-C", "quit")];
    }
    let mut keys = vec![("Enter", "send"), ("Esc", "chats"), ("\u{2191}", "messages"), ("Ctrl-F", "file")];
    if chat.and_then(Chat::secret).is_some() {
        keys.extend([("Ctrl-T", "timer"), ("Ctrl-K", "key"), ("Ctrl-X", "end")]);
    }
    keys.extend([("F1", "help"), ("Ctrl-C", "quit")]);
    keys
}

/// Everything, for the help page.
pub(super) const PAGE: &[(&str, &[Key])] = &[
    (
        "Everywhere",
        &[
            ("Tab", "between the list and the chat"),
            ("PgUp PgDn", "scroll the messages"),
            ("Ctrl-N", "find somebody: phone, @name"),
            ("F1", "this page"),
            ("Ctrl-C", "quit"),
        ],
    ),
    (
        "Chats",
        &[
            ("\u{2191} \u{2193}", "choose"),
            ("Enter", "open"),
            ("s", "ask for a secret chat"),
            ("a d", "accept or decline one"),
            ("q", "quit"),
        ],
    ),
    (
        "Writing",
        &[
            ("Enter", "send"),
            ("Alt-Enter Ctrl-J", "new line"),
            ("**b** __i__ `c` ||s||", "bold, italic, code, hidden"),
            ("Ctrl-F", "send a file, with the text beside it"),
            ("\u{2191}", "choose a message"),
        ],
    ),
    ("Messages", &[("r", "answer"), ("Enter", "fetch the file"), ("x", "delete for both sides")]),
    (
        "Secret chats",
        &[("Ctrl-T", "timer: 30, 5m, 1h, off"), ("Ctrl-K", "key picture"), ("Ctrl-X", "end the chat")],
    ),
];
