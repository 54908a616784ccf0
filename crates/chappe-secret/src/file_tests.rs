use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::EncryptedFile;

fn encrypted(plain: &[u8], key: &FileKey, part_len: usize) -> Vec<u8> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut encryption = FileEncryption::new(key);
    let mut ciphertext = Vec::new();
    for part in plain.chunks(part_len) {
        let mut part = part.to_vec();
        encryption.encrypt(&mut part, &mut rng).unwrap();
        ciphertext.extend(part);
    }
    ciphertext
}

fn remote(ciphertext: &[u8], key: &FileKey, size: usize) -> RemoteFile {
    let file = EncryptedFile {
        id: 1,
        access_hash: 2,
        size: ciphertext.len() as i64,
        dc_id: 2,
        key_fingerprint: key.fingerprint(),
    };
    RemoteFile { file, key: key.clone(), size: size as i64 }
}

fn decrypted(ciphertext: &[u8], remote: &RemoteFile, piece_len: usize) -> Result<Vec<u8>, Error> {
    let mut decryption = FileDecryption::new(remote);
    let mut plain = Vec::new();
    for piece in ciphertext.chunks(piece_len) {
        let mut piece = piece.to_vec();
        decryption.decrypt(&mut piece)?;
        plain.extend(piece);
    }
    decryption.finish()?;
    Ok(plain)
}

fn key() -> FileKey {
    FileKey { key: std::array::from_fn(|i| i as u8), iv: std::array::from_fn(|i| 32 + i as u8) }
}

#[test]
fn the_fingerprint_of_a_known_key_is_known() {
    assert_eq!(key().fingerprint(), -217_561_997);
}

#[test]
fn files_of_every_small_size_come_back() {
    for size in [0_usize, 1, 15, 16, 17, 1023, 1024, 1025, 4096 + 5] {
        let plain: Vec<u8> = (0..size).map(|i| i as u8).collect();
        let ciphertext = encrypted(&plain, &key(), 1024);
        assert_eq!(ciphertext.len(), size.div_ceil(16) * 16);
        let remote = remote(&ciphertext, &key(), size);
        for piece_len in [16, 48, 1024, 1 << 20] {
            assert_eq!(decrypted(&ciphertext, &remote, piece_len).unwrap(), plain, "{size} by {piece_len}");
        }
    }
}

#[test]
fn around_ten_mebibytes_parts_and_methods_change() {
    let border = 10 << 20;
    for (size, big, parts) in [(border - 1, false, 20), (border, false, 20), (border + 1, true, 21)] {
        let plan = UploadPlan::new(size).unwrap();
        assert_eq!((plan.big, plan.parts, plan.part_len), (big, parts, 512 << 10), "{size}");
        assert_eq!(plan.encrypted_len, (size + 15) / 16 * 16);
    }
    assert_eq!(UploadPlan::new(1).unwrap().parts, 1);
    let largest = UploadPlan::new(limits::MAX_FILE_SIZE).unwrap();
    assert_eq!(largest.parts, 8000);
    assert!(matches!(UploadPlan::new(limits::MAX_FILE_SIZE + 1), Err(Error::FileTooLarge { .. })));
    assert!(matches!(UploadPlan::new(i64::MAX), Err(Error::FileTooLarge { .. })));
    assert!(matches!(UploadPlan::for_len(limits::MAX_FILE_SIZE + 1), Err(Error::FileTooLarge { .. })));
    assert!(matches!(UploadPlan::new(0), Err(Error::InvalidMedia { .. })));
}

#[test]
fn both_directions_continue_after_each_part() {
    let plain: Vec<u8> = (0..10_000_u32).map(|i| (i * 7) as u8).collect();
    let whole = encrypted(&plain, &key(), 1 << 20);
    for part_len in [1024, 2048] {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (mut ciphertext, mut position) = (Vec::new(), FileEncryption::new(&key()).position());
        for part in plain.chunks(part_len) {
            let mut encryption = FileEncryption::resume(&key(), &position);
            assert_eq!(encryption.position().offset, ciphertext.len() as u64);
            let mut part = part.to_vec();
            encryption.encrypt(&mut part, &mut rng).unwrap();
            position = encryption.position();
            ciphertext.extend(part);
        }
        // The padding is random, so the last block differs.
        assert_eq!(ciphertext.get(..9984), whole.get(..9984));
        let remote = remote(&ciphertext, &key(), plain.len());
        let (mut back, mut position) = (Vec::new(), FileDecryption::new(&remote).position());
        for part in ciphertext.chunks(part_len) {
            let mut decryption = FileDecryption::resume(&remote, &position);
            let mut part = part.to_vec();
            decryption.decrypt(&mut part).unwrap();
            position = decryption.position();
            back.extend(part);
        }
        assert_eq!(back, plain);
        FileDecryption::resume(&remote, &position).finish().unwrap();
    }
}

#[test]
fn truncated_overlong_and_crooked_files_are_told() {
    let plain = vec![7; 100];
    let ciphertext = encrypted(&plain, &key(), 1024);
    let remote = remote(&ciphertext, &key(), 100);
    assert_eq!(decrypted(&ciphertext[..96], &remote, 16), Err(Error::FileTruncated { missing: 4 }));
    assert_eq!(decrypted(&ciphertext[..32], &remote, 16), Err(Error::FileTruncated { missing: 68 }));
    assert_eq!(decrypted(&ciphertext[..99], &remote, 1024), Err(Error::FilePart));
    let mut longer = ciphertext.clone();
    longer.extend([0; 16]);
    assert_eq!(decrypted(&longer, &remote, 1024), Err(Error::FilePart));
    assert_eq!(decrypted(&longer, &remote, 16), Err(Error::FilePart));
    let mut encryption = FileEncryption::new(&key());
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    encryption.encrypt(&mut vec![1; 5], &mut rng).unwrap();
    assert_eq!(encryption.encrypt(&mut vec![1; 16], &mut rng), Err(Error::FilePart), "the end has been");
}

#[test]
fn a_file_claimed_to_be_huge_costs_nothing() {
    let remote = remote(&[0; 16], &key(), usize::MAX >> 1);
    let decryption = FileDecryption::new(&remote);
    assert!(matches!(decryption.finish(), Err(Error::FileTruncated { .. })));
}
