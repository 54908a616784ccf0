//! The example for the command line: `chappe invoke`.

use chappe_tl::dynamic::{Object, Schema, Value};
use chappe_tl::parse::{Kind, Type};

use super::Login;
use super::document::{Document, Style};

const STYLE: Style = Style { indent: 2, last_comma: false };

pub(super) fn program(schema: &Schema, call: &Object, login: Login) -> String {
    let (method, file) = (call.name(), login.file());
    let before = format!("chappe invoke {method} ''");
    let arguments = match call.fields().next() {
        None => String::new(),
        Some(_) => format!(" '{}'", arguments(schema, call, before.len())),
    };
    format!(
        "# Exit code 0 and the result as JSON, or 3 and the error if the server refuses.\n\
         export CHAPPE_SESSION=chappe.session # {file}\n\
         chappe invoke {method}{arguments}\n"
    )
}

/// The arguments as JSON, beginning in `column`.
pub(super) fn arguments(schema: &Schema, call: &Object, column: usize) -> String {
    Shell { schema }.object(call, false).layout(STYLE, 0, column)
}

struct Shell<'a> {
    schema: &'a Schema,
}

impl Shell<'_> {
    fn object(&self, object: &Object, named: bool) -> Document {
        let name = named.then(|| Document::text(format!("\"_\": \"{}\"", object.name())));
        let fields = object.fields().map(|(param, value)| {
            Document::around(format!("\"{}\": ", param.name), self.value(&param.ty, value), "")
        });
        Document::group("{", name.into_iter().chain(fields).collect(), "}", "")
    }

    fn value(&self, ty: &Type, value: &Value) -> Document {
        match value {
            Value::Object(object) => {
                let one = ty.name().is_some_and(|name| self.schema.constructors(name).count() == 1);
                self.object(object, !one || object.definition().kind == Kind::Function)
            }
            Value::Vector(items) => {
                let (Type::Vector(item) | Type::BareVector(item)) = ty else { return Document::text("[]") };
                Document::group("[", items.iter().map(|value| self.value(item, value)).collect(), "]", "")
            }
            Value::String(text) => Document::text(super::quoted(text)),
            scalar => {
                let json = self.schema.to_json(scalar);
                Document::text(json.map(|json| json.to_string()).unwrap_or_default())
            }
        }
    }
}
