//! A small client over the cores of `chappe-mtproto`, so that these tests stand on nothing but the protocol.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test binary uses its own part")]

pub mod cloud;
pub mod errors;
pub mod groups;
pub mod storage;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chappe_api::{enums, functions, types};
use chappe_crypto::rsa::{RsaPrivateKey, RsaPublicKey};
use chappe_crypto::{AuthKey, Now};
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeEvent, KeyLifetime, NewAuthKey,
    client::Output as ExchangeOutput,
};
use chappe_mtproto::rpc::{RpcError, wrappers};
use chappe_mtproto::session::client::{
    CallId, CallOptions, ClientSession, ClientSessionConfig, Event, Output, TimeOffset,
};
use chappe_mtproto::transport::{ClientTransport, Framing, Inbound, Obfuscation};
#[allow(unused_imports, reason = "some test binaries")]
pub use chappe_server::VirtualClock as TestClock;
use chappe_server::{Server, ServerBuilder};
use chappe_tl::{Decode, Function};
use futures_util::{SinkExt, StreamExt};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use storage::Storage;

/// How long a test waits before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The layer that these clients speak.
pub const LAYER: i32 = chappe_api::LAYER;

/// One RSA key for all tests of a binary: making one takes long.
pub fn rsa_key() -> Arc<RsaPrivateKey> {
    static KEY: OnceLock<Arc<RsaPrivateKey>> = OnceLock::new();
    Arc::clone(KEY.get_or_init(|| {
        Arc::new(RsaPrivateKey::generate(&mut StdRng::seed_from_u64(7)).expect("the generator is sound"))
    }))
}

/// A server with a world of its own.
pub fn builder() -> ServerBuilder {
    Storage::fresh().keep(Server::builder().rsa_key(rsa_key()))
}

/// The same in memory, wherever other tests run; files may have to be elsewhere.
pub fn in_memory() -> ServerBuilder {
    Storage::files().keep(Server::builder().rsa_key(rsa_key()))
}

/// A server whose world outlives it: in this folder, and on services under the name of the folder.
pub fn kept(folder: &std::path::Path) -> ServerBuilder {
    Storage::of(folder).keep(Server::builder().rsa_key(rsa_key()).data_dir(folder))
}

pub async fn server() -> Server {
    builder().spawn().await.expect("the server starts")
}

/// Waits until something has become so.
pub async fn eventually(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it did not become so");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn now() -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Now { monotonic: START.get_or_init(Instant::now).elapsed(), unix }
}

pub fn rng() -> StdRng {
    rand::make_rng()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain(Framing),
    Obfuscated(Framing),
    WebSocket(Framing),
}

pub const KINDS: [Kind; 10] = [
    Kind::Plain(Framing::Abridged),
    Kind::Plain(Framing::Intermediate),
    Kind::Plain(Framing::PaddedIntermediate),
    Kind::Plain(Framing::Full),
    Kind::Obfuscated(Framing::Abridged),
    Kind::Obfuscated(Framing::Intermediate),
    Kind::Obfuscated(Framing::PaddedIntermediate),
    Kind::WebSocket(Framing::Abridged),
    Kind::WebSocket(Framing::Intermediate),
    Kind::WebSocket(Framing::PaddedIntermediate),
];

pub enum Socket {
    Tcp(TcpStream),
    Ws(Box<WebSocketStream<TcpStream>>),
}

/// A connection that carries packets.
pub struct Wire {
    pub socket: Socket,
    pub transport: ClientTransport,
    pub rng: StdRng,
}

impl Wire {
    pub async fn connect(address: SocketAddr, kind: Kind) -> Self {
        Self::connect_as(address, kind, 2).await
    }

