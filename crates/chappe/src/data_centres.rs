//! Where the servers are and which keys they have.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use chappe_api::types;
use chappe_crypto::rsa::RsaPublicKey;

use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_HOST_LEN, MAX_LEARNED_ADDRESSES};

/// A host (an address or a name) and a port.
///
/// ```
/// let address: chappe::Address = "[::1]:4430".parse()?;
/// assert_eq!((address.host(), address.port()), ("::1", 4430));
/// # Ok::<(), chappe::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// From host and port.
    ///
    /// ```
    /// use chappe::Address;
    ///
    /// assert_eq!(Address::new("::1", 4430)?.to_string(), "[::1]:4430");
    /// assert!(Address::new("two words", 4430).is_err() && Address::new("example.org", 0).is_err());
    /// # Ok::<(), chappe::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an empty host, one of more than 255 bytes, or port 0.
    pub fn new(host: impl Into<String>, port: u16) -> Result<Self, Error> {
        let host = host.into();
        let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        if host.is_empty() || host.len() > MAX_HOST_LEN || !host.chars().all(usable) {
            return Err(Error::new(ErrorKind::Argument, "the host is neither an address nor a name"));
        }
        if port == 0 {
            return Err(Error::new(ErrorKind::Argument, "port 0 cannot be connected to"));
        }
        Ok(Self { host, port })
    }

    /// The address or name, without brackets.
    ///
    /// ```
    /// use chappe::Address;
    ///
    /// assert_eq!(Address::new("::1", 4430)?.host(), "::1");
    /// assert_eq!("[::1]:4430".parse::<Address>()?.host(), "::1");
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    ///
    /// ```
    /// let address: chappe::Address = "example.org:443".parse()?;
    /// assert_eq!(address.port(), 443);
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host as an IP address, if it is one.
    ///
    /// ```
    /// use chappe::Address;
    ///
    /// assert_eq!(Address::new("127.0.0.1", 443)?.ip(), Some([127, 0, 0, 1].into()));
    /// assert_eq!(Address::new("example.org", 443)?.ip(), None); // is looked up when it is connected to
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl FromStr for Address {
    type Err = Error;

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid =
            || Error::new(ErrorKind::Argument, format!("`{}` is not HOST:PORT", text.escape_debug()));
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if bare.is_none() && host.contains(':') {
            return Err(invalid());
        }
        Self::new(bare.unwrap_or(host), port.parse().map_err(|_| invalid())?).map_err(|_| invalid())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Source: <https://core.telegram.org/mtproto/transports#uri-format>
const WEB_NAMES: [(i32, &str); 5] = [
    (1, "pluto.web.telegram.org"),
    (2, "venus.web.telegram.org"),
    (3, "aurora.web.telegram.org"),
    (4, "vesta.web.telegram.org"),
    (5, "flora.web.telegram.org"),
];

type Learned = Arc<Mutex<Vec<(i32, Address)>>>;

/// The data centres that a client may connect to, and the RSA keys by which it knows them.
///
/// A client goes to no address and trusts no key that is not in here, whatever a server or a session text says; apart from
/// content delivery networks, which are not trusted anyway ([`ClientBuilder::cdn`](crate::ClientBuilder::cdn)).
///
/// ```
/// use chappe::{Address, DataCentres, RsaPublicKey};
///
/// # let pem = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/keys/test.pem"));
/// // A server of one's own, which has two data centres and one key.
/// let key = RsaPublicKey::from_pem(pem)?;
/// let centres = DataCentres::single(Address::new("chat.example.org", 4430)?, 2, key)
///     .with_centre(4, Address::new("media.example.org", 4430)?);
/// assert_eq!((centres.first(), centres.keys().len()), (2, 1));
/// assert_eq!(centres.address(4).map(|address| address.host()), Some("media.example.org"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DataCentres {
    centres: Vec<(i32, Address)>,
    /// Where they take WebSockets, if that is somewhere else: the names in their certificates.
    names: Vec<(i32, Address)>,
    keys: Vec<RsaPublicKey>,
    first: i32,
    test: bool,
    /// What the server has said about itself, if that is wanted. Clones share it.
    learned: Option<Learned>,
}

impl DataCentres {
    /// Telegram's own: their addresses, and the names under which they take [WebSockets](crate::ClientBuilder::websocket)
    /// over TLS.
    ///
    /// ```
    /// use chappe::DataCentres;
    ///
    /// // As they are, but with a shorter way to the second one.
    /// let centres = DataCentres::production().with_centre(2, chappe::Address::new("relay.example.org", 443)?);
    /// assert!(!centres.is_test());
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn production() -> Self {
        let centres = [
            (1, "149.154.175.50"),
            (2, "149.154.167.51"),
            (3, "149.154.175.100"),
            (4, "149.154.167.91"),
            (5, "149.154.171.5"),
        ];
        Self::built_in(
            &centres,
            &[include_str!("keys/production.pem"), include_str!("keys/production_old.pem")],
            false,
        )
    }

