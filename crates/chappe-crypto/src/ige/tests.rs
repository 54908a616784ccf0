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

/// What a processor with AES instructions but without their 512-bit form does.
#[cfg(target_arch = "x86_64")]
fn narrow_encrypt_batch(streams: &mut [Stream<'_>]) {
    match aes_ni::AesNi::detect() {
        Some(aes_ni) => aes_ni::encrypt_batch(aes_ni, None, streams),
        None => portable::encrypt_batch(streams),
    }
}

/// See [`narrow_encrypt_batch`].
#[cfg(target_arch = "x86_64")]
fn narrow_decrypt_batch(streams: &mut [Stream<'_>]) {
    match aes_ni::AesNi::detect() {
        Some(aes_ni) => aes_ni::decrypt_batch(aes_ni, None, streams),
        None => portable::decrypt_batch(streams),
    }
}

#[cfg(not(target_arch = "x86_64"))]
use portable::{decrypt_batch as narrow_decrypt_batch, encrypt_batch as narrow_encrypt_batch};

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
    fn a_batch_equals_its_members(texts in vec((any::<[u8; 32]>(), any::<[u8; 32]>(), text(12)), 0..40)) {
        type Batch = fn(&mut [Stream<'_>]);
        let run = |batch: Batch, texts: &mut [([u8; 32], [u8; 32], Vec<u8>)]| -> Vec<[u8; 32]> {
            let mut streams: Vec<Stream<'_>> =
                texts.iter_mut().map(|(key, iv, data)| Stream { key, iv: *iv, data }).collect();
            batch(&mut streams);
            streams.iter().map(|stream| stream.iv).collect()
        };
        let mut single = texts.clone();
        let ends: Vec<_> = single.iter_mut().map(|(key, iv, data)| portable_encrypt(key, iv, data)).collect();

        let batches: [(Batch, Batch); 3] = [
            (|streams| encrypt_batch(streams).unwrap(), |streams| decrypt_batch(streams).unwrap()),
            (narrow_encrypt_batch, narrow_decrypt_batch),
            (portable::encrypt_batch, portable::decrypt_batch),
        ];
        for (encrypt, decrypt) in batches {
            let mut batch = texts.clone();
            prop_assert_eq!(&run(encrypt, &mut batch), &ends);
            prop_assert_eq!(&batch, &single);
            prop_assert_eq!(&run(decrypt, &mut batch), &ends_of_plain(&texts));
            prop_assert_eq!(&batch, &texts);
        }
    }
}

/// The state after decryption is the same pair of last blocks as after encryption.
fn ends_of_plain(texts: &[([u8; 32], [u8; 32], Vec<u8>)]) -> Vec<[u8; 32]> {
    texts.iter().map(|(key, iv, data)| portable_encrypt(key, iv, &mut data.clone())).collect()
}
