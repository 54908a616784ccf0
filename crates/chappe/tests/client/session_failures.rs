//! What becomes of a conversation when its session fails: at every single write, and when there is no room left.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::common::secret::{chat, text};
use crate::common::{builder, person, person_with, server, soon};
use chappe::history::HistoryEntry;
use chappe::secret::{SecretChat, SecretChatId};
use chappe::session::{
    Batch, Lease, MemorySession, Record, Scan, Session, SessionError, SessionFuture, StoredSession,
};
use chappe::{Client, ErrorKind, SqliteSession};

/// A session that fails at a write, before or after it is durable, and at all that follow.
#[derive(Clone)]
struct Crashing {
    inner: MemorySession,
    /// Writes until the crash.
    left: Arc<AtomicU32>,
    after: bool,
    crashed: Arc<AtomicBool>,
}

impl Crashing {
    fn new(inner: &MemorySession, writes: u32, after: bool) -> Self {
        Self { inner: inner.clone(), left: Arc::new(writes.into()), after, crashed: Arc::default() }
    }

    fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }
}

impl Session for Crashing {
    fn claim(&self) -> SessionFuture<'_, Lease> {
        self.inner.claim()
    }

    fn load(&self) -> SessionFuture<'_, Option<StoredSession>> {
        self.inner.load()
    }

    fn save<'a>(&'a self, stored: &'a StoredSession) -> SessionFuture<'a, ()> {
        self.inner.save(stored)
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> SessionFuture<'a, Vec<Record>> {
        self.inner.scan(scan)
    }

    fn apply<'a>(&'a self, batch: &'a Batch) -> SessionFuture<'a, ()> {
        Box::pin(async {
            let gone = || SessionError::Store("the disk is gone".into());
            if self.has_crashed() {
                return Err(gone());
            }
            let left = self.left.load(Ordering::SeqCst);
            if left > 0 {
                self.left.store(left - 1, Ordering::SeqCst);
                return self.inner.apply(batch).await;
            }
            if self.after {
                self.inner.apply(batch).await?;
            }
            self.crashed.store(true, Ordering::SeqCst);
            Err(gone())
        })
    }
}

fn said(entries: &[HistoryEntry], outgoing: bool) -> Vec<String> {
    entries
        .iter()
        .filter(|entry| entry.outgoing == outgoing && !entry.text().is_empty())
        .map(|entry| entry.text().to_owned())
        .collect()
}

async fn all(client: &Client, chat: SecretChatId) -> Vec<HistoryEntry> {
    client.secret_chats().history(chat).limit(10_000).await.unwrap()
}

async fn until_said(client: &Client, chat: SecretChatId, text: &str) {
    soon(async {
        while !all(client, chat).await.iter().any(|entry| entry.text() == text) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Whether it was done before the crash.
async fn done<T>(session: &Crashing, what: impl Future<Output = Result<T, chappe::Error>>) -> bool {
    let crash = async {
        while !session.has_crashed() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        biased;
        done = what => done.is_ok(),
        () = crash => false,
    }
}

#[tokio::test]
async fn a_crash_at_any_write_loses_doubles_and_reorders_nothing() {
    let server = server().await;
    let store = MemorySession::new();
    let (alice, _) = person_with(&server, store.clone(), 401, "Alice").await;
    let (bob, user) = person(&server, 402, "Bob").await;
    let (ours, theirs, _events) = chat(&alice, &bob, &user).await;
    let id = ours.id();
    alice.disconnect().await.unwrap();
    drop((ours, alice));
    let mut taken = Vec::new();
    for after in [false, true] {
        for writes in 0.. {
            let session = Crashing::new(&store, writes, after);
            // The crash may come while the session is taken up.
            let started = builder(&server, session.clone()).connect().await;
            if let Ok(alice) = &started {
                let name = |what: &str| format!("{after} {writes} {what}");
                let ours = alice.secret_chats().get(id).await;
                if let Ok(ours) = ours {
                    let say = async |chat: &SecretChat, text: String| {
                        done(&session, chat.send_text(text.clone())).await.then_some(text)
                    };
                    taken.extend(say(&ours, name("one")).await);
                    soon(theirs.send_text(name("from Bob"))).await.unwrap();
                    taken.extend(say(&ours, name("two")).await);
                    done(&session, ours.set_ttl(Duration::ZERO)).await;
                    done(&session, ours.read_history(i32::MAX - 1)).await;
                    taken.extend(say(&ours, name("three")).await);
                }
                done(&session, alice.catch_up()).await;
                alice.disconnect().await.unwrap();
            }
            drop(started);
            let crashed = session.has_crashed();
            // What was durable is taken up by a healthy session.
            let alice = builder(&server, store.clone()).connect().await.unwrap();
            let ours = alice.secret_chats().get(id).await.unwrap();
            let end = format!("{after} {writes} end");
            soon(ours.send_text(end.clone())).await.unwrap();
            taken.push(end.clone());
            soon(theirs.send_text(format!("{end} from Bob"))).await.unwrap();
            until_said(&bob, id, &end).await;
            until_said(&alice, id, &format!("{end} from Bob")).await;
            let (hers, his) = (all(&alice, id).await, all(&bob, id).await);
            assert_eq!(said(&hers, true), said(&his, false), "what Alice said, crash after {writes} writes");
            assert_eq!(said(&hers, false), said(&his, true), "what Bob said, crash after {writes} writes");
            alice.disconnect().await.unwrap();
            let said = said(&his, false);
            assert!(taken.iter().all(|text| said.contains(text)), "something that was taken is lost");
            if !crashed {
                assert!(writes > 8, "the conversation has more writes than {writes}");
                break;
            }
        }
    }
    let his = said(&all(&bob, id).await, false);
    let once: std::collections::BTreeSet<_> = his.iter().collect();
    assert_eq!(once.len(), his.len(), "nothing is there twice");
}

#[tokio::test]
async fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let session = SqliteSession::open(folder.path().join("alice.session")).await.unwrap();
    let (alice, _) = person_with(&server, session.clone(), 403, "Alice").await;
    let (bob, user) = person(&server, 404, "Bob").await;
    let mut from_bob = alice.secret_events();
    let (ours, theirs, _events) = chat(&alice, &bob, &user).await;
    let mut taken = vec!["before".to_owned()];
    soon(ours.send_text("before")).await.unwrap();
    session.set_max_len(Some(0)).await.unwrap();
    let error = loop {
        let text = format!("{} {}", taken.len(), "long ".repeat(400));
        match soon(ours.send_text(text.clone())).await {
            Ok(_) => taken.push(text),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Session);
    assert!(error.to_string().contains("no room left"), "{error}");
    // Others talk on meanwhile, and what is stored can be read.
    soon(theirs.send_text("while it is full ".repeat(300))).await.unwrap();
    assert!(said(&all(&alice, ours.id()).await, true).len() >= taken.len());
    session.set_max_len(None).await.unwrap();
    assert!(text(&mut from_bob).await.starts_with("while it is full"));
    soon(async {
        while ours.send_text("after").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    taken.push("after".to_owned());
    until_said(&bob, ours.id(), "after").await;
    let (hers, his) = (all(&alice, ours.id()).await, all(&bob, ours.id()).await);
    assert_eq!(said(&hers, true), said(&his, false));
    assert!(taken.iter().all(|text| said(&his, false).contains(text)));
}
