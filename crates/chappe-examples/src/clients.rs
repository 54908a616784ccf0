//! What the world needs clients for: what a bot hears, and devices on which nobody is logged in yet.

use std::time::Duration;

use chappe::{Address, Client, DataCentres, MemorySession, StoredSession, UpdateStream, enums, functions};
use chappe_server::{Account, ReadySession, Server};
use serde_json::json;

use crate::Result;
use crate::world::{World, base64, from_base64, number};

/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn stored(session: &ReadySession) -> Result<StoredSession> {
    let address = Address::new(session.address.ip().to_string(), session.address.port())?;
    let mut stored = StoredSession::new(session.dc_id, address, session.auth_key.clone());
    stored.user_id = Some(session.user_id);
    stored.is_bot = session.is_bot;
    Ok(stored)
}

pub(crate) async fn connect(server: &Server, session: StoredSession) -> Result<Client> {
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let session = MemorySession::with_stored(session);
    Ok(Client::builder(4242, "any")
        .session(session)
        .data_centres(centres)
        .temporary_keys(None)
        .seed(232)
        .connect()
        .await?)
}

async fn heard<T>(
    updates: &mut UpdateStream,
    wanted: impl Fn(&enums::Update) -> Option<T>,
) -> Result<T, String> {
    let heard = async {
        while let Some(event) = updates.recv().await {
            if let Some(found) = event.api().and_then(|update| wanted(&update.update)) {
                return Ok(found);
            }
        }
        Err("the bot was disconnected".into())
    };
    tokio::time::timeout(PATIENCE, heard)
        .await
        .unwrap_or_else(|_| Err("the bot did not hear of a question".into()))
}

/// What a bot was asked: answered, and waiting for an answer.
pub(crate) async fn bots(world: &mut World<'_>) -> Result<()> {
    let (alice, helper) = (world.user("alice").await?, world.user("helper").await?);
    let bot = connect(world.server, stored(&world.server.new_session(&helper).await?)?).await?;
    let mut updates = bot.updates();
    bot.catch_up().await?;

    // A message with a button, and a press of it that waits.
    world.say(&alice, world.input_peer(&alice, &helper), "/start", 301).await?;
    let button = json!({"text": "Tea", "type": {"_": "inlineButtonTypeCallback", "data": base64(b"tea")}});
    let buttons = json!({"_": "replyInlineMarkup", "rows": [{"buttons": [button]}]});
    let question = json!({
        "peer": world.input_peer(&helper, &alice), "message": "Tea or coffee?", "random_id": 302, "reply_markup": buttons,
    });
    world.call(&helper, "messages.sendMessage", question).await?;
    let last = json!({"peer": world.input_peer(&alice, &helper), "offset_id": 0, "offset_date": 0, "add_offset": 0,
        "limit": 1, "max_id": 0, "min_id": 0, "hash": 0});
    let last = world.call(&alice, "messages.getHistory", last).await?;
    let id = last["messages"][0]["id"].clone();
    world.facts.put("alice", "button_message", json!({"kind": "message", "id": id}));
    let press = json!({"peer": world.input_peer(&alice, &helper), "msg_id": id, "data": base64(b"tea")});
    let query_id = tokio::select! {
        pressed = world.call(&alice, "messages.getBotCallbackAnswer", press) => {
            return Err(format!("nobody answers, and yet there is an answer: {pressed:?}").into());
        }
        heard = heard(&mut updates, |update| match update {
            enums::Update::BotCallbackQuery(query) => Some(query.query_id),
            _ => None,
        }) => heard?,
    };
    world.facts.put("helper", "pressed", json!({"kind": "query", "id": query_id}));

    // An inline question that was answered, and one that waits.
    let inline = |update: &enums::Update| match update {
        enums::Update::BotInlineQuery(query) => Some(query.query_id),
        _ => None,
    };
    let ask = |text: &str| {
        let (bot, peer) = (world.input_user(&alice, &helper), world.input_peer(&alice, &helper));
        json!({"bot": bot, "peer": peer, "query": text, "offset": ""})
    };
    let answer = async {
        let query_id = heard(&mut updates, inline).await?;
        let message =
            json!({"_": "inputBotInlineMessageText", "message": "Tea at six?", "reply_markup": buttons});
        let result = json!({"_": "inputBotInlineResult", "id": "1", "type": "article", "title": "Tea", "send_message": message});
        let answer = json!({"query_id": query_id, "results": [result], "cache_time": 1_000_000_000});
        world.call(&helper, "messages.setInlineBotResults", answer).await
    };
    let (asked, answered) =
        tokio::join!(world.call(&alice, "messages.getInlineBotResults", ask("tea")), answer);
    answered?;
    let answered = number(&asked?["query_id"]);
    let waiting = ask("coffee");
    let query_id = tokio::select! {
        asked = world.call(&alice, "messages.getInlineBotResults", waiting) => {
            return Err(format!("nobody answers, and yet there is an answer: {asked:?}").into());
        }
        heard = heard(&mut updates, inline) => heard?,
    };
    world.facts.put("alice", "answered", json!({"kind": "query", "id": answered}));
    world.facts.put("helper", "asked", json!({"kind": "query", "id": query_id}));

    let send = json!({"peer": world.input_peer(&alice, &world.user("bob").await?), "random_id": 303,
        "query_id": answered, "id": "1"});
    world.call(&alice, "messages.sendInlineBotResult", send).await?;
    let sent = heard(&mut updates, |update| match update {
        enums::Update::BotInlineSend(sent) => match sent.msg_id.clone()? {
            enums::InputBotInlineMessageId::Id64(id) => Some(id),
            enums::InputBotInlineMessageId::Id(_) => None,
        },
        _ => None,
    });
    let sent = sent.await?;
    let fact = json!({"dc_id": sent.dc_id, "owner_id": sent.owner_id, "id": sent.id, "access_hash": sent.access_hash});
    world.facts.put("helper", "inline_message", fact);
    bot.disconnect().await?;
    Ok(())
}

