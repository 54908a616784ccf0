//! How a server is set up and started.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chappe_crypto::rsa::RsaPrivateKey;
use chappe_mtproto::exchange::ServerExchangeConfig;
use chappe_mtproto::session::server::Salts;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, broadcast, watch};

use crate::blobs::{Blobs, Folder, Memory};
use crate::bus::{self, Bus, Carrier, Notify};
use crate::cdn::{self, CDN_ID};
use crate::centres::{self, Centres, DataCentre};
use crate::clock::{Clock, VirtualClock};
use crate::error::ServerError;
use crate::faults::Faults;
use crate::floods::{FloodLimits, Floods, MethodLimit, Rate};
use crate::key_file;
use crate::keys::Keys;
use crate::limits::{CONNECTIONS_PER_ADDRESS, EXCHANGE_STEPS, FILE_SPACE, FILE_SPACE_IN_MEMORY, SEEN_QUEUE};
use crate::model::access::AccessHashes;
use crate::net::{self, Parked};
use crate::random::{Seed, SharedRng};
use crate::server::Server;
use crate::snapshot::{self, Kept, Snapshot};
use crate::stats::Stats;
use crate::store::postgres::Address;
use crate::store::{Place, Store};
use crate::tasks::Tasks;
use crate::test_key;
use crate::world::World;

/// The data centre that a server is by default.
const DEFAULT_DC: i32 = 2;
/// Name of the database in the data folder.
const DATABASE: &str = "chappe.db";
/// Name of the folder with the bytes of files in the data folder.
const BLOBS: &str = "blobs";

/// Where the RSA key comes from.
#[derive(Default)]
enum KeySource {
    /// Made at the start, kept in memory.
    #[default]
    Fresh,
    Given(Arc<RsaPrivateKey>),
    /// The one in this crate that everybody knows.
    Test,
    File(PathBuf),
}

impl KeySource {
    /// The key of a snapshot, unless another was asked for.
    fn or_of(self, kept: Option<&Kept>) -> Self {
        match (self, kept) {
            (Self::Fresh, Some(kept)) => Self::Given(Arc::clone(&kept.rsa)),
            (source, _) => source,
        }
    }
}

/// Sets up a [`Server`]. Every setting has a default: in memory, on a free port of the loopback interface, with a new
/// RSA key.
///
/// Making the key takes a large part of a second; with a key at hand a server starts in milliseconds.
#[derive(Default)]
pub struct ServerBuilder {
    listen: Option<SocketAddr>,
    dc_id: Option<i32>,
    data_centres: Option<i32>,
    homes: Vec<(String, i32)>,
    floods: FloodLimits,
    key: KeySource,
    data_dir: Option<PathBuf>,
    database: Option<String>,
    blobs: Option<String>,
    bus: Option<String>,
    clock: Option<Arc<dyn Clock>>,
    seed: Option<u64>,
    fork: Option<Snapshot>,
    strict: bool,
    connections_per_address: Option<usize>,
    hide_codes: bool,
    cdn: bool,
    short_strangers: bool,
    require_login_email: bool,
    file_space: Option<u64>,
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("listen", &self.listen)
            .field("dc_id", &self.dc_id)
            .field("data_dir", &self.data_dir)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

impl ServerBuilder {
    /// Where to listen. Default: `127.0.0.1:0`, a free port of the loopback interface.
    ///
    /// The server is made for tests: think twice before you listen on another interface.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// The number of this data centre. Default: 2. Clients that take the server for another one are served, too. With
    /// several it is the one that [`Server::address`] and [`Server::dc_id`] name, where clients go first.
    #[must_use]
    pub fn dc_id(mut self, dc_id: i32) -> Self {
        self.dc_id = Some(dc_id);
        self
    }

    /// How many data centres there are, from 1 to 5, in one world: each with a number from 1 on and a port of its own,
    /// from that of [`listen`](Self::listen) upwards. Default: one, or as many as the world had before.
    ///
    /// With several, an account is at home in one: by [`home`](Self::home), by the X of test numbers `99966XYYYY`, or where it
    /// signed up. Everywhere else its client meets `PHONE_MIGRATE_X`, `USER_MIGRATE_X` and `FILE_MIGRATE_X`, and keys
    /// are known only where they were made. A world cannot be given fewer data centres than it had.
    #[must_use]
    pub fn data_centres(mut self, count: i32) -> Self {
        self.data_centres = Some(count);
        self
    }

