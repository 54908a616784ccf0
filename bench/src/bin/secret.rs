//! Secret chats: sealing and opening, whole messages through two engines with stores in memory and on disk, files, idle
//! chats. Each beside what bounds it: the cipher alone, the hash alone, the disk's own rate, bare commits of SQLite.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chappe::SqliteSession;
use chappe::session::{Batch, Key, KeyRange, Record, Scan, Session};
use chappe_bench::{Candidate, Table, Unit, array, bytes};
use chappe_crypto::dh::{DhParams, DhSecret};
use chappe_crypto::{AuthKey, hash, ige};
use chappe_secret::{
    Call, Change, ChatHead, ChatUpdate, Config, DhConfig, EncryptedFile, EncryptedMessage, FileDecryption,
    FileEncryption, FileKey, Now, Output, RecordKey, RemoteFile, Request, Response, Role, SecretChatId,
    SecretChats, envelope,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

/// Counts what is allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; only a number is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: usize = 100;
const IDLE_CHATS: i32 = 10_000;

const PARTS: [(&str, fn()); 6] = [
    ("envelopes", || [48, 1024, 16 << 10].into_iter().for_each(envelopes)),
    ("engines", engines_in_memory),
    ("rekeys", rekeys),
    ("files", files),
    ("idle", idle_chats),
    ("disk", engines_on_disk),
];

/// All parts, or those named by the arguments.
fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    for (name, run) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|other| other == name) {
            run();
        }
    }
}

/// Sealing and opening, beside the least that they must do.
fn envelopes(len: usize) {
    let key = AuthKey::new(array(1));
    let object = bytes(len, 2);
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let sealed = envelope::seal(&key, Role::Initiator, &object, &mut rng).unwrap();
    let (aes_key, iv) = (array(4), array(5));
    let title = format!("objects of {len} bytes, {} with everything", sealed.len());
    let mut table = Table::new(title, Unit::ThousandOperations, ROUNDS);
    let mut plain = bytes(sealed.len() - 24, 6);
    table.add(Candidate::repeated("AES-256-IGE encryption alone", 1.0, move || {
        ige::encrypt(&aes_key, &iv, black_box(&mut plain)).unwrap();
    }));
    let mut cipher = bytes(sealed.len() - 24, 6);
    table.add(Candidate::repeated("AES-256-IGE decryption alone", 1.0, move || {
        ige::decrypt(&aes_key, &iv, black_box(&mut cipher)).unwrap();
    }));
    let hashed = bytes(sealed.len() + 8, 7);
    table.add(Candidate::repeated("SHA-256 of as much", 1.0, move || {
        black_box(hash::sha256(&[black_box(&hashed)]));
    }));
    // The hash that authenticates, the two that make key and iv, and the cipher: less the format does not permit.
    let short = bytes(52, 8);
    let mut both = bytes(sealed.len() - 24, 6);
    table.add(Candidate::repeated("the cipher and the three hashes of the format", 1.0, move || {
        black_box(hash::sha256(&[&both, &short[..32]]));
        black_box((hash::sha256(&[black_box(&short)]), hash::sha256(&[black_box(&short)])));
        ige::encrypt(&aes_key, &iv, black_box(&mut both)).unwrap();
    }));
    table.add(Candidate::repeated("seal", 1.0, || {
        black_box(envelope::seal(&key, Role::Initiator, black_box(&object), &mut rng).unwrap());
    }));
    table.add(Candidate::repeated("open", 1.0, || {
        black_box(envelope::open(&key, Role::Initiator, black_box(&sealed)).unwrap());
    }));
    table.compare(&["AES-256-IGE encryption alone", "the cipher and the three hashes of the format"]);
}

/// One side: its engine and what it has stored.
struct Side {
    engine: SecretChats,
    store: BTreeMap<RecordKey, Vec<u8>>,
    /// What the disk has not got yet.
    batch: Vec<Batch>,
    keep_batches: bool,
    qts: i32,
}

