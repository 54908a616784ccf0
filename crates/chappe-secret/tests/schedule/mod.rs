//! Random schedules: lists of small operations that can be run, repeated and shortened.

pub(crate) mod run;
mod side;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One thing that happens. `who` is the side that acts or is acted on; positions are taken modulo what there is, and
/// an operation that makes no sense in its place does nothing: so any list is a schedule, and any part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// An answer of the server arrives.
    Answer { who: usize },
    /// The process ends after so many outputs of what it is about to do, and starts again.
    Crash { who: usize, after: u8 },
    /// One of its latest messages is deleted, its own or the other's.
    Delete { who: usize, back: u8 },
    /// A message or update arrives; not the oldest first if `at` is not 0.
    Deliver { who: usize, at: u8 },
    /// The server loses a message for this side.
    Drop { who: usize, at: u8 },
    /// The server doubles a message for this side.
    Double { who: usize, at: u8 },
    /// The next send of this side fails, for a while or (400) for good if it is a message.
    Fail { who: usize, code: u16 },
    /// The history is cleared.
    Flush { who: usize },
    /// Time passes for both.
    Pass { secs: u8 },
    /// A photo is sent.
    Photo { who: usize, ttl: u8 },
    /// Everything so far is read.
    Read { who: usize },
    /// A photo is opened.
    Open { who: usize },
    /// The key is replaced.
    Rekey { who: usize },
    /// A text is sent.
    Say { who: usize, ttl: u8 },
}

/// The schedule of a seed. Whether the server suppresses repeated calls is part of it.
pub(crate) fn generate(seed: u64) -> Vec<Op> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed ^ 0x5eed);
    let mut below = |n: u32| rng.next_u32() % n;
    let len = 8 + below(32);
    // Exchanging keys is dear: few schedules do it, and those more than once.
    let rekeys = below(20) == 0;
    (0..len)
        .flat_map(|_| {
            let (who, roll) = (below(2) as usize, below(100));
            let at = if below(3) == 0 { below(4) as u8 } else { 0 };
            let ttl = if below(4) == 0 { [5, 30, 70][below(3) as usize] } else { 0 };
            let op = match roll {
                0..=5 if rekeys => Op::Rekey { who },
                0..=21 => Op::Say { who, ttl },
                22..=24 => Op::Photo { who, ttl },
                25..=51 => Op::Deliver { who, at },
                52..=70 => Op::Answer { who },
                71..=74 => Op::Drop { who, at },
                75..=78 => Op::Double { who, at },
                79..=85 => Op::Crash { who, after: below(5) as u8 },
                86..=89 => Op::Delete { who, back: below(4) as u8 },
                90 => Op::Flush { who },
                91..=92 => Op::Read { who },
                93 => Op::Open { who },
                94..=95 => Op::Fail { who, code: [400, 420, 500][below(3) as usize] },
                _ => Op::Pass { secs: 1 + below(70) as u8 },
            };
            // Every third time both sides ask before they hear of each other.
            let both = matches!(op, Op::Rekey { .. }) && below(3) == 0;
            [Some(op), both.then_some(Op::Rekey { who: 1 - who })].into_iter().flatten()
        })
        .collect()
}

/// The shortest part of a failing schedule that was found to fail as well: pieces are taken out as long as it fails.
pub(crate) fn shrink(mut ops: Vec<Op>, fails: impl Fn(&[Op]) -> bool) -> Vec<Op> {
    let mut piece = ops.len().div_ceil(2);
    while piece > 0 {
        let (mut at, mut shorter) = (0, false);
        while at < ops.len() {
            let mut rest = ops.clone();
            rest.drain(at..(at + piece).min(ops.len()));
            if fails(&rest) {
                ops = rest;
                shorter = true;
            } else {
                at += piece;
            }
        }
        if !shorter {
            piece /= 2;
        }
    }
    ops
}
