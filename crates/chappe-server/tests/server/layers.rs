//! Clients of older layers log in and talk; each reads and writes by its own layer's schema alone.

#[path = "../../../chappe-layers/tests/support/mod.rs"]
mod support;

use crate::common::{Client, server};
use chappe_tl::parse::Type;
use serde_json::{Value as Json, json};
use support::{Layer, layer};

/// A client that knows nothing but the schema of one layer.
struct Old {
    client: Client,
    layer: &'static Layer,
}

impl Old {
    async fn new(server: &chappe_server::Server, number: i32) -> Self {
        Self { client: Client::new(server).await.with_layer(number), layer: layer(number) }
    }

    async fn try_call(&mut self, method: &str, arguments: Json) -> Result<Json, String> {
        let schema = &self.layer.schema;
        let call = schema.from_json_call(method, &arguments).unwrap();
        let started = self.client.start_raw(schema.encode(&call).unwrap(), Vec::new());
        let bytes = self.client.finish_raw(started).await.map_err(|error| error.text())?;
        Ok(schema.to_json(&schema.decode_result(&call, &bytes).unwrap()).unwrap())
    }

    async fn call(&mut self, method: &str, arguments: Json) -> Json {
        let number = self.layer.layer;
        self.try_call(method, arguments)
            .await
            .unwrap_or_else(|error| panic!("{method} in layer {number}: {error}"))
    }

    async fn sign_up(&mut self, phone: &str, name: &str) -> Json {
        let settings = json!({"_": "codeSettings"});
        let arguments = json!({"phone_number": phone, "api_id": 1, "api_hash": "h", "settings": settings});
        let sent = self.call("auth.sendCode", arguments).await;
        let hash = &sent["phone_code_hash"];
        let code = phone[5..6].repeat(5);
        let arguments = json!({"phone_number": phone, "phone_code_hash": hash, "phone_code": code});
        let answer = self.call("auth.signIn", arguments).await;
        assert_eq!(answer["_"], "auth.authorizationSignUpRequired");
        let arguments =
            json!({"phone_number": phone, "phone_code_hash": hash, "first_name": name, "last_name": "Old"});
        self.call("auth.signUp", arguments).await["user"].clone()
    }

    /// The next update of a kind, with what came beside it.
    async fn update(&mut self, constructor: &str) -> (Json, Json) {
        let wait = async {
            loop {
                while let Some(bytes) = self.client.older_updates.pop_front() {
                    let schema = &self.layer.schema;
                    let updates = schema.decode(&bytes, &Type::Boxed("Updates".into())).unwrap();
                    let updates = schema.to_json(&updates).unwrap();
                    let single = updates.get("update").cloned().into_iter();
                    let several = updates["updates"].as_array().cloned().unwrap_or_default();
                    if let Some(found) = single.chain(several).find(|update| update["_"] == constructor) {
                        return (found, updates);
                    }
                }
                assert!(self.client.step().await, "the server closed the connection");
            }
        };
        tokio::time::timeout(crate::common::PATIENCE, wait).await.expect("an update in time")
    }
}

