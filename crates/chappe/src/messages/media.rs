use chappe_api::{enums, types};

use crate::client::Client;
use crate::error::{Error, InvokeError};
use crate::files::{Origin, is_reference_error};
use crate::media::Attachment;
use crate::messages::Message;

/// Something that a message carries beside its words.
///
/// Made from the inputs of the API, and from photos and documents that were received: those are sent on without being
/// uploaded again.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// use chappe::{PeerId, types};
///
/// let here = types::InputGeoPoint { lat: 48.858, long: 2.294, accuracy_radius: None };
/// client.send(PeerId::User(7), "").media(types::InputMediaGeoPoint { geo_point: here.into() }).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "they are not sent yet"]
pub struct Media {
    pub(crate) input: enums::InputMedia,
    /// The message that it was received in.
    origin: Option<Origin>,
}

impl<T: Into<enums::InputMedia>> From<T> for Media {
    fn from(media: T) -> Self {
        Self { input: media.into(), origin: None }
    }
}

impl Media {
    /// What a received message carries, to be sent on; `None` if that is nothing, or of a kind that cannot be (web pages
    /// go with their links).
    ///
    /// The right to send a received file on lasts for about a day. If it has expired, the message is fetched anew for
    /// another one.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let Some(media) = chappe::Media::of_message(&message) {
    ///     client.send(chat, "Look").media(media).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_message(message: &Message) -> Option<Self> {
        let media = Self::from_message(message.media()?)?;
        Some(Self { origin: Some(Origin { chat: message.chat(), id: message.id() }), ..media })
    }

    /// Media as a message of the API has them, to be sent on while they are fresh: where they came from is not known, so
    /// nothing is fetched anew. See [`Media::of_message`].
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let Some(media) = message.media().and_then(chappe::Media::from_message) {
    ///     client.send(chat, "Look").media(media.spoiler()).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_message(media: &enums::MessageMedia) -> Option<Self> {
        let input: enums::InputMedia = match media {
            enums::MessageMedia::Photo(media) => types::InputMediaPhoto {
                spoiler: media.spoiler,
                live_photo: false,
                id: photo(media.photo.as_ref()?)?,
                ttl_seconds: media.ttl_seconds,
                video: None,
            }
            .into(),
            enums::MessageMedia::Document(media) => types::InputMediaDocument {
                spoiler: media.spoiler,
                id: document(media.document.as_ref()?)?,
                video_cover: None,
                video_timestamp: media.video_timestamp,
                ttl_seconds: media.ttl_seconds,
                query: None,
            }
            .into(),
            enums::MessageMedia::Geo(media) => {
                types::InputMediaGeoPoint { geo_point: point(&media.geo)? }.into()
            }
            enums::MessageMedia::Contact(media) => types::InputMediaContact {
                phone_number: media.phone_number.clone(),
                first_name: media.first_name.clone(),
                last_name: media.last_name.clone(),
                vcard: media.vcard.clone(),
            }
            .into(),
            enums::MessageMedia::Venue(media) => types::InputMediaVenue {
                geo_point: point(&media.geo)?,
                title: media.title.clone(),
                address: media.address.clone(),
                provider: media.provider.clone(),
                venue_id: media.venue_id.clone(),
                venue_type: media.venue_type.clone(),
            }
            .into(),
            enums::MessageMedia::Dice(media) => {
                types::InputMediaDice { emoticon: media.emoticon.clone() }.into()
            }
            _ => return None,
        };
        Some(input.into())
    }

    /// Hides it until it is touched. For photos and documents; nothing happens to others.
    ///
    /// ```no_run
    /// use chappe::Media;
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     chat: chappe::PeerRef,
    /// #     message: chappe::Message,
    /// # ) -> Result<(), chappe::Error> {
    /// if let Some(media) = Media::of_message(&message) {
    ///     client.send(chat, "Not before you have seen the film").media(media.spoiler()).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn spoiler(mut self) -> Self {
        match &mut self.input {
            enums::InputMedia::UploadedPhoto(media) => media.spoiler = true,
            enums::InputMedia::Photo(media) => media.spoiler = true,
            enums::InputMedia::UploadedDocument(media) => media.spoiler = true,
            enums::InputMedia::Document(media) => media.spoiler = true,
            enums::InputMedia::PhotoExternal(media) => media.spoiler = true,
            enums::InputMedia::DocumentExternal(media) => media.spoiler = true,
            _ => {}
        }
        self
    }
}

