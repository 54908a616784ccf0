//! Several data centres in one process: where accounts, keys and files are at home, and what clients meet elsewhere.

use std::time::Duration;

use crate::common::cloud::{peer, send};
use crate::common::{
    Client, Kind, PATIENCE, Saved, Wire, builder, import_bot, kept, send_code, sign_in, user,
};
use chappe_api::{enums, functions, types};
use chappe_mtproto::exchange::KeyLifetime;
use chappe_mtproto::transport::{Framing, Inbound};
use chappe_server::{NewAccount, Server, ServerError};

/// At home in the first and third data centre.
const ONE: &str = "9996610001";
const THREE: &str = "9996630003";

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

fn migrate(name: &str) -> (i32, String) {
    (303, name.to_owned())
}

async fn three() -> Server {
    builder().data_centres(3).spawn().await.unwrap()
}

async fn wire(server: &Server, dc_id: i32) -> Wire {
    let centre = server.data_centres().iter().find(|centre| centre.id == dc_id).unwrap();
    Wire::connect_as(centre.address, Kind::Obfuscated(Framing::Intermediate), dc_id.try_into().unwrap()).await
}

/// A client with a new key at this data centre.
async fn at(server: &Server, dc_id: i32) -> Client {
    let mut wire = wire(server, dc_id).await;
    let key = wire.make_key(server.public_key().clone(), dc_id, KeyLifetime::Permanent).await;
    Client::on(wire, Saved::new(&key))
}

async fn person(server: &Server, phone: &str, name: &str) -> (Client, types::User) {
    let mut client = at(server, phone[5..6].parse().unwrap()).await;
    let user = client.log_in(phone, name).await;
    (client, user)
}

/// Carries a login to another data centre.
async fn carry(server: &Server, from: &mut Client, dc_id: i32) -> Client {
    let exported = from.call(functions::auth::ExportAuthorization { dc_id }).await.unwrap();
    let mut there = at(server, dc_id).await;
    let import = functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes };
    there.call(import).await.unwrap();
    there
}

#[tokio::test]
async fn the_configuration_lists_all_data_centres_and_says_which_one_was_reached() {
    let server = three().await;
    let ids: Vec<i32> = server.data_centres().iter().map(|centre| centre.id).collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!((server.dc_id(), server.address()), (2, server.data_centres()[1].address));
    for dc_id in ids {
        let mut client = at(&server, dc_id).await;
        let config = client.call(functions::help::GetConfig {}).await.unwrap();
        assert_eq!(config.this_dc, dc_id);
        let listed: Vec<(i32, i32)> =
            config.dc_options.iter().map(|option| (option.id, option.port)).collect();
        let real: Vec<(i32, i32)> = server
            .data_centres()
            .iter()
            .map(|centre| (centre.id, i32::from(centre.address.port())))
            .collect();
        assert_eq!(listed, real);
        let nearest = client.call(functions::help::GetNearestDc {}).await.unwrap();
        assert_eq!((nearest.this_dc, nearest.nearest_dc), (dc_id, dc_id));
    }
}

#[tokio::test]
async fn a_number_is_sent_to_its_home() {
    let server = builder().data_centres(3).home("+49 30", 3).spawn().await.unwrap();
    let mut here = at(&server, 2).await;
    assert_eq!(here.error(send_code(ONE)).await, migrate("PHONE_MIGRATE_1"));
    assert_eq!(here.error(send_code("4930123456")).await, migrate("PHONE_MIGRATE_3"));
    // A number that says nothing is at home where it signs up, and nowhere else afterwards.
    let other = "9996670001";
    here.log_in(other, "Olga").await;
    let mut there = at(&server, 3).await;
    assert_eq!(there.error(send_code(other)).await, migrate("PHONE_MIGRATE_2"));
    // A code is good at home only.
    let mut home = at(&server, 1).await;
    let hash = home.send_code(ONE).await;
    assert_eq!(here.error(sign_in(ONE, &hash, "11111")).await, migrate("PHONE_MIGRATE_1"));
    home.log_in(ONE, "One").await;
}

