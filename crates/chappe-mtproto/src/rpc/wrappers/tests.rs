//! Wrappers on and off.

use chappe_tl::{DecodeError, Writer};

use super::*;
use crate::rpc::gzip::{self, GzipError};

const QUERY: [u8; 8] = *b"\x6b\x18\xf9\xc4rest";

fn init() -> InitConnection {
    InitConnection {
        api_id: 7,
        device_model: "machine".into(),
        system_version: "1".into(),
        app_version: "2".into(),
        system_lang_code: "en".into(),
        lang_pack: String::new(),
        lang_code: "de".into(),
    }
}

#[test]
fn wrappers_come_off_in_any_order() {
    let orders = [
        invoke_with_layer(198, &init_connection(&init(), &invoke_after_msg(8, &QUERY)).unwrap()),
        invoke_after_msg(8, &invoke_with_layer(198, &init_connection(&init(), &QUERY).unwrap())),
        init_connection(&init(), &invoke_after_msgs(&[8], &invoke_with_layer(198, &QUERY))).unwrap(),
    ];
    for wrapped in orders {
        let call = peel(&wrapped, 1000).unwrap();
        assert_eq!((call.layer, call.init.as_ref(), &call.after), (Some(198), Some(&init()), &vec![8]));
        assert_eq!(call.query, QUERY);
        assert_eq!(call.method_id(), Some(0xc4f9_186b));
        assert!(!call.without_updates);
        for len in 0..wrapped.len() - QUERY.len() {
            assert!(peel(&wrapped[..len], 1000).is_err(), "cut at {len}");
        }
    }
}

#[test]
fn optional_fields_of_init_connection_are_read_over() {
    let mut head = Writer::new();
    head.u32(ids::INIT_CONNECTION);
    head.u32(3);
    head.i32(7);
    for text in ["machine", "1", "2", "en", "", "de"] {
        head.bytes(text.as_bytes());
    }
    head.u32(ids::INPUT_CLIENT_PROXY);
    head.bytes(b"proxy.example");
    head.i32(443);
    head.u32(ids::JSON_OBJECT);
    head.u32(chappe_tl::wire::VECTOR);
    head.count(2);
    head.u32(ids::JSON_OBJECT_VALUE);
    head.bytes(b"tz_offset");
    head.u32(ids::JSON_NUMBER);
    head.raw(&3600.0_f64.to_le_bytes());
    head.u32(ids::JSON_OBJECT_VALUE);
    head.bytes(b"list");
    head.u32(ids::JSON_ARRAY);
    head.u32(chappe_tl::wire::VECTOR);
    head.count(2);
    head.u32(ids::JSON_NULL);
    head.u32(ids::JSON_BOOL);
    head.bool(true);
    head.raw(&QUERY);
    let call = peel(&head.finish().unwrap(), 1000).unwrap();
    assert_eq!((call.init, call.query), (Some(init()), QUERY.to_vec()));
}

#[test]
fn nested_json_does_not_exhaust_the_stack() {
    let mut head = Writer::new();
    head.u32(ids::INIT_CONNECTION);
    head.u32(2);
    head.raw(&[0; 28]);
    for _ in 0..100_000 {
        head.u32(ids::JSON_ARRAY);
        head.u32(chappe_tl::wire::VECTOR);
        head.count(1);
    }
    assert_eq!(peel(&head.finish().unwrap(), 1000), Err(PeelError::Tl(DecodeError::TooDeep)));
}

#[test]
fn a_packed_query_may_stand_inside_the_wrappers_once() {
    let long: Vec<u8> = QUERY.into_iter().chain([0; 1000]).collect();
    let packed = gzip::pack(&long).unwrap();
    let call = peel(&invoke_with_layer(232, &packed), 2000).unwrap();
    assert_eq!((call.layer, call.query), (Some(232), long.clone()));
    let around = gzip::pack(&invoke_with_layer(232, &long)).unwrap();
    assert_eq!(peel(&around, 2000).unwrap().query, long);
    assert_eq!(peel(&around, 500), Err(PeelError::Gzip(GzipError::TooLong { max: 500 })));
    let twice = gzip::pack(&invoke_with_layer(232, &gzip::pack(&long).unwrap().repeat(9))).unwrap();
    assert!(peel(&twice, 20_000).is_err());
}

#[test]
fn a_wrapper_may_come_once() {
    let twice = invoke_with_layer(1, &invoke_with_layer(2, &QUERY));
    assert_eq!(peel(&twice, 1000), Err(PeelError::Repeated { id: ids::INVOKE_WITH_LAYER }));
}

#[test]
fn every_wrapper_that_is_named_comes_off() {
    // Cut behind its id: of a wrapper the rest is missing, what is none would be the query.
    for id in ids::ALL {
        assert!(peel(&id.to_le_bytes(), 1000).is_err(), "{id:#010x}");
    }
    assert_eq!(peel(&QUERY[..4], 1000).unwrap().query, QUERY[..4]);
}
