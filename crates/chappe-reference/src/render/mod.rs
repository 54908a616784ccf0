//! Pages as HTML, Markdown and text for a terminal.

mod highlight;
mod html;
mod markdown;
mod templates;
mod terminal;

pub use highlight::Highlighter;
pub use html::relative;
pub(crate) use markdown::plain;
pub use templates::{RenderError, Renderer};
pub use terminal::terminal;
