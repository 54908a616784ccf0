//! What a run of real client programs stands on: the programs, a server, and a folder for their sessions.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::process::{Running, build, built, next_line, start};
use crate::{Result, workspace_root};

pub(crate) struct Stage {
    /// An example of the client library.
    pub(crate) program: PathBuf,
    /// Where the server listens.
    pub(crate) address: String,
    /// The file with its key.
    pub(crate) key: PathBuf,
    /// Stays if the run fails.
    pub(crate) folder: PathBuf,
    _server: Running,
}

impl Stage {
    /// Builds the server and the example, and starts the server.
    pub(crate) fn set(task: &str, seed: u64, example: &str) -> Result<Self> {
        build(&[example])?;
        let folder = workspace_root().join("target").join(task).join(seed.to_string());
        std::fs::create_dir_all(&folder)?;
        let (mut server, lines) = start("chappe", &["serve", "--listen", "127.0.0.1:0", "--print-json"])?;
        let facts: serde_json::Value = serde_json::from_str(&next_line(&lines, &mut server)?)?;
        let field = |name: &str| facts[name].as_str().ok_or_else(|| format!("the server prints no {name}"));
        let key = folder.join("server-key.pem");
        std::fs::write(&key, field("public_key")?)?;
        let address = field("address")?.to_owned();
        Ok(Self { program: built(&format!("examples/{example}")), address, key, folder, _server: server })
    }
}

/// The seed that was given, or the clock.
pub(crate) fn seed(given: Option<u64>) -> Result<u64> {
    Ok(given.unwrap_or(SystemTime::UNIX_EPOCH.elapsed()?.as_nanos() as u64))
}
