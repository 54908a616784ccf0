use std::collections::{HashMap, HashSet};

use chappe_api::{enums, functions, types};

use super::Message;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_MESSAGE_IDS;
use crate::peers::{Link, PeerId, PeerMap, PeerRef};

/// Messages of an answer, and how many there are in all.
pub(crate) struct Page {
    pub(crate) messages: Vec<enums::Message>,
    pub(crate) peers: PeerMap,
    pub(crate) total: usize,
    /// Where a search in all chats goes on.
    pub(crate) next_rate: Option<i32>,
}

impl Client {
    /// Fetches messages by their numbers, in the order of the numbers. `None` stands for those that are not there.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for message in client.messages_by_id(chat, [17, 18]).await?.into_iter().flatten() {
    ///     println!("{}", message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CHANNEL_PRIVATE` …
    pub async fn messages_by_id(
        &self,
        chat: impl Into<PeerRef>,
        ids: impl IntoIterator<Item = i32>,
    ) -> Result<Vec<Option<Message>>, Error> {
        let (chat, ids) = (chat.into(), Vec::from_iter(ids));
        let mut asked = HashSet::new();
        let once: Vec<_> = ids.iter().copied().filter(|id| asked.insert(*id)).collect();
        let mut found = HashMap::with_capacity(once.len());
        for ids in once.chunks(MAX_MESSAGE_IDS) {
            let ids = ids.iter().map(|id| types::InputMessageId { id: *id }.into()).collect();
            let messages = self.get_input_messages(chat, ids).await?;
            found.extend(messages.into_iter().map(|message| (message.id(), message)));
        }
        // A server may leave out what is not there: the place in its answer says nothing.
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    /// Fetches the message that a `t.me` or `tg:` link is of; `None` if it was deleted.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let message = client.message_by_link("https://t.me/durov/142").await?;
    /// # drop(message);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for a link to something else; otherwise as for [`Client::resolve`].
    pub async fn message_by_link(&self, link: &str) -> Result<Option<Message>, Error> {
        let link = Link::parse(link);
        let (Some(Link::Channel { message: Some(id), .. }) | Some(Link::Username { message: Some(id), .. })) =
            link
        else {
            return Err(Error::new(ErrorKind::Argument, "this is no link to a message"));
        };
        let Some(link) = link else { return Ok(None) };
        let chat = self.resolve_link(&link).await?;
        Ok(self.messages_by_id(&chat, [id]).await?.pop().flatten())
    }

    /// What there is of the messages that these name, up to [`MAX_MESSAGE_IDS`].
    pub(crate) async fn get_input_messages(
        &self,
        chat: PeerRef,
        id: Vec<enums::InputMessage>,
    ) -> Result<Vec<Message>, Error> {
        let answer = match chat.id() {
            PeerId::Channel(_) => {
                let channel = self.input_channel(chat)?;
                self.invoke(functions::channels::GetMessages { channel, id }).await?
            }
            PeerId::Chat(_) | PeerId::User(_) => self.invoke(functions::messages::GetMessages { id }).await?,
        };
        let Page { messages, peers, .. } = self.page(answer).await;
        let messages = messages.into_iter().filter_map(|message| Message::new(self, message, &peers));
        // Outside channels any of the account's messages can be asked for by number.
        Ok(messages.filter(|message| message.chat().id() == chat.id()).collect())
    }

    /// Takes an answer apart and notes whom it speaks of.
    pub(crate) async fn page(&self, answer: enums::messages::Messages) -> Page {
        use enums::messages::Messages as M;
        let (messages, users, chats, total, next_rate) = match answer {
            M::Messages(page) => {
                let count = page.messages.len();
                (page.messages, page.users, page.chats, count, None)
            }
            M::Slice(page) => (page.messages, page.users, page.chats, to_count(page.count), page.next_rate),
            M::ChannelMessages(page) => (page.messages, page.users, page.chats, to_count(page.count), None),
            M::NotModified(page) => (Vec::new(), Vec::new(), Vec::new(), to_count(page.count), None),
        };
        self.inner.peers.learn(&users, &chats);
        self.inner.peers.learn_messages(&messages);
        self.inner.peers.store(&*self.inner.store).await;
        Page { messages, peers: PeerMap::new(users, chats), total, next_rate }
    }
}

pub(crate) fn to_count(count: i32) -> usize {
    usize::try_from(count).unwrap_or_default()
}
