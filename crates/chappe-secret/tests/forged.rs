//! What a peer who has the key, but not our manners, can and cannot do.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;

use std::time::Duration;

use chappe_api::secret::{enums, types};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{
    Action, ChatHead, ChatUpdate, Content, DropReason, Event, Output, RandomId, RecordKey, SecretChatId,
    SecretLayer, Violation, limits,
};
use chappe_tl::Encode;
use forger::{Forger, NOOP, public, service};

#[test]
fn wrong_parity_ends_the_chat() {
    for (wire_in, wire_out) in [(0, 0), (1, 1), (-1, 0), (1, -2)] {
        let mut forger = Forger::new();
        forger.send(144, wire_in, wire_out, &NOOP);
        assert_eq!(forger.violation(), Some(Violation::Parity), "{wire_in} {wire_out}");
    }
}

#[test]
fn acknowledging_what_was_never_sent_ends_the_chat() {
    let mut forger = Forger::new();
    // One message of ours exists: the announcement of the layer.
    forger.send(144, 3, 0, &NOOP);
    assert_eq!(forger.violation(), None);
    forger.send(144, 5, 2, &NOOP);
    assert_eq!(forger.violation(), Some(Violation::Acknowledgement));
}

#[test]
fn an_acknowledgement_that_goes_back_ends_the_chat() {
    let mut forger = Forger::new();
    forger.send(144, 3, 0, &NOOP);
    forger.send(144, 1, 2, &NOOP);
    assert_eq!(forger.violation(), Some(Violation::Acknowledgement));
}

#[test]
fn naked_objects_and_few_random_bytes_are_ignored() {
    let mut forger = Forger::new();
    forger.object(&NOOP);
    let mut naked = 0xaa48327d_u32.to_le_bytes().to_vec();
    naked.extend([0; 32]);
    forger.object(&naked);
    let wrapper = Wrapper { layer: SecretLayer(144), in_seq_no: 1, out_seq_no: 0, body: &NOOP };
    let object = wrapper.encode(&[1; 14]).unwrap();
    forger.object(&object);
    let dropped = Event::Dropped { chat: forger.chat, reason: DropReason::NotWrapped };
    assert_eq!(forger.events, [dropped.clone(), dropped.clone(), dropped]);
    assert_eq!(forger.engine.chat(forger.chat).unwrap().received_count, 0);
}

#[test]
fn an_unknown_constructor_keeps_the_sequence() {
    let mut forger = Forger::new();
    forger.send(200, 1, 0, &[9, 9, 9, 9, 9, 9, 9, 9]);
    forger.send(144, 1, 2, &NOOP);
    let unsupported = |event: &Event| matches!(event, Event::Message(m) if m.content == Content::Unsupported);
    assert!(forger.events.iter().any(unsupported));
    assert_eq!(forger.engine.chat(forger.chat).unwrap().received_count, 2);
}

#[test]
fn a_layer_is_raised_by_wrappers_and_announcements_and_never_lowered() {
    let mut forger = Forger::new();
    let layer = |forger: &Forger| forger.engine.chat(forger.chat).unwrap().peer_layer;
    assert_eq!(layer(&forger), SecretLayer(73));
    forger.send(101, 1, 0, &NOOP);
    assert_eq!(layer(&forger), SecretLayer(101));
    let mut notify = NOOP[..12].to_vec();
    notify.extend(0xf3048883_u32.to_le_bytes());
    notify.extend(151_i32.to_le_bytes());
    forger.send(73, 1, 2, &notify);
    assert_eq!(layer(&forger), SecretLayer(151));
    forger.send(73, 1, 4, &NOOP);
    assert_eq!(layer(&forger), SecretLayer(151));
}

