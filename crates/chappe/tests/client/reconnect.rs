//! Broken connections: made anew with pauses, given up when told, never in a tight loop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chappe::session::MemorySession;
use chappe::{
    Address, Client, ConnectionState, DataCentres, ErrorKind, Event, InvokeError, InvokeOptions, Reconnect,
    functions,
};
use chappe_server::{Clock, Fault, Match, Server, VirtualClock};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::Sender;

use crate::common::{builder, log_in, person, server, soon};

/// A way to the server that can be shut and counts who comes.
struct Gate {
    address: Address,
    came: Arc<Sender<usize>>,
    state: Arc<Sender<State>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Whoever comes has to go at once.
    Shut,
    /// Whoever comes hears nothing.
    Silent,
}

impl Gate {
    async fn to(server: &Server) -> Self {
        Self::before(server.address()).await
    }

    async fn before(target: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().into();
        let (came, state) = (Arc::new(Sender::new(0)), Arc::new(Sender::new(State::Open)));
        let (counter, gate) = (came.clone(), state.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counter.send_modify(|came| *came += 1);
                let mut shut = gate.subscribe();
                tokio::spawn(async move {
                    let state = *shut.borrow();
                    match state {
                        State::Open => {}
                        State::Shut => return,
                        State::Silent => return std::future::pending().await,
                    }
                    let mut onward = TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut socket, &mut onward) => {}
                        _ = shut.wait_for(|state| *state != State::Open) => {}
                    }
                });
            }
        });
        Self { address, came, state }
    }

    fn centres(&self, server: &Server) -> DataCentres {
        DataCentres::single(self.address.clone(), server.dc_id(), server.public_key().clone())
    }

    fn came(&self) -> usize {
        *self.came.borrow()
    }

    fn set_open(&self, open: bool) {
        self.state.send_replace(if open { State::Open } else { State::Shut });
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
    let came = gate.came();
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert!(matches!(error, InvokeError::Unreachable { .. }), "{error}");
    assert_eq!(gate.came(), came, "nothing tries any more");
    gate.set_open(true);
    client.reconnect();
    while !matches!(soon(updates.recv()).await.unwrap(), Event::Connection(ConnectionState::Connected)) {}
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

#[tokio::test]
async fn connections_to_other_data_centres_come_back_when_asked_too() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let third = server.data_centres().iter().find(|centre| centre.id == 3).unwrap().address;
    let gate = Gate::before(third).await;
    let centres = crate::common::centres(&server).with_centre(3, gate.address.clone());
    let client = Client::builder(1, "hash").data_centres(centres).reconnect(quick(Some(2)));
    let client = client.connect().await.unwrap();
    log_in(&client, 200, "Alice").await;
    let there = || {
        let options = InvokeOptions { dc_id: Some(3), ..InvokeOptions::default() };
        soon(client.invoke_with(functions::help::GetNearestDc {}, options))
    };
    assert_eq!(there().await.unwrap().this_dc, 3);
    gate.set_open(false);
    let error = there().await.unwrap_err();
    assert!(matches!(error, InvokeError::Unreachable { .. }), "{error}");
    gate.set_open(true);
    client.reconnect();
    assert_eq!(there().await.unwrap().this_dc, 3);
}

#[tokio::test]
async fn what_needs_no_connection_is_said_while_one_is_made() {
    let clock = VirtualClock::new();
    clock.advance(Duration::from_secs(86_400));
    let server = Server::builder().test_key().clock(clock.clone() as _).spawn().await.unwrap();
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).websocket(true);
    let client = client.session(MemorySession::new()).connect().await.unwrap();
    let user = log_in(&client, 312, "Alice").await;
    let before = gate.came();
    gate.state.send_replace(State::Silent);
    soon(gate.came.subscribe().wait_for(|came| *came > before)).await.unwrap();
    // Nobody answers the request for a WebSocket: that takes until the client has had enough.
    let at_once = async { (client.stored_session().await, client.server_time().await) };
    let (stored, time) = tokio::time::timeout(Duration::from_secs(2), at_once).await.unwrap();
    assert_eq!(stored.unwrap().user_id, Some(user.id));
    assert!((time - clock.now().unix_secs()).abs() <= 2, "{time}");
    soon(client.disconnect()).await.unwrap();
    assert!(client.stored_session().await.is_none());
}

