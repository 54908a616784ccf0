use std::sync::Arc;
use std::time::Duration;

use chappe_api::types;
use futures_util::FutureExt;

use super::*;
use crate::messages::short;
use crate::updates::{ApiUpdate, Filter, Hub, Position};

const ANNA: PeerId = PeerId::User(1);
const BEN: PeerId = PeerId::User(2);

fn api(update: chappe_api::enums::Update) -> Event {
    Event::new(ApiUpdate { update, users: Arc::new([]), chats: Arc::new([]) })
}

fn message(chat: PeerId, id: i32, album: Option<i64>) -> Event {
    let message = types::Message { grouped_id: album, ..short::message(id, chat, 9, format!("{id}")) };
    api(types::UpdateNewMessage { message: message.into(), pts: id, pts_count: 1 }.into())
}

fn deleted(ids: &[i32]) -> Event {
    api(types::UpdateDeleteMessages { messages: ids.to_vec(), pts: 0, pts_count: 0 }.into())
}

fn shown(gathered: &Gathered) -> Vec<i32> {
    match gathered {
        Gathered::Album(album) => album.messages().iter().map(NewMessage::id).collect(),
        Gathered::Event(Event::NewMessage(message)) => vec![message.id()],
        Gathered::Event(Event::MessagesDeleted(deleted)) => deleted.ids().iter().map(|id| -id).collect(),
        Gathered::Event(_) => Vec::new(),
    }
}

/// What comes out of these events without waiting, and then at the end.
fn gather(events: impl IntoIterator<Item = Event>) -> [Vec<Vec<i32>>; 2] {
    let (mut gathering, now) = (Gathering::default(), Instant::now());
    for (number, event) in events.into_iter().enumerate() {
        gathering.take(number as u64, event, now);
    }
    let at_once = gathering.ready.drain(..).map(|(_, gathered)| shown(&gathered)).collect();
    gathering.complete(|_| true);
    [at_once, gathering.ready.drain(..).map(|(_, gathered)| shown(&gathered)).collect()]
}

#[test]
fn what_ends_an_album_is_its_chats_next_message_and_nothing_of_other_chats() {
    let of = |id| message(ANNA, id, Some(7));
    assert_eq!(gather([of(1), of(2)]), [vec![], vec![vec![1, 2]]]);
    assert_eq!(
        gather([of(1), message(BEN, 2, None), of(3), message(ANNA, 4, None)]),
        [vec![vec![2], vec![1, 3], vec![4]], vec![]]
    );
    // Two albums, one after the other, and two at the same time.
    assert_eq!(
        gather([of(1), of(2), message(ANNA, 3, Some(8)), message(ANNA, 4, Some(8))]),
        [vec![vec![1, 2]], vec![vec![3, 4]]]
    );
    assert_eq!(
        gather([of(1), message(BEN, 2, Some(7)), of(3), message(BEN, 4, Some(7))]),
        [vec![], vec![vec![1, 3], vec![2, 4]]]
    );
    // One alone is a message.
    assert_eq!(gather([of(1), message(ANNA, 2, None)]), [vec![vec![1], vec![2]], vec![]]);
}

#[test]
fn nobody_is_told_of_a_deletion_before_what_was_deleted() {
    let of = |id| message(ANNA, id, Some(7));
    assert_eq!(gather([of(1), of(2), deleted(&[1])]), [vec![vec![1, 2], vec![-1]], vec![]]);
    assert_eq!(gather([of(1), of(2), deleted(&[9])]), [vec![vec![-9]], vec![vec![1, 2]]]);
    // In a channel the same number is another message.
    let channel = PeerId::Channel(5);
    let of = |id| message(channel, id, Some(7));
    assert_eq!(gather([of(1), of(2), deleted(&[1])]), [vec![vec![-1]], vec![vec![1, 2]]]);
    assert_eq!(gather([of(1), of(2), Event::LoggedOut]), [vec![vec![1, 2], vec![]], vec![]]);
}

#[test]
fn neither_an_album_nor_their_number_grows_without_bounds() {
    let [first, rest] = gather((1..=25).map(|id| message(ANNA, id, Some(7))));
    assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10]);
    assert_eq!(rest.iter().map(Vec::len).collect::<Vec<_>>(), [5]);

    let (mut gathering, now) = (Gathering::default(), Instant::now());
    for number in 0..10_000 {
        gathering.take(number, message(PeerId::User(number as i64 + 1), 1, Some(7)), now);
        assert!(gathering.open.len() <= MAX_OPEN_ALBUMS + 1 && gathering.ready.len() <= 1);
        gathering.ready.clear();
    }
}

fn stream(hub: &Hub, filter: Option<Filter>) -> AlbumStream {
    let mut sieve = Sieve::default();
    filter.into_iter().for_each(|filter| sieve.add(filter));
    AlbumStream::new(Arc::new(hub.subscribe(true)), AccountHandle::of_nobody(), sieve)
}

