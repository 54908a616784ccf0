//! Which public items of a source file do not show how they are used.

/// What needs an example at the left margin, beside functions.
const KINDS: [&str; 5] = ["enum", "fn", "struct", "trait", "type"];

/// What a macro calls the example that is handed to it. The lines that hand it in are looked at instead.
const HANDED_IN: &str = "$(#[$example])";

/// The public items that have no code block in their docs, each with its line. The head of a file may show what is used
/// together; then the items of the file need nothing of their own, but their methods do.
pub(crate) fn missing(text: &str) -> Vec<(usize, String)> {
    let head_shows = text.lines().any(|line| line.starts_with("//! ```"));
    let mut missing = Vec::new();
    let mut place = Place::default();
    let (mut item_is_shown, mut method_is_shown) = (false, false);
    for (number, line) in (1..).zip(text.lines()) {
        if line == "mod tests {" {
            break;
        }
        let code = line.trim_start();
        if let Some(doc) = code.strip_prefix("///") {
            let is_shown = if code.len() == line.len() { &mut item_is_shown } else { &mut method_is_shown };
            *is_shown |= doc.trim_start().starts_with("```");
        } else if line.starts_with(' ') {
            method_is_shown |= code.starts_with(HANDED_IN);
            if place.is_attribute(code) {
                continue;
            }
            if let Some(method) = place.method(line)
                && !method_is_shown
            {
                missing.push((number, method));
            }
            method_is_shown = false;
        } else if !line.starts_with(['#', ')', ']']) {
            if let Some(item) = public_item(line)
                && !item_is_shown
                && !head_shows
            {
                missing.push((number, item));
            }
            (item_is_shown, method_is_shown) = (false, false);
        }
        place.follow(line);
    }
    missing
}

/// What a line is inside of.
#[derive(Default)]
struct Place {
    /// An attribute that began on an earlier line.
    attribute: bool,
    /// A public trait.
    public_trait: bool,
    /// A call of a macro, by what its last line will be: there methods are declared without `pub`.
    call: Option<String>,
}

impl Place {
    /// Whether the line belongs to an attribute, or to one that a macro repeats.
    fn is_attribute(&mut self, code: &str) -> bool {
        let is_attribute = self.attribute || code.starts_with("#[") || code.starts_with("$(#[");
        self.attribute = is_attribute && !code.ends_with([']', '+', '*']);
        is_attribute
    }

    /// The method that others can call and that begins here.
    fn method(&self, line: &str) -> Option<String> {
        let code = line.trim_start();
        let is_public = code.starts_with("pub ")
            || self.public_trait && line.len() == code.len() + 4
            || self.call.is_some() && code.starts_with("fn ");
        let mut words = words(code.strip_prefix("pub ").unwrap_or(code));
        (is_public && words.next() == Some("fn")).then(|| format!("fn {}", words.next().unwrap_or_default()))
    }

    fn follow(&mut self, line: &str) {
        let code = line.trim_start();
        if line.starts_with("pub trait ") {
            self.public_trait = true;
        } else if line == "}" {
            self.public_trait = false;
        }
        if self.call.as_deref() == Some(line) {
            self.call = None;
        } else if let Some((name, _)) = code.split_once("! {")
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !line.ends_with('}')
            && self.call.is_none()
        {
            self.call = Some(format!("{}}}", &line[..line.len() - code.len()]));
        }
    }
}

/// Kind and name of what is public and needs an example. What is public in name only is found by a lint.
fn public_item(line: &str) -> Option<String> {
    let mut words = words(line.strip_prefix("pub ")?);
    let (kind, name) = (words.next()?, words.next()?);
    KINDS.contains(&kind).then(|| format!("{kind} {name}"))
}

/// The words of a declaration, from its kind on.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        .filter(|word| !["", "async", "const"].contains(word))
}

#[cfg(test)]
mod tests {
    use super::missing;

    const SHOWN: &str = "/// A thing.\n///\n/// ```\n/// thing();\n/// ```\n#[derive(\n    Debug\n)]\n";
    const METHOD: &str = "    /// Its name.\n    ///\n    /// ```\n    /// thing.name();\n    /// ```\n";

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
    fn a_method_without_an_example_is_found() {
        for method in
            ["pub fn name(&self) {", "pub async fn name<T>(", "pub const fn name() -> u8 {", "pub fn name("]
        {
            let bare =
                format!("impl Thing {{\n    /// Its name.\n    #[must_use]\n    {method}\n    }}\n}}\n");
            assert_eq!(missing(&bare), [(4, "fn name".to_owned())]);
            let attribute = "    #[expect(\n        lint,\n        reason = \"a long one\"\n    )]\n";
            let shown = format!("impl Thing {{\n{METHOD}{attribute}    {method}\n    }}\n}}\n");
            assert!(missing(&shown).is_empty(), "{shown}");
        }
    }

    #[test]
    fn the_example_of_a_type_or_of_the_file_is_none_of_its_methods() {
        let bare = "impl Thing {\n    /// Its name.\n    pub fn name(&self) {}\n}\n";
        let text = format!("//! ```\n//! thing();\n//! ```\n{SHOWN}pub struct Thing;\n\n{bare}");
        assert_eq!(missing(&text), [(16, "fn name".to_owned())]);
        let text = format!(
            "impl Thing {{\n{METHOD}    pub fn name(&self) {{}}\n\n    /// More.\n    pub fn more(&self) {{}}\n}}\n"
        );
        assert_eq!(missing(&text), [(10, "fn more".to_owned())]);
    }

    #[test]
    fn what_a_public_trait_demands_needs_one() {
        let text = format!(
            "{SHOWN}pub trait Thing {{\n    /// Its name.\n    fn name(&self) {{\n        fn inner() {{}}\n    }}\n}}\n"
        );
        assert_eq!(missing(&text), [(11, "fn name".to_owned())]);
        let text = format!(
            "{SHOWN}pub trait Thing {{\n{METHOD}    fn name(&self);\n}}\n\nfn free() {{\n    fn inner() {{}}\n}}\n"
        );
        assert!(missing(&text).is_empty());
    }

    #[test]
    fn a_macro_brings_examples_or_has_them_handed_in() {
        let bare = "macro_rules! named {\n    () => {\n        /// Its name.\n        pub fn $name(&self) {}\n    };\n}\n";
        assert_eq!(missing(bare), [(4, "fn $name".to_owned())]);
        let handed_in = bare.replace("/// Its name.", "$(#[$example])+");
        assert!(missing(&handed_in).is_empty());
        let call = "impl Thing {\n    named! { \"Thing\":\n        fn name() -> u8;\n    }\n\n    fn inner() {}\n}\n";
        assert_eq!(missing(call), [(3, "fn name".to_owned())]);
        let shown = METHOD.replace("    ///", "        ///");
        assert!(missing(&call.replace("        fn name", &format!("{shown}        fn name"))).is_empty());
    }

    #[test]
    fn nothing_else_needs_one() {
        for item in [
            "pub(crate) struct Thing;",
            "pub use thing::Thing;",
            "pub mod thing;",
            "pub const THING: u8 = 1;",
            "impl Thing {\n    fn name(&self) {}\n    pub(crate) fn more(&self) {}\n    pub const ALL: u8 = 1;\n}",
            "impl fmt::Debug for Thing {\n    fn fmt(&self) {}\n}",
            "trait Thing {\n    fn name(&self);\n}",
            "#[cfg(test)]\nmod tests {\n    pub fn name() {}\n}",
        ] {
            assert!(missing(item).is_empty(), "{item}");
        }
    }
}
