//! Two-step verification: set, change, remove, show, forget.

use std::time::Duration;

use crate::common::{ALICE, Client, TestClock, builder, kept, rng, server, sign_in};
use chappe_api::{enums, functions, types};
use chappe_crypto::dh::DhParams;
use chappe_crypto::srp::{self, SrpAlgorithm};
use chappe_server::Server;
use enums::InputCheckPasswordSrp as Proof;
use enums::PasswordKdfAlgo::Sha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow as Kdf;
use enums::account::ResetPasswordResult as Reset;

const MAIL: &str = "alice@example.org";
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

fn password_needed() -> (i32, String) {
    (401, "SESSION_PASSWORD_NEEDED".into())
}

fn no_settings() -> types::account::PasswordInputSettings {
    types::account::PasswordInputSettings {
        new_algo: None,
        new_password_hash: None,
        hint: None,
        email: None,
        new_secure_settings: None,
    }
}

/// Settings with a new password, made from what the server offers.
fn new_password(
    offered: &types::account::Password,
    password: &str,
    hint: &str,
) -> types::account::PasswordInputSettings {
    let Kdf(kdf) = &offered.new_algo else { panic!("no algorithm") };
    let params = DhParams::known(kdf.g).unwrap();
    assert_eq!(kdf.p, params.p());
    let algorithm = SrpAlgorithm::for_new_password(&kdf.salt1, &kdf.salt2, params, &mut rng());
    let verifier = algorithm.verifier(password.as_bytes()).to_vec();
    let mut kdf = kdf.clone();
    kdf.salt1 = algorithm.salt1().to_vec();
    types::account::PasswordInputSettings {
        new_algo: Some(Kdf(kdf)),
        new_password_hash: Some(verifier),
        hint: Some(hint.to_owned()),
        ..no_settings()
    }
}

fn removal() -> types::account::PasswordInputSettings {
    types::account::PasswordInputSettings {
        new_algo: Some(enums::PasswordKdfAlgo::Unknown),
        new_password_hash: Some(Vec::new()),
        hint: Some(String::new()),
        ..no_settings()
    }
}

async fn asked(client: &mut Client) -> types::account::Password {
    client.call(functions::account::GetPassword {}).await.unwrap()
}

fn answer(asked: &types::account::Password, password: &str) -> Proof {
    let Some(Kdf(kdf)) = &asked.current_algo else { panic!("no password") };
    let algorithm = SrpAlgorithm::new(&kdf.salt1, &kdf.salt2, DhParams::known(kdf.g).unwrap());
    let answer =
        srp::compute(password.as_bytes(), &algorithm, asked.srp_b.as_ref().unwrap(), &mut rng()).unwrap();
    types::InputCheckPasswordSrp {
        srp_id: asked.srp_id.unwrap(),
        a: answer.a.to_vec(),
        m1: answer.m1.to_vec(),
    }
    .into()
}

pub(crate) async fn proof(client: &mut Client, password: &str) -> Proof {
    let asked = asked(client).await;
    answer(&asked, password)
}

fn update(
    password: Proof,
    new_settings: types::account::PasswordInputSettings,
) -> functions::account::UpdatePasswordSettings {
    functions::account::UpdatePasswordSettings { password, new_settings }
}

fn check(password: Proof) -> functions::auth::CheckPassword {
    functions::auth::CheckPassword { password }
}

pub(crate) async fn set(client: &mut Client, password: &str) {
    let offered = asked(client).await;
    let settings = new_password(&offered, password, "the usual");
    assert!(client.call(update(Proof::Empty, settings)).await.unwrap());
}