    /// Telegram's own for tests, with accounts of their own.
    ///
    /// ```no_run
    /// use chappe::{Client, DataCentres};
    ///
    /// # async fn run() -> Result<(), chappe::Error> {
    /// let client = Client::builder(1, "hash from my.telegram.org").data_centres(DataCentres::test()).connect().await?;
    /// client.request_login_code("9996621234").await?; // numbers that belong to nobody
    /// # Ok(())
    /// # }
    /// ```
    pub fn test() -> Self {
        let centres = [(1, "149.154.175.10"), (2, "149.154.167.40"), (3, "149.154.175.117")];
        Self::built_in(&centres, &[include_str!("keys/test.pem")], true)
    }

    /// Telegram's own, unless the environment names a server, as it does for the command line: `CHAPPE_SERVER` is its
    /// `HOST:PORT`, `CHAPPE_SERVER_KEY` a file with its RSA public key in PEM, and `CHAPPE_SERVER_DC` the number of its
    /// data centre (2, if it is not said). A program that asks for these can be tried with `chappe serve`.
    ///
    /// ```
    /// // Nothing is said here:
    /// assert_eq!(chappe::DataCentres::from_env()?.first(), 2);
    /// # Ok::<(), chappe::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`]: a variable is missing or is not what it should be; the message says which.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let wrong = |name: &str, why: &dyn fmt::Display| {
            Error::new(ErrorKind::Argument, format!("{name} in the environment: {why}"))
        };
        let Some(server) = variable("CHAPPE_SERVER") else { return Ok(Self::production()) };
        let address: Address = server.parse().map_err(|error| wrong("CHAPPE_SERVER", &error))?;
        let name = "CHAPPE_SERVER_KEY";
        let path = variable(name).ok_or_else(|| {
            wrong(name, &"missing, while CHAPPE_SERVER is there: name a file with the server's key in PEM")
        })?;
        let pem = std::fs::read_to_string(&path)
            .map_err(|error| wrong(name, &format_args!("{path} cannot be read: {error}")))?;
        let key = RsaPublicKey::from_pem(&pem)
            .map_err(|error| wrong(name, &format_args!("{path} holds no usable RSA public key: {error}")))?;
        let name = "CHAPPE_SERVER_DC";
        let dc_id =
            variable(name).map_or(Ok(2), |dc_id| dc_id.parse().map_err(|error| wrong(name, &error)))?;
        Ok(Self::single(address, dc_id, key))
    }

    /// One server anywhere, such as `chappe serve`: its address, the number of its data centre, and its key.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use chappe::{DataCentres, RsaPublicKey};
    ///
    /// # let pem = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/keys/test.pem"));
    /// let centres = DataCentres::single(SocketAddr::from(([127, 0, 0, 1], 4430)), 2, RsaPublicKey::from_pem(pem)?);
    /// assert_eq!(centres.address(2).map(ToString::to_string).as_deref(), Some("127.0.0.1:4430"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn single(address: impl Into<Address>, dc_id: i32, key: RsaPublicKey) -> Self {
        Self {
            centres: vec![(dc_id, address.into())],
            names: Vec::new(),
            keys: vec![key],
            first: dc_id,
            test: false,
            learned: None,
        }
    }

    /// Adds a data centre, or gives a known one another address.
    ///
    /// ```
    /// use chappe::{Address, DataCentres};
    ///
    /// // As everywhere, but with a shorter way to the second one.
    /// let centres = DataCentres::production().with_centre(2, Address::new("relay.example.org", 443)?);
    /// assert_eq!(centres.address(2).map(|address| address.host()), Some("relay.example.org"));
    /// # Ok::<(), chappe::Error>(())
    /// ```
    #[must_use]
    pub fn with_centre(mut self, dc_id: i32, address: impl Into<Address>) -> Self {
        for known in [&mut self.centres, &mut self.names] {
            known.retain(|(id, _)| *id != dc_id);
        }
        self.centres.push((dc_id, address.into()));
        self
    }

    /// Adds a key to those that are trusted.
    ///
    /// ```
    /// use chappe::{DataCentres, RsaPublicKey};
    ///
    /// # let pem = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/keys/test.pem"));
    /// let next = RsaPublicKey::from_pem(pem)?;
    /// // The server is about to change its key.
    /// let centres = DataCentres::production().with_key(next.clone());
    /// assert!(centres.keys().iter().any(|key| key.fingerprint() == next.fingerprint()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_key(mut self, key: RsaPublicKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Whether further addresses are taken from the server (`help.getConfig`, at the first connection and whenever the answer
    /// has expired): of data centres that are not in here, and those to try when one that is in here does not
    /// answer. The keys to trust stay the same. Default: yes for Telegram's own, no for everything else.
    ///
    /// ```
    /// // Go nowhere but to the addresses that are built in.
    /// let centres = chappe::DataCentres::production().refreshed(false);
    /// # drop(centres);
    /// ```
    #[must_use]
    pub fn refreshed(mut self, refreshed: bool) -> Self {
        self.learned = refreshed.then(Arc::default);
        self
    }

    /// Where to go with an empty session.
    ///
    /// ```
    /// assert_eq!(chappe::DataCentres::production().first(), 2);
    /// ```
    pub fn first(&self) -> i32 {
        self.first
    }

    /// The address of a data centre.
    ///
    /// ```
    /// use chappe::DataCentres;
    ///
    /// let centres = DataCentres::production();
    /// assert_eq!(centres.address(2).map(|address| address.port()), Some(443));
    /// assert_eq!(centres.address(99), None);
    /// ```
    pub fn address(&self, dc_id: i32) -> Option<&Address> {
        self.centres.iter().find(|(id, _)| *id == dc_id).map(|(_, address)| address)
    }

    /// All addresses of a data centre, in the order in which they are to be tried.
    pub(crate) fn addresses(&self, dc_id: i32) -> Vec<Address> {
        let mut all: Vec<Address> = self.address(dc_id).cloned().into_iter().collect();
        if let Some(learned) = &self.learned {
            let learned = learned.lock().unwrap_or_else(PoisonError::into_inner);
            for (_, address) in learned.iter().filter(|(id, _)| *id == dc_id) {
                if !all.contains(address) {
                    all.push(address.clone());
                }
            }
        }
        all
    }

    /// Where to connect to a data centre, in the order in which to try.
    pub(crate) fn ways(&self, dc_id: i32, websocket: bool) -> Vec<Address> {
        match self.names.iter().find(|(id, _)| websocket && *id == dc_id) {
            // What a server says of itself are addresses, for which there are no certificates.
            Some((_, name)) => vec![name.clone()],
            None => self.addresses(dc_id),
        }
    }

    /// Whether WebSockets go to names of their own.
    pub(crate) fn have_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// Whether there is an address of this data centre.
    pub(crate) fn knows(&self, dc_id: i32) -> bool {
        !self.addresses(dc_id).is_empty()
    }

    /// Whether the server is to be asked for addresses.
    pub(crate) fn are_refreshed(&self) -> bool {
        self.learned.is_some()
    }

    /// Takes what the server says about itself, those of the old kind of address first, which every machine can reach.
    pub(crate) fn learn(&self, options: &[types::DcOption]) {
        let Some(learned) = &self.learned else { return };
        let usable = options.iter().filter(|option| !option.cdn && !option.media_only && !option.tcpo_only);
        let mut usable: Vec<_> = usable.collect();
        usable.sort_by_key(|option| option.ipv6);
        let addresses = usable.into_iter().filter_map(|option| {
            let ip: IpAddr = option.ip_address.parse().ok()?;
            Some((option.id, Address::new(ip.to_string(), u16::try_from(option.port).ok()?).ok()?))
        });
        *learned.lock().unwrap_or_else(PoisonError::into_inner) =
            addresses.take(MAX_LEARNED_ADDRESSES).collect();
    }

    /// The same ones, to begin with this one if it is known.
    pub(crate) fn starting_at(&self, dc_id: i32) -> Option<Self> {
        self.knows(dc_id).then(|| Self { first: dc_id, ..self.clone() })
    }

    /// A CDN alone, with its own key.
    pub(crate) fn of_cdn(&self, dc_id: i32, address: Address, key: RsaPublicKey) -> Self {
        Self {
            centres: vec![(dc_id, address)],
            names: Vec::new(),
            keys: vec![key],
            first: dc_id,
            test: self.test,
            learned: None,
        }
    }

    /// The trusted keys, in order of preference.
    ///
    /// ```
    /// for key in chappe::DataCentres::production().keys() {
    ///     println!("{:016x}", key.fingerprint()); // what the server names when it is asked
    /// }
    /// ```
    pub fn keys(&self) -> &[RsaPublicKey] {
        &self.keys
    }

    /// Whether these are Telegram's test servers.
    ///
    /// ```
    /// use chappe::DataCentres;
    ///
    /// assert!(DataCentres::test().is_test() && !DataCentres::production().is_test());
    /// ```
    pub fn is_test(&self) -> bool {
        self.test
    }

    /// The number that stands for a data centre on the wire.
    pub(crate) fn wire_id(&self, dc_id: i32) -> i32 {
        if self.test { dc_id.saturating_add(10_000) } else { dc_id }
    }

    fn built_in(centres: &[(i32, &str)], keys: &[&str], test: bool) -> Self {
        let at = |(id, host): &(i32, &str)| (*id, Address { host: (*host).to_owned(), port: 443 });
        let names = WEB_NAMES.iter().filter(|(id, _)| centres.iter().any(|(known, _)| known == id));
        let (names, centres) = (names.map(at).collect(), centres.iter().map(at).collect());
        // A test checks that every built-in key can be read.
        let keys = keys.iter().filter_map(|pem| RsaPublicKey::from_pem(pem).ok()).collect();
        Self { centres, names, keys, first: 2, test, learned: Some(Arc::default()) }
    }
}

