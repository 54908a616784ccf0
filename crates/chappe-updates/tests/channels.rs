//! Channels: each has a counter of its own.

use std::time::Duration;

use chappe_api::enums::{self, Update, Updates, updates::ChannelDifference};
use chappe_api::types;
use chappe_crypto::Now;
use chappe_updates::{ChannelId, Event, Output, Pts, Qts, Request, Seq, State, UpdateMachine, limits};

const START: Now = Now::from_unix_secs(1_700_000_000);
const CHANNEL: ChannelId = ChannelId(7);
const STORED: State = State { pts: Pts(10), qts: Qts(5), seq: Seq(0), date: 100 };

fn message(channel: ChannelId, id: i32, date: i32) -> enums::Message {
    enums::Message::Service(Box::new(types::MessageService {
        id,
        date,
        peer_id: types::PeerChannel { channel_id: channel.0 }.into(),
        out: false,
        mentioned: false,
        media_unread: false,
        reactions_are_possible: false,
        silent: false,
        post: true,
        legacy: false,
        from_id: None,
        saved_peer_id: None,
        reply_to: None,
        action: enums::MessageAction::HistoryClear,
        reactions: None,
        ttl_period: None,
    }))
}

/// The post with this number moves the pts of its channel to the same number.
fn post(channel: ChannelId, pts: i32) -> Updates {
    let new = types::UpdateNewChannelMessage { message: message(channel, pts, 200), pts, pts_count: 1 };
    short(new.into())
}

fn short(update: Update) -> Updates {
    types::UpdateShort { update, date: 9 }.into()
}

fn too_long(pts: Option<i32>) -> Updates {
    short(types::UpdateChannelTooLong { channel_id: CHANNEL.0, pts }.into())
}

fn difference(pts: i32, is_last: bool, messages: Vec<enums::Message>) -> ChannelDifference {
    types::updates::ChannelDifference {
        r#final: is_last,
        pts,
        timeout: None,
        new_messages: messages,
        other_updates: vec![],
        chats: vec![],
        users: vec![],
    }
    .into()
}

/// A machine that knows the account, and this channel if it has a pts.
fn machine(pts: Option<i32>) -> UpdateMachine {
    let channels = pts.map(|pts| (CHANNEL, Pts(pts)));
    let mut machine = UpdateMachine::with_channels(Some(STORED), channels, START);
    drain(&mut machine);
    let empty = types::updates::DifferenceEmpty { date: 150, seq: 0 };
    machine.handle_difference(empty.into(), START);
    drain(&mut machine);
    machine
}

fn drain(machine: &mut UpdateMachine) -> Vec<Output> {
    std::iter::from_fn(|| machine.poll_output()).filter(|o| !matches!(o, Output::Timeout(_))).collect()
}

fn posts(outputs: &[Output]) -> Vec<i32> {
    let message = |event: &Event| match event {
        Event::Message(message) => Some((**message).clone()),
        Event::Update(update) => match &**update {
            Update::NewChannelMessage(new) => Some(new.message.clone()),
            _ => None,
        },
        _ => None,
    };
    let id = |output: &Output| match output {
        Output::Event(event) => match message(event)? {
            enums::Message::Service(message) => Some(message.id),
            _ => None,
        },
        _ => None,
    };
    outputs.iter().filter_map(id).collect()
}

fn stored(outputs: &[Output]) -> Vec<Option<i32>> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::PersistChannel { channel: CHANNEL, pts } => Some(pts.map(|pts| pts.0)),
            _ => None,
        })
        .collect()
}

fn asked(outputs: &[Output]) -> Vec<Request> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Request(request) = output { Some(*request) } else { None })
        .collect()
}

fn asks_from(pts: i32) -> Vec<Request> {
    vec![Request::GetChannelDifference { channel: CHANNEL, from: Pts(pts) }]
}

#[test]
fn the_first_update_of_a_channel_says_where_it_stands() {
    let mut machine = machine(None);
    machine.handle_updates(post(CHANNEL, 40), START);
    let outputs = drain(&mut machine);
    assert_eq!((posts(&outputs), stored(&outputs)), (vec![40], vec![Some(40)]));
    machine.handle_updates(post(CHANNEL, 40), START);
    machine.handle_updates(post(CHANNEL, 41), START);
    assert_eq!(posts(&drain(&mut machine)), [41], "the same one once only");
}

#[test]
fn a_gap_in_a_channel_that_closes_in_time_asks_nothing() {
    let mut machine = machine(Some(10));
    machine.handle_updates(post(CHANNEL, 12), START);
    assert_eq!(drain(&mut machine), []);
    machine.handle_updates(post(ChannelId(8), 99), START);
    assert_eq!(posts(&drain(&mut machine)), [99], "other channels go on");
    machine.handle_updates(post(CHANNEL, 11), START);
    assert_eq!(posts(&drain(&mut machine)), [11, 12]);
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert!(asked(&drain(&mut machine)).is_empty() && machine.is_current());
}

