use crate::transport::TransportErrorCode;

/// The only close code in use.
const NORMAL: u16 = 1000;

/// Why a WebSocket was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseReason {
    /// The close code; `None` if the frame was empty.
    pub code: Option<u16>,
    /// The transport error in the reason, if there is one.
    pub error: Option<TransportErrorCode>,
}

impl CloseReason {
    /// The payload of a close frame that reports `error`.
    pub fn format(error: Option<TransportErrorCode>) -> Vec<u8> {
        let mut payload = NORMAL.to_be_bytes().to_vec();
        if let Some(error) = error {
            payload.extend_from_slice(error.0.unsigned_abs().to_string().as_bytes());
        }
        payload
    }

    /// Reads the payload of a close frame. Lenient: spaces, zeros bytes and a sign around the number are passed over,
    /// any other reason counts as none.
    pub fn parse(payload: &[u8]) -> Self {
        let Some((code, reason)) = payload.split_first_chunk() else { return Self::default() };
        let number = std::str::from_utf8(reason)
            .ok()
            .map(|text| text.trim_matches(|c: char| c.is_whitespace() || c == '\0'))
            .map(|text| text.strip_prefix('-').unwrap_or(text))
            .and_then(|text| text.parse::<u16>().ok());
        let error = number.filter(|number| *number > 0).map(|number| TransportErrorCode(-i32::from(number)));
        Self { code: Some(u16::from_be_bytes(*code)), error }
    }
}
