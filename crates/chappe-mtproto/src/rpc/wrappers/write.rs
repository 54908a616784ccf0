//! Putting wrappers on.

use chappe_tl::{EncodeError, Writer};

use super::{InitConnection, ids};

fn prefixed(head: Writer, query: &[u8]) -> Vec<u8> {
    let mut bytes = head.into_inner();
    bytes.extend_from_slice(query);
    bytes
}

/// `invokeAfterMsg#cb9f372d msg_id:long query:!X = X`
pub fn invoke_after_msg(msg_id: i64, query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_AFTER_MSG);
    head.i64(msg_id);
    prefixed(head, query)
}

/// `invokeAfterMsgs#3dc4b4f0 msg_ids:Vector<long> query:!X = X`
pub fn invoke_after_msgs(msg_ids: &[i64], query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_AFTER_MSGS);
    head.vector(msg_ids);
    prefixed(head, query)
}

/// `invokeWithLayer#da9b0d0d layer:int query:!X = X`
pub fn invoke_with_layer(layer: i32, query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_WITH_LAYER);
    head.i32(layer);
    prefixed(head, query)
}

/// `invokeWithoutUpdates#bf9459b7 query:!X = X`
pub fn invoke_without_updates(query: &[u8]) -> Vec<u8> {
    let mut head = Writer::new();
    head.u32(ids::INVOKE_WITHOUT_UPDATES);
    prefixed(head, query)
}

/// `initConnection#c1cd5ea9 flags:# api_id:int device_model:string system_version:string app_version:string
/// system_lang_code:string lang_pack:string lang_code:string query:!X = X`, without the optional fields.
///
/// # Errors
/// One of the texts has 16 MiB or more.
pub fn init_connection(init: &InitConnection, query: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut head = Writer::new();
    head.u32(ids::INIT_CONNECTION);
    head.u32(0);
    head.i32(init.api_id);
    for text in [
        &init.device_model,
        &init.system_version,
        &init.app_version,
        &init.system_lang_code,
        &init.lang_pack,
        &init.lang_code,
    ] {
        head.bytes(text.as_bytes());
    }
    head.raw(query);
    head.finish()
}
