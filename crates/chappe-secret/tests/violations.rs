//! What a peer, the server or bad luck may do, and the whole reaction to it: the chat ends on the server and its keys are
//! gone, or nothing changes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;
mod world;

use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_secret::{
    Call, ChatHead, ChatState, ChatUpdate, CloseReason, DropReason, EncryptedMessage, Event, RecordKey,
    SecretChatId, Violation, limits,
};
use forger::{Forger, NOOP, public, service};
use world::{ALICE, BOB, Delivery, World};

const ACCEPT_KEY: u32 = 0x6fe1735b;

fn stores(forger: &Forger, bytes: &[u8]) -> bool {
    forger.store.values().any(|value| value.windows(bytes.len()).any(|window| window == bytes))
}

/// Whether the server was told that the chat is over.
fn is_discarded(world: &World, who: usize) -> bool {
    let tells = |call: &Call| matches!(call, Call::DiscardEncryption { delete_history: false, .. });
    world.users[who].calls.iter().any(tells)
}

#[test]
fn a_violation_ends_the_chat_on_the_server_and_erases_its_keys() {
    for (wire_in, wire_out) in [(0, 0), (5, 0)] {
        let mut forger = Forger::new();
        // A message of ours has the record stored, key included.
        forger.engine.send_text(forger.chat, "x", forger.now, &mut forger.rng).unwrap();
        forger.drain();
        assert!(stores(&forger, forger.key.clone().as_bytes()));
        forger.send(144, wire_in + 2, wire_out, &NOOP);
        assert!(forger.violation().is_some(), "and the server was told");
        assert!(!stores(&forger, forger.key.clone().as_bytes()));
        let left: Vec<_> = forger.store.keys().collect();
        assert_eq!(left, [&RecordKey::Chat(forger.chat)]);
        assert_eq!(forger.engine.chat(forger.chat).unwrap().state, ChatState::Discarded);
    }
}

#[test]
fn a_public_value_out_of_range_closes_the_chat_of_the_creator() {
    for bad in [vec![], vec![1], vec![0xff; 256], vec![1; 257], [vec![0; 8], vec![0xff; 248]].concat()] {
        let mut world = World::new(31);
        let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
        world.run();
        world.users[BOB].engine.accept(chat, world.now, &mut world.rng).unwrap();
        while !world.users[ALICE].inbox.iter().any(|delivery| matches!(delivery, Delivery::Update(_))) {
            world.drain(BOB);
            world.one(BOB);
        }
        for delivery in &mut world.users[ALICE].inbox {
            if let Delivery::Update(ChatUpdate::Accepted { g_a_or_b, .. }) = delivery {
                g_a_or_b.clone_from(&bad);
            }
        }
        world.run();
        let reason = CloseReason::Violation(Violation::PublicValue);
        assert_eq!(world.closed(ALICE), Some(&Event::ChatClosed { chat, reason, history_deleted: false }));
        assert!(is_discarded(&world, ALICE) && world.closed(BOB).is_some());
    }
}

#[test]
fn an_update_counts_only_in_a_state_that_waits_for_it() {
    // Bob has not decided yet: the server cannot make him accept.
    let mut world = World::new(32);
    let chat = world.users[ALICE].engine.request(200, 7, world.now, &mut world.rng).unwrap();
    world.run();
    let head = ChatHead { id: chat, access_hash: 1, date: 1, admin_id: 100, participant_id: 200 };
    let other = DhSecret::generate(&DhParams::known(3).unwrap(), &mut world.rng, &[]).unwrap();
    let accepted = ChatUpdate::Accepted { chat: head, g_a_or_b: other.public().to_vec(), key_fingerprint: 1 };
    world.users[BOB].inbox.push_back(Delivery::Update(accepted.clone()));
    world.run();
    assert_eq!(world.users[BOB].engine.chat(chat).unwrap().state, ChatState::Requested);
    // A chat that has ended is never opened again.
    world.users[ALICE].engine.close(chat, false, world.now, &mut world.rng).unwrap();
    world.run();
    for who in [ALICE, BOB] {
        world.users[who].inbox.push_back(Delivery::Update(accepted.clone()));
        world.run();
        assert_eq!(world.users[who].engine.chat(chat).unwrap().state, ChatState::Discarded);
    }
    // Nor does an unknown one appear.
    let unknown = ChatUpdate::Accepted {
        chat: ChatHead { id: SecretChatId(77), access_hash: 1, date: 1, admin_id: 100, participant_id: 200 },
        g_a_or_b: other.public().to_vec(),
        key_fingerprint: 1,
    };
    world.users[ALICE].inbox.push_back(Delivery::Update(unknown));
    world.run();
    assert!(world.users[ALICE].engine.chat(SecretChatId(77)).is_none());
}

