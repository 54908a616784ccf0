//! Every corpus file goes through its target, and so do mutations of it: the same ones in every run.

// Helpers of tests are tests; the last line before a panic names the input.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::fs;
use std::path::PathBuf;

use chappe_fuzz::TARGETS;

fn folder(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "corpus", target].iter().collect()
}

/// The files of a target with their names, in the order of the names.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const WORDS: [u32; 8] =
            [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0x1cb5_c415, 0x3072_cfa1, 0x73f1_f8dc];
        for _ in 0..self.below(3) + 1 {
            let at = self.below(bytes.len() + 1);
            match self.below(7) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..(at + self.below(9)).min(bytes.len()))),
                2 => {
                    let from = self.below(other.len() + 1);
                    let piece = &other[from..(from + self.below(40)).min(other.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                3 => {
                    let word = WORDS[self.below(WORDS.len())].to_le_bytes();
                    let at = at & !3;
                    let end = (at + 4).min(bytes.len());
                    bytes.splice(at.min(end)..end, word);
                }
                4 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = byte.wrapping_add([1, 255, 4, 252][self.below(4)]);
                    }
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
        }
    }
}

/// How many mutations of its corpus a target gets. Public-key operations are slow.
fn mutations(target: &str) -> usize {
    match target {
        "exchange_client" | "exchange_server" => 60,
        "secret_engine" => 100,
        "secret_records" => 60,
        _ => 400,
    }
}

fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    let files = corpus(name);
    for (file, bytes) in &files {
        eprintln!("{name}/{file}");
        target(bytes);
    }
    let mut random = Random(name.bytes().fold(0, |seed, byte| seed << 5 ^ u64::from(byte)));
    for round in 0..mutations(name) {
        let mut bytes = files[round % files.len()].1.clone();
        let other = &files[random.below(files.len())].1;
        random.mutate(&mut bytes, other);
        eprintln!("{name}/{} mutated, round {round}", files[round % files.len()].0);
        target(&bytes);
    }
}

macro_rules! replays {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                replay(stringify!($name));
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

replays! {
    client_records exchange_client exchange_server fake_tls gzip layers markup schema_text secret_engine
    secret_envelope secret_records session_client session_server tl tl_dynamic tl_json transport_client
    transport_server updates websocket wrappers
}

#[test]
fn every_target_has_a_program_for_the_fuzzer() {
    let fuzz = [env!("CARGO_MANIFEST_DIR"), "../../fuzz"].iter().collect::<PathBuf>();
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let program = fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("chappe_fuzz::{name}(data)")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
    assert_eq!(fs::read_dir(fuzz.join("fuzz_targets")).unwrap().count(), TARGETS.len());
}

#[test]
fn the_corpora_stay_small() {
    let all = TARGETS.iter().flat_map(|(name, _)| corpus(name));
    let total: usize = all.map(|(_, bytes)| bytes.len()).sum();
    assert!(total < 300_000, "{total} bytes");
}
