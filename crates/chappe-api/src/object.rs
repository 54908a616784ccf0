use chappe_tl::wire::Input;
use chappe_tl::{Decode, Encode, Writer};

/// Any boxed object, still as bytes: the `Object` of `rpc_result` and `message`.
///
/// Only the reader knows which type is expected. Reading one takes all bytes that are left; inside a `message` it takes
/// the number that the message states.
///
/// ```
/// use chappe_api::{RawObject, mtproto::types};
/// use chappe_tl::{Decode, Encode};
///
/// let object = RawObject(types::Pong { msg_id: 1, ping_id: 2 }.to_bytes()?);
/// assert_eq!(types::Pong::from_bytes(&object.0)?.ping_id, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct RawObject(pub Vec<u8>);

impl core::fmt::Debug for RawObject {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0.first_chunk() {
            Some(id) => write!(f, "RawObject({:#010x}, {} bytes)", u32::from_le_bytes(*id), self.0.len()),
            None => write!(f, "RawObject({} bytes)", self.0.len()),
        }
    }
}

impl Encode for RawObject {
    fn encode(&self, writer: &mut Writer) {
        writer.raw(&self.0);
    }
}

impl Decode for RawObject {
    // Not called from C: it says that reading does not unwind.
    #[allow(improper_ctypes_definitions)]
    extern "C" fn read(input: &mut Input<'_>) -> Self {
        Self(input.raw(i32::try_from(input.remaining()).unwrap_or(i32::MAX)))
    }
}
