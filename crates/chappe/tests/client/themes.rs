//! What users of other libraries have complained about, one test each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chappe::session::MemorySession;
use chappe::{
    Address, Client, DataCentres, Event, Framing, InvokeError, InvokeOptions, Transport, functions,
};
use chappe_crypto::{AuthKey, Role, message, padding};
use chappe_server::{Fault, Match, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::{builder, log_in, person, phone, server, soon};

#[tokio::test]
async fn nothing_is_sent_after_disconnect() {
    let server = server().await;
    let (client, _) = person(&server, 601, "Alice").await;
    let call = client.call(functions::help::GetNearestDc {}, InvokeOptions::default());
    soon(client.disconnect()).await.unwrap();
    drop(soon(call).await);
    soon(async {
        while !server.connections().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    // A method of its own: what was on the way before may still be answered.
    let mut seen = server.observations();
    let late = || functions::contacts::GetStatuses {};
    for _ in 0..3 {
        let error = soon(client.invoke(late())).await.unwrap_err();
        assert!(matches!(error, InvokeError::Closed), "{error}");
    }
    client.reconnect();
    assert!(soon(client.invoke(late())).await.is_err());
    assert!(server.connections().is_empty());
    assert!(std::iter::from_fn(|| seen.try_next()).all(|call| call.method != "contacts.getStatuses"));
}

#[tokio::test]
async fn a_server_that_is_silent_for_good_is_no_endless_loop_for_the_caller() {
    let server = server().await;
    let client = builder(&server, MemorySession::new())
        .keep_alive(Duration::from_millis(100), Duration::from_millis(200))
        .connect()
        .await
        .unwrap();
    server.faults().on(Match::any()).apply(Fault::Drop);
    let limit = InvokeOptions { timeout: Some(Duration::from_millis(800)), ..InvokeOptions::default() };
    let error = soon(client.invoke_with(functions::help::GetNearestDc {}, limit)).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { .. }), "{error}");
    let mut came = std::collections::HashSet::new();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        came.extend(server.connections().iter().map(|connection| connection.id));
    }
    assert!(came.len() <= 6, "{} connections in a second", came.len());
    soon(client.disconnect()).await.unwrap();
}

#[test]
fn no_task_is_left_after_disconnect() {
    let runtime = |threads| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads).enable_all().build().unwrap()
    };
    let (servers, clients) = (runtime(2), runtime(1));
    let server = servers.block_on(Server::builder().test_key().data_centres(2).spawn()).unwrap();
    clients.block_on(async {
        let first = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
        let centres = server
            .data_centres()
            .iter()
            .fold(first, |known, centre| known.with_centre(centre.id, centre.address));
        let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let client = Client::builder(1, "hash").data_centres(centres).connect().await.unwrap();
        log_in(&client, 602, "Alice").await;
        // A second data centre has tasks of its own.
        for dc_id in [1, 2] {
            let there = InvokeOptions { dc_id: Some(dc_id), ..InvokeOptions::default() };
            soon(client.invoke_with(functions::help::GetNearestDc {}, there)).await.unwrap();
        }
        let mut updates = client.updates();
        let metrics = tokio::runtime::Handle::current().metrics();
        assert!(metrics.num_alive_tasks() > before);
        soon(client.disconnect()).await.unwrap();
        while soon(updates.recv()).await.is_some() {}
        // With the client still in hand. A task counts until its memory is given back, a moment after its end.
        soon(async {
            while metrics.num_alive_tasks() > before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        drop(client);
    });
    servers.block_on(server.shutdown());
}

/// A way to the server that opens what the server says and, when told, adds something that no schema knows.
async fn meddler(server: &Server, key: Arc<std::sync::OnceLock<AuthKey>>, armed: Arc<AtomicBool>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, target) = (listener.local_addr().unwrap(), server.address());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(target).await.unwrap();
            let (key, armed) = (key.clone(), armed.clone());
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            tokio::spawn(async move {
                while let Ok(len) = from_server.read_u32_le().await {
                    let mut packet = vec![0; len as usize];
                    from_server.read_exact(&mut packet).await.unwrap();
                    send(&mut to_client, &packet).await;
                    if let Some(key) =
                        key.get().filter(|_| packet.len() > 24 && armed.swap(false, Ordering::Relaxed))
                    {
                        send(&mut to_client, &unknown(key, packet)).await;
                    }
                }
            });
        }
    });
    address.into()
}

