//! All definitions of one API layer, from the three notations the packages use.

use serde_json::Value;

use super::line::{Definition, parse_text};
use super::packages::{Fetched, Notation};
use crate::Result;

/// The definitions of one layer.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The API layer it describes.
    pub(crate) layer: u16,
    /// Whether it is a plain copy of the server's own listing. The JSON listings are not: they keep
    /// definitions of earlier layers and add some of their own.
    pub(crate) plain: bool,
    /// In the listing's order, without what is built into parsers.
    pub(crate) definitions: Vec<Definition>,
}

/// Reads the API listing of a package, or `None` for a package that has none.
pub(crate) fn read(fetched: &Fetched) -> Result<Option<Listing>> {
    let package = fetched.package;
    let Some(layer) = package.layer else {
        return Ok(None);
    };
    let text = fetched.text(package.file)?;
    let definitions = match package.notation {
        Notation::Tl => parse_text(&text),
        Notation::TlInJs => {
            let (_, inner) = text.split_once('`').ok_or("the module has no template text")?;
            parse_text(inner.rsplit_once('`').map_or(inner, |(inner, _)| inner))
        }
        Notation::Json => from_json(&text, layer)?,
    };
    let (good, bad): (Vec<_>, Vec<_>) =
        definitions.into_iter().filter(|d| !d.is_built_in()).partition(|d| d.crc() == d.id);
    // A plain listing is right in every line; what fails in a JSON listing is the package's own.
    if package.notation != Notation::Json
        && let Some(wrong) = bad.first()
    {
        return Err(format!("{package}: the id does not fit: {}", wrong.render()).into());
    }
    Ok(Some(Listing { layer, plain: package.notation != Notation::Json, definitions: good }))
}

fn from_json(text: &str, layer: u16) -> Result<Vec<Definition>> {
    let root: Value = serde_json::from_str(text)?;
    if root["l"].as_u64() != Some(u64::from(layer)) {
        return Err(format!("the JSON schema is of layer {}, not {layer}", root["l"]).into());
    }
    let entries = root["e"].as_array().ok_or("the JSON schema has no entries")?;
    entries
        .iter()
        .filter(|entry| {
            let name = entry["name"].as_str().unwrap_or_default();
            !name.starts_with("mtcute.") && !name.starts_with("test.")
        })
        .map(|entry| definition(entry).ok_or_else(|| format!("unreadable entry {}", entry["name"]).into()))
        .collect()
}

fn definition(entry: &Value) -> Option<Definition> {
    let mut body = String::new();
    for generic in entry["generics"].as_array().into_iter().flatten() {
        body += &format!("{{{}:{}}} ", generic["name"].as_str()?, generic["type"].as_str()?);
    }
    for argument in entry["arguments"].as_array()? {
        body += argument["name"].as_str()?;
        body.push(':');
        if let Some(predicate) = argument["typeModifiers"]["predicate"].as_str() {
            body += predicate;
            body.push('?');
        }
        body += &kind(argument)?;
        body.push(' ');
    }
    body += "= ";
    body += &kind(entry)?;
    Some(Definition {
        name: entry["name"].as_str()?.to_owned(),
        id: u32::try_from(entry["id"].as_u64()?).ok()?,
        body,
        is_method: entry["kind"].as_str()? == "method",
    })
}

/// The type of an argument or a result; `int53` is how the package says that a `long` fits a JS number.
fn kind(of: &Value) -> Option<String> {
    let name = match of["type"].as_str()? {
        "int53" => "long",
        other => other,
    };
    Some(if of["typeModifiers"]["isVector"].as_bool() == Some(true) {
        format!("Vector<{name}>")
    } else {
        name.to_owned()
    })
}
