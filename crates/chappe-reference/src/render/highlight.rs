//! Colours for programs, by tree-sitter.

use std::collections::HashMap;
use std::fmt;

use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent};

/// What is told apart, and the class of it in HTML.
const NAMES: [(&str, &str); 14] = [
    ("attribute", "hl-a"),
    ("comment", "hl-c"),
    ("constant", "hl-n"),
    ("constructor", "hl-t"),
    ("embedded", ""),
    ("function", "hl-f"),
    ("keyword", "hl-k"),
    ("number", "hl-n"),
    ("operator", "hl-o"),
    ("property", "hl-p"),
    ("string", "hl-s"),
    ("type", "hl-t"),
    ("variable.builtin", "hl-k"),
    ("variable.parameter", ""),
];

/// Cuts programs into pieces with classes.
pub struct Highlighter {
    languages: HashMap<&'static str, HighlightConfiguration>,
}

/// A piece of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text.
    pub text: &'a str,
    /// The class, empty for what has no colour.
    pub class: &'static str,
}

impl Highlighter {
    /// All languages that examples and guides use.
    pub fn new() -> Self {
        let javascript = tree_sitter_javascript::HIGHLIGHT_QUERY;
        let typescript = format!("{}\n{javascript}", tree_sitter_typescript::HIGHLIGHTS_QUERY);
        let all: [(&[&'static str], _, &str); 6] = [
            (&["rust", "rs"], tree_sitter_rust::LANGUAGE, tree_sitter_rust::HIGHLIGHTS_QUERY),
            (&["js", "javascript"], tree_sitter_javascript::LANGUAGE, javascript),
            (&["ts", "typescript"], tree_sitter_typescript::LANGUAGE_TYPESCRIPT, &typescript),
            (&["python", "py"], tree_sitter_python::LANGUAGE, tree_sitter_python::HIGHLIGHTS_QUERY),
            (&["sh", "bash", "shell"], tree_sitter_bash::LANGUAGE, tree_sitter_bash::HIGHLIGHT_QUERY),
            (&["json"], tree_sitter_json::LANGUAGE, tree_sitter_json::HIGHLIGHTS_QUERY),
        ];
        let mut languages = HashMap::new();
        for (names, language, query) in all {
            for name in names {
                // A query that the grammar does not know leaves the language without colours.
                if let Ok(mut configuration) =
                    HighlightConfiguration::new(language.into(), *name, query, "", "")
                {
                    configuration.configure(&NAMES.map(|(name, _)| name));
                    languages.insert(*name, configuration);
                }
            }
        }
        Self { languages }
    }

    /// The pieces of a program; one without a class if the language is not known.
    pub fn pieces<'a>(&self, language: &str, source: &'a str) -> Vec<Piece<'a>> {
        self.try_pieces(language, source).unwrap_or_else(|| vec![Piece { text: source, class: "" }])
    }

    fn try_pieces<'a>(&self, language: &str, source: &'a str) -> Option<Vec<Piece<'a>>> {
        let configuration = self.languages.get(language)?;
        let mut highlighter = tree_sitter_highlight::Highlighter::new();
        let events = highlighter.highlight(configuration, source.as_bytes(), None, None, |_| None).ok()?;
        let (mut pieces, mut classes) = (Vec::new(), Vec::new());
        for event in events {
            match event.ok()? {
                HighlightEvent::HighlightStart(it) => {
                    classes.push(NAMES.get(it.0).map_or("", |(_, class)| class))
                }
                HighlightEvent::HighlightEnd => drop(classes.pop()),
                HighlightEvent::Source { start, end } => {
                    let class = classes.last().copied().unwrap_or_default();
                    pieces.push(Piece { text: source.get(start..end)?, class });
                }
            }
        }
        Some(pieces)
    }
}

impl Default for Highlighter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Highlighter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Highlighter").field("languages", &self.languages.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_colours() {
        let highlighter = Highlighter::new();
        for (language, source, word, class) in [
            ("rust", "fn main() { let x = \"a\"; }", "\"a\"", "hl-s"),
            ("js", "const x = 'a'; // b", "// b", "hl-c"),
            ("ts", "const x: string = 'a';", "'a'", "hl-s"),
            ("python", "def f():\n    return 1", "def", "hl-k"),
            ("sh", "chappe invoke 'a' # b", "# b", "hl-c"),
            ("json", "{\"a\": 1}", "1", "hl-n"),
        ] {
            let pieces = highlighter.pieces(language, source);
            assert!(pieces.contains(&Piece { text: word, class }), "{language}: {pieces:?}");
            assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), source);
        }
        assert_eq!(highlighter.pieces("cobol", "x"), [Piece { text: "x", class: "" }]);
    }
}
