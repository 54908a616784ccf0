//! Everything else that there is to logging in: codes again, passwords, QR codes, other devices, and all of it by questions.

use std::sync::{Arc, Mutex};

use chappe::login::{Callbacks, CodeReply, NewPassword, PasswordChange};
use chappe::session::MemorySession;
use chappe::{Client, CodeDelivery, DataCentres, Error, ErrorKind, SignIn};
use chappe_server::Server;

use crate::common::{builder, log_in, person, phone, server, soon};

async fn new_client(server: &Server) -> Client {
    builder(server, MemorySession::new()).connect().await.unwrap()
}

#[tokio::test]
async fn a_code_is_sent_again_in_another_way_and_a_login_is_cancelled() {
    let server = server().await;
    let client = new_client(&server).await;
    let first = client.request_login_code(&phone(501)).await.unwrap();
    let again = client.resend_login_code(&first).await.unwrap();
    assert_ne!((first.delivery, &first.phone_code_hash), (again.delivery, &again.phone_code_hash));
    assert!(matches!(again.delivery, CodeDelivery::Sms | CodeDelivery::Call), "{again:?}");
    client.cancel_login_code(&again).await.unwrap();
    assert!(client.sign_in(&again, "22222").await.unwrap_err().is("PHONE_CODE_EXPIRED"));
    assert!(client.resend_login_code(&again).await.unwrap_err().is("PHONE_CODE_EXPIRED"));
}

