//! Access hashes and other values derived from a secret of the server.

use std::fmt;

use chappe_crypto::hash::hmac_sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Derives what must not be guessed. Nothing is stored, and every viewer gets hashes of its own: one that leaked
/// is of no use to anybody else.
#[derive(Clone)]
pub(crate) struct AccessHashes(Zeroizing<[u8; 32]>);

impl AccessHashes {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    fn derive(&self, purpose: &[u8], a: i64, b: i64) -> i64 {
        let digest = hmac_sha256(&*self.0, &[purpose, &a.to_le_bytes(), &b.to_le_bytes()]);
        digest.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
    }

    /// By which `viewer` names `user`.
    pub(crate) fn user(&self, viewer: i64, user: i64) -> i64 {
        self.derive(b"user", viewer, user)
    }

    /// What a description in short has in its place: it names nobody.
    pub(crate) fn short_user(&self, viewer: i64, user: i64) -> i64 {
        self.derive(b"short user", viewer, user)
    }

    /// By which `viewer` names a channel or supergroup.
    pub(crate) fn channel(&self, viewer: i64, channel: i64) -> i64 {
        self.derive(b"channel", viewer, channel)
    }

    /// By which a user names a secret chat.
    pub(crate) fn secret_chat(&self, user: i64, chat: i32) -> i64 {
        self.derive(b"secret chat", user, i64::from(chat))
    }

    /// By which a user names an encrypted file.
    pub(crate) fn secret_file(&self, user: i64, file: i64) -> i64 {
        self.derive(b"secret file", user, file)
    }

    /// By which `viewer` names a photo or document.
    pub(crate) fn media(&self, viewer: i64, media: i64) -> i64 {
        self.derive(b"media", viewer, media)
    }

    /// Whether that is how `viewer` names it.
    pub(crate) fn is_media(&self, viewer: i64, media: i64, access_hash: i64) -> bool {
        self.media(viewer, media).ct_eq(&access_hash).into()
    }

    /// By which a bot names a message that was sent through it.
    pub(crate) fn inline_message(&self, bot: i64, mailbox: i64, id: i64) -> i64 {
        self.derive(b"inline message", self.derive(b"inline bot", bot, mailbox), id)
    }

    /// Whether that is how the bot names it.
    pub(crate) fn is_inline_message(&self, bot: i64, mailbox: i64, id: i64, access_hash: i64) -> bool {
        self.inline_message(bot, mailbox, id).ct_eq(&access_hash).into()
    }

    /// By which a bot tells chats apart that it has no other name for.
    pub(crate) fn chat_instance(&self, bot: i64, chat: i64) -> i64 {
        self.derive(b"chat instance", bot, chat)
    }

    /// What makes a file reference genuine; `message` is the only one that shows the medium for a time, or 0.
    pub(crate) fn file_reference(&self, media: i64, expires: i64, message: i64) -> [u8; 16] {
        let purpose = if message == 0 { &b"file reference"[..] } else { b"file reference of a message" };
        let (media, expires, message) = (media.to_le_bytes(), expires.to_le_bytes(), message.to_le_bytes());
        let digest = hmac_sha256(&*self.0, &[purpose, &media, &expires, &message]);
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// What makes a token genuine that says in the open what it is for.
    pub(crate) fn mac(&self, purpose: &[u8], token: &[u8]) -> [u8; 16] {
        let digest = hmac_sha256(&*self.0, &[purpose, token]);
        digest.first_chunk().copied().unwrap_or_default()
    }

    /// Key and initialisation vector of a file in the CDN; the last four bytes of the vector count blocks.
    pub(crate) fn cdn_key(&self, blob: i64) -> ([u8; 32], [u8; 16]) {
        let iv = hmac_sha256(&*self.0, &[b"cdn iv", &blob.to_le_bytes()]);
        (
            hmac_sha256(&*self.0, &[b"cdn key", &blob.to_le_bytes()]),
            iv.first_chunk().copied().unwrap_or_default(),
        )
    }

    /// By which the owner of a device names it. Never 0, which stands for the device in use.
    pub(crate) fn device(&self, device: i64) -> i64 {
        match self.derive(b"device", device, 0) {
            0 => 1,
            hash => hash,
        }
    }

    /// The salts that a new password of this account has to begin with: 8 and 16 bytes.
    pub(crate) fn password_salts(&self, user: i64) -> (Vec<u8>, Vec<u8>) {
        let digest = hmac_sha256(&*self.0, &[b"password salts", &user.to_le_bytes()]);
        let (first, rest) = digest.split_at(8);
        (first.to_vec(), rest.iter().take(16).copied().collect())
    }

    /// What is stored of a bot's token.
    pub(crate) fn token_hash(&self, id: i64, secret: &str) -> [u8; 32] {
        hmac_sha256(&*self.0, &[b"bot token", &id.to_le_bytes(), secret.as_bytes()])
    }
}

impl fmt::Debug for AccessHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessHashes").finish_non_exhaustive()
    }
}
