//! Session texts of Telethon, GramJS, Pyrogram and mtcute.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use chappe_tl::Reader;
use zeroize::Zeroizing;

use super::encoding::{Input, Output};
use super::{SessionError, StoredSession};
use crate::data_centres::{Address, DataCentres};
use crate::limits::MAX_SESSION_STRING_LEN;

/// Whose text it was.
///
/// ```no_run
/// use chappe::{DataCentres, StoredSession, session::ForeignFormat};
///
/// # fn run(text: &str) -> Result<(), chappe::session::SessionError> {
/// let (session, format) = StoredSession::import(text)?;
/// let centres = match format {
///     ForeignFormat::Pyrogram(extras) if extras.test => DataCentres::test(),
///     ForeignFormat::Mtcute { test: true } => DataCentres::test(),
///     _ => DataCentres::production(),
/// };
/// println!("data centre {} of {centres:?}", session.dc_id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignFormat {
    /// GramJS.
    GramJs,
    /// mtcute, versions 2 and 3 of its text.
    Mtcute {
        /// Whether the login belongs to the test servers.
        test: bool,
    },
    /// Pyrogram and its descendants.
    Pyrogram(PyrogramExtras),
    /// Telethon, version 1.
    Telethon,
}

/// What a Pyrogram text says besides the login.
///
/// ```no_run
/// use chappe::{StoredSession, session::ForeignFormat};
///
/// # fn run(text: &str) -> Result<(), chappe::session::SessionError> {
/// if let (_, ForeignFormat::Pyrogram(extras)) = StoredSession::import(text)? {
///     println!("made with the api_id {:?}", extras.api_id); // go on with the same one
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PyrogramExtras {
    /// The program that logged in; absent from older texts.
    pub api_id: Option<u32>,
    /// Whether the login belongs to the test servers.
    pub test: bool,
}

/// A Telethon text with an IPv4 address, decoded.
const TELETHON_IPV4_LEN: usize = 1 + 4 + 2 + 256;
/// A Telethon text with an IPv6 address, decoded.
const TELETHON_IPV6_LEN: usize = 1 + 16 + 2 + 256;
/// A GramJS text without the host, decoded.
const GRAMJS_REST_LEN: usize = 1 + 2 + 2 + 256;
/// The longest host that GramJS itself takes for one.
const GRAMJS_MAX_HOST_LEN: usize = 100;
/// The port that Pyrogram, which stores none, connects to.
const DEFAULT_PORT: u16 = 443;

impl StoredSession {
    /// Reads the session text of another library.
    ///
    /// The address in it is kept for information only: a client connects where its
    /// [`DataCentres`] say.
    ///
    /// ```no_run
    /// use chappe::{Client, MemorySession, StoredSession};
    ///
    /// # async fn run() -> Result<(), chappe::Error> {
    /// let text = std::env::var("TELETHON_SESSION").unwrap_or_default();
    /// let (stored, format) = StoredSession::import(&text)?;
    /// println!("a login of {format:?}");
    /// let session = MemorySession::with_stored(stored);
    /// let client = Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
    /// println!("{}", client.me().await?.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Text`] if it is not one, or is damaged.
    pub fn import(text: &str) -> Result<(Self, ForeignFormat), SessionError> {
        let text = text.trim();
        if text.len() > MAX_SESSION_STRING_LEN {
            return Err(SessionError::Text { reason: "it is too long" });
        }
        if text.is_empty() {
            return Err(SessionError::Text { reason: "it is empty" });
        }
        let parsed = match text.strip_prefix('1') {
            Some(body) => {
                let bytes = decode(body, true)?;
                match bytes.len() {
                    TELETHON_IPV4_LEN => read_telethon(&bytes, false),
                    // GramJS with a host of 14 letters is as long as Telethon with IPv6. Its length field tells:
                    // no public IPv6 address begins with so small a number.
                    TELETHON_IPV6_LEN if gramjs_host_len(&bytes) != Some(14) => read_telethon(&bytes, true),
                    _ => read_gramjs(&bytes),
                }
            }
            None => {
                // mtcute has had padding at times.
                let bytes = decode(text.trim_end_matches('='), false)?;
                let wide = match bytes.len() {
                    263 => Some((false, false)),
                    267 => Some((false, true)),
                    271 => Some((true, true)),
                    _ => None,
                };
                match wide {
                    Some((api_id, wide)) => read_pyrogram(&bytes, api_id, wide),
                    None => read_mtcute(&bytes),
                }
            }
        };
        parsed.ok_or(SessionError::Text { reason: "its length or a field does not fit any known library" })
    }

