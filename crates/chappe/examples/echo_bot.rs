//! A bot that says everything again, with a button to say it once more.
//!
//! ```sh
//! cargo run --example echo_bot -- 123456:TOKEN
//! ```
//!
//! Without a token it shows itself: it starts a server of its own on a loopback port, and somebody talks to the bot.

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;

use chappe::bots::{InlineButton, InlineKeyboard, Pressed};
use chappe::{Client, DataCentres, Event, MemorySession, Message, UpdateStream};
use chappe_server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    match std::env::args().nth(1) {
        Some(token) => {
            let client = Client::builder(1, "hash from my.telegram.org").connect().await?;
            client.sign_in_bot(&token).await?;
            let updates = client.updates();
            echo(&client, updates).await
        }
        None => talk().await,
    }
}

/// Answers until the client is disconnected.
pub(crate) async fn echo(client: &Client, mut updates: UpdateStream) -> Result<()> {
    while let Some(update) = updates.recv().await {
        if let Some(message) = Message::from_update(client, &update) {
            if !message.is_outgoing() && message.action().is_none() {
                let again = InlineKeyboard::new().row([InlineButton::callback("Again", *b"again")]);
                message.reply(message.formatted()).reply_markup(again).await?;
            }
        } else if let Event::CallbackQuery(query) = &update {
            client.answer_callback(query.id()).text("Once more.").await?;
        }
    }
    Ok(())
}

/// Somebody talks to the bot.
pub(crate) async fn talk() -> Result<()> {
    let server = Server::builder().spawn().await?;
    let centres = || DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let bot = Client::builder(1, "hash").data_centres(centres()).connect().await?;
    let user = bot.sign_in_bot("4711:abcdefghijklmnopqrstuvwxyzABCDEFGHI").await?;
    let updates = bot.updates();
    let running = tokio::spawn({
        let bot = bot.clone();
        async move { echo(&bot, updates).await.map_err(|error| error.to_string()) }
    });

    let alice =
        Client::builder(1, "hash").session(MemorySession::new()).data_centres(centres()).connect().await?;
    let token = alice.request_login_code("9996621001").await?;
    alice.sign_in(&token, "22222").await?;
    alice.sign_up(&token, "Alice", "").await?;
    let mut heard = alice.updates();
    let chat = alice.resolve(&format!("@{}", user.username.unwrap_or_default())).await?;
    alice.send(&chat, "__Hello__, **bot**").markdown().await?;
    let answer = loop {
        let update = heard.recv().await.ok_or("the client is disconnected")?;
        match Message::from_update(&alice, &update) {
            Some(message) if !message.is_outgoing() && message.chat().id() == chat.id() => break message,
            _ => {}
        }
    };
    println!("the bot says: {}", answer.markdown());
    if let Pressed::Answer(answer) = answer.press("Again").await? {
        println!("pressed: {}", answer.message.unwrap_or_default());
    }
    alice.disconnect().await?;
    bot.disconnect().await?;
    Ok(running.await??)
}
