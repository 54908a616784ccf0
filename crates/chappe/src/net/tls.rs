//! TLS around a TCP connection, by rustls.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::data_centres::Address;
use crate::error::{Error, ErrorKind};
use crate::rt::{self, net::TcpStream};

/// Whose certificates count. Clones share what was read, and what servers gave to go on faster.
#[derive(Clone, Default)]
pub(crate) struct Trust(Arc<OnceLock<Arc<ClientConfig>>>);

impl Trust {
    /// These alone.
    pub(crate) fn of(pem: &str) -> Result<Self, Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Argument, format!("the root certificates cannot be used: {why}"))
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
        if roots.is_empty() {
            return Err(wrong(&"there is none"));
        }
        let trust = Self::default();
        // It is fresh: nobody has been there before.
        let _ = trust.0.set(config(roots).map_err(|error| wrong(&error))?);
        Ok(trust)
    }

    /// Those of the system, unless others were given.
    async fn config(&self) -> io::Result<Arc<ClientConfig>> {
        if let Some(config) = self.0.get() {
            return Ok(config.clone());
        }
        let config = rt::spawn_blocking(system).await.map_err(io::Error::other)??;
        Ok(self.0.get_or_init(|| config).clone())
    }

    pub(super) async fn wrap(
        &self,
        stream: TcpStream,
        address: &Address,
    ) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(address.host().to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(self.config().await?).connect(name, stream).await
    }
}

fn system() -> io::Result<Arc<ClientConfig>> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(io::Error::other(format!("the system trusts no root certificate{why}")));
    }
    config(roots).map_err(io::Error::other)
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
