//! The examples as files, and what makes one Rust program of all those in Rust.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chappe_reference::examples::{self, GRAMJS_LAYER, Language, TELETHON_LAYER};
use chappe_reference::model::{Method, Origin};
use chappe_reference::{Model, Prose};

use crate::Result;

/// Writes `rust/NAME.rs`, `javascript/NAME.js` and so on, `rust/examples.rs`, and `requests.json`; and the programs of
/// guides as `guides/NAME_1.rs`, `.mjs` and `.py`.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let model = Model::load()?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for language in Language::ALL {
        fs::create_dir_all(folder.join(subfolder(language)))?;
    }
    let folder = &folder.canonicalize()?;
    let methods: Vec<&Method> =
        model.methods().iter().filter(|method| method.origin == Origin::Api).collect();
    let (mut modules, mut arms) = (String::new(), String::new());
    let mut requests = serde_json::Map::new();
    for method in methods {
        for example in examples::for_method(&model, method) {
            let path = folder.join(subfolder(example.language)).join(&example.file_name);
            fs::write(&path, &example.source)?;
            if example.language == Language::Rust {
                let module = examples::module_name(method.name());
                // Writing to a String does not fail.
                let _ = writeln!(
                    modules,
                    "mod {module} {{\n    include!({path:?});\n    pub(crate) fn run() -> crate::Outcome {{\n        main()\n    }}\n}}"
                );
                if method.served {
                    let _ = writeln!(arms, "        {:?} => {module}::run(),", method.name());
                }
            }
        }
        let bytes = |layer| -> Result<Option<String>> {
            let Some(call) = examples::call(method, layer)? else { return Ok(None) };
            let bytes = examples::schema(layer).encode(&call)?;
            Ok(Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
        };
        let of = serde_json::json!({"javascript": bytes(GRAMJS_LAYER)?, "python": bytes(TELETHON_LAYER)?});
        requests.insert(examples::module_name(method.name()), of);
    }
    guides(&model, folder, &mut modules)?;
    let program = format!(
        "#![allow(dead_code)] // Of methods that no server here has.\n\
         type Outcome = Result<(), Box<dyn std::error::Error>>;\n\
         {modules}\n\
         fn main() -> Outcome {{\n\
         let method = std::env::args().nth(1).unwrap_or_default();\n\
         match method.as_str() {{\n{arms}        _ => Err(\"no such example\".into()),\n    }}\n}}\n"
    );
    let program = program.replacen("#![allow(dead_code)] // Of methods that no server here has.\n", "", 1);
    let program = program.replace("\nmod ", "\n#[allow(dead_code)]\nmod ");
    fs::write(folder.join("rust/examples.rs"), program)?;
    fs::write(folder.join("requests.json"), serde_json::to_string_pretty(&requests)?)?;
    Ok(())
}

/// Writes the programs that stand in guides. Those in Rust become modules; what is a piece only becomes a function that
/// has what guides speak of: a client, a friend, a secret chat, a request.
fn guides(model: &Model, folder: &Path, modules: &mut String) -> Result<()> {
    let folder = folder.join("guides");
    fs::create_dir_all(&folder)?;
    let (prose, _) = Prose::embedded(model);
    for guide in prose.guides() {
        for (number, program) in guide.programs().enumerate() {
            let name = format!("{}_{}", guide.name.replace('-', "_"), number + 1);
            let path = folder.join(match &*program.language {
                "rust" => format!("{name}.rs"),
                "js" => format!("{name}.mjs"),
                _ => format!("{name}.py"),
            });
            let (source, place) = (&program.source, &program.place);
            if program.language != "rust" {
                fs::write(&path, source)?;
                continue;
            }
            let source = if source.contains("fn main(") {
                format!("// {place}\n{source}")
            } else {
                format!(
                    "use chappe::*;\n\
                     async fn piece(\n\
                     client: Client,\n\
                     friend: types::User,\n\
                     chat: secret::SecretChat,\n\
                     request: functions::help::GetConfig,\n\
                     ) -> Result<(), Box<dyn std::error::Error>> {{\n\
                     // {place}\n{source}Ok(())\n}}\n"
                )
            };
            fs::write(&path, source)?;
            // Writing to a String does not fail.
            let _ = writeln!(modules, "#[allow(unused)]\nmod guide_{name} {{\n    include!({path:?});\n}}");
        }
    }
    Ok(())
}

/// The folder of a language.
pub(crate) fn subfolder(language: Language) -> &'static str {
    match language {
        Language::Rust => "rust",
        Language::JavaScript => "javascript",
        Language::TypeScript => "typescript",
        Language::Python => "python",
        Language::CommandLine => "shell",
    }
}
