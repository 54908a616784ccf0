//! Supergroups and channels: one log for all who read it, and what each of them may see and do.

use std::time::Duration;

use crate::common::cloud::{self, Chat, device, edit, forward, history, send, text};
use crate::common::groups::{
    CAROL, Named, Three, actions, channel_difference, channel_in, chat, chat_peer, create_channel,
    edit_admin, edit_banned, flat, full_channel, hear, invite, make_channel, no_bans, no_rights,
    participants, texts, told_channel,
};
use crate::common::{ALICE, BOB, Client, TestClock, builder, kept, server};
use chappe_api::{enums, functions, types};
use enums::ChannelParticipantsFilter as F;
use enums::MessageAction as A;
use enums::updates::ChannelDifference;

/// Makes a channel public, so that others find it.
async fn publish(client: &mut Client, channel: &Named, username: &str) {
    let update =
        functions::channels::UpdateUsername { channel: channel.channel.clone(), username: username.into() };
    assert!(client.call(update).await.unwrap());
}

async fn resolve(client: &mut Client, username: &str) -> Named {
    let ask = functions::contacts::ResolveUsername { username: username.into(), referer: None };
    Named::from(&channel_in(&client.call(ask).await.expect("a channel").chats))
}

async fn join(client: &mut Client, channel: &Named) {
    let join = functions::channels::JoinChannel { channel: channel.channel.clone() };
    let enums::messages::ChatInviteJoinResult::Ok(joined) = client.call(join).await.expect("joined") else {
        panic!("not joined")
    };
    let updates = cloud::full(joined.updates);
    assert!(!channel_in(&updates.chats).left);
    assert!(updates.updates.iter().any(|update| matches!(update, enums::Update::Channel(_))));
}

async fn difference(client: &mut Client, channel: &Named, pts: i32, limit: i32) -> ChannelDifference {
    client.call(channel_difference(&channel.channel, pts, limit)).await.expect("a difference")
}

#[tokio::test]
async fn a_post_reaches_every_reader_under_the_pts_of_the_channel() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let made = cloud::full(t.alice.call(create_channel("News", true)).await.unwrap());
    let news = Named::from(&channel_in(&made.chats));
    assert!(channel_in(&made.chats).creator && channel_in(&made.chats).broadcast);
    assert!(matches!(&made.updates[..], [enums::Update::Channel(_), enums::Update::NewChannelMessage(new)]
        if matches!(cloud::action(&new.message), A::ChannelCreate(made) if made.title == "News") && new.pts == 2));
    publish(&mut t.alice, &news, "daily_news").await;
    let of_bob = resolve(&mut t.bob, "Daily_News").await;
    assert_eq!(of_bob.id, news.id);
    assert!(news.channel != of_bob.channel, "each viewer has an access hash of their own");
    join(&mut t.bob, &of_bob).await;
    let own = t.bob.state().await.pts;

    t.alice.call(send(&news.peer, "first", 1)).await.unwrap();
    let told = hear(&mut t.bob).await;
    assert_eq!(texts(&told), ["first"]);
    let told = flat(told);
    let [enums::Update::NewChannelMessage(new)] = &told[..] else { panic!("{told:?}") };
    let message = cloud::message(&new.message);
    assert!(message.post && !message.out && message.from_id.is_none());
    assert_eq!((message.views, new.pts, new.pts_count), (Some(1), 3, 1));
    assert_eq!(t.bob.state().await.pts, own, "a channel does not count in the reader's own mailbox");
    assert!(hear(&mut t.carol).await.is_empty());
    // What is sent again is sent once.
    t.alice.call(send(&news.peer, "first", 1)).await.unwrap();
    assert!(hear(&mut t.bob).await.is_empty());
    assert_eq!(t.bob.error(send(&of_bob.peer, "me too", 1)).await, (403, "CHAT_ADMIN_REQUIRED".into()));

    // Views count once somebody looks.
    let look =
        functions::messages::GetMessagesViews { peer: of_bob.peer.clone(), id: vec![2], increment: true };
    assert_eq!(t.bob.call(look.clone()).await.unwrap().views[0].views, Some(2));
    let updates = flat(hear(&mut t.alice).await);
    assert!(
        matches!(updates.last(), Some(enums::Update::ChannelMessageViews(seen)) if seen.views == 2 && seen.id == 2),
        "{updates:?}"
    );
    // Each reader counts once, and only for what there is.
    let again = functions::messages::GetMessagesViews { id: vec![2, 99], ..look };
    let views = t.bob.call(again.clone()).await.unwrap().views;
    assert_eq!((views[0].views, views[1].views), (Some(2), None));
    let own = functions::messages::GetMessagesViews { peer: news.peer.clone(), ..again };
    assert_eq!(t.alice.call(own).await.unwrap().views[0].views, Some(2), "the author counts already");
    assert!(hear(&mut t.alice).await.is_empty());
    // Carol reads without being in it.
    let of_carol = resolve(&mut t.carol, "daily_news").await;
    assert_eq!(history(&mut t.carol, &of_carol.peer).await.len(), 2);
    // Posts are signed if the channel wants it.
    let sign = functions::channels::ToggleSignatures {
        signatures_enabled: true,
        profiles_enabled: false,
        channel: news.channel.clone(),
    };
    t.alice.call(sign.clone()).await.unwrap();
    assert_eq!(t.alice.error(sign).await, (400, "CHAT_NOT_MODIFIED".into()));
    t.alice.call(send(&news.peer, "signed", 2)).await.unwrap();
    let seen = history(&mut t.bob, &of_bob.peer).await;
    assert_eq!(cloud::message(&seen[0]).post_author.as_deref(), Some("Somebody"));
    // A forward says where it is from, and is counted.
    t.bob.call(forward(&of_bob.peer, &enums::InputPeer::PeerSelf, vec![2], vec![7])).await.unwrap();
    let saved = history(&mut t.bob, &enums::InputPeer::PeerSelf).await;
    let fwd = cloud::message(&saved[0]).fwd_from.clone().unwrap();
    assert_eq!((fwd.channel_post, fwd.from_id), (Some(2), Some(channel_peer(news.id))));
    let seen = history(&mut t.alice, &news.peer).await;
    assert_eq!(cloud::message(&seen[1]).forwards, Some(1));
    let link = functions::channels::ExportMessageLink {
        grouped: true,
        thread: false,
        channel: of_bob.channel.clone(),
        id: 2,
    };
    assert_eq!(t.bob.call(link).await.unwrap().link, "https://t.me/daily_news/2");
}

