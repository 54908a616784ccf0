//! `gzip_packed#3072cfa1 packed_data:bytes = Object`.

use std::io::Write as _;

use chappe_tl::{DecodeError, Reader, Writer};
use flate2::write::GzEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};

use super::service::ids;

/// Queries and answers up to this many bytes are not worth packing.
const MIN_PACKED_LEN: usize = 256;

/// Deflate cannot shrink by more than about 1032 to 1; a little above that is proof of nothing but a broken stream.
const MAX_RATIO: usize = 1100;

/// Bytes inflated at a time: memory grows with what really comes out.
const STEP: usize = 16 << 10;

/// Why a packed object cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GzipError {
    /// Not a gzip or zlib stream, a wrong checksum, or bytes after its end.
    #[error("the packed data is not one sound gzip or zlib stream")]
    Corrupt,
    /// It holds another packed object.
    #[error("a packed object holds another packed object")]
    Nested,
    /// More comes out than is permitted.
    #[error("the object unpacks to more than {max} bytes")]
    TooLong {
        /// The limit in bytes.
        max: usize,
    },
    /// The object around the packed data is broken.
    #[error(transparent)]
    Tl(#[from] DecodeError),
}

/// Whether `body` is a packed object.
pub fn is_packed(body: &[u8]) -> bool {
    body.first_chunk().is_some_and(|id| u32::from_le_bytes(*id) == ids::GZIP_PACKED)
}

/// Unpacks `gzip_packed`, at most `max_len` bytes of it. Gzip and zlib streams are both taken: TDLib packs as zlib.
///
/// # Errors
/// The stream is unsound, holds more than one member or another packed object, or exceeds the limit; work stops at
/// the limit.
pub fn unpack(body: &[u8], max_len: usize) -> Result<Vec<u8>, GzipError> {
    let mut reader = Reader::new(body);
    reader.expect_id(ids::GZIP_PACKED)?;
    let packed = reader.bytes()?;
    reader.finish()?;
    let unpacked = inflate(packed, max_len)?;
    if is_packed(&unpacked) {
        return Err(GzipError::Nested);
    }
    Ok(unpacked)
}

fn inflate(packed: &[u8], max_len: usize) -> Result<Vec<u8>, GzipError> {
    match packed {
        [0x1f, 0x8b, ..] => {
            let (deflated, crc, len) = gzip_parts(packed)?;
            let out = run(Decompress::new(false), deflated, max_len)?;
            if out.len() as u32 != len || crc32fast::hash(&out) != crc {
                return Err(GzipError::Corrupt);
            }
            Ok(out)
        }
        _ => run(Decompress::new(true), packed, max_len),
    }
}

/// The deflated data of a gzip stream of one member, and its checksum and length. RFC 1952.
fn gzip_parts(packed: &[u8]) -> Result<(&[u8], u32, u32), GzipError> {
    let (header, mut rest) = packed.split_first_chunk::<10>().ok_or(GzipError::Corrupt)?;
    let (method, flags) = (header[2], header[3]);
    if method != 8 || flags & 0xe0 != 0 {
        return Err(GzipError::Corrupt);
    }
    if flags & 4 != 0 {
        let (len, after) = rest.split_first_chunk::<2>().ok_or(GzipError::Corrupt)?;
        rest = after.get(usize::from(u16::from_le_bytes(*len))..).ok_or(GzipError::Corrupt)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or(GzipError::Corrupt)?;
            rest = rest.get(end + 1..).ok_or(GzipError::Corrupt)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..).ok_or(GzipError::Corrupt)?;
    }
    let (rest, len) = rest.split_last_chunk::<4>().ok_or(GzipError::Corrupt)?;
    let (rest, crc) = rest.split_last_chunk::<4>().ok_or(GzipError::Corrupt)?;
    Ok((rest, u32::from_le_bytes(*crc), u32::from_le_bytes(*len)))
}

