//! Names of files as a peer claims them, made safe to show and to use in a folder.

/// Longest name kept, in bytes: what file systems allow.
const MAX_LEN: usize = 255;

/// Keeps the last component of a path, without control characters and without characters that turn the direction of
/// writing (`U+202E` makes `gpj.exe` of `exe.jpg`). `None` if nothing is left, or only dots.
pub(crate) fn sanitize(claimed: &str) -> Option<String> {
    let last = claimed.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !is_directional(*c)).collect();
    let name = kept.trim_matches(|c: char| c.is_whitespace()).trim_end_matches('.').trim_start_matches("..");
    if name.is_empty() || name == "." {
        return None;
    }
    Some(shorten(name))
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and the zero-width no-break space.
const fn is_directional(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Cuts the stem and keeps the extension.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_LEN {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.') {
        Some(at) if name.len() - at <= 32 => name.split_at(at),
        _ => (name, ""),
    };
    let mut end = MAX_LEN.saturating_sub(extension.len()).min(stem.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_controls_and_overrides_go() {
        for (claimed, kept) in [
            ("photo.jpg", Some("photo.jpg")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Windows\\win.ini", Some("win.ini")),
            ("a/..", None),
            ("..", None),
            (".", None),
            ("/", None),
            ("", None),
            ("   ", None),
            ("a\u{202e}gpj.exe", Some("agpj.exe")),
            ("\u{2066}x\u{2069}\n\0y\r", Some("xy")),
            ("name. .", Some("name. ")),
            (".hidden", Some(".hidden")),
        ] {
            assert_eq!(sanitize(claimed).as_deref(), kept, "{claimed:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = sanitize(&format!("{}.jpeg", "\u{e9}".repeat(300))).unwrap();
        assert!(name.len() <= MAX_LEN && name.ends_with(".jpeg"), "{}", name.len());
        assert!(sanitize(&"x".repeat(1000)).unwrap().len() <= MAX_LEN);
    }
}
