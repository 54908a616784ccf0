//! Bots: keyboards, buttons, inline questions, commands, and what bots may not do.

use std::time::Duration;

use crate::common::cloud::{edit, history, message, peer, send, text};
use crate::common::groups::{edit_admin, invite, make_channel, no_rights};
use crate::common::{ALICE, BOB, Client, PATIENCE, import_bot, server, user};
use chappe_api::{enums, functions, types};
use chappe_mtproto::rpc::RpcError;
use chappe_server::Server;
use chappe_tl::Function;

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

fn input(user: &types::User) -> types::InputUser {
    types::InputUser { user_id: user.id, access_hash: user.access_hash.unwrap() }
}

/// Somebody and a bot that they have written to, each as the other names them.
struct Talk {
    server: Server,
    alice: Client,
    bot: Client,
    /// The bot as Alice names it.
    its: types::InputUser,
    /// Alice as the bot names her.
    her: types::InputUser,
}

impl Talk {
    async fn new() -> Self {
        let server = server().await;
        let mut alice = Client::new(&server).await;
        let alice_user = alice.log_in(ALICE, "Alice").await;
        let mut bot = Client::new(&server).await;
        let enums::auth::Authorization::Authorization(login) =
            bot.call(import_bot("7:secret")).await.unwrap()
        else {
            panic!("not logged in")
        };
        let name = user(login.user.clone()).username.unwrap();
        let find = functions::contacts::ResolveUsername { username: name, referer: None };
        let its = input(&user(alice.call(find).await.unwrap().users.remove(0)));
        alice.call(send(&peer(&its), "/start", 1)).await.unwrap();
        // The first message comes with its sender.
        let enums::Updates::Updates(first) = next(&mut bot).await else { panic!("without users") };
        let users = first.users.iter().map(|seen| user(seen.clone()));
        let her = users.into_iter().find(|user| user.id == alice_user.id).map(|user| input(&user)).unwrap();
        Self { server, alice, bot, its, her }
    }
}

