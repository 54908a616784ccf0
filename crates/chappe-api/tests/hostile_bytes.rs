//! Bytes that are made to hurt end in an error at once.

use chappe_api::{RawObject, enums, functions, mtproto, types};
use chappe_tl::{Decode, DecodeError, Encode, EncodeError};

#[test]
fn nested_rich_text_of_800_kilobytes_is_refused() {
    // textBold of textBold of …
    let bytes = 0x6724_abc4_u32.to_le_bytes().repeat(200_000);
    assert_eq!(enums::RichText::from_bytes(&bytes), Err(DecodeError::TooDeep));
    // textConcat of a list with one textConcat …
    let mut list = 0x7e62_60d7_u32.to_le_bytes().to_vec();
    list.extend(0x1cb5_c415_u32.to_le_bytes());
    list.extend(1_u32.to_le_bytes());
    assert_eq!(enums::RichText::from_bytes(&list.repeat(70_000)), Err(DecodeError::TooDeep));
}

#[test]
fn a_vector_that_claims_two_billion_items_is_refused() {
    let mut bytes = 0x62d6_b459_u32.to_le_bytes().to_vec();
    bytes.extend(0x1cb5_c415_u32.to_le_bytes());
    bytes.extend(0x8000_0000_u32.to_le_bytes());
    bytes.extend([0; 64]);
    let error = mtproto::types::MsgsAck::from_bytes(&bytes).unwrap_err();
    assert_eq!(error, DecodeError::VectorTooLong { count: 0x8000_0000 });
}

#[test]
fn sixteen_mebibytes_are_refused_and_not_cut() {
    let request = functions::messages::SendEncrypted {
        silent: false,
        peer: types::InputEncryptedChat { chat_id: 1, access_hash: 2 },
        random_id: 3,
        data: vec![0; 1 << 24],
    };
    assert_eq!(request.to_bytes(), Err(EncodeError::BytesTooLong { len: 1 << 24 }));
}

#[test]
fn unknown_constructors_and_leftovers_are_errors() {
    assert_eq!(
        enums::InputPeer::from_bytes(&[1, 2, 3, 4]),
        Err(DecodeError::UnexpectedConstructor { id: 0x0403_0201 })
    );
    assert_eq!(enums::InputPeer::from_bytes(&[]), Err(DecodeError::UnexpectedEnd));
    let mut bytes = enums::InputPeer::PeerSelf.to_bytes().unwrap();
    bytes.push(0);
    assert_eq!(enums::InputPeer::from_bytes(&bytes), Err(DecodeError::TrailingBytes { count: 1 }));
}

#[test]
fn a_message_in_a_container_stays_in_its_length() {
    let body = mtproto::types::Pong { msg_id: 1, ping_id: 2 }.to_bytes().unwrap();
    let message =
        |bytes| mtproto::types::Message { msg_id: 4, seqno: 1, bytes, body: RawObject(body.clone()) };
    let container = mtproto::types::MsgContainer { messages: vec![message(20), message(20)] };
    let bytes = container.to_bytes().unwrap();
    assert_eq!(bytes.len(), 8 + 2 * (16 + 20));
    assert_eq!(mtproto::types::MsgContainer::from_bytes(&bytes).unwrap(), container);
    for wrong in [-1, 21, i32::MAX, i32::MIN] {
        let bytes = mtproto::types::MsgContainer { messages: vec![message(wrong)] }.to_bytes().unwrap();
        assert!(mtproto::types::MsgContainer::from_bytes(&bytes).is_err(), "{wrong}");
    }
}
