//! The stream of events against a server: kinds, gaps, absences, restarts, slow programs.

use std::time::Duration;

use chappe::session::{KeyRange, MemorySession, Record, Scan, Session, StoredSession};
use chappe::updates::Filter;
use chappe::{Client, Event, PeerId, UpdateStream, enums, functions, types};
use chappe_server::{Account, Fault, Match, Server};

use crate::common::{builder, person, person_with, phone, server, soon};

/// A session of this account, for a client of its own.
async fn session(server: &Server, account: &Account) -> MemorySession {
    let ready = server.new_session(account).await.unwrap();
    let address = chappe::Address::new(ready.address.ip().to_string(), ready.address.port()).unwrap();
    let mut stored = StoredSession::new(ready.dc_id, address, ready.auth_key);
    stored.user_id = Some(ready.user_id);
    stored.is_bot = ready.is_bot;
    MemorySession::with_stored(stored)
}

/// A client that knows where everything stands.
async fn connected(server: &Server, session: &MemorySession) -> Client {
    let client = builder(server, session.clone()).connect().await.unwrap();
    soon(client.catch_up()).await.unwrap();
    client
}

/// The next event that is not about the connection.
async fn next(updates: &mut UpdateStream) -> Event {
    loop {
        match soon(updates.recv()).await.expect("the stream has ended") {
            Event::Connection(_) => {}
            event => return event,
        }
    }
}

async fn text(updates: &mut UpdateStream) -> String {
    match next(updates).await {
        Event::NewMessage(message) => message.text().to_owned(),
        other => panic!("{other:?}"),
    }
}

async fn texts(updates: &mut UpdateStream, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(text(updates).await);
    }
    texts
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

async fn say(server: &Server, from: &Account, to: &Account, range: std::ops::Range<usize>) {
    for number in range {
        server.send_text(from, to.user_id, &number.to_string()).await.unwrap();
    }
}

async fn people(server: &Server) -> (Account, Account) {
    (server.user("alice").await.unwrap(), server.user("bob").await.unwrap())
}

/// A group of both, made by the first.
async fn group(server: &Server, of: &Account, with: &Account) -> i64 {
    let create = functions::channels::CreateChannel {
        broadcast: false,
        megagroup: true,
        for_import: false,
        forum: false,
        title: "group".to_owned(),
        about: String::new(),
        geo_point: None,
        address: None,
        ttl_period: None,
    };
    let enums::Updates::Updates(made) = server.call(of, &create).await.unwrap() else { panic!("no updates") };
    let enums::Chat::Channel(channel) = &made.chats[0] else { panic!("no channel") };
    let invite = functions::channels::InviteToChannel {
        channel: server.input_channel(of, channel.id).into(),
        users: vec![server.input_user(of, with.user_id).into()],
    };
    server.call(of, &invite).await.unwrap();
    channel.id
}

fn message(peer: enums::InputPeer, text: &str, random_id: i64) -> functions::messages::SendMessage {
    functions::messages::SendMessage {
        no_webpage: false,
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer,
        reply_to: None,
        message: text.to_owned(),
        random_id,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
        rich_message: None,
    }
}

async fn post(server: &Server, from: &Account, channel: i64, range: std::ops::Range<usize>) {
    for number in range {
        let input = server.input_channel(from, channel);
        let peer = types::InputPeerChannel { channel_id: input.channel_id, access_hash: input.access_hash };
        let random_id = i64::try_from(number).unwrap() + 1;
        server.call(from, &message(peer.into(), &number.to_string(), random_id)).await.unwrap();
    }
}

