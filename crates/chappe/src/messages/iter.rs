use std::collections::VecDeque;

use chappe_api::{enums, functions};

use super::Message;
use super::fetch::Page;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::limits::PAGE;
use crate::listing::listing;
use crate::peers::PeerRef;

/// The messages of a chat, or of all chats, newest first. From [`Client::messages`] and [`Client::search`].
///
/// Methods choose which ones; then [`next`](Messages::next) gives one after the other, and the server is asked for a
/// hundred at a time. [`into_stream`](Messages::into_stream) makes a [`Stream`](futures_core::Stream) of them.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let from_friend = client.messages(chat).from(user).text("tower").reverse().limit(10).collect().await?;
/// # drop(from_friend);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is fetched until `next` is called"]
pub struct Messages {
    client: Client,
    chat: Option<PeerRef>,
    source: Source,
    text: String,
    filter: enums::MessagesFilter,
    from: Option<PeerRef>,
    thread: Option<i32>,
    min_date: i32,
    max_date: i32,
    min_id: i32,
    max_id: i32,
    offset_id: i32,
    offset_date: i32,
    /// Still to be skipped, or to be gone back.
    add_offset: i32,
    reverse: bool,
    left: usize,
    page: VecDeque<Message>,
    total: Option<usize>,
    /// No more can come.
    done: bool,
    /// Where a search in all chats goes on.
    rate: i32,
    last_chat: Option<PeerRef>,
}

/// What the server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// What was written in the chat.
    Chat,
    /// What was answered to one message.
    Replies(i32),
    /// What waits to be sent.
    Scheduled,
}

impl Client {
    /// Reads the messages of a chat, newest first unless told otherwise.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// use chappe::enums::MessagesFilter;
    ///
    /// let chat = client.resolve("@chappe").await?;
    /// let mut photos = client.messages(&chat).filter(MessagesFilter::Photos).limit(100);
    /// println!("{} photos", photos.total().await?);
    /// while let Some(message) = photos.next().await? {
    ///     println!("{}", message.id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn messages(&self, chat: impl Into<PeerRef>) -> Messages {
        Messages::new(self, Some(chat.into()))
    }

    /// Searches all chats, newest messages first. The server does that only by words, kind and date: a sender, a thread
    /// or the opposite order ([`from`](Messages::from), [`in_thread`](Messages::in_thread),
    /// [`reverse`](Messages::reverse)) need a chat, and are an error here.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut found = client.search("key picture").limit(10);
    /// while let Some(message) = found.next().await? {
    ///     println!("{}: {}", message.chat().id(), message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(&self, text: impl Into<String>) -> Messages {
        Messages::new(self, None).text(text)
    }
}

listing! {
    Messages => Message, "client.messages(chat)",
    /// [`ErrorKind::Argument`] for a peer that has not been seen, or a choice that a search in all chats does not have;
    /// the server refuses: `CHANNEL_PRIVATE`, `SEARCH_QUERY_EMPTY` … The next call tries again.
}

impl Messages {
    fn new(client: &Client, chat: Option<PeerRef>) -> Self {
        Self {
            client: client.clone(),
            chat,
            source: Source::Chat,
            text: String::new(),
            filter: enums::MessagesFilter::Empty,
            from: None,
            thread: None,
            min_date: 0,
            max_date: 0,
            min_id: 0,
            max_id: 0,
            offset_id: 0,
            offset_date: 0,
            add_offset: 0,
            reverse: false,
            left: usize::MAX,
            page: VecDeque::new(),
            total: None,
            done: false,
            rate: 0,
            last_chat: None,
        }
    }

