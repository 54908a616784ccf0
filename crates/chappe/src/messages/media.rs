use chappe_api::{enums, types};

use crate::client::Client;
use crate::error::Error;
use crate::media::Attachment;

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
pub struct Media(pub(crate) enums::InputMedia);

impl<T: Into<enums::InputMedia>> From<T> for Media {
    fn from(media: T) -> Self {
        Self(media.into())
    }
}

impl Media {
    /// Media of a received message, to be sent on; `None` for kinds that cannot be (web pages go with their links).
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
        Some(Self(input))
    }

    /// Hides it until it is touched. For photos and documents; nothing happens to others.
    pub fn spoiler(mut self) -> Self {
        match &mut self.0 {
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
    pub(crate) async fn into_input(self, client: &Client) -> Result<enums::InputMedia, Error> {
        match self {
            Self::File(file) => client.upload_media(*file).await,
            Self::Media(Media(media)) => Ok(media),
        }
    }
}

/// The methods of a builder that sends media.
macro_rules! carrying {
    ($carried:ident) => {
        /// Adds a photo, document, place …; the words become its caption.
        pub fn media(mut self, media: impl Into<$crate::messages::Media>) -> Self {
            self.$carried = Some($crate::messages::media::Carried::Media(media.into()));
            self
        }

        /// Uploads a file and adds it; the words become its caption.
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
