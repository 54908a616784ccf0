//! Two people exchange a file in a secret chat. Everything happens in this program: it has a server of its own, on a
//! loopback port, and forgets it at the end.
//!
//! ```sh
//! cargo run --example secret_file
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use chappe::secret::{InboundMessage, OutgoingFile, SecretEvent};
use chappe::{Client, DataCentres, MemorySession, SecretEvents, types};
use chappe_server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("chappe-secret-file-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = exchange(&folder).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// Alice writes a letter into the folder and sends it, and Bob puts it beside it as `copy.txt`.
pub(crate) async fn exchange(folder: &Path) -> Result<()> {
    let server = Server::builder().spawn().await?;
    let (alice, _) = log_in(&server, "9996621001", "Alice").await?;
    let (bob, bob_user) = log_in(&server, "9996621002", "Bob").await?;
    // From here on Bob misses nothing.
    let mut events = bob.secret_events();

    // Alice asks for a chat, and Bob accepts: nobody is in a chat without a decision.
    let phone = bob_user.phone.unwrap_or_default();
    let friend = alice.import_contact(&phone, "Bob", "").await?;
    let ours = alice.secret_chats().start(&friend).await?;
    let theirs = loop {
        match events.recv().await.ok_or("Bob is disconnected")? {
            SecretEvent::ChatRequested { chat, .. } => break bob.secret_chats().accept(chat).await?,
            _ => continue,
        }
    };
    tokio::try_join!(ours.ready(), theirs.ready())?;

    // The one protection against somebody in between: both look at the same picture.
    assert_eq!(ours.key().await?, theirs.key().await?);
    ours.set_verified(true).await?;
    println!("The key of both:\n{}", ours.key().await?);

    // The file is encrypted with a key of its own while it goes up; the key goes with the message.
    let letter = folder.join("letter.txt");
    std::fs::write(&letter, "Nobody else reads this.\n".repeat(10_000))?;
    let file = OutgoingFile::new(&*letter)
        .caption("As promised")
        .ttl(Duration::from_secs(3600))
        .progress(|progress| println!("Alice: {} bytes are up", progress.done));
    let sent = ours.send_file(file).await?;

    // What came can be fetched, and decrypted on the way, as long as it is in Bob's history.
    let message = next_message(&mut events).await?;
    assert_eq!(message.random_id, sent.random_id);
    let copy = folder.join("copy.txt");
    let size = theirs.download(&message)?.to_path(&copy).await?;
    println!("Bob: {:?}, {size} bytes", message.text());
    assert_eq!(std::fs::read(&copy)?, std::fs::read(&letter)?);

    // Reading starts the timer of an hour on both sides; closing ends the chat and wipes its keys.
    theirs.read_history(message.date).await?;
    ours.close_and_delete().await?;
    Ok(())
}

async fn next_message(events: &mut SecretEvents) -> Result<InboundMessage> {
    loop {
        if let SecretEvent::Message(message) = events.recv().await.ok_or("the events have ended")? {
            return Ok(message);
        }
    }
}

/// On this server a number 99966XYYYY logs in with the code XXXXX.
async fn log_in(server: &Server, phone: &str, name: &str) -> Result<(Client, types::User)> {
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let client = Client::builder(4242, "your api_hash")
        .session(MemorySession::new())
        .data_centres(centres)
        .connect()
        .await?;
    let token = client.request_login_code(phone).await?;
    client.sign_in(&token, "22222").await?;
    let user = client.sign_up(&token, name, "").await?;
    Ok((client, user))
}