    /// As a text for Telethon. Secret. `None` if the address is a name, for which that format has no place, or the data
    /// centre is none of the five that have accounts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// // For a script in Python that shares this login; not at the same time.
    /// if let Some(text) = client.stored_session().await.and_then(|session| session.to_telethon()) {
    ///     println!("{}", *text);
    /// }
    /// # }
    /// ```
    pub fn to_telethon(&self) -> Option<Zeroizing<String>> {
        let mut out = Output::default();
        out.u8(self.home()?);
        match self.address.ip()? {
            IpAddr::V4(ip) => out.raw(&ip.octets()),
            IpAddr::V6(ip) => out.raw(&ip.octets()),
        }
        out.raw(&self.address.port().to_be_bytes());
        out.raw(self.auth_key.as_bytes());
        Some(text("1", &URL_SAFE, &out.finish()))
    }

    /// As a text for GramJS. Secret. `None` if the address is too long, or the data centre is none of the five that have
    /// accounts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// if let Some(text) = client.stored_session().await.and_then(|session| session.to_gramjs()) {
    ///     println!("new StringSession(\"{}\")", *text);
    /// }
    /// # }
    /// ```
    pub fn to_gramjs(&self) -> Option<Zeroizing<String>> {
        let host = self.address.host().as_bytes();
        if host.len() > GRAMJS_MAX_HOST_LEN {
            return None;
        }
        let mut out = Output::default();
        out.u8(self.home()?);
        out.raw(&u16::try_from(host.len()).ok()?.to_be_bytes());
        out.raw(host);
        out.raw(&self.address.port().to_be_bytes());
        out.raw(self.auth_key.as_bytes());
        Some(text("1", &STANDARD, &out.finish()))
    }

    /// The data centre, if a text can name it.
    fn home(&self) -> Option<u8> {
        u8::try_from(self.dc_id).ok().filter(|dc| HOMES.contains(dc))
    }

    /// As a text for Pyrogram. Secret. `None` if nobody is logged in, or the data centre is none of the five that have
    /// accounts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// if let Some(text) = client.stored_session().await.and_then(|session| session.to_pyrogram(12345, false)) {
    ///     println!("{}", *text);
    /// }
    /// # }
    /// ```
    pub fn to_pyrogram(&self, api_id: u32, test: bool) -> Option<Zeroizing<String>> {
        let mut out = Output::default();
        out.u8(self.home()?);
        out.raw(&api_id.to_be_bytes());
        out.bool(test);
        out.raw(self.auth_key.as_bytes());
        out.raw(&self.user_id?.to_be_bytes());
        out.bool(self.is_bot);
        Some(text("", &URL_SAFE_NO_PAD, &out.finish()))
    }
}

/// What mtcute calls version 3 of its text, and what it called version 2.
const MTCUTE_VERSIONS: std::ops::RangeInclusive<u8> = 2..=3;
const MTCUTE_SELF: i32 = 1;
const MTCUTE_TEST: i32 = 2;
const MTCUTE_MEDIA: i32 = 4;
/// `boolTrue#997275b5 = Bool`
const BOOL_TRUE: u32 = 0x9972_75b5;
/// `boolFalse#bc799737 = Bool`
const BOOL_FALSE: u32 = 0xbc79_9737;

fn text(prefix: &str, engine: &impl base64::Engine, bytes: &[u8]) -> Zeroizing<String> {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 8);
    text.push_str(prefix);
    engine.encode_string(bytes, &mut text);
    Zeroizing::new(text)
}

/// Both alphabets. Where there is padding it must be right: it tells a whole text from a cut one.
fn decode(text: &str, padded: bool) -> Result<Zeroizing<Vec<u8>>, SessionError> {
    let body = text.trim_end_matches('=');
    if text.len() - body.len() > 2 || (padded && !text.len().is_multiple_of(4)) || (!padded && body != text) {
        return Err(SessionError::Text { reason: "it is not base64" });
    }
    let unified: Zeroizing<Vec<u8>> = Zeroizing::new(
        body.bytes()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                byte => byte,
            })
            .collect(),
    );
    let bytes =
        URL_SAFE_NO_PAD.decode(&*unified).map_err(|_| SessionError::Text { reason: "it is not base64" })?;
    Ok(Zeroizing::new(bytes))
}

/// Those that have accounts. Other numbers are of content delivery networks.
const HOMES: std::ops::RangeInclusive<u8> = 1..=5;

fn dc_id(input: &mut Input<'_>) -> Option<i32> {
    input.u8().filter(|dc| HOMES.contains(dc)).map(i32::from)
}

