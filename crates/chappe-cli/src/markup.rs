//! Text with formatting, as a user or a program writes it.

use chappe::markup;
use chappe::secret::FormattedText;

use crate::failure::Failure;

/// How a text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Markup {
    /// As it stands.
    #[default]
    Plain,
    Markdown,
    Html,
}

impl Markup {
    /// By its name.
    pub(crate) fn from_name(name: &str) -> Result<Self, Failure> {
        match name {
            "plain" => Ok(Self::Plain),
            "markdown" => Ok(Self::Markdown),
            "html" => Ok(Self::Html),
            _ => Err(Failure::field("parse_mode", "plain, markdown or html is expected")),
        }
    }

    /// Reads the text; `field` is what it was given as.
    pub(crate) fn read(self, text: String, field: &str) -> Result<FormattedText, Failure> {
        match self {
            Self::Plain => Ok(text.into()),
            Self::Markdown => Ok(markup::markdown(&text)),
            Self::Html => markup::html(&text).map_err(|error| Failure::field(field, error)),
        }
    }
}
