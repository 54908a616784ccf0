//! Coming and going.

use serde_json::{Value, json};

use super::{SOON, number, username};
use crate::Result;
use crate::interop::matrix::client::{Outcome, failed};
use crate::interop::matrix::{GRAMMERS, TELETHON, World};

const PASSWORD: &str = "correct horse battery";

fn credentials(at: usize) -> Value {
    let (phone, code) = number(at);
    json!({ "phone": phone, "code": code, "name": "Person" })
}

fn with(mut fields: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
    fields
}

pub(super) fn by_phone(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let logged_in: Vec<Outcome> = (0..world.clients.len())
        .map(|at| {
            let begin = world.beginning(at)?;
            let user = world.client(at)?.user("login", with(begin, credentials(at)))?;
            let name = username(at)?;
            world.client(at)?.user("set_username", json!({ "username": name.trim_start_matches('@') }))?;
            Ok(user["user"].clone())
        })
        .collect();
    world.users =
        logged_in.iter().map(|user| user.as_ref().ok().and_then(Value::as_i64).unwrap_or(0)).collect();
    Ok(logged_in.into_iter().map(|user| user.map(drop)).collect())
}

pub(super) fn set_password(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let set = world.each(|_, client| client.user("set_password", json!({ "password": PASSWORD })).map(drop));
    // So that grammers has something to log in with: Telethon sets the password of its account.
    let telethon = world.client(TELETHON).and_then(|client| {
        client.run("guardian", "login", credentials(GRAMMERS))?;
        client.run("guardian", "set_password", json!({ "password": PASSWORD }))?;
        client.run("guardian", "logout", json!({}))
    });
    if let Err(trouble) = telethon {
        return Err(format!("Telethon cannot set the password of grammers: {trouble:?}").into());
    }
    Ok(set)
}

pub(super) fn with_password(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let try_with = |account: &str, password: &str| {
            let fields = with(credentials(at), json!({ "password": password }));
            client.run(account, "login", with(world.beginning(at)?, fields))
        };
        match try_with("intruder", "a guess") {
            Err(super::super::Trouble::Failed(why)) if is_refusal(&why) => {}
            other => return failed(format!("a wrong password: {other:?}")),
        }
        let second = try_with("second", PASSWORD)?;
        if second["user"].as_i64() != world.users.get(at).copied() {
            return failed(format!("another account: {second}"));
        }
        // One device is enough from here on.
        client.run("second", "logout", json!({})).map(drop)
    }))
}

/// Each library has its own words for `PASSWORD_HASH_INVALID`.
fn is_refusal(why: &str) -> bool {
    let why = why.to_lowercase().replace(['_', ' '], "");
    ["passwordhashinvalid", "invalidpassword", "passwordinvalid", "passwordyou'veenteredisinvalid"]
        .iter()
        .any(|text| why.contains(text))
        || (why.contains("password") && why.contains("invalid"))
}

pub(super) fn as_a_bot(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.each(|at, client| {
        let id = 7_100_000_000 + at as i64;
        let token = json!({ "token": format!("{id}:secret{at}") });
        let bot = client.run("bot", "login_bot", with(world.beginning(at)?, token))?;
        if bot["user"].as_i64() != Some(id) {
            return failed(format!("another account: {bot}"));
        }
        // Somebody else's client writes to it.
        let person = world.client(world.next(at))?;
        let (question, answer) = (format!("question to {id}"), format!("answer of {id}"));
        person.user("send", json!({ "to": format!("@id{id}_bot"), "text": question }))?;
        let heard = client.event("bot", "the question", SOON, |event| event["text"] == question)?;
        client.run(
            "bot",
            "send",
            json!({ "to": heard["from"], "text": answer, "reply_to": heard["message"] }),
        )?;
        let heard = person.event("user", "the answer", SOON, |event| event["text"] == answer)?;
        if heard["from"].as_i64() != Some(id) {
            return failed(format!("the answer is from somebody else: {heard}"));
        }
        Ok(())
    }))
}

pub(super) fn log_out(world: &mut World) -> Result<Vec<Outcome<()>>> {
    Ok(world.each(|_, client| {
        client.user("logout", json!({}))?;
        match client.user("me", json!({})) {
            Err(_) => Ok(()),
            Ok(me) => failed(format!("it still is somebody: {me}")),
        }
    }))
}