#[test]
fn an_impossible_resend_ends_the_chat() {
    for (start, end) in [(1_i32, 3_i32), (3, 1), (0, 0), (1, 2), (-1, 1), (1, i32::MAX)] {
        let mut forger = Forger::new();
        let mut resend = NOOP[..12].to_vec();
        resend.extend(0x511110b0_u32.to_le_bytes());
        resend.extend(start.to_le_bytes());
        resend.extend(end.to_le_bytes());
        forger.send(144, 1, 0, &resend);
        assert_eq!(forger.violation(), Some(Violation::Resend), "{start} {end}");
    }
}

#[test]
fn a_rekey_with_a_bad_public_value_or_fingerprint_ends_the_chat() {
    let request = |value: &[u8; 256]| service(0xf3c9611b, &[&[7; 8], &public(value)]);
    let mut forger = Forger::new();
    forger.send(144, 1, 0, &request(&[0xff; 256]));
    assert_eq!(forger.violation(), Some(Violation::PublicValue));
    // A commit with another fingerprint than ours.
    let mut forger = Forger::new();
    forger.send(144, 1, 0, &request(&[0x55; 256]));
    assert!(forger.engine.chat(forger.chat).unwrap().rekeying);
    // A commit for an exchange that does not exist changes nothing.
    forger.send(144, 1, 2, &service(0xec2e0b9b, &[&[8; 8], &[1; 8]]));
    assert_eq!(forger.violation(), None);
    forger.send(144, 1, 4, &service(0xec2e0b9b, &[&[7; 8], &[1; 8]]));
    assert_eq!(forger.violation(), Some(Violation::Rekey));
    // An abort after our acceptance was seen.
    let mut forger = Forger::new();
    forger.send(144, 1, 0, &request(&[0x55; 256]));
    forger.send(144, 5, 2, &service(0xdd05ec6b, &[&[7; 8]]));
    assert_eq!(forger.violation(), Some(Violation::Rekey));
    // An answer with a wrong fingerprint to a request of ours.
    let mut forger = Forger::new();
    forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
    forger.send(144, 1, 0, &service(0x6fe1735b, &[&[7; 8], &public(&[0x55; 256]), &[1; 8]]));
    assert_eq!(forger.violation(), None, "not the exchange that we asked for");
}

fn asked(forger: &Forger, action: u32) -> usize {
    forger.heard.iter().filter(|(_, _, body)| body.len() >= 16 && action_of(body) == action).count()
}

#[test]
fn an_abort_by_hand_is_for_own_requests_that_have_no_answer() {
    let mut forger = Forger::new();
    forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    let (_, _, request) = forger.heard.pop().unwrap();
    let exchange_id = i64::from_le_bytes(request[16..24].try_into().unwrap());
    let abort = |forger: &mut Forger, exchange_id| {
        let action = Action::AbortKey { exchange_id };
        forger.engine.send_action(forger.chat, action, forger.now, &mut forger.rng).is_ok()
    };
    assert!(abort(&mut forger, exchange_id));
    assert!(!forger.engine.chat(forger.chat).unwrap().rekeying);
    // What we have accepted cannot be taken back any more.
    forger.send(144, 1, 0, &service(REQUEST_KEY, &[&[7; 8], &public(&[0x55; 256])]));
    assert!(!abort(&mut forger, i64::from_le_bytes([7; 8])));
    assert!(forger.engine.chat(forger.chat).unwrap().rekeying);
}

#[test]
fn a_request_for_a_key_is_given_up_after_a_week_of_silence() {
    let mut forger = Forger::new();
    forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    for (days, requests, aborts) in [(6, 1, 0), (7, 2, 1)] {
        let now = forger.now.advance(Duration::from_secs(days * 24 * 3600));
        forger.engine.send_text(forger.chat, "x", now, &mut forger.rng).unwrap();
        forger.drain();
        assert_eq!((asked(&forger, REQUEST_KEY), asked(&forger, ABORT_KEY)), (requests, aborts), "{days}");
    }
}

