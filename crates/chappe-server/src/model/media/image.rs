//! Smaller versions of images.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView, ImageReader, Limits};

use crate::limits::{IMAGE_MEMORY, IMAGE_SIDE};

/// Of what quality the JPEG files are that we make, of 100.
const QUALITY: u8 = 87;
/// Width and height of a photo together, at most.
const MAX_SIDES: u32 = 10_000;
/// The longer side of a photo as a multiple of the shorter one, at most.
const MAX_RATIO: u32 = 20;

/// One size to make: its name in TL, and the longest side in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) name: &'static str,
    pub(super) side: u32,
    /// Cut to a square.
    pub(super) square: bool,
}

const fn fit(name: &'static str, side: u32) -> Size {
    Size { name, side, square: false }
}

#[allow(dead_code, reason = "see `photo::profile_from_upload`")]
const fn square(name: &'static str, side: u32) -> Size {
    Size { name, side, square: true }
}

/// The sizes of a photo in a message: <https://core.telegram.org/api/files#image-thumbnail-types>.
pub(super) const PHOTO: &[Size] =
    &[fit("s", 100), fit("m", 320), fit("x", 800), fit("y", 1280), fit("w", 2560)];
/// The sizes of a photo of a profile or group.
#[allow(dead_code, reason = "see `photo::profile_from_upload`")]
pub(super) const PROFILE: &[Size] = &[square("a", 160), square("b", 320), square("c", 640)];
/// The size of the preview of a document.
pub(super) const THUMBNAIL: &[Size] = &[fit("m", 320)];

/// An image in one size, as a JPEG file.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) name: &'static str,
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) bytes: Vec<u8>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is no image that we know, or damaged.
    Unreadable,
    /// Too wide, too high, or too narrow.
    Dimensions,
}

/// The width and height of the image, and the sizes that make sense for it: one that would not be smaller than the one
/// before is left out. Takes as long as decoding takes: not for the threads that serve connections.
pub(super) fn render(file: &[u8], sizes: &[Size]) -> Result<((i32, i32), Vec<Rendered>), Failure> {
    let image = decode(file)?;
    let (width, height) = image.dimensions();
    let longest = width.max(height);
    let mut rendered: Vec<Rendered> = Vec::with_capacity(sizes.len());
    for size in sizes {
        rendered.push(shrink(&image, *size)?);
        if !size.square && size.side >= longest {
            break;
        }
    }
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Ok(((side(width), side(height)), rendered))
}

fn decode(file: &[u8]) -> Result<DynamicImage, Failure> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(IMAGE_SIDE);
    limits.max_image_height = Some(IMAGE_SIDE);
    limits.max_alloc = Some(IMAGE_MEMORY);
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
    let mut reader = reader.map_err(|_| Failure::Unreadable)?;
    reader.limits(limits);
    let image = reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => Failure::Dimensions,
        _ => Failure::Unreadable,
    })?;
    let (width, height) = image.dimensions();
    let (short, long) = (width.min(height), width.max(height));
    match short == 0 || width.saturating_add(height) > MAX_SIDES || long / short > MAX_RATIO {
        true => Err(Failure::Dimensions),
        false => Ok(image),
    }
}

fn shrink(image: &DynamicImage, size: Size) -> Result<Rendered, Failure> {
    let (width, height) = image.dimensions();
    let small = if size.square {
        image.resize_to_fill(size.side, size.side, FilterType::Triangle)
    } else if size.side < width.max(height) {
        image.resize(size.side, size.side, FilterType::Triangle)
    } else {
        image.clone()
    };
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(&small.to_rgb8())
        .map_err(|_| Failure::Unreadable)?;
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    Ok(Rendered { name: size.name, width: side(small.width()), height: side(small.height()), bytes })
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbImage};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 99]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn outline(width: u32, height: u32, sizes: &[Size]) -> Vec<(&'static str, i32, i32)> {
        let (_, rendered) = render(&png(width, height), sizes).unwrap();
        rendered.iter().map(|one| (one.name, one.width, one.height)).collect()
    }

    #[test]
    fn a_photo_has_every_size_below_its_own_and_then_its_own() {
        assert_eq!(outline(40, 20, PHOTO), [("s", 40, 20)]);
        assert_eq!(outline(400, 200, PHOTO), [("s", 100, 50), ("m", 320, 160), ("x", 400, 200)]);
        assert_eq!(outline(320, 320, PHOTO), [("s", 100, 100), ("m", 320, 320)]);
        assert_eq!(outline(50, 90, PROFILE), [("a", 160, 160), ("b", 320, 320), ("c", 640, 640)]);
    }

    #[test]
    fn every_size_is_a_jpeg_file_of_the_size_it_says() {
        let (dimensions, rendered) = render(&png(500, 300), PHOTO).unwrap();
        assert_eq!(dimensions, (500, 300));
        for one in rendered {
            let image =
                ImageReader::with_format(Cursor::new(&one.bytes), ImageFormat::Jpeg).decode().unwrap();
            assert_eq!((image.width() as i32, image.height() as i32), (one.width, one.height));
        }
    }

    #[test]
    fn what_is_no_photo_is_refused() {
        let failure = |file: &[u8]| render(file, PHOTO).unwrap_err();
        assert_eq!(failure(b""), Failure::Unreadable);
        assert_eq!(failure(b"this is not an image"), Failure::Unreadable);
        assert_eq!(failure(&png(90, 90)[..60]), Failure::Unreadable);
        assert_eq!(failure(&png(210, 10)), Failure::Dimensions);
        assert_eq!(failure(&png(9_990, 11)), Failure::Dimensions);
    }
}
