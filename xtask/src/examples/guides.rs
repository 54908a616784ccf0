//! The programs that stand in guides, run as a reader would: JavaScript and Python with the test kits, in a folder with the
//! world of `docs/examples`. Those in Rust have been compiled with the examples.

use std::path::Path;
use std::process::Command;

use crate::process::{built, copy, execute};
use crate::{Result, workspace_root};

/// How many there are.
pub(super) struct Counts {
    pub(super) compiled: usize,
    pub(super) run: usize,
}

/// Runs what `chappe-examples write` has put into `sources/guides`.
///
/// # Errors
/// One of them ends otherwise than well; the message says which.
pub(super) fn run(folder: &Path, python: &Path) -> Result<Counts> {
    let kits = workspace_root().join("testkits");
    copy(&kits.join("node"), &folder.join("node_modules/chappe-testkit"))?;
    let place = folder.join("guides");
    std::fs::create_dir_all(&place)?;
    std::fs::copy(workspace_root().join("docs/examples/world.toml"), place.join("world.toml"))?;

    let mut counts = Counts { compiled: 0, run: 0 };
    for entry in std::fs::read_dir(folder.join("sources/guides"))? {
        let path = entry?.path();
        let mut command = match path.extension().and_then(|ending| ending.to_str()) {
            Some("mjs") => Command::new("node"),
            Some("py") => Command::new(python),
            _ => {
                counts.compiled += 1;
                continue;
            }
        };
        command.arg(&path).current_dir(&place);
        command.env("CHAPPE_BIN", built("chappe")).env("PYTHONPATH", kits.join("python"));
        // What it prints is for its reader.
        command.stdout(std::process::Stdio::null()).env("PYTHONDONTWRITEBYTECODE", "1");
        execute(&mut command)?;
        counts.run += 1;
    }
    Ok(counts)
}
