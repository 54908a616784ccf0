//! Says in secret chats what was said to it: accepts every chat, and sends each text back with its timer, so that both
//! copies go at the same time.
//!
//! ```sh
//! chappe serve --listen 127.0.0.1:4430 --public-key public.pem &
//! cargo run --example secret_echo -- 127.0.0.1:4430 public.pem 9996621111
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;
use std::time::Duration;

use chappe::secret::{AcceptPolicy, Content, OutgoingText, SecretEvent};
use chappe::{Address, Client, DataCentres, RsaPublicKey, SignIn, SqliteSession};

/// At once: this account has no other device that could decide.
pub(crate) const ACCEPT: AcceptPolicy = AcceptPolicy::Automatic { delay: Duration::ZERO };

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, key, phone] = arguments.as_slice() else {
        return Err("usage: secret_echo HOST:PORT KEY.pem PHONE".into());
    };
    let key = RsaPublicKey::from_pem(&std::fs::read_to_string(key)?)?;
    let centres = DataCentres::single(server.parse::<Address>()?, 2, key);
    // Chats and unsent answers survive the end of the program.
    let session = SqliteSession::open("secret_echo.session").await?;
    let builder = Client::builder(1, "hash").data_centres(centres).session(session);
    let client = builder.accept_policy(ACCEPT).connect().await?;
    if !client.is_authorized().await? {
        log_in(&client, phone).await?;
    }
    println!("Ask {phone} for a secret chat.");
    echo(&client).await
}

/// Answers until the client is disconnected.
pub(crate) async fn echo(client: &Client) -> Result<()> {
    let mut events = client.secret_events();
    while let Some(event) = events.recv().await {
        let SecretEvent::Message(message) = event else { continue };
        let Content::Text(text) = &message.content else { continue };
        let chat = client.secret_chats().get(message.chat).await?;
        let answer = OutgoingText {
            ttl: Some(message.ttl),
            reply_to: Some(message.random_id),
            ..OutgoingText::from(text.clone())
        };
        chat.read(&[message.random_id]).await?;
        chat.send_text(answer).await?;
    }
    Ok(())
}

async fn log_in(client: &Client, phone: &str) -> Result<()> {
    let token = client.request_login_code(phone).await?;
    println!("The code:");
    let mut code = String::new();
    std::io::stdin().read_line(&mut code)?;
    match client.sign_in(&token, code.trim()).await? {
        SignIn::Done(_) => Ok(()),
        SignIn::SignUpRequired { .. } => {
            client.sign_up(&token, "Echo", "").await.map(drop).map_err(Into::into)
        }
        _ => Err("this account has a password, for which this example does not ask".into()),
    }
}
