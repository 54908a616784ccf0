//! The methods that take another query as their argument.
//!
//! ```text
//! invokeWithLayer(initConnection(invokeAfterMsg(gzip_packed(query))))
//! ```
//!
//! The documentation and the clients disagree about the order. So [`peel`] takes any, and the writers leave
//! the order to the caller; ours is layer, init, then the others.
//!
//! Source: <https://core.telegram.org/api/invoking>

use std::borrow::Cow;

use super::gzip::{self, GzipError};
use chappe_tl::{DecodeError, EncodeError, Reader, Writer};

/// Wrappers around one query, gzip included, at most.
const MAX_DEPTH: usize = 8;

/// Ids that one `invokeAfterMsgs` may name.
const MAX_PREDECESSORS: usize = 128;

/// Constructor ids of the wrappers.
#[allow(missing_docs)]
pub mod ids {
    pub const INVOKE_AFTER_MSG: u32 = 0xcb9f_372d;
    pub const INVOKE_AFTER_MSGS: u32 = 0x3dc4_b4f0;
    pub const INIT_CONNECTION: u32 = 0xc1cd_5ea9;
    pub const INVOKE_WITH_LAYER: u32 = 0xda9b_0d0d;
    pub const INVOKE_WITHOUT_UPDATES: u32 = 0xbf94_59b7;
    pub const INVOKE_WITH_MESSAGES_RANGE: u32 = 0x3652_75f2;
    pub const INVOKE_WITH_TAKEOUT: u32 = 0xaca9_fd2e;
    pub const INVOKE_WITH_BUSINESS_CONNECTION: u32 = 0xdd28_9f8e;
    pub const INVOKE_WITH_GOOGLE_PLAY_INTEGRITY: u32 = 0x1df9_2984;
    pub const INVOKE_WITH_APNS_SECRET: u32 = 0x0dae_54f8;
    pub const INVOKE_WITH_RE_CAPTCHA: u32 = 0xadbb_0f94;
    pub const MESSAGE_RANGE: u32 = 0x0ae3_0253;
    pub const INPUT_CLIENT_PROXY: u32 = 0x7558_8b3f;
    pub const JSON_NULL: u32 = 0x3f6d_7b68;
    pub const JSON_BOOL: u32 = 0xc734_5e6a;
    pub const JSON_NUMBER: u32 = 0x2be0_dfa4;
    pub const JSON_STRING: u32 = 0xb71e_767a;
    pub const JSON_ARRAY: u32 = 0xf744_4763;
    pub const JSON_OBJECT: u32 = 0x99c1_d49d;
    pub const JSON_OBJECT_VALUE: u32 = 0xc0de_1bd9;
}

/// What `initConnection` says about the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitConnection {
    /// Number of the registered application.
    pub api_id: i32,
    /// Model of the device.
    pub device_model: String,
    /// Version of the operating system.
    pub system_version: String,
    /// Version of the application.
    pub app_version: String,
    /// Language of the system.
    pub system_lang_code: String,
    /// Name of the language pack; empty for all but official applications.
    pub lang_pack: String,
    /// Language of the application.
    pub lang_code: String,
}

/// A query without its wrappers, and what they said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// From `invokeWithLayer`.
    pub layer: Option<i32>,
    /// From `initConnection`.
    pub init: Option<InitConnection>,
    /// Ids from `invokeAfterMsg` and `invokeAfterMsgs`.
    pub after: Vec<i64>,
    /// `invokeWithoutUpdates`: this session wants no updates.
    pub without_updates: bool,
    /// From `invokeWithMessagesRange`: lowest and highest message id.
    pub messages_range: Option<(i32, i32)>,
    /// From `invokeWithTakeout`.
    pub takeout_id: Option<i64>,
    /// From `invokeWithBusinessConnection`.
    pub business_connection_id: Option<String>,
    /// TL bytes of the query itself.
    pub query: Vec<u8>,
}

impl Call {
    /// The constructor id of the query.
    pub fn method_id(&self) -> Option<u32> {
        self.query.first_chunk().map(|id| u32::from_le_bytes(*id))
    }
}

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
        let inner = if id == super::service::ids::GZIP_PACKED {
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

fn prefixed(head: Writer, query: &[u8]) -> Vec<u8> {
    let mut bytes = head.into_inner();
    bytes.extend_from_slice(query);
    bytes
}

/// `invokeAfterMsg#cb9f372d msg_id:long query:!X = X`
pub fn invoke_after_msg(msg_id: i64, query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_AFTER_MSG);
    head.i64(msg_id);
    prefixed(head, query)
}

/// `invokeAfterMsgs#3dc4b4f0 msg_ids:Vector<long> query:!X = X`
pub fn invoke_after_msgs(msg_ids: &[i64], query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_AFTER_MSGS);
    head.vector(msg_ids);
    prefixed(head, query)
}

/// `invokeWithLayer#da9b0d0d layer:int query:!X = X`
pub fn invoke_with_layer(layer: i32, query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_WITH_LAYER);
    head.i32(layer);
    prefixed(head, query)
}

/// `invokeWithoutUpdates#bf9459b7 query:!X = X`
pub fn invoke_without_updates(query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_WITHOUT_UPDATES);
    prefixed(head, query)
}

