//! Carries out commands, each in a task of its own, and reports what came of them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chappe::files::Progress;
use chappe::secret::{FormattedText, OutgoingFile, OutgoingText, RandomId, SecretChat, SecretChatId};
use chappe::{Client, ConnectionState, Event as Update, Peer, PeerId, UserRef, enums};
use tokio::sync::mpsc;

use super::{cloud, secret};
use crate::chat::model::{ChatId, Command, Event, Part, Wanted};
use crate::cloud::Upload;
use crate::failure::{Failure, Kind};
use crate::fetch::{self, Destination};
use crate::people;
use crate::printable::clean_line;

/// How many chats of the cloud are listed.
const MOST_CHATS: usize = 200;

/// What carries out commands. Cheap to clone.
#[derive(Clone)]
pub(super) struct Worker(Arc<Inner>);

struct Inner {
    client: Client,
    /// Where fetched files go.
    downloads: PathBuf,
    events: mpsc::UnboundedSender<Event>,
    /// The names of people that we have heard of.
    names: Mutex<HashMap<i64, String>>,
    /// The chats of the cloud that are listed.
    listed: Mutex<HashSet<PeerId>>,
    /// Texts leave in the order in which they were written: one task per chat sends them.
    senders: Mutex<HashMap<ChatId, mpsc::UnboundedSender<Command>>>,
    /// Held while a secret chat is looked at and told of: an older look must not come after a newer one.
    looking: tokio::sync::Mutex<()>,
}

