//! `chappe secret`: chats by hand, each command a short-lived process on the same session.

mod show;

use std::io::Read;
use std::time::Duration;

use chappe::Client;
use chappe::secret::{ChatState, OutgoingText, RandomId, SecretChat, SecretChatId, SecretEvent, Sent};

use crate::cli::{ChatArgs, ClientArgs, MessagesArgs, SecretCommand};
use crate::failure::Failure;
use crate::{connect, output, picture};

/// How long a key exchange may take before `rekey` gives up waiting; it goes on in the background of later commands.
const REKEY_PATIENCE: Duration = Duration::from_secs(60);

/// Does one thing.
pub(crate) async fn run(command: SecretCommand) -> Result<(), Failure> {
    match command {
        SecretCommand::Accept(args) => {
            with_client(&args.client, async |client| {
                let chat = client.secret_chats().accept(SecretChatId(args.id)).await?;
                chat.ready().await?;
                show::key(&chat, &args.client).await
            })
            .await
        }
        SecretCommand::Close { chat: args, delete_history } => {
            with_chat(&args, async |_, chat| {
                if delete_history {
                    chat.close_and_delete().await?
                } else {
                    chat.close().await?
                }
                show::done(&args.client, "closed")
            })
            .await
        }
        SecretCommand::Decline(args) => {
            with_client(&args.client, async |client| {
                client.secret_chats().decline(SecretChatId(args.id)).await?;
                show::done(&args.client, "declined")
            })
            .await
        }
        SecretCommand::Delete(args) => {
            messages(&args, async |chat, messages| Ok(chat.delete(messages).await?)).await
        }
        SecretCommand::Key(args) => {
            with_chat(&args, async |_, chat| show::key(&chat, &args.client).await).await
        }
        SecretCommand::List { client: args } => {
            with_client(&args, async |client| list(client, &args).await).await
        }
        SecretCommand::New { phone, wait, client: args } => {
            with_client(&args, async |client| start(client, &phone, Duration::from_secs(wait), &args).await)
                .await
        }
        SecretCommand::Read(args) => {
            messages(&args, async |chat, messages| Ok(chat.read(messages).await?)).await
        }
        SecretCommand::Rekey(args) => {
            with_chat(&args, async |client, chat| rekey(client, &chat, &args.client).await).await
        }
        SecretCommand::Send { chat: args, text, ttl } => {
            let text = if text == "-" { standard_input()? } else { text };
            with_chat(&args, async |_, chat| {
                let sent = chat.send_text(OutgoingText { ttl, ..OutgoingText::new(text) }).await?;
                show::sent(&args.client, sent)
            })
            .await
        }
        SecretCommand::Ttl { chat: args, seconds } => {
            with_chat(&args, async |_, chat| {
                show::sent(&args.client, chat.set_ttl(Duration::from_secs(seconds.into())).await?)
            })
            .await
        }
        SecretCommand::Watch { accept, client: args } => {
            with_client(&args, async |client| watch(client, accept, &args).await).await
        }
    }
}

/// Connects, does the work, and closes the session whatever came of it.
async fn with_client(
    args: &ClientArgs,
    work: impl AsyncFnOnce(&Client) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let client = connect::client(args).await?;
    if !client.is_authorized().await? {
        client.disconnect().await?;
        let session = args.session.display();
        return Err(Failure::usage(format!(
            "nobody is logged in with session {session}: run `chappe login`"
        )));
    }
    // Decide on what is, not on what was when this session was last connected.
    client.catch_up().await?;
    let outcome = work(&client).await;
    client.disconnect().await?;
    outcome
}

async fn with_chat(
    args: &ChatArgs,
    work: impl AsyncFnOnce(&Client, SecretChat) -> Result<(), Failure>,
) -> Result<(), Failure> {
    with_client(&args.client, async |client| {
        let chat = client.secret_chats().get(SecretChatId(args.id)).await?;
        work(client, chat).await
    })
    .await
}

async fn messages(
    args: &MessagesArgs,
    send: impl AsyncFnOnce(&SecretChat, &[RandomId]) -> Result<Sent, Failure>,
) -> Result<(), Failure> {
    let names: Vec<RandomId> = args.messages.iter().copied().map(RandomId).collect();
    with_chat(&args.chat, async |_, chat| show::sent(&args.chat.client, send(&chat, &names).await?)).await
}

async fn list(client: &Client, args: &ClientArgs) -> Result<(), Failure> {
    for chat in client.secret_chats().list().await? {
        show::chat(args, &chat)?;
    }
    Ok(())
}

async fn start(client: &Client, phone: &str, wait: Duration, args: &ClientArgs) -> Result<(), Failure> {
    let user = client.resolve_phone(phone).await.map_err(|error| Failure::from(error).context(phone))?;
    let chat = client.secret_chats().start(&user).await?;
    match tokio::time::timeout(wait, chat.ready()).await {
        Ok(ready) => ready?,
        Err(_) => {
            // The request stays; a later command finds the chat ready.
            return show::chat(args, &chat.info().await?);
        }
    }
    show::key(&chat, args).await
}

async fn rekey(client: &Client, chat: &SecretChat, args: &ClientArgs) -> Result<(), Failure> {
    let mut events = client.secret_events();
    chat.rekey().await?;
    let changed = async {
        while let Some(event) = events.recv().await {
            match event {
                SecretEvent::KeyChanged { chat: changed, fingerprint } if changed == chat.id() => {
                    return show::key_changed(args, fingerprint);
                }
                SecretEvent::ChatClosed { chat: closed, reason, .. } if closed == chat.id() => {
                    return Err(Failure::new(format!("the chat was closed: {reason:?}")));
                }
                _ => {}
            }
        }
        Err(Failure::new("disconnected before the key was exchanged"))
    };
    tokio::time::timeout(REKEY_PATIENCE, changed).await.unwrap_or_else(|_| {
        Err(Failure::new("the other side has not answered yet: the exchange goes on when both are online"))
    })
}

async fn watch(client: &Client, accept: bool, args: &ClientArgs) -> Result<(), Failure> {
    let mut events = client.secret_events();
    if accept {
        for chat in client.secret_chats().list().await? {
            if chat.state == ChatState::Requested {
                client.secret_chats().accept(chat.id).await?;
            }
        }
    }
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        let Some(event) = event else { return Err(Failure::new("the connection is closed")) };
        show::event(args, &event)?;
        if let (SecretEvent::ChatRequested { chat, .. }, true) = (&event, accept) {
            client.secret_chats().accept(*chat).await?;
        }
    }
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    Ok(text)
}
