//! Whether the time of an operation tells which of two kinds of input it got, as an attacker would ask: samples of both
//! kinds in random order, and Welch's t of their means, after the method of dudect (Reparaz, Balasch, Verbauwhede 2017).
//!
//! Below 4.5 there is no evidence of a difference; above 10 there is one. Noise makes small differences invisible, never
//! large ones: the last row is a comparison that leaks on purpose, to show what the statistic can see on this machine.
//!
//! `cargo xtask timing`, or `timing SAMPLES [ALARM]`.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use chappe_bench::{array, bytes};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::rsa::RsaPrivateKey;
use chappe_crypto::srp::{SrpAlgorithm, SrpChallenge};
use chappe_crypto::{AuthKey, Role, hash, ige, message};
use chappe_secret::{
    Call, ChatHead, ChatUpdate, Config, DhConfig, DropReason, EncryptedMessage, Event, Now, Output, Response,
    SecretChatId, SecretChats, envelope,
};
use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// No evidence of a difference below this.
const LIMIT: f64 = 4.5;
/// A difference for certain above this.
const CERTAIN: f64 = 10.0;
/// Inputs of each kind, made before anything is measured.
const POOL: u64 = 64;

/// Two pools of inputs and what is done with one.
struct Subject<'a> {
    name: &'static str,
    pools: [Vec<Vec<u8>>; 2],
    /// The share of the samples that it gets: slow operations get fewer.
    share: f64,
    /// It is made to leak.
    leaks: bool,
    operation: Box<dyn FnMut(&[u8]) + 'a>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let samples = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(200_000_u64);
    let alarm = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY);
    println!("{:<62} {:>9} {:>7}  limit {LIMIT}, certain {CERTAIN}", "kinds of input", "samples", "|t|");
    let mut worst = 0.0_f64;
    let mut blind = false;
    for mut subject in subjects() {
        let count = ((samples as f64 * subject.share) as u64).max(200);
        let t = statistic(&mut subject, count);
        let verdict = match t {
            t if subject.leaks && t > CERTAIN => "seen, as it must be",
            _ if subject.leaks => {
                blind = true;
                "NOT SEEN: the machine is too busy, the rows above say nothing"
            }
            ..LIMIT => "no difference",
            ..CERTAIN => "not certain: measure again",
            _ => "a difference",
        };
        println!("{:<62} {count:>9} {t:>7.2}  {verdict}", subject.name);
        if !subject.leaks {
            worst = worst.max(t);
        }
    }
    if worst > alarm || blind && alarm.is_finite() {
        println!("the alarm is at {alarm}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The largest |t|, over all samples and over the fastest shares of them: what interrupts a sample makes it slow.
fn statistic(subject: &mut Subject<'_>, count: u64) -> f64 {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let len = subject.pools.iter().flatten().map(Vec::len).max().unwrap_or(0);
    let mut place = vec![0; len];
    let mut times: Vec<(usize, u64)> = Vec::with_capacity(count as usize);
    for round in 0..count + count / 10 {
        let kind = (rng.next_u32() & 1) as usize;
        let input = &subject.pools[kind][rng.next_u32() as usize % POOL as usize];
        // Always the same place in memory.
        let place = &mut place[..input.len()];
        place.copy_from_slice(input);
        let start = Instant::now();
        (subject.operation)(black_box(place));
        let elapsed = start.elapsed();
        // The first ones warm up.
        if round >= count / 10 {
            times.push((kind, elapsed.as_nanos() as u64));
        }
    }
    let mut sorted: Vec<u64> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_unstable();
    let most = [0.5, 0.75, 0.9, 0.95, 0.99, 1.0]
        .map(|share| sorted[((sorted.len() - 1) as f64 * share) as usize])
        .map(|bound| welch(times.iter().filter(|(_, time)| *time <= bound)).abs());
    most.into_iter().filter(|t| t.is_finite()).fold(0.0, f64::max)
}

/// Welch's t.
fn welch<'a>(times: impl Iterator<Item = &'a (usize, u64)>) -> f64 {
    // Count, mean and sum of squared differences, after Welford.
    let mut kinds = [(0.0, 0.0, 0.0); 2];
    for (kind, time) in times {
        let (count, mean, squares) = &mut kinds[*kind];
        let value = *time as f64;
        *count += 1.0;
        let before = value - *mean;
        *mean += before / *count;
        *squares += before * (value - *mean);
    }
    let error = |(count, _, squares): (f64, f64, f64)| squares / (count - 1.0) / count;
    (kinds[0].1 - kinds[1].1) / (error(kinds[0]) + error(kinds[1])).sqrt()
}

fn pool(mut make: impl FnMut(u64) -> Vec<u8>) -> Vec<Vec<u8>> {
    (0..POOL).map(&mut make).collect()
}

fn subjects() -> Vec<Subject<'static>> {
    let mut subjects = vec![lengths(1024), lengths(96), guesses(), engine(), packets(), keys()];
    subjects.push(rsa());
    subjects.push(passwords());
    subjects.push(leak());
    subjects
}

