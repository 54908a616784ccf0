//! What all connections and sessions of a server share.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chappe_crypto::dh::DhParams;
use chappe_mtproto::exchange::ServerExchangeConfig;
use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::server::Salts;
use tokio::sync::{Notify, Semaphore, broadcast, watch};

use crate::blobs::{BlobId, Blobs};
use crate::bus::Bus;
use crate::call::After;
use crate::cdn;
use crate::centres::Centres;
use crate::clock::{Clock, VirtualClock};
use crate::faults::Faults;
use crate::floods::Floods;
use crate::keys::{Key, Keys, lock};
use crate::methods::Registry;
use crate::model::access::AccessHashes;
use crate::model::media;
use crate::model::note::Hearers;
use crate::net::Parked;
use crate::observe::Seen;
use crate::random::SharedRng;
use crate::session::{Session, Wake};
use crate::stats::Stats;
use crate::store::{self, Authorization, Change, Store};
use crate::tasks::Tasks;

/// Numbers with a code waiting, at most. Beyond it the ones in memory are forgotten; the stored ones stay good.
pub(crate) const REMEMBERED_CODES: usize = 10_000;

/// Names of unimplemented methods that are counted, at most: clients choose them.
const COUNTED_METHODS: usize = 4096;

/// A login as a call meets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login {
    pub(crate) authorization: Authorization,
    /// Where the account is at home, if this login was carried to another data centre.
    pub(crate) home: Option<i32>,
}

/// The shared state of one server.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    /// The same clock, to be set ahead.
    pub(crate) time: Arc<VirtualClock>,
    pub(crate) rng: SharedRng,
    pub(crate) dc_id: i32,
    pub(crate) address: SocketAddr,
    pub(crate) centres: Centres,
    /// The CDN beside them, if there is one.
    pub(crate) cdn: Option<Arc<cdn::Shared>>,
    pub(crate) access: AccessHashes,
    pub(crate) salts: Salts,
    pub(crate) dh: DhParams,
    pub(crate) exchange: Arc<ServerExchangeConfig>,
    /// Bounds the expensive steps of auth key exchanges that run or wait.
    pub(crate) exchange_steps: Arc<Semaphore>,
    /// Exchanges whose connection is gone.
    pub(crate) parked: Parked,
    pub(crate) keys: Keys,
    pub(crate) bus: Bus,
    pub(crate) blobs: Arc<dyn Blobs>,
    /// Bytes of files that an account may have.
    pub(crate) file_space: u64,
    pub(crate) connections_per_address: usize,
    pub(crate) log_codes: bool,
    /// Whether pushes about channels describe strangers in short.
    pub(crate) short_strangers: bool,
    /// Nobody logs in by a number without a mail address.
    pub(crate) require_login_email: bool,
    pub(crate) tasks: Tasks,
    pub(crate) seen: broadcast::Sender<Seen>,
    pub(crate) shutdown: watch::Receiver<bool>,
    /// Codes by number or mail address, each with its end in Unix seconds.
    pub(crate) codes: Mutex<HashMap<String, (String, i64)>>,
    pub(crate) unimplemented: Mutex<BTreeMap<String, u64>>,
    /// Errors that were given by methods of which nobody expects them.
    pub(crate) unlisted: Mutex<BTreeMap<String, u64>>,
    pub(crate) layer_failures: crate::edge::Failures,
    pub(crate) faults: Faults,
    pub(crate) stats: Stats,
    pub(crate) floods: Floods,
    /// A bot of this process has answered somebody.
    pub(crate) bot_answers: Notify,
    /// Somebody has opened a medium here that may go soon.
    pub(crate) media_opened: Notify,
    /// Two tasks that ask for the same account at once get the same.
    pub(crate) making_accounts: tokio::sync::Mutex<()>,
}

fn count(counts: &Mutex<BTreeMap<String, u64>>, what: &str) {
    let mut counts = lock(counts);
    if let Some(count) = counts.get_mut(what) {
        *count += 1;
    } else if counts.len() < COUNTED_METHODS {
        counts.insert(what.to_owned(), 1);
    }
}