#[tokio::test]
async fn events_have_the_kinds_of_what_happened() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let client = connected(&server, &session(&server, &bob).await).await;
    let mut updates = client.updates();
    let to_bob = || enums::InputPeer::from(server.input_peer(&alice, bob.user_id));

    server.send_text(&alice, bob.user_id, "hello").await.unwrap();
    let Event::NewMessage(new) = next(&mut updates).await else { panic!("no message") };
    let from_alice = PeerId::User(alice.user_id);
    assert_eq!((new.text(), new.is_outgoing()), ("hello", false));
    assert_eq!((new.chat(), new.sender()), (from_alice, Some(from_alice)));
    // The second one comes in the short form, and looks the same.
    server.send_text(&alice, bob.user_id, "again").await.unwrap();
    let Event::NewMessage(again) = next(&mut updates).await else { panic!("no message") };
    assert_eq!((again.text(), again.chat(), again.sender()), ("again", new.chat(), new.sender()));
    assert!(again.id() > new.id());

    let typing = functions::messages::SetTyping {
        peer: to_bob(),
        top_msg_id: None,
        action: enums::SendMessageAction::TypingAction,
    };
    server.call(&alice, &typing).await.unwrap();
    let Event::Typing(typing) = next(&mut updates).await else { panic!("no typing") };
    assert_eq!((typing.chat(), typing.sender()), (from_alice, from_alice));

    // Bob answers with this very client: the short answer to the call is an event, too.
    let peer = server.input_peer(&bob, alice.user_id);
    client.invoke(message(peer.into(), "from here", 5)).await.unwrap();
    let Event::NewMessage(own) = next(&mut updates).await else { panic!("no message") };
    assert_eq!((own.text(), own.is_outgoing(), own.chat()), ("from here", true, from_alice));

    let history = functions::messages::GetHistory {
        peer: to_bob(),
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: 1,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    let read = functions::messages::ReadHistory { peer: to_bob(), max_id: i32::MAX };
    server.call(&alice, &read).await.unwrap();
    let Event::Read(read) = next(&mut updates).await else { panic!("no read mark") };
    assert!(read.is_outbox() && read.chat() == from_alice && read.max_id() == own.id());

    server.send_text(&alice, bob.user_id, "wrogn").await.unwrap();
    assert_eq!(text(&mut updates).await, "wrogn");
    let last = match server.call(&alice, &history).await.unwrap() {
        enums::messages::Messages::Messages(page) => page.messages,
        enums::messages::Messages::Slice(page) => page.messages,
        other => panic!("{other:?}"),
    };
    let enums::Message::Message(last) = &last[0] else { panic!("no message") };
    let edit = functions::messages::EditMessage {
        no_webpage: false,
        invert_media: false,
        peer: to_bob(),
        id: last.id,
        message: Some("wrong".to_owned()),
        media: None,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        quick_reply_shortcut_id: None,
        rich_message: None,
    };
    server.call(&alice, &edit).await.unwrap();
    let Event::MessageEdited(edited) = next(&mut updates).await else { panic!("no edit") };
    assert_eq!(edited.text(), "wrong");
    server
        .call(&alice, &functions::messages::DeleteMessages { revoke: true, id: vec![last.id] })
        .await
        .unwrap();
    let Event::MessagesDeleted(deleted) = next(&mut updates).await else { panic!("no deletion") };
    assert_eq!(deleted.ids(), [edited.id()]);
}

#[tokio::test]
async fn what_happens_to_a_group_is_told_and_its_messages_come_in_order() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let client = connected(&server, &session(&server, &bob).await).await;
    let mut updates = client.updates().only(Filter::chat_action() | Filter::new_message());
    let channel = group(&server, &alice, &bob).await;
    let Event::ChatAction(joined) = next(&mut updates).await else { panic!("no service message") };
    assert!(matches!(joined.action(), Some(enums::MessageAction::ChatAddUser(_))), "{joined:?}");
    assert_eq!(joined.chat(), PeerId::Channel(channel));
    post(&server, &alice, channel, 0..5).await;
    assert_eq!(texts(&mut updates, 5).await, numbers(0..5));
}

#[tokio::test]
async fn filters_choose_and_what_they_pass_over_counts_as_handled() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    let mut commands = client
        .updates()
        .only(Filter::incoming() & Filter::new_message())
        .only(Filter::text(|text| text.starts_with('/')) & Filter::from_user(alice.user_id));
    let mut others = client.observe().only(!Filter::text(|text| text.starts_with('/')) & Filter::private());
    for text in ["a", "/b", "c", "/d"] {
        server.send_text(&alice, bob.user_id, text).await.unwrap();
    }
    assert_eq!(texts(&mut commands, 2).await, ["/b", "/d"]);
    for text in ["a", "c"] {
        assert_eq!(soon(others.recv()).await.unwrap().text(), Some(text));
    }
    commands.save().await.unwrap();
    drop(commands);
    client.disconnect().await.unwrap();
    let client = connected(&server, &session).await;
    let mut updates = client.updates();
    server.send_text(&alice, bob.user_id, "e").await.unwrap();
    assert_eq!(text(&mut updates).await, "e");
}