fn channel_peer(channel_id: i64) -> enums::Peer {
    types::PeerChannel { channel_id }.into()
}

/// A supergroup of all three; everybody's name for it.
async fn supergroup(t: &mut Three) -> [Named; 3] {
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    t.alice.call(invite(&group.channel, &[&t.to_bob, &t.to_carol])).await.unwrap();
    let of_bob = told_channel(&hear(&mut t.bob).await);
    let of_carol = told_channel(&hear(&mut t.carol).await);
    t.settle().await;
    [group, of_bob, of_carol]
}

#[tokio::test]
async fn a_supergroup_talks_in_one_log() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    let invited = t.alice.call(invite(&group.channel, &[&t.to_bob, &t.to_carol])).await.unwrap();
    assert!(invited.missing_invitees.is_empty());
    let told = hear(&mut t.bob).await;
    assert!(matches!(&actions(&told)[..], [A::ChatAddUser(added)] if added.users == [t.bob_id, t.carol_id]));
    let of_bob = told_channel(&told);
    assert!(flat(told).iter().any(|update| matches!(update, enums::Update::Channel(_))));
    let of_carol = told_channel(&hear(&mut t.carol).await);

    t.bob.call(send(&of_bob.peer, "hello", 1)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.alice).await), ["hello"]);
    assert_eq!(texts(&hear(&mut t.carol).await), ["hello"]);
    let seen = history(&mut t.carol, &of_carol.peer).await;
    let message = cloud::message(&seen[0]);
    assert_eq!((message.id, message.from_id.clone()), (3, Some(cloud::user_peer(t.bob_id))));
    assert_eq!(Chat::of(&mut t.carol, &of_carol.peer).await.unread_count, 2);

    // An answer calls for its author, and for nobody else.
    let mut answer = send(&of_carol.peer, "answer", 2);
    answer.reply_to = Some(cloud::reply(3));
    t.carol.call(answer).await.unwrap();
    let seen = history(&mut t.bob, &of_bob.peer).await;
    assert!(cloud::message(&seen[0]).mentioned);
    assert!(!cloud::message(&history(&mut t.alice, &group.peer).await[0]).mentioned);
    t.settle().await;

    let edited = cloud::updates_of(t.bob.call(edit(&of_bob.peer, 3, "bye")).await.unwrap());
    assert!(matches!(&edited[..], [enums::Update::EditChannelMessage(_)]));
    let told = flat(hear(&mut t.alice).await);
    assert!(matches!(&told[..], [enums::Update::EditChannelMessage(edit)] if text(&edit.message) == "bye"));
    assert_eq!(t.carol.error(edit(&of_carol.peer, 3, "mine")).await.1, "MESSAGE_AUTHOR_REQUIRED");

    // Reading: the authors hear of it.
    let read = functions::channels::ReadHistory { channel: of_carol.channel.clone(), max_id: 3 };
    t.carol.call(read).await.unwrap();
    let told = flat(hear(&mut t.bob).await);
    assert!(
        told.iter()
            .any(|update| matches!(update, enums::Update::ReadChannelOutbox(mark) if mark.max_id == 3)),
        "{told:?}"
    );
    let readers = functions::messages::GetMessageReadParticipants { peer: of_bob.peer.clone(), msg_id: 3 };
    assert_eq!(t.bob.call(readers).await.unwrap()[0].user_id, t.carol_id);

    let delete =
        |channel: &Named, id| functions::channels::DeleteMessages { channel: channel.channel.clone(), id };
    assert_eq!(t.carol.error(delete(&of_carol, vec![3])).await, (403, "MESSAGE_DELETE_FORBIDDEN".into()));
    let gone = t.alice.call(delete(&group, vec![3])).await.unwrap();
    assert_eq!(gone.pts_count, 1);
    let told = flat(hear(&mut t.bob).await);
    assert!(
        matches!(told.last(), Some(enums::Update::DeleteChannelMessages(gone)) if gone.messages == [3]),
        "{told:?}"
    );
    let found =
        t.bob.call(cloud::search(&of_bob.peer, "answer", enums::MessagesFilter::Empty)).await.unwrap();
    assert_eq!(cloud::messages(found).len(), 1);
}

