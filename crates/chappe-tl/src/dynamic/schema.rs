use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::encode::describe;
use super::nearest::{nearest, shorten};
use super::{Object, ValueError, ValueErrorKind};
use crate::parse::{Definition, Kind, ParseError, ParseErrorKind, Type, parse};

/// The text that a name is looked up in first: definitions of one text mean each other.
pub(super) type Scope = Option<i32>;

/// What every schema has without saying so.
const BUILT_IN: &str = "boolFalse#bc799737 = Bool; boolTrue#997275b5 = Bool; true#3fedd339 = True; \
     error#c4b9f9bb code:int text:string = Error; null#56730bcc = Null;";

/// Definitions of one or more schema texts, found by id, by name and by type.
///
/// One name may have several definitions, as in the schema of secret chats, where each layer brought new shapes. Then
/// the id finds each of them, and the name finds the one of the newest layer, or the last where no layer is said.
/// [`Schema::at_layer`] sets another limit. `name#id` finds any of them wherever a name is asked for.
///
/// ```
/// use chappe_tl::dynamic::Schema;
///
/// let mut schema = Schema::parse(
///     "// LAYER 23
///      documentAttributeVideo#5910cccb duration:int w:int h:int = DocumentAttribute;
///      // LAYER 66
///      documentAttributeVideo#0ef02ce6 flags:# round_message:flags.0?true duration:int w:int h:int = DocumentAttribute;",
/// )?;
/// let id = |schema: &Schema| schema.definition("documentAttributeVideo").map(|found| found.id);
/// assert_eq!(id(&schema), Some(0x0ef02ce6));
/// assert_eq!(id(&schema.at_layer(45)), Some(0x5910cccb));
/// assert_eq!(schema.constructors("DocumentAttribute").count(), 2);
///
/// schema.extend("---functions--- ping#7abe77ec ping_id:long = Pong;")?;
/// assert_eq!(schema.by_id(0x7abe77ec).unwrap().name, "ping");
/// assert_eq!(schema.methods().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Schema {
    entries: Vec<Entry>,
    ids: HashMap<u32, usize>,
    names: HashMap<String, Vec<Candidate>>,
    types: HashMap<Type, Vec<usize>>,
    /// Texts are numbered in the order in which their names win: later ones upwards, older ones downwards.
    newest_text: i32,
    oldest_text: i32,
    layer: Option<i32>,
}

#[derive(Clone)]
struct Entry {
    definition: Arc<Definition>,
    /// The texts that have it.
    texts: Vec<i32>,
}

/// A definition under its name.
#[derive(Clone, Copy)]
struct Candidate {
    entry: usize,
    text: i32,
    layer: Option<i32>,
}

impl Default for Schema {
    fn default() -> Self {
        Self::new()
    }
}

impl Schema {
    /// A schema with nothing but the built-in `boolTrue`, `boolFalse`, `true`, `null` and `error`.
    pub fn new() -> Self {
        let mut schema = Self {
            entries: Vec::new(),
            ids: HashMap::new(),
            names: HashMap::new(),
            types: HashMap::new(),
            newest_text: 0,
            oldest_text: 0,
            layer: None,
        };
        schema.add(parse(BUILT_IN).unwrap_or_default(), i32::MIN);
        schema
    }

