//! What the server offers to tests: accounts that are there, time that can be set, runs that repeat.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{Client, Saved, builder, data, open_chat, server, service};
use chappe_api::{enums, functions, types};
use chappe_crypto::Now;
use chappe_mtproto::exchange::{
    ClientExchange, ClientExchangeConfig, ExchangeEvent, client::Output as ExchangeOutput,
};
use chappe_mtproto::session::client::{ClientSession, ClientSessionConfig, Event, Output};
use chappe_mtproto::transport::{ClientTransport, Framing, Inbound};
use chappe_server::{FixedClock, NewAccount, ReadySession, Server, ServerError};
use chappe_tl::Encode;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn resume(session: &ReadySession) -> Client {
    let saved = Saved { auth_key: session.auth_key.clone(), salt: 0, time_offset: 0 };
    Client::resume(session.address, saved).await
}

async fn me(client: &mut Client) -> types::User {
    let query = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    crate::common::user(client.call(query).await.expect("logged in").remove(0))
}

#[tokio::test]
async fn any_number_of_servers_with_the_test_key_run_side_by_side() {
    let mut servers = Vec::new();
    for _ in 0..20 {
        servers.push(Server::builder().test_key().spawn().await.unwrap());
    }
    let mut worlds = Vec::new();
    for server in &servers {
        let alice = server.user("alice").await.unwrap();
        assert_eq!(me(&mut resume(&alice.session).await).await.id, alice.user_id);
        worlds.push(alice.session.auth_key.id());
    }
    worlds.sort();
    worlds.dedup();
    assert_eq!(worlds.len(), servers.len(), "each is a world of its own");
}

#[tokio::test]
async fn an_account_is_there_and_logged_in() {
    let server = server().await;
    let alice = server.user("alice").await.unwrap();
    let again = server.user("alice").await.unwrap();
    assert_eq!((alice.user_id, alice.session.auth_key.id()), (again.user_id, again.session.auth_key.id()));
    let user = me(&mut resume(&alice.session).await).await;
    assert_eq!(
        (user.id, user.first_name.as_deref(), user.phone.as_deref()),
        (alice.user_id, Some("Alice"), alice.phone.as_deref())
    );
    // The number logs in like any other.
    let mut by_code = Client::new(&server).await;
    let phone = alice.phone.clone().unwrap();
    let hash = by_code.send_code(&phone).await;
    let code = alice.fixed_code.clone().unwrap();
    assert_eq!(server.login_code(&phone), Some(code.clone()));
    assert_eq!(server.login_codes().get(&phone), Some(&code));
    by_code.call(crate::common::sign_in(&phone, &hash, &code)).await.unwrap();
    assert_eq!(me(&mut by_code).await.id, alice.user_id);
    let second = server.new_session(&alice).await.unwrap();
    assert_ne!(second.auth_key.id(), alice.session.auth_key.id());
    assert_eq!(me(&mut resume(&second).await).await.id, alice.user_id);
    let shown = format!("{alice:?}");
    assert!(!shown.contains("auth_key") && !shown.contains(&phone), "{shown}");
}

#[tokio::test]
async fn an_account_that_was_logged_out_gets_another_device() {
    let server = server().await;
    let alice = server.user("alice").await.unwrap();
    resume(&alice.session).await.call(functions::auth::LogOut {}).await.unwrap();
    let again = server.user("alice").await.unwrap();
    assert_ne!(again.session.auth_key.id(), alice.session.auth_key.id());
    assert_eq!(me(&mut resume(&again.session).await).await.id, alice.user_id);
}

