//! Reads one file out of a gzipped tar archive, which is what both registries hand out.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::Result;

/// Size of a tar header and of the unit file contents are padded to, in bytes.
const BLOCK: usize = 512;

/// The text of the entry whose path, without the archive's top folder, is `wanted`.
pub(crate) fn read_file(archive: &[u8], wanted: &str) -> Result<String> {
    let mut tar = Vec::new();
    GzDecoder::new(archive).read_to_end(&mut tar)?;
    let mut rest = tar.as_slice();
    while let Some((header, after)) = rest.split_at_checked(BLOCK) {
        let Some(name) = text_field(header, 0, 100) else {
            break;
        };
        if name.is_empty() {
            break; // two empty blocks end an archive
        }
        let size = text_field(header, 124, 12)
            .and_then(|digits| usize::from_str_radix(digits.trim(), 8).ok())
            .ok_or_else(|| format!("the archive's entry {name} has no readable size"))?;
        let content = after.get(..size).ok_or_else(|| format!("the archive ends inside {name}"))?;
        let path = match text_field(header, 345, 155) {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}/{name}"),
            _ => name.to_owned(),
        };
        if path.split_once('/').is_some_and(|(_, inner)| inner == wanted) {
            return Ok(String::from_utf8(content.to_vec())?);
        }
        rest = after.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Err(format!("the archive has no file {wanted}").into())
}

/// A zero-terminated text field of a tar header.
fn text_field(header: &[u8], at: usize, len: usize) -> Option<&str> {
    let field = header.get(at..at.checked_add(len)?)?;
    let end = field.iter().position(|&b| b == 0).unwrap_or(len);
    std::str::from_utf8(field.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, content) in entries {
            let mut header = [0_u8; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            let size = format!("{:011o}", content.len());
            header[124..135].copy_from_slice(size.as_bytes());
            tar.extend_from_slice(&header);
            tar.extend_from_slice(content.as_bytes());
            tar.resize(tar.len().next_multiple_of(BLOCK), 0);
        }
        tar.resize(tar.len() + 2 * BLOCK, 0);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&tar).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn the_top_folder_is_ignored_and_later_entries_are_found() {
        let bytes = archive(&[("package/a.txt", "first"), ("package/tl/b.txt", "second")]);
        assert_eq!(read_file(&bytes, "tl/b.txt").unwrap(), "second");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_file(&archive(&[("package/a.txt", "")]), "b.txt").unwrap_err();
        assert!(error.to_string().contains("b.txt"));
    }
}
