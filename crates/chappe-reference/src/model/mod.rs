//! The facts: what the schema files say, and what the embedded server does.

mod error;
mod layers;
mod load;
mod secret;
mod tables;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use chappe_tl::dynamic::Schema;
use chappe_tl::parse::{Definition, Type};

pub use error::ModelError;
pub use layers::{LayerRange, Layers};

/// Which of the three schemas a definition belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The API, layer 232: what is sent to the server.
    Api,
    /// MTProto's own messages: keys, sessions, acknowledgements.
    Mtproto,
    /// What the two ends of a secret chat exchange, all layers.
    Secret,
}

impl Origin {
    /// All of them, in the order in which a name is looked up.
    pub const ALL: [Self; 3] = [Self::Api, Self::Mtproto, Self::Secret];

    /// The word for it in links and addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Mtproto => "mtproto",
            Self::Secret => "secret",
        }
    }

    /// The schema of its definitions.
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::Api | Self::Mtproto => chappe_api::api_schema(),
            Self::Secret => chappe_api::secret_schema(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "API",
            Self::Mtproto => "MTProto",
            Self::Secret => "secret chats",
        })
    }
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// People only.
    Users,
    /// Bots only.
    Bots,
    /// People and bots.
    Both,
    /// Newer than the table, or below the API: nobody says.
    Unknown,
}

/// An error that a method may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodError {
    /// The code, such as 400.
    pub code: i32,
    /// The name, such as `CHAT_ID_INVALID`; `%d` stands for a number.
    pub name: String,
}

/// Who knows a shape of a secret chat's constructor, as `schema/secret.tl` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// In the published schema: may be sent to a peer of that layer.
    Official,
    /// Known to the official library and in no published schema: read, never sent.
    Tdlib,
    /// A shape of the API that peers are seen to put into secret messages: read, never sent.
    Cloud,
}

/// Another shape of a definition: one of older layers, or in secret chats one that is only read.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The definition.
    pub definition: Arc<Definition>,
    /// The observed layers that had it; in secret chats the one that brought it.
    pub layers: Layers,
    /// In secret chats, who knows it.
    pub section: Option<Section>,
}

/// A method.
#[derive(Clone, Debug)]
pub struct Method {
    /// The schema that it belongs to.
    pub origin: Origin,
    /// Its line of the newest layer.
    pub definition: Arc<Definition>,
    /// The layers that had this very shape; `None` where the schema has no layers.
    pub layers: Option<Layers>,
    /// Shapes of older layers, oldest first.
    pub other_shapes: Vec<Shape>,
    /// Who may call it.
    pub callers: Callers,
    /// What it may refuse with, in the order of codes and names.
    pub errors: Vec<MethodError>,
    /// Whether the embedded server implements it.
    pub served: bool,
}

impl Method {
    /// The full name, such as `messages.sendEncryptedService`.
    pub fn name(&self) -> &str {
        &self.definition.name
    }
}

/// A constructor by its name; in the schema of secret chats it may have several shapes.
#[derive(Clone, Debug)]
pub struct Constructor {
    /// The schema that it belongs to.
    pub origin: Origin,
    /// The shape to use: that of the newest layer, in secret chats the newest that may be sent.
    pub definition: Arc<Definition>,
    /// The layers that had this very shape, in secret chats the one that brought it; `None` for MTProto.
    pub layers: Option<Layers>,
    /// In secret chats, who knows the shape.
    pub section: Option<Section>,
    /// Its other shapes, oldest first.
    pub other_shapes: Vec<Shape>,
}

impl Constructor {
    /// The full name, such as `encryptedChatRequested`.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// The fields of all its shapes, those of the shape to use first.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let shapes =
            [&self.definition].into_iter().chain(self.other_shapes.iter().map(|shape| &shape.definition));
        shapes.flat_map(|definition| definition.params.iter().map(|param| &*param.name))
    }

    /// The name of its type, such as `EncryptedChat`.
    pub fn type_name(&self) -> String {
        type_name(&self.definition.ty)
    }
}

