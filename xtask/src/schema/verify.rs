//! Holds the hand-written files against the CRC32 rule and against the packages.

use std::collections::BTreeMap;

use serde_json::Value;

use super::line::{Definition, parse_text};
use super::packages::{self, ERRORS, Fetched, SERVICE};
use crate::Result;

/// Ids that are not the CRC32 of their line: history, or made with `bytes` left as it is.
const EXCEPTIONS: [u32; 4] = [
    0x3798_2646, // ipPortSecret
    0x4679_b65f, // accessPointRule
    0x5a59_2a6c, // help.configSimple
    0x6abd_9782, // decryptedMessageMediaDocument, layer 143
];

/// The service schema: ids by the rule, and every definition a package knows is here with the same fields.
pub(crate) fn mtproto(text: &str, fetched: &[Fetched]) -> Result<()> {
    let own = checked("mtproto.tl", text)?;
    let own: BTreeMap<u32, &Definition> = own.iter().map(|d| (d.id, d)).collect();
    let other = packages::find(fetched, SERVICE)?.text("tl/mtproto.tl")?;
    for theirs in parse_text(&other) {
        let ours = own.get(&theirs.id).ok_or_else(|| format!("mtproto.tl lacks {}", theirs.render()))?;
        if plain(ours) != plain(&theirs) {
            return Err(
                format!("mtproto.tl has {}, {} has {}", ours.render(), SERVICE.0, theirs.render()).into()
            );
        }
    }
    let other: Value = serde_json::from_str(&packages::find(fetched, ERRORS)?.text("tl/mtp-schema.json")?)?;
    for entry in other.as_array().or_else(|| other["e"].as_array()).into_iter().flatten() {
        let id = entry["id"].as_u64().and_then(|id| u32::try_from(id).ok());
        // Answers and containers are read by hand there and have id 0.
        let Some(id) = id.filter(|id| *id != 0) else {
            continue;
        };
        let ours = own.get(&id).ok_or_else(|| format!("mtproto.tl lacks {} #{id:x}", entry["name"]))?;
        let names: Vec<_> = entry["arguments"].as_array().into_iter().flatten().collect();
        let fields = ours.body.split_whitespace().take_while(|word| *word != "=");
        if !fields.map(|f| f.split(':').next()).eq(names.iter().map(|n| n["name"].as_str())) {
            return Err(format!("mtproto.tl has {}, {} other fields", ours.render(), ERRORS.0).into());
        }
    }
    Ok(())
}

/// The secret-chat schema: ids by the rule, markers in order, no id twice.
pub(crate) fn secret(text: &str) -> Result<()> {
    let mut seen = BTreeMap::new();
    for definition in checked("secret.tl", text)? {
        if let Some(earlier) = seen.insert(definition.id, definition.name.clone()) {
            return Err(format!("secret.tl: {earlier} and {} have one id", definition.name).into());
        }
    }
    let mut layer = 0_u16;
    for line in text.lines() {
        if let Some(number) = line.strip_prefix("// LAYER ").filter(|rest| rest.parse::<u16>().is_ok()) {
            let next = number.parse()?;
            if next <= layer {
                return Err(format!("secret.tl: layer {next} comes after layer {layer}").into());
            }
            layer = next;
        }
    }
    Ok(())
}

/// The definitions, if each id fits its line.
fn checked(file: &str, text: &str) -> Result<Vec<Definition>> {
    let definitions = parse_text(text);
    for definition in &definitions {
        if definition.crc() != definition.id && !EXCEPTIONS.contains(&definition.id) {
            let id = definition.crc();
            return Err(format!("{file}: the line's CRC32 is {id:08x}: {}", definition.render()).into());
        }
    }
    Ok(definitions)
}

/// Fields and result with `bytes` and `string` made one.
fn plain(definition: &Definition) -> String {
    definition.body.replace(":bytes", ":string").replace("?bytes", "?string")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_id_is_found() {
        let error =
            secret("// LAYER 8\ndecryptedMessageActionFlushHistory#6719e45d = DecryptedMessageAction;\n");
        assert!(error.unwrap_err().to_string().contains("6719e45c"));
    }

    #[test]
    fn layers_must_ascend() {
        assert!(secret("// LAYER 17\n// LAYER 8\n").is_err());
        assert!(secret("// LAYER n is explained here\n// LAYER 8\n// LAYER 17\n").is_ok());
    }
}
