//! Several servers that share one world on PostgreSQL: run by `cargo xtask services`, nothing to do elsewhere.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::cloud::{peer, send};
use crate::common::storage::Storage;
use crate::common::{ALICE, BOB, Client, Kind, PATIENCE, Saved, Wire, data, open_chat, rsa_key, service};
use chappe_api::{enums, functions, types};
use chappe_mtproto::exchange::KeyLifetime;
use chappe_server::Server;
use sqlx::postgres::PgPool;

/// Two nodes, and where their world is.
struct Nodes {
    one: Server,
    two: Server,
    storage: Storage,
}

impl Nodes {
    /// Past the servers, to the tables.
    async fn database(&self) -> PgPool {
        PgPool::connect(self.storage.database.as_deref().unwrap()).await.expect("connected")
    }
}

/// `None` if there is no database that can be shared.
async fn nodes() -> Option<Nodes> {
    let storage = Storage::shared()?;
    let (one, two) = tokio::join!(storage.node(), storage.node());
    Some(Nodes { one, two, storage })
}

/// Alice at the one, Bob at the other.
async fn people(nodes: &Nodes) -> (Client, Client, types::User) {
    let (mut alice, mut bob) = (Client::new(&nodes.one).await, Client::new(&nodes.two).await);
    let user = alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    (alice, bob, user)
}

