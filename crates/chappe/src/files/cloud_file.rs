//! Which file of the cloud: where it is, what is known of it, and where a new file reference for it comes from.
//!
//! Source: <https://core.telegram.org/api/file-references>

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chappe_api::enums::InputFileLocation as Location;
use chappe_api::{enums, types};

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::messages::Message;
use crate::peers::{PeerId, PeerRef};

/// A file in the cloud, outside of secret chats. It is made from what holds it: a message, its media, a document, a
/// photo.
///
/// ```no_run
/// use chappe::files::CloudFile;
///
/// # async fn run(client: chappe::Client, message: chappe::types::Message) -> Result<(), chappe::Error> {
/// if let Some(file) = CloudFile::of_message(&message) {
///     println!("{:?}, {:?} bytes", file.name(), file.size());
///     client.download(file).to_path("copy").await?; // or just `client.download(&message)`
/// }
/// # Ok(())
/// # }
/// ```
///
/// A place in the cloud is good for about a day: then its file reference has expired. A file that was made from a message
/// has the message fetched anew and goes on; for others see [`CloudFile::renewed_by`].
#[derive(Clone, Debug)]
pub struct CloudFile {
    pub(super) location: Location,
    pub(super) size: Option<u64>,
    pub(super) dc_id: Option<i32>,
    pub(super) name: Option<String>,
    pub(super) mime_type: Option<String>,
    pub(super) source: Source,
}

type Renewal = Pin<Box<dyn Future<Output = Result<Location, Error>> + Send>>;

/// Where a new file reference comes from.
#[derive(Clone)]
pub(super) enum Source {
    Unknown,
    Message(Origin),
    Custom(Arc<dyn Fn() -> Renewal + Send + Sync>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("Unknown"),
            Self::Message(Origin { id, .. }) => write!(f, "Message({id})"),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

impl CloudFile {
    /// The file at a place, of which nothing else is known.
    ///
    /// ```
    /// use chappe::{files::CloudFile, types::InputDocumentFileLocation};
    ///
    /// let thumb_size = String::new(); // the file itself
    /// let place = InputDocumentFileLocation { id: 7, access_hash: -3, file_reference: vec![1], thumb_size };
    /// let file = CloudFile::at(place.clone());
    /// assert_eq!((file.location(), file.size(), file.name()), (&place.into(), None, None));
    /// ```
    pub fn at(location: impl Into<Location>) -> Self {
        Self {
            location: location.into(),
            size: None,
            dc_id: None,
            name: None,
            mime_type: None,
            source: Source::Unknown,
        }
    }

    /// The file of a message: its document, or its photo in the largest size. `None` if it has no file.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, message: chappe::types::Message) -> Result<(), chappe::Error> {
    /// if let Some(file) = CloudFile::of_message(&message) {
    ///     client.download(file).to_path(format!("{}.bin", message.id)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_message(message: &types::Message) -> Option<Self> {
        let file = Self::of_media(message.media.as_ref()?)?;
        let chat = PeerId::from(&message.peer_id).into();
        Some(Self { source: Source::Message(Origin { chat, id: message.id }), ..file })
    }

    /// The file of media: a document, a photo in the largest size, or what the preview of a page shows.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// if let Some(file) = message.media().and_then(CloudFile::of_media) {
    ///     println!("{:?}, {:?} bytes", file.mime_type(), file.size());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_media(media: &enums::MessageMedia) -> Option<Self> {
        let (document, photo) = held_by(media)?;
        if let Some(enums::Document::Document(document)) = document {
            return Some(Self::of_document(document));
        }
        match photo? {
            enums::Photo::Photo(photo) => Self::of_photo(photo),
            enums::Photo::Empty(_) => None,
        }
    }

