use std::future::poll_fn;

use chappe_updates::{ChannelId, Pts};
use futures_util::FutureExt;

use super::*;
use crate::updates::ConnectionState;

fn event() -> Event {
    Event::Connection(ConnectionState::Connected)
}

fn at(pts: i32) -> Position {
    Position::of_channel(ChannelId(1), Some(Pts(pts)))
}

/// Publishes an event and the position that it leads to.
fn publish(hub: &Hub, pts: i32) {
    hub.publish(event());
    hub.mark(at(pts));
}

async fn next(reader: &Reader) -> Option<Event> {
    poll_fn(|cx| match reader.poll(cx) {
        Poll::Pending => Poll::Ready(None),
        ready => ready,
    })
    .await
}

/// Whether somebody who waits for progress is woken.
fn is_told(hub: &Hub) -> bool {
    hub.progress().now_or_never().is_some()
}

async fn hold(reader: &Reader) -> u64 {
    poll_fn(|cx| reader.poll_held(cx)).await.unwrap().0
}

#[tokio::test]
async fn a_position_is_due_once_the_stream_asks_for_what_comes_after_it() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    publish(&hub, 1);
    publish(&hub, 2);
    assert_eq!(hub.take_due(), None);
    assert!(next(&stream).await.is_some());
    assert_eq!(hub.take_due(), None, "it is being handled");
    assert!(next(&stream).await.is_some());
    assert_eq!(hub.take_due(), Some(at(1)));
    assert!(next(&stream).await.is_none());
    assert_eq!(hub.take_due(), Some(at(2)));
    assert!(!hub.has_due());
}

#[tokio::test]
async fn the_slowest_stream_counts_and_observers_do_not() {
    let hub = Hub::new();
    let (slow, quick, observer) = (hub.subscribe(true), hub.subscribe(true), hub.subscribe(false));
    publish(&hub, 1);
    for reader in [&quick, &observer] {
        assert!(next(reader).await.is_some());
        assert!(next(reader).await.is_none());
    }
    assert_eq!(hub.take_due(), None);
    drop(slow);
    assert_eq!(hub.take_due(), Some(at(1)), "a stream that is dropped while others go on");
}

#[tokio::test]
async fn what_the_last_stream_did_not_read_waits_for_the_next_one() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    (1..=3).for_each(|pts| publish(&hub, pts));
    assert!(next(&stream).await.is_some());
    drop(stream);
    hub.finish();
    assert_eq!(hub.take_due(), None, "it may not have been handled");
    let stream = hub.subscribe(true);
    assert!(next(&stream).await.is_some() && next(&stream).await.is_some());
    assert_eq!(hub.take_due(), Some(at(2)));
}

#[tokio::test]
async fn what_is_held_holds_the_position() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    (1..=3).for_each(|pts| publish(&hub, pts));
    let (first, second) = (hold(&stream).await, hold(&stream).await);
    stream.release(&[second]);
    assert!(next(&stream).await.is_some() && next(&stream).await.is_none());
    assert_eq!(hub.take_due(), None);
    stream.release(&[first]);
    assert_eq!(hub.take_due(), Some(at(3)));
}

#[tokio::test]
async fn what_was_held_and_not_done_is_not_handled_by_the_next_stream() {
    for last in [true, false] {
        let hub = Hub::new();
        let (stream, other) = (hub.subscribe(true), hub.subscribe(true));
        (1..=4).for_each(|pts| publish(&hub, pts));
        let first = hold(&stream).await;
        hold(&stream).await;
        hold(&stream).await;
        stream.release(&[first]);
        if last {
            drop(other);
            drop(stream);
            let stream = hub.subscribe(true);
            assert!(next(&stream).await.is_some() && next(&stream).await.is_none());
            assert_eq!(hub.take_due(), Some(at(1)), "the second one comes again, with those behind it");
        } else {
            drop(stream);
            while next(&other).await.is_some() {}
            assert_eq!(hub.take_due(), Some(at(1)));
        }
    }
}

#[tokio::test]
async fn the_first_reader_gets_what_came_before_it() {
    for keeps in [true, false] {
        let hub = Hub::new();
        publish(&hub, 1);
        let (first, second) = (hub.subscribe(keeps), hub.subscribe(keeps));
        assert!(next(&first).await.is_some());
        assert!(next(&second).await.is_none());
        publish(&hub, 2);
        assert!(next(&first).await.is_some() && next(&second).await.is_some());
    }
}

#[tokio::test]
async fn a_stream_gets_what_observers_have_read_already() {
    let hub = Hub::new();
    let observer = hub.subscribe(false);
    publish(&hub, 1);
    assert!(next(&observer).await.is_some());
    let stream = hub.subscribe(true);
    assert!(next(&stream).await.is_some());
}

