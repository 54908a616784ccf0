//! Chats as bytes for the store: a format of our own, with a version in front.

use std::collections::BTreeMap;

use chappe_crypto::dh::{DhParams, DhSecret, PrimeCache};
use chappe_crypto::{AuthKey, KeyFingerprint, KeyVisualization, Role};
use chappe_tl::{DecodeError, Reader, Writer};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::sequence::Sequence;
use crate::state::{Chat, Outbound, OutboundKind, Pending, Phase, Rekey, Session};
use crate::{EncryptedFile, EncryptedMessage, InputFile, RandomId, SecretChatId, SecretLayer};

/// Version of all records.
pub(crate) const VERSION: u32 = 1;

/// Why a record was not read.
pub(crate) enum RecordError {
    Damaged,
    Newer(u32),
}

impl From<DecodeError> for RecordError {
    fn from(_: DecodeError) -> Self {
        Self::Damaged
    }
}

impl From<chappe_crypto::Error> for RecordError {
    fn from(_: chappe_crypto::Error) -> Self {
        Self::Damaged
    }
}

type Result<T> = std::result::Result<T, RecordError>;
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// Checks parameters once for all chats that share them.
pub(crate) struct ParamsCache {
    known: Vec<DhParams>,
    primes: PrimeCache,
}

impl ParamsCache {
    pub(crate) fn new() -> Self {
        Self { known: Vec::new(), primes: PrimeCache::new() }
    }

    pub(crate) fn check(
        &mut self,
        g: i32,
        p: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> std::result::Result<DhParams, chappe_crypto::Error> {
        if let Some(params) = self.known.iter().find(|params| params.g() == g && params.p() == p) {
            return Ok(params.clone());
        }
        let params = DhParams::check(g, p, &mut self.primes, rng)?;
        self.known.push(params.clone());
        Ok(params)
    }
}

/// What reading needs besides the bytes.
pub(crate) struct Restore<'a> {
    pub(crate) params: &'a mut ParamsCache,
    pub(crate) rng: &'a mut dyn CryptoRng,
}

fn start(capacity: usize) -> Writer {
    // Room for everything from the start: growing would leave copies of keys behind.
    let mut writer = Writer::append_to(Vec::with_capacity(capacity));
    writer.u32(VERSION);
    writer
}

fn open(bytes: &[u8]) -> Result<Reader<'_>> {
    let mut reader = Reader::new(bytes);
    match reader.u32()? {
        VERSION => Ok(reader),
        0 => Err(RecordError::Damaged),
        version if version > VERSION => Err(RecordError::Newer(version)),
        _ => Err(RecordError::Damaged),
    }
}

fn put_option<T>(writer: &mut Writer, value: Option<T>, put: impl FnOnce(&mut Writer, T)) {
    writer.bool(value.is_some());
    if let Some(value) = value {
        put(writer, value);
    }
}

fn get_option<'a, T>(
    reader: &mut Reader<'a>,
    get: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if reader.bool()? { get(reader).map(Some) } else { Ok(None) }
}

fn get_key(reader: &mut Reader<'_>) -> Result<AuthKey> {
    Ok(AuthKey::from_slice(reader.take(256)?)?)
}

fn put_params(writer: &mut Writer, params: &DhParams) {
    writer.i32(params.g());
    writer.raw(params.p());
}

fn get_params(reader: &mut Reader<'_>, restore: &mut Restore<'_>) -> Result<DhParams> {
    let g = reader.i32()?;
    Ok(restore.params.check(g, reader.take(256)?, restore.rng)?)
}

fn put_secret(writer: &mut Writer, secret: &DhSecret) {
    put_params(writer, secret.params());
    writer.raw(&*secret.to_bytes());
}

fn get_secret(reader: &mut Reader<'_>, restore: &mut Restore<'_>) -> Result<DhSecret> {
    let params = get_params(reader, restore)?;
    let exponent = Zeroizing::new(reader.array::<256>()?);
    Ok(DhSecret::from_bytes(&params, &exponent)?)
}

fn put_file(writer: &mut Writer, file: Option<&EncryptedFile>) {
    put_option(writer, file, |writer, file| {
        writer.i64(file.id);
        writer.i64(file.access_hash);
        writer.i64(file.size);
        writer.i32(file.dc_id);
        writer.i32(file.key_fingerprint);
    });
}

fn get_file(reader: &mut Reader<'_>) -> Result<Option<EncryptedFile>> {
    get_option(reader, |reader| {
        Ok(EncryptedFile {
            id: reader.i64()?,
            access_hash: reader.i64()?,
            size: reader.i64()?,
            dc_id: reader.i32()?,
            key_fingerprint: reader.i32()?,
        })
    })
}

fn done(writer: Writer) -> Bytes {
    Zeroizing::new(writer.into_inner())
}

/// What concerns the whole account.
#[derive(Default)]
pub(crate) struct Account {
    pub(crate) qts: i32,
    /// The server's parameters and their version.
    pub(crate) dh: Option<(i32, DhParams)>,
}

impl Account {
    pub(crate) fn encode(&self) -> Bytes {
        let mut writer = start(512);
        writer.i32(self.qts);
        put_option(&mut writer, self.dh.as_ref(), |writer, (version, params)| {
            writer.i32(*version);
            put_params(writer, params);
        });
        done(writer)
    }

    pub(crate) fn decode(bytes: &[u8], restore: &mut Restore<'_>) -> Result<Self> {
        let mut reader = open(bytes)?;
        let qts = reader.i32()?;
        let dh = get_option(&mut reader, |reader| Ok((reader.i32()?, get_params(reader, restore)?)))?;
        reader.finish()?;
        Ok(Self { qts, dh })
    }
}

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
                w.u32(5);
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
            5 => Phase::Ready(Box::new(Session::get(&mut r, role, restore)?)),
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
            visualization,
            phase,
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
    }

    fn get(r: &mut Reader<'_>, role: Role, restore: &mut Restore<'_>) -> Result<Self> {
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
        session.resend_end = get_option(r, |r| Ok(r.u32()?))?;
        session.gap_since = get_option(r, |r| Ok(r.i64()?))?;
        session.mtproto2_from = get_option(r, |r| Ok(r.u32()?))?;
        session.local_layer = SecretLayer(r.i32()?);
        session.peer_layer = SecretLayer(r.i32()?);
        session.ttl = r.i32()?;
        session.read_wanted = r.i32()?;
        session.read_told = r.i32()?;
        Ok(session)
    }
}

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