#[test]
fn no_new_key_is_asked_for_while_messages_are_missing() {
    let mut forger = Forger::new();
    forger.send(144, 1, 2, &NOOP);
    for _ in 0..limits::REKEY_AFTER_USES + 20 {
        forger.engine.send_text(forger.chat, "x", forger.now, &mut forger.rng).unwrap();
        forger.drain();
    }
    assert_eq!(asked(&forger, REQUEST_KEY), 0);
    forger.send(144, 1, 0, &NOOP);
    assert_eq!(asked(&forger, REQUEST_KEY), 1);
}

#[test]
fn a_chat_that_ends_leaves_nothing_that_waits() {
    // A message behind a gap, and one of ours that nobody has answered.
    let mut forger = Forger::new();
    forger.send(144, 1, 2, &NOOP);
    assert!(forger.store.keys().any(|key| matches!(key, RecordKey::Inbound { held: false, .. })));
    forger.engine.send_text(forger.chat, "unanswered", forger.now, &mut forger.rng).unwrap();
    while let Some(output) = forger.engine.poll_output() {
        if let Output::Persist(batch) = output {
            forger.engine.handle_persisted(batch.barrier);
        }
    }
    assert_eq!(forger.engine.pending_requests().len(), 1);
    forger.engine.close(forger.chat, false, forger.now, &mut forger.rng).unwrap();
    assert!(forger.engine.pending_requests().is_empty());
    forger.drain();
    let left: Vec<_> = forger.store.keys().copied().collect();
    assert_eq!(left, [RecordKey::Chat(forger.chat)]);
}

#[test]
fn a_second_request_while_one_is_accepted_is_refused_politely() {
    let mut forger = Forger::new();
    let request = |id: u8| service(0xf3c9611b, &[&[id; 8], &public(&[0x55; 256])]);
    forger.send(144, 1, 0, &request(7));
    let before = forger.engine.chat(forger.chat).unwrap();
    forger.send(144, 1, 2, &request(8));
    let after = forger.engine.chat(forger.chat).unwrap();
    assert_eq!(after.key_fingerprint, before.key_fingerprint);
    assert_eq!(after.sent_count, before.sent_count + 1, "an AbortKey");
    assert_eq!(forger.violation(), None);
}

#[test]
fn an_answer_with_another_fingerprint_ends_the_chat() {
    for right in [true, false] {
        let mut forger = Forger::new();
        let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut forger.rng, &[]).unwrap();
        forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
        forger.drain();
        let (_, _, request) = forger.heard.pop().unwrap();
        let mut fingerprint = secret.agree(&request[28..284]).unwrap().fingerprint().0.to_le_bytes();
        if !right {
            fingerprint[7] ^= 1;
        }
        let fields: [&[u8]; 3] = [&request[16..24], &public(secret.public()), &fingerprint];
        forger.send(144, 1, 0, &service(ACCEPT_KEY, &fields));
        assert_eq!(forger.violation(), (!right).then_some(Violation::Rekey));
    }
}

/// The engine and a peer that uses the new key before it confirms it: the id of the exchange, both keys.
fn switched() -> (Forger, [u8; 8]) {
    let mut forger = Forger::new();
    let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut forger.rng, &[]).unwrap();
    forger.send(144, 1, 0, &service(REQUEST_KEY, &[&[7; 8], &public(secret.public())]));
    let (_, _, accept) = forger.heard.pop().unwrap();
    forger.key = secret.agree(&accept[28..284]).unwrap();
    forger.send(144, 1, 2, &NOOP);
    let fingerprint = forger.key.fingerprint();
    assert_eq!(forger.engine.chat(forger.chat).unwrap().key_fingerprint, Some(fingerprint));
    (forger, fingerprint.0.to_le_bytes())
}

