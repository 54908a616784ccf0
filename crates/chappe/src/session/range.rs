use super::Key;

/// A half-open range of keys.
///
/// ```
/// use chappe::session::{Key, KeyRange};
///
/// let range = KeyRange::new(Key(vec![1]), Key(vec![3]));
/// assert!(range.contains(&Key(vec![2, 0xff])) && !range.contains(&Key(vec![3])));
/// assert!(KeyRange::one(Key(vec![2])).contains(&Key(vec![2])) && !range.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key of the range.
    pub from: Key,
    /// The first key behind it; `None` for a range without end.
    pub to: Option<Key>,
}

impl KeyRange {
    /// All keys.
    pub const ALL: Self = Self { from: Key(Vec::new()), to: None };

    /// From one key to before another one.
    ///
    /// ```
    /// use chappe::session::{Key, KeyRange};
    ///
    /// let range = KeyRange::new(Key(vec![1]), Key(vec![3]));
    /// assert!(range.contains(&Key(vec![1])) && range.contains(&Key(vec![2, 7])) && !range.contains(&Key(vec![3])));
    /// ```
    pub const fn new(from: Key, to: Key) -> Self {
        Self { from, to: Some(to) }
    }

    /// One key.
    ///
    /// ```
    /// use chappe::session::{Key, KeyRange};
    ///
    /// let range = KeyRange::one(Key(vec![1]));
    /// assert!(range.contains(&Key(vec![1])) && !range.contains(&Key(vec![1, 0])));
    /// ```
    pub fn one(key: Key) -> Self {
        let mut next = key.clone();
        next.0.push(0);
        Self { from: key, to: Some(next) }
    }

    /// All keys that begin with these bytes.
    ///
    /// ```
    /// use chappe::session::{Key, KeyRange};
    ///
    /// let range = KeyRange::prefix(&[1, 0xff]);
    /// assert!(range.contains(&Key(vec![1, 0xff, 7])) && !range.contains(&Key(vec![2])));
    /// assert_eq!(KeyRange::prefix(&[0xff]).to, None);
    /// ```
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut next = prefix.to_vec();
        while let Some(last) = next.pop() {
            if let Some(more) = last.checked_add(1) {
                next.push(more);
                return Self { from: Key(prefix.to_vec()), to: Some(Key(next)) };
            }
        }
        Self { from: Key(prefix.to_vec()), to: None }
    }

    /// Whether the key is in the range.
    ///
    /// ```
    /// use chappe::session::{Key, KeyRange};
    ///
    /// assert!(KeyRange::ALL.contains(&Key(vec![])) && KeyRange::ALL.contains(&Key(vec![0xff, 0xff])));
    /// ```
    pub fn contains(&self, key: &Key) -> bool {
        *key >= self.from && self.to.as_ref().is_none_or(|to| key < to)
    }

    /// Whether no key can be in the range.
    ///
    /// ```
    /// use chappe::session::{Key, KeyRange};
    ///
    /// assert!(KeyRange::new(Key(vec![3]), Key(vec![1])).is_empty());
    /// assert!(!KeyRange::prefix(&[1]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }
}

/// Which records to read.
///
/// ```
/// use chappe::session::{Batch, Key, KeyRange, MemorySession, Record, Scan, Session};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let session = MemorySession::new();
/// let put = (0..9).map(|n| Record { key: Key(vec![n]), value: vec![] }).collect();
/// session.apply(&Batch { put, ..Batch::default() }).await?;
/// let last = session.scan(&Scan::last(KeyRange::ALL, 2)).await?;
/// assert_eq!(last.iter().map(|record| record.key.0[0]).collect::<Vec<_>>(), [8, 7]);
/// # Ok::<(), chappe::session::SessionError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Where.
    pub range: KeyRange,
    /// From the last to the first.
    pub backwards: bool,
    /// At most so many.
    pub limit: usize,
}

impl Scan {
    /// Everything in a range, in order.
    ///
    /// ```
    /// use chappe::session::{KeyRange, Scan};
    ///
    /// let scan = Scan::all(KeyRange::prefix(&[1]));
    /// assert_eq!((scan.backwards, scan.limit), (false, usize::MAX));
    /// ```
    pub const fn all(range: KeyRange) -> Self {
        Self { range, backwards: false, limit: usize::MAX }
    }

    /// The first so many.
    ///
    /// ```
    /// use chappe::session::{KeyRange, Scan};
    ///
    /// let scan = Scan::first(KeyRange::ALL, 10);
    /// assert_eq!((scan.backwards, scan.limit), (false, 10));
    /// ```
    pub const fn first(range: KeyRange, limit: usize) -> Self {
        Self { range, backwards: false, limit }
    }

    /// The last so many, last one first.
    ///
    /// ```
    /// use chappe::session::{KeyRange, Scan};
    ///
    /// let scan = Scan::last(KeyRange::ALL, 10);
    /// assert_eq!((scan.backwards, scan.limit), (true, 10));
    /// ```
    pub const fn last(range: KeyRange, limit: usize) -> Self {
        Self { range, backwards: true, limit }
    }
}
