//! What is told live and what is caught up with later come to the same: what the histories hold.

use std::collections::{BTreeMap, HashMap};

use crate::common::cloud::{device, edit, history, send};
use crate::common::groups::{
    CAROL, Named, Three, channel_difference, chat_peer, hear, invite, make_channel, told_channel,
};
use crate::common::{ALICE, BOB, Client, server};
use chappe_api::{enums, functions, types};
use enums::Update as U;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Operations in one run.
const OPERATIONS: usize = 80;

/// In front of the text of a pinned message.
const PIN: &str = "pinned: ";

/// What a device knows from what it was told: texts by id, its own mailbox under 0, channels under their ids.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) texts: HashMap<i64, BTreeMap<i32, String>>,
    pub(crate) pts: HashMap<i64, i32>,
}

/// Asks for a small slice of what came after `pts`.
pub(crate) fn slice_after(pts: i32, from: &types::updates::State) -> functions::updates::GetDifference {
    functions::updates::GetDifference {
        pts,
        pts_limit: Some(7),
        pts_total_limit: None,
        date: from.date,
        qts: from.qts,
        qts_limit: None,
    }
}

impl Known {
    pub(crate) fn message(&mut self, mailbox: i64, message: &enums::Message) {
        let (id, text) = match message {
            enums::Message::Message(message) => {
                let pin = if message.pinned { PIN } else { "" };
                (message.id, format!("{pin}{}", message.message))
            }
            enums::Message::Service(message) => (message.id, "service".into()),
            enums::Message::Empty(_) => return,
        };
        self.texts.entry(mailbox).or_default().insert(id, text);
    }

    /// Marks messages as pinned or not; what is not known needs none.
    fn pin(&mut self, mailbox: i64, ids: &[i32], pinned: bool) {
        let texts = self.texts.entry(mailbox).or_default();
        for id in ids {
            let Some(text) = texts.get_mut(id) else { continue };
            let plain = text.trim_start_matches(PIN).to_owned();
            *text = if pinned { format!("{PIN}{plain}") } else { plain };
        }
    }

    /// Every counter goes on where it was.
    fn count(&mut self, mailbox: i64, pts: i32, pts_count: i32) {
        if let Some(before) = self.pts.insert(mailbox, pts) {
            assert_eq!(before + pts_count, pts, "a gap in {mailbox}");
        }
    }

    fn channel_of(message: &enums::Message) -> i64 {
        let peer = match message {
            enums::Message::Message(message) => &message.peer_id,
            enums::Message::Service(message) => &message.peer_id,
            enums::Message::Empty(_) => panic!("empty"),
        };
        match peer {
            enums::Peer::Channel(peer) => peer.channel_id,
            _ => 0,
        }
    }

    pub(crate) fn apply(&mut self, update: &U, live: bool) {
        let mut count = |mailbox, pts, pts_count| {
            if live {
                self.count(mailbox, pts, pts_count);
            }
        };
        match update {
            U::NewMessage(new) => count(0, new.pts, new.pts_count),
            U::EditMessage(edit) => count(0, edit.pts, edit.pts_count),
            U::DeleteMessages(gone) => count(0, gone.pts, gone.pts_count),
            U::NewChannelMessage(new) => count(Self::channel_of(&new.message), new.pts, new.pts_count),
            U::EditChannelMessage(edit) => count(Self::channel_of(&edit.message), edit.pts, edit.pts_count),
            U::DeleteChannelMessages(gone) => count(gone.channel_id, gone.pts, gone.pts_count),
            U::PinnedMessages(pins) => count(0, pins.pts, pins.pts_count),
            U::PinnedChannelMessages(pins) => count(pins.channel_id, pins.pts, pins.pts_count),
            U::ReadHistoryInbox(read) => count(0, read.pts, read.pts_count),
            U::ReadHistoryOutbox(read) => count(0, read.pts, read.pts_count),
            _ => {}
        }
        match update {
            U::NewMessage(new) => self.message(0, &new.message),
            U::EditMessage(edit) => self.message(0, &edit.message),
            U::NewChannelMessage(new) => self.message(Self::channel_of(&new.message), &new.message),
            U::EditChannelMessage(edit) => self.message(Self::channel_of(&edit.message), &edit.message),
            U::DeleteMessages(gone) => self.forget(0, &gone.messages),
            U::DeleteChannelMessages(gone) => self.forget(gone.channel_id, &gone.messages),
            U::PinnedMessages(pins) => self.pin(0, &pins.messages, pins.pinned),
            U::PinnedChannelMessages(pins) => self.pin(pins.channel_id, &pins.messages, pins.pinned),
            _ => {}
        }
    }

    fn forget(&mut self, mailbox: i64, ids: &[i32]) {
        let texts = self.texts.entry(mailbox).or_default();
        ids.iter().for_each(|id| drop(texts.remove(id)));
    }

