//! Files of secret chats: up in parts, down in pieces, for the two devices and nobody else.

use std::time::Duration;

use crate::common::{ALICE, BOB, Client, Pair, TestClock, builder, data, kept, open_chat, server, service};
use chappe_api::{enums, functions, types};
use chappe_server::Server;
use enums::InputEncryptedFile;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Bytes that do not repeat at any power of two.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8 ^ (n / 65_537) as u8).collect()
}

fn small(file_id: i64, part: i32, bytes: &[u8]) -> functions::upload::SaveFilePart {
    functions::upload::SaveFilePart { file_id, file_part: part, bytes: bytes.to_vec() }
}

fn big(file_id: i64, part: i32, total: i32, bytes: &[u8]) -> functions::upload::SaveBigFilePart {
    functions::upload::SaveBigFilePart {
        file_id,
        file_part: part,
        file_total_parts: total,
        bytes: bytes.to_vec(),
    }
}

fn uploaded(id: i64, parts: i32, md5: &str) -> InputEncryptedFile {
    let md5_checksum = md5.to_owned();
    types::InputEncryptedFileUploaded { id, parts, md5_checksum, key_fingerprint: -77 }.into()
}

fn big_uploaded(id: i64, parts: i32) -> InputEncryptedFile {
    types::InputEncryptedFileBigUploaded { id, parts, key_fingerprint: -77 }.into()
}

fn named(file: &types::EncryptedFile) -> InputEncryptedFile {
    types::InputEncryptedFile { id: file.id, access_hash: file.access_hash }.into()
}

fn send(
    peer: &types::InputEncryptedChat,
    random_id: i64,
    file: InputEncryptedFile,
) -> functions::messages::SendEncryptedFile {
    let (peer, data) = (peer.clone(), data(random_id as u8));
    functions::messages::SendEncryptedFile { silent: false, peer, random_id, data, file }
}

fn get(file: &types::EncryptedFile, offset: i64, limit: i32) -> functions::upload::GetFile {
    let location = types::InputEncryptedFileLocation { id: file.id, access_hash: file.access_hash }.into();
    functions::upload::GetFile { precise: false, cdn_supported: false, location, offset, limit }
}

fn sent(answer: enums::messages::SentEncryptedMessage) -> (i32, types::EncryptedFile) {
    match answer {
        enums::messages::SentEncryptedMessage::File(sent) => (sent.date, existing(sent.file.clone())),
        other => panic!("{other:?}"),
    }
}

fn existing(file: enums::EncryptedFile) -> types::EncryptedFile {
    match file {
        enums::EncryptedFile::File(file) => *file,
        enums::EncryptedFile::Empty => panic!("no file"),
    }
}

/// The file of an update with a message.
fn received(update: enums::Update) -> types::EncryptedFile {
    let enums::Update::NewEncryptedMessage(update) = update else { panic!("no message: {update:?}") };
    match &update.message {
        enums::EncryptedMessage::Message(message) => existing(message.file.clone()),
        other => panic!("{other:?}"),
    }
}

async fn upload_small(client: &mut Client, file_id: i64, bytes: &[u8], part_len: usize) -> i32 {
    for (part, bytes) in bytes.chunks(part_len).enumerate() {
        assert!(client.call(small(file_id, part as i32, bytes)).await.expect("a good part"));
    }
    bytes.len().div_ceil(part_len) as i32
}

async fn piece(client: &mut Client, query: functions::upload::GetFile) -> Vec<u8> {
    match client.call(query).await.expect("a piece") {
        enums::upload::File::File(file) => file.bytes.clone(),
        other => panic!("{other:?}"),
    }
}

async fn download(client: &mut Client, file: &types::EncryptedFile, limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let next = piece(client, get(file, bytes.len() as i64, limit as i32)).await;
        assert!(next.len() <= limit);
        bytes.extend_from_slice(&next);
        if next.len() < limit {
            return bytes;
        }
    }
}

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

