//! The machine against a server that keeps a log, over a connection that loses, doubles and reorders.

use std::time::Duration;

use chappe_api::enums::{self, Update, Updates, updates::Difference};
use chappe_api::types;
use chappe_crypto::Now;
use chappe_updates::{Event, Output, Pts, Qts, Request, Seq, State, UpdateMachine, limits};
use proptest::prelude::*;

const START: Now = Now::from_unix_secs(1_700_000_000);

fn deletion(pts: i32, count: i32) -> Update {
    Update::DeleteMessages(Box::new(types::UpdateDeleteMessages {
        messages: vec![pts],
        pts,
        pts_count: count,
    }))
}

fn encrypted(qts: i32) -> enums::EncryptedMessage {
    enums::EncryptedMessage::Service(Box::new(types::EncryptedMessageService {
        random_id: qts.into(),
        chat_id: 1,
        date: 0,
        bytes: vec![],
    }))
}

fn secret(qts: i32) -> Update {
    types::UpdateNewEncryptedMessage { message: encrypted(qts), qts }.into()
}

fn encryption() -> Update {
    let chat = enums::EncryptedChat::Empty(types::EncryptedChatEmpty { id: 1 });
    types::UpdateEncryption { chat, date: 0 }.into()
}

fn batch(seq: i32, updates: Vec<Update>) -> Updates {
    Updates::Updates(Box::new(types::Updates { updates, users: vec![], chats: vec![], date: 9, seq }))
}

fn short(update: Update) -> Updates {
    Updates::UpdateShort(Box::new(types::UpdateShort { update, date: 9 }))
}

fn state(pts: i32, qts: i32, seq: i32) -> types::updates::State {
    types::updates::State { pts, qts, date: 9, seq, unread_count: 0 }
}

/// A machine at pts 10, qts 5, seq 1.
fn machine() -> UpdateMachine {
    let mut machine = UpdateMachine::new(None, START);
    assert_eq!(machine.poll_output(), Some(Output::Request(Request::GetState)));
    machine.handle_state(&state(10, 5, 1), START);
    drain(&mut machine);
    machine
}

fn drain(machine: &mut UpdateMachine) -> Vec<Output> {
    std::iter::from_fn(|| machine.poll_output()).filter(|o| !matches!(o, Output::Timeout(_))).collect()
}

/// What an event counts: pts positive, qts negative.
fn number(event: &Event) -> Option<i32> {
    match event {
        Event::Update(update) => match &**update {
            Update::DeleteMessages(u) => Some(u.pts),
            _ => None,
        },
        Event::EncryptedMessage { message, .. } => match &**message {
            enums::EncryptedMessage::Service(m) => Some(-(m.random_id as i32)),
            enums::EncryptedMessage::Message(_) => None,
        },
        _ => None,
    }
}

fn numbers(outputs: &[Output]) -> Vec<i32> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Event(event) => number(event),
            _ => None,
        })
        .collect()
}

fn asks(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Request(Request::GetDifference { .. })))
}

#[test]
fn a_gap_that_an_answer_reveals_is_fetched_like_any_other() {
    let mut machine = machine();
    machine.handle_affected(Pts(15), 1, START);
    let due = START.advance(limits::GAP_WAIT);
    assert_eq!(drain(&mut machine), []);
    assert_eq!(machine.pending_request(), None);
    machine.handle_timeout(due);
    assert!(
        matches!(machine.pending_request(), Some(Request::GetDifference { from }) if from.pts == Pts(10))
    );
}

#[test]
fn a_gap_that_an_answer_reveals_may_close_by_itself() {
    let mut machine = machine();
    machine.handle_affected(Pts(12), 1, START);
    machine.handle_updates(short(deletion(11, 1)), START);
    machine.handle_updates(short(deletion(12, 1)), START);
    drain(&mut machine);
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert_eq!(machine.pending_request(), None);
}

