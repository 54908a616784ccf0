//! Tables by numbers that are ours: no other side puts any in, so nobody can make them collide, and hashing may be quick.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table by numbers of our own.
pub type OwnIds<K, V> = HashMap<K, V, BuildHasherDefault<OwnIdHasher>>;

/// Spreads a number over all bits.
///
/// ```
/// use chappe_mtproto::session::OwnIds;
///
/// let mut calls = OwnIds::default();
/// calls.insert(7_i64, "help.getConfig");
/// assert_eq!(calls.remove(&7), Some("help.getConfig"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnIdHasher(u64);

/// 2^64 divided by the golden ratio, which is odd: neighbours end up far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for OwnIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // The table takes the place from the low bits and a tag from the high ones.
        let product = (self.0 ^ number).wrapping_mul(SPREAD);
        self.0 = product ^ product.rotate_right(32);
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    use super::*;

    #[test]
    fn neighbours_and_multiples_of_four_spread_over_low_and_high_bits() {
        let build = BuildHasherDefault::<OwnIdHasher>::default();
        for step in [1, 4, 1 << 32] {
            let hashes: Vec<u64> = (0..1024_i64).map(|at| build.hash_one(at * step)).collect();
            let low: BTreeSet<u64> = hashes.iter().map(|hash| hash % 1024).collect();
            let high: BTreeSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
            assert!(low.len() > 512 && high.len() > 100, "{step}: {} and {}", low.len(), high.len());
        }
    }
}
