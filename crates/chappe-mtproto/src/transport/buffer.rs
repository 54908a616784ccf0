/// Received bytes that have not been used up, kept in one piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbox {
    /// Appends received bytes and returns them for decryption in place.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> &mut [u8] {
        // Moving what is left is worth it once it is the smaller part.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let end = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        &mut self.bytes[end..]
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
