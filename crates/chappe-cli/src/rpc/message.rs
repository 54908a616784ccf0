//! JSON-RPC 2.0: requests, batches, responses, notifications.
//!
//! Source: <https://www.jsonrpc.org/specification>

use serde_json::{Map, Value, json};

use super::limits::{MAX_BATCH, MAX_LINE_LEN};
use crate::failure::Failure;

pub(super) const PARSE_ERROR: i64 = -32700;
pub(super) const INVALID_REQUEST: i64 = -32600;
pub(super) const METHOD_NOT_FOUND: i64 = -32601;

/// A call to make. Without an id nobody waits for the result.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) id: Option<Value>,
    pub(super) method: String,
    pub(super) params: Option<Value>,
}

/// An element of what came: a request, or the response to something that is none.
pub(super) type Entry = Result<Request, Value>;

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// Several at once: the responses travel together, too.
    Batch(Vec<Entry>),
    Nothing,
    Single(Entry),
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Incoming {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Incoming::Nothing;
    }
    match serde_json::from_slice(line) {
        Ok(Value::Array(entries)) if entries.is_empty() => {
            Incoming::Single(Err(invalid(&Value::Null, "an empty batch asks for nothing")))
        }
        Ok(Value::Array(entries)) if entries.len() > MAX_BATCH => Incoming::Single(Err(invalid(
            &Value::Null,
            &format!("the batch has more than {MAX_BATCH} requests: send it in pieces"),
        ))),
        Ok(Value::Array(entries)) => Incoming::Batch(entries.into_iter().map(request).collect()),
        Ok(single) => Incoming::Single(request(single)),
        Err(error) => Incoming::Single(Err(error_response(
            &Value::Null,
            PARSE_ERROR,
            &format!("the line is not JSON: {error}"),
            None,
        ))),
    }
}

/// The response to a line beyond the bound.
pub(super) fn too_long() -> Value {
    invalid(&Value::Null, &format!("the line is longer than {MAX_LINE_LEN} bytes and was skipped"))
}

fn request(value: Value) -> Entry {
    let Value::Object(mut fields) = value else {
        return Err(invalid(&Value::Null, "a request is an object"));
    };
    let id = fields.remove("id");
    if !matches!(id, None | Some(Value::Null | Value::Number(_) | Value::String(_))) {
        return Err(invalid(&Value::Null, "id: a string or a number is expected"));
    }
    let shown = id.clone().unwrap_or_default();
    if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(invalid(&shown, "jsonrpc: \"2.0\" is expected"));
    }
    let Some(Value::String(method)) = fields.remove("method") else {
        return Err(invalid(&shown, "method: the name of a method is expected"));
    };
    match fields.remove("params") {
        None | Some(Value::Null) => Ok(Request { id, method, params: None }),
        Some(params @ (Value::Object(_) | Value::Array(_))) => {
            Ok(Request { id, method, params: Some(params) })
        }
        Some(_) => Err(invalid(&shown, "params: an object or an array is expected")),
    }
}

fn invalid(id: &Value, message: &str) -> Value {
    error_response(id, INVALID_REQUEST, message, None)
}

/// The response to a request that was carried out, or failed.
pub(super) fn response(id: &Value, outcome: Result<Value, Fault>) -> Value {
    match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(fault) => error_response(id, fault.code, &fault.message, fault.data),
    }
}

fn error_response(id: &Value, code: i64, message: &str, data: Option<Value>) -> Value {
    let mut error = json!({ "code": code, "message": message });
    if let (Some(data), Some(error)) = (data, error.as_object_mut()) {
        error.insert("data".to_owned(), data);
    }
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

/// A line that nobody answers.
pub(super) fn notification(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
}

/// Why a call has no result.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) data: Option<Value>,
}

impl Fault {
    /// There is no such method.
    pub(super) fn unknown_method(name: &str, nearest: Option<&str>) -> Self {
        let name: String = name.chars().take(100).collect();
        let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
        Self {
            code: METHOD_NOT_FOUND,
            message: format!("there is no method `{name}`{hint}"),
            data: nearest.map(|nearest| json!({ "nearest": nearest })),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        let mut data = Map::new();
        if let Some(rpc) = failure.rpc() {
            data.insert("code".to_owned(), rpc.code.into());
            data.insert("name".to_owned(), rpc.name.clone().into());
            data.insert("argument".to_owned(), rpc.argument.map(|number| number.to_string()).into());
        }
        if let Some(field) = failure.wrong_field() {
            data.insert("field".to_owned(), field.into());
        }
        let data = (!data.is_empty()).then_some(Value::Object(data));
        Self { code: failure.kind().rpc_code(), message: failure.message(), data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> i64 {
        match read(line.as_bytes()) {
            Incoming::Single(Err(response)) => {
                assert_eq!((&response["jsonrpc"], &response["result"]), (&json!("2.0"), &Value::Null));
                response["error"]["code"].as_i64().unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_request_says_why() {
        assert_eq!(code("{nonsense"), PARSE_ERROR);
        assert_eq!(code("\u{1}"), PARSE_ERROR);
        assert_eq!(code(&"[".repeat(100_000)), PARSE_ERROR);
        for line in [
            "[]",
            "1",
            "\"ping\"",
            "{}",
            r#"{"jsonrpc": "1.0", "method": "ping"}"#,
            r#"{"jsonrpc": "2.0", "method": 1}"#,
            r#"{"jsonrpc": "2.0", "method": "ping", "params": 1}"#,
            r#"{"jsonrpc": "2.0", "method": "ping", "id": {}}"#,
        ] {
            assert_eq!(code(line), INVALID_REQUEST, "{line}");
        }
    }

    #[test]
    fn a_broken_request_is_answered_under_its_id() {
        let Incoming::Single(Err(response)) = read(br#"{"id": 7, "method": "ping"}"#) else { panic!() };
        assert_eq!(response["id"], 7);
    }

    #[test]
    fn a_batch_keeps_its_entries() {
        let Incoming::Batch(entries) = read(br#"[{"jsonrpc":"2.0","method":"ping"}, 1]"#) else { panic!() };
        assert_eq!(entries[0], Ok(Request { id: None, method: "ping".to_owned(), params: None }));
        assert!(entries[1].is_err());
        assert_eq!(read(b" \t\r"), Incoming::Nothing);
    }
}
