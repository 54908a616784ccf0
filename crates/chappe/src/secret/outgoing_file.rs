//! A file to send into a secret chat.

use std::path::PathBuf;
use std::time::Duration;

use chappe_secret::{FormattedText, Media, OutgoingMedia, RandomId, Thumbnail, limits as secret_limits};

use crate::error::Error;
use crate::files::{FileInput, Progress, UploadOptions, UploadState, jpeg_size, mime_type};
use crate::limits;

/// A file to send into a secret chat, with everything that may go with it. Only the file is obligatory: a path, bytes
/// or a [`FileInput`].
///
/// ```no_run
/// use std::time::Duration;
///
/// use chappe::secret::OutgoingFile;
///
/// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
/// chat.send_file("notes.pdf").await?; // a document
/// let photo = OutgoingFile::new("beach.jpg").caption("See this?").ttl(Duration::from_secs(30)).silent();
/// let sent = chat.send_file(photo).await?;
/// let voice = OutgoingFile::new("hello.ogg")
///     .voice(Duration::from_secs(4), &[3, 17, 31, 12])
///     .reply_to(sent.random_id)
///     .progress(|progress| println!("{} bytes", progress.done));
/// chat.send_file(voice).await?;
/// # Ok(())
/// # }
/// ```
///
/// What it is shown as: a JPEG of up to 10 MiB is a photo and anything else a document, unless [`photo`](Self::photo),
/// [`video`](Self::video) or another of the kinds is called. No layer up to 144 has a way to hide media as a spoiler:
/// a caption can have a spoiler in its formatting, and media with a timer of up to a minute stay hidden until they are
/// opened.
#[derive(Debug)]
pub struct OutgoingFile {
    input: FileInput,
    media: Option<Media>,
    caption: FormattedText,
    mime_type: Option<String>,
    name: Option<String>,
    thumbnail: Option<Thumbnail>,
    ttl: Option<i32>,
    silent: bool,
    reply_to: Option<RandomId>,
    via_bot: Option<String>,
    pub(super) grouped_id: Option<i64>,
    options: UploadOptions,
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

impl OutgoingFile {
    /// Just the file.
    ///
    /// ```no_run
    /// use chappe::secret::OutgoingFile;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_file(OutgoingFile::new("beach.jpg").caption("See this?")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(input: impl Into<FileInput>) -> Self {
        Self {
            input: input.into(),
            media: None,
            caption: FormattedText::default(),
            mime_type: None,
            name: None,
            thumbnail: None,
            ttl: None,
            silent: false,
            reply_to: None,
            via_bot: None,
            grouped_id: None,
            options: UploadOptions::default(),
        }
    }

    /// A file that is shown as such, also if it is a picture.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// let scan = OutgoingFile::new("contract.jpg").document(); // with every pixel and its name
    /// # drop(scan);
    /// ```
    #[must_use]
    pub fn document(self) -> Self {
        self.media(Media::Document)
    }

    /// A JPEG picture of this size in pixels.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// // A camera that gives bytes, whose size is known without looking.
    /// let shot = OutgoingFile::new(vec![0xff, 0xd8, 0xff, 0xd9]).photo(1280, 960);
    /// # drop(shot);
    /// ```
    #[must_use]
    pub fn photo(self, width: i32, height: i32) -> Self {
        self.media(Media::Photo { width, height })
    }

    /// A film of this size in pixels.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let film = OutgoingFile::new("waves.mp4").video(1280, 720, Duration::from_secs(12));
    /// # drop(film);
    /// ```
    #[must_use]
    pub fn video(self, width: i32, height: i32, duration: Duration) -> Self {
        self.media(Media::Video { width, height, duration: seconds(duration) })
    }

    /// A round film; width and height are `side` pixels.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let greeting = OutgoingFile::new("greeting.mp4").round_video(384, Duration::from_secs(9));
    /// # drop(greeting);
    /// ```
    #[must_use]
    pub fn round_video(self, side: i32, duration: Duration) -> Self {
        self.media(Media::RoundVideo { side, duration: seconds(duration) })
    }

    /// A silent, looping film (GIF) of this size in pixels.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let cat = OutgoingFile::new("cat.mp4").animation(320, 240, Duration::from_secs(3)).via_bot("gif");
    /// # drop(cat);
    /// ```
    #[must_use]
    pub fn animation(self, width: i32, height: i32, duration: Duration) -> Self {
        self.media(Media::Animation { width, height, duration: seconds(duration) })
    }

