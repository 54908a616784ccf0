//! What a session is told without asking.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chappe_api::{enums, types};
use chappe_tl::Encode;

use super::{Session, Wake};
use crate::edge;
use crate::keys::Key;
use crate::limits::{DIFFERENCE_BYTES, HELD_WAKES};
use crate::model::eyes::{Eyes, Peers};
use crate::model::mail;
use crate::model::note::{self, Note};
use crate::model::peer_id::PeerId;
use crate::model::update::{self, Viewer};
use crate::model::user;
use crate::store::{self, Change, DeviceEvent, EventKind};
use crate::world::World;

/// Messages loaded at once.
const BATCH: usize = 32;

/// Who comes back and has missed more asks for the difference.
const BACKLOG: i32 = 256;

/// Turns wakes into updates, in order and each once.
pub(super) struct Pusher {
    world: Arc<World>,
    key: Arc<Key>,
    session: Arc<Session>,
    /// Of the last message pushed to this session. Messages are read behind it from the mailbox, so they go out in
    /// order whatever order the wakes came in.
    pushed_qts: Option<i32>,
    /// The same for mailboxes.
    pushed_pts: HashMap<i64, i32>,
    /// What the client knows from answers to its calls: mailbox and pts.
    own: HashSet<(i64, i32)>,
    /// Peers that this session was told of: a short form may name them.
    told: HashSet<PeerId>,
    /// The client wants no updates on this session.
    silent: bool,
    /// What came while nobody was connected, in its order. Of a mailbox only the first: what follows is read there.
    held: VecDeque<Wake>,
    /// It was too much to be held.
    missed: bool,
}

impl Pusher {
    pub(super) fn new(world: Arc<World>, key: Arc<Key>, session: Arc<Session>) -> Self {
        Self {
            world,
            key,
            session,
            pushed_qts: None,
            pushed_pts: HashMap::new(),
            own: HashSet::new(),
            told: HashSet::new(),
            silent: false,
            held: VecDeque::new(),
            missed: false,
        }
    }

    pub(super) fn silence(&mut self) {
        self.silent = true;
    }

    /// A new session begins with what comes from now on: the client asks for the difference by itself.
    pub(super) async fn begin(&mut self) {
        self.pushed_qts = None;
        self.pushed_pts.clear();
        self.own.clear();
        self.told.clear();
        self.held.clear();
        self.missed = false;
        let Some(device) = self.key.device() else { return };
        if let Err(error) = self.begin_for(device).await {
            tracing::error!(%error, "the state of a device could not be read");
        }
    }

    async fn begin_for(&mut self, device: i64) -> store::Result<()> {
        let Some(authorization) = self.world.store.authorization(device).await? else {
            self.world.keys.note_user(device, 0);
            return Ok(());
        };
        let user_id = authorization.user_id;
        self.world.keys.note_user(device, user_id);
        self.pushed_qts = Some(self.world.store.device_qts(device).await?);
        self.pushed_pts.insert(user_id, self.world.store.pts(user_id).await?);
        Ok(())
    }

    /// The client learns of this change from the answer to its call.
    pub(super) fn skip(&mut self, change: Change) {
        if !self.silent {
            self.own.insert((change.mailbox, change.pts));
        }
    }

    /// Keeps a wake for when the client comes back: nothing is made for those who may never do.
    pub(super) fn hold(&mut self, wake: Wake) {
        if self.silent || self.missed {
            return;
        }
        let is_held = self.held.iter().any(|held| match (held, &wake) {
            (Wake::Mail(held), Wake::Mail(new)) => held.mailbox == new.mailbox,
            (Wake::Message { .. }, Wake::Message { .. }) => true,
            _ => false,
        });
        if is_held {
            return;
        }
        self.held.push_back(wake);
        if self.held.len() > HELD_WAKES {
            self.held.clear();
            self.missed = true;
        }
    }

    /// Whether something waits for the client to come back.
    pub(super) fn holds(&self) -> bool {
        self.missed || !self.held.is_empty()
    }

