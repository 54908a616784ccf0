//! IGE over the `aes` crate: constant-time on every processor, with AES instructions on aarch64.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes256Dec, Aes256Enc};

use super::{Block, Chain, Stream};

fn xor(a: Block, b: &Block) -> Block {
    (u128::from_ne_bytes(a) ^ u128::from_ne_bytes(*b)).to_ne_bytes()
}

#[derive(Clone)]
pub(crate) struct EncryptKey(Aes256Enc);

impl EncryptKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Enc::new(&(*key).into()))
    }

    pub(crate) fn encrypt(&self, chain: &mut Chain, blocks: &mut [Block]) {
        for block in blocks {
            let mut state = xor(*block, &chain.cipher).into();
            self.0.encrypt_block(&mut state);
            chain.cipher = xor(state.into(), &chain.plain);
            chain.plain = *block;
            *block = chain.cipher;
        }
    }
}

#[derive(Clone)]
pub(crate) struct DecryptKey(Aes256Dec);

impl DecryptKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Dec::new(&(*key).into()))
    }

    pub(crate) fn decrypt(&self, chain: &mut Chain, blocks: &mut [Block]) {
        for block in blocks {
            let mut state = xor(*block, &chain.plain).into();
            self.0.decrypt_block(&mut state);
            chain.plain = xor(state.into(), &chain.cipher);
            chain.cipher = *block;
            *block = chain.plain;
        }
    }

    pub(crate) fn decrypt_fused(
        &self,
        chain: &mut Chain,
        chunks: &mut [[u8; 64]],
        mut each: impl FnMut(Option<&[u8; 64]>),
    ) {
        for i in 0..chunks.len() {
            self.decrypt(chain, chunks[i].as_chunks_mut().0);
            each(i.checked_sub(1).and_then(|before| chunks.get(before)));
        }
    }
}

/// One stream after the other: nothing is gained by interleaving here.
pub(crate) fn encrypt_batch(streams: &mut [Stream<'_>]) {
    for stream in streams {
        let mut chain = Chain::from_iv(&stream.iv);
        EncryptKey::new(stream.key).encrypt(&mut chain, stream.data.as_chunks_mut().0);
        stream.iv = chain.to_iv();
    }
}

/// See [`encrypt_batch`].
pub(crate) fn decrypt_batch(streams: &mut [Stream<'_>]) {
    for stream in streams {
        let mut chain = Chain::from_iv(&stream.iv);
        DecryptKey::new(stream.key).decrypt(&mut chain, stream.data.as_chunks_mut().0);
        stream.iv = chain.to_iv();
    }
}
