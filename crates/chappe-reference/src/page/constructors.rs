//! Pages of constructors.

use chappe_tl::parse::Definition;

use super::catalogue::constructor_ref;
use super::tl::section_word;
use super::{Catalogue, ConstructorPage, Param, Words, constructor_path};
use crate::model::{Constructor, Origin};
use crate::prose::{ConstructorProse, Kind};

impl Catalogue<'_> {
    /// The page of a constructor.
    pub fn constructor(&self, constructor: &Constructor) -> ConstructorPage {
        let (origin, definition) = (constructor.origin, &constructor.definition);
        let path = constructor_path(constructor);
        let prose = self.constructor_prose(constructor);
        let ty = self.model.type_info(origin, &constructor.type_name());
        let siblings = ty.into_iter().flat_map(|ty| self.model.constructors_of(ty));
        let users = self.users(origin, &constructor.type_name());
        ConstructorPage {
            name: constructor.name().to_owned(),
            schema: origin.word(),
            id: format!("{:08x}", definition.id),
            tl: self.tl(origin, definition),
            summary: self.constructor_summary(constructor, &path),
            description: self.maybe_words(prose.and_then(|it| it.description.as_ref()), &path),
            ty: self.type_ref(origin, &definition.ty),
            fields: self.fields(constructor, definition, &path),
            layers: constructor.layers.as_ref().map(|layers| match origin {
                // Only the layer that brought it is known: it stays readable for ever.
                Origin::Secret => layers.first().to_string(),
                _ => layers.to_string(),
            }),
            section: constructor.section.map(section_word),
            history: self.history(origin, &constructor.other_shapes, definition),
            siblings: siblings.filter(|it| it.name() != constructor.name()).map(constructor_ref).collect(),
            returned_by: self.method_links(&users.returned_by),
            taken_by: self.method_links(&users.taken_by),
            fields_of: self.constructor_links(&users.fields_of),
            path,
        }
    }

    pub(super) fn constructor_summary(&self, constructor: &Constructor, own: &str) -> Option<Words> {
        let ours = self.constructor_prose(constructor).and_then(|it| it.summary.as_ref());
        self.maybe_words(ours, own)
            .or_else(|| self.descriptions?.summary(Kind::Constructor, constructor.origin, constructor.name()))
    }

    /// The fields of a shape with what they mean.
    pub(super) fn fields(&self, constructor: &Constructor, shape: &Definition, own: &str) -> Vec<Param> {
        let prose = self.constructor_prose(constructor);
        let others = match constructor.origin {
            Origin::Api => self.descriptions.and_then(|it| it.constructor(constructor.name())),
            _ => None,
        };
        self.params(constructor.origin, shape, |field| {
            let ours = self.maybe_words(prose.and_then(|it| it.fields.get(&field.name)), own);
            ours.or_else(|| others.and_then(|it| it.field(&field.name)))
        })
    }

    fn constructor_prose(&self, constructor: &Constructor) -> Option<&ConstructorProse> {
        self.prose.constructor(constructor.origin, &constructor.type_name(), constructor.name())
    }
}
