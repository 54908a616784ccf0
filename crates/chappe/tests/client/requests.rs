//! What goes out: the options of builders as they reach a server.

use chappe::bots::force_reply;
use chappe::messages::WHEN_ONLINE;
use chappe::{Decode, Encode, ErrorKind, PeerId, PeerRef, enums, functions, types};
use serde_json::json;

use crate::common::scripted::{Scripted, message, sent, unknown, updates_of};

/// Somebody to write to.
fn friend() -> PeerRef {
    PeerRef::with_hash(PeerId::User(7), 70)
}

/// A supergroup.
fn group() -> PeerRef {
    PeerRef::with_hash(PeerId::Channel(8), 80)
}

fn input_group() -> enums::InputPeer {
    types::InputPeerChannel { channel_id: 8, access_hash: 80 }.into()
}

/// A place that can be sent without an upload.
fn place() -> enums::InputMedia {
    let point = types::InputGeoPoint { lat: 1.0, long: 2.0, accuracy_radius: None };
    types::InputMediaGeoPoint { geo_point: point.into() }.into()
}

fn photo(id: i64) -> types::InputMediaPhoto {
    let id = types::InputPhoto { id, access_hash: 1, file_reference: vec![1] }.into();
    types::InputMediaPhoto { spoiler: false, live_photo: false, id, ttl_seconds: None, video: None }
}

fn answering(message: i32) -> types::InputReplyToMessage {
    types::InputReplyToMessage {
        reply_to_msg_id: message,
        top_msg_id: None,
        reply_to_peer_id: None,
        quote_text: None,
        quote_entities: None,
        quote_offset: None,
        monoforum_peer_id: None,
        todo_item_id: None,
        poll_option: None,
        quote_rich: None,
    }
}

/// Tells of what was sent, edited or saved, and of lists that are empty.
async fn server() -> Scripted {
    Scripted::start(|request| {
        let affected =
            |offset| json!({ "_": "messages.affectedHistory", "pts": 1, "pts_count": 1, "offset": offset });
        Ok(match request.method.as_str() {
            "messages.sendMessage"
            | "messages.sendMedia"
            | "messages.sendMultiMedia"
            | "messages.forwardMessages" => sent(request),
            "messages.editMessage" => {
                updates_of(&[json!({ "_": "updateEditMessage", "message": message(17, 7),
                "pts": 1, "pts_count": 0 })])
            }
            "messages.saveDraft" | "channels.readMessageContents" | "messages.setInlineBotResults" => {
                json!({ "_": "boolTrue" })
            }
            "messages.readMessageContents" => {
                json!({ "_": "messages.affectedMessages", "pts": 1, "pts_count": 0 })
            }
            // Two pieces, the second of which is the last.
            "messages.readMentions" | "messages.deleteHistory" => affected(i32::from(request.earlier == 0)),
            "messages.getHistory"
            | "messages.search"
            | "messages.getReplies"
            | "messages.getScheduledHistory" => {
                json!({ "_": "messages.messages", "messages": [], "topics": [], "chats": [], "users": [] })
            }
            _ => return unknown(request),
        })
    })
    .await
}

/// The last call of a method.
fn last<F: Decode>(server: &Scripted, method: &str) -> F {
    F::from_bytes(&server.seen(method).last().expect("it was not called").query).unwrap()
}

/// Compares what arrived with what is expected, which is an earlier call of the kind with a change.
fn assert_same(name: &str, came: &impl Encode, expected: &impl Encode) {
    assert_eq!(came.to_bytes().unwrap(), expected.to_bytes().unwrap(), "{name}");
}

