//! `chappe docs check`

use std::fmt::{Display, Write as _};

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
    let line = |what: &str, cells: [&dyn Display; 5]| {
        let cells: String = cells.iter().map(|cell| format!("{:>12}", cell.to_string())).collect();
        format!("{what:<22}{cells}")
    };
    let head = line("examples", [&"compiled", &"run", &"refused", &"not run", &"no example"]);
    writeln!(text, "\n{head}")?;
    for row in &check.examples {
        let counts = [row.compiled, row.run, row.refused.len(), row.not_run.len(), row.none.len()];
        let [compiled, run, refused, not_run, none] = &counts;
        writeln!(text, "{}", line(row.language, [compiled, run, refused, not_run, none]))?;
    }
    writeln!(
        text,
        "\ncompiled: all that CI compiles or checks; run: with a result of the embedded server; refused: run, and the \
         answer is the error that the page names"
    )?;
    writeln!(text, "\nprograms in guides, compiled or run: {}", check.guide_programs)?;
    writeln!(text, "methods whose call is not shown in bytes: {}", check.without_bytes.len())?;
    if list {
        for row in check.words.iter().filter(|row| !row.missing.is_empty()) {
            writeln!(text, "\n{} without words:\n  {}", row.what, row.missing.join("\n  "))?;
        }
        for row in &check.examples {
            for (what, methods) in
                [("refused", &row.refused), ("not run", &row.not_run), ("no example", &row.none)]
            {
                if !methods.is_empty() {
                    writeln!(text, "\n{}, {what}:", row.language)?;
                }
                for (method, because) in methods {
                    writeln!(text, "  {method}: {because}")?;
                }
            }
        }
        if !check.without_bytes.is_empty() {
            writeln!(text, "\nnot shown in bytes:\n  {}", check.without_bytes.join("\n  "))?;
        }
    }
    Ok(text)
}
