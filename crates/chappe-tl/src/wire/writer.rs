use super::limits::MAX_BYTES_LEN;
use super::{BOOL_FALSE, BOOL_TRUE, Encode, EncodeError, VECTOR};

/// Writes TL objects to the end of a `Vec<u8>`.
///
/// Writing itself never fails: the first field that cannot be written is remembered, and [`Writer::finish`] reports it.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    error: Option<EncodeError>,
}

impl Writer {
    /// A writer with an empty buffer.
    #[inline]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), error: None }
    }

    /// A writer that appends to `bytes`; [`Writer::finish`] gives them back.
    #[inline]
    pub const fn append_to(bytes: Vec<u8>) -> Self {
        Self { bytes, error: None }
    }

    /// How many bytes the buffer holds.
    #[inline]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has been written.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The written bytes.
    ///
    /// # Errors
    /// The first field that was too long for TL.
    #[inline]
    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        match self.error {
            None => Ok(self.bytes),
            Some(error) => Err(error),
        }
    }

    /// The written bytes, whether or not a field was too long. For comparisons and displays, never for sending.
    #[inline]
    pub fn into_inner(self) -> Vec<u8> {
        self.bytes
    }

    #[cold]
    fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    /// Bytes as they are, without a length.
    #[inline]
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A `#` or a constructor id.
    #[inline]
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }

    /// An `int`.
    #[inline]
    pub fn i32(&mut self, value: i32) {
        self.raw(&value.to_le_bytes());
    }

    /// A `long`.
    #[inline]
    pub fn i64(&mut self, value: i64) {
        self.raw(&value.to_le_bytes());
    }

    /// A `double`.
    #[inline]
    pub fn f64(&mut self, value: f64) {
        self.raw(&value.to_le_bytes());
    }

    /// A `Bool`.
    #[inline(never)]
    pub fn bool(&mut self, value: bool) {
        self.u32(if value { BOOL_TRUE } else { BOOL_FALSE });
    }

    /// A `bytes` or `string`, with its length and padding.
    #[inline(never)]
    pub fn bytes(&mut self, data: &[u8]) {
        let len = data.len();
        if len < 254 {
            self.bytes.push(len as u8);
        } else {
            if len > MAX_BYTES_LEN {
                self.fail(EncodeError::BytesTooLong { len });
            }
            self.u32((len as u32) << 8 | 0xfe);
        }
        self.raw(data);
        let header = if len < 254 { 1 } else { 0 };
        self.raw(&[0; 3][..(len + header).wrapping_neg() & 3]);
    }

    /// The count of a bare vector.
    #[inline]
    pub fn count(&mut self, count: usize) {
        if i32::try_from(count).is_err() {
            self.fail(EncodeError::VectorTooLong { count });
        }
        self.u32(count as u32);
    }

    /// A boxed `Vector` of boxed items.
    #[inline]
    pub fn vector<T: Encode>(&mut self, items: &[T]) {
        self.u32(VECTOR);
        self.count(items.len());
        for item in items {
            item.encode(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    #[test]
    fn every_length_around_the_borders_comes_back() {
        for len in (0..=12).chain(250..=260).chain([MAX_BYTES_LEN]) {
            let data = vec![0xab; len];
            let mut writer = Writer::new();
            writer.bytes(&data);
            let bytes = writer.finish().unwrap();
            assert_eq!(bytes.len() % 4, 0);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.bytes().unwrap(), data);
            assert_eq!(reader.remaining(), 0);
        }
    }

    #[test]
    fn sixteen_mebibytes_are_refused_and_not_cut() {
        let mut writer = Writer::new();
        writer.bytes(&vec![0; MAX_BYTES_LEN + 1]);
        assert_eq!(writer.finish(), Err(EncodeError::BytesTooLong { len: 1 << 24 }));
    }
}