#[tokio::test]
async fn clients_of_old_layers_log_in_and_find_each_other() {
    let server = server().await;
    let mut before: Option<(Old, String)> = None;
    for (index, number) in [158, 179, 198, 216, 227, 230].into_iter().enumerate() {
        let mut old = Old::new(&server, number).await;
        let phone = format!("999662{index}{number}");
        let me = old.sign_up(&phone, &format!("Layer {number}")).await;
        assert_eq!((&me["self"], &me["phone"]), (&json!(true), &json!(phone)), "layer {number}");
        let state = old.call("updates.getState", json!({})).await;
        assert_eq!(state["_"], "updates.state");
        assert_eq!(
            old.call("users.getUsers", json!({"id": [{"_": "inputUserSelf"}]})).await[0]["id"],
            me["id"]
        );

        // The one before, of another layer, is asked for a secret chat and reads the request in its own shapes.
        if let Some((mut other, phone)) = before.take() {
            let found = old.call("contacts.resolvePhone", json!({"phone": phone})).await;
            let peer = &found["users"][0];
            let user = json!({"_": "inputUser", "user_id": peer["id"], "access_hash": peer["access_hash"]});
            let g_a = format!("{}BA==", "B".repeat(340));
            let arguments = json!({"user_id": user, "random_id": 1000 + number, "g_a": g_a});
            let chat = old.call("messages.requestEncryption", arguments).await;
            assert_eq!(chat["_"], "encryptedChatWaiting");
            let (update, beside) = other.update("updateEncryption").await;
            assert_eq!(update["chat"]["_"], "encryptedChatRequested");
            assert_eq!(beside["users"][0]["first_name"], format!("Layer {number}"));
        }
        before = Some((old, phone));
    }
    assert_eq!(server.layer_failures(), 0);
}

#[tokio::test]
async fn a_method_that_is_gone_is_an_error_and_closes_nothing() {
    let server = server().await;
    let mut old = Old::new(&server, 158).await;
    old.sign_up("9996623333", "Old").await;
    let error = old.try_call("help.getAppChangelog", json!({"prev_app_version": "1"})).await.unwrap_err();
    assert_eq!(error, "INPUT_METHOD_INVALID_2417028975_158");
    assert_eq!(old.call("help.getNearestDc", json!({})).await["_"], "nearestDc");
}

#[tokio::test]
async fn a_layer_older_than_the_oldest_is_served_as_the_oldest() {
    let server = server().await;
    let mut old = Old { client: Client::new(&server).await.with_layer(120), layer: layer(158) };
    assert_eq!(old.sign_up("9996624444", "Old").await["first_name"], "Old");
}

