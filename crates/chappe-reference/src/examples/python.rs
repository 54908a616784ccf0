//! The Python example: Telethon.

use chappe_tl::dynamic::{Object, Value};
use chappe_tl::parse::Kind;

use super::Login;
use super::document::{Document, Style};
use super::javascript::camel;

const STYLE: Style = Style { indent: 4, last_comma: true };

pub(super) fn program(call: &Object, login: Login) -> String {
    let request = object(call);
    let request = request.layout(STYLE, 3, "            request = ".len());
    let types = if request.contains("types.") { ", types" } else { "" };
    format!(
        r#"import asyncio
import os

from telethon import TelegramClient, errors, functions{types}
from telethon.sessions import StringSession


async def main():
    session = StringSession(os.environ["SESSION"])  # {session}
    client = TelegramClient(session, int(os.environ["API_ID"]), os.environ["API_HASH"])
    await client.connect()
    try:
        request = {request}
        print(await client(request))
    except errors.RPCError as error:
        raise SystemExit(f"{method}: {{error.code}} {{error.message}}")
    finally:
        await client.disconnect()


asyncio.run(main())
"#,
        request = request.replace("\n    ", "\n"),
        method = call.name(),
        session = login.text("StringSession.save()"),
    )
}

fn object(object: &Object) -> Document {
    let definition = object.definition();
    let (module, suffix) =
        if definition.kind == Kind::Function { ("functions", "Request") } else { ("types", "") };
    let (namespace, name) = definition
        .name
        .rsplit_once('.')
        .map_or((None, &*definition.name), |(namespace, name)| (Some(namespace), name));
    let namespace = namespace.map(|namespace| format!(".{namespace}")).unwrap_or_default();
    let path = format!("{module}{namespace}.{}{suffix}", camel(name, true));
    let fields = object.fields().map(|(param, value)| {
        let name = match param.name.as_str() {
            "self" => "is_self",
            "from" => "from_",
            name => name,
        };
        Document::around(format!("{name}="), self::value(value), "")
    });
    Document::group(format!("{path}("), fields.collect(), ")", "")
}

fn value(value: &Value) -> Document {
    match value {
        Value::Bool(true) => Document::text("True"),
        Value::Bool(false) => Document::text("False"),
        Value::Int(value) => Document::text(value.to_string()),
        Value::Long(value) => Document::text(value.to_string()),
        Value::Double(value) => Document::text(format!("{value:?}")),
        Value::String(text) => Document::text(super::quoted(text)),
        Value::Bytes(bytes) => self::bytes(bytes),
        Value::Int128(bytes) => self::bytes(bytes),
        Value::Int256(bytes) => self::bytes(&bytes[..]),
        Value::Vector(items) => Document::group("[", items.iter().map(self::value).collect(), "]", ""),
        Value::Object(object) => self::object(object),
    }
}

fn bytes(bytes: &[u8]) -> Document {
    if let Some((byte, count)) = super::repeated(bytes) {
        return Document::text(format!("bytes([{byte:#04x}]) * {count}"));
    }
    if let Some(text) = super::as_text(bytes) {
        return Document::text(format!("b{text:?}"));
    }
    Document::text(format!("bytes.fromhex(\"{}\")", super::hex(bytes)))
}
