//! `chappe history` and `chappe send`.

use std::io::Read;

use chappe::{Client, Message, Peer};

use super::{show, with_peer};
use crate::cli::{HistoryArgs, SendArgs};
use crate::failure::Failure;
use crate::view;

/// Prints messages, the newest last.
pub(crate) async fn history(args: HistoryArgs) -> Result<(), Failure> {
    with_peer(&args.peer, async |client, peer| {
        let messages = page(client, &peer, args.limit, args.before, args.search).await?;
        messages.iter().try_for_each(|message| {
            show::print(&args.peer.client, view::cloud::message(message), || show::message(message))
        })
    })
    .await
}

/// Messages of a chat, the newest last.
pub(crate) async fn page(
    client: &Client,
    peer: &Peer,
    limit: usize,
    before: Option<i32>,
    search: Option<String>,
) -> Result<Vec<Message>, Failure> {
    let mut query = client.messages(peer).limit(limit);
    if let Some(before) = before {
        query = query.offset_id(before);
    }
    if let Some(text) = search {
        query = query.text(text);
    }
    let mut messages = Vec::new();
    while let Some(message) = query.next().await? {
        messages.push(message);
    }
    messages.reverse();
    Ok(messages)
}

/// Sends a text.
pub(crate) async fn send(args: SendArgs) -> Result<(), Failure> {
    let text = if args.text == "-" { standard_input()? } else { args.text };
    let text = args.markup.markup().read(text, "text")?;
    if text.text.trim().is_empty() {
        return Err(Failure::usage("there is no text to send"));
    }
    with_peer(&args.peer, async |client, peer| {
        let mut sending = client.send(&peer, text);
        if let Some(message) = args.reply {
            sending = sending.reply_to(message);
        }
        if args.silent {
            sending = sending.silent();
        }
        if args.no_preview {
            sending = sending.no_preview();
        }
        let sent = sending.await?;
        show::print(&args.peer.client, view::cloud::message(&sent), || format!("Sent as {}.", sent.id()))
    })
    .await
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    Ok(text.trim_end_matches('\n').to_owned())
}
