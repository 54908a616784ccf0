//! The tables of `schema/`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chappe_tl::parse::{Definition, parse};

use super::{Callers, Layers, MethodError, ModelError, Shape};

const ERRORS: &str = include_str!("../../../../schema/errors.tsv");
const HISTORY: &str = include_str!("../../../../schema/history.tl");
const LAYERS: &str = include_str!("../../../../schema/layers.tsv");
/// What the embedded server refuses with, found in its sources by `cargo xtask generate`.
const SERVER_ERRORS: &str = include_str!("server_errors.tsv");
const UNLISTED_ERRORS: &str = include_str!("../../../../schema/unlisted_errors.tsv");
const METHODS: &str = include_str!("../../../../schema/methods.tsv");

/// What `methods.tsv` says of a method.
pub(super) struct MethodFacts {
    pub(super) callers: Callers,
    pub(super) errors: Vec<MethodError>,
}

/// The rows of a table after its head, with their line numbers.
fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    text.lines().enumerate().skip(1).map(|(index, line)| (index + 1, line.split('\t').collect()))
}

fn bad_row(file: &'static str, line: usize, reason: &str) -> ModelError {
    ModelError::Table { file, line, reason: reason.to_owned() }
}

/// The codes of all errors by name.
pub(super) fn errors() -> Result<BTreeMap<String, Vec<i32>>, ModelError> {
    let mut errors: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (line, row) in rows(ERRORS) {
        let [code, name] = row[..] else {
            return Err(bad_row("errors.tsv", line, "a row has a code and a name"));
        };
        let code = code.parse().map_err(|_| bad_row("errors.tsv", line, "the code is no number"))?;
        errors.entry(name.to_owned()).or_default().push(code);
    }
    Ok(errors)
}

/// Who may call which method, and its errors.
pub(super) fn methods() -> Result<HashMap<String, MethodFacts>, ModelError> {
    const FILE: &str = "methods.tsv";
    let mut methods = HashMap::new();
    for (line, row) in rows(METHODS) {
        let [name, callers, listed] = row[..] else {
            return Err(bad_row(FILE, line, "a row has a method, who may call it, and errors"));
        };
        let callers = match callers {
            "user" => Callers::Users,
            "bot" => Callers::Bots,
            "both" => Callers::Both,
            _ => return Err(bad_row(FILE, line, "who may call it is `user`, `bot` or `both`")),
        };
        let mut errors = Vec::new();
        for error in listed.split(',').filter(|error| !error.is_empty()) {
            let (code, name) = error.split_once(' ').unwrap_or_default();
            let code = code.parse().map_err(|_| bad_row(FILE, line, "an error is a code and a name"))?;
            errors.push(MethodError { code, name: name.to_owned() });
        }
        methods.insert(name.to_owned(), MethodFacts { callers, errors });
    }
    Ok(methods)
}

/// The errors that the embedded server gives of its own accord, by method; `*` stands for any method.
pub(super) fn server_errors() -> Result<HashMap<String, HashSet<String>>, ModelError> {
    let mut errors: HashMap<String, HashSet<String>> = HashMap::new();
    for (line, row) in rows(SERVER_ERRORS) {
        let [method, names] = row[..] else {
            return Err(bad_row("server_errors.tsv", line, "a row has a method and its errors"));
        };
        errors.entry(method.to_owned()).or_default().extend(names.split(',').map(str::to_owned));
    }
    Ok(errors)
}

/// Codes by method and name; `*` is any method.
pub(super) type Unlisted = BTreeMap<String, BTreeMap<String, i32>>;

/// The errors that the embedded server gives beyond `methods.tsv`.
pub(super) fn unlisted_errors() -> Result<Unlisted, ModelError> {
    const FILE: &str = "unlisted_errors.tsv";
    let mut errors = Unlisted::new();
    for (line, row) in rows(UNLISTED_ERRORS) {
        let [method, code, name, _] = row[..] else {
            return Err(bad_row(FILE, line, "a row has a method, a code, a name and a reason"));
        };
        let code = code.parse().map_err(|_| bad_row(FILE, line, "the code is no number"))?;
        errors.entry(method.to_owned()).or_default().insert(name.to_owned(), code);
    }
    Ok(errors)
}

/// The layers of what is in the newest one and was not in all observed ones, by id.
pub(super) fn layers() -> Result<HashMap<u32, Layers>, ModelError> {
    const FILE: &str = "layers.tsv";
    let mut layers = HashMap::new();
    for (line, row) in rows(LAYERS) {
        let [ranges, id, _] = row[..] else {
            return Err(bad_row(FILE, line, "a row has layers, an id and a name"));
        };
        let ranges =
            Layers::parse(ranges).ok_or_else(|| bad_row(FILE, line, "layers are written 158-232"))?;
        let id = u32::from_str_radix(id, 16).map_err(|_| bad_row(FILE, line, "the id is not hexadecimal"))?;
        layers.insert(id, ranges);
    }
    Ok(layers)
}

/// Older shapes by name, each with its layers.
pub(super) fn history() -> Result<HashMap<String, Vec<Shape>>, ModelError> {
    const FILE: &str = "history.tl";
    let schema = |source| ModelError::Schema { file: FILE, source };
    let lines: Vec<&str> = HISTORY.lines().collect();
    let mut shapes: HashMap<String, Vec<Shape>> = HashMap::new();
    for definition in parse(HISTORY).map_err(schema)? {
        let ranges = lines.get(definition.line.saturating_sub(1)).and_then(|line| line.rsplit_once("; // "));
        let layers = ranges.and_then(|(_, ranges)| Layers::parse(ranges.trim()));
        let layers =
            layers.ok_or_else(|| bad_row(FILE, definition.line, "layers are written `// 158-232`"))?;
        let definition: Arc<Definition> = Arc::new(definition);
        shapes.entry(definition.name.clone()).or_default().push(Shape { definition, layers, section: None });
    }
    for shapes in shapes.values_mut() {
        shapes.sort_by_key(|shape| (shape.layers.first(), shape.layers.last()));
    }
    Ok(shapes)
}
