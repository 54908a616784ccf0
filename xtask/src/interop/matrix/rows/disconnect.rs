//! Broken connections, and connections on which nothing happens.

use std::time::Duration;

use serde_json::{Value, json};

use super::{SOON, username};
use crate::Result;
use crate::interop::matrix::World;
use crate::interop::matrix::client::{Outcome, failed};

/// How long nobody gets through.
const AWAY: Duration = Duration::from_secs(3);
/// How long a client may take to come back: some wait longer after each try.
const RETURN: Duration = Duration::from_secs(40);
/// How long it may take to ask for what it missed.
const CATCH_UP: Duration = Duration::from_secs(8);
/// How long nobody does anything.
const IDLE: Duration = Duration::from_secs(20);
/// Calls that a client may make in that time.
const IDLE_CALLS: u64 = 3;
/// Messages that each client misses.
const MISSED: usize = 3;

/// All clients but one lose their connections while that one writes to them; then it is the turn of that one.
pub(super) fn come_back(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let mut outcomes = cut_off(world, 0, |at| at != 0)?;
    let first = cut_off(world, 1, |at| at == 0)?;
    if let (Some(mine), Some(outcome)) = (outcomes.first_mut(), first.into_iter().next()) {
        *mine = outcome;
    }
    Ok(outcomes)
}

fn missed(at: usize, number: usize) -> String {
    format!("missed by {at}, {number}")
}

fn cut_off(world: &World, writer: usize, is_away: impl Fn(usize) -> bool + Sync) -> Result<Vec<Outcome<()>>> {
    for (_, user) in world.users.iter().enumerate().filter(|(at, _)| is_away(*at)) {
        world.server.cut(*user)?;
    }
    let write = |to: usize, text: String| {
        world.client(writer)?.user("send", json!({ "to": username(to)?, "text": text })).map(drop)
    };
    let written = world.each(|at, _| {
        if is_away(at) { (1..=MISSED).try_for_each(|number| write(at, missed(at, number))) } else { Ok(()) }
    });
    std::thread::sleep(AWAY);
    world.server.heal()?;
    let back = world.together(|at, client| {
        if !is_away(at) {
            return Ok(());
        }
        client.user("me", json!({}))?;
        // Some ask for what they missed only when something new comes.
        std::thread::sleep(CATCH_UP);
        let text = format!("{at} is back");
        write(at, text.clone())?;
        client
            .event("user", &text, RETURN, |event| event["event"] == "new" && event["text"] == text)
            .map(drop)
    });
    Ok(written.into_iter().zip(back).map(|(written, back)| written.and(back)).collect())
}

pub(super) fn catch_up(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let world = &*world;
    Ok(world.together(|at, client| {
        (1..=MISSED).try_for_each(|number| {
            let text = missed(at, number);
            client
                .event("user", &text, SOON, |event| event["event"] == "new" && event["text"] == text)
                .map(drop)
        })
    }))
}

pub(super) fn idle(world: &mut World) -> Result<Vec<Outcome<()>>> {
    let before = world.server.stats()?;
    std::thread::sleep(IDLE);
    let after = world.server.stats()?;
    let calls = |stats: &Value, user: &str| {
        let methods = stats["calls"][user].as_object().cloned().unwrap_or_default();
        methods.values().filter_map(Value::as_u64).sum::<u64>()
    };
    Ok(world.each(|at, _| {
        let user = world.users.get(at).copied().unwrap_or(0).to_string();
        let (old, new) = (&before["open"][&user], &after["open"][&user]);
        if new.as_array().into_iter().flatten().any(|id| !old.as_array().is_some_and(|old| old.contains(id)))
        {
            return failed(format!("connections {old} before, {new} after"));
        }
        let made = calls(&after, &user) - calls(&before, &user);
        if made > IDLE_CALLS {
            return failed(format!("{made} calls; since the beginning: {}", after["calls"][&user]));
        }
        Ok(())
    }))
}