impl World {
    /// The key with this id, from memory or storage. `None` if it is unknown or expired.
    pub(crate) async fn key(&self, id: i64) -> store::Result<Option<Arc<Key>>> {
        let now = self.clock.now().unix_secs();
        let key = match self.keys.get(id) {
            // It may have been bound at another process since.
            Some(key) if self.bus.is_shared() && key.device().is_none() => {
                self.refresh_key(id).await?;
                key
            }
            Some(key) => key,
            None => {
                let Some(row) = self.store.auth_key(id).await? else { return Ok(None) };
                let Ok(key) = Key::new(&row) else { return Ok(None) };
                self.keys.insert(key)
            }
        };
        if key.is_expired(now) {
            self.keys.remove(id);
            return Ok(None);
        }
        Ok(Some(key))
    }

    /// Who is logged in on a device, here or by a login that was carried over.
    pub(crate) async fn login(&self, device: i64) -> store::Result<Option<Login>> {
        if let Some(authorization) = self.store.authorization(device).await? {
            return Ok(Some(Login { authorization, home: None }));
        }
        if !self.centres.are_several() {
            return Ok(None);
        }
        let Some(carried) = self.store.carried_login(device).await? else { return Ok(None) };
        let Some(user) = self.store.user(carried.user_id).await? else { return Ok(None) };
        let authorization = Authorization {
            auth_key_id: device,
            user_id: carried.user_id,
            encrypted_requests_disabled: true,
            is_bot: user.is_bot,
        };
        Ok(Some(Login { authorization, home: i32::try_from(carried.home).ok() }))
    }

    /// The data centre that a client on this key believes it talks to, and whether in test mode: the one that made the
    /// key, or, with only one, what the client says.
    pub(crate) fn dc_of(&self, key: &Key) -> (i32, bool) {
        let (said, test_mode) = key.this_dc(self.dc_id);
        let own = if key.home == 0 { self.dc_id } else { key.home };
        (if self.centres.are_several() { own } else { said }, test_mode)
    }

    pub(crate) fn bind(&self, temp: &Key, perm: i64) {
        self.keys.bind(temp, perm);
    }

    /// Wakes the sessions of a device. A hint: what a device missed, it gets from getDifference.
    pub(crate) fn wake(&self, device: i64, wake: Wake) {
        for session in self.keys.sessions_of(device) {
            session.wake(wake.clone());
        }
    }

