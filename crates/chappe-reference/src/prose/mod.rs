//! Our own words, from `reference/`: what methods, types and errors are for, flows and guides.
//!
//! | file | what it says |
//! |---|---|
//! | `methods/NAMESPACE.toml` | a table for each method by its short name; `_.toml` has those without namespace |
//! | `types/FILE.toml` | a table for each type; `mtproto.toml` and `secret.toml` speak of those schemas |
//! | `parameters.toml` | what parameters mean that many methods share: `name` or `"name:Type"` |
//! | `errors.toml` | a table for each error: `cause` and `cure` |
//! | `flows.toml` | `[[flow]]` with `id`, `title` and `steps`: methods in the order of their calls |
//! | `guides/NAME.md` | a guide; its first line is `# Title`. Figures are beside it as SVG |
//!
//! Texts are Markdown. A link to another page is `[text](method:messages.sendEncrypted)`; `type:`, `constructor:`,
//! `error:` and `guide:` work the same way. Names are looked up in the schema that the text speaks of, then in the
//! API, MTProto and secret chats; `type:secret/MessageEntity` says which one is meant.
//!
//! ```
//! use chappe_reference::{Model, Prose};
//!
//! let model = Model::load()?;
//! let files = [("errors.toml", "[\"CHAT_ID_INVALID\"]\ncause = 'See [this](method:messages.sendEncryptet).'")];
//! let (_, problems) = Prose::read(&model, files.map(|(name, text)| (name.to_owned(), text.to_owned())));
//! assert_eq!(
//!     problems[0].to_string(),
//!     "reference/errors.toml:2: there is no method `messages.sendEncryptet`; did you mean `messages.sendEncrypted`?"
//! );
//! # Ok::<(), chappe_reference::model::ModelError>(())
//! ```

mod errors;
mod flows;
mod guides;
mod links;
mod methods;
mod parameters;
mod place;
mod source;
mod table;
mod types;

use std::collections::BTreeMap;

use chappe_tl::parse::Parameter;

use crate::model::{Method, Model, Origin};

pub use guides::{Guide, Program};
pub use links::{Kind, Target};
pub use place::{Place, Problem, Text};
pub use source::{embedded, from_folder};

/// What we say of a method.
#[derive(Clone, Debug, Default)]
pub struct MethodProse {
    /// One sentence.
    pub summary: Option<Text>,
    /// Paragraphs.
    pub description: Option<Text>,
    /// What the result means.
    pub result: Option<Text>,
    /// What the parameters mean.
    pub params: BTreeMap<String, Text>,
    /// Why this method gives an error.
    pub errors: BTreeMap<String, Text>,
    /// Pages to read with it.
    pub related: Vec<Target>,
}

/// What we say of a type.
#[derive(Clone, Debug, Default)]
pub struct TypeProse {
    /// One sentence.
    pub summary: Option<Text>,
    /// Paragraphs.
    pub description: Option<Text>,
    /// Pages to read with it.
    pub related: Vec<Target>,
    /// Its constructors.
    pub constructors: BTreeMap<String, ConstructorProse>,
}

/// What we say of a constructor.
#[derive(Clone, Debug, Default)]
pub struct ConstructorProse {
    /// One sentence.
    pub summary: Option<Text>,
    /// Paragraphs.
    pub description: Option<Text>,
    /// What the fields mean.
    pub fields: BTreeMap<String, Text>,
}

/// What we say of an error.
#[derive(Clone, Debug, Default)]
pub struct ErrorProse {
    /// What went wrong.
    pub cause: Option<Text>,
    /// What to do.
    pub cure: Option<Text>,
}

/// Methods in the order in which they are called.
#[derive(Clone, Debug)]
pub struct Flow {
    /// A short name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Full names of methods.
    pub steps: Vec<String>,
}

/// All prose of the reference.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    methods: BTreeMap<String, MethodProse>,
    parameters: BTreeMap<String, Text>,
    types: BTreeMap<(Origin, String), TypeProse>,
    errors: BTreeMap<String, ErrorProse>,
    flows: Vec<Flow>,
    guides: Vec<Guide>,
    figures: BTreeMap<String, String>,
}

impl Prose {
    /// The prose that is built into the program.
    pub fn embedded(model: &Model) -> (Self, Vec<Problem>) {
        Self::read(model, embedded())
    }

    /// Reads files, each a name below `reference/` and its text, and says all that is wrong with them.
    pub fn read(model: &Model, files: impl IntoIterator<Item = (String, String)>) -> (Self, Vec<Problem>) {
        let mut reading = source::Reading::new(model);
        let mut prose = Self::default();
        for (name, text) in files {
            reading.file(&mut prose, &name, &text);
        }
        prose.guides.sort_by(|a, b| (a.order, &a.title).cmp(&(b.order, &b.title)));
        let mut problems = reading.finish(&prose);
        problems.sort_by(|a, b| (&a.place.file, a.place.line).cmp(&(&b.place.file, b.place.line)));
        (prose, problems)
    }

    /// What we say of a method.
    pub fn method(&self, name: &str) -> Option<&MethodProse> {
        self.methods.get(name)
    }

    /// What a parameter of a method means: the method's own words, or those that many methods share.
    pub fn parameter(&self, method: &Method, parameter: &Parameter) -> Option<&Text> {
        let own = self.method(method.name()).and_then(|prose| prose.params.get(&parameter.name));
        own.or_else(|| self.parameters.get(&format!("{}:{}", parameter.name, parameter.ty)))
            .or_else(|| self.parameters.get(&parameter.name))
    }

    /// What we say of a type.
    pub fn type_info(&self, origin: Origin, name: &str) -> Option<&TypeProse> {
        self.types.get(&(origin, name.to_owned()))
    }

    /// What we say of a constructor of a type.
    pub fn constructor(&self, origin: Origin, ty: &str, name: &str) -> Option<&ConstructorProse> {
        self.type_info(origin, ty)?.constructors.get(name)
    }

    /// What we say of an error.
    pub fn error(&self, name: &str) -> Option<&ErrorProse> {
        self.errors.get(name)
    }

    /// The flows, in the order of the file.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// The guides, in the order in which to read them.
    pub fn guides(&self) -> &[Guide] {
        &self.guides
    }

    /// The guide of this name.
    pub fn guide(&self, name: &str) -> Option<&Guide> {
        self.guides.iter().find(|guide| guide.name == name)
    }

    /// The figures of the guides by file name, such as `secret-chats.svg`.
    pub fn figures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.figures.iter().map(|(name, text)| (&**name, &**text))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_method_s_own_words_come_before_shared_ones_and_the_type_decides_among_those() {
        let model = Model::load().unwrap();
        let files = [
            ("parameters.toml", "peer = 'any'\n'peer:InputEncryptedChat' = 'secret'"),
            ("methods/messages.toml", "[setTyping.params]\npeer = 'own'"),
        ];
        let (prose, problems) =
            Prose::read(&model, files.map(|(name, text)| (name.to_owned(), text.to_owned())));
        assert_eq!(problems, []);
        let said = |name: &str| {
            let method = model.method(name).unwrap();
            let peer = method.definition.param("peer").unwrap();
            prose.parameter(method, peer).unwrap().markdown.clone()
        };
        assert_eq!(said("messages.setTyping"), "own");
        assert_eq!(said("messages.sendMessage"), "any");
        assert_eq!(said("messages.sendEncrypted"), "secret");
    }

    #[test]
    fn the_prose_of_the_tree_is_about_what_there_is() {
        let model = Model::load().unwrap();
        let (_, problems) = Prose::embedded(&model);
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    }
}