#[test]
fn a_gap_in_a_channel_that_stays_is_fetched_in_slices_and_live_posts_wait() {
    let mut machine = machine(Some(10));
    machine.handle_updates(post(CHANNEL, 14), START);
    let wake = std::iter::from_fn(|| machine.poll_output()).last();
    assert_eq!(wake, Some(Output::Timeout(START.advance(limits::GAP_WAIT))));
    let later = START.advance(limits::GAP_WAIT);
    machine.handle_timeout(later);
    assert_eq!(asked(&drain(&mut machine)), asks_from(10));
    machine.handle_updates(post(CHANNEL, 15), later);
    assert!(posts(&drain(&mut machine)).is_empty());
    let messages = |ids: [i32; 2]| ids.map(|id| message(CHANNEL, id, 200)).to_vec();
    machine.handle_channel_difference(CHANNEL, difference(12, false, messages([11, 12])), later);
    let outputs = drain(&mut machine);
    assert_eq!((posts(&outputs), asked(&outputs)), (vec![11, 12], asks_from(12)));
    machine.handle_channel_difference(CHANNEL, difference(14, true, messages([13, 14])), later);
    let outputs = drain(&mut machine);
    assert_eq!((posts(&outputs), stored(&outputs)), (vec![13, 14, 15], vec![Some(15)]));
    assert!(machine.is_current());
}

