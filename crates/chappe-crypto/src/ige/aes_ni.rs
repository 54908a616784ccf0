//! IGE on the AES instructions of x86-64. The only module of the workspace with `unsafe` code, together with its
//! second half [`wide`].
//!
//! Three things need it: reading and writing 128-bit registers, and calling functions compiled for processors with
//! AES instructions. The latter is sound because each of them takes its key from a type that can be built only with
//! an [`AesNi`] token, and a token exists only if the processor was asked.
//!
//! # The folded chain
//! With round keys `k0..k14`, one block is `c = last(rounds(p ^ c' ^ k0), k14) ^ p'`. The last round ends with a xor
//! of its key, so `p'` goes into the key: `c = last(.., k14 ^ p')`. What the next block wants is not `c` but
//! `c ^ p_next ^ k0`, and that is a last round too, with the key `k14 ^ p' ^ p_next ^ k0`, which is ready long before
//! it is needed. So the chain from block to block is fourteen AES rounds and nothing else; `c` itself is computed
//! beside it. Decryption has the same shape.

#![allow(unsafe_code)]

use core::arch::x86_64::*;

use zeroize::Zeroize;

use super::{Block, Chain, Stream};

mod wide;

pub(crate) use wide::Wide;

/// Proof that this processor has the AES instructions.
#[derive(Clone, Copy)]
pub(crate) struct AesNi(());

impl AesNi {
    pub(crate) fn detect() -> Option<Self> {
        (std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("sse2"))
            .then_some(Self(()))
    }
}

/// Number of round keys of AES-256.
const ROUND_KEYS: usize = 15;

/// Streams interleaved at once: enough to hide the latency of a round behind the others.
const LANES: usize = 8;

type Schedule = [__m128i; ROUND_KEYS];

#[inline(always)]
fn load(block: &Block) -> __m128i {
    // SAFETY: the reference is valid for 16 bytes, and this load permits any alignment. SSE2 is part of x86-64.
    unsafe { _mm_loadu_si128(block.as_ptr().cast()) }
}

#[inline(always)]
fn store(block: &mut Block, value: __m128i) {
    // SAFETY: the reference is valid for 16 bytes and exclusive, and this store permits any alignment.
    unsafe { _mm_storeu_si128(block.as_mut_ptr().cast(), value) }
}

#[inline(always)]
fn xor(a: __m128i, b: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_xor_si128(a, b) }
}

/// One step of the key expansion: folds `previous` over itself and adds the word chosen by the caller.
#[inline]
#[target_feature(enable = "aes,ssse3")]
fn expand_step(previous: __m128i, word: __m128i) -> __m128i {
    let mut key = previous;
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    _mm_xor_si128(key, word)
}

/// Expands a key.
///
/// The substituted word comes from a last round over four equal columns, where the shifting of rows changes
/// nothing: a third of the latency of AESKEYGENASSIST.
#[target_feature(enable = "aes,ssse3")]
fn expand(key: &[u8; 32]) -> Schedule {
    let (halves, _) = key.as_chunks();
    let rotate = _mm_set1_epi32(0x0c0f_0e0d);
    let mut keys = [_mm_setzero_si128(); ROUND_KEYS];
    keys[0] = load(&halves[0]);
    keys[1] = load(&halves[1]);
    let mut constant = 1;
    for i in 2..ROUND_KEYS {
        let word = if i % 2 == 0 {
            let rotated = _mm_shuffle_epi8(keys[i - 1], rotate);
            let word = _mm_aesenclast_si128(rotated, _mm_set1_epi32(constant));
            constant *= 2;
            word
        } else {
            _mm_aesenclast_si128(_mm_shuffle_epi32(keys[i - 1], 0xff), _mm_setzero_si128())
        };
        keys[i] = expand_step(keys[i - 2], word);
    }
    keys
}

/// The schedule of the equivalent inverse cipher, in order of use.
#[target_feature(enable = "aes,ssse3")]
fn invert(keys: &Schedule) -> Schedule {
    let mut inverse = [keys[14]; ROUND_KEYS];
    for i in 1..ROUND_KEYS - 1 {
        inverse[i] = _mm_aesimc_si128(keys[ROUND_KEYS - 1 - i]);
    }
    inverse[ROUND_KEYS - 1] = keys[0];
    inverse
}