#[test]
fn an_answer_that_overtakes_updates_is_counted_after_them() {
    let mut machine = machine();
    machine.handle_affected(Pts(13), 1, START);
    machine.handle_affected(Pts(12), 1, START);
    machine.handle_updates(short(deletion(14, 1)), START);
    assert_eq!(drain(&mut machine), []);
    machine.handle_updates(short(deletion(11, 1)), START);
    let outputs = drain(&mut machine);
    assert_eq!(numbers(&outputs), [11, 14], "nothing comes for 12 and 13");
    assert!(matches!(outputs.last(), Some(Output::Persist(State { pts: Pts(14), .. }))));
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert_eq!(machine.pending_request(), None);
}

#[test]
fn an_answer_while_the_difference_is_fetched_is_counted_after_it() {
    let mut machine = machine();
    machine.handle_new_session(START);
    assert!(asks(&drain(&mut machine)));
    machine.handle_affected(Pts(11), 1, START);
    // It was made before the call was carried out.
    machine.handle_difference(types::updates::DifferenceEmpty { date: 9, seq: 1 }.into(), START);
    machine.handle_updates(short(deletion(12, 1)), START);
    assert_eq!(numbers(&drain(&mut machine)), [12]);
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert_eq!(machine.pending_request(), None);
}

#[test]
fn in_order_passes_twice_is_dropped_and_state_follows_delivery() {
    let mut machine = machine();
    machine.handle_updates(short(deletion(11, 1)), START);
    let outputs = drain(&mut machine);
    assert!(matches!(&outputs[..], [Output::Event(_), Output::Persist(State { pts: Pts(11), .. })]));
    machine.handle_updates(short(deletion(11, 1)), START);
    assert_eq!(drain(&mut machine), []);
}

#[test]
fn a_gap_that_closes_in_time_asks_nothing() {
    let mut machine = machine();
    machine.handle_updates(short(secret(7)), START);
    machine.handle_updates(short(deletion(13, 2)), START);
    assert!(numbers(&drain(&mut machine)).is_empty());
    let later = START.advance(Duration::from_millis(100));
    machine.handle_updates(short(deletion(11, 1)), later);
    machine.handle_updates(short(secret(6)), later);
    assert_eq!(numbers(&drain(&mut machine)), [11, 13, -6, -7]);
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert!(!asks(&drain(&mut machine)));
}

#[test]
fn a_gap_that_stays_is_fetched_and_live_updates_wait() {
    let mut machine = machine();
    machine.handle_updates(short(secret(7)), START);
    let wake = std::iter::from_fn(|| machine.poll_output()).last();
    assert_eq!(wake, Some(Output::Timeout(START.advance(limits::GAP_WAIT))));
    let later = START.advance(limits::GAP_WAIT);
    machine.handle_timeout(later);
    assert!(asks(&drain(&mut machine)));
    machine.handle_updates(short(secret(8)), later);
    assert_eq!(drain(&mut machine), []);
    let difference = types::updates::Difference {
        new_messages: vec![],
        new_encrypted_messages: vec![encrypted(6), encrypted(7)],
        other_updates: vec![deletion(11, 1), encryption()],
        chats: vec![],
        users: vec![],
        state: state(11, 7, 1),
    };
    machine.handle_difference(difference.into(), later);
    let outputs = drain(&mut machine);
    assert_eq!(numbers(&outputs), [-6, -7, 11, -8]);
    // The state of the chat comes before its messages, and only the last message carries the counter.
    assert!(matches!(&outputs[0], Output::Event(Event::Update(u)) if matches!(**u, Update::Encryption(_))));
    assert!(matches!(&outputs[1], Output::Event(Event::EncryptedMessage { qts: None, .. })));
    assert!(matches!(&outputs[2], Output::Event(Event::EncryptedMessage { qts: Some(Qts(7)), .. })));
    assert!(matches!(&outputs[4], Output::Persist(State { qts: Qts(7), .. })));
    assert_eq!(machine.state().map(|state| state.qts), Some(Qts(8)));
}

#[test]
fn batches_keep_their_order() {
    let mut machine = machine();
    machine.handle_updates(batch(3, vec![deletion(12, 1)]), START);
    assert_eq!(drain(&mut machine), []);
    machine.handle_updates(batch(2, vec![secret(6), deletion(11, 1), encryption()]), START);
    let outputs = drain(&mut machine);
    assert!(matches!(&outputs[0], Output::Event(Event::Update(u)) if matches!(**u, Update::Encryption(_))));
    assert_eq!(numbers(&outputs), [-6, 11, 12]);
    machine.handle_updates(batch(2, vec![deletion(13, 1)]), START);
    assert_eq!(drain(&mut machine), [], "an old batch");
    machine.handle_updates(batch(0, vec![deletion(13, 1)]), START);
    assert_eq!(numbers(&drain(&mut machine)), [13], "an unnumbered batch");
    assert_eq!(machine.state().map(|state| state.seq), Some(Seq(3)));
}

