//! Where the files come from, and what each is.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Place, Problem, Prose, Text, errors, flows, guides, methods, parameters, types};
use crate::model::{Model, Origin};

/// Name below `reference/`, and text.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files that are built into the program.
pub fn embedded() -> Vec<(String, String)> {
    EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The files below a folder.
///
/// # Errors
/// The folder or a file in it cannot be read; the error names it.
pub fn from_folder(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let named =
        |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let current = folder.join(&inner);
        for entry in std::fs::read_dir(&current).map_err(|error| named(&current, error))? {
            let entry = entry?;
            let name = inner.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(name);
            } else if name
                .extension()
                .is_some_and(|it| ["toml", "md", "svg"].iter().any(|known| it == *known))
            {
                let text =
                    std::fs::read_to_string(entry.path()).map_err(|error| named(&entry.path(), error))?;
                files.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What is known while files are read.
pub(super) struct Reading<'m> {
    pub(super) model: &'m Model,
    problems: Vec<Problem>,
    /// All texts: their links are checked once every guide is known.
    texts: Vec<Text>,
}

impl<'m> Reading<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        Self { model, problems: Vec::new(), texts: Vec::new() }
    }

    pub(super) fn problem(&mut self, place: Place, what: impl Into<String>) {
        self.problems.push(Problem { place, what: what.into() });
    }

    /// Keeps a text for the check of its links.
    pub(super) fn text(&mut self, markdown: String, place: Place, origin: Origin) -> Text {
        let text = Text { markdown, place, origin };
        self.texts.push(text.clone());
        text
    }

    /// Reads one file by what its name says.
    pub(super) fn file(&mut self, prose: &mut Prose, name: &str, text: &str) {
        let file: Arc<str> = name.into();
        let stem = |folder: &str, ending: &str| {
            let stem = name.strip_prefix(folder)?.strip_suffix(ending)?;
            (!stem.contains('/')).then(|| stem.to_owned())
        };
        if let Some(namespace) = stem("methods/", ".toml") {
            methods::read(self, prose, &file, text, &namespace);
        } else if let Some(stem) = stem("types/", ".toml") {
            let origin = match &*stem {
                "mtproto" => Origin::Mtproto,
                "secret" => Origin::Secret,
                _ => Origin::Api,
            };
            types::read(self, prose, &file, text, origin);
        } else if let Some(name) = stem("guides/", ".md") {
            guides::read(self, prose, &file, text, &name);
        } else if let Some(name) = name.strip_prefix("guides/").filter(|name| name.ends_with(".svg")) {
            prose.figures.insert(name.to_owned(), text.to_owned());
        } else if name == "errors.toml" {
            errors::read(self, prose, &file, text);
        } else if name == "parameters.toml" {
            parameters::read(self, prose, &file, text);
        } else if name == "flows.toml" {
            flows::read(self, prose, &file, text);
        } else if name.contains('/') || !name.ends_with(".md") {
            let what = "nothing reads this file: methods/NAMESPACE.toml, types/FILE.toml, guides/NAME.md, \
                        guides/NAME.svg, errors.toml, flows.toml and parameters.toml are read";
            self.problem(Place { file, line: 1 }, what);
        }
    }

    /// Checks the links of all texts and gives everything that is wrong.
    pub(super) fn finish(mut self, prose: &Prose) -> Vec<Problem> {
        for text in std::mem::take(&mut self.texts) {
            self.check_links(prose, &text);
        }
        self.problems
    }
}
