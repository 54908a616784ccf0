//! Uploads of media.

use chappe_api::{enums, functions};

use super::attachment::Attachment;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::files::upload_plain;
use crate::messages::Media;
use crate::peers::PeerRef;

impl Client {
    /// Uploads a file, and the picture that stands for it, and returns what methods want that send media.
    ///
    /// The parts of an upload are kept for some hours only: send the message soon.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, friend: chappe::Peer) -> Result<(), chappe::Error> {
    /// let media = client.upload_media(Attachment::photo("beach.jpg").spoiler()).await?;
    /// client.send(&friend, "Guess where").media(media).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::File`] if a file cannot be read, or a photo is longer than 10 MiB; [`ErrorKind::Rpc`] if the server
    /// refuses a part.
    pub async fn upload_media(&self, attachment: Attachment) -> Result<enums::InputMedia, Error> {
        let max_size = attachment.max_size();
        let Attachment { mut input, kind, mime_type, thumbnail, spoiler, ttl, mut options } = attachment;
        options.max_size = max_size;
        let name = input.name().unwrap_or("file").to_owned();
        let file = upload_plain(self, &mut input, &options).await?;
        let thumb = match thumbnail {
            Some(picture) => Some(self.upload(picture).await?),
            None => None,
        };
        Ok(Attachment::into_input(kind, spoiler, ttl, (file, name, mime_type), thumb))
    }

    /// As [`Client::upload_media`], and has the server make a photo or document of it for this chat before there is a
    /// message (`messages.uploadMedia`). Albums are made of such media, and it can be sent to many.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, friends: Vec<chappe::Peer>) -> Result<(), chappe::Error> {
    /// // Up once, to all of them.
    /// if let Some(first) = friends.first() {
    ///     let media = client.store_media(first, Attachment::document("invitation.pdf")).await?;
    ///     for friend in &friends {
    ///         client.send(friend, "Do come!").media(media.clone()).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::upload_media`]; `PHOTO_INVALID_DIMENSIONS`, `MEDIA_INVALID` and others if it is not what it is
    /// said to be.
    pub async fn store_media(
        &self,
        chat: impl Into<PeerRef>,
        attachment: Attachment,
    ) -> Result<enums::InputMedia, Error> {
        let peer = self.input_peer(chat)?;
        let media = self.upload_media(attachment).await?;
        let request = functions::messages::UploadMedia { business_connection_id: None, peer, media };
        let stored = Media::from_message(&self.invoke(request).await?);
        stored.map(|media| media.input).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the server made neither a photo nor a document of the upload")
        })
    }
}
