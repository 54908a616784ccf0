//! WebSockets over TLS, with an endpoint on loopback whose certificate is made for the test.

use std::net::SocketAddr;
use std::sync::Arc;

use chappe::session::MemorySession;
use chappe::{Address, Client, ClientBuilder, DataCentres, ErrorKind, Proxy, Tls, functions};
use chappe_server::Server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::common::proxies::TestProxy;
use crate::common::{server, soon};

/// An endpoint that takes TLS away before a server, as a web server in front of it does.
struct Endpoint {
    address: SocketAddr,
    /// The root of its certificate, in PEM.
    root: String,
}

impl Endpoint {
    async fn before(server: &Server) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &root).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, server) = (listener.local_addr().unwrap(), server.address());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut client = acceptor.accept(socket).await.ok()?;
                    let mut server = TcpStream::connect(server).await.ok()?;
                    copy_bidirectional(&mut client, &mut server).await.ok()
                });
            }
        });
        Self { address, root: root.pem() }
    }

    fn client(&self, host: &str, server: &Server, tls: Tls) -> ClientBuilder {
        let address = Address::new(host, self.address.port()).unwrap();
        let centres = DataCentres::single(address, server.dc_id(), server.public_key().clone());
        Client::builder(1, "hash")
            .data_centres(centres)
            .session(MemorySession::new())
            .websocket(true)
            .tls(tls)
    }
}

#[tokio::test]
async fn a_websocket_goes_over_tls_also_through_a_proxy() {
    let server = server().await;
    let endpoint = Endpoint::before(&server).await;
    let tls = Tls::always().with_roots(&endpoint.root).unwrap();
    let proxy = TestProxy::socks5(None).await;
    for proxy in [None, Some(Proxy::socks5(proxy.address))] {
        let mut client = endpoint.client("localhost", &server, tls.clone());
        if let Some(proxy) = proxy {
            client = client.proxy(proxy);
        }
        let client = soon(client.connect()).await.unwrap();
        for _ in 0..2 {
            let answer = soon(client.invoke(functions::help::GetNearestDc {})).await.unwrap();
            assert_eq!(answer.this_dc, server.dc_id());
            client.reconnect();
        }
        soon(client.disconnect()).await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_of_another_name_is_refused() {
    let server = server().await;
    let endpoint = Endpoint::before(&server).await;
    let trusted = Tls::always().with_roots(&endpoint.root).unwrap();
    let other = Tls::always().with_roots(&Endpoint::before(&server).await.root).unwrap();
    for (host, tls, why) in [
        ("localhost", other, "invalid peer certificate"),
        ("127.0.0.1", trusted, "not valid for name"),
        ("localhost", Tls::never(), "cannot connect"),
    ] {
        let error = soon(endpoint.client(host, &server, tls).connect()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert_eq!(Tls::always().with_roots(pem).unwrap_err().kind(), ErrorKind::Argument);
    }
}
