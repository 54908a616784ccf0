//! Entries as bytes.

use chappe_secret::{Content, FileKey, RandomId, RemoteFile, SecretChatId, Unavailable};
use chappe_tl::{DecodeError, Reader, Writer};
use zeroize::Zeroizing;

use super::local_file::LocalFile;
use super::{Cursor, HistoryBody, HistoryEntry, MessageState, Notice};
use crate::session::{Key, Record, SessionError};

/// Version 1 had no local files.
const VERSION: u32 = 2;

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    /// The entry, with everything that it says.
    pub(super) entry: HistoryEntry,
    /// The key of a file of ours that the server has not confirmed, and its size.
    pub(super) waiting: Option<(FileKey, i64)>,
    /// The server has given its date.
    pub(super) dated: bool,
    /// It is to be opened once, and was not.
    pub(super) unopened: bool,
    /// Where its file is on this device.
    pub(super) local: Option<LocalFile>,
}

/// How far a chat was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) by_us: Reading,
    /// As the server says.
    pub(super) by_peer: Reading,
}

/// How far somebody has read. What comes later may have the date of what was read, or an older one; nor does a server
/// that names a date to come know what will be read until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Up to this date of the server.
    date: i32,
    /// Only what stands before this place.
    before: u64,
}

impl Reading {
    /// It was read at this very second of the server, which may be true of what came in the same one.
    fn is_at(self, entry: &HistoryEntry) -> bool {
        entry.date == self.date
    }

    /// Everything up to this date was read, of what stands before the place.
    pub(super) fn extend(&mut self, date: i32, before: Cursor) {
        *self = Self { date: self.date.max(date), before: before.0 };
    }

    fn covers(self, entry: &HistoryEntry) -> bool {
        entry.date <= self.date && entry.cursor.0 < self.before
    }
}

pub(super) fn damaged() -> SessionError {
    SessionError::Damaged { reason: "an entry of the history cannot be read" }
}