#[tokio::test]
async fn the_difference_of_a_channel_comes_in_slices_or_anew() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let [group, of_bob, _] = supergroup(&mut t).await;
    let start = full_channel(&mut t.bob, &of_bob.channel).await.pts;
    let (own, saved) = (t.bob.state().await, t.bob.saved.clone());
    for n in 0..5 {
        t.alice.call(send(&group.peer, &format!("text {n}"), n + 1)).await.unwrap();
    }
    let first =
        history(&mut t.alice, &group.peer).await.iter().map(|one| cloud::message(one).id).nth(4).unwrap();
    t.alice.call(edit(&group.peer, first, "edited")).await.unwrap();
    let delete = functions::channels::DeleteMessages { channel: group.channel.clone(), id: vec![first + 1] };
    t.alice.call(delete).await.unwrap();
    drop((t.alice, t.bob, t.carol));
    server.shutdown().await;

    let server = kept(folder.path()).spawn().await.unwrap();
    let mut bob = Client::resume(server.address(), saved).await;
    // The difference of the account says only that something happened there.
    let missed = cloud::difference(&mut bob, own.pts, own.date).await;
    assert!(missed.new_messages.is_empty());
    let behind = missed.other_updates.iter().find_map(|update| match update {
        enums::Update::ChannelTooLong(update) => Some((update.channel_id, update.pts)),
        _ => None,
    });
    assert_eq!(behind, Some((group.id, Some(start + 7))));

    let ChannelDifference::Difference(slice) = difference(&mut bob, &of_bob, start, 3).await else {
        panic!("no slice")
    };
    assert!(!slice.r#final);
    assert_eq!(slice.pts, start + 3);
    let seen: Vec<&str> = slice.new_messages.iter().map(text).collect();
    assert_eq!(seen, ["edited", "text 2"], "what is gone is gone, what was edited is as it is");
    let ChannelDifference::Difference(rest) = difference(&mut bob, &of_bob, slice.pts, 100).await else {
        panic!("no rest")
    };
    assert!(rest.r#final);
    assert_eq!(rest.new_messages.iter().map(text).collect::<Vec<_>>(), ["text 3", "text 4"]);
    assert!(
        matches!(&rest.other_updates[..], [enums::Update::EditChannelMessage(_), enums::Update::DeleteChannelMessages(gone)]
        if gone.messages == [first + 1])
    );
    let ChannelDifference::Empty(empty) = difference(&mut bob, &of_bob, rest.pts, 100).await else {
        panic!("not empty")
    };
    assert!(empty.r#final && empty.pts == rest.pts);
    // Who is ahead of the server, or asks for nothing, is put right.
    let ChannelDifference::TooLong(anew) = difference(&mut bob, &of_bob, rest.pts + 9, 3).await else {
        panic!("not anew")
    };
    assert_eq!(anew.messages.len(), 3);
    assert_eq!(cloud::dialog(&anew.dialog).pts, Some(rest.pts));
    let nothing = channel_difference(&of_bob.channel, 0, 10);
    assert_eq!(bob.error(nothing).await, (400, "PERSISTENT_TIMESTAMP_EMPTY".into()));
    // A filter takes new messages by their ids.
    let range = types::MessageRange { min_id: first, max_id: first };
    let filter = types::ChannelMessagesFilter { exclude_new_messages: false, ranges: vec![range] };
    let filtered = functions::updates::GetChannelDifference {
        filter: filter.into(),
        ..channel_difference(&of_bob.channel, start, 100)
    };
    let ChannelDifference::Difference(some) = bob.call(filtered).await.unwrap() else { panic!("nothing") };
    assert_eq!(some.new_messages.iter().map(text).collect::<Vec<_>>(), ["edited"]);
}

#[tokio::test]
async fn a_private_channel_is_nobody_elses_business() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = make_channel(&mut t.alice, "Secret", false).await;
    // Another's access hash is of no use.
    assert_eq!(t.bob.error(send(&group.peer, "x", 1)).await, (400, "CHANNEL_INVALID".into()));
    t.alice.call(invite(&group.channel, &[&t.to_bob])).await.unwrap();
    let of_bob = told_channel(&hear(&mut t.bob).await);
    t.bob.call(functions::channels::LeaveChannel { channel: of_bob.channel.clone() }).await.unwrap();
    let told = hear(&mut t.alice).await;
    assert!(matches!(actions(&told).last(), Some(A::ChatDeleteUser(gone)) if gone.user_id == t.bob_id));
    assert_eq!(t.bob.error(send(&of_bob.peer, "x", 1)).await, (406, "CHANNEL_PRIVATE".into()));
    let ask = functions::channels::GetFullChannel { channel: of_bob.channel.clone() };
    assert_eq!(t.bob.error(ask).await, (406, "CHANNEL_PRIVATE".into()));
    let ask = channel_difference(&of_bob.channel, 1, 10);
    assert_eq!(t.bob.error(ask).await, (406, "CHANNEL_PRIVATE".into()));
    let known = functions::channels::GetChannels { id: vec![of_bob.channel.clone()] };
    let seen = channel_in(&crate::common::groups::chats(t.bob.call(known).await.unwrap()));
    assert!(seen.left && seen.participants_count.is_none());
    t.alice.call(send(&group.peer, "alone", 2)).await.unwrap();
    assert!(texts(&hear(&mut t.bob).await).is_empty());
    let found = t.bob.call(cloud::search_global("alone")).await.unwrap();
    assert!(cloud::messages(found).is_empty());
    let leave = functions::channels::LeaveChannel { channel: group.channel.clone() };
    assert_eq!(t.alice.error(leave).await, (400, "USER_CREATOR".into()));
}

#[tokio::test]
async fn administrators_give_no_more_than_they_have() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, of_carol] = supergroup(&mut t).await;
    let to_carol = t.bob.find(CAROL).await;
    let to_alice = t.bob.find(ALICE).await;
    let rights = types::ChatAdminRights { add_admins: true, ban_users: true, ..no_rights() };
    assert_eq!(
        t.bob.error(edit_admin(&of_bob.channel, &to_carol, rights.clone())).await,
        (403, "CHAT_ADMIN_REQUIRED".into())
    );
    t.alice.call(edit_admin(&group.channel, &t.to_bob, rights.clone())).await.unwrap();
    let told = hear(&mut t.bob).await;
    let seen = told.iter().find_map(|one| match one {
        enums::Updates::Updates(full) => Some(channel_in(&full.chats)),
        _ => None,
    });
    assert!(seen.unwrap().admin_rights.unwrap().ban_users);
    let more = types::ChatAdminRights { pin_messages: true, ..rights.clone() };
    assert_eq!(
        t.bob.error(edit_admin(&of_bob.channel, &to_carol, more)).await,
        (403, "RIGHT_FORBIDDEN".into())
    );
    let less = types::ChatAdminRights { ban_users: true, ..no_rights() };
    t.bob.call(edit_admin(&of_bob.channel, &to_carol, less.clone())).await.unwrap();
    assert_eq!(t.bob.error(edit_admin(&of_bob.channel, &to_alice, less)).await, (400, "USER_CREATOR".into()));
    let mut admins = vec![t.alice_id, t.bob_id, t.carol_id];
    admins.sort_unstable();
    assert_eq!(participants(&mut t.carol, &of_carol.channel, F::Admins).await, admins);
    let ask = functions::channels::GetParticipant {
        channel: of_carol.channel.clone(),
        participant: enums::InputPeer::PeerSelf,
    };
    let enums::ChannelParticipant::Admin(me) = t.carol.call(ask).await.unwrap().participant else {
        panic!("no administrator")
    };
    assert!(me.promoted_by == t.bob_id && me.rank.as_deref() == Some("boss") && !me.can_edit);
    // Carol may remove ordinary members only.
    let to_bob = t.carol.find(BOB).await;
    let ban = types::ChatBannedRights { view_messages: true, ..no_bans() };
    assert_eq!(
        t.carol.error(edit_banned(&of_carol.channel, &to_bob, ban)).await,
        (400, "USER_ADMIN_INVALID".into())
    );
    t.alice.call(edit_admin(&group.channel, &t.to_carol, no_rights())).await.unwrap();
    assert_eq!(participants(&mut t.alice, &group.channel, F::Admins).await.len(), 2);
}

