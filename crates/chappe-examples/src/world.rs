//! The world in which examples run: two people who talk, a third one, a bot, groups, a channel, a secret chat, files.
//!
//! It is made from a seed and begins at one moment, so that every id and hash repeats and can stand in examples.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chappe::StoredSession;
use chappe_crypto::Now;
use chappe_server::{Account, Clock, NewAccount, Server, ServerBuilder};
use serde_json::{Value as Json, json};

use crate::Result;
use crate::clients;
use crate::facts::Facts;
use crate::picture;

/// 2026-01-01 12:00:00 UTC.
const BEGIN: Duration = Duration::from_secs(1_767_268_800);

/// What waits goes on as the machine's time does, while the calendar stands still: a code or a token that examples
/// name is good for ever.
#[derive(Debug)]
struct WorldClock(Instant);

impl Clock for WorldClock {
    fn now(&self) -> Now {
        Now { monotonic: self.0.elapsed(), unix: BEGIN }
    }
}

/// A server of a world that repeats.
pub(crate) fn builder() -> ServerBuilder {
    Server::builder().test_key().seed(232).log_codes(false).clock(Arc::new(WorldClock(Instant::now())))
}

/// Makes the world, and notes what is in it as examples call it.
pub(crate) async fn make(server: &Server) -> Result<Made> {
    let mut world = World { server, facts: Facts::default(), sessions: BTreeMap::new() };
    world.people().await?;
    world.talk().await?;
    world.groups().await?;
    world.files().await?;
    world.secret_chats().await?;
    clients::bots(&mut world).await?;
    clients::logins(&mut world).await?;
    for account in server.accounts().await? {
        let ready = clients::stored(&account.session)?;
        world.sessions.insert(account.name, ready);
    }
    Ok(Made { facts: world.facts, sessions: world.sessions })
}

/// A world that was made.
pub(crate) struct Made {
    pub(crate) facts: Facts,
    /// The devices on which examples run, by the role that the samples name.
    pub(crate) sessions: BTreeMap<String, StoredSession>,
}

/// A world that is being made.
pub(crate) struct World<'a> {
    pub(crate) server: &'a Server,
    pub(crate) facts: Facts,
    pub(crate) sessions: BTreeMap<String, StoredSession>,
}