#[tokio::test]
async fn people_at_home_in_different_places_write_to_each_other() {
    let server = three().await;
    let (mut one, _) = person(&server, ONE, "One").await;
    let (mut three, three_user) = person(&server, THREE, "Three").await;
    let him = one.find(THREE).await;
    assert_eq!(him.user_id, three_user.id);
    one.call(send(&peer(&him), "from far away", 1)).await.unwrap();
    let pushed = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(updates) = three.updates.pop_front() {
                return format!("{updates:?}");
            }
            assert!(three.step().await);
        }
    });
    assert!(pushed.await.unwrap().contains("from far away"));
}

#[tokio::test]
async fn a_key_is_known_only_where_it_was_made() {
    let server = three().await;
    let (home, _) = person(&server, ONE, "One").await;
    let mut elsewhere = Client::on(wire(&server, 2).await, home.saved.clone());
    elsewhere.start(&functions::help::GetConfig {}, Vec::new());
    let waited = tokio::time::timeout(PATIENCE, async {
        while elsewhere.transport_errors.is_empty() {
            elsewhere.step().await;
        }
    });
    waited.await.unwrap();
    assert_eq!(elsewhere.transport_errors, [-404]);
    // At home it is good.
    let mut home = Client::on(wire(&server, 1).await, home.saved.clone());
    home.state().await;
}

#[tokio::test]
async fn whoever_takes_a_data_centre_for_another_gets_no_key() {
    let server = three().await;
    let mut wrong = wire(&server, 1).await;
    let mut rng = crate::common::rng();
    let config = chappe_mtproto::exchange::ClientExchangeConfig::new(vec![server.public_key().clone()], 2);
    let mut exchange =
        chappe_mtproto::exchange::ClientExchange::new(config, crate::common::now(), &mut rng).unwrap();
    let code = loop {
        while let Some(output) = exchange.poll_output() {
            if let chappe_mtproto::exchange::client::Output::Transmit(packet) = output {
                wrong.send(&packet).await;
            }
        }
        match wrong.receive().await.unwrap() {
            Inbound::Packet(packet) => drop(exchange.handle_packet(&packet, crate::common::now(), &mut rng)),
            Inbound::Error(code) => break code.0,
            Inbound::QuickAck(_) => {}
        }
    };
    assert_eq!(code, -444);
}

#[tokio::test]
async fn a_login_is_carried_over_once_and_soon_or_not_at_all() {
    let server = three().await;
    let (mut home, me) = person(&server, ONE, "One").await;
    for dc_id in [0, 1, 4, -2] {
        let export = functions::auth::ExportAuthorization { dc_id };
        assert_eq!(home.error(export).await, bad("DC_ID_INVALID"), "{dc_id}");
    }
    let export = functions::auth::ExportAuthorization { dc_id: 2 };
    let exported = home.call(export.clone()).await.unwrap();
    assert_eq!(exported.id, me.id);
    let import = functions::auth::ImportAuthorization { id: exported.id, bytes: exported.bytes.clone() };
    // Not at another data centre, not for somebody else, not changed.
    let mut third = at(&server, 3).await;
    assert_eq!(third.error(import.clone()).await, bad("AUTH_BYTES_INVALID"));
    let mut second = at(&server, 2).await;
    let other = functions::auth::ImportAuthorization { id: exported.id + 1, ..import.clone() };
    assert_eq!(second.error(other).await, bad("AUTH_BYTES_INVALID"));
    let mut changed = import.clone();
    changed.bytes[0] ^= 1;
    assert_eq!(second.error(changed).await, bad("AUTH_BYTES_INVALID"));
    // Once.
    let enums::auth::Authorization::Authorization(authorization) = second.call(import.clone()).await.unwrap()
    else {
        panic!("not logged in")
    };
    assert_eq!(user(authorization.user.clone()).id, me.id);
    assert_eq!(at(&server, 2).await.error(import).await, bad("AUTH_BYTES_INVALID"));
    // What is done at home is not done there.
    assert_eq!(second.error(functions::updates::GetState {}).await, migrate("USER_MIGRATE_1"));
    assert_eq!(second.error(export.clone()).await, migrate("USER_MIGRATE_1"));
    let devices = home.call(functions::account::GetAuthorizations {}).await.unwrap();
    assert_eq!(devices.authorizations.len(), 1, "it is no device of its own");
    // Soon.
    let late = home.call(export.clone()).await.unwrap();
    server.advance(Duration::from_secs(400)).await.unwrap();
    home.reconnect(server.data_centres()[0].address).await;
    second.reconnect(server.data_centres()[1].address).await;
    let import = functions::auth::ImportAuthorization { id: late.id, bytes: late.bytes };
    assert_eq!(second.error(import).await, bad("AUTH_BYTES_INVALID"));
    // It ends with the login that it comes from, and so does what was not used yet.
    let unused = home.call(export).await.unwrap();
    let save = functions::upload::SaveFilePart { file_id: 5, file_part: 0, bytes: vec![1; 4] };
    assert!(second.call(save.clone()).await.unwrap());
    home.call(functions::auth::LogOut {}).await.unwrap();
    assert_eq!(second.error(save).await, (401, "AUTH_KEY_UNREGISTERED".to_owned()));
    let import = functions::auth::ImportAuthorization { id: unused.id, bytes: unused.bytes };
    assert_eq!(second.error(import).await, bad("AUTH_BYTES_INVALID"));
}

