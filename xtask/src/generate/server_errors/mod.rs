//! Which errors the embedded server gives to which method, found in its sources: `server_errors.tsv` of
//! `chappe-reference`.
//!
//! From the handler of a method on, every function that is called is followed by its name, and the names of errors in it
//! are collected. Of those, the ones count that the method may give by `schema/methods.tsv`; names that only the
//! executor gives, before any handler, stand under `*`. Calls of methods on values are followed to everything of that
//! name, so a name may be found that the server does not come to; none is missed that is written out.

mod source;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use source::{Call, Function, Names};

use crate::Result;

/// The file, seen from `crates/chappe-reference`.
pub(super) const FILE: &str = "src/model/server_errors.tsv";

/// The modules in which a call is on its way to its handler.
const COMMON: [&[&str]; 4] =
    [&["session", "executor"], &["edge"], &["methods", "errors"], &["methods", "table"]];

/// The table.
///
/// # Errors
/// A source of the server cannot be read, or a handler in its tables is not found.
pub(super) fn table(root: &Path) -> Result<String> {
    let sources = source::read(&root.join("crates/chappe-server/src"))?;
    let listed = listed(&std::fs::read_to_string(root.join("schema/methods.tsv"))?);
    let mut index: HashMap<&str, Vec<&Function>> = HashMap::new();
    for function in &sources.functions {
        index.entry(&function.name).or_default().push(function);
    }
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (query, handler) in &sources.handlers {
        let plain = query.replace('_', "").to_lowercase();
        let name = listed.keys().find(|name| name.replace(['.', '_'], "").to_lowercase() == plain);
        let Some((name, known)) = name.and_then(|name| listed.get_key_value(name)) else { continue };
        let begin: Vec<_> = sources.functions.iter().filter(|it| it.is_named(handler)).collect();
        if begin.is_empty() {
            return Err(format!("the handler {handler:?} of {name} is not found").into());
        }
        let found = reached(&index, begin, &|_| true);
        let errors: BTreeSet<String> = found.iter().filter_map(|names| names.given(known)).collect();
        rows.insert(name.clone(), errors);
    }
    // What is checked for every call: the function that also knows of methods which are not implemented, and what
    // stands beside it.
    let executor = |it: &Function| COMMON.iter().any(|modules| it.modules == *modules);
    let begin = sources.functions.iter().filter(|it| executor(it) && it.has("METHOD_NOT_IMPLEMENTED"));
    let common = reached(&index, begin.collect(), &executor);
    rows.insert("*".to_owned(), common.iter().flat_map(|names| names.all.clone()).collect());

    let mut text = String::from("method\terrors\n");
    for (method, errors) in rows.iter().filter(|(_, errors)| !errors.is_empty()) {
        let errors: Vec<_> = errors.iter().map(String::as_str).collect();
        writeln!(text, "{method}\t{}", errors.join(","))?;
    }
    Ok(text)
}

/// The errors of methods by `schema/methods.tsv`.
fn listed(table: &str) -> BTreeMap<String, HashSet<String>> {
    let row = |line: &str| {
        let mut columns = line.split('\t');
        let (name, errors) = (columns.next()?, columns.nth(1)?);
        let errors = errors.split(',').filter_map(|error| error.split_once(' '));
        Some((name.to_owned(), errors.map(|(_, error)| error.to_owned()).collect()))
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// The names in everything that is reached. What stands in an arm of a `match` for one variant counts only if
/// something that is reached makes that variant.
fn reached<'a>(
    index: &HashMap<&str, Vec<&'a Function>>,
    begin: Vec<&'a Function>,
    within: &dyn Fn(&Function) -> bool,
) -> Vec<Names> {
    let (mut seen, mut known): (Vec<&Function>, HashSet<*const Function>) = (Vec::new(), HashSet::new());
    let mut open = begin;
    while let Some(function) = open.pop() {
        if !known.insert(std::ptr::from_ref(function)) {
            continue;
        }
        seen.push(function);
        for call in &function.calls {
            let named = index.get(&*call.name).map(Vec::as_slice).unwrap_or_default();
            open.extend(named.iter().filter(|it| it.answers(call, function) && within(it)));
        }
    }
    let made: HashSet<&String> = seen.iter().flat_map(|function| &function.makes).collect();
    let all = seen.iter().flat_map(|function| &function.names);
    let reachable = |names: &&Names| names.variant.as_ref().is_none_or(|variant| made.contains(variant));
    all.filter(reachable).cloned().collect()
}

impl Names {
    /// The error that a method with these possible errors gets: of several names the first that it may give.
    fn given(&self, known: &HashSet<String>) -> Option<String> {
        self.all.iter().find(|name| known.contains(*name)).cloned()
    }
}

impl Function {
    /// Whether this is the function at a path such as `messages::send_message::handle`.
    fn is_named(&self, path: &[String]) -> bool {
        path.split_last().is_some_and(|(name, modules)| *name == self.name && self.modules.ends_with(modules))
    }

    fn has(&self, error: &str) -> bool {
        self.names.iter().any(|names| names.all.iter().any(|name| name == error))
    }

    /// Whether a call in `caller` may mean this function.
    fn answers(&self, call: &Call, caller: &Self) -> bool {
        if call.is_method {
            return self.owner.is_some();
        }
        match &*call.qualifier {
            "Self" => self.owner.is_some() && self.owner == caller.owner,
            "self" => self.owner.is_none() && self.modules == caller.modules,
            "super" | "crate" => self.owner.is_none() && caller.modules.starts_with(&self.modules),
            name => {
                self.owner.as_deref() == Some(name)
                    || self.modules.last().is_some_and(|module| module == name)
            }
        }
    }
}
