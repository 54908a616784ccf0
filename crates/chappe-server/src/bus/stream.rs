//! Words cut into payloads and put together again.
//!
//! A process sends a stream of lines, one for each word, cut where a payload is full. Payloads are numbered, so a missing
//! one is noticed.
//!
//! ```text
//! 00f3a7c1d2b4e596 1c .\n        process, number, "." begins a word or "+" goes on with one
//! {"Mail":{…}}\nalive\n{"Noti
//! ```

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::{ALIVE, BYE};

/// Longest word that is put together, in bytes: as long as the update of the longest kind for a large group.
const LONGEST_WORD: usize = 8 << 20;

/// What is to be sent.
#[derive(Debug)]
pub(super) struct Outbox {
    node: u64,
    number: u64,
    goes_on: bool,
    waiting: String,
}

impl Outbox {
    pub(super) const fn new(node: u64) -> Self {
        Self { node, number: 0, goes_on: false, waiting: String::new() }
    }

    /// Adds a word. It must not have line breaks.
    pub(super) fn push(&mut self, word: &str) {
        self.waiting.push_str(word);
        self.waiting.push('\n');
    }

    /// Lets others know that something is missing here.
    pub(super) fn skip(&mut self) {
        self.number += 1;
    }

    /// Forgets what waits, and lets others know.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.goes_on = false;
        self.skip();
    }

    /// The next payload, of at most `longest` bytes; `None` if nothing waits.
    pub(super) fn next(&mut self, longest: usize) -> Option<String> {
        if self.waiting.is_empty() {
            return None;
        }
        let sign = if self.goes_on { '+' } else { '.' };
        let mut payload = format!("{:016x} {:x} {sign}\n", self.node, self.number);
        let room = longest.saturating_sub(payload.len());
        // At least one character, or it would never end.
        let len = self.waiting.floor_char_boundary(room).max(self.waiting.ceil_char_boundary(1));
        payload.push_str(&self.waiting[..len]);
        self.waiting.drain(..len);
        self.goes_on = !payload.ends_with('\n');
        self.number += 1;
        Some(payload)
    }
}

/// What one payload brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Payloads before it are missing.
    pub(super) gap: bool,
    pub(super) words: Vec<String>,
}

#[derive(Debug)]
struct Peer {
    next: u64,
    begun: String,
    /// What goes on here began before we listened.
    unknown: bool,
    heard: Instant,
}

/// What comes from all processes.
#[derive(Debug)]
pub(super) struct Inbox {
    own: u64,
    own_heard: Instant,
    peers: HashMap<u64, Peer>,
}

impl Inbox {
    pub(super) fn new(own: u64) -> Self {
        Self { own, own_heard: Instant::now(), peers: HashMap::new() }
    }

    /// Listening begins (again): nobody has been silent yet.
    pub(super) fn begin(&mut self, now: Instant) {
        self.own_heard = now;
        self.peers.clear();
    }

    /// Nothing of our own came back for so long.
    pub(super) fn is_deaf(&self, now: Instant, silence: Duration) -> bool {
        now.duration_since(self.own_heard) > silence
    }

    /// Whether a process has died; it is forgotten.
    pub(super) fn has_dead(&mut self, now: Instant, silence: Duration) -> bool {
        let before = self.peers.len();
        self.peers.retain(|_, peer| now.duration_since(peer.heard) <= silence);
        self.peers.len() < before
    }

    pub(super) fn take(&mut self, payload: &str, now: Instant) -> Heard {
        let mut heard = Heard::default();
        let Some((node, number, goes_on, text)) = read(payload) else { return heard };
        if node == self.own {
            self.own_heard = now;
            return heard;
        }
        let peer = self.peers.entry(node).or_insert_with(|| Peer {
            next: number,
            begun: String::new(),
            unknown: goes_on,
            heard: now,
        });
        peer.heard = now;
        if peer.next != number {
            heard.gap = true;
            peer.begun.clear();
            peer.unknown = goes_on;
        }
        peer.next = number.wrapping_add(1);
        if peer.begun.len().saturating_add(text.len()) > LONGEST_WORD {
            heard.gap = true;
            peer.begun.clear();
            peer.unknown = true;
        }
        let mut lines = text.split('\n').peekable();
        let mut bye = false;
        while let Some(line) = lines.next() {
            if lines.peek().is_none() {
                peer.begun.push_str(line);
                break;
            }
            let word = std::mem::take(&mut peer.begun) + line;
            if std::mem::take(&mut peer.unknown) {
                continue;
            }
            match word.as_str() {
                ALIVE => {}
                BYE => bye = true,
                _ => heard.words.push(word),
            }
        }
        if bye {
            self.peers.remove(&node);
        }
        heard
    }
}

