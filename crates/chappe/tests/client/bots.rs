//! Bots, and those who talk to them.

use chappe::bots::{Article, InlineButton, InlineKeyboard, Pressed, ReplyKeyboard, hide_keyboard};
use chappe::session::MemorySession;
use chappe::{Client, ErrorKind, Message, Peer, UpdateStream, enums};
use chappe_server::Server;

use crate::common::{builder, person, server, soon};

/// Somebody and a bot that they have started.
struct Talk {
    _server: Server,
    alice: Client,
    bot: Client,
    asked: UpdateStream,
    to_bot: Peer,
    to_alice: Peer,
}

/// The first message that comes from somebody else.
async fn message(bot: &Client, updates: &mut UpdateStream) -> Message {
    soon(async {
        loop {
            let update = updates.recv().await.unwrap();
            if let Some(message) = Message::from_update(bot, &update).filter(|message| !message.is_outgoing())
            {
                return message;
            }
        }
    })
    .await
}

/// The first update that is one of those that bots are asked by.
async fn question<T>(updates: &mut UpdateStream, which: impl Fn(enums::Update) -> Option<T>) -> T {
    soon(async {
        loop {
            if let Some(update) = updates.recv().await.unwrap().api()
                && let Some(found) = which(update.update.clone())
            {
                return found;
            }
        }
    })
    .await
}

async fn talk(number: u16) -> Talk {
    let server = server().await;
    let (alice, _) = person(&server, number, "Alice").await;
    let bot = builder(&server, MemorySession::new()).connect().await.unwrap();
    let user = bot.sign_in_bot(&format!("{number}:abcdefghijklmnopqrstuvwxyzABCDEFGHI")).await.unwrap();
    let mut asked = bot.updates();
    let to_bot = alice.resolve(&format!("@{}", user.username.unwrap())).await.unwrap();
    assert!(to_bot.is_bot());
    alice.start_bot(&to_bot, &to_bot, "hello").await.unwrap();
    let start = message(&bot, &mut asked).await;
    assert_eq!(start.text(), "/start hello");
    let to_alice = bot.peer(start.sender()).await.unwrap();
    Talk { _server: server, alice, bot, asked, to_bot, to_alice }
}

#[tokio::test]
async fn buttons_are_pressed_and_answered() {
    let Talk { alice, bot, mut asked, to_bot, to_alice, _server: _kept } = talk(681).await;
    let keyboard = InlineKeyboard::new()
        .row([InlineButton::callback("Yes", *b"yes"), InlineButton::url("Site", "https://example.org/")])
        .row([InlineButton::switch_inline_here("Ask", "cats"), InlineButton::copy("Copy", "copied")]);
    bot.send(&to_alice, "Well?").reply_markup(keyboard).await.unwrap();
    let seen = alice.messages(&to_bot).next().await.unwrap().unwrap();
    let answer = async {
        let (query, data) = question(&mut asked, |update| match update {
            enums::Update::BotCallbackQuery(query) => Some((query.query_id, query.data)),
            _ => None,
        })
        .await;
        assert_eq!(data.as_deref(), Some(&b"yes"[..]));
        bot.answer_callback(query).text("Noted.").alert().cache_time(30).await.unwrap();
        bot.answer_callback(query).await.unwrap_err()
    };
    let (pressed, again) = tokio::join!(seen.press("Yes"), answer);
    let Pressed::Answer(answer) = pressed.unwrap() else { panic!("another button") };
    assert_eq!((answer.message.as_deref(), answer.alert, answer.cache_time), (Some("Noted."), true, 30));
    assert!(again.is("QUERY_ID_INVALID"));
    assert!(matches!(seen.press("Site").await.unwrap(), Pressed::Url(url) if url == "https://example.org/"));
    assert!(matches!(seen.press("Ask").await.unwrap(), Pressed::SwitchInline { here: true, .. }));
    assert!(matches!(seen.press("Copy").await.unwrap(), Pressed::Copy(text) if text == "copied"));
    assert_eq!(seen.press("Nothing").await.unwrap_err().kind(), ErrorKind::Argument);
    assert!(seen.press_data(*b"other").await.unwrap_err().is("DATA_INVALID"));
}

