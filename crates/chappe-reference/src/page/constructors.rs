//! Pages of constructors.

use chappe_tl::parse::Definition;

use super::catalogue::constructor_ref;
use super::tl::section_word;
use super::{Catalogue, ConstructorPage, Param, Words, constructor_path};
use crate::model::{Constructor, Origin};
use crate::prose::{ConstructorProse, Kind, Target};

/// Summaries of fewer bytes lean on that of their type.
const SHORT: usize = 48;

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
            lead: self.constructor_lead(constructor, &path),
            description: self.maybe_words(prose.and_then(|it| it.description.as_ref()), &path),
            ty: self.type_ref(origin, &definition.ty),
            fields: self.fields(constructor, definition, &path),
            layers: constructor.layers.as_ref().map(|layers| match origin {
                // Only the layer that brought it is known: it stays readable for ever.
                Origin::Secret => layers.first().to_string(),
                _ => layers.in_words(),
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

    /// The summary as it can stand away from its type. "It can." says nothing alone: that of the type comes before it.
    pub(crate) fn constructor_lead(&self, constructor: &Constructor, own: &str) -> Option<Words> {
        let summary = self.constructor_summary(constructor, own)?;
        if summary.markdown.len() >= SHORT {
            return Some(summary);
        }
        let (origin, name) = (constructor.origin, constructor.type_name());
        let ty = self.summary(&Target { kind: Kind::Type, origin, name }, own);
        Some(match ty {
            Some(ty) if ty.source == summary.source && ty.markdown != summary.markdown => {
                Words { markdown: format!("{} {}", ty.markdown, summary.markdown), source: ty.source }
            }
            _ => summary,
        })
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
