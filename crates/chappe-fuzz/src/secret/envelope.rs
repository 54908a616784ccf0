use chappe_api::secret::enums::DecryptedMessage;
use chappe_crypto::{AuthKey, Role, message};
use chappe_secret::envelope;
use chappe_secret::wrapper::Wrapper;
use chappe_tl::Decode;

use crate::input::Input;
use crate::support::{key, rng};

/// An envelope around any plaintext: sealed with the right key, whatever the length inside says.
pub(super) fn sealed(key: &AuthKey, sender: Role, plaintext: &[u8]) -> Vec<u8> {
    let mut plaintext = plaintext.to_vec();
    plaintext.resize(plaintext.len().max(16).next_multiple_of(16), 0);
    let sealed = message::seal(key.as_bytes(), sender, &mut plaintext).unwrap();
    let mut data = key.fingerprint().to_le_bytes().to_vec();
    data.extend(sealed.msg_key.0);
    data.extend(plaintext);
    data
}

/// What can be done with an opened envelope.
fn look_inside(object: &[u8]) {
    let Some(wrapper) = Wrapper::decode(object) else { return };
    let written = wrapper.encode(&[0xaa; 15]).unwrap();
    assert_eq!(Wrapper::decode(&written), Some(wrapper));
    let _ = DecryptedMessage::from_bytes(wrapper.body);
}

/// Envelopes. Bits 0 and 1 of the first byte choose: raw bytes; a plaintext with its length field, sealed here; a
/// serialised object, sealed by the crate and then changed in one bit, which the next two bytes choose.
///
/// Raw bytes never open. A sealed plaintext opens only if its length leaves legal padding, and only in its direction. A
/// changed envelope never opens.
pub fn secret_envelope(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.u8();
    match choice & 3 {
        0 => {
            let bytes = input.rest();
            let _ = envelope::fingerprint(bytes);
            let mut claimed = key().fingerprint().to_le_bytes().to_vec();
            claimed.extend(bytes);
            for data in [bytes, &claimed] {
                assert!(envelope::open(key(), Role::Initiator, data).is_err());
            }
        }
        3 => {
            let bit = usize::from(input.u16());
            let mut object = input.rest().to_vec();
            object.resize(object.len().max(4).next_multiple_of(4), 0);
            let Ok(mut data) = envelope::seal(key(), Role::Responder, &object, &mut rng(1)) else { return };
            assert_eq!(*envelope::open(key(), Role::Responder, &data).unwrap(), object);
            // The fingerprint is for the caller to compare.
            let bit = bit % ((data.len() - 8) * 8) + 64;
            data[bit / 8] ^= 1 << (bit % 8);
            assert!(envelope::open(key(), Role::Responder, &data).is_err(), "bit {bit} does not matter");
        }
        _ => {
            let data = sealed(key(), Role::Responder, input.rest());
            assert!(envelope::open(key(), Role::Initiator, &data).is_err(), "a reflected message opens");
            let Ok(object) = envelope::open(key(), Role::Responder, &data) else { return };
            let padding = data.len() - envelope::HEADER_LEN - 4 - object.len();
            assert!((12..=1024).contains(&padding) && object.len().is_multiple_of(4));
            look_inside(&object);
        }
    }
}
