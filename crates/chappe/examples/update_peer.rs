//! A userbot that writes every message it sees into a file, each once and in order, whatever happens to it; and somebody
//! who writes to it.
//!
//! ```sh
//! cargo run --example update_peer -- watch --server 127.0.0.1:4430 --server-key public.pem \
//!     --phone 9996628801 --session bob.session --file bob.log
//! cargo run --example update_peer -- send --server 127.0.0.1:4430 --server-key public.pem \
//!     --phone 9996628802 --session alice.session --file alice.progress --to 9996628801 --count 100
//! ```
//!
//! `watch` ends when its standard input does. Each line of its file is `CHAT NUMBER TEXT`. The session never stores more
//! than was handled, so after a crash the last messages may come again: the numbers in the file tell which. Such a line
//! begins with `=`, and a line `#` says that the program was started.
//!
//! `send` writes numbers from 0 on, the even ones to the other person and the odd ones into a group of both. The number
//! makes the `random_id`, so a message that is sent again after a crash is no second one.
//!
//! `cargo xtask updates` runs both, cuts their connections and kills them.

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::HashMap;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;

use chappe::updates::Filter;
use chappe::{
    Client, DataCentres, Event, InvokeOptions, RsaPublicKey, SignIn, SqliteSession, UserRef, enums,
    functions, types,
};
use serde_json::{Value, json};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Does what the arguments say.
#[tokio::main]
pub(crate) async fn main() -> Result<()> {
    let server: SocketAddr = argument("--server")?.parse()?;
    let key = RsaPublicKey::from_pem(&std::fs::read_to_string(argument("--server-key")?)?)?;
    let session = SqliteSession::open(argument("--session")?).await?;
    let client = Client::builder(4242, "example")
        .data_centres(DataCentres::single(server, 2, key))
        .session(session)
        .connect()
        .await?;
    if !client.is_authorized().await? {
        log_in(&client, &argument("--phone")?).await?;
        client.catch_up().await?;
    }
    let watches = std::env::args().any(|word| word == "watch");
    if watches { watch(&client).await } else { send(&client).await }
}

/// Writes down what comes.
async fn watch(client: &Client) -> Result<()> {
    let (mut file, mut last) = open_log(&argument("--file")?)?;
    let mut ended = end_of_input();
    let mut messages = client.updates().only(Filter::incoming() & Filter::new_message());
    println!("{}", json!({"event": "ready"}));
    loop {
        let event = tokio::select! {
            event = messages.recv() => event,
            _ = &mut ended => {
                // Nothing of what is in the file comes again.
                messages.save().await?;
                return Ok(client.disconnect().await?);
            }
        };
        let Some(Event::NewMessage(message)) = event else { return Ok(()) };
        let chat = message.chat().marked();
        let known = last.get(&chat).copied().unwrap_or_default();
        let mark = if message.id() > known { "" } else { "= " };
        last.insert(chat, known.max(message.id()));
        // One write, so that a line is there or not.
        file.write_all(format!("{mark}{chat} {} {}\n", message.id(), message.text()).as_bytes())?;
    }
}

/// The file, and the last message of each chat in it.
fn open_log(path: &str) -> Result<(File, HashMap<i64, i32>)> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
    let mut last = HashMap::new();
    for line in BufReader::new(&file).lines() {
        let line = line?;
        let mut words = line.split(' ');
        if let (Some(Ok(chat)), Some(Ok(id))) =
            (words.next().map(str::parse::<i64>), words.next().map(str::parse::<i32>))
        {
            last.insert(chat, id);
        }
    }
    file.write_all(b"#\n")?;
    Ok((file, last))
}

/// Writes numbers, beginning where the program was the last time.
async fn send(client: &Client) -> Result<()> {
    let path = argument("--file")?;
    let count: i64 = argument("--count")?.parse()?;
    let mut state = match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => {
            let state = begin(client, &argument("--to")?).await?;
            note(&path, &state)?;
            state
        }
    };
    println!("{}", json!({"event": "ready"}));
    let number = |name: &str| state[name].as_i64().ok_or_else(|| format!("{name} is missing"));
    let person = types::InputPeerUser { user_id: number("user")?, access_hash: number("user_hash")? };
    let group = types::InputPeerChannel { channel_id: number("group")?, access_hash: number("group_hash")? };
    for n in number("next")?..count {
        let peer = if n % 2 == 0 { person.clone().into() } else { group.clone().into() };
        // It may be carried out twice: the second time changes nothing.
        let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        client.invoke_with(message(peer, n), options).await?;
        if n % 16 == 0 {
            state["next"] = n.into();
            note(&path, &state)?;
        }
    }
    state["next"] = count.into();
    note(&path, &state)?;
    println!("{}", json!({"event": "sent"}));
    Ok(client.disconnect().await?)
}

/// Replaces the file, so that it is the old one or the new one.
fn note(path: &str, state: &Value) -> Result<()> {
    let new = format!("{path}.new");
    std::fs::write(&new, state.to_string())?;
    Ok(std::fs::rename(new, path)?)
}

/// Makes the group.
async fn begin(client: &Client, phone: &str) -> Result<Value> {
    let other = UserRef::from(&client.resolve_phone(phone).await?);
    let create = functions::channels::CreateChannel {
        broadcast: false,
        megagroup: true,
        for_import: false,
        forum: false,
        title: "Numbers".to_owned(),
        about: String::new(),
        geo_point: None,
        address: None,
        ttl_period: None,
    };
    let enums::Updates::Updates(made) = client.invoke(create).await? else { return Err("no group".into()) };
    let Some(enums::Chat::Channel(group)) = made.chats.first() else { return Err("no group".into()) };
    let hash = group.access_hash.ok_or("the group has no access hash")?;
    let invite = functions::channels::InviteToChannel {
        channel: types::InputChannel { channel_id: group.id, access_hash: hash }.into(),
        users: vec![other.into()],
    };
    client.invoke(invite).await?;
    Ok(json!({
        "user": other.id, "user_hash": other.access_hash, "group": group.id, "group_hash": hash, "next": 0,
    }))
}

fn message(peer: enums::InputPeer, n: i64) -> functions::messages::SendMessage {
    functions::messages::SendMessage {
        no_webpage: true,
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer,
        reply_to: None,
        message: n.to_string(),
        random_id: n + 1,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
        rich_message: None,
    }
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

/// Resolves when standard input has ended.
fn end_of_input() -> tokio::sync::oneshot::Receiver<()> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines().map_while(std::io::Result::ok) {}
        // Nobody may be waiting any more.
        let _ = sender.send(());
    });
    receiver
}

fn argument(name: &str) -> Result<String> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let at = given.iter().position(|word| word == name);
    at.and_then(|at| given.get(at + 1))
        .cloned()
        .ok_or_else(|| format!("usage: update_peer watch|send --server … --server-key … --phone … --session … --file …: no {name}").into())
}
