//! A file to be sent in a cloud message.

use std::time::Duration;

use chappe_api::{enums, types};
use chappe_secret::pack_waveform;

use crate::files::{FileInput, Progress, UploadOptions, mime_type};
use crate::limits;

/// A file to be sent in a cloud message, and as what it is shown.
///
/// The file is a path, bytes or a [`FileInput`]. [`Client::upload_media`](crate::Client::upload_media) uploads it.
///
/// ```
/// use std::time::Duration;
///
/// use chappe::media::Attachment;
///
/// let beach = Attachment::photo("beach.jpg").spoiler();
/// let notes = Attachment::document(b"Remember the milk.".to_vec()).named("notes.txt");
/// let hello = Attachment::voice("hello.ogg", Duration::from_secs(4), &[3, 17, 31, 12]);
/// # drop((beach, notes, hello));
/// ```
#[must_use = "it is not uploaded yet"]
#[derive(Debug)]
pub struct Attachment {
    pub(super) input: FileInput,
    pub(super) kind: Kind,
    pub(super) mime_type: Option<String>,
    pub(super) thumbnail: Option<FileInput>,
    pub(super) spoiler: bool,
    pub(super) ttl: Option<i32>,
    pub(super) options: UploadOptions,
}

/// As what it is shown.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Photo,
    /// With what is said of it.
    Document {
        attributes: Vec<enums::DocumentAttribute>,
        as_file: bool,
        without_sound: bool,
    },
}

/// What the server takes for "until it was looked at once".
const VIEW_ONCE: i32 = i32::MAX;

impl Attachment {
    fn new(input: impl Into<FileInput>, kind: Kind) -> Self {
        Self {
            input: input.into(),
            kind,
            mime_type: None,
            thumbnail: None,
            spoiler: false,
            ttl: None,
            options: UploadOptions::default(),
        }
    }

    fn with(input: impl Into<FileInput>, attribute: impl Into<enums::DocumentAttribute>) -> Self {
        let attributes = vec![attribute.into()];
        Self::new(input, Kind::Document { attributes, as_file: false, without_sound: false })
    }

