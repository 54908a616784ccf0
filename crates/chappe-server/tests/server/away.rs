//! Sessions without a connection: what happens meanwhile is told when they come back, as it is then.

use crate::common::cloud::{self, device, edit, history, peer, send};
use crate::common::groups::{flat, hear, texts};
use crate::common::{ALICE, BOB, Client, Kind, Saved, Wire, eventually, server};
use chappe_api::{enums, functions};
use chappe_mtproto::exchange::KeyLifetime;
use chappe_mtproto::transport::Framing;
use chappe_server::{Server, SessionInfo};

fn user_id(peer: &enums::InputPeer) -> i64 {
    match peer {
        enums::InputPeer::User(peer) => peer.user_id,
        other => panic!("{other:?}"),
    }
}

/// Bob, whose session is open and who is not connected, with what Alice calls him.
async fn apart(server: &Server) -> (Client, Client, enums::InputPeer) {
    let mut alice = device(server, ALICE).await;
    let mut bob = device(server, BOB).await;
    let to_bob = peer(&alice.find(BOB).await);
    hear(&mut bob).await;
    // The first message comes with its sender, later ones in short.
    alice.call(send(&to_bob, "before", 1)).await.unwrap();
    assert_eq!(texts(&hear(&mut bob).await), ["before"]);
    let bob_id = user_id(&to_bob);
    bob.wire = Wire::connect(server.address(), Kind::Plain(Framing::Intermediate)).await;
    let is_alone = |session: &SessionInfo| session.user != Some(bob_id) || session.connections.is_empty();
    eventually(|| server.sessions().iter().all(is_alone)).await;
    (alice, bob, to_bob)
}

#[tokio::test]
async fn who_comes_back_is_told_in_order_what_is_so_by_then() {
    let server = server().await;
    let (mut alice, mut bob, to_bob) = apart(&server).await;
    for (n, text) in ["one", "two", "three"].into_iter().enumerate() {
        alice.call(send(&to_bob, text, 10 + n as i64)).await.unwrap();
    }
    let id = cloud::message(&history(&mut alice, &to_bob).await[2]).id;
    alice.call(edit(&to_bob, id, "changed")).await.unwrap();
    bob.reconnect(server.address()).await;
    let told = hear(&mut bob).await;
    // Nothing was made for somebody who might never have come.
    assert_eq!(texts(&told), ["changed", "two", "three"]);
    assert!(
        matches!(&flat(told)[..], [enums::Update::EditMessage(edit)] if cloud::text(&edit.message) == "changed")
    );
}

#[tokio::test]
async fn who_has_missed_too_much_is_told_to_ask() {
    let server = server().await;
    let (mut alice, mut bob, to_bob) = apart(&server).await;
    for n in 0..300 {
        alice.call(send(&to_bob, &format!("text {n}"), 10 + n)).await.unwrap();
    }
    bob.reconnect(server.address()).await;
    assert!(matches!(&hear(&mut bob).await[..], [enums::Updates::TooLong]));
    alice.call(send(&to_bob, "now", 1000)).await.unwrap();
    assert_eq!(texts(&hear(&mut bob).await), ["now"]);
}

#[tokio::test]
async fn a_key_that_is_bound_costs_the_other_sessions_of_the_device_nothing() {
    let server = server().await;
    let (mut alice, mut bob, to_bob) = apart(&server).await;
    alice.call(send(&to_bob, "while away", 10)).await.unwrap();
    let mut wire = Wire::connect(server.address(), Kind::Plain(Framing::Intermediate)).await;
    let lifetime = KeyLifetime::Temporary { expires_in: 3600 };
    let key = wire.make_key(server.public_key().clone(), 2, lifetime).await;
    let mut other = Client::on(wire, Saved::new(&key));
    let call = other.session.bind(&bob.saved.auth_key, key.expires_at.unwrap());
    other.finish_raw(call).await.unwrap();
    other.call(functions::updates::GetState {}).await.unwrap();
    bob.reconnect(server.address()).await;
    assert_eq!(texts(&hear(&mut bob).await), ["while away"]);
}
