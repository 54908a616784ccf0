//! The project's first call, byte for byte.

use chappe_api::{functions, types};
use chappe_tl::{Decode, Encode, Function};

const BYTES: &str =
    "a439d432e1b541f12b0000009c4a2e2638fcffff9c4a2e2638fcffff1361726269747261727920646174612068657265";

fn request() -> functions::messages::SendEncryptedService {
    functions::messages::SendEncryptedService {
        // The README writes it with `.into()`, which is right for types with one or several constructors.
        #[allow(clippy::useless_conversion)]
        peer: types::InputEncryptedChat { chat_id: 43, access_hash: -4156887774564 }.into(),
        random_id: -4156887774564,
        data: b"arbitrary data here".to_vec(),
    }
}

#[test]
fn the_first_call_is_these_48_bytes() {
    let bytes = request().to_bytes().unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((hex.as_str(), bytes.len()), (BYTES, 48));
    assert_eq!(functions::messages::SendEncryptedService::from_bytes(&bytes).unwrap(), request());
    assert_eq!(functions::messages::SendEncryptedService::CONSTRUCTOR_ID, 0x32d4_39a4);
}

#[test]
fn a_wrapped_call_answers_like_the_call() {
    fn response<F: Function>(_: &F) -> &'static str {
        std::any::type_name::<F::Response>()
    }
    let wrapped = functions::InvokeWithLayer { layer: chappe_api::LAYER, query: request() };
    assert_eq!(response(&wrapped), response(&request()));
    let raw = functions::InvokeWithLayer::<chappe_api::RawObject>::from_bytes(&wrapped.to_bytes().unwrap())
        .unwrap();
    assert_eq!((raw.layer, raw.query.0), (chappe_api::LAYER, request().to_bytes().unwrap()));
}
