use std::collections::{HashMap, HashSet, VecDeque};

use chappe_api::{enums, functions, types};

use super::Dialog;
use super::page::{Offset, Page};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::limits::PAGE;
use crate::listing::listing;
use crate::messages::Message;
use crate::messages::fetch::to_count;
use crate::peers::{PeerId, PeerMap, PeerRef};

/// The list of chats: pinned ones first, then by their newest messages. From [`Client::dialogs`].
///
/// Read it by [`next`](Dialogs::next), or as a [`Stream`](futures_core::Stream) by [`into_stream`](Dialogs::into_stream).
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let newest = client.dialogs().exclude_pinned().limit(10).collect().await?;
/// # drop(newest);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct Dialogs {
    client: Client,
    folder_id: Option<i32>,
    exclude_pinned: bool,
    left: usize,
    page: VecDeque<Dialog>,
    /// Chats move up while the list is read.
    seen: HashSet<PeerId>,
    offset: Option<Offset>,
    total: Option<usize>,
    done: bool,
}

impl Client {
    /// Goes through the list of chats.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let unread: usize = client.dialogs().collect().await?.iter().map(|dialog| dialog.unread_count()).sum();
    /// println!("{unread} unread messages");
    /// # Ok(())
    /// # }
    /// ```
    pub fn dialogs(&self) -> Dialogs {
        Dialogs {
            client: self.clone(),
            folder_id: None,
            exclude_pinned: false,
            left: usize::MAX,
            page: VecDeque::new(),
            seen: HashSet::new(),
            offset: None,
            total: None,
            done: false,
        }
    }

    /// One chat as it stands in the list.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{} unread", client.dialog(chat).await?.unread_count());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a peer that has not been seen; the server refuses.
    pub async fn dialog(&self, chat: impl Into<PeerRef>) -> Result<Dialog, Error> {
        let peers = vec![self.input_dialog(chat.into())?];
        let answer = self.invoke(functions::messages::GetPeerDialogs { peers }).await?;
        let types::messages::PeerDialogs { dialogs, messages, chats, users, .. } = answer;
        let page = Page { dialogs, messages, chats, users, total: None };
        let mut dialogs = self.read_dialogs(page).await;
        dialogs.pop().ok_or_else(|| Error::new(ErrorKind::Protocol, "the server did not tell of the chat"))
    }

    pub(super) fn input_dialog(&self, chat: PeerRef) -> Result<enums::InputDialogPeer, Error> {
        Ok(types::InputDialogPeer { peer: self.input_peer(chat)? }.into())
    }

    async fn read_dialogs(&self, page: Page) -> Vec<Dialog> {
        let Page { dialogs, messages, chats, users, .. } = page;
        self.inner.peers.learn(&users, &chats);
        self.inner.peers.learn_messages(&messages);
        self.inner.peers.store(&*self.inner.store).await;
        let peers = PeerMap::new(users, chats);
        let mut newest: HashMap<(PeerId, i32), Message> = messages
            .into_iter()
            .filter_map(|message| Message::new(self, message, &peers))
            .map(|message| ((message.chat().id(), message.id()), message))
            .collect();
        let with_peer = |dialog| match dialog {
            enums::Dialog::Dialog(raw) => {
                let id = PeerId::from(&raw.peer);
                let last = newest.remove(&(id, raw.top_message));
                Some(Dialog { peer: peers.get(id)?.clone(), last, raw })
            }
            enums::Dialog::Folder(_) | enums::Dialog::Community(_) => None,
        };
        dialogs.into_iter().filter_map(with_peer).collect()
    }
}

listing! {
    Dialogs => Dialog, "client.dialogs()",
    /// The server refuses. The next call tries again.
}

impl Dialogs {
    /// Only those of a folder: 1 is the archive.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut archived = client.dialogs().folder(1).exclude_pinned();
    /// while let Some(dialog) = archived.next().await? {
    ///     println!("{}", dialog.peer().name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn folder(mut self, id: i32) -> Self {
        self.folder_id = Some(id);
        self
    }

    /// Leaves the pinned ones out.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let newest = client.dialogs().exclude_pinned().limit(10).collect().await?;
    /// println!("{:?}", newest.iter().map(|dialog| dialog.peer().name()).collect::<Vec<_>>());
    /// # Ok(())
    /// # }
    /// ```
    pub fn exclude_pinned(mut self) -> Self {
        self.exclude_pinned = true;
        self
    }

    async fn fetch(&mut self) -> Result<(), Error> {
        let offset = self.offset.clone().unwrap_or_else(Offset::first);
        let request = functions::messages::GetDialogs {
            exclude_pinned: self.exclude_pinned || offset.exclude_pinned,
            folder_id: self.folder_id,
            ..offset.query(self.left.clamp(1, PAGE))
        };
        let page = Page::of(self.client.invoke(request).await?)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, "there is no list to keep"))?;
        let len = page.dialogs.len();
        self.total.get_or_insert(page.total.map_or(self.seen.len() + len, to_count));
        let (last, offset) = (page.total.is_none() || len == 0, page.next());
        let mut dialogs = self.client.read_dialogs(page).await;
        dialogs.retain(|dialog| self.seen.insert(dialog.peer.id()));
        // A page without anything new would be followed by itself.
        self.done = last || dialogs.is_empty() || offset.is_none();
        self.offset = offset;
        self.page.extend(dialogs);
        Ok(())
    }
}