#[tokio::test]
async fn who_is_banned_or_restricted_is_so_until_the_time_is_up() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let [group, of_bob, of_carol] = supergroup(&mut t).await;
    let now = t.alice.state().await.date;
    let quiet = types::ChatBannedRights { send_messages: true, until_date: now + 45, ..no_bans() };
    t.alice.call(edit_banned(&group.channel, &t.to_bob, quiet)).await.unwrap();
    assert_eq!(t.bob.error(send(&of_bob.peer, "x", 1)).await, (400, "USER_BANNED_IN_CHANNEL".into()));
    let kick = types::ChatBannedRights { view_messages: true, ..no_bans() };
    t.alice.call(edit_banned(&group.channel, &t.to_carol, kick)).await.unwrap();
    let told = hear(&mut t.carol).await;
    let forbidden = told.iter().any(|one| match one {
        enums::Updates::Updates(full) => matches!(&full.chats[..], [enums::Chat::ChannelForbidden(_)]),
        _ => false,
    });
    assert!(forbidden, "{told:?}");
    assert_eq!(t.carol.error(send(&of_carol.peer, "x", 1)).await, (406, "CHANNEL_PRIVATE".into()));
    let q = String::new;
    let kicked =
        participants(&mut t.alice, &group.channel, F::Kicked(types::ChannelParticipantsKicked { q: q() }))
            .await;
    assert_eq!(kicked, [t.carol_id]);
    let banned =
        participants(&mut t.alice, &group.channel, F::Banned(types::ChannelParticipantsBanned { q: q() }))
            .await;
    assert_eq!(banned, [t.bob_id]);
    let full = full_channel(&mut t.alice, &group.channel).await;
    assert_eq!((full.kicked_count, full.banned_count, full.participants_count), (Some(1), Some(1), Some(2)));
    assert_eq!(t.alice.error(invite(&group.channel, &[&t.to_carol])).await, (400, "USER_KICKED".into()));
    let list = functions::channels::GetParticipants {
        channel: of_bob.channel.clone(),
        filter: F::Kicked(types::ChannelParticipantsKicked { q: q() }),
        offset: 0,
        limit: 10,
        hash: 0,
    };
    assert_eq!(t.bob.error(list).await, (403, "CHAT_ADMIN_REQUIRED".into()));

    clock.advance(Duration::from_secs(46));
    t.bob.call(send(&of_bob.peer, "again", 2)).await.unwrap();
    t.alice.call(edit_banned(&group.channel, &t.to_carol, no_bans())).await.unwrap();
    t.alice.call(invite(&group.channel, &[&t.to_carol])).await.unwrap();
    t.carol.call(send(&of_carol.peer, "back", 3)).await.unwrap();
    let search = F::Search(types::ChannelParticipantsSearch { q: "some".into() });
    assert_eq!(participants(&mut t.bob, &of_bob.channel, search).await.len(), 3);
}

