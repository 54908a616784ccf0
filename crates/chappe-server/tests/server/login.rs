//! Logging in and out: people, bots, temporary keys.

use std::time::Duration;

use crate::common::{
    ALICE, BOB, Client, Kind, Saved, TestClock, Wire, builder, import_bot, send_code, server, sign_in,
    sign_up, user,
};
use chappe_api::{enums, functions, types};
use chappe_mtproto::exchange::KeyLifetime;
use chappe_mtproto::rpc::bind::{Binding, call as bind_call};
use chappe_mtproto::session::client::DestroyAuthKeyOutcome;
use chappe_mtproto::transport::Framing;

fn unregistered() -> (i32, String) {
    (401, "AUTH_KEY_UNREGISTERED".into())
}

#[tokio::test]
async fn nobody_gets_anywhere_before_login() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    let me = || functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    assert_eq!(client.error(me()).await, unregistered());
    assert_eq!(client.error(functions::updates::GetState {}).await, unregistered());
    assert_eq!(client.error(functions::contacts::GetContacts { hash: 0 }).await, unregistered());
    let user = client.log_in(ALICE, "Alice").await;
    assert!(
        user.is_self && user.phone.as_deref() == Some(ALICE) && user.first_name.as_deref() == Some("Alice")
    );
    let users = client.call(me()).await.expect("oneself");
    assert_eq!(crate::common::user(users[0].clone()).id, user.id);
    client.call(functions::auth::LogOut {}).await.expect("logged out");
    assert_eq!(client.error(me()).await, unregistered());
    // Logging in again is the same account.
    assert_eq!(client.log_in(ALICE, "Alice").await.id, user.id);
}

#[tokio::test]
async fn test_numbers_take_their_code_with_five_and_with_six_digits() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    for code in ["22222", "222222"] {
        let hash = client.send_code(BOB).await;
        assert_eq!(server.login_code(BOB).as_deref(), Some("22222"));
        let answer = client.call(sign_in(BOB, &hash, code)).await.expect("the code is right");
        assert!(matches!(answer, enums::auth::Authorization::SignUpRequired(_)));
    }
}

#[tokio::test]
async fn other_numbers_get_a_code_that_the_server_tells() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    let hash = client.send_code("+49 171 2345678").await;
    let code = server.login_code("491712345678").expect("a code");
    assert_eq!(code.len(), 5);
    let answer = client.call(sign_in("491712345678", &hash, &code)).await.expect("the code is right");
    assert!(matches!(answer, enums::auth::Authorization::SignUpRequired(_)));
    client.call(sign_up("491712345678", &hash, "Clara")).await.expect("signed up");
    assert_eq!(server.login_code("491712345678"), None, "a code is used once");
    let again = client.error(sign_in("491712345678", &hash, &code)).await;
    assert_eq!(again, (400, "PHONE_CODE_EXPIRED".into()));
}

#[tokio::test]
async fn wrong_codes_are_refused_and_tries_are_few() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    let hash = client.send_code(ALICE).await;
    assert_eq!(client.error(sign_in(ALICE, &hash, "")).await, (400, "PHONE_CODE_EMPTY".into()));
    assert_eq!(client.error(sign_up(ALICE, &hash, "A")).await, (400, "PHONE_CODE_INVALID".into()));
    for _ in 0..5 {
        assert_eq!(client.error(sign_in(ALICE, &hash, "12345")).await, (400, "PHONE_CODE_INVALID".into()));
    }
    assert_eq!(client.error(sign_in(ALICE, &hash, "11111")).await, (400, "PHONE_CODE_EXPIRED".into()));
    let hash = client.send_code(ALICE).await;
    assert_eq!(client.error(sign_in(BOB, &hash, "11111")).await, (400, "PHONE_CODE_EXPIRED".into()));
    client.call(sign_in(ALICE, &hash, "11111")).await.expect("a new code is good");
}

#[tokio::test]
async fn codes_do_not_live_for_ever() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut client = Client::new(&server).await;
    let hash = client.send_code(ALICE).await;
    clock.advance(Duration::from_secs(601));
    let mut client = Client::new(&server).await;
    assert_eq!(client.error(sign_in(ALICE, &hash, "11111")).await, (400, "PHONE_CODE_EXPIRED".into()));
}

#[tokio::test]
async fn codes_can_be_sent_again_and_cancelled() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    let first = client.send_code(ALICE).await;
    let again = functions::auth::ResendCode {
        phone_number: ALICE.into(),
        phone_code_hash: first.clone(),
        reason: None,
    };
    let enums::auth::SentCode::Code(sent) = client.call(again).await.unwrap() else { panic!("no code") };
    assert_eq!(client.error(sign_in(ALICE, &first, "11111")).await, (400, "PHONE_CODE_EXPIRED".into()));
    let hash = sent.phone_code_hash.clone();
    let cancel = functions::auth::CancelCode { phone_number: ALICE.into(), phone_code_hash: hash.clone() };
    assert!(client.call(cancel).await.unwrap());
    assert_eq!(client.error(sign_in(ALICE, &hash, "11111")).await, (400, "PHONE_CODE_EXPIRED".into()));
}

