//! The history of secret chats, over a real server.
use std::time::Duration;

use crate::common::disk::{contains, gone_from};
use crate::common::secret::{chat, event};
use crate::common::{builder, log_in, person_with, server, soon};
use chappe::history::{Archive, Cursor, HistoryBody, HistoryEntry, MessageState, Notice};
use chappe::secret::{CloseReason, OutgoingText, SecretChat, SecretEvent};
use chappe::session::{MemorySession, Session};
use chappe::{Client, ErrorKind, SecretEvents, SqliteSession};
use chappe_server::{Fault, Match, Server, VirtualClock};

async fn messages(events: &mut SecretEvents, count: usize) {
    for _ in 0..count {
        event(events, |event| matches!(event, SecretEvent::Message(_)).then_some(())).await;
    }
}

/// Two people in a chat.
struct Pair {
    server: Server,
    alice: Client,
    bob: Client,
    ours: SecretChat,
    theirs: SecretChat,
    from_alice: SecretEvents,
    from_bob: SecretEvents,
}

async fn pair(a: impl Session, b: impl Session) -> Pair {
    pair_on(server().await, a, b).await
}

async fn pair_on(server: Server, a: impl Session, b: impl Session) -> Pair {
    let (alice, _) = person_with(&server, a, 301, "Alice").await;
    let (bob, user) = person_with(&server, b, 302, "Bob").await;
    let from_bob = alice.secret_events();
    let (ours, theirs, from_alice) = chat(&alice, &bob, &user).await;
    Pair { server, alice, bob, ours, theirs, from_alice, from_bob }
}

async fn in_memory() -> Pair {
    pair(MemorySession::new(), MemorySession::new()).await
}

fn texts(entries: &[HistoryEntry]) -> Vec<&str> {
    entries.iter().map(HistoryEntry::text).filter(|text| !text.is_empty()).collect()
}

