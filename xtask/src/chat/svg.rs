//! A screen of a terminal as a picture.

use std::fmt::Write;

/// Size of a character in pixels.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;
/// Space around the screen.
const MARGIN: f64 = 12.0;

const BACKGROUND: &str = "#1b1f27";
const FOREGROUND: &str = "#d6dae2";

/// The sixteen colours of a terminal.
const COLOURS: [&str; 16] = [
    "#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#6b7482",
    "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff",
];

/// How characters look.
#[derive(Clone, Default, PartialEq)]
struct Look {
    foreground: Option<String>,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    reversed: bool,
    struck: bool,
}

/// Characters of one look, from a column on.
struct Run {
    column: usize,
    text: String,
    look: Look,
}

/// Draws a screen given as text with escape sequences for colours.
pub(super) fn draw(screen: &str) -> String {
    let lines: Vec<Vec<Run>> =
        screen.lines().scan(Look::default(), |look, line| Some(runs(line, look))).collect();
    let columns = lines.iter().flatten().map(|run| run.column + run.text.chars().count()).max().unwrap_or(1);
    let width = columns as f64 * WIDTH + 2.0 * MARGIN;
    let height = lines.len() as f64 * HEIGHT + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for (row, runs) in lines.iter().enumerate() {
        for run in runs {
            run.draw(row, &mut svg);
        }
    }
    svg + "</svg>\n"
}

fn runs(line: &str, look: &mut Look) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut column, mut rest) = (0, line);
    while let Some(letter) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\u{1b}[") {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(sequence.len());
            if sequence[end..].starts_with('m') {
                look.apply(&sequence[..end]);
            }
            rest = sequence.get(end + 1..).unwrap_or_default();
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.look == *look => run.text.push(letter),
            _ => runs.push(Run { column, text: letter.to_string(), look: look.clone() }),
        }
        column += 1;
        rest = &rest[letter.len_utf8()..];
    }
    runs
}

impl Look {
    /// Takes one sequence of parameters into account.
    fn apply(&mut self, parameters: &str) {
        let mut numbers = parameters.split([';', ':']).map(|number| number.parse::<u8>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underlined = true,
                7 => self.reversed = true,
                9 => self.struck = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underlined = false,
                27 => self.reversed = false,
                29 => self.struck = false,
                30..=37 => self.foreground = plain(number - 30),
                38 => self.foreground = extended(&mut numbers),
                39 => self.foreground = None,
                40..=47 => self.background = plain(number - 40),
                48 => self.background = extended(&mut numbers),
                49 => self.background = None,
                90..=97 => self.foreground = plain(number - 90 + 8),
                100..=107 => self.background = plain(number - 100 + 8),
                _ => {}
            }
        }
    }
}

fn plain(number: u8) -> Option<String> {
    COLOURS.get(usize::from(number)).map(|colour| (*colour).to_owned())
}

fn extended(numbers: &mut impl Iterator<Item = u8>) -> Option<String> {
    match numbers.next()? {
        2 => {
            let (red, green, blue) = (numbers.next()?, numbers.next()?, numbers.next()?);
            Some(format!("#{red:02x}{green:02x}{blue:02x}"))
        }
        5 => plain(numbers.next()?),
        _ => None,
    }
}

impl Run {
    fn draw(&self, row: usize, svg: &mut String) {
        let x = MARGIN + self.column as f64 * WIDTH;
        let y = MARGIN + row as f64 * HEIGHT;
        let width = self.text.chars().count() as f64 * WIDTH;
        let foreground = self.look.foreground.as_deref().unwrap_or(FOREGROUND);
        let background = self.look.background.as_deref();
        let (foreground, background) = match self.look.reversed {
            true => (background.unwrap_or(BACKGROUND), Some(foreground)),
            false => (foreground, background),
        };
        if let Some(colour) = background {
            rectangle(svg, (x, y), (width, HEIGHT), colour);
        }
        if self.text.chars().all(|letter| letter == '\u{2580}') {
            return rectangle(svg, (x, y), (width, HEIGHT / 2.0), foreground);
        }
        if self.text.trim().is_empty() {
            return;
        }
        let mut style = String::new();
        for (wanted, attribute) in [
            (self.look.bold, " font-weight=\"bold\""),
            (self.look.dim, " opacity=\"0.6\""),
            (self.look.italic, " font-style=\"italic\""),
            (self.look.underlined, " text-decoration=\"underline\""),
            (self.look.struck, " text-decoration=\"line-through\""),
        ] {
            if wanted {
                style.push_str(attribute);
            }
        }
        let text = self.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let base = y + HEIGHT * 0.72;
        // Writing to a text does not fail.
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{base:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
             xml:space=\"preserve\" fill=\"{foreground}\"{style}>{text}</text>"
        );
    }
}

fn rectangle(svg: &mut String, (x, y): (f64, f64), (width, height): (f64, f64), colour: &str) {
    // A little larger, so that neighbours leave no gap. Writing to a text does not fail.
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
        width + 0.3,
        height + 0.3
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_places_become_a_picture() {
        let svg = draw("a<b\u{1b}[1m\u{1b}[38;2;1;2;3mcd\u{1b}[0m e\n\u{1b}[7mx\u{1b}[31m");
        assert!(svg.contains(">a&lt;b</text>"), "{svg}");
        assert!(
            svg.contains("x=\"37.2\"") && svg.contains("fill=\"#010203\" font-weight=\"bold\">cd</text>"),
            "{svg}"
        );
        assert!(svg.contains(&format!("fill=\"{BACKGROUND}\">x</text>")), "{svg}");
    }
}
