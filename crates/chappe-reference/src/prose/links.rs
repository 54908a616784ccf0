//! Links from page to page.

use chappe_tl::dynamic::nearest;
use pulldown_cmark::{Event, Parser, Tag};

use super::source::Reading;
use super::table::Entry;
use super::{Place, Prose, Text};
use crate::model::{Model, Origin};

/// What kind of page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A method.
    Method,
    /// A type.
    Type,
    /// A constructor.
    Constructor,
    /// An error.
    Error,
    /// A guide.
    Guide,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Method, Self::Type, Self::Constructor, Self::Error, Self::Guide];

    /// The word before the colon of a link.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Type => "type",
            Self::Constructor => "constructor",
            Self::Error => "error",
            Self::Guide => "guide",
        }
    }
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// What kind of page.
    pub kind: Kind,
    /// The schema; [`Origin::Api`] for errors and guides.
    pub origin: Origin,
    /// The name.
    pub name: String,
}

impl Target {
    /// The page that `link` names, such as `method:messages.sendEncrypted` or `type:secret/MessageEntity`; `None` for
    /// what is no link to a page, such as an address on the web.
    ///
    /// Whether the page exists is another question: see [`Target::find`].
    fn parse(link: &str) -> Option<(Kind, Option<Origin>, &str)> {
        let (word, name) = link.split_once(':')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        let prefixed = name.split_once('/').and_then(|(prefix, name)| {
            Some((Origin::ALL.into_iter().find(|origin| origin.word() == prefix)?, name))
        });
        Some(match prefixed {
            Some((origin, name)) => (kind, Some(origin), name),
            None => (kind, None, name),
        })
    }

    /// The page that a link in a text about `origin` leads to. `None` if there is none or it is no link to a page.
    pub fn find(model: &Model, prose: &Prose, origin: Origin, link: &str) -> Option<Self> {
        let (kind, given, name) = Self::parse(link)?;
        if kind == Kind::Guide {
            return prose.guide(name).map(|_| Self { kind, origin: Origin::Api, name: name.to_owned() });
        }
        look_up(model, kind, given, origin, name)
    }
}

fn look_up(model: &Model, kind: Kind, given: Option<Origin>, near: Origin, name: &str) -> Option<Target> {
    let target = |origin| Target { kind, origin, name: name.to_owned() };
    let exists = |origin: &Origin| match kind {
        Kind::Type => model.type_info(*origin, name).is_some(),
        Kind::Constructor => model.constructor(*origin, name).is_some(),
        _ => false,
    };
    match kind {
        Kind::Method => model.method(name).map(|method| target(method.origin)),
        Kind::Error => model.error(name).map(|_| target(Origin::Api)),
        Kind::Guide => None,
        Kind::Type | Kind::Constructor => match given {
            Some(origin) => Some(origin).filter(exists).map(target),
            None => [near].into_iter().chain(Origin::ALL).find(exists).map(target),
        },
    }
}

/// The pages of `related = ["messages.sendEncrypted", "type:EncryptedChat", "guide:secret-chats"]`. A name alone is a
/// method, a type or a constructor.
pub(super) fn related(reading: &mut Reading<'_>, entry: &Entry<'_>, origin: Origin) -> Vec<Target> {
    let mut targets = Vec::new();
    for (link, place) in entry.strings(reading) {
        let target = match Target::parse(&link) {
            Some((Kind::Guide, _, name)) => {
                // Whether it exists is known at the end, like the links of texts.
                reading.text(format!("[guide]({link})"), place, origin);
                targets.push(Target { kind: Kind::Guide, origin: Origin::Api, name: name.to_owned() });
                continue;
            }
            Some((kind, given, name)) => look_up(reading.model, kind, given, origin, name),
            None => [Kind::Method, Kind::Type, Kind::Constructor]
                .into_iter()
                .find_map(|kind| look_up(reading.model, kind, None, origin, &link)),
        };
        match target {
            Some(target) => targets.push(target),
            None => {
                let (what, name) = link.split_once(':').unwrap_or(("method", &link));
                reading.missing(place, what, name);
            }
        }
    }
    targets
}

impl Reading<'_> {
    /// Says that a name is nothing's, and what it may have meant.
    pub(super) fn missing(&mut self, place: Place, what: &str, name: &str) {
        let model = self.model;
        let known = model.methods().iter().map(|it| it.name()).filter(|_| what == "method");
        let known = known.chain(model.types().iter().map(|it| &*it.name).filter(|_| what == "type"));
        let constructors = model.constructors().iter().map(|it| it.name());
        let known = known.chain(constructors.filter(|_| what == "constructor"));
        let known = known.chain(model.errors().iter().map(|it| &*it.name).filter(|_| what == "error"));
        let hint = nearest(name, known).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        self.problem(place, format!("there is no {what} `{name}`{hint}"));
    }

    /// Checks the links of a text.
    pub(super) fn check_links(&mut self, prose: &Prose, text: &Text) {
        for (event, range) in Parser::new(&text.markdown).into_offset_iter() {
            let before = text.markdown.get(..range.start).unwrap_or_default();
            let line = text.place.line + before.matches('\n').count();
            let place = Place { line, ..text.place.clone() };
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => self.check_link(prose, text, place, &dest_url),
                Event::Start(Tag::Image { dest_url, .. }) if !prose.figures.contains_key(&*dest_url) => {
                    self.problem(place, format!("there is no figure reference/guides/{dest_url}"));
                }
                _ => {}
            }
        }
    }

    fn check_link(&mut self, prose: &Prose, text: &Text, place: Place, link: &str) {
        let Some((kind, _, name)) = Target::parse(link) else {
            if !link.starts_with("https://") && !link.starts_with('#') {
                let words = "method:, type:, constructor:, error:, guide:, https:// or #";
                self.problem(place, format!("the link `{link}` begins with none of {words}"));
            }
            return;
        };
        // A part of a guide: `guide:files#download`.
        let (whole, name) = match name.split_once('#').filter(|_| kind == Kind::Guide) {
            Some((name, part)) => (link.strip_suffix(part).and_then(|link| link.strip_suffix('#')), name),
            None => (Some(link), name),
        };
        if whole.and_then(|link| Target::find(self.model, prose, text.origin, link)).is_none() {
            self.missing(place, kind.word(), name);
        }
    }
}
