//! The client: a handle to the tasks that do the work.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chappe_mtproto::rpc::RpcError;
use chappe_tl::{Decode, Function};
use tokio::sync::{Mutex, Semaphore};

use crate::account::{self, AccountHandle, Query};
use crate::builder::{ClientBuilder, Config};
use crate::call::{Call, CallHandle, InvokeOptions, Policy};
use crate::error::{Error, InvokeError};
use crate::files::Centres;
use crate::limits;
use crate::net::{self, NetHandle};
use crate::peers::{Owner, PeerCache};
use crate::rt::{self, JoinHandle};
use crate::secret::SecretChats;
use crate::session::{Claimed, Session, StoredSession};
use crate::updates::{Hub, Observer, SecretEvents, UpdateStream};

/// A connection to Telegram, logged in or not. Cheap to clone; all clones share it.
///
/// Its tasks end with the last clone, or by [`Client::disconnect`].
///
/// ```no_run
/// use chappe::{Client, Message, SqliteSession};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let session = SqliteSession::open("bot.session").await?;
/// let client = Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
/// if !client.is_authorized().await? {
///     client.sign_in_bot("123456:TOKEN").await?;
/// }
/// let mut updates = client.updates();
/// while let Some(event) = updates.recv().await {
///     match Message::from_update(&client, &event) {
///         Some(message) if message.text() == "/ping" => drop(message.reply("pong").await?),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Arc<Config>,
    pub(crate) net: NetHandle,
    pub(crate) account: AccountHandle,
    pub(crate) hub: Hub,
    pub(crate) centres: Centres,
    pub(crate) peers: PeerCache,
    pub(crate) store: Arc<dyn Session>,
    calls: Arc<Semaphore>,
    tasks: Mutex<Option<Tasks>>,
}

struct Tasks {
    account: JoinHandle<()>,
    net: JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.account.shutdown();
        self.net.shutdown();
    }
}

