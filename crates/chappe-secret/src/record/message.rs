//! Messages on their way, and what is remembered of those that arrived: a record each.

use chappe_crypto::KeyFingerprint;
use zeroize::Zeroizing;

use super::{Bytes, RecordError, Result, done, get_file, get_option, open, put_file, put_option, start};
use crate::state::{Outbound, OutboundKind, Pending};
use crate::timers::{Lifetime, Timer};
use crate::{EncryptedMessage, InputFile, RandomId, SecretChatId, SecretLayer};
use chappe_tl::Writer;

impl Outbound {
    pub(crate) fn encode(&self) -> Bytes {
        let mut w = start(self.data.len() + 192);
        w.i64(self.random_id.0);
        w.i64(self.outer);
        w.u32(self.received);
        w.u32(match self.kind {
            OutboundKind::Service => 0,
            OutboundKind::Deleted => 1,
            OutboundKind::Content { silent: false } => 2,
            OutboundKind::Content { silent: true } => 3,
        });
        w.bool(self.sent);
        w.bool(self.told);
        match &self.file {
            None => w.u32(0),
            Some(InputFile::Big { id, parts, key_fingerprint }) => {
                w.u32(1);
                w.i64(*id);
                w.i32(*parts);
                w.i32(*key_fingerprint);
            }
            Some(InputFile::Stored { id, access_hash }) => {
                w.u32(2);
                w.i64(*id);
                w.i64(*access_hash);
            }
            Some(InputFile::Uploaded { id, parts, md5_checksum, key_fingerprint }) => {
                w.u32(3);
                w.i64(*id);
                w.i32(*parts);
                w.bytes(md5_checksum.as_bytes());
                w.i32(*key_fingerprint);
            }
        }
        w.bytes(&self.data);
        done(w)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = open(bytes)?;
        let outbound = Self {
            random_id: RandomId(r.i64()?),
            outer: r.i64()?,
            received: r.u32()?,
            kind: match r.u32()? {
                0 => OutboundKind::Service,
                1 => OutboundKind::Deleted,
                2 => OutboundKind::Content { silent: false },
                3 => OutboundKind::Content { silent: true },
                _ => return Err(RecordError::Damaged),
            },
            sent: r.bool()?,
            told: r.bool()?,
            file: match r.u32()? {
                0 => None,
                1 => Some(InputFile::Big { id: r.i64()?, parts: r.i32()?, key_fingerprint: r.i32()? }),
                2 => Some(InputFile::Stored { id: r.i64()?, access_hash: r.i64()? }),
                3 => Some(InputFile::Uploaded {
                    id: r.i64()?,
                    parts: r.i32()?,
                    md5_checksum: r.string()?,
                    key_fingerprint: r.i32()?,
                }),
                _ => return Err(RecordError::Damaged),
            },
            data: r.bytes()?.to_vec(),
        };
        r.finish()?;
        Ok(outbound)
    }
}

impl Pending {
    pub(crate) fn encode(&self) -> Bytes {
        let mut w = start(self.body.len() + 128);
        w.u32(self.seen);
        w.i32(self.layer.0);
        w.i32(self.date);
        w.i64(self.outer);
        put_file(&mut w, self.file.as_ref());
        w.i64(self.key.0);
        w.bool(self.obeyed);
        w.bytes(&self.body);
        done(w)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = open(bytes)?;
        let pending = Self {
            seen: r.u32()?,
            layer: SecretLayer(r.i32()?),
            date: r.i32()?,
            outer: r.i64()?,
            file: get_file(&mut r)?,
            key: KeyFingerprint(r.i64()?),
            obeyed: r.bool()?,
            body: Zeroizing::new(r.bytes()?.to_vec()),
        };
        r.finish()?;
        Ok(pending)
    }
}

/// A message that is still encrypted.
pub(crate) fn encode_held(message: &EncryptedMessage) -> Bytes {
    let mut w = start(message.bytes.len() + 128);
    w.i32(message.chat.0);
    w.i64(message.random_id);
    w.i32(message.date);
    w.bytes(&message.bytes);
    put_file(&mut w, message.file.as_ref());
    w.bool(message.service);
    done(w)
}

pub(crate) fn decode_held(bytes: &[u8]) -> Result<EncryptedMessage> {
    let mut r = open(bytes)?;
    let message = EncryptedMessage {
        chat: SecretChatId(r.i32()?),
        random_id: r.i64()?,
        date: r.i32()?,
        bytes: r.bytes()?.to_vec(),
        file: get_file(&mut r)?,
        service: r.bool()?,
    };
    r.finish()?;
    Ok(message)
}

impl Timer {
    pub(crate) fn encode(&self) -> Bytes {
        let mut w = start(64);
        w.i64(self.random_id.0);
        w.u32(self.raw);
        w.bool(self.inbound);
        w.i32(self.date);
        w.bool(self.dated);
        w.i32(self.lifetime.secs);
        w.bool(self.lifetime.opens);
        put_option(&mut w, self.started, Writer::i64);
        done(w)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = open(bytes)?;
        let timer = Self {
            random_id: RandomId(r.i64()?),
            raw: r.u32()?,
            inbound: r.bool()?,
            date: r.i32()?,
            dated: r.bool()?,
            lifetime: Lifetime { secs: r.i32()?, opens: r.bool()? },
            started: get_option(&mut r, |r| Ok(r.i64()?))?,
        };
        r.finish()?;
        Ok(timer)
    }
}

/// Ids of recent messages.
pub(crate) fn encode_names(ids: &[i64]) -> Bytes {
    let mut w = start(ids.len() * 8 + 16);
    w.count(ids.len());
    for id in ids {
        w.i64(*id);
    }
    done(w)
}

pub(crate) fn decode_names(bytes: &[u8]) -> Result<Vec<i64>> {
    let mut r = open(bytes)?;
    let count = r.u32()?;
    let ids = (0..count.min(1024)).map(|_| Ok(r.i64()?)).collect::<Result<_>>()?;
    r.finish()?;
    Ok(ids)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn everything_about_a_message_that_waits_comes_back() {
        let kinds = [
            OutboundKind::Service,
            OutboundKind::Deleted,
            OutboundKind::Content { silent: false },
            OutboundKind::Content { silent: true },
        ];
        for (number, kind) in kinds.into_iter().enumerate() {
            let outbound = Outbound {
                random_id: RandomId(1),
                outer: 2,
                received: 3,
                kind,
                file: Some(InputFile::Stored { id: 4, access_hash: 5 }),
                data: vec![6; 7],
                sent: number % 2 == 0,
                told: number < 2,
            };
            assert!(
                Outbound::decode(&outbound.encode()).ok().is_some_and(|back| back == outbound),
                "{kind:?}"
            );
        }
    }
}
