//! A stream of bytes to the server: TCP, or a WebSocket on top of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tunnel;
use super::websocket::WebSocket;
use crate::builder::Config;
use crate::data_centres::Address;
use crate::limits::CONNECT_TIMEOUT;
use crate::rt;
use crate::rt::net::TcpStream;

pub(super) enum Socket {
    Tcp(TcpStream),
    WebSocket(Box<WebSocket>),
}

/// What happened on the socket.
pub(super) enum Io {
    Read(usize),
    Wrote(usize),
}

impl Socket {
    pub(super) async fn connect(address: &Address, config: &Config) -> io::Result<Self> {
        let connect = async {
            Ok(match config.websocket {
                false => Self::Tcp(tunnel::open(address, config.proxy.as_ref()).await?),
                #[cfg(not(target_family = "wasm"))]
                true => {
                    let stream = tunnel::open(address, config.proxy.as_ref()).await?;
                    Self::WebSocket(Box::new(WebSocket::open(stream, address, config).await?))
                }
                #[cfg(target_family = "wasm")]
                true if config.proxy.is_none() => {
                    let url = config.tls.url(address, config.centres.is_test());
                    Self::WebSocket(Box::new(WebSocket::open(url).await?))
                }
                #[cfg(target_family = "wasm")]
                true => {
                    let message = "a browser chooses its proxy itself: build the client without one";
                    return Err(io::Error::new(io::ErrorKind::Unsupported, message));
                }
            })
        };
        rt::timeout(CONNECT_TIMEOUT, connect)
            .await
            .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "there is no answer")))
    }

    /// Writes from `out` if there is something, otherwise reads into `buffer`: whichever can go on first.
    pub(super) fn poll_io(
        &mut self,
        out: &[u8],
        buffer: &mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Io>> {
        if !out.is_empty()
            && let Poll::Ready(written) = self.poll_write(cx, out)
        {
            return Poll::Ready(written.map(Io::Wrote));
        }
        let mut read = ReadBuf::new(buffer);
        ready!(self.poll_read(cx, &mut read))?;
        Poll::Ready(match read.filled().len() {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            len => Ok(Io::Read(len)),
        })
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::WebSocket(stream) => stream.poll_read(cx, buffer),
        }
    }

    /// Writes as much of some bytes as it takes; a socket that takes none of them any more is broken.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(match self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::WebSocket(stream) => stream.poll_write(cx, bytes),
        });
        Poll::Ready(written.and_then(|len| match len {
            0 => Err(io::ErrorKind::WriteZero.into()),
            len => Ok(len),
        }))
    }
}
