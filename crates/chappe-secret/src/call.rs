//! The calls the engine asks for, and their answers.

use std::fmt;

use crate::{ChatUpdate, EncryptedFile, RequestId, SecretChatId};

/// Names a chat in a call (`inputEncryptedChat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Number of the chat.
    pub chat_id: SecretChatId,
    /// Our access hash for it.
    pub access_hash: i64,
}

/// One call for the driver to make. It stays listed in
/// [`pending_requests`](crate::SecretChats::pending_requests) until its answer has been handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// To be given back with the answer.
    pub id: RequestId,
    /// What to call.
    pub call: Call,
    /// The call must not reach the server before this one: use `invokeAfterMsg`, or wait for the other answer.
    pub after: Option<RequestId>,
}

/// A call of the API with its arguments ready. Encrypted data are final: every retry sends the same bytes.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// `messages.acceptEncryption`; answer [`Response::Chat`].
    AcceptEncryption {
        /// The chat.
        peer: Peer,
        /// Our public value.
        g_b: Vec<u8>,
        /// Fingerprint of the key.
        key_fingerprint: i64,
    },
    /// `messages.discardEncryption`; answer [`Response::Done`].
    DiscardEncryption {
        /// The chat.
        chat_id: SecretChatId,
        /// Whether the peer should delete the history.
        delete_history: bool,
    },
    /// `messages.getDhConfig`; answer [`Response::DhConfig`].
    GetDhConfig {
        /// Version of the parameters we have; 0 for none.
        version: i32,
        /// How many random bytes to send along.
        random_length: i32,
    },
    /// `messages.readEncryptedHistory`; answer [`Response::Done`].
    ReadEncryptedHistory {
        /// The chat.
        peer: Peer,
        /// Date of the newest message read, Unix seconds.
        max_date: i32,
    },
    /// `messages.receivedQueue`; answer [`Response::Done`].
    ReceivedQueue {
        /// Everything up to this number is stored.
        max_qts: i32,
    },
    /// `messages.requestEncryption`; answer [`Response::Chat`].
    RequestEncryption {
        /// The person.
        user_id: i64,
        /// Our access hash for the person.
        user_access_hash: i64,
        /// Proposed number of the chat.
        random_id: i32,
        /// Our public value.
        g_a: Vec<u8>,
    },
    /// `messages.sendEncrypted`; answer [`Response::Sent`].
    SendEncrypted {
        /// The chat.
        peer: Peer,
        /// Id of the call.
        random_id: i64,
        /// The finished payload.
        data: Vec<u8>,
        /// Whether to notify without a sound.
        silent: bool,
    },
    /// `messages.sendEncryptedFile`; answer [`Response::Sent`] with the stored file.
    SendEncryptedFile {
        /// The chat.
        peer: Peer,
        /// Id of the call.
        random_id: i64,
        /// The finished payload.
        data: Vec<u8>,
        /// The file beside it.
        file: InputFile,
        /// Whether to notify without a sound.
        silent: bool,
    },
    /// `messages.sendEncryptedService`; answer [`Response::Sent`].
    SendEncryptedService {
        /// The chat.
        peer: Peer,
        /// Id of the call.
        random_id: i64,
        /// The finished payload.
        data: Vec<u8>,
    },
    /// `messages.setEncryptedTyping`; answer [`Response::Done`].
    SetTyping {
        /// The chat.
        peer: Peer,
        /// Whether we are typing.
        typing: bool,
    },
}

impl Call {
    /// Whether it carries a message, and with it a number of the sequence.
    pub const fn spends_number(&self) -> bool {
        matches!(
            self,
            Self::SendEncrypted { .. } | Self::SendEncryptedFile { .. } | Self::SendEncryptedService { .. }
        )
    }

    /// The method's name in the schema.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::AcceptEncryption { .. } => "messages.acceptEncryption",
            Self::DiscardEncryption { .. } => "messages.discardEncryption",
            Self::GetDhConfig { .. } => "messages.getDhConfig",
            Self::ReadEncryptedHistory { .. } => "messages.readEncryptedHistory",
            Self::ReceivedQueue { .. } => "messages.receivedQueue",
            Self::RequestEncryption { .. } => "messages.requestEncryption",
            Self::SendEncrypted { .. } => "messages.sendEncrypted",
            Self::SendEncryptedFile { .. } => "messages.sendEncryptedFile",
            Self::SendEncryptedService { .. } => "messages.sendEncryptedService",
            Self::SetTyping { .. } => "messages.setEncryptedTyping",
        }
    }
}