    /// Only those with these words.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let mut found = client.messages(chat).text("invoice");
    /// println!("{} messages speak of it", found.total().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Only those of one kind: photos, links, pinned ones, mentions …
    ///
    /// ```no_run
    /// use chappe::enums::MessagesFilter;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let mut photos = client.messages(chat).filter(MessagesFilter::Photos);
    /// println!("{} photos", photos.total().await?);
    /// while let Some(message) = photos.next().await? {
    ///     client.download(&message).to_path(format!("{}.jpg", message.id())).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter(mut self, filter: impl Into<enums::MessagesFilter>) -> Self {
        self.filter = filter.into();
        self
    }

    /// Only those that somebody wrote.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let theirs = client.messages(chat).from(user).limit(100).collect().await?;
    /// println!("the last {} messages of theirs", theirs.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn from(mut self, sender: impl Into<PeerRef>) -> Self {
        self.from = Some(sender.into());
        self
    }

    /// Only those of a thread, by the number of the message that it hangs from.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, forum: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let question = client.messages(forum.clone()).text("when do we meet?").limit(1).collect().await?;
    /// if let Some(top) = question.first() {
    ///     for answer in client.messages(forum).in_thread(top.id()).reverse().collect().await? {
    ///         println!("{}", answer.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_thread(mut self, top_message: i32) -> Self {
        self.thread = Some(top_message);
        self
    }

    /// The comments under a post, or the answers to a message. Chappe's own server has no threads.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, channel: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let mut comments = client.messages(channel).replies_to(17).limit(20);
    /// while let Some(comment) = comments.next().await? {
    ///     println!("{}: {}", comment.sender().id(), comment.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn replies_to(mut self, message: i32) -> Self {
        self.source = Source::Replies(message);
        self
    }

    /// Those that wait to be sent. Chappe's own server does not schedule.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for waiting in client.messages(chat).scheduled().collect().await? {
    ///     println!("{} at {}", waiting.text(), waiting.date());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn scheduled(mut self) -> Self {
        self.source = Source::Scheduled;
        self
    }

    /// Only those from this date on, Unix seconds.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // All of the first of January 2026, oldest first.
    /// let day = client.messages(chat).min_date(1_767_225_600).max_date(1_767_311_999).reverse();
    /// println!("{} messages", day.collect().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn min_date(mut self, date: i32) -> Self {
        self.min_date = date;
        self
    }

    /// Only those up to this date, Unix seconds.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // What was there before 2026 began, newest first.
    /// let mut old = client.messages(chat).max_date(1_767_225_599);
    /// println!("{} messages", old.total().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_date(mut self, date: i32) -> Self {
        self.max_date = date;
        self
    }

    /// Only those with a greater number.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// # let last_seen = 4711;
    /// // What is new since this program last looked, in order.
    /// let mut new = client.messages(chat).min_id(last_seen).reverse();
    /// while let Some(message) = new.next().await? {
    ///     println!("{} {}", message.id(), message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn min_id(mut self, id: i32) -> Self {
        self.min_id = id;
        self
    }

    /// Only those with a smaller number.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, oldest_shown: i32) -> Result<(), chappe::Error> {
    /// // The user scrolls up.
    /// let page = client.messages(chat).max_id(oldest_shown).limit(50).collect().await?;
    /// println!("{} messages above", page.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_id(mut self, id: i32) -> Self {
        self.max_id = id;
        self
    }

    /// Begins behind this message: with older ones, or with newer ones if [`reverse`](Messages::reverse) is set.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // The ten messages before message 17, then the ten after it.
    /// let before = client.messages(chat).offset_id(17).limit(10).collect().await?;
    /// let after = client.messages(chat).offset_id(17).reverse().limit(10).collect().await?;
    /// println!("{} and {}", before.len(), after.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn offset_id(mut self, id: i32) -> Self {
        self.offset_id = id;
        self
    }

    /// Begins with the newest message before this date, Unix seconds; with [`reverse`](Messages::reverse), with the
    /// oldest from it on.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // The last thing that was said in the year 2025.
    /// let last = client.messages(chat).offset_date(1_767_225_600).limit(1).collect().await?;
    /// println!("{:?}", last.first().map(chappe::Message::text));
    /// # Ok(())
    /// # }
    /// ```
    pub fn offset_date(mut self, date: i32) -> Self {
        self.offset_date = date;
        self
    }

    /// Begins so many messages later than it would: they are skipped. With a negative number it begins so many earlier,
    /// which together with [`offset_id`](Messages::offset_id) gives what is around a message. Both in the order of
    /// reading. (`addOffset` of other libraries.)
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // Message 17, the nine after it, and the ten before it.
    /// let around = client.messages(chat).offset_id(17).add_offset(-10).limit(20).collect().await?;
    /// # drop(around);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_offset(mut self, count: i32) -> Self {
        self.add_offset = count;
        self
    }

    /// Oldest first.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let first = client.messages(chat).reverse().limit(1).collect().await?;
    /// println!("it began with {:?}", first.first().map(chappe::Message::text));
    /// # Ok(())
    /// # }
    /// ```
    pub fn reverse(mut self) -> Self {
        self.reverse = true;
        self
    }

    async fn fetch(&mut self) -> Result<(), Error> {
        let limit = self.left.clamp(1, PAGE);
        let Page { messages, peers, total, next_rate } = self.ask(limit).await?;
        self.total.get_or_insert(total);
        let count = messages.len();
        let mut messages: Vec<_> =
            messages.into_iter().filter_map(|raw| Message::new(&self.client, raw, &peers)).collect();
        if self.reverse {
            messages.reverse();
        }
        // A window at the end of a chat may be filled up with what came before.
        if self.is_paged() {
            let earlier = messages.iter().take_while(|message| !self.is_behind_offset(message)).count();
            let wanted = usize::try_from(self.add_offset.saturating_neg()).unwrap_or_default();
            messages.drain(..earlier.saturating_sub(wanted));
        }
        let went_back = self.add_offset < 0 && self.is_paged();
        if self.add_offset < 0 || self.skips_at_server() {
            self.add_offset = 0;
        }
        if went_back && count == 0 {
            // There are not so many before the offset: it begins with the first of all.
            (self.offset_id, self.offset_date) = (0, 0);
            return Ok(());
        }
        match messages.last() {
            // Where the next page begins.
            Some(last) => {
                self.offset_id = last.id();
                self.last_chat = Some(last.chat());
                self.rate = next_rate.unwrap_or_else(|| last.date());
            }
            None => self.done = true,
        }
        // Scheduled ones come in one piece. An answer that is not full is the last one, but for searches in all chats:
        // there the server may have left some out.
        self.done |= match self.chat {
            // One that goes back may be cut off at its beginning.
            Some(_) => (count < limit && !went_back) || self.source == Source::Scheduled,
            None => next_rate.is_none(),
        };
        messages.retain(|message| self.wants(message));
        if let Ok(skip) = usize::try_from(self.add_offset) {
            let skipped = messages.drain(..skip.min(messages.len())).count();
            self.add_offset -= i32::try_from(skipped).unwrap_or(self.add_offset);
        }
        self.page.extend(messages);
        Ok(())
    }

    /// Whether the server gives a window into one chat.
    fn is_paged(&self) -> bool {
        self.chat.is_some() && self.source != Source::Scheduled
    }

    /// Whether it can skip messages. It does so only towards older ones.
    fn skips_at_server(&self) -> bool {
        self.is_paged() && !self.reverse
    }

    /// Whether it comes after the place where the page begins, in the order of reading.
    fn is_behind_offset(&self, message: &Message) -> bool {
        match (self.offset_id, self.offset_date) {
            (0, 0) => true,
            (0, date) => (message.date() >= date) == self.reverse,
            (id, _) => message.id() != id && (message.id() > id) == self.reverse,
        }
    }

    /// Bounds that not every method of the API knows.
    fn wants(&self, message: &Message) -> bool {
        let id = message.id();
        (self.min_id == 0 || id > self.min_id)
            && (self.max_id == 0 || id < self.max_id)
            && (self.min_date == 0 || message.date() >= self.min_date)
            && (self.max_date == 0 || message.date() <= self.max_date)
    }

    /// Whether only a search can tell.
    fn is_search(&self) -> bool {
        !self.text.is_empty()
            || !matches!(self.filter, enums::MessagesFilter::Empty)
            || self.from.is_some()
            || self.thread.is_some()
            || self.min_date != 0
            || self.max_date != 0
    }

    async fn ask(&self, limit: usize) -> Result<Page, Error> {
        let client = &self.client;
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let Some(chat) = self.chat else { return self.ask_everywhere(limit).await };
        let peer = client.input_peer(chat)?;
        // To go up is to ask for those above the offset, which the server counts from.
        let above = limit.saturating_add(self.add_offset.min(0)).saturating_neg();
        let (offset_id, offset_date, add_offset) = match self.reverse {
            false => (self.offset_id, self.offset_date, self.add_offset),
            true if self.offset_id != 0 => (self.offset_id.saturating_add(1), 0, above),
            true if self.offset_date != 0 => (0, self.offset_date, above),
            true => (self.min_id.saturating_add(1), 0, limit.saturating_neg()),
        };
        let (max_id, min_id) = (self.max_id, self.min_id);
        let answer = match self.source {
            Source::Scheduled => {
                client.invoke(functions::messages::GetScheduledHistory { peer, hash: 0 }).await?
            }
            Source::Replies(msg_id) => {
                client
                    .invoke(functions::messages::GetReplies {
                        peer,
                        msg_id,
                        offset_id,
                        offset_date,
                        add_offset,
                        limit,
                        max_id,
                        min_id,
                        hash: 0,
                    })
                    .await?
            }
            Source::Chat if self.is_search() => {
                let (min_date, max_date) = self.dates();
                client
                    .invoke(functions::messages::Search {
                        peer,
                        q: self.text.clone(),
                        from_id: self.from.map(|from| client.input_peer(from)).transpose()?,
                        saved_peer_id: None,
                        saved_reaction: None,
                        top_msg_id: self.thread,
                        filter: self.filter.clone(),
                        min_date,
                        max_date,
                        offset_id: if offset_id == 0 && self.reverse { 1 } else { offset_id },
                        add_offset,
                        limit,
                        max_id,
                        min_id,
                        hash: 0,
                    })
                    .await?
            }
            Source::Chat => {
                client
                    .invoke(functions::messages::GetHistory {
                        peer,
                        offset_id,
                        offset_date,
                        add_offset,
                        limit,
                        max_id,
                        min_id,
                        hash: 0,
                    })
                    .await?
            }
        };
        Ok(client.page(answer).await)
    }

    /// The bounds of a search, which belong to it no more; 0 for none. A search has no offset by date, but bounds.
    fn dates(&self) -> (i32, i32) {
        let (from, before) = if self.reverse { (self.offset_date, 0) } else { (0, self.offset_date) };
        let min_date = self.min_date.max(from).saturating_sub(1).max(0);
        let until = if self.max_date == 0 { 0 } else { self.max_date.saturating_add(1) };
        let max_date = if before == 0 || until == 0 { before.max(until) } else { before.min(until) };
        (min_date, max_date)
    }

    async fn ask_everywhere(&self, limit: i32) -> Result<Page, Error> {
        self.check_everywhere()?;
        let offset_peer = match self.last_chat {
            Some(chat) => self.client.input_peer(chat).unwrap_or(enums::InputPeer::Empty),
            None => enums::InputPeer::Empty,
        };
        let (min_date, max_date) = self.dates();
        let request = functions::messages::SearchGlobal {
            broadcasts_only: false,
            groups_only: false,
            users_only: false,
            folder_id: None,
            community: None,
            q: self.text.clone(),
            filter: self.filter.clone(),
            min_date,
            max_date,
            offset_rate: self.rate,
            offset_peer,
            offset_id: self.offset_id,
            limit,
        };
        let answer = self.client.invoke(request).await?;
        Ok(self.client.page(answer).await)
    }

    /// What `messages.searchGlobal` has no words for.
    fn check_everywhere(&self) -> Result<(), Error> {
        let (what, cure) = if self.from.is_some() {
            ("by sender", "or compare `Message::sender` of what is found")
        } else if self.thread.is_some() || self.source != Source::Chat {
            ("within a thread, or in what is scheduled", "since those are numbers of its messages")
        } else if self.reverse {
            ("beginning with the oldest messages", "or collect what is found and turn it around")
        } else {
            return Ok(());
        };
        let message = format!(
            "the server does not search all chats {what}: search one chat with `messages(chat).text(…)`, {cure}"
        );
        Err(Error::new(ErrorKind::Argument, message))
    }
}