/// An envelope of a forger: a msg_key that does not fit, and a length field, after decryption, of his choice.
fn forged(key: &AuthKey, len: usize, claimed: u32, seed: u64) -> Vec<u8> {
    let msg_key = array(seed);
    let mut plaintext = bytes(len, seed + 1);
    plaintext[..4].copy_from_slice(&claimed.to_le_bytes());
    let keys = message::derive_keys(key.as_bytes(), Role::Responder, &msg_key);
    ige::encrypt(&keys.key, &keys.iv, &mut plaintext).unwrap();
    [&key.fingerprint().to_le_bytes()[..], &msg_key, &plaintext].concat()
}

/// The attack on clients that look at the length before they compare the key of the message.
fn lengths(len: usize) -> Subject<'static> {
    let key = AuthKey::new(array(1));
    let good = (len - 4 - 20) as u32 & !3;
    let pools = [
        pool(|seed| forged(&key, len, good, 3 * seed)),
        pool(|seed| forged(&key, len, u32::MAX, 3 * seed + 3000)),
    ];
    let name = match len {
        1024 => "envelope of 1 KiB, wrong msg_key: length possible | impossible",
        _ => "envelope of 96 bytes, wrong msg_key: length possible | impossible",
    };
    Subject {
        name,
        pools,
        share: 1.0,
        leaks: false,
        operation: Box::new(move |data| {
            assert!(black_box(envelope::open(&key, Role::Responder, data)).is_err());
        }),
    }
}

/// A forger who guesses the msg_key byte by byte: none of it is right | the first two bytes are.
fn guesses() -> Subject<'static> {
    let key = AuthKey::new(array(1));
    let own = key.clone();
    let is_near = move |data: &[u8]| {
        let (msg_key, mut plain) = (&data[8..24], data[24..].to_vec());
        let keys = message::derive_keys(own.as_bytes(), Role::Responder, msg_key.try_into().unwrap());
        ige::decrypt(&keys.key, &keys.iv, &mut plain).unwrap();
        // What the receiver computes: for the responder's messages the key counts from 88 + 8.
        let large = hash::sha256(&[&own.as_bytes()[96..128], &plain]);
        (large[8..24] != *msg_key, large[8..10] == msg_key[..2], large[8] == msg_key[0])
    };
    let mut tries = 0;
    let mut search = |near: bool| {
        loop {
            tries += 1;
            let mut data = [&key.fingerprint().to_le_bytes()[..], &bytes(16 + 96, tries)].concat();
            // As the forger of the rows above has it: a length that could be.
            data[24] ^= tries as u8;
            match is_near(&data) {
                (true, true, _) if near => return data,
                (true, _, false) if !near => return data,
                _ => {}
            }
        }
    };
    let pools = [pool(|_| search(false)), pool(|_| search(true))];
    Subject {
        name: "envelope of 96 bytes, wrong msg_key: all of it | but two bytes",
        pools,
        share: 1.0,
        leaks: false,
        operation: Box::new(move |data| {
            assert!(black_box(envelope::open(&key, Role::Responder, data)).is_err());
        }),
    }
}