#[tokio::test]
async fn clients_of_old_layers_talk_in_groups_and_channels() {
    let server = server().await;
    for (index, (older, newer)) in [(158, 198), (179, 227), (216, 230)].into_iter().enumerate() {
        let (mut a, mut b) = (Old::new(&server, older).await, Old::new(&server, newer).await);
        let (phone_a, phone_b) = (format!("99966{}1158", index + 3), format!("99966{}2198", index + 3));
        a.sign_up(&phone_a, "A").await;
        b.sign_up(&phone_b, "B").await;
        let found = a.call("contacts.resolvePhone", json!({"phone": phone_b})).await;
        let b_user = &found["users"][0];
        let user = json!({"_": "inputUser", "user_id": b_user["id"], "access_hash": b_user["access_hash"]});

        // A basic group.
        let made = a.call("messages.createChat", json!({"users": [user], "title": "Duo"})).await;
        let made = made.get("updates").filter(|updates| updates.is_object()).cloned().unwrap_or(made);
        let chat_id = made["chats"][0]["id"].clone();
        assert_eq!(made["chats"][0]["title"], "Duo", "layer {older}");
        let (update, beside) = b.update("updateNewMessage").await;
        assert_eq!(update["message"]["action"]["_"], "messageActionChatCreate");
        assert_eq!(beside["chats"][0]["participants_count"], 2);
        let group = json!({"_": "inputPeerChat", "chat_id": chat_id});
        let text = json!({"peer": group, "message": "hello", "random_id": 1});
        b.call("messages.sendMessage", text).await;
        let page = json!({"peer": group, "offset_id": 0, "offset_date": 0, "add_offset": 0, "limit": 10,
            "max_id": 0, "min_id": 0, "hash": 0});
        let seen = a.call("messages.getHistory", page.clone()).await;
        assert_eq!(seen["messages"][0]["message"], "hello");
        let full = a.call("messages.getFullChat", json!({"chat_id": chat_id})).await;
        assert_eq!(full["full_chat"]["participants"]["participants"].as_array().map(Vec::len), Some(2));
        a.call("messages.editChatTitle", json!({"chat_id": chat_id, "title": "Band"})).await;

        // A supergroup.
        let made = json!({"megagroup": true, "title": "Crowd", "about": ""});
        let made = a.call("channels.createChannel", made).await;
        let channel = made["chats"][0].clone();
        let input = |channel: &Json| json!({"_": "inputChannel", "channel_id": channel["id"], "access_hash": channel["access_hash"]});
        a.call("channels.inviteToChannel", json!({"channel": input(&channel), "users": [user]})).await;
        let (_, beside) = b.update("updateChannel").await;
        let of_b = &beside["chats"][0];
        assert_eq!((&of_b["title"], &of_b["megagroup"]), (&json!("Crowd"), &json!(true)));
        let peer =
            json!({"_": "inputPeerChannel", "channel_id": of_b["id"], "access_hash": of_b["access_hash"]});
        b.call("messages.sendMessage", json!({"peer": peer, "message": "crowded", "random_id": 2})).await;
        let (update, _) = a.update("updateNewChannelMessage").await;
        let first = if update["message"]["message"] == "crowded" {
            update
        } else {
            a.update("updateNewChannelMessage").await.0
        };
        assert_eq!(first["message"]["message"], "crowded", "layer {older}");
        let full = b.call("channels.getFullChannel", json!({"channel": input(of_b)})).await;
        assert_eq!(full["full_chat"]["participants_count"], 2);
        let filter = json!({"_": "channelParticipantsRecent"});
        let list = json!({"channel": input(of_b), "filter": filter, "offset": 0, "limit": 10, "hash": 0});
        let list = b.call("channels.getParticipants", list).await;
        assert_eq!(list["participants"].as_array().map(Vec::len), Some(2));
        let filter = json!({"_": "channelMessagesFilterEmpty"});
        let missed = json!({"channel": input(of_b), "filter": filter, "pts": 1, "limit": 10});
        let missed = b.call("updates.getChannelDifference", missed).await;
        assert_eq!(missed["new_messages"].as_array().map(Vec::len), Some(3), "layer {newer}");

        // A channel with a link.
        let made = json!({"broadcast": true, "title": "News", "about": ""});
        let news = a.call("channels.createChannel", made).await["chats"][0].clone();
        let peer =
            json!({"_": "inputPeerChannel", "channel_id": news["id"], "access_hash": news["access_hash"]});
        let link = a.call("messages.exportChatInvite", json!({"peer": peer})).await["link"].clone();
        let hash = link.as_str().unwrap().rsplit('+').next().unwrap().to_owned();
        let invite = b.call("messages.checkChatInvite", json!({"hash": hash})).await;
        assert_eq!((&invite["title"], &invite["broadcast"]), (&json!("News"), &json!(true)));
        let joined = b.call("messages.importChatInvite", json!({"hash": hash})).await;
        let joined = joined.get("updates").filter(|updates| updates.is_object()).cloned().unwrap_or(joined);
        assert_eq!(joined["chats"][0]["title"], "News", "layer {newer}");
        let post = json!({"peer": peer, "message": "post", "random_id": 3});
        a.call("messages.sendMessage", post).await;
        let (update, _) = b.update("updateNewChannelMessage").await;
        let post = if update["message"]["message"] == "post" {
            update
        } else {
            b.update("updateNewChannelMessage").await.0
        };
        assert_eq!((&post["message"]["post"], &post["message"]["views"]), (&json!(true), &json!(1)));
        let dialogs = json!({"offset_date": 0, "offset_id": 0, "offset_peer": {"_": "inputPeerEmpty"}, "limit": 10, "hash": 0});
        let dialogs = b.call("messages.getDialogs", dialogs).await;
        assert_eq!(dialogs["dialogs"].as_array().map(Vec::len), Some(3));
    }
    assert_eq!(server.layer_failures(), 0);
}
