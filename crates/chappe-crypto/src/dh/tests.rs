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

/// Each part of "2048-bit safe prime" alone is not enough.
#[test]
fn a_modulus_that_is_half_a_safe_prime_or_too_short_is_refused() {
    // Prime, while (p-1)/2 is not; then (p-1)/2 prime, while p is not; then a safe prime of 1536 bits (RFC 3526).
    const ALMOST: [&str; 3] = [
        "9097b3615356497186fdcf2795f90547ee6eb41227b0715fcee4e146e79abd2bc78bedf1ef902b72c104dcd807baa0cb\
         7f952a5a3fbd432d5eb541dc59acf429ec0dded11db52b0887aca486288ad6915f6fbde210bda33b28eeba84925e5edc\
         eb7c3bacb0995e30b0dd322a2a750cf7e60c259db304c20ed08a4b124d7c974530815708ed88ba6b8f1d119bf7bcfdba\
         93d6d373b4e75857bd1277864a46d8215e511d474b5ef3e87e19a1bdc76ad36f136bd83e4fe999a984b5fb2b0e8cc940\
         b3ec56303da723a04aabafe5e91ab5456e12efcc46563efddedd806a45017e35ebfe1042e0d4b1de80bec6d7aa861c96\
         82551ffb6594dd5300378168c795ec8b",
        "fe788c50f64016880aeabb8933aa1d11380b4dea22ccbe6d0e02ae8ba93c7a85a2138b93d3ee909a3b3c255a0ec437cf\
         1b5f8cd4e499a755bd41cf1d1e50b976bf4f988fc6d08e8ee5d768b2e852dd13129e19f15bcd5190b07dc0dd642a33eb\
         4a268a1838b1ede781c9ee3d5d17bee531b7c9292259823d3529340abe3a286ee43da1c86fad272dbd39587a31e48195\
         88bc49b1adaed062bc97312683990d18ed2b4d182e03bfaacca93442b60d5c153813bc9049816fc1961643a1f7e0e46e\
         0a3ac6da414fa2a6f02936a116cd6985c0516a89f43ac542a03e05afc37e485e9187754b8277009753de68c6eda86c0c\
         27561c12e0ac4b02ece005c0df24d827",
        "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
         ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
         ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
         83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff",
    ];
    for digits in ALMOST {
        let p: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap())
            .collect();
        let padded = [vec![0; 256 - p.len()], p].concat();
        let checked = DhParams::check(4, &padded, &mut PrimeCache::new(), &mut rng());
        assert_eq!(checked.map(|_| ()), Err(Error::DhPrime), "{}", &digits[..8]);
    }
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
