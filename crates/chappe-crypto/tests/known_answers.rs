//! Every case of the vector files, through the public API.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use chappe_crypto::dh::DhSecret;
use chappe_crypto::dh::{DhParams, KNOWN_PRIME, PrimeCache};
use chappe_crypto::exchange_keys::{self, TmpAes};
use chappe_crypto::message::{self, v1};
use chappe_crypto::rand_core::SeedableRng;
use chappe_crypto::{AesCtr, AuthKey, Error, MsgKey, Role, factor, hash, ige};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("vectors/", $name))).unwrap()
    };
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn hex(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex(value).try_into().unwrap()
}

fn cases(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn auth_key(value: &Value) -> AuthKey {
    match value.as_str().unwrap() {
        "bytes 0..255" => AuthKey::new(std::array::from_fn(|i| i as u8)),
        text => AuthKey::from_slice(&unhex(text)).unwrap(),
    }
}

/// `'a' x 1000` stands for that many letters.
fn text(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    match text.strip_prefix("'a' x ") {
        Some(count) => vec![b'a'; count.parse().unwrap()],
        None => text.as_bytes().to_vec(),
    }
}

fn crc32(data: &[u8]) -> u64 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ 0xedb8_8320 & (crc & 1).wrapping_neg();
        }
    }
    u64::from(!crc)
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(5)
}

#[test]
fn hashes() {
    let vectors = vectors!("hashes.json");
    for (i, input) in cases(&vectors["inputs_ascii"]).iter().map(text).enumerate() {
        assert_eq!(hash::sha1(&[&input]).as_slice(), hex(&vectors["sha1"][i]));
        assert_eq!(hash::sha256(&[&input]).as_slice(), hex(&vectors["sha256"][i]));
        assert_eq!(hash::md5(&[&input]).as_slice(), hex(&vectors["md5"][i]));
        assert_eq!(
            hash::hmac_sha256(b"cucumber", &[&input]).as_slice(),
            hex(&vectors["hmac_sha256_key_cucumber"][i])
        );
        assert_eq!(
            hash::hmac_sha512(b"cucumber", &[&input]).as_slice(),
            hex(&vectors["hmac_sha512_key_cucumber"][i])
        );
        assert_eq!(Some(crc32(&input)), vectors["crc32_ieee"][i].as_u64());
        let (head, tail) = input.split_at(input.len() / 2);
        assert_eq!(hash::sha256(&[head, tail]), hash::sha256(&[&input]));
        assert_eq!(hash::sha512(&[head, tail]), hash::sha512(&[&input]));
    }
    for case in cases(&vectors["pbkdf2_sha512_computed"]) {
        let iterations = u32::try_from(case["iterations"].as_u64().unwrap()).unwrap();
        let out = hash::pbkdf2_sha512(&text(&case["password"]), &text(&case["salt"]), iterations);
        assert_eq!(out.as_slice(), hex(&case["pbkdf2_hmac_sha512_64"]));
    }
}

#[test]
fn aes_ige() {
    for case in cases(&vectors!("aes.json")["ige"]) {
        let (key, iv) = (array(&case["key"]), array(&case["iv"]));
        let mut data = hex(&case["plaintext"]);
        ige::encrypt(&key, &iv, &mut data).unwrap();
        assert_eq!(data, hex(&case["ciphertext"]), "{}", case["source"]);
        ige::decrypt(&key, &iv, &mut data).unwrap();
        assert_eq!(data, hex(&case["plaintext"]), "{}", case["source"]);
    }
}

/// A text, a key and an initialisation vector from the generator of TDLib's tests.
fn generated<const N: usize>(len: usize) -> (Vec<u8>, [u8; 32], [u8; N]) {
    let mut seed = len as u32;
    let mut next = || {
        seed = seed.wrapping_mul(123_457_567).wrapping_add(987_651_241);
        (seed >> 23) as u8
    };
    ((0..len).map(|_| next()).collect(), std::array::from_fn(|_| next()), std::array::from_fn(|_| next()))
}

