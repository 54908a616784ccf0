//! What a data folder keeps, and what goes wrong at the start.

use std::fs;

use crate::common::cloud::{Chat, device, draft, history, message, peer, send_media};
use crate::common::groups::{chat_in, chat_peer, create, full_chat};
use crate::common::{ALICE, BOB, Client, Pair, builder, data, in_memory, kept, rsa_key, service};
use chappe_api::{enums, functions, types};
use chappe_server::{Server, ServerError};

#[tokio::test]
async fn keys_accounts_and_queues_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let (alice, bob) = (pair.alice.saved.clone(), pair.bob.saved.clone());
    drop(pair.bob);
    for n in 0..3 {
        pair.alice.call(service(&pair.peer_a, n, data(1))).await.unwrap();
    }
    drop(pair.alice);
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut bob = Client::resume(server.address(), bob).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
        panic!("nothing")
    };
    assert_eq!((missed.new_encrypted_messages.len(), missed.state.qts), (3, 4));
    let mut alice = Client::resume(server.address(), alice).await;
    alice.call(service(&pair.peer_a, 9, data(1))).await.expect("the chat and its access hash are the same");
    let enums::Update::NewEncryptedMessage(update) = bob.update().await else { panic!("no message") };
    assert_eq!(update.qts, 5);
    assert_eq!(alice.find(BOB).await.user_id, pair.bob_user.id);
}

/// What people have set up, as they are told of it. Names, numbers and times of it do not change.
async fn set_up(alice: &mut Client, bob: &mut Client, its: &types::InputUser, group: i64) -> Vec<String> {
    let to_bob = peer(&alice.find(BOB).await);
    let her = bob.find(ALICE).await;
    let mut all = Vec::new();
    let users = functions::users::GetUsers { id: vec![her.clone().into()] };
    let enums::User::User(seen) = bob.call(users).await.unwrap().remove(0) else { panic!("nobody") };
    all.push(format!("photo {}", seen.photo.is_some()));
    let privacy = functions::account::GetPrivacy { key: enums::InputPrivacyKey::About };
    all.push(format!("privacy {:?}", alice.call(privacy).await.unwrap().rules));
    let on = types::InputNotifyPeer { peer: to_bob.clone() };
    let notify = functions::account::GetNotifySettings { peer: on.into() };
    all.push(format!("muted {:?}", alice.call(notify).await.unwrap().mute_until));
    let row = Chat::of(alice, &to_bob).await;
    all.push(format!("pinned {} draft {:?}", row.pinned, row.draft));
    let full = full_chat(alice, group).await;
    all.push(format!("invite {:?}", full.exported_invite));
    let bot = functions::users::GetFullUser { id: its.clone().into() };
    let info = alice.call(bot).await.unwrap().full_user.bot_info.unwrap();
    all.push(format!("commands {:?}", info.commands));
    let seen = history(alice, &to_bob).await;
    let Some(enums::MessageMedia::Document(media)) = message(&seen[0]).media.clone() else {
        panic!("no file")
    };
    let Some(enums::Document::Document(document)) = media.document else { panic!("no document") };
    let location = types::InputDocumentFileLocation {
        id: document.id,
        access_hash: document.access_hash,
        file_reference: document.file_reference,
        thumb_size: String::new(),
    };
    let get = functions::upload::GetFile {
        precise: false,
        cdn_supported: false,
        location: location.into(),
        offset: 0,
        limit: 4096,
    };
    let enums::upload::File::File(file) = alice.call(get).await.unwrap() else { panic!("elsewhere") };
    all.push(format!("file {} {:?}", document.id, file.bytes));
    all
}