/// The same forgeries as above, given to the whole engine: what the server could measure.
fn engine() -> Subject<'static> {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let now = Now::from_unix_secs(1_700_000_000);
    let (mut engine, chat, key) = ready_chat(now, &mut rng);
    let pools = [
        pool(|seed| forged(&key, 1024, 900, 3 * seed)),
        pool(|seed| forged(&key, 1024, u32::MAX, 3 * seed + 3000)),
    ];
    Subject {
        name: "the 1 KiB forgeries in the engine of secret chats, to its rest",
        pools,
        share: 1.0,
        leaks: false,
        operation: Box::new(move |data| {
            let (random_id, date) = (1, 1);
            let bytes = data.to_vec();
            let message = EncryptedMessage { chat, random_id, date, bytes, file: None, service: false };
            engine.handle_encrypted_message(message, None, now, &mut rng);
            let mut dropped = false;
            while let Some(output) = engine.poll_output() {
                match output {
                    Output::Persist(batch) => engine.handle_persisted(batch.barrier),
                    Output::Event(Event::Dropped { reason, .. }) => {
                        dropped = reason == DropReason::NotAuthentic;
                    }
                    _ => {}
                }
            }
            assert!(dropped);
        }),
    }
}

/// An engine with a chat that it has made, and the key.
fn ready_chat(now: Now, rng: &mut ChaCha20Rng) -> (SecretChats, SecretChatId, AuthKey) {
    let mut engine = SecretChats::new(Config::new(100), [], now, rng).unwrap();
    let chat = engine.request(200, 1, now, rng).unwrap();
    let params = DhParams::known(3).unwrap();
    let mut key = None;
    while let Some(output) = engine.poll_output() {
        match output {
            Output::Persist(batch) => engine.handle_persisted(batch.barrier),
            Output::Request(request) => {
                let head = ChatHead { id: chat, access_hash: 1, date: 1, admin_id: 100, participant_id: 200 };
                let response = match request.call {
                    Call::GetDhConfig { .. } => Response::DhConfig {
                        new: Some(DhConfig { version: 1, g: 3, p: params.p().to_vec() }),
                        random: Vec::new(),
                    },
                    Call::RequestEncryption { g_a, .. } => {
                        let secret = DhSecret::generate(&params, rng, &[]).unwrap();
                        let agreed = secret.agree(&g_a).unwrap();
                        let key_fingerprint = agreed.fingerprint().0;
                        key = Some(agreed);
                        let g_a_or_b = secret.public().to_vec();
                        Response::Chat(ChatUpdate::Accepted { chat: head, g_a_or_b, key_fingerprint })
                    }
                    _ => Response::Sent { date: 1, file: None },
                };
                engine.handle_response(request.id, Ok(response), now, rng);
            }
            _ => {}
        }
    }
    (engine, chat, key.unwrap())
}

/// A packet of the cloud: plaintext that looks like a message | noise.
fn packets() -> Subject<'static> {
    let key = AuthKey::new(array(2));
    let pools = [
        pool(|seed| {
            // Salt, session, msg_id, seq_no, length: all as a server would write them.
            let mut plain = forged(&key, 512, 9, 5 * seed);
            plain.drain(..24);
            let msg_key = array(5 * seed);
            let keys = message::derive_keys(key.as_bytes(), Role::Responder, &msg_key);
            ige::decrypt(&keys.key, &keys.iv, &mut plain).unwrap();
            plain[28..32].copy_from_slice(&400_u32.to_le_bytes());
            ige::encrypt(&keys.key, &keys.iv, &mut plain).unwrap();
            [&msg_key[..], &plain].concat()
        }),
        pool(|seed| bytes(16 + 512, 5 * seed + 5000)),
    ];
    Subject {
        name: "packet of 512 bytes, wrong msg_key: a message | noise inside",
        pools,
        share: 1.0,
        leaks: false,
        operation: Box::new(move |data| {
            let (msg_key, data) = data.split_first_chunk::<16>().unwrap();
            let mut data = data.to_vec();
            assert!(black_box(message::open(key.as_bytes(), Role::Responder, msg_key, &mut data)).is_err());
        }),
    }
}

