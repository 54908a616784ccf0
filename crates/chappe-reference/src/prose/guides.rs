//! `guides/NAME.md`.

use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::source::Reading;
use super::{Place, Prose, Text};
use crate::model::Origin;

/// A guide.
#[derive(Clone, Debug)]
pub struct Guide {
    /// The name of its file without `.md`.
    pub name: String,
    /// Its first line.
    pub title: String,
    /// The place among the guides: the number in `<!-- order: 3 -->`, if there is one.
    pub order: u32,
    /// Everything after the first line.
    pub text: Text,
}

/// A block of code in a guide that is a program, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The word after the three backticks: `rust`, `js` or `python`.
    pub language: String,
    /// The code.
    pub source: String,
    /// Where it begins.
    pub place: Place,
}

impl Guide {
    /// The blocks of code that are programs, in their order: `cargo xtask examples` compiles or runs each of them.
    pub fn programs(&self) -> impl Iterator<Item = Program> {
        let text = &self.text;
        let mut block = None::<Program>;
        Parser::new(&text.markdown).into_offset_iter().filter_map(move |(event, range)| {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    let lines = text.markdown.get(..range.start).unwrap_or_default().matches('\n').count();
                    let place = Place { line: text.place.line + lines + 1, ..text.place.clone() };
                    block = ["rust", "js", "python"].contains(&&*language).then(|| Program {
                        language: language.to_string(),
                        source: String::new(),
                        place,
                    });
                }
                Event::Text(piece) => block.iter_mut().for_each(|block| block.source.push_str(&piece)),
                Event::End(TagEnd::CodeBlock) => return block.take(),
                _ => {}
            }
            None
        })
    }
}

pub(super) fn read(reading: &mut Reading<'_>, prose: &mut Prose, file: &Arc<str>, text: &str, name: &str) {
    let place = |line| Place { file: Arc::clone(file), line };
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let Some(title) = first.strip_prefix("# ").map(str::trim).filter(|title| !title.is_empty()) else {
        reading.problem(place(1), "the first line of a guide is `# Title`");
        return;
    };
    let order = rest.split_once("<!-- order:").and_then(|(_, rest)| rest.split_once("-->"));
    let order = order.and_then(|(number, _)| number.trim().parse().ok()).unwrap_or(u32::MAX);
    let text = reading.text(rest.to_owned(), place(2), Origin::Api);
    prose.guides.push(Guide { name: name.to_owned(), title: title.replace('`', ""), order, text });
}

#[cfg(test)]
mod tests {
    use crate::{Model, Prose};

    #[test]
    fn programs_of_a_guide_know_their_lines() {
        let model = Model::load().unwrap();
        let guide = "# A\n\n```rust\nlet a = 1;\n```\n\n```sh\nls\n```\n\n```js\na();\nb();\n```\n";
        let (prose, _) = Prose::read(&model, [("guides/a.md".to_owned(), guide.to_owned())]);
        let programs: Vec<_> = prose.guide("a").unwrap().programs().collect();
        let found: Vec<_> =
            programs.iter().map(|it| (&*it.language, &*it.source, it.place.to_string())).collect();
        assert_eq!(
            found,
            [
                ("rust", "let a = 1;\n", "reference/guides/a.md:4".to_owned()),
                ("js", "a();\nb();\n", "reference/guides/a.md:12".to_owned()),
            ]
        );
    }
}
