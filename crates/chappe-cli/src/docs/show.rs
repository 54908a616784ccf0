//! `chappe docs show`

use std::io::IsTerminal;

use chappe_reference::render::{Renderer, terminal};

use super::{Library, ShowArgs};
use crate::failure::Failure;
use crate::output;

/// Prints one page.
pub(super) fn run(args: &ShowArgs) -> Result<(), Failure> {
    let library = Library::read_sound(&args.words)?;
    let catalogue = library.catalogue();
    let Some(page) = catalogue.find(&args.name) else {
        let hint = catalogue.nearest(&args.name).map(|name| format!("; did you mean `{name}`?"));
        let message = format!("there is no page of `{}`{}", args.name, hint.unwrap_or_default());
        return Err(Failure::usage(message));
    };
    if args.json {
        return output::line(format_args!("{:#}", serde_json::to_value(&page)?));
    }
    let markdown = Renderer::new()?.markdown(&page)?;
    let colour = !args.markdown && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    output::line(terminal(&markdown, colour).trim_end())
}
