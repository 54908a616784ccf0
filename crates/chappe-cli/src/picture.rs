//! Key pictures in the terminal and in files.

use std::path::Path;

use chappe::secret::KeyVisualization;
use chappe_crypto::picture::{PALETTE, SIDE};

use crate::failure::Failure;

/// Lines with both pictures side by side and their text forms below.
pub(crate) fn side_by_side(
    left: (&str, &KeyVisualization),
    right: (&str, &KeyVisualization),
    colour: bool,
) -> Vec<String> {
    const WIDTH: usize = 32;
    let draw = if colour { coloured } else { shaded };
    let mut lines = vec![format!("{:WIDTH$}{}", left.0, right.0)];
    // Both forms are 24 columns wide; escape sequences take none.
    let gap = " ".repeat(WIDTH - 24);
    lines.extend(draw(left.1).iter().zip(draw(right.1)).map(|(left, right)| format!("{left}{gap}{right}")));
    let text = left.1.hex_lines().into_iter().zip(right.1.hex_lines());
    lines.extend(text.map(|(left, right)| format!("{left:WIDTH$}{right}")));
    lines
}

/// One picture with its text form below.
pub(crate) fn lines(picture: &KeyVisualization, colour: bool) -> Vec<String> {
    let mut lines = if colour { coloured(picture) } else { shaded(picture) };
    lines.extend(picture.hex_lines());
    lines
}

/// Six lines: each cell of the picture is two columns wide and half a line high.
fn coloured(picture: &KeyVisualization) -> Vec<String> {
    let colour = |cell: u8| {
        let [red, green, blue] = PALETTE[usize::from(cell & 3)];
        format!("2;{red};{green};{blue}")
    };
    let cells = picture.cells();
    let pairs = cells.iter().step_by(2).zip(cells.iter().skip(1).step_by(2));
    pairs
        .map(|(upper, lower)| {
            let blocks = upper.iter().zip(lower).map(|(upper, lower)| {
                format!("\x1b[38;{};48;{}m\u{2580}\u{2580}", colour(*upper), colour(*lower))
            });
            blocks.collect::<String>() + "\x1b[0m"
        })
        .collect()
}

/// Twelve lines of shades, for files and terminals without colour.
fn shaded(picture: &KeyVisualization) -> Vec<String> {
    const SHADES: [&str; 4] = ["  ", "\u{2591}\u{2591}", "\u{2588}\u{2588}", "\u{2592}\u{2592}"];
    picture.cells().iter().map(|row| row.iter().map(|cell| SHADES[usize::from(cell & 3)]).collect()).collect()
}

/// Width and height of a cell in the file, in pixels.
const CELL: usize = 20;

/// Writes the picture as a PNG with a palette.
pub(crate) fn write_png(picture: &KeyVisualization, path: &Path) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("the picture cannot be written to {}: {error}", path.display()))
    };
    let bytes = png(picture).map_err(|error| failed(&error))?;
    std::fs::write(path, bytes).map_err(|error| failed(&error))
}

fn png(picture: &KeyVisualization) -> Result<Vec<u8>, png::EncodingError> {
    let side = u32::try_from(SIDE * CELL).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(PALETTE.concat());
    let pixels: Vec<u8> = picture
        .cells()
        .iter()
        .flat_map(|row| {
            let line: Vec<u8> = row.iter().flat_map(|cell| [cell & 3; CELL]).collect();
            line.repeat(CELL)
        })
        .collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(colour: bool) -> Vec<String> {
        let picture = KeyVisualization::from_bytes(std::array::from_fn(|i| i as u8));
        side_by_side(("Alice", &picture), ("Bob", &picture), colour)
    }

    #[test]
    fn a_coloured_picture_has_two_rows_in_a_line() {
        let lines = lines(true);
        assert_eq!(lines.len(), 1 + 6 + 4);
        for line in &lines[1..7] {
            let (left, right) = line.split_once("        ").unwrap();
            assert_eq!(left, right);
            assert_eq!(left.matches('\u{2580}').count(), 24);
        }
    }

    #[test]
    fn the_file_shows_the_cells_in_their_colours() {
        let picture = KeyVisualization::from_bytes(std::array::from_fn(|i| i as u8));
        let bytes = png(&picture).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let facts = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((facts.width, facts.height), (240, 240));
        for (row, cells) in picture.cells().iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                // The first and the last pixel of each cell.
                for at in [0, CELL - 1] {
                    let pixel = ((row * CELL + at) * 240 + column * CELL + at) * 3;
                    assert_eq!(pixels[pixel..pixel + 3], PALETTE[usize::from(*cell)]);
                }
            }
        }
    }

    #[test]
    fn without_colour_every_row_has_its_line() {
        let lines = lines(false);
        assert_eq!(lines.len(), 1 + 12 + 4);
        for line in &lines[1..13] {
            let columns: Vec<char> = line.chars().collect();
            assert_eq!(columns.len(), 32 + 24);
            assert_eq!(columns[..24], columns[32..]);
        }
    }
}
