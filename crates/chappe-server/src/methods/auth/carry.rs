//! Carrying a login to another data centre: `auth.exportAuthorization` and `auth.importAuthorization`.
//!
//! Source: <https://core.telegram.org/api/datacenter#authorization-transfer>

use chappe_api::{enums, functions, types};
use chappe_mtproto::rpc::RpcError;

use crate::call::{After, Call};
use crate::limits::EXPORTED_LOGIN;
use crate::methods::errors::{Answer, bad_request};
use crate::store::UserRow;

pub(crate) async fn export(
    call: &Call,
    query: functions::auth::ExportAuthorization,
) -> Answer<types::auth::ExportedAuthorization> {
    let user_id = call.user_id()?;
    let centres = &call.world.centres;
    if query.dc_id == call.environment.this_dc || !centres.are_several() || centres.get(query.dc_id).is_none()
    {
        return Err(bad_request("DC_ID_INVALID"));
    }
    let bytes: [u8; 32] = call.world.rng.bytes();
    let expires_at = call.unix().saturating_add(EXPORTED_LOGIN);
    call.store().put_exported_login(&bytes, (user_id, call.device), query.dc_id, expires_at).await?;
    Ok(types::auth::ExportedAuthorization { id: user_id, bytes: bytes.to_vec() })
}

pub(crate) async fn import(
    call: &Call,
    query: functions::auth::ImportAuthorization,
) -> Answer<enums::auth::Authorization> {
    let invalid = || bad_request("AUTH_BYTES_INVALID");
    let here = call.environment.home;
    // Somebody who is at home on this key stays.
    if here == 0 || call.store().authorization(call.device).await?.is_some() {
        return Err(invalid());
    }
    if !call.store().carry_login(call.device, query.id, &query.bytes, here, call.unix()).await? {
        return Err(invalid());
    }
    call.after(After::LoginChanged { device: call.device, logged_in: true });
    let user = call.store().user(query.id).await?.filter(|user| !user.deleted).ok_or_else(invalid)?;
    super::authorization(call, &user).await
}

/// Refuses an account that is at home in another data centre.
pub(super) fn at_home(call: &Call, user: &UserRow) -> Answer<()> {
    match i32::try_from(user.home) {
        Ok(home) if crate::centres::is_elsewhere(home, call.environment.home) => {
            Err(RpcError::new(303, &format!("USER_MIGRATE_{home}")))
        }
        _ => Ok(()),
    }
}
