//! Sending, changing and finding messages.

use chappe::files::FileInput;
use chappe::markup::EntityKind;
use chappe::media::Attachment;
use chappe::{Client, ErrorKind, Message, Peer, types};
use chappe_server::Server;

use crate::common::{person, phone, server};

/// Two people who know each other.
struct Pair {
    server: Server,
    alice: Client,
    bob: Client,
    /// Bob, as Alice sees him.
    to_bob: Peer,
    /// Alice, as Bob sees her.
    to_alice: Peer,
}

async fn pair() -> Pair {
    let server = server().await;
    let (alice, _) = person(&server, 621, "Alice").await;
    let (bob, _) = person(&server, 622, "Bob").await;
    let to_bob = alice.resolve(&phone(622)).await.unwrap();
    let to_alice = bob.resolve(&phone(621)).await.unwrap();
    Pair { server, alice, bob, to_bob, to_alice }
}

/// The newest message of a chat.
async fn newest(client: &Client, chat: &Peer) -> Message {
    client.messages(chat).limit(1).next().await.unwrap().expect("there is no message")
}

#[tokio::test]
async fn what_is_sent_is_what_the_other_one_reads() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let sent = alice.send(&to_bob, "Hello").await.unwrap();
    assert_eq!((sent.text(), sent.is_outgoing(), sent.chat().id()), ("Hello", true, to_bob.id()));
    let got = newest(&bob, &to_alice).await;
    assert_eq!((got.text(), got.is_outgoing(), got.date()), ("Hello", false, sent.date()));
    assert_eq!((got.chat().id(), got.sender().id()), (to_alice.id(), to_alice.id()));
    assert_eq!(got.sender_info().map(Peer::name).as_deref(), Some("Alice Test"));
    assert_eq!(sent.sender().id(), to_alice.id());

    let answer = got.reply("And hello to you").await.unwrap();
    assert_eq!(answer.reply_to(), Some(got.id()));
    let answer = newest(&alice, &to_bob).await;
    assert_eq!((answer.text(), answer.reply_to()), ("And hello to you", Some(sent.id())));
    assert_eq!(answer.replied().await.unwrap().unwrap().text(), "Hello");
    assert!(got.replied().await.unwrap().is_none());
}

#[tokio::test]
async fn formatting_goes_there_and_back() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    // The first letter takes two UTF-16 code units.
    let markdown = "𝄞 **bold** __italic__ ~~gone~~ ||hidden|| `code` [site](https://example.org/)";
    let sent = alice.send(&to_bob, markdown).markdown().await.unwrap();
    assert_eq!(sent.text(), "𝄞 bold italic gone hidden code site");
    let got = newest(&bob, &to_alice).await;
    assert_eq!(got.markdown(), markdown);
    assert_eq!(got.entities()[0].offset, 3);
    assert!(got.entities().iter().any(|entity| entity.kind == EntityKind::Spoiler));

    let html = "<blockquote>said before</blockquote>and <u>now</u> <tg-emoji emoji-id=\"5368324170671202286\">👍</tg-emoji>";
    alice.send(&to_bob, html).html().await.unwrap();
    assert_eq!(newest(&bob, &to_alice).await.html(), html);
    assert_eq!(alice.send(&to_bob, "<b>open").html().await.unwrap_err().kind(), ErrorKind::Argument);

    let html = "<blockquote expandable>a long story</blockquote>";
    alice.send(&to_bob, html).html().await.unwrap();
    assert_eq!(newest(&bob, &to_alice).await.html(), html);
    let folded = types::MessageEntityBlockquote { collapsed: true, offset: 0, length: 4 };
    alice.send(&to_bob, "long **story**").markdown().entities([folded.clone().into()]).await.unwrap();
    let chappe::enums::Message::Message(raw) = newest(&bob, &to_alice).await.raw().clone() else { panic!() };
    assert!(raw.entities.unwrap().contains(&folded.into()));

    let mention = format!("[you]({})", format_args!("tg://user?id={}", to_bob.id().bare()));
    alice.send(&to_bob, mention.as_str()).markdown().await.unwrap();
    assert_eq!(newest(&bob, &to_alice).await.markdown(), mention);
}

