//! What the rules of `rules.txt` are there for, one by one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod support;

use chappe_layers::{LayerError, Layers, NEWEST};
use chappe_tl::dynamic::Value;
use chappe_tl::parse::Type;
use serde_json::{Value as Json, json};

fn boxed(ty: &str) -> Type {
    Type::Boxed(ty.to_owned())
}

/// An object of the newest layer as an older one reads it.
fn down(layer: i32, ty: &str, object: &Json) -> Result<Json, LayerError> {
    let (newest, old) = (support::layer(NEWEST), support::layer(layer));
    let value = newest.schema.from_json(&boxed(ty), object).unwrap();
    let bytes = newest.schema.encode_as(&value, &boxed(ty)).unwrap();
    let lowered = Layers::load().down(layer, &bytes)?;
    Ok(old.schema.to_json(&old.schema.decode(&lowered, &boxed(ty)).unwrap()).unwrap())
}

/// The result of a method of the newest layer as the caller of an older one reads it.
fn down_result(layer: i32, method: &str, ty: &str, result: &Json) -> Json {
    let (newest, old) = (support::layer(NEWEST), support::layer(layer));
    let bytes =
        newest.schema.encode_as(&newest.schema.from_json(&boxed(ty), result).unwrap(), &boxed(ty)).unwrap();
    let called = old.schema.method(method).unwrap();
    let lowered = Layers::load().down_result(layer, called.id, &bytes).unwrap();
    old.schema.to_json(&old.schema.decode(&lowered, &called.ty).unwrap()).unwrap()
}

/// A query of an older layer as the newest one reads it.
fn up(layer: i32, method: &str, arguments: &Json) -> Result<Json, LayerError> {
    let (newest, old) = (support::layer(NEWEST), support::layer(layer));
    let query = old.schema.encode(&old.schema.from_json_call(method, arguments).unwrap()).unwrap();
    let raised = Layers::load().up(layer, &query)?;
    let call = newest.schema.decode_object(&raised).unwrap();
    Ok(newest.schema.to_json(&Value::Object(call)).unwrap())
}

fn message(fields: &[(&str, Json)]) -> Json {
    let peer = json!({"_": "peerUser", "user_id": "7"});
    let mut message = json!({"_": "message", "id": 5, "peer_id": peer, "date": 1000, "message": "hello"});
    for (name, value) in fields {
        message[*name] = value.clone();
    }
    message
}

#[test]
fn media_that_a_layer_does_not_know_is_unsupported() {
    let media = json!({"_": "messageMediaToDo", "todo": {"_": "todoList",
        "title": {"_": "textWithEntities", "text": "a", "entities": []}, "list": []}});
    let lowered = down(198, "Message", &message(&[("media", media)])).unwrap();
    assert_eq!(lowered["media"]["_"], "messageMediaUnsupported");
    assert_eq!(lowered["message"], "hello");
}

#[test]
fn entities_that_a_layer_does_not_know_keep_their_place() {
    let entity = json!({"_": "messageEntityDiffReplace", "offset": 1, "length": 3, "old_text": "x"});
    let lowered = down(198, "Message", &message(&[("entities", json!([entity]))])).unwrap();
    assert_eq!(lowered["entities"], json!([{"_": "messageEntityUnknown", "offset": 1, "length": 3}]));
}

