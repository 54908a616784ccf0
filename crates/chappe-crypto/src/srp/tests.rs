use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::Value;

use super::*;
use crate::dh::{DhSecret, PrimeCache};

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap().as_bytes();
    text.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/srp.json")).unwrap()
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(11)
}

fn password(case: &Value) -> Vec<u8> {
    case["password_text"].as_str().map_or_else(|| hex(&case["password"]), |text| text.as_bytes().to_vec())
}

fn algorithm(case: &Value) -> SrpAlgorithm {
    let p = hex(&vectors()["p"]);
    let g = i32::try_from(case["g"].as_i64().unwrap_or(3)).unwrap();
    let params = DhParams::check(g, &p, &mut PrimeCache::new(), &mut rng()).unwrap();
    let salt1 = if case["salt1"].is_null() { &case["salt1_with_suffix"] } else { &case["salt1"] };
    SrpAlgorithm::new(&hex(salt1), &hex(&case["salt2"]), params)
}

#[test]
fn known_answers_with_every_intermediate_value() {
    let vectors = vectors();
    for case in vectors["cases"].as_array().unwrap() {
        let algorithm = algorithm(case);
        let x = algorithm.password_hash(&password(case));
        assert_eq!(x.as_slice(), hex(&case["x"]));
        assert_eq!(algorithm.verifier(&password(case)).as_slice(), hex(&case["v"]));
        let b = algorithm.params().check_public(&hex(&case["srp_B"])).unwrap();
        let secret: [u8; 256] = hex(&case["a"]).try_into().unwrap();
        let public: [u8; 256] = hex(&case["A"]).try_into().unwrap();
        let exponent = bigint::from_bytes(&secret);
        let power = bigint::pow(&algorithm.params().generator(), &exponent, algorithm.params().modulus());
        assert_eq!(bigint::to_bytes(&power), public);
        let u = scrambler(&public, &b).unwrap();
        assert_eq!(u.to_be_bytes().as_ref(), hex(&case["u"]));
        assert_eq!(algorithm.multiplier(), widen(&hex(&case["k"]).try_into().unwrap()));
        let session = client::session_secret(&algorithm, &x, &b, &secret, &u).unwrap();
        assert_eq!(bigint::to_bytes(&session).as_slice(), hex(&case["S"]));
        assert_eq!(hash::sha256(&[&bigint::to_bytes(&session)]).as_slice(), hex(&case["K"]));
        let answer = client::answer(&algorithm, &x, &b, &secret, &public).unwrap();
        assert_eq!(answer.m1.as_slice(), hex(&case["M1"]));

        let Some(secret_b) = case.get("server_secret_b") else { continue };
        let secret_b: [u8; 256] = hex(secret_b).try_into().unwrap();
        let secret_b = DhSecret::from_bytes(algorithm.params(), &secret_b).unwrap();
        let verifier = bigint::from_bytes(&hex(&case["v"]).try_into().unwrap());
        let challenge = SrpChallenge::with_secret(&algorithm, &verifier, secret_b).unwrap();
        assert_eq!(challenge.srp_b().as_slice(), hex(&case["srp_B"]));
        assert_eq!(challenge.verify(&answer.a, &answer.m1), Ok(()));
    }
    for case in vectors["password_hash_x"].as_array().unwrap() {
        assert_eq!(algorithm(case).password_hash(&password(case)).as_slice(), hex(&case["x"]));
    }
    for case in vectors["new_password_hash_v"].as_array().unwrap() {
        assert_eq!(algorithm(case).verifier(&password(case)).as_slice(), hex(&case["v"]));
    }
}

#[test]
fn useless_challenges_are_refused_by_the_client() {
    let algorithm = algorithm(&vectors()["cases"][0]);
    let p = *algorithm.params().p();
    let mut above = p;
    above[255] += 1;
    let k_v = bigint::mul(
        &algorithm.multiplier(),
        &algorithm.power_of(&algorithm.password_hash(b"x")),
        algorithm.params().modulus(),
    );
    let t_is_zero = bigint::to_bytes(&k_v);
    for b in [&[0; 256][..], &p, &above, &[0xff; 256], &[], &[1; 247], &[1; 257], &t_is_zero] {
        assert_eq!(compute(b"x", &algorithm, b, &mut rng()), Err(Error::DhPublicValue));
    }
}

