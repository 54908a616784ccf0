//! `chappe secret`: chats by hand, each command a short-lived process on the same session.

mod show;

pub(crate) use show::describe;

use std::io::Read;
use std::time::Duration;

use chappe::history::{Archive, Cursor, HistoryEntry};
use chappe::secret::{
    ChatState, FormattedText, OutgoingText, RandomId, SecretChat, SecretChatId, SecretEvent, Sent,
};
use chappe::session::Session;
use chappe::{Client, ErrorKind};

use crate::attachment::Attachment;
use crate::cli::{ChatArgs, ChatName, ClientArgs, MessagesArgs, SecretCommand, SendFileArgs};
use crate::connect::Opening;
use crate::failure::{Failure, Kind};
use crate::fetch::{self, Destination};
use crate::transfer::Bar;
use crate::{connect, output, people, picture};

/// How long a key exchange may take before `rekey` gives up waiting; it goes on in the background of later commands.
const REKEY_PATIENCE: Duration = Duration::from_secs(60);

/// Does one thing.
pub(crate) async fn run(command: SecretCommand) -> Result<(), Failure> {
    match command {
        SecretCommand::Accept(args) => {
            with_chat(&args, async |client, chat| {
                let chat = client.secret_chats().accept(chat.id()).await?;
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
        SecretCommand::CloseRestored { client: args } => {
            connect::with_client_of(&args, Opening::Restored, async |client| {
                close_restored(client, &args).await
            })
            .await
        }
        SecretCommand::Decline(args) => {
            with_chat(&args, async |client, chat| {
                client.secret_chats().decline(chat.id()).await?;
                show::done(&args.client, "declined")
            })
            .await
        }
        SecretCommand::Delete(args) => {
            messages(&args, async |chat, messages| Ok(chat.delete(messages).await?)).await
        }
        SecretCommand::Download { chat: args, message, path, force } => {
            let destination = Destination { path, overwrite: force };
            with_chat(&args, async |_, chat| {
                let bar = Bar::new(&args.client, message.to_string());
                let (path, size) =
                    fetch::download(&chat, RandomId(message), destination, bar.listener()).await?;
                drop(bar);
                show::downloaded(&args.client, &path, size)
            })
            .await
        }
        SecretCommand::Export { client: args } => export(&args).await,
        SecretCommand::Flush(args) => {
            with_chat(&args, async |_, chat| took(&args.client, chat.flush().await?)).await
        }
        SecretCommand::Forget(args) => {
            with_chat(&args, async |client, chat| {
                client.secret_chats().forget(chat.id()).await?;
                show::done(&args.client, "forgotten")
            })
            .await
        }
        SecretCommand::History { chat: args, limit, before, after, search } => {
            with_chat(&args, async |_, chat| {
                let entries = history(&chat, Some(limit), before, after, search).await?;
                entries.iter().try_for_each(|entry| show::entry(&args.client, entry))
            })
            .await
        }
        SecretCommand::Key { chat: args, png } => {
            with_chat(&args, async |_, chat| {
                if let Some(path) = &png {
                    picture::write_png(&chat.key().await?, path)?;
                }
                show::key(&chat, &args.client).await
            })
            .await
        }
        SecretCommand::List { client: args } => {
            with_client(&args, async |client| list(client, &args).await).await
        }
        SecretCommand::New { user, wait, client: args } => {
            with_client(&args, async |client| start(client, &user, Duration::from_secs(wait), &args).await)
                .await
        }
        SecretCommand::Open { chat: args, message } => {
            with_chat(&args, async |_, chat| show::entry(&args.client, &chat.open(RandomId(message)).await?))
                .await
        }
        SecretCommand::Read { chat: args, messages } if messages.is_empty() => {
            with_chat(&args, async |_, chat| {
                chat.read_history(i32::MAX).await?;
                show::told(&args.client, "read")
            })
            .await
        }
        SecretCommand::Read { chat, messages: names } => {
            let args = MessagesArgs { chat, messages: names };
            messages(&args, async |chat, messages| Ok(chat.read(messages).await?)).await
        }
        SecretCommand::Rekey(args) => {
            with_chat(&args, async |client, chat| rekey(client, &chat, &args.client).await).await
        }
        SecretCommand::Screenshot { chat, messages: names } => {
            let args = MessagesArgs { chat, messages: names };
            messages(&args, async |chat, messages| Ok(chat.screenshot_taken(messages).await?)).await
        }
        SecretCommand::Send { chat: args, text, ttl, silent, reply, no_preview, markup } => {
            let text = if text == "-" { standard_input()? } else { text };
            let text = OutgoingText {
                ttl,
                silent,
                reply_to: reply.map(RandomId),
                no_webpage: no_preview,
                ..markup.markup().read(text, "text")?.into()
            };
            with_chat(&args, async |_, chat| took(&args.client, chat.send_text(text).await?)).await
        }
        SecretCommand::SendContact { chat: args, phone, first_name, last_name } => {
            with_chat(&args, async |_, chat| {
                took(&args.client, chat.send_contact(phone, first_name, last_name, 0).await?)
            })
            .await
        }
        SecretCommand::SendFile(args) => send_file(*args).await,
        SecretCommand::SendLocation { chat: args, latitude, longitude, title, address } => {
            with_chat(&args, async |_, chat| {
                took(&args.client, send_place(&chat, latitude, longitude, title, address).await?)
            })
            .await
        }
        SecretCommand::Ttl { chat: args, seconds } => {
            with_chat(&args, async |_, chat| {
                took(&args.client, chat.set_ttl(Duration::from_secs(seconds.into())).await?)
            })
            .await
        }
        SecretCommand::Typing { chat: args, stop } => {
            with_chat(&args, async |_, chat| {
                chat.typing(!stop).await?;
                show::told(&args.client, if stop { "stopped" } else { "typing" })
            })
            .await
        }
        SecretCommand::Verify { chat: args, undo } => {
            with_chat(&args, async |_, chat| {
                chat.set_verified(!undo).await?;
                show::chat(&args.client, &chat.info().await?)
            })
            .await
        }
        SecretCommand::Watch { accept, client: args } => {
            match with_client(&args, async |client| watch(client, accept, &args).await).await {
                // That is how it ends.
                Err(failure) if failure.kind() == Kind::Interrupted => Ok(()),
                outcome => outcome,
            }
        }
    }
}

/// Connects somebody who is logged in, and does the work.
async fn with_client(
    args: &ClientArgs,
    work: impl AsyncFnOnce(&Client) -> Result<(), Failure>,
) -> Result<(), Failure> {
    connect::with_authorized(args, async |client| {
        // Decide on what is, not on what was when this session was last connected.
        client.catch_up().await?;
        work(client).await
    })
    .await
}

/// A chat of this session.
pub(crate) async fn chat_by_number(client: &Client, id: SecretChatId) -> Result<SecretChat, Failure> {
    client.secret_chats().get(id).await.map_err(|error| match error.kind() {
        ErrorKind::Argument => Failure::from(error).with_kind(Kind::Chat),
        _ => error.into(),
    })
}

/// A chat by its number, or the latest one with somebody.
async fn chat_by_name(client: &Client, name: &ChatName) -> Result<SecretChat, Failure> {
    let who = match name {
        ChatName::Number(number) => return chat_by_number(client, SecretChatId(*number)).await,
        ChatName::With(who) => who,
    };
    let user = people::find(client, who).await?;
    let chats = client.secret_chats().list().await?;
    let open = chats.iter().filter(|chat| chat.user_id == user.id && chat.state != ChatState::Discarded);
    let latest = open.max_by_key(|chat| (chat.state == ChatState::Ready, chat.date)).ok_or_else(|| {
        Failure::of(
            Kind::Chat,
            format!("there is no secret chat with {who}: start one by `chappe secret new {who}`"),
        )
    })?;
    chat_by_number(client, latest.id).await
}

/// A part of what was said.
pub(crate) async fn history(
    chat: &SecretChat,
    limit: Option<usize>,
    before: Option<u64>,
    after: Option<u64>,
    search: Option<String>,
) -> Result<Vec<HistoryEntry>, Failure> {
    let mut query = chat.history();
    if let Some(limit) = limit {
        query = query.limit(limit);
    }
    if let Some(place) = before {
        query = query.before(Cursor(place));
    }
    if let Some(place) = after {
        query = query.after(Cursor(place));
    }
    if let Some(text) = search {
        query = query.search(text);
    }
    Ok(query.await?)
}

/// Waits until messages can be sent.
pub(crate) async fn wait_until_ready(chat: &SecretChat, wait: Duration) -> Result<(), Failure> {
    match tokio::time::timeout(wait, chat.ready()).await {
        Ok(ready) => Ok(ready?),
        Err(_) => Err(Failure::of(
            Kind::TimedOut,
            format!("secret chat {}: the other side has not answered yet; the request stays", chat.id()),
        )),
    }
}

async fn with_chat(
    args: &ChatArgs,
    work: impl AsyncFnOnce(&Client, SecretChat) -> Result<(), Failure>,
) -> Result<(), Failure> {
    with_client(&args.client, async |client| {
        let chat = chat_by_name(client, &args.chat).await?;
        work(client, chat).await
    })
    .await
}

async fn messages(
    args: &MessagesArgs,
    send: impl AsyncFnOnce(&SecretChat, &[RandomId]) -> Result<Sent, Failure>,
) -> Result<(), Failure> {
    let names: Vec<RandomId> = args.messages.iter().copied().map(RandomId).collect();
    with_chat(&args.chat, async |_, chat| took(&args.chat.client, send(&chat, &names).await?)).await
}

fn took(args: &ClientArgs, sent: Sent) -> Result<(), Failure> {
    show::sent(args, sent.random_id, sent.date, sent.left_out)
}

async fn send_file(args: SendFileArgs) -> Result<(), Failure> {
    let client = &args.chat.client;
    let first = Attachment {
        caption: args.markup.markup().read(args.caption.unwrap_or_default(), "caption")?,
        shown: args.kind,
        name: args.name,
        width: args.width,
        height: args.height,
        duration: args.duration,
        title: args.title,
        performer: args.performer,
        emoji: args.emoji,
        thumbnail: args.thumbnail,
        ttl: args.ttl,
        view_once: args.view_once,
        silent: args.silent,
        reply_to: args.reply,
        ..Attachment::default()
    };
    let mut bars = Vec::new();
    let mut files = Vec::new();
    let mut stdin_taken = false;
    for (number, path) in args.files.into_iter().enumerate() {
        let bar = Bar::new(client, path.display().to_string());
        let stdin = path.as_os_str() == "-";
        if stdin && std::mem::replace(&mut stdin_taken, true) {
            return Err(Failure::usage("standard input can be sent once"));
        }
        let mut attachment = Attachment { path, stdin, ..first.clone() };
        if number > 0 {
            attachment.caption = FormattedText::default();
        }
        files.push(attachment.prepare(bar.listener())?);
        bars.push(bar);
    }
    with_chat(&args.chat, async |_, chat| {
        let sent = match files.len() {
            1 => match files.pop() {
                Some(file) => vec![chat.send_file(file).await?],
                None => Vec::new(),
            },
            _ => chat.send_album(files).await?,
        };
        drop(bars);
        sent.iter().try_for_each(|sent| show::sent(client, sent.random_id, sent.date, sent.left_out))
    })
    .await
}

/// A place, with a name if it has one.
pub(crate) async fn send_place(
    chat: &SecretChat,
    latitude: f64,
    longitude: f64,
    title: Option<String>,
    address: Option<String>,
) -> Result<Sent, Failure> {
    Ok(match (title, address) {
        (None, None) => chat.send_location(latitude, longitude).await?,
        (title, address) => {
            let (title, address) = (title.unwrap_or_default(), address.unwrap_or_default());
            chat.send_venue(latitude, longitude, title, address).await?
        }
    })
}

/// Everything that was said, from a session that nobody uses.
async fn export(args: &ClientArgs) -> Result<(), Failure> {
    let session = connect::session(args, Opening::Read).await?;
    let written = Archive::new(session.clone()).export(&mut std::io::stdout()).await;
    let damaged = session.damaged_count();
    session.close().await?;
    written?;
    match damaged {
        0 => Ok(()),
        // What could be read is printed, and the rest must not go unnoticed.
        count => Err(Failure::of(Kind::Session, format!("{count} records are damaged and were left out"))),
    }
}

/// Ends the chats of an older copy, whoever has noticed that it is one.
async fn close_restored(client: &Client, args: &ClientArgs) -> Result<(), Failure> {
    let noticed = match client.catch_up().await {
        Err(error) if error.kind() == ErrorKind::Restored => client.secret_chats().close_restored().await,
        caught_up => caught_up,
    };
    noticed?;
    list(client, args).await
}

async fn list(client: &Client, args: &ClientArgs) -> Result<(), Failure> {
    for chat in client.secret_chats().list().await? {
        show::chat(args, &chat)?;
    }
    Ok(())
}

async fn start(client: &Client, user: &str, wait: Duration, args: &ClientArgs) -> Result<(), Failure> {
    let user = people::find(client, user).await?;
    let chat = client.secret_chats().start(user).await?;
    match wait_until_ready(&chat, wait).await {
        // The request stays; a later command finds the chat ready.
        Err(failure) if failure.kind() == Kind::TimedOut && wait.is_zero() => {
            show::chat(args, &chat.info().await?)
        }
        Err(failure) => Err(failure),
        Ok(()) => show::key(&chat, args).await,
    }
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
                    return Err(Failure::of(Kind::Chat, format!("the chat was closed: {reason:?}")));
                }
                _ => {}
            }
        }
        Err(Failure::of(Kind::Unreachable, "disconnected before the key was exchanged"))
    };
    tokio::time::timeout(REKEY_PATIENCE, changed).await.unwrap_or_else(|_| {
        let message = "the other side has not answered yet: the exchange goes on when both are online";
        Err(Failure::of(Kind::TimedOut, message))
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
        let event = events.recv().await;
        let event = event.ok_or_else(|| Failure::of(Kind::Unreachable, "the connection is closed"))?;
        show::event(args, &event)?;
        if let (SecretEvent::ChatRequested { chat, .. }, true) = (&event, accept) {
            // It may be one of those above, or be over already.
            let chat = chat_by_number(client, *chat).await?;
            if chat.info().await?.state == ChatState::Requested {
                client.secret_chats().accept(chat.id()).await?;
            }
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
