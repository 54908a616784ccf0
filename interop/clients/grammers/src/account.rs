//! One account: the verbs of the driver, in the library's own calls.

use std::net::{Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::sync::{Arc, Mutex};

use grammers_client::client::{SignInError, UpdateStream};
use grammers_client::message::{InputMessage, Message};
use grammers_client::update::Update;
use grammers_client::{Client, InvocationError};
use grammers_mtsender::{SenderPool, UpdatesConfiguration};
use grammers_session::Session;
use grammers_session::storages::MemorySession;
use grammers_session::types::{DcOption, PeerId, PeerRef};
use grammers_session::updates::UpdatesLike;
use grammers_tl_types as tl;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{Result, tell};

const API_ID: i32 = 4242;
const API_HASH: &str = "hash";

/// The library has no way to do that.
#[derive(Debug)]
pub struct Cannot(pub &'static str);

impl std::fmt::Display for Cannot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Cannot {}

pub struct Account {
    name: String,
    client: Client,
    session: Arc<MemorySession>,
    updates: Mutex<Option<mpsc::Receiver<UpdatesLike>>>,
}

impl Account {
    /// Its first command brings the auth key: the library knows Telegram's RSA keys only, and has no way to add one.
    pub async fn new(name: &str, server: &Value, command: &Value) -> Result<Self> {
        let session = Arc::new(MemorySession::default());
        let id = server["dc_id"].as_i64().and_then(|id| i32::try_from(id).ok()).ok_or("no dc_id")?;
        let ipv4: SocketAddrV4 = server["address"].as_str().ok_or("no address")?.parse()?;
        let ipv6 = SocketAddrV6::new(Ipv6Addr::LOCALHOST, ipv4.port(), 0, 0);
        let key = text(command, "key")?;
        let bytes: Vec<u8> = (0..key.len() / 2)
            .map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16))
            .collect::<std::result::Result<_, _>>()?;
        let auth_key: [u8; 256] = bytes.try_into().map_err(|_| "a key has 256 bytes")?;
        session.set_home_dc_id(id).await?;
        session.set_dc_option(&DcOption { id, ipv4, ipv6, auth_key: Some(auth_key) }).await?;
        let SenderPool { runner, updates, handle } = SenderPool::new(Arc::clone(&session), API_ID);
        let client = Client::new(handle);
        tokio::spawn(runner.run());
        Ok(Self { name: name.to_owned(), client, session, updates: Mutex::new(Some(updates)) })
    }

    pub async fn run(&self, command: &Value) -> Result {
        let client = &self.client;
        match command["do"].as_str().unwrap_or_default() {
            "login" => self.login(command).await,
            "login_bot" => {
                let user = client.bot_sign_in(text(command, "token")?, API_HASH).await?;
                self.listen().await?;
                Ok(json!({ "user": user.id().bare_id() }))
            }
            "me" => {
                let me = client.get_me().await?;
                Ok(json!({ "user": me.id().bare_id(), "username": me.username() }))
            }
            "set_password" => {
                Err(Cannot("there is no call for it: needs `account.updatePasswordSettings` by hand").into())
            }
            "set_username" => {
                let username = text(command, "username")?.to_owned();
                client.invoke(&tl::functions::account::UpdateUsername { username }).await?;
                Ok(Value::Null)
            }
            "send" => {
                let reply_to = command["reply_to"].as_i64().map(|id| id as i32);
                let message = InputMessage::new().text(text(command, "text")?).reply_to(reply_to);
                Ok(
                    json!({ "message": client.send_message(self.peer(&command["to"]).await?, message).await?.id() }),
                )
            }
            "edit" => {
                let peer = self.peer(&command["to"]).await?;
                client.edit_message(peer, number(command, "message")?, text(command, "text")?).await?;
                Ok(Value::Null)
            }
            "delete" => {
                let peer = self.peer(&command["to"]).await?;
                client.delete_messages(peer, &[number(command, "message")?]).await?;
                Ok(Value::Null)
            }
            "forward" => {
                let (source, to) = (self.peer(&command["source"]).await?, self.peer(&command["to"]).await?);
                let done = client.forward_messages(to, &[number(command, "message")?], source).await?;
                let message = done.into_iter().flatten().next().ok_or("the answer holds no message")?;
                Ok(json!({ "message": message.id() }))
            }
            "history" => {
                let limit = command["limit"].as_u64().unwrap_or(10) as usize;
                let mut messages = client.iter_messages(self.peer(&command["chat"]).await?).limit(limit);
                let mut list = Vec::new();
                while let Some(message) = messages.next().await? {
                    list.push(json!({ "message": message.id(), "text": message.text() }));
                }
                Ok(json!({ "messages": list }))
            }
            "upload" => {
                let file = client.upload_file(text(command, "path")?).await?;
                let message = InputMessage::new().document(file);
                Ok(
                    json!({ "message": client.send_message(self.peer(&command["to"]).await?, message).await?.id() }),
                )
            }
            "download" => {
                let peer = self.peer(&command["chat"]).await?;
                let found = client.get_messages_by_id(peer, &[number(command, "message")?]).await?;
                let media = found.into_iter().flatten().next().and_then(|message| message.media());
                client
                    .download_media(&media.ok_or("the message has no file")?, text(command, "path")?)
                    .await?;
                Ok(Value::Null)
            }
            "dialogs" => {
                let mut dialogs = client.iter_dialogs();
                let mut chats = Vec::new();
                while let Some(dialog) = dialogs.next().await? {
                    chats.push(dialog.peer_id().bot_api_dialog_id());
                }
                Ok(json!({ "chats": chats }))
            }
            "create_group" | "create_channel" | "add" => self.group(command).await,
            "logout" => {
                client.sign_out().await?;
                Ok(Value::Null)
            }
            verb => Err(format!("no such verb: {verb}").into()),
        }
    }

    async fn login(&self, command: &Value) -> Result {
        let client = &self.client;
        let (phone, code) = (text(command, "phone")?, text(command, "code")?);
        let token = client.request_login_code(phone, API_HASH).await?;
        let mut how = None;
        let user = match client.sign_in(&token, code).await {
            Ok(user) => user,
            Err(SignInError::PasswordRequired(token)) => client
                .check_password(token, text(command, "password")?)
                .await
                .map_err(|error| error.to_string())?,
            Err(SignInError::SignUpRequired) => {
                how = Some("it refuses sign-up: `auth.signUp` as a raw call, then its `sign_in`");
                self.sign_up(phone, code, text(command, "name")?).await?;
                let token = client.request_login_code(phone, API_HASH).await?;
                client.sign_in(&token, code).await.map_err(|error| error.to_string())?
            }
            Err(error) => return Err(error.to_string().into()),
        };
        self.listen().await?;
        Ok(json!({ "user": user.id().bare_id(), "how": how }))
    }

    /// The hash of a code is private in the library's token, so all of it is done by hand.
    async fn sign_up(&self, phone: &str, code: &str, name: &str) -> Result<()> {
        let settings = tl::types::CodeSettings {
            allow_flashcall: false,
            current_number: false,
            allow_app_hash: false,
            allow_missed_call: false,
            allow_firebase: false,
            unknown_number: false,
            logout_tokens: None,
            token: None,
            app_sandbox: None,
        };
        let send_code = tl::functions::auth::SendCode {
            phone_number: phone.to_owned(),
            api_id: API_ID,
            api_hash: API_HASH.to_owned(),
            settings: settings.into(),
        };
        let tl::enums::auth::SentCode::Code(sent) = self.client.invoke(&send_code).await? else {
            return Err("no code was sent".into());
        };
        let phone_code_hash = sent.phone_code_hash;
        let sign_in = tl::functions::auth::SignIn {
            phone_number: phone.to_owned(),
            phone_code_hash: phone_code_hash.clone(),
            phone_code: Some(code.to_owned()),
            email_verification: None,
        };
        self.client.invoke(&sign_in).await?;
        let sign_up = tl::functions::auth::SignUp {
            no_joined_notifications: false,
            phone_number: phone.to_owned(),
            phone_code_hash,
            first_name: name.to_owned(),
            last_name: "grammers".to_owned(),
        };
        self.client.invoke(&sign_up).await?;
        Ok(())
    }

    /// Tells what happens, from now on.
    async fn listen(&self) -> Result<()> {
        let updates = self.updates.lock().map_err(|_| "poisoned")?.take().ok_or("it listens already")?;
        let stream = self.client.stream_updates(updates, UpdatesConfiguration { catch_up: true }).await?;
        tokio::spawn(hear(self.name.clone(), stream));
        Ok(())
    }

    /// `@name`, or a number in the form of the Bot API.
    async fn peer(&self, of: &Value) -> Result<PeerRef> {
        if let Some(name) = of.as_str() {
            let peer = self.client.resolve_username(name.trim_start_matches('@')).await?;
            let peer = peer.ok_or_else(|| format!("nobody is called {name}"))?;
            return peer.to_ref().await?.ok_or_else(|| "the peer cannot be addressed".into());
        }
        let id = of
            .as_i64()
            .and_then(PeerId::from_bot_api_dialog_id)
            .ok_or_else(|| format!("not a peer: {of}"))?;
        let known = self.session.peer(id).await?;
        let auth = known.and_then(|peer| peer.auth()).unwrap_or_default();
        Ok(PeerRef { id, auth })
    }

    async fn group(&self, command: &Value) -> Result {
        let client = &self.client;
        let mut users = Vec::new();
        for user in command["users"].as_array().into_iter().flatten() {
            users.push(self.peer(user).await?);
        }
        let chats = match command["do"].as_str() {
            Some("create_group") => {
                let create = tl::functions::messages::CreateChat {
                    users: users.into_iter().map(Into::into).collect(),
                    title: text(command, "title")?.to_owned(),
                    ttl_period: None,
                };
                let tl::enums::messages::InvitedUsers::Users(made) = client.invoke(&create).await?;
                chats_of(made.updates)
            }
            Some("create_channel") => {
                let broadcast = command["broadcast"] == true;
                let create = tl::functions::channels::CreateChannel {
                    broadcast,
                    megagroup: !broadcast,
                    for_import: false,
                    forum: false,
                    title: text(command, "title")?.to_owned(),
                    about: String::new(),
                    geo_point: None,
                    address: None,
                    ttl_period: None,
                };
                chats_of(client.invoke(&create).await?)
            }
            _ => return self.add(&command["chat"], users).await,
        };
        let chat = chats.into_iter().next().ok_or("the answer holds no chat")?;
        let peer = grammers_client::peer::Peer::from_raw(client, chat);
        self.session.cache_peer((&peer).into()).await?;
        Ok(json!({ "chat": peer.id().bot_api_dialog_id() }))
    }

    async fn add(&self, chat: &Value, users: Vec<PeerRef>) -> Result {
        let chat = self.peer(chat).await?;
        if chat.id.kind() == grammers_session::types::PeerKind::Channel {
            let users = users.into_iter().map(Into::into).collect();
            self.client
                .invoke(&tl::functions::channels::InviteToChannel { channel: chat.into(), users })
                .await?;
            return Ok(Value::Null);
        }
        for user in users {
            self.client
                .invoke(&tl::functions::messages::AddChatUser {
                    chat_id: chat.into(),
                    user_id: user.into(),
                    fwd_limit: 100,
                })
                .await?;
        }
        Ok(Value::Null)
    }
}

