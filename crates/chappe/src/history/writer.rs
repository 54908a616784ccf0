//! Turns what happens in the chats into changes of the history, to be written in the same step.

use std::collections::{BTreeMap, HashMap};

use chappe_secret::{
    Action, Content, Event, InboundMessage, OutboundMessage, RandomId, SecretChatId, Unavailable,
};

use super::local_file::LocalFile;
use super::record::{Head, Stored, number, numbered};
use super::{Cursor, HistoryBody, HistoryEntry, MessageState, Notice, keys};
use crate::session::{Batch, Key, KeyRange, Record, Scan, Session, SessionError};

/// What the writer remembers between steps. After a write that failed it has to be made anew.
#[derive(Debug, Default)]
pub(crate) struct HistoryWriter {
    next: Option<u64>,
    heads: HashMap<SecretChatId, Head>,
}

/// The changes of one step, through which the step itself reads.
struct Step<'a> {
    store: &'a dyn Session,
    /// When it happens, by the server's clock as well as we know it: of what nobody dates.
    date: i32,
    changes: BTreeMap<Key, Option<Vec<u8>>>,
    wiped: Vec<KeyRange>,
    /// Fetched files of messages whose time is over.
    doomed: Vec<LocalFile>,
}

impl HistoryWriter {
    /// Adds the changes that follow from `events` to the batch; `date` is the present, Unix seconds. Gives the files that have to be removed before it is
    /// written: a crash in between is then made up for.
    ///
    /// # Errors
    /// The session cannot be read.
    pub(crate) async fn write(
        &mut self,
        events: &[Event],
        date: i32,
        store: &dyn Session,
        batch: &mut Batch,
    ) -> Result<Vec<LocalFile>, SessionError> {
        let mut step = Step { store, date, changes: BTreeMap::new(), wiped: Vec::new(), doomed: Vec::new() };
        for event in events {
            self.event(event, &mut step).await?;
        }
        batch.remove_ranges.append(&mut step.wiped);
        for (key, value) in std::mem::take(&mut step.changes) {
            match value {
                Some(value) => batch.put.push(Record { key, value }),
                None => batch.remove.push(key),
            }
        }
        Ok(step.doomed)
    }