#[tokio::test]
async fn slow_mode_makes_members_wait_and_repeats_no_one() {
    let clock = TestClock::new();
    let server = builder().clock(clock.clone()).spawn().await.unwrap();
    let mut t = Three::new(&server).await;
    let [group, of_bob, _] = supergroup(&mut t).await;
    let slow = |seconds| functions::channels::ToggleSlowMode { channel: group.channel.clone(), seconds };
    assert_eq!(t.alice.error(slow(7)).await, (400, "SECONDS_INVALID".into()));
    t.alice.call(slow(60)).await.unwrap();
    t.bob.call(send(&of_bob.peer, "one", 1)).await.unwrap();
    let (code, error) = t.bob.error(send(&of_bob.peer, "two", 2)).await;
    assert!(code == 420 && error.starts_with("SLOWMODE_WAIT_"), "{error}");
    t.bob.call(send(&of_bob.peer, "one", 1)).await.expect("it was sent before");
    assert!(full_channel(&mut t.bob, &of_bob.channel).await.slowmode_next_send_date.is_some());
    t.alice.call(send(&group.peer, "a", 1)).await.unwrap();
    t.alice.call(send(&group.peer, "b", 2)).await.expect("administrators do not wait");
    clock.advance(Duration::from_secs(61));
    t.bob.call(send(&of_bob.peer, "two", 2)).await.unwrap();
}

#[tokio::test]
async fn a_hidden_past_stays_hidden_from_who_comes_later() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = make_channel(&mut t.alice, "Crowd", false).await;
    let hide = functions::channels::TogglePreHistoryHidden { channel: group.channel.clone(), enabled: true };
    t.alice.call(hide).await.unwrap();
    t.alice.call(send(&group.peer, "before", 1)).await.unwrap();
    t.alice.call(invite(&group.channel, &[&t.to_bob])).await.unwrap();
    let of_bob = told_channel(&hear(&mut t.bob).await);
    t.alice.call(send(&group.peer, "after", 2)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.bob).await), ["after"]);
    let seen = history(&mut t.bob, &of_bob.peer).await;
    assert_eq!(seen.iter().filter(|one| matches!(one, enums::Message::Message(_))).count(), 1);
    let ask = functions::channels::GetMessages {
        channel: of_bob.channel.clone(),
        id: vec![types::InputMessageId { id: 2 }.into()],
    };
    assert!(matches!(cloud::messages(t.bob.call(ask).await.unwrap())[0], enums::Message::Empty(_)));
    let out = forward(&of_bob.peer, &enums::InputPeer::PeerSelf, vec![2], vec![5]);
    assert_eq!(t.bob.error(out).await, (400, "MESSAGE_ID_INVALID".into()));
    let ChannelDifference::Difference(missed) = difference(&mut t.bob, &of_bob, 1, 100).await else {
        panic!("nothing")
    };
    let seen: Vec<_> =
        missed.new_messages.iter().filter(|one| matches!(one, enums::Message::Message(_))).collect();
    assert_eq!(seen.iter().map(|one| text(one)).collect::<Vec<_>>(), ["after"]);
    let found = t.bob.call(cloud::search_global("before")).await.unwrap();
    assert!(cloud::messages(found).is_empty());
    assert!(full_channel(&mut t.bob, &of_bob.channel).await.available_min_id.is_some());
}

