//! Several data centres: the client goes where the account is at home, and fetches files where they are kept.
use std::time::Duration;

use crate::common::secret::{chat, message};
use crate::common::{log_in, soon};
use chappe::files::FileInput;
use chappe::session::{Batch, KeyRange, MemorySession, Scan, Session, StoredSession};
use chappe::{Client, DataCentres, InvokeError, InvokeOptions, SignIn, functions, types};
use chappe_crypto::AuthKey;
use chappe_server::{Match, Server};
use tokio::io::AsyncReadExt;

fn centres(server: &Server) -> DataCentres {
    let first = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    server.data_centres().iter().fold(first, |known, centre| known.with_centre(centre.id, centre.address))
}

/// A client that begins at the second data centre and signs up with a number that is at home in `home`.
async fn person(server: &Server, home: i32, name: &str) -> (Client, types::User) {
    let client = Client::builder(1, "hash").data_centres(centres(server)).session(MemorySession::new());
    let client = client.connect().await.unwrap();
    assert_eq!(client.stored_session().await.unwrap().dc_id, 2);
    let phone = format!("+99966{home}0{:03}", name.len());
    let token = soon(client.request_login_code(&phone)).await.unwrap();
    let user = match soon(client.sign_in(&token, &home.to_string().repeat(5))).await.unwrap() {
        SignIn::SignUpRequired { .. } => client.sign_up(&token, name, "").await.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(client.stored_session().await.unwrap().dc_id, home, "it went home");
    (client, user)
}

#[tokio::test]
async fn a_client_goes_to_the_home_of_its_account_and_stays_there() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    for home in 1..=3 {
        let (client, user) = person(&server, home, "Somebody").await;
        assert_eq!(client.me().await.unwrap().id, user.id);
        let config = client.invoke(functions::help::GetConfig {}).await.unwrap();
        assert_eq!((config.this_dc, config.dc_options.len()), (home, 3));
    }
    let client = Client::builder(1, "hash").data_centres(centres(&server)).session(MemorySession::new());
    let client = client.connect().await.unwrap();
    let bot = soon(client.sign_in_bot("77:secret")).await.unwrap();
    let again = Client::builder(1, "hash")
        .data_centres(centres(&server).with_centre(2, server.data_centres()[2].address))
        .session(MemorySession::new());
    // This one takes the third for the second, and gets no key there.
    assert!(soon(again.connect()).await.is_err());
    assert_eq!(client.me().await.unwrap().id, bot.id);
}

#[tokio::test]
async fn a_file_from_another_data_centre_arrives_as_it_was() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let (alice, _) = person(&server, 1, "Alice").await;
    let (bob, bob_user) = person(&server, 3, "Bob").await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &bob_user).await;
    for len in [100, 3 << 20] {
        let plain: Vec<u8> = (0..len as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        soon(ours.send_file(FileInput::bytes(plain.clone()).named("a.bin"))).await.unwrap();
        let message = message(&mut events).await;
        let fetched = soon(theirs.download(&message).unwrap().to_vec()).await.unwrap();
        assert!(fetched == plain, "{len} bytes");
    }
    // And the other way.
    let mut back = alice.secret_events();
    soon(theirs.send_file(FileInput::bytes(vec![5; 70_000]).named("b.bin"))).await.unwrap();
    let received = crate::common::secret::message(&mut back).await;
    assert_eq!(soon(ours.download(&received).unwrap().to_vec()).await.unwrap(), vec![5; 70_000]);
}

/// The account's files are in another data centre than the account, which each run asks for something.
async fn run_elsewhere(server: &Server, session: &MemorySession) -> Client {
    let client = Client::builder(1, "hash").data_centres(centres(server)).session(session.clone());
    // Temporary keys would be new ones each time.
    let client = client.temporary_keys(None).connect().await.unwrap();
    if client.stored_session().await.unwrap().user_id.is_none() {
        log_in(&client, 700, "Alice").await;
    }
    let there = InvokeOptions { dc_id: Some(3), ..InvokeOptions::default() };
    let found = soon(client.invoke_with(functions::help::GetNearestDc {}, there)).await.unwrap();
    assert_eq!(found.this_dc, 3);
    client
}

