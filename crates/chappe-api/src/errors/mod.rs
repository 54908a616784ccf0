//! The errors that the API answers with: a name each, what it means, and what to do about it.
//!
//! ```
//! use chappe_api::errors::KnownError;
//!
//! let error = KnownError::parse("FLOOD_WAIT_31");
//! assert_eq!(error, Some(KnownError::FloodWait(31)));
//! let error = KnownError::parse("CHAT_ID_INVALID").ok_or("not known")?;
//! assert_eq!((error, error.codes()), (KnownError::ChatIdInvalid, &[400][..]));
//! println!("{}: {} {}", error, error.cause(), error.cure());
//! # Ok::<(), &str>(())
//! ```
//!
//! Source: <https://core.telegram.org/api/errors>

use std::fmt;

pub use crate::generated::errors::KnownError;
use crate::generated::errors::TABLE;

/// What is known of one name.
pub(crate) struct Entry {
    /// The name; `%d` stands for a number.
    pub(crate) pattern: &'static str,
    pub(crate) codes: &'static [i32],
    pub(crate) cause: &'static str,
    pub(crate) cure: &'static str,
}

impl KnownError {
    /// Reads the text of an error, such as `FILE_REFERENCE_2_EXPIRED`. `None` for one that is not known.
    pub fn parse(text: &str) -> Option<Self> {
        let find = |pattern: &str| TABLE.binary_search_by(|entry| entry.pattern.cmp(pattern)).ok();
        if let Some(index) = find(text).filter(|_| !text.contains('%')) {
            return Self::at(index, [0; 2]);
        }
        let (pattern, numbers) = split(text)?;
        Self::at(find(&pattern)?, numbers)
    }

    /// All of them, with zeros for numbers, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLE.len()).filter_map(|index| Self::at(index, [0; 2]))
    }

    /// The name, with `%d` for a number.
    pub fn pattern(self) -> &'static str {
        self.entry().map_or("", |entry| entry.pattern)
    }

    /// The codes with which it comes.
    pub fn codes(self) -> &'static [i32] {
        self.entry().map_or(&[], |entry| entry.codes)
    }

    /// What it means.
    pub fn cause(self) -> &'static str {
        self.entry().map_or("", |entry| entry.cause)
    }

    /// What to do about it.
    pub fn cure(self) -> &'static str {
        self.entry().map_or("", |entry| entry.cure)
    }

    /// The first number that it carries.
    pub fn argument(self) -> Option<i64> {
        self.numbers()[0]
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.get(self.index())
    }
}

/// The words of the server again.
impl fmt::Display for KnownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = self.numbers().into_iter().flatten();
        let mut parts = self.pattern().split("%d");
        f.write_str(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| write!(f, "{}{part}", numbers.next().unwrap_or_default()))
    }
}

/// The pattern that a text may be of, and its numbers: digits after an underscore are one.
fn split(text: &str) -> Option<(String, [i64; 2])> {
    if text.contains('%') {
        return None;
    }
    let mut pattern = String::with_capacity(text.len());
    let mut numbers = [0; 2];
    let mut slots = numbers.iter_mut();
    for (at, part) in text.split('_').enumerate() {
        if at > 0 {
            pattern.push('_');
        }
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        if at == 0 || number.is_empty() {
            pattern.push_str(part);
        } else {
            *slots.next()? = number.parse().ok()?;
            pattern.push_str("%d");
            pattern.push_str(rest);
        }
    }
    Some((pattern, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_the_table_is_read_and_written() {
        let table = include_str!("../../../../schema/errors.tsv");
        let mut count = 0;
        for line in table.lines().skip(1) {
            let (code, name) = line.split_once('\t').unwrap();
            let text = name.replacen("%d", "7", 1).replacen("%d", "8", 1);
            let error = KnownError::parse(&text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(error.to_string(), text);
            assert!(
                error.codes().contains(&code.parse().unwrap()) || name == "FILE_PART_0_MISSING",
                "{text}"
            );
            assert_eq!(
                error.argument(),
                name.contains("%d").then_some(7).or(name.contains("_0_").then_some(0))
            );
            assert!(!error.cause().is_empty() && !error.cure().is_empty(), "{text}");
            count += 1;
        }
        assert!(count > 800);
        assert!(KnownError::all().count() <= count);
    }

    #[test]
    fn what_is_not_known_is_none() {
        for text in
            ["", "_", "FLOOD_WAIT", "FLOOD_WAIT_%d", "FLOOD_WAIT_X", "FLOOD_WAIT_99999999999999999999"]
        {
            assert_eq!(KnownError::parse(text), None, "{text}");
        }
        assert_eq!(KnownError::parse("INPUT_METHOD_INVALID_1_2_3"), None);
        assert_eq!(KnownError::parse("2FA_CONFIRM_WAIT_60"), Some(KnownError::E2faConfirmWait(60)));
        assert_eq!(
            KnownError::parse("PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_5MIN"),
            Some(KnownError::PreviousChatImportActiveWaitMin(5))
        );
    }
}