    /// A spoken message (Opus in Ogg). The levels, 0 to 31, are drawn as its waveform; there may be none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let hello = OutgoingFile::new("hello.ogg").voice(Duration::from_secs(4), &[3, 17, 31, 12]);
    /// # drop(hello);
    /// ```
    #[must_use]
    pub fn voice(self, duration: Duration, levels: &[u8]) -> Self {
        let waveform = chappe_secret::pack_waveform(levels);
        self.media(Media::Voice { duration: seconds(duration), waveform })
    }

    /// Music.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let title = Some("Clair de lune".to_owned());
    /// let music = OutgoingFile::new("track-7.mp3").audio(Duration::from_secs(215), title, Some("Debussy".to_owned()));
    /// # drop(music);
    /// ```
    #[must_use]
    pub fn audio(self, duration: Duration, title: Option<String>, performer: Option<String>) -> Self {
        self.media(Media::Audio { duration: seconds(duration), title, performer })
    }

    /// A sticker that stands for an emoji, of this size in pixels.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// let wave = OutgoingFile::new("wave.webp").sticker("👋", 512, 512);
    /// # drop(wave);
    /// ```
    #[must_use]
    pub fn sticker(self, emoji: impl Into<String>, width: i32, height: i32) -> Self {
        self.media(Media::Sticker { alt: emoji.into(), width, height })
    }

    /// What it is shown as, of the kinds that have a file.
    ///
    /// ```
    /// use chappe::secret::{Media, OutgoingFile};
    ///
    /// let music = Media::Audio { duration: 215, title: Some("Clair de lune".into()), performer: None };
    /// let file = OutgoingFile::new("track-7.mp3").media(music).file_name("clair-de-lune.mp3");
    /// # drop(file);
    /// ```
    #[must_use]
    pub fn media(mut self, media: Media) -> Self {
        self.media = Some(media);
        self
    }

    /// The text beside it, plain or with formatting.
    ///
    /// ```
    /// use chappe::{markup, secret::OutgoingFile};
    ///
    /// let photo = OutgoingFile::new("last-scene.jpg").caption(markup::markdown("The gardener, ||of course||"));
    /// # drop(photo);
    /// ```
    #[must_use]
    pub fn caption(mut self, caption: impl Into<FormattedText>) -> Self {
        self.caption = caption.into();
        self
    }

    /// The type of its content. Without it, what the name suggests.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// let data = OutgoingFile::new("measured.dat").mime_type("text/csv");
    /// # drop(data);
    /// ```
    #[must_use]
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// The name it has on the other side. Without it, that of the input.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// let report = OutgoingFile::new("spool/4f1c.tmp").file_name("report.pdf");
    /// # drop(report);
    /// ```
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A small JPEG of at most 90 by 90 pixels and 6000 bytes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// # let jpeg = vec![0xff, 0xd8];
    /// let film = OutgoingFile::new("waves.mp4")
    ///     .video(1280, 720, Duration::from_secs(12))
    ///     .thumbnail(jpeg, 90, 51) // shown while the film is fetched
    ///     .view_once();
    /// # drop(film);
    /// ```
    #[must_use]
    pub fn thumbnail(mut self, jpeg: impl Into<Vec<u8>>, width: i32, height: i32) -> Self {
        self.thumbnail = Some(Thumbnail { bytes: jpeg.into(), width, height });
        self
    }

