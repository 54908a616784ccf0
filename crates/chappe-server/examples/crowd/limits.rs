//! What the machine can do at best, measured in the same run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeEvent, ServerExchange, ServerExchangeConfig, client, server,
};
use serde_json::{Value, json};

use crate::common::{now, rng, rsa_key};

/// How long each is measured.
const TIME: Duration = Duration::from_secs(2);

/// The server's part of an auth key exchange alone: one RSA operation, two modular powers, and what is around them.
pub(crate) fn exchange() -> Value {
    let config = Arc::new(ServerExchangeConfig::new(vec![rsa_key()]).expect("a key"));
    let mut random = rng();
    let (mut spent, mut count) = (Duration::ZERO, 0_u32);
    while spent < TIME {
        let ours = ClientExchangeConfig::new(vec![rsa_key().public().clone()], 2);
        let mut asking = ClientExchange::new(ours, now(), &mut random).expect("an exchange");
        let mut answering = ServerExchange::new(Arc::clone(&config));
        let mut done = false;
        while !done {
            let output = asking.poll_output().expect("it goes on");
            match output {
                client::Output::Transmit(packet) => {
                    let start = Instant::now();
                    answering.handle_packet(&packet, now(), &mut random, |_| false).expect("a sound query");
                    let outputs: Vec<_> = std::iter::from_fn(|| answering.poll_output()).collect();
                    spent += start.elapsed();
                    for output in outputs {
                        if let server::Output::Transmit(packet) = output {
                            asking.handle_packet(&packet, now(), &mut random).expect("a sound answer");
                        }
                    }
                }
                client::Output::Event(ExchangeEvent::Done(_)) => done = true,
                _ => {}
            }
        }
        count += 1;
    }
    json!({"ms": spent.as_secs_f64() * 1000.0 / f64::from(count)})
}