impl Stored {
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let entry = &self.entry;
        let body = match &entry.body {
            HistoryBody::Message(content) => content.to_bytes(),
            _ => Zeroizing::default(),
        };
        let mut w = Writer::append_to(Vec::with_capacity(body.len() + 512));
        w.u32(VERSION);
        w.i64(entry.random_id.0);
        w.bool(entry.outgoing);
        w.u32(entry.raw_seq_no);
        w.i32(entry.date);
        w.i32(entry.ttl);
        option(&mut w, entry.expires_at, Writer::i64);
        w.bool(entry.silent);
        option(&mut w, entry.reply_to.map(|id| id.0), Writer::i64);
        option(&mut w, entry.grouped_id, Writer::i64);
        option(&mut w, entry.via_bot_name.as_deref(), |w, name| w.bytes(name.as_bytes()));
        match &entry.state {
            MessageState::Pending => w.u32(0),
            MessageState::Sent => w.u32(1),
            MessageState::Delivered => w.u32(2),
            MessageState::Received => w.u32(3),
            MessageState::Read => w.u32(4),
            // Never stored: it follows from the time.
            MessageState::Expired => w.u32(5),
            MessageState::Failed { error } => {
                w.u32(6);
                w.bytes(error.as_bytes());
            }
        }
        option(&mut w, self.waiting.as_ref(), |w, (key, size)| {
            w.raw(&key.key);
            w.raw(&key.iv);
            w.i64(*size);
        });
        w.bool(self.dated);
        w.bool(self.unopened);
        option(&mut w, self.local.as_ref(), |w, local| local.put(w));
        match &entry.body {
            HistoryBody::Gone => w.u32(0),
            HistoryBody::Message(_) => {
                w.u32(1);
                w.count(body.len());
                w.raw(&body);
            }
            HistoryBody::Notice(notice) => put_notice(&mut w, notice),
        }
        Zeroizing::new(w.into_inner())
    }

    pub(super) fn decode(record: &Record) -> Result<Self, SessionError> {
        let (chat, cursor) = super::keys::to_entry(&record.key).ok_or_else(damaged)?;
        Self::read(chat, cursor, &record.value)
    }

    fn read(chat: SecretChatId, cursor: Cursor, bytes: &[u8]) -> Result<Self, SessionError> {
        let mut r = Reader::new(bytes);
        let version = match r.u32() {
            Ok(version @ 1..=VERSION) => version,
            Ok(version) if version > VERSION => {
                return Err(SessionError::Version { version: version.into() });
            }
            _ => return Err(damaged()),
        };
        let stored = Self::fields(chat, cursor, version, &mut r).ok().flatten().ok_or_else(damaged)?;
        r.finish().map_err(|_| damaged())?;
        Ok(stored)
    }

    fn fields(
        chat: SecretChatId,
        cursor: Cursor,
        version: u32,
        r: &mut Reader<'_>,
    ) -> Result<Option<Self>, DecodeError> {
        let mut entry = HistoryEntry {
            chat,
            cursor,
            random_id: RandomId(r.i64()?),
            outgoing: r.bool()?,
            raw_seq_no: r.u32()?,
            date: r.i32()?,
            state: MessageState::Pending,
            ttl: r.i32()?,
            expires_at: get(r, |r| r.i64())?,
            silent: r.bool()?,
            reply_to: get(r, |r| r.i64().map(RandomId))?,
            grouped_id: get(r, |r| r.i64())?,
            via_bot_name: get(r, |r| r.string())?,
            local_path: None,
            body: HistoryBody::Gone,
        };
        entry.state = match r.u32()? {
            0 => MessageState::Pending,
            1 => MessageState::Sent,
            2 => MessageState::Delivered,
            3 => MessageState::Received,
            4 => MessageState::Read,
            5 => MessageState::Expired,
            6 => MessageState::Failed { error: r.string()? },
            _ => return Ok(None),
        };
        let waiting = get(r, |r| Ok((FileKey { key: r.array()?, iv: r.array()? }, r.i64()?)))?;
        let (dated, unopened) = (r.bool()?, r.bool()?);
        let local = if version > 1 { get(r, LocalFile::get)? } else { None };
        entry.local_path = local.as_ref().and_then(LocalFile::path);
        entry.body = match r.u32()? {
            0 => HistoryBody::Gone,
            1 => {
                let len = r.u32()? as usize;
                match Content::from_bytes(r.take(len)?) {
                    Ok(content) => HistoryBody::Message(content),
                    Err(_) => return Ok(None),
                }
            }
            kind => match get_notice(kind, r)? {
                Some(notice) => HistoryBody::Notice(notice),
                None => return Ok(None),
            },
        };
        Ok(Some(Self { entry, waiting, dated, unopened, local }))
    }

    pub(super) fn to_record(&self) -> Record {
        let key = super::keys::entry(self.entry.chat, self.entry.cursor);
        Record { key, value: std::mem::take(&mut *self.encode()) }
    }

    /// What may be shown of it at this time.
    pub(super) fn shown(mut self, head: Head, now: i64) -> HistoryEntry {
        if self.entry.expires_at.is_some_and(|at| at <= now) {
            self.entry.state = MessageState::Expired;
            self.entry.body = HistoryBody::Gone;
            self.entry.local_path = None;
            return self.entry;
        }
        if self.unopened {
            self.hide_file();
        }
        let message = matches!(self.entry.body, HistoryBody::Message(_));
        let read = match self.entry.state {
            MessageState::Sent | MessageState::Delivered => {
                self.dated && (head.by_peer.covers(&self.entry) || head.by_peer.is_at(&self.entry))
            }
            // What is to be opened once is not read with the rest.
            MessageState::Received => message && !self.unopened && head.by_us.covers(&self.entry),
            _ => false,
        };
        if read {
            self.entry.state = MessageState::Read;
        }
        self.entry
    }

    fn hide_file(&mut self) {
        if let HistoryBody::Message(Content::Media { file: Some(file), .. }) = &mut self.entry.body
            && file.remote.is_ok()
        {
            file.remote = Err(Unavailable::Unopened);
        }
    }

    /// The fetched file that goes with the message: that of one with a timer. What we have sent is the user's.
    pub(super) fn doomed_file(self) -> Option<LocalFile> {
        self.local.filter(|_| self.entry.ttl != 0 && !self.entry.outgoing)
    }

    /// The server has the file of a message of ours.
    pub(super) fn file_stored(&mut self, stored: chappe_secret::EncryptedFile) {
        if let HistoryBody::Message(Content::Media { file: Some(file), .. }) = &mut self.entry.body {
            match (&mut file.remote, self.waiting.take()) {
                (Ok(remote), _) => remote.file = stored,
                (remote, Some((key, size))) => *remote = Ok(RemoteFile { file: stored, key, size }),
                (_, None) => {}
            }
        }
    }
}

