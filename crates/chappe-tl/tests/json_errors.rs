//! What a person reads who made a mistake in a call.
#![allow(clippy::unwrap_used, clippy::panic)] // Helpers of tests are tests.

mod support;

use std::sync::OnceLock;

use chappe_tl::dynamic::Schema;
use chappe_tl::parse::Type;
use serde_json::{Value, json};

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(support::api)
}

fn error(method: &str, arguments: Value) -> String {
    schema().from_json_call(method, &arguments).unwrap_err().to_string()
}

/// The error for the first call with one argument replaced.
fn error_with(field: &str, value: Value) -> String {
    let mut arguments = json!({
        "peer": {"_": "inputEncryptedChat", "chat_id": 43, "access_hash": 1},
        "random_id": 1,
        "data": "",
    });
    match field.split_once('.') {
        Some((outer, inner)) => arguments[outer][inner] = value,
        None => arguments[field] = value,
    }
    error("messages.sendEncryptedService", arguments)
}

#[test]
fn wrong_names_get_the_nearest() {
    assert_eq!(
        error("messages.sendEncryptdService", json!({})),
        "the schema has no method `messages.sendEncryptdService`; did you mean `messages.sendEncryptedService`?"
    );
    assert_eq!(
        error("sendEncryptedService", json!({})),
        "the schema has no method `sendEncryptedService`; did you mean `messages.sendEncryptedService`?"
    );
    assert_eq!(
        error_with("peer._", json!("InputEncryptedChat")),
        "messages.sendEncryptedService.peer: the schema has no constructor of InputEncryptedChat `InputEncryptedChat`; \
         did you mean `inputEncryptedChat`?"
    );
    assert_eq!(
        error_with("peer.accessHash", json!(1)),
        "messages.sendEncryptedService.peer: `inputEncryptedChat` has no field `accessHash`; did you mean `access_hash`?"
    );
    assert_eq!(
        error_with("zzzzzzzzzzzz", json!(1)),
        "messages.sendEncryptedService: `messages.sendEncryptedService` has no field `zzzzzzzzzzzz`"
    );
}

#[test]
fn constructors_of_other_types_are_told_from_unknown_ones() {
    assert_eq!(
        error_with("peer._", json!("inputPeerSelf")),
        "messages.sendEncryptedService.peer: `inputPeerSelf` is a constructor of InputPeer, and an object of type \
         `InputEncryptedChat` is expected: inputEncryptedChat"
    );
    assert_eq!(
        error("messages.getHistory", json!({"peer": {"user_id": 1}})),
        "messages.getHistory.peer: `_` has to name a constructor of InputPeer: inputPeerEmpty, inputPeerSelf, \
         inputPeerChat, inputPeerUser, inputPeerChannel, inputPeerUserFromMessage, inputPeerChannelFromMessage"
    );
    assert_eq!(
        error("invokeWithLayer", json!({"layer": 1, "query": {"_": "inputPeerSelf"}})),
        "invokeWithLayer.query: `inputPeerSelf` is a constructor of InputPeer, and a method with its arguments is expected"
    );
    assert_eq!(
        error_with("_", json!("messages.sendMessage")),
        "messages.sendEncryptedService._: expected `messages.sendEncryptedService`, or nothing, given the string \
         \"messages.sendMessage\""
    );
    assert_eq!(
        error_with("peer._", json!(5)),
        "messages.sendEncryptedService.peer._: expected a name, given the number 5"
    );
}

#[test]
fn numbers_say_what_fits() {
    let int = "an int: a whole number from -2147483648 to 2147483647";
    let chat = "messages.sendEncryptedService.peer.chat_id";
    let long =
        "a long: a whole number from -9223372036854775808 to 9223372036854775807, as a number or a string";
    let random = "messages.sendEncryptedService.random_id";
    for (value, given) in [
        (json!(2147483648_i64), "the number 2147483648"),
        (json!(-2147483649_i64), "the number -2147483649"),
        (json!(u64::MAX), "the number 18446744073709551615"),
    ] {
        assert_eq!(
            error_with("peer.chat_id", value),
            format!("{chat}: {given} is out of range: expected {int}")
        );
    }
    for (value, given) in [
        (json!("43"), "the string \"43\""),
        (json!(4.5), "the number 4.5"),
        (json!(null), "null"),
        (json!([1]), "an array"),
    ] {
        assert_eq!(error_with("peer.chat_id", value), format!("{chat}: expected {int}, given {given}"));
    }
    for (value, given) in [
        (json!("9223372036854775808"), "the string \"9223372036854775808\""),
        (json!(u64::MAX), "the number 18446744073709551615"),
    ] {
        assert_eq!(
            error_with("random_id", value),
            format!("{random}: {given} is out of range: expected {long}")
        );
    }
    for (value, given) in
        [(json!("12x"), "the string \"12x\""), (json!(true), "true"), (json!({}), "an object")]
    {
        assert_eq!(error_with("random_id", value), format!("{random}: expected {long}, given {given}"));
    }
}