fn get(location: enums::InputFileLocation) -> functions::upload::GetFile {
    functions::upload::GetFile { precise: false, cdn_supported: false, location, offset: 0, limit: 4096 }
}

#[tokio::test]
async fn a_file_is_fetched_from_the_data_centre_that_has_it() {
    let server = three().await;
    let (mut one, _) = person(&server, ONE, "One").await;
    let (mut three, _) = person(&server, THREE, "Three").await;
    let him = one.find(THREE).await;
    let bytes = vec![7; 3000];
    let part = functions::upload::SaveFilePart { file_id: 77, file_part: 0, bytes: bytes.clone() };
    assert!(one.call(part).await.unwrap());
    let file = types::InputFile { id: 77, parts: 1, name: "seven".into(), md5_checksum: String::new() };
    let media = types::InputMediaUploadedDocument {
        nosound_video: false,
        force_file: true,
        spoiler: false,
        file: file.into(),
        thumb: None,
        mime_type: String::new(),
        attributes: Vec::new(),
        stickers: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
    };
    let sent = crate::common::cloud::send_media(&peer(&him), media, 9);
    one.call(sent).await.unwrap();
    let from = three.find(ONE).await;
    let history = crate::common::cloud::history(&mut three, &peer(&from)).await;
    let Some(enums::MessageMedia::Document(media)) = &crate::common::cloud::message(&history[0]).media else {
        panic!("no document")
    };
    let Some(enums::Document::Document(document)) = &media.document else { panic!("no document") };
    assert_eq!(document.dc_id, 1, "it is kept where it was sent");
    let location = types::InputDocumentFileLocation {
        id: document.id,
        access_hash: document.access_hash,
        file_reference: document.file_reference.clone(),
        thumb_size: String::new(),
    };
    assert_eq!(three.error(get(location.clone().into())).await, migrate("FILE_MIGRATE_1"));
    let hashes = functions::upload::GetFileHashes { location: location.clone().into(), offset: 0 };
    assert_eq!(three.error(hashes).await, migrate("FILE_MIGRATE_1"));
    let mut there = carry(&server, &mut three, 1).await;
    let enums::upload::File::File(fetched) = there.call(get(location.clone().into())).await.unwrap() else {
        panic!("no file")
    };
    assert_eq!(fetched.bytes, bytes);
    assert_eq!(three.error(get(location.into())).await, migrate("FILE_MIGRATE_1"));
}

#[tokio::test]
async fn a_bot_is_at_home_where_it_first_came() {
    let server = three().await;
    let mut first = at(&server, 3).await;
    first.call(import_bot("41:secret")).await.unwrap();
    let mut second = at(&server, 1).await;
    assert_eq!(second.error(import_bot("41:wrong")).await, bad("ACCESS_TOKEN_INVALID"));
    assert_eq!(second.error(import_bot("41:secret")).await, migrate("USER_MIGRATE_3"));
}