/// Alice with this password, and with her address if `mail` says so.
async fn alice(server: &Server, password: &str, mail: bool) -> Client {
    let mut alice = Client::new(server).await;
    alice.log_in(ALICE, "Alice").await;
    set(&mut alice, password).await;
    if mail {
        let proof = proof(&mut alice, password).await;
        let settings = types::account::PasswordInputSettings { email: Some(MAIL.into()), ..no_settings() };
        assert_eq!(alice.error(update(proof, settings)).await, bad("EMAIL_UNCONFIRMED_6"));
        let code = server.email_code(MAIL).unwrap();
        assert!(alice.call(functions::account::ConfirmPasswordEmail { code }).await.unwrap());
    }
    alice
}

/// A new device of Alice that has shown her code.
async fn halfway(server: &Server) -> Client {
    let mut client = Client::new(server).await;
    let hash = client.send_code(ALICE).await;
    assert_eq!(client.error(sign_in(ALICE, &hash, "11111")).await, password_needed());
    client
}

fn is_in(answer: enums::auth::Authorization) -> bool {
    matches!(answer, enums::auth::Authorization::Authorization(_))
}

#[tokio::test]
async fn only_the_right_password_opens_an_account_that_has_one() {
    let server = server().await;
    let mut alice = alice(&server, "right", false).await;
    let mut other = halfway(&server).await;
    let state = functions::updates::GetState {};
    assert_eq!(other.error(state.clone()).await, (401, "AUTH_KEY_UNREGISTERED".into()));
    let question = asked(&mut other).await;
    assert!(question.has_password && !question.has_recovery);
    assert_eq!(question.hint.as_deref(), Some("the usual"));
    assert_eq!(other.error(check(answer(&question, "wrong"))).await, bad("PASSWORD_HASH_INVALID"));
    // A question is good for one answer.
    assert_eq!(other.error(check(answer(&question, "right"))).await, bad("SRP_ID_INVALID"));
    assert_eq!(other.error(check(Proof::Empty)).await, bad("PASSWORD_HASH_INVALID"));
    // Nor does the answer of one device help another.
    let strange = proof(&mut alice, "right").await;
    assert_eq!(other.error(check(strange)).await, bad("SRP_ID_INVALID"));
    for a in [vec![0; 256], DhParams::known(3).unwrap().p().to_vec(), Vec::new(), vec![0xff; 300]] {
        let srp_id = asked(&mut other).await.srp_id.unwrap();
        let useless = types::InputCheckPasswordSrp { srp_id, a, m1: vec![0; 32] };
        assert_eq!(other.error(check(useless.into())).await, bad("PASSWORD_HASH_INVALID"));
    }
    assert_eq!(other.error(state.clone()).await.0, 401);
    let right = proof(&mut other, "right").await;
    assert!(is_in(other.call(check(right)).await.unwrap()));
    other.call(state).await.unwrap();
}

#[tokio::test]
async fn nobody_is_asked_who_has_not_shown_the_code() {
    let server = server().await;
    let _alice = alice(&server, "right", false).await;
    let mut stranger = Client::new(&server).await;
    let unregistered = (401, "AUTH_KEY_UNREGISTERED".to_owned());
    assert_eq!(stranger.error(functions::account::GetPassword {}).await, unregistered);
    assert_eq!(stranger.error(check(Proof::Empty)).await, unregistered);
    assert_eq!(stranger.error(functions::auth::RequestPasswordRecovery {}).await, unregistered);
    let recover = functions::auth::RecoverPassword { code: "1".into(), new_settings: None };
    assert_eq!(stranger.error(recover).await, unregistered);
    let delete = functions::account::DeleteAccount { reason: String::new(), password: None };
    assert_eq!(stranger.error(delete).await, unregistered);
}

