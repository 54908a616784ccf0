//! One reader and writer of lines, from its first line to its end.

use std::io;

use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::context::Context;
use super::events;
use super::limits::{MAX_RUNNING, MAX_RUNNING_OF_BATCH};
use super::lines::{Line, Lines};
use super::message::{self, Entry, Incoming, Request};
use super::methods;
use super::outbox::Outbox;

/// Serves until the input has ended and all calls with it, or the reader has gone away.
pub(super) async fn serve(
    context: &Context,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let context = &context.connection();
    let outbox = context.outbox();
    // Subscribed before the first call, so that nothing that a call causes is missed.
    let announcer = tokio::spawn(events::announce(context.clone(), context.client().observe()));
    let work = async {
        let outcome = answer(context, input, outbox).await;
        announcer.abort();
        // The task is ours and ends now: what it had queued is written, and nothing follows.
        drop(announcer.await);
        outbox.close();
        outcome
    };
    let written = write(outbox, output);
    tokio::pin!(work, written);
    tokio::select! {
        outcome = &mut work => {
            // Whatever waits is written; a reader that has gone away is no error.
            drop(written.await);
            outcome
        }
        // Nobody reads any more.
        _ = &mut written => Ok(()),
    }
}

/// Reads requests and carries them out, many at once. They are begun in the order of their lines.
async fn answer(context: &Context, input: impl AsyncRead + Unpin, outbox: &Outbox) -> io::Result<()> {
    let mut lines = Lines::new(input);
    let mut running = FuturesUnordered::new();
    let mut open = true;
    while open || !running.is_empty() {
        tokio::select! {
            // What is done leaves before more comes in.
            biased;
            Some(response) = running.next() => {
                let response: Option<Value> = response;
                if let Some(response) = response {
                    outbox.respond(response.to_string()).await;
                }
            }
            line = lines.next(), if open && running.len() < MAX_RUNNING => match line? {
                None => open = false,
                Some(Line::TooLong) => outbox.respond(message::too_long().to_string()).await,
                Some(Line::Text(line)) => match message::read(&line) {
                    Incoming::Nothing => {}
                    Incoming::Single(Err(response)) => outbox.respond(response.to_string()).await,
                    incoming => running.push(carry_out(context, incoming)),
                },
            },
        }
    }
    Ok(())
}

async fn carry_out(context: &Context, incoming: Incoming) -> Option<Value> {
    match incoming {
        Incoming::Nothing => None,
        Incoming::Single(entry) => respond(context, entry).await,
        Incoming::Batch(entries) => {
            let responses = stream::iter(entries)
                .map(|entry| respond(context, entry))
                .buffer_unordered(MAX_RUNNING_OF_BATCH)
                .filter_map(std::future::ready);
            let responses: Vec<Value> = responses.collect().await;
            // A batch of notifications alone has no answer.
            (!responses.is_empty()).then_some(Value::Array(responses))
        }
    }
}

async fn respond(context: &Context, entry: Entry) -> Option<Value> {
    let Request { id, method, params } = match entry {
        Ok(request) => request,
        Err(response) => return Some(response),
    };
    let outcome = methods::call(context, &method, params).await;
    if let (None, Err(fault)) = (&id, &outcome) {
        tracing::warn!(method, message = fault.message, "a notification could not be carried out");
    }
    id.map(|id| message::response(&id, outcome))
}

async fn write(outbox: &Outbox, mut output: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(mut line) = outbox.next().await {
        line.push('\n');
        output.write_all(line.as_bytes()).await?;
        output.flush().await?;
    }
    Ok(())
}
