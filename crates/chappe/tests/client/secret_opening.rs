//! Opening media and reading texts: when timers start on each side, and that nothing is left on the disk when they end.
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::common::disk::{contains, gone_from};
use crate::common::secret::{chat, event, message, pair};
use crate::common::{builder, person_with, server, soon};
use chappe::history::{HistoryEntry, MessageState};
use chappe::secret::{
    OutgoingFile, OutgoingText, RandomId, RemoteFile, SecretChat, SecretEvent, Unavailable,
};
use chappe::{Client, ErrorKind, SecretEvents, SqliteSession};
use chappe_crypto::Now;
use chappe_server::{Clock, Match, Server, SystemClock};

/// Two people whose sessions are on disk.
struct Pair {
    server: Server,
    /// Only so that the folders stay.
    folders: [tempfile::TempDir; 2],
    alice: Client,
    bob: Client,
    ours: SecretChat,
    theirs: SecretChat,
    from_alice: SecretEvents,
    from_bob: SecretEvents,
}

impl Pair {
    async fn new() -> Self {
        let server = server().await;
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let (alice, _) = person_with(&server, session(folders[0].path()).await, 401, "Alice").await;
        let (bob, user) = person_with(&server, session(folders[1].path()).await, 402, "Bob").await;
        let from_bob = alice.secret_events();
        let (ours, theirs, from_alice) = chat(&alice, &bob, &user).await;
        Self { server, folders, alice, bob, ours, theirs, from_alice, from_bob }
    }

    fn both_have(&self, bytes: &[u8]) -> bool {
        self.folders.iter().all(|folder| contains(folder.path(), bytes))
    }

    async fn both_lose(&self, bytes: &[u8]) {
        for folder in &self.folders {
            gone_from(folder.path(), bytes).await;
        }
    }

    /// What the message and its file leave on a disk.
    async fn both_lose_media(&self, caption: &str, file: &RemoteFile) {
        self.both_lose(caption.as_bytes()).await;
        self.both_lose(&file.key.key).await;
        self.both_lose(&file.key.iv).await;
        self.both_lose(&file.file.id.to_le_bytes()).await;
    }

    /// Sends a picture with this caption.
    async fn send(&mut self, file: OutgoingFile, caption: &str) -> (RandomId, RemoteFile) {
        let file = file.photo(640, 480).caption(caption);
        let sent = soon(self.ours.send_file(file)).await.unwrap();
        assert_eq!(message(&mut self.from_alice).await.random_id, sent.random_id);
        let remote = sent.file.unwrap();
        assert!(
            self.both_have(caption.as_bytes())
                && self.both_have(&remote.key.key)
                && self.both_have(&remote.file.id.to_le_bytes())
        );
        (sent.random_id, remote)
    }
}

async fn session(folder: &Path) -> SqliteSession {
    SqliteSession::open(folder.join("x.session")).await.unwrap()
}

async fn find(chat: &SecretChat, id: RandomId) -> Option<HistoryEntry> {
    chat.history().await.unwrap().into_iter().find(|entry| entry.random_id == id)
}

async fn entry(chat: &SecretChat, id: RandomId) -> HistoryEntry {
    find(chat, id).await.expect("the message is not in the history")
}

/// Whether it is this file: everybody has an access hash of his own for it.
fn is_file(entry: &HistoryEntry, remote: &RemoteFile) -> bool {
    entry.remote_file().is_some_and(|file| (file.file.id, &file.key) == (remote.file.id, &remote.key))
}

fn why_no_file(entry: &HistoryEntry) -> Option<Unavailable> {
    entry.media_file().unwrap().remote.as_ref().err().cloned()
}

fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64
}

/// When the timer of the message ends, from the event that tells its start.
async fn started(events: &mut SecretEvents, id: RandomId) -> i64 {
    event(events, |event| match event {
        SecretEvent::TimerStarted { random_id, expires_at, .. } if random_id == id => Some(expires_at),
        _ => None,
    })
    .await
}

