//! A client and a server session joined by nothing but function calls.

use std::time::Duration;

use chappe_crypto::{AuthKey, Now, Role, message, padding};
use chappe_mtproto::rpc::{Call, RpcError};
use chappe_mtproto::session::client::{
    CallId, CallOptions, ClientSession, ClientSessionConfig, Event, Output,
};
use chappe_mtproto::session::server::{
    ConnectionId, FirstSalt, Salts, ServerEvent, ServerOutput, ServerSession, ServerSessionConfig,
    open_packet,
};
use chappe_mtproto::session::{MsgId, SeqNo, SessionId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const CONNECTION: ConnectionId = ConnectionId(1);
pub(crate) const GET_CONFIG: [u8; 4] = 0xc4f9_186b_u32.to_le_bytes();

pub(crate) fn key() -> AuthKey {
    AuthKey::new(std::array::from_fn(|at| at as u8))
}

/// A query of our own making, `number` inside.
pub(crate) fn query(number: u64) -> Vec<u8> {
    [&0x1234_5678_u32.to_le_bytes()[..], &number.to_le_bytes()].concat()
}

pub(crate) struct Pair {
    pub(crate) now: Now,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) client: ClientSession,
    pub(crate) server: ServerSession,
    pub(crate) connection: ConnectionId,
    /// Packets on their way to the server and to the client.
    pub(crate) to_server: Vec<Vec<u8>>,
    pub(crate) to_client: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pub(crate) server_events: Vec<ServerEvent>,
    pub(crate) calls: Vec<(MsgId, Call)>,
    pub(crate) quick_acks: Vec<u32>,
    pub(crate) persisted: usize,
    pub(crate) closed: Vec<String>,
}

pub(crate) fn server_config() -> ServerSessionConfig {
    ServerSessionConfig::new(key(), Salts::new([5; 32]))
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, |_| {})
    }

    pub(crate) fn with(
        client: impl FnOnce(&mut ClientSessionConfig),
        server: impl FnOnce(&mut ServerSessionConfig),
    ) -> Self {
        let now = Now::from_unix_secs(START);
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let salt = 77;
        let mut client_config = ClientSessionConfig::new(key(), salt);
        client(&mut client_config);
        let mut server_config = server_config();
        server_config.first_salt = Some(FirstSalt { salt, valid_until: START as i64 + 1800 });
        server(&mut server_config);
        let client = ClientSession::new(client_config, now, &mut rng);
        let server = ServerSession::new(client.session_id(), server_config, now, &mut rng);
        Self {
            now,
            rng,
            client,
            server,
            connection: CONNECTION,
            to_server: Vec::new(),
            to_client: Vec::new(),
            events: Vec::new(),
            server_events: Vec::new(),
            calls: Vec::new(),
            quick_acks: Vec::new(),
            persisted: 0,
            closed: Vec::new(),
        }
    }

    pub(crate) fn connected() -> Self {
        let mut pair = Self::new();
        pair.client.handle_connected(pair.now);
        pair.run();
        pair.events.clear();
        pair.server_events.clear();
        pair
    }

    pub(crate) fn call(&mut self, number: u64) -> CallId {
        self.client.call(query(number), CallOptions::default())
    }

    pub(crate) fn poll_client(&mut self) {
        while let Some(output) = self.client.poll_output(self.now, &mut self.rng) {
            match output {
                Output::Transmit { packet, .. } => self.to_server.push(packet),
                Output::Event(event) => self.events.push(event),
                Output::Persist(_) => self.persisted += 1,
                Output::Close(reason) => self.closed.push(reason.to_string()),
                Output::Timeout(_) => {}
            }
        }
    }

    pub(crate) fn poll_server(&mut self) {
        while let Some(output) = self.server.poll_output(self.now, &mut self.rng) {
            match output {
                ServerOutput::Transmit { packet, .. } => self.to_client.push(packet),
                ServerOutput::Call { msg_id, call, .. } => self.calls.push((msg_id, call)),
                ServerOutput::Event(event) => self.server_events.push(event),
                ServerOutput::QuickAck { token, .. } => self.quick_acks.push(token),
                ServerOutput::CloseConnection { .. } => self.closed.push("by the server".into()),
                ServerOutput::Timeout(_) => {}
            }
        }
    }

    pub(crate) fn deliver_to_server(&mut self, packet: Vec<u8>) {
        let opened = open_packet(&key(), packet).unwrap();
        // As a driver does: an unknown session id makes a new session.
        if opened.session_id() != self.server.session_id() {
            self.server = ServerSession::new(opened.session_id(), server_config(), self.now, &mut self.rng);
        }
        self.server.handle(opened, self.connection, self.now, &mut self.rng);
        self.poll_server();
    }

    pub(crate) fn deliver_to_client(&mut self, packet: Vec<u8>) {
        self.client.handle_packet(packet, self.now, &mut self.rng).unwrap();
        self.poll_client();
    }

    /// Carries packets back and forth until there are none.
    pub(crate) fn run(&mut self) {
        self.poll_client();
        self.poll_server();
        while !self.to_server.is_empty() || !self.to_client.is_empty() {
            for packet in std::mem::take(&mut self.to_server) {
                self.deliver_to_server(packet);
            }
            for packet in std::mem::take(&mut self.to_client) {
                self.deliver_to_client(packet);
            }
            self.poll_client();
            self.poll_server();
        }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.now = self.now.advance(by);
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
    }

    /// Loses what is on its way and connects again.
    pub(crate) fn reconnect(&mut self) {
        self.to_server.clear();
        self.to_client.clear();
        self.client.handle_disconnected(self.now);
        self.server.connection_closed(self.connection);
        self.connection = ConnectionId(self.connection.0 + 1);
        self.client.handle_connected(self.now);
    }

    pub(crate) fn answer_all(&mut self) {
        for (msg_id, call) in std::mem::take(&mut self.calls) {
            self.server.respond(msg_id, Ok(answer(&call.query)));
        }
    }

    pub(crate) fn responses(&self) -> Vec<(CallId, Result<Vec<u8>, RpcError>)> {
        let response = |event: &Event| match event {
            Event::Response { call, result } => Some((*call, result.clone())),
            _ => None,
        };
        self.events.iter().filter_map(response).collect()
    }

    /// A message as the server's key owner would forge it.
    pub(crate) fn forge(&mut self, session_id: SessionId, msg_id: i64, seq_no: i32, body: &[u8]) -> Vec<u8> {
        seal(Role::Responder, 0, session_id, MsgId(msg_id), SeqNo(seq_no), body, &mut self.rng)
    }

    /// A message id of the server, `secs` from now.
    pub(crate) fn server_id(&mut self, secs: i64) -> i64 {
        ((self.now.unix_secs() + secs) << 32) + i64::from(self.rng.next_u32() & 0x00ff_fff0) + 3
    }

    /// A message of a client that is not [`Pair::client`] but has its key; returns what the server answers.
    pub(crate) fn inject(&mut self, salt: i64, msg_id: i64, seq_no: i32, body: &[u8]) -> Vec<Message> {
        let session_id = self.server.session_id();
        let packet =
            seal(Role::Initiator, salt, session_id, MsgId(msg_id), SeqNo(seq_no), body, &mut self.rng);
        self.deliver_to_server(packet);
        std::mem::take(&mut self.to_client)
            .into_iter()
            .flat_map(|packet| read(Role::Responder, packet))
            .collect()
    }

    /// The current salt.
    pub(crate) fn salt(&self) -> i64 {
        Salts::new([5; 32]).current(key().id(), self.now)
    }

    /// A message id of a client, `secs` from now.
    pub(crate) fn client_id(&mut self, secs: i64) -> i64 {
        ((self.now.unix_secs() + secs) << 32) + i64::from(self.rng.next_u32() & 0x00ff_fff0)
    }
}

