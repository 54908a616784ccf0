use std::fmt;
use std::time::Duration;

use chappe_crypto::Now;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;

use super::hello::{VerifiedHello, server_answer, server_name, verify_client_hello};
use super::records::{self, HANDSHAKE, record};
use crate::transport::buffer::Inbox;
use crate::transport::limits::MAX_TLS_SERVER_RECORD_LEN;
use crate::transport::{ProxySecret, ReplayGuard, TransportError};

/// How old a client hello may be.
pub const MAX_AGE: Duration = Duration::from_secs(600);
/// How far the clock of a client may be ahead.
pub const MAX_AHEAD: Duration = Duration::from_secs(3);

/// What the first bytes of a TLS connection are.
#[derive(Debug)]
pub enum Hello {
    /// A client that knows `secrets[index]`.
    Accepted {
        /// The connection.
        server: Box<FakeTlsServer>,
        /// Which secret the client knows.
        index: usize,
    },
    /// More bytes are needed.
    Incomplete,
}

/// The server's end of a fake TLS connection: unwraps the bytes for a
/// [`ServerTransport`](crate::transport::ServerTransport) made with
/// [`ServerTransportConfig::fake_tls`](crate::transport::ServerTransportConfig::fake_tls).
pub struct FakeTlsServer {
    answer: Vec<u8>,
    inbox: Inbox,
    spec_due: bool,
    failed: Option<TransportError>,
}

impl FakeTlsServer {
    /// Judges the first bytes of a TLS connection. Call again with more of them for [`Hello::Incomplete`].
    ///
    /// `replays` remembers accepted hellos only, so strangers cannot fill it.
    ///
    /// # Errors
    /// Any error means "not one of ours": pass the bytes on to the real host, or close. All reasons look the same.
    pub fn accept(
        bytes: &[u8],
        secrets: &[ProxySecret],
        replays: &mut ReplayGuard,
        now: Now,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Hello, TransportError> {
        let Some((HANDSHAKE, end)) = record(bytes)? else {
            // Any other complete record is out of place; an incomplete one may still become a hello.
            return match bytes.first() {
                None | Some(&HANDSHAKE) => Ok(Hello::Incomplete),
                Some(_) => Err(TransportError::FakeTlsHello),
            };
        };
        let hello = bytes.get(..end).unwrap_or_default();
        let mut found: Option<(usize, VerifiedHello)> = None;
        for (index, secret) in secrets.iter().enumerate() {
            let Some(domain) = secret.domain() else { continue };
            let verified = verify_client_hello(hello, secret.key());
            let named = server_name(hello).is_some_and(|name| name.ct_eq(domain.as_bytes()).into());
            if let (Some(verified), true, None) = (verified, named, &found) {
                found = Some((index, verified));
            }
        }
        let (index, verified) = found.ok_or(TransportError::FakeTlsHello)?;
        let age = now.unix_secs().saturating_sub(i64::from(verified.timestamp));
        let oldest = i64::try_from(MAX_AGE.as_secs()).unwrap_or(i64::MAX);
        let newest = i64::try_from(MAX_AHEAD.as_secs()).unwrap_or(i64::MAX);
        if age >= oldest || age < -newest || !replays.is_new(&verified.random, now) {
            return Err(TransportError::FakeTlsHello);
        }
        let secret = secrets.get(index).ok_or(TransportError::FakeTlsHello)?;
        let mut inbox = Inbox::default();
        inbox.push(bytes.get(end..).unwrap_or_default());
        let answer = server_answer(secret.key(), &verified, rng);
        let server = Box::new(Self { answer, inbox, spec_due: true, failed: None });
        Ok(Hello::Accepted { server, index })
    }

    /// Appends `data` of the inner stream to `out`; the first call (perhaps with no data) also writes the answer to the
    /// hello, for which the client waits.
    pub fn send(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.append(&mut self.answer);
        records::seal(data, MAX_TLS_SERVER_RECORD_LEN, out);
    }

    /// Takes bytes from the connection and appends the inner stream to `data`.
    ///
    /// # Errors
    /// [`TransportError::FakeTlsRecord`]. Close the connection; the same error comes again from then on.
    pub fn receive(&mut self, bytes: &[u8], data: &mut Vec<u8>) -> Result<(), TransportError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.inbox.push(bytes);
        let result = records::open(&mut self.inbox, &mut self.spec_due, data);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
            self.inbox.take();
        }
        result
    }
}

impl fmt::Debug for FakeTlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeTlsServer").field("failed", &self.failed).finish_non_exhaustive()
    }
}
