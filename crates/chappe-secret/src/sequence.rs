//! Sequence numbers: what stops replay, reordering, omission and reflection inside a chat.
//!
//! Each side counts its own messages (`sent`) and the peer's that it processed in order (`received`). On the wire a
//! counter is doubled and its lowest bit tells who created the chat. Here everything is raw but the fields named
//! `wire`.
//!
//! Source: <https://core.telegram.org/api/end-to-end/seq_no>

use chappe_crypto::Role;

use crate::{Violation, limits};

/// The counters of one chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Our side of the chat.
    pub(crate) role: Role,
    /// Messages created by us: the raw number of the next.
    pub(crate) sent: u32,
    /// Messages of the peer processed in order: the raw number expected next.
    pub(crate) received: u32,
    /// Messages of ours the peer has confirmed.
    pub(crate) acknowledged: u32,
}

/// What to do with a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Messages before it are missing.
    Ahead { raw: u32, seen: u32 },
    /// It was processed before.
    Duplicate,
    /// It is the next one.
    Next { raw: u32, seen: u32 },
}

/// The lowest bit of `out_seq_no` in messages from this side.
pub(crate) const fn parity(sender: Role) -> i32 {
    match sender {
        Role::Initiator => 1,
        Role::Responder => 0,
    }
}

/// A raw number as the sender writes it into `out_seq_no`.
pub(crate) fn wire(sender: Role, raw: u32) -> i32 {
    i32::try_from(raw).unwrap_or(i32::MAX).saturating_mul(2).saturating_add(parity(sender))
}

/// Whether `sender` can have written this `out_seq_no`, and which raw number it is.
pub(crate) fn raw(sender: Role, wire: i32) -> Option<u32> {
    u32::try_from(wire).ok().filter(|_| wire & 1 == parity(sender)).map(|wire| wire / 2)
}

impl Sequence {
    pub(crate) const fn new(role: Role) -> Self {
        Self { role, sent: 0, received: 0, acknowledged: 0 }
    }

    /// `in_seq_no` of a message of ours that is created after `received` messages of the peer.
    pub(crate) fn wire_in(&self, received: u32) -> i32 {
        wire(self.role.opposite(), received)
    }

    /// `out_seq_no` of our message `raw`.
    pub(crate) fn wire_out(&self, raw: u32) -> i32 {
        wire(self.role, raw)
    }

    /// Judges the numbers of a received message.
    ///
    /// # Errors
    /// The chat has to be given up: the numbers were not written by our peer for us.
    pub(crate) fn judge(&self, wire_in: i32, wire_out: i32) -> Result<Verdict, Violation> {
        let number = raw(self.role.opposite(), wire_out).ok_or(Violation::Parity)?;
        let seen = raw(self.role, wire_in).ok_or(Violation::Parity)?;
        if number >= limits::MAX_RAW_SEQ_NO - 1 {
            return Err(Violation::Exhausted);
        }
        Ok(match number.cmp(&self.received) {
            std::cmp::Ordering::Less => Verdict::Duplicate,
            std::cmp::Ordering::Equal => Verdict::Next { raw: number, seen },
            std::cmp::Ordering::Greater => Verdict::Ahead { raw: number, seen },
        })
    }