#[test]
fn aes_ige_of_generated_texts() {
    let vectors = vectors!("aes.json");
    let how = vectors["ige_lcg"]["how"].as_str().unwrap();
    for (len, crc) in vectors["ige_lcg"]["crc32_of_ciphertext_by_length"].as_object().unwrap() {
        let len: usize = len.parse().unwrap();
        let (mut data, key, iv) = generated::<32>(len);
        let plain = data.clone();
        ige::encrypt(&key, &iv, &mut data).unwrap();
        assert_eq!(Some(crc32(&data)), crc.as_u64(), "{len}: {how}");
        ige::decrypt(&key, &iv, &mut data).unwrap();
        assert_eq!(data, plain);
    }
}

#[test]
fn aes_ctr() {
    let vectors = vectors!("aes.json");
    for (table, wrap) in [("crc32_by_length", false), ("crc32_by_length_iv_all_ff_counter_wrap", true)] {
        for (len, crc) in vectors["ctr_lcg"][table].as_object().unwrap() {
            let len: usize = len.parse().unwrap();
            let (mut data, key, iv) = generated::<16>(len);
            let iv = if wrap { [0xff; 16] } else { iv };
            AesCtr::new(&key, &iv).apply(&mut data);
            assert_eq!(Some(crc32(&data)), crc.as_u64(), "{table} {len}");
        }
    }
    let case = &vectors["ctr_split"];
    let bytes = |name: &str| case[name].as_str().unwrap().as_bytes().to_vec();
    let key: [u8; 32] = bytes("key_text").try_into().unwrap();
    let iv: [u8; 16] = bytes("iv_text").try_into().unwrap();
    let mut stream = AesCtr::new(&key, &iv);
    for part in ["first", "second"] {
        let mut data = bytes(&format!("{part}_plain_text"));
        stream.apply(&mut data);
        assert_eq!(data, hex(&case[format!("{part}_cipher")]));
    }
    assert_eq!(format!("{stream:?}"), "AesCtr { .. }");
}

#[test]
fn key_derivation() {
    let vectors = vectors!("kdf.json");
    for version in ["v1", "v2"] {
        let derive = if version == "v1" { v1::derive_keys } else { message::derive_keys };
        for case in cases(&vectors[version]) {
            let key = auth_key(&case["auth_key"]);
            for (direction, role) in
                [("client_to_server_x0", Role::Initiator), ("server_to_client_x8", Role::Responder)]
            {
                let keys = derive(key.as_bytes(), role, &array(&case["msg_key"]));
                assert_eq!(keys.key.as_slice(), hex(&case[direction]["aes_key"]), "{version} {direction}");
                assert_eq!(keys.iv.as_slice(), hex(&case[direction]["aes_iv"]), "{version} {direction}");
            }
        }
    }
    let case = &vectors["msg_key_v1"];
    assert_eq!(
        v1::msg_key(case["plaintext_text"].as_str().unwrap().as_bytes()),
        MsgKey(array(&case["msg_key"]))
    );
    for case in cases(&vectors["auth_key_id"]) {
        let key = auth_key(&case["auth_key"]);
        assert_eq!(key.id().to_le_bytes().as_slice(), hex(&case["auth_key_id_le_bytes"]));
        if case["aux_hash"].is_string() {
            assert_eq!(key.aux_hash().as_slice(), hex(&case["aux_hash"]));
        }
    }
    for case in cases(&vectors["tmp_keys_from_nonces"]) {
        let tmp = TmpAes::derive(&array(&case["new_nonce"]), &array(&case["server_nonce"]));
        assert_eq!(tmp.key.as_slice(), hex(&case["tmp_aes_key"]));
        assert_eq!(tmp.iv.as_slice(), hex(&case["tmp_aes_iv"]));
    }
}

fn role(case: &Value) -> Role {
    match case["direction"].as_str().unwrap() {
        "client_to_server" => Role::Initiator,
        _ => Role::Responder,
    }
}