#[tokio::test]
async fn keyboards_send_their_texts() {
    let Talk { alice, bot, mut asked, to_bot, to_alice, _server: _kept } = talk(682).await;
    let keyboard = ReplyKeyboard::new().row(["Left", "Right"]).resize().single_use().placeholder("Where?");
    bot.send(&to_alice, "Choose").reply_markup(keyboard).await.unwrap();
    let seen = alice.messages(&to_bot).next().await.unwrap().unwrap();
    assert!(matches!(seen.press("Right").await.unwrap(), Pressed::Sent(_)));
    let chosen = message(&bot, &mut asked).await;
    assert_eq!(chosen.text(), "Right");
    chosen.reply("Right it is").reply_markup(hide_keyboard()).await.unwrap();
    let seen = alice.messages(&to_bot).next().await.unwrap().unwrap();
    assert!(matches!(seen.reply_markup(), Some(enums::ReplyMarkup::KeyboardHide(_))));
}

#[tokio::test]
async fn inline_questions_are_asked_answered_and_the_message_is_edited() {
    let Talk { alice, bot, mut asked, to_bot, _server: _kept, .. } = talk(683).await;
    let me = alice.resolve("me").await.unwrap();
    let answer = async {
        let (id, text) = question(&mut asked, |update| match update {
            enums::Update::BotInlineQuery(query) => Some((query.query_id, query.query)),
            _ => None,
        })
        .await;
        assert_eq!(text, "cats");
        let keyboard = InlineKeyboard::new().row([InlineButton::callback("More", *b"more")]);
        let article =
            Article::new("1", "Cat", "a **cat**").markdown().description("one").reply_markup(keyboard);
        bot.answer_inline(id).article(article).next_offset("2").cache_time(0).private().await.unwrap();
    };
    let (offered, ()) = tokio::join!(async { alice.ask_inline(&to_bot, "cats").in_chat(&me).await }, answer);
    let offered = offered.unwrap();
    assert_eq!((offered.ids().collect::<Vec<_>>(), offered.next_offset()), (vec!["1"], Some("2")));
    assert!(offered.send("7", &me).await.unwrap_err().is("RESULT_ID_INVALID"));
    let sent = offered.send("1", &me).await.unwrap();
    assert_eq!(sent.markdown(), "a **cat**");

    let pressed = async {
        let (query, id) = question(&mut asked, |update| match update {
            enums::Update::InlineBotCallbackQuery(query) => Some((query.query_id, query.msg_id)),
            _ => None,
        })
        .await;
        bot.edit_inline(id, "two __cats__").markdown().await.unwrap();
        bot.answer_callback(query).await.unwrap();
    };
    let (answer, ()) = tokio::join!(sent.press("More"), pressed);
    answer.unwrap();
    assert_eq!(sent.refresh().await.unwrap().unwrap().markdown(), "two __cats__");
}

#[tokio::test]
async fn a_bot_says_what_it_understands() {
    let Talk { alice, bot, to_bot, _server: _kept, .. } = talk(684).await;
    bot.set_commands([("start", "Begin"), ("help", "What I can do")]).await.unwrap();
    let scope = || enums::BotCommandScope::Default;
    let known = bot.commands(scope(), "").await.unwrap();
    assert_eq!(known.iter().map(|command| command.command.as_str()).collect::<Vec<_>>(), ["start", "help"]);
    let info = alice.full_user(&to_bot).await.unwrap().bot_info.unwrap();
    assert_eq!(info.commands.map(|commands| commands.len()), Some(2));
    bot.set_commands([("hilfe", "Was ich kann")]).language("de").await.unwrap();
    assert_eq!(bot.commands(scope(), "de").await.unwrap()[0].command, "hilfe");
    bot.set_commands(std::iter::empty::<(&str, &str)>()).await.unwrap();
    assert!(bot.commands(scope(), "").await.unwrap().is_empty());
    assert!(alice.set_commands([("no", "no")]).await.unwrap_err().is("USER_BOT_REQUIRED"));
}
