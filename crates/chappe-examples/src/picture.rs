//! A picture to send.

use crate::Result;

/// 64 by 64 pixels in two colours, as PNG.
pub(crate) fn teapot() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..64 * 64)
        .flat_map(
            |place| if (place / 64 / 8 + place % 64 / 8) % 2 == 0 { [180, 90, 40] } else { [250, 240, 220] },
        )
        .collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}
