//! The table of what the library does (`docs/client.md`) is true: what it names is there and public.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether a file has the item of this path, and it can be reached from outside: a module, a type, or a method of one.
/// `chappe-web` stands for a crate.
fn is_public(path: &str, file: &Path) -> bool {
    let source = root().join("crates/chappe/src");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let (modules, items): (Vec<&str>, Vec<&str>) =
        path.split("::").partition(|part| part.starts_with(|c: char| c.is_ascii_lowercase()));
    let (modules, method) = match (&modules[..], &items[..]) {
        // A method is written like a module, behind its type.
        ([modules @ .., method], [_]) if path.ends_with(method) => (modules, Some(*method)),
        (modules, _) => (modules, None),
    };
    if path == "chappe-web" {
        return file.ends_with("crates/chappe-web/src/lib.rs") && !text.is_empty();
    }
    // Down to the module that the item is taken from.
    let mut place = source.join("lib.rs");
    for module in modules {
        if !std::fs::read_to_string(&place).unwrap().contains(&format!("pub mod {module};")) {
            return false;
        }
        let folder = place.parent().unwrap();
        let inner = [folder.join(module).join("mod.rs"), folder.join(format!("{module}.rs"))];
        place = inner.into_iter().find(|file| file.is_file()).unwrap();
    }
    let Some(item) = items.first() else {
        return std::fs::canonicalize(file).ok() == place.canonicalize().ok();
    };
    let exported = std::fs::read_to_string(&place).unwrap().split("pub use ").skip(1).any(|rest| {
        let names = rest.split(';').next().unwrap_or_default();
        names.split(|c: char| !c.is_alphanumeric()).any(|name| name == *item)
    });
    let starts = |text: &str, begin: &str| {
        text.match_indices(begin).any(|(at, _)| !text[at + begin.len()..].starts_with(char::is_alphanumeric))
    };
    let defined = match method {
        None => ["struct", "enum", "trait"].iter().any(|kind| starts(&text, &format!("pub {kind} {item}"))),
        Some(method) => {
            starts(&text, &format!("impl {item}"))
                && ["fn", "async fn"].iter().any(|kind| starts(&text, &format!("pub {kind} {method}")))
        }
    };
    exported && defined
}

/// Whether the text has a test of this name, and it is run.
fn is_test(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}()")) else { return false };
    let attributes = before.split('\n').rev().skip(1).take_while(|line| line.starts_with(['#', '/']));
    let attributes: Vec<_> = attributes.collect();
    attributes.iter().any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"))
        && !attributes.iter().any(|line| line.starts_with("#[ignore"))
}

#[test]
fn the_check_itself_tells_right_from_wrong() {
    let source = root().join("crates/chappe/src");
    for (path, file, right) in [
        ("files", "files/mod.rs", true),
        ("files::Download", "files/download.rs", true),
        ("files::Download::chunks", "files/download.rs", true),
        ("Client::start", "login/start.rs", true),
        ("InvokeOptions", "call.rs", true),
        // Private, in another place, or not there.
        ("call", "call.rs", false),
        ("login::qr", "login/qr.rs", false),
        ("files", "files/download.rs", false),
        ("files::Pieces", "files/pieces.rs", false),
        ("Download", "files/download.rs", false),
        ("Client::star", "login/start.rs", false),
        ("Client::policy", "client.rs", false),
        ("Nothing", "call.rs", false),
    ] {
        assert_eq!(is_public(path, &source.join(file)), right, "{path} in {file}");
    }
    let text = "#[tokio::test]\nasync fn one() {}\n\n#[test]\n#[ignore]\nfn two() {}\n\nfn three() {}\n";
    assert_eq!(["one", "two", "three", "four"].map(|name| is_test(text, name)), [true, false, false, false]);
}

#[test]
fn every_row_names_documentation_and_tests_that_exist() {
    let docs = root().join("docs");
    let page = std::fs::read_to_string(docs.join("client.md")).unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
    let modules = std::fs::read_to_string(tests.join("main.rs")).unwrap();
    let mut missing = Vec::new();
    let rows = page.lines().filter(|line| line.starts_with('|')).skip(2);
    let mut count = 0;
    for row in rows {
        count += 1;
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, what, documentation, shown_by] = cells[..] else { panic!("{row}") };
        for link in documentation.split("[`").skip(1) {
            let (path, rest) = link.split_once("`](").unwrap_or_else(|| panic!("{row}"));
            let file = rest.split(')').next().unwrap_or_default();
            if !is_public(path, &docs.join(file)) {
                missing.push(format!("{what}: {path} in {file}"));
            }
        }
        let named: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() && documentation.contains("]("), "{row}");
        for name in named.into_iter().filter(|name| !name.starts_with("cargo ")) {
            let (module, test) = name.split_once("::").unwrap_or_else(|| panic!("{name}: MODULE::TEST"));
            let text = std::fs::read_to_string(tests.join(format!("{module}.rs"))).unwrap_or_default();
            if !modules.contains(&format!("mod {module};")) || !is_test(&text, test) {
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
