//! Auth key exchanges: the expensive steps run off the connection's task, a bounded number at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use chappe_mtproto::exchange::server::Output;
use chappe_mtproto::exchange::{NewServerAuthKey, PendingExchange, ServerExchange};

use crate::centres::is_elsewhere;
use crate::keys::{dc_number, lock};
use crate::limits::EXCHANGE_STEPS_PER_CONNECTION;
use crate::stats::count;
use crate::store::AuthKeyRow;
use crate::world::World;

/// Exchanges kept whose connection is gone, at most.
const MAX_PARKED: usize = 256;

/// Exchanges whose connection is gone: some clients go on with them over the next one.
#[derive(Debug, Default)]
pub(crate) struct Parked(Mutex<VecDeque<PendingExchange>>);

impl Parked {
    fn put(&self, pending: PendingExchange) {
        let mut parked = lock(&self.0);
        if parked.len() >= MAX_PARKED {
            parked.pop_front();
        }
        parked.push_back(pending);
    }

    fn take(&self, nonce: &[u8; 16]) -> Option<PendingExchange> {
        let mut parked = lock(&self.0);
        let index = parked.iter().position(|pending| pending.nonce() == nonce)?;
        parked.remove(index)
    }
}

/// What a plain packet led to.
#[derive(Debug)]
pub(super) enum Step {
    /// Send these packets.
    Answer(Vec<Vec<u8>>),
    /// Answer -404.
    Refused,
    /// The client takes us for another data centre: answer -444.
    WrongCentre,
    /// Too much to do at the moment: answer -429.
    Busy,
}

/// The exchanges of one connection.
#[derive(Debug)]
pub(super) struct Exchanges {
    exchange: Option<ServerExchange>,
    nonces: Vec<[u8; 16]>,
    steps: u32,
}

impl Exchanges {
    pub(super) fn new(world: &World, centre: i32) -> Self {
        let cdn = world.cdn.as_ref().filter(|_| world.centres.is_cdn(centre));
        let config = cdn.map_or(&world.exchange, |cdn| &cdn.exchange);
        let exchange = Some(ServerExchange::new(Arc::clone(config)));
        Self { exchange, nonces: Vec::new(), steps: 0 }
    }

    /// Whether no plain packet has come in yet.
    pub(super) fn is_new(&self) -> bool {
        self.steps == 0
    }

    /// Takes a plain packet.
    pub(super) async fn handle(&mut self, world: &Arc<World>, centre: i32, packet: Vec<u8>) -> Step {
        self.steps += 1;
        if self.steps > EXCHANGE_STEPS_PER_CONNECTION {
            return Step::Busy;
        }
        let Ok(_permit) = Arc::clone(&world.exchange_steps).try_acquire_owned() else { return Step::Busy };
        let Some(mut exchange) = self.exchange.take() else { return Step::Refused };
        if let Some(nonce) = ServerExchange::nonce_of(&packet)
            && !self.nonces.contains(&nonce)
        {
            self.nonces.push(nonce);
            if let Some(pending) = world.parked.take(&nonce) {
                exchange.adopt(pending);
            }
        }
        let shared = Arc::clone(world);
        let mut rng = world.rng.fork();
        let work = tokio::task::spawn_blocking(move || {
            let now = shared.clock.now();
            let exists = |id: chappe_crypto::AuthKeyId| shared.keys.contains(id.0);
            let result = exchange.handle_packet(&packet, now, &mut rng, exists);
            (exchange, result)
        });
        let Ok((mut exchange, result)) = work.await else { return Step::Refused };
        let mut packets = Vec::new();
        let mut stored = true;
        while let Some(output) = exchange.poll_output() {
            match output {
                Output::Persist(key) => {
                    let meant = key.dc.and_then(dc_number).unwrap_or(0);
                    if is_elsewhere(world.centres.home(centre), meant) {
                        return Step::WrongCentre;
                    }
                    stored = persist(world, world.centres.home(centre), key).await;
                }
                Output::Transmit(packet) => packets.push(packet),
            }
        }
        self.exchange = Some(exchange);
        match result {
            Ok(()) if stored => {
                count(&world.stats.exchanges, 1);
                Step::Answer(packets)
            }
            Ok(()) => Step::Refused,
            Err(error) => {
                count(&world.stats.exchanges_refused, 1);
                tracing::debug!(%error, "an auth key exchange was refused");
                Step::Refused
            }
        }
    }

    /// Keeps what is under way for the next connection of the client.
    pub(super) fn park(mut self, world: &World) {
        let Some(exchange) = &mut self.exchange else { return };
        for nonce in &self.nonces {
            if let Some(pending) = exchange.take_pending(nonce) {
                world.parked.put(pending);
            }
        }
    }
}

async fn persist(world: &World, home: i32, new: NewServerAuthKey) -> bool {
    let row = AuthKeyRow {
        id: new.auth_key.id().0,
        key_bytes: new.auth_key.as_bytes().to_vec(),
        is_temp: new.expires_at.is_some(),
        expires_at: new.expires_at.map_or(0, i64::from),
        bound_to: 0,
        created_at: new.created,
        dc_id: new.dc.map_or(0, i64::from),
        first_salt: new.first_salt,
        layer: 0,
        home: i64::from(home),
    };
    match world.store.insert_auth_key(&row).await {
        Ok(true) => {
            tracing::debug!(temporary = row.is_temp, "a new auth key");
            true
        }
        Ok(false) => {
            tracing::warn!("a new auth key has the name of an old one and was refused");
            false
        }
        Err(error) => {
            tracing::error!(%error, "a new auth key could not be stored");
            false
        }
    }
}