    /// Tells what was held back.
    pub(super) async fn come_back(&mut self) {
        if !self.holds() {
            return;
        }
        if self.missed || self.is_far_behind().await {
            self.begin().await;
            self.too_long();
            return;
        }
        for wake in std::mem::take(&mut self.held) {
            self.wake(wake).await;
        }
    }

    async fn is_far_behind(&self) -> bool {
        let mut behind: i32 = 0;
        for wake in &self.held {
            let Wake::Mail(change) = wake else { continue };
            let before = change.pts.saturating_sub(change.pts_count);
            let cursor = self.pushed_pts.get(&change.mailbox).copied().unwrap_or(before);
            // If it cannot be read, the push says so.
            let pts = self.world.store.pts(change.mailbox).await.unwrap_or(cursor);
            behind = behind.saturating_add(pts.saturating_sub(cursor));
        }
        behind > BACKLOG
    }

    pub(super) async fn wake(&mut self, wake: Wake) {
        if let Wake::LoginChanged { .. } = wake {
            self.begin().await;
            return;
        }
        if self.silent {
            return;
        }
        if let Err(error) = self.tell(wake).await {
            tracing::error!(%error, "an update could not be made");
        }
    }

    /// Something was lost on the way: the client shall ask for the difference.
    pub(super) fn too_long(&self) {
        if !self.silent {
            self.send(&enums::Updates::TooLong);
        }
    }

    async fn tell(&mut self, wake: Wake) -> store::Result<()> {
        if let Wake::Note(note) = &wake
            && note.is_for_anyone()
        {
            return self
                .note(Viewer { device: self.key.id, user_id: 0, dc_id: self.world.dc_id }, note)
                .await;
        }
        let Some(device) = self.key.device() else { return Ok(()) };
        let Some(authorization) = self.world.store.authorization(device).await? else { return Ok(()) };
        let dc_id = self.world.dc_of(&self.key).0;
        let viewer = Viewer { device, user_id: authorization.user_id, dc_id };
        let date = self.world.clock.now().unix_secs_i32();
        match wake {
            Wake::Message { qts } => self.messages(viewer, qts).await,
            Wake::ChatChanged { chat_id } => {
                let event = DeviceEvent { chat_id, kind: EventKind::ChatChanged, max_date: 0, at: date };
                self.event(viewer, event).await
            }
            Wake::Read { chat_id, max_date, date } => {
                let event = DeviceEvent { chat_id, kind: EventKind::MessagesRead, max_date, at: date };
                self.event(viewer, event).await
            }
            Wake::Typing { chat_id } => {
                let update = types::UpdateEncryptedChatTyping { chat_id }.into();
                self.send(&types::UpdateShort { update, date }.into());
                Ok(())
            }
            Wake::Note(note) => self.note(viewer, &note).await,
            Wake::Mail(change) => self.mail(viewer, change).await,
            Wake::LoginChanged { .. } => Ok(()),
        }
    }

