//! The small derivations of the authorization key exchange.
//!
//! Source: <https://core.telegram.org/mtproto/auth_key>

use std::fmt;

use rand_core::CryptoRng;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{AuthKey, Error, hash, ige};

/// The temporary AES key and initialisation vector that protect the Diffie-Hellman values of one exchange.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TmpAes {
    /// `tmp_aes_key`. Secret.
    pub key: [u8; 32],
    /// `tmp_aes_iv`. Secret.
    pub iv: [u8; 32],
}

impl TmpAes {
    /// Derives both from the nonces of the exchange.
    pub fn derive(new_nonce: &[u8; 32], server_nonce: &[u8; 16]) -> Self {
        let mut new_server = hash::sha1(&[new_nonce, server_nonce]);
        let mut server_new = hash::sha1(&[server_nonce, new_nonce]);
        let mut new_new = hash::sha1(&[new_nonce, new_nonce]);
        let mut tmp = Self { key: [0; 32], iv: [0; 32] };
        tmp.key[..20].copy_from_slice(&new_server);
        tmp.key[20..].copy_from_slice(&server_new[..12]);
        tmp.iv[..8].copy_from_slice(&server_new[12..]);
        tmp.iv[8..28].copy_from_slice(&new_new);
        tmp.iv[28..].copy_from_slice(&new_nonce[..4]);
        new_server.zeroize();
        server_new.zeroize();
        new_new.zeroize();
        tmp
    }

    /// Encrypts an inner object: `IGE(SHA1(data) | data | 0..15 random bytes)`.
    pub fn encrypt_inner(&self, data: &[u8], rng: &mut (impl CryptoRng + ?Sized)) -> Vec<u8> {
        let used = 20 + data.len();
        let mut out = Vec::with_capacity(used.next_multiple_of(16));
        out.extend_from_slice(&hash::sha1(&[data]));
        out.extend_from_slice(data);
        out.resize(used.next_multiple_of(16), 0);
        rng.fill_bytes(&mut out[used..]);
        // The length is a whole number of blocks, so the cipher cannot refuse it.
        let _ = ige::encrypt(&self.key, &self.iv, &mut out);
        out
    }

    /// Decrypts an inner object and returns it without hash and padding.
    ///
    /// The length of the padding is found by trying all sixteen against the hash, so nothing is parsed before it is
    /// authentic.
    ///
    /// # Errors
    /// [`Error::Decrypt`] for a wrong length, and when no length fits the hash.
    pub fn decrypt_inner(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        if encrypted.len() < 32 || !encrypted.len().is_multiple_of(16) {
            return Err(Error::Decrypt);
        }
        let mut plain = Zeroizing::new(encrypted.to_vec());
        ige::decrypt(&self.key, &self.iv, &mut plain)?;
        let (expected, body) = plain.split_at(20);
        // All sixteen are tried whatever comes out, so that time does not tell the length.
        let mut padding = 16_u8;
        for candidate in 0..16_u8 {
            let Some(len) = body.len().checked_sub(usize::from(candidate)) else { break };
            let fits = hash::sha1(&[&body[..len]]).ct_eq(expected);
            padding.conditional_assign(&candidate, fits);
        }
        if padding == 16 {
            return Err(Error::Decrypt);
        }
        Ok(Zeroizing::new(body[..body.len() - usize::from(padding)].to_vec()))
    }
}

impl fmt::Debug for TmpAes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, iv: _ } = self;
        f.debug_struct("TmpAes").finish_non_exhaustive()
    }
}

fn new_nonce_hash(new_nonce: &[u8; 32], number: u8, auth_key: &AuthKey) -> [u8; 16] {
    last16(hash::sha1(&[new_nonce, &[number], &auth_key.aux_hash()]))
}

fn last16(digest: [u8; 20]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&digest[4..]);
    out
}

/// `new_nonce_hash1` of `dh_gen_ok`.
pub fn new_nonce_hash1(new_nonce: &[u8; 32], auth_key: &AuthKey) -> [u8; 16] {
    new_nonce_hash(new_nonce, 1, auth_key)
}

/// `new_nonce_hash2` of `dh_gen_retry`.
pub fn new_nonce_hash2(new_nonce: &[u8; 32], auth_key: &AuthKey) -> [u8; 16] {
    new_nonce_hash(new_nonce, 2, auth_key)
}

/// `new_nonce_hash3` of `dh_gen_fail`.
pub fn new_nonce_hash3(new_nonce: &[u8; 32], auth_key: &AuthKey) -> [u8; 16] {
    new_nonce_hash(new_nonce, 3, auth_key)
}

/// `new_nonce_hash` of `server_DH_params_fail`.
pub fn params_fail_hash(new_nonce: &[u8; 32]) -> [u8; 16] {
    last16(hash::sha1(&[new_nonce]))
}

/// The first salt of a new key: the first eight bytes of both nonces, xored.
pub fn first_salt(new_nonce: &[u8; 32], server_nonce: &[u8; 16]) -> i64 {
    i64::from_le_bytes(std::array::from_fn(|i| new_nonce[i] ^ server_nonce[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    #[test]
    fn an_inner_object_of_any_length_comes_back() {
        let tmp = TmpAes::derive(&[7; 32], &[9; 16]);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for len in 12..80 {
            let data = vec![0xa5; len];
            let sealed = tmp.encrypt_inner(&data, &mut rng);
            assert_eq!(tmp.decrypt_inner(&sealed).as_deref(), Ok(&data));
            let mut bad = sealed.clone();
            bad[len / 2] ^= 1;
            assert_eq!(tmp.decrypt_inner(&bad), Err(Error::Decrypt));
            assert_eq!(tmp.decrypt_inner(&sealed[..sealed.len() - 1]), Err(Error::Decrypt));
        }
        assert_eq!(tmp.decrypt_inner(&[]), Err(Error::Decrypt));
        assert_eq!(format!("{tmp:?}"), "TmpAes { .. }");
    }

    #[test]
    fn a_block_of_foreign_padding_is_refused() {
        let tmp = TmpAes::derive(&[7; 32], &[9; 16]);
        let mut plain = hash::sha1(&[&[1; 28]]).to_vec();
        plain.extend_from_slice(&[1; 28]);
        plain.extend_from_slice(&[0; 16]);
        ige::encrypt(&tmp.key, &tmp.iv, &mut plain).unwrap();
        assert_eq!(tmp.decrypt_inner(&plain), Err(Error::Decrypt));
    }
}
