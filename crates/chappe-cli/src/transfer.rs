//! How far a transfer is, for somebody who waits.

use std::io::IsTerminal;

use chappe::files::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::ClientArgs;

/// A bar on standard error; none if that is no terminal, or the output is for programs.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(args: &ClientArgs, name: impl Into<String>) -> Self {
        let bar = ProgressBar::no_length().with_message(name.into());
        let shown = !args.json && std::io::stderr().is_terminal();
        bar.set_draw_target(if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        let style = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    /// What tells the bar.
    pub(crate) fn listener(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let bar = self.0.clone();
        move |progress| {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
