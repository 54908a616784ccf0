//! A line that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::Result;

/// Passes bytes on between clients and a server, until it is told to cut.
pub(super) struct Proxy {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<TcpStream>>>,
    is_over: Arc<AtomicBool>,
}

impl Proxy {
    pub(super) fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (lines, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (ours, over) = (lines.clone(), is_over.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(std::io::Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                // A client that cannot be served finds its line cut.
                let _ = pass_on(client, server, &ours);
            }
        });
        Ok(Self { address, lines, is_over })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts all lines, wherever in a packet they are. How many there were.
    pub(super) fn cut(&self) -> usize {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        for line in &lines {
            // It may have ended by itself.
            let _ = line.shutdown(Shutdown::Both);
        }
        lines.len() / 2
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.cut();
        // Wakes whoever listens.
        let _ = TcpStream::connect(self.address);
    }
}

fn pass_on(client: TcpStream, server: SocketAddr, lines: &Mutex<Vec<TcpStream>>) -> std::io::Result<()> {
    let server = TcpStream::connect(server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    lines.extend([client.try_clone()?, server.try_clone()?]);
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(len @ 1..) = from.read(&mut buffer) {
                if to.write_all(&buffer[..len]).is_err() {
                    break;
                }
            }
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