#[tokio::test]
async fn a_password_is_set_changed_and_removed() {
    let server = server().await;
    let (owner, user) = person(&server, 502, "Alice").await;
    assert!(!owner.password_info().await.unwrap().is_set);
    assert_eq!(owner.set_password(None, NewPassword::new("")).await.unwrap_err().kind(), ErrorKind::Argument);
    let first = NewPassword::new("correct horse").hint("an animal");
    assert_eq!(owner.set_password(None, first).await.unwrap(), PasswordChange::Done);
    let info = owner.password_info().await.unwrap();
    assert!(info.is_set && !info.has_recovery);
    assert_eq!(info.hint.as_deref(), Some("an animal"));
    for wrong in [None, Some("wrong")] {
        let error = owner.set_password(wrong, NewPassword::new("stolen")).await.unwrap_err();
        assert!(error.is("PASSWORD_HASH_INVALID"), "{error}");
    }
    owner.set_password(Some("correct horse"), NewPassword::new("battery staple")).await.unwrap();

    let client = new_client(&server).await;
    let token = client.request_login_code(&phone(502)).await.unwrap();
    assert!(matches!(client.sign_in(&token, "22222").await.unwrap(), SignIn::PasswordRequired { .. }));
    assert!(client.check_password("correct horse").await.unwrap_err().is("PASSWORD_HASH_INVALID"));
    assert_eq!(client.check_password("battery staple").await.unwrap().id, user.id);

    assert!(owner.remove_password("wrong").await.unwrap_err().is("PASSWORD_HASH_INVALID"));
    owner.remove_password("battery staple").await.unwrap();
    assert!(!owner.password_info().await.unwrap().is_set);
    let client = new_client(&server).await;
    log_in(&client, 502, "Alice").await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_code_from_the_mail() {
    let server = server().await;
    let (owner, user) = person(&server, 503, "Alice").await;
    let password = NewPassword::new("correct horse").recovery_email("alice@example.org");
    let change = owner.set_password(None, password).await.unwrap();
    assert_eq!(change, PasswordChange::EmailUnconfirmed { code_length: Some(6) });
    assert!(!owner.password_info().await.unwrap().is_set, "nothing holds before the code");
    assert!(owner.confirm_password_email("000").await.unwrap_err().is("CODE_INVALID"));
    let code = server.email_code("alice@example.org").unwrap();
    owner.confirm_password_email(&code).await.unwrap();
    let info = owner.password_info().await.unwrap();
    assert!(info.is_set && info.has_recovery && info.unconfirmed_email.is_none());

    let client = new_client(&server).await;
    let token = client.request_login_code(&phone(503)).await.unwrap();
    assert!(matches!(client.sign_in(&token, "22222").await.unwrap(), SignIn::PasswordRequired { .. }));
    let address = client.request_password_recovery().await.unwrap();
    assert!(address.contains('*') && address.ends_with("example.org"), "{address}");
    let code = server.email_code("alice@example.org").unwrap();
    let recovered = client.recover_password(&code, Some(NewPassword::new("battery staple"))).await.unwrap();
    assert_eq!(recovered.id, user.id);

    let client = new_client(&server).await;
    let token = client.request_login_code(&phone(503)).await.unwrap();
    client.sign_in(&token, "22222").await.unwrap();
    assert!(client.check_password("correct horse").await.is_err());
    client.check_password("battery staple").await.unwrap();

    // Without a new one there is none any more.
    let client = new_client(&server).await;
    let token = client.request_login_code(&phone(503)).await.unwrap();
    assert!(matches!(client.sign_in(&token, "22222").await.unwrap(), SignIn::PasswordRequired { .. }));
    client.request_password_recovery().await.unwrap();
    let code = server.email_code("alice@example.org").unwrap();
    assert_eq!(client.recover_password(&code, None).await.unwrap().id, user.id);
    assert!(!client.password_info().await.unwrap().is_set);
    log_in(&new_client(&server).await, 503, "Alice").await;
}

#[tokio::test]
async fn other_devices_are_seen_and_logged_out() {
    let server = server().await;
    let (client, user) = person(&server, 504, "Alice").await;
    let mut others = Vec::new();
    for model in ["Lamp", "Kettle", "Door"] {
        let other =
            builder(&server, MemorySession::new()).device(model, "1", "1", "en").connect().await.unwrap();
        log_in(&other, 504, "Alice").await;
        others.push(other);
    }
    let sessions = client.sessions().await.unwrap();
    assert_eq!(sessions.len(), 4);
    assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
    let kettle = sessions.iter().find(|session| session.device_model == "Kettle").unwrap();
    client.end_session(kettle.hash).await.unwrap();
    assert!(!soon(others[1].is_authorized()).await.unwrap());
    assert!(soon(others[0].is_authorized()).await.unwrap());
    assert!(client.end_session(kettle.hash).await.unwrap_err().is("HASH_INVALID"));
    client.end_other_sessions().await.unwrap();
    assert!(!soon(others[0].is_authorized()).await.unwrap());
    assert_eq!(client.me().await.unwrap().id, user.id);
    assert_eq!(client.sessions().await.unwrap().len(), 1);
}

/// Shows each QR code to the phone.
fn shown() -> (impl FnMut(&chappe::login::QrToken), tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    (move |token: &chappe::login::QrToken| drop(sender.send(token.url())), receiver)
}

#[tokio::test]
async fn a_qr_code_logs_in_after_it_was_renewed() {
    let server = server().await;
    let (owner, user) = person(&server, 505, "Alice").await;
    let client = new_client(&server).await;
    let (show, mut urls) = shown();
    let login = tokio::spawn({
        let client = client.clone();
        async move { client.sign_in_by_qr(&[], show).await }
    });
    let first = soon(urls.recv()).await.unwrap();
    assert!(first.starts_with("tg://login?token="));
    // The first one ends: another one is shown.
    server.advance(std::time::Duration::from_secs(120)).await.unwrap();
    client.reconnect();
    let error = owner.accept_login_token("https://example.org").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    let error = owner.accept_login_token(&first).await.unwrap_err();
    assert!(error.rpc().is_some_and(|rpc| rpc.name.starts_with("AUTH_TOKEN_")), "{error}");
    // Each new connection shows another one: the last one counts.
    let device = loop {
        let mut url = soon(urls.recv()).await.unwrap();
        while let Ok(newer) = urls.try_recv() {
            url = newer;
        }
        assert_ne!(url, first);
        match soon(owner.accept_login_token(&url)).await {
            Ok(device) => break device,
            Err(error) => {
                assert!(error.rpc().is_some_and(|rpc| rpc.name.starts_with("AUTH_TOKEN_")), "{error}")
            }
        }
    };
    assert_eq!(device.device_model, "Chappe");
    let SignIn::Done(me) = soon(login).await.unwrap().unwrap() else { panic!("not logged in") };
    assert_eq!(me.id, user.id);
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
}

#[tokio::test]
async fn a_qr_code_leads_home_and_to_the_password() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let first = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let centres = server
        .data_centres()
        .iter()
        .fold(first, |known, centre| known.with_centre(centre.id, centre.address));
    let connect = || Client::builder(1, "hash").data_centres(centres.clone()).connect();
    // At home in the third.
    let owner = connect().await.unwrap();
    let token = owner.request_login_code("+9996630506").await.unwrap();
    owner.sign_in(&token, "33333").await.unwrap();
    let user = owner.sign_up(&token, "Alice", "").await.unwrap();
    owner.set_password(None, NewPassword::new("correct horse")).await.unwrap();

    let client = connect().await.unwrap();
    assert_eq!(client.stored_session().await.unwrap().dc_id, 2);
    let (show, mut urls) = shown();
    let prompts = tokio::spawn({
        let client = client.clone();
        async move {
            let mut prompts = Callbacks::qr(show).password(|_| async { Ok("correct horse".to_owned()) });
            client.start(&mut prompts).await
        }
    });
    let url = soon(urls.recv()).await.unwrap();
    soon(owner.accept_login_token(&url)).await.unwrap();
    assert_eq!(soon(prompts).await.unwrap().unwrap().id, user.id);
    assert_eq!(client.stored_session().await.unwrap().dc_id, 3, "it went home");
}

