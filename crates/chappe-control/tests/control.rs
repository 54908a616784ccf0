//! The control interface, asked by a test as by any program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chappe::secret::SecretEvent;
use chappe::{Client, DataCentres, InvokeOptions, functions, session::StringSession};
use chappe_api::enums;
use chappe_control::{Control, ControlError};
use chappe_server::Server;
use common::{ask, good, request};
use serde_json::{Value, json};

async fn start() -> (Arc<Server>, Control) {
    let server = Arc::new(Server::builder().test_key().spawn().await.unwrap());
    let control = Control::builder().spawn(Arc::clone(&server)).await.unwrap();
    (server, control)
}

async fn client(address: &str, server: &Server, session: &Value) -> Client {
    let centres = DataCentres::single(
        address.parse::<chappe::Address>().unwrap(),
        server.dc_id(),
        server.public_key().clone(),
    );
    let session = StringSession::parse(session.as_str().unwrap()).unwrap();
    Client::builder(1, "hash").session(session).data_centres(centres).connect().await.unwrap()
}

#[tokio::test]
async fn accounts_are_made_and_called_as() {
    let (server, control) = start().await;
    let alice =
        good(&control, "POST /v1/accounts", json!({"name": "alice", "password": "correct horse"})).await;
    let bob = good(&control, "POST /v1/accounts", json!({"name": "bob", "contacts": ["alice"]})).await;
    assert_eq!(good(&control, "GET /v1/accounts/alice", Value::Null).await, alice);
    assert_eq!(good(&control, "GET /v1/accounts", Value::Null).await, json!([alice, bob]));
    assert_eq!(good(&control, "GET /v1/server", Value::Null).await["accounts"], json!([alice, bob]));

    let bob_client = client(&server.address().to_string(), &server, &bob["sessions"]["gramjs"]).await;
    let contacts = bob_client.invoke(functions::contacts::GetContacts { hash: 0 }).await.unwrap();
    let enums::contacts::Contacts::Contacts(contacts) = contacts else { panic!("none") };
    assert_eq!(json!(contacts.contacts[0].user_id), alice["user_id"]);
    let again = good(&control, "POST /v1/accounts/bob/sessions", Value::Null).await;
    assert_ne!(again["telethon"], bob["sessions"]["telethon"]);
    client(&server.address().to_string(), &server, &again["telethon"]).await;

    // Alice writes without a client, and Bob's client hears of it.
    let resolved = json!({"method": "contacts.addContact", "params": {
        "id": {"_": "inputUser", "user_id": bob["user_id"], "access_hash": 0},
        "first_name": "Bob", "last_name": "", "phone": ""}});
    let refused = ask(&control, "POST /v1/accounts/alice/call", resolved).await;
    assert_eq!((refused.status, refused.json()["error"].clone()), (422, json!("rpc")));
    let to_self = json!({"method": "messages.sendMessage", "params": {
        "peer": {"_": "inputPeerSelf"}, "message": "for later", "random_id": "1"}});
    let sent = good(&control, "POST /v1/accounts/alice/call", to_self).await;
    assert!(sent["result"]["_"].as_str().unwrap().starts_with("update"), "{sent}");
    assert_eq!(server.messages().await.unwrap()[0].text, "for later");
    let wrong = ask(&control, "POST /v1/accounts/alice/call", json!({"method": "messages.sendMesage"})).await;
    assert!(wrong.json()["cause"].as_str().unwrap().contains("sendMessage"), "{}", wrong.text());
}

#[tokio::test]
async fn codes_and_clock() {
    let (server, control) = start().await;
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let client = Client::builder(1, "hash").data_centres(centres).connect().await.unwrap();
    let missing = ask(&control, "GET /v1/codes/4915112345678", Value::Null).await;
    assert_eq!(missing.status, 404);
    let waiting = good(&control, "GET /v1/codes/4915112345678?wait=30", Value::Null);
    let login = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.request_login_code("+49 151 12345678").await.unwrap()
    };
    let (code, login) = tokio::join!(waiting, login);
    assert_eq!(good(&control, "GET /v1/codes", Value::Null).await["codes"]["4915112345678"], code["code"]);
    client.sign_in(&login, code["code"].as_str().unwrap()).await.unwrap();

    let before = good(&control, "GET /v1/clock", Value::Null).await["unix"].as_f64().unwrap();
    let after =
        good(&control, "POST /v1/clock/advance", json!({"seconds": 86400})).await["unix"].as_f64().unwrap();
    assert!((86_399.0..86_500.0).contains(&(after - before)), "{}", after - before);
    assert_eq!(ask(&control, "POST /v1/clock/advance", json!({"seconds": -1})).await.status, 400);
}

