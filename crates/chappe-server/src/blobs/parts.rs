//! Which parts of an upload go together.
//!
//! All parts are of one length but the last, which may be shorter. That length is a multiple of 1 KiB and divides
//! 512 KiB. Parts come in any order, so which one is the last is known only in the end: the highest so far may be it.
//!
//! Source: <https://core.telegram.org/api/files#uploading-files>

/// The longest part in bytes; part lengths divide it.
pub(crate) const MAX_PART_LEN: u64 = 512 * 1024;
/// Part lengths are multiples of it.
const PART_LEN_UNIT: u64 = 1024;

/// Why a part does not fit. Each is the error of the API with this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartError {
    /// `FILE_PART_INVALID`: its number.
    Invalid,
    /// `FILE_PARTS_INVALID`: the number of parts, or all of them together.
    PartsInvalid,
    /// `FILE_PART_SIZE_CHANGED`: its length is not that of its neighbours, or of itself before.
    SizeChanged,
    /// `FILE_PART_SIZE_INVALID`: no part but the last can be so long.
    SizeInvalid,
}

/// What is known of the parts of one upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Parts that are there.
    pub(crate) count: u64,
    /// Their bytes together.
    pub(crate) size: u64,
    /// Length of the parts below the highest; 0 if there are none.
    pub(crate) part_len: u64,
    /// Number of the highest part; no meaning if there are none.
    pub(crate) highest: u64,
    /// Length of the highest part.
    pub(crate) highest_len: u64,
    /// How many there will be; 0 if nobody has said.
    pub(crate) total: u64,
}

impl Parts {
    /// Takes in a part of `len` bytes. `before` is the length of the part of this number that is there already.
    pub(crate) fn admit(&mut self, part: u64, len: u64, before: Option<u64>) -> Result<(), PartError> {
        if self.total != 0 && part >= self.total {
            return Err(PartError::Invalid);
        }
        if let Some(before) = before {
            return if before == len { Ok(()) } else { Err(PartError::SizeChanged) };
        }
        if self.total != 0 && part + 1 < self.total && !is_part_len(len) {
            return Err(PartError::SizeInvalid);
        }
        let (mut part_len, mut highest) = (self.part_len, (self.highest, self.highest_len));
        if self.count == 0 {
            highest = (part, len);
        } else if part > self.highest {
            // What was the highest is not the last.
            part_len = Self::common(part_len, self.highest_len)?;
            highest = (part, len);
        } else {
            part_len = Self::common(part_len, len)?;
        }
        if part_len != 0 && highest.1 > part_len {
            return Err(PartError::SizeChanged);
        }
        self.count += 1;
        self.size += len;
        self.part_len = part_len;
        (self.highest, self.highest_len) = highest;
        Ok(())
    }

    /// The length of parts that are not the last, given one of them.
    fn common(known: u64, len: u64) -> Result<u64, PartError> {
        if !is_part_len(len) {
            Err(PartError::SizeInvalid)
        } else if known != 0 && known != len {
            Err(PartError::SizeChanged)
        } else {
            Ok(len)
        }
    }

    /// Says how many parts there will be. It may be said again and must not change.
    pub(crate) fn announce(&mut self, total: u64) -> Result<(), PartError> {
        if self.total != 0 && self.total != total || self.count != 0 && self.highest >= total {
            return Err(PartError::PartsInvalid);
        }
        self.total = total;
        Ok(())
    }
}

fn is_part_len(len: u64) -> bool {
    len != 0 && len.is_multiple_of(PART_LEN_UNIT) && MAX_PART_LEN.is_multiple_of(len)
}