/// A boxed type.
#[derive(Clone, Debug)]
pub struct TypeInfo {
    /// The schema that it belongs to.
    pub origin: Origin,
    /// The full name, such as `messages.SentEncryptedMessage`.
    pub name: String,
    /// The places of its constructors in [`Model::constructors`], in the order of the schema.
    pub(crate) constructors: Vec<usize>,
}

/// An error of the API.
#[derive(Clone, Debug)]
pub struct ErrorInfo {
    /// The name; `%d` stands for a number.
    pub name: String,
    /// The codes under which it is given, mostly one.
    pub codes: Vec<i32>,
    /// The places in [`Model::methods`] of the methods that may give it.
    pub(crate) methods: Vec<usize>,
}

/// All facts of the reference.
#[derive(Debug)]
pub struct Model {
    methods: Vec<Method>,
    constructors: Vec<Constructor>,
    types: Vec<TypeInfo>,
    errors: Vec<ErrorInfo>,
    method_names: HashMap<String, usize>,
    constructor_names: HashMap<(Origin, String), usize>,
    type_names: HashMap<(Origin, String), usize>,
    error_names: HashMap<String, usize>,
    /// What the embedded server refuses with of its own accord: methods, `*` for any, with their errors.
    server_errors: HashMap<String, HashSet<String>>,
}

impl Model {
    /// The facts as they are built into the program.
    ///
    /// # Errors
    /// A file of `schema/` is not as it should be; a test of this crate sees to it that none is.
    pub fn load() -> Result<Self, ModelError> {
        load::load()
    }

    /// All methods, in the order of the schemas.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// All constructors, in the order of the schemas.
    pub fn constructors(&self) -> &[Constructor] {
        &self.constructors
    }

    /// All types, by schema and name.
    pub fn types(&self) -> &[TypeInfo] {
        &self.types
    }

    /// All errors, by name.
    pub fn errors(&self) -> &[ErrorInfo] {
        &self.errors
    }

    /// The method of this full name.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.get(*self.method_names.get(name)?)
    }

    /// The constructor of this name in one schema.
    pub fn constructor(&self, origin: Origin, name: &str) -> Option<&Constructor> {
        self.constructors.get(*self.constructor_names.get(&(origin, name.to_owned()))?)
    }

    /// The type of this name in one schema.
    pub fn type_info(&self, origin: Origin, name: &str) -> Option<&TypeInfo> {
        self.types.get(*self.type_names.get(&(origin, name.to_owned()))?)
    }

    /// The error of this name, with `%d` for a number.
    pub fn error(&self, name: &str) -> Option<&ErrorInfo> {
        self.errors.get(*self.error_names.get(name)?)
    }

    /// Whether the embedded server gives this error to this method of its own accord, not only by a fault rule.
    pub fn is_served_error(&self, method: &str, error: &str) -> bool {
        [method, "*"]
            .iter()
            .any(|key| self.server_errors.get(*key).is_some_and(|names| names.contains(error)))
    }

    /// Whether the embedded server gives this error to any method of its own accord.
    pub fn is_error_of_server(&self, error: &str) -> bool {
        self.server_errors.values().any(|names| names.contains(error))
    }

    /// The constructors of a type, in the order of the schema.
    pub fn constructors_of<'a>(&'a self, ty: &'a TypeInfo) -> impl Iterator<Item = &'a Constructor> {
        ty.constructors.iter().filter_map(|place| self.constructors.get(*place))
    }

    /// The methods that may give an error, in the order of the schema.
    pub fn methods_with<'a>(&'a self, error: &'a ErrorInfo) -> impl Iterator<Item = &'a Method> {
        error.methods.iter().filter_map(|place| self.methods.get(*place))
    }
}

/// The name of a type as pages know it: without vectors and `%`.
pub fn type_name(ty: &Type) -> String {
    match ty {
        Type::Vector(item) | Type::BareVector(item) => type_name(item),
        Type::Boxed(name) | Type::Bare(name) => name.clone(),
        other => other.to_string(),
    }
}