async fn send(to: &mut (impl AsyncWriteExt + Unpin), packet: &[u8]) {
    to.write_u32_le(packet.len() as u32).await.unwrap();
    to.write_all(packet).await.unwrap();
}

const UNKNOWN: u32 = 0xdead_beef;

/// A message of the same session with a constructor that nobody has.
fn unknown(key: &AuthKey, mut packet: Vec<u8>) -> Vec<u8> {
    let msg_key: [u8; 16] = packet[8..24].try_into().unwrap();
    message::open(key.as_bytes(), Role::Responder, &msg_key, &mut packet[24..]).unwrap();
    let mut plain = packet[24..56].to_vec();
    // Salt, session and numbering of the message that was there. Its id is of the other kind, answer or notice, in the
    // same moment: the server gives no other message this one, and one that has it already would be passed over.
    let msg_id = i64::from_le_bytes(plain[16..24].try_into().unwrap()) ^ 2;
    plain[16..24].copy_from_slice(&msg_id.to_le_bytes());
    let body = [UNKNOWN.to_le_bytes(), [1; 4], [2; 4]].concat();
    plain[28..32].copy_from_slice(&(body.len() as u32).to_le_bytes());
    plain.extend_from_slice(&body);
    plain.resize(padding::padded_len(plain.len()), 9);
    let sealed = message::seal(key.as_bytes(), Role::Responder, &mut plain).unwrap();
    [&packet[..8], &sealed.msg_key.0, &plain].concat()
}

#[tokio::test]
async fn an_unknown_constructor_is_reported_and_skipped() {
    let server = server().await;
    let (key, armed) = (Arc::new(std::sync::OnceLock::new()), Arc::new(AtomicBool::new(false)));
    let address = meddler(&server, key.clone(), armed.clone()).await;
    let session = MemorySession::new();
    let client = Client::builder(1, "hash")
        .data_centres(DataCentres::single(address, server.dc_id(), server.public_key().clone()))
        .transport(Transport { framing: Framing::Intermediate, obfuscated: false })
        .session(session.clone())
        // Under a key that the test can know.
        .temporary_keys(None)
        .connect()
        .await
        .unwrap();
    let user = log_in(&client, 603, "Alice").await;
    key.set(session.stored().unwrap().auth_key).unwrap();
    let mut updates = client.updates();
    armed.store(true, Ordering::Relaxed);
    soon(client.me()).await.unwrap();
    let id = loop {
        match soon(updates.recv()).await.unwrap() {
            Event::Undecodable { constructor_id } => break constructor_id,
            Event::Connection(state) => assert_eq!(state, chappe::ConnectionState::Connected),
            _ => {}
        }
    };
    assert_eq!(id, UNKNOWN);
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
    assert_eq!(server.connections().len(), 1, "the connection goes on");
}

#[tokio::test]
async fn a_login_goes_on_where_the_account_is_at_home() {
    let server = Server::builder().test_key().data_centres(3).home("999662", 3).spawn().await.unwrap();
    let first = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let centres = server
        .data_centres()
        .iter()
        .fold(first, |known, centre| known.with_centre(centre.id, centre.address));
    let client = Client::builder(1, "hash").data_centres(centres).connect().await.unwrap();
    let code = Arc::new(AtomicUsize::new(0));
    let asked = code.clone();
    let mut prompts = chappe::login::Callbacks::phone(phone(604))
        .code(move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            async { Ok(chappe::login::CodeReply::Code("22222".to_owned())) }
        })
        .name(|_| async { Ok(("Alice".to_owned(), String::new())) });
    let user = soon(client.start(&mut prompts)).await.unwrap();
    assert_eq!(client.stored_session().await.unwrap().dc_id, 3);
    assert_eq!(code.load(Ordering::Relaxed), 1, "one code was enough");
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
}
