//! Logging in, and what survives a restart.
use crate::common::{builder, log_in, person, person_with, phone, server, soon};
use chappe::login::{Callbacks, CodeReply};
use chappe::session::{MemorySession, StringSession};
use chappe::{CodeDelivery, ErrorKind, Framing, SignIn, SqliteSession, Transport, enums, functions, types};
use chappe_server::Server;

#[tokio::test]
async fn a_new_number_signs_up_and_is_known_afterwards() {
    let server = server().await;
    let client = soon(builder(&server, MemorySession::new()).connect()).await.unwrap();
    assert!(!soon(client.is_authorized()).await.unwrap());
    let token = client.request_login_code(&phone(1)).await.unwrap();
    assert_eq!(token.code_length, Some(5));
    assert!(client.sign_in(&token, "11111").await.unwrap_err().is("PHONE_CODE_INVALID"));
    let step = client.sign_in(&token, "22222").await.unwrap();
    assert!(matches!(step, SignIn::SignUpRequired { .. }), "{step:?}");
    let user = client.sign_up(&token, "Alice", "Test").await.unwrap();
    assert!(client.is_authorized().await.unwrap());
    assert_eq!(client.me().await.unwrap().id, user.id);

    let second = builder(&server, MemorySession::new()).connect().await.unwrap();
    let token = second.request_login_code(&phone(1)).await.unwrap();
    let SignIn::Done(again) = second.sign_in(&token, "22222").await.unwrap() else { panic!("not known") };
    assert_eq!(again.id, user.id);
    second.log_out().await.unwrap();
    assert!(!second.is_authorized().await.unwrap());
    assert!(client.is_authorized().await.unwrap(), "the other device stays logged in");
}

#[tokio::test]
async fn a_password_is_asked_for_and_only_the_right_one_opens() {
    let server = server().await;
    let (owner, user) = crate::common::person(&server, 40, "Alice").await;
    crate::common::set_password(&owner, "correct horse", "a horse").await;

    let client = builder(&server, MemorySession::new()).connect().await.unwrap();
    let token = client.request_login_code(&phone(40)).await.unwrap();
    let SignIn::PasswordRequired { hint } = client.sign_in(&token, "22222").await.unwrap() else {
        panic!("no password was asked for")
    };
    assert_eq!(hint.as_deref(), Some("a horse"));
    assert!(!client.is_authorized().await.unwrap());
    assert!(client.check_password("wrong horse").await.unwrap_err().is("PASSWORD_HASH_INVALID"));
    assert!(!client.is_authorized().await.unwrap());
    assert_eq!(client.check_password("correct horse").await.unwrap().id, user.id);
    assert!(client.is_authorized().await.unwrap());
}

#[tokio::test]
async fn a_bot_logs_in_by_its_token() {
    let server = server().await;
    let client = builder(&server, MemorySession::new()).connect().await.unwrap();
    let error = client.sign_in_bot("nonsense").await.unwrap_err();
    assert!(error.is("ACCESS_TOKEN_INVALID"), "{error}");
    let bot = soon(client.sign_in_bot("4711:abcdefghijklmnopqrstuvwxyzABCDEFGHI")).await.unwrap();
    assert!(bot.bot);
    assert!(client.stored_session().await.unwrap().is_bot);
}

#[tokio::test]
#[allow(clippy::useless_conversion, reason = "the call is written as the documentation writes it")]
async fn errors_keep_the_words_of_the_server() {
    let server = server().await;
    let (client, _) = crate::common::person(&server, 2, "Alice").await;
    let error = client
        .invoke(functions::messages::SendEncryptedService {
            peer: types::InputEncryptedChat { chat_id: 43, access_hash: -4156887774564 }.into(),
            random_id: -4156887774564,
            data: b"arbitrary data here".to_vec(),
        })
        .await
        .unwrap_err();
    let rpc = error.rpc().unwrap();
    assert_eq!(rpc.code, 400);
    assert!(
        ["CHAT_ID_INVALID", "ENCRYPTION_ID_INVALID", "DATA_INVALID"].contains(&rpc.name.as_str()),
        "{rpc}"
    );
    assert!(!error.is_unauthorized() && error.flood_wait().is_none());
}