#[tokio::test]
async fn a_message_of_a_secret_chat_is_lost_as_a_test_has_ordered() {
    let (server, control) = start().await;
    let address = server.address().to_string();
    let mut clients = Vec::new();
    for name in ["alice", "bob"] {
        let account = good(&control, "POST /v1/accounts", json!({"name": name})).await;
        let client = client(&address, &server, &account["sessions"]["chappe"]).await;
        clients.push((client, account["phone"].as_str().unwrap().to_owned()));
    }
    let [(alice, _), (bob, phone)] = &clients[..] else { unreachable!() };
    let mut events = bob.secret_events();
    let friend = alice.import_contact(phone, "Bob", "").await.unwrap();
    let ours = alice.secret_chats().start(&friend).await.unwrap();
    loop {
        if let SecretEvent::ChatRequested { chat, .. } = events.recv().await.unwrap() {
            bob.secret_chats().accept(chat).await.unwrap();
            break;
        }
    }
    ours.ready().await.unwrap();
    let rule = json!({"fault": "drop", "secret_chat": ours.id().0, "user": "alice",
        "method": "messages.sendEncrypted", "times": 1});
    let made = good(&control, "POST /v1/faults", rule).await;
    for words in ["lost", "there"] {
        ours.send_text(words).await.unwrap();
    }
    let mut heard = Vec::new();
    while heard.len() < 3 {
        match events.recv().await.unwrap() {
            SecretEvent::GapDetected { .. } => heard.push("a gap".to_owned()),
            SecretEvent::Message(message) => heard.push(message.text().to_owned()),
            _ => {}
        }
    }
    assert_eq!(heard, ["a gap", "lost", "there"]);
    let listed = good(&control, "GET /v1/faults", Value::Null).await;
    assert_eq!((&listed[0]["id"], &listed[0]["hits"]), (&made["id"], &json!(1)));
    assert_eq!(listed[0]["secret_chat"], json!(ours.id().0));
    let wrong = json!({"fault": "flood_wait", "seconds": 1, "secret_chat": 0});
    assert_eq!(ask(&control, "POST /v1/faults", wrong).await.status, 400);
}

#[tokio::test]
async fn faults_are_set_listed_and_removed() {
    let (server, control) = start().await;
    let alice = good(&control, "POST /v1/accounts", json!({"name": "alice"})).await;
    let rule =
        json!({"fault": "flood_wait", "seconds": 0, "method": "help.getConfig", "user": "alice", "times": 1});
    let made = good(&control, "POST /v1/faults", rule).await;
    assert_eq!((&made["hits"], &made["times"]), (&json!(0), &json!(1)));
    let client = client(&server.address().to_string(), &server, &alice["sessions"]["chappe"]).await;
    client.invoke(functions::help::GetConfig {}).await.unwrap();
    let listed = good(&control, "GET /v1/faults", Value::Null).await;
    assert_eq!((&listed[0]["hits"], &listed[0]["error"]), (&json!(1), &json!("FLOOD_WAIT_0")));
    let path = format!("DELETE /v1/faults/{}", made["id"]);
    assert_eq!(ask(&control, &path, Value::Null).await.status, 204);
    assert_eq!(ask(&control, &path, Value::Null).await.status, 404);
    good(&control, "POST /v1/faults", json!({"fault": "drop"})).await;
    assert_eq!(ask(&control, "DELETE /v1/faults", Value::Null).await.status, 204);
    assert_eq!(good(&control, "GET /v1/faults", Value::Null).await, json!([]));
}

