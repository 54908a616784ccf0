use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::*;
use crate::bigint;
use crate::{Error, hash};

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let padded = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_owned() };
    padded
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/rsa_pad.json")).unwrap()
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(3)
}

fn test_key() -> RsaPrivateKey {
    let key = &vectors()["test_key"];
    let public = RsaPublicKey::from_parts(&hex(&key["n"]), &hex(&key["e"])).unwrap();
    let half = |name: &str| crypto_bigint::U1024::from_be_slice(&hex(&key[name]));
    let d = bigint::from_bytes(&bigint::pad_left(&hex(&key["d"])).unwrap());
    RsaPrivateKey::from_numbers(public, &d, &half("p"), &half("q")).unwrap()
}

#[test]
fn rsa_pad_known_answers() {
    let (key, vectors) = (test_key(), vectors());
    assert_eq!(key.public().fingerprint().to_le_bytes(), *hex(&vectors["test_key"]["fingerprint_le_bytes"]));
    for case in vectors["valid"].as_array().unwrap() {
        let data = hex(&case["data"]);
        let padded: [u8; PADDED_LEN] = [data.clone(), hex(&case["padding"])].concat().try_into().unwrap();
        let temp_key: [u8; 32] = hex(&case["temp_key"]).try_into().unwrap();
        assert_eq!(pad::wrap(&padded, &temp_key).as_slice(), hex(&case["block_before_rsa"]));
        let encrypted = key.public().pad_encrypt_with(&padded, &temp_key).unwrap();
        assert_eq!(encrypted.as_slice(), hex(&case["encrypted_data"]));
        assert_eq!(*key.pad_decrypt(&encrypted, &mut rng()).unwrap(), padded);
    }
    for case in vectors["invalid"].as_array().unwrap() {
        let result = key.pad_decrypt(&hex(&case["encrypted_data"]), &mut rng());
        assert_eq!(result.map(|_| ()), Err(Error::Decrypt), "{}", case["why"]);
    }
}

#[test]
fn rsa_pad_with_the_production_key_and_zero_randomness() {
    let case = &vectors()["zero_random_with_main_key"];
    let padded: [u8; PADDED_LEN] = [hex(&case["data"]), hex(&case["padding"])].concat().try_into().unwrap();
    let temp_key: [u8; 32] = hex(&case["temp_key"]).try_into().unwrap();
    let keys: Value =
        serde_json::from_str(include_str!("../../tests/vectors/rsa_fingerprints.json")).unwrap();
    let key = RsaPublicKey::from_parts(&hex(&keys["keys"][0]["n"]), &hex(&keys["keys"][0]["e"])).unwrap();
    assert_eq!(key.pad_encrypt_with(&padded, &temp_key).unwrap().as_slice(), hex(&case["encrypted_data"]));
}

#[test]
fn fingerprints_of_known_keys_in_every_form() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../tests/vectors/rsa_fingerprints.json")).unwrap();
    for case in vectors["keys"].as_array().unwrap() {
        let base64 = case["pkcs1_der_base64"].as_str().unwrap();
        let mut pem = String::from("-----BEGIN RSA PUBLIC KEY-----\n");
        for line in base64.as_bytes().chunks(64) {
            pem += std::str::from_utf8(line).unwrap();
            pem += "\n";
        }
        pem += "-----END RSA PUBLIC KEY-----\n";
        let key = RsaPublicKey::from_pem(&pem).unwrap();
        assert_eq!(key.fingerprint(), case["fingerprint_i64"].as_i64().unwrap());
        assert_eq!(key.fingerprint().to_le_bytes(), *hex(&case["fingerprint_le_bytes"]));
        assert_eq!(key.n().as_slice(), hex(&case["n"]));
        assert_eq!(key, RsaPublicKey::from_parts(&hex(&case["n"]), &hex(&case["e"])).unwrap());
        assert_eq!(key.to_pem().unwrap(), pem);
        let shown = case["fingerprint_hex_be"].as_str().unwrap();
        assert_eq!(format!("{key:?}"), format!("RsaPublicKey {{ fingerprint: {shown}, .. }}"));
    }
    let small = &vectors["small_key"];
    let (n, e) = (hex(&small["n"]), hex(&small["e"]));
    assert_eq!(fingerprint(&n, &e), small["fingerprint_i64"].as_i64().unwrap());
    assert_eq!(RsaPublicKey::from_parts(&n, &e), Err(Error::RsaKey { reason: "it does not have 2048 bits" }));
}