/// Opens a packet, checks that it is (not) authentic, and seals what came out again.
fn check_packet(case: &Value, key: &AuthKey, authentic: bool) {
    let packet = hex(&case["packet"]);
    let (key_id, rest) = packet.split_first_chunk::<8>().unwrap();
    let (msg_key, encrypted) = rest.split_first_chunk::<16>().unwrap();
    assert_eq!(*key_id, key.id().to_le_bytes());
    let mut data = encrypted.to_vec();
    let opened = message::open_with_quick_ack(key.as_bytes(), role(case), msg_key, &mut data);
    if !authentic {
        assert_eq!(opened, Err(Error::Decrypt));
        assert_eq!(data, vec![0; encrypted.len()]);
        return;
    }
    let quick_ack = opened.unwrap();
    if case["plaintext_with_padding"].is_string() {
        assert_eq!(data, hex(&case["plaintext_with_padding"]));
    }
    let field = |at: usize| i64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    if case["fields"].is_object() {
        assert_eq!(Some(field(0)), case["fields"]["salt"].as_i64());
        assert_eq!(Some(field(8)), case["fields"]["session_id"].as_i64());
        assert_eq!(Some(field(16)), case["fields"]["msg_id"].as_i64());
    }
    if case["quick_ack_token_le_bytes"].is_string() {
        let token = u32::from_le_bytes(array(&case["quick_ack_token_le_bytes"])) | 0x8000_0000;
        assert_eq!(quick_ack, token);
        if role(case) == Role::Initiator {
            assert_eq!(message::quick_ack_token(key.as_bytes(), &data), token);
        }
    }
    let sealed = message::seal(key.as_bytes(), role(case), &mut data).unwrap();
    assert_eq!((sealed.msg_key, sealed.quick_ack), (MsgKey(*msg_key), quick_ack));
    assert_eq!(data, encrypted);
}

#[test]
fn messages_of_version_2() {
    let vectors = vectors!("messages_v2.json");
    for case in cases(&vectors["public"]) {
        check_packet(case, &auth_key(&case["auth_key"]), true);
    }
    for case in cases(&vectors["public_negative"]) {
        check_packet(case, &auth_key(&case["auth_key"]), case["authentic"].as_bool().unwrap());
    }
    let computed = &vectors["computed_with_auth_key_of_sample_2024"];
    let sample = vectors!("auth_key_sample_2024.json");
    let key = find(&sample, "auth_key").expect("the sample has an auth key");
    // The cases that a session refuses are authentic all the same: what is wrong is inside.
    for case in cases(&computed["cases"]) {
        check_packet(case, &auth_key(key), true);
    }
}

/// The first 256-byte string under a name, at any depth.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    match object.get(name) {
        Some(found) if found.as_str().is_some_and(|text| text.len() == 512) => Some(found),
        _ => object.values().find_map(|inner| find(inner, name)),
    }
}

#[test]
fn binding_of_a_temporary_key() {
    let case = vectors!("bind_temp_auth_key.json");
    let key = auth_key(&case["perm_auth_key"]);
    let plain = hex(&case["plaintext_without_padding"]);
    let mut data = [plain.clone(), hex(&case["padding"])].concat();
    let msg_key = v1::seal(key.as_bytes(), Role::Initiator, &mut data, plain.len()).unwrap();
    assert_eq!(msg_key.0.as_slice(), hex(&case["msg_key"]));
    let keys = v1::derive_keys(key.as_bytes(), Role::Initiator, &msg_key.0);
    assert_eq!(keys.key.as_slice(), hex(&case["aes_key"]));
    assert_eq!(keys.iv.as_slice(), hex(&case["aes_iv"]));
    let message = [key.id().to_le_bytes().as_slice(), &msg_key.0, &data].concat();
    assert_eq!(message, hex(&case["encrypted_message"]));

    let mut seen = data.clone();
    let len = v1::open(key.as_bytes(), Role::Initiator, &msg_key.0, &mut seen, |plain| {
        let len = i32::from_le_bytes(plain.get(28..32)?.try_into().ok()?);
        usize::try_from(len).ok()?.checked_add(32)
    });
    assert_eq!(len, Ok(72));
    assert_eq!(seen[..72], plain);
    for bit in 0..72 * 8 {
        let mut bad = data.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            v1::open(key.as_bytes(), Role::Initiator, &msg_key.0, &mut bad, |_| Some(72)),
            Err(Error::Decrypt)
        );
    }
}

