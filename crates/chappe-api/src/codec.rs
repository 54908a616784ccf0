//! What the generated bodies stand on.
//!
//! [`Input`] remembers its first error and from then on reads zeros from no bytes, as [`Writer`] does in the other
//! direction. A generated body is therefore one expression without branches, which is a quarter of the code that a `?`
//! after every field makes: that is where the build time of such crates goes.

use core::fmt;

use chappe_tl::wire::limits::{MAX_DEPTH, MAX_PREALLOCATION};
use chappe_tl::wire::{BOOL_FALSE, BOOL_TRUE, VECTOR};
use chappe_tl::{Bytes, DecodeError, Encode, Reader, Writer};

/// A reader whose reads cannot fail, only its end.
pub(crate) struct Input<'a> {
    rest: &'a [u8],
    depth: u32,
    error: Option<DecodeError>,
}

/// Reads the ordinary form: boxed, or the base type itself.
pub(crate) trait Read: Sized {
    /// The fewest bytes that a value takes.
    const MIN: usize = 4;

    fn read(input: &mut Input<'_>) -> Self;
}

/// A constructor or method: an id and fields.
pub(crate) trait Fields: Sized {
    const ID: u32;
    /// The fewest bytes that the boxed form takes.
    const MIN: usize;

    fn fields(input: &mut Input<'_>) -> Self;
}

impl<T: Fields> Read for T {
    const MIN: usize = T::MIN;

    #[inline]
    fn read(input: &mut Input<'_>) -> Self {
        input.expect(T::ID);
        T::fields(input)
    }
}

impl<'a> Input<'a> {
    #[cold]
    #[inline(never)]
    fn fail(&mut self, error: DecodeError) {
        self.rest = &[];
        self.error.get_or_insert(error);
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> [u8; N] {
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

    #[inline]
    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    #[inline]
    pub(crate) fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.array())
    }

    #[inline]
    pub(crate) fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.array())
    }

    #[inline]
    pub(crate) fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }

    #[inline]
    pub(crate) fn bool(&mut self) -> bool {
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

    #[inline(never)]
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        self.slice().to_vec()
    }

    #[inline(never)]
    pub(crate) fn string(&mut self) -> String {
        let bytes = self.slice();
        match core::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// `len` bytes as they are, or all that is left if there are not so many.
    pub(crate) fn object(&mut self, len: i32) -> crate::RawObject {
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((head, tail)) => {
                self.rest = tail;
                crate::RawObject(head.to_vec())
            }
            None => {
                self.fail(DecodeError::UnexpectedEnd);
                crate::RawObject(Vec::new())
            }
        }
    }

    #[inline]
    pub(crate) fn get<T: Read>(&mut self) -> T {
        T::read(self)
    }

    /// A field behind a flag: there if `bit` is not zero.
    #[inline]
    pub(crate) fn opt<T: Read>(&mut self, bit: u32) -> Option<T> {
        if bit == 0 { None } else { Some(T::read(self)) }
    }

    /// A struct one level down.
    #[inline]
    pub(crate) fn get_box<T: Fields>(&mut self) -> Box<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail(DecodeError::TooDeep);
        }
        self.expect(T::ID);
        let value = self.boxed();
        self.depth -= 1;
        value
    }

    #[inline]
    pub(crate) fn opt_box<T: Fields>(&mut self, bit: u32) -> Option<Box<T>> {
        if bit == 0 { None } else { Some(self.get_box()) }
    }

    #[inline]
    pub(crate) fn opt_bytes(&mut self, bit: u32) -> Option<Vec<u8>> {
        if bit == 0 { None } else { Some(self.bytes()) }
    }

    #[inline]
    fn expect(&mut self, id: u32) {
        let found = self.u32();
        if found != id {
            self.unknown(found);
        }
    }

    /// Begins a box: one level down, and its id.
    #[inline]
    pub(crate) fn enter(&mut self) -> u32 {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail(DecodeError::TooDeep);
        }
        self.u32()
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Records an id that does not belong here.
    #[cold]
    #[inline(never)]
    pub(crate) fn unknown(&mut self, id: u32) {
        self.fail(DecodeError::UnexpectedConstructor { id });
    }

    /// The last arm of an enum: everything but `expected` is an error.
    #[inline]
    pub(crate) fn check(&mut self, id: u32, expected: u32) {
        if id != expected {
            self.unknown(id);
        }
    }

    #[inline]
    pub(crate) fn boxed<T: Fields>(&mut self) -> Box<T> {
        Box::new(T::fields(self))
    }

    /// The count of a bare vector.
    fn count(&mut self, min: usize) -> usize {
        let count = self.u32();
        if u64::from(count) * min.max(4) as u64 > self.rest.len() as u64 {
            self.fail(DecodeError::VectorTooLong { count });
            return 0;
        }
        count as usize
    }

    #[inline]
    fn items<T>(&mut self, min: usize, read: impl Fn(&mut Self) -> T) -> Vec<T> {
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
    pub(crate) fn bare_vector<T: Read>(&mut self) -> Vec<T> {
        self.items(T::MIN, T::read)
    }

    /// A bare vector of bare items.
    #[inline]
    pub(crate) fn bare_items<T: Fields>(&mut self) -> Vec<T> {
        self.items(T::MIN - 4, T::fields)
    }
}

