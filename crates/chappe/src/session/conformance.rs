//! Tests for a [`Session`] of your own.
//!
//! Secret chats are as reliable as the store beneath them: a write that is not atomic, or not durable when it returns,
//! loses messages or ends chats. [`check`] goes through everything that the library relies on. It needs no test
//! framework: call it from a test and look at what it returns.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Arc, Mutex};
//!
//! use chappe::session::{MemorySession, Session, conformance};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! // One store for each name; asked for again, the same one.
//! let stores = Mutex::new(HashMap::<String, MemorySession>::new());
//! let open = async |name: String| -> Result<Arc<dyn Session>, _> {
//!     Ok(Arc::new(stores.lock().unwrap().entry(name).or_default().clone()) as Arc<dyn Session>)
//! };
//! conformance::check(open).await?;
//! # Ok::<(), conformance::Failure>(())
//! # }).unwrap();
//! ```

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use chappe_crypto::AuthKey;
use futures_util::future::{join_all, poll_fn};

use super::{Batch, Key, KeyRange, Record, Scan, Session, SessionError, StoredSession};
use crate::data_centres::Address;

/// What a store does not do as it has to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Which part of the contract.
    pub check: &'static str,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.what)
    }
}

impl std::error::Error for Failure {}

type Outcome = Result<(), String>;
type Store = Arc<dyn Session>;

/// Goes through the whole contract. `open` opens the store of this name, or makes it; opened again after
/// [`Session::close`], it has to hold what it held. Each name is used once.
///
/// # Errors
/// The first part that fails.
pub async fn check<F>(open: F) -> Result<(), Failure>
where
    F: AsyncFn(String) -> Result<Store, SessionError>,
{
    let fresh = async |check: &'static str| -> Result<Store, Failure> {
        let failed = |error: SessionError| Failure { check, what: format!("it cannot be opened: {error}") };
        open(check.to_owned()).await.map_err(failed)
    };
    macro_rules! run {
        ($($name:ident),*) => {$({
            let check = stringify!($name);
            let store = fresh(check).await?;
            let failed = |what| Failure { check, what };
            let outcome = $name(&*store).await;
            let closed = store.close().await.map_err(|error| format!("it cannot be closed: {error}"));
            outcome.map_err(failed)?;
            closed.map_err(failed)?;
        })*};
    }
    run!(
        a_new_store_is_empty,
        the_login_is_replaced_as_a_whole,
        records_come_in_the_order_of_their_keys,
        pages_fit_together,
        a_batch_removes_before_it_puts,
        removed_ranges_are_gone_and_nothing_else,
        a_batch_given_up_is_carried_out_or_not,
        readers_see_whole_batches,
        writers_do_not_disturb_each_other,
        large_values_come_back,
        one_client_at_a_time
    );
    let check = "what_was_written_is_there_after_reopening";
    let failed = |what: String| Failure { check, what };
    durable(async || fresh(check).await.map_err(|failure| failure.what)).await.map_err(failed)
}

fn key(bytes: &[u8]) -> Key {
    Key(bytes.to_vec())
}

fn record(name: &[u8], value: &[u8]) -> Record {
    Record { key: key(name), value: value.to_vec() }
}

fn expect<T: PartialEq + fmt::Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: {found:?} instead of {expected:?}")),
    }
}

async fn put(store: &dyn Session, records: Vec<Record>) -> Outcome {
    apply(store, Batch { put: records, ..Batch::default() }).await
}

async fn apply(store: &dyn Session, batch: Batch) -> Outcome {
    store.apply(&batch).await.map_err(|error| format!("a batch was refused: {error}"))
}

async fn scan(store: &dyn Session, scan: Scan) -> Result<Vec<Record>, String> {
    store.scan(&scan).await.map_err(|error| format!("a scan failed: {error}"))
}

async fn names(store: &dyn Session, what: Scan) -> Result<Vec<Vec<u8>>, String> {
    Ok(scan(store, what).await?.iter().map(|record| record.key.0.clone()).collect())
}

fn login(salt: i64) -> Result<StoredSession, String> {
    let address = Address::new("127.0.0.1", 443).map_err(|error| error.to_string())?;
    let auth_key = AuthKey::from_slice(&[7; 256]).map_err(|error| error.to_string())?;
    Ok(StoredSession { salt, user_id: Some(1), ..StoredSession::new(2, address, auth_key) })
}

async fn load(store: &dyn Session) -> Result<Option<StoredSession>, String> {
    store.load().await.map_err(|error| format!("the login cannot be read: {error}"))
}

async fn save(store: &dyn Session, salt: i64) -> Outcome {
    store.save(&login(salt)?).await.map_err(|error| format!("the login cannot be saved: {error}"))
}

async fn a_new_store_is_empty(store: &dyn Session) -> Outcome {
    expect("the login of a new store", &load(store).await?, &None)?;
    expect("its records", &scan(store, Scan::all(KeyRange::ALL)).await?, &Vec::new())?;
    apply(store, Batch { remove: vec![key(b"x")], remove_ranges: vec![KeyRange::ALL], put: vec![] }).await?;
    store.settle().await.map_err(|error| format!("it cannot settle: {error}"))
}

