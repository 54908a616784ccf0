//! `chappe rpc` over standard input and output, and over a socket.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Duration;

use common::rpc::Rpc;
use common::{Serve, chappe, serve};
use serde_json::{Value, json};

/// Alice and Bob in a chat.
fn pair(server: &Serve) -> (Rpc, Rpc, Value) {
    let (mut alice, mut bob) = (Rpc::start(server, "alice"), Rpc::start(server, "bob"));
    alice.log_in("9996621001", "Alice");
    bob.log_in("9996621002", "Bob");
    let chat = alice.call("secret.start", json!({ "user": "9996621002" }))["chat"].clone();
    assert_eq!(bob.event("requested")["chat"], chat);
    let accepted = bob.call("secret.accept", json!({ "chat": chat, "wait": 30 }));
    assert_eq!(accepted["state"], "ready");
    assert_eq!(alice.event("ready")["key"], accepted["key"]);
    (alice, bob, chat)
}

#[test]
fn two_programs_hold_a_secret_chat() {
    let server = serve(&[]);
    let (mut alice, mut bob, chat) = pair(&server);
    let sent = alice.call("secret.send_text", json!({ "chat": chat, "text": "hello", "silent": true }));
    let message = bob.event("message");
    assert_eq!((&message["text"], &message["silent"]), (&json!("hello"), &json!(true)));
    assert_eq!(message["random_id"], sent["random_id"]);
    let answer = json!({ "chat": chat, "text": "hello yourself", "reply_to": sent["random_id"] });
    bob.call("secret.send_text", answer);
    assert_eq!(alice.event("message")["reply_to"], sent["random_id"]);

    bob.call("secret.typing", json!({ "chat": chat }));
    alice.event("typing");
    alice.call("secret.set_ttl", json!([chat, 30]));
    assert_eq!(bob.action("SetMessageTTL")["seconds"], 30);
    let timed = alice.call("secret.send_text", json!({ "chat": chat, "text": "soon gone", "ttl": 3600 }));
    assert_eq!(bob.event("message")["ttl"], 3600);
    bob.call("secret.read", json!({ "chat": chat, "messages": [timed["random_id"]] }));
    assert_eq!(alice.action("ReadMessages")["random_ids"], json!([timed["random_id"]]));
    bob.call("secret.screenshot_taken", json!({ "chat": chat }));
    alice.action("ScreenshotMessages");
    bob.call("secret.read_history", json!({ "chat": chat, "max_date": timed["date"] }));
    assert_eq!(alice.event("read")["max_date"], timed["date"]);
    alice.call("secret.delete", json!({ "chat": chat, "messages": [sent["random_id"]] }));
    assert_eq!(bob.action("DeleteMessages")["random_ids"], json!([sent["random_id"]]));

    let png = server.folder.path("key.png");
    let key = alice.call("secret.key", json!({ "chat": chat, "png": png }));
    assert_eq!(key["cells"].as_array().unwrap().len(), 12);
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
    alice.call("secret.rekey", json!({ "chat": chat }));
    bob.event("key_changed");
    alice.event("key_changed");
    assert_eq!(bob.call("secret.key", json!({ "chat": chat }))["key"], key["key"], "the picture stays");
    assert_eq!(alice.call("secret.verify", json!({ "chat": chat }))["verified"], true);
    assert_eq!(bob.call("secret.get", json!({ "chat": chat }))["verified"], false);

    alice.call("secret.flush", json!({ "chat": chat }));
    bob.event("history_cleared");
    alice.call("secret.close", json!({ "chat": chat }));
    assert_eq!(bob.event("closed")["reason"], "discarded");
    let refused = bob.refused("secret.send_text", json!({ "chat": chat, "text": "too late" }));
    assert_eq!(refused["code"], -32006, "{refused}");
    bob.call("secret.forget", json!({ "chat": chat }));
    assert_eq!(bob.call("secret.list", json!({})), json!([]));
    assert_eq!(bob.end().0, 0);
}

#[test]
fn texts_sent_at_once_arrive_in_the_order_of_their_lines() {
    let server = serve(&[]);
    let (mut alice, mut bob, chat) = pair(&server);
    for number in 0..100 {
        let params = json!({ "chat": chat, "text": number.to_string() });
        alice.send(&json!({ "jsonrpc": "2.0", "method": "secret.send_text", "params": params }).to_string());
    }
    for number in 0..100 {
        assert_eq!(bob.event("message")["text"], number.to_string());
    }
}