impl Head {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut w = Writer::append_to(Vec::new());
        w.i32(self.by_us.date);
        w.i32(self.by_peer.date);
        w.i64(self.by_us.before.cast_signed());
        w.i64(self.by_peer.before.cast_signed());
        w.into_inner()
    }

    /// An unreadable one is nothing to lose an entry for. The first version had the dates alone, the second the place
    /// of `by_us`.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        let read = |mut r: Reader<'_>| {
            let (ours, theirs) = (r.i32()?, r.i32()?);
            let mut place = |len| Ok(if bytes.len() < len { u64::MAX } else { r.i64()?.cast_unsigned() });
            let (by_us, by_peer) = (place(16)?, place(24)?);
            r.finish()?;
            let reading = |date, before| Reading { date, before };
            Ok::<_, DecodeError>(Self { by_us: reading(ours, by_us), by_peer: reading(theirs, by_peer) })
        };
        read(Reader::new(bytes)).unwrap_or_default()
    }
}

fn option<T>(w: &mut Writer, value: Option<T>, put: impl FnOnce(&mut Writer, T)) {
    w.bool(value.is_some());
    if let Some(value) = value {
        put(w, value);
    }
}

fn get<'a, T>(
    r: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    if r.bool()? { read(r).map(Some) } else { Ok(None) }
}

fn put_notice(w: &mut Writer, notice: &Notice) {
    match notice {
        Notice::Closed { reason } => {
            w.u32(2);
            w.bytes(reason.as_bytes());
        }
        Notice::Screenshot { messages } => {
            w.u32(4);
            w.count(messages.len());
            messages.iter().for_each(|id| w.i64(id.0));
        }
        Notice::Started => w.u32(5),
        Notice::TtlSet { seconds } => {
            w.u32(6);
            w.i32(*seconds);
        }
    }
}

fn get_notice(kind: u32, r: &mut Reader<'_>) -> Result<Option<Notice>, DecodeError> {
    Ok(Some(match kind {
        2 => Notice::Closed { reason: r.string()? },
        4 => {
            let count = r.count(8)?;
            Notice::Screenshot { messages: r.items(count, |r| r.i64().map(RandomId))? }
        }
        5 => Notice::Started,
        6 => Notice::TtlSet { seconds: r.i32()? },
        _ => return Ok(None),
    }))
}

/// The number in the record of an index or the counter.
pub(super) fn number(bytes: &[u8]) -> Result<u64, SessionError> {
    bytes.try_into().map(u64::from_le_bytes).map_err(|_| damaged())
}

