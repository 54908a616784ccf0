//! Queries and answers of cloud messages, in short.

use chappe_api::{enums, functions, types};
use chappe_server::{NewAccount, Server};

use super::{Client, Saved};

/// A new device that is logged in with this number, without a code that the other ones would be told.
pub async fn device(server: &Server, phone: &str) -> Client {
    let new = NewAccount {
        phone: Some(phone.into()),
        first_name: Some("Somebody".into()),
        ..NewAccount::default()
    };
    let account = server.account(phone, new).await.expect("an account");
    let session = server.new_session(&account).await.expect("a device");
    let saved = Saved { auth_key: session.auth_key.clone(), salt: 0, time_offset: 0 };
    Client::resume(session.address, saved).await
}

pub fn peer(user: &types::InputUser) -> enums::InputPeer {
    types::InputPeerUser { user_id: user.user_id, access_hash: user.access_hash }.into()
}

pub fn user_peer(user_id: i64) -> enums::Peer {
    types::PeerUser { user_id }.into()
}

pub fn send(peer: &enums::InputPeer, text: &str, random_id: i64) -> functions::messages::SendMessage {
    functions::messages::SendMessage {
        no_webpage: false,
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer: peer.clone(),
        reply_to: None,
        message: text.into(),
        random_id,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
        rich_message: None,
    }
}

pub fn edit(peer: &enums::InputPeer, id: i32, text: &str) -> functions::messages::EditMessage {
    functions::messages::EditMessage {
        no_webpage: false,
        invert_media: false,
        peer: peer.clone(),
        id,
        message: Some(text.into()),
        media: None,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        quick_reply_shortcut_id: None,
        rich_message: None,
    }
}

pub fn forward(
    from: &enums::InputPeer,
    to: &enums::InputPeer,
    id: Vec<i32>,
    random_id: Vec<i64>,
) -> functions::messages::ForwardMessages {
    functions::messages::ForwardMessages {
        silent: false,
        background: false,
        with_my_score: false,
        drop_author: false,
        drop_media_captions: false,
        noforwards: false,
        allow_paid_floodskip: false,
        from_ephemeral: false,
        from_peer: from.clone(),
        id,
        random_id,
        to_peer: to.clone(),
        top_msg_id: None,
        reply_to: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        video_timestamp: None,
        allow_paid_stars: None,
        suggested_post: None,
    }
}

pub fn draft(peer: &enums::InputPeer, text: &str) -> functions::messages::SaveDraft {
    functions::messages::SaveDraft {
        no_webpage: false,
        invert_media: false,
        reply_to: None,
        peer: peer.clone(),
        message: text.into(),
        entities: None,
        media: None,
        effect: None,
        suggested_post: None,
        rich_message: None,
    }
}

pub fn search(
    peer: &enums::InputPeer,
    q: &str,
    filter: enums::MessagesFilter,
) -> functions::messages::Search {
    functions::messages::Search {
        peer: peer.clone(),
        q: q.into(),
        from_id: None,
        saved_peer_id: None,
        saved_reaction: None,
        top_msg_id: None,
        filter,
        min_date: 0,
        max_date: 0,
        offset_id: 0,
        add_offset: 0,
        limit: 100,
        max_id: 0,
        min_id: 0,
        hash: 0,
    }
}

pub fn search_global(q: &str) -> functions::messages::SearchGlobal {
    functions::messages::SearchGlobal {
        broadcasts_only: false,
        groups_only: false,
        users_only: false,
        folder_id: None,
        community: None,
        q: q.into(),
        filter: enums::MessagesFilter::Empty,
        min_date: 0,
        max_date: 0,
        offset_rate: 0,
        offset_peer: enums::InputPeer::Empty,
        offset_id: 0,
        limit: 100,
    }
}

pub fn dialogs(
    offset_date: i32,
    offset_id: i32,
    offset_peer: enums::InputPeer,
    limit: i32,
) -> functions::messages::GetDialogs {
    functions::messages::GetDialogs {
        exclude_pinned: false,
        folder_id: None,
        offset_date,
        offset_id,
        offset_peer,
        limit,
        hash: 0,
    }
}

pub fn reply(id: i32) -> enums::InputReplyTo {
    types::InputReplyToMessage {
        reply_to_msg_id: id,
        top_msg_id: None,
        reply_to_peer_id: None,
        quote_text: None,
        quote_entities: None,
        quote_offset: None,
        monoforum_peer_id: None,
        todo_item_id: None,
        poll_option: None,
        quote_rich: None,
    }
    .into()
}

