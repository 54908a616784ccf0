//! The auth key exchange over a fresh connection.

use chappe_mtproto::exchange::client::Output;
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeEvent, KeyLifetime, NewAuthKey,
};
use chappe_mtproto::transport::Inbound;
use rand::rngs::StdRng;

use super::wire::Wire;
use crate::builder::Config;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::limits::EXCHANGE_TIMEOUT;
use crate::rt;

/// Agrees on a key.
pub(super) async fn exchange(
    config: &Config,
    dc_id: i32,
    lifetime: KeyLifetime,
    wire: &mut Wire,
    clock: Clock,
    rng: &mut StdRng,
) -> Result<NewAuthKey, Error> {
    let run = run(config, dc_id, lifetime, wire, clock, rng);
    rt::timeout(EXCHANGE_TIMEOUT, run).await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Connection, "the server does not complete the key exchange"))
    })
}

async fn run(
    config: &Config,
    dc_id: i32,
    lifetime: KeyLifetime,
    wire: &mut Wire,
    clock: Clock,
    rng: &mut StdRng,
) -> Result<NewAuthKey, Error> {
    let failed = |error: chappe_mtproto::exchange::ExchangeError| {
        Error::with_source(ErrorKind::Exchange, format!("the key exchange failed: {error}"), error)
    };
    let broken = |error: std::io::Error| {
        Error::with_source(ErrorKind::Connection, "the connection broke during the key exchange", error)
    };
    let mut settings =
        ClientExchangeConfig::new(config.centres.keys().to_vec(), config.centres.wire_id(dc_id));
    settings.lifetime = lifetime;
    let mut exchange = ClientExchange::new(settings, clock.now(), rng).map_err(failed)?;
    loop {
        while let Some(output) = exchange.poll_output() {
            match output {
                Output::Transmit(packet) => wire.queue(&packet, false, rng).map_err(broken)?,
                // The whole exchange stands under a timeout already.
                Output::Timeout(_) => {}
                Output::Event(ExchangeEvent::Done(key)) => return Ok(key),
            }
        }
        match wire.next().await.map_err(broken)? {
            Inbound::Packet(packet) => exchange.handle_packet(&packet, clock.now(), rng).map_err(failed)?,
            Inbound::Error(code) => exchange.handle_transport_error(code).map_err(failed)?,
            Inbound::QuickAck(_) => {}
        }
    }
}
