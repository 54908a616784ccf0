//! `cargo xtask chat`: the full-screen client in a terminal of tmux, against a server of ours. Alice sits before the
//! screen; Bob uses the other commands.

mod people;
mod svg;
mod tmux;

use std::path::{Path, PathBuf};

use crate::process::{build, built, next_line, start};
use crate::{Result, workspace_root};
use people::{ALICE, BOB, People};
use tmux::Terminal;

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write the screenshots of the README anew, to docs/images
    #[arg(long)]
    screenshots: bool,
}

/// Runs the client by its keys and looks at its screen. Screenshots are in `target/chat`.
///
/// # Errors
/// A tool is missing, or the screen is not as it should be.
pub(crate) fn run(args: &Args) -> Result<()> {
    println!("== chat");
    tmux::install()?;
    build(&[])?;
    let folder = workspace_root().join("target/chat");
    // What an earlier run left is not there any more.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("downloads"))?;
    let key = folder.join("public.pem");
    let (mut server, lines) =
        start("chappe", &["serve", "--test-key", "--print-json", "--public-key", path(&key)?])?;
    let facts: serde_json::Value = serde_json::from_str(&next_line(&lines, &mut server)?)?;
    let address = facts["address"].as_str().ok_or("the server names no address")?;
    let people = People { folder: folder.clone(), address: address.to_owned(), key };
    people.log_in()?;
    let shots = if args.screenshots { workspace_root().join("docs/images") } else { folder.clone() };
    std::fs::create_dir_all(&shots)?;
    let mut screen = Terminal::open(&folder, 96, 24)?;
    talk(&mut screen, &people, &shots)?;
    end(&mut screen, &people)?;
    println!("the screenshots are in {}", shots.display());
    Ok(())
}

fn talk(screen: &mut Terminal, people: &People, shots: &Path) -> Result<()> {
    let files = people.folder.join("downloads");
    screen.shell(&people.command(ALICE, &["chat", "--downloads", path(&files)?]))?;
    screen.wait_for("q quit")?;
    cloud(screen, people)?;
    long_file(screen, people)?;
    declined(screen, people)?;
    secret(screen, people, shots)?;
    sizes(screen)?;
    Ok(())
}

/// A text comes, is answered, and is read on both sides.
fn cloud(screen: &mut Terminal, people: &People) -> Result<()> {
    let hello = people.run(
        BOB,
        &["send", ALICE.phone, "Have you seen the **new line** to Lille?", "--markdown", "--json"],
    )?;
    screen.wait_for("Have you seen")?;
    screen.keys(&["Enter"])?;
    // The whole line: the list has no room for it.
    screen.wait_for("Have you seen the new line to Lille?")?;
    // An answer to the message, with formatting.
    screen.keys(&["Up"])?;
    screen.wait_for("r answer")?;
    screen.keys(&["r"])?;
    screen.wait_for("answers")?;
    screen.text("Yes: 230 km in __nine__ minutes")?;
    screen.keys(&["Enter"])?;
    screen.wait_for("nine minutes")?;
    screen.wait_for("\u{2713}")?;
    let history = people.json(BOB, &["history", ALICE.phone])?;
    let answer = history.iter().find(|message| message["text"] == "Yes: 230 km in nine minutes");
    let answer = answer.ok_or_else(|| format!("the answer has not come: {history:?}"))?;
    let asked: serde_json::Value = serde_json::from_str(&hello)?;
    if answer["reply_to"] != asked["id"] || answer["entities"][0]["kind"] != "italic" {
        return Err(format!("the answer is another one: {answer}").into());
    }
    // Bob has seen it.
    people.read(BOB, ALICE)?;
    screen.wait_for("\u{2713}\u{2713}")?;
    // What a peer writes does not command the terminal.
    people.run(BOB, &["send", ALICE.phone, "red\u{1b}[31m alert\u{7}"])?;
    screen.wait_for("red\u{fffd}[31m alert\u{fffd}")?;
    let file = people.file("bulletin.txt", &"Lille to Paris. ".repeat(4000))?;
    people.run(BOB, &["upload", ALICE.phone, path(&file)?])?;
    screen.wait_for("[document bulletin.txt, 64.0 kB]")?;
    screen.keys(&["Up"])?;
    screen.wait_for("r answer")?;
    screen.keys(&["Enter"])?;
    screen.wait_for("Saved as")?;
    same(&file, &people.folder.join("downloads/bulletin.txt"))?;
    screen.wait_for("r answer")?;
    screen.escape("r answer")
}

/// A file that takes a while has a bar, which goes when it is there.
fn long_file(screen: &mut Terminal, people: &People) -> Result<()> {
    let file = people.file("atlas.txt", &"Paris, Lille, Lyon, Brest. ".repeat(2_400_000))?;
    screen.keys(&["C-f"])?;
    screen.wait_for("Send which file?")?;
    screen.text(path(&file)?)?;
    screen.keys(&["Enter"])?;
    let is_bar = |line: &str| line.contains("\u{2191} atlas.txt") && line.contains(" of 64.8 MB");
    screen.wait_until("there is a bar", |screen| screen.lines().any(is_bar))?;
    screen.wait_for("[document atlas.txt, 64.8 MB]")?;
    screen.wait_until("the bar goes", |screen| !screen.lines().any(is_bar))
}

