//! The end of a server in the middle of its work.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Mutex;

use common::{Pair, data, server, service};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Collects what is logged as an error.
struct Collector;

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{field}={value:?} ");
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        ERRORS.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_under_load_logs_no_error() {
    tracing::subscriber::set_global_default(Collector).unwrap();
    for round in 0..8 {
        let server = server().await;
        let mut pair = Pair::new(&server).await;
        for n in 0..50 {
            pair.alice.start(&service(&pair.peer_a, n, data(1)), Vec::new());
        }
        let talk = tokio::spawn(async move {
            tokio::join!(async { while pair.alice.step().await {} }, async {
                while pair.bob.step().await {}
            });
        });
        tokio::time::sleep(std::time::Duration::from_millis(5 * round)).await;
        tokio::time::timeout(common::PATIENCE, server.shutdown()).await.expect("it ends");
        tokio::time::timeout(common::PATIENCE, talk).await.expect("connections end").unwrap();
    }
    assert_eq!(*ERRORS.lock().unwrap(), Vec::<String>::new());
}
