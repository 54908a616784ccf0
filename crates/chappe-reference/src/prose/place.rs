use std::fmt;
use std::sync::Arc;

use crate::model::Origin;

/// A line of a file of `reference/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file, from `reference/` on.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reference/{}:{}", self.file, self.line)
    }
}

/// Something wrong in a file of `reference/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, and what to do about it.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// A text in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub markdown: String,
    /// Where it begins.
    pub place: Place,
    /// The schema that it speaks of: names in its links are looked up there first.
    pub origin: Origin,
}
