//! Where media lie in a chat: by day, and by number.

use std::time::Duration;

use crate::common::cloud::{device, peer, send, send_media};
use crate::common::{ALICE, BOB, Client, server};
use crate::media::{photo, png, upload};
use chappe_api::{enums, functions, types};
use chappe_server::Server;
use enums::MessagesFilter as F;

const DAY: i64 = 24 * 3600;

/// Photos of Alice's for Bob on three days, two on the first and three on the last, with words between; their numbers.
async fn photos(server: &Server) -> (Client, enums::InputPeer, Vec<i32>) {
    let mut alice = device(server, ALICE).await;
    let to_bob = peer(&alice.find(BOB).await);
    // From noon on, whatever the time is: no day ends in between.
    let noon = DAY + DAY / 2 - server.now().unix_secs().rem_euclid(DAY);
    server.advance(Duration::from_secs(noon.unsigned_abs())).await.unwrap();
    alice.reconnect(server.address()).await;
    let (mut ids, mut random_id) = (Vec::new(), 0);
    for count in [2, 1, 3] {
        for _ in 0..count {
            random_id += 2;
            alice.call(send(&to_bob, "words", random_id)).await.unwrap();
            let file = upload(&mut alice, random_id, &png(20, 20)).await;
            alice.call(send_media(&to_bob, photo(file), random_id + 1)).await.unwrap();
            let newest = crate::common::cloud::history(&mut alice, &to_bob).await;
            ids.push(crate::common::cloud::message(&newest[0]).id);
        }
        server.advance(Duration::from_secs(DAY.unsigned_abs())).await.unwrap();
        alice.reconnect(server.address()).await;
    }
    (alice, to_bob, ids)
}

fn calendar(
    peer: &enums::InputPeer,
    filter: F,
    offset_id: i32,
) -> functions::messages::GetSearchResultsCalendar {
    functions::messages::GetSearchResultsCalendar {
        peer: peer.clone(),
        saved_peer_id: None,
        filter,
        offset_id,
        offset_date: 0,
    }
}

#[tokio::test]
async fn a_calendar_says_on_which_days_there_are_photos() {
    let server = server().await;
    let _bob = device(&server, BOB).await;
    let (mut alice, to_bob, ids) = photos(&server).await;
    let all = alice.call(calendar(&to_bob, F::Photos, 0)).await.unwrap();
    assert_eq!((all.count, all.min_msg_id, all.offset_id_offset), (6, ids[0], Some(0)));
    let days: Vec<_> = all.periods.iter().map(|day| (day.min_msg_id, day.max_msg_id, day.count)).collect();
    assert_eq!(days, [(ids[3], ids[5], 3), (ids[2], ids[2], 1), (ids[0], ids[1], 2)]);
    for (day, message) in all.periods.iter().zip(&all.messages) {
        let message = crate::common::cloud::message(message);
        assert_eq!(message.id, day.max_msg_id);
        assert_eq!(i64::from(day.date).rem_euclid(DAY), 0);
        assert!((0..DAY).contains(&i64::from(message.date - day.date)));
    }
    let before = alice.call(calendar(&to_bob, F::Photos, ids[4])).await.unwrap();
    assert_eq!((before.count, before.offset_id_offset), (6, Some(2)));
    assert_eq!(before.periods.iter().map(|day| day.count).collect::<Vec<_>>(), [1, 1, 2]);
    let none = alice.call(calendar(&to_bob, F::Voice, 0)).await.unwrap();
    assert!(none.count == 0 && none.periods.is_empty() && none.min_msg_id == 0);
    assert_eq!(alice.error(calendar(&to_bob, F::Empty, 0)).await, (400, "FILTER_NOT_SUPPORTED".into()));
}

#[tokio::test]
async fn positions_are_spread_over_all_photos() {
    let server = server().await;
    let _bob = device(&server, BOB).await;
    let (mut alice, to_bob, ids) = photos(&server).await;
    let query = |offset_id, limit| functions::messages::GetSearchResultsPositions {
        peer: to_bob.clone(),
        saved_peer_id: None,
        filter: F::Photos,
        offset_id,
        limit,
    };
    let places = |found: types::messages::SearchResultsPositions| {
        assert_eq!(found.count, 6);
        let places = found.positions.into_iter().map(|place| (place.msg_id, place.offset));
        places.collect::<Vec<_>>()
    };
    let all: Vec<_> = ids.iter().rev().copied().zip(0..).collect();
    assert_eq!(places(alice.call(query(0, 100)).await.unwrap()), all);
    assert_eq!(places(alice.call(query(0, 3)).await.unwrap()), [all[0], all[2], all[4]]);
    assert_eq!(places(alice.call(query(ids[3], 2)).await.unwrap()), [all[3], all[5]]);
}
