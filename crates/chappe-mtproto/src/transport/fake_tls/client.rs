use std::fmt;

use chappe_crypto::Now;
use rand_core::CryptoRng;
use zeroize::Zeroize;

use super::hello::{answer_len, client_hello, verify_server_answer};
use super::records::{self, CHANGE_CIPHER_SPEC_RECORD};
use crate::transport::buffer::Inbox;
use crate::transport::limits::MAX_TLS_CLIENT_RECORD_LEN;
use crate::transport::{ProxySecret, TransportError};

/// The client's end of a fake TLS connection: wraps the bytes of a [`ClientTransport`](crate::transport::ClientTransport).
///
/// What is sent before the proxy has answered waits inside and goes out with its answer.
pub struct FakeTlsClient {
    secret: [u8; 16],
    random: [u8; 32],
    hello: Vec<u8>,
    ready: bool,
    waiting: Vec<u8>,
    inbox: Inbox,
    failed: Option<TransportError>,
}

impl FakeTlsClient {
    /// Prepares a connection.
    ///
    /// # Errors
    /// [`TransportError::ProxySecret`] unless it is a fake TLS secret.
    pub fn new(
        secret: &ProxySecret,
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, TransportError> {
        let domain = secret
            .domain()
            .ok_or(TransportError::ProxySecret { reason: "it names no domain for fake TLS" })?;
        // The proof has 32 bits for the time.
        let unix_secs = u32::try_from(now.unix_secs()).unwrap_or(u32::MAX);
        let (hello, random) = client_hello(secret.key(), domain, unix_secs, rng);
        Ok(Self {
            secret: *secret.key(),
            random,
            hello,
            ready: false,
            waiting: Vec::new(),
            inbox: Inbox::default(),
            failed: None,
        })
    }

    /// Whether the proxy has proved that it knows the secret.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Appends `data` of the inner stream to `out`; the first call also writes the hello. Before the proxy's answer
    /// the data waits inside.
    pub fn send(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.append(&mut self.hello);
        if self.ready {
            records::seal(data, MAX_TLS_CLIENT_RECORD_LEN, out);
        } else {
            self.waiting.extend_from_slice(data);
        }
    }

    /// Takes bytes from the connection: appends the inner stream to `data`, and what has waited for the answer of the
    /// proxy to `out`.
    ///
    /// # Errors
    /// [`TransportError::FakeTlsHello`] for an answer without proof, [`TransportError::FakeTlsRecord`] for a record
    /// out of place. Close the connection; the same error comes again from then on.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        data: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), TransportError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.inbox.push(bytes);
        let result = self.advance(data, out);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
            self.inbox.take();
        }
        result
    }

    fn advance(&mut self, data: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TransportError> {
        if !self.ready {
            let Some(end) = answer_len(self.inbox.unread())? else { return Ok(()) };
            let answer = self.inbox.unread().get(..end).unwrap_or_default();
            if !verify_server_answer(answer, &self.random, &self.secret) {
                return Err(TransportError::FakeTlsHello);
            }
            self.inbox.consume(end);
            self.ready = true;
            out.extend_from_slice(&CHANGE_CIPHER_SPEC_RECORD);
            let waiting = std::mem::take(&mut self.waiting);
            records::seal(&waiting, MAX_TLS_CLIENT_RECORD_LEN, out);
        }
        records::open(&mut self.inbox, &mut false, data)
    }
}

impl Drop for FakeTlsClient {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl fmt::Debug for FakeTlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeTlsClient")
            .field("ready", &self.ready)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
