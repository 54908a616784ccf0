//! TL objects: `messages.messages` with 100 messages, read and written by `chappe-api` and by `grammers-tl-types`.
//!
//! Both candidates take turns in one run, and the best of each counts, so that a busy machine hurts both alike.
//! `cargo run --release --bin tl`

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chappe_api::enums;
use chappe_bench::sample::messages;
use chappe_tl::{Decode, Encode, Writer};
use grammers_tl_types::{Deserializable, Serializable};

/// Counts what is allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often each candidate has its turn, and how long a turn is.
const TURNS: u32 = 40;
const TURN: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let value = messages();
    let ours = value.to_bytes()?;
    let theirs = in_their_layer(&ours);
    let their_value = grammers_tl_types::enums::messages::Messages::from_bytes(&theirs)?;
    assert_eq!(their_value.to_bytes(), theirs, "both read the same");
    assert_eq!(enums::messages::Messages::from_bytes(&ours)?.to_bytes()?, ours);
    println!("messages.messages with 100 messages: {} bytes", ours.len());

    let [our, their] = race(
        ours.len(),
        || drop(black_box(enums::messages::Messages::from_bytes(black_box(&ours)))),
        || drop(black_box(grammers_tl_types::enums::messages::Messages::from_bytes(black_box(&theirs)))),
    );
    print("decode, MB/s", our, their);

    let (our_heap, our_calls) = heap(|| enums::messages::Messages::from_bytes(&ours));
    let (their_heap, their_calls) =
        heap(|| grammers_tl_types::enums::messages::Messages::from_bytes(&theirs));
    print("decoded value, KB of heap", our_heap as f64 / 1e3, their_heap as f64 / 1e3);
    print("decode, allocations", our_calls as f64, their_calls as f64);

    let (mut our_buffer, mut their_buffer) = (Vec::new(), Vec::new());
    let [our, their] = race(
        ours.len(),
        || {
            our_buffer.clear();
            let mut writer = Writer::append_to(std::mem::take(&mut our_buffer));
            black_box(&value).encode(&mut writer);
            our_buffer = writer.into_inner();
        },
        || {
            their_buffer.clear();
            black_box(&their_value).serialize(&mut their_buffer);
        },
    );
    print("encode, MB/s", our, their);
    println!(
        "size of Update: {} and {} bytes",
        size_of::<enums::Update>(),
        size_of::<grammers_tl_types::enums::Update>()
    );
    Ok(())
}

fn print(what: &str, our: f64, their: f64) {
    println!("{what:<28} chappe {our:>10.1}   grammers {their:>10.1}   ratio {:.3}", our / their);
}

/// Runs two candidates by turns; the best rate of each in MB/s.
fn race(bytes: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> [f64; 2] {
    let turn = |run: &mut dyn FnMut()| {
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < TURN {
            run();
            count += 1;
        }
        bytes as f64 * f64::from(count) / start.elapsed().as_secs_f64() / 1e6
    };
    let mut best = [0_f64; 2];
    for _ in 0..TURNS {
        best[0] = best[0].max(turn(&mut first));
        best[1] = best[1].max(turn(&mut second));
    }
    best
}

/// What a value holds on the heap, and how many allocations made it.
fn heap<T>(make: impl FnOnce() -> T) -> (usize, usize) {
    let (live, calls) = (LIVE.load(Ordering::Relaxed), CALLS.load(Ordering::Relaxed));
    let value = make();
    let result = (LIVE.load(Ordering::Relaxed) - live, CALLS.load(Ordering::Relaxed) - calls);
    drop(value);
    result
}

/// The same objects in the layer of grammers 0.11: two constructors have an older id there, and fields that are not
/// used here are all they lack.
fn in_their_layer(bytes: &[u8]) -> Vec<u8> {
    let renamed = [(0xddb5_ab75_u32, 0x1b97_dd66_u32), (0x7ad1_5240, 0xd49f_34c6)];
    let words = bytes.chunks_exact(4).map(|word| {
        let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        renamed.iter().find(|(ours, _)| *ours == word).map_or(word, |(_, theirs)| *theirs)
    });
    words.flat_map(u32::to_le_bytes).collect()
}
