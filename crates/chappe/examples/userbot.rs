//! What a person's account can do by itself: it greets whoever writes, keeps a note, and looks back.
//!
//! ```sh
//! cargo run --example userbot
//! ```
//!
//! Everything happens in this program: it has a server of its own, on a loopback port. For a real account leave
//! `data_centres` out, keep the session in a file, and log in with the code that Telegram sends.

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;

use chappe::people::NewContact;
use chappe::{Client, DataCentres, Message};
use chappe_server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::builder().spawn().await?;
    let alice = log_in(&server, "9996621001", "Alice").await?;
    let bob = log_in(&server, "9996621002", "Bob").await?;
    let seen = greet(&alice, &bob, "+9996621001").await?;
    println!("{seen}");
    Ok(())
}

async fn log_in(server: &Server, phone: &str, name: &str) -> Result<Client> {
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let client = Client::builder(1, "hash").data_centres(centres).connect().await?;
    let token = client.request_login_code(phone).await?;
    client.sign_in(&token, "22222").await?;
    client.sign_up(&token, name, "").await?;
    Ok(client)
}

/// Bob writes to Alice, her program greets him, and both look at what was said.
pub(crate) async fn greet(alice: &Client, bob: &Client, number: &str) -> Result<String> {
    let mut updates = alice.updates();
    let to_alice = bob.resolve(number).await?;
    bob.send(&to_alice, "Is anybody there?").await?;

    // Updates bring what others write, and what this account writes elsewhere.
    let message = loop {
        let update = updates.recv().await.ok_or("the client is disconnected")?;
        match Message::from_update(alice, &update) {
            Some(message) if !message.is_outgoing() && message.text().ends_with('?') => break message,
            _ => {}
        }
    };
    let sender = alice.peer(message.sender()).await?;
    let name = chappe::markup::escape_markdown(&sender.name());
    message.reply(format!("Hello, **{name}**")).markdown().await?;
    message.mark_read().await?;
    alice.add_contact(&sender, NewContact::new("", sender.name())).await?;

    let notes = alice.resolve("me").await?;
    message.forward_to(&notes).silent().await?;

    let said = bob.messages(&to_alice).reverse().collect().await?;
    let lines: Vec<String> = said.iter().map(Message::markdown).collect();
    let unread: usize = alice.dialogs().collect().await?.iter().map(|dialog| dialog.unread_count()).sum();
    Ok(format!("{}\n{} contact(s), {unread} unread", lines.join("\n"), alice.contacts().await?.len()))
}