#[tokio::test]
async fn a_quote_names_the_words_it_answers() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let sent = alice.send(&to_bob, "first, second, third").await.unwrap();
    alice.send(&to_bob, "which?").reply_to(sent.id()).quote("second").await.unwrap();
    let got = newest(&bob, &to_alice).await;
    let chappe::enums::Message::Message(raw) = got.raw() else { panic!("no message") };
    let Some(chappe::enums::MessageReplyHeader::Header(header)) = &raw.reply_to else { panic!("no reply") };
    assert_eq!((header.quote, header.quote_text.as_deref()), (true, Some("second")));
    let wrong = alice.send(&to_bob, "?").reply_to(sent.id()).quote("fourth").await.unwrap_err();
    assert!(wrong.is("QUOTE_TEXT_INVALID"), "{wrong}");
    assert_eq!(alice.send(&to_bob, "?").quote("second").await.unwrap_err().kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn messages_are_edited_forwarded_and_deleted() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let sent = alice.send(&to_bob, "one").await.unwrap();
    let edited = sent.edit("**two**").markdown().await.unwrap();
    assert_eq!((edited.id(), edited.text()), (sent.id(), "two"));
    assert!(edited.edit_date().is_some());
    let got = newest(&bob, &to_alice).await;
    assert_eq!(got.markdown(), "**two**");
    assert!(got.edit("mine").await.unwrap_err().is("MESSAGE_AUTHOR_REQUIRED"));

    let me = alice.resolve("me").await.unwrap();
    let copy = sent.forward_to(&me).await.unwrap().pop().unwrap().unwrap();
    assert_eq!(copy.text(), "two");
    assert!(copy.forwarded().is_some());
    let bare = sent.forward_to(&me).drop_author().await.unwrap().pop().unwrap().unwrap();
    assert!(bare.forwarded().is_none());

    assert_eq!(got.refresh().await.unwrap().unwrap().text(), "two");
    assert_eq!(sent.delete().await.unwrap(), 1);
    assert!(got.refresh().await.unwrap().is_none());
    let only_here = alice.send(&to_bob, "three").await.unwrap();
    only_here.delete().only_for_me().await.unwrap();
    assert!(only_here.refresh().await.unwrap().is_none());
    assert_eq!(newest(&bob, &to_alice).await.text(), "three");
}

#[tokio::test]
async fn options_arrive() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let sent = alice.send(&to_bob, "ssh").silent().no_forwards().background().no_preview().await.unwrap();
    let got = newest(&bob, &to_alice).await;
    let chappe::enums::Message::Message(raw) = got.raw() else { panic!("no message") };
    assert!(raw.silent && raw.noforwards);
    let me = bob.resolve("me").await.unwrap();
    assert!(got.forward_to(&me).await.unwrap_err().is("CHAT_FORWARDS_RESTRICTED"));
    let chappe::enums::Message::Message(raw) = sent.raw() else { panic!("no message") };
    assert!(raw.silent && raw.noforwards && raw.out);
}

#[tokio::test]
async fn media_go_with_their_caption_and_are_sent_on() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let point = types::InputGeoPoint { lat: 48.858, long: 2.294, accuracy_radius: None };
    let sent =
        alice.send(&to_bob, "").media(types::InputMediaGeoPoint { geo_point: point.into() }).await.unwrap();
    assert!(matches!(sent.media(), Some(chappe::enums::MessageMedia::Geo(_))));
    let got = newest(&bob, &to_alice).await;
    let again = chappe::Media::from_message(got.media().unwrap()).unwrap();
    let back = bob.send(&to_alice, "").media(again).await.unwrap();
    assert!(matches!(back.media(), Some(chappe::enums::MessageMedia::Geo(_))));
}

/// The texts of messages.
fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(Message::text).collect()
}

/// A chat of one with numbered messages, and the number of the first one.
async fn numbered(client: &Client, count: i32) -> (Peer, Vec<i32>) {
    let me = client.resolve("me").await.unwrap();
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(client.send(&me, format!("message {number}")).await.unwrap().id());
    }
    (me, ids)
}

