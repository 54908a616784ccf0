use chappe_tl::{DecodeError, EncodeError};

use crate::transport::TransportErrorCode;

/// Why an exchange failed. It is over then, and its secrets are wiped.
///
/// A server answers every one of them with [`TransportErrorCode::UNKNOWN_KEY`] and nothing else: which check failed is
/// nobody's business. A client closes the connection and may start over, a few times and with pauses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    // The other side sent something that cannot be.
    /// The packet is no plain message.
    #[error("the packet is not a plain message, and the exchange knows no others")]
    NotPlain,
    /// An object that is not due now.
    #[error("object {id:#010x} is not what the exchange waits for")]
    UnexpectedObject {
        /// Its constructor id.
        id: u32,
    },
    /// An object could not be read.
    #[error("an object of the exchange could not be read: {0}")]
    Decode(#[from] DecodeError),
    /// A nonce differs from the one of this exchange.
    #[error("a nonce belongs to another exchange")]
    Nonce,
    /// The hash that proves knowledge of the new key is wrong.
    #[error("the other side does not have the key that this side has")]
    NonceHash,
    /// A value that arithmetic or cryptography refuses: pq, the Diffie-Hellman parameters, a ciphertext.
    #[error("the exchange was refused: {0}")]
    Crypto(#[from] chappe_crypto::Error),

    // Met by a client.
    /// The server has none of our RSA keys.
    #[error(
        "the server offers {offered} RSA keys and none of them is ours: wrong server, or its key must be added"
    )]
    UnknownServerKeys {
        /// How many fingerprints it offered.
        offered: usize,
    },
    /// The server refused the exchange.
    #[error("the server refused the exchange")]
    Refused,
    /// The server asked for another try too often.
    #[error("the server asked for another try too often")]
    TooManyRetries,
    /// The server answered with a transport error.
    #[error("the server answered with the transport error {0}")]
    Transport(TransportErrorCode),
    /// The exchange took too long.
    #[error("the exchange took too long")]
    Timeout,

    // Met by a server.
    /// p or q is not what was asked for, or the inner data disagrees with the rest.
    #[error("the client did not solve the task that was set")]
    Proof,
    /// The client chose an RSA key that is not ours.
    #[error("the client chose an RSA key that was not offered")]
    UnknownFingerprint,
    /// The key is meant for another data centre.
    #[error("the client takes this server for data centre {dc}")]
    WrongDc {
        /// What the client wrote.
        dc: i32,
    },
    /// A temporary key was asked for with a life outside the configured range.
    #[error("a temporary key of {expires_in} seconds is outside the permitted range")]
    Lifetime {
        /// What the client asked for, in seconds.
        expires_in: i32,
    },
    /// `retry_id` does not name the try before.
    #[error("the try does not refer to the one before")]
    RetryId,

    // Misuse.
    /// The exchange is over, by success or by an earlier failure.
    #[error("the exchange is over; start a new one")]
    Over,
    /// An object could not be written.
    #[error("an object of the exchange could not be written: {0}")]
    Encode(#[from] EncodeError),
}