impl fmt::Debug for DataCentres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprints: Vec<String> =
            self.keys.iter().map(|key| format!("{:016x}", key.fingerprint())).collect();
        f.debug_struct("DataCentres")
            .field("centres", &self.centres)
            .field("keys", &fingerprints)
            .field("first", &self.first)
            .field("test", &self.test)
            .field("refreshed", &self.learned.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_keys_are_the_published_ones() {
        let fingerprints = |centres: DataCentres| -> Vec<i64> {
            centres.keys().iter().map(RsaPublicKey::fingerprint).collect()
        };
        assert_eq!(fingerprints(DataCentres::production())[0], -3_414_540_481_677_951_611);
        assert_eq!(fingerprints(DataCentres::production()).len(), 2);
        assert_eq!(fingerprints(DataCentres::test()), [-5_595_554_452_916_591_101]);
    }

    #[test]
    fn websockets_go_to_the_names_in_the_certificates() {
        let hosts = |centres: &DataCentres, dc_id, websocket| -> Vec<String> {
            centres.ways(dc_id, websocket).iter().map(ToString::to_string).collect()
        };
        for centres in [DataCentres::production(), DataCentres::test()] {
            let option = types::DcOption {
                ipv6: false,
                media_only: false,
                tcpo_only: false,
                cdn: false,
                r#static: false,
                this_port_only: false,
                id: 3,
                ip_address: "192.0.2.3".to_owned(),
                port: 443,
                secret: None,
            };
            centres.learn(&[option]);
            assert_eq!(hosts(&centres, 3, true), ["aurora.web.telegram.org:443"]);
            assert_eq!(hosts(&centres, 3, false).len(), 2);
        }
        let moved = DataCentres::production().with_centre(3, Address::new("relay.example.org", 443).unwrap());
        assert_eq!(hosts(&moved, 3, true), ["relay.example.org:443"]);
    }

    #[test]
    fn the_environment_names_a_server_or_nobody() {
        let read = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> =
                set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            DataCentres::from_variables(move |name| {
                set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            })
        };
        assert_eq!(read(&[]).unwrap().keys().len(), 2);
        let key = ("CHAPPE_SERVER_KEY", concat!(env!("CARGO_MANIFEST_DIR"), "/src/keys/test.pem"));
        let server = ("CHAPPE_SERVER", "127.0.0.1:4430");
        let centres = read(&[server, key, ("CHAPPE_SERVER_DC", "4")]).unwrap();
        assert_eq!((centres.first(), centres.keys().len()), (4, 1));
        assert_eq!(centres.address(4).unwrap().to_string(), "127.0.0.1:4430");
        for (set, name) in [
            (&[server][..], "CHAPPE_SERVER_KEY"),
            (&[server, ("CHAPPE_SERVER_KEY", "no such file")], "no such file"),
            (&[("CHAPPE_SERVER", "nowhere"), key], "`nowhere`"),
            (&[server, key, ("CHAPPE_SERVER_DC", "two")], "CHAPPE_SERVER_DC"),
        ] {
            assert!(read(set).unwrap_err().to_string().contains(name), "{set:?}");
        }
    }

    #[test]
    fn addresses_are_read_and_written() {
        for text in ["127.0.0.1:80", "[2001:db8::1]:443", "example.org:1"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "host", ":1", "::1:80", "host:0", "host:65536", "a b:1", "[]:1", "host:-1"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
