//! Numbers and byte strings out of JSON.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value as Json;

use crate::dynamic::nearest::shorten;
use crate::dynamic::{ValueError, ValueErrorKind};

type Result<T> = core::result::Result<T, ValueError>;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const URL_BASE64: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

const INT: &str = "an int: a whole number from -2147483648 to 2147483647";
const LONG: &str =
    "a long: a whole number from -9223372036854775808 to 9223372036854775807, as a number or a string";

/// What was given, in the words of an error message.
pub(super) fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => format!("the number {number}"),
        Json::String(text) => format!("the string {:?}", shorten(text)),
        Json::Array(_) => "an array".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}

pub(super) fn wrong_type(expected: impl Into<String>, json: &Json) -> ValueError {
    ValueErrorKind::WrongType { expected: expected.into(), given: describe(json) }.into()
}

/// The error for `json` where a whole number is expected.
fn not_whole(expected: &str, json: &Json) -> ValueError {
    let whole = match json {
        Json::Number(number) => {
            number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|float| float.abs() >= 1e15)
        }
        Json::String(text) => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    if whole {
        ValueErrorKind::OutOfRange { expected: expected.to_owned(), given: describe(json) }.into()
    } else {
        wrong_type(expected, json)
    }
}

pub(super) fn int(json: &Json) -> Result<i32> {
    let number = json.as_i64().and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| match json {
        Json::String(_) => wrong_type(INT, json),
        _ => not_whole(INT, json),
    })
}

pub(super) fn long(json: &Json) -> Result<i64> {
    let number = match json {
        Json::String(text) => text.parse().ok(),
        _ => json.as_i64(),
    };
    number.ok_or_else(|| not_whole(LONG, json))
}

pub(super) fn double(json: &Json) -> Result<f64> {
    match json {
        Json::Number(number) => match number.as_f64().filter(|float| float.is_finite()) {
            Some(float) => Ok(float),
            None => Err(ValueErrorKind::NotFinite { given: number.to_string() }.into()),
        },
        Json::String(text) if text.parse().is_ok_and(|float: f64| !float.is_finite()) => {
            Err(ValueErrorKind::NotFinite { given: shorten(text) }.into())
        }
        _ => Err(wrong_type("a double: a number", json)),
    }
}

pub(super) fn bytes(json: &Json) -> Result<Vec<u8>> {
    let expected = "bytes: a string of base64";
    let text = json.as_str().ok_or_else(|| wrong_type(expected, json))?;
    base64(text).ok_or_else(|| wrong_type(expected, json))
}

/// An `int128` or `int256`.
pub(super) fn fixed_bytes<const N: usize>(json: &Json) -> Result<[u8; N]> {
    let expected = || format!("an int{}: a string of {} hexadecimal digits, or base64", N * 8, N * 2);
    let text = json.as_str().ok_or_else(|| wrong_type(expected(), json))?;
    let bytes = if text.len() == N * 2 { hex(text) } else { base64(text) };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| wrong_type(expected(), json))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let engine = if text.contains(['-', '_']) { &URL_BASE64 } else { &STANDARD_BASE64 };
    engine.decode(text).ok()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match *pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
