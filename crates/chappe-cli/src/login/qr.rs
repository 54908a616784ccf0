//! QR codes in the terminal.

use std::io::IsTerminal;

use chappe::login::QrToken;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::json;

use crate::failure::Failure;

/// What a program is to show.
pub(super) fn json(token: &QrToken) -> Result<String, Failure> {
    let shown = json!({ "event": "qr", "url": token.url(), "expires_at": token.expires_at });
    Ok(shown.to_string())
}

/// The code, with what is to be done about it.
pub(super) fn picture(token: &QrToken) -> Result<String, Failure> {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let picture = draw(&token.url(), colour)?;
    Ok(format!(
        "{picture}\nOn a device that is logged in: Settings, Devices, Link Desktop Device. Or there:\n\
         chappe sessions accept '{}'",
        token.url()
    ))
}

/// Two rows of the code in a line. Black on white with colours; without them for a dark terminal.
fn draw(text: &str, colour: bool) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|error| Failure::new(format!("there is no QR code for this: {error}")))?;
    let (dark, light) =
        if colour { (Dense1x2::Dark, Dense1x2::Light) } else { (Dense1x2::Light, Dense1x2::Dark) };
    let drawn = code.render::<Dense1x2>().dark_color(dark).light_color(light).build();
    if !colour {
        return Ok(drawn);
    }
    let lines: Vec<String> =
        drawn.lines().map(|line| format!("\x1b[38;2;0;0;0;48;2;255;255;255m{line}\x1b[0m")).collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a picture shows, row by row; those of the quiet zone are light.
    fn modules(picture: &str, full_is_dark: bool) -> Vec<Vec<bool>> {
        let lines: Vec<Vec<char>> = picture.lines().map(|line| line.chars().collect()).collect();
        let row = |line: &[char], upper: bool| {
            let full =
                |c: &char| matches!((c, upper), ('\u{2588}', _) | ('\u{2580}', true) | ('\u{2584}', false));
            line.iter().map(|c| full(c) == full_is_dark).collect()
        };
        lines.iter().flat_map(|line| [row(line, true), row(line, false)]).collect()
    }

    #[test]
    fn the_picture_shows_the_modules_of_the_code() {
        let text = "tg://login?token=abcdefghijklmnopqrstuvwxyz";
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let (width, colours) = (code.width(), code.to_colors());
        let coloured = draw(text, true).unwrap();
        let bare: Vec<String> = coloured
            .lines()
            .map(|line| line.split_once('m').unwrap().1.strip_suffix("\x1b[0m").unwrap().to_owned())
            .collect();
        for shown in [modules(&bare.join("\n"), true), modules(&draw(text, false).unwrap(), false)] {
            for (y, row) in colours.chunks(width).enumerate() {
                for (x, colour) in row.iter().enumerate() {
                    let dark = *colour == qrcode::Color::Dark;
                    assert_eq!(shown[y + 4][x + 4], dark, "row {y}, column {x}");
                }
            }
        }
    }
}