#[tokio::test]
async fn a_string_session_goes_on_where_it_was() {
    let server = server().await;
    let session = StringSession::new();
    let client = builder(&server, session.clone()).connect().await.unwrap();
    let user = log_in(&client, 3, "Alice").await;
    client.disconnect().await.unwrap();
    let text = session.export().unwrap();
    assert!(text.starts_with("chappe1:"));

    let client = builder(&server, StringSession::parse(&text).unwrap()).connect().await.unwrap();
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
}

#[tokio::test]
async fn a_sqlite_session_goes_on_where_it_was() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.session");
    let (client, user) =
        crate::common::person_with(&server, SqliteSession::open(&path).await.unwrap(), 4, "Alice").await;
    client.disconnect().await.unwrap();
    let client = builder(&server, SqliteSession::open(&path).await.unwrap()).connect().await.unwrap();
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
}

#[tokio::test]
async fn every_transport_works() {
    let server = server().await;
    for framing in [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate, Framing::Full] {
        for obfuscated in [false, true] {
            let connect =
                builder(&server, MemorySession::new()).transport(Transport { framing, obfuscated }).connect();
            match soon(connect).await {
                Ok(client) => {
                    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
                }
                Err(error) => {
                    assert_eq!((framing, obfuscated), (Framing::Full, true), "{error}");
                    assert_eq!(error.kind(), ErrorKind::Argument);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_websocket_works() {
    let server = server().await;
    for framing in [Framing::Abridged, Framing::Intermediate, Framing::PaddedIntermediate] {
        let client = builder(&server, MemorySession::new()).websocket(true);
        let client = client.transport(Transport { framing, obfuscated: true });
        let client = soon(client.connect()).await.unwrap();
        let dc = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        assert_eq!(dc.this_dc, server.dc_id());
    }
}

#[tokio::test]
async fn a_wrong_server_key_is_refused() {
    let server = server().await;
    // Most servers of the tests share a key.
    let other = chappe_server::Server::builder().spawn().await.unwrap();
    let centres = chappe::DataCentres::single(server.address(), server.dc_id(), other.public_key().clone());
    let error = soon(chappe::Client::builder(1, "hash").data_centres(centres).connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exchange, "{error}");
}

#[tokio::test]
async fn a_closed_port_is_one_clear_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = server().await;
    let centres = chappe::DataCentres::single(address, 1, server.public_key().clone());
    let error = soon(chappe::Client::builder(1, "hash").data_centres(centres).connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn raw_calls_and_calls_in_order_work() {
    use chappe::{Decode, Encode, InvokeOptions};
    let server = server().await;
    let (client, user) = crate::common::person(&server, 5, "Alice").await;
    let request = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }.to_bytes().unwrap();
    let answer = client.invoke_raw(request).await.unwrap();
    let users = Vec::<enums::User>::from_bytes(&answer).unwrap();
    assert!(matches!(&users[..], [enums::User::User(me)] if me.id == user.id));

    let first = client.call(functions::help::GetNearestDc {}, InvokeOptions::default());
    let after = [first.handle()];
    let second = client.invoke_after(&after, functions::help::GetNearestDc {});
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap(), second.unwrap());

    // What comes after a call that fails is not carried out.
    let set = |about: &str| functions::account::UpdateProfile {
        first_name: None,
        last_name: None,
        about: Some(about.to_owned()),
    };
    server.faults().on(chappe_server::Match::method("contacts.getStatuses")).answer(400, "NOT_TODAY");
    let first = client.call(functions::contacts::GetStatuses {}, InvokeOptions::default());
    let after = [first.handle()];
    let (first, second) = tokio::join!(first, client.invoke_after(&after, set("never")));
    assert!(first.unwrap_err().is("NOT_TODAY"));
    let second = second.unwrap_err();
    assert!(second.is("MSG_WAIT_FAILED"), "{second}");
    assert_eq!(client.full_user(chappe::PeerId::User(user.id)).await.unwrap().about, None);
}

#[tokio::test]
async fn a_login_that_the_server_has_ended_can_be_left() {
    let server = server().await;
    let session = MemorySession::new();
    let (client, _) = person_with(&server, session.clone(), 190, "Alice").await;
    let (other, _) = person(&server, 190, "Alice").await;
    assert!(soon(other.invoke(functions::auth::ResetAuthorizations {})).await.unwrap());
    soon(client.log_out()).await.unwrap();
    assert_eq!(client.stored_session().await.unwrap().user_id, None);
    assert!(soon(client.me()).await.is_err());
    log_in(&client, 191, "Bob").await;
}

async fn wants_mail() -> Server {
    Server::builder().test_key().require_login_email(true).spawn().await.unwrap()
}

#[tokio::test]
async fn a_login_that_needs_a_mail_address_gets_one() {
    let server = wants_mail().await;
    let client = builder(&server, MemorySession::new()).connect().await.unwrap();
    let waiting = client.request_login_code(&phone(70)).await.unwrap();
    assert_eq!((waiting.delivery, waiting.code_length), (CodeDelivery::EmailRequired, None));
    assert!(client.set_up_login_email(&waiting, "alice").await.unwrap_err().is("EMAIL_INVALID"));
    let mail = client.set_up_login_email(&waiting, "alice@example.org").await.unwrap();
    assert_eq!((mail.pattern.as_str(), mail.code_length), ("a***e@example.org", Some(6)));
    assert!(client.confirm_login_email(&waiting, "000").await.unwrap_err().is("CODE_INVALID"));
    let code = server.email_code("alice@example.org").unwrap();
    let token = client.confirm_login_email(&waiting, &code).await.unwrap();
    assert_eq!(token.delivery, CodeDelivery::Email);
    let code = server.email_code("alice@example.org").unwrap();
    let step = client.sign_in(&token, &code).await.unwrap();
    assert!(matches!(step, SignIn::SignUpRequired { .. }), "{step:?}");
    let user = client.sign_up(&token, "Alice", "").await.unwrap();

    client.change_login_email("alice@example.com").await.unwrap();
    let code = server.email_code("alice@example.com").unwrap();
    assert_eq!(client.confirm_changed_login_email(&code).await.unwrap(), "alice@example.com");
    let second = builder(&server, MemorySession::new()).connect().await.unwrap();
    let token = second.request_login_code(&phone(70)).await.unwrap();
    assert_eq!(token.delivery, CodeDelivery::Email);
    let waits = second.reset_login_email(&token).await.unwrap();
    assert_eq!(waits.delivery, CodeDelivery::Email, "not before a week has passed");
    assert!(second.reset_login_email(&token).await.unwrap_err().is("TASK_ALREADY_EXISTS"));
    let code = server.email_code("alice@example.com").unwrap();
    let SignIn::Done(again) = second.sign_in(&token, &code).await.unwrap() else { panic!("not known") };
    assert_eq!(again.id, user.id);
}

#[tokio::test]
async fn whoever_is_asked_everything_is_asked_for_a_mail_address_too() {
    let server = std::sync::Arc::new(wants_mail().await);
    let client = builder(&server, MemorySession::new()).connect().await.unwrap();
    let (mails, codes) = (std::sync::Arc::clone(&server), std::sync::Arc::clone(&server));
    let mut addresses = vec!["bob@example.org", "bob"];
    let mut refused = Vec::new();
    let (tell, told) = std::sync::mpsc::channel();
    let mut prompts = Callbacks::phone(phone(71))
        .email(move || {
            let address = addresses.pop().unwrap().to_owned();
            async move { Ok(address) }
        })
        .email_code(move |sent| {
            assert_eq!(sent.pattern, "b***@example.org");
            let code = mails.email_code("bob@example.org").unwrap();
            async move { Ok(code) }
        })
        .code(move |sent| {
            assert_eq!(sent.delivery, CodeDelivery::Email);
            let code = codes.email_code("bob@example.org").unwrap();
            async move { Ok(CodeReply::Code(code)) }
        })
        .name(|_| async { Ok(("Bob".to_owned(), String::new())) })
        .rejected(move |error| tell.send(error.to_string()).unwrap());
    let user = client.start(&mut prompts).await.unwrap();
    assert_eq!(user.first_name.as_deref(), Some("Bob"));
    refused.extend(told.try_iter());
    assert!(matches!(&refused[..], [one] if one.contains("EMAIL_INVALID")), "{refused:?}");
    // Who has no answer for it ends the login.
    let third = builder(&server, MemorySession::new()).connect().await.unwrap();
    let error = third.start(&mut Callbacks::phone(phone(72))).await.unwrap_err();
    assert!(error.to_string().contains("email"), "{error}");
}