/// Publishes a message and the position that it leads to.
fn publish(hub: &Hub, chat: PeerId, id: i32, album: Option<i64>) {
    hub.publish(message(chat, id, album));
    hub.mark(at(id));
}

fn at(pts: i32) -> Position {
    Position::of_channel(chappe_updates::ChannelId(1), Some(chappe_updates::Pts(pts)))
}

#[tokio::test]
async fn an_album_counts_as_handled_when_what_comes_after_it_is_asked_for() {
    let hub = Hub::new();
    let mut stream = stream(&hub, None);
    publish(&hub, ANNA, 1, Some(7));
    publish(&hub, BEN, 2, None);
    publish(&hub, ANNA, 3, Some(7));
    assert_eq!(shown(&stream.recv().await.unwrap()), [2]);
    assert!(stream.recv().now_or_never().is_none(), "the album may go on");
    assert_eq!(hub.take_due(), None, "the second is handled, but the first is not");
    publish(&hub, ANNA, 4, None);
    assert_eq!(shown(&stream.recv().await.unwrap()), [1, 3]);
    assert_eq!(hub.take_due(), None, "the album is being handled");
    assert_eq!(shown(&stream.recv().await.unwrap()), [4]);
    assert_eq!(hub.take_due(), Some(at(3)));
    assert!(stream.recv().now_or_never().is_none());
    assert_eq!(hub.take_due(), Some(at(4)));
}

#[tokio::test]
async fn an_album_that_does_not_go_on_is_given_after_a_moment_and_at_the_end_at_once() {
    let hub = Hub::new();
    let mut stream = stream(&hub, None);
    let start = Instant::now();
    publish(&hub, ANNA, 1, Some(7));
    assert!(stream.recv().now_or_never().is_none());
    tokio::time::sleep(Duration::from_millis(50)).await;
    publish(&hub, ANNA, 2, Some(7));
    assert_eq!(shown(&stream.recv().await.unwrap()), [1, 2]);
    assert!(start.elapsed() >= ALBUM_WAIT + Duration::from_millis(50), "from its last message on");
    publish(&hub, ANNA, 3, Some(8));
    publish(&hub, ANNA, 4, Some(8));
    hub.close();
    assert_eq!(shown(&stream.recv().now_or_never().unwrap().unwrap()), [3, 4]);
    assert!(stream.recv().await.is_none());
}

#[tokio::test]
async fn a_held_album_is_handled_as_a_whole_when_that_is_said() {
    let hub = Hub::new();
    let mut stream = stream(&hub, None);
    for (id, album) in [(1, Some(7)), (2, Some(7)), (3, None), (4, None)] {
        publish(&hub, ANNA, id, album);
    }
    let album = stream.recv_held().await.unwrap();
    assert_eq!(shown(&album), [1, 2]);
    let (third, last) = (stream.recv_held().await.unwrap(), stream.recv_held().await.unwrap());
    assert_eq!((shown(&third), shown(&last)), (vec![3], vec![4]));
    third.done();
    assert_eq!(hub.take_due(), None, "what came before the third is not handled");
    album.done();
    assert_eq!(hub.take_due(), Some(at(3)));
    drop(last);
    assert!(stream.recv_held().now_or_never().is_none());
    assert_eq!(hub.take_due(), None, "what was dropped comes again");
}

#[tokio::test]
async fn what_was_gathered_and_not_given_is_not_handled() {
    let hub = Hub::new();
    let mut gathering = stream(&hub, None);
    publish(&hub, ANNA, 1, None);
    publish(&hub, ANNA, 2, Some(7));
    publish(&hub, BEN, 3, None);
    assert_eq!(shown(&gathering.recv().await.unwrap()), [1]);
    assert_eq!(shown(&gathering.recv().await.unwrap()), [3]);
    drop(gathering);
    let mut next = stream(&hub, None);
    publish(&hub, BEN, 4, None);
    assert_eq!(shown(&next.recv().await.unwrap()), [4]);
    assert!(next.recv().now_or_never().is_none());
    assert_eq!(hub.take_due(), Some(at(1)), "after a restart the second comes again, with all behind it");
}

#[tokio::test]
async fn an_album_passes_a_filter_if_one_of_its_messages_does() {
    let hub = Hub::new();
    let mut stream = stream(&hub, Some(Filter::text(|text| text == "2")));
    for (id, album) in [(1, Some(7)), (2, Some(7)), (3, None), (4, Some(8)), (5, Some(8)), (6, None)] {
        publish(&hub, ANNA, id, album);
    }
    assert_eq!(shown(&stream.recv().await.unwrap()), [1, 2]);
    assert!(stream.recv().now_or_never().is_none());
    assert_eq!(hub.take_due(), Some(at(6)), "what is passed over is handled");
}
