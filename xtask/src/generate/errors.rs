//! The errors of the API as one enum, with what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::Result;

/// One name of `errors.tsv`.
struct Known {
    /// As in the table: `%d` stands for a number.
    pattern: String,
    variant: String,
    /// How many numbers it has.
    arguments: usize,
    codes: BTreeSet<i32>,
    cause: String,
    cure: String,
}

/// `errors.rs`, from the table of names and the texts.
pub(super) fn file(table: &str, texts: &str) -> Result<String> {
    let known = read(table, texts)?;
    let mut out = String::from(HEAD);
    for error in &known {
        let codes: Vec<String> = error.codes.iter().map(i32::to_string).collect();
        let payload = match error.arguments {
            0 => "",
            1 => "(i64)",
            _ => "(i64, i64)",
        };
        let Known { pattern, variant, cause, cure, .. } = error;
        let _ = writeln!(
            out,
            "/// `{pattern}` ({}). {} {}\n{variant}{payload},",
            codes.join(", "),
            doc(cause),
            doc(cure)
        );
    }
    out.push_str("}\n\nimpl KnownError {\n/// Where it stands in the table.\npub(crate) fn index(self) -> usize { match self {\n");
    for (index, error) in known.iter().enumerate() {
        let payload = if error.arguments > 0 { "(..)" } else { "" };
        let _ = writeln!(out, "Self::{}{payload} => {index},", error.variant);
    }
    out.push_str("} }\n\n/// Its numbers.\npub(crate) fn numbers(self) -> [Option<i64>; 2] { match self {\n");
    for Known { variant, arguments, .. } in &known {
        let _ = match arguments {
            0 => Ok(()),
            1 => writeln!(out, "Self::{variant}(a) => [Some(a), None],"),
            _ => writeln!(out, "Self::{variant}(a, b) => [Some(a), Some(b)],"),
        };
    }
    out.push_str("_ => [None, None],\n} }\n\n/// The one at this place of the table.\npub(crate) fn at(index: usize, [a, b]: [i64; 2]) -> Option<Self> { Some(match index {\n");
    for (index, Known { variant, arguments, .. }) in known.iter().enumerate() {
        let payload = ["", "(a)", "(a, b)"][(*arguments).min(2)];
        let _ = writeln!(out, "{index} => Self::{variant}{payload},");
    }
    out.push_str(
        "_ => return None,\n}) }\n}\n\n/// Sorted by the pattern.\npub(crate) static TABLE: &[Entry] = &[\n",
    );
    for Known { pattern, codes, cause, cure, .. } in &known {
        let codes: Vec<String> = codes.iter().map(i32::to_string).collect();
        let codes = codes.join(", ");
        let _ = writeln!(
            out,
            "Entry {{ pattern: {pattern:?}, codes: &[{codes}], cause: {cause:?}, cure: {cure:?} }},"
        );
    }
    out.push_str("];\n");
    Ok(out)
}

const HEAD: &str = "use crate::errors::Entry;\n\n\
    /// An error of the API that is known by its name, with the numbers that it carries.\n\
    ///\n\
    /// Read one with [`KnownError::parse`]; new ones come with new layers.\n\
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n\
    #[non_exhaustive]\n\
    pub enum KnownError {\n";

