use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chappe_crypto::{Now, Role};
use chappe_mtproto::rpc::container;
use chappe_mtproto::session::SessionId;
use chappe_mtproto::session::client::{
    CallId, CallOptions, ClientSession, ClientSessionConfig, Event, Output, TimeOffset,
};
use rand_chacha::ChaCha8Rng;

use super::{Known, body};
use crate::input::Input;
use crate::support::{Message, NOW, encrypt, key, opened, rng};

const MAX_OPERATIONS: usize = 150;
const MAX_CALLS: usize = 16;

struct Driver {
    session: ClientSession,
    now: Now,
    random: ChaCha8Rng,
    /// What the server knows: ids of the client's messages.
    known: Known,
    server_id: i64,
    recent: Vec<Vec<u8>>,
    open: BTreeSet<CallId>,
    /// Calls that must not be heard of any more.
    ended: BTreeMap<CallId, &'static str>,
    timeout: Option<Duration>,
    connected: bool,
}

impl Driver {
    fn new(choice: u8) -> Self {
        let mut config = ClientSessionConfig::new(key().clone(), 5);
        config.max_pending_calls = MAX_CALLS;
        config.time_offset = (choice & 1 != 0).then(TimeOffset::default);
        let mut random = rng(30);
        let session = ClientSession::new(config, NOW, &mut random);
        let server_id = (NOW.unix_secs() << 32) + 1;
        Self {
            session,
            now: NOW,
            random,
            known: Known::default(),
            server_id,
            recent: Vec::new(),
            open: BTreeSet::new(),
            ended: BTreeMap::new(),
            timeout: None,
            connected: false,
        }
    }

    fn drain(&mut self) {
        for _ in 0..5000 {
            let Some(output) = self.session.poll_output(self.now, &mut self.random) else {
                assert!(self.session.pending_calls() <= MAX_CALLS);
                assert_eq!(self.session.pending_calls(), self.open.len());
                return;
            };
            match output {
                Output::Transmit { packet, .. } => {
                    assert!(self.connected, "sent without a connection");
                    let message = opened(Role::Initiator, &packet);
                    assert_eq!(SessionId(message.session_id), self.session.session_id());
                    self.known.insert(message.msg_id);
                    if container::is_container(&message.body) {
                        for item in
                            container::parse(&message.body).expect("a client sends a broken container")
                        {
                            self.known.insert(item.msg_id.0);
                        }
                    }
                }
                Output::Event(Event::Response { call, .. }) => self.end(call, "answered"),
                Output::Event(Event::Failed { call, .. }) => self.end(call, "failed"),
                Output::Event(Event::Acknowledged { call } | Event::Received { call }) => {
                    assert!(self.open.contains(&call), "{call:?} is over");
                }
                Output::Event(_) | Output::Persist(_) => {}
                Output::Close(_) => {
                    assert!(self.connected, "nothing to close");
                }
                Output::Timeout(at) => self.timeout = Some(at),
            }
        }
        panic!("the outputs do not end");
    }

    fn end(&mut self, call: CallId, how: &'static str) {
        assert!(self.open.remove(&call), "{call:?} has {how}, but was {:?}", self.ended.get(&call));
        self.ended.insert(call, how);
    }

    fn receive(&mut self, packet: Vec<u8>) {
        if !self.connected {
            return;
        }
        self.recent.truncate(15);
        self.recent.insert(0, packet.clone());
        if self.session.handle_packet(packet, self.now, &mut self.random).is_err() {
            self.drain();
            self.disconnect();
        }
    }

    fn disconnect(&mut self) {
        self.session.handle_disconnected(self.now);
        self.connected = false;
    }

