//! A connection: bytes in both directions, cut into packets.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use chappe_mtproto::transport::fake_tls::FakeTlsClient;
use chappe_mtproto::transport::{ClientTransport, Framing, Inbound, Obfuscation, TransportError};
use rand::rngs::StdRng;

use super::socket::Socket;
use crate::builder::Config;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::proxy::{Kind, ProxySecret};

pub(super) struct Wire {
    socket: Socket,
    transport: ClientTransport,
    /// The look of TLS around all of it, for MTProto proxies that want it.
    disguise: Option<FakeTlsClient>,
    out: Vec<u8>,
    written: usize,
    /// What is read and does not go to the transport as it is.
    buffer: Vec<u8>,
}

impl Wire {
    pub(super) async fn open(
        config: &Config,
        dc_id: i32,
        clock: Clock,
        rng: &mut StdRng,
    ) -> Result<Self, Error> {
        let secret = config.proxy.as_ref().and_then(|proxy| match &proxy.kind {
            Kind::MtProto(secret) => Some(secret),
            _ => None,
        });
        let unusable = |error: TransportError| {
            Error::with_source(ErrorKind::Argument, format!("the transport cannot be used: {error}"), error)
        };
        let transport = transport(config, dc_id, secret, rng).map_err(unusable)?;
        let disguise = secret
            .filter(|secret| secret.domain().is_some())
            .map(|secret| FakeTlsClient::new(secret, clock.now(), rng))
            .transpose()
            .map_err(unusable)?;
        let socket = connect(config, dc_id).await?;
        Ok(Self { socket, transport, disguise, out: Vec::new(), written: 0, buffer: Vec::new() })
    }

    /// Prepares a packet to be written.
    pub(super) fn queue(&mut self, packet: &[u8], quick_ack: bool, rng: &mut StdRng) -> io::Result<()> {
        // Moved rarely, so that a long queue costs each byte at most one copy.
        if self.written * 2 >= self.out.len() {
            self.out.drain(..self.written);
            self.written = 0;
        }
        let Some(disguise) = &mut self.disguise else {
            return self.transport.send(packet, quick_ack, &mut self.out, rng).map_err(io::Error::other);
        };
        let mut inner = Vec::with_capacity(packet.len() + 64);
        self.transport.send(packet, quick_ack, &mut inner, rng).map_err(io::Error::other)?;
        disguise.send(&inner, &mut self.out);
        Ok(())
    }

    /// Writes what is queued and reads until something is complete. May be dropped without losing a byte.
    pub(super) async fn next(&mut self) -> io::Result<Inbound> {
        loop {
            if let Some(inbound) = self.transport.poll().map_err(io::Error::other)? {
                return Ok(inbound);
            }
            poll_fn(|cx| self.poll_io(cx)).await?;
        }
    }

    /// Writes what is queued, otherwise reads: whichever can go on first.
    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.poll_write(cx)?.is_ready() {
            return Poll::Ready(Ok(()));
        }
        let Self { socket, transport, disguise, buffer, out, .. } = self;
        let Some(disguise) = disguise else {
            // A long packet is read to its end and no further.
            let limit = Some(transport.missing()).filter(|missing| *missing > 0).unwrap_or(usize::MAX);
            return transport.receive_with(|inbox| socket.poll_append(inbox, limit, cx));
        };
        buffer.clear();
        ready!(socket.poll_append(buffer, usize::MAX, cx))?;
        let mut inner = Vec::with_capacity(buffer.len());
        disguise.receive(buffer, &mut inner, out).map_err(io::Error::other)?;
        transport.receive(&inner);
        Poll::Ready(Ok(()))
    }

    /// Ready once something was written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(pending @ [_, ..]) = self.out.get(self.written..) else { return Poll::Pending };
        self.written += ready!(self.socket.poll_write(cx, pending))?;
        Poll::Ready(Ok(()))
    }

    /// Writes what the connection takes at once.
    pub(super) async fn push(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            while self.poll_write(cx)?.is_ready() {}
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Writes what is queued. What comes meanwhile is for nobody.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        while self.written < self.out.len() {
            poll_fn(|cx| match self.poll_write(cx)? {
                Poll::Ready(()) => Poll::Ready(Ok(())),
                Poll::Pending => {
                    self.buffer.clear();
                    self.socket.poll_append(&mut self.buffer, usize::MAX, cx)
                }
            })
            .await?;
        }
        Ok(())
    }

    /// What has been received completely already.
    pub(super) fn received(&mut self) -> io::Result<Option<Inbound>> {
        self.transport.poll().map_err(io::Error::other)
    }
}

/// Connects to the first address that answers.
async fn connect(config: &Config, dc_id: i32) -> Result<Socket, Error> {
    let mut failed = unknown_centre(dc_id);
    for address in config.centres.ways(dc_id, config.websocket) {
        match Socket::connect(&address, config).await {
            Ok(socket) => return Ok(socket),
            Err(error) => {
                let through = match &config.proxy {
                    Some(proxy) => format!(" through the proxy {}", proxy.address()),
                    None => String::new(),
                };
                let message = format!("cannot connect to {address}{through}: {error}");
                failed = Error::with_source(ErrorKind::Connection, message, error);
            }
        }
    }
    Err(failed)
}

fn transport(
    config: &Config,
    dc_id: i32,
    secret: Option<&ProxySecret>,
    rng: &mut StdRng,
) -> Result<ClientTransport, TransportError> {
    let wire_id = i16::try_from(config.centres.wire_id(dc_id)).unwrap_or_default();
    let framing = match secret {
        Some(secret) if secret.requires_padding() => Framing::PaddedIntermediate,
        _ => config.transport.framing,
    };
    // A proxy learns from the obfuscation where to go.
    let obfuscated = config.transport.obfuscated || secret.is_some();
    let obfuscation = obfuscated.then(|| Obfuscation { dc_id: wire_id, secret: secret.cloned() });
    ClientTransport::new(framing, obfuscation, rng)
}

pub(super) fn unknown_centre(dc_id: i32) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!("data centre {dc_id} is not among the known ones: add it to the client's `data_centres`"),
    )
}
