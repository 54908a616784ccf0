use std::fmt;

use rand_core::CryptoRng;

use super::buffer::Inbox;
use super::detect::{Detected, detect};
use super::framing::{Codec, Side, Step};
use super::limits::{MAX_FRAME_LEN, MAX_FRAME_LEN_BEFORE_AUTH};
use super::{Framing, INIT_LEN, ObfuscatedStream, ProxySecret, TransportError, TransportErrorCode};

/// The shortest thing a client sends, in bytes: every packet begins with an auth_key_id.
const MIN_PACKET_LEN: usize = 8;

/// What a server accepts on a connection.
#[derive(Clone, Debug)]
pub struct ServerTransportConfig {
    /// Proxy secrets that clients may use. Default: none.
    pub proxy_secrets: Vec<ProxySecret>,
    /// Whether obfuscation without a secret is accepted, too. Default: yes. Without it and without secrets no
    /// obfuscated connection is accepted.
    pub accept_without_secret: bool,
    /// Whether the stream must be obfuscated, as inside WebSocket and fake TLS. Default: no.
    pub require_obfuscation: bool,
    /// Longest packet before [`ServerTransport::authenticated`], in bytes. Default: 64 KiB.
    pub max_frame_len_before_auth: usize,
    /// Longest packet after it, in bytes. Default: 1 MiB and 4 KiB.
    pub max_frame_len: usize,
}

impl Default for ServerTransportConfig {
    fn default() -> Self {
        Self {
            proxy_secrets: Vec::new(),
            accept_without_secret: true,
            require_obfuscation: false,
            max_frame_len_before_auth: MAX_FRAME_LEN_BEFORE_AUTH,
            max_frame_len: MAX_FRAME_LEN,
        }
    }
}

impl ServerTransportConfig {
    /// For the stream inside WebSocket frames: obfuscation is mandatory there, and there are no proxy secrets.
    #[must_use]
    pub fn websocket(self) -> Self {
        Self { proxy_secrets: Vec::new(), accept_without_secret: true, require_obfuscation: true, ..self }
    }

    /// For the stream inside fake TLS records of a client that proved knowledge of `secret`.
    #[must_use]
    pub fn fake_tls(self, secret: ProxySecret) -> Self {
        let proxy_secrets = vec![secret];
        Self { proxy_secrets, accept_without_secret: false, require_obfuscation: true, ..self }
    }
}

/// What a server receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerInbound {
    /// A packet has begun that is longer than a stranger may send, under this key: some clients begin a connection for
    /// files with a part of one. Whoever knows the key calls [`ServerTransport::authenticated`] and polls again, or
    /// closes: until then every poll says the same.
    Claim {
        /// Not verified yet.
        auth_key_id: i64,
    },
    /// The bytes are a HTTP request: they are given back as they came, and so is what follows. The driver does the
    /// WebSocket upgrade and starts anew with [`ServerTransportConfig::websocket`].
    Http(Vec<u8>),
    /// A packet: a plain or encrypted message.
    Packet {
        /// The packet.
        bytes: Vec<u8>,
        /// The client asks for a quick ack. Send it only once every check on the message has passed.
        quick_ack: bool,
    },
    /// The bytes are a TLS client hello: they are given back as they came, and so is what follows. The driver takes
    /// them to [`fake_tls::FakeTlsServer`](super::fake_tls::FakeTlsServer) or closes.
    Tls(Vec<u8>),
}

/// One connection as a server sees it: finds out what the client speaks, then turns bytes to packets and back. It
/// owns no socket.
///
/// The driver bounds the time until the first packet (10 s is usual).
pub struct ServerTransport {
    config: ServerTransportConfig,
    inbox: Inbox,
    missing: usize,
    state: State,
    authenticated: bool,
}

enum State {
    Detecting,
    HandedOver { tls: bool },
    Running(Box<Running>),
    Failed(TransportError),
}

struct Running {
    codec: Codec,
    stream: Option<ObfuscatedStream>,
    dc_id: Option<i16>,
    secret: Option<usize>,
    replay_id: Option<Box<[u8; 48]>>,
}

impl ServerTransport {
    /// A transport for a connection just accepted.
    pub fn new(config: ServerTransportConfig) -> Self {
        Self { config, inbox: Inbox::default(), missing: 0, state: State::Detecting, authenticated: false }
    }

