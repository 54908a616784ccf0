//! Codes and how they travel, QR codes, another number, the list of devices.

use std::time::Duration;

use crate::common::{ALICE, BOB, Client, TestClock, builder, kept, send_code, server, sign_in};
use chappe_api::{enums, functions, types};
use chappe_server::{Clock, Server};
use enums::auth::{CodeType, LoginToken, SentCodeType};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

async fn device(server: &Server, phone: &str) -> Client {
    let mut client = Client::new(server).await;
    client.log_in(phone, "Somebody").await;
    client
}

fn sent(answer: enums::auth::SentCode) -> types::auth::SentCode {
    match answer {
        enums::auth::SentCode::Code(sent) => *sent,
        other => panic!("{other:?}"),
    }
}

fn resend(phone: &str, hash: &str) -> functions::auth::ResendCode {
    functions::auth::ResendCode { phone_number: phone.into(), phone_code_hash: hash.into(), reason: None }
}

#[tokio::test]
async fn a_code_goes_to_the_other_devices_first_and_then_other_ways() {
    let server = server().await;
    let mut first = Client::new(&server).await;
    let answer = sent(first.call(send_code(ALICE)).await.unwrap());
    assert!(matches!(answer.r#type, SentCodeType::Sms(_)), "nobody has this number yet");
    assert_eq!((answer.next_type, answer.timeout), (Some(CodeType::Call), Some(60)));
    first.log_in(ALICE, "Alice").await;
    let answer = sent(first.call(send_code(ALICE)).await.unwrap());
    assert!(matches!(answer.r#type, SentCodeType::Sms(_)), "it has no other device");

    let mut second = Client::new(&server).await;
    let answer = sent(second.call(send_code(ALICE)).await.unwrap());
    assert!(matches!(answer.r#type, SentCodeType::App(_)));
    assert_eq!(answer.next_type, Some(CodeType::Sms));
    let old = answer.phone_code_hash;
    let answer = sent(second.call(resend(ALICE, &old)).await.unwrap());
    assert!(matches!(answer.r#type, SentCodeType::Sms(_)));
    assert_eq!(second.error(resend(ALICE, &old)).await, bad("PHONE_CODE_EXPIRED"));
    let answer = sent(second.call(resend(ALICE, &answer.phone_code_hash)).await.unwrap());
    assert!(matches!(answer.r#type, SentCodeType::Call(_)));
    assert_eq!((answer.next_type, answer.timeout), (None, None));
    let last = answer.phone_code_hash;
    assert_eq!(second.error(resend(ALICE, &last)).await, (406, "SEND_CODE_UNAVAILABLE".into()));
    second.call(sign_in(ALICE, &last, "11111")).await.expect("the code is still good");
}

#[tokio::test]
async fn codes_cannot_be_guessed_by_asking_for_more_of_them() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut client = Client::new(&server).await;
    let number = "491712345678";
    for _ in 0..5 {
        let hash = client.send_code(number).await;
        let wrong = if server.login_code(number).unwrap() == "00000" { "00001" } else { "00000" };
        for _ in 0..5 {
            assert_eq!(client.error(sign_in(number, &hash, wrong)).await, bad("PHONE_CODE_INVALID"));
        }
        assert_eq!(client.error(sign_in(number, &hash, wrong)).await, bad("PHONE_CODE_EXPIRED"));
    }
    assert_eq!(client.error(send_code(number)).await, bad("PHONE_NUMBER_FLOOD"));
    client.send_code(BOB).await;
    clock.advance(Duration::from_secs(3601));
    Client::new(&server).await.send_code(number).await;
}

fn export(except_ids: Vec<i64>) -> functions::auth::ExportLoginToken {
    functions::auth::ExportLoginToken { api_id: 1, api_hash: "hash".into(), except_ids }
}

async fn token(client: &mut Client) -> Vec<u8> {
    match client.call(export(Vec::new())).await.unwrap() {
        LoginToken::Token(token) => token.token.clone(),
        other => panic!("{other:?}"),
    }
}

fn accept(token: &[u8]) -> functions::auth::AcceptLoginToken {
    functions::auth::AcceptLoginToken { token: token.to_vec() }
}

#[tokio::test]
async fn a_device_is_logged_in_by_another_that_reads_its_token() {
    let server = server().await;
    let mut old = Client::new(&server).await;
    let alice = old.log_in(ALICE, "Alice").await;
    let mut new = Client::new(&server).await;
    let stale = token(&mut new).await;
    let fresh = token(&mut new).await;
    assert_eq!(old.error(accept(&stale)).await, bad("AUTH_TOKEN_INVALIDX"), "a fresh one replaced it");
    assert_eq!(new.error(accept(&fresh)).await, (401, "AUTH_KEY_UNREGISTERED".into()));
    let import = |token: &[u8]| functions::auth::ImportLoginToken { token: token.to_vec() };
    assert!(
        matches!(new.call(import(&fresh)).await.unwrap(), LoginToken::Token(_)),
        "nobody has read it yet"
    );
    assert_eq!(new.error(import(b"nonsense")).await, bad("AUTH_TOKEN_INVALIDX"));

    let seen = old.call(accept(&fresh)).await.unwrap();
    assert_eq!((seen.current, seen.device_model.as_str()), (false, "test"));
    assert_eq!(old.error(accept(&fresh)).await, bad("AUTH_TOKEN_ALREADY_ACCEPTED"));
    assert!(matches!(new.note().await, enums::Update::LoginToken));
    let LoginToken::Success(success) = new.call(export(Vec::new())).await.unwrap() else {
        panic!("not logged in")
    };
    let enums::auth::Authorization::Authorization(authorization) = success.authorization.clone() else {
        panic!("not logged in")
    };
    assert_eq!(crate::common::user(authorization.user.clone()).id, alice.id);
    new.call(functions::updates::GetState {}).await.unwrap();
    let enums::Update::NewAuthorization(news) = old.note().await else { panic!("nothing of the new device") };
    assert!(news.unconfirmed && news.device.as_deref() == Some("test"));
    assert_eq!(news.hash, seen.hash);
}

#[tokio::test]
async fn a_token_is_not_for_excepted_accounts_nor_for_ever() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut old = Client::new(&server).await;
    let alice = old.log_in(ALICE, "Alice").await;
    let mut new = Client::new(&server).await;
    let LoginToken::Token(shown) = new.call(export(vec![5, alice.id])).await.unwrap() else {
        panic!("no token")
    };
    assert_eq!(old.error(accept(&shown.token)).await, bad("AUTH_TOKEN_EXCEPTION"));
    let fresh = token(&mut new).await;
    clock.advance(Duration::from_secs(31));
    assert_eq!(old.error(accept(&fresh)).await, bad("AUTH_TOKEN_EXPIRED"));
    assert_eq!(
        new.error(functions::auth::ImportLoginToken { token: fresh }).await,
        bad("AUTH_TOKEN_EXPIRED")
    );
}

fn change(phone: &str, hash: &str, code: &str) -> functions::account::ChangePhone {
    functions::account::ChangePhone {
        phone_number: phone.into(),
        phone_code_hash: hash.into(),
        phone_code: code.into(),
    }
}

#[tokio::test]
async fn a_number_is_changed_for_a_free_one_with_a_code_sent_there() {
    const OTHER: &str = "9996640004";
    let server = server().await;
    let mut alice = Client::new(&server).await;
    let before = alice.log_in(ALICE, "Alice").await;
    let mut bob = device(&server, BOB).await;
    let mut second = device(&server, ALICE).await;
    let import = functions::contacts::ImportContacts {
        contacts: vec![types::InputPhoneContact {
            client_id: 1,
            phone: ALICE.into(),
            first_name: "A".into(),
            last_name: String::new(),
            note: None,
        }],
    };
    bob.call(import).await.unwrap();
    // Anybody may see her number.
    let show = functions::account::SetPrivacy {
        key: enums::InputPrivacyKey::PhoneNumber,
        rules: vec![enums::InputPrivacyRule::AllowAll],
    };
    alice.call(show).await.unwrap();
    let ask = |phone: &str| functions::account::SendChangePhoneCode {
        phone_number: phone.into(),
        settings: send_code(phone).settings,
    };
    assert_eq!(alice.error(ask(BOB)).await, bad("PHONE_NUMBER_OCCUPIED"));
    assert_eq!(alice.error(ask("nonsense")).await, (406, "PHONE_NUMBER_INVALID".into()));
    let hash = sent(alice.call(ask(OTHER)).await.unwrap()).phone_code_hash;
    assert_eq!(alice.error(change(OTHER, &hash, "")).await, bad("PHONE_CODE_EMPTY"));
    assert_eq!(alice.error(change(OTHER, &hash, "55555")).await, bad("PHONE_CODE_INVALID"));
    // The code is for this purpose and this account only.
    assert_eq!(bob.error(change(OTHER, &hash, "44444")).await, bad("PHONE_CODE_EXPIRED"));
    assert_eq!(bob.error(sign_in(OTHER, &hash, "44444")).await, bad("PHONE_CODE_EXPIRED"));
    let after = crate::common::user(alice.call(change(OTHER, &hash, "44444")).await.unwrap());
    assert_eq!((after.id, after.phone.as_deref()), (before.id, Some(OTHER)));
    for other in [&mut second, &mut bob] {
        let news = loop {
            if let enums::Update::UserPhone(news) = other.note().await {
                break news;
            }
        };
        assert_eq!((news.user_id, news.phone.as_str()), (before.id, OTHER));
    }
    let mut again = Client::new(&server).await;
    assert_eq!(again.log_in(OTHER, "Alice").await.id, before.id);
    assert_ne!(Client::new(&server).await.log_in(ALICE, "Somebody else").await.id, before.id);
}

#[tokio::test]
async fn devices_are_listed_with_where_and_when_and_confirmed() {
    let server = server().await;
    let mut first = device(&server, ALICE).await;
    let second = device(&server, ALICE).await;
    let list = first.call(functions::account::GetAuthorizations {}).await.unwrap();
    assert_eq!(list.authorization_ttl_days, 183);
    let [mine, other] = &list.authorizations[..] else { panic!("{list:?}") };
    assert!(mine.current && !mine.unconfirmed && other.unconfirmed && !other.current);
    assert_eq!((other.ip.as_str(), other.system_version.as_str()), ("127.0.0.1", "1"));
    assert!(other.date_active >= other.date_created && other.date_created > 0);
    let enums::Update::NewAuthorization(news) = first.note().await else { panic!("no news") };
    assert_eq!(news.hash, other.hash);
    let confirm = functions::account::ChangeAuthorizationSettings {
        confirmed: true,
        hash: other.hash,
        encrypted_requests_disabled: None,
        call_requests_disabled: None,
    };
    assert!(first.call(confirm).await.unwrap());
    let list = first.call(functions::account::GetAuthorizations {}).await.unwrap();
    assert!(list.authorizations.iter().all(|device| !device.unconfirmed));
    drop(second);
    // A third one says so to both; a key that comes again says nothing.
    let web = first.call(functions::account::GetWebAuthorizations {}).await.unwrap();
    assert!(web.authorizations.is_empty());
    assert!(first.call(functions::account::ResetWebAuthorizations {}).await.unwrap());
    let none = functions::account::ResetWebAuthorization { hash: 1 };
    assert_eq!(first.error(none).await, bad("HASH_INVALID"));
}

#[tokio::test]
async fn what_is_not_used_is_ended_after_the_time_its_owner_says() {
    let clock = TestClock::new();
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).clock(clock.clone()).spawn().await.unwrap();
    let mut first = device(&server, ALICE).await;
    let account = first.log_in(ALICE, "Alice").await.id;
    let ttl = |days| functions::account::SetAuthorizationTtl { authorization_ttl_days: days };
    assert_eq!(first.error(ttl(0)).await, bad("TTL_DAYS_INVALID"));
    assert_eq!(first.error(ttl(1000)).await, bad("TTL_DAYS_INVALID"));
    assert!(first.call(ttl(7)).await.unwrap());
    assert_eq!(first.call(functions::account::GetAccountTtl {}).await.unwrap().days, 548);
    let account_ttl = |days| functions::account::SetAccountTtl { ttl: types::AccountDaysTtl { days } };
    assert_eq!(first.error(account_ttl(0)).await, bad("TTL_DAYS_INVALID"));
    assert!(first.call(account_ttl(30)).await.unwrap());
    assert_eq!(first.call(functions::account::GetAccountTtl {}).await.unwrap().days, 30);
    let saved = first.saved.clone();
    drop(first);

    clock.advance(8 * DAY);
    server.shutdown().await;
    let server = kept(folder.path()).clock(clock.clone()).spawn().await.unwrap();
    let mut saved = saved;
    saved.time_offset =
        i64::try_from(clock.now().unix.as_secs().saturating_sub(crate::common::now().unix.as_secs()))
            .unwrap();
    let mut ended = Client::resume(server.address(), saved).await;
    assert_eq!(ended.error(functions::updates::GetState {}).await, (401, "SESSION_REVOKED".into()));
    assert_eq!(device(&server, ALICE).await.log_in(ALICE, "Alice").await.id, account, "the account is there");

    clock.advance(31 * DAY);
    server.shutdown().await;
    let server = kept(folder.path()).clock(clock.clone()).spawn().await.unwrap();
    assert_ne!(device(&server, ALICE).await.log_in(ALICE, "Alice").await.id, account, "it was not used");
}
