//! Which public items of a source file do not show how they are used.

/// What needs an example. Methods have that of their type.
const KINDS: [&str; 5] = ["enum", "fn", "struct", "trait", "type"];

/// The public items that have no code block in their docs, each with its line; none if the head of the file has one.
pub(crate) fn missing(text: &str) -> Vec<(usize, String)> {
    if text.lines().any(|line| line.starts_with("//! ```")) {
        return Vec::new();
    }
    let mut missing = Vec::new();
    let mut is_shown = false;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(doc) = line.strip_prefix("///") {
            is_shown |= doc.trim_start().starts_with("```");
        } else if !line.starts_with(['#', ' ', ')', ']']) {
            // Neither an attribute nor inside of something.
            if let Some(item) = public_item(line)
                && !is_shown
            {
                missing.push((number, item));
            }
            is_shown = false;
        }
    }
    missing
}

/// Kind and name of what is public and needs an example. What is public in name only is found by a lint.
fn public_item(line: &str) -> Option<String> {
    let mut words = line
        .strip_prefix("pub ")?
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !["", "async", "const"].contains(word));
    let (kind, name) = (words.next()?, words.next()?);
    KINDS.contains(&kind).then(|| format!("{kind} {name}"))
}

#[cfg(test)]
mod tests {
    use super::missing;

    const SHOWN: &str = "/// A thing.\n///\n/// ```\n/// thing();\n/// ```\n#[derive(\n    Debug\n)]\n";

    #[test]
    fn an_item_without_an_example_is_found() {
        for (item, what) in [
            ("pub struct Thing;", "struct Thing"),
            ("pub enum Thing {", "enum Thing"),
            ("pub trait Thing: Send {", "trait Thing"),
            ("pub type Thing<'a> = &'a str;", "type Thing"),
            ("pub async fn thing() {}", "fn thing"),
            ("pub const fn thing<T>() {}", "fn thing"),
        ] {
            let text = format!("use other::Thing;\n\n/// A thing.\n#[must_use]\n{item}\n");
            assert_eq!(missing(&text), [(5, what.to_owned())]);
            assert!(missing(&format!("{SHOWN}{item}\n")).is_empty(), "{item}");
            assert!(
                missing(&format!("//! A module.\n//!\n//! ```\n//! thing();\n//! ```\n{text}")).is_empty()
            );
        }
    }

    #[test]
    fn an_example_counts_for_one_item_alone() {
        let text =
            format!("{SHOWN}pub struct Shown {{\n    field: u8,\n}}\n\n/// Another one.\npub struct Bare;\n");
        assert_eq!(missing(&text), [(14, "struct Bare".to_owned())]);
    }

    #[test]
    fn nothing_else_needs_one() {
        for item in [
            "pub(crate) struct Thing;",
            "pub use thing::Thing;",
            "pub mod thing;",
            "pub const THING: u8 = 1;",
        ] {
            assert!(missing(item).is_empty(), "{item}");
        }
        assert!(missing("impl Thing {\n    /// Its name.\n    pub fn name(&self) {}\n}\n").is_empty());
    }
}
