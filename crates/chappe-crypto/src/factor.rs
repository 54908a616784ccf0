//! The proof of work of the key exchange: `pq` is split by the client and made by the server.

use rand_core::CryptoRng;

use crate::Error;

/// Largest `pq` the protocol permits.
const MAX_PQ: u64 = i64::MAX as u64;

/// Primes tried by division first; Pollard's method is poor at finding very small factors.
const SMALL_PRIMES: [u64; 24] =
    [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97];

/// Bases with which the Miller-Rabin test is exact for every 64-bit number.
const WITNESSES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

/// Steps between two gcds.
const BATCH: u64 = 256;

/// Steps of one walk before the next constant is tried. A walk finds a factor below 2^31.5 after 2^16 steps on
/// average, and longer than 2^20 almost never.
const MAX_STEPS: u64 = 1 << 20;

/// Walks before we give up.
const MAX_WALKS: u64 = 8;

/// Arithmetic modulo an odd number below 2^63 with `a` kept as `a * 2^64`.
struct Montgomery {
    n: u64,
    /// -1/n modulo 2^64.
    negative_inverse: u64,
    /// 2^128 modulo n.
    square: u64,
}

impl Montgomery {
    fn new(n: u64) -> Self {
        // Newton's iteration doubles the correct bits: 5, 10, 20, 40, 80.
        let mut inverse = n.wrapping_mul(3) ^ 2;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(n.wrapping_mul(inverse)));
        }
        let one = (1_u128 << 64) % u128::from(n);
        let square = one * one % u128::from(n);
        Self { n, negative_inverse: inverse.wrapping_neg(), square: low(square) }
    }

    #[inline]
    fn reduce(&self, value: u128) -> u64 {
        let m = low(value).wrapping_mul(self.negative_inverse);
        let sum = value + u128::from(m) * u128::from(self.n);
        let high = low(sum >> 64);
        if high >= self.n { high - self.n } else { high }
    }

    #[inline]
    fn mul(&self, a: u64, b: u64) -> u64 {
        self.reduce(u128::from(a) * u128::from(b))
    }

    #[inline]
    fn add(&self, a: u64, b: u64) -> u64 {
        let sum = a + b;
        if sum >= self.n { sum - self.n } else { sum }
    }

    fn form(&self, value: u64) -> u64 {
        self.mul(value % self.n, self.square)
    }

    fn pow(&self, mut base: u64, mut exponent: u64) -> u64 {
        let mut result = self.form(1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, base);
            }
            base = self.mul(base, base);
            exponent >>= 1;
        }
        result
    }
}

/// The low half.
#[allow(clippy::cast_possible_truncation)]
const fn low(value: u128) -> u64 {
    value as u64
}