#[tokio::test]
async fn what_was_not_handled_comes_again_after_a_restart_and_nothing_else() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let channel = group(&server, &alice, &bob).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    let mut updates = client.updates();
    say(&server, &alice, &bob, 0..10).await;
    assert_eq!(texts(&mut updates, 4).await, numbers(0..4));
    // The fifth is being handled when the program ends.
    assert_eq!(text(&mut updates).await, "4");
    drop(updates);
    client.disconnect().await.unwrap();
    let client = connected(&server, &session).await;
    let mut updates = client.updates().only(Filter::new_message());
    assert_eq!(texts(&mut updates, 6).await, numbers(4..10));
    // One message behind what was fetched together.
    say(&server, &alice, &bob, 10..11).await;
    assert_eq!(text(&mut updates).await, "10");
    updates.save().await.unwrap();
    drop(updates);
    client.disconnect().await.unwrap();
    say(&server, &alice, &bob, 11..12).await;
    post(&server, &alice, channel, 20..22).await;
    let client = connected(&server, &session).await;
    let mut updates = client.updates().only(Filter::new_message());
    let mut all = texts(&mut updates, 3).await;
    all.sort_by_key(|text| text.parse::<usize>().unwrap());
    assert_eq!(all, [numbers(11..12), numbers(20..22)].concat());
}

#[tokio::test]
async fn events_that_are_held_come_again_if_they_were_not_done() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    let mut updates = client.updates().only(Filter::new_message());
    say(&server, &alice, &bob, 0..3).await;
    let first = soon(updates.recv_held()).await.unwrap();
    let second = soon(updates.recv_held()).await.unwrap();
    let third = soon(updates.recv_held()).await.unwrap();
    assert_eq!(second.text(), Some("1"));
    first.done();
    third.done();
    updates.save().await.unwrap();
    drop((second, updates));
    client.disconnect().await.unwrap();
    let client = connected(&server, &session).await;
    assert_eq!(texts(&mut client.updates(), 2).await, numbers(1..3));
}

/// An album of two documents.
async fn send_album(from: &Client, to: &chappe::Peer) -> Vec<i32> {
    let file = |name: &str| {
        chappe::media::Attachment::document(
            chappe::files::FileInput::bytes(name.as_bytes().to_vec()).named(name),
        )
    };
    let sent = from.send_album(to).add_file(file("one"), "both").add_file(file("two"), "");
    soon(sent.into_future()).await.unwrap().iter().map(chappe::Message::id).collect()
}

