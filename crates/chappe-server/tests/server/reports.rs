//! What clients report, and small settings that they keep with the server.

use std::time::Duration;

use crate::common::cloud::{self, device, history, peer};
use crate::common::groups::{Three, actions, chat_peer, hear, make_channel};
use crate::common::{ALICE, BOB, Client, builder, server, sign_in};
use chappe_api::{enums, functions, types};
use enums::MessageAction as A;

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

#[tokio::test]
async fn a_report_is_for_one_of_the_reasons_that_are_offered() {
    let server = server().await;
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let to_alice = peer(&bob.find(ALICE).await);
    let to_bob = peer(&alice.find(BOB).await);
    alice.call(cloud::send(&to_bob, "buy this", 1)).await.unwrap();
    let report = |option: &[u8]| functions::messages::Report {
        peer: to_alice.clone(),
        id: vec![1],
        option: option.to_vec(),
        message: String::new(),
    };
    let enums::ReportResult::ChooseOption(choice) = bob.call(report(b"")).await.unwrap() else {
        panic!("no choice")
    };
    assert_eq!(bob.call(report(&choice.options[0].option)).await.unwrap(), enums::ReportResult::Reported);
    assert_eq!(bob.error(report(b"nonsense")).await, bad("OPTION_INVALID"));
    assert!(bob.call(functions::messages::ReportSpam { peer: to_alice.clone() }).await.unwrap());
    let settings = functions::messages::GetPeerSettings { peer: to_alice };
    assert!(!bob.call(settings).await.unwrap().settings.report_spam, "the bar is gone");
    let nobody = types::InputPeerUser { user_id: 1, access_hash: 2 };
    assert_eq!(
        bob.error(functions::messages::ReportSpam { peer: nobody.into() }).await,
        bad("PEER_ID_INVALID")
    );
}

#[tokio::test]
async fn a_screenshot_is_told_in_private_chats_only() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    let shot = |peer: &enums::InputPeer, random_id| functions::messages::SendScreenshotNotification {
        peer: peer.clone(),
        reply_to: cloud::reply(0),
        random_id,
    };
    for (n, target) in [(1, &group), (2, &enums::InputPeer::PeerSelf)] {
        assert_eq!(t.alice.error(shot(target, n)).await, bad("PEER_ID_INVALID"));
    }
    let to_bob = peer(&t.to_bob);
    t.alice.call(shot(&to_bob, 3)).await.unwrap();
    t.alice.call(shot(&to_bob, 3)).await.unwrap();
    assert!(matches!(&actions(&hear(&mut t.bob).await)[..], [A::ScreenshotTaken]), "once for one random id");
    assert_eq!(history(&mut t.alice, &to_bob).await.len(), 1);
}

#[tokio::test]
async fn chats_that_are_louder_or_quieter_than_others_are_listed() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = chat_peer(t.group("Trio").await);
    let posts = make_channel(&mut t.alice, "Posts", true).await;
    let nothing = types::InputPeerNotifySettings {
        show_previews: None,
        silent: None,
        mute_until: None,
        sound: None,
        stories_muted: None,
        stories_hide_sender: None,
        stories_sound: None,
    };
    let quiet = types::InputPeerNotifySettings { mute_until: Some(i32::MAX), ..nothing.clone() };
    let loud = types::InputPeerNotifySettings { sound: Some(enums::NotificationSound::None), ..nothing };
    for (peer, settings) in [(peer(&t.to_bob), &quiet), (group, &quiet), (posts.peer.clone(), &loud)] {
        let peer = types::InputNotifyPeer { peer }.into();
        let update = functions::account::UpdateNotifySettings { peer, settings: settings.clone() };
        t.alice.call(update).await.unwrap();
    }
    let mut listed = async |peer: Option<enums::InputNotifyPeer>, compare_sound| {
        let query = functions::account::GetNotifyExceptions { compare_sound, compare_stories: false, peer };
        let found = cloud::full(t.alice.call(query).await.unwrap());
        let of = found.updates.into_iter().map(|update| match update {
            enums::Update::NotifySettings(update) => update.peer.clone(),
            other => panic!("{other:?}"),
        });
        of.collect::<Vec<_>>().len()
    };
    assert_eq!(listed(None, false).await, 2);
    assert_eq!(listed(None, true).await, 3);
    assert_eq!(listed(Some(enums::InputNotifyPeer::Users), true).await, 1);
    assert_eq!(listed(Some(enums::InputNotifyPeer::Chats), true).await, 1);
    assert_eq!(listed(Some(enums::InputNotifyPeer::Broadcasts), true).await, 1);
    assert_eq!(listed(Some(enums::InputNotifyPeer::Broadcasts), false).await, 0);
}

