//! From the types of the API to the engine's inputs.

use chappe_api::{enums, functions, types};
use chappe_tl::{Decode, DecodeError, Encode};

use crate::{
    Call, ChatHead, ChatUpdate, DhConfig, EncryptedFile, EncryptedMessage, Error, InputFile, Peer, Response,
    SecretChatId,
};

impl From<Peer> for types::InputEncryptedChat {
    fn from(peer: Peer) -> Self {
        Self { chat_id: peer.chat_id.0, access_hash: peer.access_hash }
    }
}

impl From<InputFile> for enums::InputEncryptedFile {
    fn from(file: InputFile) -> Self {
        match file {
            InputFile::Big { id, parts, key_fingerprint } => {
                Self::BigUploaded(types::InputEncryptedFileBigUploaded { id, parts, key_fingerprint })
            }
            InputFile::Stored { id, access_hash } => {
                Self::File(types::InputEncryptedFile { id, access_hash })
            }
            InputFile::Uploaded { id, parts, md5_checksum, key_fingerprint } => {
                let file = types::InputEncryptedFileUploaded { id, parts, md5_checksum, key_fingerprint };
                Self::Uploaded(Box::new(file))
            }
        }
    }
}

impl Call {
    /// The call as bytes, for a driver that invokes them raw.
    ///
    /// # Errors
    /// [`Error::TooLong`] if a field does not fit TL.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        use functions::messages as f;
        match self.clone() {
            Self::AcceptEncryption { peer, g_b, key_fingerprint } => {
                f::AcceptEncryption { peer: peer.into(), g_b, key_fingerprint }.to_bytes()
            }
            Self::DiscardEncryption { chat_id, delete_history } => {
                f::DiscardEncryption { delete_history, chat_id: chat_id.0 }.to_bytes()
            }
            Self::GetDhConfig { version, random_length } => {
                f::GetDhConfig { version, random_length }.to_bytes()
            }
            Self::ReadEncryptedHistory { peer, max_date } => {
                f::ReadEncryptedHistory { peer: peer.into(), max_date }.to_bytes()
            }
            Self::ReceivedQueue { max_qts } => f::ReceivedQueue { max_qts }.to_bytes(),
            Self::RequestEncryption { user_id, user_access_hash, random_id, g_a } => {
                let user = types::InputUser { user_id, access_hash: user_access_hash };
                f::RequestEncryption { user_id: user.into(), random_id, g_a }.to_bytes()
            }
            Self::SendEncrypted { peer, random_id, data, silent } => {
                f::SendEncrypted { silent, peer: peer.into(), random_id, data }.to_bytes()
            }
            Self::SendEncryptedFile { peer, random_id, data, file, silent } => {
                f::SendEncryptedFile { silent, peer: peer.into(), random_id, data, file: file.into() }
                    .to_bytes()
            }
            Self::SendEncryptedService { peer, random_id, data } => {
                f::SendEncryptedService { peer: peer.into(), random_id, data }.to_bytes()
            }
            Self::SetTyping { peer, typing } => {
                f::SetEncryptedTyping { peer: peer.into(), typing }.to_bytes()
            }
        }
        .map_err(|_| Error::TooLong)
    }

    /// Reads the answer to this call.
    ///
    /// # Errors
    /// It is not of the type that the method returns.
    pub fn decode_response(&self, bytes: &[u8]) -> Result<Response, DecodeError> {
        Ok(match self {
            Self::AcceptEncryption { .. } | Self::RequestEncryption { .. } => {
                enums::EncryptedChat::from_bytes(bytes)?.into()
            }
            Self::GetDhConfig { .. } => enums::messages::DhConfig::from_bytes(bytes)?.into(),
            Self::SendEncrypted { .. }
            | Self::SendEncryptedFile { .. }
            | Self::SendEncryptedService { .. } => {
                enums::messages::SentEncryptedMessage::from_bytes(bytes)?.into()
            }
            Self::DiscardEncryption { .. }
            | Self::ReadEncryptedHistory { .. }
            | Self::ReceivedQueue { .. }
            | Self::SetTyping { .. } => Response::Done,
        })
    }
}

impl From<enums::EncryptedChat> for ChatUpdate {
    fn from(chat: enums::EncryptedChat) -> Self {
        let head = |id, access_hash, date, admin_id, participant_id| ChatHead {
            id: SecretChatId(id),
            access_hash,
            date,
            admin_id,
            participant_id,
        };
        match chat {
            enums::EncryptedChat::Empty(chat) => Self::Empty { id: SecretChatId(chat.id) },
            enums::EncryptedChat::Waiting(c) => {
                Self::Waiting { chat: head(c.id, c.access_hash, c.date, c.admin_id, c.participant_id) }
            }
            enums::EncryptedChat::Requested(c) => Self::Requested {
                chat: head(c.id, c.access_hash, c.date, c.admin_id, c.participant_id),
                g_a: c.g_a,
                folder_id: c.folder_id,
            },
            enums::EncryptedChat::Chat(c) => Self::Accepted {
                chat: head(c.id, c.access_hash, c.date, c.admin_id, c.participant_id),
                g_a_or_b: c.g_a_or_b,
                key_fingerprint: c.key_fingerprint,
            },
            enums::EncryptedChat::Discarded(c) => {
                Self::Discarded { id: SecretChatId(c.id), history_deleted: c.history_deleted }
            }
        }
    }
}

/// `None` for `encryptedFileEmpty`.
fn file(file: enums::EncryptedFile) -> Option<EncryptedFile> {
    match file {
        enums::EncryptedFile::Empty => None,
        enums::EncryptedFile::File(file) => {
            let types::EncryptedFile { id, access_hash, size, dc_id, key_fingerprint } = *file;
            Some(EncryptedFile { id, access_hash, size, dc_id, key_fingerprint })
        }
    }
}

impl From<enums::EncryptedMessage> for EncryptedMessage {
    fn from(message: enums::EncryptedMessage) -> Self {
        match message {
            enums::EncryptedMessage::Message(m) => Self {
                chat: SecretChatId(m.chat_id),
                random_id: m.random_id,
                date: m.date,
                bytes: m.bytes,
                file: file(m.file),
                service: false,
            },
            enums::EncryptedMessage::Service(m) => Self {
                chat: SecretChatId(m.chat_id),
                random_id: m.random_id,
                date: m.date,
                bytes: m.bytes,
                file: None,
                service: true,
            },
        }
    }
}

impl From<enums::messages::DhConfig> for Response {
    fn from(config: enums::messages::DhConfig) -> Self {
        match config {
            enums::messages::DhConfig::NotModified(config) => {
                Self::DhConfig { new: None, random: config.random }
            }
            enums::messages::DhConfig::Config(config) => Self::DhConfig {
                new: Some(DhConfig { version: config.version, g: config.g, p: config.p }),
                random: config.random,
            },
        }
    }
}

impl From<enums::EncryptedChat> for Response {
    fn from(chat: enums::EncryptedChat) -> Self {
        Self::Chat(chat.into())
    }
}

impl From<enums::messages::SentEncryptedMessage> for Response {
    fn from(sent: enums::messages::SentEncryptedMessage) -> Self {
        match sent {
            enums::messages::SentEncryptedMessage::Message(sent) => {
                Self::Sent { date: sent.date, file: None }
            }
            enums::messages::SentEncryptedMessage::File(sent) => {
                Self::Sent { date: sent.date, file: file(sent.file) }
            }
        }
    }
}
