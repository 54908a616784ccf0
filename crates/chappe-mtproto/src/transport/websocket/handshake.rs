//! The HTTP upgrade, enough of it for a client and a server of our own; a driver may use a library instead.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chappe_crypto::hash;
use rand_core::CryptoRng;

use crate::transport::TransportError;
use crate::transport::limits::MAX_HTTP_HEAD_LEN;

/// The path for production data centres.
pub const PATH: &str = "/apiws";
/// The path for test data centres.
pub const TEST_PATH: &str = "/apiws_test";
/// The subprotocol, asked for by the client and echoed by the server.
pub const SUBPROTOCOL: &str = "binary";

/// The constant of RFC 6455 section 1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const fn broken(rule: &'static str) -> TransportError {
    TransportError::WebSocket { rule }
}

/// The value of `Sec-WebSocket-Accept` that answers `Sec-WebSocket-Key`.
///
/// ```
/// use chappe_mtproto::transport::websocket::accept_key;
/// // The example of RFC 6455 section 1.3.
/// assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
pub fn accept_key(key: &str) -> String {
    STANDARD.encode(hash::sha1(&[key.as_bytes(), GUID]))
}

/// A fresh value of `Sec-WebSocket-Key`.
pub fn client_key(rng: &mut (impl CryptoRng + ?Sized)) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    STANDARD.encode(bytes)
}

/// The upgrade request of a client.
pub fn client_request(host: &str, path: &str, key: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    )
    .into_bytes()
}

/// Checks a server's answer to the request with `key`. Returns where the WebSocket begins in `bytes`, or `None` while
/// the head is incomplete.
///
/// # Errors
/// [`TransportError::WebSocket`] for anything but the granted upgrade.
pub fn verify_response(bytes: &[u8], key: &str) -> Result<Option<usize>, TransportError> {
    let Some((head, end)) = head(bytes)? else { return Ok(None) };
    let status = head.split("\r\n").next().unwrap_or_default();
    if !(status.starts_with("HTTP/1.1 101 ") || status == "HTTP/1.1 101") {
        return Err(broken("the server did not grant the upgrade"));
    }
    let upgraded = header(head, "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    if !upgraded || header(head, "sec-websocket-accept") != Some(&accept_key(key)) {
        return Err(broken("the answer of the server does not fit the request"));
    }
    if header(head, "sec-websocket-protocol") != Some(SUBPROTOCOL) {
        return Err(broken("the server did not choose the subprotocol `binary`"));
    }
    Ok(Some(end))
}

/// An upgrade request as a server receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path, without the query.
    pub path: String,
    /// The `Origin` header that browsers send. A test server on a loopback address should look at it.
    pub origin: Option<String>,
    key: String,
    /// Where the WebSocket begins in the bytes.
    pub end: usize,
}

impl Request {
    /// Reads a request; `None` while its head is incomplete.
    ///
    /// # Errors
    /// [`TransportError::WebSocket`] for anything but an upgrade with the subprotocol `binary`.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, TransportError> {
        let Some((head, end)) = head(bytes)? else { return Ok(None) };
        let mut words = head.split("\r\n").next().unwrap_or_default().split(' ');
        let (Some("GET"), Some(target), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(broken("the request is not GET over HTTP/1.1"));
        };
        let has = |name: &str, token: &str| {
            header(head, name)
                .is_some_and(|value| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)))
        };
        if !has("upgrade", "websocket") || !has("connection", "upgrade") {
            return Err(broken("the request does not ask for a WebSocket"));
        }
        if header(head, "sec-websocket-version") != Some("13") {
            return Err(broken("the version of the WebSocket is not 13"));
        }
        if !has("sec-websocket-protocol", SUBPROTOCOL) {
            return Err(broken("the request does not offer the subprotocol `binary`"));
        }
        let key = header(head, "sec-websocket-key")
            .filter(|key| STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16))
            .ok_or(broken("the key of the request is not 16 bytes in base64"))?;
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let origin = header(head, "origin").map(str::to_owned);
        Ok(Some(Self { path, origin, key: key.to_owned(), end }))
    }

    /// Whether the path is one of Telegram's: `Some(true)` for test data centres.
    pub fn is_test(&self) -> Option<bool> {
        match self.path.as_str() {
            PATH => Some(false),
            TEST_PATH => Some(true),
            _ => None,
        }
    }

    /// The answer that grants the upgrade.
    pub fn response(&self) -> Vec<u8> {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\
             Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n",
            accept_key(&self.key)
        )
        .into_bytes()
    }
}

/// The head up to the empty line, and where what follows begins.
fn head(bytes: &[u8]) -> Result<Option<(&str, usize)>, TransportError> {
    let window = bytes.get(..MAX_HTTP_HEAD_LEN).unwrap_or(bytes);
    let Some(end) = window.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if window.len() == MAX_HTTP_HEAD_LEN {
            Err(broken("the HTTP head is longer than 8 KiB"))
        } else {
            Ok(None)
        };
    };
    let head = window.get(..end).and_then(|head| std::str::from_utf8(head).ok());
    head.map(|head| Some((head, end + 4))).ok_or(broken("the HTTP head is not text"))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
