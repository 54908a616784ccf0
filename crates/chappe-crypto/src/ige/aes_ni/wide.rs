//! Up to sixteen streams in step on VAES with AVX-512: one instruction works on a block of each of four streams.

use core::arch::x86_64::*;

use zeroize::Zeroize;

use super::{Chain, Lane, ROUND_KEYS, load, store};

/// Proof that this processor has VAES and AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct Wide(());

impl Wide {
    pub(crate) fn detect() -> Option<Self> {
        (std::arch::is_x86_feature_detected!("vaes") && std::arch::is_x86_feature_detected!("avx512f"))
            .then_some(Self(()))
    }
}

/// Streams in one register.
const WIDTH: usize = 4;

/// Most streams at once: four registers keep the AES units busy.
pub(super) const MAX_LANES: usize = 4 * WIDTH;

/// Fewest streams for which this is faster than a narrow register for each.
pub(super) const MIN_LANES: usize = WIDTH + 1;

/// Runs up to [`MAX_LANES`] streams in step for `count` blocks each. Each of them has at least that many.
pub(super) fn run<const DECRYPT: bool>(_: Wide, lanes: &mut [Lane<'_>], count: usize) {
    // SAFETY: the token proves that the processor has the instructions.
    unsafe {
        match lanes.len().div_ceil(WIDTH) {
            ..=2 => run_groups::<DECRYPT, 2>(lanes, count),
            3 => run_groups::<DECRYPT, 3>(lanes, count),
            _ => run_groups::<DECRYPT, 4>(lanes, count),
        }
    }
}

#[inline]
#[target_feature(enable = "vaes,avx512f")]
fn join(parts: [__m128i; WIDTH]) -> __m512i {
    let joined = _mm512_castsi128_si512(parts[0]);
    let joined = _mm512_inserti32x4::<1>(joined, parts[1]);
    let joined = _mm512_inserti32x4::<2>(joined, parts[2]);
    _mm512_inserti32x4::<3>(joined, parts[3])
}

#[inline]
#[target_feature(enable = "vaes,avx512f")]
fn split(joined: __m512i) -> [__m128i; WIDTH] {
    [
        _mm512_castsi512_si128(joined),
        _mm512_extracti32x4_epi32::<1>(joined),
        _mm512_extracti32x4_epi32::<2>(joined),
        _mm512_extracti32x4_epi32::<3>(joined),
    ]
}

#[inline]
#[target_feature(enable = "vaes,avx512f")]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi64::<0x96>(a, b, c)
}

#[target_feature(enable = "vaes,avx512f")]
fn run_groups<const DECRYPT: bool, const GROUPS: usize>(lanes: &mut [Lane<'_>], count: usize) {
    let Some(last) = lanes.len().checked_sub(1) else { return };
    let zero = _mm512_setzero_si512();
    // Where there are fewer streams than places, the last stream takes several: they all compute the same.
    let place = |group: usize, n: usize| last.min(WIDTH * group + n);

    let mut keys = [[zero; GROUPS]; ROUND_KEYS];
    // `a` is xored before the cipher and `b` after it.
    let (mut a, mut b) = ([zero; GROUPS], [zero; GROUPS]);
    for group in 0..GROUPS {
        let mut parts = [_mm_setzero_si128(); WIDTH];
        for (round, joined) in keys.iter_mut().enumerate() {
            for n in 0..WIDTH {
                parts[n] = lanes[place(group, n)].keys[round];
            }
            joined[group] = join(parts);
        }
        let mut other_parts = parts;
        for n in 0..WIDTH {
            let Chain { cipher, plain } = &lanes[place(group, n)].chain;
            let (before, after) = if DECRYPT { (plain, cipher) } else { (cipher, plain) };
            (parts[n], other_parts[n]) = (load(before), load(after));
        }
        (a[group], b[group]) = (join(parts), join(other_parts));
    }

    for i in 0..count {
        let mut input = [zero; GROUPS];
        let mut state = [zero; GROUPS];
        for group in 0..GROUPS {
            let mut parts = [_mm_setzero_si128(); WIDTH];
            for n in 0..WIDTH {
                if let Some(block) = lanes[place(group, n)].blocks.get(i) {
                    parts[n] = load(block);
                }
            }
            input[group] = join(parts);
            state[group] = xor3(a[group], input[group], keys[0][group]);
        }
        for round in &keys[1..ROUND_KEYS - 1] {
            for group in 0..GROUPS {
                state[group] = if DECRYPT {
                    _mm512_aesdec_epi128(state[group], round[group])
                } else {
                    _mm512_aesenc_epi128(state[group], round[group])
                };
            }
        }
        for group in 0..GROUPS {
            let key = _mm512_xor_si512(keys[ROUND_KEYS - 1][group], b[group]);
            a[group] = if DECRYPT {
                _mm512_aesdeclast_epi128(state[group], key)
            } else {
                _mm512_aesenclast_epi128(state[group], key)
            };
            b[group] = input[group];
            for (n, part) in split(a[group]).into_iter().enumerate() {
                if let Some(block) = lanes[place(group, n)].blocks.get_mut(i) {
                    store(block, part);
                }
            }
        }
    }

    for group in 0..GROUPS {
        for (n, (a, b)) in split(a[group]).into_iter().zip(split(b[group])).enumerate() {
            let Chain { cipher, plain } = &mut lanes[place(group, n)].chain;
            let (before, after) = if DECRYPT { (plain, cipher) } else { (cipher, plain) };
            store(before, a);
            store(after, b);
        }
    }
    keys.zeroize();
}