/// A request is declined by a key, and the other side is told.
fn declined(screen: &mut Terminal, people: &People) -> Result<()> {
    let mut bob = people.begin(BOB, &["secret", "new", ALICE.phone, "--wait", "60", "--json"])?;
    screen.wait_for("asks for a secret chat")?;
    screen.escape("Enter send")?;
    screen.keys(&["Home"])?;
    screen.wait_for("d decline")?;
    screen.keys(&["d"])?;
    if let Ok(key) = bob.end() {
        return Err(format!("the chat was declined, and Bob has a key: {key}").into());
    }
    screen.wait_until("the request is gone", |screen| !screen.contains("asks for a secret chat"))
}

/// A request is accepted by a key in the list; texts with a timer go; files travel in both directions.
fn secret(screen: &mut Terminal, people: &People, shots: &Path) -> Result<()> {
    let mut bob = people.begin(BOB, &["secret", "new", ALICE.phone, "--wait", "60", "--json"])?;
    screen.wait_for("asks for a secret chat")?;
    screen.keys(&["Home"])?;
    screen.wait_for("a accept")?;
    screen.keys(&["a"])?;
    let key = bob.end()?;
    let key: serde_json::Value = serde_json::from_str(&key)?;
    let hex = key["key"].as_str().ok_or("Bob has no key")?.to_owned();
    screen.wait_for("key not compared")?;
    screen.text("Nobody else reads ||this||.")?;
    screen.keys(&["Enter"])?;
    screen.wait_for("\u{2713}")?;
    people.run(BOB, &["secret", "read", ALICE.phone])?;
    people.run(
        BOB,
        &["secret", "send", ALICE.phone, "The cipher of the day is **Montmartre**.", "--markdown"],
    )?;
    screen.wait_for("Montmartre")?;
    screen.wait_for("\u{2713}\u{2713}")?;
    // The same key on both sides, as numbers.
    screen.keys(&["C-k"])?;
    screen.wait_for("You have not compared it yet.")?;
    let shown = screen.capture()?;
    let first: String = hex.chars().take(8).collect();
    let first = [&first[..2], &first[2..4], &first[4..6], &first[6..8]].join(" ");
    if !shown.contains(&first) {
        return Err(format!("the key is not Bob's, which begins with {first}:\n{shown}").into());
    }
    std::fs::write(shots.join("chat-key.svg"), svg::draw(&screen.coloured()?))?;
    screen.keys(&["v"])?;
    screen.wait_for("You have compared it.")?;
    screen.escape("You have compared it.")?;
    let file = people.file("semaphore.txt", &"signal ".repeat(2000))?;
    screen.keys(&["C-f"])?;
    screen.wait_for("Send which file?")?;
    screen.text(path(&file)?)?;
    screen.keys(&["Enter"])?;
    screen.wait_for("[document semaphore.txt, 14.0 kB]")?;
    screen.keys(&["C-t"])?;
    screen.wait_for("Messages go after")?;
    screen.text("1h")?;
    screen.keys(&["Enter"])?;
    screen.wait_for("timer 1:00 h")?;
    people.run(BOB, &["secret", "typing", ALICE.phone])?;
    screen.wait_for("typing\u{2026}")?;
    people.run(BOB, &["secret", "send", ALICE.phone, "This line goes after seven seconds.", "--ttl", "7"])?;
    // It is read as soon as it is shown: the timer runs.
    screen.wait_until("the timer counts down", |screen| {
        (1..6).any(|left| screen.contains(&format!("\u{25d4} {left} s")))
    })?;
    std::fs::write(shots.join("chat.svg"), svg::draw(&screen.coloured()?))?;
    screen.wait_until("the line goes", |screen| !screen.contains("This line goes"))?;
    Ok(())
}

/// The screen follows the terminal.
fn sizes(screen: &mut Terminal) -> Result<()> {
    screen.resize(50, 15)?;
    screen.wait_until("there is only the chat", |screen| {
        screen.contains("key compared") && !screen.contains("# ") && screen.lines().count() <= 15
    })?;
    screen.escape("key compared")?;
    screen.resize(130, 40)?;
    screen.wait_for("key compared")?;
    Ok(())
}

/// The terminal is given back, whatever ends the program.
fn end(screen: &mut Terminal, people: &People) -> Result<()> {
    screen.keys(&["q"])?;
    screen.wait_for("ended with 0")?;
    screen.wait_until("the shell is back", |screen| !screen.contains("Montmartre"))?;
    screen.shell(&people.command(ALICE, &["chat"]))?;
    screen.wait_for("q quit")?;
    screen.terminate("chappe")?;
    screen.wait_until("the shell is back after SIGTERM", |screen| {
        screen.contains("ended with 0") && !screen.contains("q quit")
    })?;
    screen.text("echo $((6*7))")?;
    screen.keys(&["Enter"])?;
    screen.wait_until("the terminal shows what is typed", |screen| {
        screen.contains("echo $((6*7))") && screen.lines().any(|line| line.trim() == "42")
    })?;
    Ok(())
}

fn same(left: &Path, right: &Path) -> Result<()> {
    match std::fs::read(left)? == std::fs::read(right)? {
        true => Ok(()),
        false => Err(format!("{} and {} differ", left.display(), right.display()).into()),
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is no text", path.display()).into())
}

/// The program that is tried.
fn program() -> PathBuf {
    built("chappe")
}
