//! What others wrote, made safe for the terminal.

use chappe::secret::{Entity, FormattedText};

/// Without characters that command the terminal or turn the direction of what follows. Each is replaced by one that is
/// as long in UTF-16, so that the places of entities stay right.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if is_harmless(c) { c } else { replacement(c) }).collect()
}

/// As [`clean`], on one line.
pub(crate) fn clean_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

fn is_harmless(c: char) -> bool {
    c == '\n' || !(c.is_control() || turns(c))
}

/// Marks and overrides of the writing direction, and what else is invisible and moves its neighbours.
const fn turns(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

const fn replacement(c: char) -> char {
    match c {
        '\t' => ' ',
        _ => '\u{fffd}',
    }
}

/// A text with its formatting, cleaned.
pub(crate) fn clean_formatted(text: &FormattedText) -> FormattedText {
    FormattedText { text: clean(&text.text), entities: text.entities.clone() }
}

/// The entities that cover a place, counted in UTF-16 code units.
pub(crate) fn covering(entities: &[Entity], at: i32) -> impl Iterator<Item = &Entity> {
    entities
        .iter()
        .filter(move |entity| entity.offset <= at && at < entity.offset.saturating_add(entity.length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_peer_writes_commands_the_terminal() {
        let hostile = "a\u{1b}[2Jb\n\tc\r\u{9b}1m\u{7}\u{202e}txt";
        assert_eq!(clean(hostile), "a\u{fffd}[2Jb\n c\u{fffd}\u{fffd}1m\u{fffd}\u{fffd}txt");
        assert_eq!(clean_line("one\ntwo"), "one two");
    }

    #[test]
    fn places_of_entities_stay() {
        let hostile = "\u{1b}\u{1f600}\u{85}";
        assert_eq!(clean(hostile).encode_utf16().count(), hostile.encode_utf16().count());
    }
}
