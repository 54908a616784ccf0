//! Temporary keys, which act for a permanent one once they are bound to it.

use crate::common::{ALICE, BOB, Client, Kind, Saved, Wire, rng, server, user};
use chappe_api::{enums, functions};
use chappe_crypto::AuthKey;
use chappe_mtproto::exchange::{KeyLifetime, NewAuthKey};
use chappe_mtproto::rpc::bind::{self, BIND_TEMP_AUTH_KEY, Binding};
use chappe_mtproto::rpc::{RpcError, bind::encrypted_message};
use chappe_mtproto::session::MsgId;
use chappe_mtproto::transport::Framing;
use chappe_server::Server;
use chappe_tl::Writer;

const BOOL_TRUE: [u8; 4] = 0x9972_75b5_u32.to_le_bytes();

fn me() -> functions::users::GetUsers {
    functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }
}

/// A client with a temporary key that is not bound.
async fn unbound(server: &Server) -> (Client, NewAuthKey) {
    let mut wire = Wire::connect(server.address(), Kind::Obfuscated(Framing::PaddedIntermediate)).await;
    let lifetime = KeyLifetime::Temporary { expires_in: 3600 };
    let key = wire.make_key(server.public_key().clone(), 2, lifetime).await;
    (Client::on(wire, Saved::new(&key)), key)
}

async fn bind(client: &mut Client, perm_key: &AuthKey, expires_at: i32) -> Result<Vec<u8>, RpcError> {
    let call = client.session.bind(perm_key, expires_at);
    client.finish_raw(call).await
}

async fn refusal(client: &mut Client, query: Vec<u8>) -> (i32, String) {
    let call = client.session.call(query, Default::default());
    let error = client.finish_raw(call).await.unwrap_err();
    (error.code, error.text())
}

#[tokio::test]
async fn a_temporary_key_speaks_for_the_permanent_one_once_bound() {
    let server = server().await;
    let mut owner = Client::new(&server).await;
    let alice = owner.log_in(ALICE, "Alice").await;
    let (mut client, key) = unbound(&server).await;
    client.call(functions::help::GetConfig {}).await.expect("permitted to everybody");
    let unbound = (401, "AUTH_KEY_PERM_EMPTY".to_owned());
    assert_eq!(client.error(me()).await, unbound);
    assert_eq!(client.error(functions::updates::GetState {}).await, unbound);
    let expires_at = key.expires_at.expect("a temporary key ends");
    assert_eq!(bind(&mut client, &owner.saved.auth_key, expires_at).await.unwrap(), BOOL_TRUE);
    let mut users = client.call(me()).await.expect("logged in");
    assert_eq!(user(users.remove(0)).id, alice.id);
    // What reaches the device reaches it here.
    let mut bob = Client::new(&server).await;
    bob.log_in(BOB, "Bob").await;
    let target = bob.find(ALICE).await;
    bob.call(crate::common::request(target, 5)).await.expect("asked");
    assert!(matches!(client.update().await, enums::Update::Encryption(_)));
    // Once more is no error, to another key is one.
    assert_eq!(bind(&mut client, &owner.saved.auth_key, expires_at).await.unwrap(), BOOL_TRUE);
    let error = bind(&mut client, &bob.saved.auth_key, expires_at).await.unwrap_err();
    assert_eq!((error.code, error.text().as_str()), (400, "TEMP_AUTH_KEY_ALREADY_BOUND"));
}

#[tokio::test]
async fn s18_s19_a_forged_binding_is_refused_and_changes_nothing() {
    let server = server().await;
    let mut owner = Client::new(&server).await;
    owner.log_in(ALICE, "Alice").await;
    let perm_key = owner.saved.auth_key.clone();
    let (mut client, key) = unbound(&server).await;
    let expires_at = key.expires_at.expect("a temporary key ends");
    let invalid = (400, "ENCRYPTED_MESSAGE_INVALID".to_owned());

    // Somebody knows the id of the permanent key and not the key.
    let binding = Binding {
        nonce: 7,
        temp_auth_key_id: key.auth_key.id(),
        temp_session_id: client.session.session_id(),
        msg_id: MsgId(4),
        expires_at,
    };
    let guessed = AuthKey::new([5; 256]);
    let mut message = encrypted_message(&guessed, &binding, &mut rng()).unwrap();
    message[..8].copy_from_slice(&perm_key.id().to_le_bytes());
    let mut query = Writer::new();
    query.u32(BIND_TEMP_AUTH_KEY);
    query.i64(perm_key.id().0);
    query.i64(binding.nonce);
    query.i32(expires_at);
    query.bytes(&message);
    assert_eq!(refusal(&mut client, query.into_inner()).await, invalid);
    // A message of the owner's, made for another id: as if it had been recorded.
    let query = bind::call(&perm_key, &binding, &mut rng()).unwrap();
    assert_eq!(refusal(&mut client, query).await, invalid);
    // A key that the server has never seen, and one that is temporary itself.
    for other in [&guessed, &key.auth_key] {
        let error = bind(&mut client, other, expires_at).await.unwrap_err();
        assert_eq!((error.code, error.text()), invalid);
    }
    // Longer than the key lives, or over already.
    for wrong in [expires_at + 3600, 1_000_000_000] {
        let error = bind(&mut client, &perm_key, wrong).await.unwrap_err();
        assert_eq!((error.code, error.text().as_str()), (400, "EXPIRES_AT_INVALID"));
    }
    assert_eq!(client.error(me()).await, (401, "AUTH_KEY_PERM_EMPTY".into()));
    // The permanent key itself is not temporary.
    let error = bind(&mut owner, &perm_key, expires_at).await.unwrap_err();
    assert_eq!((error.code, error.text().as_str()), (400, "TEMP_AUTH_KEY_EMPTY"));
    // The honest binding still works.
    assert_eq!(bind(&mut client, &perm_key, expires_at).await.unwrap(), BOOL_TRUE);
    client.call(me()).await.expect("logged in");
}

#[tokio::test]
async fn temporary_keys_that_a_client_drops_are_gone() {
    let server = server().await;
    let mut owner = Client::new(&server).await;
    owner.log_in(ALICE, "Alice").await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let (mut client, key) = unbound(&server).await;
        let expires_at = key.expires_at.expect("a temporary key ends");
        bind(&mut client, &owner.saved.auth_key, expires_at).await.unwrap();
        client.call(me()).await.expect("logged in");
        clients.push((client, key));
    }
    let kept = clients[1].1.auth_key.id().0;
    let (client, _) = &mut clients[0];
    let drop = functions::auth::DropTempAuthKeys { except_auth_keys: vec![kept] };
    assert!(client.call(drop).await.unwrap());
    client.call(me()).await.expect("the key of the call stays");
    clients[1].0.call(me()).await.expect("so does the one that was named");
    owner.call(me()).await.expect("and the permanent one");
    let (_, key) = &clients[2];
    let mut again = Client::resume(server.address(), Saved::new(key)).await;
    let _ = again.start(&functions::help::GetConfig {}, Vec::new());
    again.step().await;
    assert_eq!(again.transport_errors, [-404], "the server does not know the dropped one");
}