/// The comparison itself: a difference in the first byte | in the last.
fn keys() -> Subject<'static> {
    let own: [u8; 256] = array(3);
    let differs = |at: usize| {
        pool(|seed| {
            let mut other = own;
            other[at] ^= 1 + seed as u8;
            other.to_vec()
        })
    };
    let pools = [differs(0), differs(255)];
    let key = AuthKey::new(own);
    Subject {
        name: "comparison of keys: first byte | last byte differs",
        pools,
        share: 1.0,
        leaks: false,
        operation: Box::new(move |data| {
            assert!(black_box(AuthKey::from_slice(data).unwrap() != key));
        }),
    }
}

/// What a client may send to learn something of a padded block: one that was never padded | one with a changed byte.
fn rsa() -> Subject<'static> {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let private = RsaPrivateKey::generate(&mut rng).unwrap();
    let n = BigUint::from_bytes_be(private.public().n());
    let encrypt = |block: &[u8]| {
        let number = BigUint::from_bytes_be(block).modpow(&BigUint::from(65_537_u32), &n).to_bytes_be();
        [vec![0; 256 - number.len()], number].concat()
    };
    let noise = pool(|seed| {
        let mut block = bytes(256, seed + 7000);
        block[0] = 0;
        encrypt(&block)
    });
    let changed = pool(|seed| {
        let temp_key: [u8; 32] = array(seed + 1);
        let data = bytes(192, seed + 2);
        let mut aes = data.iter().rev().copied().collect::<Vec<u8>>();
        let mut hash = hash::sha256(&[&temp_key, &data]);
        hash[31] ^= 1;
        aes.extend(hash);
        ige::encrypt(&temp_key, &[0; 32], &mut aes).unwrap();
        let mask = hash::sha256(&[&aes]);
        let mut block: Vec<u8> = temp_key.iter().zip(mask).map(|(key, mask)| key ^ mask).collect();
        // Below the modulus: a client draws again until it is.
        block[0] &= 0x3f;
        block.extend(aes);
        encrypt(&block)
    });
    Subject {
        name: "RSA_PAD that fails: noise | the hash alone is wrong",
        pools: [noise, changed],
        share: 0.02,
        leaks: false,
        operation: Box::new(move |data| {
            assert!(black_box(private.pad_decrypt(data, &mut rng)).is_err());
        }),
    }
}

/// A proof of a password: all of it wrong | the last byte.
fn passwords() -> Subject<'static> {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let algorithm = SrpAlgorithm::new(&[1; 8], &[2; 16], DhParams::known(3).unwrap());
    let challenge = SrpChallenge::new(&algorithm, &*algorithm.verifier(b"password"), &mut rng).unwrap();
    let mut answer =
        || chappe_crypto::srp::compute(b"password", &algorithm, challenge.srp_b(), &mut rng).unwrap();
    let answers: Vec<_> = (0..4).map(|_| answer()).collect();
    let nearly = pool(|seed| {
        let answer = &answers[seed as usize % 4];
        let mut m1 = answer.m1;
        m1[31] ^= 1 + seed as u8;
        [&answer.a[..], &m1].concat()
    });
    let wrong = pool(|seed| [&answers[seed as usize % 4].a[..], &array::<32>(seed + 8000)].concat());
    Subject {
        name: "proof of a password: all of it | the last byte is wrong",
        pools: [wrong, nearly],
        share: 0.005,
        leaks: false,
        operation: Box::new(move |data| {
            let (a, m1) = data.split_at(256);
            assert!(black_box(challenge.verify(a, m1)).is_err());
        }),
    }
}

/// What must be seen: an envelope whose length is looked at first, and the forger told at once if it is impossible.
fn leak() -> Subject<'static> {
    let Subject { pools, .. } = lengths(1024);
    let key = AuthKey::new(array(1));
    Subject {
        name: "made to leak: the length is looked at before msg_key",
        pools,
        share: 1.0,
        leaks: true,
        operation: Box::new(move |data| {
            let mut block = [0; 16];
            block.copy_from_slice(&data[24..40]);
            let msg_key = data[8..].first_chunk().unwrap();
            let keys = message::derive_keys(key.as_bytes(), Role::Responder, msg_key);
            ige::decrypt(&keys.key, &keys.iv, &mut block).unwrap();
            if i32::from_le_bytes([block[0], block[1], block[2], block[3]]) > 0 {
                assert!(black_box(envelope::open(&key, Role::Responder, data)).is_err());
            }
        }),
    }
}
