//! What a message may hold, and whom it may name.

use crate::common::cloud::{self, draft, edit, history, message, peer, reply, send};
use crate::common::groups::{Three, create, make_channel};
use crate::common::server;
use chappe_api::{enums, functions, types};

fn quote(id: i32, text: &str, marks: Vec<enums::MessageEntity>) -> enums::InputReplyTo {
    let enums::InputReplyTo::Message(mut reply) = reply(id) else { panic!("another answer") };
    reply.quote_text = Some(text.into());
    reply.quote_entities = Some(marks);
    reply.quote_offset = Some(0);
    enums::InputReplyTo::Message(reply)
}

#[tokio::test]
async fn the_marks_of_a_quote_are_checked_like_those_of_a_text() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let crowd = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(send(&crowd.peer, "hello you two", 1)).await.unwrap();
    let id = message(&history(&mut t.alice, &crowd.peer).await[0]).id;
    let mut answer = async |random_id, marks| {
        let mut answer = send(&crowd.peer, "yes", random_id);
        answer.reply_to = Some(quote(id, "you two", marks));
        t.alice.call(answer).await
    };
    let bold = |offset, length| types::MessageEntityBold { offset, length }.into();
    let error = answer(2, vec![bold(5, 9)]).await.unwrap_err();
    assert_eq!((error.code, error.name.as_str()), (400, "ENTITY_BOUNDS_INVALID"));
    let named =
        types::InputMessageEntityMentionName { offset: 0, length: 3, user_id: t.to_bob.clone().into() };
    // By number alone nobody is named: it would show whom one has no access hash for.
    let bare = types::MessageEntityMentionName { offset: 4, length: 3, user_id: t.carol_id };
    answer(3, vec![named.into(), bare.into(), bold(4, 3)]).await.unwrap();
    let newest = history(&mut t.alice, &crowd.peer).await.remove(0);
    let Some(enums::MessageReplyHeader::Header(header)) = &message(&newest).reply_to else { panic!() };
    let marks = header.quote_entities.as_deref().unwrap_or_default();
    let bob = types::MessageEntityMentionName { offset: 0, length: 3, user_id: t.bob_id };
    assert_eq!(marks, [bob.into(), bold(4, 3)]);
}

#[tokio::test]
async fn a_message_and_a_draft_hold_only_so_much_besides_their_text() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let to_bob = peer(&t.to_bob);
    let long = |url_len| {
        let url = format!("https://example.org/{}", "x".repeat(url_len));
        let link: enums::MessageEntity = types::MessageEntityTextUrl { offset: 0, length: 4, url }.into();
        Some(vec![link])
    };
    let mut fits = send(&to_bob, "look", 1);
    fits.entities = long(2_000);
    t.alice.call(fits).await.unwrap();
    let mut one = send(&to_bob, "look", 2);
    one.entities = long(100_000);
    assert_eq!(t.alice.error(one).await, (400, "ENTITIES_TOO_LONG".into()));
    let mut other = edit(&to_bob, 1, "look");
    other.entities = long(100_000);
    assert_eq!(t.alice.error(other).await, (400, "ENTITIES_TOO_LONG".into()));
    let card = types::InputMediaContact {
        phone_number: "9996630003".into(),
        first_name: "Carol".into(),
        last_name: String::new(),
        vcard: "x".repeat(100_000),
    };
    assert_eq!(t.alice.error(cloud::send_media(&to_bob, card, 3)).await, (400, "MEDIA_INVALID".into()));
    assert_eq!(history(&mut t.alice, &to_bob).await.len(), 1, "nothing else was sent");
    for kept in [draft(&to_bob, &"x".repeat(5_000)), {
        let mut kept = draft(&to_bob, "look");
        kept.entities = long(100_000);
        kept
    }] {
        assert_eq!(t.alice.error(kept).await, (400, "MESSAGE_TOO_LONG".into()));
    }
}

#[tokio::test]
async fn a_call_asks_for_so_much_at_once() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let to_bob = peer(&t.to_bob);
    t.alice.call(send(&to_bob, "hi", 1)).await.unwrap();
    let filters = vec![enums::MessagesFilter::Photos; 1000];
    let count = functions::messages::GetSearchCounters {
        peer: to_bob,
        saved_peer_id: None,
        top_msg_id: None,
        filters,
    };
    assert!(t.alice.call(count).await.unwrap().len() < 100);
    let users = vec![t.to_bob.clone().into(); 1000];
    assert_eq!(t.alice.error(create("Trio", users)).await, (400, "CHAT_MEMBER_ADD_FAILED".into()));
    // Of pinned chats there are five, also when another five are put in front.
    let mut crowds = Vec::new();
    for n in 0..10 {
        crowds.push(make_channel(&mut t.alice, &format!("Crowd {n}"), false).await);
    }
    for order in crowds.chunks(5) {
        let order = order.iter().map(|crowd| types::InputDialogPeer { peer: crowd.peer.clone() }.into());
        let pin =
            functions::messages::ReorderPinnedDialogs { force: false, folder_id: 0, order: order.collect() };
        t.alice.call(pin).await.unwrap();
        let pinned = functions::messages::GetPinnedDialogs { folder_id: 0 };
        assert_eq!(t.alice.call(pinned).await.unwrap().dialogs.len(), 5);
    }
}
