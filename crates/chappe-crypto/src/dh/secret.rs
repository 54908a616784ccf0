//! One side of an exchange.

use std::fmt;

use crypto_bigint::U2048;
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::DhParams;
use crate::bigint::{self, LEN};
use crate::{AuthKey, Error};

/// How often an exponent is drawn again before the generator is called broken. One redraw has a chance of 2^-63.
pub(crate) const MAX_DRAWS: usize = 16;

/// The secret exponent of one side and the public value that belongs to it. Wiped on drop.
#[derive(Clone)]
pub struct DhSecret {
    params: DhParams,
    exponent: Box<U2048>,
    public: [u8; LEN],
}

impl DhSecret {
    /// Draws an exponent of 2048 bits.
    ///
    /// Random bytes sent by the server are mixed in by xor if there are at least 256; they can never weaken the
    /// exponent, and fewer of them are ignored.
    ///
    /// # Errors
    /// [`Error::Randomness`] if no drawn exponent gives a public value in range, which means that `rng` is broken.
    pub fn generate(
        params: &DhParams,
        rng: &mut (impl CryptoRng + ?Sized),
        server_random: &[u8],
    ) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; LEN]);
        for _ in 0..MAX_DRAWS {
            rng.fill_bytes(&mut *bytes);
            if let Some(server_random) = server_random.first_chunk::<LEN>() {
                bytes.iter_mut().zip(server_random).for_each(|(byte, other)| *byte ^= other);
            }
            match Self::from_bytes(params, &bytes) {
                Err(Error::DhPublicValue) => {}
                done => return done,
            }
        }
        Err(Error::Randomness)
    }

    /// Takes up a stored exponent.
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] if the public value that belongs to it is out of range.
    pub fn from_bytes(params: &DhParams, exponent: &[u8; LEN]) -> Result<Self, Error> {
        let exponent = Box::new(bigint::from_bytes(exponent));
        let mut secret = Self { params: params.clone(), exponent, public: [0; LEN] };
        let public = bigint::pow_full(&params.generator(), &secret.exponent, params.modulus());
        if !params.in_range(&public) {
            return Err(Error::DhPublicValue);
        }
        secret.public = bigint::to_bytes(&public);
        Ok(secret)
    }

    /// The exponent, to be stored as carefully as a key.
    pub fn to_bytes(&self) -> Zeroizing<[u8; LEN]> {
        Zeroizing::new(bigint::to_bytes(&self.exponent))
    }

    /// The public value, 256 bytes, to be sent to the peer.
    pub fn public(&self) -> &[u8; LEN] {
        &self.public
    }

    /// The parameters of the exchange.
    pub fn params(&self) -> &DhParams {
        &self.params
    }

    /// Checks the peer's public value and computes the shared key.
    ///
    /// # Errors
    /// [`Error::DhPublicValue`] if the value is out of range.
    pub fn agree(&self, their_public: &[u8]) -> Result<AuthKey, Error> {
        let theirs = bigint::from_bytes(&self.params.check_public(their_public)?);
        let shared = bigint::pow_full(&theirs, &self.exponent, self.params.modulus());
        let bytes = Zeroizing::new(bigint::to_bytes(&shared));
        Ok(AuthKey::new(*bytes))
    }
}

impl Drop for DhSecret {
    fn drop(&mut self) {
        self.exponent.zeroize();
    }
}

impl ZeroizeOnDrop for DhSecret {}

impl fmt::Debug for DhSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { params, exponent: _, public: _ } = self;
        f.debug_struct("DhSecret").field("params", params).finish_non_exhaustive()
    }
}