    /// A message of the server with its own idea of the header: flags for a foreign salt (bit 0), session (1), id (2), an
    /// answer's class (3) and the parity of a client (4).
    fn message(&mut self, input: &mut Input<'_>) {
        let flags = input.u8();
        self.server_id += 4;
        let class = if flags & 8 != 0 { 1 } else { 3 };
        let mut msg_id = self.server_id & !3 | class;
        if flags & 4 != 0 {
            msg_id = input.i64();
        }
        if flags & 16 != 0 {
            msg_id &= !1;
        }
        let salt = if flags & 1 != 0 { input.i64() } else { 5 };
        let session_id = if flags & 2 != 0 { input.i64() } else { self.session.session_id().0 };
        let seq_no = i32::from(input.u8());
        let body = body(input, &self.known, &mut self.server_id, 0);
        // Containers stand above what they hold.
        if flags & 4 == 0 {
            self.server_id += 4;
            msg_id = self.server_id & !3 | class;
        }
        self.receive(Message { salt, session_id, msg_id, seq_no, body: &body }.seal(Role::Responder));
    }

    fn call(&mut self, input: &mut Input<'_>) {
        let flags = input.u8();
        let mut query = input.piece().to_vec();
        if flags & 16 == 0 {
            query.resize(query.len().max(4).next_multiple_of(4), 0);
        }
        // A query that is a container would be none of the session's own.
        if container::is_container(&query) {
            query[0] = 0;
        }
        let after = if flags & 8 != 0 { self.open.iter().copied().take(3).collect() } else { Vec::new() };
        let (quick_ack, gzip, repeatable) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
        let call = self.session.call(query, CallOptions { after, quick_ack, gzip, repeatable });
        assert!(self.open.insert(call));
        // A refusal comes as an event, and until then the call counts as open.
        self.drain();
    }

    fn pass(&mut self, input: &mut Input<'_>) {
        let by = Duration::from_millis(u64::from(input.u32() % 10_000_000));
        self.now = self.now.advance(by);
        if by.is_zero()
            && let Some(at) = self.timeout
        {
            self.now = self.now.advance(at.saturating_sub(self.now.monotonic));
        }
        if input.u8() == 0xff {
            // The clock of the machine is set.
            self.now.unix = Duration::from_secs(input.u32().into());
        }
        self.server_id = self.server_id.max(self.now.unix_secs() << 32 | 1);
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

/// The client's session. The first byte says whether it knows the server's time; then come operations: messages of a
/// server that has the key (service objects about the client's own messages, containers, packed objects, raw bytes, with
/// any header), raw packets, replays, calls, time, lost connections, quick acks.
///
/// Outputs end; what is sent decrypts and is well formed; every call has exactly one outcome, and nothing is heard of it
/// afterwards; a timeout is not due again at once.
pub fn session_client(data: &[u8]) {
    let mut input = Input::new(data);
    let mut driver = Driver::new(input.u8());
    driver.connected = true;
    driver.session.handle_connected(NOW);
    driver.drain();
    for _ in 0..MAX_OPERATIONS {
        if input.is_empty() {
            break;
        }
        match input.u8() % 16 {
            0..=6 => driver.message(&mut input),
            7 | 8 => driver.call(&mut input),
            9 => {
                let packet = encrypt(Role::Responder, input.piece().to_vec(), 0);
                driver.receive(packet);
            }
            10 => driver.receive(input.piece().to_vec()),
            11 => {
                let index = usize::from(input.u8());
                if let Some(packet) = driver.recent.get(index % driver.recent.len().max(1)).cloned() {
                    driver.receive(packet);
                }
            }
            12 | 13 => driver.pass(&mut input),
            14 => {
                if driver.connected {
                    driver.disconnect();
                } else {
                    driver.connected = true;
                    driver.session.handle_connected(driver.now);
                }
            }
            _ => driver.command(&mut input),
        }
        driver.drain();
    }
}

impl Driver {
    fn command(&mut self, input: &mut Input<'_>) {
        match input.u8() % 6 {
            0 => {
                let open: Vec<CallId> = self.open.iter().copied().collect();
                if let Some(call) = input.pick(&open) {
                    self.session.cancel(call);
                    self.end(call, "cancelled");
                }
            }
            1 => self.session.ping(input.i64()),
            2 => self.session.destroy_session(SessionId(input.i64())),
            3 => self.session.handle_quick_ack(input.u32()),
            4 if self.connected => self.session.handle_transport_error(input.i32()),
            _ => self.session.get_future_salts(),
        }
    }
}
