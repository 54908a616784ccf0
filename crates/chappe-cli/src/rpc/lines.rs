//! Lines of bounded length from a stream.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::limits::MAX_LINE_LEN;

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Text(Vec<u8>),
    /// A line beyond the bound; it was skipped.
    TooLong,
}

/// Reads lines. The last one may come without its end.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    too_long: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { reader: BufReader::with_capacity(64 << 10, stream), line: Vec::new(), too_long: false }
    }

    /// The next line; `None` at the end. May be dropped without losing a byte.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                return Ok((self.too_long || !self.line.is_empty()).then(|| self.take()));
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let piece = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            if self.line.len() + piece.len() > MAX_LINE_LEN {
                self.too_long = true;
                self.line = Vec::new();
            }
            if !self.too_long {
                self.line.extend_from_slice(piece);
            }
            let read = piece.len() + usize::from(end.is_some());
            self.reader.consume(read);
            if end.is_some() {
                return Ok(Some(self.take()));
            }
        }
    }

    fn take(&mut self) -> Line {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.too_long) { Line::TooLong } else { Line::Text(line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(line);
        }
        found
    }

    #[tokio::test]
    async fn the_last_line_may_lack_its_end() {
        let text = |text: &str| Line::Text(text.as_bytes().to_vec());
        assert_eq!(all(b"a\n\nb").await, [text("a"), text(""), text("b")]);
        assert_eq!(all(b"a\n").await, [text("a")]);
        assert_eq!(all(b"").await, []);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_skipped_and_the_next_one_read() {
        let mut bytes = vec![b'x'; MAX_LINE_LEN];
        bytes.extend(b"\n");
        bytes.extend(vec![b'y'; MAX_LINE_LEN + 1]);
        bytes.extend(b"\nnext");
        let found = all(&bytes).await;
        assert!(matches!(&found[0], Line::Text(line) if line.len() == MAX_LINE_LEN));
        assert_eq!(found[1..], [Line::TooLong, Line::Text(b"next".to_vec())]);
        assert_eq!(all(&vec![b'z'; MAX_LINE_LEN + 1]).await, [Line::TooLong]);
    }
}