fn read(table: &str, texts: &str) -> Result<Vec<Known>> {
    let texts: toml::Table = texts.parse().map_err(|error| format!("reference/errors.toml: {error}"))?;
    let mut codes: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let (code, name) = line.split_once('\t').ok_or_else(|| format!("errors.tsv: `{line}`"))?;
        let code = code.parse().map_err(|_| format!("errors.tsv: `{code}` is no code"))?;
        codes.entry(name).or_default().insert(code);
    }
    let mut known = Vec::with_capacity(codes.len());
    for (name, of_name) in &codes {
        // One with a fixed number is a case of the one with any.
        let general = generalised(name);
        if general != **name && codes.contains_key(general.as_str()) {
            continue;
        }
        let text = |part: &str| {
            let text = texts.get(*name).and_then(|texts| texts.get(part)?.as_str());
            text.map(unlinked).ok_or_else(|| format!("reference/errors.toml: {name} has no {part}"))
        };
        known.push(Known {
            pattern: (*name).to_owned(),
            // Where the same name comes without a number, too, an N stands for it.
            variant: match bare(name) != **name && codes.contains_key(bare(name).as_str()) {
                true => variant(&name.replace("%d", "N")),
                false => variant(name),
            },
            arguments: name.matches("%d").count(),
            codes: of_name.clone(),
            cause: text("cause")?,
            cure: text("cure")?,
        });
    }
    let names: BTreeSet<&str> = known.iter().map(|error| error.variant.as_str()).collect();
    if names.len() != known.len() {
        return Err("errors.tsv: two names make the same variant".into());
    }
    Ok(known)
}

/// With `%d` for each part that is a number, except the first.
fn generalised(name: &str) -> String {
    let part = |(at, part): (usize, &str)| match part.bytes().all(|byte| byte.is_ascii_digit()) {
        true if at > 0 && !part.is_empty() => "%d".to_owned(),
        _ => part.to_owned(),
    };
    name.split('_').enumerate().map(part).collect::<Vec<_>>().join("_")
}

/// The name without its numbers.
fn bare(name: &str) -> String {
    name.split('_').filter(|part| *part != "%d").collect::<Vec<_>>().join("_")
}

/// `FLOOD_WAIT_%d` is `FloodWait`; a name that begins with a digit gets an `E` before it.
fn variant(name: &str) -> String {
    let mut out = String::new();
    for word in name.split('_').map(|word| word.replace("%d", "")) {
        let mut chars = word.chars();
        let Some(first) = chars.next() else { continue };
        out.push(first.to_ascii_uppercase());
        let rest = chars.as_str();
        let upper = rest.chars().all(|c| !c.is_ascii_lowercase());
        out.push_str(&if upper { rest.to_ascii_lowercase() } else { rest.to_owned() });
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, 'E');
    }
    out
}

/// A text of the reference where its pages are not: of `[words](guide:name)` the words are left.
fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, words, after)) = link(rest) {
        out.push_str(before);
        out.push_str(words);
        rest = after;
    }
    out + rest
}

/// What stands before the first link, its words, and what stands behind it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (head, tail) = text.split_once("](")?;
    let (before, words) = head.rsplit_once('[')?;
    let (_, after) = tail.split_once(')')?;
    Some((before, words, after))
}

/// A text as part of a doc comment: what looks like a link is none.
fn doc(text: &str) -> String {
    text.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_variants() {
        for (name, made) in [
            ("CHAT_ID_INVALID", "ChatIdInvalid"),
            ("FLOOD_WAIT_%d", "FloodWait"),
            ("FILE_PART_%d_MISSING", "FilePartMissing"),
            ("2FA_CONFIRM_WAIT_%d", "E2faConfirmWait"),
            ("PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_%dMIN", "PreviousChatImportActiveWaitMin"),
            ("Timedout", "Timedout"),
        ] {
            assert_eq!(variant(name), made);
        }
    }

    #[test]
    fn a_text_loses_its_links() {
        let text = "See [how](guide:a), [why](error:B_%d); not `[x]`.";
        assert_eq!(unlinked(text), "See how, why; not `[x]`.");
        assert_eq!(unlinked("Use [0](1"), "Use [0](1");
    }

    #[test]
    fn an_error_without_a_text_is_refused() {
        let table = "code\tname\n400\tA_WORD\n420\tWAIT_%d\n400\tWAIT_0\n";
        let texts = "[A_WORD]\ncause = \"a\"\ncure = \"b\"\n";
        assert!(file(table, texts).unwrap_err().to_string().contains("WAIT_%d has no cause"));
        let texts = format!("{texts}[\"WAIT_%d\"]\ncause = \"c\"\ncure = \"d\"\n");
        let made = file(table, &texts).unwrap();
        assert!(made.contains("Wait(i64),") && !made.contains("Wait0"), "{made}");
    }
}