#[tokio::test]
async fn an_album_comes_as_one_and_whole_again_if_it_was_not_handled() {
    use chappe::updates::{AlbumStream, Gathered};
    /// The captions of what comes next, leaving out what is about the connection.
    async fn gathered(updates: &mut AlbumStream) -> Vec<String> {
        loop {
            match soon(updates.recv()).await.expect("the stream has ended") {
                Gathered::Album(album) => {
                    return album.messages().iter().map(|message| message.text().to_owned()).collect();
                }
                Gathered::Event(Event::NewMessage(message)) => return vec![message.text().to_owned()],
                Gathered::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let server = server().await;
    let (alice, _) = person(&server, 651, "Alice").await;
    let session = MemorySession::new();
    let (bob, _) = person_with(&server, session.clone(), 652, "Bob").await;
    let to_bob = alice.resolve(&phone(652)).await.unwrap();
    let mut plain = bob.observe().only(Filter::new_message());
    let mut updates = bob.updates().only(Filter::new_message()).albums();
    alice.send(&to_bob, "look").await.unwrap();
    send_album(&alice, &to_bob).await;
    alice.send(&to_bob, "nice?").await.unwrap();
    assert_eq!(gathered(&mut updates).await, ["look"]);
    assert_eq!(gathered(&mut updates).await, ["both", ""]);
    // The plain stream stays as it is.
    for text in ["look", "both", "", "nice?"] {
        assert_eq!(soon(plain.recv()).await.unwrap().text(), Some(text));
    }
    drop((updates, plain));
    bob.disconnect().await.unwrap();

    let bob = builder(&server, session.clone()).connect().await.unwrap();
    let mut updates = bob.updates().albums();
    assert_eq!(gathered(&mut updates).await, ["both", ""], "it was being handled");
    assert_eq!(gathered(&mut updates).await, ["nice?"]);
    // Nothing comes behind it in its chat.
    send_album(&alice, &to_bob).await;
    assert_eq!(gathered(&mut updates).await, ["both", ""]);
    updates.save().await.unwrap();
    drop(updates);
    bob.disconnect().await.unwrap();
    let bob = builder(&server, session).connect().await.unwrap();
    let mut updates = bob.updates().albums();
    alice.send(&to_bob, "last").await.unwrap();
    assert_eq!(gathered(&mut updates).await, ["last"]);
}

#[tokio::test]
async fn a_program_that_wants_no_updates_does_not_get_old_ones_later() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    say(&server, &alice, &bob, 0..2).await;
    soon(client.catch_up()).await.unwrap();
    let mut observer = client.observe().only(Filter::new_message());
    assert!(soon(observer.recv()).await.is_some() && soon(observer.recv()).await.is_some());
    client.disconnect().await.unwrap();
    let client = connected(&server, &session).await;
    say(&server, &alice, &bob, 2..3).await;
    assert_eq!(text(&mut client.updates()).await, "2");
}

#[tokio::test]
async fn after_days_offline_everything_comes_once_and_in_order() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let channel = group(&server, &alice, &bob).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    client.disconnect().await.unwrap();
    // More than fits into one slice, over five days.
    for day in 0..5 {
        say(&server, &alice, &bob, day * 60..(day + 1) * 60).await;
        post(&server, &alice, channel, day * 60..(day + 1) * 60).await;
        server.advance(Duration::from_secs(86_400)).await.unwrap();
    }
    let entered_meanwhile = group(&server, &alice, &bob).await;
    post(&server, &alice, entered_meanwhile, 900..903).await;
    let client = builder(&server, session).connect().await.unwrap();
    let mut updates = client.updates().only(Filter::new_message());
    let (mut private, mut posts, mut later) = (vec![], vec![], vec![]);
    for _ in 0..603 {
        let Event::NewMessage(new) = next(&mut updates).await else { panic!("no message") };
        let of = match new.chat() {
            PeerId::Channel(id) if id == channel => &mut posts,
            PeerId::Channel(_) => &mut later,
            _ => &mut private,
        };
        of.push(new.text().to_owned());
    }
    assert_eq!(private, numbers(0..300));
    assert_eq!(posts, numbers(0..300));
    assert_eq!(later, numbers(900..903));
}

#[tokio::test]
async fn too_much_for_the_server_to_tell_is_told_and_the_rest_goes_on() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let channel = group(&server, &alice, &bob).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    client.disconnect().await.unwrap();
    say(&server, &alice, &bob, 0..3).await;
    post(&server, &alice, channel, 0..3).await;
    // The server keeps a week.
    server.advance(Duration::from_secs(8 * 86_400)).await.unwrap();
    say(&server, &alice, &bob, 3..4).await;
    post(&server, &alice, channel, 3..4).await;
    let client = builder(&server, session).connect().await.unwrap();
    let mut updates = client.updates();
    let mut missed = Vec::new();
    while missed.len() < 2 {
        if let Event::Missed { channel } = next(&mut updates).await {
            missed.push(channel);
        }
    }
    missed.sort_unstable();
    assert_eq!(missed, [None, Some(channel)]);
    let mut updates = updates.only(Filter::new_message());
    say(&server, &alice, &bob, 4..5).await;
    assert_eq!(text(&mut updates).await, "4");
    post(&server, &alice, channel, 5..6).await;
    assert_eq!(text(&mut updates).await, "5");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_the_rest_goes_on() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let channel = group(&server, &alice, &bob).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    soon(client.disconnect()).await.unwrap();
    say(&server, &alice, &bob, 0..3).await;
    post(&server, &alice, channel, 0..3).await;
    let unreadable = |method| server.faults().on(Match::method(method)).times(3).apply(Fault::Unreadable);
    let rules = ["updates.getDifference", "updates.getChannelDifference"].map(unreadable);

    let client = builder(&server, session).connect().await.unwrap();
    let mut updates = client.updates();
    let (mut seen, mut missed) = (0, Vec::new());
    while missed.len() < 2 {
        match next(&mut updates).await {
            Event::Undecodable { constructor_id: 0xdead_beef } => seen += 1,
            Event::Missed { channel } => missed.push(channel),
            // Of the channel itself.
            Event::Raw(_) => {}
            other => panic!("{other:?}"),
        }
    }
    missed.sort_unstable();
    assert_eq!((seen, missed), (6, vec![None, Some(channel)]));
    assert_eq!(rules.map(|rule| rule.hits()), [3, 3]);
    say(&server, &alice, &bob, 3..4).await;
    assert_eq!(text(&mut updates).await, "3");
    post(&server, &alice, channel, 3..4).await;
    assert_eq!(text(&mut updates).await, "3");
}

#[tokio::test]
async fn a_slow_program_is_waited_for_and_loses_nothing() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let client = connected(&server, &session(&server, &bob).await).await;
    let mut updates = client.updates().only(Filter::new_message());
    let count = chappe::limits::MAX_UNREAD_UPDATES + 100;
    say(&server, &alice, &bob, 0..count).await;
    // It returns although not everything fits.
    soon(client.catch_up()).await.unwrap();
    for number in 0..count {
        assert_eq!(text(&mut updates).await, number.to_string());
    }
}