fn md5(bytes: &[u8]) -> String {
    chappe_crypto::hash::md5(&[bytes]).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_file_goes_with_its_message_and_each_side_has_its_own_access_hash() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let bytes = content(3 * 64 * KIB + 16);
    let parts = upload_small(&mut pair.alice, 9, &bytes, 64 * KIB).await;
    let (date, mine) = sent(pair.alice.call(send(&pair.peer_a, 1, uploaded(9, parts, ""))).await.unwrap());
    let (update, users) = pair.bob.boxed_update().await;
    assert_eq!(crate::common::user(users[0].clone()).id, pair.alice_user.id);
    let enums::Update::NewEncryptedMessage(new) = &update else { panic!("no message") };
    let enums::EncryptedMessage::Message(message) = &new.message else { panic!("no content message") };
    assert_eq!((new.qts, message.date, message.bytes.clone()), (2, date, data(1)));
    let his = received(update);
    assert_eq!((his.id, his.size, his.key_fingerprint, his.dc_id), (mine.id, bytes.len() as i64, -77, 2));
    assert_eq!((mine.size, mine.key_fingerprint, mine.dc_id), (his.size, -77, 2));
    assert_ne!(his.access_hash, mine.access_hash);
    assert_eq!(download(&mut pair.bob, &his, 64 * KIB).await, bytes);
    assert_eq!(download(&mut pair.alice, &mine, MIB).await, bytes, "the sender may read it, too");
}

#[tokio::test]
async fn a_file_waits_for_who_is_away() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let saved = pair.bob.saved.clone();
    drop(pair.bob);
    upload_small(&mut pair.alice, 9, &content(100), 1024).await;
    pair.alice.call(send(&pair.peer_a, 1, uploaded(9, 1, ""))).await.unwrap();
    let mut bob = Client::resume(server.address(), saved).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
        panic!("nothing")
    };
    let enums::EncryptedMessage::Message(message) = &missed.new_encrypted_messages[0] else {
        panic!("no content message")
    };
    let file = existing(message.file.clone());
    assert_eq!(download(&mut bob, &file, 4 * KIB).await, content(100));
}

#[tokio::test]
async fn twenty_megabytes_survive_a_restart_in_every_order_and_over_several_connections() {
    const PART: usize = 512 * KIB;
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let mut other = Client::resume(server.address(), pair.alice.saved.clone()).await;
    let bytes = content(20 * MIB + 48);
    let chunks: Vec<&[u8]> = bytes.chunks(PART).collect();
    let total = chunks.len() as i32;
    // The last first, then from both ends, some twice, half of them before the restart.
    let mut order: Vec<usize> = (0..chunks.len()).rev().step_by(2).collect();
    order.extend((0..chunks.len()).rev().skip(1).step_by(2));
    let (before, after) = order.split_at(order.len() / 2);
    for (n, part) in before.iter().enumerate() {
        let client = if n % 2 == 0 { &mut pair.alice } else { &mut other };
        assert!(client.call(big(7, *part as i32, total, chunks[*part])).await.unwrap());
    }
    let missing = pair.alice.error(send(&pair.peer_a, 1, big_uploaded(7, total))).await;
    assert!(missing.1.starts_with("FILE_PART_") && missing.1.ends_with("_MISSING"), "{missing:?}");
    let (alice, bob) = (pair.alice.saved.clone(), pair.bob.saved.clone());
    drop((pair.alice, pair.bob, other));
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut alice = Client::resume(server.address(), alice).await;
    let mut bob = Client::resume(server.address(), bob).await;
    for part in after.iter().chain(&before[..2]) {
        assert!(alice.call(big(7, *part as i32, total, chunks[*part])).await.unwrap());
    }
    let (_, mine) = sent(alice.call(send(&pair.peer_a, 1, big_uploaded(7, total))).await.unwrap());
    bob.call(functions::updates::GetState {}).await.unwrap();
    let alice = alice.saved.clone();
    let bob = { bob.saved.clone() };
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut bob = Client::resume(server.address(), bob).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
        panic!("nothing")
    };
    let enums::EncryptedMessage::Message(message) = &missed.new_encrypted_messages[0] else {
        panic!("no content message")
    };
    let file = existing(message.file.clone());
    assert!(download(&mut bob, &file, MIB).await == bytes, "what came down is what went up");
    let mut alice = Client::resume(server.address(), alice).await;
    assert!(piece(&mut alice, get(&mine, 20 * MIB as i64, 4096)).await == bytes[20 * MIB..]);
}