#[tokio::test]
async fn updates_that_nobody_wants_are_handled_in_the_end() {
    let hub = Hub::new();
    publish(&hub, 1);
    assert_eq!(hub.take_due(), None);
    hub.finish();
    assert_eq!(hub.take_due(), Some(at(1)));
}

#[tokio::test]
async fn only_so_many_wait_while_nobody_wants_them() {
    let hub = Hub::new();
    for pts in 1..=MAX_UNCLAIMED_UPDATES as i32 + 5 {
        publish(&hub, pts);
    }
    assert_eq!(hub.take_due(), Some(at(5)));
    assert!(!hub.is_full(), "nothing is held up");
    assert_eq!(hub.state().entries.len(), MAX_UNCLAIMED_UPDATES);
}

#[tokio::test]
async fn a_stream_that_does_not_read_is_full_and_loses_nothing() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    for pts in 1..=MAX_UNREAD_UPDATES as i32 {
        publish(&hub, pts);
    }
    assert!(hub.is_full() && !hub.has_room());
    for _ in 0..MAX_UNREAD_UPDATES / 2 {
        assert!(matches!(next(&stream).await, Some(Event::Connection(_))));
    }
    assert!(hub.has_room());
}

#[tokio::test]
async fn that_a_position_is_due_is_told_once_to_those_who_asked() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    (1..=5).for_each(|pts| publish(&hub, pts));
    next(&stream).await;
    next(&stream).await;
    assert!(!is_told(&hub), "nobody has asked");
    assert!(hub.has_due());
    let position = hub.take_due().unwrap();
    assert!(!hub.has_due() && !is_told(&hub));
    next(&stream).await;
    assert!(is_told(&hub) && hub.has_due(), "the second one is handled");
    next(&stream).await;
    assert!(!is_told(&hub), "it is known to be due");
    // It cannot be stored, and is tried again with whatever comes next.
    hub.put_back(position);
    next(&stream).await;
    assert!(is_told(&hub) && hub.take_due() == Some(at(4)));
    // What is held, what is passed and who goes away are told, too.
    publish(&hub, 6);
    let held = hold(&stream).await;
    assert_eq!(hub.take_due(), Some(at(5)));
    assert!(!hub.has_due());
    stream.release(&[held]);
    assert!(!is_told(&hub), "it is the last one, and may still be looked at");
    stream.pass();
    assert!(is_told(&hub) && hub.take_due() == Some(at(6)));
    let other = hub.subscribe(true);
    publish(&hub, 7);
    next(&other).await;
    next(&other).await;
    assert!(!hub.has_due());
    drop(stream);
    assert!(is_told(&hub) && hub.take_due() == Some(at(7)));
}

#[tokio::test]
async fn that_there_is_room_is_told_once_and_not_before() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    (1..=MAX_UNREAD_UPDATES as i32).for_each(|pts| publish(&hub, pts));
    assert!(hub.is_full());
    let mut read = 0;
    while !is_told(&hub) {
        next(&stream).await;
        read += 1;
    }
    assert!(hub.has_room());
    assert_eq!(read, MAX_UNREAD_UPDATES / 2 + 1);
    next(&stream).await;
    assert!(!is_told(&hub));
}

#[tokio::test]
async fn a_program_that_has_dropped_its_stream_goes_on_observing() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    publish(&hub, 1);
    next(&stream).await;
    drop(stream);
    (2..=MAX_UNREAD_UPDATES as i32 + 1).for_each(|pts| publish(&hub, pts));
    assert!(hub.is_full(), "nobody reads");
    let observer = hub.subscribe(false);
    assert!(is_told(&hub) && hub.has_room() && !hub.is_full());
    for pts in 0..2 * MAX_QUEUED_UPDATES as i32 {
        publish(&hub, pts);
        assert!(next(&observer).await.is_some());
        assert!(!hub.is_full());
    }
    assert_eq!(hub.state().entries.len(), MAX_QUEUED_UPDATES);
    hub.finish();
    assert_eq!(hub.take_due(), None, "nothing is stored as handled");
    // The next stream learns that it lost something.
    let stream = hub.subscribe(true);
    assert!(matches!(next(&stream).await, Some(Event::Lagged { count }) if count > 0));
    assert!(matches!(next(&stream).await, Some(Event::Connection(_))));
    drop((observer, stream));
    assert!(hub.is_full(), "nobody reads");
}

#[tokio::test]
async fn a_slow_observer_is_told_how_much_it_lost() {
    let hub = Hub::new();
    let observer = hub.subscribe(false);
    for _ in 0..MAX_QUEUED_UPDATES + 3 {
        hub.publish_aside(event());
    }
    assert!(matches!(next(&observer).await, Some(Event::Lagged { count: 3 })));
    assert!(matches!(next(&observer).await, Some(Event::Connection(_))));
}

