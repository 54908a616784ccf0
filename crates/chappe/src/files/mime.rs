//! What a file is, by its name and its first bytes.

/// The usual type of a file with such a name, by its extension.
///
/// ```
/// assert_eq!(chappe::files::mime_type("Holiday.JPG"), "image/jpeg");
/// assert_eq!(chappe::files::mime_type("unknown"), "application/octet-stream");
/// ```
pub fn mime_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "bmp" => "image/bmp",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "mkv" => "video/x-matroska",
        "webm" => "video/webm",
        "avi" => "video/x-msvideo",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "flac" => "audio/flac",
        "wav" => "audio/x-wav",
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "csv" => "text/csv",
        "json" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "7z" => "application/x-7z-compressed",
        "tar" => "application/x-tar",
        "apk" => "application/vnd.android.package-archive",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "odt" => "application/vnd.oasis.opendocument.text",
        "epub" => "application/epub+zip",
        _ => "application/octet-stream",
    }
}

/// Width and height of a JPEG, from the first frame header in these bytes.
///
/// ```
/// use chappe::files::jpeg_size;
///
/// assert_eq!(jpeg_size(b"\x89PNG"), None);
/// let head = [0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0x02, 0xd0, 0x05, 0x00, 3];
/// assert_eq!(jpeg_size(&head), Some((1280, 720)));
/// ```
pub fn jpeg_size(bytes: &[u8]) -> Option<(i32, i32)> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        rest = rest.strip_prefix(&[0xff])?;
        let (&marker, after) = rest.split_first()?;
        match marker {
            // Fill bytes.
            0xff => continue,
            // Markers that stand alone.
            0x01 | 0xd0..=0xd7 => {
                rest = after;
                continue;
            }
            _ => {}
        }
        let (len, body) = after.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes(*len)).checked_sub(2)?;
        // All frame headers but those of Huffman tables, extensions and arithmetic conditioning.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let &[_, a, b, c, d, ..] = body else { return None };
            let (height, width) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            return (width > 0 && height > 0).then_some((width.into(), height.into()));
        }
        if marker == 0xda {
            return None;
        }
        rest = body.get(len..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_jpeg_is_read_and_garbage_is_not() {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc4, 0, 3, 9];
        jpeg.extend([0xff, 0xc2, 0, 17, 8, 0x01, 0x02, 0x03, 0x04, 3]);
        assert_eq!(jpeg_size(&jpeg), Some((0x304, 0x102)));
        for len in 0..jpeg.len() - 1 {
            assert_eq!(jpeg_size(&jpeg[..len]), None, "{len}");
        }
        for garbage in [&[0xff, 0xd8, 0xff, 0xe0, 0, 1, 0][..], &[0xff, 0xd8, 0, 0], b"\x89PNG", &[0xff; 64]]
        {
            assert_eq!(jpeg_size(garbage), None);
        }
    }
}
