//! `chappe man`: manual pages from the same description as the help.

use clap::CommandFactory;

use crate::cli::{Cli, ManArgs};
use crate::failure::Failure;
use crate::output;

/// Prints the page of the program, or writes one page for each command.
pub(crate) fn run(args: &ManArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.folder {
        return clap_mangen::generate_to(Cli::command(), folder).map_err(|error| {
            Failure::usage(format!("the pages cannot be written to {}: {error}", folder.display()))
        });
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command().disable_help_subcommand(true)).render(&mut page)?;
    output::text(&page)
}
