//! What a peer who has the key may send instead of messages: each is one clear event, and nothing else is lost.
use crate::common::secret::{chat, event, message, text};
use crate::common::{person, person_with, server, soon};
use chappe::secret::{ChatState, Content, SecretChat, SecretEvent};
use chappe::session::{KeyRange, MemorySession, Scan, Session};
use chappe::{Client, functions};
use chappe_crypto::{AuthKey, Role, message as sealing};
use chappe_secret::wrapper::Wrapper;
use chappe_secret::{SecretLayer, envelope};
use rand::SeedableRng;

/// A peer that writes by hand.
struct Forger<'a> {
    client: &'a Client,
    chat: &'a SecretChat,
    key: AuthKey,
    /// Numbers that are taken.
    sent: i32,
    calls: i64,
}

impl<'a> Forger<'a> {
    async fn new(client: &'a Client, chat: &'a SecretChat, session: &MemorySession) -> Self {
        let info = chat.info().await.unwrap();
        let everything = Scan::first(KeyRange::prefix(&[]), 10_000);
        let records = session.scan(&everything).await.unwrap();
        let keys = records.iter().flat_map(|record| record.value.windows(256));
        let mut keys = keys.filter_map(|bytes| AuthKey::from_slice(bytes).ok());
        let key = keys.find(|key| Some(key.fingerprint()) == info.key_fingerprint).unwrap();
        Self { client, chat, key, sent: info.sent_count as i32, calls: 0 }
    }

    async fn send(&mut self, data: Vec<u8>) {
        self.calls += 1;
        let peer = self.chat.input().await.unwrap();
        let call = functions::messages::SendEncryptedService { peer, random_id: self.calls, data };
        soon(self.client.invoke(call)).await.unwrap();
    }

    /// A body in its place in the sequence.
    async fn body(&mut self, body: &[u8], out_seq_no: i32) {
        let in_seq_no = self.chat.info().await.unwrap().received_count as i32 * 2 + 1;
        let object =
            Wrapper { layer: SecretLayer(144), in_seq_no, out_seq_no, body }.encode(&[7; 15]).unwrap();
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let data = envelope::seal(&self.key, Role::Responder, &object, &mut rng).unwrap();
        self.send(data).await;
    }

    /// A plaintext whose length field says what it likes.
    async fn plaintext(&mut self, claimed: i32) {
        let mut plaintext = vec![5; 256];
        plaintext[..4].copy_from_slice(&claimed.to_le_bytes());
        let sealed = sealing::seal(self.key.as_bytes(), Role::Responder, &mut plaintext).unwrap();
        let name = self.key.fingerprint().to_le_bytes();
        self.send([&name[..], &sealed.msg_key.0, &plaintext].concat()).await;
    }
}

#[tokio::test]
async fn garbage_of_a_peer_with_the_key_costs_nothing_but_its_own_chat() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let bobs = MemorySession::new();
    let (bob, bob_user) = person_with(&server, bobs.clone(), 102, "Bob").await;
    let (carol, carol_user) = person(&server, 103, "Carol").await;
    let (to_bob, from_bob, mut bob_hears) = chat(&alice, &bob, &bob_user).await;
    let (to_carol, from_carol, mut carol_hears) = chat(&alice, &carol, &carol_user).await;
    let mut alice_hears = alice.secret_events();
    soon(to_bob.send_text("before")).await.unwrap();
    assert_eq!(text(&mut bob_hears).await, "before");
    soon(from_bob.send_text("an honest text")).await.unwrap();
    assert_eq!(text(&mut alice_hears).await, "an honest text");

    let mut forger = Forger::new(&bob, &from_bob, &bobs).await;
    let dropped = async |events: &mut _| {
        event(events, |event| match event {
            SecretEvent::Dropped { reason, .. } => Some(format!("{reason:?}")),
            _ => None,
        })
        .await
    };
    // No envelope; another key; lengths of nothing, of a gigabyte and below zero; noise in an authentic envelope.
    let honest = forger.key.fingerprint().to_le_bytes();
    forger.send(vec![1; 88]).await;
    assert_eq!(dropped(&mut alice_hears).await, "UnknownKey");
    forger.send([&honest[..], &[1; 80]].concat()).await;
    assert_eq!(dropped(&mut alice_hears).await, "NotAuthentic");
    for claimed in [0, 1 << 30, -4] {
        forger.plaintext(claimed).await;
        assert_eq!(dropped(&mut alice_hears).await, "NotAuthentic", "{claimed}");
    }
    forger.plaintext(200).await;
    assert_eq!(dropped(&mut alice_hears).await, "NotWrapped");
    // Noise in its place of the sequence, then a vector of a billion items: shown as what cannot be shown.
    let out = forger.sent * 2;
    forger.body(&[9; 400], out).await;
    assert_eq!(message(&mut alice_hears).await.content, Content::Unsupported);
    let vector = [&0x91cc_4674_u32.to_le_bytes()[..], &128_u32.to_le_bytes(), &[1; 12], &[0; 4]].concat();
    let vector = [&vector[..], &0x1cb5_c415_u32.to_le_bytes(), &1_000_000_000_u32.to_le_bytes()].concat();
    forger.body(&vector, out + 2).await;
    assert_eq!(message(&mut alice_hears).await.content, Content::Unsupported);
    // All of this has harmed nothing. (An answer would: it acknowledges what Bob's own client knows nothing of.)
    assert_eq!(to_bob.info().await.unwrap().state, ChatState::Ready);
    // Numbers that no honest peer writes end this chat, with the reason.
    forger.body(&[9; 400], out + 5).await;
    let reason = event(&mut alice_hears, |event| match event {
        SecretEvent::ChatClosed { reason, .. } => Some(format!("{reason:?}")),
        _ => None,
    })
    .await;
    assert_eq!(reason, "Violation(Parity)");
    assert!(to_bob.send_text("too late").await.is_err());
    // What was said is there, and the other chat goes on.
    let history = to_bob.history().await.unwrap();
    let texts: Vec<_> = history.iter().map(|entry| entry.text()).filter(|text| !text.is_empty()).collect();
    assert_eq!(texts, ["before", "an honest text"]);
    soon(from_carol.send_text("to Alice")).await.unwrap();
    assert_eq!(text(&mut alice_hears).await, "to Alice");
    soon(to_carol.send_text("to Carol")).await.unwrap();
    assert_eq!(text(&mut carol_hears).await, "to Carol");
}