#[tokio::test]
async fn parts_that_cannot_be_are_refused() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let kib = vec![1; KIB];
    assert_eq!(alice.error(small(1, 0, &[])).await, bad("FILE_PART_EMPTY"));
    assert_eq!(alice.error(big(1, 0, -1, &[])).await, bad("FILE_PART_EMPTY"));
    assert_eq!(alice.error(small(1, 0, &vec![1; 512 * KIB + 1])).await, bad("FILE_PART_TOO_BIG"));
    for part in [-1, 8000, i32::MAX, i32::MIN] {
        assert_eq!(alice.error(small(1, part, &kib)).await, bad("FILE_PART_INVALID"), "{part}");
        assert_eq!(alice.error(big(1, part, -1, &kib)).await, bad("FILE_PART_INVALID"), "{part}");
    }
    for total in [0, -2, 8001, i32::MIN] {
        assert_eq!(alice.error(big(1, 0, total, &kib)).await, bad("FILE_PARTS_INVALID"), "{total}");
    }
    assert_eq!(alice.error(big(1, 3, 3, &kib)).await, bad("FILE_PART_INVALID"));
    // No part but the last may be of another length than 1 KiB times a power of two.
    assert_eq!(alice.error(big(1, 0, 3, &[1; 1000])).await, bad("FILE_PART_SIZE_INVALID"));
    alice.call(small(2, 0, &[1; 1000])).await.expect("it may be the only one");
    assert_eq!(alice.error(small(2, 1, &kib)).await, bad("FILE_PART_SIZE_INVALID"));
    alice.call(small(3, 1, &kib)).await.unwrap();
    assert_eq!(alice.error(small(3, 0, &[1; 3 * KIB])).await, bad("FILE_PART_SIZE_INVALID"));
    // And all of them are of one length, which they keep.
    alice.call(small(4, 0, &kib)).await.unwrap();
    assert_eq!(alice.error(small(4, 1, &[1; 2 * KIB])).await, bad("FILE_PART_SIZE_CHANGED"));
    assert_eq!(alice.error(small(4, 0, &[1; 2 * KIB])).await, bad("FILE_PART_SIZE_CHANGED"));
    alice.call(big(5, 0, -1, &kib)).await.unwrap();
    alice.call(big(5, 1, 3, &kib)).await.expect("the number may be told later");
    assert_eq!(alice.error(big(5, 1, 4, &kib)).await, bad("FILE_PARTS_INVALID"));
    assert_eq!(alice.error(small(5, 2, &kib)).await, bad("FILE_PARTS_INVALID"), "one file, one method");
    let stranger = Client::new(&server).await.error(small(1, 0, &kib)).await;
    assert_eq!(stranger, (401, "AUTH_KEY_UNREGISTERED".into()));
}

#[tokio::test]
async fn a_small_file_ends_at_ten_mebibytes() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let part = vec![3; 512 * KIB];
    for n in 0..20 {
        alice.call(small(1, n, &part)).await.expect("within the limit");
    }
    assert_eq!(alice.error(small(1, 20, &[1; 16])).await, bad("FILE_PARTS_INVALID"));
    alice.call(small(1, 19, &part)).await.expect("a repeated part is no more");
}

#[tokio::test]
async fn an_upload_that_is_not_whole_is_named_and_can_be_mended() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let kib = vec![1; KIB];
    let mut n = 0;
    let mut attempt = |file| {
        n += 1;
        send(&pair.peer_a, n, file)
    };
    assert_eq!(pair.alice.error(attempt(InputEncryptedFile::Empty)).await, bad("FILE_EMTPY"));
    assert_eq!(pair.alice.error(attempt(uploaded(1, 1, ""))).await, bad("FILE_PART_0_MISSING"));
    pair.alice.call(small(1, 0, &kib)).await.unwrap();
    pair.alice.call(small(1, 3, &kib)).await.unwrap();
    for parts in [0, -1, 3, 8001] {
        assert_eq!(pair.alice.error(attempt(uploaded(1, parts, ""))).await, bad("FILE_PARTS_INVALID"));
    }
    assert_eq!(pair.alice.error(attempt(big_uploaded(1, 4))).await, bad("FILE_PARTS_INVALID"));
    for part in [1, 2] {
        let missing = format!("FILE_PART_{part}_MISSING");
        assert_eq!(pair.alice.error(attempt(uploaded(1, 4, ""))).await, bad(&missing));
        pair.alice.call(small(1, part, &kib)).await.unwrap();
    }
    assert_eq!(pair.alice.error(attempt(uploaded(1, 5, ""))).await, bad("FILE_PART_4_MISSING"));
    // Bob's uploads are not Alice's.
    assert_eq!(pair.bob.error(send(&pair.peer_b, 1, uploaded(1, 4, ""))).await, bad("FILE_PART_0_MISSING"));
    let (_, file) = sent(pair.alice.call(attempt(uploaded(1, 4, ""))).await.unwrap());
    assert_eq!(file.size, 4 * KIB as i64);
    assert!(pair.bob.settle().await.len() == 1, "nothing was delivered that failed");
}