#[tokio::test]
async fn the_key_of_another_data_centre_is_kept_until_the_login_ends() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let session = MemorySession::new();
    let keys = async || server.totals().await.unwrap().auth_keys;
    for run in 0..3 {
        let client = run_elsewhere(&server, &session).await;
        assert_eq!(keys().await, 2, "run {run}");
        soon(client.disconnect()).await.unwrap();
    }

    // One that is not known there any more is replaced.
    let kept = Scan::first(KeyRange::prefix(b"D"), 9);
    let mut records = session.scan(&kept).await.unwrap();
    let mut stored = StoredSession::from_bytes(&records[0].value).unwrap();
    assert_eq!((records.len(), stored.dc_id), (1, 3));
    stored.auth_key = AuthKey::new([7; 256]);
    records[0].value = stored.to_bytes().to_vec();
    session.apply(&Batch { put: records, ..Batch::default() }).await.unwrap();
    let client = run_elsewhere(&server, &session).await;
    assert_eq!(keys().await, 3);

    soon(client.log_out()).await.unwrap();
    assert!(session.scan(&kept).await.unwrap().is_empty());
}

#[tokio::test]
async fn addresses_are_taken_from_the_server_where_that_is_wanted() {
    let server = Server::builder().test_key().data_centres(2).spawn().await.unwrap();
    let one = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let there = InvokeOptions { dc_id: Some(1), ..InvokeOptions::default() };
    let ask = |client: Client| {
        let there = there.clone();
        async move { client.invoke_with(functions::help::GetNearestDc {}, there).await }
    };
    for refreshed in [false, true] {
        let client = Client::builder(1, "hash").data_centres(one.clone().refreshed(refreshed)).connect();
        let client = client.await.unwrap();
        crate::common::log_in(&client, 701, "Alice").await;
        if !refreshed {
            let error = soon(ask(client)).await.unwrap_err();
            assert!(error.to_string().contains("not among the known ones"), "{error}");
            continue;
        }
        // The question went out after the first answer.
        for _ in 0..20 {
            soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
        }
        assert_eq!(soon(ask(client.clone())).await.unwrap().this_dc, 1);
    }
}

#[tokio::test]
async fn an_address_that_does_not_answer_any_more_is_replaced_by_one_that_the_server_named() {
    let server = Server::builder().test_key().spawn().await.unwrap();
    let way = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, target) = (way.local_addr().unwrap(), server.address());
    let accepting = tokio::spawn(async move {
        let (mut socket, _) = way.accept().await.unwrap();
        drop(way);
        let mut onward = tokio::net::TcpStream::connect(target).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut socket, &mut onward).await);
    });
    let known = DataCentres::single(address, server.dc_id(), server.public_key().clone()).refreshed(true);
    let client = Client::builder(1, "hash").data_centres(known).connect().await.unwrap();
    // The question for addresses goes out after the first of them.
    for _ in 0..20 {
        soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
    }
    client.reconnect();
    soon(accepting).await.unwrap();
    soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
}

fn at(dc_id: i32) -> InvokeOptions {
    InvokeOptions { dc_id: Some(dc_id), ..InvokeOptions::default() }
}

#[tokio::test]
async fn any_number_of_first_calls_to_another_data_centre_are_answered() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let client = Client::builder(1, "hash").data_centres(centres(&server)).connect().await.unwrap();
    log_in(&client, 702, "Alice").await;
    // More than may be on their way at once: whoever connects has calls to make, too.
    let calls = (0..chappe::limits::MAX_CALLS + 100)
        .map(|_| client.invoke_with(functions::help::GetNearestDc {}, at(3)));
    for answer in soon(futures_util::future::join_all(calls)).await {
        assert_eq!(answer.unwrap().this_dc, 3);
    }
}

