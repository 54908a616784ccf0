// Nothing here is called from C, see `Input`.
#![allow(improper_ctypes_definitions)]

use super::limits::{MAX_DEPTH, MAX_PREALLOCATION};
use super::{BOOL_FALSE, BOOL_TRUE, Decode, DecodeError, Reader, Record};

/// A reader whose reads cannot fail, only its end: what [`Decode::read`] and [`Record::read_fields`] read from.
///
/// It remembers its first error and from then on gives zeros and empty strings, as [`Writer`](super::Writer) does in
/// the other direction. A generated body is therefore one expression without branches, which is a quarter of the code
/// that a `?` after every field makes, and that is where the build time of such crates goes. Made by [`Decode::decode`].
///
/// Everything here is `extern "C"`, which says that it does not unwind (a panic would abort; there is none): without
/// that word, every field brings the code that drops all fields before it, a seventh of a release build. The numbers
/// are calls on purpose, too: it costs no measurable time.
#[derive(Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
    depth: u32,
    error: Option<DecodeError>,
}

impl<'a> Input<'a> {
    /// Runs `read` on what `reader` has left.
    #[inline]
    pub(super) fn run<T>(
        reader: &mut Reader<'a>,
        read: extern "C" fn(&mut Self) -> T,
    ) -> Result<T, DecodeError> {
        let mut input = Self { rest: reader.rest(), depth: reader.depth(), error: None };
        let value = read(&mut input);
        match input.error {
            Some(error) => Err(error),
            None => {
                reader.take(reader.remaining() - input.rest.len())?;
                Ok(value)
            }
        }
    }

    /// How many bytes have not been read; none after an error.
    #[inline]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[cold]
    #[inline(never)]
    extern "C" fn fail(&mut self, error: DecodeError) {
        self.rest = &[];
        self.error.get_or_insert(error);
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                *head
            }
            None => {
                self.fail(DecodeError::UnexpectedEnd);
                [0; N]
            }
        }
    }

    /// A `#`.
    #[inline(never)]
    pub extern "C" fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// An `int`.
    #[inline(never)]
    pub extern "C" fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.array())
    }

    /// A `long`.
    #[inline(never)]
    pub extern "C" fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.array())
    }

    /// A `double`.
    #[inline(never)]
    pub extern "C" fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }

    /// A `Bool`.
    #[inline(never)]
    pub extern "C" fn bool(&mut self) -> bool {
        match self.u32() {
            BOOL_TRUE => true,
            BOOL_FALSE => false,
            id => {
                self.unknown(id);
                false
            }
        }
    }

    fn slice(&mut self) -> &'a [u8] {
        let mut reader = Reader::new(self.rest);
        match reader.bytes() {
            Ok(bytes) => {
                self.rest = reader.rest();
                bytes
            }
            Err(error) => {
                self.fail(error);
                &[]
            }
        }
    }

    /// A `bytes`.
    #[inline(never)]
    pub extern "C" fn bytes(&mut self) -> Vec<u8> {
        self.slice().to_vec()
    }

    /// A `string`, with invalid UTF-8 replaced.
    #[inline(never)]
    pub extern "C" fn string(&mut self) -> String {
        let bytes = self.slice();
        match core::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// `len` bytes as they are, or all that is left if there are not so many.
    pub extern "C" fn raw(&mut self, len: i32) -> Vec<u8> {
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((head, tail)) => {
                self.rest = tail;
                head.to_vec()
            }
            None => {
                self.fail(DecodeError::UnexpectedEnd);
                Vec::new()
            }
        }
    }

    /// A value in its ordinary form.
    #[inline]
    pub extern "C" fn get<T: Decode>(&mut self) -> T {
        T::read(self)
    }

    /// A field behind a flag: there if `bit` is not zero.
    #[inline]
    pub extern "C" fn opt<T: Decode>(&mut self, bit: u32) -> Option<T> {
        if bit == 0 { None } else { Some(T::read(self)) }
    }

    /// A struct one level down.
    #[inline]
    pub extern "C" fn get_box<T: Record>(&mut self) -> Box<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail(DecodeError::TooDeep);
        }
        self.expect(T::ID);
        let value = self.boxed();
        self.depth -= 1;
        value
    }

    /// A struct one level down, behind a flag.
    #[inline]
    pub extern "C" fn opt_box<T: Record>(&mut self, bit: u32) -> Option<Box<T>> {
        if bit == 0 { None } else { Some(self.get_box()) }
    }

    /// A `bytes` behind a flag.
    #[inline]
    pub extern "C" fn opt_bytes(&mut self, bit: u32) -> Option<Vec<u8>> {
        if bit == 0 { None } else { Some(self.bytes()) }
    }

    /// Reads an id that has to be `id`.
    #[inline]
    pub extern "C" fn expect(&mut self, id: u32) {
        let found = self.u32();
        if found != id {
            self.unknown(found);
        }
    }

    /// Begins a box: one level down, and its id.
    #[inline]
    pub extern "C" fn enter(&mut self) -> u32 {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail(DecodeError::TooDeep);
        }
        self.u32()
    }

    /// Ends a box.
    #[inline]
    pub extern "C" fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Records an id that does not belong here.
    #[cold]
    #[inline(never)]
    pub extern "C" fn unknown(&mut self, id: u32) {
        self.fail(DecodeError::UnexpectedConstructor { id });
    }

    /// The last arm of an enum: everything but `expected` is an error.
    #[inline]
    pub extern "C" fn check(&mut self, id: u32, expected: u32) {
        if id != expected {
            self.unknown(id);
        }
    }

    /// The fields of a variant that is boxed in Rust.
    #[inline]
    pub extern "C" fn boxed<T: Record>(&mut self) -> Box<T> {
        Box::new(T::read_fields(self))
    }

    /// The count of a bare vector.
    extern "C" fn count(&mut self, min: usize) -> usize {
        let count = self.u32();
        if u64::from(count) * min.max(4) as u64 > self.rest.len() as u64 {
            self.fail(DecodeError::VectorTooLong { count });
            return 0;
        }
        count as usize
    }

    #[inline]
    pub(super) fn items<T>(&mut self, min: usize, read: extern "C" fn(&mut Self) -> T) -> Vec<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail(DecodeError::TooDeep);
        }
        let count = self.count(min);
        let mut items = Vec::with_capacity(count.min(MAX_PREALLOCATION));
        for _ in 0..count {
            items.push(read(self));
            if self.error.is_some() {
                break;
            }
        }
        self.depth -= 1;
        items
    }

    /// A bare vector of boxed items.
    #[inline]
    pub extern "C" fn bare_vector<T: Decode>(&mut self) -> Vec<T> {
        self.items(T::MIN_LEN, T::read)
    }

    /// A bare vector of bare items.
    #[inline]
    pub extern "C" fn bare_items<T: Record>(&mut self) -> Vec<T> {
        self.items(T::MIN - 4, T::read_fields)
    }
}