#[test]
fn a_commit_after_its_key_was_used_belongs_to_its_exchange_and_names_its_key() {
    let rekeying = |forger: &Forger| forger.engine.chat(forger.chat).is_some_and(|chat| chat.rekeying);
    let (mut forger, fingerprint) = switched();
    forger.send(144, 1, 4, &service(COMMIT_KEY, &[&[8; 8], &fingerprint]));
    assert!(rekeying(&forger), "the commit of another exchange");
    forger.send(144, 1, 6, &service(COMMIT_KEY, &[&[7; 8], &fingerprint]));
    assert!(!rekeying(&forger));
    assert_eq!(forger.violation(), None);
    let (mut forger, _) = switched();
    forger.send(144, 1, 4, &service(COMMIT_KEY, &[&[7; 8], &[1; 8]]));
    assert_eq!(forger.violation(), Some(Violation::Rekey));
}

#[test]
fn a_resend_of_more_than_a_thousand_ends_the_chat() {
    for (last, violation) in [(1000, None), (1001, Some(Violation::Resend))] {
        let mut forger = Forger::new();
        for _ in 0..1001 {
            forger.engine.send_text(forger.chat, "x", forger.now, &mut forger.rng).unwrap();
            forger.drain();
        }
        let wire = |raw: i32| (2 * raw + 1).to_le_bytes();
        forger.send(144, 1, 0, &service(RESEND, &[&wire(1), &wire(last)]));
        assert_eq!(forger.violation(), violation, "{last}");
    }
}

#[test]
fn too_much_behind_a_gap_ends_the_chat() {
    let mut forger = Forger::new();
    for raw in 1..1100 {
        forger.send(144, 1, raw * 2, &NOOP);
        if forger.violation().is_some() {
            assert_eq!((raw, forger.violation()), (1001, Some(Violation::PendingOverflow)));
            return;
        }
    }
    panic!("no bound");
}