#[test]
fn messages_of_a_secret_chat() {
    let key = AuthKey::new(std::array::from_fn(|i| i as u8));
    let mut plain = 48_i32.to_le_bytes().to_vec();
    plain.extend(unhex(
        "8917e31b0faaaaaaaaaaaaaaaaaaaaaaaaaaaaaa90000000000000000100000060411673010000000000000063dd2fa8",
    ));
    plain.extend([0x55; 12]);
    let cases = [
        (
            Role::Initiator,
            "828b28f86e3e30b27cd852c9fbb14de8",
            "3b8f035b419b6796f0875bd252cd8465e5468ea97dbe1778735818f50c3b22d17043395834dfc68ebb06038f626213026341880fc4eff0afd787a1c5361bb71f",
        ),
        (
            Role::Responder,
            "a7f17aaedc59cd50a7be2bc467268df1",
            "743e98a3d89fab642337050af94cd7041f987cd0234a4848f78d0026a91b195e5ac16002caceb7b074f80aea64b4fc813de12711c2193ad33593617abfb3949a",
        ),
    ];
    for (role, msg_key, cipher) in cases {
        let mut data = plain.clone();
        let sealed = message::seal(key.as_bytes(), role, &mut data).unwrap();
        assert_eq!((sealed.msg_key.0.as_slice(), &data[..]), (&unhex(msg_key)[..], &unhex(cipher)[..]));
        message::open(key.as_bytes(), role, &sealed.msg_key.0, &mut data).unwrap();
        assert_eq!(data, plain);
    }
    let mut data = plain.clone();
    let msg_key = v1::seal(key.as_bytes(), Role::Initiator, &mut data, 52).unwrap();
    assert_eq!(msg_key.0.as_slice(), unhex("e6d651d0a77d6d4231f608880fe6f997"));
    assert_eq!(
        data,
        unhex(
            "2726e47687db7e786246c5d7b25d5840e46735d2cb025b57032a1bdfc32c5f8eab73e86e2ecacea158dc58eb7aa7bd1e9bd97e26bf5031f2a208a56a9f355b14"
        )
    );
}

#[test]
fn diffie_hellman_parameters() {
    let vectors = vectors!("dh_checks.json");
    let mut cache = PrimeCache::new();
    let good = hex(&vectors["good_prime"]);
    assert_eq!(good, KNOWN_PRIME);
    let other = hex(&vectors["other_safe_prime"]);
    let tables =
        [(&good, "good_prime_generator_is_residue"), (&other, "other_safe_prime_generator_is_residue")];
    for (p, table) in tables {
        for (g, fits) in vectors[table].as_object().unwrap() {
            let g: i32 = g.parse().unwrap();
            let checked = DhParams::check(g, p, &mut cache, &mut rng());
            assert_eq!(checked.is_ok(), fits.as_bool().unwrap(), "{table} {g}");
            if let Ok(params) = checked {
                assert_eq!((params.g(), params.p().as_slice()), (g, p.as_slice()));
            }
        }
    }
    for case in cases(&vectors["bad_primes"]) {
        // 4 is a residue whatever the modulus, so that nothing but the modulus can be refused.
        let checked = DhParams::check(4, &hex(&case["p"]), &mut cache, &mut rng());
        assert_eq!(checked, Err(Error::DhPrime), "{}", case["why"]);
    }
    for g in cases(&vectors["bad_generators"]) {
        let g = i32::try_from(g.as_i64().unwrap()).unwrap();
        assert_eq!(DhParams::check(g, &good, &mut cache, &mut rng()), Err(Error::DhGenerator { g }));
    }
}

