//! Waveforms of voice messages: loudness over time, 0 to 31, packed in groups of five bits, lowest bit first.

use crate::limits;

/// Packs levels; what is above 31 counts as 31. Clients show about a hundred: more are thinned out, the loudest of
/// each stretch kept.
///
/// ```
/// let packed = chappe_secret::pack_waveform(&[0, 31, 16]);
/// assert_eq!(chappe_secret::unpack_waveform(&packed), [0, 31, 16]);
/// ```
pub fn pack_waveform(levels: &[u8]) -> Vec<u8> {
    let stretch = levels.len().div_ceil(limits::WAVEFORM_LEVELS).max(1);
    let levels = levels.chunks(stretch).map(|some| some.iter().copied().max().unwrap_or(0).min(31));
    let mut packed = Vec::new();
    let (mut bits, mut count) = (0_u16, 0);
    for level in levels {
        bits |= u16::from(level) << count;
        count += 5;
        if count >= 8 {
            packed.push((bits & 0xff) as u8);
            bits >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        packed.push((bits & 0xff) as u8);
    }
    packed
}

/// The levels of a packed waveform. Padding of up to four bits at the end is not a level.
pub fn unpack_waveform(packed: &[u8]) -> Vec<u8> {
    let bit = |at: usize| packed.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1);
    (0..packed.len() * 8 / 5).map(|level| (0..5).map(|n| bit(level * 5 + n) << n).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_back() {
        for count in 0..limits::WAVEFORM_LEVELS {
            let levels: Vec<u8> = (0..count).map(|n| (n * 7 % 32) as u8).collect();
            let unpacked = unpack_waveform(&pack_waveform(&levels));
            assert_eq!(unpacked.get(..count), Some(&levels[..]));
            // With three spare bits or fewer nothing is added; with more, silence.
            assert!(unpacked.iter().skip(count).all(|level| *level == 0), "{count}");
        }
    }

    #[test]
    fn long_waveforms_are_thinned_and_keep_the_loudest() {
        let mut levels = vec![1; 1000];
        levels[555] = 200;
        let unpacked = unpack_waveform(&pack_waveform(&levels));
        assert_eq!(unpacked.len(), 100);
        assert_eq!(unpacked.iter().max(), Some(&31));
    }
}
