//! What it costs to serve a client of an older layer: `messages.messages` with 100 messages, lowered by `chappe-layers`,
//! beside copying the same bytes and beside reading and writing them as values.
//!
//! `cargo run --release --bin layers`

use std::hint::black_box;

use chappe_api::enums::messages::Messages;
use chappe_bench::sample::messages;
use chappe_bench::{Candidate, Table, Unit};
use chappe_layers::{Layers, NEWEST};
use chappe_tl::{Decode, Encode};

/// `messages.getHistory`, the same in all layers.
const GET_HISTORY: u32 = 0x4423_e6c5;
const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bytes = messages().to_bytes()?;
    let layers = Layers::load();
    let size = bytes.len() as f64;
    println!("messages.messages with 100 messages: {} bytes", bytes.len());
    let mut table = Table::new("lowering", Unit::Megabytes, ROUNDS);
    for layer in [158, 198, 225, NEWEST] {
        let lowered = layers.down_result(layer, GET_HISTORY, &bytes)?;
        println!("layer {layer}: {} bytes, {}", lowered.len(), if *lowered == *bytes { "as they came" } else { "changed" });
        let bytes = &bytes;
        table.add(Candidate::repeated(format!("to layer {layer}"), size, move || {
            drop(black_box(layers.down_result(layer, GET_HISTORY, black_box(bytes))));
        }));
    }
    table.add(Candidate::repeated("read and written as values", size, || {
        drop(black_box(Messages::from_bytes(black_box(&bytes)).map(|value| value.to_bytes())));
    }));
    drop(table.compare(&["read and written as values"]));
    Ok(())
}
