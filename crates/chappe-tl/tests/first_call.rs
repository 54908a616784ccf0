//! The call that the project began with, as data and as JSON.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests are tests.

mod support;

use chappe_tl::dynamic::{Schema, Value};
use serde_json::json;

const HEX: &str =
    "a439d432e1b541f12b0000009c4a2e2638fcffff9c4a2e2638fcffff1361726269747261727920646174612068657265";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn schema() -> Schema {
    support::api()
}

#[test]
fn as_data_it_is_the_known_48_bytes() {
    let schema = schema();
    let id = -4_156_887_774_564_i64;
    let peer = schema.object("inputEncryptedChat").unwrap();
    let peer = peer.with("chat_id", 43).unwrap().with("access_hash", id).unwrap();
    let call = schema.object("messages.sendEncryptedService").unwrap().with("peer", peer).unwrap();
    let call = call.with("random_id", id).unwrap().with("data", &b"arbitrary data here"[..]).unwrap();
    let bytes = schema.encode(&call).unwrap();
    assert_eq!(bytes.len(), 48);
    assert_eq!(hex(&bytes), HEX);
    assert_eq!(schema.decode_object(&bytes).unwrap(), call);
    assert_eq!(
        format!("{call:?}"),
        "SendEncryptedService { peer: InputEncryptedChat { chat_id: 43, access_hash: -4156887774564 }, \
         random_id: -4156887774564, data: <19 bytes 61726269747261727920646174612068657265> }"
    );
}

#[test]
fn as_json_it_is_the_known_48_bytes() {
    let schema = schema();
    let arguments = json!({
        "peer": {"_": "inputEncryptedChat", "chat_id": 43, "access_hash": "-4156887774564"},
        "random_id": -4156887774564_i64,
        "data": "YXJiaXRyYXJ5IGRhdGEgaGVyZQ==",
    });
    let call = schema.from_json_call("messages.sendEncryptedService", &arguments).unwrap();
    assert_eq!(hex(&call.to_bytes().unwrap()), HEX);
    let mut expected = arguments.clone();
    expected["_"] = "messages.sendEncryptedService".into();
    expected["random_id"] = "-4156887774564".into();
    assert_eq!(schema.to_json(&Value::Object(call)).unwrap(), expected);
}

#[test]
fn its_answer_is_read_by_the_type_it_names() {
    let schema = schema();
    let call = schema.object("messages.sendEncryptedService").unwrap();
    let answer = schema.decode_result(&call, &[0x35, 0x89, 0x0f, 0x56, 5, 0, 0, 0]).unwrap();
    assert_eq!(schema.to_json(&answer).unwrap(), json!({"_": "messages.sentEncryptedMessage", "date": 5}));
    assert!(schema.decode_result(&call, &[0xb5, 0x75, 0x72, 0x99]).is_err());
}
