//! `invokeWithLayer(initConnection(..))` around the first calls.

use chappe_api::LAYER;
use chappe_mtproto::rpc::wrappers::{self, InitConnection};
use chappe_tl::EncodeError;

use crate::builder::Config;

/// The query inside its wrappers.
pub(super) fn wrap(config: &Config, query: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let device = &config.device;
    let init = InitConnection {
        api_id: config.api_id,
        device_model: device.model.clone(),
        system_version: device.system.clone(),
        app_version: device.app_version.clone(),
        system_lang_code: device.lang.clone(),
        // Empty for all but official programs.
        lang_pack: String::new(),
        lang_code: device.lang.clone(),
    };
    Ok(wrappers::invoke_with_layer(LAYER, &wrappers::init_connection(&init, query)?))
}

/// Whether `updateLoginToken` may be among these updates. A word that only looks like it costs a question.
pub(super) fn has_login_token(bytes: &[u8]) -> bool {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().any(|word| u32::from_le_bytes(*word) == 0x564f_e691)
}