#[test]
fn a_channel_in_which_something_happened_is_asked_for_unless_it_is_known() {
    let mut machine = machine(Some(10));
    machine.handle_updates(too_long(Some(10)), START);
    assert!(asked(&drain(&mut machine)).is_empty());
    machine.handle_updates(too_long(Some(11)), START);
    assert_eq!(asked(&drain(&mut machine)), asks_from(10));
    machine.handle_updates(too_long(None), START);
    assert!(asked(&drain(&mut machine)).is_empty(), "one call at a time for a channel");
    machine.handle_channel_difference(CHANNEL, difference(11, true, vec![]), START);
    assert_eq!(asked(&drain(&mut machine)), asks_from(11), "it may have been answered before that");
    let empty = types::updates::ChannelDifferenceEmpty { r#final: true, pts: 11, timeout: None };
    machine.handle_channel_difference(CHANNEL, empty.into(), START);
    assert!(asked(&drain(&mut machine)).is_empty() && machine.is_current());
}

#[test]
fn of_a_channel_that_was_entered_meanwhile_only_news_are_told() {
    let mut machine = machine(None);
    machine.handle_updates(too_long(Some(50)), START);
    assert_eq!(asked(&drain(&mut machine)), asks_from(1));
    let messages = vec![message(CHANNEL, 2, 149), message(CHANNEL, 3, 150), message(CHANNEL, 4, 151)];
    machine.handle_channel_difference(CHANNEL, difference(50, true, messages), START);
    let outputs = drain(&mut machine);
    assert_eq!((posts(&outputs), stored(&outputs)), (vec![3, 4], vec![Some(50)]));
}

#[test]
fn too_much_for_a_difference_is_told_and_the_channel_goes_on_from_now() {
    let mut machine = machine(Some(10));
    machine.handle_updates(too_long(None), START);
    drain(&mut machine);
    let dialog = types::Dialog {
        pinned: false,
        unread_mark: false,
        view_forum_as_messages: false,
        peer: types::PeerChannel { channel_id: CHANNEL.0 }.into(),
        top_message: 900,
        read_inbox_max_id: 0,
        read_outbox_max_id: 0,
        unread_count: 0,
        unread_mentions_count: 0,
        unread_reactions_count: 0,
        unread_poll_votes_count: 0,
        notify_settings: types::PeerNotifySettings {
            show_previews: None,
            silent: None,
            mute_until: None,
            ios_sound: None,
            android_sound: None,
            other_sound: None,
            stories_muted: None,
            stories_hide_sender: None,
            stories_ios_sound: None,
            stories_android_sound: None,
            stories_other_sound: None,
        },
        pts: Some(2000),
        draft: None,
        folder_id: None,
        ttl_period: None,
    };
    let answer = types::updates::ChannelDifferenceTooLong {
        r#final: true,
        timeout: None,
        dialog: dialog.into(),
        messages: vec![message(CHANNEL, 900, 200)],
        chats: vec![],
        users: vec![],
    };
    machine.handle_channel_difference(CHANNEL, answer.into(), START);
    let outputs = drain(&mut machine);
    assert!(outputs.contains(&Output::Event(Event::ChannelTooLong(CHANNEL))), "{outputs:?}");
    assert_eq!((posts(&outputs), stored(&outputs)), (vec![], vec![Some(2000)]));
    machine.handle_updates(post(CHANNEL, 2001), START);
    assert_eq!(posts(&drain(&mut machine)), [2001]);
}

#[test]
fn a_channel_that_was_joined_is_asked_where_it_stands() {
    let joined = || short(types::UpdateChannel { channel_id: CHANNEL.0 }.into());
    let mut machine = machine(None);
    machine.handle_updates(joined(), START);
    assert_eq!(asked(&drain(&mut machine)), [Request::GetChannelPts { channel: CHANNEL }]);
    machine.handle_channel_pts(CHANNEL, Pts(20), START);
    assert_eq!(stored(&drain(&mut machine)), [Some(20)]);
    machine.handle_updates(joined(), START);
    assert!(asked(&drain(&mut machine)).is_empty(), "known already");
    machine.handle_updates(post(CHANNEL, 22), START);
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert_eq!(asked(&drain(&mut machine)), asks_from(20), "21 is missing");
}

#[test]
fn a_post_that_comes_before_the_place_is_known_says_it_and_gaps_behind_it_are_fetched() {
    let mut machine = machine(None);
    machine.handle_updates(short(types::UpdateChannel { channel_id: CHANNEL.0 }.into()), START);
    drain(&mut machine);
    machine.handle_updates(post(CHANNEL, 21), START);
    machine.handle_updates(post(CHANNEL, 23), START);
    assert_eq!(posts(&drain(&mut machine)), [21]);
    machine.handle_channel_pts(CHANNEL, Pts(23), START);
    assert_eq!(asked(&drain(&mut machine)), asks_from(21), "what was told counts, not the answer");
}

#[test]
fn a_channel_that_was_left_is_forgotten() {
    let mut machine = machine(Some(10));
    let forbidden = types::ChannelForbidden {
        broadcast: true,
        megagroup: false,
        monoforum: false,
        id: CHANNEL.0,
        access_hash: 1,
        title: String::new(),
        until_date: None,
    };
    let update = types::UpdateChannel { channel_id: CHANNEL.0 };
    let (updates, chats) = (vec![update.into()], vec![forbidden.into()]);
    machine.handle_updates(types::Updates { updates, users: vec![], chats, date: 9, seq: 0 }.into(), START);
    assert_eq!(stored(&drain(&mut machine)), [None]);
    assert_eq!(machine.channel_pts(CHANNEL), None);
}

#[test]
fn a_failed_call_is_made_again_and_a_slice_that_stands_still_is_not_fetched_for_ever() {
    let mut machine = machine(Some(10));
    machine.handle_updates(too_long(None), START);
    drain(&mut machine);
    machine.handle_channel_failure(CHANNEL, START);
    assert!(asked(&drain(&mut machine)).is_empty() && !machine.is_current());
    let later = START.advance(limits::RETRY_FIRST);
    machine.handle_timeout(later);
    assert_eq!(asked(&drain(&mut machine)), asks_from(10));
    machine.handle_channel_difference(CHANNEL, difference(10, false, vec![]), later);
    assert!(asked(&drain(&mut machine)).is_empty());
    machine.handle_timeout(later.advance(limits::RETRY_LONGEST));
    assert_eq!(asked(&drain(&mut machine)), asks_from(10));
    machine.forget_channel(CHANNEL, later);
    machine.handle_channel_difference(CHANNEL, difference(11, true, vec![]), later);
    assert!(machine.is_current() && machine.channel_pts(CHANNEL).is_none());
}

#[test]
fn what_cannot_be_read_of_a_channel_is_told_and_the_next_update_says_where_it_stands() {
    let mut machine = machine(Some(10));
    machine.handle_updates(too_long(None), START);
    let mut now = START;
    for _ in 1..limits::UNREADABLE_ANSWERS {
        assert_eq!(asked(&drain(&mut machine)), asks_from(10));
        machine.handle_channel_unreadable(CHANNEL, now);
        now = now.advance(limits::RETRY_LONGEST);
        machine.handle_timeout(now);
    }
    assert_eq!(asked(&drain(&mut machine)), asks_from(10));
    machine.handle_channel_unreadable(CHANNEL, now);
    assert_eq!(
        drain(&mut machine),
        [
            Output::Event(Event::ChannelTooLong(CHANNEL)),
            Output::PersistChannel { channel: CHANNEL, pts: None }
        ]
    );
    assert!(machine.is_current());
    machine.handle_updates(post(CHANNEL, 15), now);
    assert_eq!(posts(&drain(&mut machine)), [15]);
}

#[test]
fn only_so_many_channels_are_asked_for_at_once() {
    let count = limits::MAX_CHANNEL_REQUESTS as i64 + 5;
    let channels = (1..=count).map(|id| (ChannelId(id), Pts(1)));
    let mut machine = UpdateMachine::with_channels(Some(STORED), channels, START);
    drain(&mut machine);
    let updates = (1..=count)
        .map(|channel_id| types::UpdateChannelTooLong { channel_id, pts: Some(5) }.into())
        .collect();
    let state = types::updates::State { pts: 10, qts: 5, date: 160, seq: 0, unread_count: 0 };
    let all = types::updates::Difference {
        new_messages: vec![],
        new_encrypted_messages: vec![],
        other_updates: updates,
        chats: vec![],
        users: vec![],
        state,
    };
    machine.handle_difference(all.into(), START);
    let first = asked(&drain(&mut machine));
    assert_eq!(first.len(), limits::MAX_CHANNEL_REQUESTS);
    let mut done = 0;
    let mut requests = first;
    while let Some(request) = requests.pop() {
        let Request::GetChannelDifference { channel, .. } = request else { panic!("{request:?}") };
        machine.handle_channel_difference(channel, difference(5, true, vec![]), START);
        requests.extend(asked(&drain(&mut machine)));
        done += 1;
    }
    assert_eq!(done, count);
    assert!(machine.is_current());
}

#[test]
fn while_paused_nothing_but_secret_chats_goes_on_and_all_is_fetched_afterwards() {
    let mut machine = machine(Some(10));
    machine.set_paused(true, START);
    machine.handle_updates(post(CHANNEL, 11), START);
    let deletion = |pts| types::UpdateDeleteMessages { messages: vec![pts], pts, pts_count: 1 };
    machine.handle_updates(short(deletion(11).into()), START);
    let secret = types::EncryptedMessageService { random_id: 1, chat_id: 2, date: 3, bytes: vec![] };
    machine.handle_updates(
        short(types::UpdateNewEncryptedMessage { message: secret.into(), qts: 6 }.into()),
        START,
    );
    machine.handle_new_session(START);
    let outputs = drain(&mut machine);
    assert!(matches!(
        &outputs[..],
        [
            Output::Event(Event::EncryptedMessage { .. }),
            Output::Persist(State { qts: Qts(6), pts: Pts(10), .. })
        ]
    ));
    assert!(!machine.is_current());
    machine.set_paused(false, START.advance(Duration::from_secs(1)));
    let requests = asked(&drain(&mut machine));
    assert!(requests.contains(&Request::GetChannelDifference { channel: CHANNEL, from: Pts(10) }));
    assert!(
        requests
            .iter()
            .any(|request| matches!(request, Request::GetDifference { from } if from.pts == Pts(10)))
    );
}

#[test]
fn the_answer_to_a_call_moves_the_counter_of_a_channel() {
    let mut machine = machine(Some(10));
    machine.handle_channel_affected(CHANNEL, Pts(12), 2, START);
    assert_eq!(stored(&drain(&mut machine)), [Some(12)]);
    machine.handle_channel_affected(CHANNEL, Pts(15), 1, START);
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert_eq!(asked(&drain(&mut machine)), asks_from(12), "13 and 14 are missing");
}

#[test]
fn an_answer_that_overtakes_updates_of_a_channel_is_counted_after_them() {
    let mut machine = machine(Some(10));
    machine.handle_channel_affected(CHANNEL, Pts(12), 1, START);
    assert_eq!(stored(&drain(&mut machine)), []);
    machine.handle_updates(post(CHANNEL, 13), START);
    machine.handle_updates(post(CHANNEL, 11), START);
    let outputs = drain(&mut machine);
    assert_eq!((posts(&outputs), stored(&outputs)), (vec![11, 13], vec![Some(13)]));
    machine.handle_timeout(START.advance(limits::GAP_WAIT));
    assert_eq!(asked(&drain(&mut machine)), []);
}

#[test]
fn a_number_that_the_server_never_reaches_is_asked_for_once() {
    let mut machine = machine(Some(10));
    machine.handle_channel_affected(CHANNEL, Pts(99), 1, START);
    let due = START.advance(limits::GAP_WAIT);
    machine.handle_timeout(due);
    assert_eq!(asked(&drain(&mut machine)), asks_from(10));
    machine.handle_channel_difference(CHANNEL, difference(10, true, vec![]), due);
    machine.handle_timeout(due.advance(limits::GAP_WAIT));
    assert_eq!(asked(&drain(&mut machine)), []);
}
