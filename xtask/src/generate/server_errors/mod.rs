//! Which errors the embedded server gives to which method, found in its sources: `server_errors.tsv` of
//! `chappe-reference`.
//!
//! From the handler of a method on, every function that is called is followed, and the names of errors in it are
//! collected. Of those, the ones count that the method may give by `schema/methods.tsv`, and by
//! `schema/unlisted_errors.tsv`, which a test of the server reads, too. Names that only the executor gives, before any
//! handler, stand under `*`, and so do those of the session below it. Calls of methods on values are followed to
//! everything of that name that takes as much, so a name may be found that the server does not come to; a test holds that
//! none is missed altogether.

mod source;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use source::{Call, Function, Names, Sources};

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
    let read = |name: &str| std::fs::read_to_string(root.join("schema").join(name));
    let mut listed = listed(&read("methods.tsv")?);
    let unlisted = unlisted(&read("unlisted_errors.tsv")?);
    let anywhere = unlisted.get("*").cloned().unwrap_or_default();
    for (method, errors) in &mut listed {
        errors.extend(anywhere.iter().chain(unlisted.get(method).into_iter().flatten()).cloned());
    }
    let index = Index::new(&sources);

    let executor = |it: &Function| COMMON.iter().any(|modules| it.modules == *modules);
    let begin = sources.functions.iter().filter(|it| it.modules == COMMON[0]);
    let common = reached(&index, begin.collect(), &executor);
    let mut common: BTreeSet<String> = common.iter().flat_map(|names| names.all.clone()).collect();
    let session = source::read(&root.join("crates/chappe-mtproto/src/session/server"))?;
    let names = session.functions.iter().flat_map(|function| &function.names);
    common.extend(names.flat_map(|names| names.all.clone()));

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
        let errors = found.iter().filter_map(|names| names.given(known));
        rows.insert(name.clone(), errors.filter(|error| !common.contains(error)).collect());
    }
    rows.insert("*".to_owned(), common);

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

/// The errors of methods by `schema/unlisted_errors.tsv`; `*` is any method.
fn unlisted(table: &str) -> BTreeMap<String, HashSet<String>> {
    let mut errors: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let mut columns = line.split('\t');
        if let (Some(method), Some(error)) = (columns.next(), columns.nth(1)) {
            errors.entry(method.to_owned()).or_default().insert(error.to_owned());
        }
    }
    errors
}

/// The names in everything that is reached. What stands in an arm of a `match` for one variant counts only if
/// something that is reached makes that variant; the variants of a query are its caller's.
fn reached<'a>(
    index: &Index<'a>,
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
            open.extend(index.called(call, function).into_iter().filter(|it| within(it)));
        }
    }
    let made: HashSet<&String> = seen.iter().flat_map(|function| &function.makes).collect();
    let all = seen.iter().flat_map(|function| &function.names);
    let reachable = |names: &&Names| {
        let variant = names.variant.as_ref().filter(|(name, _)| index.sources.enums.contains(name));
        variant.is_none_or(|(_, variant)| made.contains(variant))
    };
    all.filter(reachable).cloned().collect()
}

/// Finds functions by what calls them.
struct Index<'a> {
    sources: &'a Sources,
    functions: HashMap<&'a str, Vec<&'a Function>>,
}

impl<'a> Index<'a> {
    fn new(sources: &'a Sources) -> Self {
        let mut functions: HashMap<&str, Vec<&Function>> = HashMap::new();
        for function in &sources.functions {
            functions.entry(&function.name).or_default().push(function);
        }
        Self { sources, functions }
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &'a Function> {
        self.functions.get(name).into_iter().flatten().copied()
    }

