use std::fmt;
use std::sync::Arc;

/// How far a transfer is.
///
/// ```
/// use chappe::files::Progress;
///
/// let shown = |progress: Progress| match progress.total {
///     Some(total) if total > 0 => format!("{} %", 100 * progress.done / total),
///     _ => format!("{} bytes", progress.done),
/// };
/// assert_eq!(shown(Progress { done: 512, total: Some(2048) }), "25 %");
/// assert!(Progress { done: 2048, total: Some(2048) }.is_complete());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have arrived.
    pub done: u64,
    /// All bytes, if that is known.
    pub total: Option<u64>,
}

impl Progress {
    /// Whether everything has arrived.
    ///
    /// ```
    /// use chappe::files::Progress;
    ///
    /// assert!(Progress { done: 2048, total: Some(2048) }.is_complete());
    /// assert!(!Progress { done: 2048, total: None }.is_complete()); // who knows
    /// ```
    pub fn is_complete(&self) -> bool {
        self.total == Some(self.done)
    }
}

/// Whom to tell about progress. To get a stream, send it into a `tokio::sync::watch` channel.
#[derive(Clone, Default)]
pub(crate) struct Listener(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl Listener {
    pub(crate) fn new(listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn tell(&self, done: u64, total: Option<u64>) {
        if let Some(listener) = &self.0 {
            listener(Progress { done, total });
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({})", self.0.is_some())
    }
}
