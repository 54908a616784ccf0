//! The browser's WebSocket as a stream of bytes.

use std::io;
use std::task::{Context, Poll, ready};

use js_sys::{ArrayBuffer, Uint8Array};
use tokio::io::ReadBuf;
use tokio::sync::{mpsc, oneshot};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{BinaryType, Event, MessageEvent};

/// A connection. The JavaScript object belongs to a task, which ends when this is dropped.
pub(crate) struct WebSocket {
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    incoming: mpsc::UnboundedReceiver<Vec<u8>>,
    unread: Vec<u8>,
    /// How much of `unread` has been read.
    at: usize,
}

/// What the browser tells of a connection.
enum Told {
    Open,
    Bytes(Vec<u8>),
    Closed,
}

impl WebSocket {
    /// Connects.
    pub(crate) async fn open(url: String) -> io::Result<Self> {
        let (opened, ready) = oneshot::channel();
        let (outgoing, orders) = mpsc::unbounded_channel();
        let (sink, incoming) = mpsc::unbounded_channel();
        spawn_local(drive(url, opened, orders, sink));
        ready.await.unwrap_or_else(|_| Err(io::ErrorKind::ConnectionRefused.into()))?;
        Ok(Self { outgoing, incoming, unread: Vec::new(), at: 0 })
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.at >= self.unread.len() {
            match ready!(self.incoming.poll_recv(cx)) {
                Some(bytes) => (self.unread, self.at) = (bytes, 0),
                // The end of the stream shows as a read of nothing.
                None => return Poll::Ready(Ok(())),
            }
        }
        let rest = self.unread.get(self.at..).unwrap_or_default();
        let len = rest.len().min(buffer.remaining());
        buffer.put_slice(rest.get(..len).unwrap_or_default());
        self.at += len;
        Poll::Ready(Ok(()))
    }

    /// Never waits: the browser keeps what it cannot send yet. How much that is, is bounded by the calls under way.
    pub(crate) fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = self.outgoing.send(bytes.to_vec());
        Poll::Ready(sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into()))
    }
}

/// Owns the JavaScript object until either side has enough.
async fn drive(
    url: String,
    opened: oneshot::Sender<io::Result<()>>,
    mut orders: mpsc::UnboundedReceiver<Vec<u8>>,
    sink: mpsc::UnboundedSender<Vec<u8>>,
) {
    let socket = match web_sys::WebSocket::new_with_str(&url, "binary") {
        Ok(socket) => socket,
        Err(error) => {
            let reason = format!("the browser does not open {url}: {error:?}");
            return drop(opened.send(Err(io::Error::other(reason))));
        }
    };
    socket.set_binary_type(BinaryType::Arraybuffer);
    let (tell, mut told) = mpsc::unbounded_channel();
    let (on_open, on_message, on_end) = (tell.clone(), tell.clone(), tell);
    let on_open = Closure::<dyn FnMut()>::new(move || drop(on_open.send(Told::Open)));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // A text is nothing that a server of this protocol says.
        if let Ok(bytes) = event.data().dyn_into::<ArrayBuffer>() {
            drop(on_message.send(Told::Bytes(Uint8Array::new(&bytes).to_vec())));
        }
    });
    let on_end = Closure::<dyn FnMut(Event)>::new(move |_| drop(on_end.send(Told::Closed)));
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(on_end.as_ref().unchecked_ref()));
    socket.set_onerror(Some(on_end.as_ref().unchecked_ref()));

    let mut opened = Some(opened);
    loop {
        tokio::select! {
            biased;
            event = told.recv() => match event {
                Some(Told::Open) => {
                    if opened.take().is_some_and(|opened| opened.send(Ok(())).is_err()) {
                        break;
                    }
                }
                Some(Told::Bytes(bytes)) => {
                    if sink.send(bytes).is_err() {
                        break;
                    }
                }
                Some(Told::Closed) | None => break,
            },
            bytes = orders.recv() => match bytes {
                Some(bytes) => {
                    if socket.send_with_u8_array(&bytes).is_err() {
                        break;
                    }
                }
                None => break,
            },
        }
    }
    socket.set_onopen(None);
    socket.set_onmessage(None);
    socket.set_onclose(None);
    socket.set_onerror(None);
    // It may be closed already.
    drop(socket.close());
}
