//! The obfuscated layer: AES-256-CTR in both directions under keys that travel in the first 64 bytes.

use std::fmt;

use chappe_crypto::{AesCtr, hash};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::limits::MAX_INIT_DRAWS;
use super::{Framing, TransportError, detect};

/// Length of the opening bytes of an obfuscated connection.
pub const INIT_LEN: usize = 64;

/// Where the tag of the framing stands in the opening bytes, and after it the data centre.
const TAG: usize = 56;
const DC: usize = 60;

/// The two key streams of an obfuscated connection. Each runs from its first byte to the last without a restart.
///
/// This hides the protocol from a look at the wire and nothing else: whoever reads the first 64 bytes (and knows the
/// proxy secret, if there is one) reads everything.
///
/// Source: <https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation>
pub struct ObfuscatedStream {
    tx: AesCtr,
    rx: AesCtr,
}

/// What a server learns from the opening bytes of an obfuscated connection.
#[derive(Debug)]
pub struct Accepted {
    /// The key streams, ready for the bytes after the opening.
    pub stream: ObfuscatedStream,
    /// The framing inside.
    pub framing: Framing,
    /// The data centre the client wants: `N` production, `N + 10000` test, negative for media. Often 0 or random
    /// when the client does not know it.
    pub dc_id: i16,
    /// Which of the candidate secrets fitted.
    pub candidate: usize,
}

impl ObfuscatedStream {
    /// Opens a connection as client: the streams, and the 64 bytes to send first.
    ///
    /// # Errors
    /// [`TransportError::FullObfuscated`], and [`TransportError::Randomness`] for a broken generator.
    pub fn open(
        framing: Framing,
        dc_id: i16,
        secret: Option<&[u8; 16]>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(Self, [u8; INIT_LEN]), TransportError> {
        let tag = framing.tag().ok_or(TransportError::FullObfuscated)?;
        let mut init = Zeroizing::new([0; INIT_LEN]);
        let mut draws = 0;
        loop {
            rng.fill_bytes(&mut *init);
            if !detect::looks_plain(&init) {
                break;
            }
            draws += 1;
            if draws == MAX_INIT_DRAWS {
                return Err(TransportError::Randomness);
            }
        }
        init[TAG..DC].copy_from_slice(&tag);
        init[DC..DC + 2].copy_from_slice(&dc_id.to_le_bytes());
        Ok(Self::open_with(&init, secret))
    }

    /// As [`ObfuscatedStream::open`], from 64 bytes that are already filled in. For tests against known answers.
    pub fn open_with(init: &[u8; INIT_LEN], secret: Option<&[u8; 16]>) -> (Self, [u8; INIT_LEN]) {
        let mut stream = Self::derive(init, secret);
        let mut wire = *init;
        // The whole opening passes through the key stream, but only its end is sent encrypted: the rest are the keys.
        let mut encrypted = *init;
        stream.tx.apply(&mut encrypted);
        wire[TAG..].copy_from_slice(&encrypted[TAG..]);
        (stream, wire)
    }

    /// Takes the opening bytes of a client: tries every candidate secret (`None` is "no secret") and returns the one
    /// whose decryption shows the tag of a framing.
    ///
    /// All candidates are tried whatever comes out, so that time does not tell which secrets there are.
    pub fn accept<'a>(
        wire: &[u8; INIT_LEN],
        candidates: impl IntoIterator<Item = Option<&'a [u8; 16]>>,
    ) -> Option<Accepted> {
        let mut found = None;
        for (candidate, secret) in candidates.into_iter().enumerate() {
            let Self { tx, rx } = Self::derive(wire, secret);
            // The server receives with the keys the client sends with.
            let mut stream = Self { tx: rx, rx: tx };
            let mut plain = *wire;
            stream.rx.apply(&mut plain);
            let [.., t0, t1, t2, t3, d0, d1, _, _] = plain;
            if let Some(framing) = Framing::from_tag([t0, t1, t2, t3])
                && found.is_none()
            {
                found = Some(Accepted { stream, framing, dc_id: i16::from_le_bytes([d0, d1]), candidate });
            }
        }
        found
    }

    /// The client's streams.
    fn derive(init: &[u8; INIT_LEN], secret: Option<&[u8; 16]>) -> Self {
        let mut reversed = *init;
        reversed.reverse();
        let stream = Self { tx: key_stream(init, secret), rx: key_stream(&reversed, secret) };
        reversed.zeroize();
        stream
    }

    /// Encrypts the next outbound bytes in place.
    pub fn encrypt(&mut self, data: &mut [u8]) {
        self.tx.apply(data);
    }

    /// Decrypts the next inbound bytes in place.
    pub fn decrypt(&mut self, data: &mut [u8]) {
        self.rx.apply(data);
    }
}

/// Key and counter stand at 8..40 and 40..56; a proxy secret is hashed into the key.
fn key_stream(init: &[u8; INIT_LEN], secret: Option<&[u8; 16]>) -> AesCtr {
    let mut key = [0; 32];
    let mut iv = [0; 16];
    key.copy_from_slice(&init[8..40]);
    iv.copy_from_slice(&init[40..56]);
    if let Some(secret) = secret {
        key = hash::sha256(&[&key, secret]);
    }
    let stream = AesCtr::new(&key, &iv);
    key.zeroize();
    stream
}

impl fmt::Debug for ObfuscatedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObfuscatedStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    #[test]
    fn both_ends_agree_with_and_without_a_secret() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let secrets = [[1; 16], [2; 16]];
        for (expected, secret) in [None, Some(&secrets[0]), Some(&secrets[1])].into_iter().enumerate() {
            for framing in [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate] {
                let (mut client, wire) = ObfuscatedStream::open(framing, -4, secret, &mut rng).unwrap();
                let candidates = [None, Some(&secrets[0]), Some(&secrets[1])];
                let mut accepted = ObfuscatedStream::accept(&wire, candidates).unwrap();
                assert_eq!((accepted.framing, accepted.dc_id, accepted.candidate), (framing, -4, expected));
                let mut data = *b"there and back";
                client.encrypt(&mut data);
                accepted.stream.decrypt(&mut data);
                assert_eq!(&data, b"there and back");
                accepted.stream.encrypt(&mut data);
                client.decrypt(&mut data);
                assert_eq!(&data, b"there and back");
            }
        }
    }

    #[test]
    fn another_secret_is_not_accepted() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let (_, wire) = ObfuscatedStream::open(Framing::Intermediate, 1, Some(&[3; 16]), &mut rng).unwrap();
        assert!(ObfuscatedStream::accept(&wire, [None, Some(&[4; 16])]).is_none());
    }

    #[test]
    fn the_full_framing_cannot_be_obfuscated() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let result = ObfuscatedStream::open(Framing::Full, 1, None, &mut rng);
        assert_eq!(result.err(), Some(TransportError::FullObfuscated));
    }
}
