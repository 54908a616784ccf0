//! What accounts do without a client, and what whoever watches the server sees of it.

use crate::common::{Client, Saved, server};
use chappe_api::{enums, functions, types};
use chappe_crypto::dh::DhParams;
use chappe_crypto::srp::{self, SrpAlgorithm};
use chappe_server::{Account, Server};

async fn resume(account: &Account) -> Client {
    let session = &account.session;
    let saved = Saved { auth_key: session.auth_key.clone(), salt: 0, time_offset: 0 };
    Client::resume(session.address, saved).await
}

#[tokio::test]
async fn what_an_account_writes_without_a_client_reaches_others_at_once() {
    let server = server().await;
    let (alice, bob) = (server.user("alice").await.unwrap(), server.user("bob").await.unwrap());
    let mut bob_client = resume(&bob).await;
    bob_client.state().await;
    server.send_text(&alice, bob.user_id, "hello").await.unwrap();
    let enums::Update::NewMessage(new) = bob_client.update().await else { panic!("another update") };
    let enums::Message::Message(message) = new.message else { panic!("no message") };
    assert_eq!(message.message, "hello");
    // Nobody called over the wire but Bob.
    assert!(!server.methods().contains_key("messages.sendMessage"));
}

#[tokio::test]
async fn such_calls_are_refused_as_those_of_a_client() {
    let server = server().await;
    let (alice, robot) = (server.user("alice").await.unwrap(), server.bot("robot").await.unwrap());
    let get = functions::contacts::GetContacts { hash: 0 };
    assert!(server.call(&robot, &get).await.unwrap_err().is("BOT_METHOD_INVALID"));
    let set = functions::bots::ResetBotCommands {
        scope: enums::BotCommandScope::Default,
        lang_code: String::new(),
    };
    assert!(server.call(&alice, &set).await.unwrap_err().is("USER_BOT_REQUIRED"));
    let missing = functions::payments::GetStarsTopupOptions {};
    assert!(server.call(&alice, &missing).await.unwrap_err().is("METHOD_NOT_IMPLEMENTED"));
    assert!(server.call_raw(&alice, &[1, 2, 3, 4]).await.unwrap_err().is("INPUT_METHOD_INVALID"));
    assert!(server.send_text(&alice, 1, "to nobody").await.unwrap_err().is("PEER_ID_INVALID"));
    resume(&alice).await.call(functions::auth::LogOut {}).await.unwrap();
    assert!(server.call(&alice, &get).await.unwrap_err().is("AUTH_KEY_UNREGISTERED"));
}

async fn shows_password(client: &mut Client, password: &str) -> Result<(), String> {
    let asked = client.call(functions::account::GetPassword {}).await.unwrap();
    let Some(enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow(kdf)) =
        asked.current_algo
    else {
        return Err("there is no password".into());
    };
    let algorithm = SrpAlgorithm::new(&kdf.salt1, &kdf.salt2, DhParams::known(3).unwrap());
    let b = asked.srp_b.unwrap();
    let answer = srp::compute(password.as_bytes(), &algorithm, &b, &mut crate::common::rng()).unwrap();
    let proof = types::InputCheckPasswordSrp {
        srp_id: asked.srp_id.unwrap(),
        a: answer.a.to_vec(),
        m1: answer.m1.to_vec(),
    };
    let check = functions::auth::CheckPassword { password: proof.into() };
    client.call(check).await.map(drop).map_err(|error| error.text())
}

#[tokio::test]
async fn a_password_that_was_set_for_an_account_is_asked_for_and_right() {
    let server = server().await;
    let alice = server.user("alice").await.unwrap();
    let (phone, code) = (alice.phone.clone().unwrap(), alice.fixed_code.clone().unwrap());
    server.set_password(&alice, "first", "").await.unwrap();
    server.set_password(&alice, "correct horse", "an animal").await.unwrap();
    let mut client = Client::new(&server).await;
    let hash = client.send_code(&phone).await;
    let needed = client.call(crate::common::sign_in(&phone, &hash, &code)).await.unwrap_err();
    assert!(needed.is("SESSION_PASSWORD_NEEDED"));
    assert_eq!(shows_password(&mut client, "first").await.unwrap_err(), "PASSWORD_HASH_INVALID");
    shows_password(&mut client, "correct horse").await.unwrap();
    server.set_password(&alice, "", "").await.unwrap();
    let mut other = Client::new(&server).await;
    let hash = other.send_code(&phone).await;
    other.call(crate::common::sign_in(&phone, &hash, &code)).await.unwrap();
    let robot = server.bot("robot").await.unwrap();
    assert!(server.set_password(&robot, "x", "").await.is_err());
    assert!(server.set_password(&alice, "x", &"h".repeat(256)).await.is_err());
}

async fn counts(server: &Server) -> [i64; 3] {
    let totals = server.totals().await.unwrap();
    [totals.groups, totals.messages, totals.devices]
}

#[tokio::test]
async fn who_watches_sees_groups_messages_and_sessions() {
    let server = server().await;
    let (alice, bob) = (server.user("alice").await.unwrap(), server.user("bob").await.unwrap());
    let before = counts(&server).await;
    let group = functions::messages::CreateChat {
        users: vec![server.input_user(&alice, bob.user_id).into()],
        title: "Tea".into(),
        ttl_period: None,
    };
    server.call(&alice, &group).await.unwrap();
    let channel = functions::channels::CreateChannel {
        broadcast: true,
        megagroup: false,
        for_import: false,
        forum: false,
        title: "News".into(),
        about: String::new(),
        geo_point: None,
        address: None,
        ttl_period: None,
    };
    server.call(&alice, &channel).await.unwrap();
    server.send_text(&alice, bob.user_id, &"x".repeat(300)).await.unwrap();
    let groups = server.groups().await.unwrap();
    let mut shown: Vec<_> =
        groups.iter().map(|group| (group.kind, group.title.as_str(), group.creator, group.members)).collect();
    shown.sort_unstable();
    assert_eq!(shown, [(0, "Tea", alice.user_id, 2), (2, "News", alice.user_id, 1)]);
    let messages = server.messages().await.unwrap();
    let text = messages.iter().find(|message| !message.is_service).unwrap();
    assert_eq!((text.author, text.peer, text.text.len()), (alice.user_id, bob.user_id, 200));
    assert_eq!(messages.iter().filter(|message| message.is_service).count(), 2, "one for each group");
    let after = counts(&server).await;
    assert_eq!([after[0] - before[0], after[1] - before[1], after[2] - before[2]], [2, 3, 0]);

    let mut client = resume(&bob).await;
    client.state().await;
    let sessions = server.sessions();
    let [session] = &sessions[..] else { panic!("{sessions:?}") };
    assert_eq!((session.user, session.connections.len()), (Some(bob.user_id), 1));
    assert_eq!(session.connections[0], server.connections()[0].id);
    assert!(!format!("{text:?}").contains("xxx"), "texts are not printed");
}
