use std::collections::{HashSet, VecDeque};

use chappe_api::{enums, functions, types};

use super::participant::Entry;
use super::{Participant, Role};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::limits::PAGE;
use crate::listing::listing;
use crate::messages::fetch::to_count;
use crate::peers::{PeerId, PeerMap, PeerRef};

/// The members of a group or channel. From [`Client::participants`].
///
/// Read it by [`next`](Participants::next), or as a [`Stream`](futures_core::Stream) by [`into_stream`](Participants::into_stream).
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let found = client.participants(chat).search("alice").limit(10).collect().await?;
/// # drop(found);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct Participants {
    client: Client,
    chat: PeerRef,
    filter: enums::ChannelParticipantsFilter,
    left: usize,
    page: VecDeque<Participant>,
    seen: HashSet<PeerId>,
    offset: i32,
    total: Option<usize>,
    done: bool,
}

impl Client {
    /// Goes through the members of a group or channel.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// use chappe::enums::ChannelParticipantsFilter;
    ///
    /// let group = client.resolve("@chappe_group").await?;
    /// let mut admins = client.participants(&group).filter(ChannelParticipantsFilter::Admins);
    /// while let Some(admin) = admins.next().await? {
    ///     println!("{} {}", admin.peer().name(), admin.rank().unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn participants(&self, chat: impl Into<PeerRef>) -> Participants {
        Participants {
            client: self.clone(),
            chat: chat.into(),
            filter: enums::ChannelParticipantsFilter::Recent,
            left: usize::MAX,
            page: VecDeque::new(),
            seen: HashSet::new(),
            offset: 0,
            total: None,
            done: false,
        }
    }

    /// What somebody is in a channel or supergroup.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{:?}", client.participant(chat, user).await?.role());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for other chats; the server refuses: `USER_NOT_PARTICIPANT` …
    pub async fn participant(
        &self,
        channel: impl Into<PeerRef>,
        who: impl Into<PeerRef>,
    ) -> Result<Participant, Error> {
        let request = functions::channels::GetParticipant {
            channel: self.input_channel(channel)?,
            participant: self.input_peer(who)?,
        };
        let found = self.invoke(request).await?;
        self.learn(&found.users, &found.chats).await;
        let peers = PeerMap::new(found.users, found.chats);
        described(Entry::of_channel(found.participant), &peers).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the server did not describe the person that it told of")
        })
    }
}

fn described(entry: Entry, peers: &PeerMap) -> Option<Participant> {
    let Entry { id, role, rank, date } = entry;
    Some(Participant { peer: peers.get(id)?.clone(), role, rank, date })
}

listing! {
    Participants => Participant, "client.participants(chat)",
    /// [`ErrorKind::Argument`] for users; the server refuses: `CHAT_ADMIN_REQUIRED` … The next call tries again.
}

impl Participants {
    /// Only some: admins, bots, banned ones …
    ///
    /// ```no_run
    /// use chappe::enums::ChannelParticipantsFilter;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let bots = client.participants(chat).filter(ChannelParticipantsFilter::Bots).collect().await?;
    /// println!("{} bots", bots.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter(mut self, filter: impl Into<enums::ChannelParticipantsFilter>) -> Self {
        self.filter = filter.into();
        self
    }

    /// Only those with this in their name.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let alices = client.participants(chat).search("alice").limit(10).collect().await?;
    /// println!("{}", alices.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(self, name: impl Into<String>) -> Self {
        self.filter(types::ChannelParticipantsSearch { q: name.into() })
    }

    async fn fetch(&mut self) -> Result<(), Error> {
        match self.chat.id() {
            PeerId::Channel(_) => self.fetch_channel().await,
            PeerId::Chat(chat_id) => self.fetch_group(chat_id).await,
            id @ PeerId::User(_) => Err(crate::peers::wrong_kind(id, "a group or channel")),
        }
    }

    async fn fetch_channel(&mut self) -> Result<(), Error> {
        let request = functions::channels::GetParticipants {
            channel: self.client.input_channel(self.chat)?,
            filter: self.filter.clone(),
            offset: self.offset,
            limit: i32::try_from(self.left.clamp(1, PAGE)).unwrap_or(i32::MAX),
            hash: 0,
        };
        let page = match self.client.invoke(request).await? {
            enums::channels::ChannelParticipants::Participants(page) => page,
            enums::channels::ChannelParticipants::NotModified => {
                return Err(Error::new(ErrorKind::Protocol, "there is no list to keep"));
            }
        };
        self.client.learn(&page.users, &page.chats).await;
        self.total.get_or_insert(to_count(page.count));
        let count = page.participants.len();
        self.offset = self.offset.saturating_add(i32::try_from(count).unwrap_or(i32::MAX));
        self.done = count == 0;
        let peers = PeerMap::new(page.users, page.chats);
        let entries = page.participants.into_iter().map(Entry::of_channel);
        // Members may move within the list while it is read.
        let new = entries.filter(|entry| self.seen.insert(entry.id));
        self.page.extend(new.filter_map(|entry| described(entry, &peers)));
        Ok(())
    }

    /// A basic group gives its members all at once, and has no filters.
    async fn fetch_group(&mut self, chat_id: i64) -> Result<(), Error> {
        let full = self.client.invoke(functions::messages::GetFullChat { chat_id }).await?;
        self.client.learn(&full.users, &full.chats).await;
        let peers = PeerMap::new(full.users, full.chats);
        let participants = match full.full_chat {
            enums::ChatFull::Full(full) => full.participants,
            _ => return Err(Error::new(ErrorKind::Protocol, "the server described another chat")),
        };
        let enums::ChatParticipants::Participants(participants) = participants else {
            return Err(Error::new(ErrorKind::Argument, "the members of this group are not shown to you"));
        };
        let members = participants.participants.into_iter().map(Entry::of_group);
        let members = members.filter_map(|entry| described(entry, &peers)).filter(|member| self.fits(member));
        let members: Vec<_> = members.collect();
        self.total = Some(members.len());
        self.page.extend(members);
        self.done = true;
        Ok(())
    }

    fn fits(&self, member: &Participant) -> bool {
        use enums::ChannelParticipantsFilter as F;
        let named = |q: &str| member.peer.name().to_lowercase().contains(&q.to_lowercase());
        match &self.filter {
            F::Recent => true,
            F::Mentions(filter) => named(filter.q.as_deref().unwrap_or_default()),
            F::Admins => matches!(member.role, Role::Admin(_) | Role::Creator),
            F::Bots => member.peer.is_bot(),
            F::Kicked(_) | F::Banned(_) => false,
            F::Search(filter) => named(&filter.q),
            F::Contacts(filter) => member.peer.as_user().is_some_and(|user| user.contact) && named(&filter.q),
        }
    }
}
