//! Both sessions over a network that drops, repeats, reorders, delays, corrupts, replays and disconnects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chappe_crypto::{Now, Role};
use chappe_mtproto::session::client::{
    CallId, CallOptions, ClientSession, ClientSessionConfig, Event, FailReason, Output,
};
use chappe_mtproto::session::server::{ConnectionId, FirstSalt, ServerOutput, ServerSession, open_packet};
use chappe_mtproto::session::{MsgId, SessionId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::pair::{START, answer, key, query, read, seal, server_config};

#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Client,
    Server,
}

struct Flying {
    at: Duration,
    to: To,
    connection: u64,
    packet: Vec<u8>,
}

struct World {
    seed: u64,
    rng: ChaCha20Rng,
    time: Duration,
    /// What the clocks show beyond `time`, in seconds.
    client_wall: u64,
    server_wall: u64,
    client: ClientSession,
    servers: HashMap<SessionId, ServerSession>,
    connection: u64,
    connected: bool,
    reconnect_at: Duration,
    faulty: bool,
    flying: Vec<Flying>,
    recorded: Vec<(To, Vec<u8>)>,
    working: Vec<(Duration, SessionId, MsgId, Vec<u8>)>,
    executed: BTreeMap<Vec<u8>, u32>,
    outcomes: BTreeMap<CallId, u32>,
    failed: Vec<FailReason>,
    queries: BTreeMap<CallId, Vec<u8>>,
    headers: [BTreeSet<(i64, i64, i32)>; 2],
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut config = ClientSessionConfig::new(key(), if seed.is_multiple_of(3) { 0 } else { 77 });
        config.ack_timeout = Duration::from_secs(2);
        config.answer_timeout = Duration::from_secs(4);
        config.pong_timeout = Duration::from_secs(5);
        let client_wall = START + if seed.is_multiple_of(4) { u64::from(rng.next_u32() % 2000) } else { 0 };
        let now = Now { monotonic: Duration::ZERO, unix: Duration::from_secs(client_wall) };
        let client = ClientSession::new(config, now, &mut rng);
        Self {
            seed,
            rng,
            time: Duration::ZERO,
            client_wall,
            server_wall: START + 1000,
            client,
            servers: HashMap::new(),
            connection: 0,
            connected: false,
            reconnect_at: Duration::ZERO,
            faulty: true,
            flying: Vec::new(),
            recorded: Vec::new(),
            working: Vec::new(),
            executed: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            failed: Vec::new(),
            queries: BTreeMap::new(),
            headers: [BTreeSet::new(), BTreeSet::new()],
        }
    }

    fn client_now(&self) -> Now {
        Now { monotonic: self.time, unix: self.time + Duration::from_secs(self.client_wall) }
    }

    fn server_now(&self) -> Now {
        Now { monotonic: self.time, unix: self.time + Duration::from_secs(self.server_wall) }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.faulty && self.rng.next_u32() % 100 < percent
    }

    fn send(&mut self, to: To, packet: Vec<u8>) {
        let sender = if to == To::Server { Role::Initiator } else { Role::Responder };
        let outer = &read(sender, packet.clone())[0];
        let fresh = self.headers[to as usize].insert((outer.salt, outer.msg_id, outer.seq_no));
        assert!(fresh, "seed {}: two ciphertexts of one header", self.seed);
        if self.recorded.len() < 200 {
            self.recorded.push((to, packet.clone()));
        }
        if self.chance(10) {
            return;
        }
        let copies = if self.chance(5) { 2 } else { 1 };
        for _ in 0..copies {
            let millis = if self.faulty { self.rng.next_u64() % 900 } else { 20 };
            let mut packet = packet.clone();
            if self.chance(1) {
                let at = self.rng.next_u64() as usize % packet.len();
                packet[at] ^= 1 << (self.rng.next_u32() % 8);
            }
            let at = self.time + Duration::from_millis(millis);
            self.flying.push(Flying { at, to, connection: self.connection, packet });
        }
    }

    fn disconnect(&mut self) {
        if !self.connected {
            return;
        }
        self.connected = false;
        self.client.handle_disconnected(self.client_now());
        for server in self.servers.values_mut() {
            server.connection_closed(ConnectionId(self.connection));
        }
        self.flying.clear();
        self.reconnect_at = self.time + Duration::from_millis(self.rng.next_u64() % 3000);
    }

    fn deliver(&mut self, to: To, packet: Vec<u8>) {
        let now = self.client_now();
        match to {
            To::Client => {
                if self.client.handle_packet(packet, now, &mut self.rng).is_err() {
                    self.disconnect();
                }
            }
            To::Server => {
                let Ok(opened) = open_packet(&key(), packet) else { return self.disconnect() };
                let (now, session_id) = (self.server_now(), opened.session_id());
                let server = self.servers.entry(session_id).or_insert_with(|| {
                    let mut config = server_config();
                    config.first_salt = Some(FirstSalt { salt: 77, valid_until: START as i64 + 1030 });
                    ServerSession::new(session_id, config, now, &mut self.rng)
                });
                server.handle(opened, ConnectionId(self.connection), now, &mut self.rng);
            }
        }
        self.poll();
    }

    fn poll(&mut self) {
        let now = self.client_now();
        while let Some(output) = self.client.poll_output(now, &mut self.rng) {
            match output {
                Output::Transmit { packet, .. } => {
                    assert!(self.connected);
                    self.send(To::Server, packet);
                }
                Output::Event(Event::Response { call, result }) => {
                    *self.outcomes.entry(call).or_default() += 1;
                    if let Ok(result) = result {
                        assert_eq!(result, answer(&self.queries[&call]), "seed {}", self.seed);
                        assert_eq!(self.executed[&self.queries[&call]], 1, "seed {}", self.seed);
                    }
                }
                Output::Event(Event::Failed { call, reason }) => {
                    self.failed.push(reason);
                    *self.outcomes.entry(call).or_default() += 1;
                }
                Output::Close(_) => self.disconnect(),
                _ => {}
            }
        }
        let now = self.server_now();
        let mut out = Vec::new();
        for (session_id, server) in &mut self.servers {
            while let Some(output) = server.poll_output(now, &mut self.rng) {
                out.push((*session_id, output));
            }
        }
        let mut close = false;
        for (session_id, output) in out {
            match output {
                ServerOutput::Transmit { connection, packet }
                    if self.connected && connection.0 == self.connection =>
                {
                    self.send(To::Client, packet);
                }
                ServerOutput::Call { msg_id, call, .. } => {
                    let count = self.executed.entry(call.query.clone()).or_default();
                    *count += 1;
                    assert_eq!(*count, 1, "seed {}: executed twice", self.seed);
                    let at = self.time + Duration::from_millis(self.rng.next_u64() % 4000);
                    self.working.push((at, session_id, msg_id, call.query));
                }
                ServerOutput::CloseConnection { connection } => close |= connection.0 == self.connection,
                _ => {}
            }
        }
        if close {
            self.disconnect();
        }
    }

    fn step(&mut self) {
        self.time += Duration::from_millis(1 + self.rng.next_u64() % 300);
        if !self.connected && self.time >= self.reconnect_at {
            self.connected = true;
            self.connection += 1;
            self.client.handle_connected(self.client_now());
        }
        if self.chance(1) {
            self.disconnect();
        }
        if self.chance(2) && !self.recorded.is_empty() && self.connected {
            let at = self.rng.next_u64() as usize % self.recorded.len();
            let (to, packet) = self.recorded[at].clone();
            self.deliver(to, packet);
        }
        if self.chance(1) && self.connected {
            // Somebody on the path sends what anybody can: an error of the transport.
            self.client.handle_transport_error(-404);
        }
        let now = self.client_now();
        self.client.handle_timeout(now);
        let now = self.server_now();
        self.servers.values_mut().for_each(|server| server.handle_timeout(now));
        self.poll();
        while let Some(at) = self.flying.iter().position(|flying| flying.at <= self.time) {
            let flying = self.flying.swap_remove(at);
            if flying.connection == self.connection && self.connected {
                self.deliver(flying.to, flying.packet);
            }
        }
        while let Some(at) = self.working.iter().position(|work| work.0 <= self.time) {
            let (_, session_id, msg_id, query) = self.working.swap_remove(at);
            if let Some(server) = self.servers.get_mut(&session_id) {
                server.respond(msg_id, Ok(answer(&query)));
                if query[4] % 3 == 0 {
                    server.push_update(answer(&[0; 8]));
                }
            }
        }
        self.poll();
    }

    /// `jumps`: whether the clocks of both sides are set while it runs.
    fn run(mut self, jumps: bool) -> (usize, Vec<FailReason>) {
        let calls = 3 + self.seed % 10;
        let mut made: Vec<CallId> = Vec::new();
        for step in 0..4000_u32 {
            if (made.len() as u64) < calls && self.rng.next_u32().is_multiple_of(4) {
                let mut options = CallOptions::default();
                if self.rng.next_u32().is_multiple_of(5)
                    && let Some(last) = made.last()
                {
                    options.after.push(*last);
                }
                let body = query(self.seed << 16 | made.len() as u64);
                let call = self.client.call(body.clone(), options);
                self.queries.insert(call, body);
                made.push(call);
            }
            if jumps && self.faulty && self.rng.next_u32().is_multiple_of(60) {
                let jump = u64::from(self.rng.next_u32() % 1000);
                match self.rng.next_u32() % 4 {
                    0 => self.client_wall += jump,
                    1 => self.client_wall = self.client_wall.saturating_sub(jump),
                    2 => self.server_wall += jump,
                    _ => self.server_wall -= jump,
                }
            }
            self.faulty = step < 200;
            self.step();
            if made.len() as u64 == calls && !self.faulty && self.client.pending_calls() == 0 {
                break;
            }
        }
        assert_eq!(self.client.pending_calls(), 0, "seed {}: calls are left at {:?}", self.seed, self.time);
        for call in made {
            assert_eq!(self.outcomes.get(&call), Some(&1), "seed {}: {call:?}", self.seed);
        }
        (self.outcomes.len(), self.failed)
    }
}

