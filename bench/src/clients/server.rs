//! The server of the bench of clients: in memory, with an account for each client, whose logins are in the one line that it
//! prints. It ends with its standard input.

#![allow(clippy::print_stdout, reason = "its line is what it is for")]

#[allow(dead_code, reason = "the server has no use for all of it")]
mod lines;

use chappe::{Address, StoredSession};
use chappe_server::{NewAccount, Server};
use lines::{Error, commands, tell};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = Server::builder().test_key().spawn().await?;
    let mut accounts = Map::new();
    // The names of the accounts.
    for name in std::env::args().skip(1) {
        let username = Some(format!("bench_{name}"));
        let account = server.account(&name, NewAccount { username, ..NewAccount::default() }).await?;
        let key = &account.session.auth_key;
        let mut stored =
            StoredSession::new(account.session.dc_id, Address::from(account.session.address), key.clone());
        stored.user_id = Some(account.user_id);
        let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let text = |text: Option<_>| text.map(|text: zeroize::Zeroizing<String>| text.to_string());
        let login = json!({
            "chappe": stored.to_text().to_string(),
            "gramjs": text(stored.to_gramjs()),
            "telethon": text(stored.to_telethon()),
            "key": hex,
        });
        accounts.insert(name, login);
    }
    let address = server.address();
    tell(&json!({
        "address": address.to_string(),
        "host": address.ip().to_string(),
        "port": address.port(),
        "dc_id": server.dc_id(),
        "public_key": server.public_key_pem(),
        "accounts": Value::Object(accounts),
    }))?;
    let mut commands = commands();
    while commands.recv().await.is_some() {}
    server.shutdown().await;
    Ok(())
}
