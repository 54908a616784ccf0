//! Each kind of fault, met by a client over TCP.

use std::time::{Duration, Instant};

use crate::common::{Client, PATIENCE, Pair, data, server, service};
use chappe_api::functions::help::{GetConfig, GetNearestDc};
use chappe_server::{Fault, Match, Server};

/// How long nothing comes before that counts.
const QUIET: Duration = Duration::from_millis(300);

async fn pair() -> (Server, Client) {
    let server = server().await;
    let mut client = Client::new(&server).await;
    client.call(GetConfig {}).await.unwrap();
    client.settle().await;
    (server, client)
}

/// Whether a call is answered within a moment.
async fn is_answered(client: &mut Client) -> bool {
    tokio::time::timeout(QUIET, client.call(GetNearestDc {})).await.is_ok()
}

/// Whether a call is answered, however busy the machine is.
async fn gets_its_answer(client: &mut Client) -> bool {
    tokio::time::timeout(PATIENCE, client.call(GetNearestDc {})).await.is_ok()
}

#[tokio::test]
async fn a_method_is_answered_with_an_error_so_often_and_works_then() {
    let (server, mut client) = pair().await;
    let rule =
        server.faults().on(Match::method("help.getNearestDc")).times(2).answer(500, "INTERNAL_SERVER_ERROR");
    for _ in 0..2 {
        let call =
            client.session.call(chappe_tl::Encode::to_bytes(&GetNearestDc {}).unwrap(), Default::default());
        let error = client.finish_raw(call).await.unwrap_err();
        assert_eq!((error.code, error.text().as_str()), (500, "INTERNAL_SERVER_ERROR"));
    }
    client.call(GetConfig {}).await.expect("other methods are left alone");
    client.call(GetNearestDc {}).await.expect("twice and no more");
    assert_eq!(rule.hits(), 2);
    let wait = server.faults().on(Match::method("help.*")).flood_wait(3);
    let call =
        client.session.call(chappe_tl::Encode::to_bytes(&GetNearestDc {}).unwrap(), Default::default());
    let error = client.finish_raw(call).await.unwrap_err();
    assert_eq!((error.code, error.text().as_str()), (420, "FLOOD_WAIT_3"));
    assert!(wait.remove());
    client.call(GetNearestDc {}).await.expect("the rule is gone");
}

#[tokio::test]
async fn a_fault_meets_only_the_user_or_the_connection_it_names() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    server.faults().on(Match::user(pair.alice_user.id)).apply(Fault::Silence);
    assert!(!is_answered(&mut pair.alice).await);
    assert!(gets_its_answer(&mut pair.bob).await);
    server.faults().clear();
    let of_bob =
        server.connections().into_iter().find(|connection| connection.users == [pair.bob_user.id]).unwrap();
    server.faults().on(Match::connection(of_bob.id)).incoming().apply(Fault::Drop);
    assert!(!is_answered(&mut pair.bob).await);
    let mut other = Client::new(&server).await;
    assert!(gets_its_answer(&mut other).await);
}

#[tokio::test]
async fn a_silent_server_answers_nothing_and_does_nothing() {
    let (server, mut client) = pair().await;
    let rule = server.faults().on(Match::method("help.getNearestDc")).apply(Fault::Silence);
    assert!(!is_answered(&mut client).await);
    rule.remove();
    assert!(gets_its_answer(&mut client).await, "the next call is served");
}

#[tokio::test]
async fn a_lost_answer_is_not_there_and_a_late_one_is_late() {
    let (server, mut client) = pair().await;
    let lost = server.faults().on(Match::method("help.getNearestDc")).times(1).apply(Fault::Drop);
    assert!(!is_answered(&mut client).await);
    assert_eq!(lost.hits(), 1);
    for incoming in [false, true] {
        let late = Duration::from_millis(400);
        let on = server.faults().on(Match::any());
        let rule = if incoming { on.incoming() } else { on }.apply(Fault::Delay(late));
        let start = Instant::now();
        client.call(GetNearestDc {}).await.expect("it comes");
        assert!(start.elapsed() >= late);
        rule.remove();
        client.settle().await;
    }
    let rule =
        server.faults().on(Match::method("help.getNearestDc")).apply(Fault::Delay(Duration::from_secs(3600)));
    assert!(!is_answered(&mut client).await);
    server.advance(Duration::from_secs(3601)).await.unwrap();
    rule.remove();
}

#[tokio::test]
async fn a_method_that_is_late_holds_up_no_other() {
    let (server, mut client) = pair().await;
    // Not so late that a client which sends nothing is taken for gone.
    let late = Duration::from_secs(20);
    let rule = server.faults().on(Match::method("help.getNearestDc")).apply(Fault::Delay(late));
    let waiting = client.start(&GetNearestDc {}, Vec::new());
    client.call(GetConfig {}).await.expect("it overtakes");
    assert!(client.ready.is_empty());
    rule.remove();
    client.call(GetNearestDc {}).await.expect("so does the same method, without the fault");
    server.advance(late).await.unwrap();
    client.finish_raw(waiting).await.expect("late");
}

