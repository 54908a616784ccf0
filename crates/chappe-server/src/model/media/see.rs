//! A stored medium in the eyes of somebody.

use chappe_api::{enums, types};

use super::reference;
use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::access::AccessHashes;

/// Who looks, when, and at which data centre they take us for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer<'a> {
    pub(crate) id: i64,
    pub(crate) dc_id: i32,
    pub(crate) access: &'a AccessHashes,
    /// Unix seconds.
    pub(crate) now: i64,
    /// The message that shows the media for a time only, by uid; 0: they stay.
    pub(crate) message: i64,
}

impl<'a> Viewer<'a> {
    /// The account that calls.
    pub(crate) fn of(call: &'a Call) -> Answer<Self> {
        let dc_id = call.environment.this_dc;
        Ok(Self { id: call.user_id()?, dc_id, access: &call.world.access, now: call.unix(), message: 0 })
    }

    /// Fills in what makes a photo accessible.
    pub(crate) fn photo(&self, photo: &mut types::Photo) {
        photo.access_hash = self.access.media(self.id, photo.id);
        photo.file_reference = reference::make(self.access, photo.id, self.message, self.now);
        photo.dc_id = self.centre(photo.dc_id);
    }

    /// The same for a document.
    pub(crate) fn document(&self, document: &mut types::Document) {
        document.access_hash = self.access.media(self.id, document.id);
        document.file_reference = reference::make(self.access, document.id, self.message, self.now);
        document.dc_id = self.centre(document.dc_id);
    }

    /// Where a file is fetched that is kept at `home`: 0 stands for every data centre.
    fn centre(&self, home: i32) -> i32 {
        if home == 0 { self.dc_id } else { home }
    }
}

/// `media` as the viewer sees it.
pub(crate) fn see(media: &mut enums::MessageMedia, viewer: &Viewer<'_>) {
    let photo = |photo: &mut Option<enums::Photo>| {
        if let Some(enums::Photo::Photo(photo)) = photo {
            viewer.photo(photo);
        }
    };
    let document = |document: &mut enums::Document| {
        if let enums::Document::Document(document) = document {
            viewer.document(document);
        }
    };
    match media {
        enums::MessageMedia::Photo(media) => {
            photo(&mut media.photo);
            media.video.iter_mut().for_each(document);
        }
        enums::MessageMedia::Document(media) => {
            photo(&mut media.video_cover);
            media.document.iter_mut().for_each(document);
            media.alt_documents.iter_mut().flatten().for_each(document);
        }
        _ => {}
    }
}
