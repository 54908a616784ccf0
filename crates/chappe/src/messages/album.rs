use chappe_api::{enums, functions, types};

use super::content::{Content, Syntax};
use super::media::Carried;
use super::options::{Options, delivery, random_ids, replying};
use super::{Media, Message};
use crate::call::InvokeOptions;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_ALBUM;
use crate::markup::FormattedText;
use crate::media::Attachment;
use crate::peers::PeerRef;

/// Sends several media as one album. From [`Client::send_album`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// use chappe::media::Attachment;
///
/// let (one, two) = (Attachment::document("one.pdf"), Attachment::document("two.pdf"));
/// client.send_album(chat).add_file(one, "Both of them").add_file(two, "").silent().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SendAlbum {
    client: Client,
    to: PeerRef,
    items: Vec<(Carried, Content)>,
    syntax: Syntax,
    invert_media: bool,
    clear_draft: bool,
    options: Options,
}

impl Client {
    /// Sends two to ten photos, videos or documents together, each with its caption, and returns the messages in their
    /// order.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// use chappe::media::Attachment;
    ///
    /// let friend = client.resolve("@friend").await?;
    /// let (sea, sand) = (Attachment::photo("sea.jpg"), Attachment::photo("sand.jpg"));
    /// client.send_album(&friend).add_file(sea, "The **sea**").add_file(sand, "").markdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Argument`] for another number of media, or media that cannot be in an album;
    /// otherwise as for [`Client::send`].
    pub fn send_album(&self, to: impl Into<PeerRef>) -> SendAlbum {
        SendAlbum {
            client: self.clone(),
            to: to.into(),
            items: Vec::new(),
            syntax: Syntax::Plain,
            invert_media: false,
            clear_draft: false,
            options: Options::default(),
        }
    }
}

impl SendAlbum {
    delivery!(options, "client.send_album(chat).add(sea, \"The sea\").add(sand, \"\")");
    replying!(options, "client.send_album(chat).add(sea, \"The sea\").add(sand, \"\")");

    /// Adds one of the media with its caption, which may be empty.
    ///
    /// ```no_run
    /// use chappe::{Media, media::Attachment};
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     chat: chappe::PeerRef,
    /// #     message: chappe::Message,
    /// # ) -> Result<(), chappe::Error> {
    /// // What somebody sent, beside something of our own.
    /// if let Some(theirs) = Media::of_message(&message) {
    ///     let ours = Attachment::photo("ours.jpg");
    ///     client.send_album(chat).add(theirs, "yours").add_file(ours, "ours").invert_media().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn add(mut self, media: impl Into<Media>, caption: impl Into<FormattedText>) -> Self {
        self.items.push((Carried::Media(media.into()), Content::new(caption)));
        self
    }

    /// Uploads a file and adds it with its caption, which may be empty. Files are uploaded one after the other.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let (sea, sand) = (Attachment::photo("sea.jpg"), Attachment::photo("sand.jpg"));
    /// let sent = client.send_album(chat).add_file(sea, "The sea").add_file(sand, "").await?;
    /// assert_eq!(sent[0].album_id(), sent[1].album_id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_file(mut self, file: Attachment, caption: impl Into<FormattedText>) -> Self {
        self.items.push((Carried::File(Box::new(file)), Content::new(caption)));
        self
    }

    /// Reads all captions as Markdown: see [`markup`](crate::markup).
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let (sea, sand) = (Attachment::photo("sea.jpg"), Attachment::photo("sand.jpg"));
    /// client.send_album(chat).add_file(sea, "The **sea**").add_file(sand, "and the __sand__").markdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn markdown(mut self) -> Self {
        self.syntax = Syntax::Markdown;
        self
    }

    /// Reads all captions as HTML: see [`markup`](crate::markup).
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let (sea, sand) = (Attachment::photo("sea.jpg"), Attachment::photo("sand.jpg"));
    /// client.send_album(chat).add_file(sea, "The <b>sea</b>").add_file(sand, "and the <i>sand</i>").html().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn html(mut self) -> Self {
        self.syntax = Syntax::Html;
        self
    }

    /// Shows the captions above the media.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let (before, after) = (Attachment::photo("before.jpg"), Attachment::photo("after.jpg"));
    /// client.send_album(chat).add_file(before, "Look at the roof:").add_file(after, "").invert_media().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn invert_media(mut self) -> Self {
        self.invert_media = true;
        self
    }

    /// Removes the draft of the chat with it.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let (one, two) = (Attachment::document("one.pdf"), Attachment::document("two.pdf"));
    /// client.send_album(chat).add_file(one, "Both of them").add_file(two, "").clear_draft().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_draft(mut self) -> Self {
        self.clear_draft = true;
        self
    }

    async fn call(self) -> Result<Vec<Message>, Error> {
        let Self { client, options, .. } = self;
        if !(2..=MAX_ALBUM).contains(&self.items.len()) {
            let message = format!("an album has 2 to {MAX_ALBUM} media, not {}", self.items.len());
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let peer = client.input_peer(self.to)?;
        let random_ids = random_ids(&client, self.items.len())?;
        let mut multi_media = Vec::with_capacity(self.items.len());
        let mut carried = Vec::with_capacity(self.items.len());
        for ((media, mut content), random_id) in self.items.into_iter().zip(&random_ids) {
            content.set_syntax(self.syntax);
            let (message, entities) = content.read(&client)?;
            let media = stored(&client, &peer, media.into_media(&client).await?).await?;
            let input = media.input.clone();
            multi_media.push(types::InputSingleMedia {
                media: input,
                random_id: *random_id,
                message,
                entities,
            });
            carried.push(media);
        }
        let mut request = functions::messages::SendMultiMedia {
            silent: options.silent,
            background: options.background,
            clear_draft: self.clear_draft,
            noforwards: options.no_forwards,
            update_stickersets_order: false,
            invert_media: self.invert_media,
            allow_paid_floodskip: false,
            peer,
            reply_to: options.reply_to(&client)?,
            multi_media,
            schedule_date: options.schedule,
            send_as: options.send_as(&client)?,
            quick_reply_shortcut: None,
            effect: options.effect,
            allow_paid_stars: None,
        };
        let repeatable = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let answer = match client.invoke_with(request.clone(), repeatable.clone()).await {
            Err(refused) => {
                let mut renewed = false;
                for (single, media) in request.multi_media.iter_mut().zip(&mut carried) {
                    if media.renew(&client, &refused).await? {
                        single.media = media.input.clone();
                        renewed = true;
                    }
                }
                if !renewed {
                    return Err(refused.into());
                }
                client.invoke_with(request, repeatable).await?
            }
            answer => answer?,
        };
        Ok(client.sent(answer, &random_ids).await.into_iter().flatten().collect())
    }
}

into_call!(SendAlbum => Vec<Message>);

/// An album takes what the server has stored; what was only uploaded is stored now.
async fn stored(client: &Client, peer: &enums::InputPeer, media: Media) -> Result<Media, Error> {
    use enums::InputMedia as I;
    let spoiler = match &media.input {
        I::UploadedPhoto(media) => media.spoiler,
        I::UploadedDocument(media) => media.spoiler,
        I::PhotoExternal(media) => media.spoiler,
        I::DocumentExternal(media) => media.spoiler,
        _ => return Ok(media),
    };
    let (peer, media) = (peer.clone(), media.input);
    let request = functions::messages::UploadMedia { business_connection_id: None, peer, media };
    let stored = client.invoke(request).await?;
    let stored = Media::from_message(&stored).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the server stored something else than it was given")
    })?;
    Ok(if spoiler { stored.spoiler() } else { stored })
}
