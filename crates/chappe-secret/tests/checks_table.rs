//! `CHECKS.md` names tests: all of them have to be there, and every row has one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code outside of test functions")]

use std::collections::{BTreeMap, BTreeSet};
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

/// Whether it is a command of the repository's own tool.
fn is_task(word: &str) -> bool {
    let Some(task) = word.strip_prefix("cargo xtask ") else { return false };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../xtask/src/{task}.rs")).is_file()
}

#[test]
fn every_row_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = tests_by_module(root);
    let (mut checks, mut cases, mut items) = (0, 0, BTreeSet::new());
    for line in include_str!("../CHECKS.md").lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (row, cell) = (cells[0], *cells.last().unwrap());
        if ["#", "item"].contains(&row) {
            continue;
        }
        match cells.len() {
            4 => checks += 1,
            3 => {
                cases += 1;
                items.extend(row.parse::<u32>());
            }
            _ => panic!("{line}"),
        }
        if cells.len() == 4 {
            assert_eq!(row, checks.to_string(), "the checks are numbered without holes");
        }
        let mut named = 0;
        for word in cell.split('`').skip(1).step_by(2) {
            let exists = match word.split_once('/') {
                _ if is_task(word) => true,
                Some((krate, word)) => is_test(&tests_by_module(&root.join("..").join(krate)), word),
                None => is_test(&own, word),
            };
            assert!(exists, "{line}: there is no test {word}");
            named += 1;
        }
        // What is left out by design says so in words.
        assert!(named > 0 || cell.starts_with("nothing") || cell == "the same", "{line}: no test");
    }
    assert_eq!((checks, cases > 45), (44, true));
    assert!(items.into_iter().eq(1..=12), "each item of the list has a case");
}
