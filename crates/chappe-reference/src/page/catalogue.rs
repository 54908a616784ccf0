//! Makes pages out of facts, words and examples.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::uses::{Users, Uses};
use super::{
    ConstructorBrief, Link, Page, Related, Words, constructor_path, error_path, method_path, type_path,
};
use crate::descriptions::Descriptions;
use crate::model::{Constructor, Model, Origin};
use crate::prose::{Kind, Prose, Target, Text};

/// Everything that pages are made of.
#[derive(Debug)]
pub struct Catalogue<'a> {
    pub(super) model: &'a Model,
    pub(super) prose: &'a Prose,
    pub(super) descriptions: Option<&'a Descriptions>,
    pub(super) uses: Uses,
}

impl<'a> Catalogue<'a> {
    /// A catalogue; texts of somebody else stand where we have none.
    pub fn new(model: &'a Model, prose: &'a Prose, descriptions: Option<&'a Descriptions>) -> Self {
        Self { model, prose, descriptions, uses: Uses::new(model) }
    }

    /// The facts.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Our words.
    pub fn prose(&self) -> &'a Prose {
        self.prose
    }

    /// The number of pages.
    pub fn len(&self) -> usize {
        let model = self.model;
        let facts =
            model.methods().len() + model.types().len() + model.constructors().len() + model.errors().len();
        facts + self.prose.guides().len()
    }

    /// Whether there are no pages.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The page with this number: methods, types, constructors, errors, guides.
    pub fn page(&self, mut number: usize) -> Option<Page> {
        let model = self.model;
        if let Some(method) = model.methods().get(number) {
            return Some(Page::Method(Box::new(self.method(method))));
        }
        number -= model.methods().len();
        if let Some(ty) = model.types().get(number) {
            return Some(Page::Type(self.type_page(ty)));
        }
        number -= model.types().len();
        if let Some(constructor) = model.constructors().get(number) {
            return Some(Page::Constructor(Box::new(self.constructor(constructor))));
        }
        number -= model.constructors().len();
        if let Some(error) = model.errors().get(number) {
            return Some(Page::Error(self.error(error)));
        }
        number -= model.errors().len();
        self.prose.guides().get(number).map(|guide| Page::Guide(self.guide(guide)))
    }

    /// The page of a target.
    pub fn target(&self, target: &Target) -> Option<Page> {
        let (model, origin, name) = (self.model, target.origin, &*target.name);
        Some(match target.kind {
            Kind::Method => Page::Method(Box::new(self.method(model.method(name)?))),
            Kind::Type => Page::Type(self.type_page(model.type_info(origin, name)?)),
            Kind::Constructor => {
                Page::Constructor(Box::new(self.constructor(model.constructor(origin, name)?)))
            }
            Kind::Error => Page::Error(self.error(model.error(name)?)),
            Kind::Guide => Page::Guide(self.guide(self.prose.guide(name)?)),
        })
    }

    /// The page that a name means to a person: a method, a type, a constructor, an error, a guide, an id in hexadecimal,
    /// or a link such as `type:secret/MessageEntity`.
    pub fn find(&self, name: &str) -> Option<Page> {
        let target = |link: &str| Target::find(self.model, self.prose, Origin::Api, link);
        let link = Kind::ALL.into_iter().find_map(|kind| target(&format!("{}:{name}", kind.word())));
        // FLOOD_WAIT_31 is FLOOD_WAIT_%d.
        let number = || {
            let letters = name.trim_end_matches(|char: char| char.is_ascii_digit() || char == 'X');
            target(&format!("error:{letters}%d")).filter(|_| letters.ends_with('_'))
        };
        let found = link.or_else(|| target(name)).or_else(|| self.by_id(name)).or_else(number)?;
        self.target(&found)
    }

    fn by_id(&self, name: &str) -> Option<Target> {
        let hex = name.trim_start_matches('#').trim_start_matches("0x");
        let id = u32::from_str_radix(hex, 16).ok().filter(|_| (6..=8).contains(&hex.len()))?;
        let method = self.model.methods().iter().find(|it| it.definition.id == id);
        let method =
            method.map(|it| Target { kind: Kind::Method, origin: it.origin, name: it.name().to_owned() });
        method.or_else(|| {
            let has = |it: &&Constructor| {
                it.definition.id == id || it.other_shapes.iter().any(|shape| shape.definition.id == id)
            };
            let found = self.model.constructors().iter().find(has)?;
            Some(Target { kind: Kind::Constructor, origin: found.origin, name: found.name().to_owned() })
        })
    }

    /// The name nearest to one that nothing has.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let model = self.model;
        let names =
            model.methods().iter().map(|it| it.name()).chain(model.types().iter().map(|it| &*it.name));
        let names = names.chain(model.constructors().iter().map(|it| it.name()));
        let names = names.chain(model.errors().iter().map(|it| &*it.name));
        chappe_tl::dynamic::nearest(name, names.chain(self.prose.guides().iter().map(|it| &*it.name)))
    }

    /// A text of ours with links as paths. Names in code that are pages become links, too, unless it is `own`, the page
    /// itself.
    pub(super) fn words(&self, text: &Text, own: &str) -> Words {
        let (source, mut result, mut done, mut depth) = (&text.markdown, String::new(), 0, 0_usize);
        for (event, range) in
            Parser::new_ext(source, pulldown_cmark::Options::ENABLE_TABLES).into_offset_iter()
        {
            let piece = source.get(range.clone()).unwrap_or_default();
            let new = match event {
                Event::Start(Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Image { .. }) => {
                    depth += 1;
                    None
                }
                Event::End(TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Image | TagEnd::Link) => {
                    depth = depth.saturating_sub(1);
                    None
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    depth += 1;
                    let (link, part) =
                        dest_url.split_once('#').map_or((&*dest_url, ""), |(link, part)| (link, part));
                    let target = Target::find(self.model, self.prose, text.origin, link);
                    target.and_then(|target| {
                        let shown = piece.get(..piece.rfind("](")?)?;
                        let hash = if part.is_empty() { "" } else { "#" };
                        // The text of the link may hold code: it is not looked at again.
                        Some(format!("{shown}]({}{hash}{part})", super::target_path(&target)))
                    })
                }
                Event::Code(name) if depth == 0 => self
                    .named_page(text.origin, &name)
                    .filter(|path| path != own)
                    .map(|path| format!("[{piece}]({path})")),
                _ => None,
            };
            if let Some(new) = new {
                result.push_str(source.get(done..range.start).unwrap_or_default());
                result.push_str(&new);
                done = range.end;
            }
        }
        result.push_str(source.get(done..).unwrap_or_default());
        Words { markdown: result, source: None }
    }

    pub(super) fn maybe_words(&self, text: Option<&Text>, own: &str) -> Option<Words> {
        text.map(|text| self.words(text, own))
    }

    /// The page that a name in a text can only mean: single words in lower case are left alone.
    fn named_page(&self, origin: Origin, name: &str) -> Option<String> {
        let plain =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%'));
        if !plain || !name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'.') {
            return None;
        }
        let link = |kind: Kind| {
            let target = Target::find(self.model, self.prose, origin, &format!("{}:{name}", kind.word()));
            target.map(|target| super::target_path(&target))
        };
        [Kind::Method, Kind::Type, Kind::Constructor, Kind::Error].into_iter().find_map(link)
    }

    pub(super) fn type_link(&self, origin: Origin, name: &str) -> Option<String> {
        let found = self.model.type_info(origin, name).or_else(|| self.model.type_info(Origin::Api, name));
        found.map(type_path)
    }

    pub(super) fn constructor_link(&self, origin: Origin, name: &str) -> Option<String> {
        self.model.constructor(origin, name).map(constructor_path)
    }

    pub(super) fn method_links(&self, places: &[usize]) -> Vec<Link> {
        let methods = places.iter().filter_map(|place| self.model.methods().get(*place));
        methods.map(|method| Link { name: method.name().to_owned(), path: method_path(method) }).collect()
    }

    pub(super) fn constructor_links(&self, places: &[usize]) -> Vec<Link> {
        let constructors = places.iter().filter_map(|place| self.model.constructors().get(*place));
        constructors.map(constructor_ref).collect()
    }

    pub(super) fn users(&self, origin: Origin, name: &str) -> Users {
        self.uses.of(origin, name)
    }

    /// A constructor as it stands on other pages.
    pub(super) fn brief(&self, constructor: &Constructor, own: &str) -> ConstructorBrief {
        let origin = constructor.origin;
        ConstructorBrief {
            link: constructor_ref(constructor),
            id: format!("{:08x}", constructor.definition.id),
            tl: self.tl(origin, &constructor.definition),
            summary: self.constructor_summary(constructor, own),
            fields: self.fields(constructor, &constructor.definition, own),
        }
    }

    /// The pages of `related`.
    pub(super) fn related(&self, targets: &[Target], own: &str) -> Vec<Related> {
        let related = |target: &Target| {
            let name = &target.name;
            let name = match target.kind {
                Kind::Guide => self.prose.guide(name).map(|guide| guide.title.clone())?,
                _ => name.clone(),
            };
            let link = Link { name, path: super::target_path(target) };
            let summary = self.summary(target, own);
            Some(Related { link, summary })
        };
        targets.iter().filter_map(related).collect()
    }

    /// The sentence that sums a page up.
    pub(crate) fn summary(&self, target: &Target, own: &str) -> Option<Words> {
        if target.kind == Kind::Guide {
            return self.prose.guide(&target.name).and_then(|guide| self.guide(guide).summary);
        }
        let others = |it: &Descriptions| it.summary(target.kind, target.origin, &target.name);
        let ours = self.summary_of(target);
        self.maybe_words(ours.as_ref(), own).or_else(|| self.descriptions.and_then(others))
    }

    fn summary_of(&self, target: &Target) -> Option<Text> {
        let (origin, name) = (target.origin, &*target.name);
        match target.kind {
            Kind::Method => self.prose.method(name)?.summary.clone(),
            Kind::Type => self.prose.type_info(origin, name)?.summary.clone(),
            Kind::Constructor => {
                let ty = self.model.constructor(origin, name)?.type_name();
                self.prose.constructor(origin, &ty, name)?.summary.clone()
            }
            Kind::Error => self.prose.error(name)?.cause.clone(),
            Kind::Guide => None,
        }
    }

    pub(super) fn error_link(&self, name: &str) -> Link {
        Link { name: name.to_owned(), path: error_path(name) }
    }
}

pub(super) fn constructor_ref(constructor: &Constructor) -> Link {
    Link { name: constructor.name().to_owned(), path: constructor_path(constructor) }
}
