use chappe_tl::parse::ParseError;

/// A file of `schema/` that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A text that is no TL.
    #[error("schema/{file}: {source}")]
    Schema {
        /// The file.
        file: &'static str,
        /// What is wrong, with the line.
        source: ParseError,
    },
    /// A table with a row that is none.
    #[error("schema/{file}: line {line}: {reason}")]
    Table {
        /// The file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}
