//! The client that waits, used as scripts use it: without a runtime, and where there is one already.

use chappe::blocking::{Client, Wait, WaitEach};
use chappe::{ErrorKind, MemorySession, functions};
use chappe_server::Server;

use crate::common::{builder, phone};

fn log_in(server: &Server, number: u16, name: &str) -> Client {
    let client = Client::connect(builder(server, MemorySession::new())).unwrap();
    let token = client.request_login_code(&phone(number)).unwrap();
    client.sign_in(&token, "22222").unwrap();
    client.sign_up(&token, name, "").unwrap();
    client
}

#[test]
fn a_script_needs_no_runtime() {
    let server = Server::builder().test_key().spawn().wait().unwrap();
    let client = log_in(&server, 1001, "Alice");
    assert!(client.is_authorized().unwrap());
    assert_eq!(client.me().unwrap().first_name.as_deref(), Some("Alice"));
    assert_eq!(client.invoke(functions::help::GetNearestDc {}).unwrap().this_dc, server.dc_id());
    assert_eq!(client.stored_session().unwrap().dc_id, server.dc_id());

    let me = client.me().unwrap();
    for number in 0..3 {
        client.send(&me, format!("note {number}")).wait().unwrap();
    }
    let notes: Vec<String> = client
        .messages(&me)
        .reverse()
        .into_stream()
        .wait_each()
        .map(|message| message.unwrap().text().to_owned())
        .collect();
    assert_eq!(notes, ["note 0", "note 1", "note 2"]);

    let error = client.resolve_phone("+9996629999").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rpc, "{error}");
    let mut updates = client.updates();
    client.disconnect().unwrap();
    assert!(updates.by_ref().count() < 100, "the iterator ends with the client");
    assert!(client.invoke(functions::help::GetNearestDc {}).is_err());
}

#[tokio::test]
async fn inside_of_another_runtime_it_works_as_well() {
    // The only thread of this runtime is held up: the server has to run elsewhere.
    let server = Server::builder().test_key().spawn().wait().unwrap();
    let client = log_in(&server, 1001, "Alice");
    // More steps than a task of Tokio may do before it has to yield.
    for _ in 0..200 {
        client.invoke(functions::help::GetNearestDc {}).unwrap();
    }
    drop(client);
    server.shutdown().wait();
}