#[tokio::test]
async fn a_deleted_channel_is_gone_with_all_that_was_said() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, _] = supergroup(&mut t).await;
    publish(&mut t.alice, &group, "the_crowd").await;
    t.alice.call(send(&group.peer, "said", 1)).await.unwrap();
    t.settle().await;
    let delete = |channel: &Named| functions::channels::DeleteChannel { channel: channel.channel.clone() };
    assert_eq!(t.bob.error(delete(&of_bob)).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    let updates = cloud::full(t.alice.call(delete(&group)).await.unwrap());
    assert!(matches!(&updates.chats[..], [enums::Chat::ChannelForbidden(_)]));
    let told = hear(&mut t.bob).await;
    assert!(
        matches!(&told[..], [enums::Updates::Updates(full)] if matches!(&full.chats[..], [enums::Chat::ChannelForbidden(_)]))
    );
    assert_eq!(t.bob.error(send(&of_bob.peer, "x", 1)).await, (406, "CHANNEL_PRIVATE".into()));
    let ask = functions::contacts::ResolveUsername { username: "the_crowd".into(), referer: None };
    assert_eq!(t.carol.error(ask).await, (400, "USERNAME_NOT_OCCUPIED".into()));
    let dialogs = t.bob.call(cloud::dialogs(0, 0, enums::InputPeer::Empty, 10)).await.unwrap();
    assert!(matches!(dialogs, enums::messages::Dialogs::Dialogs(dialogs) if dialogs.dialogs.is_empty()));
}

#[tokio::test]
async fn a_group_becomes_a_supergroup_with_its_members() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let id = t.group("Trio").await;
    t.alice.call(send(&chat_peer(id), "old", 1)).await.unwrap();
    t.settle().await;
    let migrate = functions::messages::MigrateChat { chat_id: id };
    assert_eq!(t.bob.error(migrate.clone()).await, (403, "CHAT_ADMIN_REQUIRED".into()));
    let updates = cloud::full(t.alice.call(migrate.clone()).await.unwrap());
    let group = channel_in(&updates.chats);
    assert!(group.megagroup && group.creator && group.title == "Trio");
    let told = hear(&mut t.bob).await;
    let said = actions(&told);
    assert!(said.iter().any(|one| matches!(one, A::ChatMigrateTo(to) if to.channel_id == group.id)));
    assert!(said.iter().any(|one| matches!(one, A::ChannelMigrateFrom(from) if from.chat_id == id)));
    let of_bob = told_channel(&told);
    let enums::Chat::Chat(old) = chat(&mut t.bob, id).await else { panic!("no group") };
    assert!(old.deactivated);
    let Some(enums::InputChannel::Channel(to)) = old.migrated_to else { panic!("not migrated") };
    assert_eq!(to.channel_id, group.id);
    assert_eq!(t.bob.error(send(&chat_peer(id), "x", 1)).await.1, "CHAT_WRITE_FORBIDDEN");
    t.bob.call(send(&of_bob.peer, "new", 2)).await.unwrap();
    assert_eq!(texts(&hear(&mut t.carol).await).last().map(String::as_str), Some("new"));
    let full = full_channel(&mut t.bob, &of_bob.channel).await;
    assert_eq!((full.migrated_from_chat_id, full.participants_count), (Some(id), Some(3)));
    assert_eq!(history(&mut t.bob, &chat_peer(id)).await.len(), 3, "the past is where it was");
    let again = cloud::full(t.alice.call(migrate).await.unwrap());
    assert_eq!(channel_in(&again.chats).id, group.id);
}

#[tokio::test]
async fn names_are_given_once_and_channels_are_found_by_them() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, ..] = supergroup(&mut t).await;
    let check = |username: &str| functions::channels::CheckUsername {
        channel: group.channel.clone(),
        username: username.into(),
    };
    assert!(t.alice.call(check("the_crowd")).await.unwrap());
    assert_eq!(t.alice.error(check("x")).await, (400, "USERNAME_INVALID".into()));
    publish(&mut t.alice, &group, "the_crowd").await;
    let own = functions::account::UpdateUsername { username: "The_Crowd".into() };
    assert_eq!(t.bob.error(own).await, (400, "USERNAME_OCCUPIED".into()));
    let mut stranger = device(&server, "9996640004").await;
    let search =
        functions::contacts::Search { broadcasts: false, bots: false, q: "the_cr".into(), limit: 10 };
    let found = stranger.call(search.clone()).await.unwrap();
    assert_eq!(found.results, [channel_peer(group.id)]);
    assert_eq!(channel_in(&found.chats).title, "Crowd");
    let found = t.bob.call(functions::contacts::Search { q: "crow".into(), ..search }).await.unwrap();
    assert_eq!(found.my_results, [channel_peer(group.id)]);
    let mine = functions::channels::GetAdminedPublicChannels {
        by_location: false,
        check_limit: false,
        for_personal: false,
        for_community_peer: false,
    };
    let mine = crate::common::groups::chats(t.alice.call(mine).await.unwrap());
    assert_eq!(channel_in(&mine).id, group.id);
}