#[test]
fn a_slice_that_does_not_move_on_is_not_fetched_for_ever() {
    let mut machine = machine();
    machine.handle_new_session(START);
    assert!(asks(&drain(&mut machine)));
    let slice = types::updates::DifferenceSlice {
        new_messages: vec![],
        new_encrypted_messages: vec![],
        other_updates: vec![],
        chats: vec![],
        users: vec![],
        intermediate_state: state(10, 5, 1),
    };
    machine.handle_difference(slice.clone().into(), START);
    assert!(!asks(&drain(&mut machine)));
    let later = START.advance(limits::RETRY_FIRST);
    machine.handle_timeout(later);
    assert!(asks(&drain(&mut machine)));
    let slice = types::updates::DifferenceSlice { intermediate_state: state(20, 5, 1), ..slice };
    machine.handle_difference(slice.into(), later);
    assert!(asks(&drain(&mut machine)), "this one moved on");
}

#[test]
fn too_long_silence_and_failures_lead_to_another_request() {
    let mut machine = machine();
    machine.handle_updates(Updates::TooLong, START);
    assert!(asks(&drain(&mut machine)));
    machine.handle_difference(Difference::TooLong(types::updates::DifferenceTooLong { pts: 500 }), START);
    let outputs = drain(&mut machine);
    assert!(outputs.contains(&Output::Event(Event::TooLong)) && asks(&outputs));
    machine.handle_failure(START);
    assert!(!asks(&drain(&mut machine)));
    let later = START.advance(limits::RETRY_FIRST);
    machine.handle_timeout(later);
    assert!(asks(&drain(&mut machine)));
    let empty = types::updates::DifferenceEmpty { date: 10, seq: 4 };
    machine.handle_difference(Difference::Empty(empty), later);
    assert!(!asks(&drain(&mut machine)));
    machine.handle_timeout(later.advance(limits::SILENCE));
    assert!(asks(&drain(&mut machine)));
}

#[test]
fn what_cannot_be_read_is_told_and_passed_over_but_for_secret_messages() {
    let mut machine = machine();
    let mut now = START;
    machine.handle_new_session(now);
    for attempt in 1..=limits::UNREADABLE_ANSWERS {
        let from = State { pts: Pts(10), qts: Qts(5), seq: Seq(1), date: 9 };
        assert_eq!(
            drain(&mut machine),
            [Output::Request(Request::GetDifference { from })],
            "attempt {attempt}"
        );
        machine.handle_unreadable(now);
        if attempt < limits::UNREADABLE_ANSWERS {
            assert_eq!(drain(&mut machine), [], "it waits");
            now = now.advance(limits::RETRY_LONGEST);
            machine.handle_timeout(now);
        }
    }
    assert_eq!(drain(&mut machine), [Output::Request(Request::GetState)]);
    machine.handle_state(&state(14, 7, 3), now);
    // Messages of secret chats are not acknowledged before somebody has them.
    let from = State { pts: Pts(14), qts: Qts(5), seq: Seq(3), date: 9 };
    let told = drain(&mut machine);
    assert_eq!(
        told,
        [
            Output::Event(Event::TooLong),
            Output::Persist(from),
            Output::Request(Request::GetDifference { from })
        ]
    );
    // Those cannot be read either: it is asked on, ever more slowly, and not told again.
    for _ in 0..limits::UNREADABLE_ANSWERS {
        machine.handle_unreadable(now);
        now = now.advance(limits::RETRY_LONGEST);
        machine.handle_timeout(now);
    }
    assert_eq!(machine.pending_request(), Some(Request::GetState));
    drain(&mut machine);
    machine.handle_state(&state(14, 7, 3), now);
    assert_eq!(drain(&mut machine), []);
    now = now.advance(limits::RETRY_LONGEST);
    machine.handle_timeout(now);
    assert_eq!(drain(&mut machine), [Output::Request(Request::GetDifference { from })]);
}

