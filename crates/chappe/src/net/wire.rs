//! A connection: bytes in both directions, cut into packets.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use chappe_mtproto::transport::fake_tls::FakeTlsClient;
use chappe_mtproto::transport::{ClientTransport, Framing, Inbound, Obfuscation, TransportError};
use rand::rngs::StdRng;

use super::socket::{Io, Socket};
use crate::builder::Config;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::proxy::{Kind, ProxySecret};

pub(super) struct Wire {
    socket: Socket,
    transport: ClientTransport,
    /// The look of TLS around all of it, for MTProto proxies that want it.
    disguise: Option<FakeTlsClient>,
    out: Vec<u8>,
    written: usize,
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
        let buffer = vec![0; limits::READ_LEN];
        Ok(Self { socket, transport, disguise, out: Vec::new(), written: 0, buffer })
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
            let pending = self.out.get(self.written..).unwrap_or_default();
            let (socket, buffer) = (&mut self.socket, &mut self.buffer);
            match poll_fn(|cx| socket.poll_io(pending, buffer, cx)).await? {
                Io::Read(len) => {
                    let read = self.buffer.get(..len).unwrap_or_default();
                    match &mut self.disguise {
                        None => self.transport.receive(read),
                        Some(disguise) => {
                            let mut inner = Vec::with_capacity(len);
                            disguise.receive(read, &mut inner, &mut self.out).map_err(io::Error::other)?;
                            self.transport.receive(&inner);
                        }
                    }
                }
                Io::Wrote(len) => self.written += len,
            }
        }
    }

    /// Writes what the connection takes at once.
    pub(super) async fn push(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            while let Some(pending @ [_, ..]) = self.out.get(self.written..)
                && let Poll::Ready(written) = self.socket.poll_write(cx, pending)
            {
                self.written += written?;
            }
            Poll::Ready(Ok(()))
        })
        .await
    }

    /// Writes what is queued. What comes meanwhile is for nobody.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        while let Some(pending @ [_, ..]) = self.out.get(self.written..) {
            let (socket, buffer) = (&mut self.socket, &mut self.buffer);
            if let Io::Wrote(len) = poll_fn(|cx| socket.poll_io(pending, buffer, cx)).await? {
                self.written += len;
            }
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