    /// Takes bytes from the connection. Then call [`ServerTransport::poll`] until it returns `None`.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.receive_with(|inbox| inbox.extend_from_slice(bytes));
    }

    /// The same for bytes that `append` puts behind what is in the buffer, straight from the socket. If it stops where
    /// nothing [is missing](ServerTransport::missing) any more, a long packet is never copied.
    pub fn receive_with<T>(&mut self, append: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        if matches!(self.state, State::Failed(_)) {
            return append(&mut Vec::new());
        }
        let (appended, tail) = self.inbox.push_with(append);
        if let State::Running(running) = &mut self.state
            && let Some(stream) = &mut running.stream
        {
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
    pub fn poll(&mut self) -> Result<Option<ServerInbound>, TransportError> {
        let result = self.next_inbound();
        if let Err(error) = &result
            && !matches!(self.state, State::Failed(_))
        {
            self.state = State::Failed(error.clone());
            self.inbox.take();
        }
        result
    }

    fn next_inbound(&mut self) -> Result<Option<ServerInbound>, TransportError> {
        self.missing = 0;
        if matches!(self.state, State::Detecting) {
            self.detect()?;
        }
        let running = match &mut self.state {
            State::Detecting => return Ok(None),
            State::Failed(error) => return Err(error.clone()),
            State::HandedOver { tls } => {
                let tls = *tls;
                let bytes = self.inbox.take();
                return Ok(match (bytes.is_empty(), tls) {
                    (true, _) => None,
                    (false, true) => Some(ServerInbound::Tls(bytes)),
                    (false, false) => Some(ServerInbound::Http(bytes)),
                });
            }
            State::Running(running) => running,
        };
        let max = if self.authenticated {
            self.config.max_frame_len
        } else {
            self.config.max_frame_len_before_auth
        };
        let step = match running.codec.decode(self.inbox.unread(), max) {
            Err(TransportError::FrameLength { len, .. }) if len > max && len <= self.config.max_frame_len => {
                match running.codec.key_of_long_packet(self.inbox.unread()) {
                    None => return Ok(None),
                    Some(0) => {}
                    Some(auth_key_id) => return Ok(Some(ServerInbound::Claim { auth_key_id })),
                }
                return Err(TransportError::FrameLength { len, min: MIN_PACKET_LEN, max });
            }
            step => step?,
        };
        let frame = match step {
            Step::Frame(frame) => frame,
            Step::More { missing } => {
                self.missing = self.inbox.expect(missing);
                return Ok(None);
            }
            Step::QuickAck(_) => return Ok(None),
        };
        let len = frame.stop - frame.start;
        if len < MIN_PACKET_LEN {
            return Err(TransportError::ShortPacket { len });
        }
        let bytes = self.inbox.take_packet(frame.start, frame.stop, frame.end);
        Ok(Some(ServerInbound::Packet { bytes, quick_ack: frame.quick_ack }))
    }

    fn detect(&mut self) -> Result<(), TransportError> {
        let bytes = self.inbox.unread();
        let detected = if !self.config.require_obfuscation {
            detect(bytes)
        } else if bytes.len() < INIT_LEN {
            Detected::More
        } else {
            Detected::Obfuscated
        };
        match detected {
            Detected::More => {}
            Detected::Plain(framing, opening) => {
                self.inbox.consume(opening);
                let codec = Codec::new(framing, Side::Server);
                self.state = State::Running(Box::new(Running {
                    codec,
                    stream: None,
                    dc_id: None,
                    secret: None,
                    replay_id: None,
                }));
            }
            Detected::Http => self.state = State::HandedOver { tls: false },
            Detected::Tls => self.state = State::HandedOver { tls: true },
            Detected::Obfuscated => self.accept_obfuscated()?,
        }
        Ok(())
    }

    fn accept_obfuscated(&mut self) -> Result<(), TransportError> {
        let Some(init) = self.inbox.unread().first_chunk::<INIT_LEN>() else { return Ok(()) };
        let without = usize::from(self.config.accept_without_secret);
        let candidates = std::iter::repeat_n(None, without)
            .chain(self.config.proxy_secrets.iter().map(|secret| Some(secret.key())));
        let accepted = ObfuscatedStream::accept(init, candidates).ok_or(TransportError::UnknownTransport)?;
        let secret = accepted.candidate.checked_sub(without);
        let padding_required = secret
            .and_then(|index| self.config.proxy_secrets.get(index))
            .is_some_and(ProxySecret::requires_padding);
        if padding_required && accepted.framing != Framing::PaddedIntermediate {
            return Err(TransportError::UnknownTransport);
        }
        let mut replay_id = Box::new([0; 48]);
        replay_id.copy_from_slice(&init[8..56]);
        let mut stream = accepted.stream;
        self.inbox.consume(INIT_LEN);
        stream.decrypt(self.inbox.unread_mut());
        self.state = State::Running(Box::new(Running {
            codec: Codec::new(accepted.framing, Side::Server),
            stream: Some(stream),
            dc_id: Some(accepted.dc_id),
            secret,
            replay_id: Some(replay_id),
        }));
        Ok(())
    }

    fn running(&self) -> Option<&Running> {
        match &self.state {
            State::Running(running) => Some(running),
            _ => None,
        }
    }

    /// Raises the cap on packet lengths: the peer has shown that it holds a key.
    pub fn authenticated(&mut self) {
        self.authenticated = true;
    }

    /// The data centre named in the opening of an obfuscated connection: `N` production, `N + 10000` test, negative
    /// for media. Clients that do not know it write 0 or anything.
    pub fn dc_id(&self) -> Option<i16> {
        self.running().and_then(|running| running.dc_id)
    }

    /// The framing, once it is known.
    pub fn framing(&self) -> Option<Framing> {
        self.running().map(|running| running.codec.framing())
    }

    /// Whether the connection is obfuscated.
    pub fn is_obfuscated(&self) -> bool {
        self.running().is_some_and(|running| running.stream.is_some())
    }

    /// The proxy secret the client used.
    pub fn proxy_secret(&self) -> Option<&ProxySecret> {
        self.config.proxy_secrets.get(self.running()?.secret?)
    }

    /// The key material of an obfuscated opening, unique to the connection: refuse one that a
    /// [`ReplayGuard`](super::ReplayGuard) has seen.
    pub fn replay_id(&self) -> Option<&[u8; 48]> {
        self.running().and_then(|running| running.replay_id.as_deref())
    }

    /// Appends `packet` to `out` as it goes onto the wire.
    ///
    /// Padded packets get 0 to 3 random bytes, although the protocol permits 15: stock clients exist that abort on
    /// more.
    ///
    /// # Errors
    /// [`TransportError::NotReady`] before the transport is known, [`TransportError::PacketLength`]; then nothing was
    /// written.
    pub fn send(
        &mut self,
        packet: &[u8],
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), TransportError> {
        let State::Running(running) = &mut self.state else { return Err(TransportError::NotReady) };
        let start = out.len();
        running.codec.encode(packet, false, out, rng)?;
        if let Some(stream) = &mut running.stream {
            stream.encrypt(&mut out[start..]);
        }
        Ok(())
    }

    /// Appends a transport error to `out`. The driver closes the connection after it, except for an unknown key.
    ///
    /// # Errors
    /// [`TransportError::NotReady`] before the transport is known.
    pub fn send_error(
        &mut self,
        code: TransportErrorCode,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), TransportError> {
        self.send(&code.to_le_bytes(), out, rng)
    }

    /// Appends a quick ack to `out`, after every check on the message has passed. Nothing in full framing, which has
    /// no quick acks.
    ///
    /// # Errors
    /// [`TransportError::NotReady`] before the transport is known.
    pub fn send_quick_ack(
        &mut self,
        token: u32,
        out: &mut Vec<u8>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), TransportError> {
        let State::Running(running) = &mut self.state else { return Err(TransportError::NotReady) };
        let start = out.len();
        running.codec.encode_quick_ack(token, out, rng);
        if let Some(stream) = &mut running.stream {
            stream.encrypt(&mut out[start..]);
        }
        Ok(())
    }
}

impl fmt::Debug for ServerTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTransport")
            .field("framing", &self.framing())
            .field("obfuscated", &self.is_obfuscated())
            .field("dc_id", &self.dc_id())
            .field("authenticated", &self.authenticated)
            .field("buffered", &self.inbox.unread().len())
            .finish_non_exhaustive()
    }
}
