use super::{DecodeError, EncodeError, Reader, Writer};

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

    /// Reads one object.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads one object that fills `bytes` exactly.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::read_all(bytes)
    }
}

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

impl<T: Encode + ?Sized> Encode for &T {
    #[inline]
    fn encode(&self, writer: &mut Writer) {
        (**self).encode(writer);
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    #[inline]
    fn encode(&self, writer: &mut Writer) {
        (**self).encode(writer);
    }
}

impl<T: Decode> Decode for Box<T> {
    const MIN_LEN: usize = T::MIN_LEN;

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.nested(T::decode).map(Box::new)
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.vector(self);
    }
}

impl<T: Decode> Decode for Vec<T> {
    const MIN_LEN: usize = 8;

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.vector()
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
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                $read(reader)
            }
        }
    )*};
}

base_types! {
    i32, 4, |writer, value| writer.i32(*value), Reader::i32;
    u32, 4, |writer, value| writer.u32(*value), Reader::u32;
    i64, 8, |writer, value| writer.i64(*value), Reader::i64;
    f64, 8, |writer, value| writer.f64(*value), Reader::f64;
    bool, 4, |writer, value| writer.bool(*value), Reader::bool;
    [u8; 16], 16, |writer, value| writer.raw(value), Reader::array::<16>;
    [u8; 32], 32, |writer, value| writer.raw(value), Reader::array::<32>;
    String, 4, |writer, value| writer.bytes(value.as_bytes()), Reader::string;
    Bytes, 4, |writer, value| writer.bytes(&value.0), |reader: &mut Reader<'_>| reader.bytes().map(|bytes| Bytes(bytes.to_vec()));
}

/// `bytes`: an arbitrary byte string as an item of a vector or a response.
///
/// Fields of generated types hold a plain `Vec<u8>`; this type exists because `Vec<u8>` as an item would read as a
/// vector of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bytes(pub Vec<u8>);