#[tokio::test]
async fn a_checksum_counts_only_when_it_is_given() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let bytes = content(5000);
    let parts = upload_small(&mut pair.alice, 1, &bytes, 1024).await;
    let wrong = send(&pair.peer_a, 1, uploaded(1, parts, &md5(b"something else")));
    assert_eq!(pair.alice.error(wrong).await, bad("MD5_CHECKSUM_INVALID"));
    // All of it has to come again.
    let again = send(&pair.peer_a, 1, uploaded(1, parts, ""));
    assert_eq!(pair.alice.error(again).await, bad("FILE_PART_0_MISSING"));
    for (n, checksum) in [md5(&bytes), md5(&bytes).to_uppercase(), String::new()].into_iter().enumerate() {
        let id = 10 + n as i64;
        upload_small(&mut pair.alice, id, &bytes, 1024).await;
        pair.alice.call(send(&pair.peer_a, id, uploaded(id, parts, &checksum))).await.expect("it is right");
    }
}

#[tokio::test]
async fn a_repeated_call_is_answered_with_the_first_date_and_file() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    upload_small(&mut pair.alice, 1, &content(100), 1024).await;
    let query = send(&pair.peer_a, 5, uploaded(1, 1, ""));
    let first = sent(pair.alice.call(query.clone()).await.unwrap());
    clock.advance(Duration::from_secs(3));
    assert_eq!(sent(pair.alice.call(query.clone()).await.unwrap()), first);
    // Even if the file is named otherwise, as by a client that uploaded it again after a crash.
    let anew = send(&pair.peer_a, 5, uploaded(99, 7, ""));
    assert_eq!(sent(pair.alice.call(anew).await.unwrap()), first);
    // A late copy of a part changes nothing.
    assert!(pair.alice.call(small(1, 0, &[0; 100])).await.unwrap());
    let (_, his) = (first.0, received(pair.bob.update().await));
    assert!(pair.bob.settle().await.is_empty(), "it was delivered once");
    assert_eq!(download(&mut pair.bob, &his, 4096).await, content(100));
    // The same upload goes into another message without coming again.
    let (_, second) = sent(pair.alice.call(send(&pair.peer_a, 6, uploaded(1, 1, ""))).await.unwrap());
    assert_eq!(second.id, first.1.id);
}

#[tokio::test]
async fn a_stored_file_is_sent_again_and_on_into_another_chat() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut clara = Client::new(&server).await;
    const CLARA: &str = "9996630003";
    clara.log_in(CLARA, "Clara").await;
    let upload =
        functions::messages::UploadEncryptedFile { peer: pair.peer_a.clone(), file: uploaded(1, 1, "") };
    assert_eq!(pair.alice.error(upload.clone()).await, bad("FILE_PART_0_MISSING"));
    upload_small(&mut pair.alice, 1, &content(100), 1024).await;
    let stored = existing(pair.alice.call(upload).await.unwrap());
    assert_eq!((stored.size, stored.key_fingerprint), (100, -77));
    assert!(pair.bob.settle().await.is_empty(), "it was stored and not sent");
    let nowhere = types::InputEncryptedChat { chat_id: 1, access_hash: 2 };
    let query = functions::messages::UploadEncryptedFile { peer: nowhere, file: named(&stored) };
    assert_eq!(pair.alice.error(query).await, bad("CHAT_ID_INVALID"));

    pair.alice.call(send(&pair.peer_a, 1, named(&stored))).await.unwrap();
    let his = received(pair.bob.update().await);
    // Bob passes it on with what he got, Clara gets a name of her own.
    let (peer_bc, _) = open_chat(&mut pair.bob, &mut clara, CLARA, 71).await;
    pair.bob.call(send(&peer_bc, 1, named(&his))).await.unwrap();
    let hers = received(clara.update().await);
    assert_eq!(hers.id, stored.id);
    assert_eq!(download(&mut clara, &hers, 4096).await, content(100));
    // Names of others are of no use.
    for wrong in [&his, &stored] {
        assert_eq!(clara.error(get(wrong, 0, 4096)).await, bad("FILE_ID_INVALID"));
    }
    assert_eq!(pair.alice.error(send(&pair.peer_a, 2, named(&his))).await, bad("FILE_EMTPY"));
}