    /// A picture, of which the server makes smaller ones. A JPEG, PNG or WebP of up to 10 MiB.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.send(chat, "The sea").file(Attachment::photo("sea.jpg")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn photo(input: impl Into<FileInput>) -> Self {
        Self::new(input, Kind::Photo)
    }

    /// A file as it is, shown with its name, also if it is a picture or a film.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // With every pixel, not as the smaller picture that a photo becomes.
    /// client.send(chat, "To be printed").file(Attachment::document("poster.png")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn document(input: impl Into<FileInput>) -> Self {
        Self::new(input, Kind::Document { attributes: Vec::new(), as_file: true, without_sound: false })
    }

    /// A film of this size in pixels that can be watched while it is still being fetched: an MP4 with its index in front.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let film = Attachment::video("waves.mp4", 1280, 720, Duration::from_secs(12)).thumbnail("waves.jpg");
    /// # drop(film);
    /// ```
    pub fn video(input: impl Into<FileInput>, width: u32, height: u32, duration: Duration) -> Self {
        Self::with(input, video(width, height, duration, false))
    }

    /// A round video message; its sides are `size` pixels.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let greeting = Attachment::round_video("greeting.mp4", 384, Duration::from_secs(9)).view_once();
    /// # drop(greeting);
    /// ```
    pub fn round_video(input: impl Into<FileInput>, size: u32, duration: Duration) -> Self {
        Self::with(input, video(size, size, duration, true))
    }

    /// A silent film that is shown again and again (a "GIF").
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let cat = Attachment::animation("cat.mp4", 320, 240, Duration::from_secs(3));
    /// # drop(cat);
    /// ```
    pub fn animation(input: impl Into<FileInput>, width: u32, height: u32, duration: Duration) -> Self {
        let attributes =
            vec![video(width, height, duration, false).into(), enums::DocumentAttribute::Animated];
        Self::new(input, Kind::Document { attributes, as_file: false, without_sound: true })
    }

    /// A spoken message (Opus in Ogg). The levels, 0 to 31, are drawn as its waveform; there may be none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let hello = Attachment::voice("hello.ogg", Duration::from_secs(4), &[3, 17, 31, 12]);
    /// # drop(hello);
    /// ```
    pub fn voice(input: impl Into<FileInput>, duration: Duration, levels: &[u8]) -> Self {
        let audio = types::DocumentAttributeAudio {
            voice: true,
            duration: seconds(duration),
            title: None,
            performer: None,
            waveform: (!levels.is_empty()).then(|| pack_waveform(levels)),
        };
        let new = Self::with(input, audio);
        Self { mime_type: Some("audio/ogg".to_owned()), ..new }
    }

    /// Music, with its title and who plays it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let music = Attachment::audio(
    ///     "track-7.mp3",
    ///     Duration::from_secs(215),
    ///     Some("Clair de lune".to_owned()),
    ///     Some("Debussy".to_owned()),
    /// );
    /// # drop(music);
    /// ```
    pub fn audio(
        input: impl Into<FileInput>,
        duration: Duration,
        title: Option<String>,
        performer: Option<String>,
    ) -> Self {
        let duration = seconds(duration);
        let audio =
            types::DocumentAttributeAudio { voice: false, duration, title, performer, waveform: None };
        Self::with(input, audio)
    }

    /// Says something more of a document in the API's words. Nothing happens to photos.
    ///
    /// ```
    /// use chappe::{media::Attachment, types::DocumentAttributeImageSize};
    ///
    /// // A drawing that is sent as a file, so that nobody makes it smaller, with its size all the same.
    /// let drawing = Attachment::document("drawing.png").attribute(DocumentAttributeImageSize { w: 4096, h: 2160 });
    /// # drop(drawing);
    /// ```
    pub fn attribute(mut self, attribute: impl Into<enums::DocumentAttribute>) -> Self {
        if let Kind::Document { attributes, .. } = &mut self.kind {
            attributes.push(attribute.into());
        }
        self
    }

    /// The name that others see, in place of that of the path.
    ///
    /// ```
    /// use chappe::media::Attachment;
    ///
    /// let notes = Attachment::document(b"Remember the milk.".to_vec()).named("notes.txt");
    /// # drop(notes);
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.input = self.input.named(name);
        self
    }

    /// What it is, in place of what the name says ([`mime_type`]).
    ///
    /// ```
    /// use chappe::media::Attachment;
    ///
    /// let data = Attachment::document("measured.dat").mime_type("text/csv");
    /// # drop(data);
    /// ```
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// A small picture that is shown until the file is fetched: a JPEG of at most 200 KB and 320 pixels a side. For
    /// photos the server makes one.
    ///
    /// ```
    /// use chappe::media::Attachment;
    ///
    /// let book = Attachment::document("book.pdf").thumbnail("title-page.jpg");
    /// # drop(book);
    /// ```
    pub fn thumbnail(mut self, picture: impl Into<FileInput>) -> Self {
        self.thumbnail = Some(picture.into());
        self
    }

    /// Hides it until it is touched.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.send(chat, "How the film ends").file(Attachment::photo("last-scene.jpg").spoiler()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn spoiler(mut self) -> Self {
        self.spoiler = true;
        self
    }

    /// It is gone so long after it was opened; up to a minute, in whole seconds. Between two people only.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let glance = Attachment::photo("glance.jpg").ttl(Duration::from_secs(10));
    /// # drop(glance);
    /// ```
    pub fn ttl(mut self, duration: Duration) -> Self {
        self.ttl = Some(seconds(duration));
        self
    }

    /// It is gone once it was looked at. Between two people only.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chappe::media::Attachment;
    ///
    /// let whisper = Attachment::voice("whisper.ogg", Duration::from_secs(4), &[]).view_once();
    /// # drop(whisper);
    /// ```
    pub fn view_once(mut self) -> Self {
        self.ttl = Some(VIEW_ONCE);
        self
    }

    /// Tells how far the upload is, after each part.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let film = Attachment::document("film.mkv")
    ///     .progress(|progress| println!("{} of {:?}", progress.done, progress.total));
    /// client.send(chat, "").file(film).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options = self.options.with_progress(listener);
        self
    }

    /// The upload as the API has it.
    pub(super) fn into_input(
        kind: Kind,
        spoiler: bool,
        ttl_seconds: Option<i32>,
        (file, name, mime): (enums::InputFile, String, Option<String>),
        thumb: Option<enums::InputFile>,
    ) -> enums::InputMedia {
        let (mut attributes, force_file, nosound_video) = match kind {
            Kind::Photo => {
                return types::InputMediaUploadedPhoto {
                    spoiler,
                    live_photo: false,
                    file,
                    stickers: None,
                    ttl_seconds,
                    video: None,
                }
                .into();
            }
            Kind::Document { attributes, as_file, without_sound } => (attributes, as_file, without_sound),
        };
        let mime_type = mime.unwrap_or_else(|| mime_type(&name).to_owned());
        let is_named =
            |attribute: &enums::DocumentAttribute| matches!(attribute, enums::DocumentAttribute::Filename(_));
        if !attributes.iter().any(is_named) {
            attributes.push(types::DocumentAttributeFilename { file_name: name }.into());
        }
        types::InputMediaUploadedDocument {
            nosound_video,
            force_file,
            spoiler,
            file,
            thumb,
            mime_type,
            attributes,
            stickers: None,
            video_cover: None,
            video_timestamp: None,
            ttl_seconds,
        }
        .into()
    }

    /// Most bytes that the server takes of this kind, where there is a limit of its own.
    pub(super) fn max_size(&self) -> Option<u64> {
        matches!(self.kind, Kind::Photo).then_some(limits::MAX_PHOTO_LEN)
    }
}

fn video(width: u32, height: u32, duration: Duration, round: bool) -> types::DocumentAttributeVideo {
    let pixels = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    types::DocumentAttributeVideo {
        round_message: round,
        supports_streaming: true,
        nosound: false,
        duration: duration.as_secs_f64(),
        w: pixels(width),
        h: pixels(height),
        preload_prefix_size: None,
        video_start_ts: None,
        video_codec: None,
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
