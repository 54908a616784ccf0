//! The examples do what they say.

#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/echo_bot.rs"]
mod echo_bot;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/file_mirror.rs"]
mod file_mirror;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/secret_file.rs"]
mod secret_file;
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
