use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::buffer::Inbox;
use super::framing::{Codec, QUICK_ACK_LEN, Side, Step};
use super::limits::{MAX_CLIENT_FRAME_LEN, MIN_MESSAGE_LEN};
use super::{Framing, INIT_LEN, ObfuscatedStream, ProxySecret, TransportError, TransportErrorCode};

/// How a client hides its connection.
#[derive(Clone, Debug)]
pub struct Obfuscation {
    /// The data centre: `N` production, `N + 10000` test, negative for a media-only one, 0 when unknown. Proxies need
    /// it, servers may check it.
    pub dc_id: i16,
    /// The secret of an MTProto proxy. A fake TLS secret only brings its key here: the records around the stream are
    /// [`fake_tls::FakeTlsClient`](super::fake_tls::FakeTlsClient).
    pub secret: Option<ProxySecret>,
}

/// What a client receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A transport error. Unauthenticated: see [`TransportErrorCode`].
    Error(TransportErrorCode),
    /// A packet: a plain or encrypted message.
    Packet(Vec<u8>),
    /// The server has received and decrypted the message with this token. Unauthenticated: good for a tick on a
    /// screen, never a reason to drop a message from the resend queue.
    QuickAck(u32),
}

/// One connection as a client sees it: packets to bytes and back. It owns no socket.
///
/// Make a new one for every connection.
pub struct ClientTransport {
    codec: Codec,
    stream: Option<ObfuscatedStream>,
    opening: Option<Opening>,
    inbox: Inbox,
    missing: usize,
    failed: Option<TransportError>,
}

/// What goes out before the first frame.
enum Opening {
    Plain(&'static [u8]),
    Obfuscated(Zeroizing<[u8; INIT_LEN]>),
}

impl ClientTransport {
    /// A transport for a new connection.
    ///
    /// # Errors
    /// [`TransportError::FullObfuscated`] and [`TransportError::PaddingRequired`] for a framing that the obfuscation
    /// does not admit, [`TransportError::Randomness`] for a broken generator.
    pub fn new(
        framing: Framing,
        obfuscation: Option<Obfuscation>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, TransportError> {
        let (stream, opening) = match obfuscation {
            None => (None, Opening::Plain(framing.opening())),
            Some(Obfuscation { dc_id, secret }) => {
                let padding_required = secret.as_ref().is_some_and(ProxySecret::requires_padding);
                if padding_required && framing != Framing::PaddedIntermediate {
                    return Err(TransportError::PaddingRequired);
                }
                let key = secret.as_ref().map(ProxySecret::key);
                let (stream, init) = ObfuscatedStream::open(framing, dc_id, key, rng)?;
                (Some(stream), Opening::Obfuscated(Zeroizing::new(init)))
            }
        };
        Ok(Self {
            codec: Codec::new(framing, Side::Client),
            stream,
            opening: Some(opening),
            inbox: Inbox::default(),
            missing: 0,
            failed: None,
        })
    }

    /// The framing in use.
    pub fn framing(&self) -> Framing {
        self.codec.framing()
    }

    /// Appends `packet` to `out` as it goes onto the wire; the first call also writes the opening bytes.
    ///
    /// `quick_ack` asks the server for a token once it has decrypted the message; the full framing has no such thing
    /// and ignores it.
    ///
    /// # Errors
    /// [`TransportError::PacketLength`]; then nothing was written.
    pub fn send(
        &mut self,
        packet: &[u8],
        quick_ack: bool,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), TransportError> {
        let before = out.len();
        match &self.opening {
            Some(Opening::Plain(bytes)) => out.extend_from_slice(bytes),
            Some(Opening::Obfuscated(init)) => out.extend_from_slice(&**init),
            None => {}
        }
        let start = out.len();
        if let Err(error) = self.codec.encode(packet, quick_ack, out, rng) {
            out.truncate(before);
            return Err(error);
        }
        self.opening = None;
        if let Some(stream) = &mut self.stream {
            stream.encrypt(&mut out[start..]);
        }
        Ok(())
    }

    /// Takes bytes from the connection. Then call [`ClientTransport::poll`] until it returns `None`.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.receive_with(|inbox| inbox.extend_from_slice(bytes));
    }

    /// The same for bytes that `append` puts behind what is in the buffer, straight from the socket. If it stops where
    /// nothing [is missing](ClientTransport::missing) any more, a long packet is never copied.
    pub fn receive_with<T>(&mut self, append: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        if self.failed.is_some() {
            return append(&mut Vec::new());
        }
        let (appended, tail) = self.inbox.push_with(append);
        if let Some(stream) = &mut self.stream {
            stream.decrypt(tail);
        }
        appended
    }

    /// How many bytes of a long packet that has begun have not come yet; 0 if there is none.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The next thing received.
    ///
    /// # Errors
    /// The stream cannot be followed any further: close the connection. The same error comes again from then on.
    pub fn poll(&mut self) -> Result<Option<Inbound>, TransportError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.next_inbound();
        if let Err(error) = &result {
            self.failed = Some(error.clone());
            self.inbox.take();
        }
        result
    }

    fn next_inbound(&mut self) -> Result<Option<Inbound>, TransportError> {
        loop {
            self.missing = 0;
            let frame = match self.codec.decode(self.inbox.unread(), MAX_CLIENT_FRAME_LEN)? {
                Step::More { missing } => {
                    self.missing = self.inbox.expect(missing);
                    return Ok(None);
                }
                Step::QuickAck(token) => {
                    self.inbox.consume(QUICK_ACK_LEN);
                    return Ok(Some(Inbound::QuickAck(token)));
                }
                Step::Frame(frame) => frame,
            };
            if frame.stop - frame.start >= MIN_MESSAGE_LEN {
                let packet = self.inbox.take_packet(frame.start, frame.stop, frame.end);
                return Ok(Some(Inbound::Packet(packet)));
            }
            let packet = self.inbox.unread().get(frame.start..frame.stop).unwrap_or_default();
            let inbound = short(packet, self.codec.framing())?;
            self.inbox.consume(frame.end);
            if inbound.is_some() {
                return Ok(inbound);
            }
        }
    }
}

/// What is too short for a message. `None` is a no-op.
fn short(packet: &[u8], framing: Framing) -> Result<Option<Inbound>, TransportError> {
    let Some((code, rest)) = packet.split_first_chunk() else {
        return Err(TransportError::ShortPacket { len: packet.len() });
    };
    match (i32::from_le_bytes(*code), rest.first_chunk()) {
        (0, _) => Ok(None),
        (-1, Some(token)) if framing == Framing::PaddedIntermediate => {
            Ok(Some(Inbound::QuickAck(u32::from_le_bytes(*token))))
        }
        (code, _) if code < 0 => Ok(Some(Inbound::Error(TransportErrorCode(code)))),
        _ => Err(TransportError::ShortPacket { len: packet.len() }),
    }
}

impl fmt::Debug for ClientTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTransport")
            .field("framing", &self.codec.framing())
            .field("obfuscated", &self.stream.is_some())
            .field("buffered", &self.inbox.unread().len())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
