//! `secret.…`

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use chappe::secret::{OutgoingText, RandomId, SecretChat, SecretChatId, Sent};
use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Context, Failure, Params, markup};
use crate::attachment::{Attachment, Shown};
use crate::fetch::{self, Destination};
use crate::secret::{chat_by_number, wait_until_ready};
use crate::view;

/// The chat that a call is about.
async fn chat(context: &Context, params: &mut Params) -> Result<SecretChat, Failure> {
    chat_by_number(context.client(), number(params)?).await
}

fn number(params: &mut Params) -> Result<SecretChatId, Failure> {
    Ok(SecretChatId(params.required("chat")?))
}

fn names(params: &mut Params) -> Result<Vec<RandomId>, Failure> {
    let messages: Vec<i64> = params.optional("messages")?.unwrap_or_default();
    Ok(messages.into_iter().map(RandomId).collect())
}

fn ttl(params: &mut Params) -> Result<Option<i32>, Failure> {
    match params.optional::<i32>("ttl")? {
        Some(seconds) if seconds < 0 => {
            Err(Failure::field("ttl", "a number of seconds from 0 on is expected"))
        }
        ttl => Ok(ttl),
    }
}

fn took(sent: Sent) -> Value {
    view::sent(sent.random_id, sent.date, sent.left_out)
}

/// How the chat stands, at once or after a while.
async fn settled(chat: &SecretChat, params: &mut Params) -> Result<Value, Failure> {
    if let Some(seconds) = params.optional::<u32>("wait")? {
        wait_until_ready(chat, Duration::from_secs(seconds.into())).await?;
    }
    Ok(view::chat(&chat.info().await?))
}

pub(super) async fn start(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let user: String = params.required("user")?;
    let user = context.person(&user).await?;
    let chat = context.client().secret_chats().start(user).await?;
    settled(&chat, &mut params).await
}

pub(super) async fn accept(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let chat = context.client().secret_chats().accept(number(&mut params)?).await?;
    settled(&chat, &mut params).await
}

pub(super) async fn decline(context: &Context, mut params: Params) -> Result<Value, Failure> {
    context.client().secret_chats().decline(number(&mut params)?).await?;
    Ok(true.into())
}

pub(super) async fn list(context: &Context, _: Params) -> Result<Value, Failure> {
    Ok(context.client().secret_chats().list().await?.iter().map(view::chat).collect())
}

pub(super) async fn get(context: &Context, mut params: Params) -> Result<Value, Failure> {
    Ok(view::chat(&chat(context, &mut params).await?.info().await?))
}

pub(super) async fn forget(context: &Context, mut params: Params) -> Result<Value, Failure> {
    context.client().secret_chats().forget(number(&mut params)?).await?;
    Ok(true.into())
}

pub(super) async fn send_text(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let text = OutgoingText {
        ttl: ttl(&mut params)?,
        silent: params.flag("silent")?,
        no_webpage: params.flag("no_webpage")?,
        reply_to: params.optional("reply_to")?.map(RandomId),
        ..markup(&mut params)?.read(params.required("text")?, "text")?.into()
    };
    Ok(took(chat(context, &mut params).await?.send_text(text).await?))
}

/// What a file of `secret.send_file` or `secret.send_album` is.
fn attachment(params: &mut Params) -> Result<Attachment, Failure> {
    let shown: Option<String> = params.optional("kind")?;
    let shown = shown.map(|kind| Shown::from_str(&kind.replace('_', "-"), false)).transpose();
    Ok(Attachment {
        path: params.required::<String>("path")?.into(),
        caption: markup(params)?.read(params.optional("caption")?.unwrap_or_default(), "caption")?,
        shown: shown.map_err(|error| Failure::field("kind", error))?.unwrap_or_default(),
        name: params.optional("name")?,
        width: params.optional("width")?,
        height: params.optional("height")?,
        duration: params.optional("duration")?.unwrap_or_default(),
        title: params.optional("title")?,
        performer: params.optional("performer")?,
        emoji: params.optional("emoji")?,
        thumbnail: params.optional::<String>("thumbnail")?.map(PathBuf::from),
        ttl: params.optional("ttl")?,
        view_once: params.flag("view_once")?,
        silent: params.flag("silent")?,
        reply_to: params.optional("reply_to")?,
        // Standard input is where the requests come from.
        stdin: false,
    })
}

pub(super) async fn send_file(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let progress = context.progress(params.optional("progress")?);
    let chat = chat(context, &mut params).await?;
    let file = attachment(&mut params)?.prepare(progress)?;
    let sent = chat.send_file(file).await?;
    Ok(view::sent(sent.random_id, sent.date, sent.left_out))
}

