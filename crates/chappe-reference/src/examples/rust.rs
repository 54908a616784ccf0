//! The Rust example: `chappe`.

use chappe_tl::dynamic::{Object, Schema, Value};
use chappe_tl::parse::{Kind, Type};
use chappe_tl::rust_names;

use super::Login;
use super::document::{Document, Style};

const STYLE: Style = Style { indent: 4, last_comma: true };

pub(super) fn program(schema: &Schema, call: &Object, login: Login) -> String {
    let request = Rust { schema }.object(call);
    let request = request.layout(STYLE, 1, "    let request = ;".len());
    let used: String = ["enums", "functions", "types"]
        .into_iter()
        .filter(|module| request.contains(&format!("{module}::")))
        .map(|module| format!(", {module}"))
        .collect();
    let bytes = if request.contains("Bytes(") { "Bytes, " } else { "" };
    let (method, file) = (call.name(), login.file());
    format!(
        r#"use chappe::{{{bytes}Client, DataCentres, SqliteSession{used}}};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let session = SqliteSession::open("chappe.session").await?; // {file}
    let client = Client::builder(4242, "your api_hash")
        .session(session)
        .data_centres(DataCentres::from_env()?)
        .connect()
        .await?;

    let request = {request};
    let answer = client.invoke(request).await;
    client.disconnect().await?;
    let result = answer.map_err(|error| format!("{method}: {{error}}"))?;
    println!("{{result:?}}");
    Ok(())
}}
"#
    )
}

struct Rust<'a> {
    schema: &'a Schema,
}

impl Rust<'_> {
    /// The struct of a constructor or a method.
    fn object(&self, object: &Object) -> Document {
        let definition = object.definition();
        let module = if definition.kind == Kind::Function { "functions" } else { "types" };
        let path = path(module, &definition.name, &rust_names::pascal(&definition.name));
        let params = definition.params.iter().filter(|param| param.ty != Type::Flags);
        let fields = params.map(|param| {
            let value = match object.get(&param.name) {
                _ if param.is_true_flag() => {
                    Document::text(if object.get(&param.name).is_some() { "true" } else { "false" })
                }
                None => Document::text("None"),
                Some(value) if param.flag.is_some() => {
                    Document::around("Some(", self.value(&param.ty, value, false), ")")
                }
                Some(value) => self.value(&param.ty, value, false),
            };
            Document::around(format!("{}: ", rust_names::field(&param.name)), value, "")
        });
        Document::group(format!("{path} {{"), fields.collect(), "}", " ")
    }

    fn value(&self, ty: &Type, value: &Value, in_vector: bool) -> Document {
        match value {
            Value::Bool(value) => Document::text(value.to_string()),
            Value::Int(value) => Document::text(value.to_string()),
            Value::Long(value) => Document::text(value.to_string()),
            Value::Double(value) => Document::text(format!("{value:?}")),
            Value::String(text) => Document::text(format!("{text:?}.into()")),
            Value::Bytes(bytes) => {
                let (before, after) = if in_vector { ("Bytes(", ")") } else { ("", "") };
                Document::around(before, self::bytes(bytes), after)
            }
            Value::Int128(bytes) => Document::text(format!("{bytes:?}")),
            Value::Int256(bytes) => Document::text(format!("{bytes:?}")),
            Value::Vector(items) => {
                let (Type::Vector(item) | Type::BareVector(item)) = ty else {
                    return Document::text("vec![]");
                };
                let items = items.iter().map(|value| self.value(item, value, true));
                Document::group("vec![", items.collect(), "]", "")
            }
            Value::Object(object) => self.constructor(ty, object),
        }
    }

    /// A constructor where its type belongs: in an enum, if the type has several.
    fn constructor(&self, ty: &Type, object: &Object) -> Document {
        let (Type::Boxed(name), Kind::Type) = (ty, object.definition().kind) else {
            return self.object(object);
        };
        let constructors: Vec<String> =
            self.schema.constructors(name).map(|definition| definition.name.clone()).collect();
        if constructors.len() < 2 {
            return self.object(object);
        }
        if !object.definition().params.is_empty() {
            return Document::around("", self.object(object), ".into()");
        }
        let variants = rust_names::variants(name, &constructors);
        let place = constructors.iter().position(|constructor| constructor == object.name());
        let variant = place.and_then(|place| variants.get(place)).map_or("", String::as_str);
        Document::text(format!("{}::{variant}", path("enums", name, &rust_names::pascal(name))))
    }
}

fn path(module: &str, name: &str, ident: &str) -> String {
    match rust_names::namespace(name) {
        Some(namespace) => format!("{module}::{namespace}::{ident}"),
        None => format!("{module}::{ident}"),
    }
}

fn bytes(bytes: &[u8]) -> Document {
    if let Some((byte, count)) = super::repeated(bytes) {
        return Document::text(format!("vec![{byte:#04x}; {count}]"));
    }
    if let Some(text) = super::as_text(bytes) {
        return Document::text(format!("b{text:?}.to_vec()"));
    }
    super::hex_rows(bytes, "vec![", "]")
}