/// Messages of a megabyte behind a gap: eight may wait, what was taken up no longer counts, and a restart forgets none.
#[test]
fn too_many_bytes_behind_a_gap_end_the_chat() {
    let body = &vec![9; (1 << 20) - 2048];
    let mut forger = Forger::new();
    let mut wire = 0;
    for _ in 0..2 {
        for _ in 0..7 {
            wire += 2;
            forger.send(144, 1, wire, body);
        }
        forger.send(144, 1, wire - 14, &NOOP);
        wire += 2;
        assert_eq!(forger.violation(), None);
        assert_eq!(forger.engine.chat(forger.chat).unwrap().pending_count, 0);
    }
    for _ in 0..7 {
        wire += 2;
        forger.send(144, 1, wire, body);
    }
    let config = chappe_secret::Config::new(100);
    let stored = forger.store.clone();
    forger.engine = chappe_secret::SecretChats::new(config, stored, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    for violation in [None, Some(Violation::PendingOverflow)] {
        wire += 2;
        forger.send(144, 1, wire, body);
        assert_eq!(forger.violation(), violation);
    }
}

#[test]
fn a_message_without_a_name_is_counted_and_not_shown() {
    let mut forger = Forger::new();
    let mut body = 0x204d3878_u32.to_le_bytes().to_vec();
    body.extend([0; 8 + 4]);
    body.extend([1, b'x', 0, 0]);
    body.extend(0x89f5c4a_u32.to_le_bytes());
    forger.send(73, 1, 0, &body);
    assert_eq!(forger.events, []);
    assert_eq!(forger.engine.chat(forger.chat).unwrap().received_count, 1);
    body[4] = 1;
    forger.send(73, 1, 2, &body);
    assert!(matches!(&forger.events[..], [Event::Message(m)] if m.random_id == RandomId(1)));
}

const REQUEST_KEY: u32 = 0xf3c9611b;
const ABORT_KEY: u32 = 0xdd05ec6b;
const ACCEPT_KEY: u32 = 0x6fe1735b;
const COMMIT_KEY: u32 = 0xec2e0b9b;
const RESEND: u32 = 0x511110b0;

fn action_of(body: &[u8]) -> u32 {
    u32::from_le_bytes(body[12..16].try_into().unwrap())
}

#[test]
fn of_two_exchanges_the_larger_id_survives_and_equal_ones_cancel_each_other() {
    for change in [-1_i64, 0, 1, i64::MIN, i64::MAX] {
        let mut forger = Forger::new();
        forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
        forger.drain();
        let (_, _, body) = forger.heard.pop().unwrap();
        assert_eq!(action_of(&body), REQUEST_KEY);
        let ours = i64::from_le_bytes(body[16..24].try_into().unwrap());
        // The extremes are ids of their own: they are compared with their sign.
        let theirs = if change.unsigned_abs() > 1 { change } else { ours + change };
        forger.send(144, 1, 0, &service(REQUEST_KEY, &[&theirs.to_le_bytes(), &public(&[0x55; 256])]));
        let rekeying = forger.engine.chat(forger.chat).unwrap().rekeying;
        let answers: Vec<u32> = forger.heard.iter().map(|(_, _, body)| action_of(body)).collect();
        match theirs.cmp(&ours) {
            std::cmp::Ordering::Less => assert_eq!((rekeying, answers), (true, vec![]), "they answer ours"),
            std::cmp::Ordering::Equal => assert_eq!((rekeying, answers), (false, vec![])),
            std::cmp::Ordering::Greater => assert_eq!((rekeying, answers), (true, vec![ACCEPT_KEY])),
        }
        assert_eq!(forger.violation(), None);
    }
}

#[test]
fn a_message_sent_again_may_acknowledge_more_than_the_one_after_it() {
    // As the iOS client does: number 0 is lost, and comes again with an acknowledgement of today.
    for (wire_in, violation) in [(5, None), (7, Some(Violation::Acknowledgement))] {
        let mut forger = Forger::new();
        forger.send(144, 1, 2, &NOOP);
        let (_, _, asked) = forger.heard.pop().unwrap();
        assert_eq!(asked[12..], service(RESEND, &[&0_i32.to_le_bytes(), &0_i32.to_le_bytes()])[12..]);
        // Two of ours exist: the layer and the request just now.
        forger.send(144, wire_in, 0, &NOOP);
        assert_eq!(forger.violation(), violation, "{wire_in}");
        if violation.is_none() {
            let info = forger.engine.chat(forger.chat).unwrap();
            assert_eq!((info.received_count, info.pending_count), (2, 0));
            // Outside of a gap the rule is as strict as ever.
            forger.send(144, 5, 4, &NOOP);
            forger.send(144, 3, 6, &NOOP);
            assert_eq!(forger.violation(), Some(Violation::Acknowledgement));
        }
    }
}

#[test]
fn a_resend_behind_a_gap_is_obeyed_at_once_and_only_once() {
    let mut forger = Forger::new();
    let resend = service(RESEND, &[&1_i32.to_le_bytes(), &1_i32.to_le_bytes()]);
    forger.send(144, 1, 2, &resend);
    let again = |forger: &Forger| forger.heard.iter().filter(|(_, out, _)| *out == 1).count();
    assert_eq!(again(&forger), 1);
    forger.send(144, 1, 2, &resend);
    assert_eq!(again(&forger), 1, "a repetition of the request");
    forger.send(144, 1, 0, &NOOP);
    assert_eq!((again(&forger), forger.engine.chat(forger.chat).unwrap().received_count), (1, 2));
    // Asked anew, it is served anew, but not as fast as somebody can ask.
    for raw in 2..50 {
        forger.send(144, 1, raw * 2, &resend);
    }
    assert_eq!(again(&forger), 1);
    forger.pass(limits::RESEND_INTERVAL.as_secs());
    for raw in 50..100 {
        forger.send(144, 1, raw * 2, &resend);
    }
    assert_eq!(again(&forger), 2);
}

#[test]
fn a_resend_that_was_obeyed_early_is_not_obeyed_again_in_its_turn() {
    let mut forger = Forger::new();
    forger.send(144, 1, 2, &service(RESEND, &[&1_i32.to_le_bytes(), &1_i32.to_le_bytes()]));
    let again = |forger: &Forger| forger.heard.iter().filter(|(_, out, _)| *out == 1).count();
    assert_eq!(again(&forger), 1);
    // So late that a question would be answered.
    forger.pass(limits::RESEND_INTERVAL.as_secs());
    forger.send(144, 1, 0, &NOOP);
    assert_eq!((again(&forger), forger.engine.chat(forger.chat).unwrap().received_count), (1, 2));
}

#[test]
fn several_messages_sent_again_may_acknowledge_more_than_the_one_after_them() {
    // Numbers 0 and 1 are lost, and come again, the second first, with acknowledgements of today.
    let mut forger = Forger::new();
    forger.send(144, 1, 4, &NOOP);
    forger.send(144, 5, 2, &NOOP);
    forger.send(144, 5, 0, &NOOP);
    assert_eq!(forger.violation(), None);
    let info = forger.engine.chat(forger.chat).unwrap();
    assert_eq!((info.received_count, info.pending_count), (3, 0));
}

/// What would tell the server what was written is fetched by nobody here.
#[test]
fn links_and_custom_emoji_lead_to_no_call() {
    let mut forger = Forger::new();
    let page = types::DecryptedMessageMediaWebPage { url: "https://example.com/secret".to_owned() };
    forger.send(144, 1, 0, &text(1, Some(enums::DecryptedMessageMedia::WebPage(Box::new(page)))));
    let emoji = types::MessageEntityCustomEmoji { offset: 0, length: 1, document_id: 77 };
    let message = types::DecryptedMessage {
        no_webpage: false,
        silent: false,
        random_id: 2,
        ttl: 0,
        message: "x https://example.com/secret".to_owned(),
        media: None,
        entities: Some(vec![enums::MessageEntity::CustomEmoji(emoji)]),
        via_bot_name: None,
        reply_to_random_id: None,
        grouped_id: None,
    };
    forger.send(144, 1, 2, &enums::DecryptedMessage::Message(Box::new(message)).to_bytes().unwrap());
    let shown = forger.events.iter().filter(|event| matches!(event, Event::Message(_))).count();
    assert_eq!((shown, forger.calls.len()), (2, 0), "{:?}", forger.calls);
}

#[test]
fn an_unsupported_message_has_a_name_of_its_own_or_none() {
    let broken = |id: i64| {
        let mut body = text(id, None);
        let at = body.windows(4).position(|window| window == 0xbd610bc9_u32.to_le_bytes()).unwrap();
        body[at] ^= 0x55;
        body
    };
    let mut forger = Forger::new();
    forger.send(144, 1, 0, &text(1, None));
    // The id inside; one that is taken; none inside, and the server's 1 is taken.
    forger.send(144, 1, 2, &broken(7));
    forger.send(144, 1, 4, &broken(1));
    forger.send(200, 1, 6, &[9; 8]);
    let ids: Vec<i64> = forger
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Message(m) if m.content == Content::Unsupported => Some(m.random_id.0),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [7, 0, 0]);
    // Who sent it can take it back.
    let ids = [&0x1cb5c415_u32.to_le_bytes()[..], &1_i32.to_le_bytes(), &7_i64.to_le_bytes()].concat();
    forger.send(144, 1, 8, &service(0x65614304, &[&ids]));
    let gone = Event::Deleted { chat: forger.chat, random_ids: vec![RandomId(7)] };
    assert!(forger.events.contains(&gone));
}

