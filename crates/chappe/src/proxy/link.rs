//! Proxies as texts: URLs, and the links that people pass on.

use std::str::FromStr;

use super::{Proxy, ProxySecret};
use crate::data_centres::Address;
use crate::error::{Error, ErrorKind};

impl FromStr for Proxy {
    type Err = Error;

    /// Reads a URL or a link; see [`Proxy`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(query) = after_any(text, &["tg://proxy?", "https://t.me/proxy?", "http://t.me/proxy?"]) {
            let secret = field(query, "secret").ok_or_else(|| wrong("the link has no secret"))?;
            let secret = ProxySecret::parse(&secret)
                .map_err(|error| Error::with_source(ErrorKind::Argument, error.to_string(), error))?;
            return Ok(Self::mtproto(server(query)?, secret));
        }
        if let Some(query) = after_any(text, &["tg://socks?", "https://t.me/socks?", "http://t.me/socks?"]) {
            let proxy = Self::socks5(server(query)?);
            let user = field(query, "user").filter(|user| !user.is_empty());
            return match user {
                Some(user) => proxy.with_credentials(&user, &field(query, "pass").unwrap_or_default()),
                None => Ok(proxy),
            };
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(|| {
            wrong("a proxy is written as socks5://HOST:PORT, http://HOST:PORT or tg://proxy?…")
        })?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (credentials, address) = match rest.rsplit_once('@') {
            Some((credentials, address)) => (Some(credentials), address),
            None => (None, rest),
        };
        let address: Address = address.parse()?;
        let proxy = match scheme.to_ascii_lowercase().as_str() {
            "socks5" | "socks5h" => Self::socks5(address),
            "http" => Self::http(address),
            _ => {
                return Err(wrong("this kind of proxy is not known: use socks5://, http:// or tg://proxy?…"));
            }
        };
        let Some(credentials) = credentials else { return Ok(proxy) };
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        proxy.with_credentials(&decoded(user)?, &decoded(password)?)
    }
}

fn wrong(reason: &str) -> Error {
    Error::new(ErrorKind::Argument, reason)
}

fn after_any<'a>(text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| text.strip_prefix(beginning))
}

fn field(query: &str, name: &str) -> Option<String> {
    let value = query.split(['&', '#']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    decoded(value).ok()
}

fn server(query: &str) -> Result<Address, Error> {
    let host = field(query, "server").ok_or_else(|| wrong("the link has no server"))?;
    let port = field(query, "port").and_then(|port| port.parse().ok());
    Address::new(host, port.ok_or_else(|| wrong("the link has no port from 1 to 65535"))?)
}

/// With `%XX` turned into the byte.
fn decoded(text: &str) -> Result<String, Error> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
        let value = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        out.push(value.ok_or_else(|| wrong("a percent sign stands for itself as %25"))?);
    }
    String::from_utf8(out).map_err(|_| wrong("it is not UTF-8 once the percent codes are read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_links_are_read() {
        let socks: Proxy = "socks5://me:p%40s%3As@proxy.example:1080".parse().unwrap();
        let address: Address = "proxy.example:1080".parse().unwrap();
        assert_eq!(socks, Proxy::socks5(address.clone()).with_credentials("me", "p@s:s").unwrap());
        let link: Proxy = "tg://socks?server=proxy.example&port=1080&user=me&pass=p%40s:s".parse().unwrap();
        assert_eq!(link, socks);
        assert_eq!("http://proxy.example:1080/".parse::<Proxy>().unwrap(), Proxy::http(address.clone()));
        let secret = "ee99999999999999999999999999999999676f6f676c652e636f6d";
        let link = format!("https://t.me/proxy?server=proxy.example&port=1080&secret={secret}");
        let secret = ProxySecret::parse(secret).unwrap();
        assert_eq!(link.parse::<Proxy>().unwrap(), Proxy::mtproto(address, secret));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("proxy.example:1080", "socks5://"),
            ("ftp://proxy.example:1080", "not known"),
            ("socks5://proxy.example", "HOST:PORT"),
            ("socks5://me:@proxy.example:1", "1 to 255"),
            ("socks5://m%4:x@proxy.example:1", "%25"),
            ("http://a%3Ab:x@proxy.example:1", "colon"),
            ("tg://proxy?server=a&port=1", "secret"),
            ("tg://proxy?server=a&port=0&secret=99999999999999999999999999999999", "port"),
            ("tg://proxy?port=1&secret=99999999999999999999999999999999", "server"),
        ] {
            let error = text.parse::<Proxy>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn passwords_do_not_show() {
        let proxy: Proxy = "socks5://me:secretword@proxy.example:1080".parse().unwrap();
        assert!(!format!("{proxy:?}").contains("secretword"));
    }
}
