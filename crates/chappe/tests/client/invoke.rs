//! Everything that can be said about how a call is made.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chappe::session::MemorySession;
use chappe::{
    Attempt, Client, DataCentres, InvokeError, InvokeOptions, KnownError, Middleware, Verdict, functions,
};
use chappe_server::{Clock, Fault, Match, Server, VirtualClock};
use serde_json::json;

use crate::common::{builder, person, server, soon};

fn options() -> InvokeOptions {
    InvokeOptions::default()
}

#[tokio::test]
async fn a_call_is_made_by_name_with_json() {
    let server = server().await;
    let (client, user) = person(&server, 401, "Alice").await;
    let arguments = json!({ "id": [{ "_": "inputUserSelf" }] });
    let users = soon(client.invoke_json("users.getUsers", &arguments)).await.unwrap();
    assert_eq!(users[0]["first_name"], "Alice");
    let call = chappe::dynamic::api_schema().object("users.getUsers").unwrap();
    assert_eq!(
        soon(client.invoke_dynamic(&call, options())).await.unwrap_err().kind(),
        chappe::ErrorKind::Argument
    );
    let error = soon(client.invoke_json("users.getUser", &arguments)).await.unwrap_err();
    assert_eq!(error.kind(), chappe::ErrorKind::Argument);
    assert!(error.to_string().contains("users.getUsers"), "{error}");
    let error =
        soon(client.invoke_json("auth.signIn", &json!({ "phone_number": "1", "phone_code_hash": "" }))).await;
    assert!(error.unwrap_err().rpc().is_some());
    assert_eq!(soon(client.me()).await.unwrap().id, user.id);
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_given_up() {
    let server = server().await;
    let (client, _) = person(&server, 402, "Alice").await;
    server.faults().on(Match::method("help.getNearestDc")).apply(Fault::Silence);
    let quick = InvokeOptions { timeout: Some(Duration::from_millis(200)), ..options() };
    let error = soon(client.invoke_with(functions::help::GetNearestDc {}, quick.clone())).await.unwrap_err();
    assert!(
        matches!(error, InvokeError::TimedOut { after } if after == Duration::from_millis(200)),
        "{error}"
    );
    let error = soon(client.call(functions::help::GetNearestDc {}, quick)).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { .. }), "{error}");
    server.faults().clear();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