#[tokio::test]
async fn what_people_have_set_up_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let bot = server.bot("helper").await.unwrap();
    let find =
        functions::contacts::ResolveUsername { username: bot.username.clone().unwrap(), referer: None };
    let enums::User::User(its) = alice.call(find).await.unwrap().users.remove(0) else { panic!("nobody") };
    let its = types::InputUser { user_id: its.id, access_hash: its.access_hash.unwrap() };
    let to_bob = alice.find(BOB).await;
    let made = alice.call(create("Two", vec![to_bob.clone().into()])).await.unwrap();
    let group = chat_in(&crate::common::cloud::full(made.updates).chats).id;
    let export = functions::messages::ExportChatInvite {
        legacy_revoke_permanent: true,
        request_needed: false,
        peer: chat_peer(group),
        expire_date: None,
        usage_limit: None,
        title: None,
        subscription_pricing: None,
    };
    alice.call(export).await.unwrap();
    let to_bob = peer(&to_bob);
    let image = image::RgbImage::from_pixel(200, 200, image::Rgb([7, 7, 7]));
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    for (file_id, bytes) in [(1, png.into_inner()), (2, vec![9; 1000])] {
        alice.call(functions::upload::SaveFilePart { file_id, file_part: 0, bytes }).await.unwrap();
    }
    let file =
        |id| types::InputFile { id, parts: 1, name: "file".into(), md5_checksum: String::new() }.into();
    let photo = functions::photos::UploadProfilePhoto {
        fallback: false,
        bot: None,
        file: Some(file(1)),
        video: None,
        video_start_ts: None,
        video_emoji_markup: None,
    };
    alice.call(photo).await.unwrap();
    let document = types::InputMediaUploadedDocument {
        nosound_video: false,
        force_file: true,
        spoiler: false,
        file: file(2),
        thumb: None,
        mime_type: "text/plain".into(),
        attributes: Vec::new(),
        stickers: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
    };
    alice.call(send_media(&to_bob, document, 1)).await.unwrap();
    let privacy = functions::account::SetPrivacy {
        key: enums::InputPrivacyKey::About,
        rules: vec![enums::InputPrivacyRule::AllowContacts, enums::InputPrivacyRule::DisallowAll],
    };
    alice.call(privacy).await.unwrap();
    let on: enums::InputNotifyPeer = types::InputNotifyPeer { peer: to_bob.clone() }.into();
    let settings = types::InputPeerNotifySettings {
        show_previews: None,
        silent: None,
        mute_until: Some(i32::MAX),
        sound: None,
        stories_muted: None,
        stories_hide_sender: None,
        stories_sound: None,
    };
    let mute = functions::account::UpdateNotifySettings { peer: on, settings: settings.into() };
    alice.call(mute).await.unwrap();
    alice.call(draft(&to_bob, "not yet")).await.unwrap();
    let in_list: enums::InputDialogPeer = types::InputDialogPeer { peer: to_bob.clone() }.into();
    alice.call(functions::messages::ToggleDialogPin { pinned: true, peer: in_list }).await.unwrap();
    let commands = functions::bots::SetBotCommands {
        scope: enums::BotCommandScope::Default,
        lang_code: String::new(),
        commands: vec![types::BotCommand {
            ephemeral: false,
            command: "help".into(),
            description: "Help".into(),
        }],
    };
    server.call(&bot, &commands).await.unwrap();
    let before = set_up(&mut alice, &mut bob, &its, group).await;
    for part in ["photo true", "pinned true", "muted Some(2147483647)"] {
        assert!(before.iter().any(|line| line.contains(part)), "{part}: {before:?}");
    }
    assert!(
        before.iter().any(|line| line.contains("not yet")) && before.iter().any(|line| line.contains("help"))
    );
    let (alice_saved, bob_saved) = (alice.saved.clone(), bob.saved.clone());
    drop((alice, bob));
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut alice = Client::resume(server.address(), alice_saved).await;
    let mut bob = Client::resume(server.address(), bob_saved).await;
    assert_eq!(set_up(&mut alice, &mut bob, &its, group).await, before);
}