#[tokio::test]
async fn positions_that_wait_are_few() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    let _held = {
        publish(&hub, 1);
        hold(&stream).await
    };
    for pts in 2..=2 * MAX_POSITIONS as i32 {
        publish(&hub, pts);
        assert!(next(&stream).await.is_some());
    }
    assert_eq!(hub.state().marks.len(), MAX_POSITIONS);
    assert!(hub.state().entries.is_empty());
}

#[tokio::test]
async fn readers_are_woken_once_the_queue_is_free() {
    struct Reading(Hub, Mutex<Vec<bool>>);
    impl std::task::Wake for Reading {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0.0.state.try_lock().is_ok());
        }
    }
    let hub = Hub::new();
    let (stream, observer) = (hub.subscribe(true), hub.subscribe(false));
    let reading = Arc::new(Reading(hub.clone(), Mutex::default()));
    let waker = Waker::from(reading.clone());
    for reader in [&stream, &observer] {
        assert!(reader.poll(&Context::from_waker(&waker)).is_pending());
    }
    publish(&hub, 1);
    hub.close();
    assert_eq!(*reading.1.lock().unwrap(), [true, true], "each once, and it has the queue at once");
}

#[tokio::test]
async fn streams_end_with_the_client() {
    let hub = Hub::new();
    let stream = hub.subscribe(true);
    publish(&hub, 1);
    hub.close();
    assert!(next(&stream).await.is_some());
    assert!(poll_fn(|cx| stream.poll(cx)).await.is_none());
    assert!(poll_fn(|cx| hub.subscribe(false).poll(cx)).await.is_none());
}

/// Resident memory of this process, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// So many updates through the counters and the queue to a stream, an observer and somebody who is slow now and then.
/// Resident memory after the first tenth and in the end.
#[cfg(target_os = "linux")]
async fn flow(count: i32) -> [u64; 2] {
    use chappe_api::{enums, types};
    use chappe_crypto::Now;
    use chappe_updates::{Event as Out, Output, Qts, Seq, State as Counters, UpdateMachine};

    const CHANNELS: i32 = 100;
    let now = Now::from_unix_secs(1_700_000_000);
    let state = Counters { pts: Pts(0), qts: Qts(0), seq: Seq(0), date: 1 };
    let mut machine = UpdateMachine::new(Some(state), now);
    let empty = types::updates::DifferenceEmpty { date: 1, seq: 0 };
    while machine.poll_output().is_some() {}
    machine.handle_difference(enums::updates::Difference::from(empty), now);
    let hub = Hub::new();
    let (stream, observer) = (hub.subscribe(true), hub.subscribe(false));
    let (mut read, mut memory) = (0, 0);
    for n in 0..count {
        let (pts, pts_count, messages) = (n / (CHANNELS + 1) + 1, 1, vec![n; 16]);
        let update: enums::Update = match n % (CHANNELS + 1) {
            0 => types::UpdateDeleteMessages { messages, pts, pts_count }.into(),
            channel => {
                let channel_id = channel.into();
                types::UpdateDeleteChannelMessages { channel_id, messages, pts, pts_count }.into()
            }
        };
        machine.handle_updates(types::UpdateShort { update, date: 2 }.into(), now);
        while let Some(output) = machine.poll_output() {
            match output {
                Output::Event(Out::Update(update)) => {
                    let (users, chats) = (Arc::default(), Arc::default());
                    hub.publish(Event::new(crate::updates::ApiUpdate { update: *update, users, chats }));
                }
                Output::Persist(state) => hub.mark(Position::of_account(state)),
                Output::PersistChannel { channel, pts } => hub.mark(Position::of_channel(channel, pts)),
                _ => {}
            }
        }
        // It reads in bursts.
        if n % 5000 == 0 {
            while next(&stream).await.is_some() {
                read += 1;
            }
            drop(hub.take_due());
            while next(&observer).await.is_some() {}
        }
        if n == count / 10 {
            memory = resident();
        }
    }
    while next(&stream).await.is_some() {
        read += 1;
    }
    assert_eq!(read, count, "each update is read once");
    [memory, resident()]
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_stays_flat_over_many_updates() {
    let [early, late] = flow(200_000).await;
    assert!(late < early + (16 << 20), "{early} bytes have become {late}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "takes minutes: `cargo test --release -p chappe --lib ten_million -- --ignored --nocapture`"]
#[allow(clippy::print_stdout, reason = "a measurement")]
async fn memory_stays_flat_over_ten_million_updates() {
    let [early, late] = flow(10_000_000).await;
    assert!(late < early + (16 << 20), "{early} bytes have become {late}");
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!("{:.1} MiB after a tenth, {:.1} MiB in the end", mebibytes(early), mebibytes(late));
}