#[tokio::test]
async fn a_code_that_was_told_to_others_is_made_void() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let mut thief = Client::new(&server).await;
    let hash = thief.send_code(ALICE).await;
    let void = |codes: &[&str]| functions::account::InvalidateSignInCodes {
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
    };
    assert!(alice.call(void(&["22222", "4711"])).await.unwrap());
    assert!(server.login_code(ALICE).is_some(), "it was another one");
    let mut bob = device(&server, BOB).await;
    assert!(bob.call(void(&["11111"])).await.unwrap());
    assert!(server.login_code(ALICE).is_some(), "it is none of his");
    assert!(alice.call(void(&["11111"])).await.unwrap());
    assert_eq!(server.login_code(ALICE), None);
    assert_eq!(thief.error(sign_in(ALICE, &hash, "11111")).await, bad("PHONE_CODE_EXPIRED"));
}

#[tokio::test]
async fn what_clients_fetch_by_themselves_is_kept() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let ask = functions::account::GetAutoDownloadSettings {};
    let first = alice.call(ask.clone()).await.unwrap();
    let settings = types::AutoDownloadSettings { file_size_max: 4711, ..first.high.clone() };
    let save = functions::account::SaveAutoDownloadSettings { low: false, high: true, settings };
    assert!(alice.call(save).await.unwrap());
    let mut tablet = device(&server, ALICE).await;
    let then = tablet.call(ask.clone()).await.unwrap();
    assert_eq!((then.high.file_size_max, &then.low, &then.medium), (4711, &first.low, &first.medium));
    let mut bob = device(&server, BOB).await;
    assert_eq!(bob.call(ask).await.unwrap(), first);
    let sensitive = |sensitive_enabled| functions::account::SetContentSettings { sensitive_enabled };
    assert!(bob.call(sensitive(false)).await.unwrap());
    assert_eq!(bob.error(sensitive(true)).await, (403, "SENSITIVE_CHANGE_FORBIDDEN".into()));
}

#[tokio::test]
async fn a_link_to_somebody_is_good_for_an_hour() {
    let server = server().await;
    let (mut alice, mut bob) = (device(&server, ALICE).await, device(&server, BOB).await);
    let made = alice.call(functions::contacts::ExportContactToken {}).await.unwrap();
    let token = made.url.split('=').nth(1).unwrap().to_owned();
    let import = |token: &str| functions::contacts::ImportContactToken { token: token.to_owned() };
    let found = crate::common::user(bob.call(import(&token)).await.unwrap());
    let to_alice = types::InputPeerUser { user_id: found.id, access_hash: found.access_hash.unwrap() };
    bob.call(cloud::send(&to_alice.into(), "hello", 1)).await.unwrap();
    let mut forged = token.clone();
    forged.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    for wrong in ["", "x", &forged, &token[..20]] {
        assert_eq!(bob.error(import(wrong)).await, bad("IMPORT_TOKEN_INVALID"), "{wrong}");
    }
    server.advance(Duration::from_secs(3601)).await.unwrap();
    bob.reconnect(server.address()).await;
    assert_eq!(bob.error(import(&token)).await, bad("IMPORT_TOKEN_INVALID"), "it is too old");
}

#[tokio::test]
async fn a_bot_that_is_allowed_to_may_write_first() {
    let server = builder().spawn().await.unwrap();
    let mut alice = device(&server, ALICE).await;
    let bot = server.bot("helper").await.unwrap();
    let name = bot.username.clone().unwrap();
    let resolve = functions::contacts::ResolveUsername { username: name, referer: None };
    let found = alice.call(resolve).await.unwrap();
    let to_bot =
        found.users.into_iter().map(crate::common::user).find(|user| user.id == bot.user_id).unwrap();
    let to_bot = types::InputUser { user_id: to_bot.id, access_hash: to_bot.access_hash.unwrap() };
    let can = functions::bots::CanSendMessage { bot: to_bot.clone().into() };
    assert!(!alice.call(can.clone()).await.unwrap());
    let allow = functions::bots::AllowSendMessage { bot: to_bot.clone().into() };
    alice.call(allow.clone()).await.unwrap();
    assert!(alice.call(can).await.unwrap());
    alice.call(allow).await.unwrap();
    assert_eq!(history(&mut alice, &peer(&to_bot)).await.len(), 1, "it is told once");
    assert_eq!(
        alice.error(functions::bots::CanSendMessage { bot: enums::InputUser::UserSelf }).await,
        bad("BOT_INVALID")
    );
}

#[tokio::test]
async fn devices_say_by_which_service_they_are_woken() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let register = |token_type, token: &str| functions::account::RegisterDevice {
        no_muted: false,
        token_type,
        token: token.to_owned(),
        app_sandbox: false,
        secret: Vec::new(),
        other_uids: Vec::new(),
    };
    assert!(alice.call(register(2, "token")).await.unwrap());
    assert_eq!(alice.error(register(2, "")).await, bad("TOKEN_EMPTY"));
    assert_eq!(alice.error(register(99, "token")).await, bad("TOKEN_TYPE_INVALID"));
    let code = functions::auth::ReportMissingCode {
        phone_number: "12".into(),
        phone_code_hash: String::new(),
        mnc: String::new(),
    };
    assert_eq!(alice.error(code).await, bad("PHONE_NUMBER_INVALID"));
}
