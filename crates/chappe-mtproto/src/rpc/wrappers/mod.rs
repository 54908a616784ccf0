//! The methods that take another query as their argument.
//!
//! ```text
//! invokeWithLayer(initConnection(invokeAfterMsg(gzip_packed(query))))
//! ```
//!
//! The documentation and the clients disagree about the order. So [`peel()`] takes any, and the writers leave
//! the order to the caller; ours is layer, init, then the others.
//!
//! Source: <https://core.telegram.org/api/invoking>

mod peel;
mod write;

pub use peel::{PeelError, peel};
pub use write::{
    init_connection, invoke_after_msg, invoke_after_msgs, invoke_with_layer, invoke_without_updates,
};

/// Constructor ids of the wrappers.
#[allow(missing_docs)]
pub mod ids {
    pub const INVOKE_AFTER_MSG: u32 = 0xcb9f_372d;
    pub const INVOKE_AFTER_MSGS: u32 = 0x3dc4_b4f0;
    pub const INIT_CONNECTION: u32 = 0xc1cd_5ea9;
    pub const INVOKE_WITH_LAYER: u32 = 0xda9b_0d0d;
    pub const INVOKE_WITHOUT_UPDATES: u32 = 0xbf94_59b7;
    pub const INVOKE_WITH_MESSAGES_RANGE: u32 = 0x3652_75f2;
    pub const INVOKE_WITH_TAKEOUT: u32 = 0xaca9_fd2e;
    pub const INVOKE_WITH_BUSINESS_CONNECTION: u32 = 0xdd28_9f8e;
    pub const INVOKE_WITH_GOOGLE_PLAY_INTEGRITY: u32 = 0x1df9_2984;
    pub const INVOKE_WITH_APNS_SECRET: u32 = 0x0dae_54f8;
    pub const INVOKE_WITH_RE_CAPTCHA: u32 = 0xadbb_0f94;
    /// All of them: what [`peel()`](super::peel()) takes off.
    pub const ALL: [u32; 11] = [
        INVOKE_AFTER_MSG,
        INVOKE_AFTER_MSGS,
        INIT_CONNECTION,
        INVOKE_WITH_LAYER,
        INVOKE_WITHOUT_UPDATES,
        INVOKE_WITH_MESSAGES_RANGE,
        INVOKE_WITH_TAKEOUT,
        INVOKE_WITH_BUSINESS_CONNECTION,
        INVOKE_WITH_GOOGLE_PLAY_INTEGRITY,
        INVOKE_WITH_APNS_SECRET,
        INVOKE_WITH_RE_CAPTCHA,
    ];
    pub const MESSAGE_RANGE: u32 = 0x0ae3_0253;
    pub const INPUT_CLIENT_PROXY: u32 = 0x7558_8b3f;
    pub const JSON_NULL: u32 = 0x3f6d_7b68;
    pub const JSON_BOOL: u32 = 0xc734_5e6a;
    pub const JSON_NUMBER: u32 = 0x2be0_dfa4;
    pub const JSON_STRING: u32 = 0xb71e_767a;
    pub const JSON_ARRAY: u32 = 0xf744_4763;
    pub const JSON_OBJECT: u32 = 0x99c1_d49d;
    pub const JSON_OBJECT_VALUE: u32 = 0xc0de_1bd9;
}

/// What `initConnection` says about the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitConnection {
    /// Number of the registered application.
    pub api_id: i32,
    /// Model of the device.
    pub device_model: String,
    /// Version of the operating system.
    pub system_version: String,
    /// Version of the application.
    pub app_version: String,
    /// Language of the system.
    pub system_lang_code: String,
    /// Name of the language pack; empty for all but official applications.
    pub lang_pack: String,
    /// Language of the application.
    pub lang_code: String,
}

/// A query without its wrappers, and what they said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// From `invokeWithLayer`.
    pub layer: Option<i32>,
    /// From `initConnection`.
    pub init: Option<InitConnection>,
    /// Ids from `invokeAfterMsg` and `invokeAfterMsgs`.
    pub after: Vec<i64>,
    /// `invokeWithoutUpdates`: this session wants no updates.
    pub without_updates: bool,
    /// From `invokeWithMessagesRange`: lowest and highest message id.
    pub messages_range: Option<(i32, i32)>,
    /// From `invokeWithTakeout`.
    pub takeout_id: Option<i64>,
    /// From `invokeWithBusinessConnection`.
    pub business_connection_id: Option<String>,
    /// TL bytes of the query itself.
    pub query: Vec<u8>,
}

impl Call {
    /// The constructor id of the query.
    pub fn method_id(&self) -> Option<u32> {
        self.query.first_chunk().map(|id| u32::from_le_bytes(*id))
    }
}

#[cfg(test)]
mod tests;
