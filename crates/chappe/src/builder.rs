//! Settings of a client, and its start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chappe_secret::AcceptPolicy;

use crate::client::Client;
use crate::data_centres::DataCentres;
use crate::device::Device;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::middleware::{Hooks, Middleware};
use crate::proxy::{Kind, Proxy};
use crate::random::Randomness;
use crate::reconnect::Reconnect;
use crate::session::{MemorySession, Session};
use crate::tls::Tls;
use crate::transport::{Framing, Transport};

/// Settings that the tasks of a client share.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) api_id: i32,
    pub(crate) api_hash: String,
    pub(crate) centres: DataCentres,
    pub(crate) transport: Transport,
    pub(crate) websocket: bool,
    pub(crate) tls: Tls,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) flood_wait_limit: Duration,
    pub(crate) device: Device,
    pub(crate) accept: AcceptPolicy,
    pub(crate) randomness: Randomness,
    pub(crate) timings: Timings,
    /// Whether files may come by way of a CDN.
    pub(crate) cdn: bool,
    /// How long a temporary key lives; `None` for none.
    pub(crate) temporary_keys: Option<Duration>,
    pub(crate) reconnect: Reconnect,
    pub(crate) hooks: Hooks,
}

/// Intervals of the session; the defaults are those of the session itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timings {
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) pong_timeout: Option<Duration>,
}

/// Builds a [`Client`]. See [`Client::builder`].
///
/// ```no_run
/// use std::time::Duration;
/// use chappe::{Attempt, Client, DataCentres, Framing, Reconnect, SqliteSession, Transport, Verdict};
///
/// # async fn run() -> Result<(), chappe::Error> {
/// let client = Client::builder(1, "hash from my.telegram.org")
///     .session(SqliteSession::open("alice.session").await?)
///     .data_centres(DataCentres::from_env()?)
///     .device("Pocket calculator", "CalcOS 3", env!("CARGO_PKG_VERSION"), "en")
///     .transport(Transport { framing: Framing::Intermediate, obfuscated: false })
///     .proxy("socks5://127.0.0.1:9050".parse()?)
///     .reconnect(Reconnect { max_attempts: Some(10), ..Reconnect::default() })
///     .keep_alive(Duration::from_secs(30), Duration::from_secs(5))
///     .flood_wait_limit(Duration::from_secs(10))
///     .temporary_keys(Some(Duration::from_secs(3600)))
///     .cdn(false)
///     .middleware(|attempt: &Attempt<'_>| {
///         println!("{} for the {}. time", attempt.method, attempt.number);
///         Verdict::Go
///     })
///     .connect()
///     .await?;
/// client.disconnect().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `connect` is called"]
pub struct ClientBuilder {
    config: Config,
    session: Arc<dyn Session>,
}

impl ClientBuilder {
    pub(crate) fn new(api_id: i32, api_hash: &str) -> Self {
        Self {
            config: Config {
                api_id,
                api_hash: api_hash.to_owned(),
                centres: DataCentres::production(),
                transport: Transport::default(),
                websocket: cfg!(target_family = "wasm"),
                tls: Tls::default(),
                proxy: None,
                flood_wait_limit: limits::FLOOD_WAIT_LIMIT,
                device: Device::default(),
                accept: AcceptPolicy::default(),
                randomness: Randomness::default(),
                timings: Timings::default(),
                cdn: true,
                temporary_keys: Some(limits::TEMPORARY_KEY_LIFE),
                reconnect: Reconnect::default(),
                hooks: Hooks::default(),
            },
            session: Arc::new(MemorySession::new()),
        }
    }

    /// Where the login and the secret chats are kept. Default: a [`MemorySession`].
    ///
    /// ```no_run
    /// use chappe::{Client, SqliteSession};
    ///
    /// # async fn run() -> Result<(), chappe::Error> {
    /// let session = SqliteSession::open("alice.session").await?;
    /// let client = Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
    /// println!("{}", client.me().await?.id); // nothing to be entered, if this ran before
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(mut self, session: impl Session) -> Self {
        self.session = Arc::new(session);
        self
    }

    /// The servers to use and the keys to trust. Default: [`DataCentres::production`].
    ///
    /// ```
    /// use chappe::{Client, DataCentres};
    ///
    /// let builder = Client::builder(1, "hash from my.telegram.org").data_centres(DataCentres::test());
    /// # drop(builder);
    /// ```
    pub fn data_centres(mut self, centres: DataCentres) -> Self {
        self.config.centres = centres;
        self
    }

    /// Framing and obfuscation. Default: obfuscated, padded intermediate.
    ///
    /// ```
    /// use chappe::{Client, Framing, Transport};
    ///
    /// // A network that is counted by the byte: the shortest framing, and no disguise.
    /// let lean = Transport { framing: Framing::Abridged, obfuscated: false };
    /// let builder = Client::builder(1, "hash from my.telegram.org").transport(lean);
    /// # assert!(format!("{builder:?}").contains("Abridged"));
    /// ```
    pub fn transport(mut self, transport: Transport) -> Self {
        self.config.transport = transport;
        self
    }