async fn expired(events: &mut SecretEvents, id: RandomId) {
    event(events, |event| match event {
        SecretEvent::Expired { random_ids, .. } => random_ids.contains(&id).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn media_with_a_short_timer_count_from_their_opening_on_both_sides() {
    let mut p = Pair::new().await;
    let file = OutgoingFile::new(b"the picture".to_vec()).ttl(Duration::from_secs(3));
    let (id, remote) = p.send(file, "a caption with a timer").await;
    // Before: the sender can fetch it, the receiver has to open it.
    let (own, received) = (entry(&p.ours, id).await, entry(&p.theirs, id).await);
    assert_eq!((own.state, own.expires_at, own.ttl), (MessageState::Sent, None, 3));
    assert_eq!((&received.state, received.expires_at), (&MessageState::Received, None));
    assert!(received.opens() && !received.outgoing);
    assert_eq!(why_no_file(&received), Some(Unavailable::Unopened));
    // Reading the chat opens nothing.
    p.theirs.read_history(received.date).await.unwrap();
    event(&mut p.from_bob, |e| matches!(e, SecretEvent::Read { .. }).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    for chat in [&p.ours, &p.theirs] {
        assert_eq!(entry(chat, id).await.expires_at, None);
    }
    assert_eq!(entry(&p.theirs, id).await.state, MessageState::Received);

    let before = now();
    let opened = soon(p.theirs.open(id)).await.unwrap();
    let after = now();
    assert!(is_file(&opened, &remote));
    let download = p.bob.secret_chats().download(opened.remote_file().unwrap().clone());
    assert_eq!(soon(download.to_vec()).await.unwrap(), b"the picture");
    let theirs = started(&mut p.from_alice, id).await;
    assert!((before + 3..=after + 3).contains(&theirs), "{before} {theirs} {after}");
    let ours = started(&mut p.from_bob, id).await;
    assert!((before + 3..=now() + 3).contains(&ours), "{before} {ours}");
    let (own, received) = (entry(&p.ours, id).await, entry(&p.theirs, id).await);
    assert_eq!((own.state, own.expires_at), (MessageState::Read, Some(ours)));
    assert_eq!((received.state, received.expires_at), (MessageState::Read, Some(theirs)));
    // While its time runs it is there, but it is not opened anew.
    assert_eq!(soon(p.theirs.open(id)).await.unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(entry(&p.theirs, id).await.expires_at, Some(theirs));

    expired(&mut p.from_alice, id).await;
    assert!(now() >= theirs);
    expired(&mut p.from_bob, id).await;
    assert!(now() >= ours);
    assert_eq!((find(&p.ours, id).await, find(&p.theirs, id).await), (None, None));
    assert_eq!(soon(p.theirs.open(id)).await.unwrap_err().kind(), ErrorKind::Argument);
    p.both_lose_media("a caption with a timer", &remote).await;
}

#[tokio::test]
async fn media_to_be_viewed_once_are_opened_once_and_gone() {
    let mut p = Pair::new().await;
    let file = OutgoingFile::new(b"seen once".to_vec()).view_once();
    let (id, remote) = p.send(file, "a caption for one look").await;
    assert_eq!(why_no_file(&entry(&p.theirs, id).await), Some(Unavailable::Unopened));
    // Of two that open it at once, one gets it.
    let (first, second) = soon(async { tokio::join!(p.theirs.open(id), p.theirs.open(id)) }).await;
    let opened: Vec<_> = [first, second].into_iter().filter_map(Result::ok).collect();
    assert_eq!(opened.len(), 1);
    // The last copy is good for the file.
    let download = p.bob.secret_chats().download(opened[0].remote_file().unwrap().clone());
    assert_eq!(soon(download.to_vec()).await.unwrap(), b"seen once");
    assert_eq!(find(&p.theirs, id).await, None);
    let error = soon(p.theirs.open(id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    expired(&mut p.from_bob, id).await;
    assert_eq!(find(&p.ours, id).await, None);
    p.both_lose_media("a caption for one look", &remote).await;
}

#[tokio::test]
async fn a_broken_download_of_what_was_seen_once_leaves_nothing() {
    const LEN: usize = 5 << 20;
    let mut p = Pair::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("look");
    for given_up in [false, true] {
        let (id, _) = p.send(OutgoingFile::new(vec![7; LEN]).view_once(), "another look").await;
        let opened = soon(p.theirs.open(id)).await.unwrap();
        let (tell, mut told) = tokio::sync::watch::channel(0);
        let download = p.theirs.download_entry(&opened).unwrap().progress(move |progress| {
            tell.send_replace(progress.done);
        });
        if given_up {
            tokio::select! {
                result = download.to_path(&path) => panic!("{result:?}"),
                _ = told.wait_for(|done| *done > 0) => {}
            }
        } else {
            let faults = p.server.faults();
            let broken = faults.on(Match::method("upload.getFile")).after(2).answer(400, "FILE_ID_INVALID");
            let error = soon(download.to_path(&path)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Rpc, "{error}");
            assert!(*told.borrow_and_update() > 0, "something was there");
            assert!(broken.remove());
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn other_messages_with_a_timer_count_from_the_reading() {
    let mut p = Pair::new().await;
    let text = OutgoingText { ttl: Some(2), ..OutgoingText::new("a text with a timer") };
    let text = soon(p.ours.send_text(text)).await.unwrap();
    message(&mut p.from_alice).await;
    // Beyond a minute media count from the reading, too.
    let file = OutgoingFile::new(b"a minute and more".to_vec()).ttl(Duration::from_secs(61));
    let (photo, _) = p.send(file, "longer than a minute").await;
    let received = entry(&p.theirs, photo).await;
    assert!(!received.opens() && received.remote_file().is_some());
    // Opening it is looking at it, and may be done again.
    assert_eq!(soon(p.theirs.open(photo)).await.unwrap(), received);
    assert_eq!(soon(p.theirs.open(photo)).await.unwrap(), received);
    assert_eq!(entry(&p.theirs, photo).await.expires_at, None);

    let before = now();
    p.theirs.read_history(received.date).await.unwrap();
    for id in [text.random_id, photo] {
        let ttl = entry(&p.theirs, id).await.ttl;
        let expires_at = started(&mut p.from_alice, id).await;
        assert!((before..=now()).contains(&(expires_at - i64::from(ttl))), "{before} {expires_at}");
    }
    let read = event(&mut p.from_bob, |event| match event {
        SecretEvent::Read { date, .. } => Some(i64::from(date)),
        _ => None,
    })
    .await;
    // The sender counts from the date of the server's word.
    assert_eq!(started(&mut p.from_bob, text.random_id).await, read + 2);
    assert_eq!(started(&mut p.from_bob, photo).await, read + 61);
    expired(&mut p.from_alice, text.random_id).await;
    expired(&mut p.from_bob, text.random_id).await;
    p.both_lose(b"a text with a timer").await;
    assert!(p.both_have(b"longer than a minute"));
}

/// A clock that is an hour late.
#[derive(Debug)]
struct Late(SystemClock);

impl Clock for Late {
    fn now(&self) -> Now {
        let now = self.0.now();
        Now { unix: now.unix.saturating_sub(Duration::from_secs(3600)), ..now }
    }
}

#[tokio::test]
async fn a_timer_runs_for_its_time_where_the_clock_is_ahead_of_the_servers() {
    let clock = Arc::new(Late(SystemClock::new()));
    let server = Server::builder().test_key().clock(clock).spawn().await.unwrap();
    let (alice, bob, user) = pair(&server).await;
    let mut from_bob = alice.secret_events();
    let (ours, theirs, mut from_alice) = chat(&alice, &bob, &user).await;
    let text = OutgoingText { ttl: Some(1800), ..OutgoingText::new("half an hour") };
    let sent = soon(ours.send_text(text)).await.unwrap();
    message(&mut from_alice).await;
    let before = now();
    theirs.read_history(i32::MAX).await.unwrap();
    let expires_at = started(&mut from_bob, sent.random_id).await;
    assert!((before - 5..=now() + 5).contains(&(expires_at - 1800)), "{before} {expires_at}");
    assert_eq!(entry(&ours, sent.random_id).await.text(), "half an hour");
}

#[tokio::test]
async fn time_passes_while_nobody_runs() {
    let mut p = Pair::new().await;
    let file = OutgoingFile::new(b"the picture".to_vec()).ttl(Duration::from_secs(1));
    let (id, remote) = p.send(file, "over when we come back").await;
    let second = OutgoingFile::new(b"unopened".to_vec()).ttl(Duration::from_secs(1));
    let (unopened, _) = p.send(second, "never looked at").await;
    p.alice.disconnect().await.unwrap();
    soon(p.theirs.open(id)).await.unwrap();
    p.bob.disconnect().await.unwrap();
    assert!(contains(p.folders[0].path(), &remote.key.key), "the sender does not know of it yet");
    tokio::time::sleep(Duration::from_millis(1500)).await;

    let bob = builder(&p.server, session(p.folders[1].path()).await).connect().await.unwrap();
    let theirs = bob.secret_chats().get(p.ours.id()).await.unwrap();
    assert_eq!(find(&theirs, id).await, None, "it is not even shown for a moment");
    assert_eq!(why_no_file(&entry(&theirs, unopened).await), Some(Unavailable::Unopened));
    let alice = builder(&p.server, session(p.folders[0].path()).await).connect().await.unwrap();
    let ours = alice.secret_chats().get(p.ours.id()).await.unwrap();
    soon(async {
        while find(&ours, id).await.is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert!(entry(&ours, unopened).await.remote_file().is_some());
    p.both_lose_media("over when we come back", &remote).await;
    assert!(p.both_have(b"never looked at"));
}

#[tokio::test]
async fn media_in_an_ended_chat_can_still_be_opened_once() {
    let mut p = Pair::new().await;
    let (id, remote) = p.send(OutgoingFile::new(b"late".to_vec()).view_once(), "opened after the end").await;
    p.ours.close().await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::ChatClosed { .. }).then_some(())).await;
    let opened = soon(p.theirs.open(id)).await.unwrap();
    assert!(is_file(&opened, &remote));
    assert_eq!(soon(p.theirs.open(id)).await.unwrap_err().kind(), ErrorKind::Argument);
    gone_from(p.folders[1].path(), b"opened after the end").await;
    gone_from(p.folders[1].path(), &remote.key.key).await;
}

#[tokio::test]
async fn media_entries_follow_their_message_and_go_with_it() {
    let mut p = Pair::new().await;
    let (id, remote) = p.send(OutgoingFile::new(b"kept".to_vec()), "a picture without a timer").await;
    let (own, received) = (entry(&p.ours, id).await, entry(&p.theirs, id).await);
    assert_eq!(own.state, MessageState::Sent);
    assert!(is_file(&own, &remote) && is_file(&received, &remote));
    assert_eq!((own.text(), received.text()), ("a picture without a timer", "a picture without a timer"));
    soon(p.theirs.send_text("thanks")).await.unwrap();
    message(&mut p.from_bob).await;
    assert_eq!(entry(&p.ours, id).await.state, MessageState::Delivered);
    // A message that the server does not take: it says so.
    p.server
        .faults()
        .on(chappe_server::Match::method("messages.sendEncryptedFile"))
        .times(1)
        .answer(400, "DATA_TOO_LONG");
    let file = OutgoingFile::new(b"refused".to_vec()).caption("too long");
    let error = soon(p.ours.send_file(file)).await.unwrap_err();
    assert!(error.is("DATA_TOO_LONG"), "{error}");
    let all = p.ours.history().await.unwrap();
    let refused = all.iter().find(|entry| entry.text() == "too long").unwrap();
    assert_eq!(refused.state, MessageState::Failed { error: "DATA_TOO_LONG".to_owned() });
    // The chat goes on, and what is deleted is gone.
    soon(p.ours.send_text("still here")).await.unwrap();
    assert_eq!(message(&mut p.from_alice).await.text(), "still here");
    soon(p.ours.delete(&[id])).await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::Deleted { .. }).then_some(())).await;
    p.both_lose_media("a picture without a timer", &remote).await;
    assert!(p.both_have(b"thanks"));
}

#[tokio::test]
async fn fetched_files_of_messages_with_a_timer_go_with_them() {
    let mut p = Pair::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("original"), "what was sent").unwrap();
    let mut received = Vec::new();
    for name in ["copy", "changed", "begun", "kept"] {
        // Beyond a minute it counts from the reading; nothing is opened.
        let ttl = Duration::from_secs(if name == "kept" { 0 } else { 61 });
        let file = OutgoingFile::new(path("original")).document().ttl(ttl);
        let sent = soon(p.ours.send_file(file)).await.unwrap();
        assert_eq!(entry(&p.ours, sent.random_id).await.local_path, Some(path("original")));
        let message = message(&mut p.from_alice).await;
        assert_eq!(entry(&p.theirs, message.random_id).await.local_path, None);
        let download = p.theirs.download(&message).unwrap();
        if name == "begun" {
            // Given up as soon as there is something.
            let fails =
                p.server.faults().on(chappe_server::Match::method("upload.getFile")).answer(400, "NO");
            assert!(soon(download.to_path(path(name))).await.is_err());
            fails.remove();
            assert!(path("begun.part").exists());
            assert_eq!(entry(&p.theirs, message.random_id).await.local_path, None);
        } else {
            soon(download.to_path(path(name))).await.unwrap();
            assert_eq!(entry(&p.theirs, message.random_id).await.local_path, Some(path(name)));
        }
        received.push(message.random_id);
    }
    std::fs::write(path("changed"), "somebody works with it").unwrap();
    // The end of an hour and a deletion are the same here.
    soon(p.ours.delete(&received)).await.unwrap();
    event(&mut p.from_alice, |e| matches!(e, SecretEvent::Deleted { .. }).then_some(())).await;
    let left = ["original", "copy", "changed", "begun", "begun.part", "kept"].map(|name| path(name).exists());
    assert_eq!(left, [true, false, true, false, false, true]);
    p.both_lose(path("copy").to_str().unwrap().as_bytes()).await;
    p.both_lose(path("original").to_str().unwrap().as_bytes()).await;
}