#[test]
fn raw_rsa_known_answer() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../tests/vectors/rsa_fingerprints.json")).unwrap();
    let case = vectors["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["name"] == vectors["raw_rsa"]["key"])
        .unwrap();
    let key = RsaPublicKey::from_parts(&hex(&case["n"]), &hex(&case["e"])).unwrap();
    let message: [u8; 256] = hex(&vectors["raw_rsa"]["message_256"]).try_into().unwrap();
    let result = key.raw(&message).unwrap();
    assert_eq!(result.as_slice(), hex(&vectors["raw_rsa"]["result"]));
    // The digest of the original test, in hexadecimal instead of base64.
    assert!(hash::sha256(&[&result]).starts_with(&[0x53, 0x69, 0xc9, 0x12]));
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let n = *test_key().public().n();
    let refused = |n: &[u8], e: &[u8]| RsaPublicKey::from_parts(n, e).is_err();
    assert!(!refused(&n, &[1, 0, 1]) && !refused(&[&[0], &n[..]].concat(), &[0, 1, 0, 1]));
    assert!(refused(&n, &[3]) && refused(&n, &[1, 0, 0]) && refused(&n, &[]) && refused(&n, &[1, 0, 1, 0]));
    assert!(
        refused(&n[1..], &[1, 0, 1])
            && refused(&[], &[1, 0, 1])
            && refused(&[&n[..], &[1]].concat(), &[1, 0, 1])
    );
    let (mut even, mut short) = (n, n);
    even[255] &= 0xfe;
    short[0] &= 0x7f;
    assert!(refused(&even, &[1, 0, 1]) && refused(&short, &[1, 0, 1]));
}

#[test]
fn a_generated_key_works_and_survives_its_file() {
    let start = std::time::Instant::now();
    let key = RsaPrivateKey::generate(&mut rng()).unwrap();
    assert!(start.elapsed().as_secs() < 20, "generation took {:?}", start.elapsed());
    let text = key.to_pem().unwrap();
    assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    let again = RsaPrivateKey::from_pem(&text).unwrap();
    assert_eq!(again.public(), key.public());
    assert_eq!(again.to_pem().unwrap(), text);
    assert_eq!(RsaPublicKey::from_pem(&key.public().to_pem().unwrap()).unwrap(), *key.public());
    for len in [0, 1, 100, MAX_DATA_LEN] {
        let data = vec![0x5a; len];
        let encrypted = key.public().pad_encrypt(&data, &mut rng()).unwrap();
        assert!(again.pad_decrypt(&encrypted, &mut rng()).unwrap().starts_with(&data));
        let mut bad = encrypted;
        bad[200] ^= 4;
        assert_eq!(again.pad_decrypt(&bad, &mut rng()).map(|_| ()), Err(Error::Decrypt));
    }
    assert_eq!(
        key.public().pad_encrypt(&[0; 145], &mut rng()),
        Err(Error::TooLong { len: 145, max: MAX_DATA_LEN })
    );
}

#[test]
fn the_private_key_is_not_printed() {
    assert_eq!(
        format!("{:?}", test_key()),
        "RsaPrivateKey { public: RsaPublicKey { fingerprint: cf49073c44c40dfd, .. }, .. }"
    );
}

#[test]
fn the_legacy_scheme_gives_back_its_block() {
    let key = test_key();
    let mut block = [0x77; 256];
    block[0] = 0;
    let encrypted = key.public().raw(&block).unwrap();
    assert_eq!(*key.legacy_decrypt(&encrypted, &mut rng()).unwrap(), [0x77; 255]);
    block[0] = 1;
    let encrypted = key.public().raw(&block).unwrap();
    assert_eq!(key.legacy_decrypt(&encrypted, &mut rng()).map(|_| ()), Err(Error::Decrypt));
}