#[tokio::test]
async fn flood_waits_are_slept_up_to_the_limit_of_the_call() {
    let server = server().await;
    let (client, _) = person(&server, 403, "Alice").await;
    let wait = server.faults().on(Match::method("help.getNearestDc")).flood_wait(1);
    let none = InvokeOptions { flood_wait_limit: Some(Duration::ZERO), ..options() };
    let error = soon(client.invoke_with(functions::help::GetNearestDc {}, none)).await.unwrap_err();
    assert_eq!(error.flood_wait(), Some(Duration::from_secs(1)));
    assert_eq!(wait.hits(), 1, "it is returned at once");
    wait.remove();
    server.faults().on(Match::method("help.getNearestDc")).times(1).flood_wait(1);
    let start = Instant::now();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn faults_of_the_server_are_repeated_as_often_as_the_call_says() {
    let server = server().await;
    let (client, _) = person(&server, 404, "Alice").await;
    let fault = server.faults().on(Match::method("help.getNearestDc")).answer(500, "RPC_CALL_FAIL");
    let once = InvokeOptions { max_retries: Some(1), ..options() };
    let error = soon(client.invoke_with(functions::help::GetNearestDc {}, once)).await.unwrap_err();
    assert!(error.is("RPC_CALL_FAIL"), "{error}");
    assert_eq!(fault.hits(), 2);
    fault.remove();
    let fault = server.faults().on(Match::method("help.getNearestDc")).times(1).answer(500, "RPC_CALL_FAIL");
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    assert_eq!(fault.hits(), 1);
}

#[tokio::test]
async fn the_limit_of_flood_waits_is_that_of_the_client_unless_a_call_has_its_own() {
    let server = server().await;
    let client =
        builder(&server, MemorySession::new()).flood_wait_limit(Duration::ZERO).connect().await.unwrap();
    let wait = server.faults().on(Match::method("help.getNearestDc")).times(2).flood_wait(1);
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert_eq!((error.flood_wait(), wait.hits()), (Some(Duration::from_secs(1)), 1));
    let patient = InvokeOptions { flood_wait_limit: Some(Duration::from_secs(5)), ..options() };
    soon(client.invoke_with(functions::help::GetNearestDc {}, patient)).await.unwrap();
    assert_eq!(wait.hits(), 2);
}

#[tokio::test]
async fn errors_have_types_arguments_and_causes() {
    let server = server().await;
    let client =
        builder(&server, MemorySession::new()).flood_wait_limit(Duration::ZERO).connect().await.unwrap();
    let refused = async |code, text: &str| {
        let rule = server.faults().on(Match::method("help.getNearestDc")).answer(code, text);
        let options = InvokeOptions { max_retries: Some(0), ..options() };
        let error = soon(client.invoke_with(functions::help::GetNearestDc {}, options)).await.unwrap_err();
        rule.remove();
        error
    };
    for (code, text, known, name, argument) in [
        (420, "FLOOD_WAIT_17", KnownError::FloodWait(17), "FLOOD_WAIT", Some(17)),
        (420, "SLOWMODE_WAIT_12", KnownError::SlowmodeWait(12), "SLOWMODE_WAIT", Some(12)),
        (
            400,
            "FILE_REFERENCE_2_EXPIRED",
            KnownError::FileReferenceNExpired(2),
            "FILE_REFERENCE_X_EXPIRED",
            Some(2),
        ),
        (400, "PHONE_CODE_INVALID", KnownError::PhoneCodeInvalid, "PHONE_CODE_INVALID", None),
        (401, "SESSION_PASSWORD_NEEDED", KnownError::SessionPasswordNeeded, "SESSION_PASSWORD_NEEDED", None),
        (500, "RPC_CALL_FAIL", KnownError::RpcCallFail, "RPC_CALL_FAIL", None),
    ] {
        let error = refused(code, text).await;
        assert_eq!(error.known(), Some(known), "{text}");
        let rpc = error.rpc().unwrap();
        assert_eq!((rpc.code, rpc.name.as_str(), rpc.argument), (code, name, argument));
        assert!(!known.cause().is_empty() && !known.cure().is_empty(), "{text}");
        assert!(error.is(name) && error.to_string().contains(text), "{error}");
        // The same by the methods that have an error of their own.
        let error = chappe::Error::from(error);
        assert_eq!((error.kind(), error.known()), (chappe::ErrorKind::Rpc, Some(known)));
    }
    // One of a later layer keeps its words, and one that sends the client away says where.
    let error = refused(400, "NEVER_HEARD_OF_5").await;
    assert!(error.known().is_none() && error.is("NEVER_HEARD_OF"), "{error}");
    assert_eq!(error.rpc().unwrap().argument, Some(5));
    let error = refused(303, "PHONE_MIGRATE_9").await;
    assert!(matches!(error, InvokeError::Migration { dc_id: 9, .. }), "{error}");
    // What was caused by something else carries it.
    let friend = chappe::PeerRef::with_hash(chappe::PeerId::User(7), 70);
    let error = soon(async { client.send(friend, "<b>open").html().await }).await.unwrap_err();
    assert_eq!(error.kind(), chappe::ErrorKind::Argument);
    assert!(std::error::Error::source(&error).unwrap().is::<chappe::markup::HtmlError>());
}

#[tokio::test]
async fn the_time_is_that_of_the_server() {
    for far in [Duration::from_secs(3600), Duration::from_secs(400 * 86_400)] {
        let clock = VirtualClock::new();
        clock.advance(far);
        let server = Server::builder().test_key().clock(clock.clone() as _).spawn().await.unwrap();
        let (client, user) = person(&server, 407, "Alice").await;
        let (there, here) = (clock.now().unix_secs(), client.server_time().await);
        assert!((there - here).abs() <= 2, "{there} and {here}");
        // Numbers of messages are made from it: a client that went by its own would not be heard.
        assert_eq!(soon(client.me()).await.unwrap().id, user.id);
        let sent = soon(async { client.send(chappe::PeerId::User(user.id), "note").await }).await.unwrap();
        assert!((i64::from(sent.date()) - there).abs() <= 30);
        // It runs on, and is corrected when the server's steps.
        clock.advance(Duration::from_secs(7200));
        assert_eq!(soon(client.me()).await.unwrap().id, user.id);
    }
}

fn centres(server: &Server) -> DataCentres {
    let first = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    server.data_centres().iter().fold(first, |known, centre| known.with_centre(centre.id, centre.address))
}

#[tokio::test]
async fn a_call_goes_to_the_data_centre_that_it_names_or_is_sent_to() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let client = Client::builder(1, "hash").data_centres(centres(&server)).connect().await.unwrap();
    crate::common::log_in(&client, 405, "Alice").await;
    assert_eq!(client.stored_session().await.unwrap().dc_id, 2);
    for dc_id in [1, 2, 3] {
        let there = InvokeOptions { dc_id: Some(dc_id), ..options() };
        let answer = soon(client.invoke_with(functions::help::GetNearestDc {}, there.clone())).await.unwrap();
        assert_eq!(answer.this_dc, dc_id);
        let answer = soon(client.call(functions::help::GetNearestDc {}, there)).await.unwrap();
        assert_eq!(answer.this_dc, dc_id);
    }
    let nowhere = InvokeOptions { dc_id: Some(4), ..options() };
    soon(client.invoke_with(functions::help::GetNearestDc {}, nowhere)).await.unwrap_err();
    // The server says that this one belongs elsewhere.
    server.faults().on(Match::method("help.getNearestDc")).times(1).answer(303, "STATS_MIGRATE_3");
    let answer = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    assert_eq!(answer.this_dc, 3);
    assert_eq!(client.stored_session().await.unwrap().dc_id, 2, "the account stays at home");
}

