//! Where pages are, without ending.

use crate::model::{Constructor, Method, Origin, TypeInfo};
use crate::prose::{Kind, Target};

/// The folder of a schema.
const fn folder(origin: Origin) -> &'static str {
    match origin {
        Origin::Api => "",
        Origin::Mtproto => "mtproto/",
        Origin::Secret => "secret/",
    }
}

/// The page of a method.
pub fn method_path(method: &Method) -> String {
    named(Kind::Method, method.origin, method.name())
}

/// The page of a type.
pub fn type_path(ty: &TypeInfo) -> String {
    named(Kind::Type, ty.origin, &ty.name)
}

/// The page of a constructor.
pub fn constructor_path(constructor: &Constructor) -> String {
    named(Kind::Constructor, constructor.origin, constructor.name())
}

/// The page of an error. A `%` would mean something else in an address.
pub fn error_path(name: &str) -> String {
    named(Kind::Error, Origin::Api, name)
}

/// The page of a guide.
pub fn guide_path(name: &str) -> String {
    named(Kind::Guide, Origin::Api, name)
}

/// The page of a target.
pub fn target_path(target: &Target) -> String {
    named(target.kind, target.origin, &target.name)
}

fn named(kind: Kind, origin: Origin, name: &str) -> String {
    let name = name.replace("%d", "X");
    format!("{}{}s/{name}", folder(origin), kind.word())
}
