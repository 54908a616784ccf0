//! Guides.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{Catalogue, GuidePage, Words, guide_path};
use crate::prose::Guide;

impl Catalogue<'_> {
    /// The page of a guide.
    pub fn guide(&self, guide: &Guide) -> GuidePage {
        let path = guide_path(&guide.name);
        let text = self.words(&guide.text, &path);
        GuidePage { title: guide.title.clone(), summary: first_paragraph(&text), text, path }
    }
}

/// The first paragraph, for lists of guides.
fn first_paragraph(text: &Words) -> Option<Words> {
    let mut begin = None;
    for (event, range) in Parser::new(&text.markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph) => begin = Some(range.start),
            Event::Start(Tag::Image { .. }) => begin = None,
            // What stands below a heading sums up that part only.
            Event::Start(Tag::Heading { .. } | Tag::List(_)) => return None,
            Event::End(TagEnd::Paragraph) => {
                if let Some(begin) = begin {
                    let markdown = text.markdown.get(begin..range.end)?.trim().replace('\n', " ");
                    return Some(Words { markdown, source: text.source.clone() });
                }
            }
            _ => {}
        }
    }
    None
}