#[test]
fn unsafe_groups_are_refused() {
    let p = hex(&vectors()["p"]);
    let mut cache = PrimeCache::new();
    assert_eq!(DhParams::check(2, &p, &mut cache, &mut rng()), Err(Error::DhGenerator { g: 2 }));
    let mut composite = p.clone();
    composite[255] ^= 4;
    assert_eq!(DhParams::check(4, &composite, &mut cache, &mut rng()), Err(Error::DhPrime));
}

#[test]
fn useless_answers_and_wrong_passwords_are_refused_by_the_server() {
    let algorithm = algorithm(&vectors()["cases"][2]);
    let verifier = algorithm.verifier(b"right");
    let challenge = SrpChallenge::new(&algorithm, &*verifier, &mut rng()).unwrap();
    let p = *algorithm.params().p();
    let right = compute(b"right", &algorithm, challenge.srp_b(), &mut rng()).unwrap();
    assert_eq!(challenge.verify(&right.a, &right.m1), Ok(()));
    for a in [&[0; 256][..], &p, &[1], &[], &[1; 257]] {
        assert_eq!(challenge.verify(a, &right.m1), Err(Error::DhPublicValue));
    }
    let wrong = compute(b"wrong", &algorithm, challenge.srp_b(), &mut rng()).unwrap();
    for m1 in [&wrong.m1[..], &[], &right.m1[..31], &[right.m1.as_slice(), &[0]].concat()] {
        assert_eq!(challenge.verify(&right.a, m1), Err(Error::PasswordMismatch));
    }
    // An answer to another challenge is worth nothing.
    let stale = SrpChallenge::new(&algorithm, &*verifier, &mut ChaCha8Rng::seed_from_u64(12)).unwrap();
    assert_eq!(stale.verify(&right.a, &right.m1), Err(Error::PasswordMismatch));
    for verifier in [&[0; 256][..], &p, &[], &[0xff; 256], &[0; 257]] {
        assert_eq!(
            SrpChallenge::new(&algorithm, verifier, &mut rng()).map(|_| ()),
            Err(Error::DhPublicValue)
        );
    }
}

#[test]
fn a_challenge_can_be_put_away_and_taken_up_again() {
    let algorithm = algorithm(&vectors()["cases"][0]);
    let verifier = algorithm.verifier(b"right");
    let challenge = SrpChallenge::new(&algorithm, &*verifier, &mut rng()).unwrap();
    let answer = compute(b"right", &algorithm, challenge.srp_b(), &mut rng()).unwrap();
    let again = SrpChallenge::restore(&algorithm, &*verifier, &challenge.secret()).unwrap();
    assert_eq!(again.srp_b(), challenge.srp_b());
    assert_eq!(again.verify(&answer.a, &answer.m1), Ok(()));
    let other =
        SrpChallenge::restore(&algorithm, &*algorithm.verifier(b"other"), &challenge.secret()).unwrap();
    assert_eq!(other.verify(&answer.a, &answer.m1), Err(Error::PasswordMismatch));
}

#[test]
fn a_new_password_gets_a_salt_of_our_own_behind_the_servers() {
    let params = DhParams::known(3).unwrap();
    let first = SrpAlgorithm::for_new_password(b"prefix", b"two", params.clone(), &mut rng());
    let mut other = rng();
    other.fill_bytes(&mut [0; 8]);
    let second = SrpAlgorithm::for_new_password(b"prefix", b"two", params, &mut other);
    assert!(first.salt1().starts_with(b"prefix") && first.salt1().len() == 6 + SALT_SUFFIX_LEN);
    assert_ne!(first.salt1(), second.salt1());
    assert_eq!(first.salt2(), b"two");
}

#[test]
fn secrets_are_not_printed() {
    let algorithm = algorithm(&vectors()["cases"][0]);
    let params = "params: DhParams { g: 3, known_prime: true, .. }";
    assert_eq!(format!("{algorithm:?}"), format!("SrpAlgorithm {{ {params}, .. }}"));
    let challenge = SrpChallenge::new(&algorithm, &[1], &mut rng()).unwrap();
    assert_eq!(
        format!("{challenge:?}"),
        format!("SrpChallenge {{ algorithm: SrpAlgorithm {{ {params}, .. }}, .. }}")
    );
    let answer = SrpAnswer { a: [1; 256], m1: [2; 32] };
    assert_eq!(format!("{answer:?}"), "SrpAnswer { .. }");
}
