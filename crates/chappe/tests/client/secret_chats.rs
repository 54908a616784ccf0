//! Secret chats between two clients over a real server.
use std::time::Duration;

use crate::common::secret::{action, chat, event, message, pair, text};
use crate::common::{builder, person, person_with, phone, server, soon};
use chappe::history::MessageState;
use chappe::secret::{Action, ChatState, OutgoingText, SecretEvent};
use chappe::session::MemorySession;
use chappe::{ErrorKind, SqliteSession, types};
use chappe_server::{Fault, Match};

#[tokio::test]
async fn texts_travel_both_ways() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let mut from_bob = alice.secret_events();
    let (ours, theirs, mut from_alice) = chat(&alice, &bob, &user).await;
    assert_eq!(ours.id(), theirs.id());
    assert_eq!(ours.key().await.unwrap(), theirs.key().await.unwrap());
    for number in 0..10 {
        soon(ours.send_text(format!("to Bob {number}"))).await.unwrap();
        soon(theirs.send_text(format!("to Alice {number}"))).await.unwrap();
    }
    for number in 0..10 {
        assert_eq!(text(&mut from_alice).await, format!("to Bob {number}"));
        assert_eq!(text(&mut from_bob).await, format!("to Alice {number}"));
    }
}

#[tokio::test]
async fn many_texts_at_once_keep_their_order() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    let sends = (0..50).map(|number| {
        let ours = ours.clone();
        async move { ours.send_text(number.to_string()).await.unwrap() }
    });
    soon(futures_util::future::join_all(sends)).await;
    for number in 0..50 {
        assert_eq!(text(&mut events).await, number.to_string());
    }
}

#[tokio::test]
async fn formatted_texts_arrive_with_all_that_they_say() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    // Offsets count UTF-16: the first character takes two, the emoji of the fourth word as well.
    let html = "\u{1d54f} <b>bold</b> <i>italic</i> <u>under</u> <s>gone</s> <tg-spoiler>hidden</tg-spoiler> \
                <code>code</code> <pre><code class=\"language-rust\">let x;</code></pre> \
                <a href=\"https://example.org/\">link</a> <tg-emoji emoji-id=\"7\">\u{1f600}</tg-emoji> \
                <blockquote>quoted</blockquote>";
    let markdown = "**bold** __italic__ ||hidden|| `code` [link](https://example.org/)";
    for text in [chappe::markup::html(html).unwrap(), chappe::markup::markdown(markdown)] {
        assert!(text.entities.len() >= 5, "{:?}", text.entities);
        let asked = OutgoingText { silent: true, ..text.clone().into() };
        let sent = soon(ours.send_text(asked)).await.unwrap();
        assert_eq!(sent.left_out, 0);
        let came = message(&mut events).await;
        assert_eq!(came.formatted(), Some(&text));
        assert!(came.silent);
        let answer = OutgoingText { reply_to: Some(sent.random_id), ..OutgoingText::new("yes") };
        soon(ours.send_text(answer)).await.unwrap();
        assert_eq!(message(&mut events).await.reply_to, Some(sent.random_id));
    }
}

#[tokio::test]
async fn formatting_that_the_other_side_may_not_know_is_left_out_and_told() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    // What Bob says first, which tells what he can read, is lost.
    let lost = server.faults().on(Match::secret_chat(0).and_user(user.id)).times(1).apply(Fault::Drop);
    let mut heard = alice.secret_events();
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let asked = chappe::markup::markdown("**see** ||this||");
    let start = std::time::Instant::now();
    let both = soon(async { tokio::join!(ours.send_text(asked.clone()), ours.send_text("and this")) }).await;
    assert_eq!(lost.hits(), 1);
    assert!(start.elapsed() >= chappe::limits::LAYER_PATIENCE, "it waited for Bob to speak");
    assert_eq!((both.0.unwrap().left_out, both.1.unwrap().left_out), (1, 0));
    let bold = &asked.entities[..1];
    assert_eq!(message(&mut events).await.formatted().unwrap().entities, bold);
    assert_eq!(text(&mut events).await, "and this", "what was asked for later comes later");
    let composed = event(&mut heard, |event| match event {
        SecretEvent::Composed(message) => Some(message),
        _ => None,
    });
    assert_eq!(composed.await.left_out, asked.entities[1..]);
    let history = ours.history().limit(2).await.unwrap();
    assert_eq!(history[0].formatted().unwrap().entities, bold, "here as there");

    soon(theirs.send_text("I read spoilers")).await.unwrap();
    event(&mut heard, |event| matches!(event, SecretEvent::LayerChanged { .. }).then_some(())).await;
    assert_eq!(soon(ours.send_text(asked.clone())).await.unwrap().left_out, 0);
    assert_eq!(message(&mut events).await.formatted(), Some(&asked));
}

