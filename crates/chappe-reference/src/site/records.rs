//! What search looks through: a line of JavaScript, so that it also works from a disk without a server.

use std::collections::HashSet;

use crate::page::{ConstructorBrief, Page, Param, Words};
use crate::render::plain;

/// Path, name, kind, summary, other words.
pub(super) type Record = [String; 5];

/// What search knows of a page.
pub(super) fn record(page: &Page) -> Record {
    let summary = page.lead().map(|words| plain(&words.markdown)).unwrap_or_default();
    let mut text = Text::default();
    match page {
        Page::Method(page) => {
            text.add(&page.id);
            text.words(&page.description);
            text.words(&page.result_meaning);
            text.params(&page.params);
            for error in &page.errors {
                text.add(&error.link.name);
                text.words(&error.cause);
            }
        }
        Page::Type(page) => {
            text.words(&page.description);
            page.constructors.iter().for_each(|constructor| text.constructor(constructor));
        }
        Page::Constructor(page) => {
            text.add(&page.id);
            page.history.iter().for_each(|shape| text.add(&shape.id));
            text.words(&page.description);
            text.params(&page.fields);
        }
        Page::Error(page) => text.words(&page.cure),
        Page::Guide(page) => text.add(&plain(&page.text.markdown)),
    }
    [page.path().to_owned(), page.title().to_owned(), page.kind().to_owned(), summary, text.all.join(" ")]
}

/// The file `assets/records.js`.
pub(super) fn script(records: impl Iterator<Item = Record>) -> String {
    let mut script = String::from("const chappeRecords = [\n");
    for record in records {
        // Lists of strings are always JSON.
        script.push_str(&serde_json::to_string(&record).unwrap_or_default());
        script.push_str(",\n");
    }
    script.push_str("];\n");
    script
}

/// Words, each once.
#[derive(Default)]
struct Text {
    seen: HashSet<String>,
    all: Vec<String>,
}

impl Text {
    fn add(&mut self, text: &str) {
        for word in text.split(|char: char| !(char.is_alphanumeric() || char == '_')) {
            if word.len() > 2 && self.seen.insert(word.to_lowercase()) {
                self.all.push(word.to_owned());
            }
        }
    }

    fn words(&mut self, words: &Option<Words>) {
        if let Some(words) = words {
            self.add(&plain(&words.markdown));
        }
    }

    fn params(&mut self, params: &[Param]) {
        for param in params {
            self.add(&param.name);
            self.words(&param.meaning);
        }
    }

    fn constructor(&mut self, constructor: &ConstructorBrief) {
        self.add(&constructor.link.name);
        self.words(&constructor.summary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_knows_words_without_marks() {
        assert_eq!(plain("A [`b`](c) of *d*.\n\nE"), "A b of d. E");
        let mut text = Text::default();
        text.add("One two one random_id");
        assert_eq!(text.all, ["One", "two", "random_id"]);
        assert_eq!(
            script([["a", "b", "c", "\"", ""].map(str::to_owned)].into_iter()),
            "const chappeRecords = [\n[\"a\",\"b\",\"c\",\"\\\"\",\"\"],\n];\n"
        );
    }
}