#[tokio::test]
async fn a_world_is_kept_forked_and_goes_through_a_file() {
    let (server, control) = start().await;
    good(&control, "POST /v1/accounts", json!({"name": "alice", "password": "secret words"})).await;
    good(&control, "POST /v1/clock/advance", json!({"seconds": 1000})).await;
    let kept = good(&control, "POST /v1/snapshots", Value::Null).await;
    good(&control, "POST /v1/accounts", json!({"name": "bob"})).await;
    let fork = good(&control, &format!("POST /v1/snapshots/{}/fork", kept["id"]), Value::Null).await;
    assert_eq!(fork["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(fork["accounts"][0]["password"], "secret words");
    assert_ne!(fork["address"], server.address().to_string());
    client(fork["address"].as_str().unwrap(), &server, &fork["accounts"][0]["sessions"]["chappe"]).await;

    // The fork has an interface of its own, which stops it alone.
    let url = fork["control"]["url"].as_str().unwrap();
    let token = format!("Authorization: Bearer {}\r\n", control.token());
    assert_eq!(request(url, "POST /v1/stop", &token, b"").await.status, 202);
    assert_eq!(request(url, "GET /ready", "", b"").await.status, 503);
    assert_eq!(request(&control.url(), "GET /ready", "", b"").await.status, 200);

    let bytes = ask(&control, &format!("GET /v1/snapshots/{}", kept["id"]), Value::Null).await.body;
    let (_other_server, other) = start().await;
    let other_token = format!("Authorization: Bearer {}\r\n", other.token());
    let taken = request(&other.url(), "POST /v1/snapshots/upload", &other_token, &bytes).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let again = good(&other, &format!("POST /v1/snapshots/{}/fork", taken.json()["id"]), Value::Null).await;
    assert_eq!(again["fingerprint"], fork["fingerprint"]);
    assert_eq!(again["accounts"][0]["user_id"], fork["accounts"][0]["user_id"]);
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    let refused = request(&other.url(), "POST /v1/snapshots/upload", &other_token, &damaged).await;
    assert!(refused.status == 400 && refused.text().contains("damaged"), "{}", refused.text());
    let path = format!("DELETE /v1/snapshots/{}", kept["id"]);
    assert_eq!(ask(&control, &path, Value::Null).await.status, 204);
    assert_eq!(good(&control, "GET /v1/snapshots", Value::Null).await, json!([]));
    control.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn a_fork_is_as_strict_as_the_server_it_comes_from() {
    let minute = Duration::from_secs(60);
    let builder = Server::builder().test_key().strict(true).log_codes(false).cdn(true);
    let builder = builder.flood_limit("help.getNearestDc", 1, minute).connections_per_address(3);
    let server = Arc::new(builder.spawn().await.unwrap());
    let control = Control::builder().spawn(Arc::clone(&server)).await.unwrap();
    good(&control, "POST /v1/accounts", json!({"name": "alice"})).await;
    let kept = good(&control, "POST /v1/snapshots", Value::Null).await;
    let fork = good(&control, &format!("POST /v1/snapshots/{}/fork", kept["id"]), Value::Null).await;
    let address = fork["address"].as_str().unwrap();
    let alice = client(address, &server, &fork["accounts"][0]["sessions"]["chappe"]).await;
    assert_eq!(alice.invoke(functions::help::GetCdnConfig {}).await.unwrap().public_keys.len(), 1);
    let at_once = || InvokeOptions { flood_wait_limit: Some(Duration::ZERO), ..InvokeOptions::default() };
    alice.call(functions::help::GetNearestDc {}, at_once()).await.unwrap();
    let error = alice.call(functions::help::GetNearestDc {}, at_once()).await.unwrap_err();
    assert!(error.flood_wait().is_some(), "{error}");
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    let url = fork["control"]["url"].as_str().unwrap();
    let token = format!("Authorization: Bearer {}\r\n", control.token());
    let refused = async {
        loop {
            let metrics = request(url, "GET /metrics", &token, b"").await.text();
            let line =
                metrics.lines().find_map(|line| line.strip_prefix("chappe_connections_refused_total "));
            if line.is_some_and(|count| count != "0") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.expect("some are refused");
    control.shutdown().await;
}

#[tokio::test]
async fn what_the_server_saw() {
    let (server, control) = start().await;
    let alice = good(&control, "POST /v1/accounts", json!({"name": "alice"})).await;
    let waiting = good(&control, "GET /v1/calls?method=help.getNearestDc&wait=30", Value::Null);
    let calls = async {
        let client = client(&server.address().to_string(), &server, &alice["sessions"]["chappe"]).await;
        client.invoke(functions::help::GetNearestDc {}).await.unwrap();
        let unknown = functions::contacts::ResolveUsername { username: "nobody_here".into(), referer: None };
        client.invoke(unknown).await.unwrap_err();
        client.invoke(functions::payments::GetStarsTopupOptions {}).await.unwrap_err();
        client
    };
    let (seen, _client) = tokio::join!(waiting, calls);
    assert_eq!((&seen[0]["method"], &seen[0]["user_id"]), (&json!("help.getNearestDc"), &alice["user_id"]));
    let refused = good(&control, "GET /v1/calls?errors=true", Value::Null).await;
    let errors: Vec<_> =
        refused.as_array().unwrap().iter().map(|call| call["error"].as_str().unwrap()).collect();
    assert_eq!(errors, ["400 METHOD_NOT_IMPLEMENTED", "400 USERNAME_NOT_OCCUPIED"]);
    let asked = good(&control, "GET /v1/unimplemented", Value::Null).await;
    assert_eq!(asked["methods"], json!({"payments.getStarsTopupOptions": 1}));
    let overview = good(&control, "GET /v1/overview", Value::Null).await;
    assert_eq!(overview["connections"][0]["users"], json!([alice["user_id"]]));
    assert_eq!(overview["sessions"][0]["layer"], 232);
    assert_eq!(overview["methods"]["help.getNearestDc"]["calls"], 1);
    let metrics = ask(&control, "GET /metrics", Value::Null).await.text();
    for line in [
        "chappe_connections 1\n",
        "chappe_devices 1\n",
        "chappe_calls_total{method=\"help.getNearestDc\"} 1\n",
        "chappe_call_errors_total{method=\"contacts.resolveUsername\",error=\"USERNAME_NOT_OCCUPIED\"} 1\n",
        "chappe_unimplemented_total{method=\"payments.getStarsTopupOptions\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn nothing_is_told_to_whoever_has_no_token() {
    let (_server, control) = start().await;
    let described = request(&control.url(), "GET /openapi.json", "", b"").await.json();
    let mut count = 0;
    for (path, operations) in described["paths"].as_object().unwrap() {
        let path = path.replace("{name}", "alice").replace("{to}", "1").replace("{id}", "1");
        for (method, operation) in operations.as_object().unwrap() {
            let line = format!("{} {path}", method.to_uppercase());
            for headers in ["", "Authorization: Bearer wrong\r\n", "Cookie: chappe_control=x\r\n"] {
                let answer = request(&control.url(), &line, headers, b"").await;
                if operation["security"] == json!([]) {
                    let expected = if path == "/" { 401 } else { 200 };
                    assert_eq!(answer.status, expected, "{line}");
                } else {
                    assert_eq!(answer.status, 401, "{line}");
                    assert!(answer.json()["cure"].is_string());
                }
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
    let listed: BTreeSet<_> = described["paths"].as_object().unwrap().keys().cloned().collect();
    let open = ["/", "/health", "/ready", "/openapi.json"];
    assert!(open.iter().all(|path| listed.contains(*path)));
    assert_eq!(ask(&control, "GET /v2", Value::Null).await.status, 404);
    assert_eq!(ask(&control, "PUT /v1/clock", Value::Null).await.json()["error"], "method_not_allowed");
}

#[tokio::test]
async fn a_link_to_the_page_is_good_once_and_its_browser_may_only_look() {
    let (_server, control) = start().await;
    let page = control.page().unwrap();
    let path = page.strip_prefix(&control.url()).unwrap();
    let first = request(&control.url(), &format!("GET {path}"), "", b"").await;
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let cookie = first.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(request(&control.url(), &format!("GET {path}"), "", b"").await.status, 401, "once");

    let shown = request(&control.url(), "GET /", &cookie, b"").await;
    assert_eq!(shown.status, 200);
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!shown.text().contains("{{nonce}}"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(request(&control.url(), "GET /v1/overview", &cookie, b"").await.status, 200);
    assert_eq!(request(&control.url(), "POST /v1/stop", &cookie, b"").await.status, 401);
    assert_eq!(request(&control.url(), "DELETE /v1/faults", &cookie, b"").await.status, 401);
}

#[tokio::test]
async fn it_stays_on_this_machine_unless_asked_and_a_short_token_is_refused() {
    let server = Arc::new(Server::builder().test_key().spawn().await.unwrap());
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let refused = Control::builder().listen(everywhere).spawn(Arc::clone(&server)).await;
    assert!(matches!(refused, Err(ControlError::NotLoopback(_))), "{refused:?}");
    let short = Control::builder().token("1234567").spawn(Arc::clone(&server)).await;
    assert!(matches!(short, Err(ControlError::Token)), "{short:?}");
    let chosen = Control::builder().token("12345678").spawn(server).await.unwrap();
    assert_eq!(good(&chosen, "GET /v1/faults", Value::Null).await, json!([]));
    assert!(!format!("{chosen:?}").contains("12345678"));
}

#[tokio::test]
async fn a_stop_is_told_to_the_owner_and_ends_streams() {
    let (server, control) = start().await;
    let url = control.url();
    let token = format!("Authorization: Bearer {}\r\n", control.token());
    let stream = tokio::spawn(async move { request(&url, "GET /v1/events", &token, b"").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ask(&control, "POST /v1/stop", Value::Null).await.status, 202);
    tokio::time::timeout(Duration::from_secs(5), control.stop_asked()).await.unwrap();
    control.shutdown().await;
    server.stop().await;
    let streamed = tokio::time::timeout(Duration::from_secs(5), stream).await.unwrap().unwrap();
    assert!(streamed.text().contains("event: overview"), "{}", streamed.text());
}

/// Checks a value against the part of JSON Schema that the description uses.
fn fits(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, at);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(
        types.contains(&kind) || (kind == "integer" && types.contains(&"number")),
        "{at}: {kind}, not {types:?}"
    );
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(root, &schema["items"], item, &format!("{at}[{index}]"));
    }
    let Some(object) = value.as_object() else { return };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.for_each(|name| assert!(object.contains_key(name), "{at} has no {name}"));
    for (name, item) in object {
        let described = &schema["properties"][name];
        let more = &schema["additionalProperties"];
        let described = if described.is_null() { more } else { described };
        assert!(!described.is_null(), "{at}.{name} is not described");
        fits(root, described, item, &format!("{at}.{name}"));
    }
}

/// Asks for what the description tells of, and notes what it came to.
struct Compared {
    described: Value,
    met: BTreeSet<(String, String, String)>,
}

impl Compared {
    /// `line` has the path of the description, `real` what stands in place of the part in braces.
    async fn ask(&mut self, control: &Control, line: &str, real: &str, body: &str, status: u16) -> Value {
        let (method, path) = line.split_once(' ').unwrap();
        let asked = match path.find('{') {
            Some(start) => {
                let end = path.find('}').unwrap() + 1;
                path.replace(&path[start..end], real)
            }
            None => format!("{path}{real}"),
        };
        let token = format!("Authorization: Bearer {}\r\n", control.token());
        let line = format!("{method} {asked}");
        let answer = request(&control.url(), &line, &token, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{line}: {}", answer.text());
        let method = method.to_lowercase();
        let known = &self.described["paths"][path][&method]["responses"][status.to_string()];
        assert!(known.is_object(), "{line} is not said to come to {status}");
        self.met.insert((path.to_owned(), method, status.to_string()));
        match known["content"].as_object().and_then(|content| content.iter().next()) {
            Some((kind, content)) => {
                let given = answer.header("content-type").unwrap_or_default();
                assert_eq!(given.split(';').next(), Some(kind.as_str()), "{line}");
                let schema = &content["schema"];
                if !schema.is_object() {
                    return Value::Null;
                }
                let value = answer.json();
                fits(&self.described, schema, &value, &line);
                value
            }
            None => {
                assert!(answer.body.is_empty(), "{line}: {}", answer.text());
                Value::Null
            }
        }
    }

    fn described(&self) -> BTreeSet<(String, String, String)> {
        let mut all = BTreeSet::new();
        for (path, operations) in self.described["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                for status in operation["responses"].as_object().unwrap().keys() {
                    all.insert((path.clone(), method.clone(), status.clone()));
                }
            }
        }
        all
    }
}

#[tokio::test]
async fn every_answer_is_as_the_description_says_and_every_status_that_it_names_is_met() {
    let (server, control) = start().await;
    let described = good(&control, "GET /openapi.json", Value::Null).await;
    let mut it = Compared { described, met: BTreeSet::new() };
    let to_self = r#"{"method": "messages.getDialogs", "params": {"offset_peer": {"_": "inputPeerEmpty"},
        "offset_date": 0, "offset_id": 0, "limit": 1, "hash": "0"}}"#;
    let refused = r#"{"method": "contacts.resolveUsername", "params": {"username": "nobody_here"}}"#;
    for (line, real, body, status) in [
        ("POST /v1/accounts", "", r#"{"name": "alice", "password": "x y z"}"#, 200),
        ("POST /v1/accounts", "", r#"{"name": "bob", "contacts": ["nobody"]}"#, 404),
        ("POST /v1/accounts", "", r#"{"name": "bob", "phone": "12"}"#, 409),
        ("POST /v1/accounts", "", "{", 400),
        ("GET /v1/server", "", "", 200),
        ("GET /v1/accounts", "", "", 200),
        ("GET /v1/accounts/{name}", "alice", "", 200),
        ("GET /v1/accounts/{name}", "%ff", "", 400),
        ("GET /v1/accounts/{name}", "nobody", "", 404),
        ("POST /v1/accounts/{name}/sessions", "alice", "", 200),
        ("POST /v1/accounts/{name}/sessions", "%ff", "", 400),
        ("POST /v1/accounts/{name}/sessions", "nobody", "", 404),
        ("POST /v1/accounts/{name}/call", "alice", to_self, 200),
        ("POST /v1/accounts/{name}/call", "alice", refused, 422),
        ("POST /v1/accounts/{name}/call", "alice", r#"{"method": "none"}"#, 400),
        ("POST /v1/accounts/{name}/call", "nobody", to_self, 404),
        ("GET /v1/codes", "", "", 200),
        ("GET /v1/codes/{to}", "9996621001", "", 404),
        ("GET /v1/codes/{to}", "9996621001?wait=never", "", 400),
        ("GET /v1/clock", "", "", 200),
        ("POST /v1/clock/advance", "", r#"{"seconds": 1}"#, 200),
        ("POST /v1/clock/advance", "", r#"{"seconds": -1}"#, 400),
        (
            "POST /v1/faults",
            "",
            r#"{"fault": "delay", "seconds": 0.5, "user": "alice", "probability": 0.0}"#,
            201,
        ),
        ("POST /v1/faults", "", r#"{"fault": "delay"}"#, 400),
        ("GET /v1/faults", "", "", 200),
        ("DELETE /v1/faults/{id}", "1", "", 204),
        ("DELETE /v1/faults/{id}", "1", "", 404),
        ("DELETE /v1/faults/{id}", "one", "", 400),
        ("DELETE /v1/faults", "", "", 204),
        ("POST /v1/snapshots", "", "", 201),
        ("GET /v1/snapshots", "", "", 200),
        ("GET /v1/snapshots/{id}", "1", "", 200),
        ("GET /v1/snapshots/{id}", "9", "", 404),
        ("GET /v1/snapshots/{id}", "one", "", 400),
        ("POST /v1/snapshots/upload", "", "nonsense", 400),
        ("DELETE /v1/snapshots/{id}", "9", "", 404),
        ("DELETE /v1/snapshots/{id}", "one", "", 400),
        ("POST /v1/snapshots/{id}/fork", "9", "", 404),
        ("POST /v1/snapshots/{id}/fork", "one", "", 400),
        ("GET /v1/calls", "", "", 200),
        ("GET /v1/calls", "?limit=1001", "", 400),
        ("GET /v1/unimplemented", "", "", 200),
        ("GET /v1/overview", "", "", 200),
        ("GET /metrics", "", "", 200),
        ("GET /health", "", "", 200),
        ("GET /ready", "", "", 200),
        ("GET /openapi.json", "", "", 200),
        ("GET /", "?key=wrong", "", 401),
    ] {
        it.ask(&control, line, real, body, status).await;
    }
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let stranger = Client::builder(1, "hash").data_centres(centres).connect().await.unwrap();
    stranger.request_login_code("+49 151 12345678").await.unwrap();
    it.ask(&control, "GET /v1/codes/{to}", "4915112345678", "", 200).await;

    // Too many of what one may have.
    let bytes = ask(&control, "GET /v1/snapshots/1", Value::Null).await.body;
    let token = format!("Authorization: Bearer {}\r\n", control.token());
    let taken = request(&control.url(), "POST /v1/snapshots/upload", &token, &bytes).await;
    let schema = &it.described["paths"]["/v1/snapshots/upload"]["post"]["responses"]["201"];
    fits(&it.described, &schema["content"]["application/json"]["schema"], &taken.json(), "upload");
    it.met.insert(("/v1/snapshots/upload".into(), "post".into(), taken.status.to_string()));
    for _ in 2..32 {
        it.ask(&control, "POST /v1/snapshots", "", "", 201).await;
    }
    it.ask(&control, "POST /v1/snapshots", "", "", 409).await;
    let full = request(&control.url(), "POST /v1/snapshots/upload", &token, &bytes).await;
    it.met.insert(("/v1/snapshots/upload".into(), "post".into(), full.status.to_string()));
    it.ask(&control, "DELETE /v1/snapshots/{id}", "2", "", 204).await;
    for _ in 0..32 {
        it.ask(&control, "POST /v1/snapshots/{id}/fork", "1", "", 201).await;
    }
    it.ask(&control, "POST /v1/snapshots/{id}/fork", "1", "", 409).await;
    let mut watchers = Vec::new();
    for _ in 0..32 {
        watchers.push(watch(&control, &token).await);
    }
    it.met.insert(("/v1/events".into(), "get".into(), "200".into()));
    it.ask(&control, "GET /v1/events", "", "", 409).await;
    drop(watchers);

    // A browser with a link.
    let link = it.ask(&control, "POST /v1/page", "", "", 200).await["page"].as_str().unwrap().to_owned();
    let entered =
        request(&control.url(), &format!("GET {}", link.strip_prefix(&control.url()).unwrap()), "", b"")
            .await;
    it.met.insert(("/".into(), "get".into(), entered.status.to_string()));
    let cookie = entered.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let shown = request(&control.url(), "GET /", &format!("Cookie: {cookie}\r\n"), b"").await;
    it.met.insert(("/".into(), "get".into(), shown.status.to_string()));

    // Strangers.
    for (path, method, _) in it.described() {
        let real = path.replace("{name}", "alice").replace("{to}", "1").replace("{id}", "1");
        let answer = request(&control.url(), &format!("{} {real}", method.to_uppercase()), "", b"").await;
        if answer.status == 401 {
            it.met.insert((path, method, "401".into()));
        }
    }

    // The storage is gone.
    server.stop().await;
    for (line, real, body) in [
        ("GET /v1/server", "", ""),
        ("GET /v1/accounts", "", ""),
        ("POST /v1/accounts", "", r#"{"name": "carol"}"#),
        ("GET /v1/accounts/{name}", "alice", ""),
        ("POST /v1/accounts/{name}/sessions", "alice", ""),
        ("POST /v1/accounts/{name}/call", "alice", to_self),
        ("POST /v1/clock/advance", "", r#"{"seconds": 1}"#),
        ("POST /v1/faults", "", r#"{"fault": "drop"}"#),
        ("POST /v1/snapshots", "", ""),
        ("GET /v1/overview", "", ""),
        ("GET /metrics", "", ""),
    ] {
        it.ask(&control, line, real, body, 500).await;
    }
    it.ask(&control, "POST /v1/stop", "", "", 202).await;
    it.ask(&control, "GET /ready", "", "", 503).await;
    control.shutdown().await;

    assert_eq!(it.met, it.described());
}

/// A connection that is told of what goes on.
async fn watch(control: &Control, token: &str) -> tokio::net::TcpStream {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = control.url().strip_prefix("http://").unwrap().to_owned();
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!("GET /v1/events HTTP/1.1\r\nHost: {host}\r\n{token}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut begin = [0; 15];
    stream.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    stream
}