#[tokio::test]
async fn a_long_history_is_read_in_both_directions() {
    let server = server().await;
    let (alice, _) = person(&server, 630, "Alice").await;
    let (me, ids) = numbered(&alice, 230).await;
    let mut all = alice.messages(&me);
    assert_eq!(all.total().await.unwrap(), 230);
    let newest_first: Vec<_> = all.collect().await.unwrap().iter().map(Message::id).collect();
    assert!(newest_first.iter().eq(ids.iter().rev()));
    let oldest_first = alice.messages(&me).reverse().collect().await.unwrap();
    assert!(oldest_first.iter().map(Message::id).eq(ids.iter().copied()));

    let some = alice.messages(&me).offset_id(ids[2]).collect().await.unwrap();
    assert_eq!(texts(&some), ["message 1", "message 0"]);
    let some = alice.messages(&me).reverse().offset_id(ids[227]).collect().await.unwrap();
    assert_eq!(texts(&some), ["message 228", "message 229"]);
    let some = alice.messages(&me).min_id(ids[10]).max_id(ids[13]).collect().await.unwrap();
    assert_eq!(texts(&some), ["message 12", "message 11"]);
    let some = alice.messages(&me).reverse().min_id(ids[10]).max_id(ids[13]).collect().await.unwrap();
    assert_eq!(texts(&some), ["message 11", "message 12"]);
    let some = alice.messages(&me).reverse().limit(2).collect().await.unwrap();
    assert_eq!(texts(&some), ["message 0", "message 1"]);
    assert!(alice.messages(&me).limit(0).collect().await.unwrap().is_empty());
    let by_id = alice.messages_by_id(&me, [ids[3], i32::MAX, ids[1]]).await.unwrap();
    let by_id: Vec<_> = by_id.iter().map(|message| message.as_ref().map(Message::text)).collect();
    assert_eq!(by_id, [Some("message 3"), None, Some("message 1")]);
}

#[tokio::test]
async fn a_history_begins_further_on_or_further_back() {
    let server = server().await;
    let (alice, _) = person(&server, 633, "Alice").await;
    let (me, ids) = numbered(&alice, 12).await;
    let read = async |messages: chappe::messages::Messages| {
        let found = messages.collect().await.unwrap();
        found.iter().map(|message| ids.binary_search(&message.id()).unwrap()).collect::<Vec<_>>()
    };
    let messages = || alice.messages(&me);
    assert_eq!(read(messages().add_offset(3).limit(2)).await, [8, 7]);
    assert_eq!(read(messages().reverse().add_offset(3).limit(2)).await, [3, 4]);
    assert_eq!(read(messages().offset_id(ids[6]).add_offset(2)).await, [3, 2, 1, 0]);
    assert_eq!(read(messages().reverse().offset_id(ids[6]).add_offset(2)).await, [9, 10, 11]);
    // Around a message: itself, newer ones and older ones.
    assert_eq!(read(messages().offset_id(ids[6]).add_offset(-3).limit(5)).await, [8, 7, 6, 5, 4]);
    assert_eq!(read(messages().reverse().offset_id(ids[6]).add_offset(-3).limit(5)).await, [4, 5, 6, 7, 8]);
    // There may be less than that.
    assert_eq!(read(messages().offset_id(ids[10]).add_offset(-5).limit(3)).await, [11, 10, 9]);
    assert_eq!(read(messages().reverse().offset_id(ids[11]).add_offset(-2)).await, [10, 11]);
    assert_eq!(read(messages().reverse().offset_id(ids[1]).add_offset(-9).limit(3)).await, [0, 1, 2]);
    assert_eq!(read(messages().reverse().add_offset(-2).limit(2)).await, [0, 1]);
    assert!(read(messages().add_offset(12)).await.is_empty());
    assert!(read(messages().reverse().add_offset(40)).await.is_empty());
    let found = messages().text("message").add_offset(1).limit(2).collect().await.unwrap();
    assert_eq!(texts(&found), ["message 10", "message 9"]);
    let everywhere = alice.search("message").add_offset(1).limit(2).collect().await.unwrap();
    assert_eq!(texts(&everywhere), ["message 10", "message 9"]);
}

#[tokio::test]
async fn what_chappes_own_server_does_not_do_it_says() {
    let Pair { alice, to_bob, server: _server, .. } = pair().await;
    let error = alice.send(&to_bob, "later").schedule(2_000_000_000).await.unwrap_err();
    assert!(error.is("METHOD_NOT_IMPLEMENTED"), "{error}");
    let error = alice.messages(&to_bob).scheduled().next().await.unwrap_err();
    assert!(error.is("METHOD_NOT_IMPLEMENTED"), "{error}");
}

