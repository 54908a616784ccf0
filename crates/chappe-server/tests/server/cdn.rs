//! The CDN data centre: a key and a port of its own, one method, nothing without a token, and hashes for what it gives.

use std::time::Duration;

use crate::common::{ALICE, BOB, Client, Kind, Saved, TestClock, Wire, builder, server};
use chappe_api::{enums, functions, types};
use chappe_crypto::AesCtr;
use chappe_crypto::hash::sha256;
use chappe_crypto::rsa::RsaPublicKey;
use chappe_mtproto::exchange::KeyLifetime;
use chappe_mtproto::transport::{Framing, Inbound};
use chappe_server::Server;
use enums::upload::{CdnFile, File};

const MIB: usize = 1 << 20;

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

fn content(len: usize) -> Vec<u8> {
    (0..len as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Uploads a document and names its place.
async fn document(client: &mut Client, bytes: &[u8]) -> types::InputDocumentFileLocation {
    let file_id = bytes.len() as i64;
    let parts: Vec<_> = bytes.chunks(512 << 10).collect();
    let file_total_parts = parts.len() as i32;
    for (part, bytes) in parts.into_iter().enumerate() {
        let (file_part, bytes) = (part as i32, bytes.to_vec());
        let save = functions::upload::SaveBigFilePart { file_id, file_part, file_total_parts, bytes };
        client.call(save).await.unwrap();
    }
    let file = types::InputFileBig { id: file_id, parts: file_total_parts, name: "a.bin".into() }.into();
    let media = types::InputMediaUploadedDocument {
        nosound_video: false,
        force_file: true,
        spoiler: false,
        file,
        thumb: None,
        mime_type: "application/octet-stream".into(),
        attributes: Vec::new(),
        stickers: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
    };
    let peer = enums::InputPeer::PeerSelf;
    let make = functions::messages::UploadMedia { business_connection_id: None, peer, media: media.into() };
    let enums::MessageMedia::Document(made) = client.call(make).await.unwrap() else { panic!("a document") };
    let Some(enums::Document::Document(document)) = made.document else { panic!("{made:?}") };
    types::InputDocumentFileLocation {
        id: document.id,
        access_hash: document.access_hash,
        file_reference: document.file_reference,
        thumb_size: String::new(),
    }
}

fn get(location: &types::InputDocumentFileLocation, offset: i64) -> functions::upload::GetFile {
    let location = location.clone().into();
    functions::upload::GetFile { precise: false, cdn_supported: true, location, offset, limit: MIB as i32 }
}

async fn redirect(
    client: &mut Client,
    location: &types::InputDocumentFileLocation,
    offset: i64,
) -> types::upload::FileCdnRedirect {
    match client.call(get(location, offset)).await.unwrap() {
        File::CdnRedirect(redirect) => *redirect,
        File::File(_) => panic!("the server gives the file itself"),
    }
}

fn piece(token: &[u8], offset: i64) -> functions::upload::GetCdnFile {
    functions::upload::GetCdnFile { file_token: token.to_vec(), offset, limit: MIB as i32 }
}

/// A client of the CDN, by what the server says about it.
async fn at_cdn(server: &Server, client: &mut Client) -> Client {
    let config = client.call(functions::help::GetConfig {}).await.unwrap();
    let option = config.dc_options.iter().find(|option| option.cdn).unwrap();
    let address = format!("{}:{}", option.ip_address, option.port).parse().unwrap();
    assert_eq!(address, server.cdn().unwrap().data_centre().address);
    let keys = client.call(functions::help::GetCdnConfig {}).await.unwrap().public_keys;
    let [key] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!(key.dc_id, option.id);
    let key = RsaPublicKey::from_pem(&key.public_key).unwrap();
    assert_ne!(key.fingerprint(), server.fingerprint(), "a key of its own");
    let mut wire = Wire::connect_as(address, Kind::Obfuscated(Framing::Intermediate), 203).await;
    let auth_key = wire.make_key(key, 203, KeyLifetime::Permanent).await;
    Client::on(wire, Saved::new(&auth_key))
}

#[tokio::test]
async fn a_document_is_given_to_the_cdn_and_comes_back_encrypted() {
    let server = builder().cdn(true).spawn().await.unwrap();
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let bytes = content(2 * MIB + 77_777);
    let location = document(&mut alice, &bytes).await;
    let redirect = redirect(&mut alice, &location, MIB as i64).await;
    let mut cdn = at_cdn(&server, &mut alice).await;
    let mut fetched = Vec::new();
    for offset in [0, MIB as i64, 2 * MIB as i64] {
        let CdnFile::ReuploadNeeded(needed) = cdn.call(piece(&redirect.file_token, offset)).await.unwrap()
        else {
            panic!("nobody has given it this chunk yet")
        };
        let give = functions::upload::ReuploadCdnFile {
            file_token: redirect.file_token.clone(),
            request_token: needed.request_token,
        };
        let hashes = alice.call(give).await.unwrap();
        let CdnFile::File(file) = cdn.call(piece(&redirect.file_token, offset)).await.unwrap() else {
            panic!("it has the chunk now")
        };
        let mut plain = file.bytes.clone();
        let mut iv: [u8; 16] = redirect.encryption_iv.clone().try_into().unwrap();
        iv[12..].copy_from_slice(&((offset / 16) as u32).to_be_bytes());
        AesCtr::new(&redirect.encryption_key.clone().try_into().unwrap(), &iv).apply(&mut plain);
        assert_ne!(plain, file.bytes);
        for hash in &hashes {
            let piece = &bytes[hash.offset as usize..][..hash.limit as usize];
            assert_eq!(hash.hash, sha256(&[piece]));
        }
        assert_eq!(hashes[0].offset, offset);
        fetched.extend(plain);
    }
    assert!(fetched == bytes);
    assert_eq!(server.cdn().unwrap().held_chunks(), 3);
    assert_eq!(redirect.file_hashes[0].offset, MIB as i64, "hashes from the place that was asked for");
    let all = functions::upload::GetCdnFileHashes { file_token: redirect.file_token, offset: 2 * MIB as i64 };
    assert_eq!(alice.call(all.clone()).await.unwrap().len(), 1, "77,777 bytes have one");
    let before = functions::upload::GetCdnFileHashes { offset: -1, ..all };
    assert!(alice.call(before).await.unwrap().is_empty());
    assert!(server.unlisted_errors().is_empty());
}

#[tokio::test]
async fn the_cdn_knows_its_own_keys_and_one_method() {
    let server = builder().cdn(true).spawn().await.unwrap();
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let mut cdn = at_cdn(&server, &mut alice).await;
    assert_eq!(cdn.error(functions::users::GetUsers { id: Vec::new() }).await, bad("CDN_METHOD_INVALID"));
    assert_eq!(cdn.error(functions::updates::GetState {}).await, bad("CDN_METHOD_INVALID"));
    assert_eq!(cdn.error(piece(b"made up", 0)).await, bad("FILE_TOKEN_INVALID"));
    assert_eq!(
        alice.error(piece(b"", 0)).await,
        (404, "METHOD_INVALID".to_owned()),
        "elsewhere there is none"
    );
    // Alice's key is worth nothing at the CDN.
    let address = server.cdn().unwrap().data_centre().address;
    let mut wire = Wire::connect_as(address, Kind::Obfuscated(Framing::Intermediate), 203).await;
    let key = {
        let mut at_home = Wire::connect(server.address(), Kind::Obfuscated(Framing::Intermediate)).await;
        at_home.make_key(server.public_key().clone(), 2, KeyLifetime::Permanent).await
    };
    let mut packet = key.auth_key.id().0.to_le_bytes().to_vec();
    packet.extend([0; 48]);
    wire.send(&packet).await;
    assert!(matches!(wire.receive().await, Some(Inbound::Error(code)) if code.0 == -404));
}

#[tokio::test]
async fn tokens_end_and_are_for_one_file() {
    let clock = TestClock::new();
    let server = builder().cdn(true).clock(clock.clone() as _).spawn().await.unwrap();
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let first = document(&mut alice, &content(100)).await;
    let second = document(&mut alice, &content(200)).await;
    let (first, second) =
        (redirect(&mut alice, &first, 0).await.file_token, redirect(&mut alice, &second, 0).await.file_token);
    let mut cdn = at_cdn(&server, &mut alice).await;
    let CdnFile::ReuploadNeeded(needed) = cdn.call(piece(&first, 0)).await.unwrap() else {
        panic!("nothing yet")
    };
    let give = |file_token: &[u8]| functions::upload::ReuploadCdnFile {
        file_token: file_token.to_vec(),
        request_token: needed.request_token.clone(),
    };
    assert_eq!(alice.error(give(&second)).await, bad("REQUEST_TOKEN_INVALID"));
    assert_eq!(alice.error(give(b"x")).await, bad("FILE_TOKEN_INVALID"));
    alice.call(give(&first)).await.unwrap();
    assert!(matches!(cdn.call(piece(&first, 0)).await.unwrap(), CdnFile::File(_)));
    let mut odd = piece(&first, 0);
    odd.limit = 5000;
    assert_eq!(cdn.error(odd).await, bad("LIMIT_INVALID"));
    clock.advance(Duration::from_secs(3600));
    // Nobody has been heard for an hour: the connections are closed.
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let mut cdn = at_cdn(&server, &mut alice).await;
    assert_eq!(cdn.error(piece(&first, 0)).await, bad("FILE_TOKEN_INVALID"), "an hour has passed");
}

#[tokio::test]
async fn without_a_cdn_or_who_does_not_ask_for_it_nobody_is_sent_there() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let location = document(&mut alice, &content(100)).await;
    assert!(matches!(alice.call(get(&location, 0)).await.unwrap(), File::File(_)));
    assert!(alice.call(functions::help::GetCdnConfig {}).await.unwrap().public_keys.is_empty());
    let server = builder().cdn(true).spawn().await.unwrap();
    let mut bob = Client::new(&server).await;
    bob.log_in(BOB, "Bob").await;
    let location = document(&mut bob, &content(100)).await;
    let plain = functions::upload::GetFile { cdn_supported: false, ..get(&location, 0) };
    assert!(matches!(bob.call(plain).await.unwrap(), File::File(_)));
}
