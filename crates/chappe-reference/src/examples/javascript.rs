//! The JavaScript and the TypeScript example: GramJS.

use chappe_tl::dynamic::{Object, Value};
use chappe_tl::parse::Type;

use super::Login;
use super::document::{Document, Style};

const STYLE: Style = Style { indent: 2, last_comma: true };

/// The program; `typed` is TypeScript.
pub(super) fn program(call: &Object, login: Login, typed: bool) -> String {
    let request = object(call).layout(STYLE, 1, "  const request = ;".len());
    let big = request.contains("bigInt(");
    let result_type = result_type(&call.definition().ty);
    let (mut head, mut annotation) = (String::new(), String::new());
    if typed {
        if big || result_type.contains("bigInt.") {
            head += "import bigInt from \"big-integer\";\n";
        }
        head += "import { Api, TelegramClient } from \"telegram\";\n";
        head += "import { StringSession } from \"telegram/sessions\";\n";
        annotation = format!(": {result_type}");
    } else {
        if big {
            head += "const bigInt = require(\"big-integer\");\n";
        }
        head += "const { Api, TelegramClient } = require(\"telegram\");\n";
        head += "const { StringSession } = require(\"telegram/sessions\");\n";
    }
    let (unknown, text) = if typed {
        ("error: unknown", "error instanceof Error ? error.message : error")
    } else {
        ("error", "error.message")
    };
    format!(
        r#"{head}
const {{ API_ID, API_HASH = "", SESSION = "" }} = process.env; // SESSION: {session}
const client = new TelegramClient(new StringSession(SESSION), Number(API_ID), API_HASH, {{}});

async function main() {{
  await client.connect();
  const request = {request};
  const result{annotation} = await client.invoke(request);
  console.log(result);
}}

main()
  .catch(({unknown}) => {{
    console.error("{method}:", {text});
    process.exitCode = 1;
  }})
  .finally(() => client.destroy());
"#,
        method = call.name(),
        session = login.text("session.save()"),
    )
}

fn object(object: &Object) -> Document {
    let definition = object.definition();
    let name = match definition.name.rsplit_once('.') {
        Some((namespace, name)) => format!("{namespace}.{}", camel(name, true)),
        None => camel(&definition.name, true),
    };
    let fields: Vec<Document> = object
        .fields()
        .map(|(param, value)| {
            Document::around(format!("{}: ", camel(&param.name, false)), self::value(&param.ty, value), "")
        })
        .collect();
    if definition.params.is_empty() {
        return Document::text(format!("new Api.{name}()"));
    }
    Document::group(format!("new Api.{name}({{"), fields, "})", " ")
}

fn value(ty: &Type, value: &Value) -> Document {
    match value {
        Value::Bool(value) => Document::text(value.to_string()),
        Value::Int(value) => Document::text(value.to_string()),
        Value::Long(value) => match i32::try_from(*value) {
            Ok(small) => Document::text(format!("bigInt({small})")),
            Err(_) => Document::text(format!("bigInt(\"{value}\")")),
        },
        Value::Double(value) => Document::text(value.to_string()),
        Value::String(text) => Document::text(super::quoted(text)),
        Value::Bytes(bytes) => self::bytes(bytes),
        Value::Int128(bytes) => Document::text(format!("bigInt(\"{}\", 16)", super::hex(bytes))),
        Value::Int256(bytes) => Document::text(format!("bigInt(\"{}\", 16)", super::hex(&bytes[..]))),
        Value::Vector(items) => {
            let (Type::Vector(item) | Type::BareVector(item)) = ty else { return Document::text("[]") };
            Document::group("[", items.iter().map(|value| self::value(item, value)).collect(), "]", "")
        }
        Value::Object(object) => self::object(object),
    }
}

fn bytes(bytes: &[u8]) -> Document {
    if let Some((byte, count)) = super::repeated(bytes) {
        return Document::text(format!("Buffer.alloc({count}, {byte:#04x})"));
    }
    if let Some(text) = super::as_text(bytes) {
        return Document::text(format!("Buffer.from({text:?})"));
    }
    Document::text(format!("Buffer.from(\"{}\", \"hex\")", super::hex(bytes)))
}

/// `send_as` is `sendAs`, with `upper` `SendAs`: the way of GramJS, and of Telethon for classes.
pub(super) fn camel(name: &str, upper: bool) -> String {
    let mut out = String::new();
    let mut raise = upper;
    for char in name.chars() {
        if char == '_' {
            raise = true;
        } else if std::mem::take(&mut raise) {
            out.extend(char.to_uppercase());
        } else {
            out.push(char);
        }
    }
    out
}

/// What `invoke` resolves to.
fn result_type(ty: &Type) -> String {
    match ty {
        Type::Bool | Type::True => "boolean".into(),
        Type::Int | Type::Double | Type::Flags => "number".into(),
        Type::Long | Type::Int128 | Type::Int256 => "bigInt.BigInteger".into(),
        Type::String => "string".into(),
        Type::Bytes => "Buffer".into(),
        Type::Vector(item) | Type::BareVector(item) => format!("{}[]", result_type(item)),
        Type::Boxed(name) | Type::Bare(name) => match name.rsplit_once('.') {
            Some((namespace, name)) => format!("Api.{namespace}.Type{}", camel(name, true)),
            None => format!("Api.Type{}", camel(name, true)),
        },
        Type::Object | Type::Query(_) | Type::Generic(_) => "unknown".into(),
    }
}
