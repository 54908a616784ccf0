//! Markdown for a terminal.

use super::Highlighter;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const BLUE: &str = "\x1b[34m";
const RESET: &str = "\x1b[0m";

/// A page in Markdown with colours: headings, code and marks of emphasis, or as it is without `colour`.
pub fn terminal(markdown: &str, colour: bool) -> String {
    if !colour {
        return markdown.to_owned();
    }
    let highlighter = Highlighter::new();
    let mut out = String::new();
    let mut fence: Option<(String, String)> = None;
    for line in markdown.lines() {
        if let Some((language, source)) = &mut fence {
            if line.starts_with("```") {
                for piece in highlighter.pieces(language, source) {
                    out.push_str(&coloured(piece.text, piece.class));
                }
                fence = None;
            } else {
                source.push_str(&format!("  {line}\n"));
            }
        } else if let Some(language) = line.strip_prefix("```") {
            fence = Some((language.to_owned(), String::new()));
        } else if let Some(title) =
            line.strip_prefix(":::tab{title=\"").and_then(|rest| rest.strip_suffix("\"}"))
        {
            out.push_str(&format!("{BOLD}{title}{RESET}\n"));
        } else if line.starts_with(":::") {
            // The marks around tabs.
        } else if line.starts_with('#') {
            out.push_str(&format!("{BOLD}{BLUE}{}{RESET}\n", line.trim_start_matches('#').trim()));
        } else {
            out.push_str(&inline(line));
            out.push('\n');
        }
    }
    out
}

/// Links shrink to their text, emphasis becomes bold.
fn inline(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once('[') {
        match after.split_once("](").and_then(|(text, rest)| Some((text, rest.split_once(')')?.1))) {
            Some((text, after)) if !text.contains('[') => {
                out.push_str(&format!("{before}{BLUE}{text}{RESET}"));
                rest = after;
            }
            _ => {
                out.push_str(&format!("{before}["));
                rest = after;
            }
        }
    }
    out.push_str(rest);
    let mut bold = false;
    let parts: Vec<&str> = out.split("**").collect();
    let mut result = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            bold = !bold;
            result.push_str(if bold { BOLD } else { RESET });
        }
        result.push_str(part);
    }
    result.replace("\\_", "_").replace("\\|", "|")
}

fn coloured(text: &str, class: &str) -> String {
    let colour = match class {
        "hl-k" => "\x1b[35m",
        "hl-s" => "\x1b[32m",
        "hl-c" => DIM,
        "hl-n" => "\x1b[33m",
        "hl-f" | "hl-t" => "\x1b[36m",
        _ => return text.to_owned(),
    };
    format!("{colour}{text}{RESET}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_colours_and_a_file_does_not() {
        let page = "# A\n\nSee [b](../b.md) and **c**.\n\n```js\nconst x = 1\n```\n";
        assert_eq!(terminal(page, false), page);
        let shown = terminal(page, true);
        assert!(shown.contains("\x1b[34mb\x1b[0m") && shown.contains("\x1b[1mc\x1b[0m"), "{shown}");
        assert!(shown.contains("\x1b[35mconst\x1b[0m") && !shown.contains("../b.md"), "{shown}");
    }
}
