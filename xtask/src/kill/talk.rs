//! What two people say while their processes are killed.

use std::time::{Duration, Instant};

use serde_json::json;

use super::side::{Side, Texts};
use crate::Result;

/// How long both sides may take to agree when nobody is killed any more.
const SETTLE: Duration = Duration::from_secs(120);

/// Numbers out of a seed (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

/// Has both talk while they are killed. How often each was, and how many texts there are in the end.
///
/// # Errors
/// A message was lost, doubled or reordered, or the chat was given up.
pub(super) fn converse(sides: &mut [Side; 2], rounds: u32, dice: &mut Dice) -> Result<([u32; 2], usize)> {
    let chat = sides[0].ask(json!({"do": "start", "phone": "9996628882"}))?["chat"].clone();
    for side in &mut *sides {
        side.wait(|line| line["event"] == "chat_ready")?;
        side.chat = chat.clone();
    }
    let mut kills = [0, 0];
    for _ in 0..rounds {
        for side in &mut *sides {
            for _ in 0..dice.below(4) {
                side.say()?;
            }
            if dice.below(12) == 0 {
                side.tell(json!({"do": "rekey", "chat": chat}))?;
            }
        }
        std::thread::sleep(Duration::from_micros(dice.below(60_000)));
        // One of them, and both every tenth time.
        let victims: &[usize] = match dice.below(10) {
            0 => &[0, 1],
            roll if roll % 2 == 0 => &[0],
            _ => &[1],
        };
        for victim in victims {
            sides[*victim].kill()?;
            kills[*victim] += 1;
        }
        for victim in victims {
            sides[*victim].start_again()?;
        }
    }
    Ok((kills, settle(sides)?))
}

/// Waits until both have everything, and compares.
fn settle(sides: &mut [Side; 2]) -> Result<usize> {
    let start = Instant::now();
    loop {
        let [alice, bob] = [sides[0].texts()?, sides[1].texts()?];
        let apart = compare(&alice, &bob, sides);
        match apart {
            Ok(count) => {
                for side in sides {
                    side.check_open()?;
                }
                return Ok(count);
            }
            Err(error) if start.elapsed() > SETTLE => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// Whether both have the numbers 0, 1, 2 … of both, each once and in order.
fn compare(alice: &Texts, bob: &Texts, sides: &[Side; 2]) -> Result<usize> {
    for (name, said, heard, confirmed) in [
        ("Alice", &alice.said, &bob.heard, sides[0].confirmed()),
        ("Bob", &bob.said, &alice.heard, sides[1].confirmed()),
    ] {
        let expected: Vec<u64> = (0..said.len() as u64).collect();
        if *said != expected {
            return Err(format!("{name} has said {said:?}").into());
        }
        if *heard != expected {
            return Err(format!("{name} has said 0 to {}; the other heard {heard:?}", said.len()).into());
        }
        if confirmed.is_some_and(|last| last >= said.len() as u64) {
            return Err(format!("{confirmed:?} of {name} was confirmed and is lost").into());
        }
    }
    Ok(alice.said.len() + bob.said.len())
}
