//! Files of messages, from the server to the disk.

use std::path::{Path, PathBuf};

use chappe::files::Progress;
use chappe::secret::{RandomId, SecretChat};

use crate::failure::{Failure, Kind};

/// Most numbers that are tried for a name that is taken.
const MAX_COPIES: u32 = 10_000;

/// Where a file goes.
pub(crate) struct Destination {
    /// A file, or a folder in which it gets its own name; the current folder when left out.
    pub(crate) path: Option<PathBuf>,
    /// Whether a file that is there is replaced.
    pub(crate) overwrite: bool,
}

/// Opens a message and fetches its file. Gives the path and the size.
pub(crate) async fn download(
    chat: &SecretChat,
    message: RandomId,
    destination: Destination,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<(PathBuf, u64), Failure> {
    // What can be opened once is not opened for nothing.
    destination.check()?;
    let entry = chat.open(message).await?;
    let file = entry.media_file().ok_or_else(|| Failure::field("message", "it has no file"))?;
    if let Err(why) = &file.remote {
        return Err(Failure::new(format!("the file cannot be had: {why}")));
    }
    let path = destination.choose(file.name.as_deref(), message)?;
    let size = chat.download_entry(&entry)?.progress(progress).to_path(&path).await?;
    Ok((path, size))
}

impl Destination {
    /// Whether something can be put there.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        let refused = |why: &str| Err(Failure::field("path", format_args!("{}: {why}", path.display())));
        if path.is_dir() {
            return Ok(());
        }
        if path.exists() && !self.overwrite {
            return refused("this file is there already: choose another one");
        }
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
                refused("there is no such folder")
            }
            _ => Ok(()),
        }
    }

    /// The name that the message claims is free of paths; one that is taken gets a number.
    pub(crate) fn choose(
        self,
        name: Option<&str>,
        message: impl std::fmt::Display,
    ) -> Result<PathBuf, Failure> {
        let folder = match self.path {
            Some(path) if !path.is_dir() => return Ok(path),
            Some(folder) => folder,
            None => PathBuf::new(),
        };
        let name = name.map_or_else(|| format!("file{message}"), str::to_owned);
        let free = |path: &PathBuf| self.overwrite || !path.exists();
        let first = folder.join(&name);
        if free(&first) {
            return Ok(first);
        }
        let (stem, extension) = (Path::new(&name).file_stem(), Path::new(&name).extension());
        let (stem, extension) = (stem.unwrap_or_default().to_string_lossy(), extension.unwrap_or_default());
        let dot = if extension.is_empty() { "" } else { "." };
        let numbered = |number| folder.join(format!("{stem}-{number}{dot}{}", extension.to_string_lossy()));
        (2..MAX_COPIES)
            .map(numbered)
            .find(free)
            .ok_or_else(|| Failure::of(Kind::Usage, format!("{} is there too often", first.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let choose = |name| {
            let destination = Destination { path: Some(folder.path().to_owned()), overwrite: false };
            let path = destination.choose(name, RandomId(-7)).unwrap();
            std::fs::write(&path, "").unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(
            ["a.tar.gz", "a.tar.gz", "b", "b"].map(|name| choose(Some(name))),
            ["a.tar.gz", "a.tar-2.gz", "b", "b-2"]
        );
        assert_eq!(choose(None), "file-7");
    }

    #[test]
    fn what_is_there_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter");
        std::fs::write(&path, "").unwrap();
        let check = |path: PathBuf, overwrite| Destination { path: Some(path), overwrite }.check().is_ok();
        assert!(!check(path.clone(), false) && check(path.clone(), true));
        assert!(check(folder.path().join("new"), false) && check("new".into(), false));
        assert!(!check(path.join("below"), false));
    }
}
