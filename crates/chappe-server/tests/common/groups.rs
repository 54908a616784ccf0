//! Groups and channels for tests: who is in them, and what they are told.

use std::time::Duration;

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
            hear(client).await;
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
            hear(client).await;
        }
    }
}

/// Everything that a client is being told. Its session does what it is asked and what it is woken for in turns, so after a
/// few answers without an update between them nothing waits any more, however slow the machine is.
pub async fn hear(client: &mut Client) -> Vec<enums::Updates> {
    let (mut heard, mut quiet) = (Vec::new(), 0);
    while quiet < 3 {
        client.call(functions::help::GetNearestDc {}).await.expect("an answer");
        while tokio::time::timeout(Duration::from_millis(20), client.step()).await.is_ok_and(|going| going) {}
        quiet = if client.updates.is_empty() { quiet + 1 } else { 0 };
        heard.extend(client.updates.drain(..));
    }
    heard
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

pub fn create_channel(title: &str, broadcast: bool) -> functions::channels::CreateChannel {
    functions::channels::CreateChannel {
        broadcast,
        megagroup: !broadcast,
        for_import: false,
        forum: false,
        title: title.into(),
        about: "about".into(),
        geo_point: None,
        address: None,
        ttl_period: None,
    }
}

/// A channel as its viewer names it, in both ways.
#[derive(Clone)]
pub struct Named {
    pub id: i64,
    pub channel: enums::InputChannel,
    pub peer: enums::InputPeer,
}

impl From<&types::Channel> for Named {
    fn from(channel: &types::Channel) -> Self {
        let (channel_id, access_hash) = (channel.id, channel.access_hash.expect("an access hash"));
        Self {
            id: channel_id,
            channel: types::InputChannel { channel_id, access_hash }.into(),
            peer: types::InputPeerChannel { channel_id, access_hash }.into(),
        }
    }
}

/// A channel that this client has made.
pub async fn make_channel(client: &mut Client, title: &str, broadcast: bool) -> Named {
    let made = client.call(create_channel(title, broadcast)).await.expect("a channel");
    Named::from(&channel_in(&cloud::full(made).chats))
}

/// The channel in what a client was told.
pub fn told_channel(told: &[enums::Updates]) -> Named {
    let chats: Vec<enums::Chat> = told
        .iter()
        .flat_map(|one| match one {
            enums::Updates::Updates(full) => full.chats.clone(),
            _ => Vec::new(),
        })
        .collect();
    Named::from(&channel_in(&chats))
}

pub fn invite(
    channel: &enums::InputChannel,
    users: &[&types::InputUser],
) -> functions::channels::InviteToChannel {
    let users = users.iter().map(|user| (*user).clone().into()).collect();
    functions::channels::InviteToChannel { channel: channel.clone(), users }
}

pub async fn full_channel(client: &mut Client, channel: &enums::InputChannel) -> types::ChannelFull {
    let ask = functions::channels::GetFullChannel { channel: channel.clone() };
    match client.call(ask).await.expect("a channel").full_chat {
        enums::ChatFull::ChannelFull(full) => *full,
        other => panic!("{other:?}"),
    }
}

pub fn channel_difference(
    channel: &enums::InputChannel,
    pts: i32,
    limit: i32,
) -> functions::updates::GetChannelDifference {
    functions::updates::GetChannelDifference {
        force: false,
        channel: channel.clone(),
        filter: enums::ChannelMessagesFilter::Empty,
        pts,
        limit,
    }
}

pub fn no_bans() -> types::ChatBannedRights {
    types::ChatBannedRights {
        view_messages: false,
        send_messages: false,
        send_media: false,
        send_stickers: false,
        send_gifs: false,
        send_games: false,
        send_inline: false,
        embed_links: false,
        send_polls: false,
        change_info: false,
        invite_users: false,
        pin_messages: false,
        manage_topics: false,
        send_photos: false,
        send_videos: false,
        send_roundvideos: false,
        send_audios: false,
        send_voices: false,
        send_docs: false,
        send_plain: false,
        edit_rank: false,
        send_reactions: false,
        manage_linked_peers: false,
        until_date: 0,
    }
}

pub fn no_rights() -> types::ChatAdminRights {
    types::ChatAdminRights {
        change_info: false,
        post_messages: false,
        edit_messages: false,
        delete_messages: false,
        ban_users: false,
        invite_users: false,
        pin_messages: false,
        add_admins: false,
        anonymous: false,
        manage_call: false,
        other: false,
        manage_topics: false,
        post_stories: false,
        edit_stories: false,
        delete_stories: false,
        manage_direct_messages: false,
        manage_ranks: false,
        manage_linked_peers: false,
        manage_welcome_messages: false,
    }
}

pub fn edit_admin(
    channel: &enums::InputChannel,
    user: &types::InputUser,
    admin_rights: types::ChatAdminRights,
) -> functions::channels::EditAdmin {
    functions::channels::EditAdmin {
        channel: channel.clone(),
        user_id: user.clone().into(),
        admin_rights,
        rank: Some("boss".into()),
    }
}

pub fn edit_banned(
    channel: &enums::InputChannel,
    user: &types::InputUser,
    banned_rights: types::ChatBannedRights,
) -> functions::channels::EditBanned {
    let participant = cloud::peer(user);
    functions::channels::EditBanned { channel: channel.clone(), participant, banned_rights }
}

/// The accounts that a filter finds, in order of their ids.
pub async fn participants(
    client: &mut Client,
    channel: &enums::InputChannel,
    filter: enums::ChannelParticipantsFilter,
) -> Vec<i64> {
    let ask = functions::channels::GetParticipants {
        channel: channel.clone(),
        filter,
        offset: 0,
        limit: 100,
        hash: 0,
    };
    let answer = client.call(ask).await.expect("participants");
    let enums::channels::ChannelParticipants::Participants(answer) = answer else { panic!("{answer:?}") };
    let mut ids: Vec<i64> = answer.participants.iter().map(participant).collect();
    ids.sort_unstable();
    ids
}

fn participant(participant: &enums::ChannelParticipant) -> i64 {
    use enums::ChannelParticipant as P;
    let peer = |peer: &enums::Peer| match peer {
        enums::Peer::User(peer) => peer.user_id,
        other => panic!("{other:?}"),
    };
    match participant {
        P::Participant(one) => one.user_id,
        P::ParticipantSelf(one) => one.user_id,
        P::Creator(one) => one.user_id,
        P::Admin(one) => one.user_id,
        P::Banned(one) => peer(&one.peer),
        P::Left(one) => peer(&one.peer),
    }
}