#[tokio::test]
async fn a_data_centre_that_does_not_answer_holds_up_no_other_and_not_the_end() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let known = centres(&server).with_centre(1, silent.local_addr().unwrap());
    let client = Client::builder(1, "hash").data_centres(known).connect().await.unwrap();
    log_in(&client, 703, "Alice").await;

    let quick = InvokeOptions { timeout: Some(Duration::from_millis(100)), ..at(1) };
    let error = soon(client.invoke_with(functions::help::GetNearestDc {}, quick)).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { .. }), "{error}");

    let patient = client.clone();
    let waiting =
        tokio::spawn(async move { patient.invoke_with(functions::help::GetNearestDc {}, at(1)).await });
    // It is connecting.
    let (mut held, _) = soon(silent.accept()).await.unwrap();
    let found = soon(client.invoke_with(functions::help::GetNearestDc {}, at(3))).await.unwrap();
    assert_eq!(found.this_dc, 3);
    assert!(!waiting.is_finished());

    tokio::time::timeout(Duration::from_secs(5), client.disconnect()).await.expect("it waits").unwrap();
    assert!(soon(waiting).await.unwrap().is_err());
    // Nobody holds that connection any more.
    let mut greeting = Vec::new();
    soon(held.read_to_end(&mut greeting)).await.unwrap();
}

#[tokio::test]
async fn other_data_centres_serve_the_account_that_is_logged_in_now() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let client = Client::builder(1, "hash").data_centres(centres(&server)).connect().await.unwrap();
    let mut seen = server.observations();
    for (number, name) in [(704, "Alice"), (705, "Bob")] {
        let user = log_in(&client, number, name).await;
        for _ in 0..2 {
            soon(client.invoke_with(functions::help::GetNearestDc {}, at(3))).await.unwrap();
        }
        // Carried over once, before the first of them.
        let carried = soon(async {
            loop {
                let call = seen.next().await.unwrap();
                if call.method == "auth.exportAuthorization" {
                    return call.user_id;
                }
            }
        });
        assert_eq!(carried.await, Some(user.id), "{name}");
        soon(client.log_out()).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_elsewhere_that_has_ended_is_carried_over_anew() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let client = run_elsewhere(&server, &MemorySession::new()).await;
    let carried = || server.methods().get("auth.importAuthorization").map_or(0, |of| of.calls);
    assert_eq!(carried(), 1);
    let refuse = |method: &str| {
        server.faults().on(Match::method(method)).times(1).answer(401, "AUTH_KEY_UNREGISTERED");
    };

    refuse("help.getNearestDc");
    let there = InvokeOptions { dc_id: Some(3), ..InvokeOptions::default() };
    assert_eq!(soon(client.invoke_with(functions::help::GetNearestDc {}, there)).await.unwrap().this_dc, 3);
    assert_eq!(carried(), 2);

    server.faults().on(Match::method("upload.saveFilePart")).times(1).answer(303, "FILE_MIGRATE_3");
    refuse("upload.saveFilePart");
    let media = chappe::media::Attachment::document(FileInput::bytes(vec![5; 70])).named("a.bin");
    let media = soon(client.upload_media(media)).await.unwrap();
    assert_eq!(carried(), 3);

    let message = crate::common::cloud::send(&client, media).await;
    server.faults().on(Match::method("upload.getFile")).times(1).answer(303, "FILE_MIGRATE_3");
    refuse("upload.getFile");
    assert_eq!(soon(client.download(&message).to_vec()).await.unwrap(), vec![5; 70]);
    assert_eq!(carried(), 4);

    // The account's own login is another matter.
    refuse("help.getNearestDc");
    let error = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap_err();
    assert!(error.is_unauthorized() && carried() == 4, "{error}");
}

#[tokio::test]
async fn what_was_sent_at_once_follows_to_another_data_centre_too() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let client = Client::builder(1, "hash").data_centres(centres(&server)).connect().await.unwrap();
    log_in(&client, 706, "Alice").await;
    server.faults().on(Match::method("help.getNearestDc")).times(1).answer(303, "FILE_MIGRATE_3");
    let call = client.call(functions::help::GetNearestDc {}, InvokeOptions::default());
    assert_eq!(soon(call).await.unwrap().this_dc, 3);
}
