//! The secret-chat engine of Telegram, without I/O: one value holds all end-to-end encrypted chats of an account.
//!
//! ```text
//!  EncryptedChat, EncryptedMessage     commands: request, accept, send_text, send_action, delete, rekey, close, ...
//!  answers, time, "it is stored"            |
//!                |                          |
//!                v                          v
//!         +----------------------------------------+
//!         |              SecretChats               |    life cycle, keys, numbers, gaps, layers
//!         +----------------------------------------+
//!                |           |          |       |
//!             Persist     Request     Event   Timeout      poll_output(), strictly in this order per step
//! ```
//!
//! The engine never sends what is not stored: each step gives one [`Batch`] of changes, and what depends on it comes
//! out after [`SecretChats::handle_persisted`]. A message is encrypted once, when it is created; every retry and every
//! `Resend` sends the same bytes.
//!
//! | module | what it holds |
//! |---|---|
//! | [`SecretChats`] | the engine |
//! | [`envelope`] | encryption of one payload, for programs that make their own |
//! | [`wrapper`] | the numbered wrapper inside the envelope |
//! | [`limits`] | every bound, with its reason |
//! | `timers`, `names` | what is remembered of messages: when they have to go, their ids |
//! | `sequence` | the checks of sequence numbers |
//! | `content` | texts and media, both directions |
//! | `file` | encryption of files, piece by piece |
//! | `codec` | the layers of the secret-chat schema |
//! | `state`, `record` | what is stored of a chat, and how |
//!
//! Terms: the *initiator* is who created the chat, on whichever side a rekey starts. A *raw* sequence number counts
//! 0, 1, 2, …; the one on the wire is doubled and carries the role in its lowest bit. *Held* messages wait for the
//! key of the chat, *pending* ones for messages before them, *outbound* ones for the peer's acknowledgement.
//!
//! Source: <https://core.telegram.org/api/end-to-end>
//!
//! ```
//! use chappe_secret::{Call, Config, DhConfig, Now, Output, Response, SecretChats};
//! use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//!
//! let mut rng = ChaCha20Rng::seed_from_u64(1); // the system's generator in real life
//! let now = Now::from_unix_secs(1_700_000_000);
//! let mut chats = SecretChats::new(Config::new(100), [], now, &mut rng)?;
//! chats.request(200, 0x0123_4567, now, &mut rng)?;
//!
//! let mut called = Vec::new();
//! while let Some(output) = chats.poll_output() {
//!     match output {
//!         // Write batch.changes in one transaction, then:
//!         Output::Persist(batch) => chats.handle_persisted(batch.barrier),
//!         Output::Request(request) => {
//!             called.push(request.call.method());
//!             // The driver calls the server; here the first answer is made up.
//!             if let Call::GetDhConfig { .. } = request.call {
//!                 let p = chappe_crypto::dh::KNOWN_PRIME.to_vec();
//!                 let new = Some(DhConfig { version: 3, g: 3, p });
//!                 let answer = Response::DhConfig { new, random: vec![0; 256] };
//!                 chats.handle_response(request.id, Ok(answer), now, &mut rng);
//!             }
//!         }
//!         Output::Event(event) => println!("{event:?}"),
//!         Output::Timeout(_at) => {} // sleep until then, then handle_timeout
//!     }
//! }
//! assert_eq!(called, ["messages.getDhConfig", "messages.requestEncryption"]);
//! # Ok::<(), chappe_secret::Error>(())
//! ```
#![forbid(unsafe_code)]

mod action;
mod api;
mod call;
mod chat_info;
mod codec;
mod config;
mod content;
mod engine;
pub mod envelope;
mod error;
mod event;
mod file;
mod ids;
mod inbound;
mod layer;
pub mod limits;
mod names;
mod output;
mod record;
mod sequence;
mod state;
mod timers;
pub mod wrapper;

pub use action::{Action, Activity};
pub use call::{Call, DhConfig, InputFile, Peer, Request, Response, RpcFailure};
pub use chappe_crypto::file::FileKey;
pub use chappe_crypto::{KeyFingerprint, KeyVisualization, Now, Role};
pub use chat_info::{ChatInfo, ChatState};
pub use config::{AcceptPolicy, Config};
pub use content::{
    Content, EncryptedFile, Entity, EntityKind, ExternalDocument, FileSource, FormattedText, InboundMessage,
    Media, MediaFile, OutboundMessage, OutgoingMedia, OutgoingText, RemoteFile, Thumbnail, Unavailable,
    UploadedFile, pack_waveform, unpack_waveform,
};
pub use engine::SecretChats;
pub use error::Error;
pub use event::{CloseReason, DropReason, Event, Violation};
pub use file::{FileDecryption, FileEncryption, FilePosition, UploadPlan};
pub use ids::{RandomId, RequestId, SecretChatId};
pub use inbound::{ChatHead, ChatUpdate, EncryptedMessage};
pub use layer::SecretLayer;
pub use output::{Batch, Change, Output, RecordKey};