    fn eyes(&self, viewer: Viewer) -> Eyes<'_> {
        Eyes { world: &self.world, viewer, now: self.world.clock.now().unix_secs() }
    }

    async fn send_with(&self, eyes: &Eyes<'_>, update: enums::Update, peers: Peers) -> store::Result<()> {
        let (users, chats) = peers.load(eyes).await?;
        self.send_box(eyes, update, users, chats);
        Ok(())
    }

    fn send_box(
        &self,
        eyes: &Eyes<'_>,
        update: enums::Update,
        users: Vec<enums::User>,
        chats: Vec<enums::Chat>,
    ) {
        let date = i32::try_from(eyes.now).unwrap_or(i32::MAX);
        self.send(&types::Updates { updates: vec![update], users, chats, date, seq: 0 }.into());
    }

    /// What is told to a whole channel does not look at each member: see `ServerBuilder::short_strangers`.
    async fn shorten_strangers(&self, viewer: i64, users: &mut [enums::User]) -> store::Result<()> {
        for user in users {
            let enums::User::User(user) = user else { continue };
            let is_known = user.is_self
                || user.contact
                || self.world.store.dialog(viewer, PeerId::user(user.id).0).await?.is_some();
            if !is_known {
                user::shorten(user, &self.world.access, viewer);
            }
        }
        Ok(())
    }

    /// Reads a mailbox behind what was pushed before.
    async fn mail(&mut self, viewer: Viewer, change: Change) -> store::Result<()> {
        let mailbox = change.mailbox;
        // Who has left a channel since hears no more of it.
        if mailbox < 0 {
            let part = self.world.store.member(mailbox, viewer.user_id).await?;
            if part.is_none_or(|part| !part.is_in()) {
                self.pushed_pts.remove(&mailbox);
                return Ok(());
            }
        }
        let before = change.pts.saturating_sub(change.pts_count);
        let mut after = *self.pushed_pts.entry(mailbox).or_insert(before);
        loop {
            let slice = self.world.store.mail_events(mailbox, after, BATCH).await?;
            for event in &slice.events {
                after = event.pts;
                self.pushed_pts.insert(mailbox, after);
                if self.own.remove(&(mailbox, after)) {
                    continue;
                }
                let mut peers = Peers::default();
                let eyes = Eyes { world: &self.world, viewer, now: self.world.clock.now().unix_secs() };
                let update = match mail::update(&eyes, mailbox, event, &mut peers).await? {
                    Some(update) => update,
                    // Else the client would ask for what is missing.
                    None if mailbox < 0 => mail::nothing(mailbox, event, &mut peers),
                    None => continue,
                };
                let known = peers.iter().all(|peer| self.told.contains(&peer));
                if let Some(short) = mail::short(&update).filter(|_| known) {
                    self.send(&short);
                    continue;
                }
                self.told.extend(peers.iter());
                let (mut users, chats) = peers.load(&eyes).await?;
                if mailbox < 0 && self.world.short_strangers {
                    self.shorten_strangers(viewer.user_id, &mut users).await?;
                }
                self.send_box(&eyes, update, users, chats);
            }
            if !slice.more {
                return Ok(());
            }
        }
    }

    async fn event(&self, viewer: Viewer, event: DeviceEvent) -> store::Result<()> {
        let (store, access) = (&self.world.store, &self.world.access);
        let now = self.world.clock.now();
        if let Some((update, peer)) = update::event(store, access, viewer, event).await? {
            let users = update::users(store, access, viewer, vec![peer], now.unix_secs()).await?;
            self.send(&update::updates(vec![update], users, now.unix_secs_i32()));
        }
        Ok(())
    }

    async fn note(&self, viewer: Viewer, note: &Note) -> store::Result<()> {
        let (eyes, mut peers) = (self.eyes(viewer), Peers::default());
        let Some(update) = note::see(&eyes, note, &mut peers).await? else { return Ok(()) };
        if peers.iter().next().is_none() {
            let date = i32::try_from(eyes.now).unwrap_or(i32::MAX);
            self.send(&types::UpdateShort { update, date }.into());
            return Ok(());
        }
        self.send_with(&eyes, update, peers).await
    }

    async fn messages(&mut self, viewer: Viewer, qts: i32) -> store::Result<()> {
        let (store, access) = (&self.world.store, &self.world.access);
        let mut after = self.pushed_qts.unwrap_or(qts.saturating_sub(1));
        loop {
            let slice = store.queued_messages(viewer.device, after, BATCH, DIFFERENCE_BYTES).await?;
            for message in slice.messages {
                after = message.qts;
                self.pushed_qts = Some(after);
                let now = self.world.clock.now();
                let chat = store.secret_chat(message.chat_id).await?;
                let peer = chat.and_then(|chat| chat.peer_of(viewer.user_id));
                let users =
                    update::users(store, access, viewer, peer.into_iter().collect(), now.unix_secs()).await?;
                let update = update::new_message(message, viewer, access);
                self.send(&update::updates(vec![update], users, now.unix_secs_i32()));
            }
            if !slice.more {
                return Ok(());
            }
        }
    }

    fn send(&self, updates: &enums::Updates) {
        let bytes = match updates.to_bytes() {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "an update could not be written");
                return;
            }
        };
        if let Ok(bytes) = edge::down(self.key.layer(), bytes, &self.world.layer_failures) {
            self.session.push(&self.world, bytes);
        }
    }
}
