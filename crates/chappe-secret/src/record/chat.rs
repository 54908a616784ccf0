//! A chat as one record.

use std::collections::BTreeMap;

use chappe_crypto::{KeyVisualization, Role};
use chappe_tl::{Reader, Writer};

use super::{
    Bytes, RecordError, Restore, Result, done, get_key, get_option, get_params, get_secret, open, put_option,
    put_params, put_secret, start,
};
use crate::sequence::Sequence;
use crate::state::{Chat, PeerRead, Phase, Rekey, Session};
use crate::timers::Timers;
use crate::{SecretChatId, SecretLayer, limits};

impl Chat {
    pub(crate) fn encode(&self) -> Bytes {
        let mut w = start(2048);
        w.i32(self.id.0);
        w.i32(self.requested.0);
        w.i64(self.access_hash);
        w.i64(self.user_id);
        w.i64(self.user_access_hash);
        w.bool(self.role == Role::Initiator);
        w.i32(self.date);
        w.bool(self.verified);
        put_option(&mut w, self.visualization.as_ref(), |w, shown| w.raw(shown.as_bytes()));
        match &self.phase {
            Phase::Preparing => w.u32(0),
            Phase::Requesting { secret } => {
                w.u32(1);
                put_secret(&mut w, secret);
            }
            Phase::Waiting { secret } => {
                w.u32(2);
                put_secret(&mut w, secret);
            }
            Phase::Requested { g_a, accept_at, accepting } => {
                w.u32(3);
                w.bytes(g_a);
                put_option(&mut w, *accept_at, Writer::i64);
                w.bool(*accepting);
            }
            Phase::Accepting { params, g_b, key } => {
                w.u32(4);
                put_params(&mut w, params);
                w.bytes(g_b);
                w.raw(key.as_bytes());
            }
            Phase::Ready(session) => {
                w.u32(8);
                session.put(&mut w);
            }
            Phase::Discarded { discard } => {
                w.u32(6);
                put_option(&mut w, *discard, Writer::bool);
            }
        }
        done(w)
    }

    pub(crate) fn decode(bytes: &[u8], restore: &mut Restore<'_>) -> Result<Self> {
        let mut r = open(bytes)?;
        let id = SecretChatId(r.i32()?);
        let requested = SecretChatId(r.i32()?);
        let (access_hash, user_id, user_access_hash) = (r.i64()?, r.i64()?, r.i64()?);
        let role = if r.bool()? { Role::Initiator } else { Role::Responder };
        let date = r.i32()?;
        let verified = r.bool()?;
        let visualization = get_option(&mut r, |r| Ok(KeyVisualization::from_bytes(r.array()?)))?;
        let phase = match r.u32()? {
            0 => Phase::Preparing,
            1 => Phase::Requesting { secret: get_secret(&mut r, restore)? },
            2 => Phase::Waiting { secret: get_secret(&mut r, restore)? },
            3 => Phase::Requested {
                g_a: r.bytes()?.to_vec(),
                accept_at: get_option(&mut r, |r| Ok(r.i64()?))?,
                accepting: r.bool()?,
            },
            4 => Phase::Accepting {
                params: get_params(&mut r, restore)?,
                g_b: r.bytes()?.to_vec(),
                key: get_key(&mut r)?,
            },
            tag @ (5 | 7 | 8) => Phase::Ready(Box::new(Session::get(&mut r, role, tag, restore)?)),
            6 => Phase::Discarded { discard: get_option(&mut r, |r| Ok(r.bool()?))? },
            _ => return Err(RecordError::Damaged),
        };
        r.finish()?;
        Ok(Self {
            id,
            requested,
            access_hash,
            user_id,
            user_access_hash,
            role,
            date,
            verified,
            visualization,
            phase,
            timers: Timers::default(),
            held: BTreeMap::new(),
            restored: true,
            typing_told: None,
            scheduled: None,
        })
    }
}

impl Session {
    fn put(&self, w: &mut Writer) {
        put_params(w, &self.params);
        w.raw(self.key.as_bytes());
        put_option(w, self.other.as_ref(), |w, key| w.raw(key.as_bytes()));
        match &self.rekey {
            Rekey::Idle => w.u32(0),
            Rekey::Requested { exchange_id, secret, raw, since } => {
                w.u32(1);
                w.i64(*exchange_id);
                put_secret(w, secret);
                w.u32(*raw);
                w.i64(*since);
            }
            Rekey::Committed { exchange_id } => {
                w.u32(2);
                w.i64(*exchange_id);
            }
            Rekey::Accepted { exchange_id, raw } => {
                w.u32(3);
                w.i64(*exchange_id);
                w.u32(*raw);
            }
            Rekey::Switched { exchange_id } => {
                w.u32(4);
                w.i64(*exchange_id);
            }
        }
        w.u32(self.key_uses);
        w.i64(self.key_since);
        w.u32(self.sequence.sent);
        w.u32(self.sequence.received);
        w.u32(self.sequence.acknowledged);
        put_option(w, self.resend_end, Writer::u32);
        put_option(w, self.gap_since, Writer::i64);
        put_option(w, self.mtproto2_from, Writer::u32);
        w.i32(self.local_layer.0);
        w.i32(self.peer_layer.0);
        w.i32(self.ttl);
        w.i32(self.read_wanted);
        w.i32(self.read_told);
        w.i32(self.peer_read.max_date);
        w.i32(self.peer_read.date);
        w.u32(self.names.count);
        w.i32(self.newest);
        put_option(w, self.rekey_refused, |w, (uses, at)| {
            w.u32(uses);
            w.i64(at);
        });
        w.u32(self.peer_read.before);
    }

