//! The number by which a client says what it has of a list already.
//!
//! Source: <https://core.telegram.org/api/offsets#hash-generation>

/// The hash of a list of ids, in their order.
pub(crate) fn of(ids: impl IntoIterator<Item = i64>) -> i64 {
    let mut hash = 0_u64;
    for id in ids {
        hash ^= hash >> 21;
        hash ^= hash << 35;
        hash ^= hash >> 4;
        hash = hash.wrapping_add(id.cast_unsigned());
    }
    hash.cast_signed()
}