#[test]
fn diffie_hellman_public_values() {
    let vectors = vectors!("dh_checks.json");
    let params = DhParams::known(3).unwrap();
    let bounds = &vectors["g_a_bounds"];
    for name in ["min_inclusive_2_pow_1984", "max_inclusive_p_minus_2_pow_1984"] {
        assert_eq!(params.check_public(&hex(&bounds[name])).unwrap().as_slice(), hex(&bounds[name]));
    }
    for case in cases(&bounds["reject"]) {
        assert_eq!(params.check_public(&hex(&case["v"])), Err(Error::DhPublicValue), "{}", case["why"]);
    }
}

#[test]
fn the_official_sample_of_a_key_exchange() {
    let sample = vectors!("auth_key_sample_2024.json");
    let (new_nonce, server_nonce) = (array(&sample["new_nonce"]), array(&sample["server_nonce"]));
    let tmp = TmpAes::derive(&new_nonce, &server_nonce);
    assert_eq!(tmp.key.as_slice(), hex(&sample["tmp_aes_key"]));
    assert_eq!(tmp.iv.as_slice(), hex(&sample["tmp_aes_iv"]));
    let inner = tmp.decrypt_inner(&hex(&sample["encrypted_answer"])).unwrap();
    assert_eq!(*inner, hex(&sample["server_DH_inner_data"]));
    let inner = tmp.decrypt_inner(&hex(&sample["client_encrypted_data"])).unwrap();
    assert_eq!(*inner, hex(&sample["client_DH_inner_data"]));

    let g = i32::try_from(sample["g"].as_i64().unwrap()).unwrap();
    let params = DhParams::check(g, &hex(&sample["dh_prime"]), &mut PrimeCache::new(), &mut rng()).unwrap();
    let secret = DhSecret::from_bytes(&params, &array(&sample["b"])).unwrap();
    assert_eq!(secret.public().as_slice(), hex(&sample["g_b"]));
    let key = secret.agree(&hex(&sample["g_a"])).unwrap();
    assert_eq!(key.as_bytes().as_slice(), hex(&sample["auth_key"]));

    let derived = &sample["derived"];
    assert_eq!(key.id().to_le_bytes().as_slice(), hex(&derived["auth_key_id_le_bytes"]));
    assert_eq!(key.aux_hash().as_slice(), hex(&derived["auth_key_aux_hash"]));
    let hashes = [
        exchange_keys::new_nonce_hash1(&new_nonce, &key),
        exchange_keys::new_nonce_hash2(&new_nonce, &key),
        exchange_keys::new_nonce_hash3(&new_nonce, &key),
        exchange_keys::params_fail_hash(&new_nonce),
    ];
    let names = ["new_nonce_hash1", "new_nonce_hash2", "new_nonce_hash3", "new_nonce_sha1_low128"];
    for (hash, name) in hashes.into_iter().zip(names) {
        assert_eq!(hash.as_slice(), hex(&derived[name]), "{name}");
    }
    let salt = exchange_keys::first_salt(&new_nonce, &server_nonce);
    assert_eq!(Some(salt), derived["first_server_salt_i64"].as_i64());
}

#[test]
fn factoring() {
    let vectors = vectors!("dh_checks.json");
    let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
    for case in cases(&vectors["pq"]) {
        let expected = (number(&case["p"]), number(&case["q"]));
        assert_eq!(factor::factorize_pq(number(&case["pq"])), Ok(expected));
        let bytes = factor::pq_to_bytes(number(&case["pq"]));
        assert_eq!(factor::pq_from_bytes(&bytes), Ok(number(&case["pq"])));
    }
    for case in cases(&vectors["pq_reject"]) {
        let result = match case.get("pq_hex") {
            Some(bytes) => factor::pq_from_bytes(&hex(bytes)).and_then(factor::factorize_pq),
            None => factor::factorize_pq(number(&case["pq"])),
        };
        assert_eq!(result, Err(Error::Factorization), "{}", case["why"]);
    }
}
