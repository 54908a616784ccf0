//! Media that may be seen for some seconds once they were opened.

use chappe_api::{enums, types};
use chappe_tl::{Decode, Encode};

/// For how many seconds; 0: for ever.
pub(crate) fn ttl(media: &enums::MessageMedia) -> i64 {
    let seconds = match media {
        enums::MessageMedia::Photo(media) => media.ttl_seconds,
        enums::MessageMedia::Document(media) => media.ttl_seconds,
        _ => None,
    };
    seconds.map_or(0, i64::from)
}

/// What is left of one, in bytes: of which kind it was, and its timer. `None` if it has none.
pub(crate) fn emptied(media: &[u8]) -> Option<Vec<u8>> {
    let media = enums::MessageMedia::from_bytes(media).ok().filter(|media| ttl(media) != 0)?;
    let left: enums::MessageMedia = match media {
        enums::MessageMedia::Photo(media) => types::MessageMediaPhoto {
            spoiler: false,
            live_photo: media.live_photo,
            photo: None,
            ttl_seconds: media.ttl_seconds,
            video: None,
        }
        .into(),
        enums::MessageMedia::Document(media) => types::MessageMediaDocument {
            spoiler: false,
            document: None,
            alt_documents: None,
            video_cover: None,
            video_timestamp: None,
            ..*media
        }
        .into(),
        _ => return None,
    };
    left.to_bytes().ok()
}
