//! The test kits in `testkits/`: their example tests, as a user of the kit runs them.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{build, built, copy, execute, install_pip, npm_install};
use crate::{Result, workspace_root};

/// GramJS and mtcute, by the kit for Node.js.
pub(super) fn node() -> Result<()> {
    println!("== kit-node");
    let folder = prepare("node", "kit-node")?;
    npm_install(&folder)?;
    let mut node = Command::new("npm");
    execute(node.args(["test", "--silent", "--prefix"]).arg(folder).env("CHAPPE_BIN", built("chappe")))
}

/// Telethon, by the kit for Python, which is installed as a package.
pub(super) fn python() -> Result<()> {
    println!("== kit-python");
    let folder = prepare("python", "kit-python/source")?;
    let python = install_pip("kit-python", &["telethon==1.45.0"])?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps"];
    execute(Command::new(&python).args(pip).arg(&folder))?;
    let mut test = Command::new(python);
    execute(test.arg(folder.join("tests/test_example.py")).env("CHAPPE_BIN", built("chappe")))
}

/// Builds the program and copies a kit to where tools may write beside it.
fn prepare(kit: &str, name: &str) -> Result<PathBuf> {
    build(&[])?;
    let folder = workspace_root().join("target/interop").join(name);
    copy(&workspace_root().join("testkits").join(kit), &folder)?;
    Ok(folder)
}
