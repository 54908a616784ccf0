//! What devices know in the end, although members come and go and the server is started anew in between.

use std::collections::{BTreeSet, HashMap};

use crate::common::cloud::device;
use crate::common::groups::{
    CAROL, Named, Three, add, channel_difference, chat_peer, edit_admin, edit_banned, full_chat, hear,
    invite, make_channel, members, no_bans, no_rights, remove, told_channel,
};
use crate::common::{ALICE, BOB, Client, kept};
use crate::converge::{Known, act, slice_after};
use chappe_api::{enums, functions, types};
use enums::Update as U;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Rounds in one run; each is somebody's coming or going with some talk before it.
const ROUNDS: usize = 24;
/// The round before which the server is started anew.
const RESTART: usize = 12;

/// A listening device of one member.
struct Ear {
    client: Client,
    known: Known,
    /// The supergroup as its account names it.
    crowd: Named,
    /// Its account is in the supergroup.
    is_in: bool,
    /// Something happened in the supergroup while it was out: it has to ask, as clients do.
    has_gap: bool,
    /// The members of the basic group, as it was told last.
    members: Option<BTreeSet<i64>>,
    /// Its part in the supergroup, as it was told last.
    part: Option<Part>,
}

/// What the object of a channel says about its viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    left: bool,
    is_admin: bool,
}

fn part_in(chats: &[enums::Chat], id: i64) -> Option<Part> {
    chats.iter().rev().find_map(|chat| match chat {
        enums::Chat::Channel(channel) if channel.id == id && !channel.min => {
            Some(Part { left: channel.left, is_admin: channel.admin_rights.is_some() })
        }
        enums::Chat::ChannelForbidden(channel) if channel.id == id => {
            Some(Part { left: true, is_admin: false })
        }
        _ => None,
    })
}

fn everybody(participants: &enums::ChatParticipants) -> BTreeSet<i64> {
    match participants {
        enums::ChatParticipants::Participants(_) => {
            let (creators, admins, others) = members(participants);
            [creators, admins, others].concat().into_iter().collect()
        }
        enums::ChatParticipants::Forbidden(_) => BTreeSet::new(),
    }
}

impl Ear {
    fn objects(&mut self, updates: &[U], chats: &[enums::Chat]) {
        if let Some(part) = part_in(chats, self.crowd.id) {
            self.part = Some(part);
        }
        for update in updates {
            if let U::ChatParticipants(told) = update {
                self.members = Some(everybody(&told.participants));
            }
        }
    }

    /// Applies what was told live. Nobody is told what happens in a supergroup that they are not in.
    async fn hear(&mut self, was_in: bool) {
        for one in hear(&mut self.client).await {
            match one {
                enums::Updates::Updates(full) => {
                    self.objects(&full.updates, &full.chats);
                    for update in &full.updates {
                        self.take(update, was_in);
                    }
                }
                enums::Updates::UpdateShort(short) => self.take(&short.update, was_in),
                enums::Updates::UpdateShortChatMessage(short) => {
                    let text = short.message.clone();
                    self.known.texts.entry(0).or_default().insert(short.id, text);
                    let before = self.known.pts.insert(0, short.pts).expect("a counter");
                    assert_eq!(before + short.pts_count, short.pts);
                }
                other => panic!("{other:?}"),
            }
        }
        if self.has_gap && self.is_in {
            self.ask_channel().await;
        }
    }

    fn take(&mut self, update: &U, was_in: bool) {
        let counters = match update {
            U::NewChannelMessage(new) => Some((new.pts, new.pts_count)),
            U::EditChannelMessage(edit) => Some((edit.pts, edit.pts_count)),
            U::DeleteChannelMessages(gone) => Some((gone.pts, gone.pts_count)),
            U::PinnedChannelMessages(pins) => Some((pins.pts, pins.pts_count)),
            _ => None,
        };
        if let Some((pts, pts_count)) = counters {
            assert!(was_in || self.is_in, "this is none of their business: {update:?}");
            let next = self.known.pts.get(&self.crowd.id).is_none_or(|known| known + pts_count == pts);
            if self.has_gap || !next {
                assert!(self.has_gap, "a gap without having been out: {update:?}");
                return;
            }
        }
        self.known.apply(update, true);
    }

