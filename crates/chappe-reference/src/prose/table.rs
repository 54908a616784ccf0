//! TOML with the line of everything in it.

use std::sync::Arc;

use chappe_tl::dynamic::nearest;
use toml::de::{DeTable, DeValue};

use super::source::Reading;
use super::{Place, Text};
use crate::model::Origin;

/// A file of TOML, so that offsets become lines.
pub(super) struct File<'a> {
    pub(super) name: &'a Arc<str>,
    /// Where the lines end.
    ends: Vec<usize>,
}

/// A table and where it begins.
pub(super) struct Table<'a> {
    file: &'a File<'a>,
    entries: &'a DeTable<'a>,
}

/// A key with its value.
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) place: Place,
    value: &'a DeValue<'a>,
    /// Where the value begins.
    value_place: Place,
    file: &'a File<'a>,
}

/// Parses a file and hands its table on. What cannot be read is a problem, and the rest is read all the same.
pub(super) fn parse(
    reading: &mut Reading<'_>,
    name: &Arc<str>,
    text: &str,
    then: impl FnOnce(&mut Reading<'_>, &Table<'_>),
) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let file = File { name, ends: text.match_indices('\n').map(|(offset, _)| offset).collect() };
    for error in errors {
        let place = file.place(error.span().map_or(0, |span| span.start));
        reading.problem(place, format!("this is not TOML: {}", error.message().replace('\n', ", ")));
    }
    then(reading, &Table { file: &file, entries: table.get_ref() });
}

impl File<'_> {
    fn place(&self, offset: usize) -> Place {
        let line = self.ends.partition_point(|end| *end < offset) + 1;
        Place { file: Arc::clone(self.name), line }
    }
}

impl<'a> Table<'a> {
    /// Everything in it, in the order of the file.
    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entry =
            |(key, value): (&'a toml::Spanned<toml::de::DeString<'a>>, &'a toml::Spanned<DeValue<'a>>)| {
                Entry {
                    key: key.get_ref(),
                    place: self.file.place(key.span().start),
                    value: value.get_ref(),
                    value_place: self.file.place(value.span().start),
                    file: self.file,
                }
            };
        entries.into_iter().map(entry).collect()
    }
}

impl<'a> Entry<'a> {
    /// The text of the value.
    pub(super) fn text(&self, reading: &mut Reading<'_>, origin: Origin) -> Option<Text> {
        let text = self.string(reading)?;
        Some(reading.text(text, self.value_place.clone(), origin))
    }

    /// The value as a string that is no Markdown.
    pub(super) fn string(&self, reading: &mut Reading<'_>) -> Option<String> {
        match self.value.as_str() {
            Some(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            Some(_) => reading.problem(self.place.clone(), format!("`{}` is empty: leave it out", self.key)),
            None => reading.problem(self.place.clone(), format!("`{}` has to be a text", self.key)),
        }
        None
    }

    /// The value as a list of strings, each with its place.
    pub(super) fn strings(&self, reading: &mut Reading<'_>) -> Vec<(String, Place)> {
        let items = self.value.as_array().map(|items| {
            let item = |item: &toml::Spanned<DeValue<'_>>| {
                Some((item.get_ref().as_str()?.to_owned(), self.file.place(item.span().start)))
            };
            items.iter().map(item).collect::<Option<Vec<_>>>()
        });
        items.flatten().unwrap_or_else(|| {
            reading.problem(self.place.clone(), format!("`{}` has to be a list of texts", self.key));
            Vec::new()
        })
    }

    /// The value as a table.
    pub(super) fn table(&self, reading: &mut Reading<'_>) -> Option<Table<'a>> {
        let table = self.value.as_table().map(|entries| Table { file: self.file, entries });
        if table.is_none() {
            reading.problem(self.place.clone(), format!("`{}` has to be a table", self.key));
        }
        table
    }

    /// The value as a list of tables.
    pub(super) fn tables(&self, reading: &mut Reading<'_>) -> Vec<Table<'a>> {
        let tables = self.value.as_array().map(|items| {
            let table = |item: &'a toml::Spanned<DeValue<'a>>| {
                Some(Table { file: self.file, entries: item.get_ref().as_table()? })
            };
            items.iter().map(table).collect::<Option<Vec<_>>>()
        });
        tables.flatten().unwrap_or_else(|| {
            reading.problem(self.place.clone(), format!("`{}` has to be written as [[{0}]]", self.key));
            Vec::new()
        })
    }

    /// Says that nothing has this key.
    pub(super) fn unknown<'k>(
        &self,
        reading: &mut Reading<'_>,
        what: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let hint = nearest(self.key, known.into_iter()).map(|name| format!("; did you mean `{name}`?"));
        let what = format!("{what} `{}`{}", self.key, hint.unwrap_or_default());
        reading.problem(self.place.clone(), what);
    }
}