/// What a builder will send beside the words.
#[derive(Debug)]
pub(crate) enum Carried {
    File(Box<Attachment>),
    Media(Media),
}

impl Carried {
    /// Uploads what has to be uploaded.
    pub(crate) async fn into_media(self, client: &Client) -> Result<Media, Error> {
        match self {
            Self::File(file) => Ok(client.upload_media(*file).await?.into()),
            Self::Media(media) => Ok(media),
        }
    }
}

impl Media {
    /// Whether a call that was refused may be made once more: the server takes the file reference no longer, and the
    /// message that the media are from has given another one.
    pub(crate) async fn renew(&mut self, client: &Client, refused: &InvokeError) -> Result<bool, Error> {
        let Some(origin) = self.origin.filter(|_| refused.rpc().is_some_and(is_reference_error)) else {
            return Ok(false);
        };
        let found = origin.references(client).await?;
        let of = |id: i64| found.iter().find(|(other, _)| *other == id).map(|(_, reference)| reference);
        let (held, fresh) = match &mut self.input {
            enums::InputMedia::Photo(media) => match &mut media.id {
                enums::InputPhoto::Photo(photo) => (&mut photo.file_reference, of(photo.id)),
                enums::InputPhoto::Empty => return Ok(false),
            },
            enums::InputMedia::Document(media) => match &mut media.id {
                enums::InputDocument::Document(document) => (&mut document.file_reference, of(document.id)),
                enums::InputDocument::Empty => return Ok(false),
            },
            _ => return Ok(false),
        };
        let Some(fresh) = fresh.filter(|fresh| *fresh != held) else { return Ok(false) };
        tracing::debug!("media are sent by a new file reference");
        held.clone_from(fresh);
        Ok(true)
    }
}

/// The methods of a builder that sends media. Their examples go on from `begin`, which makes the builder.
macro_rules! carrying {
    ($carried:ident, $begin:literal) => {
        /// Adds a photo, document, place …; the words become its caption.
        ///
        /// ```no_run
        /// use chappe::types::{InputGeoPoint, InputMediaGeoPoint};
        ///
        /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        /// let here = InputGeoPoint { lat: 48.858, long: 2.294, accuracy_radius: None };
        #[doc = concat!($begin, ".media(InputMediaGeoPoint { geo_point: here.into() }).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn media(mut self, media: impl Into<$crate::messages::Media>) -> Self {
            self.$carried = Some($crate::messages::media::Carried::Media(media.into()));
            self
        }

        /// Uploads a file and adds it; the words become its caption.
        ///
        /// ```no_run
        /// use chappe::media::Attachment;
        ///
        /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        #[doc = concat!($begin, ".file(Attachment::photo(\"sea.jpg\")).await?;")]
        /// # Ok(())
        /// # }
        /// ```
        pub fn file(mut self, file: $crate::media::Attachment) -> Self {
            self.$carried = Some($crate::messages::media::Carried::File(Box::new(file)));
            self
        }
    };
}
pub(crate) use carrying;

pub(crate) fn photo(photo: &enums::Photo) -> Option<enums::InputPhoto> {
    let enums::Photo::Photo(photo) = photo else { return None };
    let file_reference = photo.file_reference.clone();
    Some(types::InputPhoto { id: photo.id, access_hash: photo.access_hash, file_reference }.into())
}

pub(crate) fn document(document: &enums::Document) -> Option<enums::InputDocument> {
    let enums::Document::Document(document) = document else { return None };
    let file_reference = document.file_reference.clone();
    Some(types::InputDocument { id: document.id, access_hash: document.access_hash, file_reference }.into())
}

fn point(point: &enums::GeoPoint) -> Option<enums::InputGeoPoint> {
    let enums::GeoPoint::Point(point) = point else { return None };
    let accuracy_radius = point.accuracy_radius;
    Some(types::InputGeoPoint { lat: point.lat, long: point.long, accuracy_radius }.into())
}