    fn hear(&mut self, told: &[enums::Updates]) {
        for one in told {
            match one {
                enums::Updates::Updates(full) => {
                    full.updates.iter().for_each(|update| self.apply(update, true))
                }
                enums::Updates::UpdateShort(short) => self.apply(&short.update, true),
                enums::Updates::UpdateShortChatMessage(short) => {
                    self.count(0, short.pts, short.pts_count);
                    self.texts.entry(0).or_default().insert(short.id, short.message.clone());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// What a device that was away learns by asking, in small slices.
    async fn catch_up(client: &mut Client, from: &types::updates::State, channels: &[Named]) -> Self {
        let mut known = Self::default();
        let mut pts = from.pts;
        loop {
            let (messages, others, state, more) = match client.call(slice_after(pts, from)).await.unwrap() {
                enums::updates::Difference::Difference(all) => {
                    (all.new_messages, all.other_updates, all.state, false)
                }
                enums::updates::Difference::Slice(some) => {
                    (some.new_messages, some.other_updates, some.intermediate_state, true)
                }
                other => panic!("{other:?}"),
            };
            messages.iter().for_each(|message| known.message(0, message));
            others.iter().for_each(|update| known.apply(update, false));
            pts = state.pts;
            if !more {
                break;
            }
        }
        for channel in channels {
            let mut pts = 1;
            loop {
                let query = channel_difference(&channel.channel, pts, 5);
                let enums::updates::ChannelDifference::Difference(some) = client.call(query).await.unwrap()
                else {
                    panic!("no difference")
                };
                some.new_messages.iter().for_each(|message| known.message(channel.id, message));
                some.other_updates.iter().for_each(|update| known.apply(update, false));
                pts = some.pts;
                if some.r#final {
                    break;
                }
            }
        }
        known
    }

    /// What the server says when it is asked for the histories.
    pub(crate) async fn asked(client: &mut Client, chats: &[(i64, enums::InputPeer)]) -> Self {
        let mut known = Self::default();
        for (mailbox, peer) in chats {
            history(client, peer).await.iter().for_each(|message| known.message(*mailbox, message));
        }
        known
    }
}

/// One random act of a member in a chat.
pub(crate) async fn act(client: &mut Client, peer: &enums::InputPeer, rng: &mut StdRng, n: usize) {
    let own: Vec<i32> = history(client, peer)
        .await
        .iter()
        .filter_map(|message| match message {
            enums::Message::Message(message) if message.out => Some(message.id),
            _ => None,
        })
        .collect();
    let some = (!own.is_empty()).then(|| own[rng.random_range(0..own.len())]);
    match (rng.random_range(0..6), some) {
        (2, Some(id)) => {
            let unpin = rng.random();
            let pin = functions::messages::UpdatePinnedMessage {
                silent: true,
                unpin,
                pm_oneside: false,
                peer: peer.clone(),
                id,
            };
            // It may be so already.
            let _ = client.call(pin).await;
        }
        (3, _) => {
            if let enums::InputPeer::Channel(channel) = peer {
                let (channel_id, access_hash) = (channel.channel_id, channel.access_hash);
                let channel = types::InputChannel { channel_id, access_hash }.into();
                client.call(functions::channels::ReadHistory { channel, max_id: 0 }).await.unwrap();
            } else {
                let read = functions::messages::ReadHistory { peer: peer.clone(), max_id: 0 };
                client.call(read).await.unwrap();
            }
        }
        (0, Some(id)) => {
            client.call(edit(peer, id, &format!("edited {n}"))).await.unwrap();
        }
        (1, Some(id)) => {
            if let enums::InputPeer::Channel(channel) = peer {
                let (channel_id, access_hash) = (channel.channel_id, channel.access_hash);
                let channel = types::InputChannel { channel_id, access_hash }.into();
                client.call(functions::channels::DeleteMessages { channel, id: vec![id] }).await.unwrap();
            } else {
                let delete = functions::messages::DeleteMessages { revoke: true, id: vec![id] };
                client.call(delete).await.unwrap();
            }
        }
        _ => {
            let random_id = i64::try_from(n).unwrap() + 1;
            client.call(send(peer, &format!("text {n}"), random_id)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn devices_that_listen_and_devices_that_were_away_come_to_know_the_same() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let phones = [ALICE, BOB, CAROL];
    let (mut listening, mut away, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for phone in phones {
        listening.push(device(&server, phone).await);
        let mut later = device(&server, phone).await;
        starts.push(later.state().await);
        away.push(later);
    }
    for client in &mut listening {
        hear(client).await;
    }
    let mut live: Vec<Known> = starts
        .iter()
        .map(|state| Known { pts: HashMap::from([(0, state.pts)]), ..Known::default() })
        .collect();
    let group = chat_peer(t.group("Trio").await);
    let crowd = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(invite(&crowd.channel, &[&t.to_bob, &t.to_carol])).await.unwrap();
    let names = [crowd, told_channel(&hear(&mut t.bob).await), told_channel(&hear(&mut t.carol).await)];

    let mut rng = StdRng::seed_from_u64(11);
    for n in 0..OPERATIONS {
        let who = rng.random_range(0..3);
        let client = match who {
            0 => &mut t.alice,
            1 => &mut t.bob,
            _ => &mut t.carol,
        };
        let peer = if rng.random() { group.clone() } else { names[who].peer.clone() };
        act(client, &peer, &mut rng, n).await;
    }
    for (who, client) in listening.iter_mut().enumerate() {
        live[who].hear(&hear(client).await);
        let chats = [(0, group.clone()), (names[who].id, names[who].peer.clone())];
        let asked = Known::asked(client, &chats).await;
        // Bob and Carol came into the channel after its first message.
        let before = i32::from(who != 0);
        let known = &live[who].texts;
        assert_eq!(known[&0], asked.texts[&0], "member {who}");
        let seen: Vec<_> = asked.texts[&names[who].id].iter().filter(|(id, _)| **id > before).collect();
        assert_eq!(known[&names[who].id].iter().collect::<Vec<_>>(), seen, "member {who}");
        let caught_up = Known::catch_up(&mut away[who], &starts[who], &names[who..=who]).await;
        assert_eq!(caught_up.texts, asked.texts, "member {who}");
    }
}
