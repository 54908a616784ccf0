// `extern "C"` says that reading does not unwind, see `Input`; nothing is called from C.
#![allow(improper_ctypes_definitions)]

use super::{DecodeError, EncodeError, Input, Reader, VECTOR, Writer};

/// Writes itself as a TL object in its ordinary form: boxed (with a constructor id) unless it is a base type.
pub trait Encode {
    /// Appends this object to `writer`.
    fn encode(&self, writer: &mut Writer);

    /// This object as bytes.
    ///
    /// # Errors
    /// A field is too long for TL.
    fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        self.encode(&mut writer);
        writer.finish()
    }
}

/// Reads itself as a TL object in its ordinary form.
pub trait Decode: Sized {
    /// The fewest bytes that an object of this type takes; bounds the claimed counts of vectors.
    const MIN_LEN: usize = 4;

    /// Reads one object; what an error makes of it is thrown away. To be implemented, not called: see [`Input`].
    extern "C" fn read(input: &mut Input<'_>) -> Self;

    /// Reads one object.
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Input::run(reader, Self::read)
    }

    /// Reads one object that fills `bytes` exactly.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::read_all(bytes)
    }
}

/// The one impl of a generated struct: an id and fields, which [`Encode`], [`Decode`] and [`Constructor`] or [`Function`]
/// follow from.
///
/// One impl instead of four, because thousands of impls are most of what compiling generated types costs.
pub trait Record: Sized {
    /// The id before the fields.
    const ID: u32;
    /// The fewest bytes of the boxed form.
    const MIN: usize;
    /// What a method returns; [`NotAMethod`] for constructors.
    type Response;

    /// Appends the fields.
    fn write_fields(&self, writer: &mut Writer);

    /// Reads the fields; see [`Decode::read`].
    extern "C" fn read_fields(input: &mut Input<'_>) -> Self;
}

/// The [`Record::Response`] of constructors.
#[derive(Clone, Copy, Debug)]
pub enum NotAMethod {}

/// A type with one constructor, which can also travel bare (without the id).
pub trait Constructor: Encode + Decode {
    /// The id that stands before the fields in the boxed form.
    const CONSTRUCTOR_ID: u32;

    /// Appends the fields only.
    fn encode_bare(&self, writer: &mut Writer);

    /// Reads the fields only.
    fn decode_bare(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// A method: what is sent, and the type that answers it.
pub trait Function: Encode {
    /// The id of the method.
    const CONSTRUCTOR_ID: u32;
    /// What a successful call returns.
    type Response: Decode;
}

impl<T: Record> Encode for T {
    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.u32(T::ID);
        self.write_fields(writer);
    }
}

impl<T: Record> Decode for T {
    const MIN_LEN: usize = T::MIN;

    #[inline]
    extern "C" fn read(input: &mut Input<'_>) -> Self {
        input.expect(T::ID);
        T::read_fields(input)
    }
}

impl<T: Record<Response = NotAMethod>> Constructor for T {
    const CONSTRUCTOR_ID: u32 = T::ID;

    #[inline]
    fn encode_bare(&self, writer: &mut Writer) {
        self.write_fields(writer);
    }

    #[inline]
    fn decode_bare(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Input::run(reader, T::read_fields)
    }
}

impl<T: Record> Function for T
where
    T::Response: Decode,
{
    const CONSTRUCTOR_ID: u32 = T::ID;
    type Response = T::Response;
}

impl<T: Encode> Encode for Vec<T> {
    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.vector(self);
    }
}

impl<T: Decode> Decode for Vec<T> {
    const MIN_LEN: usize = 8;

    extern "C" fn read(input: &mut Input<'_>) -> Self {
        input.expect(VECTOR);
        input.items(T::MIN_LEN, T::read)
    }
}

macro_rules! base_types {
    ($($type:ty, $min_len:expr, $write:expr, $read:expr;)*) => {$(
        impl Encode for $type {
            #[inline]
            fn encode(&self, writer: &mut Writer) {
                let write: fn(&mut Writer, &$type) = $write;
                write(writer, self);
            }
        }

        impl Decode for $type {
            const MIN_LEN: usize = $min_len;

            #[inline]
            extern "C" fn read(input: &mut Input<'_>) -> Self {
                $read(input)
            }
        }
    )*};
}

base_types! {
    i32, 4, |writer, value| writer.i32(*value), Input::i32;
    u32, 4, |writer, value| writer.u32(*value), Input::u32;
    i64, 8, |writer, value| writer.i64(*value), Input::i64;
    f64, 8, |writer, value| writer.f64(*value), Input::f64;
    bool, 4, |writer, value| writer.bool(*value), Input::bool;
    [u8; 16], 16, |writer, value| writer.raw(value), Input::array::<16>;
    [u8; 32], 32, |writer, value| writer.raw(value), Input::array::<32>;
    String, 4, |writer, value| writer.bytes(value.as_bytes()), Input::string;
    Bytes, 4, |writer, value| writer.bytes(&value.0), |input: &mut Input<'_>| Bytes(input.bytes());
}

/// `bytes`: an arbitrary byte string as an item of a vector or a response.
///
/// Fields of generated types hold a plain `Vec<u8>`; this type exists because `Vec<u8>` as an item would read as a
/// vector of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);
