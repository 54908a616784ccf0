//! AES-256-CBC encryption on the AES instructions, as fast as it can be written: the yardstick for IGE, which is just
//! as serial.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

/// An expanded key.
#[derive(Clone, Copy)]
pub struct CbcLoops([__m128i; 15]);

#[target_feature(enable = "aes,sse2")]
fn expand(key: &[u8; 32]) -> [__m128i; 15] {
    fn step(previous: __m128i, word: __m128i) -> __m128i {
        // SAFETY: SSE2 is part of x86-64.
        unsafe {
            let mut key = previous;
            for _ in 0..3 {
                key = _mm_xor_si128(previous, _mm_slli_si128(key, 4));
            }
            _mm_xor_si128(key, word)
        }
    }
    let mut keys = [_mm_setzero_si128(); 15];
    // SAFETY: both halves of the key are 16 bytes.
    unsafe {
        keys[0] = _mm_loadu_si128(key.as_ptr().cast());
        keys[1] = _mm_loadu_si128(key.as_ptr().add(16).cast());
    }
    macro_rules! even {
        ($i:literal, $constant:literal) => {
            let word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(keys[$i - 1], $constant), 0xff);
            keys[$i] = step(keys[$i - 2], word);
        };
    }
    macro_rules! odd {
        ($i:literal) => {
            let word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(keys[$i - 1], 0), 0xaa);
            keys[$i] = step(keys[$i - 2], word);
        };
    }
    even!(2, 0x01);
    odd!(3);
    even!(4, 0x02);
    odd!(5);
    even!(6, 0x04);
    odd!(7);
    even!(8, 0x08);
    odd!(9);
    even!(10, 0x10);
    odd!(11);
    even!(12, 0x20);
    odd!(13);
    even!(14, 0x40);
    keys
}

macro_rules! rounds {
    ($state:ident, $keys:ident) => {
        $state = _mm_aesenc_si128($state, $keys[1]);
        $state = _mm_aesenc_si128($state, $keys[2]);
        $state = _mm_aesenc_si128($state, $keys[3]);
        $state = _mm_aesenc_si128($state, $keys[4]);
        $state = _mm_aesenc_si128($state, $keys[5]);
        $state = _mm_aesenc_si128($state, $keys[6]);
        $state = _mm_aesenc_si128($state, $keys[7]);
        $state = _mm_aesenc_si128($state, $keys[8]);
        $state = _mm_aesenc_si128($state, $keys[9]);
        $state = _mm_aesenc_si128($state, $keys[10]);
        $state = _mm_aesenc_si128($state, $keys[11]);
        $state = _mm_aesenc_si128($state, $keys[12]);
        $state = _mm_aesenc_si128($state, $keys[13]);
    };
}

fn load(block: &[u8; 16]) -> __m128i {
    // SAFETY: 16 bytes at any alignment; SSE2 is part of x86-64.
    unsafe { _mm_loadu_si128(block.as_ptr().cast()) }
}

fn store(block: &mut [u8; 16], value: __m128i) {
    // SAFETY: 16 bytes at any alignment; SSE2 is part of x86-64.
    unsafe { _mm_storeu_si128(block.as_mut_ptr().cast(), value) }
}

#[target_feature(enable = "aes,sse2")]
fn textbook(keys: &[__m128i; 15], iv: &[u8; 16], blocks: &mut [[u8; 16]]) {
    let keys = *keys;
    let mut state = load(iv);
    for block in blocks {
        state = _mm_xor_si128(state, _mm_xor_si128(load(block), keys[0]));
        rounds!(state, keys);
        state = _mm_aesenclast_si128(state, keys[14]);
        store(block, state);
    }
}

#[target_feature(enable = "aes,sse2")]
fn folded(keys: &[__m128i; 15], iv: &[u8; 16], blocks: &mut [[u8; 16]]) {
    let keys = *keys;
    let Some(first) = blocks.first() else { return };
    let bridge = _mm_xor_si128(keys[14], keys[0]);
    let mut state = _mm_xor_si128(load(iv), _mm_xor_si128(load(first), keys[0]));
    for i in 0..blocks.len() {
        let next = blocks.get(i + 1).map_or(keys[0], load);
        rounds!(state, keys);
        store(&mut blocks[i], _mm_aesenclast_si128(state, keys[14]));
        state = _mm_aesenclast_si128(state, _mm_xor_si128(next, bridge));
    }
}

impl CbcLoops {
    /// Expands a key. `None` if the processor has no AES instructions.
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        // SAFETY: the processor was asked.
        is_x86_feature_detected!("aes").then(|| Self(unsafe { expand(key) }))
    }

    /// Encrypts whole blocks: the xor of the previous block, the rounds, the next block.
    pub fn textbook(&self, iv: &[u8; 16], blocks: &mut [[u8; 16]]) {
        // SAFETY: `new` asked the processor.
        unsafe { textbook(&self.0, iv, blocks) }
    }

    /// The same, with the xor between two blocks folded into the last round: the chain is fourteen rounds per block
    /// and nothing else, which no mode of this kind can beat.
    pub fn folded(&self, iv: &[u8; 16], blocks: &mut [[u8; 16]]) {
        // SAFETY: `new` asked the processor.
        unsafe { folded(&self.0, iv, blocks) }
    }
}
