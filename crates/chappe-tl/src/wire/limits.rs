//! The bounds of the decoder and the encoder, each with its reason.

/// How many boxes and vectors may be nested in one object.
///
/// The deepest legitimate objects (rich text in instant views) stay below twenty. Without a limit, a few hundred
/// kilobytes of nested one-element lists overflow the stack.
pub const MAX_DEPTH: u32 = 64;

/// The longest `bytes` or `string`, in bytes: the wire form has 24 bits for the length.
///
/// Longer values are refused, never cut.
pub const MAX_BYTES_LEN: usize = (1 << 24) - 1;

/// How many items a vector may reserve memory for before the first of them has been read.
///
/// A claimed count is already bounded by the bytes that are left; this keeps the memory for items that are much
/// larger in Rust than on the wire in proportion, too.
pub const MAX_PREALLOCATION: usize = 1024;
