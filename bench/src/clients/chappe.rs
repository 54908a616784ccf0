//! Chappe in the bench of clients. Argument: the server's facts.

#![allow(clippy::print_stdout, reason = "its lines are what it is for")]

mod lines;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chappe::media::Attachment;
use chappe::{Address, Client, DataCentres, Event, Message, RsaPublicKey, StringSession, functions};
use lines::{Error, commands, facts, number, tell, text};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = facts()?;
    let key = RsaPublicKey::from_pem(text(&server, "public_key")?)?;
    let centre = i32::try_from(number(&server, "dc_id")?)?;
    let centres = DataCentres::single(text(&server, "address")?.parse::<Address>()?, centre, key);
    let session = StringSession::parse(text(&server, "session")?)?;
    let client = Client::builder(4242, "any").session(session).data_centres(centres).connect().await?;
    ask(&client).await?;
    tell(&json!({ "ready": true }))?;
    let mut bench = Bench { client, message: None };
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
    client.invoke(functions::help::GetNearestDc {}).await?;
    Ok(())
}

struct Bench {
    client: Client,
    message: Option<Message>,
}

impl Bench {
    async fn run(&mut self, command: &Value) -> Result<Value, Error> {
        let start = Instant::now();
        match text(command, "do")? {
            "requests" => {
                let count = number(command, "count")?;
                self.each(count, number(command, "window")?, |client, _| async move { ask(&client).await })
                    .await?;
            }
            "upload" => {
                let document = Attachment::document(text(command, "path")?);
                let media = self.client.upload_media(document).await?;
                let seconds = start.elapsed().as_secs_f64();
                let me = self.client.resolve("me").await?;
                self.message = Some(self.client.send(&me, "").media(media).await?);
                return Ok(json!({ "seconds": seconds }));
            }
            "download" => {
                let message = self.message.as_ref().ok_or("nothing was uploaded")?;
                self.client.download(message).to_path(text(command, "path")?).await?;
            }
            "updates" => return self.updates(number(command, "count")?).await,
            // Not measured: who is written to by the one whom it is measured with.
            "write" => {
                let to = self.client.resolve(&format!("@{}", text(command, "to")?)).await?.to_ref();
                let write = move |client: Client, n: usize| async move {
                    client.send(to, format!("message {n}")).await?;
                    Ok(())
                };
                self.each(number(command, "count")?, 100, write).await?;
            }
            verb => return Err(format!("no such verb: {verb}").into()),
        }
        Ok(json!({ "seconds": start.elapsed().as_secs_f64() }))
    }

    /// Does something so often, so many at once.
    async fn each<F>(
        &self,
        count: usize,
        window: usize,
        what: impl Fn(Client, usize) -> F + Send + Sync + Copy + 'static,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        let left = Arc::new(AtomicUsize::new(count));
        let mut tasks = Vec::new();
        for _ in 0..window {
            let (client, left) = (self.client.clone(), Arc::clone(&left));
            tasks.push(tokio::spawn(async move {
                let next = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
                while let Ok(n) = next() {
                    what(client.clone(), n).await?;
                }
                Ok::<(), Error>(())
            }));
        }
        for task in tasks {
            task.await??;
        }
        Ok(())
    }

    async fn updates(&self, count: usize) -> Result<Value, Error> {
        let mut updates = self.client.updates();
        tell(&json!({ "listening": true }))?;
        let (mut left, mut first) = (count, None);
        while left > 0 {
            match updates.recv().await {
                Some(Event::NewMessage(message)) if !message.is_outgoing() => {
                    first.get_or_insert_with(Instant::now);
                    left -= 1;
                }
                Some(_) => {}
                None => return Err("the stream has ended".into()),
            }
        }
        Ok(json!({ "seconds": first.map_or(0.0, |first| first.elapsed().as_secs_f64()) }))
    }
}
