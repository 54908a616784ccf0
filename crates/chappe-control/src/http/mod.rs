//! The control interface: what a test in any language asks of a server, over HTTP.
//!
//! `docs/control.md` describes it for users, `/openapi.json` for programs.

mod accounts;
mod clock;
mod codes;
mod faults;
mod guard;
mod life;
mod metrics;
mod openapi;
mod page;
mod problem;
mod routes;
mod seen;
mod snapshots;

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chappe_server::{Server, ServerError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::guard::{MIN_TOKEN_LEN, Token, Visits};
use self::problem::{Outcome, Problem};
use self::snapshots::{Fork, Shelf};
use crate::ready::{ControlFacts, Known, Ready, reachable};
use crate::seen::Recorder;

/// Longest time that a request may wait for something, in seconds.
const MAX_PATIENCE: f64 = 60.0;
/// How long connections may take to end once the interface stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a control interface did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The address can be reached from other machines.
    #[error(
        "the control interface would listen on {0}, for other machines, too: give an address such as 127.0.0.1:0, or \
         say that it may"
    )]
    NotLoopback(SocketAddr),
    /// The address is in use, not ours, or not permitted.
    #[error("the control interface cannot listen on {address}: {source}; choose another address, or port 0")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The token is too short.
    #[error(
        "the token of the control interface is too short: give 8 characters or more, or none for a random one"
    )]
    Token,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Randomness(std::io::Error),
}

/// Sets up a [`Control`]. Default: a free port of the loopback interface, and a random token.
#[derive(Debug, Default)]
pub struct ControlBuilder {
    listen: Option<SocketAddr>,
    remote: bool,
    token: Option<Token>,
    known: Known,
}

type Starting = Pin<Box<dyn Future<Output = Result<Control, ControlError>> + Send>>;

impl ControlBuilder {
    /// Where to listen. Default: `127.0.0.1:0`.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// Lets it listen on addresses that other machines reach. It speaks plain HTTP: whoever is between sees the token.
    #[must_use]
    pub fn remote(mut self, allowed: bool) -> Self {
        self.remote = allowed;
        self
    }

    /// What a request has to show, 8 characters or more. Default: random.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Token::new(token.into()));
        self
    }

    /// What is known of the accounts beyond what the server keeps.
    #[must_use]
    pub fn known(mut self, known: Known) -> Self {
        self.known = known;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`ControlError`].
    // A server that is forked gets an interface of its own: a type that has no name would hold itself.
    pub fn spawn(self, server: Arc<Server>) -> Starting {
        Box::pin(async move {
            let asked = self.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
            if !self.remote && !asked.ip().is_loopback() {
                return Err(ControlError::NotLoopback(asked));
            }
            let token = match self.token {
                Some(token) if token.text().len() < MIN_TOKEN_LEN => return Err(ControlError::Token),
                Some(token) => token,
                None => Token::random().map_err(ControlError::Randomness)?,
            };
            let failed = |source| ControlError::Listen { address: asked, source };
            let listener = TcpListener::bind(asked).await.map_err(failed)?;
            let address = listener.local_addr().map_err(failed)?;
            let shared = Arc::new(Shared {
                recorder: Recorder::start(server.observations()),
                server,
                known: Mutex::new(self.known),
                token,
                address,
                visits: Visits::default(),
                shelf: Mutex::default(),
                forks: tokio::sync::Mutex::default(),
                started: Instant::now(),
                stop: watch::channel(false).0,
                closing: watch::channel(false).0,
            });
            let router = routes::router(&shared);
            let mut closing = shared.closing.subscribe();
            let serving = tokio::spawn(async move {
                let end = async move {
                    let _ = closing.wait_for(|closing| *closing).await;
                };
                let served = axum::serve(listener, router).with_graceful_shutdown(end).await;
                if let Err(error) = served {
                    tracing::error!(%error, "the control interface has ended");
                }
            });
            tracing::info!(%address, "the control interface is ready");
            Ok(Control { shared, serving })
        })
    }
}

/// A running control interface. Ends with [`Control::shutdown`], or when it is dropped.
pub struct Control {
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Control {
    /// One with every setting at its default; see there.
    pub fn builder() -> ControlBuilder {
        ControlBuilder::default()
    }

    /// Where it begins, without a slash at the end.
    pub fn url(&self) -> String {
        self.shared.url()
    }

    /// What goes into the header `Authorization: Bearer TOKEN`. Secret.
    pub fn token(&self) -> &str {
        self.shared.token.text()
    }

    /// A link to the page, good for one visit. Secret.
    ///
    /// # Errors
    /// [`ControlError::Randomness`].
    pub fn page(&self) -> Result<String, ControlError> {
        Ok(self.shared.facts().map_err(ControlError::Randomness)?.page)
    }

    /// Everything there is to know of the server, with this interface.
    ///
    /// # Errors
    /// [`ServerError::Storage`].
    pub async fn ready(&self) -> Result<Ready, ServerError> {
        self.shared.ready().await
    }

    /// Waits until somebody asks the server to stop. Whoever owns it then stops it.
    pub async fn stop_asked(&self) {
        let mut stop = self.shared.stop.subscribe();
        let _ = stop.wait_for(|stop| *stop).await;
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.is_stopping()
    }

    /// Ends the interface, and the servers that were started over it. Requests under way get their answers.
    pub async fn shutdown(mut self) {
        self.shared.closing.send_replace(true);
        let forks = std::mem::take(&mut *self.shared.forks.lock().await);
        for fork in forks {
            Box::pin(Fork::stop(fork)).await;
        }
        if tokio::time::timeout(FAREWELL, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.shared.closing.send_replace(true);
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) server: Arc<Server>,
    pub(crate) recorder: Arc<Recorder>,
    known: Mutex<Known>,
    token: Token,
    address: SocketAddr,
    visits: Visits,
    shelf: Mutex<Shelf>,
    forks: tokio::sync::Mutex<Vec<Fork>>,
    started: Instant,
    /// Somebody asked the server to stop.
    stop: watch::Sender<bool>,
    /// The interface itself ends.
    closing: watch::Sender<bool>,
}

impl Shared {
    fn url(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn know(&self, name: &str, password: String) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).passwords.insert(name.to_owned(), password);
    }

    fn is_stopping(&self) -> bool {
        *self.stop.borrow() || *self.closing.borrow()
    }

    fn facts(&self) -> std::io::Result<ControlFacts> {
        let (url, link) = (self.url(), self.visits.link()?);
        let page = format!("{url}/?key={}", link.text());
        Ok(ControlFacts { url, token: self.token.text().to_owned(), page })
    }

    async fn ready(&self) -> Result<Ready, ServerError> {
        let known = self.known();
        let mut ready = Ready::of(&self.server, &known).await?;
        ready.control =
            Some(self.facts().map_err(|error| ServerError::Randomness { reason: error.to_string() })?);
        Ok(ready)
    }
}

/// How long a request wants to wait.
fn patience(seconds: f64) -> Outcome<Duration> {
    if (0.0..=MAX_PATIENCE).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(Problem::bad_request("`wait` is a number of seconds from 0 to 60"))
    }
}
