//! Writes all files of a site.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Site;
use super::records::{Record, record, script};
use crate::page::Catalogue;
use crate::render::RenderError;

/// Why a site could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// A template is not as it should be.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// Pages, each in three forms.
    pub pages: usize,
    /// All files.
    pub files: usize,
}

/// Writes the whole site below `out`, on all cores. `progress` hears how many pages of how many are done.
///
/// What is in the folder already stays, unless the site has a file of that name.
///
/// # Errors
/// A file cannot be written.
pub fn build(
    catalogue: &Catalogue<'_>,
    out: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Built, SiteError> {
    let site = Site::new(catalogue)?;
    let others = site.other_files();
    for path in site.pages.keys().chain(&others) {
        let folder = out.join(path);
        if let Some(folder) = folder.parent().filter(|folder| !folder.exists()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| SiteError::Write { path: folder.to_owned(), source })?;
        }
    }
    let (pages, next, done) = (catalogue.len(), AtomicUsize::new(0), AtomicUsize::new(0));
    let records: Mutex<Vec<(usize, Record)>> = Mutex::default();
    let work = || -> Result<(), SiteError> {
        let mut found = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(page) = catalogue.page(number) else { break };
            for (path, text) in site.forms(&page)? {
                write(out, &path, &text)?;
            }
            found.push((number, record(&page)));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, pages);
        }
        records.lock().unwrap_or_else(PoisonError::into_inner).append(&mut found);
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Result<(), SiteError>>| match worker.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().try_for_each(join)
    })?;

    let mut records = records.into_inner().unwrap_or_else(PoisonError::into_inner);
    records.sort_unstable_by_key(|(number, _)| *number);
    write(out, "assets/records.js", &script(records.into_iter().map(|(_, record)| record)))?;
    for path in &others {
        if let Some(text) = site.file(path)? {
            write(out, path, &text)?;
        }
    }
    Ok(Built { pages, files: pages * 3 + others.len() + 1 })
}

fn write(out: &Path, path: &str, text: &str) -> Result<(), SiteError> {
    let path = out.join(path);
    std::fs::write(&path, text).map_err(|source| SiteError::Write { path, source })
}
