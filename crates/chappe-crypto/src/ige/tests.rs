use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn a_partial_block_is_refused_and_nothing_changes() {
    let mut data = [5; 17];
    assert_eq!(encrypt(&[1; 32], &[2; 32], &mut data), Err(Error::BlockLength { len: 17 }));
    assert_eq!(decrypt(&[1; 32], &[2; 32], &mut data), Err(Error::BlockLength { len: 17 }));
    let (mut good, mut bad) = ([5; 16], [5; 15]);
    let mut streams = [
        Stream { key: &[1; 32], iv: [2; 32], data: &mut good },
        Stream { key: &[1; 32], iv: [2; 32], data: &mut bad },
    ];
    assert_eq!(encrypt_batch(&mut streams), Err(Error::BlockLength { len: 15 }));
    assert_eq!(decrypt_batch(&mut streams), Err(Error::BlockLength { len: 15 }));
    assert_eq!((data, good, bad), ([5; 17], [5; 16], [5; 15]));
}

#[test]
fn nothing_secret_is_printed() {
    let encryptor = IgeEncryptor::new(&[1; 32], &[2; 32]);
    assert_eq!(format!("{encryptor:?}"), "IgeEncryptor { .. }");
    let decryptor = IgeDecryptor::new(&[1; 32], &[2; 32]);
    assert_eq!(format!("{decryptor:?}"), "IgeDecryptor { .. }");
    let stream = Stream { key: &[1; 32], iv: [2; 32], data: &mut [0; 16] };
    assert_eq!(format!("{stream:?}"), "Stream { len: 16, .. }");
}

fn portable_encrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) -> [u8; 32] {
    let mut chain = Chain::from_iv(iv);
    portable::EncryptKey::new(key).encrypt(&mut chain, data.as_chunks_mut().0);
    chain.to_iv()
}

fn portable_decrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) -> [u8; 32] {
    let mut chain = Chain::from_iv(iv);
    portable::DecryptKey::new(key).decrypt(&mut chain, data.as_chunks_mut().0);
    chain.to_iv()
}

fn text(blocks: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<[u8; 16]>(), 0..blocks).prop_map(|blocks| blocks.concat())
}

proptest! {
    #[test]
    fn the_fast_way_equals_the_portable_one(key: [u8; 32], iv: [u8; 32], data in text(20)) {
        let (mut fast, mut slow) = (data.clone(), data.clone());
        let mut encryptor = IgeEncryptor::new(&key, &iv);
        encryptor.encrypt(&mut fast).unwrap();
        let state = portable_encrypt(&key, &iv, &mut slow);
        prop_assert_eq!(&fast, &slow);
        prop_assert_eq!(*encryptor.state(), if data.is_empty() { iv } else { state });

        let mut decryptor = IgeDecryptor::new(&key, &iv);
        decryptor.decrypt(&mut fast).unwrap();
        let state = portable_decrypt(&key, &iv, &mut slow);
        prop_assert_eq!(&fast, &data);
        prop_assert_eq!(&slow, &data);
        prop_assert_eq!(*decryptor.state(), state);
    }

    #[test]
    fn a_stream_can_be_cut_and_resumed_anywhere(key: [u8; 32], iv: [u8; 32], data in text(20), at in 0_usize..20) {
        let cut = data.len().min(at * 16);
        let mut whole = data.clone();
        encrypt(&key, &iv, &mut whole).unwrap();

        let mut pieces = data.clone();
        let mut encryptor = IgeEncryptor::new(&key, &iv);
        encryptor.encrypt(&mut pieces[..cut]).unwrap();
        let mut resumed = IgeEncryptor::new(&key, &encryptor.state());
        resumed.encrypt(&mut pieces[cut..]).unwrap();
        prop_assert_eq!(&pieces, &whole);

        let mut decryptor = IgeDecryptor::new(&key, &iv);
        decryptor.decrypt(&mut pieces[..cut]).unwrap();
        let mut resumed = IgeDecryptor::new(&key, &decryptor.state());
        resumed.decrypt(&mut pieces[cut..]).unwrap();
        prop_assert_eq!(&pieces, &data);
    }

    #[test]
    fn a_batch_equals_its_members(texts in vec((any::<[u8; 32]>(), any::<[u8; 32]>(), text(12)), 0..20)) {
        let mut single: Vec<Vec<u8>> = texts.iter().map(|(_, _, data)| data.clone()).collect();
        let ends: Vec<[u8; 32]> = texts
            .iter()
            .zip(&mut single)
            .map(|((key, iv, _), data)| portable_encrypt(key, iv, data))
            .collect();

        let mut batch: Vec<Vec<u8>> = texts.iter().map(|(_, _, data)| data.clone()).collect();
        let mut streams: Vec<Stream<'_>> = texts
            .iter()
            .zip(&mut batch)
            .map(|((key, iv, _), data)| Stream { key, iv: *iv, data })
            .collect();
        encrypt_batch(&mut streams).unwrap();
        for (stream, end) in streams.iter().zip(&ends) {
            prop_assert_eq!(&stream.iv, end);
        }
        prop_assert_eq!(&batch, &single);

        let mut streams: Vec<Stream<'_>> = texts
            .iter()
            .zip(&mut batch)
            .map(|((key, iv, _), data)| Stream { key, iv: *iv, data })
            .collect();
        decrypt_batch(&mut streams).unwrap();
        for ((_, _, data), back) in texts.iter().zip(&batch) {
            prop_assert_eq!(data, back);
        }
    }
}
