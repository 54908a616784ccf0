//! What a conversion has written so far. Whatever stays as it is stays where it is, until something differs.

/// Bytes of a source, some of them replaced.
#[derive(Debug)]
pub(crate) struct Output<'s> {
    source: &'s [u8],
    bytes: Vec<u8>,
    /// A range of the source that belongs behind `bytes`.
    kept: core::ops::Range<usize>,
}

/// A state to return to.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    len: usize,
    kept: core::ops::Range<usize>,
}

impl<'s> Output<'s> {
    pub(crate) const fn new(source: &'s [u8]) -> Self {
        Self { source, bytes: Vec::new(), kept: 0..0 }
    }

    /// How many bytes the output has.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len() + (self.kept.end - self.kept.start)
    }

    /// Appends a piece of the source.
    pub(crate) fn keep(&mut self, piece: &'s [u8]) {
        // Where the piece lies is a subtraction of addresses; a foreign slice would fail the comparison and be copied.
        let start = (piece.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
        if start > self.source.len() {
            self.write(piece);
        } else if start == self.kept.end {
            self.kept.end += piece.len();
        } else {
            self.flush();
            self.kept = start..start + piece.len();
        }
    }

    /// Appends other bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.flush();
        self.bytes.extend_from_slice(bytes);
    }

    /// Replaces four bytes that were written.
    pub(crate) fn patch(&mut self, at: usize, value: u32) {
        self.flush();
        if let Some(place) = self.bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<4>()) {
            *place = value.to_le_bytes();
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { len: self.bytes.len(), kept: self.kept.clone() }
    }

    /// Takes back everything since the mark.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.bytes.truncate(mark.len);
        self.kept = mark.kept;
    }

    /// The converted bytes, or `None` if they are the source itself.
    pub(crate) fn finish(mut self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() && self.kept == (0..self.source.len()) {
            return None;
        }
        self.flush();
        Some(self.bytes)
    }

    fn flush(&mut self) {
        let kept = core::mem::take(&mut self.kept);
        if !kept.is_empty() {
            self.bytes.reserve(if self.bytes.is_empty() { self.source.len() } else { kept.len() });
            self.bytes.extend_from_slice(self.source.get(kept).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_whole_is_not_copied() {
        let source = [1, 2, 3, 4];
        let mut output = Output::new(&source);
        output.keep(&source[..2]);
        output.keep(&source[2..]);
        assert_eq!(output.finish(), None);
    }

    #[test]
    fn a_mark_takes_back_pieces_kept_and_written() {
        let source = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut output = Output::new(&source);
        output.keep(&source[..4]);
        let mark = output.mark();
        output.write(&[9, 9]);
        output.keep(&source[6..]);
        output.back_to(mark);
        output.keep(&source[4..]);
        assert_eq!(output.finish(), None);
    }

    #[test]
    fn a_patch_reaches_what_was_only_kept() {
        let source = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut output = Output::new(&source);
        output.keep(&source);
        output.patch(4, 0);
        assert_eq!(output.finish(), Some(vec![1, 2, 3, 4, 0, 0, 0, 0]));
    }
}
