//! One rule.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt;
use rand::rngs::StdRng;

use super::{Direction, Fault, FaultRule, Match};

/// What a rule has met.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) seen: AtomicU64,
    pub(super) hits: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: u64,
    pub(super) target: Match,
    pub(super) fault: Fault,
    pub(super) direction: Direction,
    pub(super) after: u64,
    pub(super) times: Option<u64>,
    pub(super) probability: f64,
    pub(super) counters: Arc<Counters>,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meets {
    Calls,
    Packets,
    SecretMessages,
}

impl Rule {
    pub(super) fn meets(&self) -> Meets {
        use Fault::{Answer, ForgeDate, ForgeRead, SwapFile, Truncate, Unreadable};
        let fault = &self.fault;
        if self.target.secret_chat.is_some()
            || matches!(fault, ForgeDate(_) | ForgeRead(_) | SwapFile | Truncate(_))
        {
            Meets::SecretMessages
        } else if self.target.method.is_some() || matches!(fault, Answer { .. } | Unreadable) {
            Meets::Calls
        } else {
            Meets::Packets
        }
    }

    /// A change of salts shows in what the client sends next.
    pub(super) fn direction(&self) -> Direction {
        if self.fault == Fault::SaltChange { Direction::Incoming } else { self.direction }
    }

    /// Counts one more that fits; the fault if it acts.
    pub(super) fn strike(&mut self, rng: &mut StdRng) -> Option<Fault> {
        let seen = self.counters.seen.fetch_add(1, Ordering::Relaxed);
        let hits = self.counters.hits.load(Ordering::Relaxed);
        if seen < self.after || self.times.is_some_and(|times| hits >= times) {
            return None;
        }
        if self.probability < 1.0 && rng.random::<f64>() >= self.probability {
            return None;
        }
        self.counters.hits.store(hits + 1, Ordering::Relaxed);
        Some(self.fault.clone())
    }

    pub(super) fn describe(&self) -> FaultRule {
        FaultRule {
            id: self.id,
            target: self.target.clone(),
            fault: self.fault.clone(),
            direction: self.direction(),
            after: self.after,
            times: self.times,
            probability: self.probability,
            hits: self.counters.hits.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::super::Faults;
    use super::*;

    fn faults() -> Faults {
        Faults::new(StdRng::seed_from_u64(3))
    }

    #[test]
    fn a_rule_lets_some_pass_acts_so_often_and_is_gone_when_removed() {
        let faults = faults();
        assert!(faults.is_idle());
        let handle = faults.on(Match::method("a.b")).after(1).times(2).answer(500, "X");
        let hit = || faults.for_call("a.b", None, Some(1)).is_some();
        assert_eq!([hit(), hit(), hit(), hit()], [false, true, true, false]);
        assert_eq!((handle.hits(), faults.list()[0].hits), (2, 2));
        assert_eq!(faults.for_call("a.c", None, None), None);
        assert_eq!(faults.for_packet(Direction::Outgoing, 1, |_| true), None, "it is about calls");
        assert!(handle.remove() && !handle.remove() && faults.is_idle());
    }

    #[test]
    fn a_rule_meets_whom_it_names() {
        let faults = faults();
        faults.on(Match::user(7).and_connection(3)).incoming().apply(Fault::Drop);
        let met = |direction, connection, user| {
            faults.for_packet(direction, connection, |wanted| wanted == user).is_some()
        };
        assert!(met(Direction::Incoming, 3, 7));
        assert!(!met(Direction::Outgoing, 3, 7));
        assert!(!met(Direction::Incoming, 4, 7));
        assert!(!met(Direction::Incoming, 3, 8));
        faults.clear();
        faults.on(Match::method("messages.*").and_user(7)).apply(Fault::Silence);
        assert!(faults.for_call("messages.sendMessage", Some(7), None).is_some());
        assert!(faults.for_call("messages.sendMessage", None, None).is_none());
        assert!(faults.for_call("contacts.block", Some(7), None).is_none());
    }

    #[test]
    fn a_rule_about_a_secret_chat_meets_its_messages_and_nothing_else() {
        let faults = faults();
        let (service, file) = ("messages.sendEncryptedService", "messages.sendEncryptedFile");
        faults.on(Match::secret_chat(5).and_user(7).and_method(file)).apply(Fault::Drop);
        assert!(faults.for_message(file, 7, 5).is_some());
        assert!(faults.for_message(service, 7, 5).is_none());
        assert!(faults.for_message(file, 8, 5).is_none());
        assert!(faults.for_message(file, 7, 6).is_none());
        assert!(faults.for_call(file, Some(7), None).is_none());
        assert!(faults.for_packet(Direction::Outgoing, 1, |_| true).is_none());
        faults.clear();
        for target in [Match::secret_chats(), Match::any()] {
            faults.on(target).times(1).apply(Fault::Truncate(1));
            assert!(faults.for_packet(Direction::Outgoing, 1, |_| true).is_none());
            assert!(faults.for_message(service, 1, 2).is_some(), "there is no truncated packet");
        }
    }

    #[test]
    fn chance_repeats_with_its_seed() {
        let run = || {
            let faults = faults();
            faults.on(Match::any()).probability(0.5).apply(Fault::Drop);
            (0..64)
                .map(|_| faults.for_packet(Direction::Outgoing, 1, |_| false).is_some())
                .collect::<Vec<_>>()
        };
        let hits = run().iter().filter(|hit| **hit).count();
        assert_eq!(run(), run());
        assert!((16..48).contains(&hits), "{hits}");
    }
}
