//! Thin helpers over the hash crates: each takes the pieces of a concatenation, so that no caller has to build it.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha2::Digest;

fn digest<D: Digest, const N: usize>(parts: &[&[u8]]) -> [u8; N]
where
    sha2::digest::Output<D>: Into<[u8; N]>,
{
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// SHA-1 of the concatenated parts. Only where the protocol demands it.
pub fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    digest::<sha1::Sha1, 20>(parts)
}

/// SHA-256 of the concatenated parts.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    digest::<sha2::Sha256, 32>(parts)
}

/// SHA-512 of the concatenated parts.
pub fn sha512(parts: &[&[u8]]) -> [u8; 64] {
    digest::<sha2::Sha512, 64>(parts)
}

/// MD5 of the concatenated parts: file checksums and key fingerprints of encrypted files, never security.
pub fn md5(parts: &[&[u8]]) -> [u8; 16] {
    digest::<md5::Md5, 16>(parts)
}

fn hmac<D: EagerHash, const N: usize>(key: &[u8], parts: &[&[u8]]) -> [u8; N]
where
    Hmac<D>: KeyInit + Mac,
    hmac::digest::Output<Hmac<D>>: Into<[u8; N]>,
{
    // HMAC takes keys of every length, so the error cannot happen; zeros keep the function free of panics.
    let Ok(mut mac) = <Hmac<D> as KeyInit>::new_from_slice(key) else { return [0; N] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA-256 of the concatenated parts.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    hmac::<sha2::Sha256, 32>(key, parts)
}

/// HMAC-SHA-512 of the concatenated parts.
pub fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    hmac::<sha2::Sha512, 64>(key, parts)
}

/// PBKDF2 with HMAC-SHA-512, 64 bytes of output.
pub fn pbkdf2_sha512(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 64] {
    let mut out = [0; 64];
    pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, iterations, &mut out);
    out
}
