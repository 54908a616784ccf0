//! Somebody to hold secret chats with: logs in (making the account), accepts every chat, prints what happens as lines
//! of JSON, and with `--commands` does what lines of JSON on its standard input say, until that ends.
//!
//! ```sh
//! cargo run --example secret_peer -- --server 127.0.0.1:4430 --server-key public.pem --phone 9996621111 --commands
//! {"do":"start","phone":"9996622222"}
//! {"do":"text","chat":17,"text":"hello","ttl":0}
//! ```
//!
//! The commands: `start`, `text`, `file` (sends `path`), `fetch` (writes the file of `random_id` to `path`), `ttl`,
//! `read`, `delete`, `rekey`, `info`, `history`, `close`. Each is answered by one line with
//! `"event":"done"` or `"event":"error"`. With `--session FILE` it goes on where it was ended. Other programs are
//! tested against this one, so it has no ways of its own: everything is a call of the library.

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use chappe::secret::{Action, Content, InboundMessage, RandomId, SecretChatId, SecretEvent};
use chappe::{Client, DataCentres, MemorySession, RsaPublicKey, SignIn, SqliteSession};
use serde_json::{Value, json};
use tokio::sync::mpsc;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Does what the arguments say.
#[tokio::main]
pub(crate) async fn main() -> Result<()> {
    let server: SocketAddr = argument("--server")?.parse()?;
    let key = RsaPublicKey::from_pem(&std::fs::read_to_string(argument("--server-key")?)?)?;
    let phone = argument("--phone")?;
    let builder = Client::builder(4242, "example").data_centres(DataCentres::single(server, 2, key));
    let builder = match argument("--session") {
        Ok(file) => builder.session(SqliteSession::open(file).await?),
        Err(_) => builder.session(MemorySession::new()),
    };
    let client = builder.connect().await?;
    let mut events = client.secret_events();
    if !client.is_authorized().await? {
        log_in(&client, &phone).await?;
    }
    println!("{}", json!({"event": "ready"}));

    let mut files = HashMap::new();
    let mut commands = std::env::args().any(|word| word == "--commands").then(read_lines);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => react(&client, &mut files, event).await?,
                None => return Ok(()),
            },
            line = next(&mut commands) => match line {
                // One after the other: the order is the conversation's.
                Some(line) => println!("{}", answer(&client, &files, &line).await),
                None => return Ok(client.disconnect().await?),
            },
        }
    }
}

/// The next command; never, if there are none to come.
async fn next(commands: &mut Option<mpsc::UnboundedReceiver<String>>) -> Option<String> {
    match commands {
        Some(commands) => commands.recv().await,
        None => std::future::pending().await,
    }
}

/// Received messages with files, by their names.
type Files = HashMap<i64, InboundMessage>;

async fn answer(client: &Client, files: &Files, line: &str) -> Value {
    let verb = serde_json::from_str(line).unwrap_or(Value::Null)["do"].clone();
    match perform(client, files, line).await {
        Ok(mut done) => {
            done["event"] = "done".into();
            done["do"] = verb;
            done
        }
        Err(error) => json!({"event": "error", "do": verb, "error": error.to_string()}),
    }
}

async fn perform(client: &Client, files: &Files, line: &str) -> Result<Value> {
    let command: Value = serde_json::from_str(line)?;
    let text = |name: &str| command[name].as_str().ok_or_else(|| format!("{name} is missing"));
    let number = |name: &str| command[name].as_i64().ok_or_else(|| format!("{name} is missing"));
    let verb = text("do")?;
    if verb == "start" {
        let user = client.resolve_phone(text("phone")?).await?;
        let chat = client.secret_chats().start(&user).await?;
        return Ok(json!({"chat": chat.id().0}));
    }
    let chat = client.secret_chats().get(SecretChatId(i32::try_from(number("chat")?)?)).await?;
    let sent = match verb {
        "text" => {
            let mut message = chappe::secret::OutgoingText::new(text("text")?);
            message.ttl = command["ttl"].as_i64().map(i32::try_from).transpose()?;
            chat.send_text(message).await?
        }
        "file" => {
            let sent = chat.send_file(text("path")?).await?;
            return Ok(json!({"random_id": sent.random_id.0}));
        }
        "fetch" => {
            let message = files.get(&number("random_id")?).ok_or("there is no such file")?;
            let len = chat.download(message)?.to_path(text("path")?).await?;
            return Ok(json!({"len": len}));
        }
        "ttl" => chat.set_ttl(Duration::from_secs(u64::try_from(number("seconds")?)?)).await?,
        "read" => {
            chat.read_history(i32::try_from(number("date")?)?).await?;
            return Ok(json!({}));
        }
        "delete" => chat.delete(&[RandomId(number("random_id")?)]).await?,
        "rekey" => {
            chat.rekey().await?;
            return Ok(json!({}));
        }
        "info" => {
            let info = chat.info().await?;
            return Ok(json!({
                "state": format!("{:?}", info.state), "sent": info.sent_count, "received": info.received_count,
                "pending": info.pending_count, "rekeying": info.rekeying, "layer": info.peer_layer.0,
                "fingerprint": info.key_fingerprint.map(|fingerprint| fingerprint.0),
            }));
        }
        "history" => {
            let (mut said, mut heard, mut before) = (Vec::new(), Vec::new(), None);
            loop {
                let page =
                    before.map_or_else(|| chat.history(), |cursor| chat.history().before(cursor)).await?;
                let Some(first) = page.first() else { break };
                before = Some(first.cursor);
                for entry in page.iter().rev().filter(|entry| !entry.text().is_empty()) {
                    let list = if entry.outgoing { &mut said } else { &mut heard };
                    list.push(entry.text().parse::<u64>()?);
                }
            }
            said.reverse();
            heard.reverse();
            return Ok(json!({"said": said, "heard": heard}));
        }
        "close" => {
            chat.close().await?;
            return Ok(json!({}));
        }
        other => return Err(format!("{other} is no command").into()),
    };
    Ok(json!({"random_id": sent.random_id.0, "date": sent.date}))
}