fn read(payload: &str) -> Option<(u64, u64, bool, &str)> {
    let (head, text) = payload.split_once('\n')?;
    let mut head = head.split(' ');
    let node = u64::from_str_radix(head.next()?, 16).ok()?;
    let number = u64::from_str_radix(head.next()?, 16).ok()?;
    let goes_on = match head.next()? {
        "." => false,
        "+" => true,
        _ => return None,
    };
    Some((node, number, goes_on, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 64;

    fn payloads(outbox: &mut Outbox) -> Vec<String> {
        let payloads: Vec<_> = std::iter::from_fn(|| outbox.next(LONGEST)).collect();
        assert!(payloads.iter().all(|payload| payload.len() <= LONGEST));
        payloads
    }

    fn words(inbox: &mut Inbox, payloads: &[String]) -> (bool, Vec<String>) {
        let mut all = (false, Vec::new());
        for payload in payloads {
            let heard = inbox.take(payload, Instant::now());
            all.0 |= heard.gap;
            all.1.extend(heard.words);
        }
        all
    }

    #[test]
    fn words_of_any_length_arrive_whole_and_in_order() {
        let (mut outbox, mut inbox) = (Outbox::new(1), Inbox::new(2));
        let sent: Vec<String> = (0..200).map(|n| "é".repeat(n) + &n.to_string()).collect();
        let mut arrived = Vec::new();
        for some in sent.chunks(7) {
            some.iter().for_each(|word| outbox.push(word));
            outbox.push(ALIVE);
            let (gap, words) = words(&mut inbox, &payloads(&mut outbox));
            assert!(!gap);
            arrived.extend(words);
        }
        assert_eq!(arrived, sent);
    }

    #[test]
    fn a_missing_payload_is_noticed_and_takes_only_what_it_touched() {
        let (mut outbox, mut inbox) = (Outbox::new(1), Inbox::new(2));
        ["first", &"x".repeat(150), "last"].iter().for_each(|word| outbox.push(word));
        let mut cut = payloads(&mut outbox);
        assert!(cut.len() > 3);
        cut.remove(1);
        assert_eq!(words(&mut inbox, &cut), (true, vec!["first".to_owned(), "last".to_owned()]));
        outbox.clear();
        outbox.push("after");
        assert_eq!(words(&mut inbox, &payloads(&mut outbox)), (true, vec!["after".to_owned()]));
    }

    #[test]
    fn who_begins_to_listen_in_the_middle_of_a_word_waits_for_the_next() {
        let (mut outbox, mut inbox) = (Outbox::new(1), Inbox::new(2));
        [&"x".repeat(150), "whole"].iter().for_each(|word| outbox.push(word));
        let cut = payloads(&mut outbox);
        assert_eq!(words(&mut inbox, &cut[1..]), (false, vec!["whole".to_owned()]));
    }

    #[test]
    fn the_silent_are_dead_unless_they_said_good_bye() {
        let silence = Duration::from_secs(7);
        let (mut leaving, mut dying, mut inbox) = (Outbox::new(1), Outbox::new(2), Inbox::new(3));
        leaving.push(ALIVE);
        dying.push(ALIVE);
        words(&mut inbox, &[payloads(&mut leaving), payloads(&mut dying)].concat());
        leaving.push(BYE);
        words(&mut inbox, &payloads(&mut leaving));
        let later = Instant::now() + silence * 2;
        assert!(inbox.is_deaf(later, silence));
        assert!(inbox.has_dead(later, silence));
        assert!(!inbox.has_dead(later, silence), "once is enough");
        leaving.push(ALIVE);
        words(&mut inbox, &payloads(&mut leaving));
        leaving.push(BYE);
        words(&mut inbox, &payloads(&mut leaving));
        assert!(!inbox.has_dead(later, silence));
    }

    #[test]
    fn ones_own_words_and_strange_ones_are_not_heard() {
        let (mut outbox, mut inbox) = (Outbox::new(1), Inbox::new(1));
        outbox.push("own");
        assert_eq!(words(&mut inbox, &payloads(&mut outbox)), (false, Vec::new()));
        for payload in ["", "x", "1 2\n", "zz 1 .\n", "1 1 ?\nword\n", "1\n\n\n"] {
            assert_eq!(inbox.take(payload, Instant::now()), Heard::default());
        }
    }
}
