//! Two people in a secret chat.

use chappe::secret::{Action, Content, InboundMessage, SecretChat, SecretEvent};
use chappe::{Client, SecretEvents, types};
use chappe_server::Server;

use super::{person, soon};

/// The next event that `pick` accepts.
pub(crate) async fn event<T>(events: &mut SecretEvents, mut pick: impl FnMut(SecretEvent) -> Option<T>) -> T {
    soon(async {
        loop {
            let event = events.recv().await.expect("the stream ended");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    })
    .await
}

pub(crate) async fn text(events: &mut SecretEvents) -> String {
    event(events, |event| match event {
        SecretEvent::Message(message) => match message.content {
            Content::Text(text) => Some(text.text),
            _ => None,
        },
        _ => None,
    })
    .await
}

pub(crate) async fn action(events: &mut SecretEvents, name: &str) -> Action {
    event(events, |event| match event {
        SecretEvent::Action { action, .. } if action.name() == name => Some(action),
        _ => None,
    })
    .await
}

/// A chat, from both sides.
pub(crate) async fn chat(
    alice: &Client,
    bob: &Client,
    bob_user: &types::User,
) -> (SecretChat, SecretChat, SecretEvents) {
    let mut events = bob.secret_events();
    let friend = alice.import_contact(&bob_user.phone.clone().unwrap(), "Bob", "").await.unwrap();
    let ours = soon(alice.secret_chats().start(&friend)).await.unwrap();
    let request = event(&mut events, |event| match event {
        SecretEvent::ChatRequested { chat, .. } => Some(chat),
        _ => None,
    })
    .await;
    let theirs = bob.secret_chats().accept(request).await.unwrap();
    soon(theirs.ready()).await.unwrap();
    soon(ours.ready()).await.unwrap();
    (ours, theirs, events)
}

pub(crate) async fn pair(server: &Server) -> (Client, Client, types::User) {
    let (alice, _) = person(server, 101, "Alice").await;
    let (bob, user) = person(server, 102, "Bob").await;
    (alice, bob, user)
}

/// The next message, of whatever kind.
pub(crate) async fn message(events: &mut SecretEvents) -> InboundMessage {
    event(events, |event| match event {
        SecretEvent::Message(message) => Some(message),
        _ => None,
    })
    .await
}