#[test]
fn calls_run_beside_each_other_and_end_before_the_program() {
    let server = serve(&[]);
    let mut bob = Rpc::start(&server, "bob");
    bob.log_in("9996621002", "Bob");
    let mut alice = Rpc::start(&server, "alice");
    alice.log_in("9996621001", "Alice");
    alice.send(
        r#"{"jsonrpc":"2.0","id":"slow","method":"secret.start","params":{"user":"9996621002","wait":1}}"#,
    );
    alice.send(r#"{"jsonrpc":"2.0","id":"fast","method":"ping"}"#);
    let (code, lines) = alice.end();
    assert_eq!(code, 0);
    let place =
        |id: &str| lines.iter().position(|line| line["id"] == id).unwrap_or_else(|| panic!("{lines:?}"));
    assert!(place("fast") < place("slow"));
    assert_eq!(lines[place("slow")]["error"]["code"], -32008, "Bob has not accepted");
}

#[test]
fn batches_notifications_and_nonsense_are_answered_as_the_specification_says() {
    let server = serve(&[]);
    let mut rpc = Rpc::start(&server, "nobody");
    let with_id = |line: &Value| line.is_array() || line.get("id").is_some();
    let mut ask = |line: &str| {
        rpc.send(line);
        rpc.wait_for("answer", with_id)
    };
    let batch = ask(
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}, {"jsonrpc":"2.0","method":"ping"}, 1, {"jsonrpc":"2.0","id":"2","method":"pong"}]"#,
    );
    let batch = batch.as_array().unwrap();
    assert_eq!(batch.len(), 3, "the notification has no answer");
    let find = |id: Value| batch.iter().find(|entry| entry["id"] == id).unwrap();
    assert_eq!(find(json!(1))["result"], "pong");
    assert_eq!(find(Value::Null)["error"]["code"], -32600);
    let unknown = &find(json!("2"))["error"];
    assert_eq!((&unknown["code"], &unknown["data"]["nearest"]), (&json!(-32601), &json!("ping")));
    assert_eq!(ask("{\"jsonrpc\"")["error"]["code"], -32700);
    assert_eq!(ask("[]")["error"]["code"], -32600);
    assert_eq!(ask(&"x".repeat(5 << 20))["error"]["code"], -32600);
    // Notifications that fail, and a batch of them, stay without an answer: the next one is for the ping.
    rpc.send(r#"{"jsonrpc":"2.0","method":"nonsense"}"#);
    rpc.send(r#"[{"jsonrpc":"2.0","method":"ping"}]"#);
    rpc.send("");
    rpc.send(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#);
    let last = rpc.wait_for("answer", with_id);
    assert_eq!((&last["id"], &last["result"]), (&Value::Null, &json!("pong")));
}

/// The responses are far more than the pipe and the queue take together.
#[cfg(target_os = "linux")]
#[test]
fn who_does_not_read_cannot_fill_the_memory() {
    const CALLS: usize = 120;
    let server = serve(&[]);
    let mut process = chappe(&["rpc"])
        .args(server.arguments("nobody"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    // The id comes back: a megabyte each.
    let line =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":\"more{}\",\"method\":\"ping\"}}\n", "x".repeat(1 << 20));
    let writer = std::thread::spawn(move || {
        (0..CALLS).for_each(|_| input.write_all(line.as_bytes()).unwrap());
    });
    std::thread::sleep(Duration::from_secs(2));
    assert!(!writer.is_finished(), "it does not read on");
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().to_owned();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 80 << 10, "{peak} KiB, of 120 MiB of answers");
    // Whoever reads again gets everything.
    let answers =
        BufReader::new(output).lines().map_while(Result::ok).filter(|line| line.contains("\"morexx"));
    assert_eq!(answers.count(), CALLS);
    writer.join().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

#[test]
fn errors_name_the_cause() {
    let server = serve(&[]);
    let mut rpc = Rpc::start(&server, "alice");
    let nobody = rpc.refused("secret.list", json!({}));
    assert_eq!(nobody["code"], -32005, "{nobody}");
    rpc.log_in("9996621001", "Alice");
    let taken = rpc.refused("login.sign_in", json!({ "phone_code_hash": "none", "code": "1" }));
    assert_eq!((&taken["code"], &taken["data"]["field"]), (&json!(-32602), &json!("phone_code_hash")));
    let field = rpc.refused("secret.send_text", json!({ "chat": 1, "txt": "hello" }));
    assert_eq!((&field["code"], &field["data"]["field"]), (&json!(-32602), &json!("txt")));
    assert!(field["message"].as_str().unwrap().contains("did you mean `text`"), "{field}");
    let missing = rpc.refused("secret.send_text", json!({ "chat": 1 }));
    assert_eq!(missing["data"]["field"], "text");
    let chat = rpc.refused("secret.get", json!({ "chat": 77 }));
    assert_eq!(chat["code"], -32006);
    let refused = rpc.refused("contacts.resolve_phone", json!({ "phone": "9996629999" }));
    assert_eq!(refused["code"], -32003);
    assert_eq!(
        (&refused["data"]["code"], &refused["data"]["name"]),
        (&json!(400), &json!("PHONE_NOT_OCCUPIED"))
    );
    let method = rpc.refused("invoke", json!({ "method": "users.getUser" }));
    assert_eq!((&method["code"], &method["data"]["field"]), (&json!(-32602), &json!("method")));
    let users = rpc.call(
        "invoke",
        json!({ "method": "users.getUsers", "arguments": { "id": [{ "_": "inputUserSelf" }] } }),
    );
    assert_eq!(users[0]["first_name"], "Alice");
    assert_eq!(rpc.call("login.log_out", json!({})), true);
    assert_eq!(rpc.refused("secret.list", json!({}))["code"], -32005);
}

#[cfg(unix)]
mod socket {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::process::Child;
    use std::time::Instant;

    use super::common::rpc::{PATIENCE, read_lines};
    use super::*;

    struct Service(Child, String);

    impl Service {
        fn start(server: &Serve) -> Self {
            let path = server.folder.path("rpc.socket");
            let process =
                chappe(&["rpc", "--socket", &path]).args(server.arguments("alice")).spawn().unwrap();
            Self(process, path)
        }

        fn connect(&mut self) -> UnixStream {
            let until = Instant::now() + PATIENCE;
            loop {
                match UnixStream::connect(&self.1) {
                    Ok(stream) => return stream,
                    Err(error) if Instant::now() > until => panic!("{error}"),
                    Err(_) => assert!(self.0.try_wait().unwrap().is_none(), "the service ended"),
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    impl Drop for Service {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn ping(stream: &UnixStream) {
        let mut output = stream;
        output.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").unwrap();
        let lines = read_lines(stream.try_clone().unwrap());
        loop {
            let line = lines.recv_timeout(PATIENCE).unwrap();
            if line["id"] == 1 {
                return assert_eq!(line["result"], "pong");
            }
        }
    }

    #[test]
    fn a_socket_serves_many_and_only_its_owner() {
        let server = serve(&[]);
        let mut service = Service::start(&server);
        let (first, second) = (service.connect(), service.connect());
        ping(&first);
        ping(&second);
        drop(first);
        ping(&service.connect());
        let mode = std::fs::symlink_metadata(&service.1).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        // Somebody listens already.
        let output = chappe(&["rpc", "--socket", &service.1])
            .args(server.arguments("bob"))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("another process listens"));
    }

    #[test]
    fn a_chat_is_held_over_a_socket_and_every_connection_hears_of_it() {
        let server = serve(&[]);
        let login = ["--phone", "9996621001", "--code", "22222", "--name", "Alice"];
        server.run("alice", &["login"], &login);
        let mut bob = Rpc::start(&server, "bob");
        bob.log_in("9996621002", "Bob");
        let mut service = Service::start(&server);
        let (talks, listens) = (service.connect(), service.connect());
        let from_talks = read_lines(talks.try_clone().unwrap());
        let from_listens = read_lines(listens.try_clone().unwrap());
        // Who has an answer is served, and hears what follows.
        (&listens).write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").unwrap();
        while from_listens.recv_timeout(PATIENCE).unwrap()["id"] != 1 {}
        let call = |method: &str, params: Value| {
            let line = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
            (&talks).write_all(format!("{line}\n").as_bytes()).unwrap();
            loop {
                let line = from_talks.recv_timeout(PATIENCE).unwrap();
                if line["id"] == 1 {
                    return line["result"].clone();
                }
            }
        };
        let chat = call("secret.start", json!({ "user": "9996621002" }))["chat"].clone();
        assert_eq!(bob.event("requested")["chat"], chat);
        bob.call("secret.accept", json!({ "chat": chat, "wait": 30 }));
        bob.call("secret.send_text", json!({ "chat": chat, "text": "to all of you" }));
        for lines in [&from_talks, &from_listens] {
            let heard = std::iter::from_fn(|| lines.recv_timeout(PATIENCE).ok())
                .find(|line| line["method"] == "event.message")
                .unwrap();
            assert_eq!(heard["params"]["text"], "to all of you");
        }
        let sent = call("secret.send_text", json!({ "chat": chat, "text": "over a socket" }));
        assert_eq!(bob.event("message")["random_id"], sent["random_id"]);
    }

    #[test]
    fn a_stale_socket_is_replaced_and_any_other_file_is_kept() {
        let server = serve(&[]);
        let mut service = Service::start(&server);
        drop(service.connect());
        drop(service); // killed: its file stays
        assert!(std::path::Path::new(&server.folder.path("rpc.socket")).exists());
        ping(&Service::start(&server).connect());

        let file = server.folder.path("letter.txt");
        std::fs::write(&file, "dear Bob").unwrap();
        let output = chappe(&["rpc", "--socket", &file]).args(server.arguments("bob")).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "dear Bob");
    }
}