#[tokio::test]
async fn questions_lead_through_a_whole_login() {
    let server = server().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let prompts = |codes: Vec<CodeReply>| {
        let (told, mut codes) = (told.clone(), codes.into_iter());
        Callbacks::phone(phone(507))
            .code(move |sent| {
                assert_eq!(sent.code_length, Some(5));
                let code = codes.next().ok_or_else(|| Error::cancelled("no further code"));
                async { code }
            })
            .name(|_| async { Ok(("Alice".to_owned(), "Test".to_owned())) })
            .password(|hint| async move { Ok(hint.unwrap_or_default()) })
            .rejected(move |error| told.lock().unwrap().push(error.rpc().unwrap().name.clone()))
    };
    let code = |text: &str| CodeReply::Code(text.to_owned());
    // Sign-up, after a wrong code and a second sending.
    let client = new_client(&server).await;
    let mut first = prompts(vec![code("11111"), CodeReply::Resend, code(" 22222 ")]);
    let user = soon(client.start(&mut first)).await.unwrap();
    assert_eq!(user.first_name.as_deref(), Some("Alice"));
    assert_eq!(std::mem::take(&mut *told.lock().unwrap()), ["PHONE_CODE_INVALID"]);
    // Whoever is logged in is asked nothing.
    assert_eq!(soon(client.start(&mut prompts(Vec::new()))).await.unwrap().id, user.id);

    // The password, which this user has put into the hint.
    client.set_password(None, NewPassword::new("open sesame").hint("open sesame")).await.unwrap();
    let other = new_client(&server).await;
    assert_eq!(soon(other.start(&mut prompts(vec![code("22222")]))).await.unwrap().id, user.id);

    // The same wrong answer again and again comes to an end, and so does giving up.
    let third = new_client(&server).await;
    let wrong = soon(third.start(&mut prompts(vec![code("11111"); 100]))).await.unwrap_err();
    assert!(wrong.rpc().is_some(), "{wrong}");
    let fourth = new_client(&server).await;
    let mut giving_up = Callbacks::phone(phone(508)).code(|_| async { Ok(CodeReply::Cancel) });
    assert_eq!(soon(fourth.start(&mut giving_up)).await.unwrap_err().kind(), ErrorKind::Cancelled);
    let mut nobody = Callbacks::phone(phone(509));
    let error = soon(fourth.start(&mut nobody)).await.unwrap_err();
    assert!(error.to_string().contains("callback") && error.to_string().contains("`code`"), "{error}");
    let bot = new_client(&server).await;
    let mut token = Callbacks::bot("4712:abcdefghijklmnopqrstuvwxyzABCDEFGHI");
    assert!(soon(bot.start(&mut token)).await.unwrap().bot);
}
