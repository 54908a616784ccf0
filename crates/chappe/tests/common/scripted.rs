//! A server that answers what a test has written down: for answers that the embedded server never gives, and to see
//! requests as they arrive.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chappe::dynamic::api_schema;
use chappe::session::{MemorySession, StoredSession};
use chappe::{Client, ClientBuilder, DataCentres, RpcError, RsaPublicKey};
use chappe_crypto::{AuthKey, Now};
use chappe_mtproto::session::MsgId;
use chappe_mtproto::session::server::{
    ConnectionId, Salts, ServerOutput, ServerSession, ServerSessionConfig, open_packet,
};
use chappe_mtproto::transport::{ServerInbound, ServerTransport, ServerTransportConfig};
use chappe_tl::parse::Type;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

/// Who is logged in.
pub(crate) const ME: i64 = 100;
/// When everything happens, unless said otherwise.
pub(crate) const DATE: i32 = 1_700_000_000;

const DC: i32 = 2;
const CONNECTION: ConnectionId = ConnectionId(1);

/// A call as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without wrappers.
    pub(crate) query: Vec<u8>,
    pub(crate) msg_id: i64,
    /// The messages that it comes after (`invokeAfterMsg`).
    pub(crate) after: Vec<i64>,
    /// Calls of this method before it.
    pub(crate) earlier: usize,
}

impl Request {
    /// The arguments by name.
    pub(crate) fn json(&self) -> Json {
        let call = api_schema().decode(&self.query, &Type::Object).unwrap();
        api_schema().to_json(&call).unwrap()
    }
}

type Script = dyn Fn(&Request) -> Result<Json, RpcError> + Send + Sync;

pub(crate) struct Scripted {
    address: SocketAddr,
    key: AuthKey,
    seen: Arc<Mutex<Vec<Request>>>,
    pushes: broadcast::Sender<Vec<u8>>,
}

impl Scripted {
    /// Answers calls by this function; what the client asks about updates by itself has its answers already.
    pub(crate) async fn start(
        script: impl Fn(&Request) -> Result<Json, RpcError> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let key = AuthKey::new(std::array::from_fn(|at| at as u8));
        let (pushes, _) = broadcast::channel(16);
        let seen = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let server = Self { address, key: key.clone(), seen: Arc::clone(&seen), pushes: pushes.clone() };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let line = Line::new(key.clone(), Arc::clone(&script), Arc::clone(&seen));
                tokio::spawn(line.run(socket, pushes.subscribe()));
            }
        });
        server
    }

    /// A builder of clients that are logged in here.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let public = RsaPublicKey::from_pem(&chappe_server::test_public_key_pem()).unwrap();
        let mut stored = StoredSession::new(DC, self.address.into(), self.key.clone());
        stored.user_id = Some(ME);
        Client::builder(1, "hash")
            .data_centres(DataCentres::single(self.address, DC, public))
            .session(MemorySession::with_stored(stored))
            .temporary_keys(None)
    }

    pub(crate) async fn client(&self) -> Client {
        super::soon(self.builder().connect()).await.unwrap()
    }

    /// Tells every client this.
    pub(crate) fn push(&self, updates: &Json) {
        self.pushes.send(encode(updates).unwrap()).unwrap();
    }

    /// Calls of this method, in the order of their arrival.
    pub(crate) fn seen(&self, method: &str) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|request| request.method == method).cloned().collect()
    }

    /// The arguments of the last call of this method.
    pub(crate) fn last(&self, method: &str) -> Json {
        self.seen(method).last().unwrap_or_else(|| panic!("{method} was not called")).json()
    }
}

/// TL bytes of an object in JSON. What is none is an error that the test sees.
fn encode(json: &Json) -> Result<Vec<u8>, RpcError> {
    let value = api_schema().from_json(&Type::Object, json);
    let bytes = value.and_then(|value| api_schema().encode_as(&value, &Type::Object));
    bytes.map_err(|error| RpcError::new(400, &format!("THE_SCRIPT_IS_WRONG: {error}")))
}

/// A user whom the account may name.
pub(crate) fn user(id: i64) -> Json {
    json!({ "_": "user", "id": id, "access_hash": id * 10, "first_name": format!("Person {id}") })
}

/// A supergroup.
pub(crate) fn group(id: i64) -> Json {
    json!({ "_": "channel", "id": id, "access_hash": id * 10, "title": format!("Group {id}"), "megagroup": true,
        "photo": { "_": "chatPhotoEmpty" }, "date": DATE })
}

/// A message in a private chat with this user.
pub(crate) fn message(id: i32, chat: i64) -> Json {
    json!({ "_": "message", "id": id, "peer_id": { "_": "peerUser", "user_id": chat }, "date": DATE,
        "message": format!("message {id}") })
}

