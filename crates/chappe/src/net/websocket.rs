//! A WebSocket as a stream of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::builder::Config;
use crate::data_centres::Address;
use crate::rt::net::TcpStream;

/// Longest frame taken. Frames are a mere envelope, so nothing legitimate is longer than an MTProto packet.
const MAX_FRAME_LEN: usize = 17 << 20;

/// What a WebSocket stands on: TCP, or TLS over it.
trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

pub(super) struct WebSocket {
    inner: WebSocketStream<Box<dyn ByteStream>>,
    unread: Bytes,
    unflushed: bool,
}

impl WebSocket {
    pub(super) async fn open(stream: TcpStream, address: &Address, config: &Config) -> io::Result<Self> {
        let url = config.tls.url(address, config.centres.is_test());
        let stream: Box<dyn ByteStream> = match config.tls.covers(address) {
            false => Box::new(stream),
            #[cfg(feature = "tls")]
            true => Box::new(config.tls.trust.wrap(stream, address).await?),
            #[cfg(not(feature = "tls"))]
            true => {
                let message = "a WebSocket over TLS needs the feature `tls` of the crate `chappe`";
                return Err(io::Error::new(io::ErrorKind::Unsupported, message));
            }
        };
        let mut request = url.into_client_request().map_err(other)?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("binary"));
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_FRAME_LEN))
            .max_frame_size(Some(MAX_FRAME_LEN));
        let (inner, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
            .await
            .map_err(other)?;
        Ok(Self { inner, unread: Bytes::new(), unflushed: false })
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whoever reads has nothing left to write: what was written goes out first.
        if self.unflushed && Pin::new(&mut self.inner).poll_flush(cx).map_err(other)?.is_ready() {
            self.unflushed = false;
        }
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.unread = bytes,
                // The end of the stream shows as a read of nothing.
                None | Some(Ok(Message::Close(_))) => return Poll::Ready(Ok(())),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(other(error))),
            }
        }
        let len = self.unread.len().min(buffer.remaining());
        buffer.put_slice(&self.unread.split_to(len));
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.inner).poll_ready(cx)).map_err(other)?;
        let message = Message::Binary(Bytes::copy_from_slice(bytes));
        Pin::new(&mut self.inner).start_send(message).map_err(other)?;
        self.unflushed = true;
        if Pin::new(&mut self.inner).poll_flush(cx).map_err(other)?.is_ready() {
            self.unflushed = false;
        }
        Poll::Ready(Ok(bytes.len()))
    }
}

fn other(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::other(error),
    }
}