#[tokio::test]
async fn a_password_is_changed_and_removed_only_with_the_old_one() {
    let server = server().await;
    let mut alice = alice(&server, "first", false).await;
    let question = asked(&mut alice).await;
    let second = new_password(&question, "second", "");
    assert_eq!(alice.error(update(Proof::Empty, second.clone())).await, bad("PASSWORD_HASH_INVALID"));
    assert_eq!(alice.error(update(Proof::Empty, removal())).await, bad("PASSWORD_HASH_INVALID"));
    let wrong = answer(&question, "wrong");
    assert_eq!(alice.error(update(wrong, second.clone())).await, bad("PASSWORD_HASH_INVALID"));

    let mut other = halfway(&server).await;
    let stale = proof(&mut other, "first").await;
    let right = proof(&mut alice, "first").await;
    assert!(alice.call(update(right, second)).await.unwrap());
    assert_eq!(other.error(check(stale)).await, bad("SRP_PASSWORD_CHANGED"));
    let old = proof(&mut other, "first").await;
    assert_eq!(other.error(check(old)).await, bad("PASSWORD_HASH_INVALID"));
    let new = proof(&mut other, "second").await;
    assert!(is_in(other.call(check(new)).await.unwrap()));

    let mut third = halfway(&server).await;
    let right = proof(&mut alice, "second").await;
    assert!(alice.call(update(right, removal())).await.unwrap());
    assert!(!asked(&mut third).await.has_password);
    assert!(is_in(third.call(check(Proof::Empty)).await.unwrap()), "nothing is left to show");
    Client::new(&server).await.log_in(ALICE, "Alice").await;
}

#[tokio::test]
async fn settings_that_cannot_hold_are_refused() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let offered = asked(&mut alice).await;
    let good = new_password(&offered, "password", "");
    let with =
        |change: &dyn Fn(&mut types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow)| {
            let mut settings = good.clone();
            let Some(Kdf(kdf)) = &mut settings.new_algo else { panic!("no algorithm") };
            change(kdf);
            settings
        };
    let mut cases = vec![
        (no_settings(), "NEW_SETTINGS_EMPTY"),
        (with(&|kdf| kdf.salt1[0] ^= 1), "NEW_SALT_INVALID"),
        (with(&|kdf| kdf.salt1.truncate(8)), "NEW_SALT_INVALID"),
        (with(&|kdf| kdf.salt2[0] ^= 1), "NEW_SALT_INVALID"),
        (with(&|kdf| kdf.g = 4), "NEW_SETTINGS_INVALID"),
        (with(&|kdf| kdf.p[255] ^= 4), "NEW_SETTINGS_INVALID"),
    ];
    for hash in [Vec::new(), vec![0; 256], vec![0xff; 256], vec![1; 257]] {
        let settings =
            types::account::PasswordInputSettings { new_password_hash: Some(hash), ..good.clone() };
        cases.push((settings, "NEW_SETTINGS_INVALID"));
    }
    for email in ["nobody", "a@b", "@example.org"] {
        let settings = types::account::PasswordInputSettings { email: Some(email.into()), ..good.clone() };
        cases.push((settings, "EMAIL_INVALID"));
    }
    let only_mail = types::account::PasswordInputSettings { email: Some(MAIL.into()), ..no_settings() };
    cases.push((only_mail, "NEW_SETTINGS_INVALID"));
    for (settings, error) in cases {
        assert_eq!(alice.error(update(Proof::Empty, settings)).await, bad(error));
    }
    assert!(!asked(&mut alice).await.has_password);
}