#[tokio::test]
async fn media_that_were_received_long_ago_are_sent_on() {
    let Pair { server, alice, bob, to_bob, to_alice } = pair().await;
    alice.send(&to_bob, "").file(document(b"one", "one.txt")).await.unwrap();
    alice.send(&to_bob, "").file(document(b"two", "two.txt")).await.unwrap();
    let got = bob.messages(&to_alice).reverse().collect().await.unwrap();
    let media = |at: usize| chappe::Media::of_message(&got[at]).unwrap();
    assert!(chappe::Media::of_message(&newest(&bob, &to_alice).await).is_some());
    server.advance(std::time::Duration::from_secs(26 * 3600)).await.unwrap();

    let again = bob.send(&to_alice, "again").media(media(0).spoiler()).await.unwrap();
    assert!(matches!(again.media(), Some(chappe::enums::MessageMedia::Document(media)) if media.spoiler));
    assert_eq!(bob.download(&again).to_vec().await.unwrap(), b"one");
    let album = bob.send_album(&to_alice).add(media(0), "").add(media(1), "both").await.unwrap();
    assert_eq!(bob.download(&album[1]).to_vec().await.unwrap(), b"two");
    let edited = again.edit("the other").media(media(1)).await.unwrap();
    assert_eq!(bob.download(&edited).to_vec().await.unwrap(), b"two");

    // Without the message there is nowhere to ask.
    let bare = chappe::Media::from_message(got[0].media().unwrap()).unwrap();
    let error = bob.send(&to_alice, "").media(bare).await.unwrap_err();
    assert!(error.is("FILE_REFERENCE_EXPIRED"), "{error}");
    got[0].delete().only_for_me().await.unwrap();
    let error = bob.send(&to_alice, "").media(media(0)).await.unwrap_err();
    assert!(error.is("FILE_REFERENCE_EXPIRED"), "{error}");
    // What is refused for another reason is not sent twice.
    let refused = server.faults().on(chappe_server::Match::method("messages.sendMedia"));
    let refused = refused.answer(400, "MEDIA_INVALID");
    assert!(bob.send(&to_alice, "").media(media(1)).await.unwrap_err().is("MEDIA_INVALID"));
    assert_eq!(refused.hits(), 1);
}

#[tokio::test]
async fn dates_bound_a_history() {
    let server = server().await;
    let (alice, _) = person(&server, 631, "Alice").await;
    let me = alice.resolve("me").await.unwrap();
    let mut dates = Vec::new();
    for number in 0..4 {
        dates.push(alice.send(&me, format!("message {number}")).await.unwrap().date());
        server.advance(std::time::Duration::from_secs(60)).await.unwrap();
    }
    let messages = || alice.messages(&me);
    assert_eq!(texts(&messages().offset_date(dates[2]).collect().await.unwrap()), ["message 1", "message 0"]);
    let newer = messages().reverse().offset_date(dates[2]).collect().await.unwrap();
    assert_eq!(texts(&newer), ["message 2", "message 3"]);
    let between = messages().min_date(dates[1]).max_date(dates[2]).collect().await.unwrap();
    assert_eq!(texts(&between), ["message 2", "message 1"]);
    let found = messages().text("message").offset_date(dates[2]).collect().await.unwrap();
    assert_eq!(texts(&found), ["message 1", "message 0"]);
    let found = messages().text("message").reverse().offset_date(dates[2]).collect().await.unwrap();
    assert_eq!(texts(&found), ["message 2", "message 3"]);
}

#[tokio::test]
async fn searches_find_words_senders_and_kinds() {
    use chappe::enums::MessagesFilter as F;
    use futures_util::TryStreamExt;
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    alice.send(&to_bob, "the needle is here").await.unwrap();
    alice.send(&to_bob, "see https://example.org/").await.unwrap();
    bob.send(&to_alice, "a needle of mine").await.unwrap();
    let point = types::InputGeoPoint { lat: 1.0, long: 2.0, accuracy_radius: None };
    alice.send(&to_bob, "").media(types::InputMediaGeoPoint { geo_point: point.into() }).await.unwrap();

    let found = alice.messages(&to_bob).text("needle").collect().await.unwrap();
    assert_eq!(texts(&found), ["a needle of mine", "the needle is here"]);
    let found = alice.messages(&to_bob).text("needle").reverse().collect().await.unwrap();
    assert_eq!(texts(&found), ["the needle is here", "a needle of mine"]);
    let found = alice.messages(&to_bob).from(&to_bob).collect().await.unwrap();
    assert_eq!(texts(&found), ["a needle of mine"]);
    let found = alice.messages(&to_bob).filter(F::Url).collect().await.unwrap();
    assert_eq!(texts(&found), ["see https://example.org/"]);
    assert_eq!(alice.messages(&to_bob).filter(F::Geo).total().await.unwrap(), 1);
    // Each filter is one that the server knows.
    for filter in [
        F::Empty,
        F::Photos,
        F::Video,
        F::PhotoVideo,
        F::Document,
        F::Url,
        F::Gif,
        F::Voice,
        F::Music,
        F::ChatPhotos,
        types::InputMessagesFilterPhoneCalls { missed: true }.into(),
        F::RoundVoice,
        F::RoundVideo,
        F::MyMentions,
        F::Geo,
        F::Contacts,
        F::Pinned,
    ] {
        alice.messages(&to_bob).filter(filter).collect().await.unwrap();
    }

    let everywhere: Vec<_> = alice.search("needle").into_stream().try_collect().await.unwrap();
    assert_eq!(texts(&everywhere), ["a needle of mine", "the needle is here"]);
}

