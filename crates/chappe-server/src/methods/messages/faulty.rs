//! What faults on purpose do to the messages of secret chats, behind the back of who sent them.

use std::sync::Arc;
use std::time::Duration;

use super::send::Sent;
use crate::call::{After, Call};
use crate::faults::Fault;
use crate::methods::errors::Answer;
use crate::store::{self, NewSecretMessage};
use crate::world::World;

/// How long a message waits for the next one, when the two are to change places.
const REORDER: Duration = Duration::from_secs(1);

/// What is to come later.
enum Held {
    Message(NewSecretMessage<'static>, i32),
    /// What waits for the next message.
    All {
        chat_id: i32,
        receiver: i64,
    },
}

/// Delivers a message that a fault meets; `None` if none does.
pub(super) async fn deliver(call: &Call, new: &NewSecretMessage<'_>) -> Answer<Option<Sent>> {
    let (world, date) = (&call.world, call.date());
    // What is sent again because its answer was lost is answered, and met by nothing.
    if call.store().delivered(new).await?.is_some() {
        return Ok(None);
    }
    let Some(fault) = world.faults.for_message(call.method, call.user_id()?, new.chat_id) else {
        return Ok(None);
    };
    if let Some(before) = call.store().note_secret_message(new, date).await? {
        return Ok(Some(before.into()));
    }
    let sent = Sent { date, file_id: new.file_id };
    let (chat_id, sender, receiver) = (new.chat_id, new.sender_auth, new.receiver_auth);
    let mut message = new.clone().into_owned();
    let (mut shown_date, mut copies) = (date, 1);
    match fault {
        Fault::Answer { .. }
        | Fault::Disconnect
        | Fault::SaltChange
        | Fault::TransportError(_)
        | Fault::Unreadable => {}
        Fault::Corrupt => world.faults.corrupt(message.data.to_mut()),
        Fault::Delay(by) => {
            later(world, by, Held::Message(message, date));
            return Ok(Some(sent));
        }
        Fault::Drop | Fault::Silence => copies = 0,
        Fault::Duplicate => copies = 2,
        Fault::ForgeDate(by) => shown_date = date.saturating_add(by),
        Fault::ForgeRead(by) => {
            let at = date.saturating_add(by);
            call.store().put_read_mark(sender, chat_id, at, at).await?;
            call.after(After::Read { device: sender, chat_id, max_date: at, date: at });
        }
        Fault::Reflect => {
            let echo = NewSecretMessage { receiver_auth: sender, ..message.clone() };
            queue(world, &echo, date).await?;
        }
        Fault::Reorder => {
            world.faults.hold(message, date);
            later(world, REORDER, Held::All { chat_id, receiver });
            return Ok(Some(sent));
        }
        Fault::SwapFile => {
            message.file_id = call.store().other_file_of_chat(chat_id, message.file_id).await?;
        }
        Fault::Truncate(bytes) => {
            let len = message.data.len().saturating_sub(bytes);
            message.data.to_mut().truncate(len);
        }
    }
    for _ in 0..copies {
        queue(world, &message, shown_date).await?;
    }
    release(world, chat_id, receiver).await?;
    Ok(Some(sent))
}

/// Delivers what was to come after the next message.
pub(super) async fn release(world: &World, chat_id: i32, receiver: i64) -> store::Result<()> {
    for (message, date) in world.faults.release(chat_id, receiver) {
        queue(world, &message, date).await?;
    }
    Ok(())
}

/// Puts a message into its mailbox, unless its chat has ended.
async fn queue(world: &World, message: &NewSecretMessage<'_>, date: i32) -> store::Result<()> {
    if let Some(qts) = world.store.queue_secret_message(message, date).await? {
        world.tell(vec![After::MessageQueued { device: message.receiver_auth, qts }]);
    }
    Ok(())
}

/// Delivers what is held after this time by the server's clock, if the server still runs then.
fn later(world: &Arc<World>, wait: Duration, held: Held) {
    let shared = Arc::clone(world);
    world.tasks.spawn(async move {
        if !shared.sleep(wait).await {
            return;
        }
        let done = match held {
            Held::Message(message, date) => queue(&shared, &message, date).await,
            Held::All { chat_id, receiver } => release(&shared, chat_id, receiver).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "a secret message that was late could not be delivered");
        }
    });
}