impl Worker {
    pub(super) fn new(client: Client, downloads: PathBuf, events: mpsc::UnboundedSender<Event>) -> Self {
        let (names, listed, senders) = (Mutex::default(), Mutex::default(), Mutex::default());
        let looking = tokio::sync::Mutex::default();
        Self(Arc::new(Inner { client, downloads, events, names, listed, senders, looking }))
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Reports something.
    pub(super) fn tell(&self, event: Event) {
        // If nobody listens any more, the program is about to end.
        let _ = self.0.events.send(event);
    }

    fn spawn(&self, work: impl Future<Output = Result<(), Failure>> + Send + 'static) {
        let worker = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = work.await {
                worker.tell(Event::Failed(failure.message()));
            }
        });
    }

    /// Begins to fetch what is shown first.
    pub(super) fn start(&self) {
        let worker = self.clone();
        self.spawn(async move { worker.load_chats().await });
    }

    async fn load_chats(&self) -> Result<(), Failure> {
        let me = self.client().me().await?;
        self.tell(Event::Me(clean_line(me.first_name.as_deref().unwrap_or("me"))));
        for contact in self.client().contacts().await? {
            self.name_of(&contact);
        }
        self.client().catch_up().await?;
        let dialogs = self.client().dialogs().limit(MOST_CHATS).collect().await?;
        for dialog in &dialogs {
            self.list(dialog.peer());
        }
        self.tell(Event::Chats(dialogs.iter().map(cloud::summary).collect()));
        for info in self.client().secret_chats().list().await? {
            self.show_secret(info.id).await?;
        }
        Ok(())
    }

    /// Remembers names.
    pub(super) fn learn(&self, users: &[enums::User]) {
        let mut names = lock(&self.0.names);
        for user in users {
            if let enums::User::User(user) = user {
                names.insert(user.id, cloud::title(&Peer::from((**user).clone())));
            }
        }
    }

    fn name(&self, user: i64) -> String {
        lock(&self.0.names).get(&user).cloned().unwrap_or_else(|| format!("user {user}"))
    }

    /// Notes that a chat is listed; whether it was not before.
    fn list(&self, peer: &Peer) -> bool {
        self.name_of(peer);
        lock(&self.0.listed).insert(peer.id())
    }

    /// Remembers the name of somebody.
    fn name_of(&self, peer: &Peer) {
        if let PeerId::User(id) = peer.id() {
            lock(&self.0.names).insert(id, cloud::title(peer));
        }
    }

    /// A chat in which something happens for the first time is put into the list before.
    async fn arrived(&self, message: chappe::Message, event: Event) -> Result<(), Failure> {
        let peer = match message.chat_info() {
            Some(peer) => peer.clone(),
            None => self.client().peer(message.chat()).await?,
        };
        if self.list(&peer) {
            self.tell(Event::Chats(vec![cloud::fresh(&peer)]));
        }
        self.tell(event);
        Ok(())
    }

    /// What an update changes. What has to be asked for comes later.
    pub(super) fn update(&self, update: Update) -> Result<Option<Event>, Failure> {
        if let Some(update) = update.api() {
            self.learn(&update.users);
        }
        match cloud::update(self.client(), &update) {
            Some((event, Some(message))) if !lock(&self.0.listed).contains(&message.chat().id()) => {
                let worker = self.clone();
                self.spawn(async move { worker.arrived(message, event).await });
                return Ok(None);
            }
            Some((event, _)) => return Ok(Some(event)),
            None => {}
        }
        match update {
            Update::Connection(state) => {
                return Ok(Some(Event::Connected(state == ConnectionState::Connected)));
            }
            Update::Lagged { .. } | Update::Missed { .. } => self.start(),
            Update::LoggedOut => {
                return Err(Failure::of(Kind::LoggedOut, "this device was logged out: run `chappe login`"));
            }
            Update::Restored => {
                return Err(Failure::of(
                    Kind::Session,
                    "this session is an older copy of itself: `chappe secret close-restored` ends its chats",
                ));
            }
            Update::Secret(event) => match secret::event(&event) {
                Some((_, Some(event))) => return Ok(Some(event)),
                Some((chat, None)) => {
                    let worker = self.clone();
                    self.spawn(async move { worker.show_secret(chat).await });
                }
                None => {}
            },
            _ => {}
        }
        Ok(None)
    }

    /// Tells how a secret chat stands, and that its history has changed.
    async fn show_secret(&self, chat: SecretChatId) -> Result<(), Failure> {
        let _looking = self.0.looking.lock().await;
        // It may have been forgotten meanwhile.
        let Ok(chat) = self.client().secret_chats().get(chat).await else { return Ok(()) };
        let info = chat.info().await?;
        let summary = secret::summary(self.client(), &info, self.name(info.user_id)).await?;
        let id = summary.id;
        self.tell(Event::Chats(vec![summary]));
        self.tell(Event::Happened(id));
        Ok(())
    }

    /// Carries out a command; returns at once.
    pub(super) fn execute(&self, command: Command) {
        match command {
            Command::SendText { chat, .. } => self.send_in_order(chat, command),
            command => {
                let worker = self.clone();
                self.spawn(async move { worker.carry_out(command).await });
            }
        }
    }

    fn send_in_order(&self, chat: ChatId, command: Command) {
        let mut senders = lock(&self.0.senders);
        let sender = senders.entry(chat).or_insert_with(|| {
            let (sender, mut queue) = mpsc::unbounded_channel();
            let worker = self.clone();
            tokio::spawn(async move {
                while let Some(command) = queue.recv().await {
                    worker.send_text(command).await;
                }
            });
            sender
        });
        // The task ends with the program.
        let _ = sender.send(command);
    }

    async fn send_text(&self, command: Command) {
        let Command::SendText { chat, text, reply_to, id } = command else { return };
        let sent = match chat {
            ChatId::Secret(number) => {
                let text = OutgoingText { reply_to: reply_to.map(RandomId), ..text.into() };
                async {
                    self.secret(SecretChatId(number)).await?.send_text(text).await?;
                    Ok::<(), Failure>(())
                }
                .await
            }
            ChatId::Cloud(_) => {
                async {
                    let mut sending = self.client().send(peer(chat)?, text);
                    if let Some(message) = reply_to {
                        sending = sending.reply_to(number(message)?);
                    }
                    let message = Some(cloud::message(&sending.await?));
                    self.tell(Event::Taken { chat, id, message });
                    Ok(())
                }
                .await
            }
        };
        if let Err(failure) = sent {
            self.tell(Event::FailedMessage { chat, id, why: failure.message() });
        }
    }

    async fn carry_out(&self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Find(who) => {
                let peer = crate::cloud::find(self.client(), &who).await?;
                if self.list(&peer) {
                    self.tell(Event::Chats(vec![cloud::fresh(&peer)]));
                }
                self.tell(Event::Open(ChatId::Cloud(peer.id().marked())));
                Ok(())
            }
            Command::StartSecret(wanted) => self.start_secret(wanted).await,
            Command::Accept(ChatId::Secret(chat)) => {
                self.client().secret_chats().accept(SecretChatId(chat)).await?;
                Ok(())
            }
            Command::Decline(ChatId::Secret(chat)) => {
                self.client().secret_chats().decline(SecretChatId(chat)).await?;
                Ok(())
            }
            Command::Close(chat) => Ok(self.secret_of(chat).await?.close().await?),
            Command::Delete { chat: chat @ ChatId::Cloud(_), message } => {
                self.client().delete_messages(peer(chat)?, [number(message)?]).await?;
                self.tell(Event::Deleted { chat: Some(chat), ids: vec![message] });
                Ok(())
            }
            Command::Delete { chat, message } => {
                self.secret_of(chat).await?.delete(&[RandomId(message)]).await?;
                Ok(())
            }
            Command::Download { chat, message, number } => {
                let fetched = self.download(chat, message, number).await;
                self.tell(Event::Transferred { chat, number });
                let (path, _) = fetched?;
                self.tell(Event::Told(format!("Saved as {}", path.display())));
                Ok(())
            }
            Command::Load { chat: ChatId::Secret(chat), count, .. } => {
                let (messages, complete) = secret::history(self.client(), SecretChatId(chat), count).await?;
                let chat = ChatId::Secret(chat);
                self.tell(Event::Loaded { chat, messages, part: Part::All, complete });
                Ok(())
            }
            Command::Load { chat, before, count } => {
                let (messages, complete) = cloud::history(self.client(), peer(chat)?, before, count).await?;
                let part = if before.is_some() { Part::More } else { Part::All };
                self.tell(Event::Loaded { chat, messages, part, complete });
                Ok(())
            }
            Command::MarkRead { chat: chat @ ChatId::Cloud(_), id, .. } => {
                Ok(self.client().mark_read(peer(chat)?, number(id)?).await?)
            }
            Command::MarkRead { chat, date, .. } => {
                let date = i32::try_from(date).unwrap_or(i32::MAX);
                Ok(self.secret_of(chat).await?.read_history(date).await?)
            }
            Command::SendFile { chat, path, caption, reply_to, number } => {
                let path = expand(&path);
                let sent = self.send_file(chat, &path, caption, reply_to, number).await;
                self.tell(Event::Transferred { chat, number });
                sent.map_err(|failure| failure.context(path.display()))
            }
            Command::SetTimer { chat, seconds } => {
                self.secret_of(chat).await?.set_ttl(Duration::from_secs(seconds.into())).await?;
                Ok(())
            }
            // Nobody misses it if it cannot be told.
            Command::Typing(chat @ ChatId::Cloud(_)) => {
                let _ = self.client().set_typing(peer(chat)?, enums::SendMessageAction::TypingAction).await;
                Ok(())
            }
            Command::Typing(chat) => {
                let _ = self.secret_of(chat).await?.typing(true).await;
                Ok(())
            }
            Command::Verify { chat, verified } => {
                let chat = self.secret_of(chat).await?;
                chat.set_verified(verified).await?;
                self.show_secret(chat.id()).await
            }
            _ => Ok(()),
        }
    }

    async fn send_file(
        &self,
        chat: ChatId,
        path: &Path,
        caption: FormattedText,
        reply_to: Option<i64>,
        transfer: u64,
    ) -> Result<(), Failure> {
        let progress = self.listener(chat, transfer);
        if let ChatId::Secret(_) = chat {
            let file = OutgoingFile::new(path).caption(caption).progress(progress);
            let file = match reply_to {
                Some(message) => file.reply_to(RandomId(message)),
                None => file,
            };
            self.secret_of(chat).await?.send_file(file).await?;
            return Ok(());
        }
        let upload = Upload {
            path: path.to_owned(),
            name: None,
            caption,
            document: false,
            reply_to: reply_to.map(number).transpose()?,
            silent: false,
        };
        let peer = self.client().peer(peer(chat)?).await?;
        let sent = upload.send(self.client(), &peer, progress).await?;
        self.tell(Event::Arrived { chat, message: cloud::message(&sent) });
        Ok(())
    }

    /// Tells how far a transfer is.
    fn listener(&self, chat: ChatId, number: u64) -> impl Fn(Progress) + Send + Sync + 'static {
        let worker = self.clone();
        move |Progress { done, total }| worker.tell(Event::Progress { chat, number, done, total })
    }

    async fn download(&self, chat: ChatId, message: i64, number: u64) -> Result<(PathBuf, u64), Failure> {
        let destination = Destination { path: Some(self.0.downloads.clone()), overwrite: false };
        let progress = self.listener(chat, number);
        if let ChatId::Cloud(_) = chat {
            let found = self.client().messages_by_id(peer(chat)?, [self::number(message)?]).await?;
            let found = found.into_iter().next().flatten();
            let found = found.ok_or_else(|| Failure::new("this message is not there any more"))?;
            return crate::cloud::fetch(self.client(), &found, destination, progress).await;
        }
        fetch::download(&self.secret_of(chat).await?, RandomId(message), destination, progress).await
    }

    async fn start_secret(&self, wanted: Wanted) -> Result<(), Failure> {
        let user = match wanted {
            Wanted::Named(who) => people::find(self.client(), &who).await?,
            Wanted::Chat(chat @ ChatId::Cloud(_)) => {
                let peer = self.client().peer(peer(chat)?).await?;
                let user = peer.as_user().ok_or_else(|| Failure::new("a secret chat is with one person"))?;
                UserRef::from(user)
            }
            Wanted::Chat(ChatId::Secret(_)) => return Ok(()),
        };
        let chat = self.client().secret_chats().start(user).await?;
        self.show_secret(chat.id()).await?;
        self.tell(Event::Open(ChatId::Secret(chat.id().0)));
        Ok(())
    }

    async fn secret(&self, chat: SecretChatId) -> Result<SecretChat, Failure> {
        crate::secret::chat_by_number(self.client(), chat).await
    }

    async fn secret_of(&self, chat: ChatId) -> Result<SecretChat, Failure> {
        match chat {
            ChatId::Secret(chat) => self.secret(SecretChatId(chat)).await,
            ChatId::Cloud(_) => Err(Failure::new("this is no secret chat")),
        }
    }
}

fn peer(chat: ChatId) -> Result<PeerId, Failure> {
    let id = match chat {
        ChatId::Cloud(id) => PeerId::from_marked(id),
        ChatId::Secret(_) => None,
    };
    id.ok_or_else(|| Failure::new("this is no chat of the cloud"))
}

/// A message's number in the cloud.
fn number(message: i64) -> Result<i32, Failure> {
    i32::try_from(message)
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| Failure::new("the server does not have this message yet"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A path as people type it: `~/` is the home folder.
fn expand(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}