async fn the_login_is_replaced_as_a_whole(store: &dyn Session) -> Outcome {
    for salt in [1, 2] {
        save(store, salt).await?;
        expect("the login", &load(store).await?, &Some(login(salt)?))?;
    }
    apply(store, Batch { remove_ranges: vec![KeyRange::ALL], ..Batch::default() }).await?;
    expect("the login after all records were removed", &load(store).await?, &Some(login(2)?))
}

const KEYS: [&[u8]; 9] = [b"", b"\0", b"\0\0", b"\0\x01", b"\x01", b"a", b"a\0", b"aa", b"\xff\xff"];

async fn fill(store: &dyn Session) -> Outcome {
    // Not in their order, and not in one batch.
    for step in [7, 3, 5, 0, 8, 1, 6, 4, 2] {
        put(store, vec![record(KEYS[step], &[step as u8])]).await?;
    }
    Ok(())
}

fn of(keys: &[&[u8]]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.to_vec()).collect()
}

async fn records_come_in_the_order_of_their_keys(store: &dyn Session) -> Outcome {
    fill(store).await?;
    expect("all keys", &names(store, Scan::all(KeyRange::ALL)).await?, &of(&KEYS))?;
    let mut backwards = of(&KEYS);
    backwards.reverse();
    expect("all keys backwards", &names(store, Scan::last(KeyRange::ALL, usize::MAX)).await?, &backwards)?;
    let half_open = KeyRange::new(key(b"\0"), key(b"a\0"));
    expect("a half-open range", &names(store, Scan::all(half_open.clone())).await?, &of(&KEYS[1..6]))?;
    expect("its last two", &names(store, Scan::last(half_open, 2)).await?, &of(&[b"a", b"\x01"]))?;
    expect("a prefix", &names(store, Scan::all(KeyRange::prefix(b"a"))).await?, &of(&KEYS[5..8]))?;
    expect("one key", &names(store, Scan::all(KeyRange::one(key(b"a")))).await?, &of(&[b"a"]))?;
    let empty = KeyRange::new(key(b"b"), key(b"a"));
    expect("an empty range", &names(store, Scan::all(empty)).await?, &Vec::new())?;
    expect("no limit left", &names(store, Scan::first(KeyRange::ALL, 0)).await?, &Vec::new())?;
    let values: Vec<u8> = scan(store, Scan::all(KeyRange::ALL)).await?.iter().map(|r| r.value[0]).collect();
    expect("their values", &values, &(0..9).collect())
}

async fn pages_fit_together(store: &dyn Session) -> Outcome {
    let name = |number: u32| [b"page".as_slice(), &number.to_be_bytes()].concat();
    put(store, (0..100).map(|number| record(&name(number), b"x")).collect()).await?;
    let all = names(store, Scan::all(KeyRange::ALL)).await?;
    let mut forwards = Vec::new();
    let mut range = KeyRange::prefix(b"page");
    loop {
        let page = names(store, Scan::first(range.clone(), 7)).await?;
        let Some(last) = page.last() else { break };
        range.from = KeyRange::one(Key(last.clone())).to.unwrap_or_default();
        // What comes and goes elsewhere does not move the pages.
        put(store, vec![record(b"other", &[forwards.len() as u8])]).await?;
        forwards.extend(page);
    }
    expect("pages forwards", &forwards, &all)?;
    let mut backwards = Vec::new();
    let mut range = KeyRange::prefix(b"page");
    loop {
        let page = names(store, Scan::last(range.clone(), 9)).await?;
        let Some(last) = page.last() else { break };
        range.to = Some(Key(last.clone()));
        backwards.extend(page);
    }
    backwards.reverse();
    expect("pages backwards", &backwards, &all)
}

async fn a_batch_removes_before_it_puts(store: &dyn Session) -> Outcome {
    put(store, vec![record(b"a", b"1"), record(b"b", b"1"), record(b"c", b"1")]).await?;
    let batch = Batch {
        put: vec![record(b"a", b"2"), record(b"b", b"2")],
        remove: vec![key(b"b"), key(b"c")],
        remove_ranges: vec![KeyRange::prefix(b"a")],
    };
    apply(store, batch).await?;
    let found = scan(store, Scan::all(KeyRange::ALL)).await?;
    expect("the records", &found, &vec![record(b"a", b"2"), record(b"b", b"2")])
}

async fn removed_ranges_are_gone_and_nothing_else(store: &dyn Session) -> Outcome {
    fill(store).await?;
    let remove_ranges = vec![
        KeyRange::new(key(b"\0\0"), key(b"a")),
        KeyRange::new(key(b"z"), key(b"b")),
        KeyRange::prefix(b"aa"),
    ];
    apply(store, Batch { remove_ranges, ..Batch::default() }).await?;
    let left = of(&[b"", b"\0", b"a", b"a\0", b"\xff\xff"]);
    expect("what is left", &names(store, Scan::all(KeyRange::ALL)).await?, &left)?;
    apply(store, Batch { remove_ranges: vec![KeyRange::prefix(b"\xff")], ..Batch::default() }).await?;
    expect("the rest", &names(store, Scan::all(KeyRange::ALL)).await?, &left[..4].to_vec())
}

