//! Sending and fetching everything but texts.

use std::path::Path;

use chappe_api::{enums, functions, types};
use chappe_secret::{
    Content, EncryptedFile, ExternalDocument, FileSource, FormattedText, InboundMessage, Media,
    OutgoingMedia, OutgoingText, RandomId, RemoteFile, UploadedFile, limits,
};
use futures_util::future::join_all;

use super::{ChatState, OutgoingFile, SecretChat, SecretLayer, Sent};
use crate::account::Outgoing;
use crate::call::InvokeOptions;
use crate::error::{Error, ErrorKind};
use crate::files::{Download, FileInput, UploadOptions, forget_state, upload_secret};
use crate::history::HistoryEntry;
use crate::history::local_file::LocalFile;

/// A file that was sent.
///
/// ```no_run
/// use chappe::secret::{Media, OutgoingMedia};
///
/// # async fn run(
/// #     chat: chappe::secret::SecretChat,
/// #     other: chappe::secret::SecretChat,
/// # ) -> Result<(), chappe::Error> {
/// let sent = chat.send_file("minutes.pdf").await?;
/// if let Some(file) = sent.file {
///     // The same file once more, without another upload.
///     other.send_stored(OutgoingMedia::new(Media::Document), file).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SentFile {
    /// Its name in the chat, on both sides.
    pub random_id: RandomId,
    /// The server's date, Unix seconds.
    pub date: i32,
    /// Where the file is and what it is encrypted with: for sending it on, and for fetching it again. `None` if the
    /// message was deleted before the server had answered, or its answer was lost and the other side has the message.
    pub file: Option<RemoteFile>,
    /// How much of the caption's formatting was left out: see [`Sent::left_out`].
    pub left_out: usize,
}

/// Most messages of an album.
const MAX_ALBUM: usize = 10;

impl SecretChat {
    /// Encrypts a file, uploads it and sends it: a path, bytes, or an [`OutgoingFile`] with everything that may go
    /// with it. Returns once the server has taken the message.
    ///
    /// The message gets its number only when the file is on the server, so others can be sent meanwhile, and a broken
    /// upload leaves no trace in the chat. Every file has a key of its own.
    ///
    /// ```no_run
    /// use chappe::{files::FileInput, secret::OutgoingFile};
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_file("holiday.jpg").await?; // shown as a photo
    /// chat.send_file(FileInput::bytes("a,b\n1,2\n").named("table.csv")).await?;
    /// chat.send_file(OutgoingFile::new("holiday.jpg").document().caption("in full size")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::File`] if the file cannot be read; otherwise as for [`SecretChat::send_text`].
    pub async fn send_file(&self, file: impl Into<OutgoingFile>) -> Result<SentFile, Error> {
        let (media, mut input, mut options) = file.into().take_apart().await?;
        options.max_size = Some(self.check(input.size().await?).await?);
        let uploaded = self.store(&mut input, &options).await?;
        self.send_from(media, uploaded, input.local_path()).await
    }

