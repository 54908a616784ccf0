use std::fmt;

use rand_core::CryptoRng;

use super::CloseReason;
use crate::transport::buffer::Inbox;
use crate::transport::limits::MAX_WEBSOCKET_LEN;
use crate::transport::{TransportError, TransportErrorCode};

/// Which side this is: clients mask what they send, servers do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebSocketRole {
    /// The side that asked for the upgrade.
    Client,
    /// The side that granted it.
    Server,
}

/// What came over a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebSocketEvent {
    /// The other side closes. The answer has been written; close the connection.
    Close(CloseReason),
    /// The next bytes of the stream.
    Data(Vec<u8>),
    /// An answer to a ping.
    Pong(Vec<u8>),
}

/// The frames of one WebSocket after the upgrade. It owns no socket.
pub struct WebSocket {
    role: WebSocketRole,
    inbox: Inbox,
    /// Length so far of the message whose fragments are arriving.
    fragments: Option<usize>,
    close_sent: bool,
    closed: bool,
    failed: Option<TransportError>,
}

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
/// Longest payload of a control frame, in bytes.
const MAX_CONTROL_LEN: usize = 125;

struct Header {
    opcode: u8,
    fin: bool,
    mask: Option<[u8; 4]>,
    start: usize,
    len: usize,
}

const fn broken(rule: &'static str) -> TransportError {
    TransportError::WebSocket { rule }
}

impl WebSocket {
    /// A WebSocket just after the upgrade.
    pub fn new(role: WebSocketRole) -> Self {
        Self {
            role,
            inbox: Inbox::default(),
            fragments: None,
            close_sent: false,
            closed: false,
            failed: None,
        }
    }

    /// Appends `data` of the stream to `out` as binary frames.
    ///
    /// # Errors
    /// [`TransportError::NotReady`] after a close.
    pub fn send(
        &mut self,
        data: &[u8],
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), TransportError> {
        if self.close_sent {
            return Err(TransportError::NotReady);
        }
        for chunk in data.chunks(MAX_WEBSOCKET_LEN) {
            self.frame(BINARY, chunk, out, rng);
        }
        Ok(())
    }

    /// Appends a ping with up to 125 bytes to `out`.
    pub fn ping(&mut self, payload: &[u8], out: &mut Vec<u8>, rng: &mut (impl CryptoRng + ?Sized)) {
        let payload = payload.get(..MAX_CONTROL_LEN).unwrap_or(payload);
        self.frame(PING, payload, out, rng);
    }

    /// Appends a close frame to `out`, with a transport error if there is one. Only the first close is sent.
    pub fn close(
        &mut self,
        error: Option<TransportErrorCode>,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) {
        if !std::mem::replace(&mut self.close_sent, true) {
            self.frame(CLOSE, &CloseReason::format(error), out, rng);
        }
    }

    fn frame(&self, opcode: u8, payload: &[u8], out: &mut Vec<u8>, rng: &mut (impl CryptoRng + ?Sized)) {
        let masked = if self.role == WebSocketRole::Client { MASKED } else { 0 };
        out.push(FIN | opcode);
        match payload.len() {
            len @ 0..=125 => out.push(masked | len as u8),
            len @ 126..=0xffff => {
                out.push(masked | 126);
                out.extend_from_slice(&(len as u16).to_be_bytes());
            }
            len => {
                out.push(masked | 127);
                out.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        if masked == 0 {
            out.extend_from_slice(payload);
            return;
        }
        let mask = rng.next_u32().to_le_bytes();
        out.extend_from_slice(&mask);
        let start = out.len();
        out.extend_from_slice(payload);
        apply_mask(&mut out[start..], mask);
    }

    /// Takes bytes from the connection. Then call [`WebSocket::poll`] until it returns `None`.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.failed.is_none() && !self.closed {
            self.inbox.push(bytes);
        }
    }