#[tokio::test]
async fn each_option_of_a_message_reaches_the_server() {
    use functions::messages::SendMessage as Sent;
    type Change = fn(&mut Sent);
    let server = server().await;
    let client = server.client().await;
    let send = || client.send(friend(), "words");
    let cases: Vec<(&str, chappe::messages::SendMessage, Change)> = vec![
        ("silent", send().silent(), |sent| sent.silent = true),
        ("background", send().background(), |sent| sent.background = true),
        ("no_forwards", send().no_forwards(), |sent| sent.noforwards = true),
        ("no_preview", send().no_preview(), |sent| sent.no_webpage = true),
        ("invert_media", send().invert_media(), |sent| sent.invert_media = true),
        ("clear_draft", send().clear_draft(), |sent| sent.clear_draft = true),
        ("effect", send().effect(5), |sent| sent.effect = Some(5)),
        ("schedule", send().schedule(1_800_000_000), |sent| sent.schedule_date = Some(1_800_000_000)),
        ("when online", send().schedule(WHEN_ONLINE), |sent| sent.schedule_date = Some(0x7fff_fffe)),
        ("send_as", send().send_as(group()), |sent| sent.send_as = Some(input_group())),
        ("reply_to", send().reply_to(17), |sent| sent.reply_to = Some(answering(17).into())),
        ("in_thread", send().in_thread(16), |sent| {
            let thread = types::InputReplyToMessage { top_msg_id: Some(16), ..answering(16) };
            sent.reply_to = Some(thread.into());
        }),
        ("an answer in a thread", send().in_thread(16).reply_to(17), |sent| {
            let thread = types::InputReplyToMessage { top_msg_id: Some(16), ..answering(17) };
            sent.reply_to = Some(thread.into());
        }),
        ("reply_to_in", send().reply_to_in(group(), 17), |sent| {
            let elsewhere =
                types::InputReplyToMessage { reply_to_peer_id: Some(input_group()), ..answering(17) };
            sent.reply_to = Some(elsewhere.into());
        }),
        ("quote_at", send().reply_to(17).quote_at("said", 4), |sent| {
            let quote = Some("said".to_owned());
            let quoted =
                types::InputReplyToMessage { quote_text: quote, quote_offset: Some(4), ..answering(17) };
            sent.reply_to = Some(quoted.into());
        }),
        ("force_reply", send().reply_markup(force_reply()), |sent| sent.reply_markup = Some(force_reply())),
    ];
    send().await.unwrap();
    let plain: Sent = last(&server, "messages.sendMessage");
    assert_eq!((plain.message.as_str(), plain.reply_to.is_some()), ("words", false));
    for (name, builder, change) in cases {
        builder.await.unwrap();
        let came: Sent = last(&server, "messages.sendMessage");
        let mut expected = Sent { random_id: came.random_id, ..plain.clone() };
        change(&mut expected);
        assert_ne!(came.random_id, plain.random_id);
        assert_same(name, &came, &expected);
    }
}

#[tokio::test]
async fn media_albums_edits_and_drafts_take_their_options_along() {
    let server = server().await;
    let client = server.client().await;

    client.send(friend(), "caption").media(place()).invert_media().clear_draft().schedule(9).await.unwrap();
    let came: functions::messages::SendMedia = last(&server, "messages.sendMedia");
    assert!(came.invert_media && came.clear_draft && !came.silent);
    assert_eq!((came.schedule_date, came.message.as_str()), (Some(9), "caption"));

    let album = client.send_album(friend()).add(photo(1), "one").add(photo(2), "");
    let sent = album.invert_media().clear_draft().schedule(9).send_as(group()).in_thread(16).await.unwrap();
    assert_eq!(sent.len(), 0, "the answer names none of them");
    let came: functions::messages::SendMultiMedia = last(&server, "messages.sendMultiMedia");
    assert!(came.invert_media && came.clear_draft && !came.silent);
    assert_eq!((came.schedule_date, came.send_as), (Some(9), Some(input_group())));
    let Some(enums::InputReplyTo::Message(thread)) = came.reply_to else { panic!("no thread") };
    assert_eq!(thread.top_msg_id, Some(16));

    client.edit(friend(), 17, "other words").invert_media().no_preview().schedule(9).await.unwrap();
    let came: functions::messages::EditMessage = last(&server, "messages.editMessage");
    assert!(came.invert_media && came.no_webpage);
    assert_eq!((came.schedule_date, came.id), (Some(9), 17));

    client.save_draft(friend(), "later").reply_to_in(group(), 17).quote_at("said", 4).await.unwrap();
    let came: functions::messages::SaveDraft = last(&server, "messages.saveDraft");
    let Some(enums::InputReplyTo::Message(reply)) = came.reply_to else { panic!("no reply") };
    assert_eq!((reply.reply_to_msg_id, reply.reply_to_peer_id), (17, Some(input_group())));
    assert_eq!((reply.quote_text.as_deref(), reply.quote_offset), (Some("said"), Some(4)));
}

