//! `auth.bindTempAuthKey`
//!
//! Several temporary keys may be bound to one permanent key at the same time: clients use one per connection.
//!
//! Source: <https://core.telegram.org/api/pfs>

use chappe_api::functions;
use chappe_crypto::AuthKeyId;
use chappe_mtproto::rpc::bind::{Binding, Verify};

use crate::call::{After, Call};
use crate::methods::errors::{Answer, bad_request};
use crate::store::BindOutcome;

pub(crate) async fn handle(call: &Call, query: functions::auth::BindTempAuthKey) -> Answer<bool> {
    if !call.key.is_temp {
        return Err(bad_request("TEMP_AUTH_KEY_EMPTY"));
    }
    let perm =
        call.world.key(query.perm_auth_key_id).await?.filter(|key| !key.is_temp && key.home == call.key.home);
    let Some(perm) = perm else { return Err(bad_request("ENCRYPTED_MESSAGE_INVALID")) };
    let verify = Verify {
        perm_key: &perm.auth_key,
        binding: Binding {
            nonce: query.nonce,
            temp_auth_key_id: call.key.auth_key.id(),
            temp_session_id: call.session_id,
            msg_id: call.msg_id,
            expires_at: query.expires_at,
        },
        temp_key_expires_at: call.key.expires_at,
        now: call.unix(),
        bound_to: call.key.bound_to().map(AuthKeyId),
    };
    verify.check(&query.encrypted_message)?;
    match call.store().bind_temp_key(call.key.id, perm.id).await? {
        BindOutcome::Bound => {}
        BindOutcome::BoundToAnother => return Err(bad_request("TEMP_AUTH_KEY_ALREADY_BOUND")),
        BindOutcome::UnknownKey => return Err(bad_request("TEMP_AUTH_KEY_EMPTY")),
    }
    if call.key.bound_to().is_some() {
        return Ok(true);
    }
    call.world.bind(&call.key, perm.id);
    call.after(After::KeysChanged { ids: vec![call.key.id] });
    // The other sessions of the device go on where they are.
    let logged_in = call.store().authorization(perm.id).await?.is_some();
    call.after(After::KeyBound { id: call.key.id, logged_in });
    Ok(true)
}
