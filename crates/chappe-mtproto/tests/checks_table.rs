//! `CHECKS.md` names files and tests: all of them have to be there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_check_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rows = BTreeSet::new();
    for line in include_str!("../CHECKS.md").lines() {
        let mut cells = line.split('|').map(str::trim);
        let Some(row) = cells.nth(1).filter(|cell| cell.len() == 3 && cell.starts_with(['C', 'S'])) else {
            continue;
        };
        assert!(rows.insert(row), "{row} comes twice");
        let cells: Vec<&str> = cells.collect();
        assert!(root.join(cells[2].trim_matches('`')).is_file(), "{row}: {}", cells[2]);
        let (mut file, mut tests) = (None, 0);
        for word in cells[3].split('`').skip(1).step_by(2) {
            if word.ends_with(".rs") {
                file = Some(std::fs::read_to_string(root.join(word)).expect(word));
            } else {
                let text = file.as_ref().expect("a file comes before its tests");
                assert!(text.contains(&format!("fn {word}(")), "{row}: there is no test {word}");
                tests += 1;
            }
        }
        assert!(tests > 0, "{row} has no test");
    }
    // C30, C31, C34, C36 and S20 to S23, S28 belong to other crates.
    assert_eq!(rows.iter().filter(|row| row.starts_with('C')).count(), 32);
    assert_eq!(rows.iter().filter(|row| row.starts_with('S')).count(), 25);
}