#[tokio::test]
async fn a_change_with_a_new_address_holds_once_it_is_confirmed() {
    let server = server().await;
    let mut alice = Client::new(&server).await;
    alice.log_in(ALICE, "Alice").await;
    let confirm = |code: &str| functions::account::ConfirmPasswordEmail { code: code.into() };
    assert_eq!(alice.error(confirm("123456")).await, bad("EMAIL_HASH_EXPIRED"));
    assert_eq!(alice.error(functions::account::ResendPasswordEmail {}).await, bad("EMAIL_HASH_EXPIRED"));
    assert_eq!(alice.error(functions::account::CancelPasswordEmail {}).await, bad("EMAIL_HASH_EXPIRED"));

    let offered = asked(&mut alice).await;
    let mut settings = new_password(&offered, "password", "hint");
    settings.email = Some("Alice@Example.org".into());
    assert_eq!(alice.error(update(Proof::Empty, settings.clone())).await, bad("EMAIL_UNCONFIRMED_6"));
    let seen = asked(&mut alice).await;
    assert!(!seen.has_password);
    assert_eq!(seen.email_unconfirmed_pattern.as_deref(), Some("a***e@example.org"));
    assert!(alice.call(functions::account::CancelPasswordEmail {}).await.unwrap());
    assert_eq!(server.email_code(MAIL), None);

    assert_eq!(alice.error(update(Proof::Empty, settings)).await, bad("EMAIL_UNCONFIRMED_6"));
    assert!(alice.call(functions::account::ResendPasswordEmail {}).await.unwrap());
    let code = server.email_code(MAIL).unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(alice.error(confirm(wrong)).await, bad("CODE_INVALID"));
    assert!(alice.call(confirm(&code)).await.unwrap());
    let seen = asked(&mut alice).await;
    assert!(seen.has_password && seen.has_recovery && seen.email_unconfirmed_pattern.is_none());
    assert_eq!(server.email_code(MAIL), None);

    let get = |password| functions::account::GetPasswordSettings { password };
    let wrong = proof(&mut alice, "wrong").await;
    assert_eq!(alice.error(get(wrong)).await, bad("PASSWORD_HASH_INVALID"));
    let right = proof(&mut alice, "password").await;
    assert_eq!(alice.call(get(right)).await.unwrap().email.as_deref(), Some(MAIL));
    // The same address needs no second code, and an empty one removes it.
    for (email, left) in [(MAIL, true), ("", false)] {
        let right = proof(&mut alice, "password").await;
        let settings = types::account::PasswordInputSettings { email: Some(email.into()), ..no_settings() };
        assert!(alice.call(update(right, settings)).await.unwrap());
        assert_eq!(asked(&mut alice).await.has_recovery, left);
    }
}

#[tokio::test]
async fn codes_by_mail_are_guessed_a_few_times_only() {
    let server = server().await;
    let _alice = alice(&server, "forgotten", true).await;
    let mut other = halfway(&server).await;
    let request = functions::auth::RequestPasswordRecovery {};
    assert_eq!(other.call(request.clone()).await.unwrap().email_pattern, "a***e@example.org");
    let code = server.email_code(MAIL).unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let check = |code: &str| functions::auth::CheckRecoveryPassword { code: code.into() };
    assert_eq!(other.error(check(" ")).await, bad("CODE_EMPTY"));
    for _ in 0..5 {
        assert_eq!(other.error(check(wrong)).await, bad("CODE_INVALID"));
        if let Err(error) = other.call(request.clone()).await {
            assert!(error.is("FLOOD_WAIT"), "{error}");
        }
    }
    assert_eq!(other.error(check(&code)).await, bad("PASSWORD_RECOVERY_EXPIRED"));
    assert!(other.call(request).await.unwrap_err().is("FLOOD_WAIT"), "no fresh code brings fresh tries");
}

