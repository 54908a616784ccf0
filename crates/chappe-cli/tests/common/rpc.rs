//! `chappe rpc` as a program uses it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Serve, chappe};

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running `chappe rpc`, ended with the value.
pub(crate) struct Rpc {
    process: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<Value>,
    /// What came while something else was waited for.
    waiting: VecDeque<Value>,
    next: u64,
}

impl Rpc {
    pub(crate) fn start(server: &Serve, session: &str) -> Self {
        let mut process = chappe(&["rpc"])
            .args(server.arguments(session))
            .current_dir(server.folder.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = read_lines(process.stdout.take().unwrap());
        let input = process.stdin.take();
        Self { process, input, lines, waiting: VecDeque::new(), next: 0 }
    }

    pub(crate) fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    /// The next line that `pick` accepts; the others stay.
    pub(crate) fn wait_for(&mut self, what: &str, pick: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&pick) {
            return self.waiting.remove(at).unwrap();
        }
        loop {
            let line = self
                .lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("no {what} came: {:?}", self.waiting));
            if pick(&line) {
                return line;
            }
            self.waiting.push_back(line);
        }
    }

    /// The response to the request with this id.
    pub(crate) fn response(&mut self, id: &Value) -> Value {
        self.wait_for(&format!("response {id}"), |line| line.get("id") == Some(id))
    }

    /// Calls and gives the whole response.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = json!(self.next);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        self.response(&id)
    }

    /// Calls and gives the result.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        let mut response = self.request(method, params);
        assert!(response["error"].is_null(), "{method}: {response}");
        response["result"].take()
    }

    /// Calls and gives the error.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> Value {
        let mut response = self.request(method, params);
        assert!(response["result"].is_null(), "{method}: {response}");
        response["error"].take()
    }

    /// The parameters of the next notification of this kind.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        let method = format!("event.{kind}");
        self.wait_for(&method, |line| line["method"] == *method)["params"].take()
    }

    /// The parameters of the next action of this name.
    pub(crate) fn action(&mut self, name: &str) -> Value {
        let is_it = |line: &Value| line["method"] == "event.action" && line["params"]["name"] == name;
        self.wait_for(name, is_it)["params"].take()
    }

    /// Logs in, and makes the account if the number has none.
    pub(crate) fn log_in(&mut self, phone: &str, name: &str) -> Value {
        let code = self.call("login.send_code", json!({ "phone": phone }));
        let hash = code["phone_code_hash"].clone();
        let signed = self.call("login.sign_in", json!({ "phone_code_hash": hash, "code": "22222" }));
        match signed["state"].as_str() {
            Some("done") => signed["user"].clone(),
            _ => self.call("login.sign_up", json!({ "phone_code_hash": hash, "first_name": name })),
        }
    }

    /// Ends the input and gives the exit code, and the lines that were still written.
    pub(crate) fn end(mut self) -> (i32, Vec<Value>) {
        drop(self.input.take());
        let mut rest: Vec<Value> = std::mem::take(&mut self.waiting).into();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            rest.push(line);
        }
        (self.process.wait().unwrap().code().unwrap(), rest)
    }
}

impl Drop for Rpc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Lines of JSON as they come.
pub(crate) fn read_lines(stream: impl Read + Send + 'static) -> mpsc::Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if sender.send(value).is_err() {
                break;
            }
        }
    });
    receiver
}
