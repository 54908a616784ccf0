//! Every answer of the newest layer, made arbitrary, lowered by `chappe-layers`, and read by the `grammers-tl-types` of
//! that layer: it has to read all bytes and to write the same ones, but for bits of flags words that came without a new
//! id, which it does not know and leaves out. Run by `cargo xtask layers --oracle`.

#[path = "../../../crates/chappe-layers/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::process::ExitCode;

use chappe_layers::{LayerError, Layers, NEWEST};
use support::{Arbitrary, Fill, layer};

include!(concat!(env!("OUT_DIR"), "/readers.rs"));

type Read = fn(&str, &[u8]) -> Option<Result<Vec<u8>, String>>;

const LAYERS: [(i32, Read); 2] = [(166, read_166), (216, read_216)];
const SEEDS: u64 = 4;

/// Whether they are the same but for bits that are only in the first.
fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(our, their)| our & their == *their)
}

fn main() -> ExitCode {
    let newest = layer(NEWEST);
    let mut failed = false;
    for (number, read) in LAYERS {
        let old = layer(number);
        let (mut compared, mut wrong, mut unread) = (0, 0, BTreeSet::new());
        for definition in newest.answers().into_iter().filter(|it| old.has_type(&it.ty)) {
            let ty = definition.ty.to_string();
            for (fill, seed) in [Fill::All, Fill::None, Fill::Some]
                .into_iter()
                .flat_map(|fill| (0..SEEDS).map(move |seed| (fill, seed)))
            {
                let object = Arbitrary::new(newest, seed + u64::from(definition.id), fill).object(definition);
                let lowered = match Layers::load().down(number, &object) {
                    Ok(lowered) => lowered,
                    Err(LayerError::Gone { .. }) => continue,
                    Err(error) => {
                        println!("layer {number}: {}: {error}", definition.name);
                        wrong += 1;
                        continue;
                    }
                };
                match read(&ty, &lowered) {
                    None => drop(unread.insert(ty.clone())),
                    Some(Ok(bytes)) if is_same(&lowered, &bytes) => compared += 1,
                    Some(other) => {
                        wrong += 1;
                        if wrong <= 20 {
                            let how =
                                other.map_or_else(|error| error, |_| "it writes other bytes".to_owned());
                            println!(
                                "layer {number}: {} with {fill:?} and seed {seed}: {how}",
                                definition.name
                            );
                        }
                    }
                }
            }
        }
        println!(
            "layer {number}: {compared} objects read alike, {wrong} not; types that it does not know: {unread:?}"
        );
        failed |= wrong > 0 || compared == 0;
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
