//! Groups, supergroups and channels: each client makes one of its own, and all clients are in each.

use serde_json::{Value, json};

use super::{SOON, username};
use crate::Result;
use crate::interop::matrix::World;
use crate::interop::matrix::client::{Outcome, Trouble, failed};

/// The kinds of chats with many members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Group,
    Supergroup,
    Channel,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

pub(super) fn make_groups(world: &mut World) -> Result<Vec<Outcome<()>>> {
    Ok(make(world, Kind::Group))
}

pub(super) fn make_supergroups(world: &mut World) -> Result<Vec<Outcome<()>>> {
    Ok(make(world, Kind::Supergroup))
}

pub(super) fn make_channels(world: &mut World) -> Result<Vec<Outcome<()>>> {
    Ok(make(world, Kind::Channel))
}

/// Each client makes a chat and adds all others to it.
fn make(world: &mut World, kind: Kind) -> Vec<Outcome<()>> {
    let made = world.each_gives(|at, client| {
        let title = format!("{} of {}", kind.name(), client.name);
        let others: Vec<usize> =
            (1..world.clients.len()).map(|far| (at + far) % world.clients.len()).collect();
        let names = others.iter().map(|other| username(*other)).collect::<Outcome<Vec<_>>>()?;
        let (first, rest) =
            names.split_first().ok_or_else(|| Trouble::Failed("there is nobody else".to_owned()))?;
        let (made, rest) = if kind == Kind::Group {
            (client.user("create_group", json!({ "title": title, "users": [first] }))?, rest)
        } else {
            let broadcast = kind == Kind::Channel;
            (
                client.user("create_channel", json!({ "title": title, "broadcast": broadcast }))?,
                names.as_slice(),
            )
        };
        client.user("add", json!({ "chat": made["chat"], "users": rest }))?;
        made["chat"].as_i64().ok_or_else(|| Trouble::Failed(format!("no chat: {made}")))
    });
    world.chats = made.iter().map(|chat| chat.as_ref().copied().unwrap_or(0)).collect();
    made.into_iter().map(|chat| chat.map(drop)).collect()
}

/// Every client writes into every chat.
pub(super) fn all_write(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|writer, client| {
        for (owner, chat) in world.chats.iter().enumerate() {
            let text = format!("{} writes in {chat} of {owner}", client.name);
            client.user("send", json!({ "to": chat, "text": text }))?;
            all_hear(world, writer, *chat, &text)?;
        }
        Ok(())
    }))
}

/// Every client writes into its own chat; another one may not.
pub(super) fn owners_write(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|writer, client| {
        let chat = world.chats.get(writer).copied().unwrap_or(0);
        let text = format!("{} announces in {chat}", client.name);
        client.user("send", json!({ "to": chat, "text": text }))?;
        all_hear(world, writer, chat, &text)?;
        let other = world.chats.get(world.next(writer)).copied().unwrap_or(0);
        match client.user("send", json!({ "to": other, "text": "I must not" })) {
            Err(_) => Ok(()),
            Ok(sent) => failed(format!("a reader wrote into a channel: {sent}")),
        }
    }))
}

fn all_hear(world: &World, writer: usize, chat: i64, text: &str) -> Outcome<()> {
    for (_, reader) in world.clients.iter().enumerate().filter(|(at, _)| *at != writer) {
        let what = format!("{} hears: {text}", reader.name);
        let heard =
            reader.event("user", &what, SOON, |event| event["event"] == "new" && event["text"] == text)?;
        if heard["chat"].as_i64() != Some(chat) {
            return failed(format!("in another chat: {heard}"));
        }
    }
    Ok(())
}

/// Everybody reads the newest message of the next one's chat.
pub(super) fn all_read(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let owner = world.next(at);
        let chat = world.chats.get(owner).copied().unwrap_or(0);
        let text = format!("for the record {at} in {chat}");
        world.client(owner)?.user("send", json!({ "to": chat, "text": text }))?;
        let read = client.user("history", json!({ "chat": chat, "limit": 2 }))?;
        let texts: Vec<_> =
            read["messages"].as_array().into_iter().flatten().map(|message| &message["text"]).collect();
        if texts.first().and_then(|text| text.as_str()) != Some(&text) {
            return failed(format!("not the newest: {read}"));
        }
        all_hear(world, owner, chat, &text)
    }))
}

/// In its own chat, each client edits and deletes what it wrote.
pub(super) fn edit_and_delete(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let chat = world.chats.get(at).copied().unwrap_or(0);
        let next = world.client(world.next(at))?;
        let (text, mended) =
            (format!("{} errs in {chat}", client.name), format!("{} mends in {chat}", client.name));
        let sent = client.user("send", json!({ "to": chat, "text": text }))?;
        all_hear(world, at, chat, &text)?;
        client.user("edit", json!({ "to": chat, "message": sent["message"], "text": mended }))?;
        let heard =
            next.event("user", &mended, SOON, |event| event["event"] == "edited" && event["text"] == mended)?;
        client.user("delete", json!({ "to": chat, "message": sent["message"] }))?;
        let is_gone = |event: &Value| {
            let gone = event["messages"].as_array();
            event["event"] == "deleted" && gone.is_some_and(|gone| gone.contains(&heard["message"]))
        };
        next.event("user", "the deletion", SOON, is_gone).map(drop)
    }))
}
