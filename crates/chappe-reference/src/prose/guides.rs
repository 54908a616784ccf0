//! `guides/NAME.md`.

use std::sync::Arc;

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
