//! Groups and channels of a world file, made by their owners as a client would.

use std::collections::BTreeMap;

use chappe_server::{Account, Server};
use serde_json::{Value, json};

use super::file::GroupPart;
use crate::calls::{self, CallError};
use crate::ready::{GroupKind, ReadyGroup};

/// A group that was made.
pub(super) struct Group {
    kind: GroupKind,
    id: i64,
}

impl Group {
    /// As tests are told of it.
    pub(super) fn ready(&self, part: &GroupPart) -> ReadyGroup {
        ReadyGroup {
            name: part.name.get_ref().clone(),
            kind: self.kind,
            chat_id: self.id,
            title: title(part),
            username: part.username.as_ref().map(|name| name.get_ref().clone()),
        }
    }

    /// As an account has to name it.
    pub(super) fn peer(&self, server: &Server, viewer: &Account) -> Value {
        match self.kind {
            GroupKind::Group => json!({"_": "inputPeerChat", "chat_id": self.id}),
            GroupKind::Supergroup | GroupKind::Channel => {
                let access_hash = server.input_channel(viewer, self.id).access_hash;
                json!({"_": "inputPeerChannel", "channel_id": self.id, "access_hash": access_hash})
            }
        }
    }
}

fn title(part: &GroupPart) -> String {
    part.title.clone().unwrap_or_else(|| part.name.get_ref().clone())
}

/// Makes a group. The owner and the members are known to be there.
pub(super) async fn make(
    server: &Server,
    part: &GroupPart,
    people: &BTreeMap<&str, Account>,
) -> Result<Option<Group>, CallError> {
    let Some(owner) = people.get(part.owner.get_ref().as_str()) else { return Ok(None) };
    let title = title(part);
    let call = async |method: &str, arguments: Value| calls::call(server, owner, method, &arguments).await;
    let members = part.members.iter().filter_map(|name| people.get(name.get_ref().as_str()));
    let users: Vec<Value> = members
        .map(|member| {
            let user = server.input_user(owner, member.user_id);
            json!({"_": "inputUser", "user_id": user.user_id, "access_hash": user.access_hash})
        })
        .collect();
    if part.kind == GroupKind::Group {
        let made = call("messages.createChat", json!({"users": users, "title": title})).await?;
        let group = Group { kind: part.kind, id: id(&made["updates"])? };
        if let Some(about) = &part.about {
            let peer = group.peer(server, owner);
            call("messages.editChatAbout", json!({"peer": peer, "about": about})).await?;
        }
        return Ok(Some(group));
    }
    let is_channel = part.kind == GroupKind::Channel;
    let about = part.about.as_deref().unwrap_or_default();
    let new = json!({"broadcast": is_channel, "megagroup": !is_channel, "title": title, "about": about});
    let group = Group { kind: part.kind, id: id(&call("channels.createChannel", new).await?)? };
    let access_hash = server.input_channel(owner, group.id).access_hash;
    let channel = json!({"_": "inputChannel", "channel_id": group.id, "access_hash": access_hash});
    if !users.is_empty() {
        call("channels.inviteToChannel", json!({"channel": channel, "users": users})).await?;
    }
    if let Some(username) = &part.username {
        let name = json!({"channel": channel, "username": username.get_ref()});
        call("channels.updateUsername", name).await?;
    }
    Ok(Some(group))
}

/// The group in an answer that has one.
fn id(updates: &Value) -> Result<i64, CallError> {
    let id = &updates["chats"][0]["id"];
    let id = id.as_i64().or_else(|| id.as_str()?.parse().ok());
    id.ok_or_else(|| CallError::Written("the answer names no group".into()))
}