    /// Sends two to ten files as an album; others see them together. They are uploaded one after the other, and the
    /// messages go out once all of them are on the server.
    ///
    /// ```no_run
    /// use chappe::secret::OutgoingFile;
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let files = ["monday.jpg", "tuesday.jpg"].map(|path| OutgoingFile::new(path).caption(path));
    /// let sent = chat.send_album(files).await?;
    /// println!("{} of them", sent.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for another number of files; otherwise as for [`SecretChat::send_file`].
    pub async fn send_album(
        &self,
        files: impl IntoIterator<Item = OutgoingFile>,
    ) -> Result<Vec<SentFile>, Error> {
        let files: Vec<_> = files.into_iter().collect();
        if !(2..=MAX_ALBUM).contains(&files.len()) {
            let message = format!("an album has 2 to {MAX_ALBUM} files, not {}", files.len());
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let grouped_id = Some(chappe_secret::SecretChats::new_album(
            &mut self.client().inner.config.randomness.generator()?,
        ));
        let mut stored = Vec::new();
        for mut file in files {
            file.grouped_id = grouped_id;
            let (media, mut input, mut options) = file.take_apart().await?;
            options.max_size = Some(self.check(input.size().await?).await?);
            stored.push((media, self.store(&mut input, &options).await?, input));
        }
        // In one go, so that the numbers of the album follow each other.
        let sent = stored
            .iter()
            .map(|(media, file, input)| self.send_from(media.clone(), file.clone(), input.local_path()));
        let sent = join_all(sent).await;
        sent.into_iter().collect()
    }

    /// Uploads a file and has the server keep it (`messages.uploadEncryptedFile`): parts of an upload are kept for a
    /// while only, and what is lost of them is uploaded again before a message names it.
    async fn store(&self, input: &mut FileInput, options: &UploadOptions) -> Result<UploadedFile, Error> {
        let peer = self.input().await?;
        for attempt in 0.. {
            let uploaded = upload_secret(self.client(), input, options).await?;
            let file = uploaded.input().into();
            let request = functions::messages::UploadEncryptedFile { peer: peer.clone(), file };
            let call = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
            let stored = self.client().invoke_with(request, call).await;
            forget_state(options).await;
            match stored.map_err(Error::from) {
                Ok(enums::EncryptedFile::File(file)) => {
                    let types::EncryptedFile { id, access_hash, size, dc_id, key_fingerprint } = *file;
                    let source =
                        FileSource::Stored(EncryptedFile { id, access_hash, size, dc_id, key_fingerprint });
                    return Ok(UploadedFile { source, ..uploaded });
                }
                Err(error) if is_upload_lost(&error) && attempt == 0 && input.is_repeatable() => {}
                Err(error) if is_upload_lost(&error) || error.rpc().is_none() => return Err(error),
                // The message itself may fare better, and if not, the chat learns why.
                _ => return Ok(uploaded),
            }
        }
        Err(Error::closed())
    }

    /// Sends media that have no file (place, contact, link, sticker of the cloud), with everything that may go with
    /// them.
    ///
    /// ```no_run
    /// use chappe::secret::{Media, OutgoingMedia};
    ///
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let here = Media::Location { latitude: 52.5208, longitude: 13.4094 };
    /// chat.send_media(OutgoingMedia { silent: true, ..OutgoingMedia::new(here) }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_media(&self, media: impl Into<OutgoingMedia>) -> Result<Sent, Error> {
        self.send(Outgoing::Media(Box::new(media.into()), None)).await
    }

