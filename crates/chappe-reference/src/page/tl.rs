//! Lines of TL in pieces, so that types can be links and names have colours.

use chappe_tl::parse::{Definition, Parameter, Type};

use super::{Catalogue, Param, ShapeRow, Token, TypeRef, Words};
use crate::model::{Origin, Section, Shape};

impl Catalogue<'_> {
    /// A definition in pieces.
    pub(super) fn tl(&self, origin: Origin, definition: &Definition) -> Vec<Token> {
        let mut tokens =
            vec![token(&definition.name, "name"), token(&format!("#{:08x}", definition.id), "id")];
        for generic in &definition.generics {
            tokens.push(token(&format!(" {{{generic}:Type}}"), "plain"));
        }
        for param in &definition.params {
            tokens.push(token(&format!(" {}", param.name), "field"));
            tokens.push(token(":", "plain"));
            if let Some(flag) = flag(param) {
                tokens.push(token(&format!("{flag}?"), "flag"));
            }
            self.type_tokens(origin, &param.ty, &mut tokens);
        }
        tokens.push(token(" = ", "plain"));
        self.type_tokens(origin, &definition.ty, &mut tokens);
        tokens.push(token(";", "plain"));
        tokens
    }

    fn type_tokens(&self, origin: Origin, ty: &Type, tokens: &mut Vec<Token>) {
        let TypeRef { before, name, after, path } = self.type_ref(origin, ty);
        let parts = [token(&before, "plain"), Token { path, ..token(&name, "type") }, token(&after, "plain")];
        tokens.extend(parts.into_iter().filter(|token| !token.text.is_empty()));
    }

    /// A type with the link to its page.
    pub(super) fn type_ref(&self, origin: Origin, ty: &Type) -> TypeRef {
        let plain = |name: String, path| TypeRef { before: String::new(), name, after: String::new(), path };
        match ty {
            Type::Vector(item) => self.type_ref(origin, item).inside("Vector<", ">"),
            Type::BareVector(item) => self.type_ref(origin, item).inside("vector<", ">"),
            Type::Bare(name) if ty.is_bare_type() => {
                self.type_ref(origin, &Type::Boxed(name.clone())).inside("%", "")
            }
            Type::Bare(name) => plain(name.clone(), self.constructor_link(origin, name)),
            Type::Boxed(name) => plain(name.clone(), self.type_link(origin, name)),
            other => plain(other.to_string(), self.type_link(origin, &other.to_string())),
        }
    }

    /// Fields with their meaning; what only holds flags is left out.
    pub(super) fn params(
        &self,
        origin: Origin,
        definition: &Definition,
        meaning: impl Fn(&Parameter) -> Option<Words>,
    ) -> Vec<Param> {
        let shown = definition.params.iter().filter(|param| param.ty != Type::Flags);
        let row = |param: &Parameter| Param {
            name: param.name.clone(),
            ty: self.type_ref(origin, &param.ty),
            flag: flag(param),
            meaning: meaning(param),
        };
        shown.map(row).collect()
    }

    /// Other shapes, each with what the one after it changed.
    pub(super) fn history(&self, origin: Origin, shapes: &[Shape], newest: &Definition) -> Vec<ShapeRow> {
        let next = shapes.iter().skip(1).map(|shape| &*shape.definition).chain([newest]);
        let row = |(shape, next): (&Shape, &Definition)| {
            let old = &*shape.definition;
            let names = |from: &Definition, without: &Definition| {
                let gone = from.params.iter().filter(|param| without.param(&param.name).is_none());
                gone.map(|param| param.name.clone()).collect()
            };
            let changed = old.params.iter().filter(|param| {
                next.param(&param.name)
                    .is_some_and(|new| (&new.ty, new.flag.is_some()) != (&param.ty, param.flag.is_some()))
            });
            ShapeRow {
                layers: match shape.section {
                    Some(_) => shape.layers.to_string(),
                    None => shape.layers.in_words(),
                },
                id: format!("{:08x}", old.id),
                tl: self.tl(origin, old),
                section: shape.section.map(section_word),
                added: names(next, old),
                removed: names(old, next),
                changed: changed.map(|param| param.name.clone()).collect(),
            }
        };
        shapes.iter().zip(next).map(row).collect()
    }
}

/// The word for a section.
pub(super) const fn section_word(section: Section) -> &'static str {
    match section {
        Section::Official => "official",
        Section::Tdlib => "tdlib",
        Section::Cloud => "cloud",
    }
}

impl TypeRef {
    fn inside(mut self, before: &str, after: &str) -> Self {
        self.before.insert_str(0, before);
        self.after.push_str(after);
        self
    }
}

fn flag(param: &Parameter) -> Option<String> {
    param.flag.as_ref().map(|flag| format!("{}.{}", flag.field, flag.bit))
}

fn token(text: &str, class: &'static str) -> Token {
    Token { text: text.to_owned(), class, path: None }
}