#[tokio::test]
async fn a_login_code_is_known_after_a_restart_until_it_is_used_or_too_old() {
    const NUMBER: &str = "491712345678";
    let folder = tempfile::tempdir().unwrap();
    let clock = crate::common::TestClock::new();
    let start = || kept(folder.path()).clock(clock.clone()).spawn();
    let server = start().await.unwrap();
    let mut client = Client::new(&server).await;
    let hash = client.send_code(NUMBER).await;
    let code = server.login_code(NUMBER).expect("a code");
    let saved = client.saved.clone();
    server.shutdown().await;

    let server = start().await.unwrap();
    assert_eq!(server.login_code("+49 171 2345678"), Some(code.clone()));
    let mut client = Client::resume(server.address(), saved).await;
    client.call(crate::common::sign_in(NUMBER, &hash, &code)).await.expect("the code is right");
    client.call(crate::common::sign_up(NUMBER, &hash, "Clara")).await.expect("signed up");
    assert_eq!(server.login_code(NUMBER), None, "it was used");
    client.send_code(NUMBER).await;
    assert!(server.login_code(NUMBER).is_some());
    clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(server.login_code(NUMBER), None, "it is too old");
    server.shutdown().await;
    assert_eq!(start().await.unwrap().login_code(NUMBER), None);
}

#[tokio::test]
async fn memory_forgets() {
    let server = builder().spawn().await.unwrap();
    let client = Client::new(&server).await;
    let saved = client.saved.clone();
    server.shutdown().await;
    let server = builder().spawn().await.unwrap();
    let mut client = Client::resume(server.address(), saved).await;
    let _ = client.start(&functions::help::GetConfig {}, Vec::new());
    client.step().await;
    assert_eq!(client.transport_errors, [-404]);
}

#[tokio::test]
async fn a_taken_port_is_one_clear_line() {
    let server = builder().spawn().await.unwrap();
    let error = builder().listen(server.address()).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Listen { .. }));
    let text = error.to_string();
    assert!(text.contains(&server.address().to_string()) && !text.contains('\n'), "{text}");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_used_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = in_memory().data_dir(&file).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::DataDir { .. }), "{error}");
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("chappe.db"), [7; 4096]).unwrap();
    let error = in_memory().data_dir(&broken).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Database { .. }), "{error}");
    assert!(!error.to_string().contains('\n'));
}

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _first = in_memory().data_dir(folder.path()).spawn().await.unwrap();
    let error = in_memory().data_dir(folder.path()).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Database { .. }), "{error}");
}

#[tokio::test]
async fn a_key_file_is_made_once_and_read_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.pem");
    let first = Server::builder().rsa_key_file(&path).spawn().await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let second = Server::builder().rsa_key_file(&path).spawn().await.unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(first.public_key_pem(), second.public_key_pem());
    assert!(first.public_key_pem().starts_with("-----BEGIN RSA PUBLIC KEY-----"));

    fs::write(&path, "garbage").unwrap();
    let error = Server::builder().rsa_key_file(&path).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Key { .. }), "{error}");
    fs::write(&path, rsa_key().public().to_pem().unwrap()).unwrap();
    let error = Server::builder().rsa_key_file(&path).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Key { .. }), "{error}");
    let error = Server::builder().rsa_key_file(folder.path()).spawn().await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[tokio::test]
async fn a_server_in_memory_with_a_key_at_hand_makes_none() {
    let _ = rsa_key();
    in_memory().spawn().await.unwrap();
    let start = std::time::Instant::now();
    let _server = in_memory().spawn().await.unwrap();
    // That no key is made, which takes longer. How fast it is in a release build `cargo xtask load` holds: under 10 ms.
    assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_dropped_server_stops() {
    let server = in_memory().spawn().await.unwrap();
    let address = server.address();
    let mut client = Client::new(&server).await;
    drop(server);
    let ended = async { while client.step().await {} };
    tokio::time::timeout(crate::common::PATIENCE, ended).await.expect("connections end");
    for _ in 0..50 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("still listening");
}
