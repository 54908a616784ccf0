//! What stands on the screen.

use crossterm::event::KeyCode;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::{Look, draw};
use crate::chat::model::tests::{
    BOB, GROUP, SECRET, message, open, press, press_control, secret, state, summary, write,
};
use crate::chat::model::{Attachment, ChatId, ChatKind, Event, Message, MessageState, Part, Stage, State};

fn look(colour: bool) -> Look {
    Look { colour, zone: TimeZone::UTC }
}

fn terminal(state: &mut State, width: u16, height: u16, colour: bool) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut drawn = None;
    terminal.draw(|frame| drawn = Some(draw(frame, state, &look(colour)))).unwrap();
    state.handle(Event::Drawn(drawn.unwrap()));
    terminal
}

/// The screen as lines.
fn screen(state: &mut State, width: u16, height: u16) -> Vec<String> {
    let terminal = terminal(state, width, height, false);
    let buffer = terminal.backend().buffer();
    let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(line).collect()
}

fn shows(screen: &[String], text: &str) -> bool {
    screen.iter().any(|line| line.contains(text))
}

#[test]
fn list_chat_and_help_line_stand_side_by_side() {
    let mut state = state();
    open(
        &mut state,
        BOB,
        vec![
            message(1, "hi"),
            Message { outgoing: true, state: MessageState::Sent, reply_to: Some(1), ..message(2, "ho") },
        ],
    );
    state.handle(Event::ReadByThem { chat: BOB, max: 2 });
    let screen = screen(&mut state, 80, 14);
    assert!(screen[0].starts_with("Bob"), "{screen:#?}");
    for text in [
        "# Telegraph",
        "\u{25c6} Carol",
        "15 January 2027",
        "  hi",
        "Alice",
        "\u{2502} hi",
        "08:00 \u{2713}\u{2713}",
        "\u{2502}>",
        "Enter send",
    ] {
        assert!(shows(&screen, text), "{text}: {screen:#?}");
    }
}

#[test]
fn a_narrow_screen_shows_one_thing_at_a_time() {
    let mut state = state();
    open(&mut state, BOB, vec![message(1, "hi there")]);
    let chat = screen(&mut state, 40, 12);
    assert!(shows(&chat, "hi there") && !shows(&chat, "Telegraph"), "{chat:#?}");
    press(&mut state, KeyCode::Esc);
    let list = screen(&mut state, 40, 12);
    assert!(!shows(&list, "hi there") && shows(&list, "Telegraph"), "{list:#?}");
}

#[test]
fn every_size_can_be_drawn() {
    let mut state = state();
    open(
        &mut state,
        SECRET,
        (1..40).map(|id| message(id, "some \u{6f22}\u{5b57} words to wrap **here**")).collect(),
    );
    state.handle(Event::Pasted("a\nb\nlong long long long long long long long".to_owned()));
    for code in [KeyCode::Null, KeyCode::F(1), KeyCode::Up] {
        press(&mut state, code);
        for (width, height) in [(1, 1), (2, 2), (5, 3), (20, 5), (60, 4), (61, 9), (200, 60)] {
            screen(&mut state, width, height);
        }
    }
    for letter in ['k', 't', 'f', 'x'] {
        press_control(&mut state, letter);
        screen(&mut state, 7, 3);
        screen(&mut state, 80, 24);
        press(&mut state, KeyCode::Esc);
    }
}

#[test]
fn the_newest_messages_are_in_view_and_the_marked_one() {
    let mut state = state();
    open(&mut state, BOB, (1..=50).map(|id| message(id, &format!("number {id}."))).collect());
    let bottom = screen(&mut state, 80, 20);
    assert!(shows(&bottom, "number 50.") && !shows(&bottom, "number 20."), "{bottom:#?}");
    press(&mut state, KeyCode::PageUp);
    let higher = screen(&mut state, 80, 20);
    assert!(!shows(&higher, "number 50."), "{higher:#?}");
    for _ in 0..40 {
        press(&mut state, KeyCode::Up);
    }
    let marked = screen(&mut state, 80, 20);
    assert!(shows(&marked, "number 11."), "{marked:#?}");
    press(&mut state, KeyCode::Esc);
    assert!(shows(&screen(&mut state, 80, 20), "number 50."));
}

