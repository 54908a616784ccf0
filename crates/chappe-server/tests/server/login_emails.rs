//! Login codes that go by mail: asked for by a server that wants an address of everybody, changed, given up.

use std::time::Duration;

use crate::common::{ALICE, Client, TestClock, builder, kept, send_code, server, sign_in, sign_up};
use chappe_api::{enums, functions, types};
use chappe_server::Server;
use enums::EmailVerifyPurpose as Purpose;
use enums::auth::{Authorization, SentCodeType};

const MAIL: &str = "alice@example.org";
const OTHER: &str = "alice@example.com";
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

fn sent(code: enums::auth::SentCode) -> types::auth::SentCode {
    let enums::auth::SentCode::Code(sent) = code else { panic!("{code:?}") };
    *sent
}

async fn ask(client: &mut Client) -> types::auth::SentCode {
    sent(client.call(send_code(ALICE)).await.unwrap())
}

fn mailed(sent: &types::auth::SentCode) -> &types::auth::SentCodeTypeEmailCode {
    let SentCodeType::EmailCode(mailed) = &sent.r#type else { panic!("{sent:?}") };
    mailed
}

/// A login with the code from a mail.
fn by_mail(sent: &types::auth::SentCode, code: &str) -> functions::auth::SignIn {
    functions::auth::SignIn {
        phone_code: None,
        email_verification: Some(types::EmailVerificationCode { code: code.into() }.into()),
        ..sign_in(ALICE, &sent.phone_code_hash, "")
    }
}

fn setup(sent: &types::auth::SentCode) -> Purpose {
    let phone_code_hash = sent.phone_code_hash.clone();
    types::EmailVerifyPurposeLoginSetup { phone_number: ALICE.into(), phone_code_hash }.into()
}

fn send(purpose: Purpose, email: &str) -> functions::account::SendVerifyEmailCode {
    functions::account::SendVerifyEmailCode { purpose, email: email.into() }
}

fn verify(purpose: Purpose, code: &str) -> functions::account::VerifyEmail {
    let verification = types::EmailVerificationCode { code: code.into() }.into();
    functions::account::VerifyEmail { purpose, verification }
}

fn reset(sent: &types::auth::SentCode) -> functions::auth::ResetLoginEmail {
    let phone_code_hash = sent.phone_code_hash.clone();
    functions::auth::ResetLoginEmail { phone_number: ALICE.into(), phone_code_hash }
}

async fn pattern(client: &mut Client) -> Option<String> {
    client.call(functions::account::GetPassword {}).await.unwrap().login_email_pattern
}

/// Alice, who has an account already, and a device that is not logged in.
async fn alice(server: &Server) -> (Client, Client) {
    let mut alice = Client::new(server).await;
    alice.log_in(ALICE, "Alice").await;
    let account = server.account("alice", named(ALICE)).await.unwrap();
    server.set_login_email(&account, Some(" Alice@Example.org ")).await.unwrap();
    (alice, Client::new(server).await)
}

fn named(phone: &str) -> chappe_server::NewAccount {
    chappe_server::NewAccount { phone: Some(phone.into()), ..Default::default() }
}

