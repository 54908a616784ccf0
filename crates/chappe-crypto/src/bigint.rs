//! What this crate needs of big numbers: 2048-bit values, fixed length, constant time in exponents.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{U2048, Uint};
use zeroize::Zeroizing;

/// Bytes of a 2048-bit number.
pub(crate) const LEN: usize = 256;
pub(crate) const LIMBS: usize = U2048::LIMBS;
/// Limbs of a number a little longer than 2048 bits: the exponent of SRP.
pub(crate) const WIDE_LIMBS: usize = LIMBS + 1;

pub(crate) type Modulus = FixedMontyParams<LIMBS>;

pub(crate) fn from_bytes(bytes: &[u8; LEN]) -> U2048 {
    U2048::from_be_slice(bytes)
}

pub(crate) fn to_bytes(value: &U2048) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes.copy_from_slice(value.to_be_bytes().as_ref());
    bytes
}

/// Pads a big-endian number with zeros on the left. `None` if it is empty or longer than 256 bytes.
pub(crate) fn pad_left(bytes: &[u8]) -> Option<[u8; LEN]> {
    let start = LEN.checked_sub(bytes.len()).filter(|start| *start < LEN)?;
    let mut padded = [0; LEN];
    padded[start..].copy_from_slice(bytes);
    Some(padded)
}

/// `base^exponent mod modulus`, in constant time. `base` is below the modulus.
pub(crate) fn pow<const RHS: usize>(
    base: &U2048,
    exponent: &Uint<RHS>,
    modulus: &Modulus,
) -> Zeroizing<U2048> {
    let mut form = Zeroizing::new(FixedMontyForm::new(base, modulus));
    *form = form.pow(exponent);
    Zeroizing::new(form.retrieve())
}

/// `base^exponent mod modulus` for a full-length exponent, in constant time, a little faster than [`pow`]: the
/// reductions inside are left incomplete until the end.
pub(crate) fn pow_full(base: &U2048, exponent: &U2048, modulus: &Modulus) -> Zeroizing<U2048> {
    let mut form = Zeroizing::new(FixedMontyForm::new(base, modulus));
    *form = form.pow_amm(exponent);
    Zeroizing::new(form.retrieve())
}

/// `a * b mod modulus`. Both are below the modulus.
pub(crate) fn mul(a: &U2048, b: &U2048, modulus: &Modulus) -> Zeroizing<U2048> {
    let a = Zeroizing::new(FixedMontyForm::new(a, modulus));
    let b = Zeroizing::new(FixedMontyForm::new(b, modulus));
    Zeroizing::new(a.mul(&b).retrieve())
}