/// The bot, answering whoever presses its button.
pub(crate) async fn answering(server: &Server) -> Result<Client> {
    let helper = server.bot("helper").await?;
    let bot = connect(server, stored(&server.new_session(&helper).await?)?).await?;
    let mut updates = bot.updates();
    bot.catch_up().await?;
    let answering = bot.clone();
    tokio::spawn(async move {
        let pressed = heard(&mut updates, |update| match update {
            enums::Update::BotCallbackQuery(query) => Some(query.query_id),
            _ => None,
        });
        let Ok(query_id) = pressed.await else { return };
        let message = Some("Tea it is.".to_owned());
        let answer = functions::messages::SetBotCallbackAnswer {
            alert: false,
            query_id,
            message,
            url: None,
            cache_time: 0,
        };
        // Whoever asked says so if nothing comes.
        let _ = answering.invoke(answer).await;
    });
    Ok(bot)
}

/// Devices at different points of a login, and passwords.
pub(crate) async fn logins(world: &mut World<'_>) -> Result<()> {
    let alice = world.user("alice").await?;
    let second = world.server.new_session(&alice).await?;
    let devices = world.call(&alice, "account.getAuthorizations", json!({})).await?;
    let devices = devices["authorizations"].as_array().into_iter().flatten();
    let hash = devices.map(|device| number(&device["hash"])).find(|hash| *hash != json!(0));
    world.facts.put("alice", "device", json!({"hash": hash.ok_or("the other device is not there")?}));
    drop(second);
    let change = json!({"phone_number": "9996621008", "settings": {}});
    let sent = world.call(&alice, "account.sendChangePhoneCode", change).await?;
    let change = json!({"phone": "9996621008", "hash": sent["phone_code_hash"], "code": "22222"});
    world.facts.put("alice", "change", change);

    for name in ["dora", "emma", "fred"] {
        password(world, name).await?;
    }
    let fred = world.user("fred").await?;
    world.call(&fred, "account.resetPassword", json!({})).await?;

    for (role, phone) in [
        ("guest", None),
        ("showing", None),
        ("returning", Some("9996621001")),
        ("newcomer", Some("9996621009")),
        ("locked", Some("9996621004")),
        ("recovering", Some("9996621004")),
    ] {
        let device = world.server.new_session(&alice).await?;
        let client = connect(world.server, stored(&device)?).await?;
        client.log_out().await?;
        if let Some(phone) = phone {
            let token = client.request_login_code(phone).await?;
            let login = json!({"phone": phone, "hash": token.phone_code_hash, "code": "22222"});
            world.facts.put(role, "login", login.clone());
            if role == "returning" {
                world.facts.put("everybody", "login", login);
            } else {
                client.sign_in(&token, "22222").await?;
            }
        }
        if role == "recovering" {
            client.invoke(functions::auth::RequestPasswordRecovery {}).await?;
            let code = world.server.email_code("dora@example.org").ok_or("dora has no mail")?;
            world.facts.put(role, "recovery", json!({"code": code}));
        }
        if role == "showing" {
            let show = functions::auth::ExportLoginToken {
                api_id: 4242,
                api_hash: "any".into(),
                except_ids: vec![],
            };
            let enums::auth::LoginToken::Token(shown) = client.invoke(show).await? else {
                return Err("there is no login token".into());
            };
            let token: String = shown.token.iter().map(|byte| format!("{byte:02x}")).collect();
            world.facts.put("everybody", "shown", json!({"token": format!("hex:{token}")}));
        }
        let session = client.stored_session().await.ok_or("a device has no session")?;
        world.sessions.insert(role.to_owned(), session);
        client.disconnect().await?;
    }
    Ok(())
}

