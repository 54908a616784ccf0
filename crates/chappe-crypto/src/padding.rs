//! How long a padded plaintext is made, so that its length says little about its content.

/// Fewest padding bytes MTProto 2.0 permits.
pub const MIN_PADDING: usize = 12;
/// Most padding bytes MTProto 2.0 permits.
pub const MAX_PADDING: usize = 1024;

/// Total lengths of short plaintexts; beyond the last, lengths grow in steps of [`STEP`].
const CLASSES: [usize; 9] = [64, 128, 192, 256, 384, 512, 768, 1024, 1280];
const STEP: usize = 448;

/// The total length to pad a plaintext of `unpadded_len` bytes to: one of a few classes, a multiple of 16, and at
/// least 12 and at most 1024 bytes more than `unpadded_len`.
///
/// For a session the plaintext starts with the salt, for a secret chat with the length field. Saturates for
/// lengths near the end of `usize`.
///
/// ```
/// use chappe_crypto::padding::padded_len;
/// assert_eq!(padded_len(52), 64);
/// assert_eq!(padded_len(53), 128);
/// assert_eq!(padded_len(2000), 1280 + 2 * 448);
/// ```
pub fn padded_len(unpadded_len: usize) -> usize {
    let least = unpadded_len.saturating_add(MIN_PADDING);
    if let Some(class) = CLASSES.into_iter().find(|class| least <= *class) {
        return class;
    }
    let largest = CLASSES[CLASSES.len() - 1];
    largest.saturating_add((least - largest).div_ceil(STEP).saturating_mul(STEP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_gets_legal_padding() {
        for len in 0..20_000 {
            let total = padded_len(len);
            assert_eq!(total % 16, 0);
            assert!((MIN_PADDING..=MAX_PADDING).contains(&(total - len)), "{len} -> {total}");
        }
        assert_eq!(padded_len(usize::MAX), usize::MAX);
    }
}