    pub async fn connect_as(address: SocketAddr, kind: Kind, dc_id: i16) -> Self {
        let socket = TcpStream::connect(address).await.expect("the server listens");
        let mut rng = rng();
        let obfuscation = Some(Obfuscation { dc_id, secret: None });
        let (socket, framing, obfuscation) = match kind {
            Kind::Plain(framing) => (Socket::Tcp(socket), framing, None),
            Kind::Obfuscated(framing) => (Socket::Tcp(socket), framing, obfuscation),
            Kind::WebSocket(framing) => {
                let mut request = format!("ws://{address}/apiws").into_client_request().expect("a request");
                request.headers_mut().insert("Sec-WebSocket-Protocol", "binary".parse().expect("a header"));
                let (socket, _) =
                    tokio_tungstenite::client_async(request, socket).await.expect("the upgrade works");
                (Socket::Ws(Box::new(socket)), framing, obfuscation)
            }
        };
        let transport = ClientTransport::new(framing, obfuscation, &mut rng).expect("a transport");
        Self { socket, transport, rng }
    }

    pub async fn write(&mut self, bytes: Vec<u8>) {
        // The server may have closed: the next read tells.
        match &mut self.socket {
            Socket::Tcp(socket) => drop(socket.write_all(&bytes).await),
            Socket::Ws(socket) => drop(socket.send(Message::Binary(bytes.into())).await),
        }
    }

    pub async fn send(&mut self, packet: &[u8]) {
        self.send_asking(packet, false).await;
    }

    pub async fn send_asking(&mut self, packet: &[u8], quick_ack: bool) {
        let mut out = Vec::new();
        self.transport.send(packet, quick_ack, &mut out, &mut self.rng).expect("a packet that fits");
        self.write(out).await;
    }

    /// The next packet or transport error; `None` once the server has closed.
    pub async fn receive(&mut self) -> Option<Inbound> {
        loop {
            if let Some(inbound) = self.transport.poll().expect("the server frames well") {
                return Some(inbound);
            }
            match &mut self.socket {
                Socket::Tcp(socket) => {
                    let mut buffer = vec![0; 16 * 1024];
                    let count = socket.read(&mut buffer).await.unwrap_or(0);
                    if count == 0 {
                        return None;
                    }
                    self.transport.receive(&buffer[..count]);
                }
                Socket::Ws(socket) => match socket.next().await? {
                    Ok(Message::Binary(bytes)) => self.transport.receive(&bytes),
                    Ok(Message::Close(_)) | Err(_) => return None,
                    Ok(_) => {}
                },
            }
        }
    }