/// Gives a login an address; where its code went.
async fn set_up(server: &Server, client: &mut Client) -> types::auth::SentCode {
    let waiting = ask(client).await;
    assert!(matches!(waiting.r#type, SentCodeType::SetUpEmailRequired(_)), "{waiting:?}");
    let told = client.call(send(setup(&waiting), MAIL)).await.unwrap();
    assert_eq!((told.email_pattern.as_str(), told.length), ("a***e@example.org", 6));
    let code = server.email_code(MAIL).unwrap();
    let enums::account::EmailVerified::Login(verified) =
        client.call(verify(setup(&waiting), &code)).await.unwrap()
    else {
        panic!("not in a login")
    };
    assert_eq!(verified.email, MAIL);
    sent(verified.sent_code.clone())
}

#[tokio::test]
async fn a_code_goes_to_the_address_of_the_account_and_only_there() {
    let server = server().await;
    let (mut alice, mut other) = alice(&server).await;
    assert_eq!(pattern(&mut alice).await.as_deref(), Some("a***e@example.org"));
    let first = ask(&mut other).await;
    let told = mailed(&first);
    assert_eq!((told.email_pattern.as_str(), told.length), ("a***e@example.org", 6));
    assert_eq!((told.reset_available_period, told.reset_pending_date), (Some(7 * 24 * 3600), None));
    assert_eq!(server.login_code(ALICE), None, "nothing went to the number");
    let code = server.email_code(MAIL).unwrap();
    // Neither the codes that the number would have, nor the right one as if it had come to the number.
    for wrong in ["11111", "111111", &code] {
        let error = other.error(sign_in(ALICE, &first.phone_code_hash, wrong)).await;
        assert_eq!(error, bad("PHONE_CODE_INVALID"), "{wrong}");
    }
    assert_eq!(other.error(by_mail(&first, "111111")).await, bad("PHONE_CODE_INVALID"));
    let resend = functions::auth::ResendCode {
        phone_number: ALICE.into(),
        phone_code_hash: first.phone_code_hash.clone(),
        reason: None,
    };
    assert_eq!(other.error(resend).await, (406, "SEND_CODE_UNAVAILABLE".into()), "no way around the mail");
    let Authorization::Authorization(_) = other.call(by_mail(&first, &code)).await.unwrap() else {
        panic!("not logged in")
    };
    assert_eq!(server.email_code(MAIL), None, "it was used");
    assert_eq!(pattern(&mut other).await.as_deref(), Some("a***e@example.org"));
}

#[tokio::test]
async fn a_new_number_gets_an_address_before_it_gets_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).require_login_email(true).spawn().await.unwrap();
    let mut client = Client::new(&server).await;
    let waiting = ask(&mut client).await;
    assert!(matches!(waiting.r#type, SentCodeType::SetUpEmailRequired(_)));
    assert_eq!(server.login_code(ALICE), None);
    for wrong in ["11111", "111111"] {
        let error = client.error(sign_in(ALICE, &waiting.phone_code_hash, wrong)).await;
        assert_eq!(error, bad("PHONE_CODE_INVALID"), "no code was sent");
    }
    assert_eq!(client.error(send(setup(&waiting), "alice")).await, bad("EMAIL_INVALID"));
    let mut unknown = waiting.clone();
    unknown.phone_code_hash = "abc".into();
    assert_eq!(client.error(send(setup(&unknown), MAIL)).await, bad("PHONE_HASH_EXPIRED"));
    assert_eq!(client.error(verify(setup(&waiting), "123456")).await, bad("EMAIL_VERIFY_EXPIRED"));
    client.call(send(setup(&waiting), OTHER)).await.unwrap();
    let code = server.email_code(OTHER).unwrap();
    // Who wants another address cannot show it with the code for the first.
    client.call(send(setup(&waiting), MAIL)).await.unwrap();
    assert_eq!(client.error(verify(setup(&waiting), &code)).await, bad("CODE_INVALID"));

    let sent = set_up(&server, &mut client).await;
    assert_eq!(mailed(&sent).email_pattern, "a***e@example.org");
    let code = server.email_code(MAIL).unwrap();
    let Authorization::SignUpRequired(_) = client.call(by_mail(&sent, &code)).await.unwrap() else {
        panic!("no account is there yet")
    };
    client.call(sign_up(ALICE, &sent.phone_code_hash, "Alice")).await.unwrap();
    assert_eq!(pattern(&mut client).await.as_deref(), Some("a***e@example.org"));

    server.shutdown().await;
    let server = kept(folder.path()).spawn().await.unwrap();
    let sent = ask(&mut Client::new(&server).await).await;
    assert_eq!(mailed(&sent).email_pattern, "a***e@example.org");
}

#[tokio::test]
async fn an_address_alone_does_not_open_an_account_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    server.shutdown().await;
    let server = kept(folder.path()).require_login_email(true).spawn().await.unwrap();
    alice.reconnect(server.address()).await;
    let mut other = Client::new(&server).await;
    let sent = set_up(&server, &mut other).await;
    assert!(matches!(sent.r#type, SentCodeType::App(_)), "{sent:?}");
    assert_eq!(server.email_code(MAIL), None);
    assert_eq!(pattern(&mut alice).await, None, "the address holds once the login has succeeded");
    other.call(sign_in(ALICE, &sent.phone_code_hash, "11111")).await.unwrap();
    assert_eq!(pattern(&mut alice).await.as_deref(), Some("a***e@example.org"));
}

#[tokio::test]
async fn an_address_is_changed_once_the_new_one_is_confirmed() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let (mut alice, mut other) = alice(&server).await;
    let mut bob = Client::new(&server).await;
    assert_eq!(bob.error(send(Purpose::LoginChange, OTHER)).await, (401, "AUTH_KEY_UNREGISTERED".into()));
    bob.log_in(crate::common::BOB, "Bob").await;
    assert_eq!(bob.error(send(Purpose::LoginChange, OTHER)).await, bad("EMAIL_NOT_SETUP"));
    assert_eq!(alice.error(send(Purpose::LoginChange, "@")).await, bad("EMAIL_INVALID"));
    assert_eq!(alice.error(verify(Purpose::LoginChange, "123456")).await, bad("EMAIL_VERIFY_EXPIRED"));

    let before = ask(&mut other).await;
    let old = server.email_code(MAIL).unwrap();
    alice.call(send(Purpose::LoginChange, OTHER)).await.unwrap();
    assert_eq!(alice.error(verify(Purpose::LoginChange, "000")).await, bad("CODE_INVALID"));
    let google = types::EmailVerificationGoogle { token: "token".into() }.into();
    let google = functions::account::VerifyEmail { purpose: Purpose::LoginChange, verification: google };
    assert_eq!(alice.error(google).await, bad("EMAIL_NOT_ALLOWED"));
    assert_eq!(pattern(&mut alice).await.as_deref(), Some("a***e@example.org"), "not yet");
    let code = server.email_code(OTHER).unwrap();
    let enums::account::EmailVerified::Verified(verified) =
        alice.call(verify(Purpose::LoginChange, &code)).await.unwrap()
    else {
        panic!("that was no login")
    };
    assert_eq!(verified.email, OTHER);
    assert_eq!(pattern(&mut alice).await.as_deref(), Some("a***e@example.com"));
    assert_eq!(
        other.error(by_mail(&before, &old)).await,
        bad("PHONE_CODE_EXPIRED"),
        "it went to the old one"
    );
    assert_eq!(mailed(&ask(&mut other).await).email_pattern, "a***e@example.com");

    // Five tries, and no fresh ones for who asks again.
    alice.call(send(Purpose::LoginChange, MAIL)).await.unwrap();
    for _ in 0..5 {
        assert_eq!(alice.error(verify(Purpose::LoginChange, "000")).await, bad("CODE_INVALID"));
    }
    alice.call(send(Purpose::LoginChange, MAIL)).await.unwrap();
    let code = server.email_code(MAIL).unwrap();
    assert_eq!(alice.error(verify(Purpose::LoginChange, &code)).await, bad("EMAIL_VERIFY_EXPIRED"));
    server.advance(Duration::from_secs(601)).await.unwrap();
    alice.reconnect(server.address()).await;
    alice.call(send(Purpose::LoginChange, MAIL)).await.unwrap();
    let code = server.email_code(MAIL).unwrap();
    alice.call(verify(Purpose::LoginChange, &code)).await.unwrap();
}

#[tokio::test]
async fn who_cannot_read_the_mail_gets_a_code_to_the_number_after_a_week() {
    let server = server().await;
    let (mut alice, mut other) = alice(&server).await;
    alice.state().await;
    let first = ask(&mut other).await;
    let told = sent(other.call(reset(&first)).await.unwrap());
    assert_eq!(told.phone_code_hash, first.phone_code_hash);
    let at = mailed(&told).reset_pending_date.unwrap();
    let week = i64::from(at) - server.now().unix_secs();
    assert!((7 * 24 * 3600 - 60..=7 * 24 * 3600).contains(&week), "{week}");
    assert_eq!(mailed(&told).reset_available_period, None);
    assert_eq!(other.error(reset(&first)).await, bad("TASK_ALREADY_EXISTS"));
    crate::common::groups::hear(&mut alice).await;
    let (words, _) = alice.service.pop_back().expect("her devices are told");
    assert!(words.contains("cannot read its mail"), "{words}");

    // Who can read it after all takes it back.
    let code = server.email_code(MAIL).unwrap();
    other.call(by_mail(&first, &code)).await.unwrap();
    let mut third = Client::new(&server).await;
    let again = ask(&mut third).await;
    assert_eq!(mailed(&again).reset_pending_date, None);

    third.call(reset(&again)).await.unwrap();
    let at = mailed(&ask(&mut third).await).reset_pending_date.unwrap();
    let week = i64::from(at) - server.now().unix_secs();
    assert!((7 * 24 * 3600 - 60..=7 * 24 * 3600).contains(&week), "{week}");
    server.advance(WEEK + Duration::from_secs(60)).await.unwrap();
    third.reconnect(server.address()).await;
    let sent = ask(&mut third).await;
    assert!(matches!(sent.r#type, SentCodeType::App(_) | SentCodeType::Sms(_)), "{sent:?}");
    assert_eq!(third.error(reset(&sent)).await, bad("EMAIL_INSTALL_MISSING"));
    third.call(sign_in(ALICE, &sent.phone_code_hash, "11111")).await.unwrap();
    assert_eq!(pattern(&mut third).await, None);
}