#[tokio::test]
async fn an_unnamed_administrator_speaks_as_the_group() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, of_carol] = supergroup(&mut t).await;
    let rights = types::ChatAdminRights { anonymous: true, ..no_rights() };
    t.alice.call(edit_admin(&group.channel, &t.to_bob, rights)).await.unwrap();
    t.bob.call(send(&of_bob.peer, "guess who", 1)).await.unwrap();
    let seen = history(&mut t.carol, &of_carol.peer).await;
    let message = cloud::message(&seen[0]);
    assert_eq!(message.from_id, Some(channel_peer(group.id)));
    assert_eq!((message.post_author.as_deref(), message.out, message.post), (Some("boss"), false, false));
    assert!(cloud::message(&history(&mut t.bob, &of_bob.peer).await[0]).out);
    t.settle().await;
    let typing = functions::messages::SetTyping {
        peer: of_bob.peer.clone(),
        top_msg_id: None,
        action: enums::SendMessageAction::TypingAction,
    };
    t.bob.call(typing).await.unwrap();
    let told = hear(&mut t.carol).await;
    let [enums::Updates::Updates(told)] = &told[..] else { panic!("{told:?}") };
    assert!(matches!(&told.updates[..], [enums::Update::ChannelUserTyping(typing)]
        if typing.from_id == channel_peer(group.id)));
    assert!(told.users.is_empty(), "nobody is named");
    let ask = functions::channels::GetSendAs {
        for_paid_reactions: false,
        for_live_stories: false,
        peer: of_bob.peer.clone(),
    };
    assert_eq!(t.bob.call(ask).await.unwrap().peers.len(), 2);
}

fn no_events() -> types::ChannelAdminLogEventsFilter {
    types::ChannelAdminLogEventsFilter {
        join: false,
        leave: false,
        invite: false,
        ban: false,
        unban: false,
        kick: false,
        unkick: false,
        promote: false,
        demote: false,
        info: false,
        settings: false,
        pinned: false,
        edit: false,
        delete: false,
        group_call: false,
        invites: false,
        send: false,
        forums: false,
        sub_extend: false,
        edit_rank: false,
    }
}

#[tokio::test]
async fn the_log_tells_administrators_what_was_done() {
    use enums::ChannelAdminLogEventAction as L;
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, _] = supergroup(&mut t).await;
    let retitle = functions::channels::EditTitle { channel: group.channel.clone(), title: "Mob".into() };
    t.alice.call(retitle).await.unwrap();
    t.bob.call(send(&of_bob.peer, "oops", 1)).await.unwrap();
    t.bob.call(edit(&of_bob.peer, 4, "better")).await.unwrap();
    let delete = functions::channels::DeleteMessages { channel: group.channel.clone(), id: vec![4] };
    t.alice.call(delete).await.unwrap();
    let rights = types::ChatAdminRights { ban_users: true, ..no_rights() };
    t.alice.call(edit_admin(&group.channel, &t.to_bob, rights)).await.unwrap();
    let kick = types::ChatBannedRights { view_messages: true, ..no_bans() };
    t.alice.call(edit_banned(&group.channel, &t.to_carol, kick)).await.unwrap();
    let log = |channel: &Named, q: &str, filter| functions::channels::GetAdminLog {
        channel: channel.channel.clone(),
        q: q.into(),
        events_filter: filter,
        admins: None,
        max_id: 0,
        min_id: 0,
        limit: 100,
    };
    let all = t.bob.call(log(&of_bob, "", None)).await.unwrap();
    let actions: Vec<&L> = all.events.iter().map(|event| &event.action).collect();
    assert!(
        matches!(
            &actions[..],
            [
                L::ParticipantToggleBan(_),
                L::ParticipantToggleAdmin(_),
                L::DeleteMessage(_),
                L::EditMessage(_),
                L::ChangeTitle(_),
                L::ParticipantInvite(_),
                L::ParticipantInvite(_)
            ]
        ),
        "{actions:?}"
    );
    let L::DeleteMessage(gone) = actions[2] else { panic!("not deleted") };
    assert_eq!((text(&gone.message), cloud::message(&gone.message).out), ("better", true));
    assert!(all.users.iter().any(|user| crate::common::user(user.clone()).id == t.carol_id));
    let found = t.bob.call(log(&of_bob, "OOPS", None)).await.unwrap();
    assert_eq!(found.events.len(), 1);
    let filter = types::ChannelAdminLogEventsFilter { kick: true, ..no_events() };
    let found = t.bob.call(log(&of_bob, "", Some(filter))).await.unwrap();
    assert!(matches!(&found.events[..], [event] if matches!(event.action, L::ParticipantToggleBan(_))));
    let by_bob = functions::channels::GetAdminLog {
        admins: Some(vec![enums::InputUser::UserSelf]),
        ..log(&of_bob, "", None)
    };
    assert_eq!(t.bob.call(by_bob).await.unwrap().events.len(), 1);
    let mut dora = device(&server, "9996640004").await;
    publish(&mut t.alice, &group, "the_mob").await;
    let of_dora = resolve(&mut dora, "the_mob").await;
    assert_eq!(dora.error(log(&of_dora, "", None)).await, (403, "CHAT_ADMIN_REQUIRED".into()));
}