    pub async fn make_key(&mut self, server_key: RsaPublicKey, dc: i32, lifetime: KeyLifetime) -> NewAuthKey {
        let mut rng = rng();
        let config = ClientExchangeConfig { lifetime, ..ClientExchangeConfig::new(vec![server_key], dc) };
        let mut exchange = ClientExchange::new(config, now(), &mut rng).expect("an exchange");
        loop {
            while let Some(output) = exchange.poll_output() {
                match output {
                    ExchangeOutput::Transmit(packet) => self.send(&packet).await,
                    ExchangeOutput::Event(ExchangeEvent::Done(key)) => return key,
                    _ => {}
                }
            }
            match self.receive().await.expect("the server goes on") {
                Inbound::Packet(packet) => {
                    exchange.handle_packet(&packet, now(), &mut rng).expect("a sound answer");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// What a client keeps between connections.
#[derive(Clone)]
pub struct Saved {
    pub auth_key: AuthKey,
    pub salt: i64,
    /// Server time minus local time, in seconds.
    pub time_offset: i64,
}

impl Saved {
    pub fn new(key: &NewAuthKey) -> Self {
        Self { auth_key: key.auth_key.clone(), salt: key.first_salt, time_offset: key.time_offset }
    }
}

/// A client on one connection.
pub struct Client {
    pub wire: Wire,
    pub session: ClientSession,
    pub saved: Saved,
    pub updates: VecDeque<enums::Updates>,
    /// Updates for a client of an older layer.
    pub older_updates: VecDeque<Vec<u8>>,
    /// Updates about accounts and logins, which come at any time and have no counter.
    pub notes: VecDeque<enums::Update>,
    /// What the account of the server has written, with its users, if it came in a box.
    pub service: VecDeque<(String, Vec<enums::User>)>,
    pub ready: VecDeque<(CallId, Result<Vec<u8>, RpcError>)>,
    pub transport_errors: Vec<i32>,
    pub new_sessions: usize,
    pub quick_acks: usize,
    pub destroyed: Option<chappe_mtproto::session::client::DestroyAuthKeyOutcome>,
    pub closed: bool,
    rng: StdRng,
    layer: i32,
    inited: bool,
    /// The methods of the calls under way.
    methods: BTreeMap<CallId, u32>,
}

pub fn init(layer: i32, query: &[u8]) -> Vec<u8> {
    let init = wrappers::InitConnection {
        api_id: 1,
        device_model: "test".into(),
        system_version: "1".into(),
        app_version: "1".into(),
        system_lang_code: "en".into(),
        lang_pack: String::new(),
        lang_code: "en".into(),
    };
    wrappers::invoke_with_layer(layer, &wrappers::init_connection(&init, query).expect("short strings"))
}

impl Client {
    pub async fn new(server: &Server) -> Self {
        Self::over(server, Kind::Obfuscated(Framing::Intermediate)).await
    }

    pub async fn over(server: &Server, kind: Kind) -> Self {
        let mut wire = Wire::connect(server.address(), kind).await;
        let key = wire.make_key(server.public_key().clone(), 2, KeyLifetime::Permanent).await;
        Self::on(wire, Saved::new(&key))
    }

    /// Goes on with a key made before.
    pub async fn resume(address: SocketAddr, saved: Saved) -> Self {
        let wire = Wire::connect(address, Kind::Plain(Framing::Intermediate)).await;
        Self::on(wire, saved)
    }

    pub fn on(wire: Wire, saved: Saved) -> Self {
        let mut rng = rng();
        let config = ClientSessionConfig {
            time_offset: Some(TimeOffset { millis: saved.time_offset * 1000 }),
            ..ClientSessionConfig::new(saved.auth_key.clone(), saved.salt)
        };
        let mut session = ClientSession::new(config, now(), &mut rng);
        session.handle_connected(now());
        Self {
            wire,
            session,
            saved,
            updates: VecDeque::new(),
            older_updates: VecDeque::new(),
            notes: VecDeque::new(),
            service: VecDeque::new(),
            ready: VecDeque::new(),
            transport_errors: Vec::new(),
            new_sessions: 0,
            quick_acks: 0,
            destroyed: None,
            closed: false,
            rng,
            layer: LAYER,
            inited: false,
            methods: BTreeMap::new(),
        }
    }

    /// Leaves the connection and goes on with the same session over a new one.
    pub async fn reconnect(&mut self, address: SocketAddr) {
        self.session.handle_disconnected(now());
        self.wire = Wire::connect(address, Kind::Plain(Framing::Abridged)).await;
        self.session.handle_connected(now());
        self.closed = false;
    }

    pub fn with_layer(mut self, layer: i32) -> Self {
        self.layer = layer;
        self
    }

    pub async fn flush(&mut self) {
        while let Some(output) = self.session.poll_output(now(), &mut self.rng) {
            match output {
                Output::Transmit { packet, quick_ack } => self.wire.send_asking(&packet, quick_ack).await,
                Output::Event(Event::Received { .. }) => self.quick_acks += 1,
                Output::Event(Event::Response { call, result }) => {
                    if let (Some(method), Err(error)) = (self.methods.remove(&call), &result) {
                        errors::assert_listed(method, error);
                    }
                    self.ready.push_back((call, result));
                }
                Output::Event(Event::Failed { reason, .. }) => panic!("a call failed: {reason}"),
                Output::Event(Event::Update(bytes)) if self.layer < LAYER => {
                    self.older_updates.push_back(bytes)
                }
                Output::Event(Event::Update(bytes)) => {
                    let updates = enums::Updates::from_bytes(&bytes).expect("updates of our layer");
                    if let Some(message) = from_service(&updates) {
                        self.service.push_back(message);
                        continue;
                    }
                    match note(updates) {
                        Ok(note) => self.notes.push_back(note),
                        Err(updates) => self.updates.push_back(updates),
                    }
                }
                Output::Event(Event::NewSession { .. }) => self.new_sessions += 1,
                Output::Event(Event::DestroyAuthKey(outcome)) => self.destroyed = Some(outcome),
                Output::Close(_) => self.closed = true,
                _ => {}
            }
        }
    }

    /// Moves packets until something arrives; `false` once the connection is over.
    pub async fn step(&mut self) -> bool {
        self.flush().await;
        match self.wire.receive().await {
            Some(Inbound::Packet(packet)) => {
                let _ = self.session.handle_packet(packet, now(), &mut self.rng);
            }
            Some(Inbound::Error(code)) => {
                self.transport_errors.push(code.0);
                self.session.handle_transport_error(code.0);
            }
            Some(Inbound::QuickAck(token)) => self.session.handle_quick_ack(token),
            None => self.closed = true,
        }
        self.flush().await;
        !self.closed
    }

    pub fn start<Q: Function>(&mut self, query: &Q, after: Vec<CallId>) -> CallId {
        let call = self.start_raw(query.to_bytes().expect("a query"), after);
        self.methods.insert(call, Q::CONSTRUCTOR_ID);
        call
    }

    /// Sends a query of any layer.
    pub fn start_raw(&mut self, mut body: Vec<u8>, after: Vec<CallId>) -> CallId {
        if !std::mem::replace(&mut self.inited, true) {
            body = init(self.layer, &body);
        }
        self.session.call(body, CallOptions { after, ..CallOptions::default() })
    }

    pub async fn finish_raw(&mut self, call: CallId) -> Result<Vec<u8>, RpcError> {
        let wait = async {
            loop {
                if let Some(at) = self.ready.iter().position(|(ready, _)| *ready == call) {
                    return self.ready.remove(at).expect("it is there").1;
                }
                assert!(self.step().await, "the server closed the connection");
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("an answer in time")
    }

    pub async fn call<Q: Function>(&mut self, query: Q) -> Result<Q::Response, RpcError> {
        let call = self.start(&query, Vec::new());
        let bytes = self.finish_raw(call).await?;
        Ok(Q::Response::from_bytes(&bytes).expect("an answer of our layer"))
    }

    pub async fn error<Q: Function>(&mut self, query: Q) -> (i32, String)
    where
        Q::Response: std::fmt::Debug,
    {
        let error = self.call(query).await.expect_err("an error was expected");
        (error.code, error.text())
    }

    /// The next single update that is pushed.
    pub async fn update(&mut self) -> enums::Update {
        self.boxed_update().await.0
    }

    /// The next single update that is pushed, with its users.
    pub async fn boxed_update(&mut self) -> (enums::Update, Vec<enums::User>) {
        let wait = async {
            loop {
                match self.updates.pop_front() {
                    Some(enums::Updates::Updates(mut updates)) => {
                        assert_eq!(updates.updates.len(), 1);
                        return (updates.updates.remove(0), updates.users);
                    }
                    Some(enums::Updates::UpdateShort(short)) => return (short.update, Vec::new()),
                    Some(other) => panic!("{other:?}"),
                    None => assert!(self.step().await, "the server closed the connection"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("an update in time")
    }

    /// The next update about accounts and logins.
    pub async fn note(&mut self) -> enums::Update {
        let wait = async {
            loop {
                match self.notes.pop_front() {
                    Some(note) => return note,
                    None => assert!(self.step().await, "the server closed the connection"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("an update in time")
    }

    /// Takes in what is under way; returns the updates.
    pub async fn settle(&mut self) -> Vec<enums::Updates> {
        while tokio::time::timeout(Duration::from_millis(150), self.step()).await.is_ok_and(|going| going) {}
        self.updates.drain(..).collect()
    }

    pub async fn send_code(&mut self, phone: &str) -> String {
        match self.call(send_code(phone)).await.expect("a code") {
            enums::auth::SentCode::Code(sent) => sent.phone_code_hash,
            other => panic!("{other:?}"),
        }
    }

    /// Logs in with a test number, signing up if need be.
    pub async fn log_in(&mut self, phone: &str, name: &str) -> types::User {
        let hash = self.send_code(phone).await;
        let code = phone[5..6].repeat(5);
        let answer = self.call(sign_in(phone, &hash, &code)).await.expect("signed in");
        let authorization = match answer {
            enums::auth::Authorization::Authorization(authorization) => authorization,
            enums::auth::Authorization::SignUpRequired(_) => {
                match self.call(sign_up(phone, &hash, name)).await.expect("signed up") {
                    enums::auth::Authorization::Authorization(authorization) => authorization,
                    other => panic!("{other:?}"),
                }
            }
        };
        user(authorization.user.clone())
    }

    /// The user with this number, as this client may name it.
    pub async fn find(&mut self, phone: &str) -> types::InputUser {
        let query = functions::contacts::ResolvePhone { phone: phone.into() };
        let mut resolved = self.call(query).await.expect("a user");
        let user = user(resolved.users.remove(0));
        types::InputUser { user_id: user.id, access_hash: user.access_hash.expect("a hash") }
    }

    pub async fn state(&mut self) -> types::updates::State {
        self.call(functions::updates::GetState {}).await.expect("a state")
    }

    pub async fn difference(&mut self, qts: i32, date: i32) -> enums::updates::Difference {
        self.call(difference(qts, date)).await.expect("a difference")
    }
}

/// What the account of the server has written.
fn from_service(updates: &enums::Updates) -> Option<(String, Vec<enums::User>)> {
    let id = 777_000;
    match updates {
        enums::Updates::UpdateShortMessage(short) if short.user_id == id => {
            Some((short.message.clone(), Vec::new()))
        }
        enums::Updates::Updates(all) => match all.updates.first() {
            Some(enums::Update::NewMessage(new)) => match &new.message {
                enums::Message::Message(message) if message.peer_id == cloud::user_peer(id) => {
                    Some((message.message.clone(), all.users.clone()))
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The update about accounts and logins that the box holds, or the box.
fn note(updates: enums::Updates) -> Result<enums::Update, enums::Updates> {
    use enums::Update as U;
    let is_note = |update: &U| {
        matches!(
            update,
            U::LoginToken
                | U::NewAuthorization(_)
                | U::NotifySettings(_)
                | U::PeerBlocked(_)
                | U::PeerSettings(_)
                | U::Privacy(_)
                | U::User(_)
                | U::UserName(_)
                | U::UserPhone(_)
                | U::UserStatus(_)
        )
    };
    match updates {
        enums::Updates::UpdateShort(short) if is_note(&short.update) => Ok(short.update),
        enums::Updates::Updates(mut all) if all.updates.first().is_some_and(is_note) => {
            Ok(all.updates.remove(0))
        }
        other => Err(other),
    }
}

pub fn user(user: enums::User) -> types::User {
    match user {
        enums::User::User(user) => *user,
        other => panic!("{other:?}"),
    }
}

pub fn send_code(phone: &str) -> functions::auth::SendCode {
    functions::auth::SendCode {
        phone_number: phone.into(),
        api_id: 1,
        api_hash: "hash".into(),
        settings: types::CodeSettings {
            allow_flashcall: false,
            current_number: false,
            allow_app_hash: false,
            allow_missed_call: false,
            allow_firebase: false,
            unknown_number: false,
            logout_tokens: None,
            token: None,
            app_sandbox: None,
        },
    }
}

pub fn sign_in(phone: &str, hash: &str, code: &str) -> functions::auth::SignIn {
    functions::auth::SignIn {
        phone_number: phone.into(),
        phone_code_hash: hash.into(),
        phone_code: Some(code.into()),
        email_verification: None,
    }
}

pub fn sign_up(phone: &str, hash: &str, name: &str) -> functions::auth::SignUp {
    functions::auth::SignUp {
        no_joined_notifications: false,
        phone_number: phone.into(),
        phone_code_hash: hash.into(),
        first_name: name.into(),
        last_name: String::new(),
    }
}

pub fn import_bot(token: &str) -> functions::auth::ImportBotAuthorization {
    functions::auth::ImportBotAuthorization {
        api_id: 1,
        api_hash: "hash".into(),
        bot_auth_token: token.into(),
        flags: 0,
    }
}

pub fn difference(qts: i32, date: i32) -> functions::updates::GetDifference {
    functions::updates::GetDifference {
        pts: 1,
        pts_limit: None,
        pts_total_limit: None,
        date,
        qts,
        qts_limit: None,
    }
}

/// A public value in the permitted range. The server checks only that.
pub fn public_value(fill: u8) -> Vec<u8> {
    let mut value = vec![fill; 256];
    value[0] = 0x55;
    value
}

/// Data of a possible length: fingerprint, msg_key and four blocks.
pub fn data(fill: u8) -> Vec<u8> {
    vec![fill; 24 + 64]
}

/// Two people with a secret chat, each on one device.
pub struct Pair {
    pub alice: Client,
    pub bob: Client,
    /// The chat as Alice and as Bob name it.
    pub peer_a: types::InputEncryptedChat,
    pub peer_b: types::InputEncryptedChat,
    pub alice_user: types::User,
    pub bob_user: types::User,
}

pub const ALICE: &str = "9996610001";
pub const BOB: &str = "9996620002";

impl Pair {
    pub async fn new(server: &Server) -> Self {
        let (mut alice, mut bob) = (Client::new(server).await, Client::new(server).await);
        let alice_user = alice.log_in(ALICE, "Alice").await;
        let bob_user = bob.log_in(BOB, "Bob").await;
        let (peer_a, peer_b) = open_chat(&mut alice, &mut bob, BOB, 4711).await;
        Self { alice, bob, peer_a, peer_b, alice_user, bob_user }
    }
}

pub fn request(user: types::InputUser, random_id: i32) -> functions::messages::RequestEncryption {
    functions::messages::RequestEncryption { user_id: user.into(), random_id, g_a: public_value(0xaa) }
}

pub fn accept(peer: &types::InputEncryptedChat) -> functions::messages::AcceptEncryption {
    functions::messages::AcceptEncryption { peer: peer.clone(), g_b: public_value(0xbb), key_fingerprint: 99 }
}

pub fn service(
    peer: &types::InputEncryptedChat,
    random_id: i64,
    data: Vec<u8>,
) -> functions::messages::SendEncryptedService {
    functions::messages::SendEncryptedService { peer: peer.clone(), random_id, data }
}

/// The chat of an `updateEncryption`.
pub fn chat(update: enums::Update) -> enums::EncryptedChat {
    match update {
        enums::Update::Encryption(update) => update.chat.clone(),
        other => panic!("{other:?}"),
    }
}

/// Opens a chat from `from` to `to`, who has `phone`.
pub async fn open_chat(
    from: &mut Client,
    to: &mut Client,
    phone: &str,
    random_id: i32,
) -> (types::InputEncryptedChat, types::InputEncryptedChat) {
    let target = from.find(phone).await;
    let enums::EncryptedChat::Waiting(waiting) = from.call(request(target, random_id)).await.expect("asked")
    else {
        panic!("not waiting")
    };
    let enums::EncryptedChat::Requested(requested) = chat(to.update().await) else { panic!("not requested") };
    assert_eq!(requested.g_a, public_value(0xaa));
    let peer_b = types::InputEncryptedChat { chat_id: requested.id, access_hash: requested.access_hash };
    let enums::EncryptedChat::Chat(accepted) = to.call(accept(&peer_b)).await.expect("accepted") else {
        panic!("not accepted")
    };
    assert_eq!((accepted.key_fingerprint, accepted.g_a_or_b.clone()), (99, public_value(0xaa)));
    let enums::EncryptedChat::Chat(ready) = chat(from.update().await) else { panic!("not ready") };
    assert_eq!((ready.key_fingerprint, ready.g_a_or_b.clone()), (99, public_value(0xbb)));
    let peer_a = types::InputEncryptedChat { chat_id: waiting.id, access_hash: waiting.access_hash };
    assert_ne!(peer_a.access_hash, peer_b.access_hash, "each side names the chat its own way");
    (peer_a, peer_b)
}