#[tokio::test]
async fn a_forgotten_password_is_recovered_by_mail() {
    let server = server().await;
    let mut alice = alice(&server, "forgotten", true).await;
    let mut other = halfway(&server).await;
    other.call(functions::auth::RequestPasswordRecovery {}).await.unwrap();
    let code = server.email_code(MAIL).unwrap();
    let check = functions::auth::CheckRecoveryPassword { code: code.clone() };
    assert!(other.call(check).await.unwrap());
    let offered = asked(&mut other).await;
    let new_settings = new_password(&offered, "new", "");
    let recover =
        functions::auth::RecoverPassword { code: code.clone(), new_settings: Some(new_settings.into()) };
    assert!(is_in(other.call(recover.clone()).await.unwrap()));
    assert_eq!(other.error(recover).await, bad("PASSWORD_RECOVERY_EXPIRED"), "a code is good once");
    let seen = asked(&mut alice).await;
    assert!(seen.has_recovery, "the address stays");
    let get = functions::account::GetPasswordSettings { password: answer(&seen, "new") };
    alice.call(get).await.unwrap();

    // Without new settings the password is gone.
    let mut third = halfway(&server).await;
    third.call(functions::auth::RequestPasswordRecovery {}).await.unwrap();
    let code = server.email_code(MAIL).unwrap();
    let recover = functions::auth::RecoverPassword { code, new_settings: None };
    assert!(is_in(third.call(recover).await.unwrap()));
    assert!(!asked(&mut alice).await.has_password);
    let request = functions::auth::RequestPasswordRecovery {};
    assert_eq!(alice.error(request.clone()).await, bad("PASSWORD_EMPTY"));
    set(&mut alice, "again").await;
    assert_eq!(alice.error(request).await, bad("PASSWORD_RECOVERY_NA"));
}

#[tokio::test]
async fn wrong_passwords_run_out() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let _alice = alice(&server, "right", false).await;
    let mut other = halfway(&server).await;
    for _ in 0..10 {
        let srp_id = asked(&mut other).await.srp_id.unwrap();
        let wrong = types::InputCheckPasswordSrp { srp_id, a: vec![0x55; 256], m1: vec![0; 32] };
        assert_eq!(other.error(check(wrong.into())).await, bad("PASSWORD_HASH_INVALID"));
    }
    let right = proof(&mut other, "right").await;
    let error = other.call(check(right)).await.unwrap_err();
    assert!(
        error.is("FLOOD_WAIT") && error.argument.is_some_and(|wait| (3000..=3600).contains(&wait)),
        "{error}"
    );
    clock.advance(Duration::from_secs(3601));
    let mut other = halfway(&server).await;
    let right = proof(&mut other, "right").await;
    assert!(is_in(other.call(check(right)).await.unwrap()));
}

#[tokio::test]
async fn a_reset_takes_a_week_and_can_be_declined() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut one = Client::new(&server).await;
    one.log_in(ALICE, "Alice").await;
    let reset = functions::account::ResetPassword {};
    let decline = functions::account::DeclinePasswordReset {};
    assert_eq!(one.error(reset.clone()).await, bad("PASSWORD_EMPTY"));
    set(&mut one, "forgotten").await;
    assert_eq!(one.error(decline.clone()).await, bad("RESET_REQUEST_MISSING"));
    let Reset::RequestedWait(wait) = one.call(reset.clone()).await.unwrap() else { panic!("no wait") };
    assert_eq!(asked(&mut one).await.pending_reset_date, Some(wait.until_date));
    assert!(one.call(decline).await.unwrap());
    assert!(matches!(one.call(reset.clone()).await.unwrap(), Reset::FailedWait(_)));
    assert_eq!(asked(&mut one).await.pending_reset_date, None);
    let saved = one.saved.clone();
    drop(one);
    for step in [Duration::from_secs(24 * 3600 + 1), WEEK + Duration::from_secs(1)] {
        clock.advance(step);
        let mut again = later(&server, &saved, &clock).await;
        let answer = again.call(reset.clone()).await.unwrap();
        if step < WEEK {
            assert!(matches!(answer, Reset::RequestedWait(_)), "{answer:?}");
        } else {
            assert_eq!(answer, Reset::Ok);
            assert!(!asked(&mut again).await.has_password);
        }
    }
}

/// The device again, with its clock set by the server's.
async fn later(server: &Server, saved: &crate::common::Saved, clock: &TestClock) -> Client {
    use chappe_server::Clock;
    let mut saved = saved.clone();
    let ahead = clock.now().unix.as_secs().saturating_sub(crate::common::now().unix.as_secs());
    saved.time_offset = i64::try_from(ahead).unwrap();
    Client::resume(server.address(), saved).await
}