#[test]
fn a_restart_asks_from_the_stored_state() {
    let stored = State { pts: Pts(3), qts: Qts(4), seq: Seq(5), date: 6 };
    let mut machine = UpdateMachine::new(Some(stored), START);
    assert_eq!(machine.poll_output(), Some(Output::Request(Request::GetDifference { from: stored })));
    assert_eq!(machine.pending_request(), Some(Request::GetDifference { from: stored }));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Deliver { at: usize },
    Drop { at: usize },
    Double { at: usize },
    Wait,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..12_u8, 0..6_usize).prop_map(|(kind, at)| match kind {
        0..=5 => Step::Deliver { at },
        6 | 7 => Step::Drop { at },
        8 => Step::Double { at },
        9 | 10 => Step::Wait,
        _ => Step::Restart,
    });
    prop::collection::vec(step, 0..80)
}

proptest! {
    /// Whatever the connection does, everything is delivered once and in order.
    #[test]
    fn everything_comes_once_and_in_order(
        log in prop::collection::vec(any::<bool>(), 1..40),
        steps in steps(),
        slice in 1..8_usize,
    ) {
        let (mut pts, mut qts) = (10, 5);
        let log: Vec<Update> = log
            .into_iter()
            .map(|is_secret| if is_secret { qts += 1; secret(qts) } else { pts += 1; deletion(pts, 1) })
            .collect();
        let mut flight: Vec<Update> = log.clone();
        let (mut machine, mut now) = (machine(), START);
        let mut heard = Vec::new();
        let mut stored = machine.state();
        let mut all = steps;
        all.extend([Step::Wait, Step::Wait]);
        for step in all {
            match step {
                Step::Deliver { at } if at < flight.len() => machine.handle_updates(short(flight.remove(at)), now),
                Step::Drop { at } if at < flight.len() => drop(flight.remove(at)),
                Step::Double { at } if at < flight.len() => machine.handle_updates(short(flight[at].clone()), now),
                Step::Wait => {
                    now = now.advance(limits::SILENCE);
                    machine.handle_timeout(now);
                }
                Step::Restart => machine = UpdateMachine::new(stored, now),
                _ => {}
            }
            while let Some(output) = machine.poll_output() {
                match output {
                    Output::Event(event) => heard.extend(number(&event)),
                    Output::Persist(state) => stored = Some(state),
                    Output::Request(Request::GetDifference { from }) => {
                        let missing: Vec<&Update> = log
                            .iter()
                            .filter(|update| match update {
                                Update::DeleteMessages(u) => u.pts > from.pts.0,
                                Update::NewEncryptedMessage(u) => u.qts > from.qts.0,
                                _ => false,
                            })
                            .collect();
                        let mut new = state(from.pts.0, from.qts.0, 1);
                        let (mut messages, mut others) = (vec![], vec![]);
                        for update in missing.iter().take(slice) {
                            match update {
                                Update::DeleteMessages(u) => { new.pts = u.pts; others.push((*update).clone()); }
                                Update::NewEncryptedMessage(u) => { new.qts = u.qts; messages.push(u.message.clone()); }
                                _ => {}
                            }
                        }
                        let difference = if missing.len() > slice {
                            Difference::from(types::updates::DifferenceSlice {
                                new_messages: vec![], new_encrypted_messages: messages, other_updates: others,
                                chats: vec![], users: vec![], intermediate_state: new,
                            })
                        } else {
                            Difference::from(types::updates::Difference {
                                new_messages: vec![], new_encrypted_messages: messages, other_updates: others,
                                chats: vec![], users: vec![], state: new,
                            })
                        };
                        machine.handle_difference(difference, now);
                    }
                    _ => {}
                }
            }
        }
        let of = |positive: bool| heard.iter().filter(|n| (**n > 0) == positive).map(|n| n.abs()).collect::<Vec<_>>();
        prop_assert_eq!(of(true), (11..=pts).collect::<Vec<_>>());
        prop_assert_eq!(of(false), (6..=qts).collect::<Vec<_>>());
    }
}
