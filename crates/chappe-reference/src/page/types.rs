//! Pages of types.

use super::{Catalogue, TypePage, type_path};
use crate::model::TypeInfo;
use crate::prose::{Kind, TypeProse};

impl Catalogue<'_> {
    /// The page of a type.
    pub fn type_page(&self, ty: &TypeInfo) -> TypePage {
        let path = type_path(ty);
        let none = TypeProse::default();
        let prose = self.prose.type_info(ty.origin, &ty.name).unwrap_or(&none);
        let users = self.users(ty.origin, &ty.name);
        let summary = self.maybe_words(prose.summary.as_ref(), &path);
        let others = self.descriptions.and_then(|it| it.summary(Kind::Type, ty.origin, &ty.name));
        TypePage {
            name: ty.name.clone(),
            schema: ty.origin.word(),
            summary: summary.or(others),
            description: self.maybe_words(prose.description.as_ref(), &path),
            constructors: self.model.constructors_of(ty).map(|it| self.brief(it, &path)).collect(),
            returned_by: self.method_links(&users.returned_by),
            taken_by: self.method_links(&users.taken_by),
            fields_of: self.constructor_links(&users.fields_of),
            related: self.related(&prose.related, &path),
            path,
        }
    }
}
