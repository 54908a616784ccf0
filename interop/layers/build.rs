//! Writes, for each layer, which reader of grammers belongs to which type.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use chappe_tl::parse::{Kind, definitions};

const LAYERS: [i32; 2] = [166, 216];

fn main() -> Result<(), Box<dyn Error>> {
    let mut code = String::new();
    for layer in LAYERS {
        writeln!(code, "fn read_{layer}(ty: &str, bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {{")?;
        writeln!(
            code,
            "    use grammers_{layer}::{{Deserializable, Serializable, enums}};\n    match ty {{"
        )?;
        for name in types(layer)? {
            let path = path(&name);
            writeln!(
                code,
                "        {name:?} => Some(enums::{path}::from_bytes(bytes).map(|it| it.to_bytes()).map_err(|it| it.to_string())),"
            )?;
        }
        writeln!(code, "        _ => None,\n    }}\n}}")?;
    }
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("readers.rs"), code)?;
    Ok(())
}

/// The types that the schema of that version names, from its own copy beside its sources.
fn types(layer: i32) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let version = if layer == 166 { "0.5.0" } else { "0.8.0" };
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| home + "/.cargo"))?;
    for registry in std::fs::read_dir(Path::new(&home).join("registry/src"))? {
        let file = registry?.path().join(format!("grammers-tl-types-{version}/tl/api.tl"));
        if let Ok(text) = std::fs::read_to_string(file) {
            let types = definitions(&text).filter_map(Result::ok).filter(|it| it.kind == Kind::Type);
            return Ok(types
                .map(|it| it.ty.to_string())
                .filter(|name| name != "Bool" && name != "True")
                .collect());
        }
    }
    Err(format!("grammers-tl-types {version} is not where cargo keeps sources").into())
}

/// The name that grammers gives an enum: capitals in a row become one.
fn path(name: &str) -> String {
    let (namespace, short) =
        name.rsplit_once('.').map_or((None, name), |(space, short)| (Some(space), short));
    let mut rust = String::new();
    let mut after_capital = false;
    for letter in short.chars() {
        rust.push(if after_capital { letter.to_ascii_lowercase() } else { letter });
        after_capital = letter.is_ascii_uppercase();
    }
    match namespace {
        Some(space) => format!("{space}::{rust}"),
        None => rust,
    }
}