pub fn message(message: &enums::Message) -> &types::Message {
    match message {
        enums::Message::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

pub fn text(of: &enums::Message) -> &str {
    &message(of).message
}

pub fn action(message: &enums::Message) -> &enums::MessageAction {
    match message {
        enums::Message::Service(message) => &message.action,
        other => panic!("{other:?}"),
    }
}

pub fn reply_id(message: &enums::Message) -> Option<i32> {
    let header = match message {
        enums::Message::Message(message) => message.reply_to.as_ref(),
        enums::Message::Service(message) => message.reply_to.as_ref(),
        enums::Message::Empty(_) => None,
    };
    match header {
        Some(enums::MessageReplyHeader::Header(header)) => header.reply_to_msg_id,
        _ => None,
    }
}

pub fn messages(answer: enums::messages::Messages) -> Vec<enums::Message> {
    match answer {
        enums::messages::Messages::Messages(answer) => answer.messages.clone(),
        enums::messages::Messages::Slice(answer) => answer.messages.clone(),
        enums::messages::Messages::ChannelMessages(answer) => answer.messages.clone(),
        other => panic!("{other:?}"),
    }
}

pub fn ids(answer: enums::messages::Messages) -> Vec<i32> {
    messages(answer)
        .iter()
        .map(|message| match message {
            enums::Message::Message(message) => message.id,
            enums::Message::Service(message) => message.id,
            enums::Message::Empty(message) => message.id,
        })
        .collect()
}

pub async fn history(client: &mut Client, peer: &enums::InputPeer) -> Vec<enums::Message> {
    let query = functions::messages::GetHistory {
        peer: peer.clone(),
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: 100,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    messages(client.call(query).await.expect("a history"))
}

/// Fills a chat with `count` messages of `client`: a hundred one by one, which are then forwarded by the hundred.
pub async fn flood(client: &mut Client, peer: &enums::InputPeer, count: i64) {
    for n in 1..=100 {
        client.call(send(peer, "spam", n)).await.unwrap();
    }
    let spam: Vec<i32> = history(client, peer).await.iter().map(|sent| message(sent).id).collect();
    for first in (101..=count).step_by(100) {
        let random_ids: Vec<i64> = (first..=count.min(first + 99)).collect();
        let ids = spam[..random_ids.len()].to_vec();
        client.call(forward(peer, peer, ids, random_ids)).await.unwrap();
    }
}

pub fn affected(answer: types::messages::AffectedMessages) -> i32 {
    answer.pts_count
}

pub fn dialog(dialog: &enums::Dialog) -> &types::Dialog {
    match dialog {
        enums::Dialog::Dialog(dialog) => dialog,
        other => panic!("{other:?}"),
    }
}

/// A chat in somebody's list.
pub struct Chat;

impl Chat {
    pub async fn of(client: &mut Client, peer: &enums::InputPeer) -> types::Dialog {
        let peers = vec![types::InputDialogPeer { peer: peer.clone() }.into()];
        let answer = client.call(functions::messages::GetPeerDialogs { peers }).await.expect("a chat");
        dialog(&answer.dialogs[0]).clone()
    }
}

pub fn full(updates: enums::Updates) -> types::Updates {
    match updates {
        enums::Updates::Updates(updates) => *updates,
        other => panic!("{other:?}"),
    }
}

pub fn updates_of(updates: enums::Updates) -> Vec<enums::Update> {
    full(updates).updates
}

pub async fn difference(client: &mut Client, pts: i32, date: i32) -> types::updates::Difference {
    let qts = client.state().await.qts;
    let query = functions::updates::GetDifference {
        pts,
        pts_limit: None,
        pts_total_limit: None,
        date,
        qts,
        qts_limit: None,
    };
    match client.call(query).await.expect("a difference") {
        enums::updates::Difference::Difference(difference) => *difference,
        other => panic!("{other:?}"),
    }
}

pub fn send_media(
    peer: &enums::InputPeer,
    media: impl Into<enums::InputMedia>,
    random_id: i64,
) -> functions::messages::SendMedia {
    functions::messages::SendMedia {
        silent: false,
        background: false,
        clear_draft: false,
        noforwards: false,
        update_stickersets_order: false,
        invert_media: false,
        allow_paid_floodskip: false,
        peer: peer.clone(),
        reply_to: None,
        media: media.into(),
        message: String::new(),
        random_id,
        reply_markup: None,
        entities: None,
        schedule_date: None,
        schedule_repeat_period: None,
        send_as: None,
        quick_reply_shortcut: None,
        effect: None,
        allow_paid_stars: None,
        suggested_post: None,
    }
}