    /// A document: everything that is not a photo.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, document: chappe::types::Document) -> Result<(), chappe::Error> {
    /// let file = CloudFile::of_document(&document);
    /// let first = client.download(file).range(0..16).to_vec().await?;
    /// println!("{first:02x?}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_document(document: &types::Document) -> Self {
        let named = document.attributes.iter().find_map(|attribute| match attribute {
            enums::DocumentAttribute::Filename(name) => Some(name.file_name.clone()),
            _ => None,
        });
        Self {
            location: of_document(document, String::new()),
            size: u64::try_from(document.size).ok(),
            dc_id: Some(document.dc_id),
            name: named,
            mime_type: Some(document.mime_type.clone()),
            source: Source::Unknown,
        }
    }

    /// A photo in its largest size. `None` if it has none that could be fetched.
    ///
    /// ```no_run
    /// use chappe::{enums::Photo, files::CloudFile};
    ///
    /// # async fn run(client: chappe::Client, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for photo in client.profile_photos(user, 10).await? {
    ///     if let Photo::Photo(photo) = photo
    ///         && let Some(file) = CloudFile::of_photo(&photo)
    ///     {
    ///         client.download(file).to_path(format!("{}.jpg", photo.id)).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_photo(photo: &types::Photo) -> Option<Self> {
        let (size_type, size) = largest(&photo.sizes)?;
        Some(Self {
            location: of_photo(photo, size_type),
            size: Some(size),
            dc_id: Some(photo.dc_id),
            name: None,
            mime_type: Some("image/jpeg".to_owned()),
            source: Source::Unknown,
        })
    }

    /// The largest picture that stands for a document while it is not fetched.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, film: chappe::types::Document) -> Result<(), chappe::Error> {
    /// if let Some(picture) = CloudFile::thumbnail_of(&film) {
    ///     client.download(picture).to_path("preview.jpg").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn thumbnail_of(document: &types::Document) -> Option<Self> {
        let (size_type, size) = largest(document.thumbs.as_deref().unwrap_or_default())?;
        Some(Self {
            location: of_document(document, size_type),
            size: Some(size),
            dc_id: Some(document.dc_id),
            name: None,
            mime_type: Some("image/jpeg".to_owned()),
            source: Source::Unknown,
        })
    }

    /// Says how a new file reference is to be found when the one in the location has expired: `renew` returns the
    /// location of the same file as it is now.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, document: chappe::types::Document) -> Result<(), chappe::Error> {
    /// # async fn find_it_again() -> Result<chappe::types::Document, chappe::Error> { todo!() }
    /// // A film that takes longer than its reference lives, from a place that only this program knows.
    /// let film = CloudFile::of_document(&document)
    ///     .renewed_by(|| async { Ok(CloudFile::of_document(&find_it_again().await?).location().clone()) });
    /// client.download(film).to_path("film.mp4").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn renewed_by<F>(self, renew: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Location, Error>> + Send + 'static,
    {
        Self { source: Source::Custom(Arc::new(move || Box::pin(renew()))), ..self }
    }

    /// Where it is.
    ///
    /// ```
    /// use chappe::files::CloudFile;
    /// use chappe::{enums::InputFileLocation, types::InputDocumentFileLocation};
    ///
    /// let thumb_size = String::new();
    /// let place = InputDocumentFileLocation { id: 7, access_hash: -3, file_reference: vec![1], thumb_size };
    /// let file = CloudFile::at(place);
    /// assert!(matches!(file.location(), InputFileLocation::DocumentFileLocation(place) if place.id == 7));
    /// ```
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// In bytes, if that is known.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # fn run(message: chappe::Message) {
    /// match message.media().and_then(CloudFile::of_media).map(|file| file.size()) {
    ///     Some(Some(size)) if size > 100 << 20 => println!("that is large: {} MiB", size >> 20),
    ///     Some(_) => println!("that can be fetched"),
    ///     None => println!("there is no file"),
    /// }
    /// # }
    /// ```
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The name that the sender gave it. It comes from outside: make a file name of your own out of it.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # async fn run(client: chappe::Client, message: chappe::Message) -> Result<(), chappe::Error> {
    /// if let Some(file) = message.media().and_then(CloudFile::of_media) {
    ///     // Nothing of it but letters, digits and dots, and never as the beginning of a path.
    ///     let name = file.name().unwrap_or("file").chars();
    ///     let name: String = name.filter(|c| c.is_alphanumeric() || *c == '.').collect();
    ///     client.download(file).to_path(format!("downloads/{}-{name}", message.id())).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it is said to be.
    ///
    /// ```no_run
    /// use chappe::files::CloudFile;
    ///
    /// # fn run(message: chappe::Message) {
    /// let file = message.media().and_then(CloudFile::of_media);
    /// if file.as_ref().and_then(|file| file.mime_type()).is_some_and(|mime_type| mime_type.starts_with("image/")) {
    ///     println!("a picture, says the sender");
    /// }
    /// # }
    /// ```
    pub fn mime_type(&self) -> Option<&str> {
        self.mime_type.as_deref()
    }
}