    /// Has accounts be at home in this data centre whose number begins so, in international form. The longest beginning
    /// counts; an account that is there already stays where it is.
    #[must_use]
    pub fn home(mut self, number_prefix: impl Into<String>, dc_id: i32) -> Self {
        let prefix = number_prefix.into().chars().filter(char::is_ascii_digit).collect();
        self.homes.push((prefix, dc_id));
        self
    }

    /// Lets each account (before login: each device) call methods only so often: beyond it they are answered
    /// `FLOOD_WAIT_X`, with the seconds until the next call is good, by the server's clock. `methods` is a TL name
    /// (`messages.sendMessage`), the beginning of names up to a point (`messages.`), or empty for all. Every limit that
    /// fits a method counts. Default: none.
    #[must_use]
    pub fn flood_limit(mut self, methods: impl Into<String>, calls: usize, period: Duration) -> Self {
        let rate = Rate { count: calls.max(1), period };
        self.floods.methods.push(MethodLimit { methods: methods.into(), rate });
        self
    }

    /// Sends so many login codes to one number in this time; more are refused with `PHONE_NUMBER_FLOOD`. Default: no
    /// limit.
    #[must_use]
    pub fn codes_per_number(mut self, codes: usize, period: Duration) -> Self {
        self.floods.codes_per_number = Some(Rate { count: codes.max(1), period });
        self
    }

    /// Sends so many login codes for one device in this time, to whatever numbers; more are refused with
    /// `PHONE_PASSWORD_FLOOD`. Default: no limit.
    #[must_use]
    pub fn codes_per_device(mut self, codes: usize, period: Duration) -> Self {
        self.floods.codes_per_device = Some(Rate { count: codes.max(1), period });
        self
    }

    /// Lets each account write so many messages in a day, by the server's clock; more are answered `FLOOD_WAIT_X`, with the
    /// seconds until the next day. Default: 1,000,000, for the sake of the storage.
    #[must_use]
    pub fn messages_per_day(mut self, messages: usize) -> Self {
        self.floods.messages_per_day = Some(messages.max(1));
        self
    }

    /// Gives each account so much room for its files and unfinished uploads together, in bytes; a part that does not fit is
    /// refused with `FILE_PARTS_INVALID`. Default: 16 GiB, or 1 GiB where files are kept in memory.
    #[must_use]
    pub fn file_space(mut self, bytes: u64) -> Self {
        self.file_space = Some(bytes);
        self
    }

    /// The RSA key to use.
    #[must_use]
    pub fn rsa_key(mut self, key: impl Into<Arc<RsaPrivateKey>>) -> Self {
        self.key = KeySource::Given(key.into());
        self
    }

    /// Uses an RSA key that is part of this crate, so that the server starts in milliseconds and clients may keep the
    /// public half ([`test_public_key_pem`](crate::test_public_key_pem)) in their sources.
    ///
    /// For tests on one machine only: everybody has the private half.
    #[must_use]
    pub fn test_key(mut self) -> Self {
        self.key = KeySource::Test;
        self
    }

    /// The file with the RSA key, a PKCS#1 private key in PEM. If there is no such file, a key is made and written
    /// there, readable by its owner only.
    #[must_use]
    pub fn rsa_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = KeySource::File(path.into());
        self
    }