#[test]
fn every_call_is_answered_once_and_executed_at_most_once() {
    let mut unknown = 0;
    for seed in 0..2000 {
        let (_, failed) = World::new(seed).run(false);
        // A client whose clock begins half a minute ahead, and which loses the notice about it, cannot know.
        assert!(failed.is_empty() || seed % 4 == 0, "seed {seed}: {failed:?}");
        unknown += failed.len();
    }
    assert!(unknown < 40, "{unknown}");
}

#[test]
fn even_when_clocks_are_set() {
    let (mut calls, mut failed) = (0, 0);
    for seed in 0..1000 {
        let (some, lost) = World::new(seed).run(true);
        calls += some;
        failed += lost.len();
    }
    assert!(failed * 3 < calls, "{failed} of {calls} calls failed");
}

#[test]
fn a_forged_packet_of_any_shape_changes_nothing() {
    let mut world = World::new(9);
    world.faulty = false;
    (0..40).for_each(|_| world.step());
    let session_id = world.client.session_id();
    for len in 0..300 {
        let mut noise = vec![0; len];
        world.rng.fill_bytes(&mut noise);
        if len >= 8 && len % 2 == 0 {
            noise[..8].copy_from_slice(&key().id().to_le_bytes());
        }
        let now = world.client_now();
        let _ = world.client.handle_packet(noise.clone(), now, &mut world.rng);
        assert!(open_packet(&key(), noise).is_err());
    }
    // Authentic rubbish as the body.
    for len in (0..400).step_by(4) {
        let mut noise = vec![0; len];
        world.rng.fill_bytes(&mut noise);
        let unix = world.server_now().unix_secs() << 32;
        let ids = (MsgId(unix + 4 * len as i64 + 1), chappe_mtproto::session::SeqNo(1));
        let packet = seal(Role::Responder, 0, session_id, ids.0, ids.1, &noise, &mut world.rng);
        let now = world.client_now();
        let _ = world.client.handle_packet(packet, now, &mut world.rng);
    }
    assert_eq!(world.client.session_id(), session_id);
}
