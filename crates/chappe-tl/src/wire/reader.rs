use super::limits::{MAX_DEPTH, MAX_PREALLOCATION};
use super::{BOOL_FALSE, BOOL_TRUE, Decode, DecodeError, VECTOR};

type Result<T> = core::result::Result<T, DecodeError>;

/// Reads TL objects from a slice.
///
/// Never panics and never allocates more than a small multiple of the bytes it was given. A failed read leaves the
/// reader at an unspecified position: give up the object.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    depth: u32,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, depth: 0 }
    }

    /// The bytes that have not been read.
    #[inline]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes have not been read.
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// How many levels of [`Reader::nested`] are around the current position.
    #[inline]
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// Ends the reading: an error if bytes are left.
    #[inline]
    pub fn finish(self) -> Result<()> {
        match u32::try_from(self.rest.len()) {
            Ok(0) => Ok(()),
            Ok(count) => Err(DecodeError::TrailingBytes { count }),
            Err(_) => Err(DecodeError::TrailingBytes { count: u32::MAX }),
        }
    }

    /// The next `N` bytes, by value.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(DecodeError::UnexpectedEnd),
        }
    }

    /// The next `len` bytes, borrowed.
    #[inline]
    pub fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(len) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(DecodeError::UnexpectedEnd),
        }
    }

    /// A `#`: flags, a count or a constructor id.
    #[inline]
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The next constructor id, without consuming it.
    #[inline]
    pub fn peek_id(&self) -> Result<u32> {
        self.rest.first_chunk().map(|id| u32::from_le_bytes(*id)).ok_or(DecodeError::UnexpectedEnd)
    }

    /// Consumes a constructor id that has to be `expected`.
    #[inline]
    pub fn expect_id(&mut self, expected: u32) -> Result<()> {
        let id = self.u32()?;
        if id == expected { Ok(()) } else { Err(DecodeError::UnexpectedConstructor { id }) }
    }

    /// An `int`.
    #[inline]
    pub fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    /// A `long`.
    #[inline]
    pub fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A `double`.
    #[inline]
    pub fn f64(&mut self) -> Result<f64> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// A `Bool`.
    #[inline]
    pub fn bool(&mut self) -> Result<bool> {
        match self.u32()? {
            BOOL_TRUE => Ok(true),
            BOOL_FALSE => Ok(false),
            id => Err(DecodeError::UnexpectedConstructor { id }),
        }
    }

    /// A `bytes` or `string`, borrowed and without its padding.
    ///
    /// Padding bytes other than zero are accepted, as servers do.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let &[first, second, third, fourth] = self.rest.first_chunk().ok_or(DecodeError::UnexpectedEnd)?;
        let (start, len) = match first {
            0xff => return Err(DecodeError::InvalidLength),
            0xfe => (4, u32::from_le_bytes([second, third, fourth, 0]) as usize),
            len => (1, usize::from(len)),
        };
        let whole = self.take((start + len + 3) & !3)?;
        whole.get(start..start + len).ok_or(DecodeError::UnexpectedEnd)
    }

    /// A `string`, with invalid UTF-8 replaced: one bad name must not cost the whole object.
    #[inline]
    pub fn string(&mut self) -> Result<String> {
        let bytes = self.bytes()?;
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// Runs `read` one level deeper; every box and vector goes through here.
    #[inline]
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// The count of a bare vector whose items take at least `min_item_len` bytes each.
    ///
    /// Zero-sized items are counted as one word, so that a few bytes cannot claim billions of them.
    #[inline]
    pub fn count(&mut self, min_item_len: usize) -> Result<usize> {
        let count = self.u32()?;
        if u64::from(count) * min_item_len.max(4) as u64 > self.rest.len() as u64 {
            return Err(DecodeError::VectorTooLong { count });
        }
        Ok(count as usize)
    }

    /// The items of a vector after its count, each read by `read`.
    #[inline]
    pub fn items<T>(&mut self, count: usize, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.nested(|reader| {
            let mut items = Vec::with_capacity(count.min(MAX_PREALLOCATION));
            for _ in 0..count {
                items.push(read(reader)?);
            }
            Ok(items)
        })
    }

    /// A boxed `Vector` of boxed items.
    #[inline]
    pub fn vector<T: Decode>(&mut self) -> Result<Vec<T>> {
        self.expect_id(VECTOR)?;
        let count = self.count(T::MIN_LEN)?;
        self.items(count, T::decode)
    }

    /// A complete object that fills `bytes` exactly.
    #[inline]
    pub fn read_all<T: Decode>(bytes: &'a [u8]) -> Result<T> {
        let mut reader = Self::new(bytes);
        let value = T::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_that_claims_two_billion_items_is_refused_before_allocation() {
        let mut bytes = VECTOR.to_le_bytes().to_vec();
        bytes.extend(0x8000_0000_u32.to_le_bytes());
        assert_eq!(
            Reader::read_all::<Vec<i64>>(&bytes),
            Err(DecodeError::VectorTooLong { count: 0x8000_0000 })
        );
    }

    #[test]
    fn strings_of_every_form_are_read() {
        assert_eq!(Reader::new(&[0, 0, 0, 0]).bytes(), Ok(&[][..]));
        assert_eq!(Reader::new(&[3, 1, 2, 3]).bytes(), Ok(&[1, 2, 3][..]));
        assert_eq!(Reader::new(&[4, 1, 2, 3, 4, 9, 9, 9]).bytes(), Ok(&[1, 2, 3, 4][..]));
        assert_eq!(Reader::new(&[0xfe, 1, 0, 0, 7, 0, 0, 0]).bytes(), Ok(&[7][..]));
        assert_eq!(Reader::new(&[0xff, 1, 0, 0, 7, 0, 0, 0]).bytes(), Err(DecodeError::InvalidLength));
        assert_eq!(Reader::new(&[4, 1, 2, 3]).bytes(), Err(DecodeError::UnexpectedEnd));
        assert_eq!(Reader::new(&[0xfe, 255, 255, 255]).bytes(), Err(DecodeError::UnexpectedEnd));
        assert_eq!(Reader::new(&[1]).bytes(), Err(DecodeError::UnexpectedEnd));
    }

    #[test]
    fn bytes_left_over_are_an_error() {
        assert_eq!(Reader::read_all::<i32>(&[1, 0, 0, 0, 5]), Err(DecodeError::TrailingBytes { count: 1 }));
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        fn dig(reader: &mut Reader<'_>) -> Result<()> {
            reader.nested(dig)
        }
        assert_eq!(dig(&mut Reader::new(&[])), Err(DecodeError::TooDeep));
    }
}