async fn next(client: &mut Client) -> enums::Updates {
    let wait = async {
        loop {
            match client.updates.pop_front() {
                Some(updates) => return updates,
                None => assert!(client.step().await),
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("an update in time")
}

/// The next update that is one of those that bots are asked by.
async fn question(bot: &mut Client) -> enums::Update {
    loop {
        if let enums::Updates::Updates(all) = next(bot).await {
            return all.updates.into_iter().next().unwrap();
        }
    }
}

fn inline_keyboard(buttons: Vec<(&str, enums::InlineButtonType)>) -> enums::ReplyMarkup {
    let buttons = buttons
        .into_iter()
        .map(|(text, r#type)| types::KeyboardInlineButton { style: None, text: text.into(), r#type })
        .collect();
    let rows = vec![types::KeyboardInlineButtonRow { buttons }];
    types::ReplyInlineMarkup { force_reply: false, rows }.into()
}

fn callback(data: &[u8]) -> enums::InlineButtonType {
    types::InlineButtonTypeCallback { requires_password: false, data: data.to_vec() }.into()
}

fn press(peer: &enums::InputPeer, msg_id: i32, data: &[u8]) -> functions::messages::GetBotCallbackAnswer {
    functions::messages::GetBotCallbackAnswer {
        game: false,
        peer: peer.clone(),
        msg_id,
        data: Some(data.to_vec()),
        password: None,
    }
}

fn reply(query_id: i64, message: &str) -> functions::messages::SetBotCallbackAnswer {
    functions::messages::SetBotCallbackAnswer {
        alert: true,
        query_id,
        message: Some(message.into()),
        url: None,
        cache_time: 30,
    }
}

/// The number of a message that was sent.
fn sent_id(answer: enums::Updates) -> i32 {
    match answer {
        enums::Updates::UpdateShortSentMessage(sent) => sent.id,
        enums::Updates::Updates(all) => match &all.updates[0] {
            enums::Update::MessageId(sent) => sent.id,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// A call that somebody else has to do something for in between.
async fn meanwhile<Q: Function>(
    client: &mut Client,
    query: Q,
    other: impl Future<Output = ()>,
) -> Result<Q::Response, RpcError> {
    tokio::join!(client.call(query), other).0
}

#[tokio::test]
async fn keyboards_come_with_messages_of_bots_and_not_of_people() {
    let mut talk = Talk::new().await;
    let keyboard: enums::ReplyMarkup = types::ReplyKeyboardMarkup {
        resize: true,
        single_use: false,
        selective: false,
        persistent: false,
        force_reply: false,
        rows: vec![types::KeyboardButtonRow {
            buttons: vec![types::KeyboardButton {
                style: None,
                text: "Yes".into(),
                r#type: enums::ButtonType::Default,
            }],
        }],
        placeholder: None,
    }
    .into();
    let url = types::InlineButtonTypeUrl { url: "https://example.org/".into() }.into();
    let switch =
        types::InlineButtonTypeSwitchInline { same_peer: true, query: "cats".into(), peer_types: None }
            .into();
    let buttons = inline_keyboard(vec![("Go", callback(b"go")), ("Look", url), ("Share", switch)]);
    let hide: enums::ReplyMarkup = types::ReplyKeyboardHide { selective: false }.into();
    let force: enums::ReplyMarkup =
        types::ReplyKeyboardForceReply { single_use: true, selective: false, placeholder: None }.into();
    let (her, its) = (peer(&talk.her), peer(&talk.its));
    let all = [keyboard, buttons.clone(), hide, force];
    for (at, markup) in all.iter().enumerate() {
        let with = functions::messages::SendMessage {
            reply_markup: Some(markup.clone()),
            ..send(&her, "Choose", 10 + at as i64)
        };
        talk.bot.call(with).await.unwrap();
        let seen = history(&mut talk.alice, &its).await;
        assert_eq!(message(&seen[0]).reply_markup.as_ref(), Some(markup));
    }
    // A person's is left out.
    let with = functions::messages::SendMessage { reply_markup: Some(buttons), ..send(&its, "Mine", 20) };
    talk.alice.call(with).await.unwrap();
    assert_eq!(message(&history(&mut talk.alice, &its).await[0]).reply_markup, None);
    // Buttons that say too much or nothing are refused.
    let long = inline_keyboard(vec![("Long", callback(&[1; 65]))]);
    let game = inline_keyboard(vec![("Play", enums::InlineButtonType::Game)]);
    let nowhere = types::InlineButtonTypeUrl { url: "nowhere".into() }.into();
    for (markup, error) in [
        (long, "BUTTON_DATA_INVALID"),
        (game, "BUTTON_TYPE_INVALID"),
        (inline_keyboard(vec![("x", nowhere)]), "BUTTON_URL_INVALID"),
        (inline_keyboard(Vec::new()), "REPLY_MARKUP_INVALID"),
    ] {
        let with = functions::messages::SendMessage { reply_markup: Some(markup), ..send(&her, "No", 30) };
        assert_eq!(talk.bot.error(with).await, bad(error));
    }
}

#[tokio::test]
async fn a_pressed_button_reaches_the_bot_and_its_answer_comes_back() {
    let mut talk = Talk::new().await;
    let (her, its) = (peer(&talk.her), peer(&talk.its));
    let markup = Some(inline_keyboard(vec![("Go", callback(b"go"))]));
    let with = functions::messages::SendMessage { reply_markup: markup, ..send(&her, "Choose", 2) };
    let own = sent_id(talk.bot.call(with).await.unwrap());
    let seen = message(&history(&mut talk.alice, &its).await[0]).clone();
    assert_eq!(talk.alice.error(press(&its, seen.id, b"other")).await, bad("DATA_INVALID"));
    assert_eq!(talk.alice.error(press(&its, seen.id + 100, b"go")).await, bad("MESSAGE_ID_INVALID"));
    talk.bot.settle().await;
    let (bot, her_id) = (&mut talk.bot, talk.her.user_id);
    let mut asked = 0;
    let answer = meanwhile(&mut talk.alice, press(&its, seen.id, b"go"), async {
        let enums::Update::BotCallbackQuery(query) = question(bot).await else { panic!("no question") };
        assert_eq!((query.user_id, query.msg_id), (her_id, own));
        assert_eq!(query.data.as_deref(), Some(&b"go"[..]));
        assert_eq!(query.peer, types::PeerUser { user_id: her_id }.into());
        asked = query.query_id;
        let long = reply(asked, &"x".repeat(201));
        assert_eq!(bot.error(long).await, bad("MESSAGE_TOO_LONG"));
        assert!(bot.call(reply(asked, "Going.")).await.unwrap());
        assert_eq!(bot.error(reply(asked, "Twice.")).await, bad("QUERY_ID_INVALID"));
    })
    .await
    .unwrap();
    assert_eq!((answer.message.as_deref(), answer.alert, answer.cache_time), (Some("Going."), true, 30));
    // Nobody else answers in the name of the bot.
    let mut other = Client::new(&talk.server).await;
    other.call(import_bot("8:secret")).await.unwrap();
    assert_eq!(other.error(reply(asked, "Me!")).await, bad("QUERY_ID_INVALID"));
    assert_eq!(talk.alice.error(reply(asked, "Me!")).await, bad("USER_BOT_REQUIRED"));
}

#[tokio::test]
async fn a_bot_that_does_not_answer_is_not_waited_for_long() {
    let mut talk = Talk::new().await;
    let markup = Some(inline_keyboard(vec![("Go", callback(b"go"))]));
    let with =
        functions::messages::SendMessage { reply_markup: markup, ..send(&peer(&talk.her), "Choose", 2) };
    talk.bot.call(with).await.unwrap();
    let its = peer(&talk.its);
    let id = message(&history(&mut talk.alice, &its).await[0]).id;
    let (bot, server) = (&mut talk.bot, &talk.server);
    let mut late = 0;
    let answer = meanwhile(&mut talk.alice, press(&its, id, b"go"), async {
        let enums::Update::BotCallbackQuery(query) = question(bot).await else { panic!("no question") };
        late = query.query_id;
        server.advance(Duration::from_secs(11)).await.unwrap();
    })
    .await;
    assert_eq!(answer.unwrap_err().text(), "BOT_RESPONSE_TIMEOUT");
    talk.server.advance(Duration::from_secs(60)).await.unwrap();
    assert_eq!(talk.bot.error(reply(late, "Late.")).await, bad("QUERY_ID_INVALID"));
}

/// Many bots change the message under a button and never answer the button.
#[tokio::test]
async fn whoever_has_pressed_a_button_sees_at_once_what_the_bot_does() {
    let mut talk = Talk::new().await;
    let (her, its) = (peer(&talk.her), peer(&talk.its));
    let markup = Some(inline_keyboard(vec![("Go", callback(b"go"))]));
    let with = functions::messages::SendMessage { reply_markup: markup, ..send(&her, "Choose", 2) };
    let own = sent_id(talk.bot.call(with).await.unwrap());
    let id = message(&history(&mut talk.alice, &its).await[0]).id;
    talk.alice.settle().await;
    let pressed = talk.alice.start(&press(&its, id, b"go"), Vec::new());
    talk.alice.flush().await;
    let enums::Update::BotCallbackQuery(_) = question(&mut talk.bot).await else { panic!("no question") };
    talk.bot.call(edit(&her, own, "Gone")).await.unwrap();
    let enums::Updates::Updates(told) = next(&mut talk.alice).await else { panic!("not told") };
    assert!(matches!(&told.updates[..], [enums::Update::EditMessage(edit)] if text(&edit.message) == "Gone"));
    // Other calls are answered meanwhile, too.
    assert_eq!(text(&history(&mut talk.alice, &its).await[0]), "Gone");
    assert!(talk.alice.ready.is_empty(), "the button is not answered yet");
    talk.server.advance(Duration::from_secs(11)).await.unwrap();
    assert_eq!(talk.alice.finish_raw(pressed).await.unwrap_err().text(), "BOT_RESPONSE_TIMEOUT");
}

fn article(
    id: &str,
    title: &str,
    text: &str,
    markup: Option<enums::ReplyMarkup>,
) -> enums::InputBotInlineResult {
    types::InputBotInlineResult {
        id: id.into(),
        r#type: "article".into(),
        title: Some(title.into()),
        description: None,
        url: None,
        thumb: None,
        content: None,
        send_message: types::InputBotInlineMessageText {
            no_webpage: false,
            invert_media: false,
            message: text.into(),
            entities: None,
            reply_markup: markup,
        }
        .into(),
    }
    .into()
}

fn results(
    query_id: i64,
    results: Vec<enums::InputBotInlineResult>,
    cache_time: i32,
) -> functions::messages::SetInlineBotResults {
    functions::messages::SetInlineBotResults {
        gallery: false,
        private: false,
        query_id,
        results,
        cache_time,
        next_offset: Some("2".into()),
        switch_pm: None,
        switch_webview: None,
    }
}

fn look(
    bot: &types::InputUser,
    peer: &enums::InputPeer,
    query: &str,
) -> functions::messages::GetInlineBotResults {
    functions::messages::GetInlineBotResults {
        bot: bot.clone().into(),
        peer: peer.clone(),
        geo_point: None,
        query: query.into(),
        offset: String::new(),
    }
}

fn choose(
    peer: &enums::InputPeer,
    query_id: i64,
    id: &str,
    random_id: i64,
) -> functions::messages::SendInlineBotResult {
    functions::messages::SendInlineBotResult {
        silent: false,
        background: false,
        clear_draft: false,
        hide_via: false,
        peer: peer.clone(),
        reply_to: None,
        random_id,
        query_id,
        id: id.into(),
        schedule_date: None,
        send_as: None,
        quick_reply_shortcut: None,
        allow_paid_stars: None,
    }
}

#[tokio::test]
async fn inline_results_are_offered_sent_pressed_and_edited() {
    let mut talk = Talk::new().await;
    let mut bob = Client::new(&talk.server).await;
    let bob_user = bob.log_in(BOB, "Bob").await;
    let him = peer(&talk.alice.find(BOB).await);
    let from_her = peer(&bob.find(ALICE).await);
    let (bot, its) = (&mut talk.bot, talk.its.clone());
    let offered = meanwhile(&mut talk.alice, look(&its, &him, "cats"), async {
        let enums::Update::BotInlineQuery(query) = question(bot).await else { panic!("no question") };
        assert_eq!((&*query.query, &*query.offset), ("cats", ""));
        assert_eq!(query.peer_type, Some(enums::InlineQueryPeerType::Pm));
        let id = query.query_id;
        let one = || article("a", "A cat", "Meow", None);
        assert_eq!(bot.error(results(id, vec![one(), one()], 0)).await, bad("RESULT_ID_DUPLICATE"));
        assert_eq!(
            bot.error(results(id, vec![article("b", " ", "x", None)], 0)).await,
            bad("ARTICLE_TITLE_EMPTY")
        );
        assert_eq!(
            bot.error(results(id, vec![article("", "x", "x", None)], 0)).await,
            bad("RESULT_ID_INVALID")
        );
        assert_eq!(bot.error(results(id, vec![article("b", "x", " ", None)], 0)).await, bad("MESSAGE_EMPTY"));
        let markup = Some(inline_keyboard(vec![("Stroke", callback(b"stroke"))]));
        let both = vec![one(), article("b", "Another cat", "Purr", markup)];
        assert!(bot.call(results(id, both, 300)).await.unwrap());
        assert_eq!(bot.error(results(id, Vec::new(), 0)).await, bad("QUERY_ID_INVALID"));
    })
    .await
    .unwrap();
    assert_eq!(
        (offered.results.len(), offered.next_offset.as_deref(), offered.cache_time),
        (2, Some("2"), 300)
    );
    // Who asks the same gets the same, without the bot.
    let its_for_bob = {
        let name = user(offered.users[0].clone()).username.unwrap();
        let find = functions::contacts::ResolveUsername { username: name, referer: None };
        input(&user(bob.call(find).await.unwrap().users.remove(0)))
    };
    let same = bob.call(look(&its_for_bob, &enums::InputPeer::Empty, "cats")).await.unwrap();
    assert_eq!(same.query_id, offered.query_id);
    let bob_input = bob.find(ALICE).await;
    assert_eq!(
        bob.error(look(&bob_input, &enums::InputPeer::Empty, "cats")).await,
        bad("BOT_INVALID"),
        "Alice is no bot"
    );
    // One is chosen.
    assert_eq!(talk.alice.error(choose(&him, offered.query_id, "c", 9)).await, bad("RESULT_ID_INVALID"));
    assert_eq!(talk.alice.error(choose(&him, 12345, "b", 9)).await, bad("QUERY_ID_EMPTY"));
    talk.alice.call(choose(&him, offered.query_id, "b", 9)).await.unwrap();
    let seen = message(&history(&mut bob, &from_her).await[0]).clone();
    assert_eq!((&*seen.message, seen.via_bot_id), ("Purr", Some(talk.its.user_id)));
    let enums::Update::BotInlineSend(chosen) = question(&mut talk.bot).await else { panic!("not told") };
    assert_eq!((&*chosen.id, chosen.user_id), ("b", talk.her.user_id));
    let name = chosen.msg_id.clone().unwrap();
    // Bob presses its button; the bot has no copy, but a name for it.
    let bot = &mut talk.bot;
    let answer = meanwhile(&mut bob, press(&from_her, seen.id, b"stroke"), async {
        let enums::Update::InlineBotCallbackQuery(query) = question(bot).await else { panic!("no question") };
        assert_eq!(query.user_id, bob_user.id);
        let edit =
            |id: &enums::InputBotInlineMessageId, message: &str| functions::messages::EditInlineBotMessage {
                no_webpage: false,
                invert_media: false,
                id: id.clone(),
                message: Some(message.into()),
                media: None,
                reply_markup: None,
                entities: None,
                rich_message: None,
            };
        // It is the same message by either name.
        assert!(bot.call(edit(&query.msg_id, "Prrr")).await.unwrap());
        assert!(bot.call(edit(&name, "Purr again")).await.unwrap());
        assert_eq!(bot.error(edit(&name, "Purr again")).await, bad("MESSAGE_NOT_MODIFIED"));
        let mut forged = name.clone();
        if let enums::InputBotInlineMessageId::Id64(id) = &mut forged {
            id.access_hash ^= 1;
        }
        assert_eq!(bot.error(edit(&forged, "No")).await, bad("MESSAGE_ID_INVALID"));
        bot.call(reply(query.query_id, "Nice.")).await.unwrap();
    })
    .await
    .unwrap();
    assert_eq!(answer.message.as_deref(), Some("Nice."));
    for (client, chat) in [(&mut bob, &from_her), (&mut talk.alice, &him)] {
        assert_eq!(text(&history(client, chat).await[0]), "Purr again");
    }
    // Results do not stay for ever.
    talk.server.advance(Duration::from_secs(3700)).await.unwrap();
    talk.alice.reconnect(talk.server.address()).await;
    let error = talk.alice.error(choose(&him, offered.query_id, "a", 10)).await.1;
    assert!(["INLINE_RESULT_EXPIRED", "QUERY_ID_EMPTY"].contains(&&*error), "{error}");
}

fn command(command: &str, description: &str) -> types::BotCommand {
    types::BotCommand { ephemeral: false, command: command.into(), description: description.into() }
}

fn commands(
    scope: enums::BotCommandScope,
    commands: Vec<types::BotCommand>,
) -> functions::bots::SetBotCommands {
    functions::bots::SetBotCommands { scope, lang_code: String::new(), commands }
}

/// The number of the newest message of a chat.
async fn message_id(client: &mut Client, peer: &enums::InputPeer) -> i32 {
    message(&history(client, peer).await[0]).id
}

/// Everything that a bot is being told.
async fn hear_bot(bot: &mut Client) -> Vec<enums::Updates> {
    let (mut heard, mut quiet) = (Vec::new(), 0);
    while quiet < 3 {
        bot.call(functions::help::GetConfig {}).await.unwrap();
        while tokio::time::timeout(Duration::from_millis(20), bot.step()).await.is_ok_and(|going| going) {}
        quiet = if bot.updates.is_empty() { quiet + 1 } else { 0 };
        heard.extend(bot.updates.drain(..));
    }
    heard
}

async fn profile(client: &mut Client, who: &types::InputUser) -> types::UserFull {
    client.call(functions::users::GetFullUser { id: who.clone().into() }).await.unwrap().full_user
}

#[tokio::test]
async fn commands_are_those_of_the_narrowest_scope() {
    use enums::BotCommandScope as Scope;
    let mut talk = Talk::new().await;
    let names = |info: &types::UserFull| -> Vec<String> {
        let commands = info.bot_info.as_ref().unwrap().commands.clone().unwrap_or_default();
        commands.into_iter().map(|command| command.command).collect()
    };
    assert!(names(&profile(&mut talk.alice, &talk.its).await).is_empty());
    let all = commands(Scope::Default, vec![command("help", "Help"), command("stop", "Stop")]);
    assert!(talk.bot.call(all).await.unwrap());
    let enums::Update::BotCommands(news) = question(&mut talk.alice).await else { panic!("not told") };
    assert_eq!((news.bot_id, news.commands.len()), (talk.its.user_id, 2));
    assert_eq!(names(&profile(&mut talk.alice, &talk.its).await), ["help", "stop"]);
    talk.bot.call(commands(Scope::Users, vec![command("talk", "Talk")])).await.unwrap();
    assert_eq!(names(&profile(&mut talk.alice, &talk.its).await), ["talk"]);
    let only_her: Scope = types::BotCommandScopePeer { peer: peer(&talk.her) }.into();
    talk.bot.call(commands(only_her.clone(), vec![command("alice", "Her own")])).await.unwrap();
    assert_eq!(names(&profile(&mut talk.alice, &talk.its).await), ["alice"]);
    let get = functions::bots::GetBotCommands { scope: only_her.clone(), lang_code: String::new() };
    assert_eq!(talk.bot.call(get.clone()).await.unwrap().len(), 1);
    let reset = functions::bots::ResetBotCommands { scope: only_her, lang_code: String::new() };
    assert!(talk.bot.call(reset).await.unwrap());
    assert!(talk.bot.call(get).await.unwrap().is_empty());
    assert_eq!(names(&profile(&mut talk.alice, &talk.its).await), ["talk"]);
    for (wrong, error) in [
        (command("Help", "x"), "BOT_COMMAND_INVALID"),
        (command("", "x"), "BOT_COMMAND_INVALID"),
        (command("help", " "), "BOT_COMMAND_DESCRIPTION_INVALID"),
    ] {
        assert_eq!(talk.bot.error(commands(Scope::Default, vec![wrong])).await, bad(error));
    }
    let german =
        functions::bots::SetBotCommands { lang_code: "deu".into(), ..commands(Scope::Default, vec![]) };
    assert_eq!(talk.bot.error(german).await, bad("LANG_CODE_INVALID"));
    assert_eq!(talk.alice.error(commands(Scope::Default, vec![])).await, bad("USER_BOT_REQUIRED"));
}

#[tokio::test]
async fn commands_in_groups_are_those_of_the_narrowest_scope_and_language() {
    use crate::common::groups::{
        self, chat_peer, create, full_channel, full_chat, hear, invite, make_channel,
    };
    use enums::BotCommandScope as Scope;
    let mut talk = Talk::new().await;
    let mut bob = Client::new(&talk.server).await;
    bob.log_in(BOB, "Bob").await;
    let to_bob = talk.alice.find(BOB).await;
    let its = talk.its.clone();
    let made = create("Bots", vec![its.clone().into(), to_bob.clone().into()]);
    let made = talk.alice.call(made).await.unwrap();
    let group = groups::chat_in(&crate::common::cloud::full(made.updates).chats).id;
    let crowd = make_channel(&mut talk.alice, "Crowd", false).await;
    talk.alice.call(invite(&crowd.channel, &[&its])).await.unwrap();
    let names = |infos: &[types::BotInfo]| -> Vec<String> {
        let commands = infos[0].commands.clone().unwrap_or_default();
        commands.into_iter().map(|command| command.command).collect()
    };
    hear(&mut bob).await;
    let told = async |bob: &mut Client| -> Vec<(enums::Peer, Vec<String>)> {
        let told = groups::flat(hear(bob).await);
        told.into_iter()
            .filter_map(|update| match update {
                enums::Update::BotCommands(news) => {
                    Some((news.peer, news.commands.into_iter().map(|command| command.command).collect()))
                }
                _ => None,
            })
            .collect()
    };
    let in_group: enums::Peer = types::PeerChat { chat_id: group }.into();
    talk.bot.call(commands(Scope::Default, vec![command("all", "All")])).await.unwrap();
    assert_eq!(told(&mut bob).await, [(in_group.clone(), vec!["all".to_owned()])]);
    let full = full_chat(&mut bob, group).await;
    assert_eq!(names(&full.bot_info.unwrap()), ["all"]);
    assert_eq!(names(&full_channel(&mut talk.alice, &crowd.channel).await.bot_info), ["all"]);
    talk.bot.call(commands(Scope::Chats, vec![command("chats", "Chats")])).await.unwrap();
    talk.bot.call(commands(Scope::ChatAdmins, vec![command("admins", "Admins")])).await.unwrap();
    assert_eq!(names(&full_chat(&mut bob, group).await.bot_info.unwrap()), ["chats"]);
    assert_eq!(names(&full_chat(&mut talk.alice, group).await.bot_info.unwrap()), ["admins"]);
    let here: Scope = types::BotCommandScopePeer { peer: chat_peer(group) }.into();
    talk.bot.call(commands(here, vec![command("here", "Here")])).await.unwrap();
    let admins: Scope = types::BotCommandScopePeerAdmins { peer: chat_peer(group) }.into();
    talk.bot.call(commands(admins, vec![command("chiefs", "Chiefs")])).await.unwrap();
    assert_eq!(names(&full_chat(&mut bob, group).await.bot_info.unwrap()), ["here"]);
    assert_eq!(names(&full_chat(&mut talk.alice, group).await.bot_info.unwrap()), ["chiefs"]);
    let news = told(&mut bob).await;
    assert_eq!(news.last(), Some(&(in_group, vec!["here".to_owned()])));
    // In the language of the client, if there is one; the clients of these tests say that it is English.
    let english = functions::bots::SetBotCommands {
        lang_code: "en".into(),
        ..commands(Scope::Users, vec![command("hello", "Hello")])
    };
    talk.bot.call(commands(Scope::Users, vec![command("salut", "Salut")])).await.unwrap();
    talk.bot.call(english).await.unwrap();
    let private = profile(&mut talk.alice, &its).await.bot_info.unwrap();
    assert_eq!(names(&[*private]), ["hello"]);
    // Outside the group nobody sees anything of it.
    let left = groups::remove(group, enums::InputUser::UserSelf);
    bob.call(left).await.unwrap();
    assert_eq!(full_chat(&mut bob, group).await.bot_info, None);
}

#[tokio::test]
async fn a_bot_gets_of_its_groups_what_is_for_it() {
    use crate::common::cloud::reply;
    use crate::common::groups::{
        chat_in, chat_peer, create, edit_admin, invite, make_channel, no_rights, texts,
    };
    let server = server().await;
    let mut alice = crate::common::cloud::device(&server, ALICE).await;
    let (helper, other) = (server.bot("helper").await.unwrap(), server.bot("other").await.unwrap());
    let mut bots = Vec::new();
    let mut named = Vec::new();
    for account in [&helper, &other] {
        let session = server.new_session(account).await.unwrap();
        let saved = crate::common::Saved { auth_key: session.auth_key.clone(), salt: 0, time_offset: 0 };
        let mut bot = Client::resume(session.address, saved).await;
        bot.call(functions::updates::GetState {}).await.unwrap();
        bots.push(bot);
        let find = functions::contacts::ResolveUsername {
            username: account.username.clone().unwrap(),
            referer: None,
        };
        named.push(input(&user(alice.call(find).await.unwrap().users.remove(0))));
    }
    let at = format!("@{}", helper.username.clone().unwrap());
    for basic in [true, false] {
        let both = vec![named[0].clone().into(), named[1].clone().into()];
        let (peer, bot_peer, named_by_alice) = if basic {
            let made = alice.call(create("Bots", both)).await.unwrap();
            let peer = chat_peer(chat_in(&crate::common::cloud::full(made.updates).chats).id);
            (peer.clone(), Some(peer), None)
        } else {
            let crowd = make_channel(&mut alice, "Crowd", false).await;
            alice.call(invite(&crowd.channel, &[&named[0], &named[1]])).await.unwrap();
            (crowd.peer.clone(), None, Some(crowd))
        };
        let heard = hear_bot(&mut bots[0]).await;
        assert!(!heard.is_empty(), "that it was added");
        let bot_peer = bot_peer.unwrap_or_else(|| crate::common::groups::told_channel(&heard).peer);
        let mut random_id = if basic { 100 } else { 200 };
        let mut say = async |alice: &mut Client, text: &str, to: Option<i32>| -> i32 {
            random_id += 1;
            let message =
                functions::messages::SendMessage { reply_to: to.map(reply), ..send(&peer, text, random_id) };
            alice.call(message).await.unwrap();
            message_id(alice, &peer).await
        };
        say(&mut alice, "among ourselves", None).await;
        say(&mut alice, "/all", None).await;
        say(&mut alice, &format!("/mine{at}"), None).await;
        say(&mut alice, "/mine@other_bot_or_so", None).await;
        let asked = say(&mut alice, &format!("dear {at}, well?"), None).await;
        let answered = say(&mut alice, "an answer to that", Some(asked)).await;
        say(&mut alice, "an answer to the answer", Some(answered)).await;
        let expected = [
            "/all",
            &format!("/mine{at}"),
            &format!("dear {at}, well?"),
            "an answer to that",
            "an answer to the answer",
        ];
        assert_eq!(texts(&hear_bot(&mut bots[0]).await), expected);
        assert_eq!(texts(&hear_bot(&mut bots[1]).await), ["/all"]);
        // A command for anyone is for the bot that spoke last.
        bots[0].call(send(&bot_peer, "here I am", 7 + i64::from(basic))).await.unwrap();
        let said = message_id(&mut alice, &peer).await;
        say(&mut alice, "/again", None).await;
        say(&mut alice, "answered", Some(said)).await;
        say(&mut alice, "not answered", None).await;
        assert_eq!(texts(&hear_bot(&mut bots[0]).await), ["/again", "answered"]);
        assert_eq!(texts(&hear_bot(&mut bots[1]).await), Vec::<String>::new());
        // One that was told to, and administrators, get everything.
        server.set_hears_groups(&other, true).await.unwrap();
        say(&mut alice, "for all ears", None).await;
        assert_eq!(texts(&hear_bot(&mut bots[1]).await), ["for all ears"]);
        assert!(hear_bot(&mut bots[0]).await.iter().all(|told| texts(std::slice::from_ref(told)).is_empty()));
        server.set_hears_groups(&other, false).await.unwrap();
        if let Some(crowd) = named_by_alice {
            let rights = types::ChatAdminRights { delete_messages: true, ..no_rights() };
            alice.call(edit_admin(&crowd.channel, &named[0], rights)).await.unwrap();
            hear_bot(&mut bots[0]).await;
            say(&mut alice, "for administrators", None).await;
            assert_eq!(texts(&hear_bot(&mut bots[0]).await), ["for administrators"]);
        }
    }
}

#[tokio::test]
async fn a_bot_says_who_it_is() {
    let mut talk = Talk::new().await;
    let set = functions::bots::SetBotInfo {
        bot: None,
        lang_code: String::new(),
        name: Some("Cat bot".into()),
        about: Some("Cats.".into()),
        description: Some("All about cats.".into()),
    };
    assert!(talk.bot.call(set.clone()).await.unwrap());
    let german = functions::bots::SetBotInfo {
        lang_code: "de".into(),
        name: Some("Katzenbot".into()),
        about: None,
        description: None,
        bot: None,
    };
    assert!(talk.bot.call(german).await.unwrap());
    let full = profile(&mut talk.alice, &talk.its).await;
    assert_eq!(full.about.as_deref(), Some("Cats."));
    assert_eq!(full.bot_info.unwrap().description.as_deref(), Some("All about cats."));
    let seen = functions::users::GetUsers { id: vec![talk.its.clone().into()] };
    let seen = user(talk.alice.call(seen).await.unwrap().remove(0));
    assert_eq!((seen.first_name.as_deref(), seen.bot_inline_placeholder.is_some()), (Some("Cat bot"), true));
    for (lang_code, name) in [("", "Cat bot"), ("de", "Katzenbot"), ("fr", "")] {
        let get = functions::bots::GetBotInfo { bot: None, lang_code: lang_code.into() };
        assert_eq!(talk.bot.call(get).await.unwrap().name, name, "{lang_code}");
    }
    let foreign = functions::bots::SetBotInfo { bot: Some(talk.its.clone().into()), ..set };
    assert_eq!(talk.alice.error(foreign).await, bad("USER_BOT_INVALID"));
}

#[tokio::test]
async fn a_link_starts_a_bot() {
    let mut talk = Talk::new().await;
    let start = |start_param: &str, random_id| functions::messages::StartBot {
        bot: talk.its.clone().into(),
        peer: enums::InputPeer::Empty,
        random_id,
        start_param: start_param.into(),
    };
    let (empty, long, odd) = (start("", 4), start(&"x".repeat(65), 5), start("a b", 6));
    let right = start("from-web_1", 7);
    let nobody = functions::messages::StartBot { bot: enums::InputUser::UserSelf, ..start("x", 8) };
    assert_eq!(talk.alice.error(empty).await, bad("START_PARAM_EMPTY"));
    assert_eq!(talk.alice.error(long).await, bad("START_PARAM_TOO_LONG"));
    assert_eq!(talk.alice.error(odd).await, bad("START_PARAM_INVALID"));
    assert_eq!(talk.alice.error(nobody).await, bad("BOT_INVALID"));
    talk.alice.call(right).await.unwrap();
    let enums::Updates::UpdateShortMessage(told) = next(&mut talk.bot).await else { panic!("not in short") };
    assert_eq!((&*told.message, told.user_id), ("/start from-web_1", talk.her.user_id));
}

#[tokio::test]
async fn a_bot_does_not_write_first() {
    let mut talk = Talk::new().await;
    // It knows Bob from a message that names him, but he never wrote to it.
    let mut bob = Client::new(&talk.server).await;
    let bob_user = bob.log_in(BOB, "Bob").await;
    let him = talk.alice.find(BOB).await;
    let mention = types::InputMessageEntityMentionName { offset: 0, length: 3, user_id: him.into() };
    let named = functions::messages::SendMessage {
        entities: Some(vec![mention.into()]),
        ..send(&peer(&talk.its), "Bob is nice", 3)
    };
    talk.alice.call(named).await.unwrap();
    let bob_for_bot = loop {
        if let enums::Updates::Updates(all) = next(&mut talk.bot).await {
            let users = all.users.iter().map(|seen| user(seen.clone()));
            if let Some(bob) = users.into_iter().find(|seen| seen.id == bob_user.id) {
                break peer(&input(&bob));
            }
        }
    };
    let error = talk.bot.error(send(&bob_for_bot, "Hello", 4)).await;
    assert_eq!(error.1, "PEER_ID_INVALID");
    // Once he has, it may; when he blocks it, no longer.
    let name = user(
        talk.alice
            .call(functions::users::GetUsers { id: vec![talk.its.clone().into()] })
            .await
            .unwrap()
            .remove(0),
    );
    let find = functions::contacts::ResolveUsername { username: name.username.unwrap(), referer: None };
    let its = peer(&input(&user(bob.call(find).await.unwrap().users.remove(0))));
    bob.call(send(&its, "/start", 5)).await.unwrap();
    let own = sent_id(talk.bot.call(send(&bob_for_bot, "Hello", 6)).await.unwrap());
    talk.bot.call(edit(&bob_for_bot, own, "Hello, Bob")).await.unwrap();
    bob.call(functions::contacts::Block { my_stories_from: false, id: its }).await.unwrap();
    assert_eq!(talk.bot.error(send(&bob_for_bot, "Still there?", 7)).await, (403, "USER_IS_BLOCKED".into()));
    // What is for people only.
    let all = functions::messages::GetPinnedDialogs { folder_id: 0 };
    assert_eq!(talk.bot.error(all).await, bad("BOT_METHOD_INVALID"));
}

#[tokio::test]
async fn an_unnamed_administrator_is_not_given_away_by_bots() {
    let mut talk = Talk::new().await;
    let group = make_channel(&mut talk.alice, "Crowd", false).await;
    talk.alice.call(invite(&group.channel, &[&talk.its])).await.unwrap();
    let rights = types::ChatAdminRights { anonymous: true, ..no_rights() };
    let me = functions::channels::EditAdmin {
        user_id: enums::InputUser::UserSelf,
        ..edit_admin(&group.channel, &talk.its, rights)
    };
    talk.alice.call(me).await.unwrap();
    let start = functions::messages::StartBot {
        bot: talk.its.clone().into(),
        peer: group.peer.clone(),
        random_id: 5,
        start_param: "here".into(),
    };
    talk.alice.call(start).await.unwrap();
    let itself = enums::Peer::from(types::PeerChannel { channel_id: group.id });
    let seen = message(&history(&mut talk.alice, &group.peer).await[0]).clone();
    assert_eq!((seen.from_id, seen.message.starts_with("/start@")), (Some(itself.clone()), true));

    talk.bot.settle().await;
    let (bot, mut query_id) = (&mut talk.bot, 0);
    meanwhile(&mut talk.alice, look(&talk.its, &group.peer, "hi"), async {
        loop {
            if let enums::Update::BotInlineQuery(query) = question(bot).await {
                query_id = query.query_id;
                break;
            }
        }
        let offered = results(query_id, vec![article("1", "One", "said through a bot", None)], 0);
        assert!(bot.call(offered).await.unwrap());
    })
    .await
    .unwrap();
    talk.alice.call(choose(&group.peer, query_id, "1", 6)).await.unwrap();
    let seen = message(&history(&mut talk.alice, &group.peer).await[0]).clone();
    assert_eq!((seen.from_id, &*seen.message), (Some(itself), "said through a bot"));
}

#[tokio::test]
async fn a_button_leads_to_somebody_whom_the_bot_knows() {
    let mut talk = Talk::new().await;
    let to_her = peer(&talk.her);
    let mut by_number = send(&to_her, "who?", 1);
    let number = types::InlineButtonTypeUserProfile { user_id: talk.her.user_id };
    by_number.reply_markup = Some(inline_keyboard(vec![("You", number.into())]));
    assert_eq!(talk.bot.error(by_number).await, bad("BUTTON_USER_INVALID"));
    let mut known = send(&to_her, "who?", 2);
    let named = types::InputInlineButtonTypeUserProfile { user_id: talk.her.clone().into() };
    known.reply_markup = Some(inline_keyboard(vec![("You", named.into())]));
    talk.bot.call(known).await.unwrap();
    let newest = history(&mut talk.alice, &peer(&talk.its)).await.remove(0);
    let Some(enums::ReplyMarkup::InlineMarkup(markup)) = &message(&newest).reply_markup else { panic!() };
    let shown = &markup.rows[0].buttons[0].r#type;
    assert!(
        matches!(shown, enums::InlineButtonType::UserProfile(shown) if shown.user_id == talk.her.user_id)
    );
}