async fn react(client: &Client, files: &mut Files, event: SecretEvent) -> Result<()> {
    let told = match event {
        SecretEvent::ChatRequested { chat, user_id, .. } => {
            client.secret_chats().accept(chat).await?;
            json!({"event": "accepted", "chat": chat.0, "user_id": user_id})
        }
        SecretEvent::ChatReady { chat, key, .. } => {
            json!({"event": "chat_ready", "chat": chat.0, "key": key.hex_lines()})
        }
        SecretEvent::Action { chat, action, .. } => {
            let mut told = json!({"event": "action", "chat": chat.0, "name": action.name()});
            if let Action::SetMessageTtl { seconds } = action {
                told["ttl_seconds"] = seconds.into();
            }
            told
        }
        SecretEvent::Message(message) => {
            let told = told_message(&message);
            if message.media_file().is_some() {
                files.insert(message.random_id.0, message);
            }
            told
        }
        SecretEvent::Deleted { chat, random_ids } => {
            let ids: Vec<i64> = random_ids.iter().map(|id| id.0).collect();
            json!({"event": "deleted", "chat": chat.0, "random_ids": ids})
        }
        SecretEvent::KeyChanged { chat, fingerprint } => {
            json!({"event": "key_changed", "chat": chat.0, "fingerprint": fingerprint.0})
        }
        SecretEvent::GapDetected { chat, first, last } => {
            json!({"event": "gap", "chat": chat.0, "first": first, "last": last})
        }
        SecretEvent::GapFilled { chat } => json!({"event": "gap_filled", "chat": chat.0}),
        SecretEvent::ChatClosed { chat, reason, .. } => {
            json!({"event": "closed", "chat": chat.0, "reason": format!("{reason:?}")})
        }
        SecretEvent::Dropped { chat, reason } => {
            json!({"event": "dropped", "chat": chat.0, "reason": format!("{reason:?}")})
        }
        _ => return Ok(()),
    };
    println!("{told}");
    Ok(())
}

fn told_message(message: &InboundMessage) -> Value {
    let mut told = json!({
        "event": "message", "chat": message.chat.0, "random_id": message.random_id.0, "ttl": message.ttl,
        "date": message.date,
    });
    match &message.content {
        Content::Text(text) => told["text"] = text.text.clone().into(),
        other => {
            told["content"] = format!("{other:?}").into();
            told["size"] =
                message.media_file().and_then(|file| file.remote.as_ref().ok()).map(|file| file.size).into();
        }
    }
    told
}

/// The lines of standard input, until it ends.
fn read_lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(std::io::Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Numbers 99966XYYYY take X five times as their code.
async fn log_in(client: &Client, phone: &str) -> Result<()> {
    let token = client.request_login_code(phone).await?;
    let code = phone.get(5..6).ok_or("the phone number is too short")?.repeat(5);
    if let SignIn::SignUpRequired { .. } = client.sign_in(&token, &code).await? {
        client.sign_up(&token, "Peer", "").await?;
    }
    Ok(())
}

fn argument(name: &str) -> Result<String> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let at = given.iter().position(|word| word == name);
    at.and_then(|at| given.get(at + 1))
        .cloned()
        .ok_or_else(|| format!("usage: secret_peer --server … --server-key … --phone …: no {name}").into())
}