    /// The schema of a text.
    ///
    /// # Errors
    /// The text is no TL, or a bare type in it has no constructor.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut schema = Self::new();
        schema.extend(text)?;
        Ok(schema)
    }

    /// Adds the definitions of another text; where names are the same, they now mean the new ones.
    ///
    /// Inside each text, names keep the meaning that they have there: the `vector<message>` of the MTProto schema
    /// stays one of its own messages, whatever API schema is added. Of two definitions with one id, the one with more
    /// fields stays: they can differ in flags only.
    ///
    /// # Errors
    /// As for [`Schema::parse`]; then nothing is added.
    pub fn extend(&mut self, text: &str) -> Result<(), ParseError> {
        self.extend_with(parse(text)?)
    }

    /// Adds definitions that have been parsed, as [`Schema::extend`] does.
    ///
    /// # Errors
    /// A bare type has no constructor; then nothing is added.
    pub fn extend_with(&mut self, definitions: Vec<Definition>) -> Result<(), ParseError> {
        self.check_bare_types(&definitions)?;
        self.newest_text = self.newest_text.saturating_add(1);
        self.add(definitions, self.newest_text);
        Ok(())
    }

    /// Adds the definitions of an older text: their ids are found, while names that exist keep their meaning.
    ///
    /// # Errors
    /// As for [`Schema::parse`]; then nothing is added.
    pub fn extend_older(&mut self, text: &str) -> Result<(), ParseError> {
        let definitions = parse(text)?;
        self.check_bare_types(&definitions)?;
        self.oldest_text = self.oldest_text.saturating_sub(1);
        self.add(definitions, self.oldest_text);
        Ok(())
    }

    /// This schema with names that mean the newest definition of `layer` or below. Ids are found as before.
    #[must_use]
    pub fn at_layer(&self, layer: i32) -> Self {
        Self { layer: Some(layer), ..self.clone() }
    }

    fn add(&mut self, definitions: Vec<Definition>, text: i32) {
        for definition in definitions {
            let layer = definition.layer;
            let entry = match self.ids.get(&definition.id).copied() {
                Some(entry) => entry,
                None => {
                    let entry = self.entries.len();
                    self.ids.insert(definition.id, entry);
                    if definition.kind == Kind::Type {
                        self.types.entry(definition.ty.clone()).or_default().push(entry);
                    }
                    self.entries.push(Entry { definition: Arc::new(definition.clone()), texts: Vec::new() });
                    entry
                }
            };
            let candidate = Candidate { entry, text, layer };
            self.names.entry(definition.name.clone()).or_default().push(candidate);
            let Some(known) = self.entries.get_mut(entry) else { continue };
            known.texts.push(text);
            if definition.params.len() > known.definition.params.len() {
                known.definition = Arc::new(definition);
            }
        }
    }

    fn check_bare_types(&self, definitions: &[Definition]) -> Result<(), ParseError> {
        let resolves = |name: &str| {
            let is_type = Type::Bare(name.to_owned()).is_bare_type();
            let same = |other: &&Definition| match is_type {
                true => other.ty.name() == Some(name) && matches!(other.ty, Type::Boxed(_)),
                false => other.name == name,
            };
            let constructors = || definitions.iter().filter(|other| other.kind == Kind::Type);
            let mut found = constructors().filter(same);
            match (found.next(), found.next()) {
                (None, _) => self.resolve_bare(name, None).is_some(),
                (Some(_), None) => true,
                (Some(_), Some(_)) => !is_type,
            }
        };
        for definition in definitions {
            for ty in definition.params.iter().map(|param| &param.ty).chain([&definition.ty]) {
                let mut inner = ty;
                while let Type::Vector(item) | Type::BareVector(item) = inner {
                    inner = item;
                }
                if let Type::Bare(name) = inner
                    && !resolves(name)
                {
                    let (ty, definition_name) = (inner.to_string(), definition.name.clone());
                    let kind = ParseErrorKind::UnknownBareType { ty, definition: definition_name };
                    return Err(ParseError { line: definition.line, kind });
                }
            }
        }
        Ok(())
    }

    /// The definition with this id.
    pub fn by_id(&self, id: u32) -> Option<&Arc<Definition>> {
        self.find_id(id, None).map(|(definition, _)| definition)
    }

    /// The constructor or method of this name, or of this `name#id`. If both have the name, the constructor.
    pub fn definition(&self, name: &str) -> Option<&Arc<Definition>> {
        self.constructor(name).or_else(|| self.method(name))
    }

    /// The constructor of this name, or of this `name#id`.
    pub fn constructor(&self, name: &str) -> Option<&Arc<Definition>> {
        self.find(name, None, |found| found.kind == Kind::Type)
    }

    /// The method of this name, or of this `name#id`.
    pub fn method(&self, name: &str) -> Option<&Arc<Definition>> {
        self.find(name, None, |found| found.kind == Kind::Function)
    }

    /// All constructors of a boxed type, such as `messages.Dialogs`, in the order of the texts.
    pub fn constructors(&self, ty: &str) -> impl Iterator<Item = &Arc<Definition>> {
        let ty = if ty == "Bool" { Type::Bool } else { Type::Boxed(ty.to_owned()) };
        let entries = self.types.get(&ty).map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(|&entry| self.entries.get(entry)).map(|entry| &entry.definition)
    }

    /// All definitions, in the order of the texts.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.entries.iter().map(|entry| &entry.definition)
    }

    /// All methods, in the order of the texts.
    pub fn methods(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.definitions().filter(|definition| definition.kind == Kind::Function)
    }

    /// An empty object of the constructor or method `name`.
    ///
    /// # Errors
    /// The schema does not know the name.
    pub fn object(&self, name: &str) -> Result<Object, ValueError> {
        match self.definition(name) {
            Some(definition) => Ok(Object::new(Arc::clone(definition))),
            None => Err(self.unknown(name, "constructor or method".to_owned(), |_| true)),
        }
    }

    /// The different names of the constructors of a type, in the text of `scope` if that has any.
    pub(super) fn constructor_names(&self, ty: &Type, scope: Scope) -> Vec<&str> {
        let entries = self.types.get(ty).map(Vec::as_slice).unwrap_or_default();
        let entries: Vec<&Entry> = entries.iter().filter_map(|&entry| self.entries.get(entry)).collect();
        let in_scope = |entry: &Entry| scope.is_some_and(|scope| entry.texts.contains(&scope));
        let narrow = entries.iter().any(|entry| in_scope(entry));
        let mut names = Vec::new();
        for entry in entries.into_iter().filter(|entry| !narrow || in_scope(entry)) {
            if !names.contains(&&*entry.definition.name) {
                names.push(&*entry.definition.name);
            }
        }
        names
    }

    /// The definition with this id, and the scope of the names inside it.
    pub(super) fn find_id(&self, id: u32, scope: Scope) -> Option<(&Arc<Definition>, Scope)> {
        let entry = self.entries.get(*self.ids.get(&id)?)?;
        let inner = match scope {
            Some(text) if entry.texts.contains(&text) => scope,
            _ => entry.texts.iter().max().copied(),
        };
        Some((&entry.definition, inner))
    }

    /// The best definition of this name, or of this `name#id`, among those that `accept` takes.
    pub(super) fn find(
        &self,
        name: &str,
        scope: Scope,
        accept: impl Fn(&Definition) -> bool,
    ) -> Option<&Arc<Definition>> {
        if let Some((name, id)) = name.split_once('#') {
            let found = self.by_id(u32::from_str_radix(id, 16).ok()?)?;
            return (found.name == name && accept(found)).then_some(found);
        }
        let in_layer = |candidate: &&Candidate| match (self.layer, candidate.layer) {
            (Some(limit), Some(layer)) => layer <= limit,
            _ => true,
        };
        let candidates = self.names.get(name)?.iter().filter(in_layer);
        candidates
            .filter_map(|candidate| Some((candidate, &self.entries.get(candidate.entry)?.definition)))
            .filter(|(_, definition)| accept(definition))
            .max_by_key(|(candidate, _)| (scope == Some(candidate.text), candidate.text, candidate.layer))
            .map(|(_, definition)| definition)
    }

    /// The constructor that a bare type stands for.
    pub(super) fn resolve_bare(&self, name: &str, scope: Scope) -> Option<(&Arc<Definition>, Scope)> {
        let constructor = if Type::Bare(name.to_owned()).is_bare_type() {
            match self.constructor_names(&Type::Boxed(name.to_owned()), scope)[..] {
                [constructor] => constructor,
                _ => return None,
            }
        } else {
            name
        };
        let definition = self.find(constructor, scope, |found| found.kind == Kind::Type)?;
        self.find_id(definition.id, scope)
    }

    /// The error for a name that is not found, with the nearest of those that `accept` takes.
    pub(super) fn unknown(
        &self,
        name: &str,
        expected: String,
        accept: impl Fn(&Definition) -> bool,
    ) -> ValueError {
        let candidates = self.definitions().filter(|found| accept(found)).map(|found| &*found.name);
        let nearest = nearest(name, candidates);
        ValueErrorKind::UnknownName { name: shorten(name), expected, nearest }.into()
    }

    /// The error for a constructor or method `found` where something else belongs.
    pub(super) fn wrong(&self, name: &str, found: &Definition, expected: &Type, scope: Scope) -> ValueError {
        let what = match found.kind {
            Kind::Function => "a method".to_owned(),
            Kind::Type => format!("a constructor of {}", found.ty),
        };
        ValueErrorKind::WrongConstructor {
            name: shorten(name),
            what,
            expected: describe(expected),
            choices: self.some_constructors(expected, scope),
        }
        .into()
    }

    /// A few constructors of a type, for error messages.
    pub(super) fn some_constructors(&self, ty: &Type, scope: Scope) -> Vec<String> {
        self.constructor_names(ty, scope).into_iter().take(8).map(str::to_owned).collect()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Schema");
        debug.field("definitions", &self.entries.len()).field("layer", &self.layer).finish_non_exhaustive()
    }
}
