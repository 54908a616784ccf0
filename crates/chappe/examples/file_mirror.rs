//! Mirrors a folder into a chat and back: every file of the folder goes up as a document, and every document of the chat
//! that the folder does not have comes down. Run it again and it does only what is new; a download that broke goes on.
//!
//! ```sh
//! cargo run -p chappe --example file_mirror -- FOLDER SESSION HOST:PORT KEY.pem
//! ```
//!
//! `SESSION` is a session file in which somebody is logged in (`chappe login`), `HOST:PORT` and `KEY.pem` are those of a
//! `chappe serve`; without them it is Telegram's own servers. The chat is the one with oneself. Without any argument it
//! shows itself at work: on a server of its own, with a folder full of files and an empty one.

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use chappe::files::{CloudFile, Progress};
use chappe::media::Attachment;
use chappe::{Client, DataCentres, PeerId, RsaPublicKey, SignIn, SqliteSession};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => show().await,
        [folder, session, server @ ..] => {
            let mut builder = Client::builder(4242, "hash").session(SqliteSession::open(session).await?);
            if let [address, key] = server {
                let key = RsaPublicKey::from_pem(&std::fs::read_to_string(key)?)?;
                builder =
                    builder.data_centres(DataCentres::single(address.parse::<chappe::Address>()?, 2, key));
            }
            let client = builder.connect().await?;
            if !client.is_authorized().await? {
                return Err("nobody is logged in in this session: chappe login".into());
            }
            mirror(&client, Path::new(folder)).await?;
            Ok(client.disconnect().await?)
        }
        _ => Err("file_mirror FOLDER SESSION [HOST:PORT KEY.pem]".into()),
    }
}

/// A server of its own, a folder with files, and another one that gets them.
pub(crate) async fn show() -> Result<()> {
    let server = chappe_server::Server::builder().spawn().await?;
    let telegram = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let client = Client::builder(4242, "hash").data_centres(telegram).connect().await?;
    let token = client.request_login_code("+9996621234").await?;
    if let SignIn::SignUpRequired { .. } = client.sign_in(&token, "22222").await? {
        client.sign_up(&token, "Alice", "").await?;
    }
    let (here, there) = (tempfile::tempdir()?, tempfile::tempdir()?);
    for (name, len) in [("notes.txt", 2_000), ("film.mp4", 12 << 20), ("picture.png", 300_000)] {
        std::fs::write(here.path().join(name), vec![7; len])?;
    }
    mirror(&client, here.path()).await?;
    mirror(&client, there.path()).await?;
    for name in ["notes.txt", "film.mp4", "picture.png"] {
        assert_eq!(std::fs::read(here.path().join(name))?, std::fs::read(there.path().join(name))?);
    }
    println!("Both folders are equal.");
    Ok(client.disconnect().await?)
}

async fn mirror(client: &Client, folder: &Path) -> Result<()> {
    let own_chat = PeerId::User(client.me().await?.id);
    let mut names = BTreeSet::new();
    // The newest first.
    let mut messages = client.messages(own_chat);
    while let Some(message) = messages.next().await? {
        let Some(file) = message.media().and_then(CloudFile::of_media) else { continue };
        let Some(name) = file.name().and_then(own_name) else { continue };
        let path = folder.join(&name);
        // Of two with one name, the newer one.
        if names.insert(name.clone()) && !path.exists() {
            client.download(&message).progress(bar("down", &name)).to_path(&path).await?;
            println!();
        }
    }
    for path in files(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if names.contains(name) {
            continue;
        }
        let document = Attachment::document(&path).progress(bar("up", name));
        let media = client.upload_media(document).await?;
        println!();
        client.send(own_chat, "").media(media).silent().await?;
    }
    Ok(())
}

/// A name that stays in the folder: what comes from others must not become a path.
fn own_name(name: &str) -> Option<String> {
    let plain = Path::new(name).file_name()?.to_str()?;
    (plain == name && !name.starts_with('.')).then(|| plain.to_owned())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        // A download that is not complete is called so.
        let is_partial = path.to_string_lossy().contains(".part");
        if path.is_file() && !is_partial {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A line that grows with the transfer.
fn bar(direction: &'static str, name: &str) -> impl Fn(Progress) + Send + Sync + use<> {
    const WIDTH: u64 = 30;
    let name = name.to_owned();
    move |progress| {
        let total = progress.total.unwrap_or(progress.done).max(1);
        let full = (progress.done * WIDTH / total).min(WIDTH) as usize;
        print!("\r{direction:>4} {name:<24} [{:<30}] {:>3} %", "=".repeat(full), progress.done * 100 / total);
        // A terminal that is gone is no reason to stop.
        let _ = std::io::stdout().flush();
    }
}
