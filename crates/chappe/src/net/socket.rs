//! A stream of bytes to the server: TCP, or a WebSocket on top of it.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::tunnel;
use super::websocket::WebSocket;
use crate::builder::Config;
use crate::data_centres::Address;
use crate::limits::{CONNECT_TIMEOUT, READ_LEN};
use crate::rt;
use crate::rt::net::TcpStream;

pub(super) enum Socket {
    Tcp(TcpStream),
    WebSocket(Box<WebSocket>),
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

    /// Reads what there is and puts it behind what is in `buffer`, up to `limit` bytes.
    pub(super) fn poll_append(
        &mut self,
        buffer: &mut Vec<u8>,
        limit: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        buffer.reserve(READ_LEN.min(limit));
        let mut limited = self.take(limit as u64);
        match ready!(pin!(limited.read_buf(buffer)).poll(cx))? {
            0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            _ => Poll::Ready(Ok(())),
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

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::WebSocket(stream) => stream.poll_read(cx, buffer),
        }
    }
}
