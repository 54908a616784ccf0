use proptest::prelude::*;

use super::*;

fn key() -> [u8; 256] {
    std::array::from_fn(|i| (i as u8).wrapping_mul(31))
}

#[test]
fn every_flipped_bit_is_noticed_and_the_buffer_is_wiped() {
    let mut sealed = *b"a plaintext of three blocks with some padding...";
    let Sealed { msg_key, .. } = seal(&key(), Role::Initiator, &mut sealed).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut data = sealed;
        data[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&key(), Role::Initiator, &msg_key.0, &mut data), Err(Error::Decrypt));
        assert_eq!(data, [0; 48]);
    }
    for bit in 0..128 {
        let (mut data, mut msg_key) = (sealed, msg_key.0);
        msg_key[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&key(), Role::Initiator, &msg_key, &mut data), Err(Error::Decrypt));
        assert_eq!(data, [0; 48]);
    }
}

#[test]
fn a_reflected_message_does_not_open() {
    let mut data = [1; 64];
    let sealed = seal(&key(), Role::Initiator, &mut data).unwrap();
    assert_eq!(open(&key(), Role::Responder, &sealed.msg_key.0, &mut data), Err(Error::Decrypt));
}

#[test]
fn impossible_lengths_are_refused() {
    for len in [0, 1, 15, 17, 47] {
        let mut data = vec![1; len];
        assert_eq!(seal(&key(), Role::Initiator, &mut data), Err(Error::BlockLength { len }));
        assert_eq!(data, vec![1; len]);
        assert_eq!(open(&key(), Role::Initiator, &[0; 16], &mut data), Err(Error::Decrypt));
        assert_eq!(data, vec![0; len]);
        let mut data = vec![1; len];
        assert_eq!(v1::open(&key(), Role::Initiator, &[0; 16], &mut data, |_| Some(1)), Err(Error::Decrypt));
        assert_eq!(data, vec![0; len]);
    }
}

#[test]
fn keys_of_a_message_are_not_printed() {
    assert_eq!(format!("{:?}", derive_keys(&key(), Role::Initiator, &[0; 16])), "MessageKeys { .. }");
}

#[test]
fn version_1_limits_the_padding() {
    let mut data = [7; 48];
    assert_eq!(v1::seal(&key(), Role::Initiator, &mut data, 32), Err(Error::BlockLength { len: 48 }));
    assert_eq!(v1::seal(&key(), Role::Initiator, &mut data, 49), Err(Error::BlockLength { len: 48 }));
    let msg_key = v1::seal(&key(), Role::Initiator, &mut data, 40).unwrap();
    for len in [None, Some(0), Some(32), Some(39), Some(48), Some(49), Some(usize::MAX)] {
        let mut copy = data;
        assert_eq!(v1::open(&key(), Role::Initiator, &msg_key.0, &mut copy, |_| len), Err(Error::Decrypt));
        assert_eq!(copy, [0; 48]);
    }
    assert_eq!(v1::open(&key(), Role::Initiator, &msg_key.0, &mut data, |_| Some(40)), Ok(40));
    assert_eq!(data, [7; 48]);
}

proptest! {
    #[test]
    fn opening_undoes_sealing(
        seed: [u8; 16],
        text in proptest::collection::vec(any::<[u8; 16]>(), 1..40),
        initiator: bool,
    ) {
        let key: [u8; 256] = std::array::from_fn(|i| seed[i % 16] ^ i as u8);
        let sender = if initiator { Role::Initiator } else { Role::Responder };
        let plain = text.concat();
        let mut data = plain.clone();
        let sealed = seal(&key, sender, &mut data).unwrap();
        let large = hash::sha256(&[hash_part(&key, sender), &plain]);
        prop_assert_eq!(sealed.msg_key, middle(&large));

        let keys = derive_keys(&key, sender, &sealed.msg_key.0);
        let portable = DecryptKey::Portable(ige::portable::DecryptKey::new(&keys.key));
        let mut copy = data.clone();
        let digest = decrypt_and_hash(&portable, &mut Chain::from_iv(&keys.iv), hash_part(&key, sender), &mut copy);
        prop_assert_eq!((digest, &copy), (large, &plain));

        let token = open_with_quick_ack(&key, sender, &sealed.msg_key.0, &mut data).unwrap();
        prop_assert_eq!(token, sealed.quick_ack);
        if initiator {
            prop_assert_eq!(token, quick_ack_token(&key, &plain));
        }
        prop_assert_eq!(data, plain);
    }
}
