//! People, chats, messages and files that the server keeps: `chappe me`, `dialogs`, `history`, `send`, `upload`,
//! `download`, `contacts`.

mod dialogs;
mod files;
pub(crate) mod media;
mod messages;
mod people;
pub(crate) mod show;

pub(crate) use dialogs::{json as dialog, run as dialogs};
pub(crate) use files::{Upload, download, fetch, message, upload};
pub(crate) use messages::{history, page, send};
pub(crate) use people::{contacts, me};

use chappe::{Client, Peer};

use crate::cli::PeerArgs;
use crate::connect;
use crate::failure::Failure;

/// Connects somebody who is logged in, and finds the chat.
async fn with_peer(
    args: &PeerArgs,
    work: impl AsyncFnOnce(&Client, Peer) -> Result<(), Failure>,
) -> Result<(), Failure> {
    connect::with_authorized(&args.client, async |client| {
        let peer = find(client, &args.peer).await?;
        work(client, peer).await
    })
    .await
}

/// A chat by what a person types.
pub(crate) async fn find(client: &Client, who: &str) -> Result<Peer, Failure> {
    client.resolve(who).await.map_err(|error| Failure::from(error).context(who))
}
