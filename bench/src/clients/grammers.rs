//! grammers in the bench of clients. Argument: the server's facts; the library makes no key with a server of ours, so it
//! gets one.

#![allow(clippy::print_stdout, reason = "its lines are what it is for")]

mod lines;

use std::net::{Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use grammers_client::Client;
use grammers_client::message::{InputMessage, Message};
use grammers_client::update::Update;
use grammers_mtsender::{SenderPool, UpdatesConfiguration};
use grammers_session::Session;
use grammers_session::storages::MemorySession;
use grammers_session::types::{DcOption, PeerRef};
use grammers_session::updates::UpdatesLike;
use grammers_tl_types as tl;
use lines::{Error, commands, facts, number, tell, text};
use serde_json::{Value, json};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = facts()?;
    let session = Arc::new(MemorySession::default());
    let id = i32::try_from(number(&server, "dc_id")?)?;
    let ipv4: SocketAddrV4 = text(&server, "address")?.parse()?;
    let ipv6 = SocketAddrV6::new(Ipv6Addr::LOCALHOST, ipv4.port(), 0, 0);
    let key = text(&server, "key")?;
    let bytes: Vec<u8> = (0..key.len() / 2)
        .map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16))
        .collect::<Result<_, _>>()?;
    let auth_key: [u8; 256] = bytes.try_into().map_err(|_| "a key has 256 bytes")?;
    session.set_home_dc_id(id).await?;
    session.set_dc_option(&DcOption { id, ipv4, ipv6, auth_key: Some(auth_key) }).await?;
    let SenderPool { runner, updates, handle } = SenderPool::new(Arc::clone(&session), 4242);
    let client = Client::new(handle);
    tokio::spawn(runner.run());
    ask(&client).await?;
    let me = client.get_me().await?.to_ref().await?.ok_or("no reference to oneself")?;
    let mut bench = Bench { client, me, updates: Some(updates), message: None };
    tell(&json!({ "ready": true }))?;
    let mut commands = commands();
    while let Some(command) = commands.recv().await {
        match bench.run(&command).await {
            Ok(answer) => tell(&answer)?,
            Err(error) => tell(&json!({ "failed": error.to_string() }))?,
        }
    }
    Ok(())
}

async fn ask(client: &Client) -> Result<(), Error> {
    client.invoke(&tl::functions::help::GetNearestDc {}).await?;
    Ok(())
}

struct Bench {
    client: Client,
    me: PeerRef,
    updates: Option<mpsc::Receiver<UpdatesLike>>,
    message: Option<Message>,
}

impl Bench {
    async fn run(&mut self, command: &Value) -> Result<Value, Error> {
        let start = Instant::now();
        match text(command, "do")? {
            "requests" => {
                let left = Arc::new(AtomicUsize::new(number(command, "count")?));
                let mut tasks = Vec::new();
                for _ in 0..number(command, "window")? {
                    let (client, left) = (self.client.clone(), Arc::clone(&left));
                    tasks.push(tokio::spawn(async move {
                        while left
                            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                            .is_ok()
                        {
                            ask(&client).await?;
                        }
                        Ok::<(), Error>(())
                    }));
                }
                for task in tasks {
                    task.await??;
                }
            }
            "upload" => {
                let file = self.client.upload_file(text(command, "path")?).await?;
                let seconds = start.elapsed().as_secs_f64();
                let message = InputMessage::new().document(file);
                self.message = Some(self.client.send_message(self.me, message).await?);
                return Ok(json!({ "seconds": seconds }));
            }
            "download" => {
                let media = self.message.as_ref().and_then(Message::media).ok_or("nothing was uploaded")?;
                self.client.download_media(&media, text(command, "path")?).await?;
            }
            "updates" => {
                let updates = self.updates.take().ok_or("it has listened already")?;
                let configuration = UpdatesConfiguration { catch_up: false };
                let mut stream = self.client.stream_updates(updates, configuration).await?;
                tell(&json!({ "listening": true }))?;
                let (mut left, mut first) = (number(command, "count")?, None);
                while left > 0 {
                    if let Update::NewMessage(message) = stream.next().await?
                        && !message.outgoing()
                    {
                        first.get_or_insert_with(Instant::now);
                        left -= 1;
                    }
                }
                let seconds = first.map_or(0.0, |first| first.elapsed().as_secs_f64());
                return Ok(json!({ "seconds": seconds }));
            }
            verb => return Err(format!("no such verb: {verb}").into()),
        }
        Ok(json!({ "seconds": start.elapsed().as_secs_f64() }))
    }
}
