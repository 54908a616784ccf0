//! Attributes of documents: together they say what a file is.

use chappe_api::secret::{enums, types};

use crate::content::file_name;
use crate::{Media, limits};

/// What the attributes of a document say. Of conflicting ones the last counts.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) animated: bool,
    pub(super) audio: Option<types::DocumentAttributeAudio>,
    pub(super) file_name: Option<String>,
    pub(super) size: Option<(i32, i32)>,
    pub(super) sticker: Option<(String, Option<String>)>,
    pub(super) video: Option<types::DocumentAttributeVideo>,
}

impl Attributes {
    pub(super) fn read(attributes: Vec<enums::DocumentAttribute>) -> Self {
        use enums::DocumentAttribute as A;
        let mut read = Self::default();
        for attribute in attributes {
            match attribute {
                A::Animated => read.animated = true,
                A::Audio(a) => read.audio = Some(*a),
                A::Audio23(a) => read.audio = Some(audio(a.duration, None, None)),
                A::Audio45(a) => read.audio = Some(audio(a.duration, Some(a.title), Some(a.performer))),
                A::Filename(a) => read.file_name = file_name::sanitize(&a.file_name),
                A::ImageSize(a) => read.size = Some((a.w.max(0), a.h.max(0))),
                A::CustomEmoji(a) => read.sticker = Some((a.alt, set_name(a.stickerset))),
                A::HasStickers => {}
                A::Sticker(a) => read.sticker = Some((a.alt, set_name(a.stickerset))),
                A::Sticker144(a) => read.sticker = Some((a.alt, set_name(a.stickerset))),
                A::Sticker23 => read.sticker = Some((String::new(), None)),
                A::Video(a) => read.video = Some(*a),
                A::Video160(a) => read.video = Some(film(a.round_message, a.duration, a.w, a.h)),
                A::Video185(a) => read.video = Some(film(a.round_message, a.duration, a.w, a.h)),
                A::Video187(a) => read.video = Some(film(a.round_message, a.duration, a.w, a.h)),
                A::Video23(a) => {
                    read.video = Some(types::DocumentAttributeVideo {
                        round_message: false,
                        duration: a.duration,
                        w: a.w,
                        h: a.h,
                    });
                }
            }
        }
        read
    }

    /// What the document is.
    pub(super) fn media(self) -> Media {
        let (width, height) =
            self.video.as_ref().map(|v| (v.w.max(0), v.h.max(0))).or(self.size).unwrap_or_default();
        let duration = self.video.as_ref().map_or(0, |video| video.duration.max(0));
        if let Some((alt, _)) = self.sticker {
            return Media::Sticker { alt, width, height };
        }
        match (self.animated, self.video, self.audio) {
            (true, _, _) => Media::Animation { width, height, duration },
            (false, Some(video), _) if video.round_message => Media::RoundVideo { side: width, duration },
            (false, Some(_), _) => Media::Video { width, height, duration },
            (false, None, Some(audio)) if audio.voice => {
                let mut waveform = audio.waveform.unwrap_or_default();
                if waveform.len() > limits::MAX_WAVEFORM_LEN {
                    waveform.clear();
                }
                Media::Voice { duration: audio.duration.max(0), waveform }
            }
            (false, None, Some(audio)) => Media::Audio {
                duration: audio.duration.max(0),
                title: audio.title.filter(|title| !title.is_empty()),
                performer: audio.performer.filter(|performer| !performer.is_empty()),
            },
            (false, None, None) => Media::Document,
        }
    }
}

/// The newer shapes of the cloud count in fractions of a second.
fn film(round_message: bool, duration: f64, w: i32, h: i32) -> types::DocumentAttributeVideo {
    types::DocumentAttributeVideo { round_message, duration: duration.round() as i32, w, h }
}

fn set_name(set: enums::InputStickerSet) -> Option<String> {
    match set {
        enums::InputStickerSet::ShortName(set) => Some(set.short_name),
        enums::InputStickerSet::Empty | enums::InputStickerSet::Id(_) => None,
    }
}

pub(super) fn audio(
    duration: i32,
    title: Option<String>,
    performer: Option<String>,
) -> types::DocumentAttributeAudio {
    types::DocumentAttributeAudio { voice: false, duration, title, performer, waveform: None }
}

/// The attributes that say that a file is this.
pub(super) fn write(media: &Media, name: Option<&str>) -> Vec<enums::DocumentAttribute> {
    use enums::DocumentAttribute as A;
    let video = |round_message, duration, w, h| {
        A::Video(types::DocumentAttributeVideo { round_message, duration, w, h }.into())
    };
    let mut attributes = match media {
        Media::Animation { width, height, duration } => {
            vec![A::Animated, video(false, *duration, *width, *height)]
        }
        Media::Audio { duration, title, performer } => {
            vec![A::Audio(audio(*duration, title.clone(), performer.clone()).into())]
        }
        Media::RoundVideo { side, duration } => vec![video(true, *duration, *side, *side)],
        Media::Sticker { alt, width, height } => vec![
            A::ImageSize(types::DocumentAttributeImageSize { w: *width, h: *height }),
            A::Sticker(Box::new(types::DocumentAttributeSticker {
                alt: alt.clone(),
                stickerset: enums::InputStickerSet::Empty,
            })),
        ],
        Media::Video { width, height, duration } => vec![video(false, *duration, *width, *height)],
        Media::Voice { duration, waveform } => vec![A::Audio(Box::new(types::DocumentAttributeAudio {
            voice: true,
            waveform: (!waveform.is_empty()).then(|| waveform.clone()),
            ..audio(*duration, None, None)
        }))],
        _ => Vec::new(),
    };
    if let Some(file_name) = name.and_then(file_name::sanitize) {
        attributes.push(A::Filename(types::DocumentAttributeFilename { file_name }.into()));
    }
    attributes
}