fn text(update: enums::Update) -> String {
    match update {
        enums::Update::NewMessage(new) => match &new.message {
            enums::Message::Message(message) => message.message.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn text_of_next(client: &mut Client) -> String {
    let wait = async {
        loop {
            match client.updates.pop_front() {
                Some(enums::Updates::UpdateShortMessage(short)) => return short.message,
                Some(enums::Updates::Updates(mut all)) => return text(all.updates.remove(0)),
                Some(other) => panic!("{other:?}"),
                None => assert!(client.step().await, "the connection ended"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("an update in time")
}

#[tokio::test]
async fn people_at_two_nodes_talk_as_at_one() {
    let Some(nodes) = nodes().await else { return };
    let (mut alice, mut bob, alice_user) = people(&nodes).await;
    // A second device of Alice at Bob's node.
    let mut tablet = Client::new(&nodes.two).await;
    assert_eq!(tablet.log_in(ALICE, "Alice").await.id, alice_user.id);
    tablet.state().await;
    let to_bob = peer(&alice.find(BOB).await);
    let to_alice = peer(&bob.find(ALICE).await);
    for client in [&mut alice, &mut bob, &mut tablet] {
        client.settle().await;
    }
    for n in 0..5 {
        alice.call(send(&to_bob, &format!("ping {n}"), 100 + n)).await.expect("sent");
        assert_eq!(text_of_next(&mut bob).await, format!("ping {n}"));
        assert_eq!(text_of_next(&mut tablet).await, format!("ping {n}"));
        bob.call(send(&to_alice, &format!("pong {n}"), 200 + n)).await.expect("sent");
        assert_eq!(text_of_next(&mut alice).await, format!("pong {n}"));
        assert_eq!(text_of_next(&mut tablet).await, format!("pong {n}"));
    }
    let typing = functions::messages::SetTyping {
        peer: to_bob,
        top_msg_id: None,
        action: enums::SendMessageAction::TypingAction,
    };
    assert!(alice.call(typing).await.expect("told"));
    assert!(
        matches!(bob.update().await, enums::Update::UserTyping(typing) if typing.user_id == alice_user.id)
    );
    nodes.one.shutdown().await;
    nodes.two.shutdown().await;
}

#[tokio::test]
async fn a_secret_chat_goes_across_nodes() {
    let Some(nodes) = nodes().await else { return };
    let (mut alice, mut bob, _) = people(&nodes).await;
    let (peer_a, peer_b) = open_chat(&mut alice, &mut bob, BOB, 17).await;
    for n in 1..4_u8 {
        alice.call(service(&peer_a, i64::from(n), data(n))).await.expect("sent");
        let enums::Update::NewEncryptedMessage(new) = bob.update().await else { panic!("no message") };
        assert_eq!(new.qts, i32::from(n) + 1);
        bob.call(service(&peer_b, i64::from(n) + 50, data(n))).await.expect("sent");
        assert!(matches!(alice.update().await, enums::Update::NewEncryptedMessage(_)));
    }
    let typing = functions::messages::SetEncryptedTyping { peer: peer_b, typing: true };
    bob.call(typing).await.expect("told");
    assert!(matches!(alice.update().await, enums::Update::EncryptedChatTyping(_)));
    let end = functions::messages::DiscardEncryption { delete_history: false, chat_id: peer_a.chat_id };
    alice.call(end).await.expect("ended");
    assert!(matches!(crate::common::chat(bob.update().await), enums::EncryptedChat::Discarded(_)));
}

#[tokio::test]
async fn a_login_ended_at_one_node_is_over_at_the_other() {
    let Some(nodes) = nodes().await else { return };
    let (mut phone, mut tablet) = (Client::new(&nodes.one).await, Client::new(&nodes.two).await);
    phone.log_in(ALICE, "Alice").await;
    tablet.log_in(ALICE, "Alice").await;
    tablet.state().await;
    assert!(phone.call(functions::auth::ResetAuthorizations {}).await.expect("ended"));
    let (code, name) = tablet.error(functions::updates::GetState {}).await;
    assert_eq!((code, name.as_str()), (401, "SESSION_REVOKED"));
}

#[tokio::test]
async fn a_key_destroyed_at_one_node_is_unknown_at_the_other() {
    let Some(nodes) = nodes().await else { return };
    let mut here = Client::new(&nodes.one).await;
    here.log_in(ALICE, "Alice").await;
    let mut there = Client::resume(nodes.two.address(), here.saved.clone()).await;
    there.state().await;
    here.session.destroy_auth_key();
    while here.destroyed.is_none() {
        assert!(here.step().await);
    }
    for _ in 0..50 {
        let mut again = Client::resume(nodes.two.address(), here.saved.clone()).await;
        again.start(&functions::help::GetNearestDc {}, Vec::new());
        again.step().await;
        if again.transport_errors == [-404] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the key is still good");
}

#[tokio::test]
async fn a_key_bound_at_one_node_is_bound_at_the_other() {
    let Some(nodes) = nodes().await else { return };
    let mut perm = Client::new(&nodes.one).await;
    perm.log_in(ALICE, "Alice").await;
    let kind = Kind::Plain(chappe_mtproto::transport::Framing::Intermediate);
    let mut wire = Wire::connect(nodes.one.address(), kind).await;
    let lifetime = KeyLifetime::Temporary { expires_in: 3600 };
    let temp = wire.make_key(nodes.one.public_key().clone(), 2, lifetime).await;
    let saved = Saved::new(&temp);
    let mut here = Client::on(wire, saved.clone());
    // The other node knows the key as it was before.
    let mut there = Client::resume(nodes.two.address(), saved).await;
    assert_eq!(there.error(functions::updates::GetState {}).await.1, "AUTH_KEY_PERM_EMPTY");
    let call = here.session.bind(&perm.saved.auth_key, temp.expires_at.expect("a temporary key ends"));
    here.finish_raw(call).await.expect("bound");
    there.state().await;
}

/// Who has one database for many things gives each world a schema.
#[tokio::test]
async fn nodes_that_start_at_once_in_an_empty_schema_make_one_world() {
    let Some(storage) = Storage::shared_schema() else { return };
    let nodes = tokio::join!(storage.node(), storage.node(), storage.node());
    let (mut alice, mut bob) = (Client::new(&nodes.0).await, Client::new(&nodes.1).await);
    let alice_user = alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    bob.state().await;
    assert_eq!(Client::new(&nodes.2).await.log_in(ALICE, "Alice").await.id, alice_user.id);
    let to_bob = peer(&alice.find(BOB).await);
    alice.call(send(&to_bob, "one world", 1)).await.expect("sent");
    assert_eq!(text_of_next(&mut bob).await, "one world");
}

#[tokio::test]
async fn worlds_with_one_seed_hear_nothing_of_each_other() {
    let Some(here) = Storage::shared_schema() else { return };
    let there = Storage { database: Storage::shared_schema().unwrap().database, ..here.clone() };
    let node = async |storage: &Storage| {
        let builder = storage.keep(Server::builder().rsa_key(rsa_key()).seed(5));
        builder.spawn().await.expect("the node starts")
    };
    let (one, two) = (node(&here).await, node(&there).await);
    let mut pairs = Vec::new();
    for server in [&one, &two] {
        let (mut alice, mut bob) = (Client::new(server).await, Client::new(server).await);
        alice.log_in(ALICE, "Alice").await;
        let bob_user = bob.log_in(BOB, "Bob").await;
        bob.settle().await;
        pairs.push((alice, bob, bob_user.id));
    }
    assert_eq!(pairs[0].2, pairs[1].2, "or a hint would mean nobody");
    let (alice, ..) = &mut pairs[0];
    let typing = functions::messages::SetTyping {
        peer: peer(&alice.find(BOB).await),
        top_msg_id: None,
        action: enums::SendMessageAction::TypingAction,
    };
    assert!(alice.call(typing).await.expect("told"));
    assert!(matches!(pairs[0].1.update().await, enums::Update::UserTyping(_)));
    let heard = pairs[1].1.settle().await;
    assert!(heard.is_empty(), "{heard:?}");
}

/// One node has died between a message and its copy; another comes up in its place.
#[tokio::test]
async fn what_a_dead_node_has_left_is_told_when_another_starts() {
    let Some(nodes) = nodes().await else { return };
    let (mut alice, mut bob, alice_user) = people(&nodes).await;
    let to_bob = alice.find(BOB).await;
    bob.state().await;
    alice.call(send(&peer(&to_bob), "half done", 1)).await.expect("sent");
    assert_eq!(text_of_next(&mut bob).await, "half done");
    let pool = nodes.database().await;
    for statement in [
        "INSERT INTO deliveries (mailbox, source, uid, kind)
         SELECT $1, $2, uid, 1 FROM messages WHERE mailbox = $2 AND peer = $1",
        "DELETE FROM messages WHERE mailbox = $1 AND author = $2",
    ] {
        sqlx::query(statement)
            .bind(to_bob.user_id)
            .bind(alice_user.id)
            .execute(&pool)
            .await
            .expect("as if it had not been done");
    }
    let third = nodes.storage.node().await;
    assert_eq!(text_of_next(&mut bob).await, "half done");
    third.shutdown().await;
}

/// The connection that listens is cut, and a hint goes by meanwhile.
#[tokio::test]
async fn clients_look_for_themselves_after_hints_were_lost() {
    let Some(nodes) = nodes().await else { return };
    if nodes.storage.bus.is_some() {
        // Another carrier is cut in another way.
        return;
    }
    let (_, mut bob, _) = people(&nodes).await;
    bob.settle().await;
    let pool = nodes.database().await;
    let secret: Vec<u8> = sqlx::query_scalar("SELECT value FROM server_secrets WHERE name = 'bus'")
        .fetch_one(&pool)
        .await
        .expect("a name");
    let channel: String = secret.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let cut: i64 = sqlx::query_scalar(
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND query LIKE $1",
    )
    .bind(format!("%{channel}%"))
    .fetch_one(&pool)
    .await
    .expect("cut");
    assert_eq!(cut, 2);
    let wait = async {
        while !bob.updates.iter().any(|updates| matches!(updates, enums::Updates::TooLong)) {
            assert!(bob.step().await);
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the client is told to look");
}

/// A NATS of one test's own, to be taken away.
struct Nats {
    program: String,
    port: u16,
    process: Child,
}

impl Nats {
    /// `None` if there is no program for it.
    fn start() -> Option<Self> {
        let program = std::env::var("CHAPPE_TEST_NATS_SERVER").ok()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Self::process(&program, port);
        Some(Self { program, port, process })
    }

    fn process(program: &str, port: u16) -> Child {
        let mut nats = Command::new(program);
        nats.args(["--addr", "127.0.0.1", "--port", &port.to_string()]).stdout(Stdio::null());
        let process = nats.stderr(Stdio::null()).spawn().expect("it starts");
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "it listens");
            std::thread::sleep(Duration::from_millis(20));
        }
        process
    }

    fn take_away(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn bring_back(&mut self) {
        self.process = Self::process(&self.program, self.port);
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.take_away();
    }
}

#[tokio::test]
async fn what_happened_while_nats_was_away_is_heard_of() {
    let (Some(storage), Some(mut nats)) = (Storage::shared(), Nats::start()) else { return };
    let storage = Storage { bus: Some(format!("nats://127.0.0.1:{}", nats.port)), ..storage };
    let (one, two) = tokio::join!(storage.node(), storage.node());
    let nodes = Nodes { one, two, storage };
    let (mut alice, mut bob, _) = people(&nodes).await;
    let to_bob = peer(&alice.find(BOB).await);
    bob.state().await;
    alice.call(send(&to_bob, "before", 1)).await.expect("sent");
    assert_eq!(text_of_next(&mut bob).await, "before");
    bob.settle().await;

    nats.take_away();
    alice.call(send(&to_bob, "meanwhile", 2)).await.expect("sent, whatever the others hear");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(bob.settle().await.is_empty(), "there is nobody to tell him");
    nats.bring_back();
    let wait = async {
        while bob.updates.is_empty() {
            assert!(bob.step().await, "the connection ended");
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("he hears of it, or is told to look");
    // And of what comes then.
    bob.settle().await;
    alice.call(send(&to_bob, "after", 3)).await.expect("sent");
    let wait = async {
        while bob.updates.is_empty() {
            assert!(bob.step().await, "the connection ended");
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("he hears of it");
}
