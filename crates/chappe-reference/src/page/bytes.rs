//! The bytes of a call with the meaning of each.

use chappe_tl::dynamic::{Object, Value};
use chappe_tl::parse::{Parameter, Type};
use serde::Serialize;

/// Longer pieces show their beginning only.
const MAX_SHOWN: usize = 24;

/// Some bytes of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByteRow {
    /// Where they begin.
    pub offset: usize,
    /// In hexadecimal, in groups of four bytes.
    pub hex: String,
    /// How many they are.
    pub len: usize,
    /// How deep the object is that they belong to.
    pub depth: usize,
    /// What they are: a field, or the id of a constructor.
    pub what: String,
    /// Their value.
    pub value: String,
}

/// The bytes that the library makes of a call, piece by piece.
///
/// `None` if the call cannot be encoded, or its bytes are not what its fields say they should be.
pub fn annotate(call: &Object) -> Option<Vec<ByteRow>> {
    let bytes = call.to_bytes().ok()?;
    let mut walk = Walk { bytes: &bytes, at: 0, rows: Vec::new() };
    walk.object(call, true, 0, "")?;
    (walk.at == bytes.len()).then_some(walk.rows)
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    rows: Vec<ByteRow>,
}

impl Walk<'_> {
    fn row(&mut self, len: usize, depth: usize, what: &str, value: String) -> Option<()> {
        let piece = self.bytes.get(self.at..self.at + len)?;
        let shown = piece.get(..MAX_SHOWN).unwrap_or(piece);
        let groups =
            shown.chunks(4).map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let mut hex = groups.collect::<Vec<_>>().join(" ");
        if shown.len() < len {
            hex.push_str(" …");
        }
        self.rows.push(ByteRow { offset: self.at, hex, len, depth, what: what.to_owned(), value });
        self.at += len;
        Some(())
    }

    fn object(&mut self, object: &Object, boxed: bool, depth: usize, what: &str) -> Option<()> {
        if boxed {
            let what = if what.is_empty() { "method" } else { what };
            self.row(4, depth, what, format!("{}#{:08x}", object.name(), object.id()))?;
        }
        for param in &object.definition().params {
            if param.ty == Type::Flags {
                let value = flags(object, &param.name);
                self.row(4, depth + 1, &param.name, value)?;
            } else if let Some(value) = object.get(&param.name).filter(|_| !param.is_true_flag()) {
                self.value(value, &param.ty, depth + 1, &param.name)?;
            }
        }
        Some(())
    }

    fn value(&mut self, value: &Value, ty: &Type, depth: usize, what: &str) -> Option<()> {
        match value {
            Value::Bool(value) => {
                self.row(4, depth, what, format!("bool{}", if *value { "True" } else { "False" }))
            }
            Value::Int(value) => self.row(4, depth, what, value.to_string()),
            Value::Long(value) => self.row(8, depth, what, value.to_string()),
            Value::Double(value) => self.row(8, depth, what, value.to_string()),
            Value::Int128(_) => self.row(16, depth, what, "16 bytes as they are".to_owned()),
            Value::Int256(_) => self.row(32, depth, what, "32 bytes as they are".to_owned()),
            Value::String(text) => self.text(text.len(), depth, what, format!("{text:?}")),
            Value::Bytes(bytes) => {
                let shown =
                    std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control));
                self.text(bytes.len(), depth, what, shown.map(|text| format!("{text:?}")).unwrap_or_default())
            }
            Value::Object(object) => self.object(object, !matches!(ty, Type::Bare(_)), depth, what),
            Value::Vector(items) => {
                let (item, boxed) = match ty {
                    Type::Vector(item) => (&**item, true),
                    Type::BareVector(item) => (&**item, false),
                    _ => return None,
                };
                if boxed {
                    self.row(4, depth, what, "vector#1cb5c415".to_owned())?;
                }
                self.row(4, depth + 1, "count", items.len().to_string())?;
                items.iter().enumerate().try_for_each(|(place, value)| {
                    self.value(value, item, depth + 1, &format!("{what}[{place}]"))
                })
            }
        }
    }

    /// A string: its length in one byte, or in four from 254 on; the text; zeros up to the next multiple of four.
    fn text(&mut self, len: usize, depth: usize, what: &str, value: String) -> Option<()> {
        let head = if len < 254 { 1 } else { 4 };
        let padding = (4 - (head + len) % 4) % 4;
        self.row(head, depth, what, format!("length {len}"))?;
        if len > 0 {
            self.row(len, depth, what, value)?;
        }
        if padding > 0 {
            self.row(padding, depth, what, "padding".to_owned())?;
        }
        Some(())
    }
}

/// What the bits of a flags field say.
fn flags(object: &Object, name: &str) -> String {
    let of = |param: &&Parameter| param.flag.as_ref().is_some_and(|flag| flag.field == name);
    let set = object.definition().params.iter().filter(of).filter(|param| {
        object.get(&param.name).is_some_and(|value| *value != Value::Bool(false) || !param.is_true_flag())
    });
    let set: Vec<_> =
        set.filter_map(|param| Some(format!("bit {}: {}", param.flag.as_ref()?.bit, param.name))).collect();
    if set.is_empty() { "no bit set".to_owned() } else { set.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_call_has_a_meaning() {
        let schema = chappe_api::api_schema();
        let chat = schema.object("inputEncryptedChat").unwrap();
        let chat = chat.with("chat_id", 43).unwrap().with("access_hash", -4156887774564_i64).unwrap();
        let call = schema.object("messages.sendEncryptedService").unwrap();
        let call = call.with("peer", chat).unwrap().with("random_id", -4156887774564_i64).unwrap();
        let call = call.with("data", b"arbitrary data here".to_vec()).unwrap();
        let rows = annotate(&call).unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.offset, row.len, &*row.what, &*row.value)).collect();
        assert_eq!(
            shown,
            [
                (0, 4, "method", "messages.sendEncryptedService#32d439a4"),
                (4, 4, "peer", "inputEncryptedChat#f141b5e1"),
                (8, 4, "chat_id", "43"),
                (12, 8, "access_hash", "-4156887774564"),
                (20, 8, "random_id", "-4156887774564"),
                (28, 1, "data", "length 19"),
                (29, 19, "data", "\"arbitrary data here\""),
            ]
        );
        assert_eq!(rows[0].hex, "a439d432");
    }

    #[test]
    fn flags_and_vectors_are_taken_apart() {
        let schema = chappe_api::api_schema();
        let two = Value::Vector(vec![Value::Int(1), Value::Int(2)]);
        let call = schema.object("messages.readMessageContents").unwrap().with("id", two).unwrap();
        let rows = annotate(&call).unwrap();
        assert_eq!(
            rows.iter().map(|row| &*row.what).collect::<Vec<_>>(),
            ["method", "id", "count", "id[0]", "id[1]"]
        );

        let call = schema.object("messages.discardEncryption").unwrap();
        let call = call.with("chat_id", 7).unwrap().with("delete_history", true).unwrap();
        let rows = annotate(&call).unwrap();
        assert_eq!(rows[1].value, "bit 0: delete_history");
    }
}
