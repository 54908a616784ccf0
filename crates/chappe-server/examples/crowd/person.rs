//! One client that does not mind when servers die.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chappe_api::types;
use chappe_mtproto::exchange::KeyLifetime;
use chappe_mtproto::transport::{ClientTransport, Framing};
use chappe_tl::{Decode, Function};
use tokio::net::TcpStream;

use crate::Place;
use crate::common::{Client, Saved, Socket, Wire, now, rng};

/// How long nobody may be reachable.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Person {
    pub(crate) client: Client,
    pub(crate) phone: String,
    nodes: Vec<SocketAddr>,
    /// The node it is connected to.
    at: usize,
    pub(crate) reconnects: usize,
    /// The longest time without an answer to a call.
    pub(crate) longest: Duration,
}

/// A connection to the first of the nodes, from `at` on, that takes one.
async fn connect(nodes: &[SocketAddr], at: &mut usize) -> Wire {
    let start = Instant::now();
    loop {
        if let Ok(socket) = TcpStream::connect(nodes[*at % nodes.len()]).await {
            let _ = socket.set_nodelay(true);
            let transport =
                ClientTransport::new(Framing::Intermediate, None, &mut rng()).expect("a transport");
            return Wire { socket: Socket::Tcp(socket), transport, rng: rng() };
        }
        assert!(start.elapsed() < PATIENCE, "no server can be reached");
        *at += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A connection with a new key.
pub(crate) async fn client(place: &Place, at: usize) -> Client {
    let mut wire = connect(&place.nodes, &mut { at }).await;
    let key = wire.make_key(place.key(), 2, KeyLifetime::Permanent).await;
    Client::on(wire, Saved::new(&key))
}

impl Person {
    /// Logs in at one of the nodes with a test number.
    pub(crate) async fn new(place: &Place, at: usize, phone: String) -> Self {
        let mut client = client(place, at).await;
        client.log_in(&phone, "Somebody").await;
        let nodes = place.nodes.clone();
        Self { client, phone, nodes, at, reconnects: 0, longest: Duration::ZERO }
    }

    /// How another is to be named.
    pub(crate) async fn find(&mut self, phone: &str) -> types::InputUser {
        self.client.find(phone).await
    }

    /// Goes on with the same session at the next node.
    pub(crate) async fn reconnect(&mut self) {
        self.client.session.handle_disconnected(now());
        self.at += 1;
        self.reconnects += 1;
        self.client.wire = connect(&self.nodes, &mut self.at).await;
        self.client.session.handle_connected(now());
        self.client.closed = false;
    }

    /// Moves packets until something arrives, over another connection if this one is over.
    pub(crate) async fn step(&mut self) {
        if !self.client.step().await {
            self.reconnect().await;
        }
    }

    /// Asks until there is an answer, whoever gives it.
    pub(crate) async fn ask<Q: Function>(&mut self, query: &Q) -> Q::Response {
        let start = Instant::now();
        let mut call = self.client.start(query, Vec::new());
        loop {
            if let Some(at) = self.client.ready.iter().position(|(ready, _)| *ready == call) {
                let (_, result) = self.client.ready.remove(at).expect("it is there");
                match result {
                    Ok(bytes) => {
                        self.longest = self.longest.max(start.elapsed());
                        return Q::Response::from_bytes(&bytes).expect("an answer of our layer");
                    }
                    // The database went away under the server; the call may be repeated.
                    Err(error) if error.code == 500 => {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        call = self.client.start(query, Vec::new());
                    }
                    Err(error) => panic!("{}: {error:?}", self.phone),
                }
            }
            assert!(start.elapsed() < PATIENCE, "{}: no answer", self.phone);
            if tokio::time::timeout(Duration::from_secs(10), self.step()).await.is_err() {
                self.reconnect().await;
            }
        }
    }
}