#[tokio::test]
async fn what_is_no_number_or_no_name_is_refused() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    for number in ["", "123", "not a number", "99966100011234567"] {
        assert_eq!(client.error(send_code(number)).await, (406, "PHONE_NUMBER_INVALID".into()), "{number}");
    }
    let hash = client.send_code(ALICE).await;
    client.call(sign_in(ALICE, &hash, "11111")).await.unwrap();
    assert_eq!(client.error(sign_up(ALICE, &hash, "  ")).await, (400, "FIRSTNAME_INVALID".into()));
    let mut without_api_id = send_code(ALICE);
    without_api_id.api_id = 0;
    assert_eq!(client.error(without_api_id).await, (400, "API_ID_INVALID".into()));
}

#[tokio::test]
async fn a_bot_is_made_at_first_use_and_keeps_its_secret() {
    let server = server().await;
    let mut bot = Client::new(&server).await;
    let answer = bot.call(import_bot("4242:secret")).await.expect("a new bot");
    let enums::auth::Authorization::Authorization(authorization) = answer else { panic!("not logged in") };
    let account = user(authorization.user.clone());
    assert!(account.bot && account.id == 4242);
    let mut other = Client::new(&server).await;
    for token in ["4242:wrong", "4242:", ":secret", "4242", "-1:x", "word:x"] {
        assert_eq!(other.error(import_bot(token)).await, (400, "ACCESS_TOKEN_INVALID".into()), "{token}");
    }
    other.call(import_bot("4242:secret")).await.expect("the same bot on another device");
    assert_eq!(
        bot.error(functions::contacts::GetContacts { hash: 0 }).await,
        (400, "BOT_METHOD_INVALID".into())
    );
    bot.call(functions::updates::GetState {}).await.expect("bots have a state");
}

#[tokio::test]
async fn contacts_know_each_other_by_number() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    let bob_user = bob.log_in(BOB, "Bob").await;
    let seen = alice.find(BOB).await;
    assert_eq!(seen.user_id, bob_user.id);
    let stranger = alice.call(functions::users::GetUsers { id: vec![seen.clone().into()] }).await.unwrap();
    assert_eq!(user(stranger[0].clone()).phone, None, "numbers are not shown to strangers");
    let contact = types::InputPhoneContact {
        client_id: 9,
        phone: format!("+{BOB}"),
        first_name: "Bobby".into(),
        last_name: "B".into(),
        note: None,
    };
    let unknown = types::InputPhoneContact { client_id: 10, phone: "9996630003".into(), ..contact.clone() };
    let import = functions::contacts::ImportContacts { contacts: vec![contact, unknown] };
    let imported = alice.call(import).await.expect("imported");
    assert_eq!((imported.imported.len(), imported.imported[0].client_id), (1, 9));
    let known = user(imported.users[0].clone());
    assert_eq!((known.first_name.as_deref(), known.phone.as_deref()), (Some("Bobby"), Some(BOB)));
    let enums::contacts::Contacts::Contacts(contacts) =
        alice.call(functions::contacts::GetContacts { hash: 0 }).await.unwrap()
    else {
        panic!("no contacts")
    };
    assert_eq!((contacts.contacts[0].user_id, contacts.contacts[0].mutual), (bob_user.id, false));
    let nobody = functions::contacts::ResolvePhone { phone: "9996630003".into() };
    assert_eq!(alice.error(nobody).await, (400, "PHONE_NOT_OCCUPIED".into()));
    // Bob's hash for Alice's eyes is of no use to Bob's other acquaintances.
    let mut wrong = seen.clone();
    wrong.access_hash ^= 1;
    let users = alice.call(functions::users::GetUsers { id: vec![wrong.clone().into()] }).await.unwrap();
    assert!(matches!(users[0], enums::User::Empty(_)));
    let full = functions::users::GetFullUser { id: wrong.into() };
    assert_eq!(alice.error(full).await, (400, "USER_ID_INVALID".into()));
    let full = alice.call(functions::users::GetFullUser { id: seen.into() }).await.unwrap();
    assert_eq!(full.full_user.id, bob_user.id);
}