    async fn event(&mut self, event: &Event, step: &mut Step<'_>) -> Result<(), SessionError> {
        match event {
            Event::Acted { chat, random_id, raw_seq_no, date, action } => {
                let by = By { id: *random_id, raw_seq_no: *raw_seq_no, date: *date, outgoing: true };
                match action {
                    Action::DeleteMessages { random_ids } => {
                        for id in random_ids {
                            step.delete(*chat, RandomId(*id)).await?;
                        }
                    }
                    Action::FlushHistory => self.clear(*chat, &[], step).await?,
                    action => self.notice_of(*chat, &by, action, step).await?,
                }
            }
            Event::Action { chat, random_id, raw_seq_no, date, action } => {
                let by = By { id: *random_id, raw_seq_no: *raw_seq_no, date: *date, outgoing: false };
                if let Action::ReadMessages { random_ids } = action {
                    for id in random_ids {
                        let read = |stored: &mut Stored| stored.entry.state = MessageState::Read;
                        step.change(*chat, RandomId(*id), |stored| stored.entry.outgoing, read).await?;
                    }
                }
                self.notice_of(*chat, &by, action, step).await?;
            }
            Event::ChatClosed { chat, history_deleted: true, .. } | Event::ChatForgotten { chat } => {
                self.wipe(*chat, step).await?;
            }
            Event::ChatClosed { chat, reason, .. } => self.closed(*chat, reason, step).await?,
            Event::ChatReady { chat, .. } => {
                let by = By::nobody(step.date);
                self.add(*chat, &by, HistoryBody::Notice(Notice::Started), step).await?;
            }
            Event::Composed(message) => self.composed(message, step).await?,
            Event::Delivered { chat, random_ids } => {
                for id in random_ids {
                    let waits = |stored: &Stored| {
                        matches!(stored.entry.state, MessageState::Pending | MessageState::Sent)
                    };
                    // If the server's answer was lost, our own clock has to do.
                    step.change(*chat, *id, waits, |stored| {
                        stored.entry.state = MessageState::Delivered;
                        stored.dated = true;
                    })
                    .await?;
                }
            }
            Event::Deleted { chat, random_ids } | Event::Expired { chat, random_ids } => {
                for id in random_ids {
                    step.delete(*chat, *id).await?;
                }
            }
            Event::FileStored { chat, random_id, file } => {
                step.change(*chat, *random_id, |stored| stored.entry.outgoing, |s| s.file_stored(*file))
                    .await?;
            }
            Event::HistoryCleared { chat, kept } => self.clear(*chat, kept, step).await?,
            Event::HistoryRead { chat, max_date } => {
                let here = self.place(step).await?;
                self.head(*chat, step, |head| head.by_us.extend(*max_date, here)).await?;
            }
            Event::Message(message) => self.received(message, step).await?,
            Event::Read { chat, max_date, .. } => {
                let here = self.place(step).await?;
                self.head(*chat, step, |head| head.by_peer.extend(*max_date, here)).await?;
            }
            Event::SendFailed { chat, random_id, error } => {
                let failed = |stored: &mut Stored| {
                    stored.entry.state = MessageState::Failed { error: error.clone() };
                };
                step.change(*chat, *random_id, |stored| stored.entry.outgoing, failed).await?;
            }
            Event::Sent { chat, random_id, date } => {
                step.change(
                    *chat,
                    *random_id,
                    |stored| stored.entry.outgoing,
                    |stored| {
                        stored.entry.date = *date;
                        stored.dated = true;
                        if stored.entry.state == MessageState::Pending {
                            stored.entry.state = MessageState::Sent;
                        }
                    },
                )
                .await?;
            }
            Event::TimerStarted { chat, random_id, expires_at } => {
                step.change(
                    *chat,
                    *random_id,
                    |_| true,
                    |stored| {
                        stored.entry.expires_at = Some(*expires_at);
                        stored.unopened = false;
                        if !stored.entry.outgoing {
                            stored.entry.state = MessageState::Read;
                        }
                    },
                )
                .await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn composed(&mut self, message: &OutboundMessage, step: &mut Step<'_>) -> Result<(), SessionError> {
        let entry = HistoryEntry {
            chat: message.chat,
            cursor: self.next(step).await?,
            random_id: message.random_id,
            outgoing: true,
            raw_seq_no: message.raw_seq_no,
            date: message.date,
            state: MessageState::Pending,
            ttl: message.ttl,
            expires_at: None,
            silent: message.silent,
            reply_to: message.reply_to,
            grouped_id: message.grouped_id,
            via_bot_name: message.via_bot_name.clone(),
            local_path: None,
            body: HistoryBody::Message(message.content.clone()),
        };
        let pending = matches!(
            &message.content,
            Content::Media { file: Some(file), .. } if file.remote == Err(Unavailable::Pending)
        );
        let waiting = message.file.as_ref().filter(|_| pending).map(|file| (file.key.clone(), file.size));
        step.insert(&Stored { entry, waiting, dated: false, unopened: false, local: None }, true);
        Ok(())
    }

    async fn received(&mut self, message: &InboundMessage, step: &mut Step<'_>) -> Result<(), SessionError> {
        let entry = HistoryEntry {
            chat: message.chat,
            cursor: self.next(step).await?,
            random_id: message.random_id,
            outgoing: false,
            raw_seq_no: message.raw_seq_no,
            date: message.date,
            state: MessageState::Received,
            ttl: message.ttl,
            expires_at: None,
            silent: message.silent,
            reply_to: message.reply_to,
            grouped_id: message.grouped_id,
            via_bot_name: message.via_bot_name.clone(),
            local_path: None,
            body: HistoryBody::Message(message.content.clone()),
        };
        // An id that is taken names what it named before.
        let index = keys::index(message.chat, message.random_id);
        let named = message.random_id.0 != 0 && step.get(&index).await?.is_none();
        step.insert(
            &Stored { entry, waiting: None, dated: true, unopened: message.opens(), local: None },
            named,
        );
        Ok(())
    }

    async fn notice_of(
        &mut self,
        chat: SecretChatId,
        by: &By,
        action: &Action,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let notice = match action {
            Action::ScreenshotMessages { random_ids } => {
                Notice::Screenshot { messages: random_ids.iter().map(|id| RandomId(*id)).collect() }
            }
            Action::SetMessageTtl { seconds } => Notice::TtlSet { seconds: *seconds },
            _ => return Ok(()),
        };
        self.add(chat, by, HistoryBody::Notice(notice), step).await
    }

    /// Adds something that has no state and cannot be deleted by name.
    async fn add(
        &mut self,
        chat: SecretChatId,
        by: &By,
        body: HistoryBody,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let entry = HistoryEntry {
            chat,
            cursor: self.next(step).await?,
            random_id: by.id,
            outgoing: by.outgoing,
            raw_seq_no: by.raw_seq_no,
            date: by.date,
            state: if by.outgoing { MessageState::Sent } else { MessageState::Received },
            ttl: 0,
            expires_at: None,
            silent: true,
            reply_to: None,
            grouped_id: None,
            via_bot_name: None,
            local_path: None,
            body,
        };
        step.insert(&Stored { entry, waiting: None, dated: true, unopened: false, local: None }, false);
        Ok(())
    }

    /// The chat has ended: what was not sent never will be.
    async fn closed(
        &mut self,
        chat: SecretChatId,
        reason: &chappe_secret::CloseReason,
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let mut any = false;
        let mut range = keys::entries(chat);
        loop {
            let scan = Scan::first(range.clone(), crate::limits::SCAN_CHUNK);
            let records = step.store.scan(&scan).await?;
            let Some(last) = records.last() else { break };
            any = true;
            range.from = KeyRange::one(last.key.clone()).to.unwrap_or_default();
            for record in &records {
                Stored::decode(record).iter().for_each(|stored| step.fail_if_pending(stored));
            }
        }
        let fresh: Vec<Record> = step
            .changes
            .iter()
            .filter(|(key, _)| keys::entries(chat).contains(key))
            .filter_map(|(key, value)| Some(Record { key: key.clone(), value: value.clone()? }))
            .collect();
        any |= !fresh.is_empty();
        for record in fresh {
            Stored::decode(&record).iter().for_each(|stored| step.fail_if_pending(stored));
        }
        if any {
            let notice = Notice::Closed { reason: crate::account::why(reason) };
            self.add(chat, &By::nobody(step.date), HistoryBody::Notice(notice), step).await?;
        }
        Ok(())
    }

    async fn wipe(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<(), SessionError> {
        self.heads.remove(&chat);
        let mut range = keys::entries(chat);
        loop {
            let records = step.store.scan(&Scan::first(range.clone(), crate::limits::SCAN_CHUNK)).await?;
            let Some(last) = records.last() else { break };
            range.from = KeyRange::one(last.key.clone()).to.unwrap_or_default();
            let read = records.iter().filter_map(|record| Stored::decode(record).ok());
            step.doomed.extend(read.filter_map(Stored::doomed_file));
        }
        for range in keys::chat(chat) {
            step.changes.retain(|key, _| !range.contains(key));
            step.wiped.push(range);
        }
        Ok(())
    }

    /// Removes everything but these messages.
    async fn clear(
        &mut self,
        chat: SecretChatId,
        kept: &[RandomId],
        step: &mut Step<'_>,
    ) -> Result<(), SessionError> {
        let mut stay = Vec::new();
        for id in kept {
            stay.extend(step.find(chat, *id).await?);
        }
        let head = self.current_head(chat, step).await?;
        self.wipe(chat, step).await?;
        for stored in stay {
            step.insert(&stored, true);
        }
        self.head(chat, step, |new| *new = head).await
    }

    async fn current_head(&mut self, chat: SecretChatId, step: &mut Step<'_>) -> Result<Head, SessionError> {
        if let Some(head) = self.heads.get(&chat) {
            return Ok(*head);
        }
        let head = step.get(&keys::head(chat)).await?.map(|bytes| Head::decode(&bytes)).unwrap_or_default();
        self.heads.insert(chat, head);
        Ok(head)
    }

    async fn head(
        &mut self,
        chat: SecretChatId,
        step: &mut Step<'_>,
        change: impl FnOnce(&mut Head),
    ) -> Result<(), SessionError> {
        let mut head = self.current_head(chat, step).await?;
        change(&mut head);
        self.heads.insert(chat, head);
        step.changes.insert(keys::head(chat), Some(head.encode()));
        Ok(())
    }

    /// Where the next entry will stand.
    async fn place(&mut self, step: &Step<'_>) -> Result<Cursor, SessionError> {
        let next = match self.next {
            Some(next) => next,
            None => match step.get(&keys::counter()).await? {
                Some(bytes) => number(&bytes)?,
                None => 1,
            },
        };
        self.next = Some(next);
        Ok(Cursor(next))
    }

    /// A new place.
    async fn next(&mut self, step: &mut Step<'_>) -> Result<Cursor, SessionError> {
        let Cursor(next) = self.place(step).await?;
        self.next = Some(next + 1);
        let counter = numbered(keys::counter(), next + 1);
        step.changes.insert(counter.key.clone(), Some(counter.value.clone()));
        Ok(Cursor(next))
    }
}

/// Notes with a message where its file is. Nothing if the message has gone.
///
/// # Errors
/// The session cannot be read.
pub(crate) async fn note_file(
    store: &dyn Session,
    chat: SecretChatId,
    message: RandomId,
    file: LocalFile,
) -> Result<Batch, SessionError> {
    let step = Step { store, date: 0, changes: BTreeMap::new(), wiped: Vec::new(), doomed: Vec::new() };
    let put =
        step.find(chat, message).await?.map(|stored| Stored { local: Some(file), ..stored }.to_record());
    Ok(Batch { put: put.into_iter().collect(), ..Batch::default() })
}

/// Who did something, and when.
struct By {
    id: RandomId,
    raw_seq_no: u32,
    date: i32,
    outgoing: bool,
}

impl By {
    const fn nobody(date: i32) -> Self {
        Self { id: RandomId(0), raw_seq_no: 0, date, outgoing: false }
    }
}

impl Step<'_> {
    async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, SessionError> {
        if let Some(changed) = self.changes.get(key) {
            return Ok(changed.clone());
        }
        if self.wiped.iter().any(|range| range.contains(key)) {
            return Ok(None);
        }
        let mut found = self.store.scan(&Scan::first(KeyRange::one(key.clone()), 1)).await?;
        Ok(found.pop().map(|mut record| std::mem::take(&mut record.value)))
    }

    async fn find(&self, chat: SecretChatId, id: RandomId) -> Result<Option<Stored>, SessionError> {
        let Some(cursor) = self.get(&keys::index(chat, id)).await? else { return Ok(None) };
        let key = keys::entry(chat, Cursor(number(&cursor)?));
        // One damaged entry is no reason for the chat to stand still.
        match self.get(&key).await {
            Ok(Some(value)) => Ok(Stored::decode(&Record { key, value }).ok()),
            Ok(None) | Err(SessionError::Damaged { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores an entry; `named` ones can be found by their id.
    fn insert(&mut self, stored: &Stored, named: bool) {
        let entry = &stored.entry;
        if named {
            let index = numbered(keys::index(entry.chat, entry.random_id), entry.cursor.0);
            self.changes.insert(index.key.clone(), Some(index.value.clone()));
        }
        let mut record = stored.to_record();
        self.changes.insert(record.key.clone(), Some(std::mem::take(&mut record.value)));
    }

    /// Changes the entry of a message if there is one and `which` accepts it.
    async fn change(
        &mut self,
        chat: SecretChatId,
        id: RandomId,
        which: impl FnOnce(&Stored) -> bool,
        change: impl FnOnce(&mut Stored),
    ) -> Result<(), SessionError> {
        if let Some(mut stored) = self.find(chat, id).await?
            && which(&stored)
        {
            change(&mut stored);
            self.insert(&stored, true);
        }
        Ok(())
    }

    async fn delete(&mut self, chat: SecretChatId, id: RandomId) -> Result<(), SessionError> {
        self.doomed.extend(self.find(chat, id).await?.and_then(Stored::doomed_file));
        let index = keys::index(chat, id);
        if let Some(cursor) = self.get(&index).await? {
            self.changes.insert(keys::entry(chat, Cursor(number(&cursor)?)), None);
            self.changes.insert(index, None);
        }
        Ok(())
    }

    fn fail_if_pending(&mut self, stored: &Stored) {
        let key = keys::entry(stored.entry.chat, stored.entry.cursor);
        let newest = match self.changes.get(&key) {
            Some(Some(value)) => Stored::decode(&Record { key, value: value.clone() }).ok(),
            Some(None) => None,
            None => Some(stored.clone()),
        };
        if let Some(mut stored) = newest
            && stored.entry.state == MessageState::Pending
        {
            stored.entry.state = MessageState::Failed { error: "CHAT_CLOSED".to_owned() };
            self.insert(&stored, true);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chappe_secret::{FormattedText, SecretLayer};

    use super::*;
    use crate::session::MemorySession;

    fn message(id: i64, raw_seq_no: u32, content: Content) -> Event {
        Event::Message(InboundMessage {
            chat: SecretChatId(1),
            random_id: RandomId(id),
            raw_seq_no,
            seen_count: 0,
            date: 5,
            layer: SecretLayer(144),
            ttl: 0,
            silent: false,
            reply_to: None,
            grouped_id: None,
            via_bot_name: None,
            content,
            file: None,
        })
    }

    #[tokio::test]
    async fn a_message_takes_no_name_from_another() {
        let (store, mut writer) = (MemorySession::new(), HistoryWriter::default());
        let text = Content::Text(FormattedText { text: "named".to_owned(), entities: Vec::new() });
        for event in [
            message(7, 0, text.clone()),
            message(7, 1, Content::Unsupported),
            message(0, 2, Content::Unsupported),
            message(0, 3, Content::Unsupported),
        ] {
            let mut batch = Batch::default();
            writer.write(&[event], 1, &store, &mut batch).await.unwrap();
            store.apply(&batch).await.unwrap();
        }
        let step =
            Step { store: &store, date: 1, changes: BTreeMap::new(), wiped: Vec::new(), doomed: Vec::new() };
        let found = step.find(SecretChatId(1), RandomId(7)).await.unwrap().unwrap();
        assert_eq!(found.entry.body, HistoryBody::Message(text));
        assert!(step.find(SecretChatId(1), RandomId(0)).await.unwrap().is_none());
        let entries = store.scan(&Scan::all(keys::entries(SecretChatId(1)))).await.unwrap();
        assert_eq!(entries.len(), 4, "all of them are shown");
    }
}