    /// The folder that keeps accounts, keys and undelivered messages; made if it is missing. Default: memory.
    #[must_use]
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// The PostgreSQL database that keeps everything but the bytes of files, as
    /// `postgres://user:password@host/name?schema=world`. Any number of servers may share it: a client may be connected to
    /// any of them. Without a schema the database's default one is used; a schema that is missing is made.
    ///
    /// Bytes of files stay in memory, or in the [`data_dir`](Self::data_dir), which the servers then have to share.
    #[must_use]
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = Some(url.into());
        self
    }

    /// Where the bytes of files are kept: `file:///folder`, or `s3://bucket/prefix?endpoint=http://host:port&region=name` with
    /// credentials from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`), if this crate was built with its
    /// feature `s3`. Servers that share a database have to share this, too. Default: in the [`data_dir`](Self::data_dir),
    /// or in memory.
    #[must_use]
    pub fn blobs(mut self, address: impl Into<String>) -> Self {
        self.blobs = Some(address.into());
        self
    }

    /// How servers that share a [`database`](Self::database) tell each other what happened: `nats://host:port`, if this
    /// crate was built with its feature `nats`. Default: by LISTEN and NOTIFY of the database.
    #[must_use]
    pub fn bus(mut self, address: impl Into<String>) -> Self {
        self.bus = Some(address.into());
        self
    }

    /// The clock to go by. Default: the machine's. Whatever it is, [`Server::advance`] sets the server ahead of it.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Draws all random values from this seed, so that a run repeats: to the byte if the clock stands still
    /// ([`FixedClock`](crate::FixedClock)) and clients do one thing after the other. For tests only: everything secret becomes
    /// predictable.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Begins with the world of a snapshot: its accounts, keys, mailboxes, files and time, and its RSA key and data
    /// centre unless others are given. Sessions of one world are good in the other. With a data folder, the folder must
    /// be empty.
    #[must_use]
    pub fn fork(mut self, snapshot: &Snapshot) -> Self {
        self.fork = Some(snapshot.clone());
        self
    }

    /// Takes over from a running server how it treats its clients: strictness, limits on calls, codes and connections, where
    /// numbers are at home, the CDN, how strangers are described, and whether codes are shown in the log. Not its address, key,
    /// storage, clock and seed.
    #[must_use]
    pub fn like(mut self, server: &Server) -> Self {
        let world = &server.world;
        self.strict = !world.exchange.accept_legacy_rsa;
        self.floods = world.floods.limits().clone();
        self.homes = world.centres.homes().to_vec();
        self.cdn = world.cdn.is_some();
        self.short_strangers = world.short_strangers;
        self.require_login_email = world.require_login_email;
        self.file_space = Some(world.file_space);
        self.connections_per_address = Some(world.connections_per_address);
        self.hide_codes = !world.log_codes;
        self
    }

    /// Refuses what the protocol left behind and some libraries still send: the old RSA padding with SHA-1.
    /// Default: accepted.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether updates about supergroups and channels describe those in short (`min`) who are no contacts of the viewer
    /// and have no chat with them, as Telegram's do: with names, and with an access hash that names nobody. Who writes to them has to
    /// name them by the message (`inputPeerUserFromMessage`). Default: no, everybody is described in full.
    #[must_use]
    pub fn short_strangers(mut self, short: bool) -> Self {
        self.short_strangers = short;
        self
    }

    /// Whether everybody who logs in by a number needs a mail address for it: who has none is asked for one first
    /// (`auth.sentCodeTypeSetUpEmailRequired`), and gets codes by mail from then on. See [`Server::email_code`] for them, and
    /// [`Server::set_login_email`] for an account that has one already. Default: no.
    #[must_use]
    pub fn require_login_email(mut self, required: bool) -> Self {
        self.require_login_email = required;
        self
    }

    /// Whether there is a CDN data centre beside the others: a port above theirs with an RSA key of its own, to which
    /// clients are sent that fetch documents and say that they can (`upload.getFile` with `cdn_supported`). Its key is
    /// made at each start. Default: no.
    #[must_use]
    pub fn cdn(mut self, cdn: bool) -> Self {
        self.cdn = cdn;
        self
    }

    /// Whether login codes and codes of mails are shown in the log: the only place to find them where there is neither
    /// [`Server::login_code`] nor somebody who calls it. Default: shown.
    #[must_use]
    pub fn log_codes(mut self, shown: bool) -> Self {
        self.hide_codes = !shown;
        self
    }

    /// How many connections one address may have open at a time. Default: 4096.
    ///
    /// A client opens about twenty; a machine that runs many clients against one server has many.
    #[must_use]
    pub fn connections_per_address(mut self, limit: usize) -> Self {
        self.connections_per_address = Some(limit);
        self
    }

    /// Starts the server. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`ServerError`]: the address is taken, the data folder or the key file cannot be used.
    pub async fn spawn(self) -> Result<Server, ServerError> {
        let asked = self.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        // The port first: it is what fails most, and nothing has been written yet.
        let mut listeners = Vec::new();
        bind(&mut listeners, asked, self.data_centres.unwrap_or(1)).await?;
        let fork = self.fork;
        let kept = fork.as_ref().map(|snapshot| &*snapshot.0);
        let seed = self.seed.map(Seed::Number).or(kept.and_then(|kept| kept.seed.map(Seed::Bytes)));
        let rng = SharedRng::new(seed)?;
        let is_test = matches!(self.key, KeySource::Test);
        let rsa = make_key(self.key.or_of(kept), &rng).await?;
        let (blobs, file_space) = open_blobs(self.data_dir.as_deref(), self.blobs.as_deref()).await?;
        let is_new = self.data_dir.is_none() && self.database.is_none() && kept.is_none();
        let (store, database) = open_store(self.data_dir.as_deref(), self.database.as_deref(), kept).await?;
        let node = rand::random();

        let storage = |error: crate::store::StoreError| ServerError::Storage { reason: error.to_string() };
        let dc_id = self.dc_id.or(kept.map(|kept| kept.dc_id)).unwrap_or(DEFAULT_DC);
        let had = i32::try_from(store.data_centres().await?).unwrap_or(1).max(1);
        let count = self.data_centres.unwrap_or(had);
        bind(&mut listeners, asked, count).await?;
        if count < had || store.set_data_centres(i64::from(count)).await?.is_err() {
            return Err(ServerError::DataCentres { reason: "the world has had more of them before" });
        }
        let extra = match self.cdn {
            true => Some(bind_at(asked, listeners.len()).await?),
            false => None,
        };
        let (centres, mut listeners) = open_centres(listeners, dc_id, self.homes, self.cdn)?;
        let cdn = match extra {
            Some(listener) => {
                let key = if is_test { KeySource::Test } else { KeySource::Fresh };
                let cdn = open_cdn(&listener, make_key(key, &rng).await?, !self.strict)?;
                listeners.push((CDN_ID, listener));
                Some(Arc::new(cdn))
            }
            None => None,
        };
        let first = centres.get(dc_id).ok_or(ServerError::DataCentres {
            reason: "the number of the first one must be among theirs, which begin at 1",
        })?;
        let address = first.address;
        let access = AccessHashes::new(store.secret("access hashes", rng.bytes()).await.map_err(storage)?);
        let carrier = open_bus(&store, database.as_ref(), self.bus.as_deref()).await?;
        let salts = Salts::new(store.secret("salts", rng.bytes()).await.map_err(storage)?);
        if let Some(kept) = kept {
            let failed = |error: std::io::Error| ServerError::Storage { reason: error.to_string() };
            snapshot::import(&*blobs, &kept.blobs).await.map_err(failed)?;
        }
        let time = match (self.clock, kept) {
            (Some(base), _) => VirtualClock::over(base, Duration::ZERO),
            (None, Some(kept)) => VirtualClock::over(Arc::clone(&kept.base), kept.ahead),
            (None, None) => VirtualClock::new(),
        };
        let clock: Arc<dyn Clock> = Arc::clone(&time) as _;
        let mut exchange = ServerExchangeConfig::new(vec![Arc::clone(&rsa)])
            .map_err(|error| ServerError::Storage { reason: error.to_string() })?;
        exchange.accept_legacy_rsa = !self.strict;
        let dh = chappe_crypto::dh::DhParams::known(3).map_err(ServerError::MakeKey)?;

        let (stop, shutdown) = watch::channel(false);
        let faults = Faults::new(rng.fork());
        let world = Arc::new(World {
            faults,
            stats: Stats::default(),
            floods: Floods::new(self.floods),
            bot_answers: tokio::sync::Notify::new(),
            store,
            clock,
            time,
            rng,
            dc_id,
            address,
            centres,
            cdn,
            access,
            salts,
            dh,
            exchange: Arc::new(exchange),
            exchange_steps: Arc::new(Semaphore::new(EXCHANGE_STEPS)),
            parked: Parked::default(),
            keys: Keys::default(),
            bus: carrier.clone().map_or_else(Bus::default, |carrier| Bus::new(carrier, node)),
            blobs,
            file_space: self.file_space.unwrap_or(file_space),
            connections_per_address: self.connections_per_address.unwrap_or(CONNECTIONS_PER_ADDRESS),
            log_codes: !self.hide_codes,
            short_strangers: self.short_strangers,
            require_login_email: self.require_login_email,
            tasks: Tasks::default(),
            seen: broadcast::channel(SEEN_QUEUE).0,
            shutdown,
            codes: Mutex::new(HashMap::new()),
            unimplemented: Mutex::new(BTreeMap::new()),
            unlisted: Mutex::new(BTreeMap::new()),
            layer_failures: crate::edge::Failures::default(),
            media_opened: tokio::sync::Notify::new(),
            making_accounts: tokio::sync::Mutex::default(),
        });
        // An empty world has nothing that is old or half done.
        if !is_new {
            world.purge().await.map_err(storage)?;
            world.finish_deliveries().await.map_err(storage)?;
            world.load_codes().await.map_err(storage)?;
        }
        if let Some(carrier) = carrier {
            world.tasks.spawn(bus::listen(Arc::clone(&world), carrier, node));
        }
        let listening = tokio::spawn(net::listen(Arc::clone(&world), listeners));
        world.tasks.spawn(crate::server::purge_regularly(Arc::clone(&world)));
        world.tasks.spawn(crate::server::expire_media_in_time(Arc::clone(&world)));
        tracing::info!(%address, dc_id = world.dc_id, "the server is ready");
        Ok(Server::new(world, rsa, stop, listening))
    }
}