#[tokio::test]
async fn a_qr_code_moves_a_device_to_the_home_of_whoever_accepts() {
    let server = three().await;
    let (mut phone, me) = person(&server, THREE, "Three").await;
    let mut device = at(&server, 2).await;
    let export = functions::auth::ExportLoginToken { api_id: 1, api_hash: "hash".into(), except_ids: vec![] };
    let enums::auth::LoginToken::Token(shown) = device.call(export.clone()).await.unwrap() else {
        panic!("no token")
    };
    phone.call(functions::auth::AcceptLoginToken { token: shown.token }).await.unwrap();
    assert!(matches!(device.note().await, enums::Update::LoginToken));
    for _ in 0..2 {
        let enums::auth::LoginToken::MigrateTo(to) = device.call(export.clone()).await.unwrap() else {
            panic!("not sent home")
        };
        assert_eq!(to.dc_id, 3);
        let import = functions::auth::ImportLoginToken { token: to.token };
        let elsewhere = at(&server, 1).await.call(import.clone()).await.unwrap();
        assert!(matches!(elsewhere, enums::auth::LoginToken::MigrateTo(to) if to.dc_id == 3));
    }
    let enums::auth::LoginToken::MigrateTo(to) = device.call(export).await.unwrap() else {
        panic!("not sent home")
    };
    let mut home = at(&server, 3).await;
    let import = functions::auth::ImportLoginToken { token: to.token };
    let enums::auth::LoginToken::Success(success) = home.call(import).await.unwrap() else {
        panic!("not logged in")
    };
    let enums::auth::Authorization::Authorization(authorization) = success.authorization else {
        panic!("not logged in")
    };
    assert_eq!(user(authorization.user.clone()).id, me.id);
    home.state().await;
}

#[tokio::test]
async fn ready_accounts_are_at_home_somewhere_too() {
    let server = three().await;
    let alice = server.user("alice").await.unwrap();
    assert_eq!((alice.session.dc_id, alice.session.address), (2, server.address()));
    let new = NewAccount { dc_id: Some(3), ..NewAccount::default() };
    let carol = server.account("carol", new).await.unwrap();
    assert_eq!(carol.session.address, server.data_centres()[2].address);
    let new = NewAccount { phone: Some(ONE.into()), ..NewAccount::default() };
    assert_eq!(server.account("one", new).await.unwrap().session.dc_id, 1);
    let new = NewAccount { dc_id: Some(4), ..NewAccount::default() };
    assert!(matches!(server.account("dora", new).await, Err(ServerError::Account { .. })));
    let saved = Saved { auth_key: carol.session.auth_key.clone(), salt: 0, time_offset: 0 };
    let mut client = Client::on(wire(&server, 3).await, saved);
    client.state().await;
}

#[tokio::test]
async fn a_world_grows_by_data_centres_but_never_shrinks() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let (mut old, _) = {
        let mut client = Client::new(&server).await;
        let user = client.log_in(THREE, "Three").await;
        (client, user)
    };
    old.state().await;
    server.shutdown().await;
    // Whoever was there before is at home everywhere, and known by the old key.
    let server = kept(folder.path()).data_centres(2).spawn().await.unwrap();
    for centre in server.data_centres() {
        Client::resume(centre.address, old.saved.clone()).await.state().await;
    }
    at(&server, 1).await.log_in(ONE, "One").await;
    server.shutdown().await;
    let server = kept(folder.path()).spawn().await.unwrap();
    assert_eq!(server.data_centres().len(), 2, "it has as many as before");
    server.shutdown().await;
    let smaller = kept(folder.path()).data_centres(1).spawn().await;
    assert!(matches!(smaller, Err(ServerError::DataCentres { .. })));
    for count in [0, 6] {
        let error = builder().data_centres(count).spawn().await;
        assert!(matches!(error, Err(ServerError::DataCentres { .. })), "{count}");
    }
    assert!(matches!(builder().data_centres(3).dc_id(4).spawn().await, Err(ServerError::DataCentres { .. })));
}

#[tokio::test]
async fn with_one_data_centre_nothing_is_carried_anywhere() {
    let server = crate::common::server().await;
    let mut client = Client::new(&server).await;
    let me = client.log_in(ONE, "One").await;
    for dc_id in 1..=5 {
        let export = functions::auth::ExportAuthorization { dc_id };
        assert_eq!(client.error(export).await, bad("DC_ID_INVALID"));
    }
    let import = functions::auth::ImportAuthorization { id: me.id, bytes: vec![0; 32] };
    assert_eq!(Client::new(&server).await.error(import).await, bad("AUTH_BYTES_INVALID"));
}