#[tokio::test]
async fn a_text_that_waits_for_the_other_side_to_speak_leaves_when_the_client_ends() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    server.faults().on(Match::secret_chat(0).and_user(user.id)).times(1).apply(Fault::Drop);
    let (ours, _theirs, mut events) = chat(&alice, &bob, &user).await;
    let asked = chappe::markup::markdown("||hidden||");
    let mut sending = std::pin::pin!(ours.send_text(asked));
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut sending).await.is_err());
    soon(alice.disconnect()).await.unwrap();
    assert_eq!(soon(sending).await.unwrap().left_out, 1);
    assert_eq!(text(&mut events).await, "hidden");
}

#[tokio::test]
async fn actions_arrive_and_act() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let sent = soon(ours.send_text("gone soon")).await.unwrap();
    soon(ours.set_ttl(Duration::from_secs(30))).await.unwrap();
    assert_eq!(action(&mut events, "SetMessageTTL").await, Action::SetMessageTtl { seconds: 30 });
    assert_eq!(theirs.info().await.unwrap().ttl, 30);
    soon(ours.delete(&[sent.random_id])).await.unwrap();
    assert_eq!(
        action(&mut events, "DeleteMessages").await,
        Action::DeleteMessages { random_ids: vec![sent.random_id.0] }
    );
    soon(ours.screenshot_taken(&[])).await.unwrap();
    action(&mut events, "ScreenshotMessages").await;
    soon(ours.flush()).await.unwrap();
    action(&mut events, "FlushHistory").await;
    soon(ours.send_action(Action::Noop)).await.unwrap();
    action(&mut events, "Noop").await;
    soon(ours.typing(true)).await.unwrap();
    event(&mut events, |event| matches!(event, SecretEvent::Typing { .. }).then_some(())).await;
}

#[tokio::test]
async fn the_first_call_of_the_project_works_by_hand() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let sealed = ours.seal(Action::SetMessageTtl { seconds: 5 }).await.unwrap();
    let request = chappe::functions::messages::SendEncryptedService {
        peer: ours.input().await.unwrap(),
        random_id: sealed.random_id(),
        data: sealed.data().to_vec(),
    };
    soon(alice.invoke(request)).await.unwrap();
    action(&mut events, "SetMessageTTL").await;
    assert_eq!(theirs.info().await.unwrap().ttl, 5);
    soon(ours.send_text("after it")).await.unwrap();
    assert_eq!(text(&mut events).await, "after it");
}

#[tokio::test]
async fn a_compared_key_is_remembered_on_our_side_alone() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, _events) = chat(&alice, &bob, &user).await;
    ours.set_verified(true).await.unwrap();
    assert!(ours.info().await.unwrap().verified && !theirs.info().await.unwrap().verified);
    ours.set_verified(false).await.unwrap();
    assert!(!ours.info().await.unwrap().verified);
}

#[tokio::test]
async fn a_key_is_replaced_and_the_picture_stays() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let before = (ours.info().await.unwrap(), ours.key().await.unwrap());
    ours.rekey().await.unwrap();
    event(&mut events, |event| matches!(event, SecretEvent::KeyChanged { .. }).then_some(())).await;
    soon(ours.send_text("under the new key")).await.unwrap();
    assert_eq!(text(&mut events).await, "under the new key");
    let after = (ours.info().await.unwrap(), ours.key().await.unwrap());
    assert_ne!(before.0.key_fingerprint, after.0.key_fingerprint);
    assert_eq!(after.0.key_fingerprint, theirs.info().await.unwrap().key_fingerprint);
    assert_eq!(before.1, after.1);
}