#[test]
fn an_acceptance_of_our_rekey_is_checked_like_a_first_key() {
    for (in_range, change, violation) in [(true, 1, Violation::Rekey), (false, 0, Violation::PublicValue)] {
        let mut forger = Forger::new();
        forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
        forger.drain();
        let (_, _, asked) = forger.heard.pop().unwrap();
        let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut forger.rng, &[]).unwrap();
        let agreed = secret.agree(&asked[28..284]).unwrap().fingerprint().0 ^ change;
        let value = if in_range { *secret.public() } else { [0xff; 256] };
        let fields: [&[u8]; 3] = [&asked[16..24], &public(&value), &agreed.to_le_bytes()];
        forger.send(144, 3, 0, &service(ACCEPT_KEY, &fields));
        assert_eq!(forger.violation(), Some(violation));
        assert!(!stores(&forger, forger.key.clone().as_bytes()));
    }
}

#[test]
fn who_asked_for_a_new_key_erases_the_old_one_when_the_peer_uses_the_new() {
    let mut forger = Forger::new();
    let old = forger.key.clone();
    forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    let (_, _, asked) = forger.heard.pop().unwrap();
    let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut forger.rng, &[]).unwrap();
    let new = secret.agree(&asked[28..284]).unwrap();
    let fingerprint = new.fingerprint().0.to_le_bytes();
    let fields: [&[u8]; 3] = [&asked[16..24], &public(secret.public()), &fingerprint];
    forger.send(144, 3, 0, &service(ACCEPT_KEY, &fields));
    // What the peer wrote before it has seen the commit comes under the old key.
    assert!(stores(&forger, old.as_bytes()) && stores(&forger, new.as_bytes()));
    forger.send(144, 3, 2, &NOOP);
    assert!(stores(&forger, old.as_bytes()));
    forger.key = new.clone();
    forger.send(144, 7, 4, &NOOP);
    assert!(!stores(&forger, old.as_bytes()) && stores(&forger, new.as_bytes()));
    // From now on the old key opens nothing.
    forger.key = old;
    forger.send(144, 7, 6, &NOOP);
    let unknown = Event::Dropped { chat: forger.chat, reason: DropReason::UnknownKey };
    assert_eq!(forger.events.last(), Some(&unknown));
}

#[test]
fn a_rekey_survives_the_loss_of_each_of_its_messages() {
    for lost in 0..4 {
        let (mut world, chat) = World::ready(33);
        let first = world.users[ALICE].engine.chat(chat).unwrap().key_fingerprint;
        world.users[ALICE].engine.rekey(chat, world.now, &mut world.rng).unwrap();
        // Request, acceptance, confirmation, Noop: they take turns.
        let mut count = 0;
        for _ in 0..1000 {
            world.drain(ALICE);
            world.drain(BOB);
            let Some(who) = (0..2)
                .find(|who| !world.users[*who].answers.is_empty() || !world.users[*who].inbox.is_empty())
            else {
                break;
            };
            if let Some(Delivery::Message(_)) = world.users[who].inbox.front() {
                count += 1;
                if count == lost + 1 {
                    world.users[who].inbox.pop_front();
                    continue;
                }
            }
            world.one(who);
        }
        assert!(count > lost, "message {lost} was never sent");
        // The next message of each side shows the hole.
        for who in [ALICE, BOB] {
            world.text(who, chat, "go on");
            world.run();
        }
        for who in [ALICE, BOB] {
            assert!(world.closed(who).is_none(), "{lost}");
            assert_eq!(world.texts(who), ["go on"], "{lost}");
            let info = world.users[who].engine.chat(chat).unwrap();
            assert!(!info.rekeying && info.pending_count == 0, "{lost}: {info:?}");
            assert_ne!(info.key_fingerprint, first, "{lost}");
        }
    }
}

/// What one side has sent, instead of arriving.
fn lose(world: &mut World, who: usize) -> usize {
    loop {
        world.drain(who);
        if world.users[who].answers.is_empty() {
            break world.users[1 - who].inbox.drain(..).count();
        }
        world.one(who);
    }
}

