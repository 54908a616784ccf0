//! The bytes of a connection: straight from the socket, or out of WebSocket messages.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use chappe_mtproto::transport::{ServerTransport, TransportErrorCode};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::limits::READ_CHUNK;

/// A socket some of whose bytes were read already.
#[derive(Debug)]
pub(super) struct Rewind {
    pub(super) before: Vec<u8>,
    pub(super) socket: TcpStream,
}

impl AsyncRead for Rewind {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.before.is_empty() {
            let count = self.before.len().min(buf.remaining());
            let first: Vec<u8> = self.before.drain(..count).collect();
            buf.put_slice(&first);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Rewind {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// A byte stream in both directions.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    WebSocket(Box<WebSocketStream<Rewind>>),
}

impl Stream {
    /// Gives the transport what comes next, and says how many bytes those were; 0 at the end. Nothing is lost if the future
    /// is dropped.
    pub(super) async fn read(&mut self, transport: &mut ServerTransport) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => {
                poll_fn(|cx| {
                    // A long packet is read to its end and no further.
                    let limit =
                        Some(transport.missing()).filter(|missing| *missing > 0).unwrap_or(usize::MAX);
                    transport.receive_with(|inbox| {
                        inbox.reserve(READ_CHUNK.min(limit));
                        pin!((&mut *socket).take(limit as u64).read_buf(inbox)).poll(cx)
                    })
                })
                .await
            }
            Self::WebSocket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) if bytes.is_empty() => {}
                    Some(Ok(Message::Binary(bytes))) => {
                        transport.receive(&bytes);
                        return Ok(bytes.len());
                    }
                    // The library answers pings by itself.
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Text(_))) => {
                        return Err(io::Error::new(io::ErrorKind::InvalidData, "a text message"));
                    }
                    Some(Ok(Message::Close(_))) | None => return Ok(0),
                    Some(Err(error)) => return Err(io::Error::other(error)),
                }
            },
        }
    }

    /// Writes as much as can be written without waiting; how much that was.
    pub(super) fn write_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => match socket.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
                written => written,
            },
            // A message is written whole.
            Self::WebSocket(_) => Ok(0),
        }
    }

    /// Writes what is behind the first `from` bytes.
    pub(super) async fn write(&mut self, bytes: Vec<u8>, from: usize) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.write_all(bytes.get(from..).unwrap_or_default()).await,
            Self::WebSocket(socket) => {
                socket.send(Message::Binary(bytes.into())).await.map_err(io::Error::other)
            }
        }
    }

    /// Has the system drop what is not sent yet, once the stream is dropped.
    pub(super) fn abort(&self) {
        let socket = match self {
            Self::Tcp(socket) => socket,
            Self::WebSocket(socket) => &socket.get_ref().socket,
        };
        let _ = socket.set_zero_linger();
    }

    /// Says goodbye as far as the other side listens; `error` is the transport error that came before.
    pub(super) async fn close(&mut self, error: Option<TransportErrorCode>) {
        match self {
            Self::Tcp(socket) => {
                let _ = socket.shutdown().await;
            }
            Self::WebSocket(socket) => {
                use tokio_tungstenite::tungstenite::protocol::CloseFrame;
                use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
                // The code is always 1000; what went wrong is in the reason.
                let reason = error.map_or_else(String::new, |error| error.0.to_string());
                let frame = CloseFrame { code: CloseCode::Normal, reason: reason.into() };
                // Of the socket, not of its box, which may be a sink of its own.
                let _ = (**socket).close(Some(frame)).await;
            }
        }
    }
}