#[tokio::test]
async fn what_comes_twice_counts_once() {
    let server = server().await;
    let mut pair = Pair::new(&server).await;
    server.faults().on(Match::any()).incoming().apply(Fault::Duplicate);
    let outgoing = server.faults().on(Match::any()).apply(Fault::Duplicate);
    for n in 0..3 {
        pair.alice.call(service(&pair.peer_a, n, data(1))).await.unwrap();
    }
    for _ in 0..3 {
        pair.bob.update().await;
    }
    assert!(pair.bob.settle().await.is_empty(), "each once");
    assert!(outgoing.hits() >= 6);
}

#[tokio::test]
async fn a_corrupt_packet_is_noticed_on_both_sides() {
    let (server, mut client) = pair().await;
    let rule = server.faults().on(Match::any()).times(1).apply(Fault::Corrupt);
    assert!(!is_answered(&mut client).await, "the client dropped it");
    assert_eq!(rule.hits(), 1);
    rule.remove();
    client.reconnect(server.address()).await;
    assert!(gets_its_answer(&mut client).await);
    server.faults().on(Match::any()).incoming().times(1).apply(Fault::Corrupt);
    client.start(&GetNearestDc {}, Vec::new());
    while client.step().await {}
    client.reconnect(server.address()).await;
    assert!(gets_its_answer(&mut client).await, "the server had closed");
}

#[tokio::test]
async fn packets_change_places() {
    let (server, mut client) = pair().await;
    server.faults().on(Match::any()).incoming().times(1).apply(Fault::Reorder);
    let mut seen = server.observations();
    client.start(&GetNearestDc {}, Vec::new());
    assert!(!tokio::time::timeout(QUIET, client.step()).await.is_ok_and(|_| !client.ready.is_empty()));
    let second = client.start(&GetConfig {}, Vec::new());
    client.finish_raw(second).await.unwrap();
    let order = [seen.next().await.unwrap().method, seen.next().await.unwrap().method];
    assert_eq!(order, ["help.getConfig", "help.getNearestDc"]);
    // One that no other follows comes after a second.
    server.faults().on(Match::any()).times(1).apply(Fault::Reorder);
    client.settle().await;
    client.call(GetNearestDc {}).await.expect("late, but there");
}

#[tokio::test]
async fn what_comes_back_to_its_sender_is_not_taken_for_an_answer() {
    let (server, mut client) = pair().await;
    for incoming in [true, false] {
        let on = server.faults().on(Match::any()).times(1);
        let rule = if incoming { on.incoming() } else { on }.apply(Fault::Reflect);
        let refused = |client: &Client| client.session.drop_counts().undecryptable;
        let before = refused(&client);
        let answer = tokio::time::timeout(PATIENCE, client.call(GetNearestDc {})).await;
        assert_eq!(answer.expect("the answer behind it").unwrap().this_dc, server.dc_id());
        assert_eq!((rule.hits(), refused(&client) - before), (1, 1), "what came back was refused");
    }
}

#[tokio::test]
async fn a_connection_ends_and_a_transport_error_is_told() {
    let (server, mut client) = pair().await;
    server.faults().on(Match::method("help.getNearestDc")).times(1).apply(Fault::Disconnect);
    client.start(&GetNearestDc {}, Vec::new());
    tokio::time::timeout(crate::common::PATIENCE, async { while client.step().await {} })
        .await
        .expect("it ends");
    assert!(client.ready.is_empty());
    for (code, incoming) in [(-404, false), (-429, true)] {
        client = Client::resume(server.address(), client.saved.clone()).await;
        client.call(GetConfig {}).await.unwrap();
        client.settle().await;
        let on = server.faults().on(Match::any()).times(1);
        if incoming { on.incoming() } else { on }.apply(Fault::TransportError(code));
        client.start(&GetNearestDc {}, Vec::new());
        tokio::time::timeout(crate::common::PATIENCE, async { while client.step().await {} })
            .await
            .expect("it ends");
        assert_eq!(client.transport_errors, [code]);
    }
    let mut other = Client::resume(server.address(), client.saved.clone()).await;
    assert!(gets_its_answer(&mut other).await);
}

#[tokio::test]
async fn a_client_follows_a_change_of_salts() {
    let (server, mut client) = pair().await;
    let rule = server.faults().on(Match::any()).times(1).apply(Fault::SaltChange);
    client.call(GetNearestDc {}).await.expect("with the new salt");
    assert_eq!(rule.hits(), 1);
    server.faults().on(Match::method("help.getNearestDc")).times(1).apply(Fault::SaltChange);
    client.call(GetNearestDc {}).await.unwrap();
    client.call(GetNearestDc {}).await.expect("and with the next one");
}