pub(crate) fn answer(query: &[u8]) -> Vec<u8> {
    [&0xaaaa_aaaa_u32.to_le_bytes()[..], query].concat()
}

/// One message, taken out of its packet and container.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) msg_id: i64,
    pub(crate) seq_no: i32,
    pub(crate) body: Vec<u8>,
    pub(crate) bare: bool,
    pub(crate) salt: i64,
}

impl Message {
    pub(crate) fn id(&self) -> u32 {
        u32::from_le_bytes(*self.body.first_chunk().unwrap())
    }
}

pub(crate) fn seal(
    sender: Role,
    salt: i64,
    session_id: SessionId,
    msg_id: MsgId,
    seq_no: SeqNo,
    body: &[u8],
    rng: &mut ChaCha20Rng,
) -> Vec<u8> {
    let mut data = Vec::new();
    data.extend_from_slice(&salt.to_le_bytes());
    data.extend_from_slice(&session_id.0.to_le_bytes());
    data.extend_from_slice(&msg_id.0.to_le_bytes());
    data.extend_from_slice(&seq_no.0.to_le_bytes());
    data.extend_from_slice(&(body.len() as u32).to_le_bytes());
    data.extend_from_slice(body);
    let start = data.len();
    data.resize(padding::padded_len(start), 0);
    rng.fill_bytes(&mut data[start..]);
    seal_raw(sender, data)
}

/// A packet with this plaintext, whatever it is.
pub(crate) fn seal_raw(sender: Role, mut data: Vec<u8>) -> Vec<u8> {
    let sealed = message::seal(key().as_bytes(), sender, &mut data).unwrap();
    [&key().id().to_le_bytes()[..], &sealed.msg_key.0, &data].concat()
}

/// The messages of a packet, with the packet itself first if it is a container.
pub(crate) fn read(sender: Role, mut packet: Vec<u8>) -> Vec<Message> {
    let msg_key: [u8; 16] = packet[8..24].try_into().unwrap();
    let data = &mut packet[24..];
    message::open(key().as_bytes(), sender, &msg_key, data).unwrap();
    let number = |at: usize| i64::from_le_bytes(data[at..at + 8].try_into().unwrap());
    let len = u32::from_le_bytes(data[28..32].try_into().unwrap()) as usize;
    let seq_no = i32::from_le_bytes(data[24..28].try_into().unwrap());
    let body = data[32..32 + len].to_vec();
    let salt = number(0);
    let whole = Message { msg_id: number(16), seq_no, body: body.clone(), bare: true, salt };
    let mut all = vec![whole];
    if chappe_mtproto::rpc::container::is_container(&body) {
        for item in chappe_mtproto::rpc::container::parse(&body).unwrap() {
            let body = item.body.to_vec();
            all.push(Message { msg_id: item.msg_id.0, seq_no: item.seq_no.0, body, bare: false, salt });
        }
    }
    all
}