#[tokio::test]
async fn a_declined_request_ends_on_both_sides() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let mut events = bob.secret_events();
    let friend = alice.import_contact(&user.phone.clone().unwrap(), "Bob", "").await.unwrap();
    let ours = soon(alice.secret_chats().start(&friend)).await.unwrap();
    let request = event(&mut events, |event| match event {
        SecretEvent::ChatRequested { chat, .. } => Some(chat),
        _ => None,
    })
    .await;
    bob.secret_chats().decline(request).await.unwrap();
    let error = soon(ours.ready()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretChatClosed);
    assert_eq!(ours.info().await.unwrap().state, ChatState::Discarded);
    assert_eq!(ours.send_text("too late").await.unwrap_err().kind(), ErrorKind::Secret);
}

#[tokio::test]
async fn a_closed_chat_is_closed_on_both_sides() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    ours.close().await.unwrap();
    event(&mut events, |event| matches!(event, SecretEvent::ChatClosed { .. }).then_some(())).await;
    assert_eq!(theirs.info().await.unwrap().state, ChatState::Discarded);
    bob.secret_chats().forget(theirs.id()).await.unwrap();
    assert!(bob.secret_chats().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_sent_while_we_were_away_comes_in_order() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bob.session");
    let (alice, _) = person(&server, 103, "Alice").await;
    let (bob, user) = person_with(&server, SqliteSession::open(&path).await.unwrap(), 104, "Bob").await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    soon(ours.send_text("before")).await.unwrap();
    assert_eq!(text(&mut events).await, "before");
    let key = theirs.key().await.unwrap();
    bob.disconnect().await.unwrap();
    drop((theirs, bob));
    for number in 0..20 {
        soon(ours.send_text(number.to_string())).await.unwrap();
    }
    let bob = builder(&server, SqliteSession::open(&path).await.unwrap()).connect().await.unwrap();
    let mut events = bob.secret_events();
    for number in 0..20 {
        assert_eq!(text(&mut events).await, number.to_string());
    }
    let theirs = bob.secret_chats().get(ours.id()).await.unwrap();
    assert_eq!(theirs.key().await.unwrap(), key);
    let mut back = alice.secret_events();
    soon(theirs.send_text("here again")).await.unwrap();
    assert_eq!(text(&mut back).await, "here again");
}

#[tokio::test]
async fn a_chat_survives_broken_connections() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    for number in 0..10 {
        alice.reconnect();
        bob.reconnect();
        soon(ours.send_text(number.to_string())).await.unwrap();
    }
    for number in 0..10 {
        assert_eq!(text(&mut events).await, number.to_string());
    }
}

#[tokio::test]
async fn two_hundred_texts_over_broken_connections_arrive_once_and_in_order() {
    const COUNT: u32 = 200;
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let first = theirs.info().await.unwrap().received_count;
    let sends = (0..COUNT).map(|number| {
        let (alice, bob, ours) = (alice.clone(), bob.clone(), ours.clone());
        async move {
            ours.send_text(number.to_string()).await.unwrap();
            if number % 23 == 7 {
                alice.reconnect();
            }
            if number % 31 == 5 {
                bob.reconnect();
            }
        }
    });
    let mut last = first;
    let receive = async {
        for number in 0..COUNT {
            let message = message(&mut events).await;
            assert_eq!(message.text(), number.to_string());
            assert!(number == 0 || message.raw_seq_no > last);
            last = message.raw_seq_no;
        }
    };
    soon(async { tokio::join!(futures_util::future::join_all(sends), receive) }).await;
    soon(ours.send_text("the end")).await.unwrap();
    assert_eq!(text(&mut events).await, "the end");
}

