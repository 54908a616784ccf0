//! A text that is being written.

use unicode_segmentation::UnicodeSegmentation;

/// A text with a cursor, moved by what people see as one character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Editor {
    text: String,
    /// Where the cursor is, in bytes; on a boundary of characters.
    at: usize,
}

impl Editor {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.len(), text }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.text[..self.at]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text; nothing is left.
    pub(crate) fn take(&mut self) -> String {
        self.at = 0;
        std::mem::take(&mut self.text)
    }

    /// Puts a text at the cursor. Line ends of any kind become `\n`, other control characters go.
    pub(crate) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    pub(crate) fn backspace(&mut self) {
        let from = self.previous();
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    pub(crate) fn delete(&mut self) {
        let to = self.next();
        self.text.replace_range(self.at..to, "");
    }

    /// Removes the word before the cursor, with the blanks behind it.
    pub(crate) fn delete_word(&mut self) {
        let kept = self.before().trim_end();
        let from = kept
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + kept[at..].chars().next().map_or(0, char::len_utf8));
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    /// Removes everything before the cursor in its line.
    pub(crate) fn delete_to_start(&mut self) {
        let from = self.line_start();
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    pub(crate) fn left(&mut self) {
        self.at = self.previous();
    }

    pub(crate) fn right(&mut self) {
        self.at = self.next();
    }

    pub(crate) fn home(&mut self) {
        self.at = self.line_start();
    }

    pub(crate) fn end(&mut self) {
        self.at = self.line_end();
    }

    /// To the line above; `false` if there is none.
    pub(crate) fn up(&mut self) -> bool {
        let start = self.line_start();
        if start == 0 {
            return false;
        }
        let column = self.column();
        self.at = start - 1;
        self.at = self.line_start();
        self.forward(column);
        true
    }

    /// To the line below; `false` if there is none.
    pub(crate) fn down(&mut self) -> bool {
        let end = self.line_end();
        if end == self.text.len() {
            return false;
        }
        let column = self.column();
        self.at = end + 1;
        self.forward(column);
        true
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].find('\n').map_or(self.text.len(), |at| self.at + at)
    }

    fn column(&self) -> usize {
        self.text[self.line_start()..self.at].graphemes(true).count()
    }

    /// So many characters on, but not over the end of the line.
    fn forward(&mut self, columns: usize) {
        let end = self.line_end();
        for _ in 0..columns {
            if self.at < end {
                self.at = self.next();
            }
        }
    }

    fn previous(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.text[self.at..].graphemes(true).next().map_or(self.at, |grapheme| self.at + grapheme.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_moves_by_what_people_see() {
        let mut editor = Editor::new("ae\u{301}\u{1f468}\u{200d}\u{1f469}b");
        editor.left();
        editor.left();
        editor.backspace();
        assert_eq!(editor.text(), "a\u{1f468}\u{200d}\u{1f469}b");
        editor.delete();
        assert_eq!((editor.text(), editor.before()), ("ab", "a"));
    }

    #[test]
    fn lines_keep_the_column() {
        let mut editor = Editor::new("first\nab\nthird");
        assert!(editor.up());
        assert_eq!(editor.before(), "first\nab");
        editor.home();
        assert!(editor.down() && !editor.down());
        assert_eq!(editor.before(), "first\nab\n");
        editor.end();
        assert!(editor.up() && editor.up() && !editor.up());
        assert_eq!(editor.before(), "fi");
    }

    #[test]
    fn words_and_lines_go_at_once() {
        let mut editor = Editor::new("one\ntwo \u{e9}tat ");
        editor.delete_word();
        assert_eq!(editor.text(), "one\ntwo ");
        editor.delete_to_start();
        assert_eq!(editor.text(), "one\n");
        editor.delete_word();
        assert_eq!(editor.text(), "");
        editor.backspace();
    }

    #[test]
    fn what_is_pasted_commands_nothing() {
        let mut editor = Editor::default();
        editor.insert("a\r\nb\rc\td\u{1b}[2J");
        assert_eq!(editor.take(), "a\nb\nc d[2J");
        assert!(editor.is_empty());
    }
}