impl Side {
    fn new(id: i64, automatic_rekey: bool, now: Now, rng: &mut ChaCha20Rng) -> Self {
        let config = Config { automatic_rekey, ..Config::new(id) };
        let engine = SecretChats::new(config, [], now, rng).unwrap();
        Self { engine, store: BTreeMap::new(), batch: Vec::new(), keep_batches: false, qts: 0 }
    }

    /// Stores what there is to store, up to the next call to make.
    fn next_request(&mut self) -> Option<Request> {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Persist(batch) => {
                    let mut step = Batch::default();
                    for change in batch.changes {
                        match change {
                            Change::Put { key, value } if self.keep_batches => {
                                step.put.push(Record { key: name(key), value: value.to_vec() });
                            }
                            Change::Remove { key } if self.keep_batches => step.remove.push(name(key)),
                            Change::Put { key, value } => drop(self.store.insert(key, value.to_vec())),
                            Change::Remove { key } => drop(self.store.remove(&key)),
                        }
                    }
                    if self.keep_batches {
                        self.batch.push(step);
                    }
                    self.engine.handle_persisted(batch.barrier);
                }
                Output::Request(request) => return Some(request),
                _ => {}
            }
        }
        None
    }
}

fn name(key: RecordKey) -> Key {
    let (kind, chat, number) = key.to_columns();
    let mut bytes = vec![kind];
    bytes.extend(chat.to_be_bytes());
    bytes.extend(number.to_be_bytes());
    Key(bytes)
}

/// Two sides with a chat between them.
struct Pair {
    sides: [Side; 2],
    chat: SecretChatId,
    now: Now,
    rng: ChaCha20Rng,
}

impl Pair {
    /// `automatic_rekey`: after 100 messages, as everywhere else.
    fn new(automatic_rekey: bool) -> Self {
        let (mut rng, now) = (ChaCha20Rng::seed_from_u64(8), Now::from_unix_secs(1_700_000_000));
        let mut side = |id| Side::new(id, automatic_rekey, now, &mut rng);
        let sides = [side(100), side(200)];
        let mut pair = Self { sides, chat: SecretChatId(0), now, rng };
        pair.chat = pair.sides[0].engine.request(200, 7, now, &mut pair.rng).unwrap();
        pair.run();
        pair.sides[1].engine.accept(pair.chat, now, &mut pair.rng).unwrap();
        pair.run();
        pair
    }

    /// A server without faults.
    fn run(&mut self) {
        let mut busy = true;
        while busy {
            busy = false;
            for who in 0..2 {
                while let Some(request) = self.sides[who].next_request() {
                    busy = true;
                    let response = self.serve(who, request.call);
                    let (now, rng) = (self.now, &mut self.rng);
                    self.sides[who].engine.handle_response(request.id, Ok(response), now, rng);
                }
            }
        }
    }

    fn serve(&mut self, who: usize, call: Call) -> Response {
        let head = |id, viewer: usize| ChatHead {
            id,
            access_hash: viewer as i64,
            date: 5,
            admin_id: 100,
            participant_id: 200,
        };
        let (now, rng, other) = (self.now, &mut self.rng, 1 - who);
        match call {
            Call::GetDhConfig { version, .. } => {
                let p = chappe_crypto::dh::KNOWN_PRIME.to_vec();
                let new = (version != 9).then_some(DhConfig { version: 9, g: 3, p });
                Response::DhConfig { new, random: vec![1; 256] }
            }
            Call::RequestEncryption { random_id, g_a, .. } => {
                let id = SecretChatId(random_id);
                let update = ChatUpdate::Requested { chat: head(id, other), g_a, folder_id: None };
                self.sides[other].engine.handle_encryption_update(update, 0, now, rng);
                Response::Chat(ChatUpdate::Waiting { chat: head(id, who) })
            }
            Call::AcceptEncryption { peer, g_b, key_fingerprint } => {
                let accepted = |viewer, g| ChatUpdate::Accepted {
                    chat: head(peer.chat_id, viewer),
                    g_a_or_b: g,
                    key_fingerprint,
                };
                let update = accepted(other, g_b);
                self.sides[other].engine.handle_encryption_update(update, 0, now, rng);
                Response::Chat(accepted(who, vec![2; 256]))
            }
            Call::SendEncrypted { peer, random_id, data, .. }
            | Call::SendEncryptedService { peer, random_id, data } => {
                let side = &mut self.sides[other];
                side.qts += 1;
                let message = EncryptedMessage {
                    chat: peer.chat_id,
                    random_id,
                    date: 5,
                    bytes: data,
                    file: None,
                    service: false,
                };
                side.engine.handle_encrypted_message(message, Some(side.qts), now, rng);
                Response::Sent { date: 5, file: None }
            }
            _ => Response::Done,
        }
    }

