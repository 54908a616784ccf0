//! A script without `async`: two people log in, write to each other, and hold a secret chat. Everything happens in this
//! program: it has a server of its own, on a loopback port, and forgets it at the end.
//!
//! ```sh
//! cargo run --example blocking --features blocking
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;

use chappe::blocking::{Client, Wait, WaitEach};
use chappe::secret::{Content, SecretEvent};
use chappe::{DataCentres, SignIn};
use chappe_server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    for line in talk()? {
        println!("{line}");
    }
    Ok(())
}

/// What Bob gets to read.
pub(crate) fn talk() -> Result<Vec<String>> {
    let server = Server::builder().spawn().wait()?;
    let alice = log_in(&server, "9996621001", "Alice")?;
    let bob = log_in(&server, "9996621002", "Bob")?;
    let events = bob.secret_events();
    let friend = alice.import_contact(&bob.me()?.phone.unwrap_or_default(), "Bob", "")?;

    // Where the server keeps it.
    alice.send(&friend, "Look into your secret chats.").wait()?;
    let mut read = Vec::new();
    for message in bob.messages(&bob.import_contact("9996621001", "Alice", "")?).into_stream().wait_each() {
        read.push(message?.text().to_owned());
    }

    // Where nobody else reads it.
    let ours = alice.secret_chats().start(&friend)?;
    for event in events {
        match event {
            SecretEvent::ChatRequested { chat, .. } => bob.secret_chats().accept(chat)?.ready()?,
            SecretEvent::ChatReady { key, .. } => {
                ours.ready()?;
                assert_eq!(ours.key()?, key);
                ours.send_text("At dusk, by the second lamp.")?;
            }
            SecretEvent::Message(message) => {
                if let Content::Text(text) = &message.content {
                    read.push(text.text.clone());
                }
                break;
            }
            _ => {}
        }
    }
    alice.disconnect()?;
    bob.disconnect()?;
    server.shutdown().wait();
    Ok(read)
}

fn log_in(server: &Server, phone: &str, name: &str) -> Result<Client> {
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let client = Client::connect(chappe::Client::builder(1, "hash").data_centres(centres))?;
    let token = client.request_login_code(phone)?;
    if let SignIn::SignUpRequired { .. } = client.sign_in(&token, "22222")? {
        client.sign_up(&token, name, "")?;
    }
    Ok(client)
}
