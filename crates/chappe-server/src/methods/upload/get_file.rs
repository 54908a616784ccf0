//! `upload.getFile`: pieces of files.
//!
//! | | offset | limit |
//! |---|---|---|
//! | not precise | a multiple of 4 KiB | a multiple of 4 KiB that divides 1 MiB |
//! | precise | a multiple of 1 KiB | a multiple of 1 KiB, 1 MiB at most |
//!
//! In both cases a piece does not cross a multiple of 1 MiB.
//!
//! Source: <https://core.telegram.org/api/files#downloading-files>

use chappe_api::{enums, functions, types};

use super::{cdn, location};
use crate::call::Call;
use crate::limits::FILE_PIECE;
use crate::methods::errors::{Answer, bad_request};
use crate::model::upload::failed;

pub(crate) async fn handle(call: &Call, query: functions::upload::GetFile) -> Answer<enums::upload::File> {
    let (offset, limit) = range(query.precise, query.offset, query.limit).map_err(bad_request)?;
    let found = location::find(call, &query.location).await?;
    if query.cdn_supported && found.is_document && call.world.cdn.is_some() {
        return cdn::redirect(call, &found, offset).await;
    }
    let bytes = call.world.blobs.read(found.blob, found.layout, offset, limit).await.map_err(failed)?;
    let mtime = i32::try_from(found.created_at).unwrap_or(i32::MAX);
    Ok(types::upload::File { r#type: found.file_type, mtime, bytes }.into())
}

/// The range, or what is wrong with it.
pub(super) fn range(precise: bool, offset: i64, limit: i32) -> Result<(u64, u64), &'static str> {
    let unit = if precise { 1024 } else { 4096 };
    let offset = u64::try_from(offset).ok().filter(|offset| offset.is_multiple_of(unit));
    let offset = offset.ok_or("OFFSET_INVALID")?;
    let limit = u64::try_from(limit).ok().filter(|limit| (1..=FILE_PIECE).contains(limit));
    let limit = limit.filter(|limit| limit.is_multiple_of(unit)).ok_or("LIMIT_INVALID")?;
    if !precise && !FILE_PIECE.is_multiple_of(limit) {
        return Err("LIMIT_INVALID");
    }
    if offset / FILE_PIECE != (offset + limit - 1) / FILE_PIECE {
        return Err("LIMIT_INVALID");
    }
    Ok((offset, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_held_to_the_rules() {
        const MIB: i32 = 1 << 20;
        assert_eq!(range(false, 0, MIB), Ok((0, 1 << 20)));
        assert_eq!(range(false, 4096, 65536), Ok((4096, 65536)));
        assert_eq!(range(true, 1024, 3072), Ok((1024, 3072)));
        for (precise, offset) in [(false, -4096), (false, 1024), (true, 512), (true, i64::MIN)] {
            assert_eq!(range(precise, offset, 4096), Err("OFFSET_INVALID"), "{precise} {offset}");
        }
        for (precise, limit) in [
            (false, 0),
            (false, -4096),
            (false, 1024),
            (false, 12288),
            (false, 2 * MIB),
            (true, 512),
            (true, MIB + 1024),
        ] {
            assert_eq!(range(precise, 0, limit), Err("LIMIT_INVALID"), "{precise} {limit}");
        }
        assert_eq!(range(false, i64::from(MIB) - 4096, 8192), Err("LIMIT_INVALID"), "it crosses 1 MiB");
        assert_eq!(range(true, i64::from(MIB) - 1024, 2048), Err("LIMIT_INVALID"));
        assert_eq!(range(true, i64::MAX - 1023, 1024), Ok((i64::MAX as u64 - 1023, 1024)));
    }
}
