use rand_chacha::ChaCha8Rng;
use rand_core::{Infallible, SeedableRng, TryCryptoRng, TryRng};

use super::*;
use crate::Error;

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(7)
}

/// A generator that always gives the same byte.
struct Stuck(u8);

impl TryRng for Stuck {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

#[test]
fn both_sides_agree_and_an_exponent_survives_storage() {
    let params = DhParams::known(3).unwrap();
    let (alice, bob) = (
        DhSecret::generate(&params, &mut rng(), &[1; 256]).unwrap(),
        DhSecret::generate(&params, &mut rng(), &[2; 300]).unwrap(),
    );
    assert_ne!(alice.public(), bob.public());
    let restored = DhSecret::from_bytes(&params, &alice.to_bytes()).unwrap();
    assert_eq!(restored.public(), alice.public());
    assert!(restored.agree(bob.public()).unwrap() == bob.agree(alice.public()).unwrap());
}

#[test]
fn server_random_is_mixed_in_only_when_long_enough() {
    let params = DhParams::known(3).unwrap();
    let plain = DhSecret::generate(&params, &mut rng(), &[]).unwrap();
    let short = DhSecret::generate(&params, &mut rng(), &[9; 255]).unwrap();
    let mixed = DhSecret::generate(&params, &mut rng(), &[9; 256]).unwrap();
    assert_eq!(plain.to_bytes(), short.to_bytes());
    assert!(plain.to_bytes().iter().zip(mixed.to_bytes().iter()).all(|(a, b)| a ^ b == 9));
}

#[test]
fn a_generator_stuck_at_zero_is_reported_instead_of_used() {
    let params = DhParams::known(3).unwrap();
    assert_eq!(DhSecret::generate(&params, &mut Stuck(0), &[]).map(|_| ()), Err(Error::Randomness));
    assert_eq!(DhSecret::from_bytes(&params, &[0; 256]).map(|_| ()), Err(Error::DhPublicValue));
}

#[test]
fn verdicts_are_remembered_and_the_cache_is_bounded() {
    let mut cache = PrimeCache::new();
    let mut bad = KNOWN_PRIME;
    for i in 0..40 {
        bad[100] = i;
        assert_eq!(DhParams::check(4, &bad, &mut cache, &mut rng()).map(|_| ()), Err(Error::DhPrime));
    }
    let before = cache.clone();
    assert_eq!(DhParams::check(4, &bad, &mut cache, &mut rng()).map(|_| ()), Err(Error::DhPrime));
    assert_eq!(cache, before);
    DhParams::check(4, &KNOWN_PRIME, &mut cache, &mut rng()).unwrap();
    assert_eq!(cache, before);
}

#[test]
fn secrets_are_not_printed() {
    let params = DhParams::known(7).unwrap();
    assert_eq!(format!("{params:?}"), "DhParams { g: 7, known_prime: true, .. }");
    let secret = DhSecret::generate(&params, &mut rng(), &[]).unwrap();
    assert_eq!(format!("{secret:?}"), "DhSecret { params: DhParams { g: 7, known_prime: true, .. }, .. }");
}

#[test]
fn public_values_of_odd_lengths_are_refused() {
    let params = DhParams::known(3).unwrap();
    for value in [&[][..], &[1; 257], &[0; 257], &[0xff; 256], &[0xff; 248]] {
        assert_eq!(params.check_public(value), Err(Error::DhPublicValue), "{} bytes", value.len());
    }
    let short = [0xff; 249];
    assert_eq!(params.check_public(&short).unwrap()[7..], short);
}

#[test]
fn numbers_with_leading_zeros_keep_their_256_bytes() {
    let params = DhParams::known(3).unwrap();
    let secret = |exponent: u32| {
        let mut bytes = [0; 256];
        bytes[252..].copy_from_slice(&exponent.to_be_bytes());
        DhSecret::from_bytes(&params, &bytes).unwrap()
    };
    // Chosen so that the first public value and the key begin with a zero byte. The fingerprint was computed elsewhere.
    let (alice, bob) = (secret(100_154), secret(201_104));
    assert_eq!(alice.public()[0], 0);
    let key = alice.agree(bob.public()).unwrap();
    assert_eq!(key.as_bytes()[0], 0);
    assert_eq!(key.fingerprint().0, 2_384_755_859_276_147_760);
    // A peer may leave the zero out.
    assert!(bob.agree(&alice.public()[1..]).unwrap() == key);
}
