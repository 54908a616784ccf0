//! Chats as bytes for the store: a format of our own, with a version in front.

mod chat;
mod content;
mod message;

pub(crate) use message::{decode_held, decode_names, encode_held, encode_names};

use chappe_crypto::AuthKey;
use chappe_crypto::dh::{DhParams, DhSecret, PrimeCache};
use chappe_tl::{DecodeError, Reader, Writer};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::EncryptedFile;

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