#[test]
fn doubles_have_to_be_finite() {
    let ty = Type::Boxed("InputGeoPoint".to_owned());
    let point = |lat: Value| json!({"_": "inputGeoPoint", "lat": lat, "long": 1});
    assert!(schema().from_json(&ty, &point(json!(1e300))).is_ok());
    let wrong = |lat| schema().from_json(&ty, &point(lat)).unwrap_err().to_string();
    assert_eq!(wrong(json!("NaN")), "InputGeoPoint.lat: NaN is no finite number, and JSON has no other");
    assert_eq!(wrong(json!("-inf")), "InputGeoPoint.lat: -inf is no finite number, and JSON has no other");
    assert_eq!(
        wrong(json!("1.5")),
        "InputGeoPoint.lat: expected a double: a number, given the string \"1.5\""
    );
    let object = schema().object("inputGeoPoint").unwrap().with("lat", f64::NAN).unwrap();
    assert_eq!(
        schema().to_json(&object.into()).unwrap_err().to_string(),
        "inputGeoPoint.lat: NaN is no finite number, and JSON has no other"
    );
}

#[test]
fn fields_are_needed_computed_or_incomplete() {
    assert_eq!(
        error("messages.sendEncryptedService", json!({})),
        "messages.sendEncryptedService: `messages.sendEncryptedService` needs the field `peer` (InputEncryptedChat)"
    );
    assert_eq!(
        error("messages.sendEncrypted", json!({"flags": 1})),
        "messages.sendEncrypted: `flags` is computed from the fields that are there: leave it out"
    );
    assert_eq!(
        error_with("data", json!("*")),
        "messages.sendEncryptedService.data: expected bytes: a string of base64, given the string \"*\""
    );
    assert_eq!(
        error("users.getUsers", json!({"id": [{"_": "inputUserSelf"}, 5]})),
        "users.getUsers.id[1]: expected an object of type `InputUser`, given the number 5"
    );
    assert_eq!(
        error("users.getUsers", json!([])),
        "users.getUsers: expected an object of arguments, given an array"
    );
}

#[test]
fn every_spelling_of_bytes_and_flags_is_read() {
    let call = |arguments: Value| schema().from_json_call("messages.sendEncrypted", &arguments).unwrap();
    let base = |data: &str| {
        call(
            json!({"peer": {"chat_id": 1, "access_hash": 2}, "random_id": "3", "data": data, "silent": true}),
        )
    };
    let expected = base("+/+/+w==").to_bytes().unwrap();
    for data in ["+/+/+w", "-_-_-w==", "-_-_-w"] {
        assert_eq!(base(data).to_bytes().unwrap(), expected);
    }
    for silent in [json!(false), json!(null)] {
        let call = call(
            json!({"peer": {"chat_id": 1, "access_hash": 2}, "random_id": 3, "data": "", "silent": silent}),
        );
        assert_eq!(call.get("silent"), None);
        assert_eq!(schema().to_json(&call.into()).unwrap().get("silent"), None);
    }
    let int128 = |json: Value| schema().from_json(&Type::Int128, &json);
    assert_eq!(int128(json!("000102030405060708090a0b0c0d0e0F")), int128(json!("AAECAwQFBgcICQoLDA0ODw==")));
    assert!(int128(json!("00")).is_err());
}

#[test]
fn nesting_ends_at_the_limit() {
    let mut query = json!({"_": "help.getConfig"});
    for _ in 0..1000 {
        query = json!({"_": "invokeWithLayer", "layer": 1, "query": query});
    }
    assert!(error("invokeWithLayer", query).ends_with("objects are nested more than 64 deep"));
}
