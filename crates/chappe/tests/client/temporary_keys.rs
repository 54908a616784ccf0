//! Temporary keys: used unasked, bound first, replaced in time, and replaced when the server loses them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chappe::session::MemorySession;
use chappe::{ErrorKind, InvokeError, InvokeOptions, functions};
use chappe_server::{Fault, Match, Observations, SeenOutcome, Server};

use crate::common::{builder, log_in, person, server, soon};

/// How often a method was carried out since the observations began.
fn count(seen: &mut Observations, method: &str) -> usize {
    std::iter::from_fn(|| seen.try_next())
        .filter(|call| call.method == method && matches!(call.outcome, SeenOutcome::Answer { .. }))
        .count()
}

#[tokio::test]
async fn a_client_binds_a_temporary_key_unless_told_not_to() {
    let server = server().await;
    for (life, bindings) in [(Some(Duration::from_secs(3600)), 1), (None, 0)] {
        let mut seen = server.observations();
        let client = builder(&server, MemorySession::new()).temporary_keys(life).connect().await.unwrap();
        soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        client.reconnect();
        soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        assert_eq!(count(&mut seen, "auth.bindTempAuthKey"), bindings, "a new connection needs no new key");
    }
    for secs in [3, 8 * 86_400] {
        let life = Some(Duration::from_secs(secs));
        let error = builder(&server, MemorySession::new()).temporary_keys(life).connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
}

#[tokio::test]
async fn keys_are_renewed_under_traffic_and_each_call_is_carried_out_once() {
    let server = server().await;
    // The next one is made after twelve.
    let life = Some(Duration::from_secs(16));
    let client = builder(&server, MemorySession::new()).temporary_keys(life).connect().await.unwrap();
    log_in(&client, 301, "Alice").await;
    let mut seen = server.observations();
    let (made, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (client, made, stop) = (client.clone(), made.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    client.invoke(functions::help::GetNearestDc {}).await.unwrap();
                    made.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
            })
        })
        .collect();
    let (mut executed, mut bound) = (0, 0);
    soon(async {
        while bound < 2 {
            let call = seen.next().await.unwrap();
            executed += usize::from(call.method == "help.getNearestDc");
            bound += usize::from(call.method == "auth.bindTempAuthKey");
        }
    })
    .await;
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        soon(caller).await.unwrap();
    }
    executed += count(&mut seen, "help.getNearestDc");
    assert_eq!(executed, made.load(Ordering::Relaxed));
    assert!(soon(client.me()).await.is_ok(), "the login belongs to the permanent key");
}

#[tokio::test]
async fn a_temporary_key_that_the_server_has_lost_is_replaced() {
    let server = server().await;
    let (client, user) = person(&server, 302, "Alice").await;
    let mut seen = server.observations();
    let deny = || server.faults().on(Match::any()).incoming().times(1).apply(Fault::TransportError(-404));
    // From the first packet of a connection on: nothing was carried out, so everything is sent again.
    let mut bound = 0;
    while bound == 0 {
        // It may also meet the last packet of the connection that ends.
        deny();
        client.reconnect();
        assert_eq!(soon(client.me()).await.unwrap().id, user.id);
        bound += count(&mut seen, "auth.bindTempAuthKey");
    }
    // In the middle of a connection that has nothing else to say: what was sent may have been carried out.
    let quiet = async || {
        for _ in 0..3 {
            soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        }
    };
    quiet().await;
    deny();
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert!(matches!(error, InvokeError::GivenUp(_)), "{error}");
    quiet().await;
    deny();
    let repeatable = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
    soon(client.invoke_with(functions::help::GetNearestDc {}, repeatable)).await.unwrap();
    assert_eq!(count(&mut seen, "auth.bindTempAuthKey"), 2);
}

#[tokio::test]
async fn a_temporary_key_is_tried_again_after_the_server_has_refused_one() {
    let server = server().await;
    let refusal = Fault::Answer { code: 400, text: "ENCRYPTED_MESSAGE_INVALID".to_owned() };
    server.faults().on(Match::method("auth.bindTempAuthKey")).times(2).apply(refusal);
    let mut seen = server.observations();
    // It is tried again after a quarter of a second, then after half of one.
    let life = Some(Duration::from_secs(16));
    let client = builder(&server, MemorySession::new()).temporary_keys(life).connect().await.unwrap();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    let bound = async {
        loop {
            let call = seen.next().await.unwrap();
            if call.method == "auth.bindTempAuthKey" && matches!(call.outcome, SeenOutcome::Answer { .. }) {
                return;
            }
        }
    };
    soon(bound).await;
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_know_the_permanent_key_ends_the_session() {
    let server = Server::builder().test_key().spawn().await.unwrap();
    let session = MemorySession::new();
    let client = builder(&server, session.clone()).connect().await.unwrap();
    log_in(&client, 303, "Alice").await;
    client.disconnect().await.unwrap();
    let before = session.stored();
    // It has the same RSA key and nothing else.
    let other = Server::builder().test_key().spawn().await.unwrap();
    let client = builder(&other, session.clone()).connect().await.unwrap();
    for _ in 0..2 {
        let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
        assert!(matches!(error, InvokeError::SessionLost), "{error}");
    }
    assert_eq!(session.stored(), before, "it is not deleted");
}
