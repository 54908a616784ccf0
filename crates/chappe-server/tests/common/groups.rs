//! Groups and channels for tests: who is in them, and what they are told.

use chappe_api::{enums, functions, types};
use chappe_server::Server;

use super::Client;
use super::cloud::{self, device};

pub const CAROL: &str = "9996630003";

/// Alice, Bob and Carol, who know each other's numbers.
pub struct Three {
    pub alice: Client,
    pub bob: Client,
    pub carol: Client,
    pub alice_id: i64,
    pub bob_id: i64,
    pub carol_id: i64,
    /// As Alice names them.
    pub to_bob: types::InputUser,
    pub to_carol: types::InputUser,
}

impl Three {
    pub async fn new(server: &Server) -> Self {
        let mut alice = device(server, super::ALICE).await;
        let mut bob = device(server, super::BOB).await;
        let mut carol = device(server, CAROL).await;
        let (to_bob, to_carol) = (alice.find(super::BOB).await, alice.find(CAROL).await);
        let alice_id = bob.find(super::ALICE).await.user_id;
        let (bob_id, carol_id) = (to_bob.user_id, to_carol.user_id);
        for client in [&mut alice, &mut bob, &mut carol] {
            client.settle().await;
        }
        Self { alice, bob, carol, alice_id, bob_id, carol_id, to_bob, to_carol }
    }

    /// A basic group of all three, made by Alice; everybody has heard of it.
    pub async fn group(&mut self, title: &str) -> i64 {
        let users = vec![self.to_bob.clone().into(), self.to_carol.clone().into()];
        let made = self.alice.call(create(title, users)).await.expect("a group");
        self.settle().await;
        chat_in(&cloud::full(made.updates).chats).id
    }

    pub async fn settle(&mut self) {
        for client in [&mut self.alice, &mut self.bob, &mut self.carol] {
            client.settle().await;
        }
    }
}

pub fn create(title: &str, users: Vec<enums::InputUser>) -> functions::messages::CreateChat {
    functions::messages::CreateChat { users, title: title.into(), ttl_period: None }
}

pub fn add(chat_id: i64, user: &types::InputUser, fwd_limit: i32) -> functions::messages::AddChatUser {
    functions::messages::AddChatUser { chat_id, user_id: user.clone().into(), fwd_limit }
}

pub fn remove(chat_id: i64, user: enums::InputUser) -> functions::messages::DeleteChatUser {
    functions::messages::DeleteChatUser { revoke_history: false, chat_id, user_id: user }
}

pub fn chat_peer(chat_id: i64) -> enums::InputPeer {
    types::InputPeerChat { chat_id }.into()
}

/// The first basic group in a list.
pub fn chat_in(chats: &[enums::Chat]) -> types::Chat {
    let found = chats.iter().find_map(|chat| match chat {
        enums::Chat::Chat(chat) => Some((**chat).clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no group in {chats:?}"))
}

/// The first channel in a list.
pub fn channel_in(chats: &[enums::Chat]) -> types::Channel {
    let found = chats.iter().find_map(|chat| match chat {
        enums::Chat::Channel(channel) => Some((**channel).clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no channel in {chats:?}"))
}

pub async fn chat(client: &mut Client, chat_id: i64) -> enums::Chat {
    let answer = client.call(functions::messages::GetChats { id: vec![chat_id] }).await.expect("a chat");
    chats(answer).remove(0)
}

pub fn chats(answer: enums::messages::Chats) -> Vec<enums::Chat> {
    match answer {
        enums::messages::Chats::Chats(chats) => chats.chats,
        enums::messages::Chats::Slice(chats) => chats.chats,
    }
}

pub async fn full_chat(client: &mut Client, chat_id: i64) -> types::ChatFull {
    let answer = client.call(functions::messages::GetFullChat { chat_id }).await.expect("a chat");
    match answer.full_chat {
        enums::ChatFull::Full(full) => *full,
        other => panic!("{other:?}"),
    }
}

/// Members of a basic group: creator, administrators, others.
pub fn members(participants: &enums::ChatParticipants) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    let enums::ChatParticipants::Participants(participants) = participants else {
        panic!("{participants:?}")
    };
    let (mut creators, mut admins, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for participant in &participants.participants {
        match participant {
            enums::ChatParticipant::Creator(creator) => creators.push(creator.user_id),
            enums::ChatParticipant::Admin(admin) => admins.push(admin.user_id),
            enums::ChatParticipant::Participant(other) => others.push(other.user_id),
        }
    }
    for list in [&mut creators, &mut admins, &mut others] {
        list.sort_unstable();
    }
    (creators, admins, others)
}

/// What a client was told, out of its boxes. Short forms count as the messages that they are.
pub fn flat(settled: Vec<enums::Updates>) -> Vec<enums::Update> {
    let mut updates = Vec::new();
    for one in settled {
        match one {
            enums::Updates::Updates(full) => updates.extend(full.updates.clone()),
            enums::Updates::UpdateShort(short) => updates.push(short.update.clone()),
            enums::Updates::UpdateShortChatMessage(_) | enums::Updates::UpdateShortMessage(_) => {}
            other => panic!("{other:?}"),
        }
    }
    updates
}

/// The texts of new messages among what a client was told.
pub fn texts(settled: &[enums::Updates]) -> Vec<String> {
    let mut texts = Vec::new();
    for one in settled {
        match one {
            enums::Updates::UpdateShortChatMessage(short) => texts.push(short.message.clone()),
            enums::Updates::UpdateShortMessage(short) => texts.push(short.message.clone()),
            enums::Updates::Updates(full) => {
                for update in &full.updates {
                    let message = match update {
                        enums::Update::NewMessage(new) => &new.message,
                        enums::Update::NewChannelMessage(new) => &new.message,
                        _ => continue,
                    };
                    if let enums::Message::Message(message) = message {
                        texts.push(message.message.clone());
                    }
                }
            }
            _ => {}
        }
    }
    texts
}

/// What service messages among what a client was told say.
pub fn actions(settled: &[enums::Updates]) -> Vec<enums::MessageAction> {
    let mut actions = Vec::new();
    for one in settled {
        let enums::Updates::Updates(full) = one else { continue };
        for update in &full.updates {
            let message = match update {
                enums::Update::NewMessage(new) => &new.message,
                enums::Update::NewChannelMessage(new) => &new.message,
                _ => continue,
            };
            if let enums::Message::Service(message) = message {
                actions.push(message.action.clone());
            }
        }
    }
    actions
}
