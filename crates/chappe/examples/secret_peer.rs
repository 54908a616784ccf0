//! Somebody to hold secret chats with: logs in (making the account), accepts every chat, and prints what happens as
//! lines of JSON.
//!
//! ```sh
//! cargo run --example secret_peer -- --server 127.0.0.1:4430 --server-key public.pem --phone 9996621111
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;
use std::net::SocketAddr;

use chappe::secret::{Action, Content, SecretEvent};
use chappe::{Client, DataCentres, MemorySession, RsaPublicKey, SignIn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [server, key, phone] = arguments(["--server", "--server-key", "--phone"])?;
    let key = RsaPublicKey::from_pem(&std::fs::read_to_string(key)?)?;
    let client = Client::builder(4242, "example")
        .session(MemorySession::new())
        .data_centres(DataCentres::single(server.parse::<SocketAddr>()?, 2, key))
        .connect()
        .await?;
    let mut events = client.secret_events();
    log_in(&client, &phone).await?;
    println!(r#"{{"event":"ready"}}"#);

    while let Some(event) = events.recv().await {
        match event {
            SecretEvent::ChatRequested { chat, user_id, .. } => {
                client.secret_chats().accept(chat).await?;
                println!(r#"{{"event":"accepted","chat":{chat},"user_id":{user_id}}}"#);
            }
            SecretEvent::Action { chat, action, .. } => {
                let detail = match &action {
                    Action::SetMessageTtl { seconds } => format!(r#","ttl_seconds":{seconds}"#),
                    _ => String::new(),
                };
                println!(r#"{{"event":"action","chat":{chat},"name":"{}"{detail}}}"#, action.name());
            }
            SecretEvent::Message(message) => {
                // Rust's escapes are close enough to JSON's for an example.
                let text = match &message.content {
                    Content::Text(text) => format!("{:?}", text.text),
                    _ => "null".to_owned(),
                };
                println!(r#"{{"event":"message","chat":{},"text":{text}}}"#, message.chat);
            }
            SecretEvent::ChatClosed { chat, .. } => println!(r#"{{"event":"closed","chat":{chat}}}"#),
            SecretEvent::Dropped { chat, reason } => {
                println!(r#"{{"event":"dropped","chat":{chat},"reason":"{reason:?}"}}"#);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Numbers 99966XYYYY take X five times as their code.
async fn log_in(client: &Client, phone: &str) -> Result<(), Box<dyn Error>> {
    let token = client.request_login_code(phone).await?;
    let code = phone.get(5..6).ok_or("the phone number is too short")?.repeat(5);
    if let SignIn::SignUpRequired { .. } = client.sign_in(&token, &code).await? {
        client.sign_up(&token, "Peer", "").await?;
    }
    Ok(())
}

fn arguments<const N: usize>(names: [&str; N]) -> Result<[String; N], Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let value =
        |name: &str| given.iter().position(|word| word == name).and_then(|at| given.get(at + 1)).cloned();
    let mut values = names.map(value).into_iter();
    let values: Option<Vec<String>> = values.by_ref().collect();
    let values = values
        .ok_or_else(|| format!("usage: secret_peer {}", names.map(|name| format!("{name} …")).join(" ")))?;
    values.try_into().map_err(|_| "wrong number of arguments".into())
}