/// Notes what it sees, has one method wait and forbids another.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Vec<String>>>);

impl Middleware for Watch {
    fn before(&self, attempt: &Attempt<'_>) -> Verdict {
        match attempt.method {
            "help.getNearestDc" => Verdict::Delay(Duration::from_millis(100)),
            "auth.logOut" => Verdict::Veto("nobody logs out here".to_owned()),
            _ => Verdict::Go,
        }
    }

    fn after(&self, attempt: &Attempt<'_>, outcome: Result<&[u8], &InvokeError>) {
        let outcome = outcome.map_or_else(|error| error.to_string(), |_| "answered".to_owned());
        self.0.lock().unwrap().push(format!("{} {}: {outcome}", attempt.method, attempt.number));
    }
}

#[tokio::test]
async fn a_hook_sees_delays_and_vetoes_calls() {
    let server = server().await;
    let watch = Watch::default();
    let client = builder(&server, MemorySession::new())
        .middleware(watch.clone())
        .middleware(|attempt: &Attempt<'_>| match attempt.method {
            "help.getConfig" => Verdict::Veto("not this one".to_owned()),
            _ => Verdict::Go,
        })
        .connect()
        .await
        .unwrap();
    crate::common::log_in(&client, 406, "Alice").await;
    watch.0.lock().unwrap().clear();
    server.faults().on(Match::method("help.getNearestDc")).times(1).answer(500, "RPC_CALL_FAIL");
    let start = Instant::now();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(200), "each attempt waits");
    let seen = watch.0.lock().unwrap().clone();
    let seen: Vec<_> = seen.iter().filter(|line| line.starts_with("help.")).collect();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(
        seen[0].starts_with("help.getNearestDc 1: the server refused") && seen[0].contains("RPC_CALL_FAIL")
    );
    assert_eq!(seen[1], "help.getNearestDc 2: answered");

    let mut calls = server.observations();
    let error = soon(client.invoke(functions::help::GetConfig {})).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Vetoed { reason } if reason == "not this one"), "{error}");
    let error = soon(client.log_out()).await.unwrap_err();
    assert!(error.to_string().contains("nobody logs out here"), "{error}");
    assert!(std::iter::from_fn(|| calls.try_next()).all(|call| call.method != "auth.logOut"));
}

#[tokio::test]
async fn each_kind_of_redirection_leads_where_it_says() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    // The first three are about the account, the others about the one call.
    for (name, home) in [("PHONE", 3), ("NETWORK", 3), ("USER", 3), ("FILE", 2), ("STATS", 2)] {
        let client = Client::builder(1, "hash").data_centres(centres(&server)).connect().await.unwrap();
        crate::common::log_in(&client, 410, "Alice").await;
        let sent_on = server.faults().on(Match::method("help.getNearestDc")).times(1);
        let sent_on = sent_on.answer(303, format!("{name}_MIGRATE_3"));
        let answer = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        assert_eq!((answer.this_dc, sent_on.hits()), (3, 1), "{name}");
        assert_eq!(client.stored_session().await.unwrap().dc_id, home, "{name}");
        let answer = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        assert_eq!(answer.this_dc, home, "{name}");
    }
}

#[tokio::test]
async fn more_calls_than_may_be_on_their_way_wait_for_their_turn() {
    let server = server().await;
    let (client, _) = person(&server, 409, "Alice").await;
    let calls: Vec<_> = (0..chappe::limits::MAX_CALLS + 100)
        .map(|_| client.call(functions::help::GetNearestDc {}, options()))
        .collect();
    for answer in soon(futures_util::future::join_all(calls)).await {
        answer.unwrap();
    }
    // Given up before they were sent or after: room for others again.
    drop((0..700).map(|_| client.call(functions::help::GetNearestDc {}, options())).collect::<Vec<_>>());
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}