#[tokio::test]
async fn accounts_are_as_they_were_asked_for() {
    let server = server().await;
    let new = NewAccount {
        phone: Some("+49 30 1234567".into()),
        first_name: Some("Robert".into()),
        last_name: "Schmidt".into(),
        ..NewAccount::default()
    };
    let bob = server.account("bob", new).await.unwrap();
    assert_eq!((bob.phone.as_deref(), bob.fixed_code.as_deref()), (Some("49301234567"), None));
    let robot = server.bot("robot").await.unwrap();
    let mut bot = Client::new(&server).await;
    bot.call(crate::common::import_bot(robot.bot_token.as_deref().unwrap())).await.unwrap();
    assert_eq!(me(&mut bot).await.id, robot.user_id);
    assert!(me(&mut resume(&robot.session).await).await.bot);
    let carol = server.user("carol").await.unwrap();
    server.add_contact(&carol, &bob).await.unwrap();
    let answer =
        resume(&carol.session).await.call(functions::contacts::GetContacts { hash: 0 }).await.unwrap();
    let enums::contacts::Contacts::Contacts(contacts) = answer else { panic!("{answer:?}") };
    assert_eq!(crate::common::user(contacts.users[0].clone()).last_name.as_deref(), Some("Schmidt"));
    let names: Vec<_> = server.accounts().await.unwrap().into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["bob", "carol", "robot"]);
    for wrong in [
        server.user("").await,
        server.user(&"x".repeat(65)).await,
        server.account("dave", NewAccount { phone: Some("12".into()), ..NewAccount::default() }).await,
        server.account("dave", NewAccount { first_name: Some(" ".into()), ..NewAccount::default() }).await,
    ] {
        assert!(matches!(wrong, Err(ServerError::Account { .. })), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_code_expires_a_salt_rotates_and_a_queue_is_emptied_when_the_clock_is_set_ahead() {
    let server = server().await;
    let (alice, bob) = (server.user("alice").await.unwrap(), server.user("bob").await.unwrap());
    let (mut alice_client, mut bob_client) = (resume(&alice.session).await, resume(&bob.session).await);
    me(&mut bob_client).await;
    let (peer, _) = open_chat(&mut alice_client, &mut bob_client, bob.phone.as_deref().unwrap(), 5).await;
    drop(bob_client);
    alice_client.call(service(&peer, 1, data(1))).await.unwrap();
    let hash = alice_client.send_code("4930999999").await;
    let code = server.login_code("4930999999").unwrap();

    server.advance(8 * DAY).await.unwrap();
    assert_eq!(server.login_code("4930999999"), None, "the code is too old");
    // Its connection said nothing for eight days.
    alice_client.reconnect(server.address()).await;
    let error = alice_client.error(crate::common::sign_in("4930999999", &hash, &code)).await;
    assert_eq!(
        error,
        (400, "PHONE_CODE_EXPIRED".into()),
        "the client has followed the time, with a new salt"
    );
    let mut bob_client = resume(&bob.session).await;
    let enums::updates::Difference::Difference(missed) = bob_client.difference(1, 0).await else {
        panic!("nothing")
    };
    assert_eq!(
        (missed.new_encrypted_messages.len(), missed.state.qts),
        (0, 2),
        "what waited is gone, the counter not"
    );
}

#[tokio::test]
async fn somebody_was_last_seen_longer_ago_when_the_clock_is_set_ahead() {
    let server = server().await;
    let (alice, bob) = (server.user("alice").await.unwrap(), server.user("bob").await.unwrap());
    let (mut alice_client, mut bob_client) = (resume(&alice.session).await, resume(&bob.session).await);
    bob_client.call(functions::account::UpdateStatus { offline: false }).await.unwrap();
    let query = functions::contacts::ResolvePhone { phone: bob.phone.clone().unwrap() };
    let status =
        |resolved: types::contacts::ResolvedPeer| crate::common::user(resolved.users[0].clone()).status;
    let seen = status(alice_client.call(query.clone()).await.unwrap());
    let Some(enums::UserStatus::Online(online)) = seen else { panic!("{seen:?}") };
    server.advance(2 * DAY).await.unwrap();
    alice_client.reconnect(server.address()).await;
    let seen = status(alice_client.call(query).await.unwrap());
    let Some(enums::UserStatus::Offline(offline)) = seen else { panic!("{seen:?}") };
    assert!(offline.was_online <= online.expires);
    assert!(server.now().unix_secs() - i64::from(offline.was_online) > 47 * 3600);
}

/// A client that repeats itself exactly, and all bytes that the server sends to it.
struct Recorder {
    socket: TcpStream,
    transport: ClientTransport,
    rng: StdRng,
    now: Now,
    heard: Vec<u8>,
}

impl Recorder {
    async fn connect(address: SocketAddr, now: Now) -> Self {
        let mut rng = StdRng::seed_from_u64(5);
        let socket = TcpStream::connect(address).await.unwrap();
        let transport = ClientTransport::new(Framing::Intermediate, None, &mut rng).unwrap();
        Self { socket, transport, rng, now, heard: Vec::new() }
    }

    async fn send(&mut self, packet: &[u8]) {
        let mut out = Vec::new();
        self.transport.send(packet, false, &mut out, &mut self.rng).unwrap();
        self.socket.write_all(&out).await.unwrap();
    }

    async fn packet(&mut self) -> Vec<u8> {
        loop {
            match self.transport.poll().unwrap() {
                Some(Inbound::Packet(packet)) => return packet,
                Some(other) => panic!("{other:?}"),
                None => {}
            }
            let mut buffer = vec![0; 16 * 1024];
            let count = self.socket.read(&mut buffer).await.unwrap();
            assert!(count > 0, "the server has closed");
            self.heard.extend_from_slice(&buffer[..count]);
            self.transport.receive(&buffer[..count]);
        }
    }

    async fn run(mut self, server: &Server) -> Vec<u8> {
        let config = ClientExchangeConfig::new(vec![server.public_key().clone()], 2);
        let mut exchange = ClientExchange::new(config, self.now, &mut self.rng).unwrap();
        let key = 'exchange: loop {
            while let Some(output) = exchange.poll_output() {
                match output {
                    ExchangeOutput::Transmit(packet) => self.send(&packet).await,
                    ExchangeOutput::Event(ExchangeEvent::Done(key)) => break 'exchange key,
                    _ => {}
                }
            }
            let packet = self.packet().await;
            exchange.handle_packet(&packet, self.now, &mut self.rng).unwrap();
        };
        let config = ClientSessionConfig::new(key.auth_key, key.first_salt);
        let mut session = ClientSession::new(config, self.now, &mut self.rng);
        session.handle_connected(self.now);
        let queries = [
            crate::common::init(crate::common::LAYER, &functions::help::GetConfig {}.to_bytes().unwrap()),
            crate::common::send_code("4930123456").to_bytes().unwrap(),
        ];
        for query in queries {
            let call = session.call(query, Default::default());
            let (mut asked, mut answered) = (false, false);
            while !answered {
                while let Some(output) = session.poll_output(self.now, &mut self.rng) {
                    match output {
                        Output::Transmit { packet, .. } => {
                            // One thing at a time: what of two the server does first depends on its threads.
                            if std::mem::replace(&mut asked, true) {
                                continue;
                            }
                            self.send(&packet).await;
                        }
                        Output::Event(Event::Response { call: of, result }) if of == call => {
                            result.unwrap();
                            answered = true;
                        }
                        _ => {}
                    }
                }
                if !answered {
                    let packet = self.packet().await;
                    session.handle_packet(packet, self.now, &mut self.rng).unwrap();
                }
            }
        }
        // What comes after the last answer belongs to the run as well.
        let mut buffer = vec![0; 16 * 1024];
        let quiet = Duration::from_millis(200);
        while let Ok(Ok(count)) = tokio::time::timeout(quiet, self.socket.read(&mut buffer)).await {
            assert!(count > 0, "the server has closed");
            self.heard.extend_from_slice(&buffer[..count]);
        }
        self.heard
    }
}

#[tokio::test]
async fn two_runs_with_one_seed_are_equal_to_the_byte() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let start = |seed: u64, listen: Option<SocketAddr>| {
        let builder = builder().seed(seed).clock(Arc::new(clock));
        match listen {
            Some(address) => builder.listen(address),
            None => builder,
        }
    };
    let mut runs = Vec::new();
    let mut address = None;
    for seed in [1, 1, 2] {
        // The address is part of the configuration that clients get.
        let server = start(seed, address).spawn().await.unwrap();
        address = Some(server.address());
        let alice = server.user("alice").await.unwrap();
        let now = server.now();
        let heard = Recorder::connect(server.address(), now).await.run(&server).await;
        assert!(heard.len() > 1000);
        runs.push((heard, alice.session.auth_key.id(), server.login_code("4930123456").unwrap()));
        server.shutdown().await;
    }
    let differ = runs[0].0.iter().zip(&runs[1].0).position(|(a, b)| a != b);
    assert!(runs[0] == runs[1], "the same seed, but at {differ:?} {} {}", runs[0].0.len(), runs[1].0.len());
    assert_ne!(runs[0].1, runs[2].1, "another seed");
    assert!(runs[0].0 != runs[2].0);
}