/// Whether a number below 2^63 is prime. Exact, and fast for every input. Larger numbers count as not prime.
///
/// ```
/// assert!(chappe_crypto::factor::is_prime_u64(1_513_098_571));
/// assert!(!chappe_crypto::factor::is_prime_u64(2_694_724_800_268_887_959));
/// ```
pub fn is_prime_u64(n: u64) -> bool {
    if !(2..=MAX_PQ).contains(&n) {
        return false;
    }
    for witness in WITNESSES {
        if n == witness {
            return true;
        }
        if n.is_multiple_of(witness) {
            return false;
        }
    }
    let field = Montgomery::new(n);
    let (one, minus_one) = (field.form(1), field.form(n - 1));
    let twos = (n - 1).trailing_zeros();
    WITNESSES.into_iter().all(|witness| {
        let mut power = field.pow(field.form(witness), (n - 1) >> twos);
        if power == one || power == minus_one {
            return true;
        }
        (1..twos).any(|_| {
            power = field.mul(power, power);
            power == minus_one
        })
    })
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// One walk of Pollard's rho method in Brent's form, with the map `x -> x^2 + c`. `None` if it found nothing.
fn walk(field: &Montgomery, c: u64) -> Option<u64> {
    let c = field.form(c);
    let step = |y: u64| field.add(field.mul(y, y), c);
    let mut y = field.form(2);
    let mut length = 1;
    let mut steps = 0;
    while steps < MAX_STEPS {
        let x = y;
        for _ in 0..length {
            y = step(y);
        }
        let mut done = 0;
        while done < length {
            let start = y;
            let count = BATCH.min(length - done);
            let mut product = field.form(1);
            for _ in 0..count {
                y = step(y);
                product = field.mul(product, x.abs_diff(y));
            }
            let mut divisor = gcd(product, field.n);
            if divisor == field.n {
                // Both factors met within one batch: take its steps one by one.
                y = start;
                for _ in 0..count {
                    y = step(y);
                    divisor = gcd(x.abs_diff(y), field.n);
                    if divisor != 1 {
                        break;
                    }
                }
            }
            if divisor == field.n {
                return None;
            }
            if divisor != 1 {
                return Some(divisor);
            }
            done += count;
        }
        steps += 2 * length;
        length *= 2;
    }
    None
}

/// Splits `pq` into its two prime factors, the smaller first.
///
/// Whatever a hostile server sends, this ends within milliseconds: primes are recognised before the search, and
/// the search is bounded.
///
/// # Errors
/// [`Error::Factorization`] unless `pq` is below 2^63 and the product of exactly two different odd primes.
///
/// ```
/// let (p, q) = chappe_crypto::factor::factorize_pq(2_694_724_800_268_887_959)?;
/// assert_eq!((p, q), (1_513_098_571, 1_780_931_429));
/// # Ok::<(), chappe_crypto::Error>(())
/// ```
pub fn factorize_pq(pq: u64) -> Result<(u64, u64), Error> {
    if !(15..=MAX_PQ).contains(&pq) || pq.is_multiple_of(2) || pq.isqrt().pow(2) == pq || is_prime_u64(pq) {
        return Err(Error::Factorization);
    }
    let small = SMALL_PRIMES.into_iter().find(|prime| pq.is_multiple_of(*prime));
    let field = Montgomery::new(pq);
    let divisor =
        small.or_else(|| (1..=MAX_WALKS).find_map(|c| walk(&field, c))).ok_or(Error::Factorization)?;
    let (p, q) = (divisor.min(pq / divisor), divisor.max(pq / divisor));
    if p < q && p.checked_mul(q) == Some(pq) && is_prime_u64(p) && is_prime_u64(q) {
        Ok((p, q))
    } else {
        Err(Error::Factorization)
    }
}

/// Reads `pq` (or p, or q) as it travels: 1 to 8 bytes, big-endian, below 2^63.
///
/// # Errors
/// [`Error::Factorization`] for any other length or value.
pub fn pq_from_bytes(bytes: &[u8]) -> Result<u64, Error> {
    if bytes.is_empty() || bytes.len() > 8 {
        return Err(Error::Factorization);
    }
    let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    if value <= MAX_PQ { Ok(value) } else { Err(Error::Factorization) }
}

/// Writes a number as the exchange wants it: big-endian without leading zeros (at least one byte).
pub fn pq_to_bytes(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

/// Makes a `pq` for a client to split: two different primes of 31 bits. Returns `(pq, p, q)` with `p < q`.
pub fn generate_pq(rng: &mut (impl CryptoRng + ?Sized)) -> (u64, u32, u32) {
    let first = prime_from(rng.next_u32());
    let mut second = prime_from(rng.next_u32());
    if first == second {
        second = prime_from(second + 2);
    }
    let (p, q) = (first.min(second), first.max(second));
    (u64::from(p) * u64::from(q), p, q)
}

/// The first prime of 31 bits at or after the number made of the bits of `seed`, turning over at the end.
fn prime_from(seed: u32) -> u32 {
    const TOP: u32 = 1 << 30;
    let mut candidate = seed | 1;
    loop {
        candidate = candidate & (TOP - 1) | TOP;
        if is_prime_u64(candidate.into()) {
            return candidate;
        }
        candidate += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    #[test]
    fn small_primes_are_told_from_composites() {
        let sieve = |n: u64| n >= 2 && (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        for n in 0..5000 {
            assert_eq!(is_prime_u64(n), sieve(n), "{n}");
        }
        // Strong pseudoprimes to many bases, and the largest numbers of the range.
        for n in [3_215_031_751, 3_825_123_056_546_413_051, 341_550_071_728_321, MAX_PQ, u64::MAX] {
            assert!(!is_prime_u64(n), "{n}");
        }
        assert!(is_prime_u64(9_223_372_036_854_775_783));
    }

    #[test]
    fn hostile_numbers_end_at_once() {
        let prime = 2_147_483_647_u64;
        for pq in [
            0,
            1,
            2,
            3,
            4,
            9,
            6,
            14,
            prime,
            2 * prime,
            prime * prime,
            9_223_372_036_854_775_783,
            MAX_PQ,
            MAX_PQ + 1,
            u64::MAX,
            3 * 5 * 7,
            1009 * 1013 * 1019,
            27,
            1009 * 1009 * 1013,
        ] {
            assert_eq!(factorize_pq(pq), Err(Error::Factorization), "{pq}");
        }
        // The larger factor may be large, as long as both are prime.
        assert_eq!(factorize_pq(3 * prime), Ok((3, prime)));
    }

    #[test]
    fn encodings_are_minimal_and_bounded() {
        assert_eq!(pq_to_bytes(0), [0]);
        assert_eq!(pq_to_bytes(0x0102), [1, 2]);
        assert_eq!(pq_to_bytes(u64::MAX), [0xff; 8]);
        assert_eq!(pq_from_bytes(&[0, 0, 1]), Ok(1));
        for bad in [&[][..], &[0; 9], &[0x80, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(pq_from_bytes(bad), Err(Error::Factorization));
        }
    }

    #[test]
    fn the_search_for_a_prime_turns_over_at_the_end() {
        assert_eq!(prime_from(u32::MAX), (1 << 31) - 1);
        assert_eq!(prime_from(0x7fff_ffff), 2_147_483_647);
        assert!(prime_from(0) > 1 << 30);
    }

    proptest! {
        #[test]
        fn what_the_server_makes_the_client_splits(seed: u64) {
            let (pq, p, q) = generate_pq(&mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert!(p < q && p >> 30 == 1 && q >> 30 == 1);
            prop_assert_eq!(factorize_pq(pq), Ok((p.into(), q.into())));
        }

        #[test]
        fn any_number_is_split_rightly_or_refused(pq: u64) {
            if let Ok((p, q)) = factorize_pq(pq) {
                prop_assert!(p < q && is_prime_u64(p) && is_prime_u64(q) && p * q == pq);
            }
        }
    }
}