    /// Sends a place, in degrees.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_location(48.8584, 2.2945).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_location(&self, latitude: f64, longitude: f64) -> Result<Sent, Error> {
        self.send_media(OutgoingMedia::new(Media::Location { latitude, longitude })).await
    }

    /// Sends a place with a name and an address.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_venue(48.8584, 2.2945, "Tour Eiffel", "5 avenue Anatole France").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_venue(
        &self,
        latitude: f64,
        longitude: f64,
        title: impl Into<String>,
        address: impl Into<String>,
    ) -> Result<Sent, Error> {
        self.send_media(OutgoingMedia::new(Media::Venue {
            latitude,
            longitude,
            title: title.into(),
            address: address.into(),
            provider: String::new(),
            venue_id: String::new(),
        }))
        .await
    }

    /// Sends a person. `user_id` is 0 if it is not known.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let bob = client.resolve_phone("+9996612346").await?;
    /// chat.send_contact("+9996612346", bob.first_name.unwrap_or_default(), "", bob.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_contact(
        &self,
        phone_number: impl Into<String>,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        user_id: i64,
    ) -> Result<Sent, Error> {
        self.send_media(OutgoingMedia::new(Media::Contact {
            phone_number: phone_number.into(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            user_id,
        }))
        .await
    }

    /// Sends a link with a preview, beside a text that contains it. Who fetches the preview shows the link to the
    /// server.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// chat.send_web_page("Read https://example.org/news today.", "https://example.org/news").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_web_page(
        &self,
        text: impl Into<FormattedText>,
        url: impl Into<String>,
    ) -> Result<Sent, Error> {
        let FormattedText { text, entities } = text.into();
        let media = OutgoingMedia::new(Media::WebPage { url: url.into() });
        self.send_media(OutgoingMedia { text, entities, ..media }).await
    }

    /// Sends a sticker that lies in the cloud. It is not encrypted: the server learns which one it is when the other
    /// side fetches it.
    ///
    /// ```no_run
    /// use chappe::secret::{Content, Media};
    ///
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     received: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// // The same one back.
    /// if let Content::Media { media: Media::ExternalDocument(sticker), .. } = received.content {
    ///     chat.send_sticker(*sticker).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_sticker(&self, sticker: ExternalDocument) -> Result<Sent, Error> {
        self.send_media(OutgoingMedia::new(Media::ExternalDocument(Box::new(sticker)))).await
    }

    /// Sends the content of a received message on to this chat, without a new upload. Where it is from is not told.
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # async fn run(client: chappe::Client, other: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// let mut events = client.secret_events();
    /// while let Some(event) = events.recv().await {
    ///     match event {
    ///         SecretEvent::Message(message) if message.ttl == 0 => drop(other.forward(&message).await?),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it may not be sent on because it has a timer, or cannot because its file is not
    /// there; otherwise as for [`SecretChat::send_text`].
    pub async fn forward(&self, message: &InboundMessage) -> Result<Sent, Error> {
        let refuse = |why: &str| {
            let message = format!("the message cannot be sent on: {why}");
            Err(Error::new(ErrorKind::Argument, message))
        };
        if message.ttl != 0 {
            return refuse("its sender has set a timer");
        }
        match &message.content {
            Content::Text(text) => {
                let via_bot_name = message.via_bot_name.clone();
                self.send_text(OutgoingText { via_bot_name, ..text.clone().into() }).await
            }
            Content::Media { text, media, file } => {
                let mut outgoing = OutgoingMedia::new(media.clone());
                outgoing.text.clone_from(&text.text);
                outgoing.entities.clone_from(&text.entities);
                outgoing.via_bot_name.clone_from(&message.via_bot_name);
                let Some(file) = file else { return self.send_media(outgoing).await };
                let Ok(remote) = &file.remote else { return refuse("its file is not there") };
                outgoing.file_name.clone_from(&file.name);
                outgoing.mime_type.clone_from(&file.mime_type);
                outgoing.thumbnail.clone_from(&file.thumbnail);
                self.send(Outgoing::Media(Box::new(outgoing), Some(remote.clone().into()))).await
            }
            _ => refuse("it is of a kind that this version does not know"),
        }
    }

    /// Sends a file that is on the server already (of [`SentFile::file`] or a received message), as these media.
    ///
    /// ```no_run
    /// use chappe::secret::{Media, OutgoingMedia};
    ///
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     message: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// // A received file once more, under other words.
    /// if let Some(file) = message.media_file().and_then(|file| file.remote.clone().ok()) {
    ///     let media = OutgoingMedia { text: "the plan".into(), ..OutgoingMedia::new(Media::Document) };
    ///     chat.send_stored(media, file).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::send_text`].
    pub async fn send_stored(
        &self,
        media: impl Into<OutgoingMedia>,
        file: RemoteFile,
    ) -> Result<SentFile, Error> {
        self.send_uploaded(media.into(), file.into()).await
    }

    /// Fetches the file of a received message and decrypts it on the way. What it is written to by
    /// [`Download::to_path`] is noted in the history ([`HistoryEntry::local_path`]). **The file of a message with a timer
    /// goes with it**: when its time is over, or it is deleted, the file is removed, unless it has been changed or moved.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     chat: chappe::secret::SecretChat,
    /// #     message: chappe::secret::InboundMessage,
    /// # ) -> Result<(), chappe::Error> {
    /// if let Some(file) = message.media_file() {
    ///     println!("{:?}", file.name); // from outside: no path to write to
    ///     chat.download(&message)?.progress(|progress| println!("{}", progress.done)).to_path("received.bin").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the message has no file, or its file failed the checks; the message says why.
    pub fn download(&self, message: &InboundMessage) -> Result<Download, Error> {
        let refuse = |why: String| Error::new(ErrorKind::Argument, why);
        let file = message.media_file().ok_or_else(|| refuse("the message has no file".to_owned()))?;
        match &file.remote {
            Ok(remote) => Ok(Download::of_message(self, message.random_id, remote.clone())),
            Err(why) => Err(refuse(format!("the file of the message cannot be had: {why}"))),
        }
    }

    /// As [`SecretChat::download`], for an entry of the history, of either side. Media that are to be opened give their
    /// file only in the entry that [`SecretChat::open`] returns.
    ///
    /// ```no_run
    /// # async fn run(chat: chappe::secret::SecretChat) -> Result<(), chappe::Error> {
    /// for entry in chat.history().limit(10).await? {
    ///     if entry.remote_file().is_some() {
    ///         chat.download_entry(&entry)?.to_path(format!("{}.bin", entry.cursor)).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`SecretChat::download`].
    pub fn download_entry(&self, entry: &HistoryEntry) -> Result<Download, Error> {
        let refuse = |why: String| Error::new(ErrorKind::Argument, why);
        let file = entry.media_file().ok_or_else(|| refuse("the message has no file".to_owned()))?;
        match &file.remote {
            Ok(remote) => Ok(Download::of_message(self, entry.random_id, remote.clone())),
            Err(why) => Err(refuse(format!("the file of the message cannot be had: {why}"))),
        }
    }

    /// Sends a file that was on this disk.
    async fn send_from(
        &self,
        media: OutgoingMedia,
        file: UploadedFile,
        path: Option<&Path>,
    ) -> Result<SentFile, Error> {
        let sent = self.send_uploaded(media, file).await?;
        if let Some(file) = path.and_then(LocalFile::complete) {
            self.note_file(sent.random_id, file).await?;
        }
        Ok(sent)
    }

    async fn send_uploaded(&self, media: OutgoingMedia, file: UploadedFile) -> Result<SentFile, Error> {
        let (key, size) = (file.key.clone(), file.size);
        let sent = self.send(Outgoing::Media(Box::new(media), Some(file))).await?;
        let file = sent.file.map(|file| RemoteFile { file, key, size });
        Ok(SentFile { random_id: sent.random_id, date: sent.date, file, left_out: sent.left_out })
    }

    /// Looks for what would waste the whole upload if it came to light at its end. Gives the longest file.
    async fn check(&self, size: Option<u64>) -> Result<u64, Error> {
        let info = self.info().await?;
        if info.state != ChatState::Ready {
            let message = format!("secret chat {} is {:?}: nothing can be sent", self.id(), info.state);
            return Err(Error::new(ErrorKind::Secret, message));
        }
        let max = match info.peer_layer >= SecretLayer::LARGE_FILES {
            true => limits::MAX_FILE_SIZE,
            false => limits::MAX_SHORT_FILE_SIZE,
        };
        match i64::try_from(size.unwrap_or(0)) {
            Ok(size) if size <= max => Ok(max.unsigned_abs()),
            size => Err(chappe_secret::Error::FileTooLarge { size: size.unwrap_or(i64::MAX), max }.into()),
        }
    }
}

/// Whether the server does not have (all of) an upload any more.
fn is_upload_lost(error: &Error) -> bool {
    error.rpc().is_some_and(|rpc| {
        let name = rpc.name.as_str();
        name.starts_with("FILE_PART_") && name.ends_with("MISSING")
            || matches!(name, "FILE_PARTS_INVALID" | "MD5_CHECKSUM_INVALID")
    })
}
