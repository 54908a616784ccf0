/// Received bytes that have not been used up, kept in one piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbox {
    /// Appends received bytes and returns them for decryption in place.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> &mut [u8] {
        self.push_with(|inbox| inbox.extend_from_slice(bytes)).1
    }

    /// The same with bytes that somebody else appends.
    pub(crate) fn push_with<T>(&mut self, append: impl FnOnce(&mut Vec<u8>) -> T) -> (T, &mut [u8]) {
        // Moving what is left is worth it once it is the smaller part.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let end = self.bytes.len();
        let appended = append(&mut self.bytes);
        (appended, self.bytes.get_mut(end..).unwrap_or_default())
    }

    /// Makes room for the rest of a long frame, or as much of it as its beginning justifies. Gives how much that rest is; 0
    /// if the frame is short.
    pub(crate) fn expect(&mut self, missing: usize) -> usize {
        let here = self.unread().len();
        if here + missing < LARGE {
            return 0;
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.reserve_exact(missing.min(here.max(LARGE) * 8));
        missing
    }

    /// Uses up the first `end` bytes and gives those from `start` to `stop`: without a copy if they are many and nothing
    /// is behind them.
    pub(crate) fn take_packet(&mut self, start: usize, stop: usize, end: usize) -> Vec<u8> {
        if end < LARGE || end != self.unread().len() {
            let packet = self.unread().get(start..stop).unwrap_or_default().to_vec();
            self.consume(end);
            return packet;
        }
        let mut packet = std::mem::take(&mut self.bytes);
        packet.truncate(self.start + stop);
        packet.drain(..self.start + start);
        self.start = 0;
        packet
    }

    /// The bytes not used up.
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The same, for changes in place.
    pub(crate) fn unread_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..).unwrap_or_default()
    }

    /// Uses up the first `count` bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.bytes.len());
        if self.start == self.bytes.len() {
            self.start = 0;
            self.bytes.clear();
            // A single large frame must not hold its memory for the life of the connection.
            if self.bytes.capacity() > KEEP {
                self.bytes = Vec::new();
            }
        }
    }

    /// Everything not used up, taken out.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.drain(..self.start.min(bytes.len()));
        self.start = 0;
        bytes
    }
}

/// The largest buffer kept while it is empty, in bytes.
const KEEP: usize = 128 * 1024;

/// From this length on a frame is not copied, in bytes.
const LARGE: usize = 32 * 1024;