/// An answer that tells of one message of ours, sent under the number that the request gave.
pub(crate) fn sent(request: &Request) -> Json {
    let arguments = request.json();
    let random = match arguments["random_id"].clone() {
        Json::Array(ids) => ids,
        Json::Null => Vec::new(),
        id => vec![id],
    };
    let mut updates = Vec::new();
    for (at, random_id) in random.into_iter().enumerate() {
        let id = 1000 + at as i32;
        let mut new = message(id, ME);
        new["out"] = true.into();
        updates.push(json!({ "_": "updateMessageID", "id": id, "random_id": random_id }));
        updates.push(json!({ "_": "updateNewMessage", "message": new, "pts": 1, "pts_count": 0 }));
    }
    updates_of(&updates)
}

/// Updates that speak of nobody.
pub(crate) fn updates_of(updates: &[Json]) -> Json {
    json!({ "_": "updates", "updates": updates, "users": [], "chats": [], "date": DATE, "seq": 0 })
}

/// An error of a script for what it does not know.
pub(crate) fn unknown(request: &Request) -> Result<Json, RpcError> {
    Err(RpcError::new(400, &format!("NOT_IN_THE_SCRIPT: {}", request.method)))
}

/// One connection.
struct Line {
    key: AuthKey,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Request>>>,
    start: Instant,
    session: Option<ServerSession>,
    transport: ServerTransport,
    wake: Option<Duration>,
}

impl Line {
    fn new(key: AuthKey, script: Arc<Script>, seen: Arc<Mutex<Vec<Request>>>) -> Self {
        let transport = ServerTransport::new(ServerTransportConfig::default());
        Self { key, script, seen, start: Instant::now(), session: None, transport, wake: None }
    }

    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Now { monotonic: self.start.elapsed(), unix }
    }

    async fn run(mut self, mut socket: TcpStream, mut pushes: broadcast::Receiver<Vec<u8>>) {
        let mut rng: rand::rngs::StdRng = rand::make_rng();
        let mut buffer = vec![0; 65_536];
        loop {
            let rest = self.wake.map_or(Duration::MAX, |at| at.saturating_sub(self.now().monotonic));
            tokio::select! {
                len = socket.read(&mut buffer) => match len {
                    Ok(len) if len > 0 => self.transport.receive(&buffer[..len]),
                    _ => return,
                },
                Ok(update) = pushes.recv() => {
                    self.session.as_mut().expect("nobody is there to be told").push_update(update);
                }
                () = tokio::time::sleep(rest.min(Duration::from_secs(60))) => {
                    let now = self.now();
                    if let Some(session) = &mut self.session {
                        session.handle_timeout(now);
                    }
                }
            }
            let now = self.now();
            while let Some(inbound) = self.transport.poll().unwrap() {
                let ServerInbound::Packet { bytes, .. } = inbound else {
                    self.transport.authenticated();
                    continue;
                };
                let opened = open_packet(&self.key, bytes).expect("another key");
                self.transport.authenticated();
                let id = opened.session_id();
                if self.session.as_ref().is_none_or(|session| session.session_id() != id) {
                    let config = ServerSessionConfig::new(self.key.clone(), Salts::new([5; 32]));
                    self.session = Some(ServerSession::new(id, config, now, &mut rng));
                }
                if let Some(session) = &mut self.session {
                    session.handle(opened, CONNECTION, now, &mut rng);
                }
            }
            let mut out = Vec::new();
            let Some(session) = &mut self.session else { continue };
            while let Some(output) = session.poll_output(now, &mut rng) {
                match output {
                    ServerOutput::Transmit { packet, .. } => {
                        self.transport.send(&packet, &mut out, &mut rng).unwrap();
                    }
                    ServerOutput::Call { msg_id, call, .. } => {
                        let id = call.method_id().unwrap();
                        let method = api_schema().by_id(id).map_or("", |method| method.name.as_str());
                        let (method, query) = (method.to_owned(), call.query);
                        let mut seen = self.seen.lock().unwrap();
                        let earlier = seen.iter().filter(|request| request.method == method).count();
                        let (msg_id, after) = (msg_id.0, call.after);
                        let request = Request { method, query, msg_id, after, earlier };
                        seen.push(request.clone());
                        drop(seen);
                        let answer = own(&request).map_or_else(|| (self.script)(&request), Ok);
                        session.respond(MsgId(msg_id), answer.and_then(|json| encode(&json)));
                    }
                    ServerOutput::Timeout(at) => self.wake = Some(at),
                    ServerOutput::CloseConnection { .. } => return,
                    ServerOutput::Event(_) | ServerOutput::QuickAck { .. } => {}
                }
            }
            if socket.write_all(&out).await.is_err() {
                return;
            }
        }
    }
}

/// What a client asks by itself.
fn own(request: &Request) -> Option<Json> {
    Some(match request.method.as_str() {
        "updates.getState" => {
            json!({ "_": "updates.state", "pts": 1, "qts": 0, "date": DATE, "seq": 0, "unread_count": 0 })
        }
        "updates.getDifference" => json!({ "_": "updates.differenceEmpty", "date": DATE, "seq": 0 }),
        _ => return None,
    })
}