/// What differs between the two directions.
///
/// `a` is the block that is xored before the cipher and `b` the one xored after it: previous ciphertext and
/// plaintext in encryption, the other way round in decryption.
macro_rules! direction {
    ($name:ident, $decrypt:literal, $run:ident, $round:ident, $last:ident, $batch:ident, $lanes:ident, $chain:ident, $schedule:expr, $a:ident, $b:ident) => {
        /// An expanded key. Wiped on drop.
        #[derive(Clone)]
        pub(crate) struct $name(Schedule);

        impl $name {
            pub(crate) fn new(_: AesNi, key: &[u8; 32]) -> Self {
                // SAFETY: the token proves that the processor has the AES instructions.
                Self(unsafe { $schedule(key) })
            }

            pub(crate) fn $run(&self, chain: &mut Chain, blocks: &mut [Block]) {
                // SAFETY: `self` was made with a token, so the processor has the AES instructions.
                unsafe { $run(&self.0, chain, blocks) }
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }

        /// The chain over `blocks`, followed by the block `after` if there is one. Returns the new `state` and the
        /// last output and input.
        #[inline]
        #[target_feature(enable = "aes,ssse3")]
        fn $chain(keys: &Schedule, mut at: Position, blocks: &mut [Block], after: __m128i) -> Position {
            let [k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14] = *keys;
            for i in 0..blocks.len() {
                let next = if let Some(next) = blocks.get(i + 1) { load(next) } else { after };
                let last_key = xor(k14, at.outer);
                let chain_key = xor(last_key, xor(next, k0));
                let mut state = at.state;
                state = $round(state, k1);
                state = $round(state, k2);
                state = $round(state, k3);
                state = $round(state, k4);
                state = $round(state, k5);
                state = $round(state, k6);
                state = $round(state, k7);
                state = $round(state, k8);
                state = $round(state, k9);
                state = $round(state, k10);
                state = $round(state, k11);
                state = $round(state, k12);
                state = $round(state, k13);
                at.output = $last(state, last_key);
                at.state = $last(state, chain_key);
                store(&mut blocks[i], at.output);
                at.outer = at.input;
                at.input = next;
            }
            at
        }

        #[target_feature(enable = "aes,ssse3")]
        fn $run(keys: &Schedule, chain: &mut Chain, blocks: &mut [Block]) {
            let Some(first) = blocks.first() else { return };
            let start = Position::new(load(first), load(&chain.$a), load(&chain.$b), keys[0]);
            // The block after the last does not exist; any value will do, the state made of it is not used.
            let end = $chain(keys, start, blocks, start.input);
            store(&mut chain.$a, end.output);
            store(&mut chain.$b, end.outer);
        }

        /// Runs `N` streams in step for `count` blocks each.
        #[target_feature(enable = "aes,ssse3")]
        fn $lanes<const N: usize>(lanes: &mut [Lane<'_>; N], count: usize) {
            let mut a: [__m128i; N] = core::array::from_fn(|n| load(&lanes[n].chain.$a));
            let mut b: [__m128i; N] = core::array::from_fn(|n| load(&lanes[n].chain.$b));
            for i in 0..count {
                let mut state = a;
                let mut input = a;
                for n in 0..N {
                    input[n] = lanes[n].blocks.get(i).map_or(a[n], load);
                    state[n] = xor(a[n], xor(input[n], lanes[n].keys[0]));
                }
                for round in 1..ROUND_KEYS - 1 {
                    for n in 0..N {
                        state[n] = $round(state[n], lanes[n].keys[round]);
                    }
                }
                for n in 0..N {
                    a[n] = $last(state[n], xor(lanes[n].keys[ROUND_KEYS - 1], b[n]));
                    b[n] = input[n];
                    if let Some(block) = lanes[n].blocks.get_mut(i) {
                        store(block, a[n]);
                    }
                }
            }
            for n in 0..N {
                store(&mut lanes[n].chain.$a, a[n]);
                store(&mut lanes[n].chain.$b, b[n]);
            }
        }

        pub(crate) fn $batch(token: AesNi, wide: Option<Wide>, streams: &mut [Stream<'_>]) {
            let most = if wide.is_some() { wide::MAX_LANES } else { LANES };
            let keys: Vec<$name> = streams.iter().map(|stream| $name::new(token, stream.key)).collect();
            let mut waiting =
                streams.iter_mut().zip(&keys).filter(|(stream, _)| !stream.data.is_empty()).map(
                    |(stream, key)| Lane {
                        keys: &key.0,
                        chain: Chain::from_iv(&stream.iv),
                        blocks: stream.data.as_chunks_mut().0,
                        iv: &mut stream.iv,
                    },
                );
            let mut running: Vec<Lane<'_>> = Vec::with_capacity(most);
            loop {
                running.extend(waiting.by_ref().take(most - running.len()));
                let Some(count) = running.iter().map(|lane| lane.blocks.len()).min() else { return };
                macro_rules! run {
                    ($n:literal) => {
                        if let Some(lanes) = running.first_chunk_mut::<$n>() {
                            // SAFETY: the token proves that the processor has the AES instructions.
                            unsafe { $lanes::<$n>(lanes, count) }
                        }
                    };
                }
                match (running.len(), wide) {
                    (wide::MIN_LANES.., Some(wide)) => wide::run::<$decrypt>(wide, &mut running, count),
                    (1, _) => {
                        let lane = &mut running[0];
                        // SAFETY: the token proves that the processor has the AES instructions.
                        unsafe { $run(lane.keys, &mut lane.chain, lane.blocks) }
                    }
                    (2, _) => run!(2),
                    (3, _) => run!(3),
                    (4, _) => run!(4),
                    (5, _) => run!(5),
                    (6, _) => run!(6),
                    (7, _) => run!(7),
                    _ => run!(8),
                }
                running.retain_mut(|lane| {
                    let done = core::mem::take(&mut lane.blocks);
                    lane.blocks = done.get_mut(count..).unwrap_or_default();
                    *lane.iv = lane.chain.to_iv();
                    !lane.blocks.is_empty()
                });
            }
        }
    };
}

/// Where a chain stands between two blocks.
#[derive(Clone, Copy)]
struct Position {
    /// What goes into the first round: the input, whitened and chained.
    state: __m128i,
    /// The block as it came.
    input: __m128i,
    /// The block before it as it came, which is xored to its output.
    outer: __m128i,
    /// The last output.
    output: __m128i,
}

impl Position {
    #[inline(always)]
    fn new(input: __m128i, chained: __m128i, outer: __m128i, k0: __m128i) -> Self {
        Self { state: xor(xor(input, k0), chained), input, outer, output: chained }
    }
}

/// One stream on its way through a batch.
struct Lane<'a> {
    keys: &'a Schedule,
    chain: Chain,
    blocks: &'a mut [Block],
    iv: &'a mut [u8; 32],
}

#[target_feature(enable = "aes,ssse3")]
fn expand_inverse(key: &[u8; 32]) -> Schedule {
    let mut forward = expand(key);
    let inverse = invert(&forward);
    forward.zeroize();
    inverse
}

direction!(
    EncryptKey,
    false,
    encrypt,
    _mm_aesenc_si128,
    _mm_aesenclast_si128,
    encrypt_batch,
    encrypt_lanes,
    encrypt_chain,
    expand,
    cipher,
    plain
);
direction!(
    DecryptKey,
    true,
    decrypt,
    _mm_aesdec_si128,
    _mm_aesdeclast_si128,
    decrypt_batch,
    decrypt_lanes,
    decrypt_chain,
    expand_inverse,
    plain,
    cipher
);

impl DecryptKey {
    /// See [`super::DecryptKey::decrypt_fused`].
    pub(crate) fn decrypt_fused(
        &self,
        chain: &mut Chain,
        chunks: &mut [[u8; 64]],
        each: impl FnMut(Option<&[u8; 64]>),
    ) {
        // SAFETY: `self` was made with a token, so the processor has the AES instructions.
        unsafe { decrypt_fused(&self.0, chain, chunks, each) }
    }
}

#[target_feature(enable = "aes,ssse3")]
fn decrypt_fused(
    keys: &Schedule,
    chain: &mut Chain,
    chunks: &mut [[u8; 64]],
    mut each: impl FnMut(Option<&[u8; 64]>),
) {
    let first_of = |chunk: &[u8; 64]| load(&chunk.as_chunks().0[0]);
    let Some(first) = chunks.first() else { return };
    let mut at = Position::new(first_of(first), load(&chain.plain), load(&chain.cipher), keys[0]);
    for i in 0..chunks.len() {
        let after = chunks.get(i + 1).map_or(at.input, first_of);
        at = decrypt_chain(keys, at, chunks[i].as_chunks_mut().0, after);
        each(i.checked_sub(1).and_then(|before| chunks.get(before)));
    }
    store(&mut chain.plain, at.output);
    store(&mut chain.cipher, at.outer);
}