/// Inflates the whole of `data`, which must end exactly with the stream.
fn run(mut stream: Decompress, data: &[u8], max_len: usize) -> Result<Vec<u8>, GzipError> {
    let budget = max_len.min(data.len().saturating_mul(MAX_RATIO));
    let mut out = Vec::new();
    loop {
        // One byte beyond the budget shows that there is more.
        let room = (budget + 1).saturating_sub(out.len()).min(STEP);
        out.reserve(room);
        let (before_in, before_out) = (stream.total_in(), stream.total_out());
        let input =
            usize::try_from(before_in).ok().and_then(|at| data.get(at..)).ok_or(GzipError::Corrupt)?;
        let mut block = vec![0; room];
        let status =
            stream.decompress(input, &mut block, FlushDecompress::None).map_err(|_| GzipError::Corrupt)?;
        let produced = usize::try_from(stream.total_out() - before_out).map_err(|_| GzipError::Corrupt)?;
        out.extend_from_slice(block.get(..produced).ok_or(GzipError::Corrupt)?);
        if out.len() > budget {
            return Err(GzipError::TooLong { max: max_len });
        }
        match status {
            Status::StreamEnd if stream.total_in() == data.len() as u64 => return Ok(out),
            Status::StreamEnd => return Err(GzipError::Corrupt),
            _ if produced == 0 && stream.total_in() == before_in => return Err(GzipError::Corrupt),
            _ => {}
        }
    }
}

/// Packs `body` if that makes it shorter; `None` if not.
pub fn pack(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < MIN_PACKED_LEN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::new(6));
    encoder.write_all(body).ok()?;
    let packed = encoder.finish().ok()?;
    let mut writer = Writer::new();
    writer.u32(ids::GZIP_PACKED);
    writer.bytes(&packed);
    writer.finish().ok().filter(|packed| packed.len() < body.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::ZlibEncoder;

    fn object(packed: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u32(ids::GZIP_PACKED);
        writer.bytes(packed);
        writer.finish().unwrap()
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_and_zlib_both_come_back() {
        for len in [0, 1, 4, 300, 70_000] {
            let data: Vec<u8> = (0..len).map(|i| (i / 7) as u8).collect();
            assert_eq!(unpack(&object(&gzip(&data)), 1 << 20).unwrap(), data, "gzip of {len}");
            assert_eq!(unpack(&object(&zlib(&data)), 1 << 20).unwrap(), data, "zlib of {len}");
            if len >= 300 {
                assert_eq!(unpack(&pack(&data).unwrap(), 1 << 20).unwrap(), data);
            }
        }
        assert_eq!(pack(&[0; 255]), None, "too short to be worth it");
        let noise: Vec<u8> = (0..4096u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        assert!(pack(&noise).is_none_or(|packed| packed.len() < noise.len()));
    }

    #[test]
    fn the_cap_is_exact() {
        let body = object(&gzip(&[0; 1000]));
        assert_eq!(unpack(&body, 1000).unwrap().len(), 1000);
        assert_eq!(unpack(&body, 999), Err(GzipError::TooLong { max: 999 }));
    }

    #[test]
    fn unsound_streams_are_refused() {
        let good = gzip(b"four score and seven years ago our fathers");
        let mut wrong_crc = good.clone();
        let at = wrong_crc.len() - 6;
        wrong_crc[at] ^= 1;
        let mut two_members = good.clone();
        two_members.extend_from_slice(&good);
        let mut trailing = zlib(b"abc");
        trailing.push(0);
        let mut zlib_checksum = zlib(b"abcdef");
        *zlib_checksum.last_mut().unwrap() ^= 1;
        for (name, bad) in [
            ("checksum", wrong_crc),
            ("two members", two_members),
            ("trailing", trailing),
            ("zlib checksum", zlib_checksum),
            ("cut", good[..good.len() - 9].to_vec()),
            ("header only", good[..10].to_vec()),
            ("noise", vec![0xff; 40]),
            ("empty", Vec::new()),
        ] {
            assert_eq!(unpack(&object(&bad), 1 << 20), Err(GzipError::Corrupt), "{name}");
        }
        assert_eq!(unpack(&object(&gzip(&object(&gzip(b"abcd")))), 1 << 20), Err(GzipError::Nested));
        for len in 0..good.len() {
            assert!(unpack(&object(&good[..len]), 1 << 20).is_err(), "cut at {len}");
        }
    }
}