async fn a_batch_given_up_is_carried_out_or_not(store: &dyn Session) -> Outcome {
    let name = |number: u8| vec![b'k', number];
    for polls in 0..20_u8 {
        let batch = Batch { put: (0..50).map(|n| record(&name(n), &[polls])).collect(), ..Batch::default() };
        {
            let mut writing = pin!(store.apply(&batch));
            for _ in 0..polls {
                let polled = poll_fn(|context| Poll::Ready(writing.as_mut().poll(context).is_ready())).await;
                if polled {
                    break;
                }
            }
        }
        let found = scan(store, Scan::all(KeyRange::prefix(b"k"))).await?;
        let first = found.first().map(|record| record.value.clone());
        if !(found.is_empty() || found.len() == 50) || found.iter().any(|r| Some(&r.value) != first.as_ref())
        {
            return Err(format!("a batch given up after {polls} polls is there in part"));
        }
    }
    Ok(())
}

async fn readers_see_whole_batches(store: &dyn Session) -> Outcome {
    let write = async {
        for version in 0..40_u8 {
            put(store, vec![record(b"one", &[version]), record(b"two", &[version])]).await?;
        }
        Ok(())
    };
    let read = async {
        for _ in 0..80 {
            let found = scan(store, Scan::all(KeyRange::ALL)).await?;
            if let [one, two] = found.as_slice()
                && one.value == two.value
            {
                continue;
            }
            if !found.is_empty() {
                return Err(format!("half of a batch is seen: {found:?}"));
            }
        }
        Ok(())
    };
    let (written, seen): (Outcome, Outcome) = tokio::join!(write, read);
    written.and(seen)
}

async fn writers_do_not_disturb_each_other(store: &dyn Session) -> Outcome {
    let writer = async |who: u8| -> Outcome {
        for step in 0..20_u8 {
            put(store, vec![record(&[who, step], &[who])]).await?;
            save(store, i64::from(step)).await?;
            if step % 4 == 3 {
                apply(store, Batch { remove: vec![key(&[who, step])], ..Batch::default() }).await?;
            }
        }
        Ok(())
    };
    for outcome in join_all((0..8).map(writer)).await {
        outcome?;
    }
    let count = scan(store, Scan::all(KeyRange::ALL)).await?.len();
    expect("the records of eight writers", &count, &(8 * 15))
}

async fn large_values_come_back(store: &dyn Session) -> Outcome {
    // More than the largest message with a thumbnail; patterned, so that a lost piece shows.
    let value: Vec<u8> = (0..4_u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    put(store, vec![record(b"large", &value), record(b"empty", b""), record(&[b'k'; 300], b"v")]).await?;
    let found = scan(store, Scan::all(KeyRange::ALL)).await?;
    let as_written = found.len() == 3
        && found[0] == record(b"empty", b"")
        && found[1] == record(&[b'k'; 300], b"v")
        && found[2].value == value;
    if as_written { Ok(()) } else { Err("large, empty or long-named records are changed".to_owned()) }
}

async fn one_client_at_a_time(store: &dyn Session) -> Outcome {
    let refused = |error| format!("the first client is refused: {error}");
    let lease = store.claim().await.map_err(refused)?;
    match store.claim().await {
        Ok(_) => return Err("two clients have it at the same time".to_owned()),
        Err(SessionError::InUse { .. }) => {}
        Err(error) => return Err(format!("the second client is told: {error}")),
    }
    drop(lease);
    store.claim().await.map(drop).map_err(|error| format!("it is not free again: {error}"))
}

async fn durable(open: impl AsyncFn() -> Result<Store, String>) -> Outcome {
    let close =
        async |store: Store| store.close().await.map_err(|error| format!("it cannot be closed: {error}"));
    let store = open().await?;
    save(&*store, 5).await?;
    put(&*store, vec![record(b"kept", b"1"), record(b"gone", b"1"), record(b"changed", b"1")]).await?;
    let batch = Batch { put: vec![record(b"changed", b"2")], remove: vec![key(b"gone")], ..Batch::default() };
    apply(&*store, batch).await?;
    close(store).await?;
    let expected = vec![record(b"changed", b"2"), record(b"kept", b"1")];
    for round in 0..2 {
        let store = open().await?;
        expect("the login after reopening", &load(&*store).await?, &Some(login(5)?))?;
        let found = scan(&*store, Scan::all(KeyRange::ALL)).await?;
        expect("the records after reopening", &found, &expected)?;
        if round == 0 {
            store.settle().await.map_err(|error| format!("it cannot settle: {error}"))?;
        }
        close(store).await?;
    }
    Ok(())
}