    /// The next thing received. Pings and a close of the other side are answered into `out`.
    ///
    /// # Errors
    /// [`TransportError::WebSocket`] with the broken rule. Close the connection; the same error comes again from then
    /// on.
    pub fn poll(
        &mut self,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Option<WebSocketEvent>, TransportError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.next_event(out, rng);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
            self.inbox.take();
        }
        result
    }

    fn next_event(
        &mut self,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Option<WebSocketEvent>, TransportError> {
        while !self.closed {
            let Some(header) = self.header()? else { return Ok(None) };
            let end = header.start + header.len;
            if self.inbox.unread().len() < end {
                return Ok(None);
            }
            let mut payload = self.inbox.unread().get(header.start..end).unwrap_or_default().to_vec();
            self.inbox.consume(end);
            if let Some(mask) = header.mask {
                apply_mask(&mut payload, mask);
            }
            match header.opcode {
                BINARY | CONTINUATION => {
                    let before = self.fragments.unwrap_or(0);
                    self.fragments = if header.fin { None } else { Some(before + header.len) };
                    if !payload.is_empty() {
                        return Ok(Some(WebSocketEvent::Data(payload)));
                    }
                }
                PING => self.frame(PONG, &payload, out, rng),
                PONG => return Ok(Some(WebSocketEvent::Pong(payload))),
                _ => {
                    self.closed = true;
                    self.inbox.take();
                    if payload.len() == 1 {
                        return Err(broken("a close frame with one byte"));
                    }
                    self.close(None, out, rng);
                    return Ok(Some(WebSocketEvent::Close(CloseReason::parse(&payload))));
                }
            }
        }
        Ok(None)
    }

    /// The header of the next frame, with every rule about headers checked.
    fn header(&self) -> Result<Option<Header>, TransportError> {
        let bytes = self.inbox.unread();
        let Some(&[first, second]) = bytes.first_chunk() else { return Ok(None) };
        let (fin, opcode) = (first & FIN != 0, first & 0x0f);
        if first & 0x70 != 0 {
            return Err(broken("reserved bits are set, but no extension was agreed"));
        }
        let masked = second & MASKED != 0;
        match (self.role, masked) {
            (WebSocketRole::Server, false) => return Err(broken("a client must mask its frames")),
            (WebSocketRole::Client, true) => return Err(broken("a server must not mask its frames")),
            _ => {}
        }
        let (start, len) = match second & 0x7f {
            126 => match bytes.get(2..).and_then(|rest| rest.first_chunk()) {
                Some(len) => (4, u64::from(u16::from_be_bytes(*len))),
                None => return Ok(None),
            },
            127 => match bytes.get(2..).and_then(|rest| rest.first_chunk()) {
                Some(len) => (10, u64::from_be_bytes(*len)),
                None => return Ok(None),
            },
            short => (2, u64::from(short)),
        };
        let before = self.fragments.unwrap_or(0);
        let len = usize::try_from(len)
            .ok()
            .filter(|len| *len <= MAX_WEBSOCKET_LEN && before + len <= MAX_WEBSOCKET_LEN)
            .ok_or(broken("a message is longer than 1 MiB"))?;
        match opcode {
            TEXT => return Err(broken("only binary frames are in use here, not text")),
            BINARY if self.fragments.is_some() => {
                return Err(broken("a new message began before the last one ended"));
            }
            CONTINUATION if self.fragments.is_none() => return Err(broken("a continuation of nothing")),
            BINARY | CONTINUATION => {}
            CLOSE | PING | PONG if !fin || len > MAX_CONTROL_LEN => {
                return Err(broken("control frames have at most 125 bytes and no fragments"));
            }
            CLOSE | PING | PONG => {}
            _ => return Err(broken("the opcode is reserved")),
        }
        if !masked {
            return Ok(Some(Header { opcode, fin, mask: None, start, len }));
        }
        let mask = bytes.get(start..).and_then(|rest| rest.first_chunk()).copied();
        Ok(mask.map(|mask| Header { opcode, fin, mask: Some(mask), start: start + 4, len }))
    }
}

fn apply_mask(data: &mut [u8], mask: [u8; 4]) {
    for (byte, mask) in data.iter_mut().zip(mask.into_iter().cycle()) {
        *byte ^= mask;
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("role", &self.role)
            .field("close_sent", &self.close_sent)
            .field("closed", &self.closed)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
