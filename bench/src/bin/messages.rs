//! Sealing and opening of messages, and the arithmetic of the key exchange, beside what `grammers` uses for them.

use std::hint::black_box;

use chappe_bench::{Candidate, Table, Unit, array, bytes};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::{AuthKey, Role, factor, message};
use grammers_crypto::DequeBuffer;
use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

const ROUNDS: usize = 200;
/// Lengths of plaintexts with their padding.
const LENGTHS: [usize; 4] = [128, 1024, 16 * 1024, 512 * 1024];
/// In front of the ciphertext: the name of the key and the `msg_key`.
const HEAD: usize = 24;
const GRAMMERS: &str = "grammers-crypto 0.11";

fn main() {
    let keys = Keys::new();
    keys.check();
    for len in LENGTHS {
        keys.opening(len);
    }
    for len in LENGTHS {
        keys.sealing(len);
    }
    factoring();
    modular_power();
}

/// As many messages as fit comfortably into the cache.
fn message_count(len: usize) -> usize {
    (256 * 1024 / len).clamp(1, 512)
}

/// The same key for both libraries.
struct Keys {
    ours: AuthKey,
    theirs: grammers_crypto::AuthKey,
}

impl Keys {
    fn new() -> Self {
        let bytes = array(5);
        Self { ours: AuthKey::new(bytes), theirs: grammers_crypto::AuthKey::from_bytes(bytes) }
    }

    /// A packet of the server: name of the key, `msg_key`, ciphertext.
    fn packet(&self, len: usize) -> Vec<u8> {
        let mut packet = bytes(HEAD + len, 6);
        let sealed = message::seal(self.ours.as_bytes(), Role::Responder, &mut packet[HEAD..]).unwrap();
        packet[..8].copy_from_slice(&self.ours.id().to_le_bytes());
        packet[8..HEAD].copy_from_slice(&sealed.msg_key.0);
        packet
    }

    fn open(&self, packet: &mut [u8]) {
        let (head, body) = packet.split_at_mut(HEAD);
        assert_eq!(head[..8], self.ours.id().to_le_bytes());
        let msg_key = head[8..].try_into().unwrap();
        message::open(self.ours.as_bytes(), Role::Responder, msg_key, body).unwrap();
    }

    /// Appends padding, seals, and fills in the head.
    fn seal(&self, packet: &mut Vec<u8>, padding_len: usize, fill: impl FnOnce(&mut [u8])) {
        let len = packet.len();
        packet.resize(len + padding_len, 0);
        fill(&mut packet[len..]);
        let sealed = message::seal(self.ours.as_bytes(), Role::Initiator, &mut packet[HEAD..]).unwrap();
        packet[..8].copy_from_slice(&self.ours.id().to_le_bytes());
        packet[8..HEAD].copy_from_slice(&sealed.msg_key.0);
    }

    /// What one library seals, the other opens (in both directions of traffic).
    fn check(&self) {
        let mut packet = self.packet(1024);
        let theirs = grammers_crypto::decrypt_data_v2(&mut packet, &self.theirs).unwrap().to_vec();
        let mut packet = self.packet(1024);
        self.open(&mut packet);
        assert!(packet[HEAD..] == theirs, "the libraries disagree");

        let mut buffer = DequeBuffer::with_capacity(1024, HEAD);
        buffer.extend(&bytes(1000, 7));
        grammers_crypto::encrypt_data_v2(&mut buffer, &self.theirs);
        let msg_key = buffer[8..HEAD].try_into().unwrap();
        message::open(self.ours.as_bytes(), Role::Initiator, &msg_key, &mut buffer[HEAD..]).unwrap();
        assert!(buffer[HEAD..HEAD + 1000] == bytes(1000, 7), "the libraries disagree");
    }

    fn opening(&self, len: usize) {
        let title = format!("opening a message of {len} bytes");
        let sealed = self.packet(len);
        let items = vec![sealed.clone(); message_count(len)];
        let mut table = Table::new(title, Unit::Megabytes, ROUNDS);
        let reset = |packet: &mut Vec<u8>| packet.copy_from_slice(&sealed);
        table.add(Candidate::fresh(GRAMMERS, len as f64, items.clone(), reset, |packet| {
            black_box(grammers_crypto::decrypt_data_v2(packet, &self.theirs).unwrap());
        }));
        table.add(Candidate::fresh("chappe-crypto", len as f64, items.clone(), reset, |packet| {
            self.open(black_box(packet));
        }));
        table.compare(&[GRAMMERS]);
    }