    /// A new key for both.
    fn rekey(&mut self) {
        self.sides[0].engine.rekey(self.chat, self.now, &mut self.rng).unwrap();
        self.run();
    }

    /// One text there and one back.
    fn exchange(&mut self) {
        for who in 0..2 {
            self.sides[who]
                .engine
                .send_text(self.chat, "forty bytes of text, as people say them", self.now, &mut self.rng)
                .unwrap();
            self.run();
        }
    }
}

/// Texts between changes of the key, beside the cipher and the hash alone.
fn engines_in_memory() {
    let mut pair = Pair::new(false);
    let key = AuthKey::new(array(1));
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let object = bytes(120, 2);
    let mut table = Table::new(
        "one text each way through both engines, stored in memory, between changes of the key",
        Unit::ThousandOperations,
        ROUNDS,
    );
    table.add(Candidate::repeated("two seals and two opens", 2.0, || {
        for _ in 0..2 {
            let sealed = envelope::seal(&key, Role::Initiator, black_box(&object), &mut rng).unwrap();
            black_box(envelope::open(&key, Role::Initiator, &sealed).unwrap());
        }
    }));
    table.add(Candidate::repeated("two engines", 2.0, || pair.exchange()));
    table.compare(&["two seals and two opens"]);
}

/// What a change of the key costs: two exponents drawn and two keys agreed, which no protocol can save.
fn rekeys() {
    let params = DhParams::known(3).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let (mut pair, mut talking) = (Pair::new(false), Pair::new(true));
    let mut table = Table::new("a change of the key", Unit::Operations, ROUNDS);
    table.add(Candidate::repeated("four exponentiations of 2048 bits", 1.0, || {
        let mut secret = || DhSecret::generate(&params, &mut rng, &[]).unwrap();
        let (a, b) = (secret(), secret());
        black_box((a.agree(b.public()).unwrap(), b.agree(a.public()).unwrap()));
    }));
    table.add(Candidate::repeated("two engines", 1.0, || pair.rekey()));
    table.add(Candidate::repeated("100 texts between two engines, changes of the key included", 1.0, || {
        (0..50).for_each(|_| talking.exchange());
    }));
    table.compare(&["four exponentiations of 2048 bits"]);
}

fn files() {
    const LEN: usize = 1 << 20;
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let key = FileKey::generate(&mut rng);
    let (aes_key, iv) = (array(4), array(5));
    let mut table = Table::new("files, 1 MiB in parts of 128 KiB", Unit::Megabytes, ROUNDS);
    let mut plain = bytes(LEN, 10);
    table.add(Candidate::repeated("AES-256-IGE encryption alone", LEN as f64, move || {
        ige::encrypt(&aes_key, &iv, black_box(&mut plain)).unwrap();
    }));
    let mut parts: Vec<Vec<u8>> = (0..8).map(|seed| bytes(LEN / 8, seed)).collect();
    let encryption_key = key.clone();
    table.add(Candidate::repeated("FileEncryption", LEN as f64, move || {
        let mut file = FileEncryption::new(&encryption_key);
        for part in &mut parts {
            file.encrypt(black_box(part), &mut rng).unwrap();
        }
    }));
    let key_fingerprint = key.fingerprint();
    let file = EncryptedFile { id: 1, access_hash: 1, size: LEN as i64, dc_id: 2, key_fingerprint };
    let remote = RemoteFile { file, key, size: LEN as i64 };
    let mut parts: Vec<Vec<u8>> = (0..8).map(|seed| bytes(LEN / 8, seed)).collect();
    table.add(Candidate::repeated("FileDecryption", LEN as f64, move || {
        let mut file = FileDecryption::new(&remote);
        for part in &mut parts {
            file.decrypt(black_box(part)).unwrap();
        }
    }));
    table.compare(&["AES-256-IGE encryption alone"]);
}

