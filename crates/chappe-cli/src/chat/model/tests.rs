use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;

pub(in crate::chat) const BOB: ChatId = ChatId::Cloud(7);
pub(in crate::chat) const GROUP: ChatId = ChatId::Cloud(-9);
pub(in crate::chat) const SECRET: ChatId = ChatId::Secret(5);

pub(in crate::chat) fn summary(id: ChatId, title: &str, kind: ChatKind, date: i64) -> Summary {
    Summary { id, title: title.to_owned(), kind, date, last: String::new(), unread: 0, read_by_them: 0 }
}

pub(in crate::chat) fn secret(stage: Stage) -> ChatKind {
    let key = KeyPicture { cells: vec![[0, 1, 2, 3].repeat(3); 12], hex: vec!["00 01".to_owned(); 4] };
    ChatKind::Secret(Secret { stage, ttl: 0, key: Some(key), verified: false })
}

pub(in crate::chat) fn message(id: i64, text: &str) -> Message {
    Message {
        id,
        order: id,
        outgoing: false,
        sender: String::new(),
        date: 1_800_000_000 + id,
        text: text.into(),
        attachment: None,
        state: MessageState::Received,
        ttl: 0,
        expires_at: None,
        reply_to: None,
        edited: false,
        notice: false,
    }
}

fn drawn(height: u16, content: usize) -> Event {
    Event::Drawn(Drawn { height, content, scroll: 0, chat_shown: true })
}

/// Somebody with a person, a group and a secret chat, in this order; the chat can be seen.
pub(in crate::chat) fn state() -> State {
    let mut state = State::default();
    state.handle(Event::Tick(1_800_000_100));
    state.handle(Event::Connected(true));
    state.handle(Event::Me("Alice".to_owned()));
    state.handle(Event::Chats(vec![
        summary(SECRET, "Carol", secret(Stage::Ready), 100),
        summary(BOB, "Bob", ChatKind::Person, 300),
        summary(GROUP, "Telegraph", ChatKind::Group { writable: true }, 200),
    ]));
    state.handle(drawn(10, 0));
    state
}

pub(in crate::chat) fn press(state: &mut State, code: KeyCode) -> Vec<Command> {
    state.handle(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

pub(in crate::chat) fn press_control(state: &mut State, letter: char) -> Vec<Command> {
    state.handle(Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)))
}

pub(in crate::chat) fn write(state: &mut State, text: &str) -> Vec<Command> {
    text.chars().flat_map(|letter| press(state, KeyCode::Char(letter))).collect()
}

/// Opens a chat and answers its question for messages.
pub(in crate::chat) fn open(state: &mut State, chat: ChatId, messages: Vec<Message>) {
    let asked = state.handle(Event::Open(chat));
    assert_eq!(asked, [Command::Load { chat, before: None, count: PAGE }]);
    state.handle(Event::Loaded { chat, messages, part: Part::All, complete: false });
}

fn ids(state: &State) -> Vec<i64> {
    state.open_chat().unwrap().messages.iter().map(|message| message.id).collect()
}

#[test]
fn the_list_is_walked_by_keys_and_opens_a_chat_once() {
    let mut state = state();
    assert_eq!(state.chats.iter().map(Chat::id).collect::<Vec<_>>(), [BOB, GROUP, SECRET]);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Char('j'));
    press(&mut state, KeyCode::Down);
    assert_eq!(state.marked, Some(SECRET));
    press(&mut state, KeyCode::Up);
    let load = Command::Load { chat: GROUP, before: None, count: PAGE };
    assert_eq!(press(&mut state, KeyCode::Enter), [load]);
    assert_eq!((state.open, state.focus), (Some(GROUP), Focus::Compose));
    press(&mut state, KeyCode::Esc);
    assert_eq!(press(&mut state, KeyCode::Enter), [], "the history is there");
    assert_eq!(press(&mut state, KeyCode::Esc), []);
    assert_eq!(press(&mut state, KeyCode::Char('q')), [Command::Quit]);
}

