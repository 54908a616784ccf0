//! Telephone numbers.

/// The shortest number, in digits: short codes of special services are no accounts.
const MIN_LEN: usize = 7;
/// The longest number (E.164), in digits.
const MAX_LEN: usize = 15;
/// Numbers that begin so are test numbers, if they have ten digits.
const TEST_PREFIX: &str = "99966";
const TEST_LEN: usize = 10;

/// The digits of a number as people and clients write it; `None` if it cannot be one.
pub(crate) fn normalise(number: &str) -> Option<String> {
    let number = number.trim();
    let number = number.strip_prefix('+').unwrap_or(number);
    let mut digits = String::with_capacity(MAX_LEN);
    for char in number.chars() {
        match char {
            '0'..='9' if digits.len() < MAX_LEN => digits.push(char),
            ' ' | '-' | '(' | ')' | '.' => {}
            _ => return None,
        }
    }
    (digits.len() >= MIN_LEN).then_some(digits)
}

/// The digit of which the code of a test number `99966XYYYY` consists.
pub(crate) fn test_digit(number: &str) -> Option<char> {
    if number.len() != TEST_LEN {
        return None;
    }
    number.strip_prefix(TEST_PREFIX)?.chars().next()
}

/// A number for the log: only its last digits.
pub(crate) fn redacted(number: &str) -> String {
    let shown: String = number.chars().skip(number.chars().count().saturating_sub(2)).collect();
    format!("…{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(normalise("+99966 1-00(01)").as_deref(), Some("9996610001"));
        assert_eq!(normalise("999661000 1").as_deref(), Some("9996610001"));
        for wrong in ["", "+", "12345", "1234567890123456", "99966x1234", "++9996610001"] {
            assert_eq!(normalise(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn test_numbers_say_their_code() {
        assert_eq!(test_digit("9996621234"), Some('2'));
        assert_eq!(test_digit("99966212345"), None);
        assert_eq!(test_digit("4912345678"), None);
        assert_eq!(redacted("9996621234"), "…34");
    }
}