#[test]
fn a_second_hole_is_asked_for_when_the_first_is_closed() {
    let mut forger = Forger::new();
    let asked = |forger: &Forger| -> Vec<(i32, i32)> {
        let resends = forger.heard.iter().filter(|(_, _, body)| action_of(body) == RESEND);
        let int = |body: &[u8], at: usize| i32::from_le_bytes(body[at..at + 4].try_into().unwrap());
        resends.map(|(_, _, body)| (int(body, 16), int(body, 20))).collect()
    };
    forger.send(144, 1, 4, &NOOP);
    forger.send(144, 1, 8, &NOOP);
    forger.send(144, 1, 10, &NOOP);
    assert_eq!(asked(&forger), [(0, 2)], "one request for each hole");
    forger.send(144, 1, 0, &NOOP);
    forger.send(144, 1, 2, &NOOP);
    assert_eq!(asked(&forger), [(0, 2), (6, 6)]);
    forger.send(144, 1, 6, &NOOP);
    assert_eq!(forger.engine.chat(forger.chat).unwrap().received_count, 6);
}

fn text(random_id: i64, media: Option<enums::DecryptedMessageMedia>) -> Vec<u8> {
    let entity = enums::MessageEntity::Bold(types::MessageEntityBold { offset: 0, length: 1 });
    let message = types::DecryptedMessage {
        no_webpage: false,
        silent: false,
        random_id,
        ttl: 0,
        message: "text".to_owned(),
        media,
        entities: Some(vec![entity]),
        via_bot_name: None,
        reply_to_random_id: None,
        grouped_id: None,
    };
    message.to_bytes().unwrap()
}