#[tokio::test]
async fn what_is_forwarded_loses_what_it_is_to_lose() {
    use functions::messages::ForwardMessages as Sent;
    let server = server().await;
    let client = server.client().await;
    let forward = || client.forward(group(), [3, 4], friend());
    let copies = forward().await.unwrap();
    assert_eq!(copies.iter().flatten().count(), 2);
    let plain: Sent = last(&server, "messages.forwardMessages");
    assert!(!plain.drop_author && !plain.drop_media_captions);
    assert_eq!((plain.id, plain.from_peer), (vec![3, 4], input_group()));
    forward().drop_author().await.unwrap();
    let came: Sent = last(&server, "messages.forwardMessages");
    assert!(came.drop_author && !came.drop_media_captions);
    // Without its caption it is not the author's any more, and the server wants both said.
    forward().drop_captions().in_thread(16).schedule(9).await.unwrap();
    let came: Sent = last(&server, "messages.forwardMessages");
    assert!(came.drop_author && came.drop_media_captions);
    assert_eq!((came.top_msg_id, came.schedule_date), (Some(16), Some(9)));
}

#[tokio::test]
async fn each_choice_among_messages_reaches_the_server() {
    let server = server().await;
    let client = server.client().await;
    let messages = || client.messages(friend());

    messages().in_thread(16).collect().await.unwrap();
    let search: functions::messages::Search = last(&server, "messages.search");
    assert_eq!((search.top_msg_id, search.from_id), (Some(16), None));
    messages().from(group()).text("word").collect().await.unwrap();
    let search: functions::messages::Search = last(&server, "messages.search");
    assert_eq!((search.from_id, search.q.as_str()), (Some(input_group()), "word"));
    messages().replies_to(17).offset_id(40).limit(10).collect().await.unwrap();
    let replies: functions::messages::GetReplies = last(&server, "messages.getReplies");
    assert_eq!((replies.msg_id, replies.offset_id, replies.limit), (17, 40, 10));
    messages().scheduled().collect().await.unwrap();
    assert_eq!(server.seen("messages.getScheduledHistory").len(), 1);
    messages().offset_id(40).add_offset(-5).limit(10).collect().await.unwrap();
    let first = server.seen("messages.getHistory").remove(0);
    let history = functions::messages::GetHistory::from_bytes(&first.query).unwrap();
    assert_eq!((history.offset_id, history.add_offset, history.limit), (40, -5, 10));
}

#[tokio::test]
async fn what_a_search_in_all_chats_cannot_do_is_said_and_not_passed_over() {
    let server = server().await;
    let client = server.client().await;
    let search = || client.search("word");
    for (name, messages, cure) in [
        ("from", search().from(friend()), "Message::sender"),
        ("in_thread", search().in_thread(16), "messages(chat)"),
        ("replies_to", search().replies_to(16), "messages(chat)"),
        ("scheduled", search().scheduled(), "messages(chat)"),
        ("reverse", search().reverse(), "turn it around"),
    ] {
        let error = messages.clone().collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{name}: {error}");
        assert!(error.to_string().contains(cure), "{name}: {error}");
        assert_eq!(messages.clone().total().await.unwrap_err().kind(), ErrorKind::Argument, "{name}");
    }
    assert!(server.seen("messages.searchGlobal").is_empty());
}

