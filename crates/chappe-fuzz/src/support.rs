//! What the targets share: one key, one clock, one generator, and the sealing of packets.

use std::sync::OnceLock;

use chappe_crypto::{AuthKey, Now, Role, message, padding};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

/// When everything happens.
pub(crate) const NOW: Now = Now::from_unix_secs(1_800_000_000);

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The key of all sessions and chats here.
pub(crate) fn key() -> &'static AuthKey {
    static KEY: OnceLock<AuthKey> = OnceLock::new();
    KEY.get_or_init(|| AuthKey::new(std::array::from_fn(|i| (i * 7 + 3) as u8)))
}

/// Cuts `bytes` into pieces whose lengths follow from `seed`; zero leaves them whole.
pub(crate) fn pieces(bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    let mut state = u64::from(seed);
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let most = [1, 3, 20, 300][(state >> 33) as usize % 4];
        let len = if seed == 0 { rest.len() } else { (state >> 40) as usize % most + 1 };
        let (head, tail) = rest.split_at(len.min(rest.len()));
        pieces.push(head);
        rest = tail;
    }
    pieces
}

/// Encrypts a plaintext as the packet of a session, filled up with zeros to `len` bytes and whole blocks.
pub(crate) fn encrypt(sender: Role, mut plaintext: Vec<u8>, len: usize) -> Vec<u8> {
    let len = len.max(plaintext.len()).max(48).next_multiple_of(16);
    plaintext.resize(len, 0);
    let sealed = message::seal(key().as_bytes(), sender, &mut plaintext).unwrap();
    let mut packet = key().id().to_le_bytes().to_vec();
    packet.extend(sealed.msg_key.0);
    packet.extend(plaintext);
    packet
}

/// The plaintext of a packet that one of our own sessions made.
pub(crate) fn decrypt(sender: Role, packet: &[u8]) -> Vec<u8> {
    let (header, data) = packet.split_at(24);
    let msg_key = header.last_chunk().unwrap();
    let mut data = data.to_vec();
    message::open(key().as_bytes(), sender, msg_key, &mut data)
        .expect("a session sent what does not decrypt");
    data
}

/// A message of a session with its header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) salt: i64,
    pub(crate) session_id: i64,
    pub(crate) msg_id: i64,
    pub(crate) seq_no: i32,
    pub(crate) body: &'a [u8],
}

impl Message<'_> {
    pub(crate) fn seal(&self, sender: Role) -> Vec<u8> {
        let mut plaintext = Vec::with_capacity(self.body.len() + 64);
        plaintext.extend(self.salt.to_le_bytes());
        plaintext.extend(self.session_id.to_le_bytes());
        plaintext.extend(self.msg_id.to_le_bytes());
        plaintext.extend(self.seq_no.to_le_bytes());
        plaintext.extend((self.body.len() as u32).to_le_bytes());
        plaintext.extend(self.body);
        let len = padding::padded_len(plaintext.len());
        encrypt(sender, plaintext, len)
    }
}

/// What [`opened`] finds in a packet.
pub(crate) struct Opened {
    pub(crate) msg_id: i64,
    pub(crate) session_id: i64,
    pub(crate) body: Vec<u8>,
}

/// Opens a packet that one of our own sessions made, and checks its shape.
pub(crate) fn opened(sender: Role, packet: &[u8]) -> Opened {
    let plaintext = decrypt(sender, packet);
    let long = |at: usize| i64::from_le_bytes(*plaintext[at..].first_chunk().unwrap());
    let len = u32::from_le_bytes(*plaintext[28..].first_chunk().unwrap()) as usize;
    let body = plaintext[32..].get(..len).expect("a session sent an impossible length").to_vec();
    let padding = plaintext.len() - 32 - len;
    assert!((padding::MIN_PADDING..=padding::MAX_PADDING).contains(&padding), "{padding} bytes of padding");
    Opened { session_id: long(8), msg_id: long(16), body }
}