/// Such a record.
pub(super) fn numbered(key: Key, number: u64) -> Record {
    Record { key, value: number.to_le_bytes().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Stored {
        Stored {
            entry: HistoryEntry {
                chat: SecretChatId(-1),
                cursor: Cursor(7),
                random_id: RandomId(i64::MIN),
                outgoing: true,
                raw_seq_no: 3,
                date: 4,
                state: MessageState::Failed { error: "X".to_owned() },
                ttl: 5,
                expires_at: Some(6),
                silent: true,
                reply_to: Some(RandomId(7)),
                grouped_id: Some(8),
                via_bot_name: Some("bot".to_owned()),
                local_path: None,
                body: HistoryBody::Message(Content::Text("words".to_owned().into_text())),
            },
            waiting: Some((FileKey { key: [1; 32], iv: [2; 32] }, 9)),
            dated: true,
            unopened: true,
            local: None,
        }
    }

    #[test]
    fn how_far_a_chat_was_read_comes_back() {
        let mut head = Head::default();
        head.by_us.extend(5, Cursor(u64::MAX - 1));
        head.by_peer.extend(6, Cursor(7));
        assert_eq!(Head::decode(&head.encode()), head);
        // The first version had two dates, the second the place of one of them.
        let old = Head::decode(&[9, 0, 0, 0, 8, 0, 0, 0]);
        let everything = |date| Reading { date, before: u64::MAX };
        assert_eq!(old, Head { by_us: everything(9), by_peer: everything(8) });
        let old = Head::decode(&[9, 0, 0, 0, 8, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(old, Head { by_us: Reading { date: 9, before: 5 }, by_peer: everything(8) });
        for len in (0..24).filter(|len| ![8, 16].contains(len)) {
            assert_eq!(Head::decode(&head.encode()[..len]), Head::default(), "{len} bytes");
        }
    }

    #[test]
    fn what_was_read_ends_at_a_place_and_at_a_date() {
        let entry = |date, cursor| HistoryEntry { date, cursor: Cursor(cursor), ..stored().entry };
        let mut reading = Reading::default();
        reading.extend(100, Cursor(7));
        assert!(reading.covers(&entry(100, 6)) && !reading.covers(&entry(101, 6)));
        // It came later, with the same date.
        assert!(!reading.covers(&entry(100, 7)));
        reading.extend(100, Cursor(8));
        assert!(reading.covers(&entry(100, 7)));
        // To read less far takes nothing back.
        reading.extend(50, Cursor(9));
        assert!(reading.covers(&entry(100, 6)));
    }

    #[test]
    fn entries_of_the_first_version_are_read() {
        let mut stored = stored();
        let new = stored.to_record();
        // What version 2 has added: whether there is a local file, before the body.
        let body = match &stored.entry.body {
            HistoryBody::Message(content) => content.to_bytes().len() + 8,
            _ => unreachable!("it is a message"),
        };
        let at = new.value.len() - body - 4;
        let mut value = [&new.value[..at], &new.value[at + 4..]].concat();
        value[0] = 1;
        assert_eq!(Stored::decode(&Record { key: new.key.clone(), value }).unwrap(), stored);
        // And a local file comes back.
        let file = tempfile::NamedTempFile::new().unwrap();
        stored.local = LocalFile::complete(file.path());
        stored.entry.local_path = Some(file.path().to_owned());
        assert_eq!(Stored::decode(&stored.to_record()).unwrap(), stored);
    }

    trait IntoText {
        fn into_text(self) -> chappe_secret::FormattedText;
    }

    impl IntoText for String {
        fn into_text(self) -> chappe_secret::FormattedText {
            chappe_secret::FormattedText { text: self, entities: Vec::new() }
        }
    }

    #[test]
    fn entries_come_back_and_parts_of_them_are_refused() {
        let notices = [
            Notice::Closed { reason: "over".to_owned() },
            Notice::Screenshot { messages: vec![RandomId(1), RandomId(2)] },
            Notice::Started,
            Notice::TtlSet { seconds: 5 },
        ];
        let bodies = notices.map(HistoryBody::Notice).into_iter().chain([stored().entry.body]);
        for body in bodies {
            let mut stored = stored();
            stored.entry.body = body;
            let record = stored.to_record();
            assert_eq!(Stored::decode(&record).unwrap(), stored);
            for len in 0..record.value.len() {
                let cut = Record { key: record.key.clone(), value: record.value[..len].to_vec() };
                assert!(Stored::decode(&cut).is_err(), "cut at {len}");
            }
        }
    }

    #[test]
    fn an_entry_whose_time_is_over_shows_nothing() {
        let shown = stored().shown(Head::default(), 6);
        assert_eq!((shown.state, shown.body), (MessageState::Expired, HistoryBody::Gone));
        assert_eq!(stored().shown(Head::default(), 5).text(), "words");
    }
}
