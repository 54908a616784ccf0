//! `AbortKey` in every state of a key exchange: it ends what may still be ended, and nothing else. It never installs a
//! key.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

mod forger;

use chappe_crypto::KeyFingerprint;
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_secret::Violation;
use forger::{Forger, NOOP, public, service};

const REQUEST_KEY: u32 = 0xf3c9611b;
const ACCEPT_KEY: u32 = 0x6fe1735b;
const ABORT_KEY: u32 = 0xdd05ec6b;
const COMMIT_KEY: u32 = 0xec2e0b9b;

/// Bob by hand, who counts: nothing of Alice's is acknowledged unless a test says so.
struct Bob {
    forger: Forger,
    sent: i32,
    seen: i32,
}

impl Bob {
    fn new() -> Self {
        Self { forger: Forger::new(), sent: 0, seen: 0 }
    }

    fn send(&mut self, body: &[u8]) {
        self.forger.send(144, 2 * self.seen + 1, 2 * self.sent, body);
        self.sent += 1;
    }

    fn abort(&mut self, exchange_id: i64) {
        self.send(&service(ABORT_KEY, &[&exchange_id.to_le_bytes()]));
    }

    fn request(&mut self, exchange_id: i64) -> DhSecret {
        let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut self.forger.rng, &[]).unwrap();
        self.send(&service(REQUEST_KEY, &[&exchange_id.to_le_bytes(), &public(secret.public())]));
        secret
    }

    /// The last message of Alice: its action, and the fields behind it.
    fn heard(&self) -> (u32, Vec<u8>) {
        let (_, _, body) = self.forger.heard.last().unwrap();
        (u32::from_le_bytes(body[12..16].try_into().unwrap()), body[16..].to_vec())
    }

    fn rekeying(&self) -> bool {
        self.forger.engine.chat(self.forger.chat).unwrap().rekeying
    }

    fn key(&self) -> Option<KeyFingerprint> {
        self.forger.engine.chat(self.forger.chat).unwrap().key_fingerprint
    }

    /// The chat works under the key that it has.
    fn goes_on(&mut self) {
        let before = self.forger.engine.chat(self.forger.chat).unwrap().received_count;
        self.send(&NOOP);
        assert_eq!(self.forger.violation(), None);
        assert_eq!(self.forger.engine.chat(self.forger.chat).unwrap().received_count, before + 1);
    }
}

/// Alice asks. Returns the id of her exchange and what she offers.
fn asked(bob: &mut Bob) -> (i64, [u8; 256]) {
    let forger = &mut bob.forger;
    forger.engine.rekey(forger.chat, forger.now, &mut forger.rng).unwrap();
    forger.drain();
    let (action, fields) = bob.heard();
    assert_eq!(action, REQUEST_KEY);
    (i64::from_le_bytes(fields[..8].try_into().unwrap()), fields[12..268].try_into().unwrap())
}

#[test]
fn a_peer_that_gives_up_every_rekey_is_asked_again_much_later() {
    let mut bob = Bob::new();
    let requests = |bob: &Bob| {
        let asks = |(_, _, body): &&(i32, i32, Vec<u8>)| body[12..16] == REQUEST_KEY.to_le_bytes();
        bob.forger.heard.iter().filter(asks).count()
    };
    let refuse = |bob: &mut Bob| {
        for _ in 0..20 {
            let (action, fields) = bob.heard();
            if action == REQUEST_KEY {
                bob.abort(i64::from_le_bytes(fields[..8].try_into().unwrap()));
            } else {
                bob.send(&NOOP);
            }
        }
    };
    while requests(&bob) == 0 {
        bob.send(&NOOP);
    }
    refuse(&mut bob);
    assert_eq!(requests(&bob), 1);
    // A hundred more uses of the key, or a day.
    for _ in 0..100 {
        bob.send(&NOOP);
    }
    assert_eq!(requests(&bob), 2);
    refuse(&mut bob);
    bob.forger.pass(24 * 3600 - 1);
    assert_eq!(requests(&bob), 2);
    bob.forger.pass(1);
    assert_eq!(requests(&bob), 3);
}

