//! What travels inside messages: compression, wrappers, containers, service objects, errors.

use chappe_mtproto::rpc::service::{Service, ids};
use chappe_mtproto::rpc::wrappers::{InitConnection, init_connection, invoke_with_layer, peel};
use chappe_mtproto::rpc::{RpcError, container, gzip as packing};
use chappe_tl::Writer;

use crate::input::Input;

/// Compressed objects. Two bytes are the limit of the unpacked length (in 16 bytes), the rest is the compressed stream.
///
/// Nothing longer than the limit comes out, and what comes out packs and unpacks to itself.
pub fn gzip(data: &[u8]) {
    let mut input = Input::new(data);
    let max_len = usize::from(input.u16()) * 16;
    let stream = input.rest();
    let _ = packing::unpack(stream, max_len);
    let mut writer = Writer::new();
    writer.u32(ids::GZIP_PACKED);
    writer.bytes(stream);
    let Ok(object) = writer.finish() else { return };
    let Ok(unpacked) = packing::unpack(&object, max_len) else { return };
    assert!(unpacked.len() <= max_len);
    if let Some(packed) = packing::pack(&unpacked) {
        assert!(packed.len() < unpacked.len());
        assert_eq!(packing::unpack(&packed, max_len).unwrap(), unpacked);
    }
}

/// Queries with their wrappers, containers, service objects and the texts of errors: all read the same bytes.
///
/// A peeled query has no wrapper left; containers, service objects and errors read the same after writing.
pub fn wrappers(data: &[u8]) {
    const MAX_LEN: usize = 1 << 16;
    if let Ok(call) = peel(data, MAX_LEN) {
        assert!(call.query.len() <= MAX_LEN.max(data.len()));
        let again = peel(&call.query, MAX_LEN).expect("a bare query does not peel");
        assert_eq!(again.query, call.query);
        assert_eq!((again.layer, again.init, again.after.len()), (None, None, 0));
        let init = call.init.clone().unwrap_or_default();
        let wrapped = invoke_with_layer(7, &init_connection(&init, &call.query).unwrap());
        let again = peel(&wrapped, MAX_LEN).expect("our own wrappers do not peel");
        assert_eq!((again.layer, again.init, again.query), (Some(7), Some(init), call.query));
    }
    if let Ok(items) = container::parse(data) {
        let written = container::write(items.iter().copied());
        assert_eq!(container::parse(&written).unwrap(), items);
        assert_eq!(written, data);
    }
    if let Ok(Some(service)) = Service::parse(data) {
        let written = service.to_bytes();
        assert_eq!(Service::parse(&written).unwrap(), Some(service));
    }
    let text = String::from_utf8_lossy(data);
    let error = RpcError::new(400, &text);
    assert_eq!(error.text(), text);
    let _ = (error.flood_wait(), error.migrate_to(), error.redirect_to(), InitConnection::default());
}
