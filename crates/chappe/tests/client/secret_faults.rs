//! A server that means ill: it cannot read a secret chat, but it can lose, repeat, change and misdate what it carries.
use std::time::Duration;

use crate::common::secret::{chat, event, message, pair, text};
use crate::common::{server, soon};
use chappe::files::FileInput;
use chappe::history::MessageState;
use chappe::secret::{
    ChatState, DropReason, OutgoingFile, OutgoingText, SecretChat, SecretEvent, Unavailable,
};
use chappe::{Client, SecretEvents};
use chappe_server::{Fault, Match, Server};

/// Alice and Bob, their chat from both sides, and what each of them hears.
struct World {
    server: Server,
    _clients: (Client, Client),
    alice: SecretChat,
    bob: SecretChat,
    to_alice: SecretEvents,
    to_bob: SecretEvents,
    alice_id: i64,
}

impl World {
    async fn new() -> Self {
        let server = server().await;
        let (alice_client, bob_client, user) = pair(&server).await;
        let to_alice = alice_client.secret_events();
        let (alice, bob, to_bob) = chat(&alice_client, &bob_client, &user).await;
        let alice_id = alice_client.me().await.unwrap().id;
        let mut world =
            Self { server, _clients: (alice_client, bob_client), alice, bob, to_alice, to_bob, alice_id };
        // What both say at the beginning is behind them.
        world.talk().await;
        world
    }

    /// What Alice writes from now on.
    fn hers(&self) -> Match {
        Match::secret_chat(self.alice.id().0).and_user(self.alice_id)
    }

    async fn say(&self, text: &str) {
        soon(self.alice.send_text(text)).await.unwrap();
    }

    /// Both hear each other, and the chat goes on.
    async fn talk(&mut self) {
        self.say("still there?").await;
        assert_eq!(text(&mut self.to_bob).await, "still there?");
        soon(self.bob.send_text("still here")).await.unwrap();
        assert_eq!(text(&mut self.to_alice).await, "still here");
        for chat in [&self.alice, &self.bob] {
            let info = chat.info().await.unwrap();
            assert_eq!((info.state, info.pending_count), (ChatState::Ready, 0));
        }
    }
}

async fn dropped(events: &mut SecretEvents) -> DropReason {
    event(events, |event| match event {
        SecretEvent::Dropped { reason, .. } => Some(reason),
        _ => None,
    })
    .await
}

