//! The example of docs/testing.md, as it stands there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use chappe_server::{Match, Server};

#[tokio::test]
async fn my_bot_answers() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder().test_key().spawn().await?;
    let alice = server.user("alice").await?;
    let bot = server.bot("my_bot").await?;

    // Your bot connects to server.address() with the key server.public_key_pem() and the token bot.bot_token.
    // What goes wrong for it on purpose:
    server.faults().on(Match::method("messages.sendMessage").and_user(bot.user_id)).times(1).flood_wait(3);
    server.send_text(&alice, bot.user_id, "/start").await?;
    // ... wait for its answer, and look at what was said:
    assert_eq!(server.messages().await?[0].text, "/start");

    // What takes a week.
    server.advance(std::time::Duration::from_secs(7 * 24 * 3600)).await?;

    // Another server with the same world: tests that run side by side do not meet.
    let copy = Server::builder().fork(&server.snapshot().await?).spawn().await?;
    assert_eq!(copy.user("alice").await?.user_id, alice.user_id);
    Ok(())
}

#[test]
fn the_page_shows_what_runs_here() {
    let page = include_str!("../../../docs/testing.md");
    let own = include_str!("testing_page.rs");
    let code = own.split("tests\")]\n\n").nth(1).unwrap().split("\n\n#[test]").next().unwrap();
    assert!(page.contains(code), "docs/testing.md has another example than this file");
}
