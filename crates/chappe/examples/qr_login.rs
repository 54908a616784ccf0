//! A device logs in by a QR code that another one reads. The program has both of them, and a server of its own on a
//! loopback port.
//!
//! ```sh
//! cargo run --example qr_login
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;

use chappe::login::{Callbacks, CodeReply};
use chappe::{Client, DataCentres, SignIn};
use chappe_server::Server;
use tokio::sync::mpsc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    println!("{} is logged in on both devices", log_in().await?);
    Ok(())
}

/// Logs Alice's computer in by her telephone; returns who the computer says she is.
pub(crate) async fn log_in() -> Result<String> {
    let server = Server::builder().spawn().await?;
    let telegram = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let telephone = Client::builder(1, "hash").data_centres(telegram.clone()).connect().await?;
    let mut answers = Callbacks::phone("9996621001")
        .code(|_| async { Ok(CodeReply::Code("22222".to_owned())) })
        .name(|_| async { Ok(("Alice".to_owned(), String::new())) });
    telephone.start(&mut answers).await?;

    let computer = Client::builder(1, "hash")
        .data_centres(telegram)
        .device("Computer", "Linux", "1.0", "en")
        .connect()
        .await?;
    let (picture, mut camera) = mpsc::unbounded_channel();
    // Shown again whenever it has ended; a real program draws `url` as a QR code.
    let login = computer.sign_in_by_qr(&[], |token| {
        println!("on the computer's screen: {} characters", token.url().len());
        drop(picture.send(token.url()));
    });
    let read = async {
        let url = camera.recv().await.ok_or("there is no picture")?;
        let device = telephone.accept_login_token(&url).await?;
        println!("on the telephone: {} may log in", device.device_model);
        Ok::<_, Box<dyn Error>>(())
    };
    let (outcome, read) = tokio::join!(login, read);
    read?;
    let SignIn::Done(user) = outcome? else { return Err("a password is needed".into()) };
    telephone.disconnect().await?;
    computer.disconnect().await?;
    Ok(user.first_name.unwrap_or_default())
}