#[tokio::test]
async fn catching_up_waits_for_what_happened_while_the_connection_was_away() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).reconnect(quick(None));
    let client = client.session(MemorySession::new()).connect().await.unwrap();
    let user = log_in(&client, 314, "Alice").await;
    let (bob, _) = person(&server, 315, "Bob").await;
    let alice = soon(bob.resolve(&crate::common::phone(314))).await.unwrap();
    soon(client.catch_up()).await.unwrap();
    let (mut updates, mut events) = (client.updates(), client.observe());
    gate.set_open(false);
    while !matches!(soon(events.recv()).await.unwrap(), Event::Connection(ConnectionState::Connecting)) {}
    soon(bob.send(&alice, "Where are you?").into_future()).await.unwrap();
    let (caught_up, ()) = tokio::join!(soon(client.catch_up()), async { gate.set_open(true) });
    caught_up.unwrap();
    // It is there already: nothing is waited for.
    let message = async {
        loop {
            match updates.recv().await.unwrap() {
                Event::NewMessage(message) if message.sender() != Some(chappe::PeerId::User(user.id)) => {
                    return message.text().to_owned();
                }
                _ => {}
            }
        }
    };
    assert_eq!(tokio::time::timeout(Duration::ZERO, message).await.unwrap(), "Where are you?");
}

#[tokio::test]
async fn catching_up_ends_with_an_error_once_the_client_has_given_up() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let session = MemorySession::new();
    let client = || {
        let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).reconnect(quick(Some(3)));
        client.session(session.clone()).connect()
    };
    let first = client().await.unwrap();
    log_in(&first, 313, "Alice").await;
    soon(first.catch_up()).await.unwrap();
    soon(first.disconnect()).await.unwrap();
    // What happened meanwhile cannot be fetched.
    server.faults().on(Match::method("updates.getDifference")).apply(Fault::Silence);
    let client = client().await.unwrap();
    let mut updates = client.observe();
    let (caught_up, ()) = tokio::join!(soon(client.catch_up()), async { gate.set_open(false) });
    assert_eq!(caught_up.unwrap_err().kind(), ErrorKind::Connection);
    while !matches!(soon(updates.recv()).await.unwrap(), Event::Connection(ConnectionState::Disconnected)) {}
    assert_eq!(
        soon(client.catch_up()).await.unwrap_err().kind(),
        ErrorKind::Connection,
        "nor is it asked for"
    );
    server.faults().clear();
    gate.set_open(true);
    client.reconnect();
    while !matches!(soon(updates.recv()).await.unwrap(), Event::Connection(ConnectionState::Connected)) {}
    soon(client.catch_up()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_up_is_not_asked_in_a_tight_loop() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).connect().await.unwrap();
    gate.set_open(false);
    let (before, start) = (gate.came(), Instant::now());
    soon(gate.came.subscribe().wait_for(|came| *came >= before + 5)).await.unwrap();
    // At once, then after at least 50, 100, 200 and 400 milliseconds.
    assert!(start.elapsed() >= Duration::from_millis(750), "5 connections in {:?}", start.elapsed());
    soon(client.disconnect()).await.unwrap();
    let came = gate.came();
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert_eq!(gate.came(), came, "it has ended");
}

#[tokio::test]
async fn a_server_that_answers_and_hangs_up_is_not_asked_in_a_tight_loop() {
    let server = server().await;
    let gate = Gate::to(&server).await;
    let client = Client::builder(1, "hash").data_centres(gate.centres(&server)).connect().await.unwrap();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    let before = gate.came();
    server.faults().on(Match::any()).after(1).apply(Fault::Disconnect);
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        let call = client.invoke(functions::help::GetNearestDc {});
        drop(tokio::time::timeout_at(until.into(), call).await);
    }
    let came = gate.came() - before;
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
        let gate = gate.state.clone();
        async move {
            loop {
                tokio::time::sleep(Duration::from_millis(40)).await;
                gate.send_replace(State::Shut);
                gate.send_replace(State::Open);
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