#[tokio::test]
async fn without_its_password_an_account_is_deleted_after_a_week_unless_somebody_shows_it() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut alice = alice(&server, "right", false).await;
    let delete = functions::account::DeleteAccount { reason: String::new(), password: None };
    let mut other = halfway(&server).await;
    let error = other.call(delete.clone()).await.unwrap_err();
    assert_eq!((error.code, error.text().as_str()), (420, "2FA_CONFIRM_WAIT_604800"));
    // Alice shows it: the request is void.
    let right = proof(&mut alice, "right").await;
    alice.call(functions::account::GetPasswordSettings { password: right }).await.unwrap();
    clock.advance(WEEK);
    let mut other = halfway(&server).await;
    assert!(other.call(delete.clone()).await.unwrap_err().is("2FA_CONFIRM_WAIT"));
    clock.advance(WEEK + Duration::from_secs(1));
    let mut other = halfway(&server).await;
    assert!(other.call(delete.clone()).await.unwrap());
    // With the password it is done at once, and the number is free.
    let mut fresh = Client::new(&server).await;
    fresh.log_in(ALICE, "Alice").await;
    set(&mut fresh, "right").await;
    let wrong = proof(&mut fresh, "wrong").await;
    let with = |proof| functions::account::DeleteAccount { reason: String::new(), password: Some(proof) };
    assert_eq!(fresh.error(with(wrong)).await, bad("PASSWORD_HASH_INVALID"));
    let right = proof(&mut fresh, "right").await;
    assert!(fresh.call(with(right)).await.unwrap());
    Client::new(&server).await.log_in(ALICE, "Alice").await;
}

#[tokio::test]
async fn passwords_survive_a_restart_and_temporary_ones_are_not_sold() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut one = alice(&server, "right", true).await;
    let right = proof(&mut one, "right").await;
    let temporary = functions::account::GetTmpPassword { password: right, period: 60 };
    assert_eq!(one.error(temporary).await, bad("TMP_PASSWORD_DISABLED"));
    let mut other = halfway(&server).await;
    other.call(functions::auth::RequestPasswordRecovery {}).await.unwrap();
    let (question, saved) = (asked(&mut other).await, other.saved.clone());
    let code = server.email_code(MAIL).unwrap();
    drop((one, other));
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    assert_eq!(server.email_code(MAIL), Some(code));
    let mut other = Client::resume(server.address(), saved).await;
    assert_eq!(other.error(check(answer(&question, "wrong"))).await, bad("PASSWORD_HASH_INVALID"));
    let right = proof(&mut other, "right").await;
    assert!(is_in(other.call(check(right)).await.unwrap()));
}

#[tokio::test]
async fn a_device_that_owes_the_password_is_listed_and_can_be_turned_away() {
    let server = server().await;
    let mut alice = alice(&server, "right", false).await;
    let mut other = halfway(&server).await;
    let list = alice.call(functions::account::GetAuthorizations {}).await.unwrap().authorizations;
    assert!(list.len() == 2 && !list[0].password_pending && list[1].password_pending);
    assert!(alice.call(functions::account::ResetAuthorization { hash: list[1].hash }).await.unwrap());
    assert_eq!(other.error(functions::account::GetPassword {}).await, (401, "AUTH_KEY_UNREGISTERED".into()));
    // A QR code does not spare the password either.
    let export =
        || functions::auth::ExportLoginToken { api_id: 1, api_hash: "hash".into(), except_ids: Vec::new() };
    let enums::auth::LoginToken::Token(token) = other.call(export()).await.unwrap() else {
        panic!("no token")
    };
    let accept = functions::auth::AcceptLoginToken { token: token.token.clone() };
    alice.call(accept).await.unwrap();
    assert_eq!(other.error(export()).await, password_needed());
    let right = proof(&mut other, "right").await;
    assert!(is_in(other.call(check(right)).await.unwrap()));
}
