//! Prints the speed of the ciphers beside that of the hardware, for tuning: `cargo run --release --example ige_speed`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::rand_core::SeedableRng;
use chappe_crypto::rsa::RsaPrivateKey;
use chappe_crypto::{Role, factor, ige, message};
use rand_chacha::ChaCha20Rng;

/// The best of several runs, in seconds per call.
fn best(mut call: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..15 {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < Duration::from_millis(40) {
            call();
            calls += 1;
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(calls));
    }
    best
}

fn rate(name: &str, bytes: usize, seconds: f64) {
    println!("{name:<34}{:>9.0} MB/s", bytes as f64 / seconds / 1e6);
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod limit {
    use std::arch::x86_64::*;

    /// A chain shaped like CBC encryption: one xor and fourteen rounds per block, all dependent.
    #[target_feature(enable = "aes")]
    pub(super) fn cbc(keys: &[__m128i; 15], data: &mut [[u8; 16]]) {
        let [k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14] = *keys;
        let mut state = k0;
        for block in data {
            // SAFETY: the reference is valid for 16 bytes.
            let text = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
            state = _mm_xor_si128(state, _mm_xor_si128(text, k0));
            for key in [k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13] {
                state = _mm_aesenc_si128(state, key);
            }
            state = _mm_aesenclast_si128(state, k14);
            // SAFETY: the reference is valid for 16 bytes and exclusive.
            unsafe { _mm_storeu_si128(block.as_mut_ptr().cast(), state) };
        }
    }
}

fn main() {
    const LEN: usize = 16 * 1024;
    let (key, iv) = ([7; 32], [9; 32]);
    let mut data = vec![3; LEN];
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("aes") {
        // SAFETY: all bit patterns are valid, and the processor has the instructions.
        #[allow(unsafe_code)]
        let seconds = unsafe {
            let keys = std::mem::transmute::<[[u8; 16]; 15], [std::arch::x86_64::__m128i; 15]>([[5; 16]; 15]);
            best(|| limit::cbc(black_box(&keys), black_box(&mut data).as_chunks_mut().0))
        };
        rate("limit: AES-256-CBC encryption", LEN, seconds);
    }
    rate("IGE encryption", LEN, best(|| ige::encrypt(&key, &iv, black_box(&mut data)).unwrap()));
    rate("IGE decryption", LEN, best(|| ige::decrypt(&key, &iv, black_box(&mut data)).unwrap()));
    for count in [2, 4, 6, 8, 16] {
        let mut texts = vec![vec![3; LEN]; count];
        let seconds = best(|| {
            let mut streams: Vec<_> =
                texts.iter_mut().map(|data| ige::Stream { key: &key, iv, data }).collect();
            ige::encrypt_batch(black_box(&mut streams)).unwrap();
        });
        rate(&format!("IGE encryption, {count} streams"), LEN * count, seconds);
        let seconds = best(|| {
            let mut streams: Vec<_> =
                texts.iter_mut().map(|data| ige::Stream { key: &key, iv, data }).collect();
            ige::decrypt_batch(black_box(&mut streams)).unwrap();
        });
        rate(&format!("IGE decryption, {count} streams"), LEN * count, seconds);
    }
    let auth_key: [u8; 256] = std::array::from_fn(|i| i as u8);
    for len in [128, 1024, 16 * 1024] {
        let plain = vec![3; len];
        let mut data = plain.clone();
        let seconds = best(|| {
            data.copy_from_slice(&plain);
            black_box(message::seal(&auth_key, Role::Initiator, black_box(&mut data)).unwrap());
        });
        println!("seal {len:>6} bytes {:>24.0} /s", 1.0 / seconds);
        data.copy_from_slice(&plain);
        let sealed = message::seal(&auth_key, Role::Initiator, &mut data).unwrap();
        let cipher = data.clone();
        let seconds = best(|| {
            data.copy_from_slice(&cipher);
            message::open(&auth_key, Role::Initiator, &sealed.msg_key.0, black_box(&mut data)).unwrap();
        });
        println!("open {len:>6} bytes {:>24.0} /s", 1.0 / seconds);
        let two_passes = best(|| {
            data.copy_from_slice(&cipher);
            let keys = message::derive_keys(&auth_key, Role::Initiator, &sealed.msg_key.0);
            ige::decrypt(&keys.key, &keys.iv, black_box(&mut data)).unwrap();
            black_box(chappe_crypto::hash::sha256(&[&auth_key[88..120], &data]));
        });
        println!(
            "  in two passes    {:>24.0} /s, fused is {:.2} times as fast",
            1.0 / two_passes,
            two_passes / seconds
        );
    }
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let params = DhParams::known(3).unwrap();
    let ours = DhSecret::generate(&params, &mut rng, &[]).unwrap();
    let theirs = DhSecret::generate(&params, &mut rng, &[]).unwrap();
    let milliseconds = |name: &str, seconds: f64| println!("{name:<34}{:>9.3} ms", seconds * 1e3);
    milliseconds("g^a", best(|| drop(DhSecret::generate(&params, &mut rng, &[]).unwrap())));
    milliseconds("g_b^a", best(|| drop(black_box(ours.agree(theirs.public()).unwrap()))));
    milliseconds("pq", best(|| drop(black_box(factor::factorize_pq(black_box(2_694_724_800_268_887_959))))));
    let rsa = RsaPrivateKey::generate(&mut rng).unwrap();
    let encrypted = rsa.public().pad_encrypt(&[1; 100], &mut rng).unwrap();
    milliseconds("RSA_PAD", best(|| drop(black_box(rsa.public().pad_encrypt(&[1; 100], &mut rng)))));
    milliseconds(
        "RSA_PAD, inverse",
        best(|| drop(black_box(rsa.pad_decrypt(&encrypted, &mut rng).unwrap()))),
    );
    milliseconds("new RSA key", {
        let start = Instant::now();
        (0..5).for_each(|_| drop(black_box(RsaPrivateKey::generate(&mut rng).unwrap())));
        start.elapsed().as_secs_f64() / 5.0
    });
}