    fn sealing(&self, len: usize) {
        let title = format!("sealing a message of {len} bytes, padding included");
        // Both append the 24 bytes of padding that grammers would choose.
        let padding_len = 24;
        let plain = bytes(len - padding_len, 8);
        let count = message_count(len);
        let mut table = Table::new(title, Unit::Megabytes, ROUNDS);

        let buffers = vec![DequeBuffer::with_capacity(len, HEAD); count];
        let reset = |buffer: &mut DequeBuffer<u8>| {
            buffer.clear();
            buffer.extend(&plain);
        };
        table.add(Candidate::fresh(GRAMMERS, len as f64, buffers, reset, |buffer| {
            grammers_crypto::encrypt_data_v2(black_box(buffer), &self.theirs);
        }));

        let items: Vec<Vec<u8>> = (0..count).map(|_| Vec::with_capacity(HEAD + len)).collect();
        let reset = |packet: &mut Vec<u8>| {
            packet.clear();
            packet.resize(HEAD, 0);
            packet.extend_from_slice(&plain);
        };
        let name = "chappe-crypto, padding from getrandom too";
        table.add(Candidate::fresh(name, len as f64, items.clone(), reset, |packet| {
            self.seal(black_box(packet), padding_len, |padding| getrandom::fill(padding).unwrap());
        }));
        let mut rng = ChaCha20Rng::seed_from_u64(9);
        let name = "chappe-crypto, padding from a seeded ChaCha20";
        table.add(Candidate::fresh(name, len as f64, items, reset, move |packet| {
            self.seal(black_box(packet), padding_len, |padding| rng.fill_bytes(padding));
        }));
        table.compare(&[GRAMMERS]);
    }
}

/// Each operation splits one of a list of numbers such as servers send.
fn factoring() {
    let mut rng = ChaCha20Rng::seed_from_u64(10);
    let numbers: Vec<u64> = (0..16).map(|_| factor::generate_pq(&mut rng).0).collect();
    assert!(numbers.iter().all(|pq| factor::factorize_pq(*pq).unwrap() == grammers_crypto::factorize(*pq)));
    let mut table = Table::new("splitting pq, mean of 16 numbers of 62 bits", Unit::Operations, 60);
    let count = numbers.len() as f64;
    table.add(Candidate::repeated(GRAMMERS, count, || {
        for pq in &numbers {
            black_box(grammers_crypto::factorize(black_box(*pq)));
        }
    }));
    table.add(Candidate::repeated("chappe-crypto", count, || {
        for pq in &numbers {
            black_box(factor::factorize_pq(black_box(*pq)).unwrap());
        }
    }));
    table.compare(&[GRAMMERS]);
}

fn modular_power() {
    let params = DhParams::known(3).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let [alice, bob] = std::array::from_fn(|_| DhSecret::generate(&params, &mut rng, &[]).unwrap());
    let number = BigUint::from_bytes_be;
    let (base, exponent, modulus) = (number(bob.public()), number(&*alice.to_bytes()), number(params.p()));
    let theirs = number(alice.agree(bob.public()).unwrap().as_bytes());
    assert!(base.modpow(&exponent, &modulus) == theirs, "the libraries disagree");
    let title = "Diffie-Hellman: the shared key from a public value, 2048 bits";
    let mut table = Table::new(title, Unit::Operations, 60);
    let peer = "num-bigint 0.5 (as in grammers-mtproto), not constant-time";
    table.add(Candidate::repeated(peer, 1.0, || {
        black_box(black_box(&base).modpow(&exponent, &modulus));
    }));
    table.add(Candidate::repeated("chappe-crypto, constant-time, checked", 1.0, || {
        black_box(alice.agree(black_box(bob.public())).unwrap());
    }));
    table.compare(&[peer]);
}
