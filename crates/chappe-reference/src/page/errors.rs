//! Pages of errors.

use super::{Catalogue, ErrorPage, ErrorUse, Link, error_path, method_path};
use crate::model::ErrorInfo;

impl Catalogue<'_> {
    /// The page of an error.
    pub fn error(&self, error: &ErrorInfo) -> ErrorPage {
        let path = error_path(&error.name);
        let prose = self.prose.error(&error.name);
        let methods: Vec<_> = self.model.methods_with(error).collect();
        let uses = methods.iter().map(|method| {
            let own = self.prose.method(method.name()).and_then(|it| it.errors.get(&error.name));
            let code = method.errors.iter().find(|it| it.name == error.name).map_or(0, |it| it.code);
            ErrorUse {
                link: Link { name: method.name().to_owned(), path: method_path(method) },
                code,
                cause: self.maybe_words(own, &path),
            }
        });
        ErrorPage {
            name: error.name.clone(),
            codes: error.codes.clone(),
            cause: self.maybe_words(prose.and_then(|it| it.cause.as_ref()), &path),
            cure: self.maybe_words(prose.and_then(|it| it.cure.as_ref()), &path),
            has_number: error.name.contains("%d"),
            methods: uses.collect(),
            served: self.model.is_error_of_server(&error.name),
            path,
        }
    }
}
