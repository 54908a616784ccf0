//! The secret-chat engine of Telegram, without I/O.
#![forbid(unsafe_code)]

mod action;
mod api;
mod call;
mod chat_info;
mod codec;
mod config;
mod engine;
pub mod envelope;
mod error;
mod event;
mod ids;
mod inbound;
mod layer;
pub mod limits;
mod message;
mod output;
mod record;
mod sequence;
mod state;
pub mod wrapper;

pub use action::{Action, Activity};
pub use call::{Call, DhConfig, Peer, Request, Response, RpcFailure};
pub use chappe_crypto::{KeyFingerprint, KeyVisualization, Now, Role};
pub use chat_info::{ChatInfo, ChatState};
pub use config::{AcceptPolicy, Config};
pub use engine::SecretChats;
pub use error::Error;
pub use event::{CloseReason, DropReason, Event, Violation};
pub use ids::{RandomId, RequestId, SecretChatId};
pub use inbound::{ChatHead, ChatUpdate, EncryptedMessage};
pub use layer::SecretLayer;
pub use message::{Content, EncryptedFile, Entity, EntityKind, FormattedText, InboundMessage, OutgoingText};
pub use output::{Batch, Change, Output, RecordKey};