impl World<'_> {
    pub(crate) async fn call(&self, account: &Account, method: &str, arguments: Json) -> Result<Json> {
        let schema = chappe_api::api_schema();
        let call = schema.from_json_call(method, &arguments)?;
        let answer = self.server.call_raw(account, &schema.encode(&call)?).await;
        let answer = answer.map_err(|error| format!("the world cannot be made: {method}: {error}"))?;
        Ok(schema.to_json(&schema.decode_result(&call, &answer)?)?)
    }

    pub(crate) async fn user(&self, name: &str) -> Result<Account> {
        Ok(self.server.user(name).await?)
    }

    pub(crate) fn input_user(&self, viewer: &Account, of: &Account) -> Json {
        let user = self.server.input_user(viewer, of.user_id);
        json!({"_": "inputUser", "user_id": user.user_id, "access_hash": user.access_hash})
    }

    pub(crate) fn input_peer(&self, viewer: &Account, of: &Account) -> Json {
        let user = self.server.input_user(viewer, of.user_id);
        json!({"_": "inputPeerUser", "user_id": user.user_id, "access_hash": user.access_hash})
    }

    fn channel(&self, viewer: &Account, id: i64) -> Json {
        let channel = self.server.input_channel(viewer, id);
        json!({"_": "inputChannel", "channel_id": id, "access_hash": channel.access_hash})
    }

    fn channel_peer(&self, viewer: &Account, id: i64) -> Json {
        let channel = self.server.input_channel(viewer, id);
        json!({"_": "inputPeerChannel", "channel_id": id, "access_hash": channel.access_hash})
    }

    async fn people(&mut self) -> Result<()> {
        for (name, phone, username) in [
            ("alice", "9996621001", Some("alice_liddell")),
            ("bob", "9996621002", Some("bob_hatter")),
            ("carol", "9996621003", None),
            ("dora", "9996621004", None),
            ("emma", "9996621005", None),
            ("fred", "9996621006", None),
        ] {
            let new = NewAccount {
                phone: Some(phone.into()),
                username: username.map(str::to_owned),
                ..NewAccount::default()
            };
            self.server.account(name, new).await?;
        }
        for (name, token, username) in [
            ("helper", "7000000007:any-secret", "helper_bot"),
            ("spare", "7000000009:other-secret", "spare_bot"),
        ] {
            let new = NewAccount {
                bot: true,
                bot_token: Some(token.into()),
                username: Some(username.into()),
                ..NewAccount::default()
            };
            self.server.account(name, new).await?;
            self.facts.put("everybody", &format!("{name}_bot"), json!({"token": token}));
        }
        let accounts = self.server.accounts().await?;
        for viewer in &accounts {
            for of in &accounts {
                let user = self.server.input_user(viewer, of.user_id);
                let mut fact = json!({"kind": "user", "id": user.user_id, "access_hash": user.access_hash});
                if let Some(phone) = &of.phone {
                    fact["phone"] = phone.as_str().into();
                }
                self.facts.put(&viewer.name, &of.name, fact);
            }
        }
        let (alice, bob) = (self.user("alice").await?, self.user("bob").await?);
        self.server.add_contact(&alice, &bob).await?;
        self.server.add_contact(&bob, &alice).await?;
        let link = self.call(&bob, "contacts.exportContactToken", json!({})).await?;
        let token = link["url"].as_str().and_then(|url| url.split_once("token="));
        let (_, token) = token.ok_or("a link to somebody has no token")?;
        self.facts.put("everybody", "bobs_link", json!({"token": token}));
        Ok(())
    }

    /// Sends a text and gives its id in the sender's mailbox.
    pub(crate) async fn say(&self, from: &Account, peer: Json, text: &str, random_id: i64) -> Result<i64> {
        let call = json!({"peer": peer, "message": text, "random_id": random_id});
        let sent = self.call(from, "messages.sendMessage", call).await?;
        let updates = sent["updates"].as_array().into_iter().flatten();
        let id = updates.chain([&sent]).find_map(|update| update["id"].as_i64());
        id.ok_or_else(|| "a message has no id".into())
    }

    async fn talk(&mut self) -> Result<()> {
        let (alice, bob) = (self.user("alice").await?, self.user("bob").await?);
        self.say(&bob, self.input_peer(&bob, &alice), "Are you there?", 101).await?;
        let id = self.say(&alice, self.input_peer(&alice, &bob), "Yes.", 102).await?;
        self.facts.put("alice", "message", json!({"kind": "message", "id": id}));
        Ok(())
    }

    async fn create(&self, owner: &Account, arguments: Json, username: Option<&str>) -> Result<i64> {
        let made = self.call(owner, "channels.createChannel", arguments).await?;
        let id = id(&made["chats"][0]["id"])?;
        if let Some(username) = username {
            let name = json!({"channel": self.channel(owner, id), "username": username});
            self.call(owner, "channels.updateUsername", name).await?;
        }
        Ok(id)
    }

    fn note_channel(&mut self, name: &str, id: i64, viewers: &[Account]) {
        for viewer in viewers {
            let access_hash = self.server.input_channel(viewer, id).access_hash;
            self.facts.put(
                &viewer.name,
                name,
                json!({"kind": "channel", "id": id, "access_hash": access_hash}),
            );
        }
    }

    async fn groups(&mut self) -> Result<()> {
        let accounts = self.server.accounts().await?;
        let (alice, bob, carol) =
            (self.user("alice").await?, self.user("bob").await?, self.user("carol").await?);
        let helper = self.user("helper").await?;

        let users = [self.input_user(&alice, &bob), self.input_user(&alice, &helper)];
        let made =
            self.call(&alice, "messages.createChat", json!({"users": users, "title": "Picnic"})).await?;
        let picnic = id(&made["updates"]["chats"][0]["id"])?;
        self.facts.put("everybody", "picnic", json!({"kind": "chat", "id": picnic}));
        let picnic = json!({"_": "inputPeerChat", "chat_id": picnic});
        let message = self.say(&alice, picnic.clone(), "Who brings the cake?", 103).await?;
        self.facts.put("alice", "picnic_message", json!({"kind": "message", "id": message}));

        let about = "At six o'clock.";
        let new = json!({"megagroup": true, "title": "Tea party", "about": about});
        let tea = self.create(&alice, new, Some("tea_party")).await?;
        self.note_channel("tea", tea, &accounts);
        let users = [self.input_user(&alice, &bob), self.input_user(&alice, &helper)];
        let invite = json!({"channel": self.channel(&alice, tea), "users": users});
        self.call(&alice, "channels.inviteToChannel", invite).await?;
        let message = self.say(&alice, self.channel_peer(&alice, tea), "No room!", 104).await?;
        self.facts.put("everybody", "tea_message", json!({"kind": "message", "id": message}));
        self.say(&bob, self.channel_peer(&bob, tea), "There is plenty.", 105).await?;

        let new = json!({"broadcast": true, "title": "Wonderland news", "about": ""});
        let news = self.create(&alice, new, Some("wonderland_news")).await?;
        self.note_channel("news", news, &accounts);
        let message =
            self.say(&alice, self.channel_peer(&alice, news), "The Queen has lost her tarts.", 106).await?;
        self.facts.put("everybody", "news_message", json!({"kind": "message", "id": message}));

        let new = json!({"megagroup": true, "title": "Chess club", "about": ""});
        let club = self.create(&bob, new, Some("chess_club")).await?;
        self.note_channel("club", club, &accounts);

        let new = json!({"megagroup": true, "title": "Library", "about": ""});
        let library = self.create(&bob, new, None).await?;
        self.note_channel("library", library, &accounts);
        let invite =
            json!({"channel": self.channel(&bob, library), "users": [self.input_user(&bob, &alice)]});
        self.call(&bob, "channels.inviteToChannel", invite).await?;
        let new = json!({"megagroup": true, "title": "Shed", "about": ""});
        let shed = self.create(&alice, new, None).await?;
        self.note_channel("shed", shed, &accounts);

        // Links: one of each group, and people who wait at Alice's door.
        let link = async |owner: &Account, peer: Json, asks: bool| -> Result<String> {
            let new =
                json!({"peer": peer, "request_needed": asks, "title": if asks { "asks" } else { "all" }});
            let link = self.call(owner, "messages.exportChatInvite", new).await?;
            link["link"].as_str().map(str::to_owned).ok_or_else(|| "there is no link".into())
        };
        let hash = |link: &str| link.rsplit(['+', '/']).next().unwrap_or_default().to_owned();
        let own = link(&alice, self.channel_peer(&alice, tea), false).await?;
        let asking = link(&alice, self.channel_peer(&alice, tea), true).await?;
        let club_link = link(&bob, self.channel_peer(&bob, club), false).await?;
        self.call(&carol, "messages.importChatInvite", json!({"hash": hash(&asking)})).await.err();
        self.facts.put("everybody", "invite", json!({"link": own, "hash": hash(&own)}));
        self.facts.put("everybody", "asking_invite", json!({"link": asking, "hash": hash(&asking)}));
        self.facts.put("everybody", "club_invite", json!({"link": club_link, "hash": hash(&club_link)}));
        let revoked = link(&alice, self.channel_peer(&alice, tea), false).await?;
        let revoke = json!({"peer": self.channel_peer(&alice, tea), "link": revoked, "revoked": true});
        self.call(&alice, "messages.editExportedChatInvite", revoke).await?;
        self.facts.put("everybody", "revoked_invite", json!({"link": revoked}));
        Ok(())
    }

    async fn part(&self, account: &Account, file_id: i64, bytes: &[u8]) -> Result<()> {
        use chappe_api::functions::upload::SaveFilePart;
        let part = SaveFilePart { file_id, file_part: 0, bytes: bytes.to_vec() };
        self.server.call(account, &part).await.map_err(|error| error.to_string())?;
        Ok(())
    }

    async fn files(&mut self) -> Result<()> {
        let (alice, bob) = (self.user("alice").await?, self.user("bob").await?);
        let picture = picture::teapot()?;
        let file = |id: i64, name: &str| json!({"_": "inputFile", "id": id, "parts": 1, "name": name, "md5_checksum": ""});
        for (id, name, media) in [
            (
                5_210_394_857_001,
                "photo",
                json!({"_": "inputMediaUploadedPhoto", "file": file(5_210_394_857_001, "teapot.png")}),
            ),
            (
                5_210_394_857_002,
                "document",
                json!({
                    "_": "inputMediaUploadedDocument",
                    "file": file(5_210_394_857_002, "recipe.txt"),
                    "mime_type": "text/plain",
                    "attributes": [{"_": "documentAttributeFilename", "file_name": "recipe.txt"}],
                }),
            ),
        ] {
            self.part(&alice, id, if name == "photo" { &picture } else { b"Tea, milk, no sugar." }).await?;
            let call = json!({"peer": self.input_peer(&alice, &bob), "media": media, "message": "", "random_id": id});
            let sent = self.call(&alice, "messages.sendMedia", call).await?;
            let updates = sent["updates"].as_array().into_iter().flatten();
            let sent =
                updates.map(|update| &update["message"]["media"][name]).find(|media| media.is_object());
            let media = sent.ok_or("a medium was sent and did not come back")?;
            self.facts.put("alice", name, self::media(name, media)?);
        }
        self.part(&alice, 5_210_394_857_003, &picture).await?;
        let call = json!({"file": file(5_210_394_857_003, "face.png")});
        let photo = self.call(&alice, "photos.uploadProfilePhoto", call).await?;
        self.facts.put("alice", "face", media("photo", &photo["photo"])?);
        // Parts that wait for a call that makes a file of them.
        self.part(&alice, 5_210_394_857_162, &picture).await?;
        self.facts.put("alice", "upload", json!({"kind": "upload", "id": 5_210_394_857_162_i64}));
        self.part(&alice, 5_210_394_857_163, &[0x4d; 1024]).await?;
        self.facts.put("alice", "secret_upload", json!({"kind": "upload", "id": 5_210_394_857_163_i64}));
        Ok(())
    }

    async fn secret_chats(&mut self) -> Result<()> {
        let (alice, bob) = (self.user("alice").await?, self.user("bob").await?);
        let public = |byte: u8| base64(&[byte; 256]);
        let ask = async |from: &Account, to: &Account, id: i32| -> Result<Json> {
            let call = json!({"user_id": self.input_user(from, to), "random_id": id, "g_a": public(0x5a)});
            self.call(from, "messages.requestEncryption", call).await
        };
        let chat = |chat: &Json| json!({"kind": "secret", "id": chat["id"], "access_hash": number(&chat["access_hash"])});
        let made = ask(&alice, &bob, 43).await?;
        self.facts.put("alice", "secret", chat(&made));
        let hash = self.chat_of(&bob, 43).await?;
        let peer = json!({"chat_id": 43, "access_hash": hash});
        let accept =
            json!({"peer": peer, "g_b": public(0x6b), "key_fingerprint": 3_712_486_093_155_620_187_i64});
        self.call(&bob, "messages.acceptEncryption", accept).await?;
        let text = json!({"peer": peer, "random_id": 201, "data": base64(&[0x17; 72])});
        self.call(&bob, "messages.sendEncrypted", text).await?;

        ask(&bob, &alice, 44).await?;
        let hash = self.chat_of(&alice, 44).await?;
        self.facts.put("alice", "asked", json!({"kind": "secret", "id": 44, "access_hash": hash}));
        Ok(())
    }

    /// The access hash of a chat that somebody was asked for, from what they missed.
    async fn chat_of(&self, account: &Account, chat_id: i32) -> Result<i64> {
        let missed = json!({"pts": 1, "date": 1, "qts": 0});
        let missed = self.call(account, "updates.getDifference", missed).await?;
        let updates = missed["other_updates"].as_array().into_iter().flatten();
        let mut chats = updates.map(|update| &update["chat"]).filter(|chat| chat["id"] == chat_id);
        let chat = chats.next().ok_or("somebody did not hear of a secret chat")?;
        Ok(number(&chat["access_hash"]).as_i64().unwrap_or_default())
    }
}

/// A photo or document as its owner names it.
fn media(kind: &str, media: &Json) -> Result<Json> {
    let reference =
        media["file_reference"].as_str().and_then(from_base64).ok_or("a file has no reference")?;
    let reference: String = reference.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({
        "kind": kind,
        "id": number(&media["id"]),
        "access_hash": number(&media["access_hash"]),
        "file_reference": format!("hex:{reference}"),
    }))
}

pub(crate) fn id(json: &Json) -> Result<i64> {
    number(json).as_i64().ok_or_else(|| format!("{json} is no id").into())
}

/// A long as a number.
pub(crate) fn number(json: &Json) -> Json {
    json.as_str().and_then(|text| text.parse::<i64>().ok()).map_or_else(|| json.clone(), Json::from)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    chappe_api::api_schema()
        .to_json(&bytes.to_vec().into())
        .ok()
        .and_then(|json| json.as_str().map(str::to_owned))
        .unwrap_or_default()
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let value = chappe_api::api_schema().from_json(&chappe_tl::parse::Type::Bytes, &text.into()).ok()?;
    value.as_bytes().map(<[u8]>::to_vec)
}
