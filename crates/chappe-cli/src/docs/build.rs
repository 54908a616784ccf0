//! `chappe docs build`

use std::time::Instant;

use chappe_reference::site;
use indicatif::{ProgressBar, ProgressStyle};

use super::{BuildArgs, Library};
use crate::failure::Failure;
use crate::output;

/// Writes the site. A terminal sees how far it is.
pub(super) fn run(args: &BuildArgs) -> Result<(), Failure> {
    let begin = Instant::now();
    let library = Library::read_sound(&args.words)?;
    let catalogue = library.catalogue();
    let bar = ProgressBar::new(catalogue.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} pages") {
        bar.set_style(style);
    }
    let built = site::build(&catalogue, &args.out, &|done, _| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    output::line(format_args!(
        "{} pages, {} files in {}, {:.1} s",
        built.pages,
        built.files,
        args.out.display(),
        begin.elapsed().as_secs_f32()
    ))
}
