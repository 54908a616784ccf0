//! Which examples are run, by the list that `cargo xtask examples` holds to be true.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Language, Run};
use crate::model::Method;

/// A line for each method: its name, the languages whose examples are run, and `ok` or the error that is the answer.
const RUNS_TSV: &str = include_str!("../../data/runs.tsv");

fn list() -> &'static HashMap<&'static str, (&'static str, &'static str)> {
    static LIST: OnceLock<HashMap<&str, (&str, &str)>> = OnceLock::new();
    LIST.get_or_init(|| {
        let lines = RUNS_TSV.lines().filter_map(|line| {
            let (method, rest) = line.split_once('\t')?;
            Some((method, rest.split_once('\t')?))
        });
        lines.collect()
    })
}

/// What CI does with an example.
pub(super) fn of(method: &Method, language: Language) -> Run {
    let run = list().get(method.name());
    match run.filter(|(languages, _)| languages.split(',').any(|one| one == language.fence())) {
        Some((_, "ok")) => Run::InCi,
        Some((_, error)) => {
            let because = super::expected_error(method).map_or("", |(_, because)| because);
            Run::Refused { error: (*error).to_owned(), because: because.to_owned() }
        }
        None if method.served => Run::CompiledOnly,
        None => Run::CannotRun { because: "the embedded server does not implement the method".to_owned() },
    }
}