#[tokio::test]
async fn a_foreign_user_is_refused() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let mut mallory = Client::new(&server).await;
    mallory.log_in("9996640004", "Mallory").await;
    upload_small(&mut pair.alice, 1, &content(100), 1024).await;
    let (_, mine) = sent(pair.alice.call(send(&pair.peer_a, 1, uploaded(1, 1, ""))).await.unwrap());
    let his = received(pair.bob.update().await);
    for file in [&mine, &his] {
        assert_eq!(mallory.error(get(file, 0, 4096)).await, bad("FILE_ID_INVALID"));
        let query = send(&pair.peer_a, 1, named(file));
        assert_eq!(mallory.error(query).await, bad("CHAT_ID_INVALID"));
    }
    let mut wrong = mine.clone();
    wrong.access_hash ^= 1;
    assert_eq!(pair.alice.error(get(&wrong, 0, 4096)).await, bad("FILE_ID_INVALID"));
    wrong = mine.clone();
    wrong.id ^= 1;
    assert_eq!(pair.alice.error(get(&wrong, 0, 4096)).await, bad("FILE_ID_INVALID"));
    let mut second = Client::new(&server).await;
    second.log_in(BOB, "Bob").await;
    assert_eq!(
        second.error(send(&pair.peer_b, 1, named(&his))).await,
        bad("CHAT_ID_INVALID"),
        "the chat lives on the other device"
    );
}

#[tokio::test]
async fn pieces_are_held_to_the_rules() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    let bytes = content(2 * MIB + 5000);
    let parts = upload_small(&mut pair.alice, 1, &bytes, 128 * KIB).await;
    let (_, file) = sent(pair.alice.call(send(&pair.peer_a, 1, uploaded(1, parts, ""))).await.unwrap());
    let alice = &mut pair.alice;
    let precise = |offset, limit| functions::upload::GetFile { precise: true, ..get(&file, offset, limit) };
    assert_eq!(alice.error(get(&file, 1024, 4096)).await, bad("OFFSET_INVALID"));
    assert_eq!(alice.error(get(&file, -4096, 4096)).await, bad("OFFSET_INVALID"));
    assert_eq!(alice.error(precise(100, 4096)).await, bad("OFFSET_INVALID"));
    for limit in [0, -4096, 1024, 12_288, 2 * MIB as i32] {
        assert_eq!(alice.error(get(&file, 0, limit)).await, bad("LIMIT_INVALID"), "{limit}");
    }
    assert_eq!(alice.error(precise(0, 1000)).await, bad("LIMIT_INVALID"));
    assert_eq!(alice.error(precise(1024, MIB as i32)).await, bad("LIMIT_INVALID"), "it crosses 1 MiB");
    assert!(piece(alice, precise(1024, 3 * KIB as i32)).await == bytes[KIB..4 * KIB]);
    assert!(piece(alice, get(&file, MIB as i64, MIB as i32)).await == bytes[MIB..2 * MIB], "1 MiB at once");
    assert!(
        piece(alice, get(&file, 2 * MIB as i64, MIB as i32)).await == bytes[2 * MIB..],
        "the end is short"
    );
    assert!(piece(alice, get(&file, 3 * MIB as i64, 4096)).await.is_empty(), "nothing is behind it");
    assert!(piece(alice, get(&file, i64::MAX - 4095, 4096)).await.is_empty());
    let mut other = get(&file, 0, 4096);
    other.location = enums::InputFileLocation::TakeoutFileLocation;
    assert_eq!(alice.error(other).await, bad("LOCATION_INVALID"));
}

