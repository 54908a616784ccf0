//! Several devices of one account, and who of them gets a secret chat.
use std::time::Duration;

use crate::common::secret::{event, text};
use crate::common::{builder, person, phone, server, soon};
use chappe::secret::{AcceptPolicy, ChatState, CloseReason, SecretChat, SecretChatId, SecretEvent};
use chappe::session::MemorySession;
use chappe::{Client, ErrorKind, SecretEvents, functions};
use chappe_server::{Fault, Match, Server};

/// Alice, and two devices of Bob.
async fn devices(server: &Server) -> (Client, Client, Client) {
    let (alice, _) = person(server, 201, "Alice").await;
    let (first, _) = person(server, 202, "Bob").await;
    let (second, _) = person(server, 202, "Bob").await;
    (alice, first, second)
}

/// A device that decides about requests by itself.
async fn device(server: &Server, accept: AcceptPolicy, number: u16) -> Client {
    let client = builder(server, MemorySession::new()).accept_policy(accept).connect().await.unwrap();
    crate::common::log_in(&client, number, "Bob").await;
    client
}

async fn start(alice: &Client) -> Result<SecretChat, chappe::Error> {
    let friend = alice.import_contact(&phone(202), "Bob", "").await.unwrap();
    soon(alice.secret_chats().start(&friend)).await
}

async fn request(events: &mut SecretEvents) -> SecretChatId {
    event(events, |event| match event {
        SecretEvent::ChatRequested { chat, .. } => Some(chat),
        _ => None,
    })
    .await
}

async fn closed(events: &mut SecretEvents) -> CloseReason {
    event(events, |event| match event {
        SecretEvent::ChatClosed { reason, .. } => Some(reason),
        _ => None,
    })
    .await
}

/// That something does not happen cannot be waited for; this is long enough for what would.
const A_WHILE: Duration = Duration::from_millis(400);

async fn nothing(events: &mut SecretEvents) {
    if let Ok(event) = tokio::time::timeout(A_WHILE, events.recv()).await {
        panic!("{event:?}");
    }
}

async fn set_requests_disabled(client: &Client, disabled: bool) {
    let list = client.invoke(functions::account::GetAuthorizations {}).await.unwrap();
    let current = list.authorizations.iter().find(|one| one.current).unwrap();
    let change = functions::account::ChangeAuthorizationSettings {
        confirmed: false,
        hash: current.hash,
        encrypted_requests_disabled: Some(disabled),
        call_requests_disabled: None,
    };
    client.invoke(change).await.unwrap();
}

