//! The list of chats.

use chappe::Client;
use futures_util::TryStreamExt;

use crate::common::{person, phone, server};

/// The names of the chats in the list.
async fn names(client: &Client) -> Vec<String> {
    client.dialogs().collect().await.unwrap().iter().map(|dialog| dialog.peer().name()).collect()
}

#[tokio::test]
async fn chats_are_listed_by_their_newest_messages_and_pinned_ones_first() {
    let server = server().await;
    let (alice, _) = person(&server, 641, "Alice").await;
    let (bob, _) = person(&server, 642, "Bob").await;
    let (_carol, _) = person(&server, 643, "Carol").await;
    let to_bob = alice.resolve(&phone(642)).await.unwrap();
    let to_carol = alice.resolve(&phone(643)).await.unwrap();
    let to_alice = bob.resolve(&phone(641)).await.unwrap();
    alice.send(&to_bob, "one").await.unwrap();
    server.advance(std::time::Duration::from_secs(1)).await.unwrap();
    alice.send(&to_carol, "two").await.unwrap();
    // The server's own account writes to whoever logs in.
    let listed = names(&alice).await;
    assert_eq!(
        listed.iter().filter(|name| name.ends_with("Test")).collect::<Vec<_>>(),
        ["Carol Test", "Bob Test"]
    );

    bob.send(&to_alice, "three").await.unwrap();
    bob.send(&to_alice, "four").await.unwrap();
    let dialog = alice.dialog(&to_bob).await.unwrap();
    assert_eq!((dialog.unread_count(), dialog.last_message().unwrap().text()), (2, "four"));
    dialog.last_message().unwrap().mark_read().await.unwrap();
    assert_eq!(alice.dialog(&to_bob).await.unwrap().unread_count(), 0);
    let read = bob.dialog(&to_alice).await.unwrap();
    assert_eq!(read.read_outbox_max_id(), read.last_message().unwrap().id());

    alice.pin_dialog(&to_carol, true).await.unwrap();
    assert_eq!(names(&alice).await[0], "Carol Test");
    assert!(alice.dialog(&to_carol).await.unwrap().is_pinned());
    alice.pin_dialog(&to_bob, true).await.unwrap();
    alice.reorder_pinned_dialogs([to_carol.to_ref(), to_bob.to_ref()]).await.unwrap();
    assert_eq!(names(&alice).await[..2], ["Carol Test", "Bob Test"]);
    assert!(
        alice.dialogs().exclude_pinned().collect().await.unwrap().iter().all(|dialog| !dialog.is_pinned())
    );
    alice.mark_dialog_unread(&to_carol, true).await.unwrap();
    assert!(alice.dialog(&to_carol).await.unwrap().is_marked_unread());

    alice.save_draft(&to_bob, "to be **continued**").markdown().await.unwrap();
    let draft = alice.dialog(&to_bob).await.unwrap().draft().unwrap();
    assert_eq!((draft.text(), draft.formatted().entities.len()), ("to be continued", 1));
    // Nor does a log show what is only thought of.
    let shown = format!("{draft:?} {:?}", alice.dialog(&to_bob).await.unwrap());
    assert!(shown.contains("Draft") && shown.contains("Dialog") && !shown.contains("continued"), "{shown}");
    assert_eq!(alice.drafts().await.unwrap().len(), 1);
    alice.clear_drafts().await.unwrap();
    assert!(alice.drafts().await.unwrap().is_empty());

    alice.pin_dialog(&to_bob, false).await.unwrap();
    alice.delete_history(&to_bob).for_everyone().await.unwrap();
    assert!(!names(&alice).await.contains(&"Bob Test".to_owned()));
    assert!(bob.messages(&to_alice).next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_long_list_comes_page_by_page_and_whole() {
    let server = server().await;
    let (alice, _) = person(&server, 645, "Alice").await;
    for number in 0..120 {
        alice.create_channel(format!("channel {number}"), "").await.unwrap();
    }
    let mut dialogs = alice.dialogs();
    let total = dialogs.total().await.unwrap();
    let all: Vec<_> = dialogs.into_stream().try_collect().await.unwrap();
    assert_eq!(all.len(), total);
    let mut names: Vec<_> = all.iter().map(|dialog| dialog.peer().name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.iter().filter(|name| name.starts_with("channel ")).count(), 120);
    assert_eq!(alice.dialogs().limit(7).collect().await.unwrap().len(), 7);
}
