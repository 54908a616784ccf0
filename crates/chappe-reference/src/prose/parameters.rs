//! `parameters.toml`.

use std::sync::Arc;

use super::Prose;
use super::source::Reading;
use super::table::parse;
use crate::model::Origin;

/// A key is the name of a parameter, or `name:Type` where the type makes the difference.
pub(super) fn read(reading: &mut Reading<'_>, prose: &mut Prose, file: &Arc<str>, text: &str) {
    parse(reading, file, text, |reading, table| {
        for entry in table.entries() {
            let (name, ty) =
                entry.key.split_once(':').map_or((entry.key, None), |(name, ty)| (name, Some(ty)));
            let model = reading.model;
            let mut params = model.methods().iter().flat_map(|method| &method.definition.params);
            if !params.any(|it| it.name == name && ty.is_none_or(|ty| it.ty.to_string() == ty)) {
                let place = entry.place.clone();
                reading.problem(place, format!("no method has a parameter `{}`", entry.key));
            } else if let Some(text) = entry.text(reading, Origin::Api) {
                prose.parameters.insert(entry.key.to_owned(), text);
            }
        }
    });
}
