//! The record layer: headers of five bytes around chunks of the stream.

use crate::transport::TransportError;
use crate::transport::buffer::Inbox;
use crate::transport::limits::MAX_TLS_RECORD_LEN;

pub(super) const CHANGE_CIPHER_SPEC: u8 = 0x14;
pub(super) const HANDSHAKE: u8 = 0x16;
pub(super) const APPLICATION_DATA: u8 = 0x17;

/// The whole change cipher spec record.
pub(super) const CHANGE_CIPHER_SPEC_RECORD: [u8; 6] = [CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1];

pub(super) const HEADER_LEN: usize = 5;

/// A complete record at the start of `bytes`: its type, and where it ends.
pub(super) fn record(bytes: &[u8]) -> Result<Option<(u8, usize)>, TransportError> {
    let Some(&[kind, major, minor, high, low]) = bytes.first_chunk() else { return Ok(None) };
    let len = usize::from(u16::from_be_bytes([high, low]));
    let known = matches!(kind, CHANGE_CIPHER_SPEC | HANDSHAKE | APPLICATION_DATA);
    // The record of a client hello says 3.1, everything after it 3.3.
    let version = major == 3 && (minor == 3 || (minor == 1 && kind == HANDSHAKE));
    if !known || !version || len == 0 || len > MAX_TLS_RECORD_LEN {
        return Err(TransportError::FakeTlsRecord { kind, len });
    }
    let end = HEADER_LEN + len;
    Ok((bytes.len() >= end).then_some((kind, end)))
}

/// Appends `data` to `out` as application data records of at most `max` bytes each.
pub(super) fn seal(data: &[u8], max: usize, out: &mut Vec<u8>) {
    for chunk in data.chunks(max) {
        out.extend_from_slice(&[APPLICATION_DATA, 3, 3]);
        // `max` fits in 16 bits.
        out.extend_from_slice(&(chunk.len() as u16).to_be_bytes());
        out.extend_from_slice(chunk);
    }
}

/// Takes application data out of the records in `inbox`. One change cipher spec is passed over if `spec_due`.
pub(super) fn open(inbox: &mut Inbox, spec_due: &mut bool, data: &mut Vec<u8>) -> Result<(), TransportError> {
    while let Some((kind, end)) = record(inbox.unread())? {
        let bytes = inbox.unread().get(..end).unwrap_or_default();
        match kind {
            APPLICATION_DATA => {
                data.extend_from_slice(bytes.get(HEADER_LEN..).unwrap_or_default());
                *spec_due = false;
            }
            CHANGE_CIPHER_SPEC if *spec_due && bytes == CHANGE_CIPHER_SPEC_RECORD => *spec_due = false,
            _ => return Err(TransportError::FakeTlsRecord { kind, len: end - HEADER_LEN }),
        }
        inbox.consume(end);
    }
    Ok(())
}