#[tokio::test]
async fn marks_and_deletions_name_what_they_are_about() {
    let server = server().await;
    let client = server.client().await;

    client.mark_contents_read(friend(), [3, 4]).await.unwrap();
    let read: functions::messages::ReadMessageContents = last(&server, "messages.readMessageContents");
    assert_eq!(read.id, [3, 4]);
    client.mark_contents_read(group(), [5]).await.unwrap();
    let read: functions::channels::ReadMessageContents = last(&server, "channels.readMessageContents");
    assert_eq!(read.id, [5]);

    client.mark_mentions_read(group()).await.unwrap();
    let all = server.seen("messages.readMentions");
    assert_eq!(all.len(), 2, "until none is left");
    let read: functions::messages::ReadMentions = last(&server, "messages.readMentions");
    assert_eq!(read.peer, input_group());

    client.delete_history(friend()).keep_dialog().max_id(17).await.unwrap();
    let all = server.seen("messages.deleteHistory");
    assert_eq!(all.len(), 2, "until nothing is left");
    let deleted: functions::messages::DeleteHistory = last(&server, "messages.deleteHistory");
    assert_eq!((deleted.just_clear, deleted.revoke, deleted.max_id), (true, false, 17));
}

#[tokio::test]
async fn what_bots_show_reaches_the_server_as_it_was_made() {
    use chappe::bots::{Article, Button, InlineButton, InlineKeyboard, ReplyKeyboard};
    let server = server().await;
    let client = server.client().await;
    let keyboard = ReplyKeyboard::new()
        .row([Button::request_phone("My number"), Button::request_location("Here I am")])
        .row(["Neither"])
        .selective()
        .persistent();
    client.send(friend(), "words").reply_markup(keyboard).await.unwrap();
    let asked = server.last("messages.sendMessage");
    let markup = &asked["reply_markup"];
    assert_eq!((&markup["selective"], &markup["persistent"]), (&json!(true), &json!(true)));
    let kinds = markup["rows"].as_array().unwrap().iter().flat_map(|row| row["buttons"].as_array().unwrap());
    let kinds = kinds.map(|button| (button["text"].clone(), button["type"]["_"].clone()));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [
            (json!("My number"), json!("buttonTypeRequestPhone")),
            (json!("Here I am"), json!("buttonTypeRequestGeoLocation")),
            (json!("Neither"), json!("buttonTypeDefault")),
        ]
    );

    let keyboard = InlineKeyboard::new().row([
        InlineButton::switch_inline("Share", "cats").primary(),
        InlineButton::switch_inline_here("Here", "cats").danger(),
    ]);
    client.send(friend(), "words").reply_markup(keyboard).await.unwrap();
    let asked = server.last("messages.sendMessage");
    let buttons = &asked["reply_markup"]["rows"][0]["buttons"];
    let here = |at: usize| buttons[at]["type"]["same_peer"] == true;
    assert_eq!((here(0), here(1)), (false, true));
    let style = |at: usize, name: &str| buttons[at]["style"][name] == true;
    assert!(style(0, "bg_primary") && !style(0, "bg_danger") && style(1, "bg_danger"));

    let article = Article::new("1", "Cat", "words").url("https://example.org/").no_preview();
    client.answer_inline(5).article(article).gallery().switch_pm("Sign in", "in").await.unwrap();
    let asked = server.last("messages.setInlineBotResults");
    assert!(asked["gallery"] == true && asked["private"] != true);
    assert_eq!(
        (&asked["switch_pm"]["text"], &asked["switch_pm"]["start_param"]),
        (&json!("Sign in"), &json!("in"))
    );
    assert_eq!(asked["results"][0]["send_message"]["no_webpage"], true);
    assert_eq!(asked["results"][0]["url"], "https://example.org/");
}