    /// What a call in `caller` may mean.
    fn called(&self, call: &Call, caller: &Function) -> Vec<&'a Function> {
        match call {
            Call::Path(path) => self.at(path, caller),
            Call::Method { name, gives, on } => {
                let fits = |it: &&Function| it.owner.is_some() && gives.is_none_or(|gives| gives == it.takes);
                let all: Vec<_> = self.named(name).filter(fits).collect();
                // Values are called after their types, where there is one of them: `store` is the Store.
                let owner = match on.as_deref() {
                    Some("self") => caller.owner.clone(),
                    on => on.map(chappe_tl::rust_names::pascal),
                };
                let own: Vec<_> =
                    all.iter().filter(|it| owner.is_some() && it.owner == owner).copied().collect();
                if own.is_empty() { all } else { own }
            }
        }
    }

    /// The functions at a path as it is written in `caller`.
    fn at(&self, path: &[String], caller: &Function) -> Vec<&'a Function> {
        let Some((name, before)) = path.split_last() else { return Vec::new() };
        if before.last().is_some_and(|last| last == "Self") {
            return self.named(name).filter(|it| it.owner.is_some() && it.owner == caller.owner).collect();
        }
        let Some(path) = self.absolute(&caller.modules, path, 0) else { return Vec::new() };
        let Some((name, before)) = path.split_last() else { return Vec::new() };
        let of_type = |it: &&Function| before.last().is_some() && it.owner.as_ref() == before.last();
        let free = |it: &&Function| it.owner.is_none() && it.modules == before;
        self.named(name).filter(|it| free(it) || of_type(it)).collect()
    }

    /// A path from the top of the crate, with everything that is brought in or handed on in its place; `None` if it leads
    /// out of the crate.
    fn absolute(&self, module: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        // `use` may lead to `use`, but not for ever.
        if depth > 16 {
            return None;
        }
        let (first, rest) = path.split_first()?;
        match &**first {
            "crate" => return self.handed_on(rest.to_vec(), depth),
            "self" => return self.handed_on([module, rest].concat(), depth),
            "super" => {
                let (_, above) = module.split_last()?;
                return match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(above, rest, depth),
                    _ => self.handed_on([above, rest].concat(), depth),
                };
            }
            _ => {}
        }
        if let Some(imported) = self.sources.imports.get(module).and_then(|imports| imports.get(first)) {
            // A name that brings in itself comes from another crate.
            let to = if imported.first() == Some(first) {
                self.child(module, imported)?
            } else {
                imported.clone()
            };
            let base = self.absolute(module, &to, depth + 1)?;
            return self.handed_on([&*base, rest].concat(), depth + 1);
        }
        // A module below, or what stands in this one.
        let here = [module, path].concat();
        (rest.is_empty() || self.child(module, path).is_some() || rest.len() == 1).then_some(here)
    }

    /// The path with `self` before it, if it begins with a module below this one.
    fn child(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let below = [module, path.get(..1)?].concat();
        let with_self = || [&["self".to_owned()][..], path].concat();
        self.sources.modules.contains(&below).then(with_self)
    }

    /// Follows what modules hand on: `media::resolve` is `media::input::resolve`.
    fn handed_on(&self, path: Vec<String>, depth: usize) -> Option<Vec<String>> {
        for end in (0..path.len()).rev() {
            let (module, rest) = path.split_at(end);
            if !self.sources.modules.contains(module) {
                continue;
            }
            let name = rest.first()?;
            let is_module = self.sources.modules.contains(path.get(..=end).unwrap_or_default());
            let imported = self.sources.imports.get(module).and_then(|imports| imports.get(name));
            if let Some(imported) = imported.filter(|_| !is_module) {
                let to = self.child(module, imported).unwrap_or_else(|| imported.clone());
                let base = self.absolute(module, &to, depth + 1)?;
                return Some([&*base, rest.get(1..).unwrap_or_default()].concat());
            }
            return Some(path);
        }
        Some(path)
    }
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
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;

    /// What is not given to a client, though it looks like it.
    const NO_ERRORS: [&str; 3] = [
        // An account that the world itself calls for, by a method that there is not.
        "INPUT_METHOD_INVALID_%d",
        // Of an empty list of names.
        "INPUT_REQUEST_INVALID",
        // Methods that may give it may also give USER_IS_BOT, which comes first.
        "USER_BOT_TO_BOT_DISABLED",
    ];

    fn the_table() -> &'static str {
        static TABLE: OnceLock<String> = OnceLock::new();
        TABLE.get_or_init(|| table(&crate::workspace_root()).unwrap())
    }

    #[test]
    fn every_error_in_the_sources_of_the_server_is_given_to_some_method() {
        let root = crate::workspace_root();
        let table = the_table();
        let given: HashSet<&str> = table
            .lines()
            .skip(1)
            .filter_map(|row| row.split_once('\t'))
            .flat_map(|(_, it)| it.split(','))
            .collect();
        let sources = source::read(&root.join("crates/chappe-server/src")).unwrap();
        let missed: BTreeSet<&String> = sources
            .all_names
            .iter()
            .filter(|name| !given.contains(&***name) && !NO_ERRORS.contains(&&***name))
            .collect();
        assert!(missed.is_empty(), "not found from any handler: {missed:?}");
    }

    #[test]
    fn every_unlisted_error_is_found_where_it_is_said_to_be() {
        let root = crate::workspace_root();
        let table = the_table();
        let row = |method: &str| table.lines().find_map(|row| row.strip_prefix(method)?.strip_prefix('\t'));
        let unlisted = std::fs::read_to_string(root.join("schema/unlisted_errors.tsv")).unwrap();
        let mut missed = Vec::new();
        for (method, errors) in super::unlisted(&unlisted).into_iter().filter(|(method, _)| method != "*") {
            let found: Vec<_> = row(&method).unwrap_or_default().split(',').collect();
            let errors = errors.into_iter().filter(|error| !found.contains(&&**error));
            missed.extend(errors.map(|error| format!("{method}: {error}")));
        }
        assert!(missed.is_empty(), "not found in the sources: {missed:?}");
    }
}