#[test]
fn without_an_exchange_an_abort_changes_nothing() {
    let mut bob = Bob::new();
    let key = bob.key();
    bob.abort(7);
    assert!(!bob.rekeying());
    assert_eq!(bob.key(), key);
    bob.goes_on();
}

#[test]
fn an_abort_ends_a_request_of_ours_and_a_late_acceptance_is_ignored() {
    let mut bob = Bob::new();
    let key = bob.key();
    let (id, g_a) = asked(&mut bob);
    bob.abort(id ^ 1);
    assert!(bob.rekeying(), "another exchange");
    bob.abort(id);
    assert!(!bob.rekeying());
    // The acceptance comes all the same.
    let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut bob.forger.rng, &[]).unwrap();
    let agreed = secret.agree(&g_a).unwrap().fingerprint().0;
    let fields: [&[u8]; 3] = [&id.to_le_bytes(), &public(secret.public()), &agreed.to_le_bytes()];
    bob.send(&service(ACCEPT_KEY, &fields));
    assert_ne!(bob.heard().0, COMMIT_KEY);
    assert_eq!(bob.key(), key, "an aborted key is never installed");
    bob.goes_on();
    asked(&mut bob);
}

#[test]
fn an_abort_of_what_we_accepted_counts_only_if_the_acceptance_was_not_seen() {
    for seen in [false, true] {
        let mut bob = Bob::new();
        let key = bob.key();
        bob.request(7);
        assert_eq!(bob.heard().0, ACCEPT_KEY);
        bob.abort(8);
        assert!(bob.rekeying(), "another exchange");
        // Alice has sent the announcement of her layer and the acceptance.
        bob.seen = if seen { 2 } else { 1 };
        bob.abort(7);
        if seen {
            assert_eq!(bob.forger.violation(), Some(Violation::Rekey));
            continue;
        }
        assert!(!bob.rekeying());
        // Its confirmation counts for nothing any more.
        bob.send(&service(COMMIT_KEY, &[&7_i64.to_le_bytes(), &[1; 8]]));
        assert_eq!(bob.key(), key);
        bob.goes_on();
    }
}

#[test]
fn an_abort_of_what_we_have_confirmed_changes_nothing() {
    let mut bob = Bob::new();
    let old = bob.key();
    let (id, g_a) = asked(&mut bob);
    let secret = DhSecret::generate(&DhParams::known(3).unwrap(), &mut bob.forger.rng, &[]).unwrap();
    let agreed = secret.agree(&g_a).unwrap();
    let fingerprint = agreed.fingerprint();
    let fields: [&[u8]; 3] = [&id.to_le_bytes(), &public(secret.public()), &fingerprint.0.to_le_bytes()];
    bob.send(&service(ACCEPT_KEY, &fields));
    assert_eq!(bob.heard().0, COMMIT_KEY);
    bob.abort(id);
    assert_eq!((bob.key(), bob.forger.violation()), (Some(fingerprint), None));
    assert_ne!(bob.key(), old);
    // Under the new key everything goes on, and only now the exchange is over.
    assert!(bob.rekeying());
    bob.forger.key = agreed;
    bob.goes_on();
    assert!(!bob.rekeying());
}

#[test]
fn an_abort_after_the_confirmation_changes_nothing() {
    let mut bob = Bob::new();
    let secret = bob.request(7);
    let (action, fields) = bob.heard();
    assert_eq!(action, ACCEPT_KEY);
    let agreed = secret.agree(&fields[12..268]).unwrap();
    let fingerprint = agreed.fingerprint();
    bob.send(&service(COMMIT_KEY, &[&7_i64.to_le_bytes(), &fingerprint.0.to_le_bytes()]));
    assert_eq!((bob.key(), bob.rekeying()), (Some(fingerprint), false));
    bob.forger.key = agreed;
    bob.abort(7);
    assert_eq!((bob.key(), bob.rekeying()), (Some(fingerprint), false));
    bob.goes_on();
}