#[tokio::test]
async fn requests_are_accepted_by_policy() {
    let server = server().await;
    let (alice, _) = person(&server, 105, "Alice").await;
    let bob = builder(&server, MemorySession::new())
        .accept_policy(chappe::secret::AcceptPolicy::Automatic { delay: Duration::ZERO })
        .connect()
        .await
        .unwrap();
    crate::common::log_in(&bob, 106, "Bob").await;
    let friend = alice.import_contact(&phone(106), "Bob", "").await.unwrap();
    let ours = soon(alice.secret_chats().start(&friend)).await.unwrap();
    soon(ours.ready()).await.unwrap();
}

#[tokio::test]
async fn nobody_has_chats_before_the_login() {
    let server = server().await;
    let client = builder(&server, MemorySession::new()).connect().await.unwrap();
    assert!(client.secret_chats().list().await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn a_refusal_keeps_the_words_of_the_server() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, _events) = chat(&alice, &bob, &user).await;
    let me = alice.me().await.unwrap();
    let seen = bob.import_contact(&me.phone.clone().unwrap(), "Alice", "").await.unwrap();
    let peer = types::InputPeerUser { user_id: seen.id, access_hash: seen.access_hash.unwrap_or_default() };
    let block = chappe::functions::contacts::Block { my_stories_from: false, id: peer.into() };
    soon(bob.invoke(block)).await.unwrap();
    let error = soon(ours.send_text("not wanted")).await.unwrap_err();
    assert!(error.is("USER_IS_BLOCKED"), "{error}");
    assert_eq!(error.rpc().unwrap().code, 403);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_sent_when_the_other_side_has_answered() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let me = alice.me().await.unwrap().id;
    let calls = Match::method("messages.sendEncrypted").and_user(me);
    server.faults().on(calls).times(1).apply(Fault::Unreadable);
    let answer = async {
        assert_eq!(text(&mut events).await, "Have you got this?");
        theirs.send_text("Yes.").await.unwrap();
    };
    let (sent, ()) = soon(async { tokio::join!(ours.send_text("Have you got this?"), answer) }).await;
    let (sent, history) = (sent.unwrap(), ours.history().await.unwrap());
    let entry = history.iter().find(|entry| entry.random_id == sent.random_id).unwrap();
    assert_eq!((&entry.state, entry.date), (&MessageState::Delivered, sent.date));
}

#[tokio::test]
async fn a_login_that_ends_is_told() {
    let server = server().await;
    let session = MemorySession::new();
    let (client, _) = person_with(&server, session.clone(), 107, "Alice").await;
    client.disconnect().await.unwrap();
    // The same authorization, ended by somebody who has a copy of it.
    let copy = builder(&server, session.fork()).connect().await.unwrap();
    copy.log_out().await.unwrap();
    let client = builder(&server, session).connect().await.unwrap();
    let mut updates = client.updates();
    let told = soon(async {
        loop {
            match updates.recv().await.unwrap() {
                chappe::Event::Connection(_) => {}
                other => return other,
            }
        }
    })
    .await;
    assert!(matches!(told, chappe::Event::LoggedOut), "{told:?}");
    assert!(client.secret_chats().list().await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn what_the_server_has_forgotten_after_a_week_is_asked_for_again() {
    let server = server().await;
    let session = MemorySession::new();
    let (alice, _) = person(&server, 101, "Alice").await;
    let (bob, user) = person_with(&server, session.clone(), 102, "Bob").await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    soon(ours.send_text("before")).await.unwrap();
    assert_eq!(text(&mut events).await, "before");
    bob.disconnect().await.unwrap();
    for number in 0..3 {
        soon(ours.send_text(format!("lost {number}"))).await.unwrap();
    }
    server.advance(Duration::from_secs(8 * 24 * 3600)).await.unwrap();
    let bob = builder(&server, session).connect().await.unwrap();
    let mut events = bob.secret_events();
    soon(bob.catch_up()).await.unwrap();
    soon(ours.send_text("after a week")).await.unwrap();
    event(&mut events, |event| matches!(event, SecretEvent::GapDetected { .. }).then_some(())).await;
    for number in 0..3 {
        assert_eq!(text(&mut events).await, format!("lost {number}"));
    }
    assert_eq!(text(&mut events).await, "after a week");
    let chat = bob.secret_chats().get(theirs.id()).await.unwrap();
    assert_eq!(chat.info().await.unwrap().pending_count, 0);
}
