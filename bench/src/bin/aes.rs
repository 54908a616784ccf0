//! AES-256-IGE beside `grammers-crypto`, the `ige` crate and AES-256-CBC encryption; one stream and several.

use std::hint::black_box;

use aes::Aes256;
use aes::cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use chappe_bench::{Candidate, Table, Unit, array, bytes};
use chappe_crypto::ige::{self as ours, Stream};

const ROUNDS: usize = 200;
const LONG: usize = 64 * 1024;
const SHORT: usize = 256;
/// Length of one of several streams.
const STREAM: usize = 16 * 1024;

const CHAPPE: &str = "chappe-crypto";
const GRAMMERS: &str = "grammers-crypto 0.11";
const CBC_TEXTBOOK: &str = "AES-256-CBC encryption, hand-made";
const CBC_FOLDED: &str = "AES-256-CBC encryption, chain folded";

fn blocks(data: &mut [u8]) -> &mut [Block<Aes256>] {
    Block::<Aes256>::slice_as_chunks_mut(data).0
}

fn ige_crate_encrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) {
    ige::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_blocks(blocks(data));
}

fn ige_crate_decrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) {
    ige::Decryptor::<Aes256>::new(key.into(), iv.into()).decrypt_blocks(blocks(data));
}

fn cbc_crate_encrypt(key: &[u8; 32], iv: &[u8; 16], data: &mut [u8]) {
    cbc::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_blocks(blocks(data));
}

type Run = fn(&[u8; 32], &[u8; 32], &mut [u8]);

/// The candidates of one direction: name and function.
const ENCRYPTION: [(&str, Run); 3] = [
    (CHAPPE, |key, iv, data| ours::encrypt(key, iv, data).unwrap()),
    (GRAMMERS, |key, iv, data| grammers_crypto::aes::ige_encrypt(data, key, iv)),
    ("ige 0.2 with aes 0.9", ige_crate_encrypt),
];
const DECRYPTION: [(&str, Run); 3] = [
    (CHAPPE, |key, iv, data| ours::decrypt(key, iv, data).unwrap()),
    (GRAMMERS, |key, iv, data| grammers_crypto::aes::ige_decrypt(data, key, iv)),
    ("ige 0.2 with aes 0.9", ige_crate_decrypt),
];

fn main() {
    check();
    for (direction, candidates) in [("encryption", &ENCRYPTION), ("decryption", &DECRYPTION)] {
        one_stream(direction, candidates, LONG);
    }
    for (direction, candidates) in [("encryption", &ENCRYPTION), ("decryption", &DECRYPTION)] {
        one_stream(direction, candidates, SHORT);
    }
    several_streams(
        "encryption",
        |key, iv, data| ours::encrypt(key, iv, data).unwrap(),
        |streams| {
            ours::encrypt_batch(streams).unwrap();
        },
    );
    several_streams(
        "decryption",
        |key, iv, data| ours::decrypt(key, iv, data).unwrap(),
        |streams| {
            ours::decrypt_batch(streams).unwrap();
        },
    );
}

/// All candidates compute the same, or a comparison of their speed says nothing.
fn check() {
    let (key, iv) = (array(1), array(2));
    let plain = bytes(1024, 3);
    for candidates in [&ENCRYPTION, &DECRYPTION] {
        let outputs = candidates.map(|(_, run)| {
            let mut data = plain.clone();
            run(&key, &iv, &mut data);
            data
        });
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]), "the candidates disagree");
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(loops) = chappe_bench::cbc_loops::CbcLoops::new(&key) {
        let iv = array(4);
        let [mut expected, mut textbook, mut folded] = std::array::from_fn(|_| plain.clone());
        cbc_crate_encrypt(&key, &iv, &mut expected);
        loops.textbook(&iv, textbook.as_chunks_mut().0);
        loops.folded(&iv, folded.as_chunks_mut().0);
        assert!(expected == textbook && expected == folded, "the hand-made CBC is wrong");
    }
}

fn one_stream(direction: &str, candidates: &[(&'static str, Run)], len: usize) {
    let title = format!("AES-256-IGE {direction}, one stream of {len} bytes, key expansion included");
    let mut table = Table::new(title, Unit::Megabytes, ROUNDS);
    let (key, iv) = (array(1), array(2));
    for (name, run) in candidates {
        let mut data = bytes(len, 3);
        table.add(Candidate::repeated(*name, len as f64, move || {
            run(black_box(&key), black_box(&iv), black_box(&mut data));
        }));
    }
    let mut bases = vec![GRAMMERS];
    let (mut data, short_iv) = (bytes(len, 3), array(4));
    table.add(Candidate::repeated("AES-256-CBC encryption, cbc 0.2", len as f64, move || {
        cbc_crate_encrypt(black_box(&key), black_box(&short_iv), black_box(&mut data));
    }));
    #[cfg(target_arch = "x86_64")]
    if chappe_bench::cbc_loops::CbcLoops::new(&key).is_some() {
        use chappe_bench::cbc_loops::CbcLoops;
        type Loop = fn(&CbcLoops, &[u8; 16], &mut [[u8; 16]]);
        let loops: [(&str, Loop); 2] = [(CBC_TEXTBOOK, CbcLoops::textbook), (CBC_FOLDED, CbcLoops::folded)];
        for (name, run) in loops {
            let mut data = bytes(len, 3);
            table.add(Candidate::repeated(name, len as f64, move || {
                if let Some(loops) = CbcLoops::new(black_box(&key)) {
                    run(&loops, black_box(&short_iv), black_box(&mut data).as_chunks_mut().0);
                }
            }));
        }
        bases.extend([CBC_TEXTBOOK, CBC_FOLDED]);
    }
    table.compare(&bases);
}

fn several_streams(direction: &str, one: Run, batch: fn(&mut [Stream<'_>])) {
    let title = format!("AES-256-IGE {direction}, several streams of {STREAM} bytes as a batch");
    let mut table = Table::new(title, Unit::Megabytes, ROUNDS);
    let (key, iv, mut data) = (array(1), array(2), bytes(STREAM, 3));
    table.add(Candidate::repeated("one stream, no batch", STREAM as f64, move || {
        one(black_box(&key), black_box(&iv), black_box(&mut data));
    }));
    for count in [1, 2, 4, 8, 16] {
        let mut texts: Vec<([u8; 32], Vec<u8>)> =
            (0..count).map(|n| (array(n + 10), bytes(STREAM, n))).collect();
        let name = format!("batch of {count}");
        table.add(Candidate::repeated(name, (STREAM * texts.len()) as f64, move || {
            let mut streams: Vec<Stream<'_>> =
                texts.iter_mut().map(|(key, data)| Stream { key, iv, data }).collect();
            batch(black_box(&mut streams));
        }));
    }
    table.compare(&["one stream, no batch"]);
}