/// Waits until the condition holds of the history.
async fn until(chat: &SecretChat, mut holds: impl FnMut(&[HistoryEntry]) -> bool) -> Vec<HistoryEntry> {
    soon(async {
        loop {
            let entries = chat.history().limit(1000).await.unwrap();
            if holds(&entries) {
                return entries;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

fn state_of(entries: &[HistoryEntry], text: &str) -> Option<MessageState> {
    entries.iter().find(|entry| entry.text() == text).map(|entry| entry.state.clone())
}

#[tokio::test]
async fn what_comes_in_the_second_of_a_reading_is_not_read_by_it() {
    let clock = VirtualClock::new();
    let server = Server::builder().test_key().clock(clock as _).spawn().await.unwrap();
    let mut p = pair_on(server, MemorySession::new(), MemorySession::new()).await;
    for text in ["first", "second"] {
        let sent = soon(p.ours.send_text(text)).await.unwrap();
        messages(&mut p.from_alice, 1).await;
        let entries = p.theirs.history().await.unwrap();
        assert_eq!(state_of(&entries, text), Some(MessageState::Received));
        soon(p.theirs.read_history(sent.date)).await.unwrap();
        until(&p.theirs, |entries| state_of(entries, text) == Some(MessageState::Read)).await;
    }
}

#[tokio::test]
async fn both_sides_keep_what_was_said_with_its_state() {
    let mut p = in_memory().await;
    let first = soon(p.ours.send_text("hello")).await.unwrap();
    messages(&mut p.from_alice, 1).await;
    let reply = OutgoingText { reply_to: Some(first.random_id), ..OutgoingText::new("yes?") };
    soon(p.theirs.send_text(reply)).await.unwrap();
    messages(&mut p.from_bob, 1).await;
    soon(p.theirs.set_ttl(Duration::from_secs(9))).await.unwrap();
    event(&mut p.from_bob, |e| matches!(e, SecretEvent::Action { .. }).then_some(())).await;
    let ours = p.ours.history().await.unwrap();
    assert!(matches!(ours[0].body, HistoryBody::Notice(Notice::Started)));
    assert!((first.date - 60..=first.date + 5).contains(&ours[0].date), "it has a date, too");
    assert_eq!(texts(&ours), ["hello", "yes?"]);
    assert_eq!(state_of(&ours, "hello"), Some(MessageState::Delivered), "the answer acknowledges it");
    assert_eq!(state_of(&ours, "yes?"), Some(MessageState::Received));
    assert_eq!(ours[2].reply_to, Some(first.random_id));
    assert_eq!((ours[1].outgoing, ours[1].date, ours[2].outgoing), (true, first.date, false));
    assert!(matches!(ours[3].body, HistoryBody::Notice(Notice::TtlSet { seconds: 9 })));
    let theirs = p.theirs.history().await.unwrap();
    assert_eq!(texts(&theirs), ["hello", "yes?"]);
    assert_eq!(state_of(&theirs, "yes?"), Some(MessageState::Sent));
    // Reading is told by the server.
    p.theirs.read_history(first.date).await.unwrap();
    assert_eq!(state_of(&p.theirs.history().await.unwrap(), "hello"), Some(MessageState::Read));
    until(&p.ours, |entries| state_of(entries, "hello") == Some(MessageState::Read)).await;
}

#[tokio::test]
async fn pages_are_stable_while_messages_come_and_go() {
    let p = in_memory().await;
    let mut sent = Vec::new();
    for number in 0..25 {
        sent.push(soon(p.ours.send_text(format!("number {number}"))).await.unwrap());
    }
    let newest = p.ours.history().limit(10).await.unwrap();
    assert_eq!(texts(&newest)[0], "number 15");
    soon(p.ours.send_text("a new one")).await.unwrap();
    soon(p.ours.delete(&[sent[12].random_id])).await.unwrap();
    let before = p.ours.history().before(newest[0].cursor).limit(10).await.unwrap();
    assert_eq!(texts(&before)[0], "number 4");
    assert_eq!(*texts(&before).last().unwrap(), "number 14");
    assert!(!texts(&before).contains(&"number 12"));
    let after = p.ours.history().after(newest[9].cursor).await.unwrap();
    assert_eq!(texts(&after), ["a new one"]);
    let between = p.ours.history().after(before[0].cursor).before(newest[0].cursor).limit(3).await.unwrap();
    assert_eq!(texts(&between), ["number 5", "number 6", "number 7"]);
    assert!(p.ours.history().after(Cursor(u64::MAX)).await.unwrap().is_empty());
    assert!(p.ours.history().limit(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn words_are_found_in_any_case_and_script() {
    let p = in_memory().await;
    for text in ["Die STRASSE ist lang", "straßenbahn", "Привет", "nothing"] {
        soon(p.ours.send_text(text)).await.unwrap();
    }
    assert_eq!(texts(&p.ours.history().search("Straße").await.unwrap()).len(), 2);
    assert_eq!(texts(&p.ours.history().search("ПРИВЕТ").await.unwrap()), ["Привет"]);
    assert_eq!(texts(&p.ours.history().search("straße").limit(1).await.unwrap()), ["straßenbahn"]);
    assert!(p.ours.history().search("absent").await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_deleted_flushed_expired_or_closed_is_gone_from_the_disk_of_both() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = async |folder: &tempfile::TempDir| {
        SqliteSession::open(folder.path().join("x.session")).await.unwrap()
    };
    let mut p = pair(open(&a).await, open(&b).await).await;
    let both_have = |text: &str| contains(a.path(), text.as_bytes()) && contains(b.path(), text.as_bytes());
    let say = async |p: &mut Pair, text: &str| {
        let sent = soon(p.ours.send_text(text)).await.unwrap();
        messages(&mut p.from_alice, 1).await;
        assert!(both_have(text), "{text}");
        sent
    };
    let gone = async |text: &str| {
        gone_from(a.path(), text.as_bytes()).await;
        gone_from(b.path(), text.as_bytes()).await;
    };
    let by_us = say(&mut p, "deleted by the one who said it").await;
    soon(p.ours.delete(&[by_us.random_id])).await.unwrap();
    let by_them = say(&mut p, "deleted by the one who heard it").await;
    soon(p.theirs.delete(&[by_them.random_id])).await.unwrap();
    gone("deleted by the one").await;
    say(&mut p, "stays until the flush").await;
    assert_eq!(texts(&p.ours.history().await.unwrap()), ["stays until the flush"]);
    soon(p.theirs.flush()).await.unwrap();
    gone("stays until the flush").await;
    assert!(p.ours.history().await.unwrap().is_empty() && p.theirs.history().await.unwrap().is_empty());
    let timed = OutgoingText { ttl: Some(1), ..OutgoingText::new("gone in a second") };
    let timed = soon(p.ours.send_text(timed)).await.unwrap();
    messages(&mut p.from_alice, 1).await;
    p.theirs.read_history(timed.date).await.unwrap();
    gone("gone in a second").await;
    say(&mut p, "goes with the chat").await;
    soon(p.ours.close_and_delete()).await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::ChatClosed { .. }).then_some(())).await;
    gone("goes with the chat").await;
    assert!(p.ours.history().await.unwrap().is_empty() && p.theirs.history().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_history_goes_also_if_the_chat_has_ended_before_the_word_comes() {
    let folder = tempfile::tempdir().unwrap();
    let session = SqliteSession::open(folder.path().join("x.session")).await.unwrap();
    let mut p = pair(MemorySession::new(), session).await;
    soon(p.ours.send_text("to be forgotten")).await.unwrap();
    messages(&mut p.from_alice, 1).await;
    // A message is refused before the word of the server comes.
    let user = p.bob.me().await.unwrap();
    let (faults, by_bob) = (p.server.faults(), |name: &str| Match::method(name).and_user(user.id));
    faults.on(by_bob("messages.sendEncrypted")).answer(400, "ENCRYPTION_DECLINED");
    faults.on(by_bob("messages.discardEncryption")).apply(Fault::Silence);
    let error = soon(p.theirs.send_text("too late")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretChatClosed, "{error}");
    let ended = event(&mut p.from_alice, |event| match event {
        SecretEvent::ChatClosed { reason, history_deleted, .. } => Some((reason, history_deleted)),
        _ => None,
    })
    .await;
    assert_eq!(ended, (CloseReason::Discarded, false));
    assert!(contains(folder.path(), b"to be forgotten"));
    p.ours.close_and_delete().await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::HistoryCleared { .. }).then_some(())).await;
    assert!(p.theirs.history().await.unwrap().is_empty());
    gone_from(folder.path(), b"to be forgotten").await;
    gone_from(folder.path(), b"too late").await;
}

#[tokio::test]
async fn a_closed_chat_keeps_its_history_until_it_is_forgotten() {
    let mut p = in_memory().await;
    soon(p.ours.send_text("hello")).await.unwrap();
    messages(&mut p.from_alice, 1).await;
    p.ours.close().await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::ChatClosed { .. }).then_some(())).await;
    for (client, chat) in [(&p.alice, &p.ours), (&p.bob, &p.theirs)] {
        let entries = chat.history().await.unwrap();
        assert_eq!(texts(&entries), ["hello"]);
        assert!(matches!(entries.last().unwrap().body, HistoryBody::Notice(Notice::Closed { .. })));
        assert_eq!(client.secret_chats().with_history().await.unwrap(), [chat.id()]);
        client.secret_chats().forget(chat.id()).await.unwrap();
        assert!(chat.history().await.unwrap().is_empty());
        assert!(client.secret_chats().with_history().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_history_outlives_the_process_and_can_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bob.session");
    let mut p =
        pair(MemorySession::new(), SqliteSession::open_encrypted(&path, "open sesame").await.unwrap()).await;
    for number in 0..3 {
        soon(p.ours.send_text(format!("number {number}"))).await.unwrap();
    }
    messages(&mut p.from_alice, 3).await;
    let before = p.theirs.history().await.unwrap();
    p.bob.disconnect().await.unwrap();
    assert_eq!(p.theirs.history().await.unwrap_err().kind(), ErrorKind::Session);
    let archive = SqliteSession::open_read_only(&path, Some("open sesame")).await.unwrap();
    let mut lines = Vec::new();
    let written = Archive::new(archive.clone()).export(&mut lines).await.unwrap();
    archive.close().await.unwrap();
    let lines = String::from_utf8(lines).unwrap();
    assert_eq!(lines.lines().count() as u64, written);
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((last["text"].as_str(), last["state"].as_str()), (Some("number 2"), Some("received")));
    let session = SqliteSession::open_encrypted(&path, "open sesame").await.unwrap();
    let bob = builder(&p.server, session).connect().await.unwrap();
    let chat = bob.secret_chats().get(p.ours.id()).await.unwrap();
    assert_eq!(chat.history().await.unwrap(), before);
    assert_eq!(texts(&chat.history().search("NUMBER 1").await.unwrap()), ["number 1"]);
}

#[tokio::test]
async fn an_older_copy_elsewhere_is_recognised_by_what_the_server_says() {
    let session = MemorySession::new();
    let mut p = pair(MemorySession::new(), session.clone()).await;
    soon(p.ours.send_text("before the copy")).await.unwrap();
    messages(&mut p.from_alice, 1).await;
    let copy = session.fork();
    for number in 0..3 {
        soon(p.ours.send_text(format!("after it {number}"))).await.unwrap();
    }
    messages(&mut p.from_alice, 3).await;
    // The acknowledgement of the queue is on its way.
    tokio::time::sleep(Duration::from_millis(300)).await;
    p.bob.disconnect().await.unwrap();
    let bob = builder(&p.server, copy.clone()).connect().await.unwrap();
    let chat = bob.secret_chats().get(p.ours.id()).await;
    let error = match chat {
        Ok(chat) => soon(chat.send_text("a number for the second time")).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Restored, "{error}");
    assert!(error.to_string().contains("close_restored"));
    // Nothing has gone out, the history is there, and it stays so after a restart.
    let id = p.ours.id();
    let entries = bob.secret_chats().history(id).await.unwrap();
    assert_eq!(texts(&entries), ["before the copy", "a number for the second time"]);
    assert_eq!(state_of(&entries, "a number for the second time"), Some(MessageState::Pending));
    bob.disconnect().await.unwrap();
    let bob = builder(&p.server, copy).connect().await.unwrap();
    assert_eq!(bob.secret_chats().list().await.unwrap_err().kind(), ErrorKind::Restored);
    assert!(p.ours.info().await.unwrap().received_count <= 2, "nothing came from the copy");
    // The chats can be closed; then everything else goes on.
    bob.secret_chats().close_restored().await.unwrap();
    event(&mut p.from_bob, |e| matches!(e, SecretEvent::ChatClosed { .. }).then_some(())).await;
    let entries = bob.secret_chats().history(id).await.unwrap();
    let failed = state_of(&entries, "a number for the second time");
    assert!(matches!(failed, Some(MessageState::Failed { .. })), "{failed:?}");
    soon(bob.catch_up()).await.unwrap();
    assert_eq!(bob.secret_chats().list().await.unwrap().len(), 1);
}

/// That a chat has ended explains what is missing once, not for ever.
#[tokio::test]
async fn an_older_copy_is_recognised_although_another_chat_has_ended() {
    let session = MemorySession::new();
    let mut p = pair(MemorySession::new(), session.clone()).await;
    soon(p.ours.send_text("in the first")).await.unwrap();
    messages(&mut p.from_alice, 1).await;
    p.ours.close().await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::ChatClosed { .. }).then_some(())).await;
    let bob_user = p.bob.me().await.unwrap();
    let (ours, ..) = chat(&p.alice, &p.bob, &bob_user).await;
    // A start that catches up.
    p.bob.disconnect().await.unwrap();
    let bob = builder(&p.server, session.clone()).connect().await.unwrap();
    let mut from_alice = bob.secret_events();
    soon(bob.catch_up()).await.unwrap();
    soon(ours.send_text("before the copy")).await.unwrap();
    messages(&mut from_alice, 1).await;
    let copy = session.fork();
    for number in 0..3 {
        soon(ours.send_text(format!("after it {number}"))).await.unwrap();
    }
    messages(&mut from_alice, 3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bob.disconnect().await.unwrap();
    let bob = builder(&p.server, copy).connect().await.unwrap();
    drop(soon(bob.catch_up()).await);
    assert_eq!(bob.secret_chats().list().await.unwrap_err().kind(), ErrorKind::Restored);
}

#[tokio::test]
async fn a_session_serves_one_client() {
    let session = MemorySession::new();
    let server = server().await;
    let (alice, _) = person_with(&server, session.clone(), 303, "Alice").await;
    let error = soon(builder(&server, session.clone()).connect()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionInUse, "{error}");
    alice.disconnect().await.unwrap();
    let alice = soon(builder(&server, session.clone()).connect()).await.unwrap();
    // Dropped without a farewell.
    drop(alice);
    soon(builder(&server, session).connect()).await.unwrap();
}

#[tokio::test]
async fn what_was_said_can_be_read_after_logging_out_until_somebody_else_logs_in() {
    let session = MemorySession::new();
    let p = pair(session.clone(), MemorySession::new()).await;
    soon(p.ours.send_text("a letter")).await.unwrap();
    soon(p.alice.log_out()).await.unwrap();
    let exported = async || {
        let mut lines = Vec::new();
        Archive::new(session.clone()).export(&mut lines).await.unwrap();
        String::from_utf8(lines).unwrap()
    };
    assert!(exported().await.contains("a letter"));
    assert!(p.alice.secret_chats().list().await.is_err(), "the chats have ended");

    // The same person may come back to it.
    log_in(&p.alice, 301, "Alice").await;
    assert!(p.alice.secret_chats().list().await.unwrap().is_empty());
    assert!(exported().await.contains("a letter"));
    soon(p.alice.log_out()).await.unwrap();

    log_in(&p.alice, 303, "Carol").await;
    assert_eq!(exported().await, "");
}