#[tokio::test]
async fn a_search_in_all_chats_goes_on_over_pages() {
    let server = server().await;
    let (alice, _) = person(&server, 632, "Alice").await;
    let (_, ids) = numbered(&alice, 130).await;
    let found = alice.search("message").collect().await.unwrap();
    assert!(found.iter().map(Message::id).eq(ids.iter().rev().copied()));
}

#[tokio::test]
async fn updates_bring_messages() {
    let Pair { alice, bob, to_bob, server: _server, .. } = pair().await;
    let mut updates = bob.updates();
    alice.send(&to_bob, "ping").await.unwrap();
    let message = crate::common::soon(async {
        loop {
            let update = updates.recv().await.unwrap();
            if let Some(message) = Message::from_update(&bob, &update) {
                break message;
            }
        }
    })
    .await;
    assert_eq!(message.text(), "ping");
    assert_eq!(message.reply("pong").await.unwrap().reply_to(), Some(message.id()));
}

#[tokio::test]
async fn messages_are_pinned_and_unpinned() {
    use chappe::enums::MessagesFilter;
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let first = alice.send(&to_bob, "first").await.unwrap();
    let second = alice.send(&to_bob, "second").await.unwrap();
    first.pin().silent().await.unwrap();
    second.pin().one_side().await.unwrap();
    assert!(first.refresh().await.unwrap().unwrap().is_pinned());
    let pinned = bob.messages(&to_alice).filter(MessagesFilter::Pinned).collect().await.unwrap();
    assert_eq!(texts(&pinned), ["first"]);
    first.unpin().await.unwrap();
    let pinned = alice.messages(&to_bob).filter(MessagesFilter::Pinned).collect().await.unwrap();
    assert_eq!(texts(&pinned), ["second"]);
    alice.unpin_all(&to_bob).await.unwrap();
    assert_eq!(alice.messages(&to_bob).filter(MessagesFilter::Pinned).total().await.unwrap(), 0);
}

/// A document of these bytes.
fn document(bytes: &[u8], name: &str) -> Attachment {
    Attachment::document(FileInput::bytes(bytes.to_vec()).named(name))
}

#[tokio::test]
async fn files_go_with_their_caption_and_are_replaced() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let sent =
        alice.send(&to_bob, "my __notes__").markdown().file(document(b"notes", "notes.txt")).await.unwrap();
    let got = newest(&bob, &to_alice).await;
    assert_eq!(got.markdown(), "my __notes__");
    assert_eq!(bob.download(&got).to_vec().await.unwrap(), b"notes");
    sent.edit("my better notes").file(document(b"better", "better.txt")).await.unwrap();
    assert_eq!(bob.download(&newest(&bob, &to_alice).await).to_vec().await.unwrap(), b"better");
    sent.edit("").keep_text().file(document(b"best", "best.txt")).await.unwrap();
    let got = newest(&bob, &to_alice).await;
    assert_eq!(got.text(), "my better notes");
    assert_eq!(bob.download(&got).to_vec().await.unwrap(), b"best");
}

#[tokio::test]
async fn an_album_arrives_together_and_in_order() {
    let Pair { alice, bob, to_bob, to_alice, server: _server } = pair().await;
    let one = document(b"one", "one.txt").spoiler();
    let two = alice.store_media(&to_bob, document(b"two!", "two.txt")).await.unwrap();
    let sent =
        alice.send_album(&to_bob).add_file(one, "the **first**").add(two, "").markdown().await.unwrap();
    assert_eq!(texts(&sent), ["the first", ""]);
    let got = bob.messages(&to_alice).reverse().collect().await.unwrap();
    assert_eq!(got[0].markdown(), "the **first**");
    assert!(got[0].album_id().is_some() && got[0].album_id() == got[1].album_id());

    assert!(matches!(got[0].media(), Some(chappe::enums::MessageMedia::Document(media)) if media.spoiler));
    assert_eq!(bob.download(&got[1]).to_vec().await.unwrap(), b"two!");

    let again = chappe::Media::from_message(got[0].media().unwrap()).unwrap();
    let alone = bob.send_album(&to_alice).add(again, "").await.unwrap_err();
    assert_eq!(alone.kind(), ErrorKind::Argument);
}