impl Client {
    /// Begins to build a client for the application with these numbers (from <https://my.telegram.org>; the embedded
    /// server takes any).
    ///
    /// ```no_run
    /// use chappe::{Client, StringSession};
    ///
    /// # async fn run() -> Result<(), chappe::Error> {
    /// let session = StringSession::parse(&std::env::var("SESSION").unwrap_or_default())?;
    /// let client = Client::builder(1, "hash from my.telegram.org").session(session).connect().await?;
    /// println!("{} is logged in", client.me().await?.id);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(api_id: i32, api_hash: &str) -> ClientBuilder {
        ClientBuilder::new(api_id, api_hash)
    }

    pub(crate) async fn open(config: Config, store: Arc<dyn Session>) -> Result<Self, Error> {
        let config = Arc::new(config);
        let store: Arc<dyn Session> = Arc::new(Claimed::new(store).await?);
        let peers = PeerCache::load(&*store).await?;
        let hub = Hub::new();
        let (net, events, net_task) = net::start(config.clone(), store.clone()).await?;
        let (account, account_task) =
            account::start(config.clone(), store.clone(), net.clone(), events, hub.clone(), peers.clone())?;
        let client = Self {
            inner: Arc::new(Inner {
                config,
                net,
                account,
                hub,
                centres: Centres::default(),
                peers,
                store,
                calls: Arc::new(Semaphore::new(limits::MAX_CALLS)),
                tasks: Mutex::new(Some(Tasks { account: account_task, net: net_task })),
            }),
        };
        if let Some(stored) = client.stored_session().await
            && let Some(user_id) = stored.user_id
        {
            client.inner.peers.set_owner(Some(Owner { user_id, is_bot: stored.is_bot }));
            client.inner.account.log_in(user_id, stored.is_bot).await?;
        }
        Ok(client)
    }

    /// Calls a method of the API and waits for its answer.
    ///
    /// Flood waits up to the limit are slept through, faults of the server (500) repeated a few times, migrations
    /// followed. A connection that breaks is replaced, and the call goes on. Dropping the future gives the call up:
    /// the server may have carried it out all the same.
    ///
    /// ```no_run
    /// use chappe::{Client, functions, types};
    ///
    /// # async fn run(client: Client) -> Result<(), chappe::InvokeError> {
    /// let sent = client.invoke(functions::messages::SendEncryptedService {
    ///     peer: types::InputEncryptedChat { chat_id: 43, access_hash: -4156887774564 }.into(),
    ///     random_id: -4156887774564,
    ///     data: b"arbitrary data here".to_vec(),
    /// }).await?;
    /// # drop(sent);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InvokeError::Rpc`] with the server's words if it refuses; the other variants if there is no answer.
    pub async fn invoke<R: Function>(&self, request: R) -> Result<R::Response, InvokeError> {
        self.invoke_with(request, InvokeOptions::default()).await
    }

    /// As [`Client::invoke`], after other calls: the server carries this one out only once those have succeeded
    /// (`invokeAfterMsg`). Their handles come from [`Client::call`].
    ///
    /// ```no_run
    /// use chappe::{InvokeOptions, functions};
    ///
    /// # async fn run(client: chappe::Client, peer: chappe::enums::InputPeer) -> Result<(), chappe::InvokeError> {
    /// let read = client.call(functions::messages::ReadHistory { peer, max_id: 0 }, InvokeOptions::default());
    /// // Sent beside it, carried out once the chat is read.
    /// let first = [read.handle()];
    /// let gone = client.invoke_after(&first, functions::account::UpdateStatus { offline: true });
    /// tokio::try_join!(read, gone)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::invoke`]; `MSG_WAIT_FAILED` if one of the others failed.
    pub async fn invoke_after<R: Function>(
        &self,
        after: &[CallHandle],
        request: R,
    ) -> Result<R::Response, InvokeError> {
        self.invoke_with(request, InvokeOptions { after: after.to_vec(), ..InvokeOptions::default() }).await
    }

    /// As [`Client::invoke`], with options.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use chappe::{InvokeError, InvokeOptions, functions};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::InvokeError> {
    /// let options = InvokeOptions { timeout: Some(Duration::from_secs(2)), ..InvokeOptions::default() };
    /// match client.invoke_with(functions::help::GetNearestDc {}, options).await {
    ///     Ok(nearest) => println!("data centre {}", nearest.nearest_dc),
    ///     Err(InvokeError::TimedOut { after }) => println!("no answer within {after:?}"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::invoke`].
    pub async fn invoke_with<R: Function>(
        &self,
        request: R,
        options: InvokeOptions,
    ) -> Result<R::Response, InvokeError> {
        let body = request.to_bytes()?;
        drop(request);
        let answer = self.invoke_raw_with(body, options).await?;
        Ok(R::Response::from_bytes(&answer)?)
    }

    /// Calls a method given as TL bytes (without wrappers) and returns the answer as TL bytes.
    ///
    /// ```no_run
    /// use chappe::{Decode, Encode, functions, types};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = functions::help::GetConfig {}.to_bytes()?;
    /// let answer = client.invoke_raw(request).await?; // bytes as they may be logged, cached, passed on
    /// println!("{:?}", types::Config::from_bytes(&answer)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::invoke`].
    pub async fn invoke_raw(&self, request: Vec<u8>) -> Result<Vec<u8>, InvokeError> {
        self.invoke_raw_with(request, InvokeOptions::default()).await
    }

    /// As [`Client::invoke_raw`], with options.
    ///
    /// ```no_run
    /// use chappe::InvokeOptions;
    ///
    /// # async fn run(client: chappe::Client, request: Vec<u8>) -> Result<(), chappe::InvokeError> {
    /// // A request that somebody else has put together, to data centre 4.
    /// let options = InvokeOptions { dc_id: Some(4), ..InvokeOptions::default() };
    /// let answer = client.invoke_raw_with(request, options).await?;
    /// println!("{} bytes", answer.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::invoke`].
    pub async fn invoke_raw_with(
        &self,
        request: Vec<u8>,
        options: InvokeOptions,
    ) -> Result<Vec<u8>, InvokeError> {
        let timeout = options.timeout;
        within(timeout, self.ask(Arc::new(request), InvokeOptions { timeout: None, ..options })).await
    }

    async fn ask(&self, request: Arc<Vec<u8>>, options: InvokeOptions) -> Result<Vec<u8>, InvokeError> {
        let net = match options.dc_id {
            None => self.inner.net.clone(),
            Some(dc_id) => self.way_to(dc_id).await?,
        };
        let mut answer = self.ask_there(&net, net.next_handle(), request.clone(), options.clone()).await;
        // It was not carried out.
        if let Err(error @ InvokeError::Rpc(_)) = &answer
            && let Some(net) = self.again_at(&net, error)
            && let Ok(net) = net.await
        {
            answer = self.ask_there(&net, net.next_handle(), request.clone(), options.clone()).await;
        }
        self.redirected(answer, request, options).await
    }

    /// Waits until one call more may be on its way.
    async fn ask_there(
        &self,
        net: &NetHandle,
        handle: CallHandle,
        request: Arc<Vec<u8>>,
        options: InvokeOptions,
    ) -> Result<Vec<u8>, InvokeError> {
        // Not while a connection is made: those who make it have calls of their own.
        let _permit = self.inner.calls.acquire().await.map_err(|_| InvokeError::Closed)?;
        Call::start_as(net, handle, request, options, self.policy()).await
    }

    /// Asks another data centre what belongs to it for this one call.
    async fn redirected(
        &self,
        answer: Result<Vec<u8>, InvokeError>,
        request: Arc<Vec<u8>>,
        options: InvokeOptions,
    ) -> Result<Vec<u8>, InvokeError> {
        let elsewhere = answer.as_ref().err().and_then(InvokeError::rpc).and_then(RpcError::redirect_to);
        let Some(dc_id) = elsewhere.filter(|dc_id| options.dc_id != Some(*dc_id)) else { return answer };
        let net = self.way_to(dc_id).await?;
        self.ask_there(&net, net.next_handle(), request, options).await
    }

    /// A connection to a data centre, with the login. In a box, because it makes calls itself.
    fn way_to(
        &self,
        dc_id: i32,
    ) -> Pin<Box<dyn Future<Output = Result<NetHandle, InvokeError>> + Send + '_>> {
        Box::pin(async move {
            self.data_centre(dc_id).await.map_err(|error| match error.rpc() {
                Some(rpc) => InvokeError::Rpc(rpc.clone()),
                None => InvokeError::Migration { dc_id, reason: error.to_string() },
            })
        })
    }

    /// Sends a call at once, without waiting. The [`Call`] is a future of the answer; dropping it gives the call up.
    /// Its [`handle`](Call::handle) names it for [`Client::invoke_after`].
    ///
    /// A call to [another data centre](InvokeOptions::dc_id) is sent when it is first awaited, and so is one for which there is
    /// no room because [as many as may](crate::limits::MAX_CALLS) are on their way.
    ///
    /// ```no_run
    /// use chappe::{InvokeOptions, functions};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::InvokeError> {
    /// // Both are sent before the first answer is there.
    /// let config = client.call(functions::help::GetConfig {}, InvokeOptions::default());
    /// let nearest = client.call(functions::help::GetNearestDc {}, InvokeOptions::default());
    /// println!("{:?}, {:?}", config.await?, nearest.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<R>(&self, request: R, options: InvokeOptions) -> Call<R::Response>
    where
        R: Function,
        R::Response: Send + 'static,
    {
        let net = &self.inner.net;
        let handle = net.next_handle();
        let body = match request.to_bytes() {
            Ok(body) => Arc::new(body),
            Err(error) => return Call::new(handle, async move { Err(error.into()) }),
        };
        let timeout = options.timeout;
        let client = self.clone();
        let permit = match options.dc_id {
            None => self.inner.calls.clone().try_acquire_owned().ok(),
            Some(_) => None,
        };
        let options = InvokeOptions { timeout: None, ..options };
        let sent = permit.map(|permit| {
            let call = Call::start_as(net, handle, body.clone(), options.clone(), self.policy());
            async move {
                let answer = call.await;
                drop(permit);
                answer
            }
        });
        let answer = async move {
            match (sent, options.dc_id) {
                (Some(sent), _) => client.redirected(sent.await, body, options).await,
                (None, Some(_)) => client.ask(body, options).await,
                (None, None) => {
                    let answer = client.ask_there(&client.inner.net, handle, body.clone(), options.clone());
                    client.redirected(answer.await, body, options).await
                }
            }
        };
        Call::new(handle, within(timeout, answer)).decoded()
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy { flood_wait_limit: self.inner.config.flood_wait_limit, repeat_faults: true }
    }

    /// Everything that happens, in order and without loss, over restarts too: updates of the API and events of secret
    /// chats. Asking the stream for the next event says that those before it are handled; the session never stores
    /// more than that. See [what holds](crate::updates#what-holds).
    ///
    /// The first stream gets what came before it and is not handled. Take it before [`Client::catch_up`].
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// let mut updates = client.updates();
    /// while let Some(event) = updates.recv().await {
    ///     if let Some(text) = event.text() {
    ///         println!("{text}");
    ///     }
    /// }
    /// # }
    /// ```
    pub fn updates(&self) -> UpdateStream {
        UpdateStream::new(self.inner.hub.subscribe(true), self.inner.account.clone())
    }

    /// Everything that happens, for looking on: an observer handles nothing, holds nothing up, and is told when it has
    /// lost something because it was slow.
    ///
    /// Each observer gets every event from its creation on. The first reader of a client also gets what came before it.
    ///
    /// ```no_run
    /// use chappe::{ConnectionState, Event};
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut events = client.observe();
    /// tokio::spawn(async move {
    ///     while let Some(event) = events.recv().await {
    ///         match event {
    ///             Event::Connection(ConnectionState::Connecting) => println!("offline"),
    ///             Event::Connection(ConnectionState::Connected) => println!("online"),
    ///             _ => {}
    ///         }
    ///     }
    /// });
    /// # }
    /// ```
    pub fn observe(&self) -> Observer {
        Observer::new(self.inner.hub.subscribe(false))
    }

    /// The events of secret chats alone, for looking on.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client) {
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     if let SecretEvent::Typing { chat } = event {
    ///         println!("somebody types in chat {chat}");
    ///     }
    /// }
    /// # }
    /// ```
    pub fn secret_events(&self) -> SecretEvents {
        SecretEvents::new(self.observe())
    }

    /// The secret chats of this account on this device.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for chat in client.secret_chats().list().await? {
    ///     println!("chat {} with user {}: {:?}", chat.id, chat.user_id, chat.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn secret_chats(&self) -> SecretChats {
        SecretChats::new(self.clone())
    }

    /// Waits until what happened while this client was not connected has been fetched: secret messages are stored then,
    /// and everything else waits in the [stream](Client::updates). If that is
    /// [full](crate::limits::MAX_UNREAD_UPDATES), the rest is fetched while it is read.
    ///
    /// A program that runs for long need not call it; one that connects, looks and ends should.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // What a program does that cron starts once an hour.
    /// let mut updates = client.updates();
    /// client.catch_up().await?;
    /// while let Ok(Some(event)) = tokio::time::timeout(std::time::Duration::ZERO, updates.recv()).await {
    ///     println!("{:?}", event.text());
    /// }
    /// updates.save().await?;
    /// client.disconnect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized) if nobody is logged in;
    /// [`ErrorKind::Connection`](crate::ErrorKind::Connection) once the client has given up [connecting](crate::Reconnect);
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) if the client is disconnected before.
    pub async fn catch_up(&self) -> Result<(), Error> {
        tokio::select! {
            biased;
            unreachable = self.inner.net.unreachable() => Err(unreachable.into()),
            caught_up = self.inner.account.ask(|reply| Query::CatchUp { reply }) => caught_up,
        }
    }

    /// The login as it is stored now, at once even while there is no connection; `None` once the client is disconnected. Secret.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) {
    /// // A text that another machine can go on with, kept where passwords are kept.
    /// if let Some(session) = client.stored_session().await {
    ///     println!("{}", *session.to_text());
    /// }
    /// # }
    /// ```
    pub async fn stored_session(&self) -> Option<StoredSession> {
        self.inner.net.stored()
    }

    /// The server's time as this client estimates it, in Unix seconds, at once even while there is no connection; the machine's
    /// own once the client is disconnected.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::Peer) -> Result<(), chappe::Error> {
    /// // In an hour, however wrong the clock of this machine is.
    /// let date = client.server_time().await + 3600;
    /// client.send(&chat, "The oven!").schedule(date as i32).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn server_time(&self) -> i64 {
        self.inner.net.time()
    }

    /// Cuts all connections as if the network had failed; the client connects anew by itself, also if it has given up. For
    /// tests and for programs that learn of a change of network.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, mut network: tokio::sync::watch::Receiver<String>) {
    /// // The machine has moved to another network: the old connection is dead, though nobody has said so yet.
    /// while network.changed().await.is_ok() {
    ///     client.reconnect();
    /// }
    /// # }
    /// ```
    pub fn reconnect(&self) {
        self.inner.net.reconnect();
        self.inner.centres.reconnect();
    }

    /// Ends the tasks, the connection and the use of the session. Pending calls fail with [`InvokeError::Closed`].
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut updates = client.updates();
    /// tokio::select! {
    ///     _ = updates.recv() => println!("something has happened"),
    ///     stop = tokio::signal::ctrl_c() => stop?,
    /// }
    /// client.disconnect().await?; // everything is on the disk, nothing runs any more
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Session`](crate::ErrorKind::Session) if the session cannot be closed.
    pub async fn disconnect(&self) -> Result<(), Error> {
        // Whoever comes second waits for the first.
        let mut tasks = self.inner.tasks.lock().await;
        if let Some(Tasks { account, net }) = tasks.take() {
            self.inner.account.shutdown();
            // Nothing goes on that waits for a server which does not answer.
            self.inner.centres.end(true).await;
            // A task that panicked has ended, too. What it still asks for leaves before the connection ends.
            drop(account.await);
            self.inner.net.shutdown();
            drop(net.await);
            self.inner.hub.close();
            self.inner.peers.store(&*self.inner.store).await;
            self.inner.store.close().await?;
        }
        Ok(())
    }
}

/// The answer to a call, unless it takes too long.
async fn within<T>(
    timeout: Option<Duration>,
    answer: impl Future<Output = Result<T, InvokeError>>,
) -> Result<T, InvokeError> {
    match timeout {
        None => answer.await,
        Some(after) => rt::timeout(after, answer).await.unwrap_or(Err(InvokeError::TimedOut { after })),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api_id", &self.inner.config.api_id)
            .field("centres", &self.inner.config.centres)
            .finish_non_exhaustive()
    }
}
