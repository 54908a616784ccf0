//! What a handler knows about the call it serves.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chappe_api::enums;
use chappe_crypto::Now;
use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::{MsgId, SessionId};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::limits;
use crate::methods::Registry;
use crate::methods::errors::{Answer, unregistered};
use crate::model::note::{Hearers, Note, Notice};
use crate::model::peer_id::PeerId;
use crate::model::update::Viewer;
use crate::store::{AccountChange, Authorization, Change, ChatChange, Store, UserRow};
use crate::world::World;

/// What others have to hear of, once the caller has its answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum After {
    /// A secret chat changed.
    ChatChanged(ChatChange),
    /// A message was queued for a device.
    MessageQueued { device: i64, qts: i32 },
    /// The other side of a secret chat is typing.
    Typing { device: i64, chat_id: i32 },
    /// The other side has read messages.
    Read { device: i64, chat_id: i32, max_date: i32, date: i32 },
    /// Somebody likes to hear of something at once that has no counter.
    Note { to: Hearers, note: Note },
    /// These keys were bound, are gone, or speak another layer: for the other processes.
    KeysChanged { ids: Vec<i64> },
    /// A code was made or used: for the other processes.
    CodesChanged,
    /// This temporary key speaks for a device now, on which somebody is logged in or not.
    KeyBound { id: i64, logged_in: bool },
    /// Somebody logged in or out on a device.
    LoginChanged { device: i64, logged_in: bool },
    /// Something happened in a mailbox that these accounts read. The caller's answer tells of it if it is `own`.
    Mail { change: Change, users: Vec<i64>, own: bool },
}

/// Where the client believes it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment {
    /// The number of the data centre.
    pub(crate) this_dc: i32,
    /// The same as it is stored with what is made there: 0 if there is no other.
    pub(crate) home: i32,
    /// It is the CDN.
    pub(crate) at_cdn: bool,
    pub(crate) test_mode: bool,
    /// The address under which it reached us.
    pub(crate) address: SocketAddr,
}

