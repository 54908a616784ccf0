use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

fn key() -> AuthKey {
    AuthKey::new(std::array::from_fn(|i| i as u8))
}

const OBJECT: &str =
    "8917e31b0faaaaaaaaaaaaaaaaaaaaaaaaaaaaaa90000000000000000100000060411673010000000000000063dd2fa8";

#[test]
fn known_answer_from_the_creator() {
    let data = seal_with_padding(&key(), Role::Initiator, &hex(OBJECT), &[0x55; 12]).unwrap();
    let expected = hex("32d1586ea457dfc8 828b28f86e3e30b27cd852c9fbb14de8
         3b8f035b419b6796f0875bd252cd8465e5468ea97dbe1778735818f50c3b22d1
         7043395834dfc68ebb06038f626213026341880fc4eff0afd787a1c5361bb71f");
    assert_eq!(data, expected);
    assert_eq!(
        chappe_crypto::hash::sha256(&[&data]).to_vec(),
        hex("2ae53b1e2e44ad6c762db6f64e033895889295a2b29907d3094ef5aedcc5723a")
    );
    assert_eq!(fingerprint(&data), Some(KeyFingerprint(-3972359982579920590)));
    assert_eq!(*open(&key(), Role::Initiator, &data).unwrap(), hex(OBJECT));
    assert_eq!(open(&key(), Role::Responder, &data), Err(Error::Decrypt), "reflected");
}

#[test]
fn known_answer_from_the_participant() {
    let data = seal_with_padding(&key(), Role::Responder, &hex(OBJECT), &[0x55; 12]).unwrap();
    let expected = hex("32d1586ea457dfc8 a7f17aaedc59cd50a7be2bc467268df1
         743e98a3d89fab642337050af94cd7041f987cd0234a4848f78d0026a91b195e
         5ac16002caceb7b074f80aea64b4fc813de12711c2193ad33593617abfb3949a");
    assert_eq!(data, expected);
    assert_eq!(*open(&key(), Role::Responder, &data).unwrap(), hex(OBJECT));
}

#[cfg(feature = "mtproto1")]
#[test]
fn known_answer_of_the_old_version() {
    let data = hex("32d1586ea457dfc8 e6d651d0a77d6d4231f608880fe6f997
         2726e47687db7e786246c5d7b25d5840e46735d2cb025b57032a1bdfc32c5f8e
         ab73e86e2ecacea158dc58eb7aa7bd1e9bd97e26bf5031f2a208a56a9f355b14");
    assert_eq!(*open_v1(&key(), &data).unwrap(), hex(OBJECT));
    assert_eq!(open(&key(), Role::Initiator, &data), Err(Error::Decrypt));
}

#[test]
fn every_wrong_padding_is_the_same_error() {
    // The body of 48 bytes and the length field leave 12 bytes to a block border: any multiple of 16 more fits.
    for padding in [12, 28, 1020] {
        let data = seal_with_padding(&key(), Role::Initiator, &hex(OBJECT), &vec![1; padding]).unwrap();
        assert!(open(&key(), Role::Initiator, &data).is_ok(), "{padding}");
    }
    let data = seal_with_padding(&key(), Role::Initiator, &hex(OBJECT), &[1; 1036]).unwrap();
    assert_eq!(open(&key(), Role::Initiator, &data), Err(Error::Decrypt), "1036");
    // Eleven, 1025 and other lengths by way of a lying length field.
    for (total, len) in [
        (64, 45),
        (64, 46),
        (64, 47),
        (64, 49),
        (64, 52),
        (64, 56),
        (64, 60),
        (64, 64),
        (1088, 56),
        (64, 0),
        (64, -4),
        (64, i32::MAX),
    ] {
        let mut plaintext = len.to_le_bytes().to_vec();
        plaintext.resize(total, 7);
        let msg_key = message::seal(key().as_bytes(), Role::Initiator, &mut plaintext).unwrap().msg_key;
        let mut data = key().fingerprint().to_le_bytes().to_vec();
        data.extend(msg_key.0);
        data.extend(plaintext);
        assert_eq!(open(&key(), Role::Initiator, &data), Err(Error::Decrypt), "{total} {len}");
    }
}

#[test]
fn lengths_that_are_no_envelope_are_refused() {
    for len in [0, 7, 24, 39, 41, 55, limits::MAX_CIPHERTEXT_LEN + 8] {
        assert_eq!(fingerprint(&vec![1; len]), None, "{len}");
        assert_eq!(open(&key(), Role::Initiator, &vec![1; len]), Err(Error::Decrypt), "{len}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_sealed_opens(words in 1_usize..600, seed in 0_u64..1000, creator: bool) {
        use rand_chacha::rand_core::SeedableRng;
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        let sender = if creator { Role::Initiator } else { Role::Responder };
        let object = vec![seed as u8; words * 4];
        let data = seal(&key(), sender, &object, &mut rng).unwrap();
        proptest::prop_assert_eq!(&*open(&key(), sender, &data).unwrap(), &object);
    }

    #[test]
    fn noise_never_opens(data: Vec<u8>) {
        proptest::prop_assert_eq!(open(&key(), Role::Initiator, &data), Err(Error::Decrypt));
    }
}