#[test]
fn timers_count_down() {
    let mut state = state();
    let timed = Message { ttl: 90, ..message(1, "soon gone") };
    open(&mut state, SECRET, vec![timed.clone()]);
    assert!(shows(&screen(&mut state, 80, 12), "\u{25d4} (1:30 min) 08:00"));
    let started = Message { expires_at: Some(1_800_000_190), ..timed };
    state.handle(Event::Loaded { chat: SECRET, messages: vec![started], part: Part::All, complete: true });
    assert!(shows(&screen(&mut state, 80, 12), "\u{25d4} 1:30 min 08:00"));
    state.handle(Event::Tick(1_800_000_185));
    assert!(shows(&screen(&mut state, 80, 12), "\u{25d4} 5 s 08:00"));
}

#[test]
fn files_have_bars() {
    let mut state = state();
    let attachment =
        Attachment { kind: "document".into(), name: "beach.jpg".into(), size: Some(2_000_000), opens: false };
    open(&mut state, BOB, vec![Message { attachment: Some(attachment), ..message(1, "") }]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Enter);
    state.handle(Event::Progress { chat: BOB, number: 1, done: 1_000_000, total: Some(2_000_000) });
    let screen = screen(&mut state, 80, 14);
    assert!(shows(&screen, "[document beach.jpg, 2.0 MB]"), "{screen:#?}");
    let bar = screen.iter().find(|line| line.contains("1.0 MB of 2.0 MB")).unwrap();
    let (full, empty) =
        (bar.matches('=').count(), bar.split(['[', ']']).nth(1).unwrap().matches(' ').count());
    assert!(full > 5 && full.abs_diff(empty) <= 1, "{bar}");
}

#[test]
fn a_request_says_what_can_be_done() {
    let mut state = state();
    state.handle(Event::Chats(vec![summary(ChatId::Secret(8), "Dora", secret(Stage::Requested), 1)]));
    press(&mut state, KeyCode::Home);
    let list = screen(&mut state, 80, 12);
    assert!(shows(&list, "asks for a secret chat") && shows(&list, "a accept"), "{list:#?}");
    press(&mut state, KeyCode::Enter);
    assert!(shows(&screen(&mut state, 80, 12), "a accepts this secret chat, d declines it"));
}

#[test]
fn the_key_picture_has_its_colours() {
    let mut state = state();
    open(&mut state, SECRET, vec![]);
    press_control(&mut state, 'k');
    let coloured = terminal(&mut state, 80, 24, true);
    let cells = coloured.backend().buffer().content().iter();
    let painted = cells.filter(|cell| matches!((cell.fg, cell.bg), (Color::Rgb(..), Color::Rgb(..)))).count();
    assert_eq!(painted, 24 * 6);
    let shaded = screen(&mut state, 80, 24);
    assert!(shows(&shaded, "\u{2591}\u{2591}\u{2588}\u{2588}\u{2592}\u{2592}"), "{shaded:#?}");
    assert!(shows(&shaded, "00 01") && shows(&shaded, "You have not compared it yet."));
}

#[test]
fn typing_unread_and_the_connection_are_shown() {
    let mut state = state();
    state.handle(Event::Arrived {
        chat: GROUP,
        message: Message { sender: "Eve".into(), ..message(3, "all of you") },
    });
    assert!(shows(&screen(&mut state, 80, 12), "all of you"));
    assert!(shows(&screen(&mut state, 80, 12), " 1 "));
    state.handle(Event::Typing { chat: GROUP, who: "Eve".into() });
    assert!(shows(&screen(&mut state, 80, 12), "Eve is typing"));
    state.handle(Event::Connected(false));
    assert!(shows(&screen(&mut state, 80, 12), "connecting"));
}

#[test]
fn the_whole_help_fits_a_small_terminal() {
    let mut state = state();
    press(&mut state, KeyCode::Char('?'));
    let help = screen(&mut state, 80, 24);
    assert!(shows(&help, "send a file") && shows(&help, "end the chat"), "{help:#?}");
}

#[test]
fn nothing_can_be_written_where_only_admins_may() {
    let mut state = state();
    let channel = ChatId::Cloud(-1_000_000_000_005);
    state.handle(Event::Chats(vec![summary(channel, "News", ChatKind::Group { writable: false }, 5)]));
    open(&mut state, channel, vec![]);
    write(&mut state, "hello");
    let screen = screen(&mut state, 80, 12);
    assert!(shows(&screen, "only admins can write here") && !shows(&screen, "hello"), "{screen:#?}");
}