#[test]
fn a_lost_resend_is_itself_sent_again() {
    let (mut world, chat) = World::ready(34);
    world.text(ALICE, chat, "lost");
    assert_eq!(lose(&mut world, ALICE), 1);
    world.text(ALICE, chat, "second");
    // Bob sees the hole and asks, and his question is lost; his next text shows Alice that it is.
    while world.users[BOB].inbox.is_empty() {
        world.drain(ALICE);
        world.one(ALICE);
    }
    world.one(BOB);
    assert_eq!(lose(&mut world, BOB), 1);
    world.text(BOB, chat, "did you say anything?");
    world.run();
    assert_eq!(world.texts(BOB), ["lost", "second"]);
    assert_eq!(world.texts(ALICE), ["did you say anything?"]);
    // One question of each side, and each came once: nobody had to wait for a clock.
    let asked = |who: usize| world.actions(who).iter().filter(|name| **name == "Resend").count();
    assert_eq!((asked(ALICE), asked(BOB)), (1, 1));
}

#[test]
fn too_many_bytes_behind_a_gap_end_the_chat() {
    let mut forger = Forger::new();
    let body = [&NOOP[..], &vec![7; 256 << 10]].concat();
    for raw in 1..100 {
        forger.send(144, 1, raw * 2, &body);
        if forger.violation().is_some() {
            let kept = (raw as usize - 1) * body.len();
            assert_eq!(forger.violation(), Some(Violation::PendingOverflow));
            assert!(kept <= limits::MAX_PENDING_LEN && kept + body.len() > limits::MAX_PENDING_LEN);
            assert!(forger.store.keys().all(|key| !matches!(key, RecordKey::Inbound { .. })));
            return;
        }
    }
    panic!("no bound");
}

/// A payload as versions before 2.0 of the protocol made it.
fn old_payload(forger: &Forger, layer: i32, wire_in: i32, wire_out: i32) -> Vec<u8> {
    let wrapper = chappe_secret::wrapper::Wrapper {
        layer: chappe_secret::SecretLayer(layer),
        in_seq_no: wire_in,
        out_seq_no: wire_out,
        body: &NOOP,
    };
    let object = wrapper.encode(&[1; 15]).unwrap();
    let mut plaintext = [&(object.len() as i32).to_le_bytes()[..], &object].concat();
    let sha1 = |parts: &[&[u8]]| chappe_crypto::hash::sha1(parts);
    let msg_key = sha1(&[&plaintext])[4..20].to_vec();
    let key = forger.key.as_bytes();
    let (a, b) = (sha1(&[&msg_key, &key[..32]]), sha1(&[&key[32..48], &msg_key, &key[48..64]]));
    let (c, d) = (sha1(&[&key[64..96], &msg_key]), sha1(&[&msg_key, &key[96..128]]));
    let aes_key: [u8; 32] = [&a[..8], &b[8..], &c[4..16]].concat().try_into().unwrap();
    let iv: [u8; 32] = [&a[8..], &b[..8], &c[16..], &d[..8]].concat().try_into().unwrap();
    plaintext.resize(plaintext.len().next_multiple_of(16), 5);
    chappe_crypto::ige::encrypt(&aes_key, &iv, &mut plaintext).unwrap();
    [&forger.key.fingerprint().0.to_le_bytes()[..], &msg_key, &plaintext].concat()
}

fn give(forger: &mut Forger, bytes: Vec<u8>) -> u32 {
    let chat = forger.chat;
    let message = EncryptedMessage { chat, random_id: 1, date: 1, bytes, file: None, service: true };
    forger.engine.handle_encrypted_message(message, None, forger.now, &mut forger.rng);
    forger.drain();
    forger.engine.chat(chat).unwrap().received_count
}

#[test]
fn the_old_version_is_not_read_unless_it_is_asked_for() {
    for layer in [46, 72, 73, 144] {
        let mut forger = Forger::new();
        let payload = old_payload(&forger, layer, 1, 0);
        assert_eq!(give(&mut forger, payload), 0);
        let dropped = Event::Dropped { chat: forger.chat, reason: DropReason::NotAuthentic };
        assert_eq!(forger.events, [dropped], "layer {layer}");
    }
}

#[test]
fn a_late_wish_that_the_history_goes_is_told() {
    for by_us in [true, false] {
        let mut forger = Forger::new();
        if by_us {
            forger.engine.close(forger.chat, false, forger.now, &mut forger.rng).unwrap();
        } else {
            forger.send(144, 0, 0, &NOOP);
        }
        forger.drain();
        for history_deleted in [false, true] {
            let update = ChatUpdate::Discarded { id: forger.chat, history_deleted };
            forger.engine.handle_encryption_update(update, 0, forger.now, &mut forger.rng);
            forger.drain();
            let cleared = Event::HistoryCleared { chat: forger.chat, kept: vec![] };
            assert_eq!(forger.events.contains(&cleared), history_deleted, "{by_us}");
        }
        let ends = forger.events.iter().filter(|event| matches!(event, Event::ChatClosed { .. })).count();
        assert_eq!(ends, 1, "the chat ends once");
    }
}