/// Listens at the ports that are missing for so many data centres.
async fn bind(listeners: &mut Vec<TcpListener>, asked: SocketAddr, count: i32) -> Result<(), ServerError> {
    if !(1..=centres::MOST).contains(&count) {
        return Err(ServerError::DataCentres { reason: "there can be 1 to 5 of them" });
    }
    while i32::try_from(listeners.len()).is_ok_and(|have| have < count) {
        listeners.push(bind_at(asked, listeners.len()).await?);
    }
    Ok(())
}

/// Listens so many ports above the one that was asked for.
async fn bind_at(asked: SocketAddr, above: usize) -> Result<TcpListener, ServerError> {
    let above = u16::try_from(above).unwrap_or(u16::MAX);
    let port = match asked.port() {
        0 => 0,
        port => port.checked_add(above).ok_or(ServerError::DataCentres {
            reason: "the port is so high that there are not enough above it",
        })?,
    };
    let address = SocketAddr::new(asked.ip(), port);
    TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })
}

fn open_cdn(
    listener: &TcpListener,
    rsa: Arc<RsaPrivateKey>,
    accept_legacy_rsa: bool,
) -> Result<cdn::Shared, ServerError> {
    let address = listener.local_addr();
    let address = address.map_err(|error| ServerError::Storage { reason: error.to_string() })?;
    let mut exchange = ServerExchangeConfig::new(vec![Arc::clone(&rsa)])
        .map_err(|error| ServerError::Storage { reason: error.to_string() })?;
    exchange.accept_legacy_rsa = accept_legacy_rsa;
    Ok(cdn::Shared::new(DataCentre { id: CDN_ID, address }, rsa, Arc::new(exchange)))
}

