//! A TCP connection to an address, through a proxy or without one.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

use crate::data_centres::Address;
use crate::proxy::{Credentials, Kind, Proxy};
use crate::rt::net::TcpStream;

/// Longest answer of an HTTP proxy to `CONNECT`, in bytes.
const MAX_HTTP_HEAD: usize = 16 << 10;

/// Connects to the address. An MTProto proxy is connected to itself: it goes on from there as it likes.
pub(super) async fn open(address: &Address, proxy: Option<&Proxy>) -> io::Result<TcpStream> {
    let first = proxy.map_or(address, Proxy::address);
    let mut stream = TcpStream::connect((first.host(), first.port())).await?;
    // Packets are gathered by ourselves; waiting for more would only cost time.
    stream.set_nodelay(true)?;
    match proxy.map(|proxy| &proxy.kind) {
        Some(Kind::Socks5(credentials)) => socks5(&mut stream, address, credentials.as_ref()).await?,
        Some(Kind::Http(credentials)) => http(&mut stream, address, credentials.as_ref()).await?,
        Some(Kind::MtProto(_)) | None => {}
    }
    Ok(stream)
}

fn refused(message: impl Into<String>) -> io::Error {
    io::Error::other(message.into())
}

/// RFC 1928, and RFC 1929 for user and password.
async fn socks5(
    stream: &mut TcpStream,
    address: &Address,
    credentials: Option<&Credentials>,
) -> io::Result<()> {
    const VERSION: u8 = 5;
    const NOTHING: u8 = 0;
    const PASSWORD: u8 = 2;
    let methods: &[u8] = if credentials.is_some() { &[NOTHING, PASSWORD] } else { &[NOTHING] };
    let mut greeting = vec![VERSION, u8::try_from(methods.len()).unwrap_or_default()];
    greeting.extend_from_slice(methods);
    stream.write_all(&greeting).await?;
    let [version, method] = read_array(stream).await?;
    if version != VERSION {
        return Err(refused("the proxy does not speak SOCKS5: is it of another kind?"));
    }
    match (method, credentials) {
        (NOTHING, _) => {}
        (PASSWORD, Some(credentials)) => {
            let mut login = Zeroizing::new(Vec::with_capacity(513));
            login.push(1);
            for text in [&credentials.user, &*credentials.password] {
                login.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
                login.extend_from_slice(text.as_bytes());
            }
            stream.write_all(&login).await?;
            let [_, status] = read_array(stream).await?;
            if status != 0 {
                return Err(refused("the SOCKS5 proxy refuses user and password"));
            }
        }
        (0xff, Some(_)) => return Err(refused("the SOCKS5 proxy accepts no login by user and password")),
        _ => return Err(refused("the SOCKS5 proxy wants a login: give user and password")),
    }
    let mut request = vec![VERSION, 1, 0];
    match address.ip() {
        Some(std::net::IpAddr::V4(ip)) => {
            request.push(1);
            request.extend_from_slice(&ip.octets());
        }
        Some(std::net::IpAddr::V6(ip)) => {
            request.push(4);
            request.extend_from_slice(&ip.octets());
        }
        None => {
            request.push(3);
            request.push(u8::try_from(address.host().len()).unwrap_or(u8::MAX));
            request.extend_from_slice(address.host().as_bytes());
        }
    }
    request.extend_from_slice(&address.port().to_be_bytes());
    stream.write_all(&request).await?;
    let [_, status, _, kind] = read_array(stream).await?;
    if status != 0 {
        return Err(refused(format!("the SOCKS5 proxy cannot connect to {address}: {}", reason(status))));
    }
    let bound_len = match kind {
        1 => 4,
        3 => usize::from(read_array::<1>(stream).await?[0]),
        4 => 16,
        _ => return Err(refused("the SOCKS5 proxy answers with an unknown kind of address")),
    };
    let mut bound = vec![0; bound_len + 2];
    stream.read_exact(&mut bound).await?;
    Ok(())
}

fn reason(status: u8) -> &'static str {
    match status {
        1 => "it failed",
        2 => "its rules do not allow it",
        3 => "the network cannot be reached",
        4 => "the host cannot be reached",
        5 => "the connection was refused",
        6 => "it took too long",
        7 => "it knows no such command",
        8 => "it knows no such kind of address",
        _ => "it gives no known reason",
    }
}

/// RFC 9110, 9.3.6; the login by RFC 7617.
async fn http(
    stream: &mut TcpStream,
    address: &Address,
    credentials: Option<&Credentials>,
) -> io::Result<()> {
    let mut request = Zeroizing::new(format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n"));
    if let Some(Credentials { user, password }) = credentials {
        let login = Zeroizing::new(format!("{user}:{}", **password));
        let encoded = Zeroizing::new(STANDARD.encode(login.as_bytes()));
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&encoded);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    // The other side waits for us to speak: byte by byte, nothing of what comes after the head is taken.
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HTTP_HEAD {
            return Err(refused("the answer of the HTTP proxy has no end"));
        }
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let status_line = head.lines().next().unwrap_or_default();
    let mut words = status_line.split_ascii_whitespace();
    let is_http = words.next().is_some_and(|version| version.starts_with("HTTP/1."));
    match words.next().and_then(|status| status.parse::<u16>().ok()) {
        Some(200..=299) if is_http => Ok(()),
        Some(407) if is_http && credentials.is_none() => {
            Err(refused("the HTTP proxy wants a login: give user and password"))
        }
        Some(407) if is_http => Err(refused("the HTTP proxy refuses user and password")),
        Some(status) if is_http => {
            Err(refused(format!("the HTTP proxy refuses to connect to {address}: status {status}")))
        }
        _ => Err(refused("the proxy does not speak HTTP: is it of another kind?")),
    }
}

async fn read_array<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}