#[test]
fn a_cloud_text_is_shown_at_once_and_takes_its_number_later() {
    let mut state = state();
    open(&mut state, BOB, vec![message(1, "hi")]);
    assert_eq!(write(&mut state, "**yes**"), [Command::Typing(BOB)], "told once");
    let sent = press(&mut state, KeyCode::Enter);
    let [Command::SendText { chat: BOB, text, reply_to: None, id }] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((&*text.text, text.entities.len()), ("yes", 1));
    assert_eq!(state.open_chat().unwrap().messages[1].state, MessageState::Pending);
    let taken = Message { outgoing: true, state: MessageState::Sent, ..message(2, "yes") };
    state.handle(Event::Taken { chat: BOB, id: *id, message: Some(taken) });
    assert_eq!(ids(&state), [1, 2]);
    state.handle(Event::ReadByThem { chat: BOB, max: 2 });
    assert_eq!(state.open_chat().unwrap().messages[1].state, MessageState::Read);
    assert_eq!(press(&mut state, KeyCode::Enter), [], "there is nothing to send");
}

#[test]
fn what_waits_stays_in_order_while_others_write() {
    let mut state = state();
    open(&mut state, BOB, vec![]);
    write(&mut state, "one");
    press(&mut state, KeyCode::Enter);
    write(&mut state, "two");
    press(&mut state, KeyCode::Enter);
    state.handle(Event::Arrived { chat: BOB, message: message(5, "three") });
    assert_eq!(ids(&state), [5, -1, -2]);
    state.handle(Event::FailedMessage { chat: BOB, id: -1, why: "PEER_FLOOD".to_owned() });
    assert_eq!(state.open_chat().unwrap().messages[1].state, MessageState::Failed);
    assert!(state.notice.as_ref().is_some_and(|notice| notice.error));
    state.handle(Event::Loaded {
        chat: BOB,
        messages: vec![message(5, "three")],
        part: Part::All,
        complete: true,
    });
    assert_eq!(ids(&state), [5, -1, -2], "what is only here stays");
}

#[test]
fn a_secret_text_is_the_business_of_the_history() {
    let mut state = state();
    open(&mut state, SECRET, vec![]);
    write(&mut state, "x");
    assert!(matches!(press(&mut state, KeyCode::Enter)[..], [Command::SendText { chat: SECRET, .. }]));
    assert_eq!(ids(&state), [0; 0]);
    let again = Command::Load { chat: SECRET, before: None, count: PAGE };
    assert_eq!(state.handle(Event::Happened(SECRET)), std::slice::from_ref(&again));
    assert_eq!(state.handle(Event::Happened(SECRET)), [], "one question at a time");
    let loaded =
        Event::Loaded { chat: SECRET, messages: vec![message(3, "x")], part: Part::All, complete: true };
    assert_eq!(state.handle(loaded), [again], "something happened while it was on its way");
}

#[test]
fn an_open_chat_is_read_and_others_count() {
    let mut state = state();
    open(&mut state, BOB, vec![message(1, "hi")]);
    let read = state.handle(Event::Arrived { chat: BOB, message: message(2, "there") });
    assert_eq!(read, [Command::MarkRead { chat: BOB, id: 2, date: 1_800_000_002 }]);
    assert_eq!(state.handle(Event::Arrived { chat: GROUP, message: message(3, "all") }), []);
    assert_eq!(state.chat(GROUP).unwrap().summary.unread, 1);
    assert_eq!(state.chats[0].id(), GROUP, "what happened last comes first");
    state.handle(Event::Drawn(Drawn { chat_shown: false, ..Drawn::default() }));
    assert_eq!(state.handle(Event::Arrived { chat: BOB, message: message(4, "?") }), [], "nobody sees it");
    let seen = state.handle(drawn(10, 3));
    assert!(seen.contains(&Command::MarkRead { chat: BOB, id: 4, date: 1_800_000_004 }), "{seen:?}");
}

