use std::collections::BTreeSet;
use std::time::Duration;

use chappe_crypto::{Now, Role};
use chappe_mtproto::rpc::service::{Service, ids};
use chappe_mtproto::rpc::wrappers::{invoke_after_msg, invoke_after_msgs, invoke_with_layer};
use chappe_mtproto::rpc::{RpcError, container};
use chappe_mtproto::session::server::{
    ConnectionId, DestroyAuthKeyOutcome, Salts, ServerEvent, ServerOutput, ServerSession,
    ServerSessionConfig, open_packet,
};
use chappe_mtproto::session::{MsgId, SessionId};
use rand_chacha::ChaCha8Rng;

use super::{Known, body};
use crate::input::Input;
use crate::support::{Message, NOW, encrypt, key, opened, rng};

const MAX_OPERATIONS: usize = 150;
const MAX_RUNNING: usize = 8;
const SESSION: SessionId = SessionId(0x5e55_1011);

struct Driver {
    session: ServerSession,
    salts: Salts,
    now: Now,
    random: ChaCha8Rng,
    /// What the client knows: ids of the server's messages and its own.
    known: Known,
    client_id: i64,
    seq_no: i32,
    recent: Vec<Vec<u8>>,
    running: BTreeSet<i64>,
    /// Every call that ever came out.
    called: BTreeSet<i64>,
    timeout: Option<Duration>,
}

impl Driver {
    fn new(choice: u8) -> Self {
        let salts = Salts::new([3; 32]);
        let mut config = ServerSessionConfig::new(key().clone(), salts.clone());
        config.max_running_calls = MAX_RUNNING;
        config.max_unacknowledged_len = 1 << 16;
        config.gzip_answers = choice & 1 != 0;
        config.authorized = choice & 2 != 0;
        let mut random = rng(40);
        let session = ServerSession::new(SESSION, config, NOW, &mut random);
        Self {
            session,
            salts,
            now: NOW,
            random,
            known: Known::default(),
            client_id: NOW.unix_secs() << 32,
            seq_no: 0,
            recent: Vec::new(),
            running: BTreeSet::new(),
            called: BTreeSet::new(),
            timeout: None,
        }
    }

    fn drain(&mut self) {
        for _ in 0..10_000 {
            let Some(output) = self.session.poll_output(self.now, &mut self.random) else { return };
            match output {
                ServerOutput::Call { msg_id, .. } => {
                    assert!(self.called.insert(msg_id.0), "{msg_id:?} is executed twice");
                    self.running.insert(msg_id.0);
                    assert!(self.running.len() <= MAX_RUNNING, "{} calls at once", self.running.len());
                }
                ServerOutput::CloseConnection { connection } => self.session.connection_closed(connection),
                ServerOutput::Event(ServerEvent::DestroySession { other }) => {
                    assert_ne!(other, SESSION);
                    self.session.respond_destroy_session(other, other.0 & 1 == 0);
                }
                ServerOutput::Event(ServerEvent::DestroyAuthKey) => {
                    self.session.respond_destroy_auth_key(DestroyAuthKeyOutcome::Fail);
                }
                ServerOutput::Event(_) | ServerOutput::QuickAck { .. } => {}
                ServerOutput::Timeout(at) => self.timeout = Some(at),
                ServerOutput::Transmit { packet, .. } => {
                    let message = opened(Role::Responder, &packet);
                    assert_eq!(message.session_id, SESSION.0);
                    self.known.insert(message.msg_id);
                    if container::is_container(&message.body) {
                        for item in
                            container::parse(&message.body).expect("a server sends a broken container")
                        {
                            self.known.insert(item.msg_id.0);
                        }
                    }
                }
            }
        }
        panic!("the outputs do not end");
    }

    fn receive(&mut self, packet: Vec<u8>, connection: u8) {
        self.recent.truncate(15);
        self.recent.insert(0, packet.clone());
        let Ok(opened) = open_packet(key(), packet) else { return };
        // The driver finds the session by its id.
        if opened.session_id() == SESSION {
            let connection = ConnectionId((connection % 3).into());
            self.session.handle(opened, connection, self.now, &mut self.random);
        }
    }