/// Sets a password with a mail address, which Emma does not confirm.
async fn password(world: &World<'_>, name: &str) -> Result<()> {
    let account = world.user(name).await?;
    let state = world.call(&account, "account.getPassword", json!({})).await?;
    let mut algorithm = state["new_algo"].clone();
    let salt = algorithm["salt1"].as_str().and_then(from_base64).ok_or("a password has no salt")?;
    algorithm["salt1"] = base64(&[&salt[..], &[0x31; 32]].concat()).into();
    let address = format!("{name}@example.org");
    let settings = json!({
        "new_algo": algorithm, "new_password_hash": base64(&[0x6b; 256]), "hint": "an animal", "email": address,
    });
    let set = json!({"password": {"_": "inputCheckPasswordEmpty"}, "new_settings": settings});
    match world.call(&account, "account.updatePasswordSettings", set).await {
        Err(error) if error.to_string().contains("EMAIL_UNCONFIRMED") => {}
        other => return Err(format!("the address was not asked for: {other:?}").into()),
    }
    let code = world.server.email_code(&address).ok_or("there is no mail")?;
    if name == "emma" {
        world.facts.put(name, "mail", json!({"code": code}));
        login_email(world, &account).await?;
    } else {
        world.call(&account, "account.confirmPasswordEmail", json!({"code": code})).await?;
    }
    Ok(())
}

/// Codes for logins go to an address, and another one is asked for.
async fn login_email(world: &World<'_>, account: &Account) -> Result<()> {
    world.server.set_login_email(account, Some("emma@example.com")).await?;
    let address = "emma@example.net";
    let change = json!({"purpose": {"_": "emailVerifyPurposeLoginChange"}, "email": address});
    world.call(account, "account.sendVerifyEmailCode", change).await?;
    let code = world.server.email_code(address).ok_or("there is no mail to the new address")?;
    world.facts.put(&account.name, "new_mail", json!({"code": code}));
    Ok(())
}
