//! `CHECKS.md` names tests: all of them have to be there, and every row has one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tests of each module (`life`, `envelope`, …) of a crate, by the names of the files they are in. Folders count
/// for the files in them, `x_tests` for `x`.
fn tests_by_module(root: &Path) -> BTreeMap<String, Vec<String>> {
    let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting: Vec<(PathBuf, Option<String>)> =
        [("src", None), ("tests", None)].map(|(folder, module)| (root.join(folder), module)).into();
    while let Some((path, within)) = waiting.pop() {
        let stem = path.file_stem().unwrap().to_string_lossy().trim_end_matches("_tests").to_owned();
        if path.is_dir() {
            let top = stem == "src" || stem == "tests";
            for entry in std::fs::read_dir(&path).unwrap() {
                waiting.push((entry.unwrap().path(), (!top).then(|| stem.clone())));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut names = Vec::new();
            for part in text.split("test]\n").skip(1) {
                let name = part.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
                names.extend(name.map(str::to_owned));
            }
            for module in std::iter::once(stem).chain(within) {
                modules.entry(module).or_default().extend(names.iter().cloned());
            }
        }
    }
    modules
}

/// Whether `module::name` is a test; a star stands for any ending.
fn is_test(modules: &BTreeMap<String, Vec<String>>, word: &str) -> bool {
    let Some((module, name)) = word.split_once("::") else { return false };
    let Some(names) = modules.get(module) else { return false };
    match name.strip_suffix('*') {
        Some(start) => names.iter().any(|other| other.starts_with(start)),
        None => names.iter().any(|other| other == name),
    }
}

#[test]
fn every_row_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = tests_by_module(root);
    let (mut checks, mut cases) = (0, 0);
    for line in include_str!("../CHECKS.md").lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (row, cell) = (cells[0], *cells.last().unwrap());
        if ["#", "case"].contains(&row) {
            continue;
        }
        match cells.len() {
            4 => checks += 1,
            _ => cases += 1,
        }
        if cells.len() == 4 {
            assert_eq!(row, checks.to_string(), "the checks are numbered without holes");
        }
        let mut named = 0;
        for word in cell.split('`').skip(1).step_by(2) {
            if let Some((krate, word)) = word.split_once('/') {
                let modules = tests_by_module(&root.join("..").join(krate));
                assert!(is_test(&modules, word), "{row}: {krate} has no test {word}");
            } else {
                assert!(is_test(&own, word), "{row}: there is no test {word}");
            }
            named += 1;
        }
        // What is left out by design says so in words.
        assert!(named > 0 || cell.starts_with("nothing") || cell == "the same", "{row} has no test");
    }
    assert_eq!((checks, cases > 25), (44, true));
}
