//! Broken connections: made anew with pauses, given up when told, never in a tight loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chappe::session::MemorySession;
use chappe::{Address, Client, ConnectionState, DataCentres, Event, InvokeError, Reconnect, functions};
use chappe_server::{Fault, Match, Server};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::common::{builder, person, server, soon};

/// A way to the server that can be shut and counts who comes.
struct Gate {
    address: Address,
    came: Arc<AtomicUsize>,
    open: Arc<tokio::sync::watch::Sender<bool>>,
}

impl Gate {
    async fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().into();
        let (came, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::watch::Sender::new(true)));
        let (target, counter, gate) = (server.address(), came.clone(), open.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let mut shut = gate.subscribe();
                tokio::spawn(async move {
                    if !*shut.borrow() {
                        return;
                    }
                    let mut onward = TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut socket, &mut onward) => {}
                        _ = shut.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { address, came, open }
    }

    fn centres(&self, server: &Server) -> DataCentres {
        DataCentres::single(self.address.clone(), server.dc_id(), server.public_key().clone())
    }

    fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }
}

fn quick(max_attempts: Option<u32>) -> Reconnect {
    let first_delay = Duration::from_millis(20);
    Reconnect { first_delay, max_delay: Duration::from_millis(100), max_attempts }
}

#[tokio::test]
async fn a_client_gives_up_when_told_and_comes_back_when_asked() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).reconnect(quick(Some(3)));
    let client = client.session(MemorySession::new()).connect().await.unwrap();
    let mut updates = client.updates();
    gate.set_open(false);
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert!(matches!(error, InvokeError::Unreachable { attempts: 3, .. }), "{error}");
    while !matches!(soon(updates.recv()).await.unwrap(), Event::Connection(ConnectionState::Disconnected)) {}
    let came = gate.came.load(Ordering::Relaxed);
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert!(matches!(error, InvokeError::Unreachable { .. }), "{error}");
    assert_eq!(gate.came.load(Ordering::Relaxed), came, "nothing tries any more");
    gate.set_open(true);
    client.reconnect();
    while !matches!(soon(updates.recv()).await.unwrap(), Event::Connection(ConnectionState::Connected)) {}
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_up_is_not_asked_in_a_tight_loop() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).connect().await.unwrap();
    gate.set_open(false);
    let (before, start) = (gate.came.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let came = gate.came.load(Ordering::Relaxed) - before;
    // At once, then after at least 50, 100, 200, 400, 800 … milliseconds.
    assert!((2..=7).contains(&came), "{came} connections in {:?}", start.elapsed());
    soon(client.disconnect()).await.unwrap();
    let came = gate.came.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert_eq!(gate.came.load(Ordering::Relaxed), came, "it has ended");
}

#[tokio::test]
async fn a_server_that_answers_and_hangs_up_is_not_asked_in_a_tight_loop() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).connect().await.unwrap();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    let before = gate.came.load(Ordering::Relaxed);
    server.faults().on(Match::any()).after(1).apply(Fault::Disconnect);
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        let call = client.invoke(functions::help::GetNearestDc {});
        drop(tokio::time::timeout_at(until.into(), call).await);
    }
    let came = gate.came.load(Ordering::Relaxed) - before;
    assert!(came <= 20, "{came} connections");
}

#[tokio::test]
async fn a_silent_connection_is_found_dead_and_replaced() {
    let server = server().await;
    let client = builder(&server, MemorySession::new())
        .keep_alive(Duration::from_millis(300), Duration::from_millis(500))
        .connect()
        .await
        .unwrap();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    let number = server.connections().last().unwrap().id;
    server.faults().on(Match::connection(number)).apply(Fault::Drop);
    let mut updates = client.updates();
    while !matches!(soon(updates.recv()).await.unwrap(), Event::Connection(ConnectionState::Connecting)) {}
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

#[tokio::test]
async fn no_call_is_lost_or_doubled_while_connections_break() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash")
        .data_centres(gate.centres(&server))
        .reconnect(quick(None))
        .session(MemorySession::new())
        .connect()
        .await
        .unwrap();
    crate::common::log_in(&client, 310, "Alice").await;
    let breaker = tokio::spawn({
        let gate = gate.open.clone();
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(40)).await;
                gate.send_replace(false);
                gate.send_replace(true);
            }
        }
    });
    let mut seen = server.observations();
    let calls = (0..200).map(|number| {
        let client = client.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(number * 5)).await;
            let status = functions::account::UpdateStatus { offline: number % 2 == 0 };
            client.invoke(status).await
        }
    });
    let answers = soon(futures_util::future::join_all(calls)).await;
    breaker.abort();
    let failed: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let executed =
        std::iter::from_fn(|| seen.try_next()).filter(|call| call.method == "account.updateStatus");
    assert_eq!(executed.count(), answers.len());
}

#[tokio::test]
async fn calls_of_a_person_go_on_over_ipv6() {
    let address = "[::1]:0".parse().unwrap();
    let Ok(server) = Server::builder().test_key().listen(address).spawn().await else {
        // A machine without IPv6.
        assert!(TcpListener::bind("[::1]:0").await.is_err());
        return;
    };
    assert!(server.address().is_ipv6());
    let (client, user) = person(&server, 311, "Alice").await;
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
}
