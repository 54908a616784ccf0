//! `cloud.…`: chats, messages and files that the server keeps.

use std::path::{Path, PathBuf};

use chappe::Peer;
use serde_json::Value;

use super::{Context, Failure, Params, markup};
use crate::cloud::{self, Upload};
use crate::fetch::Destination;
use crate::view;

/// Entries of a list, if nobody says how many.
const LIMIT: usize = 50;

/// The chat that a call is about.
async fn chat(context: &Context, params: &mut Params) -> Result<Peer, Failure> {
    let who: String = params.required("chat")?;
    cloud::find(context.client(), &who).await
}

fn limit(params: &mut Params) -> Result<usize, Failure> {
    Ok(params.optional::<u32>("limit")?.map_or(LIMIT, |limit| limit as usize))
}

pub(super) async fn dialogs(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let mut query = context.client().dialogs().limit(limit(&mut params)?);
    let mut dialogs = Vec::new();
    while let Some(dialog) = query.next().await? {
        dialogs.push(cloud::dialog(&dialog));
    }
    Ok(dialogs.into())
}

pub(super) async fn history(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let (limit, before) = (limit(&mut params)?, params.optional("before")?);
    let search = params.optional("search")?;
    let chat = chat(context, &mut params).await?;
    let messages = cloud::page(context.client(), &chat, limit, before, search).await?;
    Ok(messages.iter().map(view::cloud::message).collect())
}

pub(super) async fn send_text(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let text = markup(&mut params)?.read(params.required("text")?, "text")?;
    if text.text.trim().is_empty() {
        return Err(Failure::field("text", "there is no text to send"));
    }
    let chat = chat(context, &mut params).await?;
    let mut sending = context.client().send(&chat, text);
    if let Some(message) = params.optional("reply_to")? {
        sending = sending.reply_to(message);
    }
    if params.flag("silent")? {
        sending = sending.silent();
    }
    if params.flag("no_webpage")? {
        sending = sending.no_preview();
    }
    Ok(view::cloud::message(&sending.await?))
}

pub(super) async fn send_file(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let progress = context.progress(params.optional("progress")?);
    let path: String = params.required("path")?;
    let upload = Upload {
        // Standard input is where the requests come from: `-` is a file of this name.
        path: if path == "-" { Path::new(".").join(path) } else { path.into() },
        name: params.optional("name")?,
        caption: markup(&mut params)?.read(params.optional("caption")?.unwrap_or_default(), "caption")?,
        document: params.flag("document")?,
        reply_to: params.optional("reply_to")?,
        silent: params.flag("silent")?,
    };
    let chat = chat(context, &mut params).await?;
    Ok(view::cloud::message(&upload.send(context.client(), &chat, progress).await?))
}

pub(super) async fn download(context: &Context, mut params: Params) -> Result<Value, Failure> {
    let destination = Destination {
        path: params.optional::<String>("path")?.map(PathBuf::from),
        overwrite: params.flag("overwrite")?,
    };
    destination.check()?;
    let number = params.required("message")?;
    let progress = context.progress(params.optional("progress")?);
    let chat = chat(context, &mut params).await?;
    let message = cloud::message(context.client(), &chat, number).await?;
    let (path, size) = cloud::fetch(context.client(), &message, destination, progress).await?;
    Ok(view::downloaded(&path, size))
}
