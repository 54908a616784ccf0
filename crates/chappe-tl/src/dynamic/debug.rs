//! Bytes printed as the objects they hold: what `Debug` of the generated types shows.
//!
//! ```
//! use std::fmt;
//!
//! use chappe_tl::dynamic::{Schema, debug};
//! use chappe_tl::parse::Type;
//!
//! struct Shown<'a>(&'a Schema, &'a [u8]);
//!
//! impl fmt::Debug for Shown<'_> {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         debug::fmt(self.0, self.1, &Type::Object, &|_, field| field == "password", f)
//!     }
//! }
//!
//! let schema = Schema::parse("account.login#1 user_id:long password:string key:bytes = Login;")?;
//! let login = schema.object("account.login")?.with("user_id", 7_i64)?.with("password", "secret")?;
//! let bytes = login.with("key", vec![0xab; 1000])?.to_bytes()?;
//! assert_eq!(
//!     format!("{:?}", Shown(&schema, &bytes)),
//!     "Login { user_id: 7, password: [redacted], key: <1000 bytes abababababababab…> }"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use super::{Object, Schema, Value};
use crate::parse::Type;

/// Bytes up to this length are printed whole.
const MAX_WHOLE_LEN: usize = 32;

/// How much is shown of longer ones.
const PREFIX_LEN: usize = 8;

/// Says whether a field, given with the full name of its constructor, must not be shown.
pub type Redact<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Prints `bytes`, a value of type `ty` ([`Type::Object`] for anything boxed), in the style of derived `Debug`.
///
/// Constructors appear with the last part of their name in Rust's spelling, absent fields not at all, long bytes with
/// their beginning, and fields for which `redact` says so as `[redacted]`. `{:#?}` works. Bytes that are no such value
/// print as their length and what is wrong.
///
/// # Errors
/// Those of the formatter only.
pub fn fmt(
    schema: &Schema,
    bytes: &[u8],
    ty: &Type,
    redact: Redact<'_>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    match schema.decode(bytes, ty) {
        Ok(value) => fmt_value(&value, redact, f),
        Err(error) => write!(f, "<{} bytes that are not a value: {error}>", bytes.len()),
    }
}

pub(super) fn fmt_object(object: &Object, redact: Redact<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut debug = f.debug_struct(&rust_name(object.definition().short_name()));
    for (param, value) in object.fields() {
        if redact(object.name(), &param.name) {
            debug.field(&param.name, &format_args!("[redacted]"));
        } else {
            debug.field(&param.name, &Shown { value, redact });
        }
    }
    debug.finish()
}

pub(super) fn fmt_value(value: &Value, redact: Redact<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Bool(value) => fmt::Debug::fmt(value, f),
        Value::Bytes(bytes) => fmt_bytes(bytes, f),
        Value::Double(value) => fmt::Debug::fmt(value, f),
        Value::Int(value) => fmt::Debug::fmt(value, f),
        Value::Int128(bytes) => fmt_bytes(bytes, f),
        Value::Int256(bytes) => fmt_bytes(&bytes[..], f),
        Value::Long(value) => fmt::Debug::fmt(value, f),
        Value::Object(object) => fmt_object(object, redact, f),
        Value::String(text) => fmt::Debug::fmt(text, f),
        Value::Vector(items) => {
            f.debug_list().entries(items.iter().map(|value| Shown { value, redact })).finish()
        }
    }
}

struct Shown<'a> {
    value: &'a Value,
    redact: Redact<'a>,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_value(self.value, self.redact, f)
    }
}

fn fmt_bytes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let whole = bytes.len() <= MAX_WHOLE_LEN;
    write!(f, "<{} bytes{}", bytes.len(), if bytes.is_empty() { "" } else { " " })?;
    for byte in bytes.iter().take(if whole { MAX_WHOLE_LEN } else { PREFIX_LEN }) {
        write!(f, "{byte:02x}")?;
    }
    f.write_str(if whole { ">" } else { "…>" })
}

/// `inputPeerSelf` as `InputPeerSelf`, `p_q_inner_data` as `PQInnerData`.
fn rust_name(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut chars = part.chars();
        result.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        result.push_str(chars.as_str());
    }
    result
}