#[test]
fn hostile_key_files_are_refused() {
    let key = test_key();
    let private = key.to_pem().unwrap();
    let public = key.public().to_pem().unwrap();
    assert!(RsaPublicKey::from_pem(&private).is_err());
    assert!(RsaPrivateKey::from_pem(&public).is_err());
    for text in ["", "no key", "-----BEGIN RSA PUBLIC KEY-----\n-----END RSA PUBLIC KEY-----\n"] {
        assert!(RsaPublicKey::from_pem(text).is_err() && RsaPrivateKey::from_pem(text).is_err());
    }
    // A label that does not fit, a cut text, letters that are no base64, bytes after the key.
    let mangled = [
        public.replace("RSA PUBLIC", "EC PUBLIC"),
        public[..public.len() / 2].to_owned(),
        public.replacen('M', "*", 2),
        public.replace("-----END", "AAAA\n-----END"),
    ];
    for text in mangled {
        assert!(RsaPublicKey::from_pem(&text).is_err(), "{text}");
    }
    // Numbers that do not belong together.
    let parts = key.parts();
    let numbers =
        |d: &_, p: &_, q: &_| RsaPrivateKey::from_numbers(key.public().clone(), d, p, q).map(|_| ());
    let broken = Err(Error::RsaKey { reason: "its numbers do not belong together" });
    assert_eq!(numbers(&parts.d, &parts.p, &parts.q), Ok(()));
    assert_eq!(numbers(&parts.d, &parts.q, &parts.p), Ok(()));
    assert_eq!(numbers(&parts.d, &parts.p, &parts.p), broken);
    assert_eq!(numbers(&parts.d.wrapping_add(&bigint::from_bytes(&[1; 256])), &parts.p, &parts.q), broken);
    let zero = crypto_bigint::U1024::ZERO;
    assert_eq!(numbers(&parts.d, &zero, &parts.q), broken);
}

#[test]
fn a_key_that_is_not_canonical_der_is_refused() {
    use pkcs1::der::Document;
    let public = test_key().public().clone();
    let (_, good) = Document::from_pem(&public.to_pem().unwrap()).unwrap();
    let read = |der: Vec<u8>| {
        let body = pem_body(&der);
        RsaPublicKey::from_pem(&format!(
            "-----BEGIN RSA PUBLIC KEY-----\n{body}-----END RSA PUBLIC KEY-----\n"
        ))
    };
    assert_eq!(read(good.as_bytes().to_vec()), Ok(public.clone()));
    // 30 82 010a | 02 82 0101 00 n.. | 02 03 010001: the exponent with a needless zero, then a length in long form.
    let mut longer = good.as_bytes().to_vec();
    let at = longer.len() - 5;
    longer.splice(at.., [2, 4, 0, 1, 0, 1]);
    longer[3] += 1;
    assert!(read(longer).is_err());
    let mut long_form = good.as_bytes().to_vec();
    long_form.splice(at.., [2, 0x81, 3, 1, 0, 1]);
    long_form[3] += 1;
    assert!(read(long_form).is_err());
}

/// Base64 in lines of 64 letters.
fn pem_body(der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let bits =
            three.iter().enumerate().fold(0_u32, |bits, (i, byte)| bits | u32::from(*byte) << (16 - 8 * i));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= three.len() { letter.into() } else { '=' });
        }
    }
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n") + "\n"
}

#[test]
fn a_key_in_an_x509_envelope_is_read() {
    let public = test_key().public().clone();
    let (_, inner) = pkcs1::der::Document::from_pem(&public.to_pem().unwrap()).unwrap();
    let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    let envelope = |algorithm: &[u8]| {
        let bits = [&[3, 0x82, 1, 15, 0], inner.as_bytes()].concat();
        let body = [algorithm, &bits].concat();
        let len = u16::try_from(body.len()).unwrap().to_be_bytes();
        let der = [&[0x30, 0x82, len[0], len[1]], &body[..]].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}-----END PUBLIC KEY-----\n", pem_body(&der))
    };
    assert_eq!(RsaPublicKey::from_pem(&envelope(&algorithm)), Ok(public));
    let mut other = algorithm;
    other[12] = 7;
    assert!(RsaPublicKey::from_pem(&envelope(&other)).is_err());
    assert!(RsaPublicKey::from_pem(&envelope(&[])).is_err());
}

#[test]
fn no_changed_letter_of_a_key_file_is_taken_for_the_same_key() {
    let key = test_key();
    let public = key.public().to_pem().unwrap();
    for at in 0..public.len() {
        let mut text = public.clone().into_bytes();
        text[at] = if text[at] == b'Q' { b'R' } else { b'Q' };
        let read = RsaPublicKey::from_pem(std::str::from_utf8(&text).unwrap());
        assert!(read.is_err() || read.as_ref() != Ok(key.public()), "letter {at}");
    }
    // The last three numbers are computed again, so a change there is healed; everything else is refused.
    let private = key.to_pem().unwrap();
    for at in (0..private.len()).step_by(23) {
        let mut text = private.as_bytes().to_vec();
        text[at] = if text[at] == b'Q' { b'R' } else { b'Q' };
        if let Ok(read) = RsaPrivateKey::from_pem(std::str::from_utf8(&text).unwrap()) {
            assert_eq!(read.to_pem().unwrap(), private, "letter {at}");
        }
    }
}
