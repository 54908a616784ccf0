//! The table of what the library does (`docs/client.md`) is true: what it names is there.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_row_names_documentation_and_tests_that_exist() {
    let docs = root().join("docs");
    let page = std::fs::read_to_string(docs.join("client.md")).unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
    let mut missing = Vec::new();
    let rows = page.lines().filter(|line| line.starts_with('|')).skip(2);
    let mut count = 0;
    for row in rows {
        count += 1;
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, what, documentation, shown_by] = cells[..] else { panic!("{row}") };
        for link in documentation.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !docs.join(link).is_file() {
                missing.push(format!("{what}: {link}"));
            }
        }
        let named: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() && documentation.contains("]("), "{row}");
        for name in named.into_iter().filter(|name| !name.starts_with("cargo ")) {
            let (module, test) = name.split_once("::").unwrap_or_else(|| panic!("{name}: MODULE::TEST"));
            let text = std::fs::read_to_string(tests.join(format!("{module}.rs"))).unwrap_or_default();
            if !text.contains(&format!("fn {test}()")) {
                missing.push(format!("{what}: {name}"));
            }
        }
    }
    assert!(count > 40, "{count} rows");
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_examples_that_it_names_are_there() {
    let page = std::fs::read_to_string(root().join("docs/client.md")).unwrap();
    let line = page.lines().find(|line| line.starts_with("`examples/`")).unwrap();
    for name in line.split('`').skip(3).step_by(2) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}.rs"));
        assert!(file.is_file(), "{name}");
    }
}
