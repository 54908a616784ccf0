//! Taking wrappers off.

use std::borrow::Cow;

use chappe_tl::{DecodeError, Reader};

use super::{Call, InitConnection, ids};
use crate::rpc::gzip::{self, GzipError};
use crate::rpc::service;

/// Wrappers around one query, gzip included, at most.
const MAX_DEPTH: usize = 8;

/// Ids that one `invokeAfterMsgs` may name.
const MAX_PREDECESSORS: usize = 128;

/// Why wrappers cannot be taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeelError {
    /// A packed query is unsound or too long.
    #[error(transparent)]
    Gzip(#[from] GzipError),
    /// A wrapper comes twice.
    #[error("the wrapper {id:#010x} comes twice")]
    Repeated {
        /// Its constructor id.
        id: u32,
    },
    /// A wrapper is broken.
    #[error(transparent)]
    Tl(#[from] DecodeError),
    /// Too many wrappers.
    #[error("more than {MAX_DEPTH} wrappers around one query")]
    TooDeep,
}

/// Takes the wrappers off a query, in whatever order they come. Compressed data in between unpacks to at most
/// `max_unpacked_len` bytes.
///
/// # Errors
/// A wrapper is malformed, comes twice, or there are too many.
///
/// ```
/// use chappe_mtproto::rpc::wrappers::{self, peel};
///
/// let query = 0xc4f9186b_u32.to_le_bytes(); // help.getConfig
/// let wrapped = wrappers::invoke_with_layer(232, &wrappers::invoke_after_msg(8, &query));
/// let call = peel(&wrapped, 1 << 20)?;
/// assert_eq!((call.layer, call.after, call.query), (Some(232), vec![8], query.to_vec()));
/// # Ok::<(), wrappers::PeelError>(())
/// ```
pub fn peel(body: &[u8], max_unpacked_len: usize) -> Result<Call, PeelError> {
    let mut call = Call::default();
    let mut seen: Vec<u32> = Vec::new();
    let mut rest = Cow::Borrowed(body);
    loop {
        let id = Reader::new(&rest).peek_id()?;
        let inner = if id == service::ids::GZIP_PACKED {
            Cow::Owned(gzip::unpack(&rest, max_unpacked_len)?)
        } else {
            let mut reader = Reader::new(&rest);
            if !read_wrapper(&mut reader, &mut call)? {
                break;
            }
            let skipped = rest.len() - reader.remaining();
            match rest {
                Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(skipped..).unwrap_or_default()),
                Cow::Owned(mut bytes) => {
                    bytes.drain(..skipped);
                    Cow::Owned(bytes)
                }
            }
        };
        if seen.contains(&id) {
            return Err(PeelError::Repeated { id });
        }
        seen.push(id);
        if seen.len() > MAX_DEPTH {
            return Err(PeelError::TooDeep);
        }
        rest = inner;
    }
    call.query = rest.into_owned();
    Ok(call)
}

/// Reads the fields of the wrapper that `reader` stands at, up to its query; `false` if it is none.
fn read_wrapper(reader: &mut Reader<'_>, call: &mut Call) -> Result<bool, DecodeError> {
    match reader.u32()? {
        // invokeAfterMsg#cb9f372d {X:Type} msg_id:long query:!X = X
        ids::INVOKE_AFTER_MSG => call.after.push(reader.i64()?),
        // invokeAfterMsgs#3dc4b4f0 {X:Type} msg_ids:Vector<long> query:!X = X
        ids::INVOKE_AFTER_MSGS => {
            let msg_ids = reader.vector::<i64>()?;
            if msg_ids.len() > MAX_PREDECESSORS {
                return Err(DecodeError::VectorTooLong { count: msg_ids.len() as u32 });
            }
            call.after.extend(msg_ids);
        }
        ids::INIT_CONNECTION => call.init = Some(read_init(reader)?),
        // invokeWithLayer#da9b0d0d {X:Type} layer:int query:!X = X
        ids::INVOKE_WITH_LAYER => call.layer = Some(reader.i32()?),
        // invokeWithoutUpdates#bf9459b7 {X:Type} query:!X = X
        ids::INVOKE_WITHOUT_UPDATES => call.without_updates = true,
        // invokeWithMessagesRange#365275f2 {X:Type} range:MessageRange query:!X = X
        ids::INVOKE_WITH_MESSAGES_RANGE => {
            reader.expect_id(ids::MESSAGE_RANGE)?;
            call.messages_range = Some((reader.i32()?, reader.i32()?));
        }
        // invokeWithTakeout#aca9fd2e {X:Type} takeout_id:long query:!X = X
        ids::INVOKE_WITH_TAKEOUT => call.takeout_id = Some(reader.i64()?),
        // invokeWithBusinessConnection#dd289f8e {X:Type} connection_id:string query:!X = X
        ids::INVOKE_WITH_BUSINESS_CONNECTION => call.business_connection_id = Some(reader.string()?),
        // invokeWithGooglePlayIntegrity#1df92984 {X:Type} nonce:string token:string query:!X = X
        // invokeWithApnsSecret#dae54f8 {X:Type} nonce:string secret:string query:!X = X
        ids::INVOKE_WITH_GOOGLE_PLAY_INTEGRITY | ids::INVOKE_WITH_APNS_SECRET => {
            reader.bytes()?;
            reader.bytes()?;
        }
        // invokeWithReCaptcha#adbb0f94 {X:Type} token:string query:!X = X
        ids::INVOKE_WITH_RE_CAPTCHA => {
            reader.bytes()?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// `initConnection#c1cd5ea9 {X:Type} flags:# api_id:int device_model:string system_version:string app_version:string
/// system_lang_code:string lang_pack:string lang_code:string proxy:flags.0?InputClientProxy params:flags.1?JSONValue
/// query:!X = X`
fn read_init(reader: &mut Reader<'_>) -> Result<InitConnection, DecodeError> {
    let flags = reader.u32()?;
    let init = InitConnection {
        api_id: reader.i32()?,
        device_model: reader.string()?,
        system_version: reader.string()?,
        app_version: reader.string()?,
        system_lang_code: reader.string()?,
        lang_pack: reader.string()?,
        lang_code: reader.string()?,
    };
    if flags & 1 != 0 {
        // inputClientProxy#75588b3f address:string port:int = InputClientProxy
        reader.expect_id(ids::INPUT_CLIENT_PROXY)?;
        reader.bytes()?;
        reader.i32()?;
    }
    if flags & 2 != 0 {
        skip_json(reader)?;
    }
    Ok(init)
}

/// Reads over a `JSONValue`.
fn skip_json(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    reader.nested(|reader| match reader.u32()? {
        ids::JSON_NULL => Ok(()),
        ids::JSON_BOOL => reader.bool().map(|_| ()),
        ids::JSON_NUMBER => reader.f64().map(|_| ()),
        ids::JSON_STRING => reader.bytes().map(|_| ()),
        ids::JSON_ARRAY => {
            reader.expect_id(chappe_tl::wire::VECTOR)?;
            let count = reader.count(4)?;
            (0..count).try_for_each(|_| skip_json(reader))
        }
        ids::JSON_OBJECT => {
            reader.expect_id(chappe_tl::wire::VECTOR)?;
            let count = reader.count(12)?;
            (0..count).try_for_each(|_| {
                reader.expect_id(ids::JSON_OBJECT_VALUE)?;
                reader.bytes()?;
                skip_json(reader)
            })
        }
        id => Err(DecodeError::UnexpectedConstructor { id }),
    })
}
