//! Small proxies on loopback that do what their protocols say and remember who came.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use chappe::proxy::ProxySecret;
use chappe_crypto::Now;
use chappe_mtproto::transport::fake_tls::{FakeTlsServer, Hello};
use chappe_mtproto::transport::{Framing, INIT_LEN, ObfuscatedStream, ReplayGuard};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// A running proxy, and where each connection wanted to go.
pub(crate) struct TestProxy {
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl TestProxy {
    async fn run<F>(serve: impl Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Option<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::default());
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&log)));
            }
        });
        Self { address, asked }
    }

    /// SOCKS5, with a login if there is one to give.
    pub(crate) async fn socks5(login: Option<(&'static str, &'static str)>) -> Self {
        Self::run(move |mut client, asked| async move {
            let [5, count] = read::<2>(&mut client).await? else { return None };
            let methods = read_vec(&mut client, count.into()).await?;
            let method = if login.is_some() { 2 } else { 0 };
            if !methods.contains(&method) {
                client.write_all(&[5, 0xff]).await.ok()?;
                return None;
            }
            client.write_all(&[5, method]).await.ok()?;
            if let Some((user, password)) = login {
                let [1, len] = read::<2>(&mut client).await? else { return None };
                let given_user = read_vec(&mut client, len.into()).await?;
                let [len] = read::<1>(&mut client).await?;
                let given_password = read_vec(&mut client, len.into()).await?;
                let good = given_user == user.as_bytes() && given_password == password.as_bytes();
                client.write_all(&[1, u8::from(!good)]).await.ok()?;
                if !good {
                    return None;
                }
            }
            let [5, 1, 0, kind] = read::<4>(&mut client).await? else { return None };
            let host = match kind {
                1 => read::<4>(&mut client).await?.map(|byte| byte.to_string()).join("."),
                3 => {
                    let [len] = read::<1>(&mut client).await?;
                    String::from_utf8(read_vec(&mut client, len.into()).await?).ok()?
                }
                4 => std::net::Ipv6Addr::from(read::<16>(&mut client).await?).to_string(),
                _ => return None,
            };
            let port = u16::from_be_bytes(read::<2>(&mut client).await?);
            asked.lock().unwrap().push(format!("{host}:{port}"));
            let Ok(mut server) = TcpStream::connect((host.as_str(), port)).await else {
                client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
                return None;
            };
            client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).await.ok()?;
            copy_bidirectional(&mut client, &mut server).await.ok().map(|_| ())
        })
        .await
    }

    /// HTTP `CONNECT`, with a login if there is one to give.
    pub(crate) async fn http(login: Option<&'static str>) -> Self {
        Self::run(move |mut client, asked| async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.ok()?);
            }
            let head = String::from_utf8(head).ok()?;
            let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
            assert!(head.contains(&format!("\r\nHost: {target}\r\n")), "{head}");
            if let Some(login) = login {
                let encoded = base64::engine::general_purpose::STANDARD.encode(login);
                if !head.contains(&format!("\r\nProxy-Authorization: Basic {encoded}\r\n")) {
                    let answer =
                        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
                    client.write_all(answer).await.ok()?;
                    return None;
                }
            }
            asked.lock().unwrap().push(target.clone());
            let Ok(mut server) = TcpStream::connect(&target).await else {
                client.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await.ok()?;
                return None;
            };
            client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n").await.ok()?;
            copy_bidirectional(&mut client, &mut server).await.ok().map(|_| ())
        })
        .await
    }

    /// An MTProto proxy before one server. It notes framing and data centre that the client asked for.
    pub(crate) async fn mtproto(secret: ProxySecret, server: SocketAddr) -> Self {
        let replays = Arc::new(Mutex::new(ReplayGuard::default()));
        Self::run(move |client, asked| {
            let (secret, replays) = (secret.clone(), Arc::clone(&replays));
            async move { relay(client, asked, secret, replays, server).await }
        })
        .await
    }
}

/// Between a client that is obfuscated with the secret, perhaps inside fake TLS, and a server without either.
async fn relay(
    mut client: TcpStream,
    asked: Arc<Mutex<Vec<String>>>,
    secret: ProxySecret,
    replays: Arc<Mutex<ReplayGuard>>,
    server: SocketAddr,
) -> Option<()> {
    let mut rng: rand::rngs::StdRng = rand::make_rng();
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = Now { monotonic: unix, unix };
    let secrets = [secret];
    let mut tls = None;
    let mut inner = Vec::new();
    if secrets[0].domain().is_some() {
        let mut bytes = Vec::new();
        loop {
            bytes.push(client.read_u8().await.ok()?);
            let hello = {
                let mut replays = replays.lock().unwrap();
                FakeTlsServer::accept(&bytes, &secrets, &mut replays, now, &mut rng).ok()?
            };
            if let Hello::Accepted { server, .. } = hello {
                let mut server = server;
                let mut answer = Vec::new();
                server.send(&[], &mut answer);
                client.write_all(&answer).await.ok()?;
                tls = Some(server);
                break;
            }
        }
    }
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    while inner.len() < INIT_LEN {
        let len = client.read(&mut from_client).await.ok().filter(|len| *len > 0)?;
        match &mut tls {
            Some(tls) => tls.receive(&from_client[..len], &mut inner).ok()?,
            None => inner.extend_from_slice(&from_client[..len]),
        }
    }
    let init: [u8; INIT_LEN] = inner[..INIT_LEN].try_into().ok()?;
    let accepted = ObfuscatedStream::accept(&init, [Some(secrets[0].key())])?;
    let (mut obfuscated, framing, dc) = (accepted.stream, accepted.framing, accepted.dc_id);
    asked.lock().unwrap().push(format!("{framing:?} to {dc}"));
    let mut server = TcpStream::connect(server).await.ok()?;
    let opening: &[u8] = match framing {
        Framing::Abridged => &[0xef],
        Framing::Intermediate => &[0xee; 4],
        Framing::PaddedIntermediate => &[0xdd; 4],
        Framing::Full => return None,
    };
    server.write_all(opening).await.ok()?;
    let mut rest = inner.split_off(INIT_LEN);
    obfuscated.decrypt(&mut rest);
    server.write_all(&rest).await.ok()?;
    loop {
        tokio::select! {
            len = client.read(&mut from_client) => {
                let len = len.ok().filter(|len| *len > 0)?;
                let mut data = Vec::new();
                match &mut tls {
                    Some(tls) => tls.receive(&from_client[..len], &mut data).ok()?,
                    None => data.extend_from_slice(&from_client[..len]),
                }
                obfuscated.decrypt(&mut data);
                server.write_all(&data).await.ok()?;
            }
            len = server.read(&mut from_server) => {
                let len = len.ok().filter(|len| *len > 0)?;
                let mut data = from_server[..len].to_vec();
                obfuscated.encrypt(&mut data);
                let mut out = Vec::new();
                match &mut tls {
                    Some(tls) => tls.send(&data, &mut out),
                    None => out = data,
                }
                client.write_all(&out).await.ok()?;
            }
        }
    }
}

async fn read<const N: usize>(stream: &mut TcpStream) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

async fn read_vec(stream: &mut TcpStream, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}