impl Source {
    /// The same file by a new reference.
    pub(super) async fn renewed(&self, client: &Client, location: &Location) -> Result<Location, Error> {
        let origin = match self {
            Self::Unknown => {
                return Err(Error::new(
                    ErrorKind::File,
                    "the file reference has expired: fetch what holds the file anew, or download it by its message",
                ));
            }
            Self::Custom(renew) => return renew().await,
            Self::Message(origin) => origin,
        };
        with_reference(location, &origin.references(client).await?).ok_or_else(|| {
            let message =
                "the file reference has expired, and the message that held the file does so no more";
            Error::new(ErrorKind::File, message)
        })
    }
}

/// The message that a file came with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) chat: PeerRef,
    pub(crate) id: i32,
}

impl Origin {
    /// The references of what it holds now, each by the id of its file.
    pub(crate) async fn references(self, client: &Client) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        let found = client.messages_by_id(self.chat, [self.id]).await?.pop().flatten();
        Ok(found.and_then(|message| references(message.media()?)).unwrap_or_default())
    }
}

/// The document and the photo that media hold.
fn held_by(media: &enums::MessageMedia) -> Option<(Option<&enums::Document>, Option<&enums::Photo>)> {
    use enums::MessageMedia as M;
    match media {
        M::Document(media) => Some((media.document.as_ref(), None)),
        M::Photo(media) => Some((None, media.photo.as_ref())),
        M::WebPage(media) => match &media.webpage {
            enums::WebPage::Page(page) => Some((page.document.as_ref(), page.photo.as_ref())),
            _ => None,
        },
        _ => None,
    }
}

/// The references in media: of the document and of the photo, each by its id.
fn references(media: &enums::MessageMedia) -> Option<Vec<(i64, Vec<u8>)>> {
    let (document, photo) = held_by(media)?;
    let document = document.and_then(|document| match document {
        enums::Document::Document(document) => Some((document.id, document.file_reference.clone())),
        enums::Document::Empty(_) => None,
    });
    let photo = photo.and_then(|photo| match photo {
        enums::Photo::Photo(photo) => Some((photo.id, photo.file_reference.clone())),
        enums::Photo::Empty(_) => None,
    });
    Some(document.into_iter().chain(photo).collect())
}

/// The place with the new reference, if it is among them. Another file under the same message is not the same file.
fn with_reference(location: &Location, found: &[(i64, Vec<u8>)]) -> Option<Location> {
    let of = |id: i64| found.iter().find(|(other, _)| *other == id).map(|(_, reference)| reference.clone());
    let mut location = location.clone();
    match &mut location {
        Location::DocumentFileLocation(named) => named.file_reference = of(named.id)?,
        Location::PhotoFileLocation(named) => named.file_reference = of(named.id)?,
        _ => return None,
    }
    Some(location)
}

fn of_document(document: &types::Document, thumb_size: String) -> Location {
    let types::Document { id, access_hash, .. } = *document;
    let file_reference = document.file_reference.clone();
    types::InputDocumentFileLocation { id, access_hash, file_reference, thumb_size }.into()
}

fn of_photo(photo: &types::Photo, thumb_size: String) -> Location {
    let types::Photo { id, access_hash, .. } = *photo;
    let file_reference = photo.file_reference.clone();
    types::InputPhotoFileLocation { id, access_hash, file_reference, thumb_size }.into()
}

