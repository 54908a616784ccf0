//! What a message has beside its words.

use chappe::{enums, types};

/// A file, place or other thing in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The word for what it is, in snake_case.
    pub(crate) kind: &'static str,
    /// The file's name, or what else there is to read.
    pub(crate) name: Option<String>,
    /// Of a file.
    pub(crate) mime_type: Option<String>,
    /// Bytes, of a file that can be fetched.
    pub(crate) size: Option<u64>,
}

/// What stands beside the words; nothing for previews of links.
pub(crate) fn shown(media: &enums::MessageMedia) -> Option<Shown> {
    use enums::MessageMedia as M;
    Some(match media {
        M::Empty | M::WebPage(_) => return None,
        M::Photo(media) => photo(media.photo.as_ref()),
        M::Document(media) => document(media.document.as_ref()),
        M::Geo(media) => Shown { kind: "location", name: place(&media.geo), ..Shown::default() },
        M::GeoLive(media) => Shown { kind: "live_location", name: place(&media.geo), ..Shown::default() },
        M::Venue(media) => Shown {
            kind: "venue",
            name: Some(format!("{}, {}", media.title, media.address)),
            ..Shown::default()
        },
        M::Contact(media) => {
            let name = format!("{} {} {}", media.first_name, media.last_name, media.phone_number);
            Shown { kind: "contact", name: Some(name), ..Shown::default() }
        }
        M::Poll(_) => Shown { kind: "poll", ..Shown::default() },
        M::Dice(media) => Shown { kind: "dice", name: Some(media.emoticon.clone()), ..Shown::default() },
        M::Game(_) => Shown { kind: "game", ..Shown::default() },
        M::Invoice(media) => Shown { kind: "invoice", name: Some(media.title.clone()), ..Shown::default() },
        M::Story(_) => Shown { kind: "story", ..Shown::default() },
        M::ToDo(_) => Shown { kind: "todo", ..Shown::default() },
        _ => Shown { kind: "unsupported", ..Shown::default() },
    })
}

fn place(place: &enums::GeoPoint) -> Option<String> {
    match place {
        enums::GeoPoint::Point(point) => Some(format!("{:.5} {:.5}", point.lat, point.long)),
        enums::GeoPoint::Empty => None,
    }
}

fn photo(photo: Option<&enums::Photo>) -> Shown {
    let size = match photo {
        Some(enums::Photo::Photo(photo)) => largest(photo).and_then(|(_, size)| u64::try_from(size).ok()),
        _ => None,
    };
    Shown { kind: "photo", size, ..Shown::default() }
}

/// The letter and the bytes of the largest form.
fn largest(photo: &types::Photo) -> Option<(&str, i32)> {
    let sizes = photo.sizes.iter().filter_map(|size| match size {
        enums::PhotoSize::Size(size) => Some((&*size.r#type, size.size)),
        enums::PhotoSize::Progressive(size) => Some((&*size.r#type, *size.sizes.last()?)),
        _ => None,
    });
    sizes.max_by_key(|(_, size)| *size)
}

fn document(document: Option<&enums::Document>) -> Shown {
    use enums::DocumentAttribute as A;
    let Some(enums::Document::Document(document)) = document else {
        return Shown { kind: "document", ..Shown::default() };
    };
    let mut shown = Shown {
        kind: "document",
        name: None,
        mime_type: Some(document.mime_type.clone()),
        size: u64::try_from(document.size).ok(),
    };
    for attribute in &document.attributes {
        match attribute {
            A::Animated => shown.kind = "animation",
            A::Audio(audio) => shown.kind = if audio.voice { "voice" } else { "audio" },
            A::Filename(file) => shown.name = Some(file.file_name.clone()),
            A::Sticker(_) => shown.kind = "sticker",
            // A silent film is an animation, whichever comes first.
            A::Video(video) if shown.kind == "document" => {
                shown.kind = if video.round_message { "round_video" } else { "video" };
            }
            _ => {}
        }
    }
    shown
}
