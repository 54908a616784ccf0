//! Proxies on the way to a data centre.

mod link;

use std::fmt;

pub use chappe_mtproto::transport::ProxySecret;
use zeroize::Zeroizing;

use crate::data_centres::Address;
use crate::error::{Error, ErrorKind};

/// A proxy through which all connections of a client go.
///
/// | kind | what it sees | text |
/// |---|---|---|
/// | SOCKS5 (RFC 1928, 1929) | where to | `socks5://user:password@host:port`, `tg://socks?server=…&port=…` |
/// | HTTP `CONNECT` (RFC 9110) | where to | `http://user:password@host:port` |
/// | MTProto | which data centre | `tg://proxy?server=…&port=…&secret=…` |
///
/// None of them can read or change what is said. Percent signs in user and password are codes, as in any URL.
///
/// ```
/// use chappe::Proxy;
///
/// let proxy: Proxy = "socks5://me:p%40ss@[::1]:1080".parse()?;
/// assert_eq!(proxy.address().to_string(), "[::1]:1080");
/// let proxy: Proxy = "https://t.me/proxy?server=proxy.example&port=443&secret=dd99999999999999999999999999999999".parse()?;
/// assert_eq!(proxy.address().host(), "proxy.example");
/// # Ok::<(), chappe::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    address: Address,
    pub(crate) kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Http(Option<Credentials>),
    MtProto(ProxySecret),
    Socks5(Option<Credentials>),
}

/// User and password for a proxy.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
}

impl Proxy {
    /// A SOCKS5 proxy. Names of hosts are resolved by it.
    ///
    /// ```
    /// use chappe::{Address, Proxy};
    ///
    /// let proxy = Proxy::socks5(Address::new("127.0.0.1", 9050)?);
    /// assert_eq!(proxy.with_credentials("alice", "secret")?.address().port(), 9050);
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn socks5(address: impl Into<Address>) -> Self {
        Self { address: address.into(), kind: Kind::Socks5(None) }
    }

    /// An HTTP proxy that knows `CONNECT`.
    ///
    /// ```
    /// use chappe::{Address, Proxy};
    ///
    /// let proxy = Proxy::http(Address::new("proxy.example.org", 3128)?);
    /// assert_eq!(proxy, "http://proxy.example.org:3128".parse()?);
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn http(address: impl Into<Address>) -> Self {
        Self { address: address.into(), kind: Kind::Http(None) }
    }

    /// An MTProto proxy. It chooses the address of the data centre itself; a secret of the kinds `dd` and `ee` brings the
    /// padded framing along.
    ///
    /// ```
    /// use chappe::{Address, Proxy, proxy::ProxySecret};
    ///
    /// let secret = ProxySecret::parse("dd00112233445566778899aabbccddeeff")?;
    /// let proxy = Proxy::mtproto(Address::new("proxy.example.org", 443)?, secret);
    /// assert_eq!(proxy.address().port(), 443);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mtproto(address: impl Into<Address>, secret: ProxySecret) -> Self {
        Self { address: address.into(), kind: Kind::MtProto(secret) }
    }

    /// With user and password.
    ///
    /// ```
    /// use chappe::{Address, Proxy};
    ///
    /// let proxy = Proxy::socks5(Address::new("127.0.0.1", 9050)?).with_credentials("alice", "secret")?;
    /// assert_eq!(proxy, "socks5://alice:secret@127.0.0.1:9050".parse()?);
    /// assert!(Proxy::http(Address::new("127.0.0.1", 3128)?).with_credentials("a:b", "secret").is_err());
    /// # Ok::<(), chappe::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an MTProto proxy, which knows no users; for a SOCKS5 proxy also if one of the two is empty or has
    /// more than 255 bytes, for an HTTP proxy if the user has a colon.
    pub fn with_credentials(mut self, user: &str, password: &str) -> Result<Self, Error> {
        let credentials =
            Credentials { user: user.to_owned(), password: Zeroizing::new(password.to_owned()) };
        let wrong = |reason| Err(Error::new(ErrorKind::Argument, reason));
        match &mut self.kind {
            Kind::MtProto(_) => {
                return wrong("an MTProto proxy knows no users: leave user and password out");
            }
            Kind::Socks5(_) if ![user, password].iter().all(|text| (1..=255).contains(&text.len())) => {
                return wrong("user and password of a SOCKS5 proxy have 1 to 255 bytes each");
            }
            Kind::Http(_) if user.contains(':') => {
                return wrong("the user of an HTTP proxy cannot have a colon in its name");
            }
            Kind::Socks5(slot) | Kind::Http(slot) => *slot = Some(credentials),
        }
        Ok(self)
    }

    /// Where the proxy is.
    ///
    /// ```
    /// let proxy: chappe::Proxy = "http://alice:secret@proxy.example.org:3128".parse()?;
    /// assert_eq!(proxy.address().to_string(), "proxy.example.org:3128");
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, kind } = self;
        let (name, user) = match kind {
            Kind::Http(credentials) => ("http", credentials),
            Kind::MtProto(secret) => {
                return f.debug_struct("Proxy").field("address", address).field("secret", secret).finish();
            }
            Kind::Socks5(credentials) => ("socks5", credentials),
        };
        let user = user.as_ref().map(|credentials| &credentials.user);
        f.debug_struct("Proxy")
            .field("kind", &name)
            .field("address", address)
            .field("user", &user)
            .finish_non_exhaustive()
    }
}
