//! Between the model and the world: keys, the client's events, the clock. Everything that waits is done in tasks of its
//! own, which report back as events, so that keys and drawing wait for nothing.

mod cloud;
mod secret;
mod terminal;
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use chappe::Client;
use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use self::terminal::Screen;
use self::worker::Worker;
use super::model::{Command, Event, State};
use super::view::{Look, draw};
use crate::failure::{Failure, Kind};
use crate::interrupt;

/// Most events that are taken before the screen is drawn again.
const BATCH: usize = 256;

/// Shows the chats of a client until the person has had enough.
pub(super) async fn run(client: &Client, downloads: PathBuf) -> Result<(), Failure> {
    let (events, mut inbox) = mpsc::unbounded_channel();
    let mut updates = client.updates();
    let worker = Worker::new(client.clone(), downloads, events);
    let look = look();
    let mut hung_up = std::pin::pin!(interrupt::hung_up()?);
    let mut screen = Screen::enter()?;
    let mut keys = EventStream::new();
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut state = State::default();
    state.handle(Event::Tick(now()));
    state.handle(Event::Connected(true));
    worker.start();
    loop {
        let mut drawn = None;
        screen.0.draw(|frame| drawn = Some(draw(frame, &state, &look)))?;
        let drawn = drawn.unwrap_or_default();
        let mut happened = vec![Event::Drawn(drawn)];
        // What the view found out may ask for something; otherwise wait for the next thing.
        if !apply(&mut state, &worker, happened.drain(..)) {
            return Ok(());
        }
        tokio::select! {
            key = keys.next() => match key {
                Some(Ok(TerminalEvent::Key(key))) => happened.push(Event::Key(key)),
                Some(Ok(TerminalEvent::Paste(text))) => happened.push(Event::Pasted(text)),
                // The next drawing fits the new size.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
            first = inbox.recv() => {
                happened.extend(first);
                while happened.len() < BATCH && let Ok(next) = inbox.try_recv() {
                    happened.push(next);
                }
            }
            update = updates.recv() => match update {
                Some(update) => happened.extend(worker.update(update)?),
                None => return Err(closed()),
            },
            _ = clock.tick() => happened.push(Event::Tick(now())),
            () = &mut hung_up => return Ok(()),
        }
        if !apply(&mut state, &worker, happened) {
            return Ok(());
        }
    }
}

/// Gives events to the model and carries out what it wants; `false` once that is to end.
fn apply(state: &mut State, worker: &Worker, events: impl IntoIterator<Item = Event>) -> bool {
    for event in events {
        for command in state.handle(event) {
            if command == Command::Quit {
                return false;
            }
            worker.execute(command);
        }
    }
    true
}

fn closed() -> Failure {
    Failure::of(Kind::Unreachable, "the connection is closed")
}

fn look() -> Look {
    Look {
        colour: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        zone: jiff::tz::TimeZone::system(),
    }
}

/// Unix seconds.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