/// The data centres at these ports. Only one has the number that was asked for; several have theirs from 1 on.
fn open_centres(
    listeners: Vec<TcpListener>,
    dc_id: i32,
    homes: Vec<(String, i32)>,
    has_cdn: bool,
) -> Result<(Centres, Vec<(i32, TcpListener)>), ServerError> {
    let ids: Vec<i32> = if listeners.len() == 1 { vec![dc_id] } else { (1..=centres::MOST).collect() };
    let numbered: Vec<(i32, TcpListener)> = ids.into_iter().zip(listeners).collect();
    let mut all = Vec::with_capacity(numbered.len());
    for (id, listener) in &numbered {
        let address = listener.local_addr();
        let address = address.map_err(|error| ServerError::Storage { reason: error.to_string() })?;
        all.push(DataCentre { id: *id, address });
    }
    let centres = Centres::new(all, homes, has_cdn);
    Ok((centres, numbered))
}

async fn make_key(source: KeySource, rng: &SharedRng) -> Result<Arc<RsaPrivateKey>, ServerError> {
    let mut rng = rng.fork();
    let work = match source {
        KeySource::Given(key) => return Ok(key),
        KeySource::Test => return test_key::private().map_err(ServerError::MakeKey),
        KeySource::Fresh => tokio::task::spawn_blocking(move || key_file::make(&mut rng)),
        KeySource::File(path) => tokio::task::spawn_blocking(move || key_file::load_or_make(&path, &mut rng)),
    };
    match work.await {
        Ok(key) => key.map(Arc::new),
        Err(error) => Err(ServerError::Randomness { reason: error.to_string() }),
    }
}