#[tokio::test]
async fn the_log_has_no_deletion_that_was_refused() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, of_carol] = supergroup(&mut t).await;
    t.bob.call(send(&of_bob.peer, "mine", 1)).await.unwrap();
    t.carol.call(send(&of_carol.peer, "hers", 1)).await.unwrap();
    let delete = functions::channels::DeleteMessages { channel: of_bob.channel.clone(), id: vec![3, 4] };
    assert_eq!(t.bob.error(delete).await, (403, "MESSAGE_DELETE_FORBIDDEN".into()));
    let log = functions::channels::GetAdminLog {
        channel: group.channel.clone(),
        q: String::new(),
        events_filter: Some(types::ChannelAdminLogEventsFilter { delete: true, ..no_events() }),
        admins: None,
        max_id: 0,
        min_id: 0,
        limit: 100,
    };
    assert!(t.alice.call(log).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn who_comes_in_has_not_read_what_was_said_before() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, _] = supergroup(&mut t).await;
    t.alice.call(send(&group.peer, "anybody?", 1)).await.unwrap();
    publish(&mut t.alice, &group, "the_crowd").await;
    let mut dora = device(&server, "9996640004").await;
    let of_dora = resolve(&mut dora, "the_crowd").await;
    join(&mut dora, &of_dora).await;
    assert_eq!(Chat::of(&mut dora, &of_dora.peer).await.unread_count, 0, "nor has she to");
    assert_eq!(Chat::of(&mut t.alice, &group.peer).await.read_outbox_max_id, 0);
    let read = functions::channels::ReadHistory { channel: of_bob.channel.clone(), max_id: 3 };
    t.bob.call(read).await.unwrap();
    assert_eq!(Chat::of(&mut t.alice, &group.peer).await.read_outbox_max_id, 3);
}

#[tokio::test]
async fn who_is_no_administrator_stays_restricted() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, ..] = supergroup(&mut t).await;
    let bans = types::ChatBannedRights { send_media: true, ..no_bans() };
    t.alice.call(edit_banned(&group.channel, &t.to_carol, bans)).await.unwrap();
    t.alice.call(edit_admin(&group.channel, &t.to_carol, no_rights())).await.unwrap();
    let banned = F::Banned(types::ChannelParticipantsBanned { q: String::new() });
    assert_eq!(participants(&mut t.alice, &group.channel, banned.clone()).await, [t.carol_id]);
    // Who becomes one is free.
    let rights = types::ChatAdminRights { pin_messages: true, ..no_rights() };
    t.alice.call(edit_admin(&group.channel, &t.to_carol, rights)).await.unwrap();
    assert!(participants(&mut t.alice, &group.channel, banned).await.is_empty());
}

#[tokio::test]
async fn a_long_history_is_deleted_in_pieces_or_as_a_whole() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, _] = supergroup(&mut t).await;
    cloud::flood(&mut t.bob, &of_bob.peer, 2002).await;
    let of_bob = functions::channels::DeleteParticipantHistory {
        channel: group.channel.clone(),
        participant: cloud::peer(&t.to_bob),
    };
    let gone = t.alice.call(of_bob).await.unwrap();
    assert_eq!((gone.pts_count, gone.offset), (1000, 1002));
    let all =
        functions::channels::DeleteHistory { for_everyone: true, channel: group.channel.clone(), max_id: 0 };
    t.alice.call(all).await.unwrap();
    assert_eq!(history(&mut t.alice, &group.peer).await.len(), 1);
}

#[tokio::test]
async fn histories_are_deleted_for_oneself_for_all_and_of_one_member() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let [group, of_bob, of_carol] = supergroup(&mut t).await;
    for n in 1..=3 {
        t.bob.call(send(&of_bob.peer, &format!("spam {n}"), n)).await.unwrap();
    }
    t.carol.call(send(&of_carol.peer, "ham", 1)).await.unwrap();
    t.settle().await;
    let of_member = |channel: &Named, participant| functions::channels::DeleteParticipantHistory {
        channel: channel.channel.clone(),
        participant,
    };
    let me = enums::InputPeer::PeerSelf;
    assert_eq!(t.carol.error(of_member(&of_carol, me)).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    let gone = t.alice.call(of_member(&group, cloud::peer(&t.to_bob))).await.unwrap();
    assert_eq!(gone.pts_count, 3);
    let told = flat(hear(&mut t.carol).await);
    assert!(matches!(&told[..], [enums::Update::DeleteChannelMessages(gone)] if gone.messages.len() == 3));

    let clear = |channel: &Named, for_everyone| functions::channels::DeleteHistory {
        for_everyone,
        channel: channel.channel.clone(),
        max_id: 0,
    };
    let updates = cloud::updates_of(t.bob.call(clear(&of_bob, false)).await.unwrap());
    assert!(matches!(&updates[..], [enums::Update::ChannelAvailableMessages(_)]));
    assert!(history(&mut t.bob, &of_bob.peer).await.is_empty());
    assert_eq!(Chat::of(&mut t.bob, &of_bob.peer).await.unread_count, 0);
    assert!(history(&mut t.carol, &of_carol.peer).await.len() > 1);
    assert_eq!(t.bob.error(clear(&of_bob, true)).await, (400, "CHAT_ADMIN_REQUIRED".into()));
    t.alice.call(clear(&group, true)).await.unwrap();
    assert_eq!(history(&mut t.carol, &of_carol.peer).await.len(), 1, "that it was made stays");
}

#[tokio::test]
async fn a_mark_before_a_number_tells_channels_from_groups() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = t.group("friends").await;
    let channel = make_channel(&mut t.alice, "News", true).await.id;
    // Some libraries write -100 before the digits of a channel's number, others count down from minus 10^12.
    assert_eq!(format!("-100{channel}"), (-1_000_000_000_000 - channel).to_string());
    assert!(!format!("-{group}").starts_with("-100"), "{group}");
}
