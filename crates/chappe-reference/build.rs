//! Puts the prose of `reference/` into the crate, so that an installed `chappe docs` has it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../reference");
    let mut files = Vec::new();
    list(&folder, &mut files)?;
    files.sort();
    let mut source = String::from("&[\n");
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(&folder).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        // Writing to a String does not fail.
        let _ = writeln!(source, "    ({name:?}, include_str!({:?})),", file.display());
    }
    source.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), source)
}

/// The prose files below a folder. Folders count as changed when a file comes or goes.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| ["toml", "md", "svg"].iter().any(|it| extension == *it))
        {
            files.push(path);
        }
    }
    Ok(())
}