    /// Its own self-destruct timer in place of the chat's; zero for none. Whole seconds count.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let glance = OutgoingFile::new("glance.jpg").ttl(Duration::from_secs(10));
    /// # drop(glance);
    /// ```
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(seconds(ttl).min(secret_limits::MAX_TTL));
        self
    }

    /// It can be opened once, and is gone then.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// let password = OutgoingFile::new("password-on-a-note.jpg").view_once();
    /// # drop(password);
    /// ```
    #[must_use]
    pub fn view_once(mut self) -> Self {
        self.ttl = Some(secret_limits::TTL_VIEW_ONCE);
        self
    }

    /// Without a sound on the other side.
    ///
    /// ```no_run
    /// use chappe::secret::OutgoingFile;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_file(OutgoingFile::new("good-night.jpg").silent()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// The message it answers, of either side.
    ///
    /// ```no_run
    /// use chappe::secret::OutgoingFile;
    ///
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     asked: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// chat.send_file(OutgoingFile::new("map.png").caption("Here.").reply_to(asked.random_id)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn reply_to(mut self, message: RandomId) -> Self {
        self.reply_to = Some(message);
        self
    }

    /// The inline bot it is from, without `@`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::secret::OutgoingFile;
    ///
    /// let cat = OutgoingFile::new("cat.mp4").animation(320, 240, Duration::from_secs(3)).via_bot("gif");
    /// # drop(cat);
    /// ```
    #[must_use]
    pub fn via_bot(mut self, name: impl Into<String>) -> Self {
        self.via_bot = Some(name.into());
        self
    }

    /// Tells how far the upload is, after each part.
    ///
    /// ```no_run
    /// use chappe::secret::OutgoingFile;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let film = OutgoingFile::new("film.mp4")
    ///     .progress(|progress| println!("{} of {:?}", progress.done, progress.total));
    /// chat.send_file(film).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options = self.options.with_progress(listener);
        self
    }

    /// Keeps the state of the upload in this file until the message is sent, and continues from it if it is there.
    /// The file holds the key of what is sent; only its owner may read it.
    ///
    /// ```no_run
    /// use chappe::secret::OutgoingFile;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// // Four gigabytes, over a line that breaks and a machine that restarts.
    /// chat.send_file(OutgoingFile::new("archive.tar").state_file("archive.tar.upload")).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.state_file = Some(path.into());
        self
    }

    /// Hands out what has to be kept to continue the upload after a restart, before each part leaves.
    ///
    /// ```
    /// use chappe::secret::OutgoingFile;
    ///
    /// // Into whatever the program keeps secrets in: the state holds the key of the file.
    /// let (states, kept) = std::sync::mpsc::channel();
    /// let film = OutgoingFile::new("film.mp4").checkpoint(move |state| drop(states.send(state.to_bytes())));
    /// # drop((film, kept));
    /// ```
    #[must_use]
    pub fn checkpoint(mut self, keep: impl Fn(&UploadState) + Send + Sync + 'static) -> Self {
        self.options.checkpoint = Some(std::sync::Arc::new(keep));
        self
    }

    /// Continues an upload of the same file. It fails if the file has changed.
    ///
    /// ```no_run
    /// use chappe::{files::UploadState, secret::OutgoingFile};
    ///
    /// # async fn run(chat: chappe::secret::SecretChat, kept: Vec<u8>) -> Result<(), chappe::Error> {
    /// chat.send_file(OutgoingFile::new("film.mp4").resume(UploadState::from_bytes(&kept)?)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resume(mut self, state: UploadState) -> Self {
        self.options.resume = Some(state);
        self
    }

    /// The message without its file, and what remains to be uploaded.
    pub(super) async fn take_apart(self) -> Result<(OutgoingMedia, FileInput, UploadOptions), Error> {
        let Self { mut input, media, caption, mime_type: given, name, thumbnail, ttl, .. } = self;
        let file_name = name.or_else(|| input.name().map(str::to_owned));
        let guessed = file_name.as_deref().map_or("application/octet-stream", mime_type);
        let media = match media {
            Some(media) => media,
            None => guess(&mut input, given.as_deref().unwrap_or(guessed)).await?,
        };
        let mut outgoing = OutgoingMedia::new(media);
        if let Some(given) = given {
            outgoing.mime_type = given;
        } else if guessed != "application/octet-stream" {
            guessed.clone_into(&mut outgoing.mime_type);
        }
        outgoing.text = caption.text;
        outgoing.entities = caption.entities;
        outgoing.file_name = file_name;
        outgoing.thumbnail = thumbnail;
        outgoing.ttl = ttl;
        outgoing.silent = self.silent;
        outgoing.reply_to = self.reply_to;
        outgoing.grouped_id = self.grouped_id;
        outgoing.via_bot_name = self.via_bot;
        Ok((outgoing, input, self.options))
    }
}

/// A photo if it is one, otherwise a document.
async fn guess(input: &mut FileInput, mime_type: &str) -> Result<Media, Error> {
    if mime_type != "image/jpeg" {
        return Ok(Media::Document);
    }
    let is_small = input.size().await?.is_some_and(|size| size <= limits::MAX_PHOTO_LEN);
    let head = input.peek(limits::JPEG_HEAD).await?;
    Ok(match jpeg_size(&head) {
        Some((width, height)) if is_small => Media::Photo { width, height },
        _ => Media::Document,
    })
}

impl<T: Into<FileInput>> From<T> for OutgoingFile {
    fn from(input: T) -> Self {
        Self::new(input)
    }
}
