//! Logging in to an account with a password, by `chappe login` and by `chappe rpc`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chappe_crypto::dh::DhParams;
use chappe_crypto::srp::SrpAlgorithm;
use common::rpc::Rpc;
use common::{Serve, chappe, serve};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";

/// Alice's account, with a password.
fn account(server: &Serve) {
    let mut alice = Rpc::start(server, "first");
    alice.log_in("9996621001", "Alice");
    let offered = alice.call("invoke", json!({ "method": "account.getPassword" }));
    let mut kdf = offered["new_algo"].clone();
    let salt = |name: &str| BASE64_STANDARD.decode(kdf[name].as_str().unwrap()).unwrap();
    let (salt1, salt2) = ([salt("salt1"), vec![7; 32]].concat(), salt("salt2"));
    let g = i32::try_from(kdf["g"].as_i64().unwrap()).unwrap();
    let algorithm = SrpAlgorithm::new(&salt1, &salt2, DhParams::known(g).unwrap());
    kdf["salt1"] = BASE64_STANDARD.encode(&salt1).into();
    let verifier = BASE64_STANDARD.encode(*algorithm.verifier(PASSWORD.as_bytes()));
    let settings = json!({ "new_algo": kdf, "new_password_hash": verifier, "hint": "a horse" });
    let arguments = json!({ "password": { "_": "inputCheckPasswordEmpty" }, "new_settings": settings });
    let set =
        alice.call("invoke", json!({ "method": "account.updatePasswordSettings", "arguments": arguments }));
    assert_eq!(set, true);
}

#[test]
fn a_program_is_asked_for_the_password() {
    let server = serve(&[]);
    account(&server);
    let mut rpc = Rpc::start(&server, "second");
    let code = rpc.call("login.send_code", json!({ "phone": "9996621001" }));
    let signed = json!({ "phone_code_hash": code["phone_code_hash"], "code": "22222" });
    assert_eq!(rpc.call("login.sign_in", signed), json!({ "state": "password_required", "hint": "a horse" }));
    let refused = rpc.refused("login.check_password", json!({ "password": "wrong" }));
    assert_eq!(
        (&refused["code"], &refused["data"]["name"]),
        (&json!(-32003), &json!("PASSWORD_HASH_INVALID"))
    );
    let user = rpc.call("login.check_password", json!({ "password": PASSWORD }));
    assert_eq!(user["first_name"], "Alice");
    assert_eq!(rpc.call("secret.list", Value::Null), json!([]));
}

#[test]
fn the_command_takes_the_password_from_a_file() {
    let server = serve(&[]);
    account(&server);
    let login = |password: Option<&str>| {
        let file = server.folder.path("password.txt");
        let mut command = chappe(&["login", "--phone", "9996621001", "--code", "22222", "--json"]);
        command.args(server.arguments("second"));
        if let Some(password) = password {
            std::fs::write(&file, password).unwrap();
            command.args(["--password-file", &file]);
        }
        command.output().unwrap()
    };
    let without = login(None);
    assert_eq!(without.status.code(), Some(2));
    let error = String::from_utf8(without.stderr).unwrap();
    assert!(error.contains("a horse") && error.contains("--password-file"), "{error}");
    let wrong = login(Some("wrong"));
    assert_eq!(wrong.status.code(), Some(3), "{}", String::from_utf8_lossy(&wrong.stderr));
    let right = login(Some(&format!("{PASSWORD}\nnot this line")));
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stderr));
}