/// One call.
pub(crate) struct Call {
    pub(crate) world: Arc<World>,
    /// The key of the traffic.
    pub(crate) key: Arc<Key>,
    pub(crate) session_id: SessionId,
    pub(crate) msg_id: MsgId,
    /// The id of the permanent key: the device. The traffic's key if that is not bound.
    pub(crate) device: i64,
    pub(crate) authorization: Option<Authorization>,
    pub(crate) environment: Environment,
    pub(crate) now: Now,
    /// The export that it belongs to, from `invokeWithTakeout`.
    pub(crate) takeout: Option<i64>,
    /// The TL name.
    pub(crate) method: &'static str,
    after: Mutex<Vec<After>>,
    seen: Mutex<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(
        (world, key): (Arc<World>, Arc<Key>),
        (session_id, msg_id): (SessionId, MsgId),
        device: i64,
        authorization: Option<Authorization>,
        (environment, method): (Environment, &'static str),
    ) -> Self {
        let now = world.clock.now();
        let (after, seen) = (Mutex::default(), Mutex::default());
        let takeout = None;
        Self {
            world,
            key,
            session_id,
            msg_id,
            device,
            authorization,
            environment,
            now,
            takeout,
            method,
            after,
            seen,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.world.store
    }

    /// The first of these errors that the called method may give, with the code it has there.
    pub(crate) fn refuse(&self, names: &[&'static str]) -> RpcError {
        let (code, name) = Registry::get().error(self.method, names);
        RpcError::new(code, name)
    }

    /// The account that calls.
    pub(crate) fn user_id(&self) -> Answer<i64> {
        self.authorization.map(|authorization| authorization.user_id).ok_or_else(unregistered)
    }

    /// The calling device with this account on it.
    pub(crate) fn viewer(&self, user_id: i64) -> Viewer {
        Viewer { device: self.device, user_id, dc_id: self.environment.this_dc }
    }

    /// The account that calls, or the one that the device may log in to once it has shown the password.
    pub(crate) async fn claimant(&self) -> Answer<i64> {
        if let Some(authorization) = self.authorization {
            return Ok(authorization.user_id);
        }
        let after = self.unix().saturating_sub(limits::PENDING_LOGIN);
        self.store().pending_login(self.device, after).await?.ok_or_else(unregistered)
    }

    /// The account that calls, from the storage.
    pub(crate) async fn user(&self) -> Answer<UserRow> {
        self.store().user(self.user_id()?).await?.ok_or_else(unregistered)
    }

    /// Unix seconds.
    pub(crate) fn unix(&self) -> i64 {
        self.now.unix_secs()
    }

    /// Unix seconds as TL has them.
    pub(crate) fn date(&self) -> i32 {
        self.now.unix_secs_i32()
    }

    /// Has `after` happen once the caller has its answer.
    pub(crate) fn after(&self, after: After) {
        self.after.lock().unwrap_or_else(PoisonError::into_inner).push(after);
    }

    /// The same for chats that changed.
    pub(crate) fn after_changes(&self, changes: impl IntoIterator<Item = ChatChange>) {
        for change in changes {
            self.after(After::ChatChanged(change));
        }
    }

    pub(crate) fn take_after(&self) -> Vec<After> {
        std::mem::take(&mut self.after.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows the first bytes of opaque data to the observations.
    pub(crate) fn show(&self, data: &[u8]) {
        let first = data.get(..limits::SEEN_BYTES).unwrap_or(data);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = first.to_vec();
    }

    pub(crate) fn take_seen(&self) -> Vec<u8> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Logs a device out and tells whoever has to know.
    pub(crate) async fn log_out(&self, device: i64) -> Answer<()> {
        let out = self.store().log_out(device, self.unix()).await?;
        self.after_changes(out.changes);
        self.after(After::LoginChanged { device, logged_in: false });
        Ok(())
    }

    /// Logs a user in on this device and tells whoever has to know.
    pub(crate) async fn log_in(&self, user_id: i64) -> Result<(), RpcError> {
        let out = self.store().log_in(self.device, user_id, self.unix()).await?;
        self.after_changes(out.changes);
        self.after(After::LoginChanged { device: self.device, logged_in: true });
        if out.is_news {
            self.note_others(user_id, Note::NewAuthorization { device: self.device }).await?;
        }
        Ok(())
    }

    /// Tells the other devices of an account.
    pub(crate) async fn note_others(&self, user_id: i64, note: Note) -> Answer<()> {
        let mut devices = self.store().device_ids(user_id).await?;
        devices.retain(|device| *device != self.device);
        self.after(After::Note { to: Hearers::Devices(devices), note });
        Ok(())
    }

    /// Tells whoever watches an account, the calling device apart.
    pub(crate) async fn tell_watchers(&self, user_id: i64, note: Note) -> Answer<()> {
        let mut devices = self.store().watchers(user_id).await?;
        devices.retain(|device| *device != self.device);
        self.after(After::Note { to: Hearers::Devices(devices), note });
        Ok(())
    }

    /// Something about an account has changed that has no counter: other sessions hear of it at once or with the
    /// difference.
    pub(crate) async fn account_changed(
        &self,
        user_id: i64,
        change: AccountChange,
        peer: PeerId,
    ) -> Answer<()> {
        self.store().account_changed(user_id, change, peer.0, self.unix()).await?;
        let note = Note::Account { change, peer };
        self.after(After::Note { to: Hearers::Accounts(vec![user_id]), note });
        Ok(())
    }

    /// Sends accounts an update that is not kept; the calling session knows.
    pub(crate) fn notice(&self, users: Vec<i64>, update: impl Into<enums::Update>, peers: Vec<PeerId>) {
        let note = Note::Notice(Arc::new(Notice { update: update.into(), peers }));
        self.after(After::Note { to: Hearers::Accounts(users), note });
    }

    /// Ends another device's login and tells whoever has to know.
    pub(crate) async fn revoke(&self, device: i64) -> Answer<()> {
        let out = self.store().revoke(device, self.unix()).await?;
        self.after_changes(out.changes);
        self.after(After::LoginChanged { device, logged_in: false });
        Ok(())
    }
}