pub(super) async fn send_album(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let (described, progress): (Vec<Value>, Option<String>) =
        (params.required("files")?, params.optional("progress")?);
    let known = super::params_of("secret.send_file");
    let mut files = Vec::new();
    for (number, file) in described.into_iter().enumerate() {
        let place = format!("files[{number}]");
        let read = || {
            let mut file = Params::read("a file of an album", known, Some(file), false)?;
            attachment(&mut file)?.prepare(context.progress(progress.clone()))
        };
        files.push(read().map_err(|failure| failure.context(place))?);
    }
    let sent = chat(context, &mut params).await?.send_album(files).await?;
    Ok(sent.iter().map(|sent| view::sent(sent.random_id, sent.date, sent.left_out)).collect())
}

pub(super) async fn send_location(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let (latitude, longitude): (f64, f64) = (params.required("latitude")?, params.required("longitude")?);
    let (title, address) = (params.optional::<String>("title")?, params.optional::<String>("address")?);
    let chat = chat(context, &mut params).await?;
    Ok(took(crate::secret::send_place(&chat, latitude, longitude, title, address).await?))
}

pub(super) async fn send_contact(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let (phone, first): (String, String) = (params.required("phone")?, params.required("first_name")?);
    let last: String = params.optional("last_name")?.unwrap_or_default();
    let user_id: i64 = params.optional("user_id")?.unwrap_or_default();
    Ok(took(chat(context, &mut params).await?.send_contact(phone, first, last, user_id).await?))
}

pub(super) async fn history(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let limit = params.optional::<u32>("limit")?.map(|limit| limit as usize);
    let (before, after) = (params.optional("before")?, params.optional("after")?);
    let search = params.optional("search")?;
    let chat = chat(context, &mut params).await?;
    Ok(crate::secret::history(&chat, limit, before, after, search).await?.iter().map(view::entry).collect())
}

pub(super) async fn open(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let message = RandomId(params.required("message")?);
    Ok(view::entry(&chat(context, &mut params).await?.open(message).await?))
}

/// All histories, into a new file that only its owner may read.
pub(super) async fn export(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let path = PathBuf::from(params.required::<String>("path")?);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let refused = |error| Failure::field("path", format_args!("{}: {error}", path.display()));
    let mut file = std::io::BufWriter::new(options.open(&path).map_err(refused)?);
    let written = context.client().secret_chats().archive().export(&mut file).await?;
    file.flush()?;
    Ok(json!({ "event": "exported", "path": path.display().to_string(), "entries": written }))
}

pub(super) async fn close_restored(context: &Context, _: Params) -> Result<Value, Failure> {
    context.client().secret_chats().close_restored().await?;
    Ok(true.into())
}

pub(super) async fn download(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let destination = Destination {
        path: params.optional::<String>("path")?.map(PathBuf::from),
        overwrite: params.flag("overwrite")?,
    };
    let message = RandomId(params.required("message")?);
    let progress = context.progress(params.optional("progress")?);
    let chat = chat(context, &mut params).await?;
    let (path, size) = fetch::download(&chat, message, destination, progress).await?;
    Ok(view::downloaded(&path, size))
}

pub(super) async fn set_ttl(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let seconds: u32 = params.required("seconds")?;
    let chat = chat(context, &mut params).await?;
    Ok(took(chat.set_ttl(Duration::from_secs(seconds.into())).await?))
}

pub(super) async fn read(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let messages = names(&mut params)?;
    Ok(took(chat(context, &mut params).await?.read(&messages).await?))
}

pub(super) async fn read_history(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let max_date = params.optional("max_date")?.unwrap_or(i32::MAX);
    chat(context, &mut params).await?.read_history(max_date).await?;
    Ok(true.into())
}

pub(super) async fn delete(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let messages = names(&mut params)?;
    Ok(took(chat(context, &mut params).await?.delete(&messages).await?))
}

pub(super) async fn flush(context: &Context, mut params: Params) -> Result<Value, Failure> {
    Ok(took(chat(context, &mut params).await?.flush().await?))
}

pub(super) async fn screenshot_taken(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let messages = names(&mut params)?;
    Ok(took(chat(context, &mut params).await?.screenshot_taken(&messages).await?))
}

pub(super) async fn typing(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let typing = params.optional("typing")?.unwrap_or(true);
    chat(context, &mut params).await?.typing(typing).await?;
    Ok(true.into())
}

pub(super) async fn rekey(context: &Context, mut params: Params) -> Result<Value, Failure> {
    chat(context, &mut params).await?.rekey().await?;
    Ok(true.into())
}

pub(super) async fn key(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let png: Option<String> = params.optional("png")?;
    let chat = chat(context, &mut params).await?;
    let key = chat.key().await?;
    if let Some(path) = png {
        crate::picture::write_png(&key, path.as_ref())?;
    }
    Ok(view::key(chat.id(), &key))
}

pub(super) async fn verify(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let verified = params.optional("verified")?.unwrap_or(true);
    let chat = chat(context, &mut params).await?;
    chat.set_verified(verified).await?;
    Ok(view::chat(&chat.info().await?))
}

pub(super) async fn close(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let chat = chat(context, &mut params).await?;
    if params.flag("delete_history")? {
        chat.close_and_delete().await?;
    } else {
        chat.close().await?;
    }
    Ok(true.into())
}