#[test]
fn inline_buttons_go_down_and_come_up_again() {
    let button = |ty: Json| json!({"_": "keyboardInlineButton", "text": "Go", "type": ty});
    let row = |buttons: Json| json!({"_": "keyboardInlineButtonRow", "buttons": buttons});
    let url = button(json!({"_": "inlineButtonTypeUrl", "url": "https://example.org/"}));
    let call = button(json!({"_": "inlineButtonTypeCallback", "requires_password": true, "data": "AQI="}));
    let markup = json!({"_": "replyInlineMarkup", "rows": [row(json!([url, call]))]});
    for layer in [158, 198, 227, 228] {
        let lowered = down(layer, "ReplyMarkup", &markup).unwrap();
        let buttons = &lowered["rows"][0]["buttons"];
        assert_eq!(buttons[0]["_"], "keyboardButtonUrl", "{lowered}");
        assert_eq!((&buttons[0]["text"], &buttons[0]["url"]), (&json!("Go"), &json!("https://example.org/")));
        assert_eq!(buttons[1]["_"], "keyboardButtonCallback");
        assert_eq!((&buttons[1]["requires_password"], &buttons[1]["data"]), (&json!(true), &json!("AQI=")));
        let arguments = json!({"peer": {"_": "inputPeerSelf"}, "message": "m", "random_id": "1", "reply_markup": lowered});
        let raised = up(layer, "messages.sendMessage", &arguments).unwrap();
        assert_eq!(raised["reply_markup"]["rows"][0]["buttons"][0]["type"], url["type"]);
        assert_eq!(raised["reply_markup"]["rows"][0]["buttons"][1]["type"], call["type"]);
    }
}

#[test]
fn keyboard_buttons_go_down_and_come_up_again() {
    let types = [
        (json!({"_": "buttonTypeDefault"}), "keyboardButton"),
        (json!({"_": "buttonTypeRequestPhone"}), "keyboardButtonRequestPhone"),
        (
            json!({"_": "buttonTypeRequestPeer", "button_id": 3, "max_quantity": 1,
            "peer_type": {"_": "requestPeerTypeUser"}}),
            "keyboardButtonRequestPeer",
        ),
    ];
    for (ty, old) in types {
        let button = json!({"_": "keyboardButton", "text": "Go", "type": ty});
        let row = json!({"_": "keyboardButtonRow", "buttons": [button]});
        let markup = json!({"_": "replyKeyboardMarkup", "rows": [row]});
        for layer in [158, 198, 228] {
            let lowered = down(layer, "ReplyMarkup", &markup).unwrap();
            assert_eq!(lowered["rows"][0]["buttons"][0]["_"], old);
            let arguments = json!({"peer": {"_": "inputPeerSelf"}, "message": "m", "random_id": "1", "reply_markup": lowered});
            let raised = up(layer, "messages.sendMessage", &arguments).unwrap();
            assert_eq!(raised["reply_markup"]["rows"][0]["buttons"][0]["type"], ty);
        }
    }
}

#[test]
fn a_dropped_update_without_pts_leaves_an_empty_set_of_updates() {
    let update = json!({"_": "updateStarGiftCraftFail"});
    let lowered = down(198, "Updates", &json!({"_": "updateShort", "update": update, "date": 9})).unwrap();
    assert_eq!(
        lowered,
        json!({"_": "updates", "updates": [], "users": [], "chats": [], "date": 9, "seq": 0})
    );
}

#[test]
fn updates_that_came_to_be_wrapped_come_unwrapped() {
    let updates = json!({"_": "updatesTooLong"});
    let invited = json!({"_": "messages.invitedUsers", "updates": updates, "missing_invitees": []});
    assert_eq!(down_result(158, "messages.createChat", "messages.InvitedUsers", &invited), updates);
    let joined = json!({"_": "messages.chatInviteJoinResultOk", "updates": updates});
    for layer in [158, 198, 225] {
        assert_eq!(
            down_result(layer, "channels.joinChannel", "messages.ChatInviteJoinResult", &joined),
            updates
        );
    }
    assert_eq!(down_result(230, "channels.joinChannel", "messages.ChatInviteJoinResult", &joined), joined);
}

#[test]
fn folders_have_plain_titles_in_old_layers() {
    let title = json!({"_": "textWithEntities", "text": "Work", "entities": []});
    let filter = json!({"_": "dialogFilter", "id": 2, "title": title, "pinned_peers": [], "include_peers": [],
        "exclude_peers": []});
    let filters = json!({"_": "messages.dialogFilters", "filters": [filter]});
    let lowered = down_result(158, "messages.getDialogFilters", "messages.DialogFilters", &filters);
    assert_eq!(lowered[0]["title"], "Work");
    let raised = up(158, "messages.updateDialogFilter", &json!({"id": 2, "filter": lowered[0]})).unwrap();
    assert_eq!(raised["filter"]["title"], title);
}

