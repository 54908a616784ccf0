//! The update counters of Telegram (pts, qts, seq) and gap recovery, without I/O.