    /// Deletes the bytes of dead blobs. What fails is tried again with the next purge.
    pub(crate) fn bury_blobs(self: &Arc<Self>) {
        let world = Arc::clone(self);
        self.tasks.spawn(async move {
            let dead = world.store.dead_blobs().await.unwrap_or_default();
            for id in dead {
                if *world.shutdown.borrow() {
                    return;
                }
                let gone = world.blobs.delete(BlobId(id)).await;
                let forgotten = match gone {
                    Ok(()) => world.store.forget_dead_blob(id).await.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                if let Err(error) = forgotten {
                    tracing::error!(error, "the bytes of a file could not be deleted");
                }
            }
        });
    }

    /// Waits for so long by the server's clock; `false` if the server stops before.
    pub(crate) async fn sleep(&self, wait: Duration) -> bool {
        let until = self.clock.now().monotonic.saturating_add(wait);
        let mut shutdown = self.shutdown.clone();
        while self.clock.now().monotonic < until {
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop) => return false,
                () = self.clock.sleep_until(until) => {}
            }
        }
        true
    }

    /// Deletes what is older than its time, and ends devices and accounts that are not used any more.
    pub(crate) async fn purge(self: &Arc<Self>) -> store::Result<()> {
        self.expire_media().await?;
        let now = self.clock.now().unix_secs();
        let (accounts, devices) = self.store.unused(now).await?;
        let mut after = Vec::new();
        for device in devices {
            let out = self.store.revoke(device, now).await?;
            after.extend(out.changes.into_iter().map(After::ChatChanged));
            after.push(After::LoginChanged { device, logged_in: false });
        }
        for account in accounts {
            let (devices, changes) = self.store.delete_user(account, now).await?;
            after.extend(changes.into_iter().map(After::ChatChanged));
            after.extend(devices.into_iter().map(|device| After::LoginChanged { device, logged_in: false }));
        }
        self.tell(after);
        let keys = self.store.purge(now).await?;
        if !keys.is_empty() {
            keys.iter().for_each(|id| self.keys.remove(*id));
            self.tell(vec![After::KeysChanged { ids: keys }]);
        }
        self.store.free_media(now).await?;
        self.bury_blobs();
        Ok(())
    }

    /// Tells others what a call changed.
    pub(crate) fn tell(&self, after: Vec<After>) {
        self.tell_but(after, None);
    }

    /// The same; `caller` is left out where its answer says all.
    pub(crate) fn tell_but(&self, after: Vec<After>, caller: Option<&Arc<Session>>) {
        after.iter().for_each(|after| self.bus.tell(after));
        self.wake_for(after, caller);
    }

    /// Wakes the sessions here that `after` concerns.
    fn wake_for(&self, after: Vec<After>, caller: Option<&Arc<Session>>) {
        let wake_users = |users: &[i64], wake: &Wake, but: Option<&Arc<Session>>| {
            for session in users.iter().flat_map(|user| self.keys.sessions_of_user(*user)) {
                if but.is_none_or(|but| !Arc::ptr_eq(but, &session)) {
                    session.wake(wake.clone());
                }
            }
        };
        for after in after {
            match after {
                After::ChatChanged(change) => {
                    for device in change.devices {
                        self.wake(device, Wake::ChatChanged { chat_id: change.chat_id });
                    }
                }
                After::MessageQueued { device, qts } => self.wake(device, Wake::Message { qts }),
                After::Typing { device, chat_id } => self.wake(device, Wake::Typing { chat_id }),
                After::Read { device, chat_id, max_date, date } => {
                    self.wake(device, Wake::Read { chat_id, max_date, date });
                }
                After::Note { to: Hearers::Devices(devices), note } => {
                    for device in devices {
                        self.wake(device, Wake::Note(note.clone()));
                    }
                }
                After::Note { to: Hearers::Accounts(users), note } => {
                    wake_users(&users, &Wake::Note(note), caller);
                }
                After::KeyBound { id, logged_in } => {
                    for session in self.keys.get(id).iter().flat_map(|key| key.sessions()) {
                        session.wake(Wake::LoginChanged { logged_in });
                    }
                }
                After::LoginChanged { device, logged_in } => {
                    self.wake(device, Wake::LoginChanged { logged_in });
                }
                After::Mail { change, users, own: _ } => wake_users(&users, &Wake::Mail(change), None),
                // Who did it knows.
                After::KeysChanged { .. } | After::CodesChanged => {}
            }
        }
    }

    /// Another process has told of this.
    pub(crate) async fn hear(&self, after: After) {
        let done = match after {
            After::KeysChanged { ids } => self.refresh_keys(&ids).await,
            After::CodesChanged => self.load_codes().await,
            after => {
                self.wake_for(vec![after], None);
                Ok(())
            }
        };
        if let Err(error) = done {
            tracing::error!(%error, "what another process has changed could not be read");
        }
    }

    /// Something of other processes was missed: what is in memory is read again, and clients ask for the difference.
    pub(crate) async fn catch_up(&self) {
        let done = async {
            self.refresh_keys(&self.keys.ids()).await?;
            self.load_codes().await
        };
        if let Err(error) = done.await {
            tracing::error!(%error, "what other processes have changed could not be read");
        }
        self.keys.all_sessions().iter().for_each(|session| session.lag());
    }

    /// Does what a process that is gone has left half done.
    pub(crate) async fn take_over(&self) {
        if let Err(error) = self.finish_deliveries().await {
            tracing::error!(%error, "what another process has left could not be done");
        }
        self.media_opened.notify_one();
        self.catch_up().await;
    }

    /// Does what a sudden end has left between two mailboxes; whoever reads them hears of it, wherever they are.
    pub(crate) async fn finish_deliveries(&self) -> store::Result<()> {
        self.tell_mail(self.deliver(None).await?);
        Ok(())
    }

    /// Takes away the media whose time is over. Says when the next one goes, in Unix seconds.
    pub(crate) async fn expire_media(&self) -> store::Result<Option<i64>> {
        let now = self.clock.now().unix_secs();
        self.tell_mail(self.store.expire_media(media::emptied, now).await?);
        self.store.next_media_timer().await
    }

    /// Something has happened in mailboxes of people.
    fn tell_mail(&self, changes: Vec<Change>) {
        let mail = |change: Change| After::Mail { change, users: vec![change.mailbox], own: false };
        self.tell(changes.into_iter().map(mail).collect());
    }

    async fn refresh_keys(&self, ids: &[i64]) -> store::Result<()> {
        for id in ids.iter().filter(|id| self.keys.contains(**id)) {
            self.refresh_key(*id).await?;
        }
        Ok(())
    }

    /// Reads again what another process may have changed about a key.
    async fn refresh_key(&self, id: i64) -> store::Result<()> {
        let row = self.store.auth_key(id).await?;
        let Some(key) = self.keys.get(id) else { return Ok(()) };
        match row {
            None => self.keys.remove(id),
            Some(row) => {
                if row.bound_to != 0 {
                    self.keys.bind(&key, row.bound_to);
                }
                key.remember(|info| info.layer = i32::try_from(row.layer).unwrap_or(info.layer));
            }
        }
        Ok(())
    }

    /// Fills the codes that wait from the storage.
    pub(crate) async fn load_codes(&self) -> store::Result<()> {
        let now = self.clock.now().unix_secs();
        let rows = self.store.login_codes(now, REMEMBERED_CODES).await?;
        let rows = rows.into_iter().map(|(at, code, expires_at)| (at, (code, expires_at)));
        // The newest comes first and has to win.
        let loaded = rows.rev().collect();
        *lock(&self.codes) = loaded;
        Ok(())
    }

    /// Some codes are void in the storage: here and at other processes nobody is told them any more.
    pub(crate) async fn codes_changed(&self) -> store::Result<()> {
        self.bus.tell(&After::CodesChanged);
        self.load_codes().await
    }

    pub(crate) fn remember_code(&self, number: &str, code: &str, expires_at: i64) {
        self.bus.tell(&After::CodesChanged);
        let mut codes = lock(&self.codes);
        if codes.len() >= REMEMBERED_CODES {
            codes.clear();
        }
        codes.insert(number.to_owned(), (code.to_owned(), expires_at));
    }

    /// The code that waits at a number or a mail address.
    pub(crate) fn code(&self, at: &str) -> Option<String> {
        let now = self.clock.now().unix_secs();
        let codes = lock(&self.codes);
        codes.get(at).filter(|(_, expires_at)| *expires_at > now).map(|(code, _)| code.clone())
    }

    pub(crate) fn forget_code(&self, number: &str) {
        lock(&self.codes).remove(number);
        self.bus.tell(&After::CodesChanged);
    }

    pub(crate) fn count_unimplemented(&self, method: &str) {
        count(&self.unimplemented, method);
    }

    /// Counts what a method could not do because this server does not have it, and errors that no list has for it.
    pub(crate) fn note_error(&self, method: &str, error: &RpcError) {
        if error.name == "METHOD_NOT_IMPLEMENTED" {
            self.count_unimplemented(method);
        }
        let text = format!("{} {}", error.code, error.text());
        if !Registry::get().lists(method, &text) {
            tracing::warn!(method, error = text, "an error that is not listed for this method");
            count(&self.unlisted, &format!("{method}: {text}"));
        }
    }
}