/// Names a file in a call (`InputEncryptedFile`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFile {
    /// `inputEncryptedFileBigUploaded`: after `upload.saveBigFilePart`.
    Big {
        /// Our number for the upload.
        id: i64,
        /// How many parts.
        parts: i32,
        /// Fingerprint of the file's key.
        key_fingerprint: i32,
    },
    /// `inputEncryptedFile`: the server has it from an earlier message.
    Stored {
        /// Number of the file.
        id: i64,
        /// Needed with the number.
        access_hash: i64,
    },
    /// `inputEncryptedFileUploaded`: after `upload.saveFilePart`.
    Uploaded {
        /// Our number for the upload.
        id: i64,
        /// How many parts.
        parts: i32,
        /// MD5 of the ciphertext in hexadecimal, or empty.
        md5_checksum: String,
        /// Fingerprint of the file's key.
        key_fingerprint: i32,
    },
}

/// Only the method: payloads and hashes stay out of logs.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method())
    }
}

/// The answer to a [`Call`].
#[derive(Clone, PartialEq, Eq)]
pub enum Response {
    /// To [`Call::RequestEncryption`] and [`Call::AcceptEncryption`].
    Chat(ChatUpdate),
    /// To [`Call::GetDhConfig`].
    DhConfig {
        /// The parameters; `None` if those of the version we named are current (`dhConfigNotModified`).
        new: Option<DhConfig>,
        /// Random bytes of the server.
        random: Vec<u8>,
    },
    /// To the calls with nothing worth knowing in the answer.
    Done,
    /// To the calls that send.
    Sent {
        /// The server's date, Unix seconds.
        date: i32,
        /// The stored file.
        file: Option<EncryptedFile>,
    },
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chat(chat) => f.debug_tuple("Chat").field(chat).finish(),
            Self::DhConfig { new, .. } => {
                f.debug_struct("DhConfig").field("new", &new.is_some()).finish_non_exhaustive()
            }
            Self::Done => f.write_str("Done"),
            Self::Sent { date, file } => {
                f.debug_struct("Sent").field("date", date).field("file", file).finish()
            }
        }
    }
}

/// Diffie-Hellman parameters of the server. Public.
#[derive(Clone, PartialEq, Eq)]
pub struct DhConfig {
    /// Their version.
    pub version: i32,
    /// The generator.
    pub g: i32,
    /// The modulus, big-endian.
    pub p: Vec<u8>,
}

impl fmt::Debug for DhConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DhConfig").field("version", &self.version).field("g", &self.g).finish_non_exhaustive()
    }
}

/// The server refused a call (`rpc_error`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcFailure {
    /// The code: 400, 403, 420, 500, …
    pub code: i32,
    /// The name without its argument, such as `FLOOD_WAIT`.
    pub name: String,
    /// The number in the name, such as the seconds of a flood wait.
    pub argument: Option<u32>,
}

impl RpcFailure {
    /// From code and message, such as `FLOOD_WAIT_3`.
    pub fn new(code: i32, message: &str) -> Self {
        match message.rsplit_once('_') {
            Some((name, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                Self { code, name: name.to_owned(), argument: number.parse().ok() }
            }
            _ => Self { code, name: message.to_owned(), argument: None },
        }
    }

    /// Whether the same call may succeed later: floods, faults of the server, failed predecessors.
    pub fn is_temporary(&self) -> bool {
        !(400..500).contains(&self.code) || matches!(self.code, 420 | 429) || self.has_waited()
    }

    /// Whether the call may have been carried out all the same.
    pub(crate) fn may_be_done(&self) -> bool {
        !(400..500).contains(&self.code) && !self.has_waited()
    }

    /// Whether the call was not carried out because one before it was not.
    pub(crate) fn has_waited(&self) -> bool {
        matches!(self.name.as_str(), "MSG_WAIT_FAILED" | "MSG_WAIT_TIMEOUT")
    }
}