/// Ten thousand chats, each with two unacknowledged messages in one of ten: what they take, and how long a start takes
/// beside the reading of their rows, which nothing can save.
fn idle_chats() {
    let mut pair = Pair::new(true);
    let idle = pair.sides[0].store.clone();
    for _ in 0..2 {
        let (side, now) = (&mut pair.sides[0], pair.now);
        side.engine.send_text(pair.chat, "waits", now, &mut pair.rng).unwrap();
        while side.next_request().is_some() {}
    }
    let busy = pair.sides[0].store.clone();
    let mut stored = vec![(RecordKey::Account, idle[&RecordKey::Account].clone())];
    for id in 1..=IDLE_CHATS {
        let records = if id % 10 == 0 { &busy } else { &idle };
        let of_chat = records.iter().filter(|(key, _)| **key != RecordKey::Account);
        stored.extend(of_chat.map(|(key, value)| {
            let (kind, _, number) = key.to_columns();
            let mut value = value.clone();
            if let RecordKey::Chat(_) = key {
                let at = value.windows(4).position(|window| window == pair.chat.0.to_le_bytes()).unwrap();
                value[at..at + 4].copy_from_slice(&id.to_le_bytes());
            }
            (RecordKey::from_columns(kind, id, number).unwrap(), value)
        }));
    }
    let bytes: usize = stored.iter().map(|(_, value)| value.len()).sum();
    println!("\n{IDLE_CHATS} idle chats: {} records, {} KB", stored.len(), bytes / 1000);
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let now = pair.now;
    let copy = stored.clone();
    let before = LIVE.load(Ordering::Relaxed);
    let start = Instant::now();
    let engine = SecretChats::new(Config::new(100), copy.iter().cloned(), now, &mut rng).unwrap();
    let elapsed = start.elapsed();
    let heap = LIVE.load(Ordering::Relaxed) - before;
    assert_eq!(engine.chats().count(), IDLE_CHATS as usize);
    drop(engine);
    println!("  {:.0} bytes of heap a chat; its key alone is 256", heap as f64 / f64::from(IDLE_CHATS));
    println!("  the engine from records in memory {elapsed:>9.1?}; copying them {:.1?}", copying(&copy));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (reading, starting) = runtime.block_on(from_disk(stored, now));
    println!("  reading the rows from SQLite      {reading:>9.1?}");
    println!(
        "  reading them and starting         {starting:>9.1?}  {:.2} of reading",
        starting.div_duration_f64(reading)
    );
}

/// How long it takes to read the rows from a session, and to read them and start the engine: the best of five.
async fn from_disk(stored: Vec<(RecordKey, Vec<u8>)>, now: Now) -> (Duration, Duration) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let session = SqliteSession::open(folder.path().join("idle.session")).await.unwrap();
    for records in stored.chunks(1000) {
        let put =
            records.iter().map(|(key, value)| Record { key: name(*key), value: value.clone() }).collect();
        session.apply(&Batch { put, ..Batch::default() }).await.unwrap();
    }
    let everything = Scan::first(KeyRange::prefix(&[]), usize::MAX >> 1);
    let mut best = [Duration::MAX; 2];
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    for _ in 0..5 {
        let start = Instant::now();
        let records = session.scan(&everything).await.unwrap();
        best[0] = best[0].min(start.elapsed());
        let keys = stored.iter().map(|(key, _)| *key);
        // The keys are in the order of the rows, because both are sorted alike.
        let mut sorted: Vec<RecordKey> = keys.collect();
        sorted.sort_by_key(|key| name(*key));
        let start = Instant::now();
        let rows = sorted.into_iter().zip(records.iter().map(|record| record.value.clone()));
        let engine = SecretChats::new(Config::new(100), rows, now, &mut rng).unwrap();
        best[1] = best[1].min(start.elapsed());
        assert_eq!(engine.chats().count(), IDLE_CHATS as usize);
    }
    (best[0], best[0] + best[1])
}

