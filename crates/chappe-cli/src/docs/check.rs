//! `chappe docs check`

use std::fmt::Write as _;

use chappe_reference::check::Check;

use super::{CheckArgs, Library};
use crate::failure::Failure;
use crate::output;

/// Prints the tables. Wrong words are an error.
pub(super) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let library = Library::read(&args.words)?;
    let check = Check::new(&library.catalogue());
    if args.json {
        output::line(serde_json::to_string_pretty(&check)?)?;
    } else {
        output::line(tables(&check, args.list)?.trim_end())?;
    }
    for problem in &library.problems {
        output::line(problem)?;
    }
    match library.problems.len() {
        0 => Ok(()),
        1 => Err(Failure::usage("one thing in the words is wrong, named above")),
        many => Err(Failure::usage(format!("{many} things in the words are wrong, named above"))),
    }
}

fn tables(check: &Check, list: bool) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{:<26}{:>8}{:>10}{:>10}", "words", "all", "written", "missing")?;
    for row in &check.words {
        writeln!(text, "{:<26}{:>8}{:>10}{:>10}", row.what, row.all, row.written, row.missing.len())?;
    }
    writeln!(text, "\n{:<26}{:>8}{:>10}{:>10}{:>10}", "examples", "run", "compiled", "not run", "none")?;
    for row in &check.examples {
        let (not_run, none) = (row.not_run.len(), row.none.len());
        writeln!(text, "{:<26}{:>8}{:>10}{:>10}{:>10}", row.language, row.run, row.compiled, not_run, none)?;
    }
    writeln!(text, "\nmethods whose call is not shown in bytes: {}", check.without_bytes.len())?;
    if list {
        for row in check.words.iter().filter(|row| !row.missing.is_empty()) {
            writeln!(text, "\n{} without words:\n  {}", row.what, row.missing.join("\n  "))?;
        }
        for row in check.examples.iter().filter(|row| !row.not_run.is_empty()) {
            writeln!(text, "\n{} not run:", row.language)?;
            for (method, because) in &row.not_run {
                writeln!(text, "  {method}: {because}")?;
            }
        }
        if !check.without_bytes.is_empty() {
            writeln!(text, "\nnot shown in bytes:\n  {}", check.without_bytes.join("\n  "))?;
        }
    }
    Ok(text)
}