    /// Checks the acknowledgement of the next message: it never goes back and covers only what was sent.
    pub(crate) fn check_seen(&self, seen: u32) -> Result<(), Violation> {
        if seen < self.acknowledged || seen > self.sent { Err(Violation::Acknowledgement) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        // A creates the chat. Raw (received, sent) of the sender at each step, and the wire values.
        let steps = [
            (Role::Initiator, 0, 0, 0, 1),
            (Role::Responder, 0, 0, 1, 0),
            (Role::Initiator, 1, 1, 2, 3),
            (Role::Responder, 2, 1, 5, 2),
            (Role::Initiator, 2, 2, 4, 5),
            (Role::Initiator, 2, 3, 4, 7),
            (Role::Responder, 2, 2, 5, 4),
        ];
        for (role, received, sent, wire_in, wire_out) in steps {
            let sequence = Sequence { role, sent, received, acknowledged: 0 };
            assert_eq!((sequence.wire_in(received), sequence.wire_out(sent)), (wire_in, wire_out));
        }
        let b = Sequence { role: Role::Responder, sent: 2, received: 2, acknowledged: 1 };
        assert_eq!(b.judge(4, 7), Ok(Verdict::Ahead { raw: 3, seen: 2 }));
        assert_eq!(wire(Role::Initiator, 2), 5, "what B asks for again");
        assert_eq!(b.judge(4, 5), Ok(Verdict::Next { raw: 2, seen: 2 }));
        assert_eq!(b.judge(2, 3), Ok(Verdict::Duplicate));
    }

    #[test]
    fn a_number_comes_back_from_the_wire_and_only_as_its_senders() {
        let most = limits::MAX_RAW_SEQ_NO - 1;
        for number in (0..5000).chain(most - 5000..=most) {
            for sender in [Role::Initiator, Role::Responder] {
                let written = wire(sender, number);
                assert_eq!(raw(sender, written), Some(number));
                assert_eq!(raw(sender.opposite(), written), None);
                assert_eq!(raw(sender, written.wrapping_neg().min(-1)), None);
            }
        }
        // Beyond what is ever used nothing wraps around to a small number.
        for number in [most + 1, i32::MAX as u32, u32::MAX] {
            assert!(wire(Role::Responder, number) >= i32::MAX - 1, "{number}");
        }
    }

    proptest::proptest! {
        /// The rule in other words: numbers of 64 bits, which nothing can overflow.
        #[test]
        fn a_verdict_is_what_the_rule_says(
            creator: bool,
            sent in 0_u32..20,
            received in 0_u32..20,
            numbers in proptest::prop_oneof![(-5_i32..50, -5_i32..50), (proptest::num::i32::ANY, proptest::num::i32::ANY)],
        ) {
            let role = if creator { Role::Initiator } else { Role::Responder };
            let sequence = Sequence { role, sent, received, acknowledged: 0 };
            let (wire_in, wire_out) = numbers;
            // The creator writes odd numbers; what it is told of its own messages is odd as well.
            let (own, peer) = if creator { (1, 0) } else { (0, 1) };
            let (seen, number) = (i64::from(wire_in) - own, i64::from(wire_out) - peer);
            let possible = seen >= 0 && number >= 0 && seen % 2 == 0 && number % 2 == 0;
            let verdict = sequence.judge(wire_in, wire_out);
            if !possible {
                proptest::prop_assert_eq!(verdict, Err(Violation::Parity));
            } else if number / 2 >= i64::from(limits::MAX_RAW_SEQ_NO) - 1 {
                proptest::prop_assert_eq!(verdict, Err(Violation::Exhausted));
            } else {
                let (raw, seen) = ((number / 2) as u32, (seen / 2) as u32);
                let expected = match number / 2 - i64::from(received) {
                    ..0 => Verdict::Duplicate,
                    0 => Verdict::Next { raw, seen },
                    1.. => Verdict::Ahead { raw, seen },
                };
                proptest::prop_assert_eq!(verdict, Ok(expected));
            }
        }
    }

    #[test]
    fn wrong_parity_and_impossible_numbers_are_violations() {
        let b = Sequence { role: Role::Responder, sent: 2, received: 2, acknowledged: 1 };
        for (wire_in, wire_out) in [(4, 4), (5, 5), (-4, 5), (4, -5), (1, 2)] {
            assert_eq!(b.judge(wire_in, wire_out), Err(Violation::Parity), "{wire_in} {wire_out}");
        }
        assert_eq!(b.judge(4, i32::MAX), Err(Violation::Exhausted));
        assert_eq!(b.check_seen(0), Err(Violation::Acknowledgement));
        assert_eq!(b.check_seen(3), Err(Violation::Acknowledgement));
        assert_eq!((b.check_seen(1), b.check_seen(2)), (Ok(()), Ok(())));
    }
}