    /// Whether to speak through a WebSocket (`ws://HOST:PORT/apiws`; `wss`, if [`tls`](ClientBuilder::tls) says so).
    /// Default: in a browser, which has nothing else.
    ///
    /// Telegram's own data centres take them at [names of their own](DataCentres::production) and over TLS; their content
    /// delivery network takes none, so that files do not come by way of it then.
    ///
    /// ```
    /// // Through a firewall that lets nothing but the web pass.
    /// let builder = chappe::Client::builder(1, "hash from my.telegram.org").websocket(true);
    /// # drop(builder);
    /// ```
    pub fn websocket(mut self, websocket: bool) -> Self {
        self.config.websocket = websocket;
        self
    }

    /// Which WebSockets go over TLS, and whose certificates are trusted. Default: those to port 443, and the system's.
    ///
    /// ```
    /// use chappe::{Client, Tls};
    ///
    /// // A relay of one's own that takes WebSockets over TLS on another port than 443.
    /// let builder = Client::builder(1, "hash from my.telegram.org").websocket(true).tls(Tls::always());
    /// # drop(builder);
    /// ```
    pub fn tls(mut self, tls: Tls) -> Self {
        self.config.tls = tls;
        self
    }

    /// The proxy through which to go. Default: none.
    ///
    /// ```
    /// use chappe::Client;
    ///
    /// let proxy = "http://alice:secret@proxy.example.org:3128".parse()?;
    /// let builder = Client::builder(1, "hash from my.telegram.org").proxy(proxy);
    /// # drop(builder);
    /// # Ok::<(), chappe::Error>(())
    /// ```
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.config.proxy = Some(proxy);
        self
    }

    /// The longest flood wait (`FLOOD_WAIT_X`) that a call sleeps through before it is repeated; for longer ones the
    /// error is returned at once. Default: 60 seconds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::Client;
    ///
    /// // A program with a window: the user is told of every wait.
    /// let builder = Client::builder(1, "hash from my.telegram.org").flood_wait_limit(Duration::ZERO);
    /// # drop(builder);
    /// ```
    pub fn flood_wait_limit(mut self, limit: Duration) -> Self {
        self.config.flood_wait_limit = limit;
        self
    }

    /// What the user sees in the list of sessions: model of the machine, operating system, version of the program,
    /// language.
    ///
    /// ```
    /// let version = env!("CARGO_PKG_VERSION");
    /// let builder = chappe::Client::builder(1, "hash from my.telegram.org")
    ///     .device("Pocket calculator", "CalcOS 3", version, "en");
    /// # assert!(format!("{builder:?}").contains("CalcOS 3"));
    /// ```
    pub fn device(
        mut self,
        model: impl Into<String>,
        system: impl Into<String>,
        app_version: impl Into<String>,
        lang: impl Into<String>,
    ) -> Self {
        self.config.device = Device {
            model: model.into(),
            system: system.into(),
            app_version: app_version.into(),
            lang: lang.into(),
        };
        self
    }

    /// Who decides about incoming requests for secret chats. Default: the application.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::{Client, secret::AcceptPolicy};
    ///
    /// // A bot of one's own that answers every request, unless another device does so within ten seconds.
    /// let policy = AcceptPolicy::Automatic { delay: Duration::from_secs(10) };
    /// let builder = Client::builder(1, "hash from my.telegram.org").accept_policy(policy);
    /// # drop(builder);
    /// ```
    pub fn accept_policy(mut self, policy: AcceptPolicy) -> Self {
        self.config.accept = policy;
        self
    }

    /// How often the connection is tested, and how long to wait for the answer before it counts as dead. Default: 60
    /// and 15 seconds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::Client;
    ///
    /// // A network that forgets silent connections after half a minute.
    /// let builder = Client::builder(1, "hash").keep_alive(Duration::from_secs(20), Duration::from_secs(5));
    /// # drop(builder);
    /// ```
    pub fn keep_alive(mut self, interval: Duration, timeout: Duration) -> Self {
        self.config.timings = Timings { ping_interval: Some(interval), pong_timeout: Some(timeout) };
        self
    }

    /// Whether downloads may go by way of a content delivery network when the server sends them there. Its address and
    /// key come from the server; it gets nothing but a token, and what it gives is compared with hashes from the server.
    /// Default: yes.
    ///
    /// ```
    /// // Every byte from the data centres of the account, be it slower.
    /// let builder = chappe::Client::builder(1, "hash from my.telegram.org").cdn(false);
    /// # drop(builder);
    /// ```
    pub fn cdn(mut self, allowed: bool) -> Self {
        self.config.cdn = allowed;
        self
    }

    /// What happens when the connection breaks. Default: it is made anew until it stands.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::{Client, Reconnect};
    ///
    /// // A script that would rather fail than wait for long.
    /// let policy = Reconnect { max_attempts: Some(3), max_delay: Duration::from_secs(1), ..Reconnect::default() };
    /// let builder = Client::builder(1, "hash from my.telegram.org").reconnect(policy);
    /// # drop(builder);
    /// ```
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.config.reconnect = policy;
        self
    }

    /// How long the keys live under which everything travels, from four seconds to a week; `None` for none at all. Default:
    /// a day.
    ///
    /// They are made in memory, confirmed by the permanent key of the session, and replaced in time. Whoever gets hold of the session
    /// later cannot read what travelled under them (perfect forward secrecy). Each connection to a data centre costs
    /// one key exchange more. See <https://core.telegram.org/api/pfs>.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::Client;
    ///
    /// // What leaks with the session tells of no more than the last hour.
    /// let builder = Client::builder(1, "hash").temporary_keys(Some(Duration::from_secs(3600)));
    /// # drop(builder);
    /// ```
    pub fn temporary_keys(mut self, life: Option<Duration>) -> Self {
        self.config.temporary_keys = life;
        self
    }

    /// Adds a hook that sees every call, and can delay or veto it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::{Attempt, Client, Verdict};
    ///
    /// // Messages leave one every 50 milliseconds at most.
    /// let builder = Client::builder(1, "hash").middleware(|attempt: &Attempt<'_>| match attempt.method {
    ///     "messages.sendMessage" => Verdict::Delay(Duration::from_millis(50)),
    ///     _ => Verdict::Go,
    /// });
    /// # drop(builder);
    /// ```
    pub fn middleware(mut self, hook: impl Middleware) -> Self {
        self.config.hooks.push(hook);
        self
    }

    /// Makes all randomness repeatable. **For tests only**: every key becomes known to whoever knows the seed.
    ///
    /// ```
    /// // A test that makes the same keys each time it runs.
    /// let builder = chappe::Client::builder(1, "hash").seed(42);
    /// # drop(builder);
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.randomness = Randomness::seeded(seed);
        self
    }

    /// Connects: takes up the session, or agrees on a key with the first data centre. Nobody is logged in by this.
    ///
    /// ```no_run
    /// use chappe::{Client, ErrorKind};
    ///
    /// # async fn run() -> Result<(), chappe::Error> {
    /// match Client::builder(1, "hash from my.telegram.org").connect().await {
    ///     Ok(client) => println!("{:?}", client.is_authorized().await?),
    ///     Err(error) if error.kind() == ErrorKind::Connection => println!("is there a network? {error}"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Connection`] if the server cannot be reached, [`ErrorKind::Exchange`] if it does not have one of
    /// the trusted keys, [`ErrorKind::Session`] or [`ErrorKind::SessionInUse`] if the session cannot be read,
    /// [`ErrorKind::Argument`] for settings that do not go together.
    pub async fn connect(mut self) -> Result<Client, Error> {
        self.config.cdn &= !(self.config.websocket && self.config.centres.have_names());
        if self.config.transport.obfuscated && self.config.transport.framing == Framing::Full {
            return Err(Error::new(
                ErrorKind::Argument,
                "the full framing cannot be obfuscated: choose another one, or `obfuscated: false`",
            ));
        }
        if self.config.websocket && !self.config.transport.obfuscated {
            return Err(Error::new(
                ErrorKind::Argument,
                "servers expect an obfuscated transport inside a WebSocket: set `obfuscated: true`",
            ));
        }
        if self.config.websocket
            && self.config.proxy.as_ref().is_some_and(|proxy| matches!(proxy.kind, Kind::MtProto(_)))
        {
            return Err(Error::new(
                ErrorKind::Argument,
                "an MTProto proxy takes no WebSocket: leave one of the two out",
            ));
        }
        if let Some(life) = self.config.temporary_keys
            && !(limits::MIN_TEMPORARY_KEY_LIFE..=limits::MAX_TEMPORARY_KEY_LIFE).contains(&life)
        {
            return Err(Error::new(
                ErrorKind::Argument,
                "a temporary key can live from 4 seconds to 7 days: choose a time between them, or `None`",
            ));
        }
        Client::open(self.config, self.session).await
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { api_id, centres, transport, websocket, proxy, flood_wait_limit, device, accept, .. } =
            &self.config;
        f.debug_struct("ClientBuilder")
            .field("api_id", api_id)
            .field("centres", centres)
            .field("transport", transport)
            .field("websocket", websocket)
            .field("proxy", proxy)
            .field("flood_wait_limit", flood_wait_limit)
            .field("device", device)
            .field("accept", accept)
            .finish_non_exhaustive()
    }
}
