//! Key pictures.

use chappe_crypto::picture::PALETTE;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::look::Look;
use crate::chat::model::KeyPicture;

/// The picture, two rows in a line, and the same in hexadecimal; without colours in shades.
pub(super) fn lines(key: &KeyPicture, look: &Look) -> Vec<Line<'static>> {
    let mut lines = if look.colour { coloured(key) } else { shaded(key) };
    lines.push(Line::default());
    lines.extend(key.hex.iter().map(|line| Line::raw(line.clone())));
    lines
}

fn colour(cell: u8) -> Color {
    let [red, green, blue] = PALETTE[usize::from(cell & 3)];
    Color::Rgb(red, green, blue)
}

fn coloured(key: &KeyPicture) -> Vec<Line<'static>> {
    key.cells
        .chunks(2)
        .map(|rows| {
            let lower = rows.last().map(Vec::as_slice).unwrap_or_default();
            let pairs = rows.first().into_iter().flatten().zip(lower);
            let cell = |(upper, lower): (&u8, &u8)| {
                Span::styled("\u{2580}\u{2580}", Style::new().fg(colour(*upper)).bg(colour(*lower)))
            };
            Line::from(pairs.map(cell).collect::<Vec<_>>())
        })
        .collect()
}

fn shaded(key: &KeyPicture) -> Vec<Line<'static>> {
    const SHADES: [&str; 4] = ["  ", "\u{2591}\u{2591}", "\u{2588}\u{2588}", "\u{2592}\u{2592}"];
    let row = |row: &Vec<u8>| row.iter().map(|cell| SHADES[usize::from(cell & 3)]).collect::<String>();
    key.cells.iter().map(|cells| Line::raw(row(cells))).collect()
}