fn chats_of(updates: tl::enums::Updates) -> Vec<tl::enums::Chat> {
    match updates {
        tl::enums::Updates::Updates(updates) => updates.chats,
        tl::enums::Updates::Combined(updates) => updates.chats,
        _ => Vec::new(),
    }
}

async fn hear(name: String, mut updates: UpdateStream) {
    loop {
        match updates.next().await {
            Ok(Update::NewMessage(message)) => tell(told("new", &name, &message)),
            Ok(Update::MessageEdited(message)) => tell(told("edited", &name, &message)),
            Ok(Update::MessageDeleted(deleted)) => {
                tell(json!({ "event": "deleted", "as": name, "messages": deleted.messages() }));
            }
            Ok(_) => {}
            Err(InvocationError::Dropped(_)) => return,
            Err(error) => tell(json!({ "event": "error", "as": name, "text": error.to_string() })),
        }
    }
}

fn told(event: &str, name: &str, message: &Message) -> Value {
    let size = match message.media() {
        Some(grammers_client::media::Media::Document(document)) => document.size(),
        _ => None,
    };
    json!({
        "event": event,
        "as": name,
        "chat": message.peer_id().bot_api_dialog_id(),
        "message": message.id(),
        "text": message.text(),
        "from": message.sender_id().and_then(|id| id.bare_id()),
        "reply_to": message.reply_to_message_id(),
        "forwarded": message.forward_header().is_some(),
        "size": size,
    })
}

fn text<'a>(command: &'a Value, field: &str) -> Result<&'a str> {
    command[field].as_str().ok_or_else(|| format!("no {field}").into())
}

fn number(command: &Value, field: &str) -> Result<i32> {
    let number = command[field].as_i64().and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| format!("no {field}").into())
}