/// `initConnection#c1cd5ea9 flags:# api_id:int device_model:string system_version:string app_version:string
/// system_lang_code:string lang_pack:string lang_code:string query:!X = X`, without the optional fields.
///
/// # Errors
/// One of the texts has 16 MiB or more.
pub fn init_connection(init: &InitConnection, query: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut head = Writer::new();
    head.u32(ids::INIT_CONNECTION);
    head.u32(0);
    head.i32(init.api_id);
    for text in [
        &init.device_model,
        &init.system_version,
        &init.app_version,
        &init.system_lang_code,
        &init.lang_pack,
        &init.lang_code,
    ] {
        head.bytes(text.as_bytes());
    }
    head.raw(query);
    head.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: [u8; 8] = *b"\x6b\x18\xf9\xc4rest";

    fn init() -> InitConnection {
        InitConnection {
            api_id: 7,
            device_model: "machine".into(),
            system_version: "1".into(),
            app_version: "2".into(),
            system_lang_code: "en".into(),
            lang_pack: String::new(),
            lang_code: "de".into(),
        }
    }

    #[test]
    fn wrappers_come_off_in_any_order() {
        let orders = [
            invoke_with_layer(198, &init_connection(&init(), &invoke_after_msg(8, &QUERY)).unwrap()),
            invoke_after_msg(8, &invoke_with_layer(198, &init_connection(&init(), &QUERY).unwrap())),
            init_connection(&init(), &invoke_after_msgs(&[8], &invoke_with_layer(198, &QUERY))).unwrap(),
        ];
        for wrapped in orders {
            let call = peel(&wrapped, 1000).unwrap();
            assert_eq!((call.layer, call.init.as_ref(), &call.after), (Some(198), Some(&init()), &vec![8]));
            assert_eq!(call.query, QUERY);
            assert_eq!(call.method_id(), Some(0xc4f9_186b));
            assert!(!call.without_updates);
            for len in 0..wrapped.len() - QUERY.len() {
                assert!(peel(&wrapped[..len], 1000).is_err(), "cut at {len}");
            }
        }
    }

    #[test]
    fn optional_fields_of_init_connection_are_read_over() {
        let mut head = Writer::new();
        head.u32(ids::INIT_CONNECTION);
        head.u32(3);
        head.i32(7);
        for text in ["machine", "1", "2", "en", "", "de"] {
            head.bytes(text.as_bytes());
        }
        head.u32(ids::INPUT_CLIENT_PROXY);
        head.bytes(b"proxy.example");
        head.i32(443);
        head.u32(ids::JSON_OBJECT);
        head.u32(chappe_tl::wire::VECTOR);
        head.count(2);
        head.u32(ids::JSON_OBJECT_VALUE);
        head.bytes(b"tz_offset");
        head.u32(ids::JSON_NUMBER);
        head.raw(&3600.0_f64.to_le_bytes());
        head.u32(ids::JSON_OBJECT_VALUE);
        head.bytes(b"list");
        head.u32(ids::JSON_ARRAY);
        head.u32(chappe_tl::wire::VECTOR);
        head.count(2);
        head.u32(ids::JSON_NULL);
        head.u32(ids::JSON_BOOL);
        head.bool(true);
        head.raw(&QUERY);
        let call = peel(&head.finish().unwrap(), 1000).unwrap();
        assert_eq!((call.init, call.query), (Some(init()), QUERY.to_vec()));
    }

    #[test]
    fn nested_json_does_not_exhaust_the_stack() {
        let mut head = Writer::new();
        head.u32(ids::INIT_CONNECTION);
        head.u32(2);
        head.raw(&[0; 28]);
        for _ in 0..100_000 {
            head.u32(ids::JSON_ARRAY);
            head.u32(chappe_tl::wire::VECTOR);
            head.count(1);
        }
        assert_eq!(peel(&head.finish().unwrap(), 1000), Err(PeelError::Tl(DecodeError::TooDeep)));
    }

    #[test]
    fn a_packed_query_may_stand_inside_the_wrappers_once() {
        let long: Vec<u8> = QUERY.into_iter().chain([0; 1000]).collect();
        let packed = gzip::pack(&long).unwrap();
        let call = peel(&invoke_with_layer(232, &packed), 2000).unwrap();
        assert_eq!((call.layer, call.query), (Some(232), long.clone()));
        let around = gzip::pack(&invoke_with_layer(232, &long)).unwrap();
        assert_eq!(peel(&around, 2000).unwrap().query, long);
        assert_eq!(peel(&around, 500), Err(PeelError::Gzip(GzipError::TooLong { max: 500 })));
        let twice = gzip::pack(&invoke_with_layer(232, &gzip::pack(&long).unwrap().repeat(9))).unwrap();
        assert!(peel(&twice, 20_000).is_err());
    }

    #[test]
    fn a_wrapper_may_come_once() {
        let twice = invoke_with_layer(1, &invoke_with_layer(2, &QUERY));
        assert_eq!(peel(&twice, 1000), Err(PeelError::Repeated { id: ids::INVOKE_WITH_LAYER }));
    }
}
