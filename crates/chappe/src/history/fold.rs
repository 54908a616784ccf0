//! Comparing words without regard to case.

use unicode_normalization::UnicodeNormalization;

/// The text as it is compared: composed characters and their parts are the same, large letters and small ones are, and
/// so are `ß` and `ss`.
pub(super) fn fold(text: &str) -> String {
    // Upper case first: it spells out letters that have no partner, such as the small sharp s and the final sigma.
    text.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_spelling() {
        for (text, word) in [
            ("Hello World", "hello"),
            ("Die Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("Привет", "ПРИВЕТ"),
            ("cafe\u{301}", "CAFÉ"),
            ("İstanbul", "i\u{307}stanbul"),
            ("ﬁn", "FIN"),
        ] {
            assert!(fold(text).contains(&fold(word)), "{word} in {text}");
        }
        assert!(!fold("Hello").contains(&fold("help")));
    }
}