/// The largest of some sizes that can be fetched: its type and its bytes.
fn largest(sizes: &[enums::PhotoSize]) -> Option<(String, u64)> {
    let known = sizes.iter().filter_map(|size| match size {
        enums::PhotoSize::Size(size) => Some((size.w, size.r#type.clone(), size.size)),
        enums::PhotoSize::Progressive(size) => {
            Some((size.w, size.r#type.clone(), size.sizes.iter().copied().max()?))
        }
        _ => None,
    });
    let (_, size_type, size) = known.max_by_key(|(width, ..)| *width)?;
    Some((size_type, u64::try_from(size).ok()?))
}

/// What can be downloaded: see the conversions. What has no file is told when the download begins.
///
/// ```no_run
/// use chappe::files::CloudFile;
///
/// # async fn run(
/// #     client: chappe::Client,
/// #     message: chappe::Message,
/// #     place: chappe::enums::InputFileLocation,
/// # ) -> Result<(), chappe::Error> {
/// client.download(&message).to_path("of-a-message.bin").await?;
/// client.download(place.clone()).to_path("of-a-place.bin").await?;
/// client.download(CloudFile::at(place)).size(1_048_576).to_path("known-better.bin").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Downloadable(pub(super) Option<CloudFile>);

impl From<CloudFile> for Downloadable {
    fn from(file: CloudFile) -> Self {
        Self(Some(file))
    }
}

impl From<&types::Message> for Downloadable {
    fn from(message: &types::Message) -> Self {
        Self(CloudFile::of_message(message))
    }
}

/// Found again by what is known of its chat.
impl From<&Message> for Downloadable {
    fn from(message: &Message) -> Self {
        let file = message.media().and_then(CloudFile::of_media);
        let source = Source::Message(Origin { chat: message.chat(), id: message.id() });
        Self(file.map(|file| CloudFile { source, ..file }))
    }
}

impl From<&enums::Message> for Downloadable {
    fn from(message: &enums::Message) -> Self {
        match message {
            enums::Message::Message(message) => Self::from(&**message),
            enums::Message::Empty(_) | enums::Message::Service(_) => Self(None),
        }
    }
}

impl From<&enums::MessageMedia> for Downloadable {
    fn from(media: &enums::MessageMedia) -> Self {
        Self(CloudFile::of_media(media))
    }
}

impl From<&types::Document> for Downloadable {
    fn from(document: &types::Document) -> Self {
        Self(Some(CloudFile::of_document(document)))
    }
}

impl From<&types::Photo> for Downloadable {
    fn from(photo: &types::Photo) -> Self {
        Self(CloudFile::of_photo(photo))
    }
}

macro_rules! places {
    ($($place:ty),*) => {$(
        impl From<$place> for Downloadable {
            fn from(place: $place) -> Self {
                Self(Some(CloudFile::at(place)))
            }
        }
    )*};
}
places!(
    Location,
    types::InputDocumentFileLocation,
    types::InputEncryptedFileLocation,
    types::InputPeerPhotoFileLocation,
    types::InputPhotoFileLocation
);

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: i64, reference: &[u8]) -> types::Document {
        types::Document {
            id,
            access_hash: 2,
            file_reference: reference.to_vec(),
            date: 3,
            mime_type: "text/plain".to_owned(),
            size: 4,
            thumbs: None,
            video_thumbs: None,
            dc_id: 5,
            attributes: vec![types::DocumentAttributeFilename { file_name: "a.txt".to_owned() }.into()],
        }
    }

    #[test]
    fn a_document_says_what_it_is() {
        let file = CloudFile::of_document(&document(1, b"old"));
        assert_eq!(
            (file.size(), file.name(), file.mime_type()),
            (Some(4), Some("a.txt"), Some("text/plain"))
        );
        assert_eq!(file.dc_id, Some(5));
    }

    #[test]
    fn only_the_same_file_gets_the_new_reference() {
        let old = CloudFile::of_document(&document(1, b"old"));
        let media = |document: types::Document| types::MessageMediaDocument {
            nopremium: false,
            spoiler: false,
            video: false,
            round: false,
            voice: false,
            document: Some(document.into()),
            alt_documents: None,
            video_cover: None,
            video_timestamp: None,
            ttl_seconds: None,
        };
        let found = |id| references(&media(document(id, b"new")).into()).unwrap();
        let renewed = with_reference(&old.location, &found(1));
        assert_eq!(renewed, Some(CloudFile::of_document(&document(1, b"new")).location));
        assert_eq!(with_reference(&old.location, &found(9)), None);
    }

    #[test]
    fn the_largest_size_is_chosen() {
        let size = |name: &str, w, size| -> enums::PhotoSize {
            types::PhotoSize { r#type: name.to_owned(), w, h: w, size }.into()
        };
        assert_eq!(largest(&[size("m", 320, 10), size("x", 800, 20)]), Some(("x".to_owned(), 20)));
        assert_eq!(largest(&[]), None);
    }
}
