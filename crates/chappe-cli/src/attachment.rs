//! Files to send, as the command line and `chappe rpc` describe them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chappe::files::{FileInput, Progress, jpeg_size};
use chappe::secret::{FormattedText, OutgoingFile, RandomId};

use crate::failure::Failure;

/// What a file is shown as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shown {
    /// A small JPEG as a photo, anything else as a document
    #[default]
    Auto,
    /// A silent, looping film
    Animation,
    /// Music
    Audio,
    /// A file, also if it is a picture
    Document,
    /// A JPEG picture
    Photo,
    /// A round film
    RoundVideo,
    /// A sticker
    Sticker,
    /// A film
    Video,
    /// A spoken message: Opus in Ogg
    Voice,
}

/// A file, and everything that may go with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attachment {
    pub(crate) path: PathBuf,
    /// What comes on standard input, in place of the path.
    pub(crate) stdin: bool,
    pub(crate) caption: FormattedText,
    pub(crate) shown: Shown,
    /// The name on the other side.
    pub(crate) name: Option<String>,
    /// Pixels; those of a JPEG are known.
    pub(crate) width: Option<i32>,
    pub(crate) height: Option<i32>,
    /// Seconds.
    pub(crate) duration: u32,
    /// Of music.
    pub(crate) title: Option<String>,
    pub(crate) performer: Option<String>,
    /// Of a sticker.
    pub(crate) emoji: Option<String>,
    /// A small JPEG.
    pub(crate) thumbnail: Option<PathBuf>,
    /// Seconds; the chat's when left out.
    pub(crate) ttl: Option<u32>,
    pub(crate) view_once: bool,
    pub(crate) silent: bool,
    pub(crate) reply_to: Option<i64>,
}

impl Attachment {
    /// Looks at the files and puts everything together.
    pub(crate) fn prepare(
        self,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<OutgoingFile, Failure> {
        let size = if self.stdin { None } else { jpeg_size(&head(&self.path, "path")?) };
        let width = self.width.or(size.map(|size| size.0)).unwrap_or_default();
        let height = self.height.or(size.map(|size| size.1)).unwrap_or_default();
        let duration = Duration::from_secs(self.duration.into());
        let input = if self.stdin { FileInput::stream(tokio::io::stdin()) } else { self.path.into() };
        let mut file = OutgoingFile::new(input).caption(self.caption).progress(progress);
        file = match self.shown {
            Shown::Auto => file,
            Shown::Animation => file.animation(width, height, duration),
            Shown::Audio => file.audio(duration, self.title, self.performer),
            Shown::Document => file.document(),
            Shown::Photo => file.photo(width, height),
            Shown::RoundVideo => file.round_video(width.max(height), duration),
            Shown::Sticker => file.sticker(self.emoji.unwrap_or_default(), width, height),
            Shown::Video => file.video(width, height, duration),
            Shown::Voice => file.voice(duration, &[]),
        };
        if let Some(name) = self.name {
            file = file.file_name(name);
        }
        if let Some(path) = self.thumbnail {
            let jpeg = whole(&path)?;
            let (width, height) = jpeg_size(&jpeg)
                .ok_or_else(|| Failure::field("thumbnail", format_args!("{} is no JPEG", path.display())))?;
            file = file.thumbnail(jpeg, width, height);
        }
        if let Some(seconds) = self.ttl {
            file = file.ttl(Duration::from_secs(seconds.into()));
        }
        if self.view_once {
            file = file.view_once();
        }
        if self.silent {
            file = file.silent();
        }
        if let Some(message) = self.reply_to {
            file = file.reply_to(RandomId(message));
        }
        Ok(file)
    }
}

/// Enough of a file to see what it is.
const HEAD_LEN: u64 = 64 << 10;

/// Longest thumbnail that is looked at, in bytes; what fits into a message is less.
const MAX_THUMBNAIL_LEN: u64 = 64 << 10;

fn open(path: &Path, field: &str) -> Result<std::fs::File, Failure> {
    let refused =
        |why: &dyn std::fmt::Display| Failure::field(field, format_args!("{}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| refused(&error))?;
    match file.metadata() {
        Ok(facts) if facts.is_file() => Ok(file),
        Ok(_) => Err(refused(&"this is not a file")),
        Err(error) => Err(refused(&error)),
    }
}

fn head(path: &Path, field: &str) -> Result<Vec<u8>, Failure> {
    let mut head = Vec::new();
    open(path, field)?.take(HEAD_LEN).read_to_end(&mut head)?;
    Ok(head)
}

fn whole(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(path, "thumbnail")?.take(MAX_THUMBNAIL_LEN + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_THUMBNAIL_LEN {
        return Err(Failure::field("thumbnail", format_args!("{} is too large to be one", path.display())));
    }
    Ok(bytes)
}