    async fn ask_channel(&mut self) {
        self.has_gap = false;
        let mut pts = self.known.pts.get(&self.crowd.id).copied().unwrap_or(1);
        loop {
            let query = channel_difference(&self.crowd.channel, pts, 5);
            match self.client.call(query).await.unwrap() {
                enums::updates::ChannelDifference::Difference(some) => {
                    self.objects(&[], &some.chats);
                    some.new_messages.iter().for_each(|message| self.known.message(self.crowd.id, message));
                    some.other_updates.iter().for_each(|update| self.known.apply(update, false));
                    pts = some.pts;
                    if some.r#final {
                        break;
                    }
                }
                enums::updates::ChannelDifference::Empty(none) => {
                    pts = none.pts;
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        self.known.pts.insert(self.crowd.id, pts);
    }

    /// What a device asks for that was away, or whose server was.
    async fn ask(&mut self, from: &types::updates::State) {
        let mut pts = self.known.pts.get(&0).copied().unwrap_or(from.pts);
        loop {
            let (messages, others, chats, state, more) =
                match self.client.call(slice_after(pts, from)).await.unwrap() {
                    enums::updates::Difference::Difference(all) => {
                        (all.new_messages, all.other_updates, all.chats, all.state, false)
                    }
                    enums::updates::Difference::Slice(some) => {
                        (some.new_messages, some.other_updates, some.chats, some.intermediate_state, true)
                    }
                    enums::updates::Difference::Empty(_) => break,
                    other => panic!("{other:?}"),
                };
            messages.iter().for_each(|message| self.known.message(0, message));
            others.iter().for_each(|update| self.known.apply(update, false));
            self.objects(&others, &chats);
            pts = state.pts;
            if !more {
                break;
            }
        }
        self.known.pts.insert(0, pts);
        if self.is_in {
            self.ask_channel().await;
        }
    }
}

/// Where everybody is.
struct Place {
    group: i64,
    link: String,
    in_group: [bool; 3],
    in_crowd: [bool; 3],
    /// They did not go by themselves.
    kicked: [bool; 3],
    banned: [bool; 3],
    is_admin: [bool; 3],
}

/// Somebody comes, goes, is sent away or made an administrator.
async fn come_or_go(t: &mut Three, place: &mut Place, crowd: &[Named; 3], rng: &mut StdRng) {
    let who = rng.random_range(1..3);
    let (group, named) = (place.group, crowd[who].channel.clone());
    let to = if who == 1 { t.to_bob.clone() } else { t.to_carol.clone() };
    let (alice, client) = (&mut t.alice, if who == 1 { &mut t.bob } else { &mut t.carol });
    match (rng.random_range(0..4), place.in_group[who], place.in_crowd[who]) {
        (0, true, _) => {
            place.kicked[who] = rng.random();
            if place.kicked[who] {
                alice.call(remove(group, to.into())).await.unwrap();
            } else {
                client.call(remove(group, enums::InputUser::UserSelf)).await.unwrap();
            }
            place.in_group[who] = false;
        }
        (0 | 1, false, _) => {
            if place.kicked[who] {
                alice.call(add(group, &to, rng.random_range(0..4))).await.unwrap();
            } else {
                let mut back = add(group, &to, 0);
                back.user_id = enums::InputUser::UserSelf;
                client.call(back).await.unwrap();
            }
            place.in_group[who] = true;
        }
        (1, true, _) => {
            let user_id = to.into();
            let boss = functions::messages::EditChatAdmin { chat_id: group, user_id, is_admin: rng.random() };
            alice.call(boss).await.unwrap();
        }
        (2, _, true) => {
            place.banned[who] = rng.random();
            if place.banned[who] {
                let out = types::ChatBannedRights { view_messages: true, ..no_bans() };
                alice.call(edit_banned(&crowd[0].channel, &to, out)).await.unwrap();
            } else {
                client.call(functions::channels::LeaveChannel { channel: named }).await.unwrap();
            }
            (place.in_crowd[who], place.is_admin[who]) = (false, false);
        }
        (_, _, false) => {
            if place.banned[who] {
                alice.call(edit_banned(&crowd[0].channel, &to, no_bans())).await.unwrap();
            }
            if place.banned[who] && rng.random() {
                alice.call(invite(&crowd[0].channel, &[&to])).await.unwrap();
            } else {
                let hash = place.link.clone();
                client.call(functions::messages::ImportChatInvite { hash }).await.unwrap();
            }
            place.in_crowd[who] = true;
        }
        _ => {
            place.is_admin[who] = !place.is_admin[who];
            let rights = types::ChatAdminRights {
                pin_messages: place.is_admin[who],
                delete_messages: place.is_admin[who],
                ..no_rights()
            };
            alice.call(edit_admin(&crowd[0].channel, &to, rights)).await.unwrap();
        }
    }
}

async fn run(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut server = kept(folder.path()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let group = t.group("Trio").await;
    let crowd = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(invite(&crowd.channel, &[&t.to_bob, &t.to_carol])).await.unwrap();
    let crowd = [crowd, told_channel(&hear(&mut t.bob).await), told_channel(&hear(&mut t.carol).await)];
    let export = functions::messages::ExportChatInvite {
        legacy_revoke_permanent: false,
        request_needed: false,
        peer: crowd[0].peer.clone(),
        expire_date: None,
        usage_limit: None,
        title: None,
        subscription_pricing: None,
    };
    let enums::ExportedChatInvite::Exported(link) = t.alice.call(export).await.unwrap() else { panic!() };
    let link = link.link.rsplit('/').next().unwrap().trim_start_matches('+').to_owned();
    let mut place = Place {
        group,
        link,
        in_group: [true; 3],
        in_crowd: [true; 3],
        kicked: [false; 3],
        banned: [false; 3],
        is_admin: [true, false, false],
    };
    let (mut ears, mut away) = (Vec::new(), Vec::new());
    for (who, phone) in [ALICE, BOB, CAROL].into_iter().enumerate() {
        for listens in [true, false] {
            let mut client = device(&server, phone).await;
            let state = client.state().await;
            let mut known = Known { pts: HashMap::from([(0, state.pts)]), ..Known::default() };
            if listens {
                // It has the chats as they are.
                let chats = [(0, chat_peer(group)), (crowd[who].id, crowd[who].peer.clone())];
                known.texts = Known::asked(&mut client, &chats).await.texts;
            } else {
                known.texts = Known::asked(&mut client, &[(0, chat_peer(group))]).await.texts;
            }
            let crowd = crowd[who].clone();
            let (is_in, has_gap) = (true, false);
            let ear = Ear { client, known, crowd, is_in, has_gap, members: None, part: None };
            if listens { ears.push(ear) } else { away.push((ear, state)) }
        }
    }

    let mut rng = StdRng::seed_from_u64(seed);
    for round in 0..ROUNDS {
        if round == RESTART {
            let mut states = Vec::new();
            for ear in &mut ears {
                ear.hear(true).await;
                states.push(ear.client.state().await);
            }
            server.shutdown().await;
            server = kept(folder.path()).spawn().await.unwrap();
            for client in [&mut t.alice, &mut t.bob, &mut t.carol] {
                client.reconnect(server.address()).await;
            }
            // Before they are back, the others talk.
            t.alice.call(crate::common::cloud::send(&chat_peer(group), "back", 900)).await.unwrap();
            t.alice.call(crate::common::cloud::send(&crowd[0].peer, "back", 901)).await.unwrap();
            for (ear, state) in ears.iter_mut().zip(&states) {
                ear.client.reconnect(server.address()).await;
                ear.client.state().await;
                hear(&mut ear.client).await;
                ear.ask(state).await;
            }
        }
        for n in 0..3 {
            let who = rng.random_range(0..3);
            let client = [&mut t.alice, &mut t.bob, &mut t.carol].into_iter().nth(who).unwrap();
            let n = round * 3 + n;
            if rng.random() && place.in_group[who] {
                act(client, &chat_peer(group), &mut rng, n).await;
            } else if place.in_crowd[who] {
                act(client, &crowd[who].peer, &mut rng, n).await;
            }
        }
        for ear in &mut ears {
            ear.hear(ear.is_in).await;
        }
        come_or_go(&mut t, &mut place, &crowd, &mut rng).await;
        for (who, ear) in ears.iter_mut().enumerate() {
            let was_in = std::mem::replace(&mut ear.is_in, place.in_crowd[who]);
            ear.has_gap |= !ear.is_in || !was_in;
            ear.hear(was_in).await;
        }
    }

    let ids = [t.alice_id, t.bob_id, t.carol_id];
    let inside: BTreeSet<i64> =
        ids.iter().zip(place.in_group).filter(|(_, is_in)| *is_in).map(|(id, _)| *id).collect();
    for (who, (ear, (late, start))) in ears.iter_mut().zip(&mut away).enumerate() {
        let is_in = place.in_crowd[who];
        late.client.reconnect(server.address()).await;
        late.is_in = is_in;
        late.ask(start).await;
        for (what, one) in [("live", ear), ("late", late)] {
            let mut chats = vec![(0, chat_peer(group))];
            if is_in {
                chats.push((one.crowd.id, one.crowd.peer.clone()));
            }
            let mut asked = Known::asked(&mut one.client, &chats).await;
            let label = format!("seed {seed}, {what}, member {who}");
            if what == "late" && is_in {
                // It was never told of what was there at its start but by its difference.
                assert_eq!(one.known.texts[&one.crowd.id], asked.texts[&one.crowd.id], "{label}");
            }
            one.known.texts.retain(|mailbox, _| *mailbox == 0 || is_in);
            asked.texts.retain(|mailbox, _| *mailbox == 0 || is_in);
            assert_eq!(one.known.texts, asked.texts, "{label}");
            let known = one.members.clone().unwrap_or_else(|| ids.into_iter().collect());
            if place.in_group[who] {
                assert_eq!(known, inside, "{label}");
                assert_eq!(
                    everybody(&full_chat(&mut one.client, group).await.participants),
                    inside,
                    "{label}"
                );
            } else {
                assert!(known.is_empty() || !known.contains(&ids[who]), "{label}: {known:?}");
            }
            if let Some(part) = &one.part {
                let so = Part { left: !is_in, is_admin: is_in && (who == 0 || place.is_admin[who]) };
                assert_eq!(part, &so, "{label}");
            }
        }
    }
}

#[tokio::test]
async fn devices_know_the_same_although_members_come_and_go_and_the_server_starts_anew() {
    run(1).await;
}