#[test]
fn a_request_is_accepted_or_declined_by_a_key() {
    let mut state = state();
    state.handle(Event::Chats(vec![summary(ChatId::Secret(8), "Dora", secret(Stage::Requested), 1)]));
    assert_eq!(state.chats[0].id(), ChatId::Secret(8), "what wants a decision comes first");
    press(&mut state, KeyCode::Home);
    assert_eq!(press(&mut state, KeyCode::Char('d')), [Command::Decline(ChatId::Secret(8))]);
    let accepted = press(&mut state, KeyCode::Char('a'));
    assert_eq!(accepted[0], Command::Accept(ChatId::Secret(8)));
    assert_eq!(state.open, Some(ChatId::Secret(8)));
    assert_eq!(
        press(&mut state, KeyCode::Char('a')),
        [Command::Accept(ChatId::Secret(8))],
        "also in the chat"
    );
    assert_eq!(state.open_chat().unwrap().draft.text(), "");
    press(&mut state, KeyCode::Esc);
    press(&mut state, KeyCode::Down);
    assert_eq!(press(&mut state, KeyCode::Char('a')), [], "there is nothing to accept");
}

#[test]
fn messages_are_chosen_answered_fetched_and_deleted() {
    let mut state = state();
    let attachment =
        Attachment { kind: "document".into(), name: "a.txt".into(), size: Some(5), opens: false };
    let file = Message { attachment: Some(attachment), ..message(2, "") };
    open(&mut state, BOB, vec![message(1, "hi"), file]);
    press(&mut state, KeyCode::Up);
    assert_eq!((state.selected, state.focus), (Some(2), Focus::Messages));
    let fetched = press(&mut state, KeyCode::Enter);
    let [Command::Download { chat: BOB, message: 2, number }] = fetched[..] else { panic!("{fetched:?}") };
    state.handle(Event::Progress { chat: BOB, number, done: 3, total: Some(5) });
    assert_eq!(state.open_chat().unwrap().transfers[0].done, 3);
    state.handle(Event::Transferred { chat: BOB, number });
    assert!(state.open_chat().unwrap().transfers.is_empty());
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('r'));
    assert_eq!(state.open_chat().unwrap().reply_to, Some(1));
    write(&mut state, "yes");
    let sent = press(&mut state, KeyCode::Enter);
    assert!(matches!(sent[..], [Command::SendText { reply_to: Some(1), .. }]), "{sent:?}");
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('x'));
    assert_eq!(state.overlay, Some(Overlay::Confirm(Question::Delete(2))));
    assert_eq!(press(&mut state, KeyCode::Char('n')), []);
    press(&mut state, KeyCode::Char('x'));
    assert_eq!(press(&mut state, KeyCode::Char('y')), [Command::Delete { chat: BOB, message: 2 }]);
    state.handle(Event::Deleted { chat: None, ids: vec![2] });
    assert_eq!((state.selected, state.focus), (None, Focus::Compose), "what is gone is not marked");
}

#[test]
fn numbers_of_deleted_messages_mean_nothing_in_channels_and_secret_chats() {
    let mut state = state();
    let channel = ChatId::Cloud(-1_000_000_000_005);
    state.handle(Event::Chats(vec![summary(channel, "News", ChatKind::Group { writable: false }, 5)]));
    for chat in [channel, SECRET, GROUP] {
        open(&mut state, chat, vec![message(1, "hi")]);
    }
    state.handle(Event::Deleted { chat: None, ids: vec![1] });
    let left = |chat| state.chat(chat).unwrap().messages.len();
    assert_eq!([channel, SECRET, GROUP].map(left), [1, 1, 0]);
}

#[test]
fn files_and_timers_are_asked_for() {
    let mut state = state();
    open(&mut state, SECRET, vec![]);
    write(&mut state, "look");
    press_control(&mut state, 'f');
    state.handle(Event::Pasted("folder/a\nb.jpg".to_owned()));
    let sent = press(&mut state, KeyCode::Enter);
    let [Command::SendFile { path, caption, .. }] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((path.to_str(), &*caption.text), (Some("folder/a b.jpg"), "look"));
    assert!(state.open_chat().unwrap().draft.is_empty());
    press_control(&mut state, 't');
    write(&mut state, "5x");
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(matches!(state.overlay, Some(Overlay::Prompt(Purpose::Timer, _))), "it is asked again");
    press(&mut state, KeyCode::Backspace);
    write(&mut state, "m");
    assert_eq!(press(&mut state, KeyCode::Enter), [Command::SetTimer { chat: SECRET, seconds: 300 }]);
}