#[test]
fn a_reply_of_an_old_layer_is_a_reply() {
    let arguments = json!({"peer": {"_": "inputPeerSelf"}, "message": "m", "random_id": "1", "reply_to_msg_id": 8,
        "top_msg_id": 3});
    let raised = up(158, "messages.sendMessage", &arguments).unwrap();
    assert_eq!(
        raised["reply_to"],
        json!({"_": "inputReplyToMessage", "reply_to_msg_id": 8, "top_msg_id": 3})
    );
    let arguments = json!({"peer": {"_": "inputPeerSelf"}, "message": "m", "random_id": "1"});
    assert_eq!(up(158, "messages.sendMessage", &arguments).unwrap().get("reply_to"), None);
}

#[test]
fn methods_that_moved_are_found() {
    let channel = json!({"_": "inputChannel", "channel_id": "5", "access_hash": "6"});
    let raised = up(
        198,
        "channels.updatePinnedForumTopic",
        &json!({"channel": channel, "topic_id": 1, "pinned": true}),
    );
    let peer = json!({"_": "inputPeerChannel", "channel_id": "5", "access_hash": "6"});
    let expected =
        json!({"_": "messages.updatePinnedForumTopic", "peer": peer, "topic_id": 1, "pinned": true});
    assert_eq!(raised.unwrap(), expected);
}

#[test]
fn what_has_no_counterpart_is_said_to_be_gone() {
    let gone = up(158, "help.getAppChangelog", &json!({"prev_app_version": "1"})).unwrap_err();
    assert_eq!(gone, LayerError::Gone { name: "help.getAppChangelog".to_owned(), layer: NEWEST });
    let bytes = 0x1fff_7e45_u32.to_le_bytes();
    assert!(matches!(Layers::load().down(198, &bytes), Err(LayerError::Decode(_))));
}

#[test]
fn a_code_of_a_kind_that_a_layer_does_not_know_is_an_sms() {
    let ty = json!({"_": "auth.sentCodeTypeSmsWord"});
    let code = json!({"_": "auth.sentCode", "type": ty, "phone_code_hash": "h"});
    assert_eq!(down(158, "auth.SentCode", &code).unwrap()["type"]["_"], "auth.sentCodeTypeSms");
}

#[test]
fn a_peer_may_stand_where_a_user_or_a_channel_belongs() {
    let newest = support::layer(NEWEST);
    let id = |name: &str| newest.schema.constructor(name).unwrap().id.to_le_bytes();
    let user = |name: &str| json!({"_": name, "user_id": "5", "access_hash": "6"});
    let channel = json!({"_": "inputChannel", "channel_id": "7", "access_hash": "8"});
    let users = [user("inputUser"), json!({"_": "inputUserSelf"})];
    let call = json!({"_": "channels.inviteToChannel", "channel": channel, "users": users});
    let right = newest
        .schema
        .encode(&newest.schema.from_json_call("channels.inviteToChannel", &call).unwrap())
        .unwrap();
    let mut wrong = right.clone();
    let pairs = [
        ("inputChannel", "inputPeerChannel"),
        ("inputUser", "inputPeerUser"),
        ("inputUserSelf", "inputPeerSelf"),
    ];
    for (belongs, stands) in pairs {
        let at = wrong.windows(4).position(|bytes| bytes == id(belongs)).unwrap();
        wrong[at..at + 4].copy_from_slice(&id(stands));
    }
    assert_ne!(wrong, right);
    for layer in [198, 229] {
        assert_eq!(*Layers::load().up(layer, &wrong).unwrap(), *right, "{layer}");
    }
}
