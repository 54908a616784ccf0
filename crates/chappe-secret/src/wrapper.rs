//! The numbered wrapper around every message: `decryptedMessageLayer`.

use chappe_tl::{Reader, Writer};

use crate::{Error, SecretLayer, limits};

/// `decryptedMessageLayer#1be31789 random_bytes:bytes layer:int in_seq_no:int out_seq_no:int
/// message:DecryptedMessage = DecryptedMessageLayer;`
pub const CONSTRUCTOR_ID: u32 = 0x1be3_1789;

/// The wrapper of one message, with the message itself still serialised: a body that cannot be read has its place
/// in the sequence all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrapper<'a> {
    /// The layer the body is written in.
    pub layer: SecretLayer,
    /// Acknowledgement, as on the wire.
    pub in_seq_no: i32,
    /// Number, as on the wire.
    pub out_seq_no: i32,
    /// The `DecryptedMessage`.
    pub body: &'a [u8],
}

impl<'a> Wrapper<'a> {
    /// Reads the wrapper. `None` if it is not one, has too few random bytes, or a layer without wrappers.
    pub fn decode(object: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(object);
        reader.expect_id(CONSTRUCTOR_ID).ok()?;
        let random_bytes = reader.bytes().ok()?;
        let layer = SecretLayer(reader.i32().ok()?);
        let in_seq_no = reader.i32().ok()?;
        let out_seq_no = reader.i32().ok()?;
        if random_bytes.len() < limits::MIN_RANDOM_BYTES_LEN || layer < SecretLayer::WRAPPER {
            return None;
        }
        Some(Self { layer, in_seq_no, out_seq_no, body: reader.rest() })
    }

    /// Writes the wrapper around its body.
    ///
    /// # Errors
    /// [`Error::TooLong`] if a field does not fit TL.
    pub fn encode(&self, random_bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::append_to(Vec::with_capacity(self.body.len() + 64));
        writer.u32(CONSTRUCTOR_ID);
        writer.bytes(random_bytes);
        writer.i32(self.layer.0);
        writer.i32(self.in_seq_no);
        writer.i32(self.out_seq_no);
        writer.raw(self.body);
        writer.finish().map_err(|_| Error::TooLong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_random_bytes_old_layers_and_naked_objects_are_refused() {
        let wrapper = Wrapper { layer: SecretLayer(144), in_seq_no: 0, out_seq_no: 1, body: &[1, 2, 3, 4] };
        let good = wrapper.encode(&[0xaa; 15]).unwrap();
        assert_eq!(Wrapper::decode(&good), Some(wrapper));
        assert_eq!(Wrapper::decode(&wrapper.encode(&[0xaa; 14]).unwrap()), None);
        let old = Wrapper { layer: SecretLayer(16), ..wrapper };
        assert_eq!(Wrapper::decode(&old.encode(&[0xaa; 15]).unwrap()), None);
        assert_eq!(Wrapper::decode(&good[..30]), None);
        let mut other = good.clone();
        other[0] ^= 1;
        assert_eq!(Wrapper::decode(&other), None, "the same fields under another name");
        // decryptedMessageService#aa48327d, the naked form of layer 8.
        assert_eq!(Wrapper::decode(&[0x7d, 0x32, 0x48, 0xaa, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