#[tokio::test]
async fn what_is_handled_is_stored_soon_without_being_asked_for() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let session = session(&server, &bob).await;
    let client = connected(&server, &session).await;
    let mut updates = client.updates().only(Filter::new_message());
    let counters = async || session.scan(&Scan::all(KeyRange::prefix(b"U"))).await.unwrap();
    for number in 0..6 {
        let before: Vec<Record> = counters().await;
        say(&server, &alice, &bob, number..number + 1).await;
        assert_eq!(text(&mut updates).await, number.to_string());
        // Nothing else happens: that the stream waits for the next one says that this one is handled.
        soon(async {
            while counters().await == before {
                assert!(tokio::time::timeout(Duration::from_millis(10), updates.recv()).await.is_err());
            }
        })
        .await;
    }
}

#[tokio::test]
async fn streams_end_when_the_last_client_is_dropped() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let client = connected(&server, &session(&server, &bob).await).await;
    let (mut updates, mut observer, mut secret) =
        (client.updates(), client.observe(), client.secret_events());
    say(&server, &alice, &bob, 0..1).await;
    assert_eq!(text(&mut updates).await, "0");
    drop(client);
    soon(async { while updates.recv().await.is_some() {} }).await;
    soon(async { while observer.recv().await.is_some() {} }).await;
    assert!(soon(secret.recv()).await.is_none());
}

#[tokio::test]
async fn what_this_client_reads_and_deletes_leaves_no_gap() {
    let server = server().await;
    let (alice, bob) = people(&server).await;
    let channel = group(&server, &alice, &bob).await;
    let client = connected(&server, &session(&server, &bob).await).await;
    let mut updates = client.updates().only(Filter::new(|event| !matches!(event, Event::Raw(_))));
    let chat = PeerId::User(alice.user_id);
    let mut seen = server.observations();
    let mut ids = Vec::new();
    for number in 0..3 {
        say(&server, &alice, &bob, number..number + 1).await;
        let Event::NewMessage(new) = next(&mut updates).await else { panic!("no message") };
        assert_eq!(new.text(), number.to_string());
        ids.push(new.id());
        client.mark_read(chat, new.id()).await.unwrap();
    }
    assert_eq!(client.delete_messages(chat, [ids[0]]).await.unwrap(), 1);
    say(&server, &alice, &bob, 3..4).await;
    assert_eq!(text(&mut updates).await, "3");
    client.delete_history(chat).await.unwrap();
    say(&server, &alice, &bob, 4..5).await;
    assert_eq!(text(&mut updates).await, "4");

    let posted = client.send(PeerId::Channel(channel), "mine").await.unwrap();
    assert_eq!(text(&mut updates).await, "mine");
    assert_eq!(client.delete_messages(PeerId::Channel(channel), [posted.id()]).await.unwrap(), 1);
    post(&server, &alice, channel, 5..6).await;
    assert_eq!(text(&mut updates).await, "5");

    let differences =
        std::iter::from_fn(|| seen.try_next()).filter(|call| call.method.ends_with("Difference"));
    assert_eq!(differences.count(), 0);
}

#[tokio::test]
async fn nobody_waits_for_a_difference_once_the_login_has_ended() {
    let server = server().await;
    let (_, bob) = people(&server).await;
    let (here, there) = (session(&server, &bob).await, session(&server, &bob).await);
    connected(&server, &here).await.disconnect().await.unwrap();
    let other = connected(&server, &there).await;
    other.end_other_sessions().await.unwrap();
    // It is asked for before the answer says that the login has ended.
    let slow = Match::method("updates.getDifference");
    server.faults().on(slow).apply(Fault::Delay(Duration::from_millis(200)));
    let client = builder(&server, here).connect().await.unwrap();
    let mut updates = client.updates();
    let error = soon(client.catch_up()).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert!(matches!(next(&mut updates).await, Event::LoggedOut));

    // The same if this client ends it itself.
    let silent = Match::method("updates.getDifference");
    server.faults().clear();
    server.faults().on(silent).apply(Fault::Silence);
    other.disconnect().await.unwrap();
    let other = builder(&server, there).connect().await.unwrap();
    let (caught_up, logged_out) = soon(async { tokio::join!(other.catch_up(), other.log_out()) }).await;
    logged_out.unwrap();
    assert!(caught_up.unwrap_err().is_unauthorized());
}