/// How long a copy of all records takes.
fn copying(records: &[(RecordKey, Vec<u8>)]) -> Duration {
    let start = Instant::now();
    black_box(records.to_vec());
    start.elapsed()
}

/// Messages whose every step is durable, beside what the disk and SQLite do in the same moment.
fn engines_on_disk() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(on_disk());
}

async fn on_disk() {
    const TURN: u32 = 25;
    let folder = tempfile::tempdir_in(".").unwrap();
    let mut pair = Pair::new(true);
    let mut sessions = Vec::new();
    for (who, side) in pair.sides.iter_mut().enumerate() {
        side.keep_batches = true;
        sessions.push(SqliteSession::open(folder.path().join(format!("{who}.session"))).await.unwrap());
    }
    let block = bytes(4096, 1);
    let mut bare = bare_table(&folder.path().join("bare.db")).await;
    // A log that has reached its size is written over, which costs less than to let it grow.
    for row in 0..1500 {
        insert(&mut bare, row, &block[..300]).await;
    }
    let mut file = File::create(folder.path().join("bare.bin")).unwrap();
    let mut spent = [Duration::ZERO; 3];
    let (mut texts, mut steps) = (0_u32, 0_u32);
    for turn in 0..20 {
        let start = Instant::now();
        for _ in 0..TURN {
            file.seek(SeekFrom::Start(0)).unwrap();
            file.write_all(&block).unwrap();
            file.sync_data().unwrap();
        }
        spent[0] += start.elapsed();
        let start = Instant::now();
        for row in 0..TURN {
            insert(&mut bare, row + turn * TURN, &block[..300]).await;
        }
        spent[1] += start.elapsed();
        let start = Instant::now();
        for _ in 0..TURN {
            pair.exchange();
            texts += 2;
            for (side, session) in pair.sides.iter_mut().zip(&sessions) {
                for batch in side.batch.drain(..) {
                    session.apply(&batch).await.unwrap();
                    steps += 1;
                }
            }
        }
        spent[2] += start.elapsed();
    }
    let rate = |count: u32, spent: Duration| f64::from(count) / spent.as_secs_f64();
    let (syncs, commits) = (rate(20 * TURN, spent[0]), rate(20 * TURN, spent[1]));
    let (messages, stored) = (rate(texts, spent[2]), rate(steps, spent[2]));
    println!("\ntexts through both engines, every step durable in a SqliteSession");
    println!("  fdatasync of 4 KiB              {syncs:>9.0} 1/s");
    println!("  bare commit of one row, SQLite  {commits:>9.0} 1/s  {:.2} of fdatasync", commits / syncs);
    println!("  steps of the engines            {stored:>9.0} 1/s  {:.2} of bare commits", stored / commits);
    println!(
        "  texts, sent and received        {messages:>9.0} 1/s  {:.1} steps each",
        f64::from(steps) / f64::from(texts)
    );
}

/// A table as bare as can be, as durable as ours.
async fn bare_table(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let table = "CREATE TABLE records (key INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT";
    sqlx::query(table).execute(&mut connection).await.unwrap();
    connection
}

async fn insert(table: &mut SqliteConnection, row: u32, value: &[u8]) {
    let statement = sqlx::query("INSERT OR REPLACE INTO records VALUES (?, ?)");
    statement.bind(row).bind(value).execute(table).await.unwrap();
}