async fn gap(events: &mut SecretEvents) -> (u32, u32) {
    event(events, |event| match event {
        SecretEvent::GapDetected { first, last, .. } => Some((first, last)),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_lost_message_is_asked_for_again() {
    let mut world = World::new().await;
    let lost = world.server.faults().on(world.hers()).times(2).apply(Fault::Drop);
    for words in ["lost", "lost, too", "there"] {
        world.say(words).await;
    }
    assert_eq!(lost.hits(), 2);
    let (first, last) = gap(&mut world.to_bob).await;
    assert_eq!(last, first + 1);
    for words in ["lost", "lost, too", "there"] {
        assert_eq!(text(&mut world.to_bob).await, words);
    }
    event(&mut world.to_bob, |event| matches!(event, SecretEvent::GapFilled { .. }).then_some(())).await;
    world.talk().await;
}

#[tokio::test]
async fn a_lost_request_to_send_again_is_made_good() {
    let mut world = World::new().await;
    let bob = Match::secret_chat(0).and_method("messages.sendEncryptedService");
    world.server.faults().on(world.hers()).times(1).apply(Fault::Drop);
    let request = world.server.faults().on(bob).times(1).apply(Fault::Drop);
    world.say("lost").await;
    world.say("there").await;
    gap(&mut world.to_bob).await;
    // Bob's next words show Alice that something of his is missing; his old request comes with it.
    soon(world.bob.send_text("are you there?")).await.unwrap();
    assert_eq!(request.hits(), 1);
    gap(&mut world.to_alice).await;
    assert_eq!(text(&mut world.to_bob).await, "lost");
    assert_eq!(text(&mut world.to_bob).await, "there");
    assert_eq!(text(&mut world.to_alice).await, "are you there?");
    world.talk().await;
}

#[tokio::test]
async fn a_repeated_message_is_there_once() {
    let mut world = World::new().await;
    world.server.faults().on(world.hers()).times(1).apply(Fault::Duplicate);
    world.say("once").await;
    assert_eq!(text(&mut world.to_bob).await, "once");
    assert_eq!(dropped(&mut world.to_bob).await, DropReason::Duplicate);
    // Also among those that wait for others.
    world.server.faults().on(world.hers()).times(1).apply(Fault::Drop);
    world.server.faults().on(world.hers()).times(1).apply(Fault::Duplicate);
    world.say("lost").await;
    world.say("waits").await;
    assert_eq!(dropped(&mut world.to_bob).await, DropReason::Duplicate);
    assert_eq!(text(&mut world.to_bob).await, "lost");
    assert_eq!(text(&mut world.to_bob).await, "waits");
    world.talk().await;
    let history = world.bob.history().await.unwrap();
    assert_eq!(history.iter().filter(|entry| entry.text() == "once").count(), 1);
}

#[tokio::test]
async fn what_comes_back_to_its_sender_is_not_taken_for_the_peers() {
    let mut world = World::new().await;
    world.server.faults().on(world.hers()).times(1).apply(Fault::Reflect);
    world.say("from Alice").await;
    assert_eq!(dropped(&mut world.to_alice).await, DropReason::NotAuthentic);
    assert_eq!(text(&mut world.to_bob).await, "from Alice");
    world.talk().await;
    let history = world.alice.history().await.unwrap();
    let hers: Vec<_> = history.iter().filter(|entry| entry.text() == "from Alice").collect();
    assert!(matches!(hers[..], [entry] if entry.outgoing));
}

#[tokio::test]
async fn what_is_cut_short_or_changed_is_as_if_it_were_lost() {
    let mut world = World::new().await;
    let faults = [
        Fault::Truncate(1),
        Fault::Truncate(16),
        Fault::Truncate(usize::MAX),
        Fault::Corrupt,
        Fault::Corrupt,
    ];
    for fault in faults {
        let rule = world.server.faults().on(world.hers()).times(1).apply(fault);
        world.say("changed on the way").await;
        let reason = dropped(&mut world.to_bob).await;
        assert!(matches!(reason, DropReason::NotAuthentic | DropReason::UnknownKey), "{reason:?}");
        world.say("whole").await;
        gap(&mut world.to_bob).await;
        assert_eq!(text(&mut world.to_bob).await, "changed on the way");
        assert_eq!(text(&mut world.to_bob).await, "whole");
        assert!(rule.remove());
    }
    world.talk().await;
}

#[tokio::test]
async fn late_and_overtaken_messages_come_in_order_and_once() {
    let mut world = World::new().await;
    let reorder = world.server.faults().on(world.hers()).times(1).apply(Fault::Reorder);
    for words in ["first", "second", "third"] {
        world.say(words).await;
    }
    assert_eq!(reorder.hits(), 1);
    for words in ["first", "second", "third"] {
        assert_eq!(text(&mut world.to_bob).await, words);
    }
    let hour = Duration::from_secs(3600);
    world.server.faults().on(world.hers()).times(1).apply(Fault::Delay(hour));
    world.say("late").await;
    world.say("in time").await;
    assert_eq!(text(&mut world.to_bob).await, "late", "it was asked for again");
    assert_eq!(text(&mut world.to_bob).await, "in time");
    world.talk().await;
    world.server.advance(hour).await.unwrap();
    // What was held back comes after all, when it is old.
    loop {
        if dropped(&mut world.to_bob).await == DropReason::Duplicate {
            break;
        }
    }
    world.talk().await;
}

#[tokio::test]
async fn a_file_that_is_not_that_of_its_message_is_not_fetched() {
    let mut world = World::new().await;
    let file = |name: &str| {
        let input = FileInput::bytes(name.repeat(100)).named(name);
        OutgoingFile::new(input).caption(name)
    };
    soon(world.alice.send_file(file("a.bin"))).await.unwrap();
    let first = message(&mut world.to_bob).await;
    let only_files = world.hers().and_method("messages.sendEncryptedFile");
    let rule = world.server.faults().on(only_files).times(1).apply(Fault::SwapFile);
    world.say("no file, no fault").await;
    assert_eq!((text(&mut world.to_bob).await.as_str(), rule.hits()), ("no file, no fault", 0));
    soon(world.alice.send_file(file("b.bin"))).await.unwrap();
    let swapped = message(&mut world.to_bob).await;
    assert_eq!((swapped.text(), rule.hits()), ("b.bin", 1));
    let remote = &swapped.media_file().unwrap().remote;
    assert_eq!(remote, &Err(Unavailable::Fingerprint));
    assert!(world.bob.download(&swapped).is_err());
    let bytes = soon(world.bob.download(&first).unwrap().to_vec()).await.unwrap();
    assert_eq!(bytes, "a.bin".repeat(100).into_bytes());
    world.talk().await;
}

#[tokio::test]
async fn a_file_that_the_server_has_taken_away_is_told_and_its_text_is_there() {
    let mut world = World::new().await;
    world.server.faults().on(world.hers()).times(1).apply(Fault::SwapFile);
    let input = FileInput::bytes("only one").named("c.bin");
    soon(world.alice.send_file(OutgoingFile::new(input).caption("words"))).await.unwrap();
    let bare = message(&mut world.to_bob).await;
    assert_eq!(bare.text(), "words");
    assert_eq!(bare.media_file().unwrap().remote, Err(Unavailable::Missing));
    world.talk().await;
}

#[tokio::test]
async fn a_forged_date_is_a_date_and_nothing_more() {
    const YEAR: i32 = 31_536_000;
    let mut world = World::new().await;
    for by in [YEAR, -YEAR] {
        world.server.faults().on(world.hers()).times(1).apply(Fault::ForgeDate(by));
        let ttl = Some(3600);
        let words = OutgoingText { ttl, ..OutgoingText::new("misdated") };
        let sent = soon(world.alice.send_text(words)).await.unwrap();
        let came = message(&mut world.to_bob).await;
        assert_eq!((came.text(), came.date), ("misdated", sent.date + by));
        // It is in its place, and its timer counts from the reading.
        world.bob.read_history(came.date).await.unwrap();
        let expires = event(&mut world.to_bob, |event| match event {
            SecretEvent::TimerStarted { expires_at, .. } => Some(expires_at),
            _ => None,
        })
        .await;
        assert!((0..60).contains(&(expires - i64::from(sent.date) - 3600)), "{expires}");
        world.talk().await;
    }
    // Later readings are still told.
    let sent = soon(world.alice.send_text("as it should be")).await.unwrap();
    let came = message(&mut world.to_bob).await;
    world.bob.read_history(came.date).await.unwrap();
    let up_to = event(&mut world.to_alice, |event| match event {
        SecretEvent::Read { max_date, .. } => Some(max_date),
        _ => None,
    })
    .await;
    assert!(up_to >= sent.date);
}

#[tokio::test]
async fn a_forged_reading_is_a_claim_about_what_was_sent_so_far() {
    let mut world = World::new().await;
    world.server.faults().on(world.hers()).times(1).apply(Fault::ForgeRead(31_536_000));
    let words = |text: &str| OutgoingText { ttl: Some(3600), ..OutgoingText::new(text) };
    let first = soon(world.alice.send_text(words("not read"))).await.unwrap();
    event(&mut world.to_alice, |event| matches!(event, SecretEvent::Read { .. }).then_some(())).await;
    // Its timer runs, but not for less than it would have had.
    let expires = event(&mut world.to_alice, |event| match event {
        SecretEvent::TimerStarted { random_id, expires_at, .. } if random_id == first.random_id => {
            Some(expires_at)
        }
        _ => None,
    })
    .await;
    assert!(expires >= i64::from(first.date) + 3600);
    let second = soon(world.alice.send_text(words("nor this"))).await.unwrap();
    for words in ["not read", "nor this"] {
        assert_eq!(text(&mut world.to_bob).await, words);
    }
    world.talk().await;
    let state = async |id| {
        let history = world.alice.history().await.unwrap();
        history.into_iter().find(|entry| entry.random_id == id).unwrap()
    };
    assert_eq!(state(first.random_id).await.state, MessageState::Read, "as the server says");
    let second = state(second.random_id).await;
    assert_eq!((second.state, second.expires_at), (MessageState::Delivered, None));
    // An honest claim is still heard.
    let came = world.bob.history().await.unwrap();
    world.bob.read_history(came.last().unwrap().date).await.unwrap();
    event(&mut world.to_alice, |event| match event {
        SecretEvent::TimerStarted { random_id, .. } => (random_id == second.random_id).then_some(()),
        _ => None,
    })
    .await;
}

/// Nothing is lost for good here, so nobody has to wait for the minute after which it is asked for again.
#[tokio::test]
async fn any_mixture_of_faults_ends_in_agreement() {
    const COUNT: usize = 60;
    let mut world = World::new().await;
    let anybody = || world.server.faults().on(Match::secret_chats());
    for fault in
        [Fault::Reorder, Fault::Duplicate, Fault::Reflect, Fault::ForgeDate(-77), Fault::ForgeRead(77)]
    {
        anybody().probability(0.15).apply(fault);
    }
    let send = async |chat: &SecretChat, rekey_at: usize| {
        for number in 0..COUNT {
            chat.send_text(number.to_string()).await.unwrap();
            if number == rekey_at {
                // Both may ask at the same time.
                let _ = chat.rekey().await;
            }
        }
    };
    let hear = async |events: &mut SecretEvents| {
        for number in 0..COUNT {
            assert_eq!(text(events).await, number.to_string());
        }
    };
    soon(async {
        tokio::join!(
            send(&world.alice, 20),
            send(&world.bob, 20),
            hear(&mut world.to_alice),
            hear(&mut world.to_bob)
        )
    })
    .await;
    world.server.faults().clear();
    world.talk().await;
    let keys = [&world.alice, &world.bob].map(async |chat| chat.key().await.unwrap());
    let [ours, theirs] = keys;
    assert_eq!(ours.await, theirs.await);
}
