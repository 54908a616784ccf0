//! What a username may look like.

/// Shortest and longest, in characters.
const LEN: std::ops::RangeInclusive<usize> = 5..=32;

/// Whether this can be somebody's username: Latin letters, digits and single underscores between them, a letter first.
pub(crate) fn is_valid(username: &str) -> bool {
    let plain = username.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let letter_first = username.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    plain
        && letter_first
        && LEN.contains(&username.len())
        && !username.ends_with('_')
        && !username.contains("__")
}

/// The name that a bot has until it gets another.
pub(crate) fn of_bot(id: i64) -> String {
    format!("id{id}_bot")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_told_from_what_is_none() {
        for good in ["alice", "Alice_1", "a2345", &of_bot(1), &of_bot(1 << 52)] {
            assert!(is_valid(good), "{good}");
        }
        let long = "a".repeat(33);
        for bad in ["", "alic", "1alice", "_alice", "alice_", "al__ice", "al-ice", "älice", "al ice", &long]
        {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