    /// `tag`: 5 had no dates of messages and refused rekeys, 7 did not say which messages a reading was about.
    fn get(r: &mut Reader<'_>, role: Role, tag: u32, restore: &mut Restore<'_>) -> Result<Self> {
        let params = get_params(r, restore)?;
        let key = get_key(r)?;
        let mut session = Self::new(role, params, key, 0);
        session.other = get_option(r, get_key)?;
        session.rekey = match r.u32()? {
            0 => Rekey::Idle,
            1 => Rekey::Requested {
                exchange_id: r.i64()?,
                secret: get_secret(r, restore)?,
                raw: r.u32()?,
                since: r.i64()?,
            },
            2 => Rekey::Committed { exchange_id: r.i64()? },
            3 => Rekey::Accepted { exchange_id: r.i64()?, raw: r.u32()? },
            4 => Rekey::Switched { exchange_id: r.i64()? },
            _ => return Err(RecordError::Damaged),
        };
        session.key_uses = r.u32()?;
        session.key_since = r.i64()?;
        session.sequence = Sequence { role, sent: r.u32()?, received: r.u32()?, acknowledged: r.u32()? };
        let Sequence { sent, received, acknowledged, .. } = session.sequence;
        if acknowledged > sent || sent.max(received) >= limits::MAX_RAW_SEQ_NO {
            return Err(RecordError::Damaged);
        }
        session.resend_end = get_option(r, |r| Ok(r.u32()?))?;
        session.gap_since = get_option(r, |r| Ok(r.i64()?))?;
        session.mtproto2_from = get_option(r, |r| Ok(r.u32()?))?;
        session.local_layer = SecretLayer(r.i32()?);
        session.peer_layer = SecretLayer(r.i32()?);
        session.ttl = r.i32()?;
        session.read_wanted = r.i32()?;
        session.read_told = r.i32()?;
        session.peer_read = PeerRead { max_date: r.i32()?, date: r.i32()?, before: sent };
        session.names.count = r.u32()?;
        if tag == 5 {
            session.newest = i32::MAX;
        } else {
            session.newest = r.i32()?;
            session.rekey_refused = get_option(r, |r| Ok((r.u32()?, r.i64()?)))?;
        }
        if tag >= 8 {
            session.peer_read.before = r.u32()?;
        }
        Ok(session)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chappe_crypto::AuthKey;
    use chappe_crypto::dh::DhParams;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::super::ParamsCache;
    use super::*;

    #[test]
    fn everything_that_a_session_must_not_forget_comes_back() {
        let mut session =
            Session::new(Role::Responder, DhParams::known(3).unwrap(), AuthKey::new([1; 256]), 2);
        session.other = Some(AuthKey::new([3; 256]));
        session.rekey = Rekey::Accepted { exchange_id: 4, raw: 5 };
        session.key_uses = 6;
        session.sequence = Sequence { role: Role::Responder, sent: 9, received: 8, acknowledged: 7 };
        session.resend_end = Some(10);
        session.gap_since = Some(11);
        session.mtproto2_from = Some(12);
        (session.local_layer, session.peer_layer) = (SecretLayer(101), SecretLayer(144));
        (session.ttl, session.read_wanted, session.read_told) = (13, 14, 15);
        session.peer_read = PeerRead { max_date: 16, date: 17, before: 5 };
        session.names.count = 18;
        (session.newest, session.rekey_refused) = (19, Some((20, 21)));

        let mut writer = Writer::new();
        session.put(&mut writer);
        let bytes = writer.finish().unwrap();
        let (mut params, mut rng) = (ParamsCache::new(), ChaCha20Rng::seed_from_u64(1));
        let mut restore = Restore { params: &mut params, rng: &mut rng };
        let back = Session::get(&mut Reader::new(&bytes), Role::Responder, 8, &mut restore).ok().unwrap();

        assert_eq!((back.key.as_bytes(), back.other.unwrap().as_bytes()), (&[1; 256], &[3; 256]));
        assert!(matches!(back.rekey, Rekey::Accepted { exchange_id: 4, raw: 5 }));
        assert_eq!((back.key_since, back.key_uses), (2, 6));
        let Sequence { sent, received, acknowledged, .. } = back.sequence;
        assert_eq!((sent, received, acknowledged), (9, 8, 7));
        assert_eq!((back.resend_end, back.gap_since, back.mtproto2_from), (Some(10), Some(11), Some(12)));
        assert_eq!((back.local_layer, back.peer_layer), (SecretLayer(101), SecretLayer(144)));
        assert_eq!((back.ttl, back.read_wanted, back.read_told), (13, 14, 15));
        assert_eq!(back.peer_read, PeerRead { max_date: 16, date: 17, before: 5 });
        assert_eq!(back.names.count, 18);
        assert_eq!((back.newest, back.rekey_refused), (19, Some((20, 21))));

        // What was stored before the last fields were.
        let old = &bytes[..bytes.len() - 4];
        let mut restore = Restore { params: &mut params, rng: &mut rng };
        let back = Session::get(&mut Reader::new(old), Role::Responder, 7, &mut restore).ok().unwrap();
        assert_eq!(back.peer_read, PeerRead { max_date: 16, date: 17, before: 9 });
        let old = &bytes[..bytes.len() - 4 - 4 - 4 - 4 - 8];
        let mut restore = Restore { params: &mut params, rng: &mut rng };
        let back = Session::get(&mut Reader::new(old), Role::Responder, 5, &mut restore).ok().unwrap();
        assert_eq!((back.newest, back.rekey_refused), (i32::MAX, None));
    }
}