async fn open_store(
    folder: Option<&Path>,
    database: Option<&str>,
    kept: Option<&Kept>,
) -> Result<(Store, Option<Address>), ServerError> {
    let place = match (database, folder) {
        (Some(url), _) => Address::parse(url).map(Place::Postgres).ok_or(ServerError::DatabaseAddress)?,
        (None, None) => Place::Memory,
        (None, Some(folder)) => {
            let file = folder.join(DATABASE);
            prepare(folder, &file)
                .map_err(|source| ServerError::DataDir { path: folder.to_owned(), source })?;
            if let Some(kept) = kept {
                fork_into(&file, kept, folder)?;
            }
            Place::File(file)
        }
    };
    if kept.is_some() && matches!(place, Place::Postgres(_)) {
        return Err(ServerError::Storage { reason: "a snapshot cannot go into PostgreSQL".into() });
    }
    let store = Store::open(&place).await.map_err(|error| {
        let reason = error.to_string();
        match &place {
            Place::Memory => ServerError::Storage { reason },
            Place::File(path) => ServerError::Database { path: path.clone(), reason },
            Place::Postgres(address) => ServerError::Postgres { address: address.shown(), reason },
        }
    })?;
    if let (Place::Memory, Some(kept)) = (&place, kept) {
        store.load(&kept.database).await?;
    }
    let address = match place {
        Place::Postgres(address) => Some(address),
        _ => None,
    };
    Ok((store, address))
}

/// The way to the other processes of the same world.
async fn open_bus(
    store: &Store,
    database: Option<&Address>,
    bus: Option<&str>,
) -> Result<Option<Carrier>, ServerError> {
    let refused = |reason: String| ServerError::Bus { reason };
    let Some(address) = database else {
        return match bus {
            None => Ok(None),
            Some(_) => {
                Err(refused("it connects servers that share a database, and there is none".to_owned()))
            }
        };
    };
    // A name that only this world knows: one database or bus may carry many, some of them with the same seed.
    let name = store.secret("bus", rand::random()).await?;
    let channel =
        name.iter().take(16).fold(String::from("chappe_"), |name, byte| format!("{name}{byte:02x}"));
    if let Some(bus) = bus {
        return Carrier::open(bus, channel).await.map(Some).map_err(refused);
    }
    let notify = Notify::open(address, channel)
        .await
        .map_err(|error| ServerError::Postgres { address: address.shown(), reason: error.to_string() })?;
    Ok(Some(Carrier::Postgres(notify)))
}

/// Puts the database of a snapshot where there is none yet.
fn fork_into(file: &Path, kept: &Kept, folder: &Path) -> Result<(), ServerError> {
    let unusable = |source| ServerError::DataDir { path: folder.to_owned(), source };
    if fs::metadata(file).map_err(unusable)?.len() > 0 {
        return Err(ServerError::ForkOverData { path: folder.to_owned() });
    }
    fs::write(file, &kept.database).map_err(unusable)
}

async fn open_blobs(
    folder: Option<&Path>,
    address: Option<&str>,
) -> Result<(Arc<dyn Blobs>, u64), ServerError> {
    let path = match (address, folder) {
        (None, None) => return Ok((Arc::new(Memory::default()), FILE_SPACE_IN_MEMORY)),
        (None, Some(folder)) => folder.join(BLOBS),
        (Some(address), _) => match address.strip_prefix("file://") {
            Some(path) => PathBuf::from(path),
            None => return Ok((open_objects(address).await?, FILE_SPACE)),
        },
    };
    match Folder::open(&path) {
        Ok(blobs) => Ok((Arc::new(blobs), FILE_SPACE)),
        Err(source) => Err(ServerError::DataDir { path, source }),
    }
}

#[cfg(feature = "s3")]
async fn open_objects(address: &str) -> Result<Arc<dyn Blobs>, ServerError> {
    let refused = |reason: String| ServerError::Blobs { reason };
    let objects = crate::blobs::Objects::open(address).map_err(refused)?;
    objects.check().await.map_err(|error| refused(error.to_string()))?;
    Ok(Arc::new(objects))
}

#[cfg(not(feature = "s3"))]
async fn open_objects(address: &str) -> Result<Arc<dyn Blobs>, ServerError> {
    let reason = match address.starts_with("s3://") {
        true => "this program was built without S3; build it with --features s3",
        false => "it begins neither with file:// nor with s3://",
    };
    Err(ServerError::Blobs { reason: reason.to_owned() })
}

/// Makes folder and file, both for the owner only: auth keys are in there.
fn prepare(folder: &std::path::Path, file: &std::path::Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let mut options = fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}
