//! Private chats between the clients.

use serde_json::{Value, json};

use super::{SOON, username};
use crate::Result;
use crate::interop::matrix::World;
use crate::interop::matrix::client::{Outcome, failed};

pub(super) fn to_each_other(world: &mut World) -> Result<Vec<Outcome<()>>> {
    Ok(world.each(|from, client| {
        for to in (0..world.clients.len()).filter(|to| *to != from) {
            client.user("send", json!({ "to": username(to)?, "text": greeting(from, to) }))?;
        }
        Ok(())
    }))
}

fn greeting(from: usize, to: usize) -> String {
    format!("from {from} to {to}: žluťoučký 🐎")
}

pub(super) fn from_each_other(world: &mut World) -> Result<Vec<Outcome<()>>> {
    Ok(world.each(|to, client| {
        for from in (0..world.clients.len()).filter(|from| *from != to) {
            let text = greeting(from, to);
            let heard = client
                .event("user", &text, SOON, |event| event["event"] == "new" && event["text"] == text)?;
            let sender = world.users.get(from).copied();
            if heard["from"].as_i64() != sender || heard["chat"].as_i64() != sender {
                return failed(format!("from {sender:?}, but it says {heard}"));
            }
            let again = client.count_events("user", |event| event["event"] == "new" && event["text"] == text);
            if again > 0 {
                return failed(format!("{text}: {again} times too often"));
            }
        }
        Ok(())
    }))
}

/// Sends a text to the next client, which hears of it. Returns the number of the message.
fn write(world: &World, at: usize, text: &str) -> Outcome {
    let next = world.next(at);
    let sent = world.client(at)?.user("send", json!({ "to": username(next)?, "text": text }))?;
    hear(world, next, "new", text)?;
    Ok(sent["message"].clone())
}

/// What the client in column `at` is told of a message with this text.
fn hear(world: &World, at: usize, what: &str, text: &str) -> Outcome {
    let client = world.client(at)?;
    client.event("user", &format!("{what}: {text}"), SOON, |event| {
        event["event"] == what && event["text"] == text
    })
}

pub(super) fn reply(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let next = world.next(at);
        let to = username(next)?;
        let text = format!("{} asks", client.name);
        let sent = client.user("send", json!({ "to": to, "text": text }))?;
        let there = hear(world, next, "new", &text)?;
        let text = format!("{} replies", client.name);
        client.user("send", json!({ "to": to, "text": text, "reply_to": sent["message"] }))?;
        let heard = hear(world, next, "new", &text)?;
        // Each side has its own numbers.
        if heard["reply_to"] != there["message"] {
            return failed(format!("no reply to {}: {heard}", there["message"]));
        }
        Ok(())
    }))
}

pub(super) fn forward(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let next = world.next(at);
        let text = format!("{} passes on", client.name);
        let message = write(world, at, &text)?;
        // To the one after the next.
        let last = world.next(next);
        client.user(
            "forward",
            json!({ "source": username(next)?, "message": message, "to": username(last)? }),
        )?;
        let heard = hear(world, last, "new", &text)?;
        if heard["forwarded"] != true {
            return failed(format!("not forwarded: {heard}"));
        }
        Ok(())
    }))
}

pub(super) fn edit(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let message = write(world, at, &format!("{} errs", client.name))?;
        let text = format!("{} mends", client.name);
        let next = world.next(at);
        client.user("edit", json!({ "to": username(next)?, "message": message, "text": text }))?;
        hear(world, next, "edited", &text).map(drop)
    }))
}

pub(super) fn delete(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let next = world.next(at);
        let to = username(next)?;
        let text = format!("{} regrets", client.name);
        let sent = client.user("send", json!({ "to": to, "text": text }))?;
        let there = hear(world, next, "new", &text)?["message"].clone();
        client.user("delete", json!({ "to": to, "message": sent["message"] }))?;
        let is_gone = |event: &Value| {
            event["event"] == "deleted"
                && event["messages"].as_array().is_some_and(|gone| gone.contains(&there))
        };
        world.client(next)?.event("user", "the deletion", SOON, is_gone).map(drop)
    }))
}

pub(super) fn history(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let text = format!("{} remembers", client.name);
        let message = write(world, at, &text)?;
        let read = client.user("history", json!({ "chat": username(world.next(at))?, "limit": 3 }))?;
        if read["messages"].as_array().map(Vec::len) != Some(3) {
            return failed(format!("not the last three: {read}"));
        }
        let newest = &read["messages"][0];
        if *newest != json!({ "message": message, "text": text }) {
            return failed(format!("the newest is {newest}, not {message}"));
        }
        Ok(())
    }))
}

pub(super) fn dialogs(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let listed = client.user("dialogs", json!({}))?;
        let chats: Vec<i64> =
            listed["chats"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        let missing: Vec<_> = world
            .users
            .iter()
            .enumerate()
            .filter(|(other, user)| *other != at && !chats.contains(user))
            .map(|(_, user)| user)
            .collect();
        if missing.is_empty() { Ok(()) } else { failed(format!("{missing:?} are missing in {chats:?}")) }
    }))
}