#[test]
fn unknown_constructors_at_every_depth_are_shown_as_unsupported_and_counted() {
    let document = types::DecryptedMessageMediaDocument {
        thumb: vec![],
        thumb_w: 0,
        thumb_h: 0,
        mime_type: "x/y".to_owned(),
        size: 1,
        key: vec![1; 32],
        iv: vec![1; 32],
        attributes: vec![enums::DocumentAttribute::Animated],
        caption: String::new(),
    };
    let whole = text(1, Some(enums::DecryptedMessageMedia::Document(Box::new(document))));
    let mut forger = Forger::new();
    let mut wire_out = 0;
    // Message, media, attribute, entity, action.
    for (id, body) in [
        (0x91cc4674_u32, &whole),
        (0x6abd9782, &whole),
        (0x11b58939, &whole),
        (0xbd610bc9, &whole),
        (0xa82fdd63, &NOOP.to_vec()),
    ] {
        let at = body.windows(4).position(|window| window == id.to_le_bytes()).unwrap();
        let mut body = body.clone();
        body[at] ^= 0x55;
        forger.send(144, 1, wire_out, &body);
        wire_out += 2;
    }
    // A vector of a billion entities, and one field too few.
    let mut huge = text(1, None);
    let at = huge.windows(4).position(|window| window == 0x1cb5c415_u32.to_le_bytes()).unwrap();
    huge[at + 4..at + 8].copy_from_slice(&1_000_000_000_i32.to_le_bytes());
    forger.send(144, 1, wire_out, &huge);
    forger.send(144, 1, wire_out + 2, &whole[..whole.len() - 4]);
    let unsupported = forger
        .events
        .iter()
        .filter(|event| matches!(event, Event::Message(m) if m.content == Content::Unsupported));
    assert_eq!(unsupported.count(), 7);
    assert_eq!(forger.engine.chat(forger.chat).unwrap().received_count, 7);
    assert_eq!(forger.violation(), None);
}

#[test]
fn a_message_with_an_id_used_before_is_counted_and_not_shown() {
    let mut forger = Forger::new();
    forger.send(144, 1, 0, &text(5, None));
    let own = forger.engine.send_text(forger.chat, "ours", forger.now, &mut forger.rng).unwrap();
    forger.drain();
    forger.send(144, 1, 2, &text(5, None));
    forger.send(144, 1, 4, &text(own.0, None));
    forger.send(144, 1, 6, &text(6, None));
    let shown = forger.events.iter().filter(|event| matches!(event, Event::Message(_))).count();
    let repeated = Event::Dropped { chat: forger.chat, reason: DropReason::RepeatedId };
    let dropped = forger.events.iter().filter(|event| **event == repeated).count();
    assert_eq!((shown, dropped), (2, 2));
    assert_eq!(forger.engine.chat(forger.chat).unwrap().received_count, 4);
}

