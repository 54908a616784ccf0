//! What a data folder keeps, and what goes wrong at the start.

use std::fs;

use crate::common::{BOB, Client, Pair, builder, data, in_memory, kept, rsa_key, service};
use chappe_api::{enums, functions};
use chappe_server::{Server, ServerError};

#[tokio::test]
async fn keys_accounts_and_queues_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let (alice, bob) = (pair.alice.saved.clone(), pair.bob.saved.clone());
    drop(pair.bob);
    for n in 0..3 {
        pair.alice.call(service(&pair.peer_a, n, data(1))).await.unwrap();
    }
    drop(pair.alice);
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut bob = Client::resume(server.address(), bob).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
        panic!("nothing")
    };
    assert_eq!((missed.new_encrypted_messages.len(), missed.state.qts), (3, 4));
    let mut alice = Client::resume(server.address(), alice).await;
    alice.call(service(&pair.peer_a, 9, data(1))).await.expect("the chat and its access hash are the same");
    let enums::Update::NewEncryptedMessage(update) = bob.update().await else { panic!("no message") };
    assert_eq!(update.qts, 5);
    assert_eq!(alice.find(BOB).await.user_id, pair.bob_user.id);
}

#[tokio::test]
async fn a_login_code_is_known_after_a_restart_until_it_is_used_or_too_old() {
    const NUMBER: &str = "491712345678";
    let folder = tempfile::tempdir().unwrap();
    let clock = crate::common::TestClock::new();
    let start = || kept(folder.path()).clock(clock.clone()).spawn();
    let server = start().await.unwrap();
    let mut client = Client::new(&server).await;
    let hash = client.send_code(NUMBER).await;
    let code = server.login_code(NUMBER).expect("a code");
    let saved = client.saved.clone();
    server.shutdown().await;

    let server = start().await.unwrap();
    assert_eq!(server.login_code("+49 171 2345678"), Some(code.clone()));
    let mut client = Client::resume(server.address(), saved).await;
    client.call(crate::common::sign_in(NUMBER, &hash, &code)).await.expect("the code is right");
    client.call(crate::common::sign_up(NUMBER, &hash, "Clara")).await.expect("signed up");
    assert_eq!(server.login_code(NUMBER), None, "it was used");
    client.send_code(NUMBER).await;
    assert!(server.login_code(NUMBER).is_some());
    clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(server.login_code(NUMBER), None, "it is too old");
    server.shutdown().await;
    assert_eq!(start().await.unwrap().login_code(NUMBER), None);
}

#[tokio::test]
async fn memory_forgets() {
    let server = builder().spawn().await.unwrap();
    let client = Client::new(&server).await;
    let saved = client.saved.clone();
    server.shutdown().await;
    let server = builder().spawn().await.unwrap();
    let mut client = Client::resume(server.address(), saved).await;
    let _ = client.start(&functions::help::GetConfig {}, Vec::new());
    client.step().await;
    assert_eq!(client.transport_errors, [-404]);
}

#[tokio::test]
async fn a_taken_port_is_one_clear_line() {
    let server = builder().spawn().await.unwrap();
    let error = builder().listen(server.address()).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Listen { .. }));
    let text = error.to_string();
    assert!(text.contains(&server.address().to_string()) && !text.contains('\n'), "{text}");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_used_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = in_memory().data_dir(&file).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::DataDir { .. }), "{error}");
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("chappe.db"), [7; 4096]).unwrap();
    let error = in_memory().data_dir(&broken).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Database { .. }), "{error}");
    assert!(!error.to_string().contains('\n'));
}

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _first = in_memory().data_dir(folder.path()).spawn().await.unwrap();
    let error = in_memory().data_dir(folder.path()).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Database { .. }), "{error}");
}

#[tokio::test]
async fn a_key_file_is_made_once_and_read_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.pem");
    let first = Server::builder().rsa_key_file(&path).spawn().await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let second = Server::builder().rsa_key_file(&path).spawn().await.unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(first.public_key_pem(), second.public_key_pem());
    assert!(first.public_key_pem().starts_with("-----BEGIN RSA PUBLIC KEY-----"));

    fs::write(&path, "garbage").unwrap();
    let error = Server::builder().rsa_key_file(&path).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Key { .. }), "{error}");
    fs::write(&path, rsa_key().public().to_pem().unwrap()).unwrap();
    let error = Server::builder().rsa_key_file(&path).spawn().await.unwrap_err();
    assert!(matches!(error, ServerError::Key { .. }), "{error}");
    let error = Server::builder().rsa_key_file(folder.path()).spawn().await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
}

#[tokio::test]
async fn a_server_in_memory_starts_at_once() {
    let _ = rsa_key();
    in_memory().spawn().await.unwrap();
    let start = std::time::Instant::now();
    let _server = in_memory().spawn().await.unwrap();
    // Milliseconds in a release build; the bound is for slow machines.
    assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_dropped_server_stops() {
    let server = in_memory().spawn().await.unwrap();
    let address = server.address();
    let mut client = Client::new(&server).await;
    drop(server);
    let ended = async { while client.step().await {} };
    tokio::time::timeout(crate::common::PATIENCE, ended).await.expect("connections end");
    for _ in 0..50 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("still listening");
}
