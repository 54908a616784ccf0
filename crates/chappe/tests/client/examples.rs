//! The examples do what they say.

use chappe::secret::OutgoingText;
use chappe::{Client, MemorySession};

use crate::common::{builder, log_in, person, secret, server, soon};

#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/blocking.rs"]
mod blocking;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/echo_bot.rs"]
mod echo_bot;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/file_mirror.rs"]
mod file_mirror;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/qr_login.rs"]
mod qr_login;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/raw_call.rs"]
mod raw_call;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/secret_echo.rs"]
mod secret_echo;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/secret_file.rs"]
mod secret_file;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/session_converter.rs"]
mod session_converter;
#[allow(dead_code, reason = "its names as a program are not used here")]
#[path = "../../examples/userbot.rs"]
mod userbot;

#[tokio::test]
async fn two_people_exchange_a_file() {
    let folder = tempfile::tempdir().unwrap();
    secret_file::exchange(folder.path()).await.unwrap();
    assert!(folder.path().join("copy.txt").exists());
}

#[tokio::test]
async fn two_folders_become_equal() {
    file_mirror::show().await.unwrap();
}

#[tokio::test]
async fn a_bot_says_everything_again() {
    crate::common::soon(echo_bot::talk()).await.unwrap();
}

#[tokio::test]
async fn an_account_greets_by_itself() {
    let server = crate::common::server().await;
    let (alice, _) = crate::common::person(&server, 1001, "Alice").await;
    let (bob, _) = crate::common::person(&server, 1002, "Bob").await;
    let said = userbot::greet(&alice, &bob, &crate::common::phone(1001)).await.unwrap();
    assert_eq!(said, "Is anybody there?\nHello, **Bob Test**\n1 contact(s), 0 unread");
}

#[tokio::test]
async fn a_telephone_logs_a_computer_in() {
    assert_eq!(crate::common::soon(qr_login::log_in()).await.unwrap(), "Alice");
}

#[tokio::test]
async fn calls_are_made_in_every_way() {
    let said = crate::common::soon(raw_call::calls()).await.unwrap();
    assert!(said.starts_with("1 user, \"Alice\", data centre 2, USERNAME_NOT_OCCUPIED: "), "{said}");
}

#[test]
fn session_texts_are_converted() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("vectors/session_strings.json")).unwrap();
    for vector in vectors["computed"].as_array().unwrap() {
        let text = vector["string"].as_str().unwrap();
        let own = session_converter::convert(text, "chappe").unwrap();
        let telethon = session_converter::convert(&own, "telethon");
        let is_name = vector["host"].as_str().is_some_and(|host| host.ends_with("org"));
        assert_eq!(telethon.is_err(), is_name, "{text}");
        let gramjs = session_converter::convert(&own, "gramjs").unwrap();
        let again = session_converter::convert(&gramjs, "gramjs").unwrap();
        assert_eq!(gramjs, again);
    }
    assert!(session_converter::convert("1abc", "chappe").is_err());
    assert!(session_converter::convert("", "nonsense").is_err());
}

#[test]
fn a_script_without_async_talks() {
    assert_eq!(blocking::talk().unwrap(), ["Look into your secret chats.", "At dusk, by the second lamp."]);
}

#[tokio::test]
async fn the_secret_echo_sends_back_text_and_timer() {
    let server = server().await;
    let (alice, _) = person(&server, 1001, "Alice").await;
    let bot: Client =
        builder(&server, MemorySession::new()).accept_policy(secret_echo::ACCEPT).connect().await.unwrap();
    let bot_user = log_in(&bot, 1002, "Echo").await;
    let running = tokio::spawn({
        let bot = bot.clone();
        async move { secret_echo::echo(&bot).await }
    });

    let mut events = alice.secret_events();
    let friend = alice.import_contact(&bot_user.phone.unwrap(), "Echo", "").await.unwrap();
    let chat = soon(alice.secret_chats().start(&friend)).await.unwrap();
    soon(chat.ready()).await.unwrap();
    for (words, ttl) in [("Is anybody there?", 0), ("Burn after reading", 60)] {
        let sent = chat.send_text(OutgoingText { ttl: Some(ttl), ..OutgoingText::new(words) }).await.unwrap();
        let answer = secret::message(&mut events).await;
        let chappe::secret::Content::Text(text) = &answer.content else { panic!("{answer:?}") };
        assert_eq!((text.text.as_str(), answer.ttl, answer.reply_to), (words, ttl, Some(sent.random_id)));
    }
    bot.disconnect().await.unwrap();
    soon(running).await.unwrap().unwrap();
}