#[tokio::test]
async fn the_first_device_to_accept_has_the_chat_and_the_others_let_it_go() {
    let server = server().await;
    let (alice, first, second) = devices(&server).await;
    let (mut at_first, mut at_second) = (first.secret_events(), second.secret_events());
    let ours = start(&alice).await.unwrap();
    assert_eq!(request(&mut at_first).await, ours.id());
    assert_eq!(request(&mut at_second).await, ours.id());
    let theirs = second.secret_chats().accept(ours.id()).await.unwrap();
    soon(theirs.ready()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    closed(&mut at_first).await;
    let lost = first.secret_chats().get(ours.id()).await.unwrap();
    assert_eq!(lost.info().await.unwrap().state, ChatState::Discarded);
    assert!(lost.key().await.is_err());
    assert_eq!(first.secret_chats().accept(ours.id()).await.unwrap_err().kind(), ErrorKind::Secret);
    // Letting go of it does not end the chat of the other device.
    soon(ours.send_text("to one of you")).await.unwrap();
    assert_eq!(text(&mut at_second).await, "to one of you");
    nothing(&mut at_first).await;
}

#[tokio::test]
async fn of_two_devices_that_accept_at_once_one_has_the_chat() {
    let server = server().await;
    let (alice, first, second) = devices(&server).await;
    let (mut at_first, mut at_second) = (first.secret_events(), second.secret_events());
    let ours = start(&alice).await.unwrap();
    request(&mut at_first).await;
    request(&mut at_second).await;
    let accept = async |client: &Client| {
        let chat = client.secret_chats().accept(ours.id()).await.unwrap();
        chat.ready().await.map(|()| chat)
    };
    let (one, other) = soon(async { tokio::join!(accept(&first), accept(&second)) }).await;
    soon(ours.ready()).await.unwrap();
    let (winner, loser, events) = match (one, other) {
        (Ok(chat), Err(error)) => (chat, error, &mut at_first),
        (Err(error), Ok(chat)) => (chat, error, &mut at_second),
        other => panic!("{other:?}"),
    };
    assert_eq!(loser.kind(), ErrorKind::SecretChatClosed);
    assert_eq!(winner.key().await.unwrap(), ours.key().await.unwrap());
    soon(ours.send_text("to the first")).await.unwrap();
    assert_eq!(text(events).await, "to the first");
}

#[tokio::test]
async fn the_creators_other_devices_hear_nothing() {
    let server = server().await;
    let (alice, bob, _) = devices(&server).await;
    let (other, _) = person(&server, 201, "Alice").await;
    let (mut at_other, mut at_bob) = (other.secret_events(), bob.secret_events());
    let ours = start(&alice).await.unwrap();
    request(&mut at_bob).await;
    bob.secret_chats().accept(ours.id()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    soon(ours.send_text("hello")).await.unwrap();
    nothing(&mut at_other).await;
    assert!(other.secret_chats().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_device_that_takes_no_requests_is_not_asked() {
    let server = server().await;
    let (alice, first, second) = devices(&server).await;
    set_requests_disabled(&first, true).await;
    let (mut at_first, mut at_second) = (first.secret_events(), second.secret_events());
    let ours = start(&alice).await.unwrap();
    request(&mut at_second).await;
    second.secret_chats().accept(ours.id()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    nothing(&mut at_first).await;
    // If none takes any, there is nobody to ask.
    set_requests_disabled(&second, true).await;
    assert_eq!(start(&alice).await.unwrap_err().kind(), ErrorKind::SecretChatClosed);
    set_requests_disabled(&first, false).await;
    start(&alice).await.unwrap();
    request(&mut at_first).await;
}

#[tokio::test]
async fn a_chat_ends_with_the_login_of_its_device() {
    let server = server().await;
    let (alice, first, second) = devices(&server).await;
    let (mut at_alice, mut at_first) = (alice.secret_events(), first.secret_events());
    let ours = start(&alice).await.unwrap();
    request(&mut at_first).await;
    soon(first.secret_chats().accept(ours.id()).await.unwrap().ready()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    first.log_out().await.unwrap();
    assert_eq!(closed(&mut at_alice).await, CloseReason::Discarded);
    // The other device is still there for a new one.
    let mut at_second = second.secret_events();
    let again = start(&alice).await.unwrap();
    event(&mut at_second, |event| match event {
        SecretEvent::ChatRequested { chat, .. } => (chat == again.id()).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn nobody_accepts_unasked() {
    let server = server().await;
    let (alice, bob, _) = devices(&server).await;
    let mut at_bob = bob.secret_events();
    let ours = start(&alice).await.unwrap();
    request(&mut at_bob).await;
    nothing(&mut at_bob).await;
    assert_eq!(ours.info().await.unwrap().state, ChatState::Waiting);
}

#[tokio::test]
async fn a_device_that_never_accepts_leaves_the_request_to_others() {
    let server = server().await;
    let (alice, _) = person(&server, 201, "Alice").await;
    let never = device(&server, AcceptPolicy::Never, 202).await;
    let (phone, _) = person(&server, 202, "Bob").await;
    let (mut at_never, mut at_phone) = (never.secret_events(), phone.secret_events());
    let ours = start(&alice).await.unwrap();
    request(&mut at_phone).await;
    nothing(&mut at_never).await;
    phone.secret_chats().accept(ours.id()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    assert!(never.secret_chats().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_delay_leaves_the_request_to_quicker_devices() {
    let server = server().await;
    let (alice, _) = person(&server, 201, "Alice").await;
    let automatic = |secs| AcceptPolicy::Automatic { delay: Duration::from_secs(secs) };
    let slow = device(&server, automatic(3600), 202).await;
    let quick = device(&server, automatic(1), 202).await;
    let (mut at_slow, mut at_quick) = (slow.secret_events(), quick.secret_events());
    let ours = start(&alice).await.unwrap();
    request(&mut at_slow).await;
    request(&mut at_quick).await;
    // Not before the delay is over.
    assert_eq!(ours.info().await.unwrap().state, ChatState::Waiting);
    soon(ours.ready()).await.unwrap();
    closed(&mut at_slow).await;
    let theirs = quick.secret_chats().get(ours.id()).await.unwrap();
    assert_eq!(theirs.info().await.unwrap().state, ChatState::Ready);
    // Within the delay the application may decide.
    let next = start(&alice).await.unwrap();
    assert_eq!(request(&mut at_quick).await, next.id());
    quick.secret_chats().decline(next.id()).await.unwrap();
    assert_eq!(soon(next.ready()).await.unwrap_err().kind(), ErrorKind::SecretChatClosed);
}

#[tokio::test]
async fn a_chat_is_made_although_each_answer_on_the_way_is_lost() {
    let server = server().await;
    let (alice, _) = person(&server, 201, "Alice").await;
    let (bob, _) = person(&server, 202, "Bob").await;
    let (mut from_bob, mut from_alice) = (alice.secret_events(), bob.secret_events());
    let lost: Vec<_> = ["messages.requestEncryption", "messages.acceptEncryption"]
        .map(|method| server.faults().on(Match::method(method)).times(1).apply(Fault::Unreadable))
        .into();
    let ours = start(&alice).await.unwrap();
    assert_eq!(request(&mut from_alice).await, ours.id());
    let theirs = bob.secret_chats().accept(ours.id()).await.unwrap();
    soon(theirs.ready()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    assert!(lost.iter().all(|fault| fault.hits() == 1));
    soon(ours.send_text("there")).await.unwrap();
    assert_eq!(text(&mut from_alice).await, "there");
    soon(theirs.send_text("and back")).await.unwrap();
    assert_eq!(text(&mut from_bob).await, "and back");
    assert_eq!(alice.secret_chats().list().await.unwrap().len(), 1, "nobody was asked twice");
}