impl<T: Read> Read for Vec<T> {
    const MIN: usize = 8;

    fn read(input: &mut Input<'_>) -> Self {
        input.expect(VECTOR);
        input.items(T::MIN, T::read)
    }
}

macro_rules! base {
    ($($type:ty, $min:expr, $read:expr;)*) => {$(
        impl Read for $type {
            const MIN: usize = $min;

            #[inline]
            fn read(input: &mut Input<'_>) -> Self {
                $read(input)
            }
        }
    )*};
}

base! {
    i32, 4, Input::i32;
    i64, 8, Input::i64;
    f64, 8, Input::f64;
    bool, 4, Input::bool;
    String, 4, Input::string;
    [u8; 16], 16, Input::array::<16>;
    [u8; 32], 32, Input::array::<32>;
    Bytes, 4, |input: &mut Input<'_>| Bytes(input.bytes());
    crate::RawObject, 4, |input: &mut Input<'_>| input.object(i32::try_from(input.rest.len()).unwrap_or(i32::MAX));
}

/// Runs `read` on what `reader` has left.
#[inline]
fn run<T>(reader: &mut Reader<'_>, read: impl FnOnce(&mut Input<'_>) -> T) -> Result<T, DecodeError> {
    let mut input = Input { rest: reader.rest(), depth: reader.depth(), error: None };
    let value = read(&mut input);
    match input.error {
        Some(error) => Err(error),
        None => {
            reader.take(reader.remaining() - input.rest.len())?;
            Ok(value)
        }
    }
}

#[inline]
pub(crate) fn decode<T: Read>(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
    run(reader, T::read)
}

#[inline]
pub(crate) fn decode_bare<T: Fields>(reader: &mut Reader<'_>) -> Result<T, DecodeError> {
    run(reader, T::fields)
}

