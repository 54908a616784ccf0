//! Broken connections, cancelled calls, sessions in use.
use std::time::Duration;

use crate::common::{builder, person, server, soon};
use chappe::session::{MemorySession, SessionError};
use chappe::{ConnectionState, Event, InvokeError, SqliteSession, enums, functions};
use chappe_server::{Fault, Match};

#[tokio::test]
async fn calls_survive_a_broken_connection() {
    let server = server().await;
    let (client, user) = person(&server, 201, "Alice").await;
    for _ in 0..20 {
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.invoke(functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }).await }
        });
        client.reconnect();
        let users = soon(call).await.unwrap().unwrap();
        assert!(matches!(&users[..], [enums::User::User(me)] if me.id == user.id));
    }
}

#[tokio::test]
async fn a_broken_connection_and_the_next_one_are_told() {
    let server = server().await;
    let (client, _) = person(&server, 205, "Alice").await;
    let mut updates = client.updates();
    client.reconnect();
    let mut states = Vec::new();
    while states.len() < 3 {
        if let Event::Connection(state) = soon(updates.recv()).await.unwrap() {
            states.push(state);
        }
    }
    use ConnectionState::{Connected, Connecting};
    assert_eq!(states, [Connected, Connecting, Connected]);
}

#[tokio::test]
async fn many_calls_at_once_are_all_answered() {
    let server = server().await;
    let (client, _) = person(&server, 202, "Alice").await;
    let calls = (0..3000).map(|_| client.invoke(functions::help::GetNearestDc {}));
    for answer in soon(futures_util::future::join_all(calls)).await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_nothing_behind() {
    let server = server().await;
    let (client, _) = person(&server, 203, "Alice").await;
    // More than may be on the way at once; what goes out is lost.
    let lost = server.faults().on(Match::any()).incoming().apply(Fault::Drop);
    let call = || client.invoke(functions::contacts::GetStatuses {});
    let calls = futures_util::future::join_all((0..2 * chappe::limits::MAX_CALLS).map(|_| call()));
    let gone_out = async {
        while lost.hits() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = calls => panic!("they were answered"),
        () = soon(gone_out) => {}
    }
    // Until the server has read what is still on the way, and lost it, too.
    let old: Vec<_> = server.connections().iter().map(|connection| connection.id).collect();
    client.reconnect();
    soon(async {
        while server.connections().iter().any(|connection| old.contains(&connection.id)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    lost.remove();
    // What was still wanted would be sent again now, and a place that was not given back would be missing.
    client.reconnect();
    let calls = (0..chappe::limits::MAX_CALLS).map(|_| client.invoke(functions::help::GetNearestDc {}));
    for answer in soon(futures_util::future::join_all(calls)).await {
        answer.unwrap();
    }
    assert!(!server.methods().contains_key("contacts.getStatuses"), "nobody waits for the answer");
}

#[tokio::test]
async fn a_disconnected_client_says_so() {
    let server = server().await;
    let (client, _) = person(&server, 204, "Alice").await;
    let mut updates = client.updates();
    soon(client.disconnect()).await.unwrap();
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert!(matches!(error, InvokeError::Closed), "{error}");
    while soon(updates.recv()).await.is_some() {}
    soon(client.disconnect()).await.unwrap();
}

#[tokio::test]
async fn a_session_file_serves_one_process() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.session");
    let session = SqliteSession::open(&path).await.unwrap();
    let client = builder(&server, session).connect().await.unwrap();
    // SQLite's locks tell connections apart even within one process.
    let error = soon(SqliteSession::open(&path)).await.unwrap_err();
    assert!(matches!(error, SessionError::InUse { .. }), "{error}");
    client.disconnect().await.unwrap();
    soon(SqliteSession::open(&path)).await.unwrap();
}

/// What the other process of the next test does.
#[tokio::test]
async fn another_process() {
    if let Some(path) = std::env::var_os("CHAPPE_TEST_SESSION") {
        let error = SqliteSession::open(path).await.unwrap_err();
        assert!(matches!(error, SessionError::InUse { .. }), "{error}");
        assert!(error.to_string().contains("in use by another process"));
    }
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.session");
    let session = SqliteSession::open(&path).await.unwrap();
    let other = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "connection::another_process"])
        .env("CHAPPE_TEST_SESSION", &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&other.stdout);
    assert!(other.status.success() && said.contains("1 passed"), "{said}");
    drop(session);
}

#[tokio::test]
async fn clients_end_when_they_are_dropped() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.session");
    let client = builder(&server, SqliteSession::open(&path).await.unwrap()).connect().await.unwrap();
    drop(client);
    soon(async {
        while SqliteSession::open(&path).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_seed_repeats_a_run() {
    let key = async |seed| {
        let server = chappe_server::Server::builder().test_key().seed(1).spawn().await.unwrap();
        let session = MemorySession::new();
        let client = builder(&server, session.clone()).seed(seed).connect().await.unwrap();
        client.disconnect().await.unwrap();
        session.stored().unwrap().auth_key.id()
    };
    assert_eq!(soon(key(1)).await, soon(key(1)).await);
    assert_ne!(soon(key(1)).await, soon(key(2)).await);
}