    /// A message of a client with its own idea of the header: flags for a foreign salt (bit 0), id (2), number (3), odd id
    /// (4). The lowest bits of the second byte name the connection.
    fn message(&mut self, input: &mut Input<'_>) {
        let (flags, connection) = (input.u8(), input.u8());
        let salt = if flags & 1 != 0 { input.i64() } else { self.salts.current(key().id(), self.now) };
        let body = match input.u8() % 4 {
            0 | 1 => self.query(input),
            _ => body(input, &self.known, &mut self.client_id, 0),
        };
        self.client_id += 4;
        let mut msg_id = if flags & 4 != 0 { input.i64() } else { self.client_id };
        if flags & 16 != 0 {
            msg_id |= 1;
        }
        self.known.insert(msg_id);
        let id = body.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
        let content = ![ids::MSG_CONTAINER, ids::MSGS_ACK, ids::HTTP_WAIT].contains(&id);
        let seq_no = if flags & 8 != 0 { input.i32() } else { self.seq_no | i32::from(content) };
        if content && flags & 8 == 0 {
            self.seq_no += 2;
        }
        self.receive(
            Message { salt, session_id: SESSION.0, msg_id, seq_no, body: &body }.seal(Role::Initiator),
            connection,
        );
    }

    /// A query, perhaps in wrappers.
    fn query(&mut self, input: &mut Input<'_>) -> Vec<u8> {
        let mut query = 0xc4f9_186b_u32.to_le_bytes().to_vec();
        query.extend(input.piece());
        query.resize(query.len().next_multiple_of(4), 0);
        match input.u8() % 6 {
            0 => invoke_after_msg(self.known.pick(input), &query),
            1 => invoke_after_msgs(&self.known.some(input), &query),
            2 => invoke_with_layer(input.i32(), &query),
            3 => Service::RpcDropAnswer { req_msg_id: MsgId(self.known.pick(input)) }.to_bytes(),
            _ => query,
        }
    }

    fn respond(&mut self, input: &mut Input<'_>) {
        let running: Vec<i64> = self.running.iter().copied().collect();
        let Some(msg_id) = input.pick(&running) else { return };
        let result = match input.u8() % 3 {
            0 => Err(RpcError::new(input.i32(), &String::from_utf8_lossy(input.piece()))),
            1 => Ok(input.piece().to_vec()),
            _ => Ok(vec![7; usize::from(input.u16()) & !3]),
        };
        self.session.respond(MsgId(msg_id), result);
        self.running.remove(&msg_id);
    }

    fn pass(&mut self, input: &mut Input<'_>) {
        let by = Duration::from_millis(u64::from(input.u32() % 10_000_000));
        self.now = self.now.advance(by);
        if by.is_zero()
            && let Some(at) = self.timeout
        {
            self.now = self.now.advance(at.saturating_sub(self.now.monotonic));
        }
        self.client_id = self.client_id.max(self.now.unix_secs() << 32);
        for _ in 0..20 {
            self.timeout = None;
            self.session.handle_timeout(self.now);
            self.drain();
            if self.timeout.is_none_or(|at| at > self.now.monotonic) {
                return;
            }
        }
        panic!("a timeout is due again and again");
    }
}

/// The server's session. The first byte is its configuration (packed answers, logged in); then come operations: messages
/// of a client that has the key, over up to three connections, raw packets, replays, answers to calls, updates, time, lost
/// connections.
///
/// Outputs end; what is sent decrypts and is well formed; a call comes out once, and never more at once than permitted; a
/// timeout is not due again at once.
pub fn session_server(data: &[u8]) {
    let mut input = Input::new(data);
    let mut driver = Driver::new(input.u8());
    for _ in 0..MAX_OPERATIONS {
        if input.is_empty() {
            break;
        }
        match input.u8() % 16 {
            0..=6 => driver.message(&mut input),
            7 | 8 => driver.respond(&mut input),
            9 => {
                let packet = encrypt(Role::Initiator, input.piece().to_vec(), 0);
                driver.receive(packet, 0);
            }
            10 => driver.receive(input.piece().to_vec(), 0),
            11 => {
                let index = usize::from(input.u8());
                if let Some(packet) = driver.recent.get(index % driver.recent.len().max(1)).cloned() {
                    driver.receive(packet, input.u8());
                }
            }
            12 | 13 => driver.pass(&mut input),
            14 => driver.session.connection_closed(ConnectionId((input.u8() % 3).into())),
            _ => match input.u8() % 3 {
                0 => driver.session.set_authorized(input.bool()),
                1 => driver.session.push_update(vec![9; usize::from(input.u16())]),
                _ => {
                    let _ = driver.session.predecessor_state(MsgId(driver.known.pick(&mut input)));
                }
            },
        }
        driver.drain();
    }
}
