use thiserror::Error;

/// Why bytes could not be read as the expected object.
///
/// Eight bytes and `Copy`, because every read on the hot path returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The object goes on where the bytes end.
    #[error("the bytes end in the middle of an object")]
    UnexpectedEnd,
    /// A constructor id that the expected type does not have.
    #[error(
        "constructor {id:#010x} does not belong to the expected type: the sender uses another API layer, or the bytes are not of this type"
    )]
    UnexpectedConstructor {
        /// The id that was met.
        id: u32,
    },
    /// More nesting than [`limits::MAX_DEPTH`](super::limits::MAX_DEPTH).
    #[error("objects are nested more than {} deep", super::limits::MAX_DEPTH)]
    TooDeep,
    /// A vector claims more items than the remaining bytes can hold.
    #[error("a vector claims {count} items, more than the remaining bytes can hold")]
    VectorTooLong {
        /// The claimed count.
        count: u32,
    },
    /// A length prefix that TL does not define (first byte 0xff).
    #[error("a string begins with the undefined length byte 0xff")]
    InvalidLength,
    /// Bytes are left after a complete object.
    #[error("{count} bytes are left after the end of the object")]
    TrailingBytes {
        /// How many.
        count: u32,
    },
    /// A bare type that the schema of a dynamic decoder does not resolve to one constructor.
    #[error("the schema does not say which constructor a bare type has")]
    UnknownBareType,
}

/// Why an object cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A `bytes` or `string` field of 16 MiB or more: TL has 24 bits for its length.
    #[error("a field of {len} bytes does not fit: TL strings end at 16,777,215 bytes; send files in parts")]
    BytesTooLong {
        /// The length of the field in bytes.
        len: usize,
    },
    /// A vector of more than 2^31 - 1 items.
    #[error("a vector of {count} items does not fit: TL counts end at 2,147,483,647")]
    VectorTooLong {
        /// The number of items.
        count: usize,
    },
}