#[test]
fn the_server_cannot_overwrite_a_live_chat() {
    let mut forger = Forger::new();
    let before = forger.engine.chat(forger.chat).unwrap();
    let other = DhSecret::generate(&DhParams::known(3).unwrap(), &mut forger.rng, &[]).unwrap();
    let head = |admin_id, participant_id| ChatHead {
        id: forger.chat,
        access_hash: 99,
        date: 99,
        admin_id,
        participant_id,
    };
    let public = other.public().to_vec();
    for update in [
        ChatUpdate::Accepted { chat: head(100, 200), g_a_or_b: public.clone(), key_fingerprint: 1 },
        ChatUpdate::Waiting { chat: head(100, 200) },
        ChatUpdate::Requested { chat: head(200, 100), g_a: public, folder_id: None },
        ChatUpdate::Empty { id: forger.chat },
    ] {
        forger.engine.handle_encryption_update(update, 0, forger.now, &mut forger.rng);
        forger.drain();
        assert_eq!(forger.engine.chat(forger.chat).unwrap(), before);
    }
}

#[test]
fn requests_of_strangers_are_bounded() {
    let mut forger = Forger::new();
    for id in 1..=limits::MAX_INCOMING_REQUESTS as i32 + 1 {
        let chat =
            ChatHead { id: SecretChatId(id), access_hash: 1, date: 1, admin_id: 300, participant_id: 100 };
        let update = ChatUpdate::Requested { chat, g_a: vec![0x55; 256], folder_id: None };
        forger.engine.handle_encryption_update(update, 0, forger.now, &mut forger.rng);
        forger.drain();
    }
    let requested = forger.events.iter().filter(|event| matches!(event, Event::ChatRequested { .. })).count();
    assert_eq!(requested, limits::MAX_INCOMING_REQUESTS);
    let last = SecretChatId(limits::MAX_INCOMING_REQUESTS as i32 + 1);
    assert_eq!(forger.events.last(), Some(&Event::Dropped { chat: last, reason: DropReason::TooMany }));
}

#[test]
fn nothing_of_the_old_key_is_stored_after_a_rekey() {
    let mut forger = Forger::new();
    let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut forger.rng, &[]).unwrap();
    let stored = |forger: &Forger, bytes: &[u8]| {
        forger.store.values().any(|value| value.windows(bytes.len()).any(|window| window == bytes))
    };
    let old = forger.key.clone();
    forger.send(144, 1, 0, &service(REQUEST_KEY, &[&[7; 8], &public(secret.public())]));
    let (_, _, accept) = forger.heard.pop().unwrap();
    assert_eq!(action_of(&accept), ACCEPT_KEY);
    let new = secret.agree(&accept[28..284]).unwrap();
    assert!(stored(&forger, old.as_bytes()) && stored(&forger, new.as_bytes()));
    let fingerprint = new.fingerprint().0.to_le_bytes();
    forger.send(144, 3, 2, &service(0xec2e0b9b, &[&[7; 8], &fingerprint]));
    assert!(!stored(&forger, old.as_bytes()) && stored(&forger, new.as_bytes()));
    assert_eq!(forger.violation(), None);
}

#[test]
fn a_gap_of_more_than_a_thousand_is_asked_for_in_the_largest_piece_that_is_allowed() {
    let mut forger = Forger::new();
    forger.send(144, 1, 2 * 1_500, &NOOP);
    let asked = service(RESEND, &[&0_i32.to_le_bytes(), &(2 * 999_i32).to_le_bytes()]);
    // The body of a service message: the random id differs.
    let is_asked = |(_, _, body): &(i32, i32, Vec<u8>)| body[12..] == asked[12..];
    assert_eq!(forger.heard.iter().filter(|heard| is_asked(heard)).count(), 1, "{:?}", forger.heard);
    assert!(forger.events.contains(&Event::GapDetected { chat: forger.chat, first: 0, last: 999 }));
}