#[tokio::test]
async fn a_deleted_account_is_seen_as_deleted() {
    let server = server().await;
    let (mut alice, mut bob) = (Client::new(&server).await, Client::new(&server).await);
    alice.log_in(ALICE, "Alice").await;
    let before = bob.log_in(BOB, "Bob").await;
    let seen = alice.find(BOB).await;
    assert!(bob.call(functions::account::UpdateStatus { offline: false }).await.unwrap());
    let users = alice.call(functions::users::GetUsers { id: vec![seen.clone().into()] }).await.unwrap();
    assert!(matches!(user(users[0].clone()).status, Some(enums::UserStatus::Online(_))));
    assert!(
        bob.call(functions::account::DeleteAccount { reason: String::new(), password: None }).await.unwrap()
    );
    assert_eq!(bob.error(functions::updates::GetState {}).await, unregistered());
    let users = alice.call(functions::users::GetUsers { id: vec![seen.clone().into()] }).await.unwrap();
    let gone = user(users[0].clone());
    assert!(gone.deleted && gone.first_name.is_none() && gone.phone.is_none());
    let request = crate::common::request(seen, 5);
    assert_eq!(alice.error(request).await, (400, "INPUT_USER_DEACTIVATED".into()));
    // The number is free for somebody new.
    assert_ne!(bob.log_in(BOB, "Bobette").await.id, before.id);
}

#[tokio::test]
async fn a_temporary_key_speaks_for_the_permanent_one_it_is_bound_to() {
    let server = server().await;
    let mut main = Client::new(&server).await;
    let account = main.log_in(ALICE, "Alice").await;
    let mut wire = Wire::connect(server.address(), Kind::Obfuscated(Framing::Intermediate)).await;
    let lifetime = KeyLifetime::Temporary { expires_in: 3600 };
    let temp = wire.make_key(server.public_key().clone(), 2, lifetime).await;
    let saved = Saved::new(&temp);
    let mut client = Client::on(wire, saved);
    let me = || functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    client.call(functions::help::GetConfig {}).await.expect("allowed before the binding");
    assert_eq!(client.error(me()).await, (401, "AUTH_KEY_PERM_EMPTY".into()));
    let expires_at = temp.expires_at.expect("temporary");
    // A message that was not made with the permanent key binds nothing.
    let forged = functions::auth::BindTempAuthKey {
        perm_auth_key_id: main.saved.auth_key.id().0,
        nonce: 1,
        expires_at,
        encrypted_message: vec![7; 104],
    };
    assert_eq!(client.error(forged).await, (400, "ENCRYPTED_MESSAGE_INVALID".into()));
    let bound = bind(&mut client, &main.saved, &temp.auth_key, expires_at).await;
    assert!(bound, "the binding holds");
    let users = client.call(me()).await.expect("the permanent key is logged in");
    assert_eq!(user(users[0].clone()).id, account.id);
}

/// The call has to carry the msg_id that is inside it. Sessions number their messages themselves, so the message is
/// written by hand here.
async fn bind(client: &mut Client, perm: &Saved, temp: &chappe_crypto::AuthKey, expires_at: i32) -> bool {
    use chappe_crypto::{Role, message};
    use chappe_mtproto::session::{MsgId, SessionId};
    let session = SessionId(0x7e57);
    let unix = crate::common::now().unix;
    let msg_id = MsgId(i64::try_from(unix.as_secs()).unwrap() << 32 | i64::from(unix.subsec_nanos()) & !3);
    let binding =
        Binding { nonce: 77, temp_auth_key_id: temp.id(), temp_session_id: session, msg_id, expires_at };
    let body = bind_call(&perm.auth_key, &binding, &mut crate::common::rng()).unwrap();
    let mut plain = Vec::new();
    plain.extend(client.saved.salt.to_le_bytes());
    plain.extend(session.0.to_le_bytes());
    plain.extend(msg_id.0.to_le_bytes());
    plain.extend(1_i32.to_le_bytes());
    plain.extend(i32::try_from(body.len()).unwrap().to_le_bytes());
    plain.extend(&body);
    plain.resize(chappe_crypto::padding::padded_len(plain.len()), 0x33);
    let sealed = message::seal(temp.as_bytes(), Role::Initiator, &mut plain).unwrap();
    let mut packet = temp.id().to_le_bytes().to_vec();
    packet.extend(sealed.msg_key.0);
    packet.extend(&plain);
    client.wire.send(&packet).await;
    // The answer belongs to a session that the client's own does not know; a call of its own tells whether it worked.
    tokio::time::sleep(Duration::from_millis(200)).await;
    true
}

#[tokio::test]
async fn a_destroyed_key_is_unknown_afterwards() {
    let server = server().await;
    let mut client = Client::new(&server).await;
    client.log_in(ALICE, "Alice").await;
    client.session.destroy_auth_key();
    while client.destroyed.is_none() {
        assert!(client.step().await);
    }
    assert_eq!(client.destroyed, Some(DestroyAuthKeyOutcome::Ok));
    let mut again = Client::resume(server.address(), client.saved.clone()).await;
    let _ = again.start(&functions::help::GetConfig {}, Vec::new());
    again.step().await;
    assert_eq!(again.transport_errors, [-404]);
}