#[test]
fn the_key_is_compared_and_the_chat_ended() {
    let mut state = state();
    open(&mut state, SECRET, vec![]);
    press_control(&mut state, 'k');
    let compared = press(&mut state, KeyCode::Char('v'));
    assert_eq!(compared, [Command::Verify { chat: SECRET, verified: true }]);
    press(&mut state, KeyCode::Esc);
    press_control(&mut state, 'x');
    assert_eq!(press(&mut state, KeyCode::Char('y')), [Command::Close(SECRET)]);
    state.handle(Event::Chats(vec![summary(SECRET, "Carol", secret(Stage::Ended), 100)]));
    assert_eq!(write(&mut state, "x"), [], "an ended chat takes no text");
    assert!(state.open_chat().unwrap().draft.is_empty());
    state.handle(Event::Forgotten(SECRET));
    assert_eq!((state.open, state.focus), (None, Focus::Chats));
}

#[test]
fn somebody_is_found_and_asked_for_a_secret_chat() {
    let mut state = state();
    assert_eq!(press(&mut state, KeyCode::Char('s')), [Command::StartSecret(Wanted::Chat(BOB))]);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Char('s'));
    write(&mut state, "@dora");
    let wanted = Wanted::Named("@dora".to_owned());
    assert_eq!(press(&mut state, KeyCode::Enter), [Command::StartSecret(wanted)], "a group has no secrets");
    press(&mut state, KeyCode::Char('n'));
    write(&mut state, "+9996621003");
    assert_eq!(press(&mut state, KeyCode::Enter), [Command::Find("+9996621003".to_owned())]);
    press(&mut state, KeyCode::Char('n'));
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.overlay, None);
}

#[test]
fn the_top_of_the_history_asks_for_what_is_older() {
    let mut state = state();
    open(&mut state, BOB, vec![message(8, "hi"), message(9, "ho")]);
    assert_eq!(state.handle(drawn(10, 30)), [], "the bottom is in view");
    press(&mut state, KeyCode::PageUp);
    press(&mut state, KeyCode::PageUp);
    press(&mut state, KeyCode::PageUp);
    assert_eq!(state.scroll, 20);
    let top = Event::Drawn(Drawn { height: 10, content: 30, scroll: 20, chat_shown: true });
    assert_eq!(state.handle(top.clone()), [Command::Load { chat: BOB, before: Some(8), count: PAGE }]);
    assert_eq!(state.handle(top), [], "one question at a time");
    let older = vec![message(6, "a"), message(7, "b")];
    state.handle(Event::Loaded { chat: BOB, messages: older, part: Part::More, complete: true });
    assert_eq!(ids(&state), [6, 7, 8, 9]);
}

#[test]
fn typing_and_notices_pass() {
    let mut state = state();
    state.handle(Event::Typing { chat: BOB, who: String::new() });
    state.handle(Event::Told("Saved\u{1b}[2J".to_owned()));
    assert_eq!(state.notice.as_ref().unwrap().text, "Saved\u{fffd}[2J");
    state.handle(Event::Tick(1_800_000_105));
    assert!(state.chat(BOB).unwrap().typing.is_some() && state.notice.is_some());
    state.handle(Event::Tick(1_800_000_108));
    assert!(state.chat(BOB).unwrap().typing.is_none() && state.notice.is_none());
}

#[test]
fn pasted_lines_are_not_sent() {
    let mut state = state();
    open(&mut state, BOB, vec![]);
    assert_eq!(state.handle(Event::Pasted("one\ntwo\r\nthree".to_owned())), [Command::Typing(BOB)]);
    assert_eq!(state.open_chat().unwrap().draft.text(), "one\ntwo\nthree");
    state.handle(Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::ALT)));
    press_control(&mut state, 'j');
    assert_eq!(state.open_chat().unwrap().draft.text(), "one\ntwo\nthree\n\n");
}

#[test]
fn control_c_ends_it_everywhere() {
    let mut state = state();
    assert_eq!(press_control(&mut state, 'c'), [Command::Quit]);
    open(&mut state, BOB, vec![]);
    assert_eq!(press_control(&mut state, 'c'), [Command::Quit]);
    press(&mut state, KeyCode::F(1));
    assert_eq!(press_control(&mut state, 'c'), [Command::Quit]);
}
