//! TCP, which a browser does not have.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection. There never is one.
#[derive(Debug)]
pub(crate) struct TcpStream(Infallible);

impl TcpStream {
    pub(crate) async fn connect<A>(_: A) -> io::Result<Self> {
        let message = "a browser has no TCP: build the client with `websocket(true)` and without a proxy";
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    pub(crate) fn set_nodelay(&self, _: bool) -> io::Result<()> {
        match self.0 {}
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        match self.0 {}
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }
}