fn read_telethon(bytes: &[u8], ipv6: bool) -> Option<(StoredSession, ForeignFormat)> {
    let mut input = Input::new(bytes);
    let dc_id = dc_id(&mut input)?;
    let ip = match ipv6 {
        false => IpAddr::V4(Ipv4Addr::from(input.array::<4>()?)),
        true => IpAddr::V6(Ipv6Addr::from(input.array::<16>()?)),
    };
    let port = input.array().map(u16::from_be_bytes)?;
    let key = input.auth_key()?;
    let address = Address::new(ip.to_string(), port).ok()?;
    input.is_empty().then(|| (StoredSession::new(dc_id, address, key), ForeignFormat::Telethon))
}

/// A version, flags, then in TL: the data centre, the one for media, who it is, the key.
fn read_mtcute(bytes: &[u8]) -> Option<(StoredSession, ForeignFormat)> {
    let (version, rest) = bytes.split_first().filter(|(version, _)| MTCUTE_VERSIONS.contains(version))?;
    let mut reader = Reader::new(rest);
    let flags = reader.i32().ok()?;
    let (dc_id, address, test_centre) = mtcute_centre(reader.bytes().ok()?)?;
    if flags & MTCUTE_MEDIA != 0 {
        mtcute_centre(reader.bytes().ok()?)?;
    }
    let user = match flags & MTCUTE_SELF {
        0 => None,
        _ => {
            let user_id = reader.i64().ok().filter(|id| *id > 0)?;
            let is_bot = match reader.u32().ok()? {
                BOOL_TRUE => true,
                BOOL_FALSE => false,
                _ => return None,
            };
            Some((user_id, is_bot))
        }
    };
    let key = reader.bytes().ok()?;
    let mut key = Input::new(key);
    let auth_key = key.auth_key()?;
    reader.finish().ok().filter(|()| key.is_empty())?;
    let mut stored = StoredSession::new(dc_id, address, auth_key);
    stored.user_id = user.map(|(user_id, _)| user_id);
    stored.is_bot = user.is_some_and(|(_, is_bot)| is_bot);
    let test = test_centre || (*version == 2 && flags & MTCUTE_TEST != 0);
    Some((stored, ForeignFormat::Mtcute { test }))
}

/// A version, the number, flags (IPv6, media, test), then in TL: the address and the port.
fn mtcute_centre(bytes: &[u8]) -> Option<(i32, Address, bool)> {
    let ([version @ 1..=2, number @ 1..=5, flags], rest) = bytes.split_first_chunk()? else { return None };
    let mut reader = Reader::new(rest);
    let host = std::str::from_utf8(reader.bytes().ok()?).ok()?;
    let port = u16::try_from(reader.i32().ok()?).ok()?;
    reader.finish().ok()?;
    Some((i32::from(*number), Address::new(host, port).ok()?, *version == 2 && flags & 4 != 0))
}

fn gramjs_host_len(bytes: &[u8]) -> Option<usize> {
    let field: &[u8; 2] = bytes.get(1..)?.first_chunk()?;
    Some(u16::from_be_bytes(*field).into())
}

fn read_gramjs(bytes: &[u8]) -> Option<(StoredSession, ForeignFormat)> {
    let mut input = Input::new(bytes);
    let dc_id = dc_id(&mut input)?;
    let host_len = usize::from(input.array().map(u16::from_be_bytes)?);
    if host_len > GRAMJS_MAX_HOST_LEN || bytes.len() != GRAMJS_REST_LEN + host_len {
        return None;
    }
    let host = std::str::from_utf8(input.take(host_len)?).ok()?;
    // GramJS reads the port as signed, but the bits are the same.
    let port = input.array().map(u16::from_be_bytes)?;
    let key = input.auth_key()?;
    let address = Address::new(host, port).ok()?;
    input.is_empty().then(|| (StoredSession::new(dc_id, address, key), ForeignFormat::GramJs))
}

fn read_pyrogram(bytes: &[u8], has_api_id: bool, wide: bool) -> Option<(StoredSession, ForeignFormat)> {
    let mut input = Input::new(bytes);
    let dc_id = dc_id(&mut input)?;
    let api_id = if has_api_id { Some(input.array().map(u32::from_be_bytes)?) } else { None };
    let test = input.bool()?;
    let key = input.auth_key()?;
    let user_id = match wide {
        true => input.array().map(i64::from_be_bytes)?,
        false => input.array().map(u32::from_be_bytes)?.into(),
    };
    let is_bot = input.bool()?;
    let known = if test { DataCentres::test() } else { DataCentres::production() };
    let address = match known.address(dc_id) {
        Some(address) => address.clone(),
        None => Address::new(known.address(known.first())?.host(), DEFAULT_PORT).ok()?,
    };
    let mut stored = StoredSession::new(dc_id, address, key);
    stored.user_id = (user_id > 0).then_some(user_id);
    stored.is_bot = is_bot;
    let extras = PyrogramExtras { api_id, test };
    input.is_empty().then_some((stored, ForeignFormat::Pyrogram(extras)))
}