/// The fields of a generic method that stand before its query.
#[inline]
pub(crate) fn prefix<T>(
    reader: &mut Reader<'_>,
    id: u32,
    read: fn(&mut Input<'_>) -> T,
) -> Result<T, DecodeError> {
    reader.expect_id(id)?;
    run(reader, read)
}

/// A field behind a flag.
#[inline]
pub(crate) fn opt<T: Encode>(value: &Option<T>, writer: &mut Writer) {
    if let Some(value) = value {
        value.encode(writer);
    }
}

#[inline]
pub(crate) fn opt_bytes(value: &Option<Vec<u8>>, writer: &mut Writer) {
    if let Some(value) = value {
        writer.bytes(value);
    }
}

/// A field whose flag bit others share: its default if the bit is set without it.
#[inline]
pub(crate) fn shared<T: Encode + Default>(bit: bool, value: &Option<T>, writer: &mut Writer) {
    match value {
        Some(value) if bit => value.encode(writer),
        None if bit => T::default().encode(writer),
        _ => {}
    }
}

/// [`shared`] for `bytes`.
#[inline]
pub(crate) fn shared_bytes(bit: bool, value: &Option<Vec<u8>>, writer: &mut Writer) {
    if bit {
        writer.bytes(value.as_deref().unwrap_or_default());
    }
}

/// [`shared`] for a field that has no default: the bit is not set without it.
#[inline]
pub(crate) fn given<T: Encode>(bit: bool, value: &Option<T>, writer: &mut Writer) {
    if bit {
        opt(value, writer);
    }
}

/// A bare vector of boxed items.
pub(crate) fn bare_vector<T: Encode>(items: &[T], writer: &mut Writer) {
    writer.count(items.len());
    for item in items {
        item.encode(writer);
    }
}

/// A bare vector of bare items.
pub(crate) fn bare_items<T: chappe_tl::Constructor>(items: &[T], writer: &mut Writer) {
    writer.count(items.len());
    for item in items {
        item.encode_bare(writer);
    }
}

/// Equality: the same bytes on the wire.
pub(crate) fn same(one: &dyn Encode, other: &dyn Encode) -> bool {
    let bytes = |value: &dyn Encode| {
        let mut writer = Writer::new();
        value.encode(&mut writer);
        writer.into_inner()
    };
    bytes(one) == bytes(other)
}

/// What `{:?}` prints: the bytes, read by the dynamic schema, without what must not be shown.
pub(crate) fn debug(value: &dyn Encode, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut writer = Writer::new();
    value.encode(&mut writer);
    let bytes = writer.into_inner();
    let id = bytes.first_chunk().map_or(0, |id| u32::from_le_bytes(*id));
    let schema = match crate::api_schema() {
        schema if schema.by_id(id).is_some() => schema,
        _ => crate::secret_schema(),
    };
    chappe_tl::dynamic::debug::fmt(schema, &bytes, &chappe_tl::parse::Type::Object, &crate::redacted::is_secret, f)
}

/// The impls that every constructor has, beside `Fields` and its body of `encode_bare`.
macro_rules! record {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug(self, f)
            }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::codec::same(self, other)
            }
        }
        impl ::chappe_tl::Encode for $name {
            #[inline]
            fn encode(&self, writer: &mut ::chappe_tl::Writer) {
                writer.u32(<Self as $crate::codec::Fields>::ID);
                ::chappe_tl::Constructor::encode_bare(self, writer);
            }
        }
        impl ::chappe_tl::Decode for $name {
            const MIN_LEN: usize = <Self as $crate::codec::Fields>::MIN;
            #[inline]
            fn decode(reader: &mut ::chappe_tl::Reader<'_>) -> Result<Self, ::chappe_tl::DecodeError> {
                $crate::codec::decode(reader)
            }
        }
    };
}

/// The impls that every enum has, beside `Read` and `Encode`.
macro_rules! choice {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug(self, f)
            }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::codec::same(self, other)
            }
        }
        impl ::chappe_tl::Decode for $name {
            #[inline]
            fn decode(reader: &mut ::chappe_tl::Reader<'_>) -> Result<Self, ::chappe_tl::DecodeError> {
                $crate::codec::decode(reader)
            }
        }
    };
}

/// The impls that every method without type parameters has, beside `Fields`, `Encode` and `Function`.
macro_rules! method {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug(self, f)
            }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::codec::same(self, other)
            }
        }
        impl ::chappe_tl::Decode for $name {
            const MIN_LEN: usize = <Self as $crate::codec::Fields>::MIN;
            #[inline]
            fn decode(reader: &mut ::chappe_tl::Reader<'_>) -> Result<Self, ::chappe_tl::DecodeError> {
                $crate::codec::decode(reader)
            }
        }
    };
}

/// The conversions between a struct and the variant that holds it.
macro_rules! convert {
    ($($name:ident :: $variant:ident ($wrap:ident $payload:ty);)*) => {$(
        impl From<$payload> for $name {
            #[inline]
            fn from(value: $payload) -> Self {
                Self::$variant(convert!(@wrap $wrap value))
            }
        }
        impl TryFrom<$name> for $payload {
            type Error = $name;
            #[inline]
            fn try_from(value: $name) -> Result<Self, $name> {
                match value {
                    $name::$variant(value) => Ok(convert!(@unwrap $wrap value)),
                    other => Err(other),
                }
            }
        }
    )*};
    (@wrap boxed $value:ident) => { Box::new($value) };
    (@wrap plain $value:ident) => { $value };
    (@unwrap boxed $value:ident) => { *$value };
    (@unwrap plain $value:ident) => { $value };
}

pub(crate) use {choice, convert, method, record};
