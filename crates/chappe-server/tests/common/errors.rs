//! Holds every error that a test meets against `schema/methods.tsv` and `schema/unlisted_errors.tsv`, so that clients
//! are never told what no client expects.

use std::collections::HashMap;
use std::sync::OnceLock;

use chappe_mtproto::rpc::RpcError;

const METHODS: &str = include_str!("../../../../schema/methods.tsv");

/// What the list leaves out, with the reason: method, code, name, reason; `*` is any method.
const UNLISTED: &str = include_str!("../../../../schema/unlisted_errors.tsv");

fn methods() -> &'static HashMap<u32, (&'static str, Vec<&'static str>)> {
    static LISTED: OnceLock<HashMap<u32, (&'static str, Vec<&'static str>)>> = OnceLock::new();
    LISTED.get_or_init(|| {
        let errors: HashMap<&str, Vec<&str>> = METHODS
            .lines()
            .map(|line| {
                let mut columns = line.split('\t');
                let name = columns.next().unwrap_or("");
                (name, columns.nth(1).unwrap_or("").split(',').filter(|error| !error.is_empty()).collect())
            })
            .collect();
        let functions = chappe_api::API_TL.split("---functions---").nth(1).unwrap_or("");
        functions
            .lines()
            .filter_map(|line| {
                let (name, id) = line.split(' ').next()?.split_once('#')?;
                let listed = errors.get(name).cloned().unwrap_or_default();
                Some((u32::from_str_radix(id, 16).ok()?, (name, listed)))
            })
            .collect()
    })
}

/// Whether `error` is an instance of `pattern`, in which `%d` stands for digits.
fn is_instance(pattern: &str, error: &str) -> bool {
    let Some((before, after)) = pattern.split_once("%d") else { return pattern == error };
    let number = error.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Panics if the method with this id may not give this error.
pub fn assert_listed(method: u32, error: &RpcError) {
    let Some((name, listed)) = methods().get(&method) else { return };
    let error = format!("{} {}", error.code, error.text());
    let unlisted = UNLISTED.lines().filter_map(|row| {
        let [method, code, name, _] = row.split('\t').collect::<Vec<_>>()[..] else { return None };
        Some((method, format!("{code} {name}")))
    });
    let unlisted = unlisted.filter(|(method, _)| *method == "*" || method == name).map(|(_, error)| error);
    let known = listed.iter().map(|error| (*error).to_owned()).chain(unlisted);
    let mut known = known.filter(|pattern| is_instance(pattern, &error));
    assert!(
        known.next().is_some(),
        "{name} gave {error}, which neither schema/methods.tsv nor schema/unlisted_errors.tsv has for it"
    );
}

#[test]
fn patterns_match_numbers_only() {
    assert!(is_instance("400 FILE_PART_%d_MISSING", "400 FILE_PART_17_MISSING"));
    assert!(!is_instance("400 FILE_PART_%d_MISSING", "400 FILE_PART__MISSING"));
    assert!(!is_instance("400 FILE_PART_%d_MISSING", "400 FILE_PART_X_MISSING"));
    assert!(is_instance("400 CHAT_ID_INVALID", "400 CHAT_ID_INVALID"));
}
