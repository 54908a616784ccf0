//! Answers to calls that tell the account something.

use std::sync::Arc;

use super::NetEvent;

/// updateShortSentMessage: completes a message of the caller.
const SENT: u32 = 0x9015_e101;

/// updatesTooLong, updateShortMessage, updateShortChatMessage, updateShort, updatesCombined, updates.
const UPDATES: [u32; 6] = [0xe317_af7e, 0x313b_c7f8, 0x4d6d_eea5, 0x78d4_dec1, 0x725b_04c3, 0x74ae_4240];

/// What an answer (TL bytes) tells the account: updates pass through the counters even if they are the answer to a call.
pub(super) fn event(request: &Arc<Vec<u8>>, answer: &[u8]) -> Option<NetEvent> {
    match u32::from_le_bytes(*answer.first_chunk()?) {
        SENT => Some(NetEvent::Sent { request: request.clone(), answer: answer.to_vec() }),
        id if UPDATES.contains(&id) => Some(NetEvent::Updates(answer.to_vec())),
        _ => None,
    }
}
