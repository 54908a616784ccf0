use std::sync::Arc;
use std::time::Duration;

use chappe_api::functions;
use chappe_server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::session::{MemorySession, Session};
use crate::{Address, Client, ConnectionState, DataCentres, Event, Framing, InvokeError, Transport};

/// Fails a test that waits for something that does not come. A machine that is busy needs half a minute for what does.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), future).await.expect("it takes too long")
}

#[tokio::test]
async fn a_migration_takes_the_calls_under_way_along() {
    let first = Server::builder().test_key().dc_id(1).spawn().await.unwrap();
    let second = Server::builder().test_key().dc_id(2).spawn().await.unwrap();
    let centres = DataCentres::single(first.address(), 1, first.public_key().clone())
        .with_centre(2, second.address())
        .with_key(second.public_key().clone());
    let session = MemorySession::new();
    let client = soon(Client::builder(1, "hash").data_centres(centres).session(session.clone()).connect())
        .await
        .unwrap();
    assert_eq!(soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap().this_dc, 1);
    let key = session.stored().unwrap().auth_key;

    let call = client.call(functions::help::GetNearestDc {}, crate::InvokeOptions::default());
    soon(client.inner.net.migrate(2)).await.unwrap();
    soon(call).await.unwrap();
    assert_eq!(soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap().this_dc, 2);
    let stored = session.stored().unwrap();
    assert_eq!(stored.dc_id, 2);
    assert_ne!(stored.auth_key, key);

    let error = soon(client.inner.net.migrate(3)).await.unwrap_err();
    assert!(matches!(error, InvokeError::Migration { dc_id: 3, .. }), "{error}");
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

/// A server that says -404 to everything.
async fn says_unknown_key() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while socket.read(&mut buffer).await.is_ok_and(|len| len > 0) {
                    let [a, b, c, d] = (-404_i32).to_le_bytes();
                    if socket.write_all(&[1, a, b, c, d]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address.into()
}

#[tokio::test]
async fn a_key_that_the_server_denies_again_and_again_is_lost_but_not_deleted() {
    let server = Server::builder().test_key().spawn().await.unwrap();
    let session = MemorySession::new();
    let centres = DataCentres::single(server.address(), 1, server.public_key().clone());
    let client =
        Client::builder(1, "hash").data_centres(centres).session(session.clone()).connect().await.unwrap();
    client.disconnect().await.unwrap();
    let before = session.stored();

    let centres = DataCentres::single(says_unknown_key().await, 1, server.public_key().clone());
    let transport = Transport { framing: Framing::Abridged, obfuscated: false };
    let client = Client::builder(1, "hash")
        .data_centres(centres)
        .session(session.clone())
        .transport(transport)
        .temporary_keys(None)
        .connect()
        .await
        .unwrap();
    for _ in 0..2 {
        let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
        assert!(matches!(error, InvokeError::SessionLost), "{error}");
    }
    assert_eq!(session.stored(), before);
    assert_eq!(Arc::new(session).load().await.unwrap(), before);
}

#[tokio::test]
async fn a_client_that_cannot_connect_any_more_still_ends_at_once() {
    let server = Server::builder().test_key().spawn().await.unwrap();
    let centres = DataCentres::single(server.address(), 1, server.public_key().clone());
    let client = Client::builder(1, "hash").data_centres(centres).connect().await.unwrap();
    let mut events = client.observe();
    server.shutdown().await;
    let call = client.call(functions::help::GetNearestDc {}, crate::InvokeOptions::default());
    while !matches!(soon(events.recv()).await, Some(Event::Connection(ConnectionState::Connecting))) {}
    soon(client.disconnect()).await.unwrap();
    assert!(matches!(soon(call).await, Err(InvokeError::Closed)));
}
