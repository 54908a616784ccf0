//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;

/// Something in a file is wrong. One line that begins with file, line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileError {
    /// The file.
    pub file: String,
    /// The line, from 1; none if the whole file is meant.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong there.
    pub reason: String,
}

impl FileError {
    pub(super) fn whole(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, column: None, reason: reason.into() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for place in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{place}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for FileError {}

/// A text, to find places in it.
pub(super) struct Source {
    pub(super) name: String,
    text: String,
}

impl Source {
    pub(super) fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// An error at these bytes.
    pub(super) fn at(&self, span: Range<usize>, reason: impl Into<String>) -> FileError {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        FileError {
            file: self.name.clone(),
            line: Some(before.matches('\n').count() + 1),
            column: before.get(line_start..).map(|line| line.chars().count() + 1),
            reason: reason.into(),
        }
    }

    pub(super) fn syntax(&self, error: &toml::de::Error) -> FileError {
        let reason = error.message().replace('\n', ", ");
        match error.span() {
            Some(span) => self.at(span, reason),
            None => FileError::whole(&self.name, reason),
        }
    }
}
