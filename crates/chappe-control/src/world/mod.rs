//! World files: who is there when a test begins, what was said, and what goes wrong.
//!
//! `docs/world.md` describes them.

mod error;
mod file;
mod groups;
mod populate;

use std::path::Path;

use chappe_server::ServerBuilder;

pub use self::error::FileError;
use self::error::Source;
use self::file::File;

/// No settings are this long, in bytes; something else was named.
const MAX_FILE_LEN: u64 = 16 << 20;

/// A world file that was read and checked.
pub struct WorldFile {
    source: Source,
    file: File,
}

impl std::fmt::Debug for WorldFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldFile").field("name", &self.source.name).finish_non_exhaustive()
    }
}

impl WorldFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`] with file and line: it cannot be read, or something in it is wrong.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Self::parse(&path.display().to_string(), &read(path)?)
    }

    /// Reads a text; errors call it `name`.
    ///
    /// # Errors
    /// [`FileError`] with line and column: an unknown key, a wrong value, a name that nobody has.
    pub fn parse(name: &str, text: &str) -> Result<Self, FileError> {
        let source = Source::new(name, text);
        let file: File = toml::from_str(text).map_err(|error| source.syntax(&error))?;
        file.check().map_err(|wrong| source.at(wrong.span, wrong.reason))?;
        Ok(Self { source, file })
    }

    /// Puts what the file says about the server into a builder: only what it says.
    #[must_use]
    pub fn configure(&self, mut builder: ServerBuilder) -> ServerBuilder {
        let server = &self.file.server;
        if let Some(dc_id) = &server.dc_id {
            builder = builder.dc_id(*dc_id.get_ref());
        }
        if let Some(count) = &server.data_centres {
            builder = builder.data_centres(*count.get_ref());
        }
        if let Some(cdn) = server.cdn {
            builder = builder.cdn(cdn);
        }
        if let Some(seed) = server.seed {
            builder = builder.seed(seed);
        }
        if let Some(strict) = server.strict {
            builder = builder.strict(strict);
        }
        if let Some(limit) = server.connections_per_address {
            builder = builder.connections_per_address(limit);
        }
        for limit in &server.flood_limits {
            builder = limit.limit().limit(builder);
        }
        if let Some(codes) = server.codes_per_number {
            builder = codes.rate().limit_codes_per_number(builder);
        }
        if let Some(codes) = server.codes_per_device {
            builder = codes.rate().limit_codes_per_device(builder);
        }
        if let Some(required) = server.require_login_email {
            builder = builder.require_login_email(required);
        }
        if let Some(messages) = server.messages_per_day {
            builder = builder.messages_per_day(messages);
        }
        if let Some(bytes) = server.file_space {
            builder = builder.file_space(bytes);
        }
        for home in server.homes() {
            builder = home.set(builder);
        }
        builder
    }
}

/// Reads settings of any other kind from a file in TOML.
///
/// # Errors
/// [`FileError`] with file and line: it cannot be read, a key is unknown, a value is wrong.
pub fn read_settings<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    let text = read(path)?;
    toml::from_str(&text).map_err(|error| Source::new(&path.display().to_string(), &text).syntax(&error))
}

fn read(path: &Path) -> Result<String, FileError> {
    let fail = |reason| FileError::whole(&path.display().to_string(), reason);
    let read = std::fs::metadata(path).and_then(|metadata| match metadata.len() > MAX_FILE_LEN {
        true => Err(std::io::Error::other("it is longer than 16 MiB, so it is something else")),
        false => std::fs::read_to_string(path),
    });
    read.map_err(|error| fail(format!("it cannot be read: {error}")))
}