#[tokio::test]
async fn the_message_is_checked_before_the_file() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    upload_small(&mut pair.alice, 1, &content(100), 1024).await;
    let mut query = send(&pair.peer_a, 1, uploaded(1, 1, ""));
    query.data = vec![1; 41];
    assert_eq!(pair.alice.error(query).await, bad("DATA_INVALID"));
    let mut query = send(&pair.peer_a, 1, uploaded(1, 1, ""));
    query.data = vec![1; 512 * KIB + 8];
    assert_eq!(pair.alice.error(query).await, bad("DATA_TOO_LONG"));
    let discard =
        functions::messages::DiscardEncryption { delete_history: false, chat_id: pair.peer_b.chat_id };
    pair.bob.call(discard).await.unwrap();
    let query = send(&pair.peer_a, 1, uploaded(1, 1, ""));
    assert_eq!(pair.alice.error(query).await, bad("ENCRYPTION_DECLINED"));
}

#[tokio::test]
async fn uploads_left_alone_and_files_long_unused_are_forgotten() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    // The test looks into the folder.
    let blobs = format!("file://{}", folder.path().join("blobs").display());
    let server = kept(folder.path()).blobs(blobs).clock(clock.clone()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    upload_small(&mut pair.alice, 1, &content(100), 1024).await;
    upload_small(&mut pair.alice, 2, &content(3000), 1024).await;
    pair.alice.call(send(&pair.peer_a, 1, uploaded(1, 1, ""))).await.unwrap();
    let count = |kind: &str| {
        let path = folder.path().join("blobs").join(kind);
        let shelves = std::fs::read_dir(path).unwrap().filter_map(|entry| entry.ok());
        match kind {
            "files" => shelves.filter_map(|shelf| std::fs::read_dir(shelf.path()).ok()).flatten().count(),
            _ => shelves.count(),
        }
    };
    assert_eq!((count("uploads"), count("files")), (1, 1));
    clock.advance(2 * DAY);
    crate::common::eventually(|| (count("uploads"), count("files")) == (0, 1)).await;
    clock.advance(29 * DAY);
    crate::common::eventually(|| (count("uploads"), count("files")) == (0, 0)).await;
}

#[tokio::test]
async fn an_account_has_only_so_many_unfinished_uploads() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let kib = vec![1; KIB];
    pair.alice.call(small(0, 0, &kib)).await.expect("a good part");
    clock.advance(Duration::from_secs(5));
    let calls: Vec<_> = (1..260).map(|id| pair.alice.start(&small(id, 0, &kib), Vec::new())).collect();
    for call in calls {
        pair.alice.finish_raw(call).await.expect("a good part");
    }
    pair.alice.call(send(&pair.peer_a, 1, uploaded(259, 1, ""))).await.expect("the latest is there");
    let error = pair.alice.error(send(&pair.peer_a, 2, uploaded(0, 1, ""))).await;
    assert_eq!(error, bad("FILE_PART_0_MISSING"), "the oldest has made room");
}

#[tokio::test]
async fn many_parts_and_pieces_at_once_cost_little_memory_and_lose_nothing() {
    const PART: usize = 512 * KIB;
    let folder = tempfile::tempdir().unwrap();
    let server: Server = kept(folder.path()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let bytes = content(24 * MIB);
    let chunks: Vec<&[u8]> = bytes.chunks(PART).collect();
    let total = chunks.len() as i32;
    // Far more than the server lets wait: it stops reading until it has caught up.
    let calls: Vec<_> = (0..chunks.len())
        .map(|part| pair.alice.start(&big(1, part as i32, total, chunks[part]), Vec::new()))
        .collect();
    for call in calls {
        pair.alice.finish_raw(call).await.expect("a good part");
    }
    pair.alice.call(send(&pair.peer_a, 1, big_uploaded(1, total))).await.unwrap();
    let file = received(pair.bob.update().await);
    let calls: Vec<_> =
        (0..24).map(|n| pair.bob.start(&get(&file, n * MIB as i64, MIB as i32), Vec::new())).collect();
    for (n, call) in calls.into_iter().enumerate() {
        let answer = pair.bob.finish_raw(call).await.expect("a piece");
        assert!(answer.windows(64).next().is_some() && answer.len() >= MIB);
        let start = answer.len() - MIB;
        assert!(answer[start..] == bytes[n * MIB..(n + 1) * MIB], "piece {n}");
    }
    pair.alice.call(service(&pair.peer_a, 9, data(9))).await.expect("the chat goes on");
}
