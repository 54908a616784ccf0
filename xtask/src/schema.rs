//! `cargo xtask schema`: makes the files of `schema/` out of pinned packages.
//!
//! ```text
//! packages  what is pinned, and how it is fetched with `cargo` and `npm`
//! archive   reads one file out of a .crate or .tgz
//! line      one TL definition as text, and its CRC32
//! listing   all definitions of one API layer, from TL text or from JSON
//! history   api.tl, history.tl and layers.tsv
//! tables    errors.tsv and methods.tsv
//! sources   SOURCES.md
//! verify    holds the hand-written mtproto.tl and secret.tl against the rule and the packages
//! ```
//!
//! Only names, ids, types, codes and layers are taken. Descriptions are somebody's prose and stay out.

mod archive;
mod history;
mod line;
mod listing;
mod packages;
mod sources;
mod tables;
mod verify;

use std::fs;
use std::path::Path;

use crate::{Result, workspace_root};

/// Options of `cargo xtask schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing: fail if a file of `schema/` is not what the packages give
    #[arg(long)]
    check: bool,
}

/// Fetches the packages and rebuilds (or checks) the folder.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace_root();
    let folder = root.join("schema");
    let store = root.join("target").join("schema");
    fs::create_dir_all(&store).map_err(|e| format!("cannot make {}: {e}", store.display()))?;

    let fetched = packages::fetch_all(&store)?;
    let read = |name: &str| {
        fs::read_to_string(folder.join(name))
            .map_err(|e| format!("cannot read schema/{name}, which is written by hand: {e}"))
    };
    let additions = read("additions.tsv")?;
    verify::mtproto(&read("mtproto.tl")?, &fetched)?;
    verify::secret(&read("secret.tl")?)?;

    let built = history::build(&fetched)?;
    let tables = tables::build(&fetched, &built, &additions)?;
    let files = [
        ("api.tl", built.api),
        ("history.tl", built.history),
        ("layers.tsv", built.layers),
        ("errors.tsv", tables.errors),
        ("methods.tsv", tables.methods),
        ("SOURCES.md", sources::build(&fetched)),
    ];
    let mut differing = 0_usize;
    for (name, text) in &files {
        differing += usize::from(settle(&folder.join(name), name, text, args.check)?);
    }
    if args.check && differing > 0 {
        return Err(format!("{differing} files differ: run `cargo xtask schema`").into());
    }
    Ok(())
}

/// Writes or compares one file; says whether it was different.
fn settle(path: &Path, name: &str, text: &str, check: bool) -> Result<bool> {
    let old = fs::read_to_string(path).unwrap_or_default();
    let rows = text.lines().count();
    if old == text {
        println!("schema/{name}: {rows} lines, up to date");
        return Ok(false);
    }
    if check {
        let line = old.lines().zip(text.lines()).take_while(|(was, is)| was == is).count();
        println!("schema/{name}: differs from line {} on", line + 1);
        println!("  - {}", old.lines().nth(line).unwrap_or("(end)"));
        println!("  + {}", text.lines().nth(line).unwrap_or("(end)"));
    } else {
        fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        println!("schema/{name}: {rows} lines, written");
    }
    Ok(true)
}
